//! `dod approve`: a person's answer to a run, claimed or signed, given here or carried here in a file.

pub(super) mod apply;

use std::path::{Path, PathBuf};

use clap::Args;
use dod_host::approval::{self, NAMESPACE, Standing};
use dod_host::drive::Letter;
use dod_host::world::{Os, World as _};
use dod_kernel::id::{Name, StepRef};
use dod_kernel::policy::Member;
use dod_kernel::run::{AnswerRefusal, Answered, Event, Identity};
use dod_kernel::workflow::Kind;
use dod_notation::diagnose::closest;
use dod_views::story::{Phase, Step};
use dod_views::{actor, shell_word};
use serde_json::json;

use super::validate::parse_set;
use crate::approvals::{self, ApprovalFile};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::letters::{self, Sent};
use crate::project::Project;
use crate::runs::{Found, Told};
use crate::{definitions, launch, output, signing, taken};

/// Answer an approval, or say what becomes of a step that was lost while it ran
///
/// Who answers is claimed (the name that a CI, git or the system knows, or `--as`), or proved by a signature with a key
/// of `roles.yaml`. A signature is over the run, the step, the tree, the verdict and the answer, so it fits nothing else.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod approve latest signoff
  dod approve 019aa5 signoff --set version=1.4.0
  dod approve 019aa5 signoff --reject --because 'the changelog is missing'
  dod approve 019aa5 signoff --sign-with ~/.ssh/id_ed25519
  dod approve run.dodz signoff --sign-with ~/.ssh/id_ed25519 --write alice.approval
  dod approve 019aa5 --file alice.approval bob.approval
  dod approve run.dodz signoff                  the answer lies in the file, which goes back to where the run waits
  dod approve 019aa5 signoff --print            what to sign elsewhere, and how

Signatures are made by `ssh-keygen -Y sign` and can be checked with `ssh-keygen -Y verify -n dod-approval`.
Exit codes: 0 the answer counts, 1 it does not, 2 the step waits for none")]
pub(crate) struct ApproveArgs {
    /// `latest`, an id or its beginning, a commit, or the path of an exported run
    #[arg(value_name = "RUN", required_unless_present = "file")]
    run: Option<String>,
    /// The step that waits for an answer: its name, or the id of its element in a diagram
    #[arg(value_name = "STEP", required_unless_present = "file")]
    step: Option<String>,
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
    /// Sign with this private key (by `ssh-keygen`; a `.pub` file if an agent has the key)
    #[arg(long, visible_alias = "sign", value_name = "KEY")]
    sign_with: Option<PathBuf>,
    /// A signature that was made elsewhere over what `--print` shows
    #[arg(long, value_name = "FILE", conflicts_with = "sign_with")]
    signature: Option<PathBuf>,
    /// Write the signed answer to this file instead of giving it; `--file` gives it where the run waits
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Print what is signed, and how, and answer nothing
    #[arg(long, visible_alias = "text", conflicts_with_all = ["sign_with", "signature", "write"])]
    print: bool,
    /// Give the answers in these files
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = [
        "step", "set", "reject", "because", "who", "sign_with", "signature", "write", "print"
    ])]
    file: Vec<PathBuf>,
}

pub(crate) fn run(args: &ApproveArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let project = globals.project()?;
    let exit = answer(args, &project, globals)?;
    if !args.print && args.write.is_none() {
        taken::give_back(&project, args.run.as_deref())?;
    }
    Ok(exit)
}

fn answer(args: &ApproveArgs, project: &Project, globals: &Globals) -> Result<Exit, CommandError> {
    if !args.file.is_empty() {
        return apply::run(project, args.run.as_deref(), &args.file, globals);
    }
    let found = match args.print || args.write.is_some() {
        true => Found::of(project, args.run.as_deref()),
        false => taken::named(project, args.run.as_deref()),
    };
    let told = found?.read()?;
    match args.print || args.write.is_some() {
        true => letters::check_unfinished(&told)?,
        false => letters::check_open(&told)?,
    }
    let (at, may) = check_waits(&told, args.step.as_deref().unwrap_or_default())?;
    let owner = || signing::owner(args.sign_with.as_deref()?, &told.stored.governance.roles);
    let name = args.who.as_deref().map(Name::from).or_else(owner).unwrap_or_else(|| project.user());
    let answer = Answered {
        accept: !args.reject,
        because: args.because.as_deref().map(Name::from),
        by: Identity { name, proved: false },
        proof: None,
        set: parse_set(&args.set)?,
        step: at,
    };
    let signed = args.sign_with.is_some() || args.signature.is_some();
    if !signed && !args.print {
        if args.write.is_some() {
            return Err(CommandError::usage("only a signed answer is written to a file")
                .hint("`--sign-with KEY` signs it"));
        }
        let sent = letters::send(project, told, &letter(answer.clone(), false))?;
        return said(&answer, &may, &sent, globals);
    }
    let state = approvals::state(&told)?;
    let text = approval::text(&state, &answer)
        .ok_or_else(|| CommandError::usage(format!("run {} has not begun", told.found.id)))?;
    if args.print {
        print(args, &answer, &text);
        return Ok(Exit::Done);
    }
    let answer = Answered { proof: Some(signature(args, &text)?), ..answer };
    let standing = approval::standing(&state, &answer, Os::new().now())
        .map_err(|error| CommandError::usage(error.to_string()))?;
    if standing == Standing::NoKey {
        let by = &answer.by.name;
        output::warning(&format!(
            "the roles of this run have no key of `{by}`, so the signature proves nothing to it"
        ));
    }
    match &args.write {
        Some(path) => write(path, &answer, text, globals),
        None => {
            let sent = letters::send(project, told, &letter(answer.clone(), true))?;
            said(&answer, &may, &sent, globals)
        }
    }
}

/// A letter to the run. A signed one means the very activation of the step that was signed.
fn letter(answer: Answered, exact: bool) -> Letter {
    let Answered { accept, because, by, proof, set, step } = answer;
    let instance = exact.then_some(step.id);
    Letter::Answer { accept, because, by, instance, proof, set, step: step.name }
}

fn signature(args: &ApproveArgs, text: &str) -> Result<Name, CommandError> {
    if let Some(key) = &args.sign_with {
        return signing::sign(key, NAMESPACE, text);
    }
    let path = args.signature.as_deref().unwrap_or(Path::new(""));
    let wrong = |why: String| CommandError::usage(format!("`{}`: {why}", path.display()));
    let bytes = definitions::bounded(path).map_err(wrong)?;
    let bytes = bytes.ok_or_else(|| wrong("there is no such file".to_owned()))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is not text".to_owned()))?;
    Ok(text.trim().into())
}

/// What is signed on stdout, how on stderr, so that the one can be written to a file.
fn print(args: &ApproveArgs, answer: &Answered, text: &str) {
    output::result(text);
    let word = |word: &Option<String>| shell_word(word.as_deref().unwrap_or_default());
    let mut again = format!("dod approve {} {}", word(&args.run), word(&args.step));
    for set in &args.set {
        again += &format!(" --set {}", shell_word(set));
    }
    if args.reject {
        again += " --reject";
    }
    if let Some(because) = &args.because {
        again += &format!(" --because {}", shell_word(because));
    }
    again += &format!(" --as {}", shell_word(&answer.by.name));
    output::talk(&format!(
        "\nto sign it, and to bring the signature here:\n  {again} --print > answer.txt\n  \
         ssh-keygen -Y sign -n {NAMESPACE} -f ~/.ssh/id_ed25519 answer.txt\n  \
         {again} --signature answer.txt.sig\n"
    ));
}

fn write(path: &Path, answer: &Answered, text: String, globals: &Globals) -> Result<Exit, CommandError> {
    let signature = answer.proof.clone().unwrap_or_default();
    let file = ApprovalFile { by: answer.by.name.clone(), signature, text };
    dod_host::storage::write_atomic(path, file.json().as_bytes())?;
    if globals.json() {
        output::result(&file.json());
        return Ok(Exit::Done);
    }
    let (by, step) = (&answer.by.name, &answer.step.name);
    output::result(&format!("wrote {}: {by} says {} to `{step}`\n", path.display(), yes(answer.accept)));
    output::talk(&format!("where the run waits: dod approve RUN --file {}\n", path.display()));
    Ok(Exit::Done)
}

fn yes(accept: bool) -> &'static str {
    if accept { "yes" } else { "no" }
}

/// Roles whose members may answer, with their members; empty where anybody may.
type Roles = Vec<(Name, Vec<Name>)>;

/// Checks that a step waits for an answer; says what it is called and who may give it.
fn check_waits(told: &Told, name: &str) -> Result<(StepRef, Roles), CommandError> {
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
    Ok((StepRef { id: step.id, name: step.name.clone() }, may(told, step)))
}

/// Who may answer.
fn may(told: &Told, step: &Step) -> Roles {
    let Some(Kind::Approval(approval)) = told.story.node(step).map(|node| &node.kind) else {
        return Vec::new();
    };
    if step.phase == Phase::Held {
        return Vec::new();
    }
    let members = |role: &Name| -> Vec<Name> {
        let all = told.stored.governance.roles.get(role).into_iter().flatten();
        all.map(|member: &Member| member.name.clone()).collect()
    };
    approval.from.iter().map(|role| (role.clone(), members(role))).collect()
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

/// What became of an answer: who counts as having given it, or why it does not count.
fn counted(answer: &Answered, may: &Roles, sent: &Sent) -> Result<Identity, String> {
    let (by, step) = (&answer.by.name, &answer.step.name);
    let found = sent.events.iter().find_map(|recorded| match &recorded.event {
        Event::Answered(one) if one.by.name == *by && one.step.name == *step => Some(Ok(one.by.clone())),
        Event::AnswerRefused { by: who, step: at, why } if who.name == *by && at.name == *step => {
            Some(Err(refused(*why, answer, may)))
        }
        _ => None,
    });
    found.unwrap_or_else(|| {
        let why = sent.refused.clone();
        Err(why.unwrap_or_else(|| format!("the step `{step}` does not wait for an answer any more")))
    })
}

/// One answer as programs read it.
fn object(answer: &Answered, may: &Roles, counted: &Result<Identity, String>) -> serde_json::Value {
    let roles: Vec<_> =
        may.iter().map(|(role, members)| json!({ "role": role, "members": members })).collect();
    json!({
        "step": answer.step.name, "by": answer.by.name,
        "proved": counted.as_ref().is_ok_and(|by| by.proved), "accept": answer.accept,
        "counted": counted.is_ok(), "why": counted.as_ref().err(), "may_answer": roles,
    })
}

/// One answer as people read it.
fn tell(answer: &Answered, counted: &Result<Identity, String>) {
    match counted {
        Ok(by) => {
            output::result(&format!("{} says {} to `{}`\n", actor(by), yes(answer.accept), answer.step.name));
        }
        Err(why) => output::error(&format!("the answer does not count: {why}"), None),
    }
}

fn said(answer: &Answered, may: &Roles, sent: &Sent, globals: &Globals) -> Result<Exit, CommandError> {
    if let Some(holder) = &sent.unheard {
        return Err(letters::unheard(holder));
    }
    let counted = counted(answer, may, sent);
    let next = letters::next(&sent.after)?;
    if globals.json() {
        let mut object = object(answer, may, &counted);
        object["run"] = json!(sent.after.found.id);
        object["next"] = json!(next);
        output::result(&(launch::json(&object) + "\n"));
    } else {
        tell(answer, &counted);
        if counted.is_ok() {
            output::result(&format!("{}\n", next.join("\n")));
        }
    }
    Ok(if counted.is_ok() { Exit::Done } else { Exit::Failed })
}

fn refused(why: AnswerRefusal, answer: &Answered, may: &Roles) -> String {
    let by = &answer.by.name;
    match why {
        AnswerRefusal::AlreadyAnswered => {
            format!("`{by}` has answered before, under this name or another one")
        }
        AnswerRefusal::AuthorOfTheChange => {
            format!("`{by}` is an author of the change; somebody else answers")
        }
        AnswerRefusal::NotProved if answer.proof.is_some() => {
            format!(
                "only proved answers count here, and `roles.yaml` had no key of `{by}` when the run began"
            )
        }
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
