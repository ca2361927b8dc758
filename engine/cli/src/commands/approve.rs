//! `dod approve`: a person's answer to a run.

use clap::Args;
use dod_host::drive::Letter;
use dod_kernel::id::Name;
use dod_kernel::policy::Member;
use dod_kernel::run::{AnswerRefusal, Event, Identity};
use dod_kernel::workflow::Kind;
use dod_notation::diagnose::closest;
use dod_views::story::{Phase, Step};
use serde_json::json;

use super::validate::parse_set;
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::letters::{self, Sent};
use crate::runs::{Found, Told};
use crate::{launch, output};

/// Answer an approval, or say what becomes of a step that was lost while it ran
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod approve latest signoff
  dod approve 019aa5 signoff --set version=1.4.0
  dod approve latest 'Sign off' --set risk=low --set ok=true
  dod approve 019aa5 signoff --reject --because 'the changelog is missing'

Who answers is claimed, not proved: the name that git or the system knows, or `--as`.
Exit codes: 0 the answer counts, 1 it does not, 2 the step waits for none")]
pub(crate) struct ApproveArgs {
    /// `latest`, an id or its beginning, or a commit
    #[arg(value_name = "RUN")]
    run: String,
    /// The step that waits for an answer: its name, or the id of its element in a diagram
    #[arg(value_name = "STEP")]
    step: String,
    /// Set a variable of the run along with it
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Say no
    #[arg(long)]
    reject: bool,
    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    because: Option<String>,
    /// Who answers
    #[arg(long = "as", value_name = "NAME")]
    who: Option<String>,
}

pub(crate) fn run(args: ApproveArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let ApproveArgs { run, step, set, reject, because, who } = args;
    let project = globals.project()?;
    let told = Found::of(&project, Some(&run))?.read()?;
    letters::check_open(&told)?;
    let (step, may) = check_waits(&told, &step)?;
    let by = Identity { name: who.map_or_else(|| project.user(), Name::from), proved: false };
    let letter = Letter::Answer {
        accept: !reject,
        because: because.map(Name::from),
        by: by.clone(),
        proof: None,
        set: parse_set(&set)?,
        step: step.clone(),
    };
    let sent = letters::send(&project, told, &letter)?;
    if let Some(holder) = &sent.unheard {
        return Err(letters::unheard(holder));
    }
    say(&Answer { step: &step, by: &by.name, accept: !reject, may: &may }, &sent, globals)
}

/// What was answered, and who could.
struct Answer<'a> {
    step: &'a str,
    by: &'a str,
    accept: bool,
    may: &'a Roles,
}

/// Roles whose members may answer, with their members; empty where anybody may.
type Roles = Vec<(Name, Vec<Name>)>;

/// Checks that a step waits for an answer; says what it is called and who may give it.
fn check_waits(told: &Told, name: &str) -> Result<(Name, Roles), CommandError> {
    let answerable: Vec<&Step> = told.story.waiting().filter(|step| takes_answers(told, step)).collect();
    let drawn =
        |step: &&&Step| told.story.node(step).is_some_and(|node| node.element.as_deref() == Some(name));
    let named = answerable.iter().rev().find(|step| *step.name == *name);
    let Some(step) = named.or_else(|| answerable.iter().rev().find(drawn)) else {
        told.check_step(name).map_err(|error| near(error, name, &answerable))?;
        let stands = told.story.named(name).map_or("not reached yet", |step| step.standing().word());
        let error = CommandError::usage(format!("step `{name}` waits for no answer: it is {stands}"));
        return Err(near(error, name, &answerable));
    };
    let Some(Kind::Approval(approval)) = told.story.node(step).map(|node| &node.kind) else {
        return Ok((step.name.clone(), Vec::new()));
    };
    if step.phase == Phase::Held {
        return Ok((step.name.clone(), Vec::new()));
    }
    let members = |role: &Name| -> Vec<Name> {
        let all = told.stored.governance.roles.get(role).into_iter().flatten();
        all.map(|member: &Member| member.name.clone()).collect()
    };
    let roles = approval.from.iter().map(|role| (role.clone(), members(role))).collect();
    Ok((step.name.clone(), roles))
}

fn takes_answers(told: &Told, step: &Step) -> bool {
    step.phase == Phase::Held
        || matches!(told.story.node(step).map(|node| &node.kind), Some(Kind::Approval(_)))
}

fn near(error: CommandError, name: &str, answerable: &[&Step]) -> CommandError {
    let names = || answerable.iter().map(|step| step.name.as_str());
    match closest(name, names()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if answerable.is_empty() => error.hint("no step of this run waits for an answer"),
        None => error.hint(format!("these wait for one: {}", names().collect::<Vec<_>>().join(", "))),
    }
}

fn say(answer: &Answer<'_>, sent: &Sent, globals: &Globals) -> Result<Exit, CommandError> {
    let Answer { step, by, accept, may } = answer;
    let counted = sent.events.iter().find_map(|recorded| match &recorded.event {
        Event::Answered(one) if *one.by.name == **by && *one.step.name == **step => Some(Ok(())),
        Event::AnswerRefused { by: who, step: at, why } if *who.name == **by && *at.name == **step => {
            Some(Err(refused(*why, by, may)))
        }
        _ => None,
    });
    let nothing = || {
        let why = sent.refused.clone();
        Err(why.unwrap_or_else(|| format!("the step `{step}` does not wait for an answer any more")))
    };
    let counted = counted.unwrap_or_else(nothing);
    let next = letters::next(&sent.after)?;
    if globals.json() {
        let roles: Vec<_> =
            may.iter().map(|(role, members)| json!({ "role": role, "members": members })).collect();
        let object = json!({
            "run": sent.after.found.id, "step": step, "by": by, "accept": accept, "counted": counted.is_ok(),
            "why": counted.as_ref().err(), "may_answer": roles, "next": next,
        });
        output::result(&(launch::json(&object) + "\n"));
    } else {
        match &counted {
            Ok(()) => {
                let word = if *accept { "yes" } else { "no" };
                output::result(&format!("{by} says {word} to `{step}`\n{}\n", next.join("\n")));
            }
            Err(why) => output::error(&format!("the answer does not count: {why}"), None),
        }
    }
    Ok(if counted.is_ok() { Exit::Done } else { Exit::Failed })
}

fn refused(why: AnswerRefusal, by: &str, may: &Roles) -> String {
    match why {
        AnswerRefusal::AlreadyAnswered => format!("`{by}` has answered before, under this name or another one"),
        AnswerRefusal::AuthorOfTheChange => format!("`{by}` is an author of the change; somebody else answers"),
        AnswerRefusal::NotProved => "only signed answers count here: `--sign-with KEY`".to_owned(),
        AnswerRefusal::NotInRole => {
            let one = |(role, members): &(Name, Vec<Name>)| match members.as_slice() {
                [] => format!("`{role}`, which has no members in `roles.yaml`"),
                members => format!("`{role}`: {}", members.join(", ")),
            };
            let roles: Vec<String> = may.iter().map(one).collect();
            format!("`{by}` has none of the roles that may answer ({})", roles.join("; "))
        }
    }
}
