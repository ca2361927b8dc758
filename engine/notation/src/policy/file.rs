//! One policy file, before it is joined with what it extends.
//!
//! **Absent on purpose:** other files; see `extend`.

use dod_kernel::ask::Expression;
use dod_kernel::id::{Digest, Name};
use dod_kernel::policy::{Effect, Required, Rule};
use sha2::{Digest as _, Sha256};

use super::cases::{self, Written};
use super::{NAME_BYTES_MAX, PolicyWorld, codes, gates, required, rules};
use crate::diagnose::{Diagnostic, Diagnostics, SourceMap, Span};
use crate::yaml::{Fields, Kind, Located, Node, read};

/// Keys of a policy file.
pub(super) const KEYS: &[&str] = &[
    "policy",
    "version",
    "about",
    "extends",
    "quality_gates",
    "rules",
    "rego",
    "required",
    "waivers",
    "approvals",
    "few_lines",
    "tests",
];
/// Keys of `waivers`.
pub(super) const WAIVER_KEYS: &[&str] = &["max_days", "proved"];
/// Keys of `approvals`.
pub(super) const APPROVAL_KEYS: &[&str] = &["proved"];
/// How a broken rule is spelled.
pub(super) const SEVERITIES: &[(&str, Effect)] =
    &[("block", Effect::Block), ("warn", Effect::Warn), ("info", Effect::Info)];
/// The longest time that waivers may be allowed to hold: ten years.
const DAYS_MAX: i64 = 3_660;
/// The longest expression, in bytes.
const EXPRESSION_BYTES_MAX: usize = 8 << 10;

/// A rule with its place.
pub(super) struct Placed {
    pub(super) rule: Rule,
    pub(super) span: Span,
    /// It was written as a quality gate, so that its id may be changed to be unique.
    pub(super) from_gate: bool,
}

/// What a policy extends, as it is written.
pub(super) enum Extends {
    /// `builtin/strict@1`, `./base.yaml` or `base`.
    Named(Located<Name>),
    /// A file of another repository at one commit, locked by digest like an included workflow.
    Git { url: Located<Name>, rev: Located<Name>, path: Located<Name> },
}

impl Extends {
    /// Where it stands.
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Named(name) => name.span,
            Self::Git { path, .. } => path.span,
        }
    }
}

/// Keys of a policy in another repository.
pub(super) const EXTENDS_KEYS: &[&str] = &["git", "rev", "path"];

fn extends(node: &Node, problems: &mut Diagnostics) -> Option<Extends> {
    if !matches!(node.kind, Kind::Map(_)) {
        return read::word(node, "`extends`", problems).map(Extends::Named);
    }
    let fields = Fields::open(node, "a policy of another repository", EXTENDS_KEYS, problems)?;
    let mut part = |key| fields.need(key, problems).and_then(|node| read::word(node, key, problems));
    let (url, rev, path) = (part("git"), part("rev"), part("path"));
    let rev = rev.filter(|rev| {
        let full = rev.len() == 40 && rev.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if !full {
            let message = format!("`{}` is not a full commit id", &***rev);
            let found = Diagnostic::error(crate::diagnose::codes::COMMIT, rev.span, message);
            problems.push(found.hint("a branch or tag can move: write the 40 hexadecimal digits"));
        }
        full
    });
    Some(Extends::Git { url: url?, rev: rev?, path: path? })
}

/// What one file says.
#[derive(Default)]
pub(super) struct File {
    pub(super) name: Option<Located<Name>>,
    pub(super) version: Option<u32>,
    pub(super) extends: Option<Extends>,
    pub(super) rules: Vec<Placed>,
    /// Files of Rego modules, as written.
    pub(super) modules: Vec<Located<Name>>,
    pub(super) required: Vec<Located<Required>>,
    pub(super) days_max: Option<u32>,
    pub(super) proved: bool,
    /// Answers to approvals are proved.
    pub(super) answers_proved: bool,
    /// Rules of this file about changed lines leave out changes with few of them.
    pub(super) few_lines_ignored: bool,
    /// Tests of the policy.
    pub(super) cases: Vec<Written>,
}

/// What readers of parts of a policy need.
pub(super) struct Reader<'a> {
    pub(super) world: &'a PolicyWorld<'a>,
    pub(super) sources: &'a SourceMap,
    pub(super) problems: &'a mut Diagnostics,
}

pub(super) fn read(root: &Node, reader: &mut Reader<'_>) -> File {
    let mut file = File::default();
    let Some(fields) = Fields::open(root, "a policy", KEYS, reader.problems) else { return file };
    file.name =
        fields.need("policy", reader.problems).and_then(|node| name(node, "`policy`", reader.problems));
    if let Some(node) = fields.get("version") {
        let found = read::whole(node, "`version` of a policy", (1, i64::from(u32::MAX)), reader.problems);
        file.version = found.and_then(|found| u32::try_from(found.value).ok());
    }
    if let Some(node) = fields.get("about") {
        read::text(node, "`about`", reader.problems);
    }
    file.extends = fields.get("extends").and_then(|node| extends(node, reader.problems));
    let few = fields.get("few_lines").and_then(|node| rules::few_lines(node, reader.problems));
    file.few_lines_ignored = few.unwrap_or(false);
    if let Some(node) = fields.get("required") {
        required::read(node, &mut file.required, reader.problems);
    }
    if let Some(node) = fields.get("quality_gates") {
        gates::read(node, &mut file, reader);
    }
    if let Some(node) = fields.get("rules") {
        rules::read(node, &mut file, reader);
    }
    if let Some(node) = fields.get("rego") {
        file.modules = read::texts(node, "`rego`", reader.problems).unwrap_or_default();
    }
    if let Some(node) = fields.get("tests") {
        file.cases = cases::read(node, reader.problems);
    }
    if let Some(node) = fields.get("waivers")
        && let Some(fields) = Fields::open(node, "`waivers` of a policy", WAIVER_KEYS, reader.problems)
    {
        let days = fields.get("max_days");
        let days = days.and_then(|node| read::whole(node, "`max_days`", (1, DAYS_MAX), reader.problems));
        file.days_max = days.and_then(|days| u32::try_from(days.value).ok());
        let proved = fields.get("proved").and_then(|node| read::flag(node, "`proved`", reader.problems));
        file.proved = proved.is_some_and(|proved| proved.value);
    }
    if let Some(node) = fields.get("approvals")
        && let Some(fields) = Fields::open(node, "`approvals` of a policy", APPROVAL_KEYS, reader.problems)
    {
        let proved = fields.get("proved").and_then(|node| read::flag(node, "`proved`", reader.problems));
        file.answers_proved = proved.is_some_and(|proved| proved.value);
    }
    file
}

/// A name of letters, digits, `.`, `_`, `-` and `/`, so that it can stand in a file name and a message.
pub(super) fn name(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<Located<Name>> {
    let found = read::word(node, what, problems)?;
    let fits = |letter: char| letter.is_alphanumeric() || "._-/".contains(letter);
    if found.len() <= NAME_BYTES_MAX && found.chars().all(fits) {
        return Some(found);
    }
    let message = format!("{what} holds characters that names cannot hold, or is too long");
    let diagnostic = Diagnostic::error(codes::BAD_NAME, node.span, message);
    problems.push(diagnostic.hint("use letters, digits, `.`, `_`, `-` and `/`"));
    None
}

impl Reader<'_> {
    /// An expression, checked.
    pub(super) fn expression(&mut self, node: &Node, what: &str) -> Option<Expression> {
        let text = read::word(node, what, self.problems)?;
        if text.len() > EXPRESSION_BYTES_MAX {
            let message = format!("{what} is longer than {EXPRESSION_BYTES_MAX} bytes");
            self.problems.push(Diagnostic::error(codes::LIMIT, node.span, message));
            return None;
        }
        let found = self.world.expressions.check(&text);
        for problem in &found {
            let at = self.inside(node.span, &text, problem.line, problem.column);
            let diagnostic = Diagnostic::error(codes::EXPRESSION, at, problem.message.clone());
            self.problems.push(diagnostic.maybe_hint(problem.hint.clone()));
        }
        let digest = Digest(Sha256::digest(text.as_bytes()).into());
        found.is_empty().then_some(Expression { digest, text: text.value })
    }

    /// The word at a line and column of a value; the whole value where it is not written in one piece.
    fn inside(&self, span: Span, text: &str, line: u32, column: u32) -> Span {
        let Some(begin) = self.sources.slice(span).find(text) else { return span };
        let start: usize =
            text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(str::len).sum();
        let rest = text.get(start..).unwrap_or("");
        let skip =
            rest.char_indices().nth(column.saturating_sub(1) as usize).map_or(rest.len(), |(at, _)| at);
        let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
        let word: usize =
            rest[skip..].chars().take_while(|letter| is_letter(*letter)).map(char::len_utf8).sum();
        let length = word.max(rest[skip..].chars().next().map_or(0, char::len_utf8));
        span.part(begin + start + skip, begin + start + skip + length)
    }

    /// `block`, `warn` or `info`.
    pub(super) fn effect(&mut self, node: Option<&Node>) -> Effect {
        let found = node.and_then(|node| read::choice(node, "`severity`", SEVERITIES, self.problems));
        found.map_or(Effect::Block, |found| found.value)
    }

    /// A name of a project; one that the workflow does not have is told.
    pub(super) fn project(&mut self, name: &str, span: Span) {
        let Some(known) = self.world.projects else { return };
        if !known.iter().any(|project| **project == *name) {
            let message = format!("the workflow has no project `{name}`");
            let diagnostic = Diagnostic::error(codes::UNKNOWN_PROJECT, span, message);
            self.problems.push(diagnostic.did_you_mean(name, known.iter().map(Name::as_str)));
        }
    }
}
