//! Policies against evidence and runs, as text.
//!
//! A rule is `ID [GATES] FACT OP VALUE UNIT`, `ID expr EXPRESSION` or `ID rego FACT MAX`, with `measured`, `warn`, `info`,
//! `in PROJECT` and `if EXPRESSION` behind it. A gate is `KIND`, `NAME: KIND` or `PROJECT/NAME: KIND`, with
//! evidence behind `|` (see `found`): `2 error`, `3 passed`, `p99 812 ms`, `critical CVE-1 pkg:cargo/foo 1.2.3 src/a.rs`. A
//! required gate is `required KIND [or KIND]... [within HOURSh [here]]`.

mod compared;
mod facts;
mod found;
mod gates;
mod kinds;
mod legs;
mod modules;
mod recorded;
mod runs;
mod waivers;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::ask::{Answer, Ask, Expression, Facts, Lookup, Wrong};
use crate::decimal::Decimal;
use crate::evidence::{Evidence, Measure};
use crate::id::{Digest, Name, Timestamp};
use crate::policy::*;
use crate::value::Value;
use found::evidence;

/// 2026-11-21T12:00:00Z.
const NOW: Timestamp = Timestamp(1_795_262_400_000);
const DAY_MS: i64 = 86_400_000;

/// Understands `PATH`, `PATH == VALUE` and `PATH <= NUMBER`, and the evidence it was given.
#[derive(Default)]
struct Simple {
    evidence: BTreeMap<Digest, Arc<Evidence>>,
}

impl Ask for Simple {
    fn engine(&self) -> Name {
        "simple 1".into()
    }

    fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer {
        let words: Vec<&str> = expression.text.split(' ').collect();
        let path = words[0].replace("[\"", ".").replace("\"]", "");
        let path: Vec<&str> = path.split('.').collect();
        let found = match facts.look_up(&path) {
            Lookup::Known(value) => value,
            Lookup::Unknown => return Answer::Unknown(vec![words[0].into()]),
            Lookup::NoSuchName => {
                return Answer::Wrong(Wrong { column: 1, line: 1, message: "no such fact".into() });
            }
        };
        let text = match &found {
            Value::Text(text) => text.to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Decimal(number) => number.to_string(),
            other => return Answer::Value(other.clone()),
        };
        Answer::Value(match words.get(1..) {
            Some(["==", wanted]) => Value::Bool(text == *wanted),
            Some(["<=", wanted]) => Value::Bool(text.parse::<Decimal>().unwrap() <= wanted.parse().unwrap()),
            _ => found,
        })
    }

    /// A module is `PATH MAX`, and says how much more there is; `PATH` alone answers with the fact itself.
    fn messages(&self, rule: &Name, module: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        let (path, max) = module.text.split_once(' ').unwrap_or((&*module.text, ""));
        let answer = match self.evaluate(&expression(path), facts) {
            Answer::Value(Value::Integer(found)) if !max.is_empty() => {
                let more = found - max.parse::<i64>().unwrap();
                let said = (more > 0).then(|| Value::text(format!("{rule}: {more} too many")));
                Answer::Value(Value::List(said.into_iter().collect()))
            }
            other => other,
        };
        ("simple rego 1".into(), answer)
    }

    fn evidence(&self, digest: &Digest) -> Option<Arc<Evidence>> {
        self.evidence.get(digest).cloned()
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn expression(text: &str) -> Expression {
    Expression { digest: Digest([7; 32]), text: text.into() }
}

fn policy(text: &str) -> Policy {
    let mut policy = Policy {
        approvals: ApprovalTerms::default(),
        extends: Vec::new(),
        name: "payments".into(),
        required: Vec::new(),
        rules: Vec::new(),
        version: None,
        waivers: WaiverTerms { days_max: None, proved: false },
    };
    for line in lines(text) {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["required", gate, rest @ ..] => {
                let hours = rest.iter().position(|word| *word == "within");
                let within = hours.map(|at| rest[at + 1].strip_suffix('h').unwrap().parse::<u64>().unwrap());
                let any_of = &rest[..hours.unwrap_or(rest.len())];
                policy.required.push(Required {
                    any_of: any_of.iter().filter(|word| **word != "or").map(|word| (*word).into()).collect(),
                    from_ancestor: within.is_some() && rest.last() != Some(&"here"),
                    gate: (*gate).into(),
                    requirements: Vec::new(),
                    within_ms: within.map(|hours| hours * 3_600_000),
                });
            }
            ["waivers", "proved"] => policy.waivers.proved = true,
            ["waivers", "within", days] => policy.waivers.days_max = Some(days.parse().unwrap()),
            _ => policy.rules.push(rule(line)),
        }
    }
    policy
}

fn rule(line: &str) -> Rule {
    let (line, when) = line.split_once(" if ").unwrap_or((line, ""));
    let mut words: Vec<&str> = line.split(' ').collect();
    let mut flag = |name: &str| {
        let at = words.iter().position(|word| *word == name);
        at.map(|at| words.remove(at)).is_some()
    };
    let effect = match (flag("warn"), flag("info")) {
        (true, _) => Effect::Warn,
        (_, true) => Effect::Info,
        _ => Effect::Block,
    };
    let when_measured = flag("measured");
    let few_lines_ignored = flag("unless-few");
    let project = words.iter().position(|word| *word == "in").map(|at| words.split_off(at)[1].into());
    let id = words.remove(0).into();
    let gates = match words[0].strip_prefix('[') {
        Some(gates) => {
            let gates = gates.strip_suffix(']').unwrap().split(',').map(Name::from).collect();
            words.remove(0);
            gates
        }
        None => Vec::new(),
    };
    let require = match words.as_slice() {
        ["expr", text @ ..] => Require::Expression(expression(&text.join(" "))),
        ["rego", text @ ..] => Require::Rego(Rego {
            facts: Vec::new(),
            file: "security.rego".into(),
            module: expression(&text.join(" ")),
            rule: "deny".into(),
        }),
        [fact, is, value, unit] => Require::Threshold(Threshold {
            fact: (*fact).into(),
            is: match *is {
                ">=" => Comparison::AtLeast,
                "<=" => Comparison::AtMost,
                "<" => Comparison::Below,
                "==" => Comparison::Equal,
                ">" => Comparison::Over,
                other => panic!("{other}"),
            },
            unit: (*unit).into(),
            value: value.parse().unwrap(),
        }),
        other => panic!("{other:?}"),
    };
    let when = (!when.is_empty()).then(|| expression(when));
    Rule {
        because: None,
        effect,
        few_lines_ignored,
        gates,
        id,
        project,
        require,
        requirements: Vec::new(),
        when,
        when_measured,
    }
}

/// `of ID [at SCOPE] by WHO [expires DAYS] [proved]`.
fn waivers(text: &str) -> Vec<Waiver> {
    lines(text)
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let after = |word: &str| words.iter().position(|one| *one == word).map(|at| words[at + 1]);
            let days: i64 = after("expires").map_or(30, |days| days.parse().unwrap());
            Waiver {
                approved_by: after("by").unwrap().into(),
                expires: Timestamp(NOW.0 + days * DAY_MS),
                of: after("of").unwrap().into(),
                proved: words.contains(&"proved"),
                reason: "not reachable".into(),
                scope: after("at").map(Name::from),
                signature: None,
            }
        })
        .collect()
}

fn governance(policy: &Policy, waived: &str) -> Governance {
    Governance {
        authors: vec!["mallory".into()],
        judging: JUDGING,
        policies: vec![policy.clone()],
        roles: BTreeMap::new(),
        waivers: waivers(waived),
    }
}

fn shown_measure(measure: &Measure) -> String {
    if measure.unit == "1".into() {
        measure.value.to_string()
    } else {
        format!("{} {}", measure.value, &*measure.unit)
    }
}

fn shown_threshold(wanted: &Threshold) -> String {
    let is = match wanted.is {
        Comparison::AtLeast => ">=",
        Comparison::AtMost => "<=",
        Comparison::Below => "<",
        Comparison::Equal => "==",
        Comparison::Over => ">",
    };
    format!("{is} {}", shown_measure(&Measure { unit: wanted.unit.clone(), value: wanted.value }))
}

fn shown_why(why: &Why) -> String {
    match why {
        Why::Answered(Answered { answer, .. }) => match answer {
            Answer::Value(value) => format!("answered {value:?}"),
            Answer::Unknown(names) => format!("unknown {names:?}"),
            Answer::Wrong(wrong) => format!("wrong: {}", &*wrong.message),
        },
        Why::Compared { fact, found, wanted } => {
            format!("{fact} {}, wanted {}", shown_measure(found), shown_threshold(wanted))
        }
        Why::FewLines { fact, lines } => format!("{fact}: {lines} lines"),
        Why::NotMeasured { fact } => format!("{fact} not measured"),
        Why::Open { fact, found, lacks, wanted } => {
            let found = found
                .as_ref()
                .map_or("unknown".to_owned(), |found| format!("at least {}", shown_measure(found)));
            format!("{fact} {found}, wanted {}, not known: {lacks:?}", shown_threshold(wanted))
        }
        Why::Unit { fact, found, wanted } => {
            format!("{fact} {} does not compare with {}", shown_measure(found), shown_threshold(wanted))
        }
        Why::NoTests => "no test ran".into(),
        Why::NotAsked => "not asked".into(),
        Why::Waived { by, otherwise } => {
            let by: Vec<String> = by.iter().map(|(of, who)| format!("{of} by {who}")).collect();
            format!("waived {}; {}", by.join(", "), shown_why(otherwise))
        }
    }
}

fn shown_outcome(outcome: &RuleOutcome) -> String {
    let at = outcome.gate.as_ref().map_or(String::new(), |gate| format!(" at {gate}"));
    format!("{}{at}: {} ({})", outcome.rule, outcome.state.word(), shown_why(&outcome.why))
}

/// Judges one gate (its kind is its name) and shows each outcome, then the gate's own.
fn judged(rules: &str, waived: &str, kind: &str, found: &str) -> String {
    let policy = policy(rules);
    let evidence = evidence(found);
    let (facts, outputs) = (BTreeMap::from([("branch".into(), Value::text("main"))]), BTreeMap::new());
    let facts = RunFacts::new(&facts, &outputs, None);
    let (name, kind) = kind.split_once(": ").unwrap_or((kind, kind));
    let (name, kind) = (Name::from(name), Name::from(kind));
    let project = name.split_once('/').map(|(project, _)| Name::from(project));
    let gate = GateAsked {
        facts: &facts,
        kind: &kind,
        leg: false,
        name: &name,
        now: NOW,
        project: project.as_ref(),
    };
    let governance = governance(&policy, waived);
    let (state, outcomes) =
        judge_gate(&policy, &governance, gate, &evidence, &evidence.summary(), &Simple::default());
    let mut text = String::new();
    for outcome in &outcomes {
        writeln!(text, "{}", shown_outcome(&RuleOutcome { gate: None, ..outcome.clone() })).unwrap();
    }
    writeln!(text, "gate {}", state.word()).unwrap();
    text
}
