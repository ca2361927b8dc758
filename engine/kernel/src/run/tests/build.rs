//! A workflow from a line of text.
//!
//! ```text
//!   lint(gate); build; test < build; publish < test lint:any    settled; needs with :failed or :any
//!   tokens; s -> f; f(all) -> a b; a -> j; b -> j; j(all)        tokens; edges with ?condition or ?default
//!   outer(call=inner) | inner: x; y < x                          a second body behind the bar
//!   s(approve=2,others,proved)                                   answers of people who are no authors, and are proved
//!   t(catch=timer:PT5S,on=a)  m(catch=message:paid@key)          a catch beside `a`, or in the flow; `on=scope`; `keeps` does
//!   s(catch=signal:go,on=scope,keeps)                             not interrupt
//!   e(throw=error:broken)  e(throw=terminate)  g(event) -> m s    throws, and a race of catches
//!   b(script=x:1&y:=x+1)  d(decide=first/a?x:1/?x:2)              what they set; see `words`
//!   r(repeat=inner,count=3,par)  r(repeat=inner,over==items,element=e,enough=e==2,collect==x>xs)   rounds of a body
//!   r(repeat=inner,while=more,max=5)  again=more                  asked before, or after, each round
//!   | inner: tokens around x:1; s                                 sees what is around it, and has `x` of its own; `returned`
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ask::Expression;
use crate::id::{BodyId, Digest, Name, NodeId, PoolId};
use crate::policy::Policy;
use crate::run::tests::words;
use crate::workflow::*;

/// Errors are not allowed: enough to judge a gate failed.
pub(super) fn policy() -> Policy {
    let text = r#"{
        "extends": [], "name": "test", "required": [], "waivers": { "proved": false },
        "rules": [{ "effect": "block", "id": "no-errors", "when_measured": true, "require": {
            "threshold": { "fact": "findings.error", "is": "equal", "unit": "1", "value": "0" }
        } }]
    }"#;
    serde_json::from_str(text).unwrap()
}

pub(super) fn workflow(text: &str) -> Workflow {
    try_workflow(text).unwrap_or_else(|defects| panic!("{defects:?}"))
}

pub(super) fn try_workflow(text: &str) -> Result<Workflow, Vec<Defect>> {
    let mut parts = Parts { name: "test".into(), ..Parts::default() };
    let texts: Vec<&str> = text.split('|').collect();
    let names: Vec<&str> =
        texts.iter().map(|text| text.split_once(':').map_or("", |(name, _)| name.trim())).collect();
    for (at, text) in texts.iter().enumerate() {
        let text = if at == 0 { text } else { text.split_once(':').unwrap().1 };
        body(&mut parts, text, &names);
    }
    Workflow::new(parts)
}

fn body(parts: &mut Parts, text: &str, bodies: &[&str]) {
    let mut lines: Vec<&str> = text.split(';').map(str::trim).filter(|line| !line.is_empty()).collect();
    let first: Vec<&str> = lines.first().map(|line| line.split_whitespace().collect()).unwrap_or_default();
    let tokens = first.first() == Some(&"tokens");
    let mut own = Body::default();
    if tokens {
        lines.remove(0);
        for word in &first[1..] {
            match *word {
                "around" => own.variables = Variables::Around,
                "returned" => own.variables = Variables::Returned,
                pair => own.declares.extend([words::variable(pair)]),
            }
        }
    }
    let nodes_first = NodeId(parts.nodes.len() as u32);
    let mut at = BTreeMap::new();
    let head = |line: &str| line.split(['<', '-']).next().unwrap().trim().to_owned();
    for line in &lines {
        let node = node(parts, &head(line), tokens, bodies);
        at.insert(node.name.clone(), NodeId(parts.nodes.len() as u32));
        parts.nodes.push(node);
    }
    for (line, id) in lines.iter().zip(nodes_first.0..) {
        let Some((_, host)) = line.split_once("on=") else { continue };
        let host = match host.split([',', ')']).next().unwrap() {
            "scope" => Host::Scope,
            name => Host::Node(at[name]),
        };
        let Kind::Catch(catch) = &mut parts.nodes[id as usize].kind else {
            panic!("`{line}` catches nothing")
        };
        Arc::make_mut(catch).host = Some(host);
    }
    for line in &lines {
        let name = head(line);
        let own = at[name.split('(').next().unwrap()];
        if let Some((_, needs)) = line.split_once('<') {
            for need in needs.split_whitespace() {
                let (name, when) = need.split_once(':').unwrap_or((need, "ok"));
                let when = match when {
                    "failed" => When::Failed,
                    "any" => When::Any,
                    _ => When::Ok,
                };
                parts.edges.push(Edge { from: at[name], to: own, when });
            }
        }
        if let Some((_, targets)) = line.split_once("->") {
            for target in targets.split_whitespace() {
                let (name, when) = target.split_once('?').unwrap_or((target, ""));
                let when = match when {
                    "" => When::Any,
                    "default" => When::Default,
                    text => When::If(expression(text)),
                };
                parts.edges.push(Edge { from: own, to: at[name], when });
            }
        }
    }
    let discipline = if tokens { Discipline::Tokens } else { Discipline::Settled };
    parts.bodies.push(Body { discipline, nodes: lines.len() as u32, nodes_first, ..own });
}

pub(super) fn expression(text: &str) -> Arc<Expression> {
    Arc::new(Expression { digest: Digest([0; 32]), text: text.into() })
}

fn node(parts: &mut Parts, head: &str, tokens: bool, bodies: &[&str]) -> Node {
    let (name, words) = head.split_once('(').unwrap_or((head, ")"));
    let mut task = task();
    let join = if tokens { Join::Each } else { Join::Settled };
    let mut node = Node {
        allow_failure: false,
        condition: None,
        element: None,
        fork: Fork::All,
        join,
        kind: Kind::Pass,
        name: name.into(),
        priority: 0,
    };
    let mut kind = None;
    for word in words.trim_end_matches(')').split(',').filter(|word| !word.is_empty()) {
        let (word, value) = word.split_once('=').unwrap_or((word, ""));
        let number = || value.parse::<u64>().unwrap();
        if let Some(Kind::Repeat(repeat)) = &mut kind
            && words::about_rounds(repeat, word, value)
        {
            continue;
        }
        match word {
            "gate" => task.action.evidence = report(),
            "must" => {
                task.action.evidence = report();
                task.gate =
                    Some(Gate { kind: "build".into(), must_succeed: true, project: None, uses: None });
            }
            "once" => task.idempotent = false,
            "may_fail" => node.allow_failure = true,
            "if" => node.condition = Some(expression(value)),
            "prio" => node.priority = value.parse().unwrap(),
            "timeout" => task.timeout_ms = Some(number()),
            "pool" => task.pool = Some(pool(parts, value)),
            "retry" => task.retry = Some(retry(number() as u32)),
            "service" => {
                task.probe = Some(Probe { interval_ms: 100, ready: Ready::Tcp(1), timeout_ms: 1000 });
            }
            "approve" => {
                let approval = Approval {
                    from: vec!["owners".into()],
                    min: number() as u32,
                    timeout_ms: Some(5000),
                    ..Approval::default()
                };
                kind = Some(Kind::Approval(Arc::new(approval)));
            }
            "others" | "proved" => {
                let Some(Kind::Approval(approval)) = &mut kind else { panic!("it follows `approve`") };
                let approval = Arc::make_mut(approval);
                approval.independent |= word == "others";
                approval.proved |= word == "proved";
            }
            "wait" => kind = Some(Kind::Wait(number())),
            "message" => {
                let (name, key) =
                    value.split_once('@').map_or((value, None), |(name, key)| (name, Some(key)));
                let message = Message { key: key.map(Name::from), name: name.into(), timeout_ms: None };
                kind = Some(Kind::Message(Arc::new(message)));
            }
            "catch" => {
                let catch = Catch { host: None, interrupts: true, trigger: trigger(value) };
                kind = Some(Kind::Catch(Arc::new(catch)));
            }
            "keeps" => {
                let Some(Kind::Catch(catch)) = &mut kind else { panic!("`keeps` follows `catch`") };
                Arc::make_mut(catch).interrupts = false;
            }
            "on" => {}
            "script" => kind = Some(Kind::Script(expression(value))),
            "decide" => kind = Some(Kind::Decide(Arc::new(words::decision(value)))),
            "repeat" => {
                let at = bodies.iter().position(|name| *name == value).unwrap();
                kind = Some(Kind::Repeat(Arc::new(words::repeat(BodyId(at as u32)))));
            }
            "throw" => kind = Some(Kind::Throw(Arc::new(throw(value)))),
            "event" => {
                node.fork = Fork::Event;
                kind = Some(Kind::Pass);
            }
            "judge" => kind = Some(Kind::Judge(value.into())),
            "call" => {
                let at = bodies.iter().position(|name| *name == value).unwrap();
                kind = Some(Kind::Call(BodyId(at as u32)));
            }
            "at_least" => {
                node.join = Join::AtLeast { cancel_rest: false, passed: number() as u32 };
                kind = Some(Kind::Pass);
            }
            "first" => {
                node.join = Join::AtLeast { cancel_rest: true, passed: number() as u32 };
                kind = Some(Kind::Pass);
            }
            "pass" => kind = Some(Kind::Pass),
            "all" => (node.join, kind) = (Join::All, Some(Kind::Pass)),
            "or" => (node.join, node.fork, kind) = (Join::Inclusive, Fork::Inclusive, Some(Kind::Pass)),
            "xor" => (node.fork, kind) = (Fork::Exclusive, Some(Kind::Pass)),
            other => panic!("nobody understands `{other}`"),
        }
    }
    node.kind = kind.unwrap_or_else(|| Kind::Task(Arc::new(task)));
    node
}

fn pool(parts: &mut Parts, name: &str) -> PoolId {
    let at = parts.pools.iter().position(|pool| *pool.name == *name).unwrap_or_else(|| {
        parts.pools.push(Pool { name: Name::from(name), size: 1 });
        parts.pools.len() - 1
    });
    PoolId(at as u32)
}

fn retry(attempts: u32) -> Retry {
    let when = vec![RetryOn::Failed, RetryOn::Timeout, RetryOn::Undecided];
    Retry { attempts, delay_max_ms: 10_000, delay_ms: 1000, factor: 2, jitter_percent: 0, when }
}

fn report() -> Vec<Report> {
    vec![Report { format: None, from: ReportPlace::Stdout, rule: None }]
}

pub(super) fn task() -> Task {
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

/// `timer:PT5S`, `message:paid@key`, `signal:go`, `error:broken`, `error`, `escalation`; `timer:=x` asks `x`.
fn trigger(text: &str) -> Trigger {
    let (what, rest) = text.split_once(':').unwrap_or((text, ""));
    let code = (!rest.is_empty()).then(|| Name::from(rest));
    match what {
        "timer" => Trigger::Timer(given(rest)),
        "message" => {
            let (name, key) =
                rest.split_once('@').map_or((rest, None), |(name, key)| (name, Some(given(key))));
            Trigger::Message { key, name: name.into() }
        }
        "signal" => Trigger::Signal(rest.into()),
        "error" => Trigger::Error(code),
        "escalation" => Trigger::Escalation(code),
        other => panic!("nothing catches `{other}`"),
    }
}

fn throw(text: &str) -> Throw {
    let (what, rest) = text.split_once(':').unwrap_or((text, ""));
    match what {
        "error" => Throw::Error(rest.into()),
        "escalation" => Throw::Escalation(rest.into()),
        "message" => {
            let (name, key) =
                rest.split_once('@').map_or((rest, None), |(name, key)| (name, Some(given(key))));
            Throw::Message { key, name: name.into() }
        }
        "signal" => Throw::Signal(rest.into()),
        "terminate" => Throw::Terminate,
        other => panic!("nothing throws `{other}`"),
    }
}

/// A text as written, or behind `=` an expression.
pub(super) fn given(text: &str) -> Given {
    match text.strip_prefix('=') {
        Some(text) => Given::Expression(expression(text)),
        None => Given::Value(crate::value::Value::text(text)),
    }
}
