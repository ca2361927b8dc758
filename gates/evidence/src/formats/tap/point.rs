//! A test point: `not ok 3 - reads a file # SKIP no disk`.
//!
//! **Absent on purpose:** what its number means among others.

use dod_kernel::evidence::Outcome;

use crate::text;

/// A line that begins with `ok` or `not ok`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) ok: bool,
    pub(super) number: Option<u64>,
    pub(super) name: String,
    pub(super) directive: Option<Directive>,
    /// What stands behind the directive.
    pub(super) reason: String,
    /// `# time=12ms`, as node-tap writes.
    pub(super) duration_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    Skip,
    Todo,
}

impl Point {
    /// `None` where the line is no test point.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (ok, rest) = match line.strip_prefix("not ok") {
            Some(rest) => (false, rest),
            None => (true, line.strip_prefix("ok")?),
        };
        let is_word = |character: char| character.is_alphanumeric() || character == '_';
        if rest.starts_with(is_word) {
            return None;
        }
        let rest = rest.trim_start();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        // `ok 2nd try` has a name and no number.
        let number = Some(&rest[..digits]).filter(|_| !rest[digits..].starts_with(is_word));
        let number = number.and_then(text::count);
        let rest = if number.is_some() { &rest[digits..] } else { rest };
        let (description, directive, reason) = split(rest);
        let (description, duration_ms) = timed(description);
        let description = description.trim();
        let name = description.strip_prefix("- ").unwrap_or(description).trim_start_matches('-').trim();
        let reason = reason.trim_start_matches([':', '-']).trim().to_owned();
        Some(Self { ok, number, name: unescape(name), directive, reason, duration_ms })
    }

    pub(super) fn outcome(&self) -> Outcome {
        match (self.ok, self.directive) {
            (true, Some(Directive::Skip)) | (false, Some(Directive::Todo)) => Outcome::Skipped,
            (true, _) => Outcome::Passed,
            (false, _) => Outcome::Failed,
        }
    }
}

/// Description, directive, and what stands behind it.
///
/// What the first `#` that is not escaped says counts, as in Perl's TAP::Parser. Behind a later one a `SKIP` still
/// takes a pass away, and a `TODO` forgives nothing.
fn split(text: &str) -> (&str, Option<Directive>, &str) {
    let mut escaped = false;
    let mut first = true;
    for (at, character) in text.char_indices() {
        if character == '#' && !escaped {
            match directive(&text[at + 1..]) {
                Some((Directive::Todo, _)) if !first => {}
                Some((directive, reason)) => return (&text[..at], Some(directive), reason),
                None => {}
            }
            first = false;
        }
        escaped = character == '\\' && !escaped;
    }
    (text, None, "")
}

/// ` SKIP no disk`, `skipped`, `todo`; in any case, and not `skipper` or `todos`.
fn directive(text: &str) -> Option<(Directive, &str)> {
    let text = text.trim_start();
    let end = text.find(|character: char| !character.is_alphanumeric() && character != '_');
    let (word, reason) = text.split_at(end.unwrap_or(text.len()));
    let directive = match word.to_ascii_lowercase().as_str() {
        "skip" | "skipped" | "skipping" => Directive::Skip,
        "todo" => Directive::Todo,
        _ => return None,
    };
    Some((directive, reason))
}

/// The description without ` # time=12.5ms`, and the time.
fn timed(description: &str) -> (&str, Option<u64>) {
    let time = description.trim_end().rsplit_once("# time=");
    let ms = time.and_then(|(_, time)| whole_ms(time.strip_suffix("ms")?));
    match (time, ms) {
        (Some((rest, _)), Some(ms)) => (rest, Some(ms)),
        _ => (description, None),
    }
}

/// `12.7` milliseconds are 12.
pub(super) fn whole_ms(text: &str) -> Option<u64> {
    let number = text.trim().parse::<dod_kernel::decimal::Decimal>().ok()?.to_string();
    number.split('.').next()?.parse().ok()
}

/// TAP 14 escapes `#` and `\`; where versions before it have a backslash for itself, it stays.
fn unescape(name: &str) -> String {
    name.replace("\\\\", "\u{0}").replace("\\#", "#").replace('\u{0}', "\\")
}
