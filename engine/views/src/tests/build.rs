//! A workflow from a line of text, and the policy that judges it.
//!
//! ```text
//!   lint(gate=lint); build; test(gate=test) < build lint:any      needs, with :failed or :any
//!   tokens; s(pass) -> a b; a -> j; b -> j; j(all)                 tokens, with ?condition or ?default
//!   outer(call=inner) | inner: x; y < x                            a second body behind the bar
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use dod_kernel::ask::Expression;
use dod_kernel::id::{BodyId, Digest, NodeId};
use dod_kernel::policy::Governance;
use dod_kernel::workflow::{
    Action, Approval, Body, Discipline, Edge, ExitCodes, Fork, Gate, Join, Kind, Message, Node, Parts, Probe,
    Program, Ready, Report, ReportPlace, Retry, RetryOn, Task, When, Workflow,
};

/// No errors, no failed tests, 80 % of lines; secrets would be judged if they were measured.
pub(crate) fn governance(required: &[&str]) -> Governance {
    // `load:24` may be a day old.
    let required = required.iter().map(|word| match word.split_once(':') {
        None => format!(r#"{{ "gate": "{word}" }}"#),
        Some((gate, hours)) => {
            let within = hours.parse::<u64>().unwrap() * 3_600_000;
            format!(r#"{{ "from_ancestor": true, "gate": "{gate}", "within_ms": {within} }}"#)
        }
    });
    let required: Vec<String> = required.collect();
    let threshold = |id: &str, gates: &str, rule: &str, fact: &str, is: &str, unit: &str, value: &str| {
        format!(
            r#"{{ "effect": "block", "id": "{id}", "gates": [{gates}], {rule} "require": {{ "threshold":
            {{ "fact": "{fact}", "is": "{is}", "unit": "{unit}", "value": "{value}" }} }} }}"#
        )
    };
    let measured = r#""when_measured": true,"#;
    let rules = [
        threshold("no-errors", "", measured, "findings.error", "equal", "1", "0"),
        threshold(
            "tests-pass",
            r#""test""#,
            r#""when_measured": true, "because": "broken windows","#,
            "tests.failed",
            "equal",
            "1",
            "0",
        ),
        threshold("covered", r#""coverage""#, measured, "coverage.line", "at_least", "%", "80"),
        threshold("no-holes", "", measured, "vulnerabilities.critical", "equal", "1", "0"),
    ]
    .join(",");
    let text = format!(
        r#"{{
        "authors": ["carol"],
        "policies": [{{ "extends": [], "name": "standard", "required": [{}], "rules": [{rules}], "version": 1,
            "waivers": {{ "proved": false }} }}],
        "roles": {{ "owners": [{{ "name": "alice" }}, {{ "name": "bob" }}] }},
        "waivers": [
            {{ "approved_by": "alice", "expires": 1900000000000, "of": "R7", "reason": "r" }},
            {{ "approved_by": "carol", "expires": 1900000000000, "of": "R8", "reason": "r" }},
            {{ "approved_by": "alice", "expires": 1, "of": "R9", "reason": "r" }}
        ] }}"#,
        required.join(",")
    );
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn workflow(text: &str) -> Workflow {
    let mut parts = Parts { name: "test".into(), ..Parts::default() };
    let texts: Vec<&str> = text.split('|').collect();
    let names: Vec<&str> =
        texts.iter().map(|text| text.split_once(':').map_or("", |(name, _)| name.trim())).collect();
    for (at, text) in texts.iter().enumerate() {
        let text = if at == 0 { text } else { text.split_once(':').unwrap().1 };
        body(&mut parts, text, &names);
    }
    Workflow::new(parts).unwrap_or_else(|defects| panic!("{defects:?}"))
}

fn body(parts: &mut Parts, text: &str, bodies: &[&str]) {
    let mut lines: Vec<&str> = text.split(';').map(str::trim).filter(|line| !line.is_empty()).collect();
    let tokens = lines.first() == Some(&"tokens");
    lines.drain(..usize::from(tokens));
    let nodes_first = NodeId(parts.nodes.len() as u32);
    let head = |line: &str| line.split(" < ").next().unwrap().split(" -> ").next().unwrap().trim().to_owned();
    let mut at = BTreeMap::new();
    for line in &lines {
        let node = node(&head(line), tokens, bodies);
        at.insert(node.name.clone(), NodeId(parts.nodes.len() as u32));
        parts.nodes.push(node);
    }
    for line in &lines {
        let name = head(line);
        let own = at[name.split('(').next().unwrap()];
        for need in line.split_once(" < ").map_or("", |(_, needs)| needs).split_whitespace() {
            let (name, when) = need.split_once(':').unwrap_or((need, ""));
            let when = match when {
                "failed" => When::Failed,
                "any" => When::Any,
                _ => When::Ok,
            };
            parts.edges.push(Edge { from: at[name], to: own, when });
        }
        for target in line.split_once(" -> ").map_or("", |(_, targets)| targets).split_whitespace() {
            let (name, when) = target.split_once('?').unwrap_or((target, ""));
            let when = match when {
                "" => When::Any,
                "default" => When::Default,
                text => When::If(expression(text)),
            };
            parts.edges.push(Edge { from: own, to: at[name], when });
        }
    }
    let discipline = if tokens { Discipline::Tokens } else { Discipline::Settled };
    parts.bodies.push(Body { discipline, nodes: lines.len() as u32, nodes_first, ..Body::default() });
}

fn expression(text: &str) -> Arc<Expression> {
    Arc::new(Expression { digest: Digest([7; 32]), text: text.into() })
}

fn node(head: &str, tokens: bool, bodies: &[&str]) -> Node {
    let (name, words) = head.split_once('(').unwrap_or((head, ")"));
    let mut task = task();
    let mut node = Node {
        allow_failure: false,
        condition: None,
        element: None,
        fork: Fork::All,
        join: if tokens { Join::Each } else { Join::Settled },
        kind: Kind::Pass,
        name: name.into(),
        priority: 0,
    };
    let mut kind = None;
    for word in words.trim_end_matches(')').split(',').filter(|word| !word.is_empty()) {
        let (word, value) = word.split_once('=').unwrap_or((word, ""));
        match word {
            "gate" | "must" => {
                let from = ReportPlace::Stdout;
                task.action.evidence = vec![Report { format: None, from, rule: None }];
                let must_succeed = word == "must";
                task.gate = Some(Gate { kind: value.into(), must_succeed, project: None, uses: None });
            }
            "tool" => task.action.programs = vec![value.into()],
            "install" => task.action.install = Some(value.into()),
            "once" => task.idempotent = false,
            "may_fail" => node.allow_failure = true,
            "if" => node.condition = Some(expression(value)),
            "retry" => task.retry = Some(retry(value.parse().unwrap())),
            "service" => {
                task.probe = Some(Probe { interval_ms: 100, ready: Ready::Tcp(1), timeout_ms: 1000 });
            }
            "xor" => (node.fork, kind) = (Fork::Exclusive, Some(Kind::Pass)),
            "all" => (node.join, kind) = (Join::All, Some(Kind::Pass)),
            "or" => (node.join, node.fork, kind) = (Join::Inclusive, Fork::Inclusive, Some(Kind::Pass)),
            "at_least" => {
                let passed = value.parse().unwrap();
                node.join = Join::AtLeast { cancel_rest: true, passed };
                kind = Some(Kind::Pass);
            }
            word => kind = Some(other_kind(word, value, bodies)),
        }
    }
    node.kind = kind.unwrap_or_else(|| Kind::Task(Arc::new(task)));
    node
}

fn other_kind(word: &str, value: &str, bodies: &[&str]) -> Kind {
    match word {
        "pass" => Kind::Pass,
        "wait" => Kind::Wait(value.parse().unwrap()),
        "judge" => Kind::Judge(value.into()),
        "approve" => Kind::Approval(Arc::new(Approval {
            from: vec!["owners".into()],
            min: value.parse().unwrap(),
            prompt: Some("Ship it?".into()),
            timeout_ms: Some(3_600_000),
            ..Approval::default()
        })),
        "message" => Kind::Message(Arc::new(Message { key: None, name: value.into(), timeout_ms: None })),
        "call" => {
            let at = bodies.iter().position(|name| *name == value).unwrap();
            Kind::Call(BodyId(at as u32))
        }
        other => panic!("nobody understands `{other}`"),
    }
}

fn retry(attempts: u32) -> Retry {
    let when = vec![RetryOn::Failed, RetryOn::Timeout, RetryOn::Undecided];
    Retry { attempts, delay_max_ms: 10_000, delay_ms: 1000, factor: 2, jitter_percent: 0, when }
}

fn task() -> Task {
    Task {
        action: Action {
            cwd: "".into(),
            env: BTreeMap::new(),
            evidence: Vec::new(),
            exit: ExitCodes::default(),
            inputs: Vec::new(),
            install: None,
            outputs: Vec::new(),
            programs: Vec::new(),
            run: Program::Argv(vec!["true".into()]),
            secrets: BTreeMap::new(),
            version: Vec::new(),
        },
        gate: None,
        idempotent: true,
        pool: None,
        probe: None,
        retry: None,
        tags: Vec::new(),
        timeout_ms: None,
    }
}
