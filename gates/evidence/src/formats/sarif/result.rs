//! One result of a run, kept small until the end of its run is known.

use dod_kernel::evidence::{Place, Severity};

use super::Run;
use super::rules::{Rule, level};
use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::findings::{Findings, Seen};
use crate::json::Value;
use crate::path;
use crate::text;

/// Base ids that lead to base ids.
const BASES_MAX: usize = 16;

/// What a result is.
pub(super) enum Sort {
    /// Something to judge.
    Open(Box<Pending>),
    /// It says that something holds (`pass`) or does not apply: not a finding.
    Aside,
    /// It was there at the baseline and is gone.
    Gone,
}

/// A result that waits for the rules and files of its run.
pub(super) struct Pending {
    rule_id: Option<String>,
    rule_index: Option<usize>,
    extension: Option<usize>,
    level: Option<Severity>,
    /// `kind` is there and is not `fail`.
    not_fail: bool,
    suppressed: bool,
    message: Value,
    artifact: Value,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    quoted: Option<String>,
}

impl Pending {
    pub(super) fn read(result: &Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<Sort> {
        if !matches!(result, Value::Map(_)) {
            return Err(malformed("a result that is an object"));
        }
        let level = match result.get("level") {
            Value::Null => None,
            value => Some(level(value).ok_or(malformed("a result with a level that SARIF has"))?),
        };
        let kind = match result.get("kind") {
            Value::Null => "fail",
            value => value.text().ok_or(malformed("a result with a kind that SARIF has"))?,
        };
        match kind {
            "fail" | "open" | "review" | "informational" => {}
            "pass" | "notApplicable" if level.is_none() => return Ok(Sort::Aside),
            "pass" | "notApplicable" => {}
            _ => return Err(malformed("a result with a kind that SARIF has")),
        }
        if result.get("baselineState").text() == Some("absent") {
            return Ok(Sort::Gone);
        }
        let physical = first(result.get("locations")).get("physicalLocation");
        let region = physical.get("region");
        let quoted = region.at(&["snippet", "text"]).text().or(identity(result)).map(str::to_owned);
        let rule = result.get("rule");
        let index = |value: &Value| value.index().map(|index| index as usize);
        Ok(Sort::Open(Box::new(Self {
            rule_id: result.get("ruleId").text().or(rule.get("id").text()).map(str::to_owned),
            rule_index: index(result.get("ruleIndex")).or(index(rule.get("index"))),
            extension: index(rule.at(&["toolComponent", "index"])),
            level,
            not_fail: kind != "fail",
            suppressed: is_suppressed(result.get("suppressions").list()),
            message: result.get("message").clone(),
            artifact: physical.get("artifactLocation").clone(),
            line: region.get("startLine").index(),
            column: region.get("startColumn").index(),
            end_line: region.get("endLine").index(),
            quoted,
        })))
    }

    pub(super) fn settle(&self, run: &Run, context: &Context<'_>, findings: &mut Findings) -> Result<()> {
        let rule = run.rules.find(self.extension, self.rule_index, self.rule_id.as_deref());
        let severity = match (self.level, self.not_fail) {
            (Some(level), _) => level,
            (None, true) => Severity::None,
            (None, false) => rule.and_then(|rule| rule.level).unwrap_or(Severity::Warning),
        };
        let id = self.rule_id.as_deref().or(rule.map(|rule| rule.id.as_str())).unwrap_or_default();
        let text = self.text(rule);
        findings.push(Seen {
            suppressed: self.suppressed,
            quoted: self.quoted.as_deref(),
            ..Seen::new(id, &text, severity, self.place(run, context))
        })
    }

    /// `text`, else the rule's text of that id with its arguments (3.11).
    fn text(&self, rule: Option<&Rule>) -> String {
        let own = self.message.get("text").text().or(self.message.get("markdown").text());
        let id = self.message.get("id").text();
        let text = own.or_else(|| rule?.message(id?)).or(id).unwrap_or_default();
        fill(text, self.message.get("arguments").list())
    }

    fn place(&self, run: &Run, context: &Context<'_>) -> Option<Place> {
        let indexed = self.artifact.get("index").index();
        let indexed = indexed.and_then(|index| run.artifacts.list().get(index as usize));
        let artifact = match self.artifact.get("uri").text() {
            Some(_) => &self.artifact,
            None => indexed?.get("location"),
        };
        let uri = artifact.get("uri").text()?;
        let uri = based(uri, artifact.get("uriBaseId").text(), &run.bases);
        let path = path::from_uri(&uri).unwrap_or(uri);
        let mut place = context.place(&path, self.line, self.column);
        place.end_line = self.end_line.filter(|end| place.line.is_some_and(|line| *end >= line));
        Some(place)
    }
}

/// Puts arguments where `{0}` asks for them (3.11.5). In one pass: an argument that holds `{1}` asks for
/// nothing, or a few of them would fill all memory.
fn fill(text: &str, arguments: &[Value]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        filled += before;
        let argument = behind.split_once('}').and_then(|(number, behind)| {
            Some((arguments.get(number.parse::<usize>().ok()?)?.text()?, behind))
        });
        rest = match argument {
            Some((argument, behind)) => {
                filled += argument;
                behind
            }
            None => {
                filled.push('{');
                behind
            }
        };
        if filled.len() > text::MESSAGE_BYTES_MAX {
            return filled;
        }
    }
    filled + rest
}

/// Follows `uriBaseId` as far as the report tells where it leads (3.14.14).
fn based(uri: &str, base: Option<&str>, bases: &Value) -> String {
    let mut joined = uri.to_owned();
    let mut base = base;
    for _ in 0..BASES_MAX {
        let stands_alone =
            path::is_absolute(&joined) || path::from_uri(&joined).is_some_and(|it| path::is_absolute(&it));
        let Some(id) = base.filter(|_| !stands_alone) else { break };
        let location = bases.get(id);
        if let Some(begin) = location.get("uri").text() {
            joined = format!("{}/{joined}", begin.trim_end_matches('/'));
        }
        base = location.get("uriBaseId").text();
    }
    joined
}

/// At least one suppression, and none that is under review or rejected (3.27.23).
fn is_suppressed(suppressions: &[Value]) -> bool {
    let open = |one: &Value| matches!(one.get("status").text(), Some("underReview" | "rejected"));
    !suppressions.is_empty() && !suppressions.iter().any(open)
}

/// The tool's own identity of a result, where it gives one that rests on the code (3.27.17).
fn identity(result: &Value) -> Option<&str> {
    result.at(&["partialFingerprints", "primaryLocationLineHash"]).text()
}

fn first(value: &Value) -> &Value {
    value.list().first().unwrap_or(&Value::Null)
}
