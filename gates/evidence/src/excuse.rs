//! Telling an excuse from a report: a scanner that failed still writes well-formed JSON.
//!
//! **Absent on purpose:** guessing. Only a document without the shape of its format is looked at here.

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, Measure};

use crate::error::{ReadError, Result};
use crate::findings::Findings;
use crate::json::{Json, Kind, Value};
use crate::text;

/// Keys under which tools put what went wrong.
const EXCUSES: &[&str] = &["error", "errors", "message", "detail", "summary"];

/// Goes on only if an array comes next. An object instead is another format, or an excuse.
pub(crate) fn array_or_excuse(json: &mut Json<'_, '_>, expected: &'static str) -> Result<()> {
    let kind = kind(json, expected)?;
    if kind == Kind::Array {
        return Ok(());
    }
    if kind == Kind::Object {
        let document = json.value()?;
        if let Some(message) = excuse(&document) {
            return Err(ReadError::ToolFailed { message });
        }
    }
    Err(ReadError::OtherFormat { expected, found: kind.words().to_owned() })
}

/// Goes on only if an object comes next.
pub(crate) fn object(json: &mut Json<'_, '_>, expected: &'static str) -> Result<()> {
    match kind(json, expected)? {
        Kind::Object => Ok(()),
        other => Err(ReadError::OtherFormat { expected, found: other.words().to_owned() }),
    }
}

/// What the document is; text that is no JSON is another format.
pub(crate) fn kind(json: &mut Json<'_, '_>, expected: &'static str) -> Result<Kind> {
    match json.kind() {
        Err(ReadError::Malformed { .. }) => {
            Err(ReadError::OtherFormat { expected, found: "text that is not JSON".to_owned() })
        }
        other => other,
    }
}

/// Whether a reader that streams an object should keep this member for [`excuse`].
pub(crate) fn may_excuse(key: &str) -> bool {
    EXCUSES.contains(&key)
}

/// Why an object without the shape of its format is no report: an excuse, or something else.
pub(crate) fn no_shape(rest: Vec<(String, Value)>, expected: &'static str, found: &str) -> ReadError {
    match excuse(&Value::Map(rest)) {
        Some(message) => ReadError::ToolFailed { message },
        None => ReadError::OtherFormat { expected, found: found.to_owned() },
    }
}

/// What a tool says it could not look at, beside what it found.
#[derive(Default)]
pub(crate) struct Unread {
    errors: u64,
    warnings: u64,
    said: Option<String>,
}

impl Unread {
    /// So many files or rules were not looked at.
    pub(crate) fn add(&mut self, count: u64, said: Option<String>) {
        self.errors = self.errors.saturating_add(count);
        self.said = self.said.take().or(said);
    }

    /// So many were looked at in part.
    pub(crate) fn warn(&mut self, count: u64) {
        self.warnings = self.warnings.saturating_add(count);
    }

    /// Whether something was not looked at at all.
    pub(crate) fn any(&self) -> bool {
        self.errors > 0
    }

    /// Evidence that counts what was not looked at. Errors and no finding are no clean bill of health.
    pub(crate) fn judge(self, findings: Findings) -> Result<Evidence> {
        if self.errors > 0 && findings.len() == 0 {
            let said = self.said.unwrap_or_else(|| "errors, and no finding beside them".to_owned());
            return Err(ReadError::ToolFailed { message: text::cut(said.trim(), 500).to_owned() });
        }
        let mut evidence = Evidence { findings: Some(findings.finish()), ..Evidence::default() };
        for (name, count) in [("notices.error", self.errors), ("notices.warning", self.warnings)] {
            if count > 0 {
                let measure = Measure { unit: "1".into(), value: Decimal::from(count) };
                evidence.measures.insert(name.into(), measure);
            }
        }
        Ok(evidence)
    }
}

/// What an object says went wrong, where it says so.
pub(crate) fn excuse(document: &Value) -> Option<String> {
    EXCUSES.iter().find_map(|key| said(document.get(key))).map(|text| text::cut(&text, 500).to_owned())
}

fn said(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::List(list) => list.first().and_then(said),
        Value::Map(_) => ["message", "summary", "detail", "title", "code"]
            .iter()
            .find_map(|key| value.get(key).text())
            .map(str::to_owned),
        _ => None,
    }
}
