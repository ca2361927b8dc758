//! `dod scan commits`: the commits of a change, as git has them and `roles.yaml` knows their keys.
//!
//! **Absent on purpose:** what a commit should be like.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dod_host::git::{self, Git};
use dod_notation::policy::read_roles;
use dod_proof::sshsig::{PublicKey, SignatureError, verify};
use dod_scanners::commits::{
    Commit, Convention, Options, Person, Report, SUBJECT_MAX, Signatures, Signed, TYPES, judge,
};
use dod_scanners::sarif::{Level, Notification};

use super::progress::Progress;
use super::{Form, deliver, lines, number, said};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::definitions::{Origin, Texts};
use crate::output;
use crate::project::Project;

/// What git calls the purpose of a signature (gitformat-signature).
const NAMESPACE: &str = "git";
const ROLES: &str = "roles.yaml";

/// Hold the commits of a change to a convention, sign-off, signatures and authors
///
/// Looks at the commits since `--since`, or of a range. Without either: since the target that the CI system names,
/// else at the last commit alone. Subjects follow Conventional Commits 1.0.0 unless said otherwise; merges are held
/// to what is about people only. SSH signatures are checked with the keys of `roles.yaml` (of the base, where there
/// is one); what else is signed is signed and not checked, which is enough for `--signed` and not for
/// `--signed=proved`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod scan commits --since main                          what this change brings
  dod scan commits v1.0..v1.1 --sign-off                 every commit is signed off by its author
  dod scan commits --since main --signed=proved          every signature is one of roles.yaml
  dod scan commits --since main --domain corp.io --author bot@ci.example.com
  dod scan commits --since main --types feat,fix,docs --scopes api,ui
  dod scan commits --since main --subject '^[a-z]+: '    a convention of your own
  dod scan commits --since main --convention none        any message

Exit codes: 0 nothing found, 1 something found, 2 the command line is wrong, 3 not everything is known: a clone that is
too shallow, or a signature that could not be checked and has to be")]
pub(super) struct CommitsArgs {
    /// These commits: `A..B`, or one
    #[arg(value_name = "RANGE", conflicts_with = "since")]
    range: Option<String>,
    /// The commits since this change left REF
    #[arg(long, value_name = "REF")]
    since: Option<String>,
    /// How messages are to be
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Name::Conventional)]
    convention: Name,
    /// Types that may stand in front of a subject, instead of the usual eleven
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    types: Vec<String>,
    /// Scopes that may stand behind a type; any where none are given
    #[arg(long, value_name = "SCOPES", value_delimiter = ',')]
    scopes: Vec<String>,
    /// A regular expression for subjects, instead of a convention
    #[arg(long, value_name = "PATTERN", conflicts_with_all = ["types", "scopes"])]
    subject: Option<String>,
    /// Characters that a subject may have; 0 for any number
    #[arg(long, value_name = "NUMBER", default_value_t = SUBJECT_MAX)]
    max_subject: usize,
    /// Every commit has a line `Signed-off-by:` of its author
    #[arg(long)]
    sign_off: bool,
    /// Every commit is signed; or every signature is proved
    #[arg(long, value_name = "HOW", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "present")]
    signed: Option<HowSigned>,
    /// Authors have addresses of this domain (`*.corp.io` for those below); may be given several times
    #[arg(long, value_name = "DOMAIN")]
    domain: Vec<String>,
    /// An author's address that is fine all the same; may be given several times
    #[arg(long, value_name = "EMAIL")]
    author: Vec<String>,
    /// The form of the report: a table for people, or SARIF 2.1.0
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = Form::Table)]
    form: Form,
    /// Write the report into this file instead of printing it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How messages are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Conventional Commits 1.0.0
    Conventional,
    /// Any way
    None,
}

/// How much a signature must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum HowSigned {
    /// It is there
    Present,
    /// It is one of a key of roles.yaml
    Proved,
}

/// Which commits are looked at.
struct Wanted {
    ids: Vec<String>,
    /// In words.
    words: String,
    /// The commit that the change is compared with.
    base: Option<String>,
    notes: Vec<Notification>,
}

pub(super) fn run(args: &CommitsArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let project = globals.project()?;
    let git = project
        .git
        .as_ref()
        .ok_or_else(|| CommandError::usage("there is no git repository, so there are no commits"))?;
    let Wanted { ids, words, base, mut notes } = wanted(args, &project, git)?;
    let cut = git.cut_off()?;
    if ids.len() > 1 && ids.iter().any(|id| cut.contains(id)) {
        let message = "this clone is shallow, so these may not be all commits: `git fetch --unshallow`";
        notes.push(note(Level::Error, "shallow", message));
    }
    let keys = keys(&project, base)?;
    let mut commits = Vec::with_capacity(ids.len());
    let mut progress = Progress::new("commits looked at");
    for (at, id) in ids.iter().enumerate() {
        progress.tell(at, ids.len());
        commits.push(told(git.commit_says(id)?, &keys));
    }
    drop(progress);
    let options = options(args, words.clone())?;
    let report = judge(&commits, &options, notes);
    let counts = serde_json::json!({ "commits": report.commits, "range": words });
    let table = || table(&report, &words);
    deliver(&report.run, table, (args.form, args.output.as_deref()), globals, counts)
}

fn options(args: &CommitsArgs, scope: String) -> Result<Options, CommandError> {
    let types = match args.types.as_slice() {
        [] => TYPES.iter().map(|word| (*word).to_owned()).collect(),
        types => types.to_vec(),
    };
    Ok(Options {
        convention: match (&args.subject, args.convention) {
            (Some(pattern), _) => Convention::subject(pattern).map_err(CommandError::usage)?,
            (None, Name::Conventional) => Convention::Conventional { types, scopes: args.scopes.clone() },
            (None, Name::None) => Convention::None,
        },
        subject_max: args.max_subject,
        sign_off: args.sign_off,
        signatures: match args.signed {
            None => Signatures::Any,
            Some(HowSigned::Present) => Signatures::Present,
            Some(HowSigned::Proved) => Signatures::Proved,
        },
        domains: args.domain.clone(),
        authors: args.author.clone(),
        scope,
    })
}

fn wanted(args: &CommitsArgs, project: &Project, git: &Git) -> Result<Wanted, CommandError> {
    if let Some(range) = &args.range {
        if range.contains("...") {
            let hint = "`A..B` are the commits of B that A does not have";
            return Err(
                CommandError::usage(format!("`{range}` is not a range that is understood here")).hint(hint)
            );
        }
        let found = git.range(range)?;
        let (ids, words) = match found.from {
            Some(_) => (git.commits_of(&found)?, range.clone()),
            None => (vec![found.to.clone()], range.clone()),
        };
        return Ok(Wanted { ids, words, base: found.from, notes: Vec::new() });
    }
    let target = project.ci.as_ref().and_then(|ci| ci.base.clone());
    if let Some(reference) = args.since.clone().or(target) {
        let base = git.base(&reference)?;
        let ids = git.commits(&base.commit, "HEAD")?;
        let mut notes = Vec::new();
        if ids.is_empty() {
            let message = format!("there is no commit since `{reference}`");
            notes.push(note(Level::Warning, "empty", &message));
        }
        return Ok(Wanted { ids, words: format!("since {reference}"), base: Some(base.commit), notes });
    }
    let head = git.commit("HEAD")?;
    let message = "no base is known, so the last commit alone is looked at: name a base with `--since`";
    let notes = vec![note(Level::Warning, "last-only", message)];
    Ok(Wanted { ids: vec![head], words: "the last commit".to_owned(), base: None, notes })
}

fn note(level: Level, id: &'static str, message: &str) -> Notification {
    Notification { level, id, path: None, message: message.to_owned() }
}

/// A person's name, and the key that `roles.yaml` has of them.
type Keys = Vec<(String, PublicKey)>;

/// The keys of the base's `roles.yaml`: a change does not say by itself who may have signed it.
fn keys(project: &Project, base: Option<String>) -> Result<Keys, CommandError> {
    let texts = Texts::new(project, base.map_or(Origin::Tree, Origin::Commit));
    let text = texts.text(ROLES).map_err(|why| CommandError::usage(format!("`{ROLES}`: {why}")))?;
    let Some(text) = text else { return Ok(Vec::new()) };
    let (roles, sources, problems) = read_roles(ROLES, &text);
    let Some(roles) = roles else {
        output::talk(&output::diagnostics(&problems, &sources, output::colors(output::Stream::Stderr)));
        return Err(CommandError::said(Exit::Usage));
    };
    let members = roles.into_values().flatten();
    // A key of a kind that cannot be checked here proves nothing, and breaks nothing.
    let keys = members
        .filter_map(|member| Some((member.name.to_string(), PublicKey::read(member.key.as_deref()?).ok()?)));
    Ok(keys.collect())
}

fn told(commit: git::Commit, keys: &Keys) -> Commit {
    let person = |person: git::Person| Person { name: person.name, email: person.email };
    Commit {
        id: commit.id,
        parents: commit.parents,
        author: person(commit.author),
        committer: person(commit.committer),
        message: commit.message,
        signed: commit.signature.as_ref().map_or(Signed::No, |signature| signed(signature, keys)),
    }
}

/// As far as a signature can be checked without asking other programs.
fn signed(signature: &git::Signature, keys: &Keys) -> Signed {
    let armored = signature.armored.trim();
    if !armored.starts_with("-----BEGIN SSH SIGNATURE-----") {
        let kind = match armored {
            it if it.starts_with("-----BEGIN PGP ") => "a signature of GPG",
            it if it.starts_with("-----BEGIN SIGNED MESSAGE-----") => "a signature of X.509",
            _ => "a signature of an unknown kind",
        };
        return Signed::Unchecked(format!("{kind} is not checked here"));
    }
    for (name, key) in keys {
        match verify(key, NAMESPACE, &signature.signed, armored) {
            Ok(()) => return Signed::By(name.clone()),
            Err(SignatureError::OtherKey) => {}
            Err(SignatureError::Kind { kind }) => {
                return Signed::Unchecked(format!("keys of type `{kind}` are not checked here"));
            }
            Err(error) => return Signed::Wrong(error.to_string()),
        }
    }
    Signed::Unchecked(match keys.is_empty() {
        true => format!("`{ROLES}` names no key"),
        false => format!("`{ROLES}` does not name its key"),
    })
}

/// The report for people: faults by commit, what is not known, the count.
fn table(report: &Report, words: &str) -> String {
    let run = &report.run;
    let found = match report.open {
        0 => "nothing to object to".to_owned(),
        many => number(many, "objection"),
    };
    let whole = if run.successful { "" } else { "; not everything is known" };
    format!("{}{}{found} in {} ({words}){whole}\n", lines(run), said(run), number(report.commits, "commit"))
}
