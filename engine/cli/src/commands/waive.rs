//! `dod waive`: live with a finding for a while, with a reason, an approver and a last day.

use std::collections::BTreeMap;

use clap::Args;
use dod_host::world::{Os, World as _};
use dod_kernel::evidence::Finding;
use dod_kernel::id::{Name, Timestamp};
use dod_kernel::policy::{Member, Waiver};
use dod_notation::policy::{SIGNATURE_NAMESPACE, day_of, end_of_day, read_roles, read_waivers, signed_text};
use serde_json::json;

use super::validate::duration;
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::definitions::{Origin, Texts};
use crate::governed::{Asked, tell};
use crate::output;
use crate::project::Project;
use crate::runs::Found;
use crate::signing::sign;
use crate::waivers::{Approval, approval, named};

/// The file, beside `dod.yaml`.
const FILE: &str = "waivers.yaml";
const DAY_MS: i64 = 86_400_000;

/// Live with a finding or a broken rule for a while: write a waiver, or list those there are
///
/// A waiver has a scope, a reason, an approver who is not the author of the change, and a last day. It is a governed
/// file: it counts when it has been merged. Where no scope is given, it is taken from the newest run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod waive RUSTSEC-2024-0001 --reason 'not reachable' --expires 30d
  dod waive F401 --scope 'src/legacy/**' --reason 'goes with the module' --expires 2027-01-31 --by alice
  dod waive --rule coverage --reason 'the tests come with the next change' --expires 14d
  dod waive RUSTSEC-2024-0001 --sign ~/.ssh/id_ed25519 --replace    sign the waiver that is there
  dod waive --list                                                  what is waived, by whom, until when

A signature is made by `ssh-keygen -Y sign` and can be checked with `ssh-keygen -Y verify -n dod-waiver` over the text
that `dod waive ID --text` prints. The signer's key stands in `roles.yaml`.")]
pub(crate) struct WaiveArgs {
    /// An advisory, a rule of a tool, or the fingerprint of a finding
    #[arg(value_name = "FINDING", required_unless_present_any = ["rule", "list"])]
    finding: Option<String>,
    /// A rule of the policy instead of a finding
    #[arg(long, value_name = "RULE", conflicts_with_all = ["finding", "list"])]
    rule: Option<String>,
    /// `pkg:TYPE/NAME@VERSION`, a path or glob, or for a rule the names of gates
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
    /// Why this can be lived with
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The last day, or how long from today: `2027-01-31`, `30d`
    #[arg(long, value_name = "DAY|TIME")]
    expires: Option<String>,
    /// Who approves; the user that git knows
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Sign with this private key (by `ssh-keygen`; a `.pub` file if an agent has the key)
    #[arg(long, visible_alias = "sign-with", value_name = "KEY")]
    sign: Option<std::path::PathBuf>,
    /// Change the waiver that is there; what is not given stays
    #[arg(long)]
    replace: bool,
    /// Print what the approver signs, and write nothing
    #[arg(long, conflicts_with_all = ["list", "sign"])]
    text: bool,
    /// List the waivers there are
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(args: &WaiveArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let project = globals.project()?;
    let asked = Asked { json: globals.json(), ..Asked::default() };
    let texts = Texts::new(&project, Origin::Tree);
    let text = texts.text(FILE).map_err(|why| CommandError::usage(format!("`{FILE}`: {why}")))?;
    let text = text.unwrap_or_default();
    let waivers = parse(&text, &asked)?;
    let roles = roles(&texts, &asked)?;
    if args.list {
        return list(&waivers, &roles, globals);
    }
    let of = args.finding.as_deref().or(args.rule.as_deref()).unwrap_or_default();
    let scope = args.scope.clone();
    let before = existing(&waivers, of, scope.as_deref())?;
    if args.text && before.is_some() && args.reason.is_none() && args.expires.is_none() {
        output::result(&before.map(signed_text).unwrap_or_default());
        return Ok(Exit::Done);
    }
    if let (Some(before), false, false) = (before, args.replace, args.text) {
        let until = day_of(before.expires);
        return Err(CommandError::usage(format!("{} is waived already, until {until}", named(before)))
            .hint("`--replace` changes that waiver"));
    }
    let waiver = made(args, &project, before)?;
    if args.text {
        output::result(&signed_text(&waiver));
        return Ok(Exit::Done);
    }
    let waiver = match &args.sign {
        Some(key) => {
            Waiver { signature: Some(sign(key, SIGNATURE_NAMESPACE, &signed_text(&waiver))?), ..waiver }
        }
        None => waiver,
    };
    let after = with(&text, before, &waiver, args.rule.is_some());
    // What is written is what will be read: a word that YAML or the rules of waivers do not take is said here.
    let written = parse(&after, &asked)?;
    let known = approval(&waiver, &roles).map_err(|error| CommandError::usage(error.to_string()))?;
    dod_host::storage::write_atomic(&project.root.join(FILE), after.as_bytes())?;
    told(&waiver, &known, written.len(), args.rule.is_some(), globals);
    Ok(Exit::Done)
}

fn parse(text: &str, asked: &Asked) -> Result<Vec<Waiver>, CommandError> {
    let (found, sources, problems) = read_waivers(FILE, text);
    found.ok_or_else(|| tell(&problems, &sources, asked))
}

fn roles(texts: &Texts<'_>, asked: &Asked) -> Result<BTreeMap<Name, Vec<Member>>, CommandError> {
    let text = texts.text("roles.yaml").map_err(|why| CommandError::usage(format!("`roles.yaml`: {why}")))?;
    let Some(text) = text else { return Ok(BTreeMap::new()) };
    let (found, sources, problems) = read_roles("roles.yaml", &text);
    found.ok_or_else(|| tell(&problems, &sources, asked))
}

/// The waiver that is meant: of this thing, at this scope where one is given.
fn existing<'w>(
    waivers: &'w [Waiver],
    of: &str,
    scope: Option<&str>,
) -> Result<Option<&'w Waiver>, CommandError> {
    let mut all = waivers.iter().filter(|waiver| {
        waiver.of.eq_ignore_ascii_case(of) && scope.is_none_or(|scope| waiver.scope.as_deref() == Some(scope))
    });
    match (all.next(), all.next()) {
        (Some(_), Some(_)) => Err(CommandError::usage(format!("`{of}` is waived in several places"))
            .hint("name one with `--scope`")),
        (first, _) => Ok(first),
    }
}

/// The waiver that the arguments make, of the one that is there where there is one.
fn made(args: &WaiveArgs, project: &Project, before: Option<&Waiver>) -> Result<Waiver, CommandError> {
    let missing = |what: &str, example: &str| {
        CommandError::usage(format!("a waiver needs {what}")).hint(format!("for example `{example}`"))
    };
    let of = args.finding.as_deref().or(args.rule.as_deref()).unwrap_or_default();
    let reason =
        args.reason.as_deref().map(Name::from).or_else(|| before.map(|waiver| waiver.reason.clone()));
    let expires = match (&args.expires, before) {
        (Some(word), _) => ahead(last_day(word)?)?,
        (None, Some(before)) => before.expires,
        (None, None) => return Err(missing("a last day", "--expires 30d")),
    };
    let by = args.by.as_deref().map(Name::from).or_else(|| before.map(|waiver| waiver.approved_by.clone()));
    let scope = match (&args.scope, before) {
        (Some(scope), _) => Some(scope.as_str().into()),
        (None, Some(before)) => before.scope.clone(),
        (None, None) => {
            args.finding.as_deref().map(|finding| scope_of(project, finding)).transpose()?.flatten()
        }
    };
    Ok(Waiver {
        approved_by: by.unwrap_or_else(|| project.user()),
        expires,
        of: before.map_or_else(|| of.into(), |waiver| waiver.of.clone()),
        proved: false,
        reason: reason.ok_or_else(|| missing("a reason", "--reason 'not reachable from our code'"))?,
        scope,
        signature: None,
    })
}

/// A last day that has not passed: a waiver that is over when it is written never counts.
fn ahead(day: Timestamp) -> Result<Timestamp, CommandError> {
    if day < Os::new().now() {
        return Err(CommandError::usage(format!("{} is over", day_of(day)))
            .hint("name a day from today on, or how long from today: `30d`"));
    }
    Ok(day)
}

/// The end of a day, UTC: `2027-01-31`, or so long from today.
fn last_day(word: &str) -> Result<Timestamp, CommandError> {
    if word.contains('-') {
        return end_of_day(word).ok_or_else(|| not_a_day(word));
    }
    let time = duration(word).map_err(|why| CommandError::usage(format!("`--expires {word}`: {why}")))?;
    let now = Os::new().now();
    let end = now.plus(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    Ok(Timestamp(end.0.div_euclid(DAY_MS) * DAY_MS + DAY_MS - 1))
}

/// A day that the calendar does not have.
pub(super) fn not_a_day(word: &str) -> CommandError {
    CommandError::usage(format!("`{word}` is not a day")).hint("write year, month and day: `2027-01-31`")
}

/// Where the newest run found it: the package with its version, or the file.
fn scope_of(project: &Project, finding: &str) -> Result<Option<Name>, CommandError> {
    let Ok(told) = Found::of(project, None).and_then(Found::read) else { return Ok(None) };
    let mut scopes: Vec<Name> = Vec::new();
    for read in told.stored.last_reads()?.values() {
        let Some(evidence) = told.with_sources(|sources| (sources.evidence)(&read.digest)) else { continue };
        for one in evidence.findings.iter().flatten().filter(|one| is_called(one, finding)) {
            let scope = match &one.vulnerability {
                Some(hole) if hole.package.starts_with("pkg:") && !hole.version.is_empty() => {
                    Some(format!("{}@{}", hole.package, hole.version).into())
                }
                _ => one.place.as_ref().map(|place| place.path.clone()),
            };
            scopes.extend(scope.filter(|scope| !scopes.contains(scope)));
        }
    }
    match scopes.as_slice() {
        [] => Ok(None),
        [scope] => Ok(Some(scope.clone())),
        several => {
            let names: Vec<&str> = several.iter().take(5).map(|scope| &**scope).collect();
            Err(CommandError::usage(format!(
                "`{finding}` was found in {} places: {}",
                several.len(),
                names.join(", ")
            ))
            .hint("name one with `--scope`; a path may be a glob"))
        }
    }
}

fn is_called(finding: &Finding, word: &str) -> bool {
    let hole = finding.vulnerability.iter().flat_map(|hole| std::iter::once(&hole.id).chain(&hole.aliases));
    *finding.rule == *word
        || *finding.fingerprint == *word
        || hole.into_iter().any(|id| id.eq_ignore_ascii_case(word))
}

/// The text of the file with the waiver: at its end, or in the place of the one that was there.
fn with(text: &str, before: Option<&Waiver>, waiver: &Waiver, rule: bool) -> String {
    let entry = entry(waiver, rule);
    let lines: Vec<&str> = text.lines().collect();
    let starts: Vec<usize> =
        (0..lines.len()).filter(|&at| lines[at].starts_with("- ") || lines[at] == "-").collect();
    let end_of = |start: usize| starts.iter().copied().find(|&next| next > start).unwrap_or(lines.len());
    let same = |start: &usize| {
        let (found, ..) = read_waivers(FILE, &lines[*start..end_of(*start)].join("\n"));
        let found = found.unwrap_or_default();
        found.len() == 1
            && before.is_some_and(|before| found[0].of == before.of && found[0].scope == before.scope)
    };
    match starts.iter().copied().find(same) {
        Some(start) => {
            let (head, tail) = (&lines[..start], &lines[end_of(start)..]);
            let join = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
            format!("{}{entry}{}", join(head), join(tail))
        }
        None if text.is_empty() || text.ends_with('\n') => format!("{text}{entry}"),
        None => format!("{text}\n{entry}"),
    }
}

/// A waiver as YAML. Words are in double quotes, as JSON has them, which YAML takes as they are.
fn entry(waiver: &Waiver, rule: bool) -> String {
    let quoted = |word: &str| serde_json::Value::String(word.to_owned()).to_string();
    let key = if rule { "rule" } else { "finding" };
    let mut text = format!("- {key}: {}\n", quoted(&waiver.of));
    if let Some(scope) = &waiver.scope {
        text += &format!("  scope: {}\n", quoted(scope));
    }
    text +=
        &format!("  reason: {}\n  approved_by: {}\n", quoted(&waiver.reason), quoted(&waiver.approved_by));
    text += &format!("  expires: {}\n", day_of(waiver.expires));
    if let Some(signature) = &waiver.signature {
        text += "  signature: |\n";
        text.extend(signature.lines().map(|line| format!("    {line}\n")));
    }
    text
}

fn told(waiver: &Waiver, known: &Approval, count: usize, rule: bool, globals: &Globals) {
    let until = day_of(waiver.expires);
    if globals.json() {
        let object =
            json!({ "file": FILE, "waivers": count, "written": row(waiver, known, Os::new().now()) });
        output::result(&format!("{object:#}\n"));
        return;
    }
    output::result(&format!(
        "waived {} until the end of {until}, approved by {} ({})\n",
        named(waiver),
        waiver.approved_by,
        word(known)
    ));
    if !rule && waiver.scope.is_none() {
        output::talk(
            "it holds everywhere: no `--scope` is given, and the newest run shows no such finding to take one from\n",
        );
    }
    output::talk("commit it: a change is judged by the waivers of its base\n");
}

fn word(known: &Approval) -> &'static str {
    match known {
        Approval::Claimed => "claimed",
        Approval::Proved => "proved",
        Approval::NoKey => "signed, and `roles.yaml` has no key of that name",
    }
}

fn row(waiver: &Waiver, known: &Approval, now: Timestamp) -> serde_json::Value {
    json!({
        "of": waiver.of,
        "scope": waiver.scope,
        "reason": waiver.reason,
        "approved_by": waiver.approved_by,
        "approval": if *known == Approval::Proved { "proved" } else { "claimed" },
        "expires": day_of(waiver.expires),
        "expired": waiver.expires < now,
    })
}

fn list(
    waivers: &[Waiver],
    roles: &BTreeMap<Name, Vec<Member>>,
    globals: &Globals,
) -> Result<Exit, CommandError> {
    let now = Os::new().now();
    let mut rows = Vec::new();
    let mut text = String::new();
    for waiver in waivers {
        let known = approval(waiver, roles).map_err(|error| {
            CommandError::usage(format!("the signature on the waiver of {}: {error}", named(waiver)))
        })?;
        let left = (waiver.expires.0 - now.0).div_euclid(DAY_MS);
        let until = match left {
            ..0 => format!("expired on {}", day_of(waiver.expires)),
            _ => format!("until {} ({left} days)", day_of(waiver.expires)),
        };
        text += &format!(
            "{}  {until}, by {} ({}): {}\n",
            named(waiver),
            waiver.approved_by,
            word(&known),
            waiver.reason
        );
        rows.push(row(waiver, &known, now));
    }
    match globals.json() {
        true => output::result(&format!("{:#}\n", json!({ "file": FILE, "waivers": rows }))),
        false if waivers.is_empty() => output::talk("nothing is waived\n"),
        false => output::result(&text),
    }
    Ok(Exit::Done)
}
