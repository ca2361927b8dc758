//! One result of a run, read member by member and kept small until its run is known.

use dod_kernel::evidence::Severity;

use super::rules::{Named, level};
use super::settle::Artifact;
use crate::error::Result;
use crate::json::{Json, Kind, Value};

/// What a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Something to judge.
    Open,
    /// It says that something holds (`pass`) or does not apply: not a finding.
    Aside,
    /// It was there at the baseline and is gone.
    Gone,
}

/// A result that waits for the rules and files of its run.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) rule: Named,
    pub(super) level: Option<Severity>,
    /// `kind`, where it is there and is not `fail`.
    pub(super) kind: Option<&'static str>,
    pub(super) suppressed: bool,
    pub(super) message: Message,
    pub(super) artifact: Artifact,
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
    pub(super) end_line: Option<u32>,
    /// The code it is about, or the tool's own identity of it.
    pub(super) quoted: Option<Box<str>>,
    /// Properties, where any of them matters here.
    pub(super) properties: Option<Box<Value>>,
}

/// What a result says (3.11).
#[derive(Default)]
pub(super) struct Message {
    /// Its text, else its Markdown.
    pub(super) text: Option<Box<str>>,
    /// The id of a text of the rule, and what is filled in.
    pub(super) reference: Option<Box<(Option<String>, Vec<String>)>>,
}

/// Arguments of one message that are kept; no text asks for more.
const ARGUMENTS_MAX: usize = 1000;

/// Kinds other than `fail` (3.27.9).
const KINDS: &[&str] = &["informational", "notApplicable", "open", "pass", "review"];

/// Properties of results that are understood.
const PROPERTIES: &[&str] = &[
    "aliases",
    "fixedVersion",
    "installedVersion",
    "license",
    "package",
    "packageName",
    "packageVersion",
    "purl",
    "security-severity",
    "version",
];

impl Pending {
    pub(super) fn read(json: &mut Json<'_, '_>) -> Result<(Sort, Self)> {
        if json.kind()? != Kind::Object {
            return Err(json.malformed("a result that is an object"));
        }
        let mut one = Self::default();
        let mut gone = false;
        let mut rule_id = None;
        let mut rule_index = None;
        let mut identity = None;
        json.object(|json, key| {
            match key {
                "ruleId" => rule_id = json.maybe_text()?,
                "ruleIndex" => rule_index = json.maybe_index()?,
                "rule" => one.rule(json)?,
                "level" | "kind" => one.enumerated(json, key)?,
                "message" => one.message.read(json)?,
                "locations" => one.locations(json)?,
                "suppressions" => one.suppressed = is_suppressed(json)?,
                "baselineState" => gone = json.maybe_text()?.as_deref() == Some("absent"),
                "partialFingerprints" => json.maybe_object(|json, key| {
                    match key {
                        // What the tool hashes of the code (3.27.17).
                        "primaryLocationLineHash" => identity = json.maybe_text()?,
                        _ => json.skip()?,
                    }
                    Ok(())
                })?,
                "properties" => one.properties(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        one.rule.id = rule_id.map(Into::into).or(one.rule.id.take());
        one.rule.index = rule_index.or(one.rule.index);
        one.quoted = one.quoted.or(identity.map(Into::into));
        let sort = match one.kind {
            Some("pass" | "notApplicable") if one.level.is_none() => Sort::Aside,
            _ if gone => Sort::Gone,
            _ => Sort::Open,
        };
        Ok((sort, one))
    }

    fn enumerated(&mut self, json: &mut Json<'_, '_>, key: &str) -> Result<()> {
        let error = match key {
            "level" => "a result with a level that SARIF has",
            _ => "a result with a kind that SARIF has",
        };
        let word = match json.kind()? {
            Kind::Null => return json.skip(),
            Kind::Text => json.text()?,
            _ => return Err(json.malformed(error)),
        };
        match (key, word.as_str()) {
            ("level", word) => self.level = Some(level(word).ok_or_else(|| json.malformed(error))?),
            (_, "fail") => {}
            (_, word) => {
                let known = KINDS.iter().find(|kind| **kind == word);
                self.kind = Some(known.ok_or_else(|| json.malformed(error))?);
            }
        }
        Ok(())
    }

    fn rule(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        json.maybe_object(|json, key| {
            match key {
                "id" => self.rule.id = json.maybe_text()?.map(Into::into),
                "index" => self.rule.index = json.maybe_index()?,
                "toolComponent" => {
                    let component = json.value()?;
                    self.rule.extension = component.get("index").index();
                    let named = !component.get("name").is_null() || !component.get("guid").is_null();
                    self.rule.elsewhere = named && self.rule.extension.is_none();
                }
                _ => json.skip()?,
            }
            Ok(())
        })
    }

    /// The first one; others are further places of the same result (3.27.12).
    fn locations(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        let mut first = true;
        json.maybe_array(|json| {
            if !std::mem::replace(&mut first, false) {
                return json.skip();
            }
            json.maybe_object(|json, key| match key {
                "physicalLocation" => json.maybe_object(|json, key| match key {
                    "artifactLocation" => self.artifact.read(json),
                    "region" => self.region(json),
                    _ => json.skip(),
                }),
                _ => json.skip(),
            })
        })
    }

    fn region(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        json.maybe_object(|json, key| {
            match key {
                "startLine" => self.line = json.maybe_index()?,
                "startColumn" => self.column = json.maybe_index()?,
                "endLine" => self.end_line = json.maybe_index()?,
                "snippet" => json.maybe_object(|json, key| {
                    match key {
                        "text" => self.quoted = json.maybe_text()?.map(Into::into),
                        _ => json.skip()?,
                    }
                    Ok(())
                })?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }

    fn properties(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        let mut kept = Vec::new();
        json.maybe_object(|json, key| {
            match PROPERTIES.contains(&key) {
                true => kept.push((key.to_owned(), json.value()?)),
                false => json.skip()?,
            }
            Ok(())
        })?;
        if !kept.is_empty() {
            self.properties = Some(Box::new(Value::Map(kept)));
        }
        Ok(())
    }
}

impl Message {
    fn read(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        let (mut id, mut arguments, mut markdown) = (None, Vec::new(), None);
        json.maybe_object(|json, key| {
            match key {
                "text" => self.text = json.maybe_text()?.map(Into::into),
                "markdown" => markdown = json.maybe_text()?,
                "id" => id = json.maybe_text()?,
                "arguments" => json.maybe_array(|json| {
                    let argument = json.maybe_text()?;
                    if arguments.len() < ARGUMENTS_MAX {
                        arguments.push(argument.unwrap_or_default());
                    }
                    Ok(())
                })?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        self.text = self.text.take().or(markdown.map(Into::into));
        if id.is_some() || !arguments.is_empty() {
            self.reference = Some(Box::new((id, arguments)));
        }
        Ok(())
    }
}

/// At least one suppression, and each of them accepted, which is what no status means (3.27.23). A status that
/// nobody knows accepts nothing.
fn is_suppressed(json: &mut Json<'_, '_>) -> Result<bool> {
    let suppressions = json.value()?;
    let accepted = |one: &Value| one.get("status").is_null() || one.get("status").text() == Some("accepted");
    Ok(!suppressions.list().is_empty() && suppressions.list().iter().all(accepted))
}
