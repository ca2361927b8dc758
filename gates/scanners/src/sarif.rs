//! Writing SARIF 2.1.0 (OASIS Standard, 2020): one run, deterministic bytes.
//!
//! **Absent on purpose:** reading SARIF, and anything a scanner might mean by a finding.

use serde_json::{Map, Value, json};

/// Where the schema of what is written here lies.
pub const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// How grave a result or a notification is (SARIF 2.1.0, §3.27.10 and §3.58.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Must not stay.
    Error,
    /// Should not stay.
    Warning,
    /// Good to know.
    Note,
}

impl Level {
    /// As SARIF spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A rule of the scanner (§3.49).
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id, stable for ever.
    pub id: String,
    /// What it finds, as a sentence.
    pub about: String,
    /// How grave its results are.
    pub level: Level,
    /// GitHub's `security-severity`, a number from 0 to 10 written as text; `None` for what is no matter of security.
    pub severity: Option<&'static str>,
}

/// One result (§3.27). Lines and columns count from 1, columns in Unicode code points.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Index into the rules.
    pub rule: usize,
    /// What was found.
    pub message: String,
    /// Path from the root, with `/`; empty for what is in no file.
    pub path: String,
    /// Line; 0 for the whole file.
    pub line: u64,
    /// First column.
    pub column: u64,
    /// Column behind the last one.
    pub end_column: u64,
    /// Identity that survives a move within the file.
    pub fingerprint: String,
    /// Why it is suppressed: kind (`inSource` or `external`, §3.35.2) and justification.
    pub suppressed: Option<(&'static str, String)>,
    /// What else there is to say in fields (§3.8). [`COMMIT`] is also where the finding is (§3.33).
    pub properties: Map<String, Value>,
}

/// The property of a finding that names a commit.
pub const COMMIT: &str = "commit";

/// What the scanner says about its own work (§3.58).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notification {
    /// How grave it is.
    pub level: Level,
    /// Its id, stable for ever.
    pub id: &'static str,
    /// The file it is about.
    pub path: Option<String>,
    /// The message.
    pub message: String,
}

/// One run of one scanner.
#[derive(Clone, Debug)]
pub struct Run {
    /// Name of the scanner, as called.
    pub tool: &'static str,
    /// Its version.
    pub version: &'static str,
    /// All rules it looked for, also those without a result.
    pub rules: Vec<Rule>,
    /// What it found; written as given.
    pub results: Vec<Finding>,
    /// What it has to say; written as given.
    pub notifications: Vec<Notification>,
    /// Whether it could read all that it should have read (§3.20.14).
    pub successful: bool,
    /// Counts and settings.
    pub properties: Map<String, Value>,
}

impl Run {
    /// The run as a SARIF file, `\n`-ended. The same run always gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let log = json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": self.tool,
                    "semanticVersion": self.version,
                    "rules": self.rules.iter().map(rule).collect::<Vec<_>>(),
                } },
                "invocations": [{
                    "executionSuccessful": self.successful,
                    "toolExecutionNotifications": self.notifications.iter().map(notification).collect::<Vec<_>>(),
                }],
                "columnKind": "unicodeCodePoints",
                "results": self.results.iter().map(|finding| self.result(finding)).collect::<Vec<_>>(),
                "properties": self.properties,
            }],
        });
        // A JSON value has only text keys, so its text always exists.
        let mut bytes = format!("{log:#}").into_bytes();
        bytes.push(b'\n');
        bytes
    }

    fn result(&self, finding: &Finding) -> Value {
        let rule = &self.rules[finding.rule];
        let mut result = json!({
            "ruleId": rule.id,
            "ruleIndex": finding.rule,
            "level": rule.level.as_str(),
            "message": { "text": finding.message },
            "locations": location(finding).into_iter().collect::<Vec<_>>(),
            "partialFingerprints": { "primaryLocationLineHash": finding.fingerprint },
        });
        if !finding.properties.is_empty() {
            result["properties"] = json!(finding.properties);
        }
        if let Some((kind, justification)) = &finding.suppressed {
            result["suppressions"] =
                json!([{ "kind": kind, "status": "accepted", "justification": justification }]);
        }
        result
    }
}

/// In a file, in a commit, or in both; `None` for what is missing as a whole.
fn location(finding: &Finding) -> Option<Value> {
    let mut location = Map::new();
    if !finding.path.is_empty() {
        let mut physical = json!({ "artifactLocation": place(&finding.path) });
        if finding.end_column > finding.column {
            physical["region"] = json!({
                "startLine": finding.line,
                "startColumn": finding.column,
                "endColumn": finding.end_column,
            });
        } else if finding.line > 0 {
            // No text of the line is meant, but the line.
            physical["region"] = json!({ "startLine": finding.line });
        }
        location.insert("physicalLocation".to_owned(), physical);
    }
    if let Some(commit) = finding.properties.get(COMMIT) {
        let logical = json!([{ "fullyQualifiedName": commit, "kind": "commit" }]);
        location.insert("logicalLocations".to_owned(), logical);
    }
    (!location.is_empty()).then(|| Value::Object(location))
}

fn rule(rule: &Rule) -> Value {
    let mut value = json!({
        "id": rule.id,
        "shortDescription": { "text": rule.about },
        "defaultConfiguration": { "level": rule.level.as_str() },
    });
    if let Some(severity) = rule.severity {
        value["properties"] = json!({ "security-severity": severity, "tags": ["security"] });
    }
    value
}

fn notification(said: &Notification) -> Value {
    let mut value = json!({
        "level": said.level.as_str(),
        "descriptor": { "id": said.id },
        "message": { "text": said.message },
    });
    if let Some(path) = &said.path {
        value["locations"] = json!([{ "physicalLocation": { "artifactLocation": place(path) } }]);
    }
    value
}

fn place(path: &str) -> Value {
    json!({ "uri": percent_encoded(path), "uriBaseId": "%SRCROOT%" })
}

/// A relative path as a URI reference (RFC 3986, §2.1 and §4.2): a `:` in its first segment would be taken
/// for a scheme, so it is encoded too.
fn percent_encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
