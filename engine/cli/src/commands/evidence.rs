//! `dod evidence`: what a report says, without a run.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use clap::Args;
use dod_evidence::{Context, DETECT_BYTES_MAX, Format, ReadError};
use dod_host::drive::REPORT_BYTES_MAX;
use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, Finding, Mismatch, Severity, Summary};
use dod_views::{Look, clean};
use serde_json::{Map, Value as Json, json};

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output::{self, Stream};
use crate::{launch, screen};

/// Findings that are listed for people; more are counted.
const LISTED_MAX: usize = 1_000;

/// Read one report and say what it holds
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod evidence target/nextest/ci/junit.xml
  dod evidence lcov.info --as lcov
  ruff check --output-format json | dod evidence -
  dod evidence results.sarif --findings

Exit codes: 0 the report was read (whatever it says), 2 no such file or format, 3 it is not readable")]
pub(crate) struct EvidenceArgs {
    /// The report; `-` for standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// Its format; recognized by its first bytes without this
    #[arg(id = "as", long = "as", value_name = "FORMAT")]
    format: Option<String>,
    /// List the findings, too
    #[arg(long)]
    findings: bool,
}

pub(crate) fn run(args: EvidenceArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let EvidenceArgs { file, format, findings } = args;
    let format = format.as_deref().map(named).transpose()?;
    let folder = globals.directory.clone().unwrap_or_else(|| ".".into());
    let root = folder.canonicalize().unwrap_or(folder);
    let root = root.to_string_lossy().into_owned();
    // Like every other path, it is seen from the folder that `-C` names.
    let at = globals.directory.as_deref().map_or_else(|| (&file).into(), |folder| folder.join(&file));
    let (format, read) = read(&file, &at, format, &root)?;
    let exit = if read.is_ok() { Exit::Done } else { Exit::Undecided };
    if globals.json() {
        output::result(&(launch::json(&object(format, &read, findings)) + "\n"));
    } else {
        match &read {
            Ok(evidence) => output::result(&text(format, evidence, findings, screen::look(Stream::Stdout))),
            Err(why) => {
                let as_what = format.map(|format| format!(" as {format}")).unwrap_or_default();
                output::error(&format!("`{file}` cannot be read{as_what}: {why}"), None);
            }
        }
    }
    // The process ends here; giving back the memory of a hundred thousand findings one by one is work for nobody.
    std::mem::forget(read);
    Ok(exit)
}

fn named(name: &str) -> Result<Format, CommandError> {
    Format::known_as(name).ok_or_else(|| {
        let known = Format::ALL.iter().map(|format| format.name());
        let hint = dod_notation::diagnose::closest(name, known.clone()).map_or_else(
            || format!("the formats are {}", known.collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        CommandError::usage(format!("no format is called `{name}`")).hint(hint)
    })
}

/// The report, or why it says nothing, and the format it was read as.
type Reading = (Option<Format>, Result<Evidence, String>);

fn read(file: &str, at: &Path, format: Option<Format>, root: &str) -> Result<Reading, CommandError> {
    let mut report: Box<dyn BufRead> = if file == "-" {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        match File::open(at).and_then(|opened| opened.metadata().map(|meta| (opened, meta))) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(CommandError::usage(format!("there is no file `{file}`")));
            }
            Err(error) => return Ok((format, Err(ReadError::Unreadable { kind: error.kind() }.to_string()))),
            Ok((_, meta)) if meta.is_dir() => {
                return Err(CommandError::usage(format!("`{file}` is a folder, not a report")));
            }
            Ok((_, meta)) if meta.len() > REPORT_BYTES_MAX => {
                return Ok((format, Err(format!("it has more than {REPORT_BYTES_MAX} bytes"))));
            }
            Ok((opened, _)) => Box::new(BufReader::new(opened)),
        }
    };
    let mut head = Vec::new();
    let format = match format {
        Some(format) => format,
        None => {
            let mut start = std::io::Read::take(&mut report, DETECT_BYTES_MAX as u64);
            if let Err(error) = std::io::Read::read_to_end(&mut start, &mut head) {
                return Ok((None, Err(ReadError::Unreadable { kind: error.kind() }.to_string())));
            }
            match dod_evidence::detect(&head) {
                Some(format) => format,
                None if head.is_empty() => return Ok((None, Err(ReadError::Empty.to_string()))),
                None => {
                    let why = "its format is not recognized; name it with `--as`".to_owned();
                    return Ok((None, Err(why)));
                }
            }
        }
    };
    let mut whole = std::io::Read::chain(head.as_slice(), report);
    let context = Context { root, base: "", rule: None, report: if file == "-" { "stdin" } else { file } };
    let evidence = dod_evidence::read(format, &mut whole, &context).map_err(|error| error.to_string());
    Ok((Some(format), evidence))
}

/// The documented object: sections that the report says nothing of are absent.
fn object(format: Option<Format>, read: &Result<Evidence, String>, findings: bool) -> Json {
    let mut object = Map::new();
    let format = format.map_or(Json::Null, |format| json!(format.name()));
    object.insert("format".to_owned(), format);
    let evidence = match read {
        Ok(evidence) => evidence,
        Err(why) => {
            object.insert("status".to_owned(), json!("unreadable"));
            object.insert("reason".to_owned(), json!(why));
            return Json::Object(object);
        }
    };
    object.insert("status".to_owned(), json!("read"));
    sections(&mut object, &evidence.summary());
    let mismatches: Vec<Json> = evidence.mismatches.iter().map(mismatch).collect();
    object.insert("mismatches".to_owned(), json!(mismatches));
    if findings && let Some(all) = &evidence.findings {
        object.insert("list".to_owned(), all.iter().map(listed).collect());
    }
    Json::Object(object)
}

fn sections(object: &mut Map<String, Json>, summary: &Summary) {
    let Summary { components, findings, licenses, measures, tests, unchecked, vulnerabilities, .. } = summary;
    if let Some(counts) = findings {
        let counts = json!({
            "total": counts.total(), "error": counts.error, "warning": counts.warning, "note": counts.note,
            "suppressed": counts.suppressed,
        });
        object.insert("findings".to_owned(), counts);
    }
    if let Some(counts) = tests {
        let counts = json!({
            "total": counts.total(), "passed": counts.passed, "failed": counts.failed, "errored": counts.errored,
            "skipped": counts.skipped, "flaky": counts.flaky,
        });
        object.insert("tests".to_owned(), counts);
    }
    if !measures.is_empty() {
        let one = |measure: &dod_kernel::evidence::Measure| json!({ "value": number(measure.value), "unit": measure.unit });
        let all: Map<String, Json> =
            measures.iter().map(|(name, measure)| (name.to_string(), one(measure))).collect();
        object.insert("measures".to_owned(), Json::Object(all));
    }
    if let Some(counts) = vulnerabilities {
        let counts = json!({
            "critical": counts.critical, "high": counts.high, "medium": counts.medium, "low": counts.low,
            "unknown": counts.unknown,
        });
        object.insert("vulnerabilities".to_owned(), counts);
    }
    if *unchecked > 0 {
        object.insert("unchecked".to_owned(), json!(unchecked));
    }
    if let Some(counts) = licenses {
        let counts =
            json!({ "copyleft": counts.copyleft, "denied": counts.denied, "unknown": counts.unknown });
        object.insert("licenses".to_owned(), counts);
    }
    if let Some(count) = components {
        object.insert("components".to_owned(), json!(count));
    }
}

/// A finding as it is recorded, its score as a number.
fn listed(finding: &Finding) -> Json {
    let mut object = json!(finding);
    if let Some(score) = finding.vulnerability.as_ref().and_then(|hole| hole.score) {
        object["vulnerability"]["score"] = number(score);
    }
    object
}

fn mismatch(mismatch: &Mismatch) -> Json {
    let Mismatch { counted, declared, name } = mismatch;
    json!({ "name": name, "declared": number(*declared), "counted": number(*counted) })
}

/// A decimal as a number of JSON, whose text it already is.
fn number(decimal: Decimal) -> Json {
    let text = decimal.to_string();
    serde_json::from_str(&text).unwrap_or(Json::String(text))
}

/// The same for people.
fn text(format: Option<Format>, evidence: &Evidence, findings: bool, look: Look) -> String {
    let summary = evidence.summary();
    let Summary {
        components, findings: counts, licenses, measures, tests, unchecked, vulnerabilities, ..
    } = summary;
    let mut lines = vec![format!("format           {}", format.map(Format::name).unwrap_or("unknown"))];
    if let Some(it) = counts {
        let parts =
            [(it.error, "error"), (it.warning, "warning"), (it.note, "note"), (it.suppressed, "suppressed")];
        lines.push(format!("findings         {}{}", it.total(), parted(&parts)));
    }
    if let Some(it) = tests {
        let parts = [
            (it.passed, "passed"),
            (it.failed, "failed"),
            (it.errored, "errored"),
            (it.skipped, "skipped"),
            (it.flaky, "flaky"),
        ];
        lines.push(format!("tests            {}{}", it.total(), parted(&parts)));
    }
    for (name, measure) in &measures {
        let unit = if &*measure.unit == "1" { String::new() } else { format!(" {}", measure.unit) };
        lines.push(format!("{name:16} {}{unit}", measure.value));
    }
    if let Some(it) = vulnerabilities {
        let total = it.critical + it.high + it.medium + it.low + it.unknown + it.none;
        let parts = [
            (it.critical, "critical"),
            (it.high, "high"),
            (it.medium, "medium"),
            (it.low, "low"),
            (it.none, "none"),
            (it.unknown, "unknown"),
        ];
        lines.push(format!("vulnerabilities  {total}{}", parted(&parts)));
    }
    if unchecked > 0 {
        lines.push(format!("unchecked        {unchecked}"));
    }
    if let Some(it) = licenses {
        let parts = [(it.copyleft, "copyleft"), (it.denied, "denied"), (it.unknown, "unknown")];
        lines.push(format!("licenses         {}{}", it.copyleft + it.denied + it.unknown, parted(&parts)));
    }
    lines.extend(components.map(|count| format!("components       {count}")));
    for Mismatch { counted, declared, name } in &evidence.mismatches {
        lines.push(format!("mismatch         {name}: the report says {declared}, {counted} were counted"));
    }
    if findings {
        let all = evidence.findings.as_deref().unwrap_or_default();
        lines.extend(all.iter().take(LISTED_MAX).map(line));
        if all.len() > LISTED_MAX {
            lines.push(format!("and {} more: `--format json` lists all of them", all.len() - LISTED_MAX));
        }
    }
    clean(&(lines.join("\n") + "\n"), look.color)
}

/// ` (2 error, 1 note)`, without what is 0.
fn parted(parts: &[(u64, &str)]) -> String {
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

fn line(finding: &Finding) -> String {
    let place = finding.place.as_ref();
    let at = |number: Option<u32>| number.map(|number| format!(":{number}")).unwrap_or_default();
    let place = place.map(|it| format!("{}{}{}: ", it.path, at(it.line), at(it.column))).unwrap_or_default();
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
        Severity::None => "none",
    };
    let suppressed = if finding.suppressed { " (suppressed)" } else { "" };
    let message = finding.message.lines().next().unwrap_or_default();
    format!("{place}{severity} {}{suppressed}: {message}", finding.rule)
}
