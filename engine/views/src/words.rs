//! Sentences for people. The kernel has enumerations; what they mean to a reader is said here, once.
//!
//! Fragments are lower case and without a full stop; names stand in backticks.
//!
//! **Absent on purpose:** layout, colors.

pub(crate) mod advice;
mod control;
mod people;
mod recorded;
mod step;
mod verdict;

use dod_kernel::ask::Answer;
use dod_kernel::evidence::{
    Danger, Finding, Measure, Objection, Place, Severity, Summary, TestResult, Vulnerability,
};
use dod_kernel::id::{Name, RunId};
use dod_kernel::policy::{
    Answered, Comparison, Effect, Lack, Policy, Rego, Require, Rule, RuleOutcome, Threshold, Why,
};
use dod_kernel::value::Value;

use crate::controls::RunFact;
use crate::look::clean_line;

pub use control::{throw, trigger};
pub use people::{actor, no_answer};
pub(crate) use people::{is_proved, refused_answer, says, waiver};
pub(crate) use recorded::{rests_on, unusable};
pub(crate) use step::{because, cure, end, kind_of_step, result, stop, waits_for};
pub(crate) use verdict::{definitions, gates_of, headline, not_measured, reason, refused, weighs};

/// Messages of a rule that are listed behind its first one.
const MESSAGES_MAX: usize = 20;

/// `1 gate`, `2 gates`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Enough of a run's id to name it: the time part of a UUID version 7, else all of it.
pub(crate) fn short(id: &RunId) -> &str {
    let text = id.0.as_str();
    let is_uuid = text.len() == 36 && text.as_bytes().get(13) == Some(&b'-');
    if is_uuid { text.get(..13).unwrap_or(text) } else { text }
}

/// A name as one word of a command that can be pasted into a shell.
pub fn shell_word(text: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_./:@%+=,".contains(char);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list<T: AsRef<str>>(names: &[T], last: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [rest @ .., end] => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} {last} {}", rest.join(", "), end.as_ref())
        }
    }
}

/// A standing as the end of a sentence: `failed`, `is undecided`.
pub(crate) fn is(standing: crate::story::Standing) -> String {
    use crate::story::Standing::{Failed, Passed, Skipped};
    match standing {
        Skipped => "was skipped".to_owned(),
        Passed | Failed => standing.word().to_owned(),
        other => format!("is {}", other.word()),
    }
}

/// Names in backticks.
pub(crate) fn ticked<'a>(names: impl IntoIterator<Item = &'a Name>) -> Vec<String> {
    names.into_iter().map(|name| format!("`{}`", clean_line(name))).collect()
}

/// `71.3 %`, `120 ms`, `12`.
pub(crate) fn measure(measure: &Measure) -> String {
    with_unit(&measure.value.to_string(), &measure.unit)
}

fn with_unit(value: &str, unit: &str) -> String {
    if unit == "1" || unit.is_empty() { value.to_owned() } else { format!("{value} {unit}") }
}

/// `>= 80 %`.
pub(crate) fn wanted(threshold: &Threshold) -> String {
    let sign = match threshold.is {
        Comparison::AtLeast => ">= ",
        Comparison::AtMost => "<= ",
        Comparison::Below => "< ",
        Comparison::Equal => "",
        Comparison::Over => "> ",
    };
    format!("{sign}{}", with_unit(&threshold.value.to_string(), &threshold.unit))
}

/// What an outcome rests on: `coverage.line is 71.3 %, wanted >= 80 %`.
pub(crate) fn why(outcome: &RuleOutcome, policy: Option<&Policy>) -> String {
    match &outcome.why {
        Why::NotAsked => match outcome.when.as_ref().map(|when| &when.answer) {
            Some(answer @ (Answer::Unknown(_) | Answer::Wrong(_))) => {
                format!("its `if` cannot be answered: {}", self::answer(answer))
            }
            _ => "its `if` is false".to_owned(),
        },
        Why::Answered(answered) => {
            let text = policy.and_then(|policy| asked_of(policy, &outcome.rule));
            let text = text.unwrap_or_else(|| "its expression".to_owned());
            match &answered.answer {
                Answer::Value(Value::List(said)) => format!("{text} {}", said_of(said)),
                Answer::Value(value) => format!("{text} is {}", self::value(value)),
                other => format!("{text} cannot be answered: {}", answer(other)),
            }
        }
        why => plain_why(why),
    }
}

/// What a rule demands: `coverage.line >= 80 % of gates `coverage`, when measured`.
pub(crate) fn demand(rule: &Rule) -> String {
    let mut text = match &rule.require {
        Require::Expression(expression) => format!("`{}`", clean_line(&expression.text)),
        Require::Rego(rego) => format!("that {} has nothing to say", rule_of(rego)),
        Require::Threshold(threshold) if threshold.is == Comparison::Equal => {
            format!("{} == {}", threshold.fact, wanted(threshold))
        }
        Require::Threshold(threshold) => format!("{} {}", threshold.fact, wanted(threshold)),
    };
    if !rule.gates.is_empty() {
        text.push_str(&format!(" at {}", list(&ticked(&rule.gates), "and")));
    }
    if let Some(project) = &rule.project {
        text.push_str(&format!(" of project `{project}`"));
    }
    if let Some(when) = &rule.when {
        text.push_str(&format!(" if `{}`", clean_line(&when.text)));
    }
    if rule.when_measured {
        text.push_str(", when it was measured");
    }
    text
}

/// What is not known.
fn lacking(lacks: Lack) -> String {
    match lacks {
        Lack::Evidence => "the evidence of a leg is not stored any more".to_owned(),
        Lack::Introduced(more) => {
            format!("whether {more} more are new is not known")
        }
        Lack::Legs => {
            "the legs of the step measured different numbers, and without files and lines they cannot be united"
                .to_owned()
        }
        Lack::Licenses(1) => "the license of 1 package is not known".to_owned(),
        Lack::Licenses(count) => format!("the licenses of {count} packages are not known"),
        Lack::LegsMissing(1) => "1 leg of the step left no evidence".to_owned(),
        Lack::LegsMissing(count) => format!("{count} legs of the step left no evidence"),
        Lack::Unchecked(1) => "1 package was not checked".to_owned(),
        Lack::Unchecked(count) => format!("{count} packages were not checked"),
    }
}

fn plain_why(why: &Why) -> String {
    match why {
        Why::Compared { fact, found, wanted } => {
            format!("{fact} is {}, wanted {}", measure(found), self::wanted(wanted))
        }
        Why::FewLines { fact, lines: 0 } => {
            format!("{fact} does not apply: the change has no line that could be covered")
        }
        Why::FewLines { fact, lines } => format!("{fact} is not judged: the change has only {lines} lines"),
        Why::NotMeasured { fact } if fact.starts_with("coverage.changed.") => {
            format!("{fact} is not known: which lines the change brought is not")
        }
        Why::NotMeasured { fact } if dod_kernel::policy::needs_base(fact) => {
            format!("{fact} is not known: there is nothing to compare with")
        }
        Why::NotMeasured { fact } => format!("{fact} was not measured"),
        Why::Open { fact, found, lacks, wanted } => {
            let found =
                found.as_ref().map_or("not known".to_owned(), |found| format!("at least {}", measure(found)));
            format!("{fact} is {found}, wanted {}: {}", self::wanted(wanted), lacking(*lacks))
        }
        Why::Unit { fact, found, wanted } => {
            let (found, wanted) = (measure(found), self::wanted(wanted));
            format!("{fact} is {found}, wanted {wanted}: the units do not compare")
        }
        Why::NoTests => "no test ran".to_owned(),
        Why::Answered(answered) => plain_answer(&answered.answer),
        Why::NotAsked => "it was not asked".to_owned(),
        Why::Waived { by, otherwise } => {
            let by: Vec<String> = by.iter().map(|(what, who)| format!("`{what}` by {who}")).collect();
            // Waived outcomes never nest; only the first level is told, so that nothing recurses.
            let otherwise = match &**otherwise {
                Why::Waived { .. } => "it does not hold".to_owned(),
                Why::Compared { fact, found, wanted } => {
                    format!("{fact} is {}, wanted {}", measure(found), self::wanted(wanted))
                }
                Why::Answered(answered) => plain_answer(&answered.answer),
                _ => "it does not hold".to_owned(),
            };
            format!("{otherwise}; waived: {}", list(&by, "and"))
        }
    }
}

/// What was asked: an expression, or a rule of a module.
fn asked_of(policy: &Policy, rule: &Name) -> Option<String> {
    let rule = policy.rules.iter().find(|one| one.id == *rule)?;
    match &rule.require {
        Require::Expression(expression) => Some(format!("`{}`", clean_line(&expression.text))),
        Require::Rego(rego) => Some(rule_of(rego)),
        Require::Threshold(_) => None,
    }
}

/// `` `deny` of `policies/security.rego` ``.
fn rule_of(rego: &Rego) -> String {
    format!("`{}` of `{}`", clean_line(&rego.rule), clean_line(&rego.file))
}

/// What a rule of a module says, in one sentence: the first message stands for all.
fn said_of(said: &[Value]) -> String {
    match said {
        [] => "has nothing to say".to_owned(),
        [one] => format!("says: {}", message(one)),
        [first, rest @ ..] => {
            let more = count(rest.len() as u64, "more message", "more messages");
            format!("says: {} (and {more})", message(first))
        }
    }
}

fn message(value: &Value) -> String {
    match value {
        Value::Text(text) => clean_line(text),
        other => self::value(other),
    }
}

/// What a rule of a module says beside the first message, which [`why`] tells.
pub(crate) fn more_messages(outcome: &RuleOutcome) -> Vec<String> {
    let why = match &outcome.why {
        Why::Waived { otherwise, .. } => otherwise,
        why => why,
    };
    let Why::Answered(Answered { answer: Answer::Value(Value::List(said)), .. }) = why else {
        return Vec::new();
    };
    let mut lines: Vec<String> = said.iter().skip(1).take(MESSAGES_MAX).map(message).collect();
    let more = said.len().saturating_sub(1 + lines.len());
    if more > 0 {
        lines.push(format!("and {}", count(more as u64, "more message", "more messages")));
    }
    lines
}

/// What was answered, where it is not known to what.
fn plain_answer(answer: &Answer) -> String {
    match answer {
        Answer::Value(Value::List(said)) => format!("its module {}", said_of(said)),
        answer => format!("its expression is {}", self::answer(answer)),
    }
}

/// What a broken rule does.
pub(crate) fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Block => "the verdict fails where it does not hold",
        Effect::Info => "it is told and does not weigh on the verdict",
        Effect::Warn => "it is a warning and does not weigh on the verdict",
    }
}

/// What is the matter with a license.
pub(crate) fn objection(objection: Objection) -> &'static str {
    match objection {
        Objection::Copyleft => "it asks for derived works under the same license, and no list allows it",
        Objection::Denied => "a list denies it, or a list of what is allowed lacks it",
        Objection::Unknown => "what it asks for is not known, and that never counts as harmless",
    }
}

/// Few lines of the change can be covered.
pub(crate) fn few_lines(gate: &str, lines: u64) -> String {
    let lines = count(lines, "line", "lines");
    format!("few lines: only {lines} of the change can be covered (`{}`)", clean_line(gate))
}

/// What is true of a run that supports a requirement.
pub(crate) fn run_fact(fact: RunFact) -> &'static str {
    match fact {
        RunFact::Approved => "approved by people",
        RunFact::Judged => "all that the policy asks for was judged",
        RunFact::Passed => "the verdict",
        RunFact::Protected => "judged by definitions of the base",
        RunFact::Unchanged => "the tree did not change while it was judged",
    }
}

/// What an expression answered.
pub(crate) fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Value(value) => self::value(value),
        Answer::Unknown(names) => {
            let verb = if names.len() == 1 { "is" } else { "are" };
            format!("{} {verb} not known", list(&ticked(names), "and"))
        }
        Answer::Wrong(wrong) => {
            let place = if wrong.line > 1 {
                format!("line {}, column {}", wrong.line, wrong.column)
            } else {
                format!("column {}", wrong.column)
            };
            format!("{} ({place})", clean_line(&wrong.message))
        }
    }
}

/// A value in a few words.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Bool(yes) => yes.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Text(text) => format!("\"{}\"", clean_line(text)),
        Value::List(all) => count(all.len() as u64, "value", "values"),
        Value::Map(all) => count(all.len() as u64, "name", "names"),
        Value::Null => "null".to_owned(),
    }
}

/// `error`, or the danger of a vulnerability.
pub(crate) fn severity(finding: &Finding) -> &'static str {
    match &finding.vulnerability {
        Some(hole) => danger(hole.danger),
        None => match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
            Severity::None => "info",
        },
    }
}

fn danger(danger: Danger) -> &'static str {
    match danger {
        Danger::None => "no impact",
        Danger::Low => "low",
        Danger::Medium => "medium",
        Danger::High => "high",
        Danger::Critical => "critical",
        Danger::Unknown => "unknown danger",
    }
}

/// `path:line:col`.
pub(crate) fn place(place: &Place) -> String {
    let mut text = clean_line(&place.path);
    for number in [place.line, place.line.and(place.column)].into_iter().flatten() {
        text.push_str(&format!(":{number}"));
    }
    text
}

/// `path:line:col new error rule message`; of a vulnerability with its package and what has it no more.
pub(crate) fn finding(finding: &Finding) -> String {
    let mut parts = Vec::new();
    if let Some(place) = &finding.place {
        parts.push(self::place(place));
    }
    let new = if finding.introduced == Some(true) { "new " } else { "" };
    parts.push(format!("{new}{}", severity(finding)));
    parts.push(clean_line(&finding.rule));
    match &finding.vulnerability {
        Some(hole) => {
            let package = package(&hole.package, &hole.version);
            parts.push(about(&finding.message, &package));
            parts.insert(parts.len() - 1, package);
            if !hole.fixed.is_empty() {
                parts.push(format!("(fixed in {})", fixed(hole, "and")));
            }
        }
        None => parts.push(clean_line(&finding.message)),
    }
    parts.retain(|part| !part.is_empty());
    parts.join("  ")
}

/// `pkg:cargo/foo@1.2`, `foo 1.2`.
pub(crate) fn package(package: &str, version: &str) -> String {
    let (package, version) = (clean_line(package), clean_line(version));
    let between = match (package.is_empty() || version.is_empty(), package.starts_with("pkg:")) {
        (true, _) => "",
        (false, true) => "@",
        (false, false) => " ",
    };
    format!("{package}{between}{version}")
}

/// The versions that do not have a hole.
pub(crate) fn fixed(hole: &Vulnerability, last: &str) -> String {
    let versions: Vec<String> = hole.fixed.iter().map(|version| clean_line(version)).collect();
    list(&versions, last)
}

/// What a message says beside the package that stands before it and the fix behind it, which are told apart.
fn about(message: &str, package: &str) -> String {
    let message = clean_line(message);
    let text = message.strip_prefix(package).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&message);
    let text = match text.rsplit_once("(fixed in ") {
        Some((text, end)) if end.ends_with(')') && !end[..end.len() - 1].contains(')') => text.trim_end(),
        _ => text,
    };
    if text == package { String::new() } else { text.to_owned() }
}

/// `suite::name`, with its place and the first line of what it says.
pub(crate) fn test(test: &TestResult) -> String {
    let mut text = test_name(test);
    if let Some(place) = &test.place {
        text.push_str(&format!("  {}", self::place(place)));
    }
    if let Some(message) =
        test.message.as_deref().and_then(|text| text.lines().find(|line| !line.trim().is_empty()))
    {
        text.push_str(&format!("  {}", clean_line(message)));
    }
    text
}

/// `suite::name`.
pub(crate) fn test_name(test: &TestResult) -> String {
    if test.suite.is_empty() {
        clean_line(&test.name)
    } else {
        format!("{}::{}", clean_line(&test.suite), clean_line(&test.name))
    }
}

/// What the evidence of a step comes to: `12 errors, 3 warnings`, `28 tests`.
pub(crate) fn counts(summary: &Summary) -> String {
    let (mut parts, mut numbers) = (Vec::new(), Vec::new());
    if let Some(tests) = summary.tests {
        let bad = tests.failed + tests.errored;
        if bad == 0 {
            numbers.push((tests.total(), "test", "tests"));
        } else {
            parts.push(format!("{bad} of {} failed", count(tests.total(), "test", "tests")));
        }
        numbers.push((tests.skipped, "skipped", "skipped"));
        numbers.push((tests.flaky, "flaky", "flaky"));
    }
    if let Some(found) = summary.findings {
        numbers.push((found.error, "error", "errors"));
        numbers.push((found.warning, "warning", "warnings"));
        numbers.push((found.note + found.none, "note", "notes"));
        numbers.push((found.suppressed, "suppressed", "suppressed"));
    }
    numbers.push((summary.components.unwrap_or(0), "component", "components"));
    let numbers = numbers.into_iter().filter(|(number, ..)| *number > 0);
    parts.extend(numbers.map(|(number, one, many)| count(number, one, many)));
    if summary.tests.is_some_and(|tests| tests.total() == 0) {
        parts.insert(0, "no tests".to_owned());
    }
    if let Some(line) = summary.measures.get("coverage.line") {
        parts.push(format!("{} of lines", measure(line)));
    }
    match summary.findings {
        Some(found) if found.total() + found.suppressed == 0 => parts.push("no findings".to_owned()),
        _ => {}
    }
    parts.join(", ")
}
