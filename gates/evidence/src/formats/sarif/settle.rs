//! What a result says once the rules, files and bases of its run are known.

use std::collections::BTreeMap;

use dod_kernel::evidence::{Place, Severity};

use super::advisory;
use super::result::Pending;
use super::rules::{Rule, Rules};
use crate::context::Context;
use crate::error::Result;
use crate::findings::{Findings, Seen};
use crate::json::{Json, Value};
use crate::path;
use crate::text;

/// Base ids that lead to base ids.
const BASES_MAX: usize = 16;

/// Bytes of an address that are kept. Every result of a run may name the same one.
const URI_BYTES_MAX: usize = 8 << 10;

/// What results refer to, as far as it is known.
#[derive(Default)]
pub(super) struct Run {
    pub(super) rules: Option<Rules>,
    pub(super) artifacts: Option<Vec<Artifact>>,
    pub(super) bases: Option<Bases>,
}

/// Where base ids lead: an address, and the id of its own base.
pub(super) type Bases = BTreeMap<String, (Option<Box<str>>, Option<Box<str>>)>;

/// `originalUriBaseIds` of a run.
pub(super) fn bases(value: Value) -> Bases {
    let Value::Map(all) = value else { return Bases::new() };
    let leads =
        |(id, to): (String, Value)| (id, (uri(to.get("uri").text()), uri(to.get("uriBaseId").text())));
    all.into_iter().map(leads).collect()
}

fn uri(text: Option<&str>) -> Option<Box<str>> {
    text.map(|text| text::cut(text, URI_BYTES_MAX).into())
}

impl Run {
    /// Nothing more will be said.
    pub(super) fn complete(self) -> Self {
        Self {
            rules: Some(self.rules.unwrap_or_default()),
            artifacts: Some(self.artifacts.unwrap_or_default()),
            bases: Some(self.bases.unwrap_or_default()),
        }
    }
}

/// Where a file is (3.4).
#[derive(Default)]
pub(super) struct Artifact {
    uri: Option<Box<str>>,
    base: Option<Box<str>>,
    index: Option<u32>,
}

impl Artifact {
    pub(super) fn read(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        json.maybe_object(|json, key| {
            match key {
                "uri" => self.uri = uri(json.maybe_text()?.as_deref()),
                "uriBaseId" => self.base = uri(json.maybe_text()?.as_deref()),
                "index" => self.index = json.maybe_index()?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }
}

impl Pending {
    /// Whether what it refers to is known already.
    pub(super) fn can_settle(&self, run: &Run) -> bool {
        let artifact =
            self.artifact.uri.is_some() || self.artifact.index.is_none() || run.artifacts.is_some();
        let base = match &self.artifact.uri {
            Some(uri) => self.artifact.base.is_none() || stands_alone(uri),
            // What the file's own base is can only be told with the bases.
            None => self.artifact.index.is_none(),
        };
        run.rules.is_some() && artifact && (base || run.bases.is_some())
    }

    pub(super) fn settle(&self, run: &Run, context: &Context<'_>, findings: &mut Findings) -> Result<()> {
        let rule = run.rules.as_ref().and_then(|rules| rules.find(&self.rule));
        let severity = match (self.level, &self.kind) {
            (Some(level), _) => level,
            (None, Some(_)) => Severity::None,
            (None, None) => rule.and_then(|rule| rule.level).unwrap_or(Severity::Warning),
        };
        let id = self.rule.id.as_deref().or(rule.map(|rule| rule.id.as_str())).unwrap_or_default();
        let text = self.text(rule);
        let properties = self.properties.as_deref().unwrap_or(&Value::Null);
        findings.push(Seen {
            original: self.kind,
            suppressed: self.suppressed,
            quoted: self.quoted.as_deref(),
            license: advisory::license(properties),
            vulnerability: advisory::vulnerability(id, rule, properties, &text),
            ..Seen::new(id, &text, severity, self.place(run, context))
        })
    }

    /// `text`, else the rule's text of that id with its arguments (3.11).
    fn text(&self, rule: Option<&Rule>) -> String {
        let message = &self.message;
        let own = message.text.as_deref();
        let (id, arguments) = match message.reference.as_deref() {
            Some((id, arguments)) => (id.as_deref(), arguments.as_slice()),
            None => (None, [].as_slice()),
        };
        fill(own.or_else(|| rule?.message(id?)).or(id).unwrap_or_default(), arguments)
    }

    fn place(&self, run: &Run, context: &Context<'_>) -> Option<Place> {
        let artifacts = run.artifacts.as_deref().unwrap_or_default();
        let indexed = self.artifact.index.and_then(|index| artifacts.get(index as usize));
        let artifact = if self.artifact.uri.is_some() { &self.artifact } else { indexed? };
        let uri = based(artifact.uri.as_deref()?, artifact.base.as_deref(), run.bases.as_ref());
        let path = path::from_uri(&uri).unwrap_or(uri);
        let mut place = context.place(&path, self.line, self.column);
        place.end_line = self.end_line.filter(|end| place.line.is_some_and(|line| *end >= line));
        Some(place)
    }
}

/// Puts arguments where `{0}` asks for them (3.11.5). In one pass: an argument that holds `{1}` asks for
/// nothing, or a few of them would fill all memory.
fn fill(text: &str, arguments: &[String]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{').filter(|_| !arguments.is_empty()) {
        filled += before;
        let argument = behind
            .split_once('}')
            .and_then(|(number, behind)| Some((arguments.get(number.parse::<usize>().ok()?)?, behind)));
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

/// Whether a base would change nothing.
fn stands_alone(uri: &str) -> bool {
    path::is_absolute(uri) || path::from_uri(uri).is_some_and(|it| path::is_absolute(&it))
}

/// Follows `uriBaseId` as far as the report tells where it leads (3.14.14).
fn based(uri: &str, base: Option<&str>, bases: Option<&Bases>) -> String {
    let mut joined = uri.to_owned();
    let mut base = base;
    for _ in 0..BASES_MAX {
        let Some(id) = base.filter(|_| !stands_alone(&joined)) else { break };
        let Some((begin, next)) = bases.and_then(|bases| bases.get(id)) else { break };
        if let Some(begin) = begin {
            joined = format!("{}/{joined}", begin.trim_end_matches('/'));
        }
        base = next.as_deref();
    }
    joined
}
