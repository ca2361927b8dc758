//! What to do about something that is not good, in a sentence that names the command or the file.
//!
//! Advice never says that something is right: it says what would make it known, or better.
//!
//! **Absent on purpose:** what is wrong; that is said before.

use dod_kernel::ask::Answer;
use dod_kernel::evidence::Finding;
use dod_kernel::id::Name;
use dod_kernel::policy::{
    Lack, Policy, Reason, Require, RuleOutcome, State, Unusable, WaiverRefusal, Why, needs_base,
};
use dod_kernel::run::{End, Reading};

use super::{count, fixed, list, package, shell_word, short, step, ticked};
use crate::Sources;
use crate::look::clean_line;
use crate::story::{Step, Story};
use crate::words::verdict::gates_of;

/// The kind of gate that measures facts of a group, where the name of the group does not say it.
const KINDS: &[(&str, &str)] = &[
    ("components", "sbom"),
    ("coverage", "coverage"),
    ("licenses", "licenses"),
    ("tests", "test"),
    ("unchecked", "dependencies"),
    ("vulndb", "dependencies"),
    ("vulnerabilities", "dependencies"),
];

/// What to do about a reason of a verdict.
pub(crate) fn of_reason(story: &Story, reason: &Reason, sources: Sources<'_>) -> Option<String> {
    match reason {
        Reason::Rule(outcome) => of_outcome(story, outcome, sources),
        Reason::StepFailed { step } | Reason::StepUndecided { step } => of_step(story, story.troubled(step)?),
        Reason::Missing { any_of, gate, recorded: Some(why), .. } => Some(recorded(gate, any_of, why)),
        Reason::Missing { any_of, gate, state, .. } => missing(story, gate, any_of, *state, sources),
        Reason::LeftOut { .. } => Some("run without the flag that leaves it out".to_owned()),
        Reason::Incident { what, .. } => Some(of_incident(what)),
        Reason::Stuck { .. } => Some("`dod simulate FILE` shows how the tokens get there".to_owned()),
        Reason::Timeout => Some("let it have more time (`timeout:` of the workflow), or do less".to_owned()),
        Reason::Cancelled { .. } => Some("`dod validate` begins anew".to_owned()),
        Reason::Limit { .. } => None,
    }
}

fn missing(
    story: &Story,
    gate: &Name,
    any_of: &[Name],
    state: Option<State>,
    sources: Sources<'_>,
) -> Option<String> {
    Some(match state {
        None => {
            let step = add(story, std::iter::once(gate).chain(any_of), sources);
            let within = sources
                .policy()
                .and_then(|policy| policy.required.iter().find(|required| required.gate == *gate)?.within_ms);
            match within {
                Some(within) => {
                    let within = crate::time::duration(within);
                    format!("{step}, or let another run have produced it in the last {within}")
                }
                None => step,
            }
        }
        Some(State::NotApplicable) => {
            "let its `if` hold, or take it out of the policy's `required`".to_owned()
        }
        Some(State::Skipped) => "put right what it needs, and it runs".to_owned(),
        Some(State::Failed) => "put it right: what a policy requires cannot be allowed to fail".to_owned(),
        Some(_) => {
            let of: Vec<&Step> = gates_of(story, gate, any_of).collect();
            let open = of.iter().find_map(|step| step.standing().is_bad().then(|| of_step(story, step))?);
            open.unwrap_or_else(|| "let it leave a report of what it is required for".to_owned())
        }
    })
}

fn recorded(gate: &Name, any_of: &[Name], why: &Unusable) -> String {
    let wanted = list(&ticked(std::iter::once(gate).chain(any_of)), "or");
    match why {
        Unusable::NotPassed { run, .. } => {
            let run = clean_line(short(run));
            format!("`dod explain {run}` says why it did not pass there; then run {wanted} again")
        }
        Unusable::Stale { .. } => format!("run {wanted} again, in a run of its own or in this one"),
    }
}

/// ``add `lint: { uses: cargo/clippy }` to the steps of `dod.yaml` ``.
fn add<'a>(story: &Story, kinds: impl Iterator<Item = &'a Name>, sources: Sources<'_>) -> String {
    let kinds: Vec<String> = kinds.map(|kind| clean_line(kind)).collect();
    let file = workflow_file(story);
    let is_diagram = !is_yaml(&file);
    match kinds.iter().find_map(|kind| Some((kind, (sources.suggest)(kind)?))) {
        Some((_, uses)) if is_diagram => {
            format!("draw a task that is called `{}` into `{file}`", clean_line(&uses))
        }
        Some((kind, uses)) => {
            format!("add `{kind}: {{ uses: {} }}` to the steps of `{file}`", clean_line(&uses))
        }
        None if is_diagram => {
            format!("draw a task into `{file}` and bind it to a gate of this kind (`dod:gate`, or its name)")
        }
        None => {
            let kind = kinds.first().map_or("NAME", String::as_str);
            format!("add a step to `{file}`, like `{kind}: {{ run: COMMAND, kind: {kind} }}`")
        }
    }
}

/// The file that the workflow was read from.
fn workflow_file(story: &Story) -> String {
    let settings = story.started.iter().flat_map(|(_, started)| &started.settings);
    let named = settings.filter_map(|word| word.strip_prefix("workflow from ")).map(clean_line);
    let is_file = |name: &String| is_yaml(name) || is_bpmn(name);
    named.into_iter().find(is_file).unwrap_or_else(|| "dod.yaml".to_owned())
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

fn is_bpmn(name: &str) -> bool {
    name.ends_with(".bpmn") || name.ends_with(".xml")
}

/// What to do about a rule that does not hold, or is open.
pub(crate) fn of_outcome(story: &Story, outcome: &RuleOutcome, sources: Sources<'_>) -> Option<String> {
    if !matches!(outcome.state, State::Failed | State::Undecided) {
        return None;
    }
    match &outcome.why {
        Why::Compared { fact, .. } => Some(broken(story, outcome, fact)),
        Why::Answered(answered) if is_module(outcome, sources) => module(&answered.answer),
        Why::Answered(answered) => expression(&answered.answer),
        Why::NotAsked => expression(&outcome.when.as_ref()?.answer),
        Why::NotMeasured { fact } => Some(unmeasured(story, outcome, fact, sources)),
        Why::Open { lacks, .. } => Some(open(story, *lacks)),
        Why::Unit { found, wanted, .. } => Some(match (&*found.unit, &*wanted.unit) {
            ("" | "1", unit) => {
                format!("let the report say in which unit {} is, like `\"unit\": \"{unit}\"`", found.value)
            }
            (unit, "" | "1") => format!("write the limit with its unit, like `{} {unit}`", wanted.value),
            (unit, _) => format!("write the limit in {unit}, as the report does"),
        }),
        Why::NoTests => Some(
            "the tool ran and there was no test: look at the paths and filters that it is given".to_owned(),
        ),
        Why::FewLines { .. } | Why::Waived { .. } => None,
    }
}

fn broken(story: &Story, outcome: &RuleOutcome, fact: &str) -> String {
    let run = story.id().map_or("latest", short);
    let gate = outcome.gate.as_ref().map_or("STEP".to_owned(), |gate| shell_word(gate));
    match fact.split('.').next().unwrap_or_default() {
        "findings" | "problems" => {
            "put them right (`dod fix` runs the fixers there are); `dod explain PATH:LINE` says more of one".to_owned()
        }
        "tests" if fact.contains("flaky") => "make them steady; `dod logs` shows what they printed".to_owned(),
        "tests" => format!("`dod logs {run} {gate}` shows what they printed"),
        "coverage" if fact.contains(".changed.") => "let tests reach the lines of the change that are listed".to_owned(),
        "coverage" => "let tests reach more of the files that are listed".to_owned(),
        "vulnerabilities" => "update the packages to versions without the hole; `dod explain ID` says more of one".to_owned(),
        "licenses" => "replace the package, or let the list of what is allowed have its license (`dod scan licenses --help`)".to_owned(),
        "vulndb" => "fetch a newer database; `dod scan vulnerabilities --help` says where it lies".to_owned(),
        _ => format!("make it better, or change the limit where rule `{}` stands", clean_line(&outcome.rule)),
    }
}

fn expression(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Value(_) => Some("`dod show --format json` lists the facts of the run".to_owned()),
        Answer::Unknown(names) => {
            let name = asked_as(&clean_line(names.first()?));
            Some(format!("let a gate measure it, or ask `known({name})` first"))
        }
        Answer::Wrong(_) => Some("put the expression right; `dod check` proofreads it".to_owned()),
    }
}

/// Whether a rule is one of a Rego module.
fn is_module(outcome: &RuleOutcome, sources: Sources<'_>) -> bool {
    sources.rule(&outcome.rule).is_some_and(|rule| matches!(rule.require, Require::Rego(_)))
}

fn module(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Value(_) => Some("put right what it says".to_owned()),
        Answer::Unknown(names) => Some(format!("let a gate measure `{}`", clean_line(names.first()?))),
        Answer::Wrong(_) => Some("put the module right, or use a `dod` with Rego".to_owned()),
    }
}

/// A fact as an expression asks for it: `measures["p99"].ms`.
fn asked_as(name: &str) -> String {
    let (group, rest) = match name.split_once('.') {
        Some((group @ ("measures" | "steps"), rest)) => (group, rest),
        _ => return name.to_owned(),
    };
    // What stands behind the name: the unit of a measure, what is asked of a step.
    let end = if group == "measures" { rest.rfind('.') } else { rest.find('.') };
    let (name, tail) = rest.split_at(end.unwrap_or(rest.len()));
    format!("{group}[\"{name}\"]{tail}")
}

fn unmeasured(story: &Story, outcome: &RuleOutcome, fact: &str, sources: Sources<'_>) -> String {
    if fact.starts_with("coverage.changed.") {
        return "`dod validate --since REF` names what the change is compared with".to_owned();
    }
    if needs_base(fact) {
        return "`dod validate --since REF` compares with the base's own run, `dod baseline` records what there is today"
            .to_owned();
    }
    let kind = kind_of(outcome, fact, sources.policy());
    let Some(kind) = kind else {
        return format!("let a gate measure `{}`, or take the rule out", clean_line(fact));
    };
    let bad = gates_of(story, &kind, &[]).find(|step| step.standing().is_bad());
    match bad {
        Some(bad) => format!("put right `{}`, which would have measured it", clean_line(&bad.name)),
        None if gates_of(story, &kind, &[]).next().is_some() => {
            format!("let `{}` leave a report that has it", clean_line(&kind))
        }
        None => add(story, std::iter::once(&kind), sources),
    }
}

/// The kind of gate that would measure what a rule asks for.
pub(crate) fn kind_of(outcome: &RuleOutcome, fact: &str, policy: Option<&Policy>) -> Option<Name> {
    let rule = policy.and_then(|policy| policy.rules.iter().find(|rule| rule.id == outcome.rule));
    let named = rule.and_then(|rule| rule.gates.first()).filter(|gate| gate.as_str() != "*").cloned();
    let group = fact.split('.').next().unwrap_or_default();
    named.or_else(|| KINDS.iter().find(|(known, _)| *known == group).map(|(_, kind)| (*kind).into()))
}

fn open(story: &Story, lacks: Lack) -> String {
    let run = story.id().map_or("latest", short);
    match lacks {
        Lack::Evidence => "run it again: what it left was pruned".to_owned(),
        Lack::Introduced(_) => {
            "let the base have a run of its own (`dod validate` on its commit), or record what there is: `dod baseline`"
                .to_owned()
        }
        Lack::Legs => "let the legs leave reports with files and lines (lcov, Cobertura), which can be united".to_owned(),
        Lack::Licenses(_) => {
            "`dod scan licenses` lists them; install the packages, or say why one does not matter with `allow_packages`"
                .to_owned()
        }
        Lack::LegsMissing(_) => format!("put right the legs that left none, then `dod rerun {run} --failed`"),
        Lack::Unchecked(_) => {
            "`dod scan vulnerabilities --as table` lists them and says which database is missing".to_owned()
        }
    }
}

/// What to do about a step that failed or is undecided as a process.
pub(crate) fn of_step(story: &Story, step: &Step) -> Option<String> {
    let ended = step.ended()?;
    let (run, name) = (story.id().map_or("latest", short), shell_word(&step.name));
    if let End::NotStarted { .. } = ended.end {
        return Some(match story.node(step).and_then(step::cure) {
            Some(cure) => format!("install it: {cure}; or leave it to CI: `dod validate --local`"),
            None => "install the program, or put the command of the step right".to_owned(),
        });
    }
    Some(match (&ended.end, &ended.evidence) {
        (End::TimedOut, _) => "let it have more time (`timeout:` of the step), or do less".to_owned(),
        (End::Lost, _) => format!("`dod rerun {run} --failed` runs it again"),
        (End::Cancelled, _) => return None,
        (_, Reading::Unreadable { .. }) => {
            format!(
                "look at what it wrote (`dod logs {run} {name}`); `dod evidence FILE` tries a report alone"
            )
        }
        (_, Reading::Read(_)) if step.judged.is_some() => return None,
        _ => format!("`dod logs {run} {name}` shows all that it printed"),
    })
}

/// What to do about a node that could not go on. What a kernel says of it is a sentence; of some more can be said.
fn of_incident(what: &str) -> String {
    let unset = what.strip_prefix("no fact is called `").and_then(|rest| rest.strip_suffix('`'));
    if let Some(name) = unset {
        let name = clean_line(name);
        return format!(
            "nothing has set the variable `{name}`: `--set {name}=…` of `dod approve` and `dod send` does, or a task \
             that writes `{name}=…` to the file `$DOD_OUTPUT` names; `dod validate` begins anew"
        );
    }
    "the definition has to say what happens then; `dod check` proofreads it".to_owned()
}

/// What to do about one finding. Where a waiver names it already, another one is no advice.
pub(crate) fn of_finding(finding: &Finding, waived: bool) -> String {
    let waive = |id: &str, scope: Option<String>| {
        if waived {
            return String::new();
        }
        let scope = scope.map(|scope| format!(" --scope {}", shell_word(&scope))).unwrap_or_default();
        let id = shell_word(&clean_line(id));
        format!("; to live with it for a while: `dod waive {id}{scope} --reason '...' --expires 30d`")
    };
    if let Some(hole) = &finding.vulnerability {
        let package = package(&hole.package, &hole.version);
        let scope = Some(package.clone()).filter(|package| package.starts_with("pkg:"));
        let waive = waive(&hole.id, scope);
        return match hole.fixed.is_empty() {
            true => format!("no fixed version of {package} is known: replace it{waive}"),
            false => format!("update {package} to {}{waive}", fixed(hole, "or")),
        };
    }
    if let Some(license) = &finding.license {
        let package = package(&license.package, &license.version);
        let scope = Some(package.clone()).filter(|package| package.starts_with("pkg:"));
        return format!("replace {package}, or allow its license{}", waive(&finding.rule, scope));
    }
    let scope = finding.place.as_ref().map(|place| clean_line(&place.path));
    format!("put it right{}", waive(&finding.rule, scope))
}

/// What to do about a waiver that does not count.
pub(crate) fn of_refusal(why: WaiverRefusal, of: &str, policy: Option<&Policy>) -> String {
    let of = shell_word(&clean_line(of));
    match why {
        WaiverRefusal::Expired => {
            format!(
                "put it right, or decide again: `dod waive {of} --replace --expires 30d`, and have it merged"
            )
        }
        WaiverRefusal::NotProved => {
            format!(
                "its approver signs it: `dod waive {of} --sign KEY --replace`; the key stands in `roles.yaml`"
            )
        }
        WaiverRefusal::OwnChange => {
            "somebody who is not an author of the change has to approve it".to_owned()
        }
        WaiverRefusal::TooLong => match policy.and_then(|policy| policy.waivers.days_max) {
            Some(days) => {
                let days = count(days.into(), "day", "days");
                format!("the policy allows {days}: `dod waive {of} --replace --expires 30d`")
            }
            None => format!("`dod waive {of} --replace --expires 30d`"),
        },
    }
}
