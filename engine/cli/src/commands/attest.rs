//! `dod attest`: a run's verdict, or what one of its gates showed, as a signed statement for others.
//!
//! ```text
//!   run ── bytes checked ── every decision made again ── statement (in-toto) ── envelope (DSSE), signed
//! ```
//!
//! **Absent on purpose:** judging, and a clock: the time in a statement is that of the verdict.

mod checked;

use std::path::{Path, PathBuf};

use clap::Args;
use dod_host::blob::{digest_of, digest_of_reader};
use dod_host::disk;
use dod_host::keys::{Signing, short};
use dod_host::storage::write_atomic;
use dod_kernel::value::Value;
use dod_proof::dsse::Envelope;
use dod_proof::key::Signer;
use dod_views::Story;
use dod_views::attest::{self, Artifact, Given, Refused, Statement, Subject, VERIFIER};
use serde::Serialize;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::launch::{self, Lookup};
use crate::output;
use crate::project::Project;
use crate::runs::Found;
use crate::sealing;
use checked::Checked;

/// Bytes of an artifact that is compared.
const ARTIFACT_BYTES_MAX: u64 = 1 << 40;

/// Attest a verdict: a signed statement that says which commit and artifacts passed which policy
///
/// The statement is an in-toto Statement with a SLSA verification summary; with `--gate` it holds the tests of a gate
/// (in-toto test-result) or its bill of materials (CycloneDX, SPDX). It is made from the log alone, after the log was
/// verified and every decision was made again, and signed as a DSSE envelope with the key that signs checkpoints. A
/// verdict that is partial or undecided is never attested, nor one whose tree changed or was not that of the commit.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod attest -o verdict.intoto.json              the newest run's verdict, signed
  dod attest 019aa5 --gate test                  the tests of one gate
  dod attest --artifact dist/app.tar.gz          and check that this file is what the run built
  dod attest --unsigned                          the statement alone
  dod verify --attestation verdict.intoto.json --subject 9b0e4f1a… --policy standard

A step declares what it built with: echo \"artifact=$(sha256sum dist/app.tar.gz)\" >> $DOD_OUTPUT

Exit codes: 0 it was attested (also a verdict that is failed, as such), 1 the log is not what its facts lead to,
2 the command line is wrong, or there is no key, 3 there is nothing that could be attested")]
pub(crate) struct AttestArgs {
    /// `latest`, an id or its beginning, a commit, or an exported run
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Write the envelope into this file instead of printing it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What this gate showed, instead of the verdict
    #[arg(long, value_name = "GATE")]
    gate: Option<String>,
    /// A file that must be one of the artifacts which the run's steps declare; may be given several times
    #[arg(long, value_name = "FILE")]
    artifact: Vec<PathBuf>,
    /// What it is about, as a URI, where it is not the repository that the log names
    #[arg(long, value_name = "URI")]
    resource: Option<String>,
    /// Who verifies, as a URI: whoever relies on it accepts a key for a verifier
    #[arg(long, value_name = "URI", default_value = VERIFIER)]
    verifier: String,
    /// Write the statement alone: nobody can tell who made it
    #[arg(long)]
    unsigned: bool,
}

/// The documented object.
#[derive(Debug, Serialize)]
struct Attested {
    run: String,
    predicate_type: &'static str,
    /// `PASSED`, `FAILED` or `WARNED`; absent for a bill of materials.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<String>,
    subjects: Vec<Subject>,
    /// Keys, as `name+id`.
    signed_by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    statement: Statement,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<serde_json::Value>,
}

pub(crate) fn run(args: &AttestArgs, globals: &Globals) -> Result<Exit, CommandError> {
    for (flag, uri) in [("--verifier", Some(&args.verifier)), ("--resource", args.resource.as_ref())] {
        if let Some(uri) = uri.filter(|uri| !is_uri(uri)) {
            return Err(CommandError::usage(format!("`{uri}` of `{flag}` is no URI"))
                .hint("a URI begins with a scheme: `https://ci.example.com`"));
        }
    }
    let project = globals.project()?;
    let signing = signing(args, &project)?;
    let found = Found::of(&project, args.run.as_deref())?;
    let checked = checked::check(found, &sealing::known(&project)?)?;
    let statement = statement(args, &project, &checked)?;
    compare(args, globals, &checked.story)?;
    write(args, globals, &checked, statement, &signing)
}

/// Who signs: the key that signs checkpoints. Nobody with `--unsigned`.
fn signing(args: &AttestArgs, project: &Project) -> Result<Signing, CommandError> {
    if args.unsigned {
        return Ok(Signing::none());
    }
    let signing = sealing::signing(project)?;
    match signing.is_some() {
        true => Ok(signing),
        false => Err(CommandError::usage("there is no key to sign with").hint(
            "`dod key new` makes one, `$DOD_KEY` holds one in CI; `--unsigned` writes the statement alone",
        )),
    }
}

fn statement(args: &AttestArgs, project: &Project, checked: &Checked) -> Result<Statement, CommandError> {
    let Some(first) = checked.governance.policies.first() else {
        return Err(CommandError::system("the run was judged by no policy"));
    };
    let canonical = serde_json::to_vec(first).expect("a policy can always be written");
    let name = launch::named(first);
    let policy = attest::Policy { name: &name, digest: digest_of(&canonical) };
    let given = Given {
        verifier: &args.verifier,
        resource: args.resource.as_deref(),
        policy: &policy,
        root: &checked.root,
        is_commit: is_commit(project, &checked.story),
        document: checked.document,
    };
    let made = match &args.gate {
        None => attest::summary(&checked.story, &given),
        Some(gate) => {
            let lookup = Lookup::at(&checked.found.blobs);
            let (evidence, blob) = (|digest: &_| lookup.evidence(digest), |digest: &_| lookup.blob(digest));
            let none = dod_views::Sources::NONE;
            let sources = dod_views::Sources { evidence: &evidence, blob: &blob, ..none };
            attest::gate(&checked.story, gate, sources, &given)
        }
    };
    made.map_err(|refused| refuse(&refused))
}

/// Whether what was judged is exactly what the commit holds; `None` where git cannot say.
fn is_commit(project: &Project, story: &Story) -> Option<bool> {
    let (_, started) = story.started.as_ref()?;
    let Some(Value::Text(commit)) = started.facts.get("commit") else { return None };
    let clean = project.git.as_ref()?.clean_tree(commit).ok()?;
    Some(started.tree? == clean)
}

fn refuse(refused: &Refused) -> CommandError {
    let error = match refused {
        Refused::NoGate { .. } | Refused::NoResource | Refused::NoSubject => {
            CommandError::usage(refused.text())
        }
        _ => CommandError::system(format!("not attested: {}", refused.text())),
    };
    CommandError { hint: refused.hint(), ..error }
}

/// Files that were named must be what the run's steps declare.
fn compare(args: &AttestArgs, globals: &Globals, story: &Story) -> Result<(), CommandError> {
    if args.artifact.is_empty() {
        return Ok(());
    }
    let declared = attest::artifacts(story).map_err(|refused| refuse(&refused))?;
    for file in &args.artifact {
        let path = in_folder(globals, file);
        let unread = |error: std::io::Error| {
            CommandError::usage(format!("the artifact `{}` cannot be read: {}", file.display(), error.kind()))
        };
        let opened = disk::open(&path).map_err(unread)?;
        let read = digest_of_reader(opened, ARTIFACT_BYTES_MAX).map_err(unread)?;
        let Some((digest, _)) = read else {
            return Err(CommandError::usage(format!("the artifact `{}` is too large", file.display())));
        };
        if !declared.iter().any(|one| one.digest == digest) {
            return Err(undeclared(file, &digest.hex(), &declared));
        }
    }
    Ok(())
}

fn undeclared(file: &Path, hex: &str, declared: &[Artifact]) -> CommandError {
    let names: Vec<&str> = declared.iter().map(|one| one.name.as_str()).collect();
    let known = match names.as_slice() {
        [] => "the run's steps declare none".to_owned(),
        names => format!("the run's steps declare other bytes: {}", names.join(", ")),
    };
    CommandError::system(format!(
        "not attested: `{}` (SHA-256 {hex}) is no artifact of this run; {known}",
        file.display()
    ))
    .hint("the step that builds it declares it: echo \"artifact=$(sha256sum FILE)\" >> $DOD_OUTPUT")
}

fn write(
    args: &AttestArgs,
    globals: &Globals,
    checked: &Checked,
    statement: Statement,
    signing: &Signing,
) -> Result<Exit, CommandError> {
    let seen = attest::read(&statement.bytes()).map_err(|error| CommandError::system(error.text()))?;
    let signers: Vec<&Signer> = signing.signers().iter().collect();
    let sign = || Envelope::sign(attest::PAYLOAD, statement.bytes(), &signers).to_json();
    let envelope = signing.is_some().then(sign);
    let text = envelope
        .clone()
        .unwrap_or_else(|| String::from_utf8(statement.bytes()).expect("a statement is JSON") + "\n");
    if let Some(file) = &args.output {
        write_atomic(&in_folder(globals, file), text.as_bytes())?;
    }
    let by: Vec<String> = signing.verifiers().iter().map(short).collect();
    if globals.json() {
        let object = Attested {
            run: checked.found.id.to_string(),
            predicate_type: statement.predicate_type,
            result: seen.result,
            subjects: statement.subject.clone(),
            signed_by: by,
            file: args.output.clone(),
            envelope: envelope.as_deref().and_then(|text| serde_json::from_str(text).ok()),
            statement,
        };
        output::result(&(launch::json(&object) + "\n"));
        return Ok(Exit::Done);
    }
    match &args.output {
        None => output::result(&text),
        Some(file) => {
            let by =
                if by.is_empty() { "unsigned".to_owned() } else { format!("signed by {}", by.join(", ")) };
            let result = seen.result.map(|result| format!("{result}, ")).unwrap_or_default();
            output::result(&format!("wrote {}: {result}{by}\n", file.display()));
            for subject in &statement.subject {
                let digest = subject.digest.iter().map(|(name, hex)| format!("{name}:{hex}"));
                let digest: Vec<String> = digest.collect();
                let name = dod_views::clean(&subject.name, false);
                output::result(&format!("  {}  {name}\n", digest.join(" ")));
            }
        }
    }
    Ok(Exit::Done)
}

fn in_folder(globals: &Globals, file: &Path) -> PathBuf {
    globals.directory.as_deref().unwrap_or_else(|| Path::new("")).join(file)
}

/// A scheme, a colon, and something behind it without spaces (RFC 3986, section 3).
fn is_uri(text: &str) -> bool {
    let plain = |char: char| char.is_ascii_graphic() && !"<>\"{}|\\^`".contains(char);
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let mut chars = scheme.chars();
    chars.next().is_some_and(|char| char.is_ascii_alphabetic())
        && chars.all(|char| char.is_ascii_alphanumeric() || "+-.".contains(char))
        && !rest.is_empty()
        && rest.chars().all(plain)
}
