//! `gitlab_security`: GitLab's security reports, schema 2 to 15 and later: SAST, secret detection, DAST, container
//! and dependency scanning. Source: GitLab, security-report-schemas.
//!
//! Critical and High are errors, Medium is a warning, Low and Info are notes. What is rated Unknown or not at all
//! may be the worst and is an error. A finding that names a package, or an advisory of one, is a
//! vulnerability, under its CVE or other advisory where it has one. `scan.status: failure` and a fatal message mean that the scan did not come to
//! its end, whatever it found.
//!
//! **Absent on purpose:** `remediations`, which are patches; the extract of code that holds a secret.

use dod_kernel::evidence::{Evidence, Severity, Vulnerability};
use dod_kernel::id::Name;

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::holes::{Rating, is_advisory};
use crate::input::Input;
use crate::json::{Json, Kind, Value};
use crate::text;

const EXPECTED: &str = "a GitLab security report";

/// Bytes of a name that are kept.
const NAME_BYTES_MAX: usize = 500;

/// Other ids of one finding that are kept.
const ALIASES_MAX: usize = 100;

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut findings = Findings::default();
    let (mut listed, mut version, mut scan) = (false, false, Value::Null);
    let mut own = false;
    let mut rest = Vec::new();
    json.object(|json, key| {
        match key {
            "vulnerabilities" if json.kind()? == Kind::Array => {
                listed = true;
                json.array(|json| {
                    let one = json.value()?;
                    own |= !one.get("identifiers").is_null();
                    finding(&one, context, &mut findings, json)
                })?;
            }
            "version" => version = json.maybe_text()?.is_some(),
            "scan" => scan = json.value()?,
            "remediations" | "schema" => {
                own = true;
                json.skip()?;
            }
            key if excuse::may_excuse(key) => rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    own |= matches!(scan, Value::Map(_));
    // A bill of materials has a list of this name too.
    if !listed || !own || !(version || matches!(scan, Value::Map(_))) {
        return Err(excuse::no_shape(rest, EXPECTED, "a JSON object without `vulnerabilities` and `scan`"));
    }
    failed(&scan)?;
    Ok(Evidence {
        findings: Some(findings.finish()),
        vulnerabilities_sought: matches!(
            scan.get("type").text(),
            Some("cluster_image_scanning" | "container_scanning" | "dependency_scanning")
        ),
        ..Evidence::default()
    })
}

/// The scan says that it did not come to its end.
fn failed(scan: &Value) -> Result<()> {
    let fatal = scan.get("messages").list().iter().find(|one| one.get("level").text() == Some("fatal"));
    let failure = scan.get("status").text().is_some_and(|status| status != "success");
    if fatal.is_none() && !failure {
        return Ok(());
    }
    let said = fatal.or(scan.get("messages").list().first()).and_then(|one| one.get("value").text());
    let message = said.unwrap_or("the status of the scan is not `success`");
    Err(ReadError::ToolFailed { message: text::cut(message, 500).to_owned() })
}

fn finding(one: &Value, context: &Context<'_>, findings: &mut Findings, json: &Json<'_, '_>) -> Result<()> {
    const FINDING: &str = "a finding with its location and a name, a message or a description";
    let said = ["name", "message", "description"].iter().find_map(|key| one.get(key).text());
    let message = said.ok_or_else(|| json.malformed(FINDING))?;
    let location = one.get("location");
    if !matches!(location, Value::Map(_)) {
        return Err(json.malformed(FINDING));
    }
    let word = match one.get("severity") {
        Value::Null => None,
        value => Some(value.text().ok_or_else(|| json.malformed("a severity that GitLab has"))?),
    };
    let severity = match word.map(str::to_ascii_lowercase).as_deref() {
        Some("critical" | "high") => Severity::Error,
        Some("medium") => Severity::Warning,
        Some("info" | "low") => Severity::Note,
        // What nobody rated may be the worst.
        None | Some("experimental" | "ignore" | "undefined" | "unknown") => Severity::Error,
        Some(_) => return Err(json.malformed("a severity that GitLab has")),
    };
    let place = location.get("file").text().map(|file| {
        let line = location.get("start_line").index();
        let mut place = context.place(file, line, None);
        place.end_line =
            location.get("end_line").index().filter(|last| place.line.is_some_and(|line| *last >= line));
        place
    });
    let identifiers = one.get("identifiers").list();
    let vulnerability = vulnerability(one, word, identifiers);
    let id = vulnerability.as_ref().map(|hole| hole.id.to_string()).or_else(|| rule(identifiers));
    findings.push(Seen {
        original: word,
        // Two images may hold the same package.
        quoted: location.get("image").text().or(location.get("path").text()),
        vulnerability,
        ..Seen::new(id.as_deref().unwrap_or("unnamed"), message, severity, place)
    })
}

/// What the scanner calls its rule: the first identifier, by its value if that is one word.
fn rule(identifiers: &[Value]) -> Option<String> {
    let first = identifiers.first()?;
    let one_word = |text: &&str| !text.is_empty() && !text.contains(char::is_whitespace);
    let value = first.get("value").text().filter(one_word);
    value.or(first.get("name").text()).map(str::to_owned)
}

/// The advisory that an identifier names, whatever its type.
fn advisory(identifier: &Value) -> Option<&str> {
    ["value", "name"].iter().find_map(|key| identifier.get(key).text().filter(|id| is_advisory(id)))
}

fn vulnerability(one: &Value, word: Option<&str>, identifiers: &[Value]) -> Option<Vulnerability> {
    let dependency = one.at(&["location", "dependency"]);
    let package = dependency.at(&["package", "name"]).text().unwrap_or_default().trim();
    // A scanner that does not name the package still knows the hole.
    let of_advisory = |one: &Value| {
        advisory(one).is_some() || one.get("type").text().is_some_and(|kind| kind == "gemnasium")
    };
    let somewhere = !dependency.is_null() || !one.at(&["location", "image"]).is_null();
    if package.is_empty() && !(somewhere && identifiers.iter().any(of_advisory)) {
        return None;
    }
    let name = |text: &str| Name::from(text::cut(text.trim(), NAME_BYTES_MAX));
    let mut ids: Vec<&str> = identifiers.iter().filter_map(advisory).collect();
    let id = match ids.is_empty() {
        false => ids.remove(0).to_owned(),
        true => one
            .get("cve")
            .text()
            .filter(|id| is_advisory(id))
            .map(str::to_owned)
            .or_else(|| rule(identifiers))?,
    };
    ids.retain(|alias| !alias.eq_ignore_ascii_case(&id));
    let vector = one.get("cvss_vectors").list().iter().find_map(|one| one.get("vector").text());
    let rating = Rating::of(word, None, vector);
    Some(Vulnerability {
        aliases: ids.into_iter().take(ALIASES_MAX).map(name).collect(),
        danger: rating.danger,
        fixed: Vec::new(),
        id: name(&id),
        package: name(package),
        score: rating.score,
        vector: rating.vector.as_deref().map(name),
        version: name(dependency.get("version").text().unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests;
