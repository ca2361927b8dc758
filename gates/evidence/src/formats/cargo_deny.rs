//! `cargo_deny`: `cargo deny --format json check`: a line per diagnostic and a summary as the last, on standard error.
//!
//! Advisories about vulnerabilities are holes, suppressed where the configuration allows them; rejected licenses are
//! objections; all else that is an error, a warning or a note is a finding under cargo-deny's own code. `help` says what
//! is accepted. Which checks ran, the summary says: only what it names was looked for. Without it the run was cut off, or
//! failed with the error that it logged.
//!
//! **Absent on purpose:** the graph of who depends on the crate; places: labels name a line and no file.

use dod_kernel::evidence::{Evidence, License, Mismatch, Objection, Severity};

use crate::context::Context;
use crate::coverage::compare;
use crate::documents::{self, Next, Spot};
use crate::error::{ReadError, Result};
use crate::findings::{Findings, Seen};
use crate::holes::{Hole, Holes, Rating, purl};
use crate::input::Input;
use crate::json::Value;
use crate::text;

const EXPECTED: &str = "JSON lines of cargo-deny";

/// Codes of vulnerabilities, now and in versions before 0.14.
const VULNERABILITY: [&str; 2] = ["vulnerability", "A001"];

/// Codes of licenses that are not accepted: rejected, missing, not readable; the letters are those of old versions.
const LICENSE: [&str; 8] = [
    "rejected",
    "L001",
    "L002",
    "unlicensed",
    "L003",
    "no-license-field",
    "empty-license-field",
    "parse-error",
];

/// Those among them that mean that nobody knows the license.
const UNLICENSED: [&str; 5] =
    ["unlicensed", "L003", "no-license-field", "empty-license-field", "parse-error"];

pub(crate) fn read(input: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    let mut report = Report::default();
    documents::each(input, |next, spot| match next {
        Next::Document(line) => report.line(&line, spot),
        // Cargo's own talk is in the same stream.
        Next::Plain(_) => Ok(()),
    })?;
    report.finish(input.at())
}

#[derive(Default)]
struct Report {
    holes: Holes,
    findings: Findings,
    /// Diagnostics by severity, as the summary counts them.
    errors: u64,
    warnings: u64,
    declared_errors: u64,
    declared_warnings: u64,
    /// Something was said since the last summary, or nothing at all.
    unfinished: bool,
    summaries: u64,
    lines: u64,
    advisories: bool,
    licenses: bool,
    /// The last error that was logged.
    logged: Option<String>,
}

impl Report {
    fn line(&mut self, line: &Value, spot: Spot) -> Result<()> {
        let fields = line.get("fields");
        let kind = line.get("type").text().filter(|_| !fields.is_null());
        match kind {
            Some("diagnostic") => {
                self.unfinished = true;
                self.lines += 1;
                self.diagnostic(fields, spot)
            }
            Some("summary") => self.summary(fields, spot),
            Some("log") => {
                self.lines += 1;
                let level = fields.get("level").text().unwrap_or_default();
                if level.eq_ignore_ascii_case("error") {
                    let message = fields.get("message").text().unwrap_or("an error without a message");
                    self.logged = Some(text::cut(message, 500).to_owned());
                }
                Ok(())
            }
            _ if self.lines == 0 && self.summaries == 0 => Err(ReadError::OtherFormat {
                expected: EXPECTED,
                found: "JSON lines without `type` and `fields`".to_owned(),
            }),
            _ => Err(spot.malformed("a line that cargo-deny writes")),
        }
    }

    fn diagnostic(&mut self, fields: &Value, spot: Spot) -> Result<()> {
        let word = fields.get("severity").text().unwrap_or_default();
        let severity = match word {
            "error" | "bug" => Some(Severity::Error),
            "warning" => Some(Severity::Warning),
            "note" => Some(Severity::Note),
            "help" => None,
            _ => return Err(spot.malformed("a diagnostic with a severity that cargo-deny has")),
        };
        self.errors += u64::from(severity == Some(Severity::Error));
        self.warnings += u64::from(severity == Some(Severity::Warning));
        let code = fields.get("code").text().unwrap_or("cargo-deny");
        if VULNERABILITY.contains(&code) {
            return self.vulnerability(fields, severity);
        }
        let Some(severity) = severity else { return Ok(()) };
        let message =
            fields.get("message").text().ok_or_else(|| spot.malformed("a diagnostic with a message"))?;
        let (name, version) = krate(fields);
        let id = fields.at(&["advisory", "id"]).text().unwrap_or_default();
        let labels = || fields.get("labels").list().iter().filter_map(|label| label.get("message").text());
        let detail = labels().find(|text| text.starts_with("rejected")).or(labels().next());
        let mut said = String::new();
        if !name.is_empty() {
            said += &format!("{}@{version}: ", purl::of("cargo", &name));
        }
        said += message;
        for more in [id, detail.unwrap_or_default()].into_iter().filter(|more| !more.is_empty()) {
            said += &format!(" ({more})");
        }
        let license = LICENSE.contains(&code).then(|| license(fields, code, &name, &version));
        let identity = format!("{id} {name} {version}");
        self.findings.push(Seen {
            license,
            quoted: Some(&identity),
            ..Seen::new(code, &said, severity, None)
        })
    }

    fn vulnerability(&mut self, fields: &Value, severity: Option<Severity>) -> Result<()> {
        let advisory = fields.get("advisory");
        let (name, version) = krate(fields);
        let name = if name.is_empty() { advisory.get("package").text().unwrap_or_default() } else { &name };
        let texts =
            |list: &Value| list.list().iter().filter_map(Value::text).map(str::to_owned).collect::<Vec<_>>();
        let noted = texts(fields.get("notes"));
        let note = |begin: &str| noted.iter().find_map(|note| note.strip_prefix(begin)).unwrap_or_default();
        let id = advisory.get("id").text().unwrap_or_else(|| note("ID: "));
        let solution = note("Solution: Upgrade to ").split(" (try ").next().unwrap_or_default();
        self.holes.push(Hole {
            id: id.to_owned(),
            aliases: texts(advisory.get("aliases")),
            package: purl::of("cargo", name),
            version,
            rating: Rating::of(None, None, advisory.get("cvss").text()),
            fixed: solution.split(" OR ").filter(|one| !one.is_empty()).map(str::to_owned).collect(),
            title: fields.get("message").text().unwrap_or_default().to_owned(),
            // Allowed by the configuration, and told all the same.
            suppressed: !matches!(severity, Some(Severity::Error | Severity::Warning)),
            ..Hole::default()
        })
    }

    fn summary(&mut self, fields: &Value, spot: Spot) -> Result<()> {
        let mut any = false;
        for check in ["advisories", "bans", "licenses", "sources"] {
            let totals = fields.get(check);
            if totals.is_null() {
                continue;
            }
            any = true;
            let count = |key: &str| totals.get(key).count(|| spot.malformed("a summary with sound totals"));
            self.declared_errors = self.declared_errors.saturating_add(count("errors")?);
            self.declared_warnings = self.declared_warnings.saturating_add(count("warnings")?);
            self.advisories |= check == "advisories";
            self.licenses |= check == "licenses";
        }
        if !any {
            return Err(ReadError::NotRun { what: "check" });
        }
        self.unfinished = false;
        self.summaries += 1;
        Ok(())
    }

    fn finish(mut self, at: u64) -> Result<Evidence> {
        if self.summaries == 0 || self.unfinished {
            return Err(match self.logged {
                Some(message) => ReadError::ToolFailed { message },
                None if self.lines == 0 => {
                    ReadError::OtherFormat { expected: EXPECTED, found: "text without JSON lines".to_owned() }
                }
                None => ReadError::CutOff { at },
            });
        }
        if self.declared_errors > 0 && self.errors == 0 {
            return Err(ReadError::NotRun { what: "errors, only their number" });
        }
        let mut mismatches: Vec<Mismatch> = Vec::new();
        compare(&mut mismatches, "findings.error", Some(self.declared_errors), self.errors);
        compare(&mut mismatches, "findings.warning", Some(self.declared_warnings), self.warnings);
        self.holes.finish(&mut self.findings)?;
        Ok(Evidence {
            findings: Some(self.findings.finish()),
            licenses_sought: self.licenses,
            mismatches,
            vulnerabilities_sought: self.advisories,
            ..Evidence::default()
        })
    }
}

/// The crate that a diagnostic is about, and its version: the root of its graph, or else what its label spans.
fn krate(fields: &Value) -> (String, String) {
    let graph = fields.get("graphs").list().first().cloned().unwrap_or_default();
    // Old versions have name and version in the node itself.
    let node = if graph.get("Krate").is_null() { &graph } else { graph.get("Krate") };
    let text = |key: &str| node.get(key).text().map(str::to_owned);
    if let (Some(name), Some(version)) = (text("name"), text("version")) {
        return (name, version);
    }
    // `hyper 0.13.9 registry+https://…`
    let span =
        fields.get("labels").list().first().and_then(|label| label.get("span").text()).unwrap_or_default();
    let mut words = span.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(name), Some(version), Some(_)) => (name.to_owned(), version.to_owned()),
        _ => Default::default(),
    }
}

fn license(fields: &Value, code: &str, name: &str, version: &str) -> License {
    let labels = fields.get("labels").list();
    let says = |word: &str| {
        let mut said = labels.iter().filter_map(|label| label.get("message").text());
        said.any(|message| message.to_ascii_lowercase().contains(word))
    };
    let objection = match () {
        () if UNLICENSED.contains(&code) => Objection::Unknown,
        () if says("copyleft") => Objection::Copyleft,
        () => Objection::Denied,
    };
    let expression = labels.first().and_then(|label| label.get("span").text()).unwrap_or_default();
    License {
        expression: text::cut(expression, 500).into(),
        objection,
        package: text::cut(&purl::of("cargo", name), 500).into(),
        version: text::cut(version, 100).into(),
    }
}

#[cfg(test)]
mod tests;
