//! Text → hits: one pass for all keywords, then the few rules of a keyword on the lines around it.
//!
//! **Absent on purpose:** files, and what becomes of a hit.

use std::cmp::Reverse;

use aho_corasick::AhoCorasick;
use regex::bytes::{Captures, Regex, RegexBuilder};

use super::FINDINGS_PER_FILE_MAX;
use super::allow::INLINE;
use super::judge;
use super::rules::{Check, MACHINE_MADE, RULES, Rule};

/// Bytes of a line that are looked at before and behind a keyword; only lines longer than that are cut.
const BEFORE_MAX: usize = 512;
const BEHIND_MAX: usize = 8 * 1024;

/// Bytes behind a keyword in which a secret may begin before the window is moved on.
const STEP: usize = 4 * 1024;

/// Bytes before and behind a secret in which a comment may allow it.
const INLINE_BYTES_MAX: usize = 2 * 1024;

/// Bytes behind the line of a rule whose secret has several lines.
const BLOCK_BYTES: usize = 2 * 1_024;

/// A secret and where it stands; lines and columns count from 1, columns in characters.
#[derive(Debug)]
pub(super) struct Hit<'t> {
    pub(super) rule: usize,
    pub(super) secret: &'t [u8],
    pub(super) line: u64,
    /// The line on which it ends.
    pub(super) last_line: u64,
    pub(super) column: u64,
    pub(super) end_column: u64,
    /// A comment in the text allows it.
    pub(super) inline: bool,
}

/// All rules, compiled.
pub(super) struct Detector {
    keywords: AhoCorasick,
    /// Rule of each keyword.
    owners: Vec<usize>,
    patterns: Vec<Regex>,
}

#[derive(Clone, Copy, Debug)]
struct Found {
    rule: usize,
    start: usize,
    end: usize,
}

impl Detector {
    pub(super) fn new() -> Self {
        let (mut words, mut owners) = (Vec::new(), Vec::new());
        for (at, rule) in RULES.iter().enumerate() {
            for word in rule.keywords {
                words.push(*word);
                owners.push(at);
            }
        }
        let keywords = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&words)
            .expect("the keywords are few and short");
        let patterns = RULES.iter().map(|rule| compiled(rule.pattern)).collect();
        Self { keywords, owners, patterns }
    }

    /// Hits in the order of the text, and whether there were more than [`FINDINGS_PER_FILE_MAX`].
    pub(super) fn detect<'t>(&self, path: &str, text: &'t [u8]) -> (Vec<Hit<'t>>, bool) {
        let config = is_config(path);
        // For each rule, up to where beginnings of secrets have been looked for.
        let mut done = vec![0; RULES.len()];
        let mut found = Vec::new();
        for keyword in self.keywords.find_overlapping_iter(text) {
            let rule = self.owners[keyword.pattern().as_usize()];
            if keyword.start() < done[rule] || (RULES[rule].config_only && !config) {
                continue;
            }
            let window = window(text, keyword.start(), keyword.end(), RULES[rule].check == Check::Block);
            done[rule] = window.done;
            self.look(rule, text, &window, &mut found);
        }
        let found = one_each(found);
        let cut = found.len() > FINDINGS_PER_FILE_MAX;
        (placed(text, &found[..found.len().min(FINDINGS_PER_FILE_MAX)]), cut)
    }

    fn look(&self, rule: usize, text: &[u8], window: &Window, found: &mut Vec<Found>) {
        let part = &text[window.start..window.end];
        for captures in self.patterns[rule].captures_iter(part) {
            if let Some((start, end)) = accepted(&RULES[rule], &captures) {
                found.push(Found { rule, start: window.start + start, end: window.start + end });
            }
        }
    }
}

fn compiled(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).unicode(false).multi_line(true).build().expect("a test compiles every rule")
}

/// The secret within the match: the first group that took part, if it is judged to be one.
fn accepted(rule: &Rule, captures: &Captures<'_>) -> Option<(usize, usize)> {
    let secret = captures.iter().skip(1).flatten().next().or_else(|| captures.get(0))?;
    let named = |name: &str| captures.name(name).map(|part| part.as_bytes());
    let bytes = secret.as_bytes();
    let genuine = match rule.check {
        Check::Format => !judge::is_example(bytes),
        Check::Entropy(least) => !judge::is_example(bytes) && judge::entropy(bytes) >= least,
        Check::Block => {
            // The place of a block is its first line: that is where people look, and where they comment.
            let (whole, body) = (captures.get(0)?, captures.name("body")?);
            return (!judge::is_one_character(body.as_bytes())).then(|| (whole.start(), body.end()));
        }
        Check::Url => {
            let password = named("password").unwrap_or_default();
            let user = named("user").unwrap_or_default();
            let weak: [&[u8]; 9] =
                [b"password", b"pass", b"passwd", b"pwd", b"secret", b"token", b"foo", b"bar", b"baz"];
            return (!judge::is_standin(password)
                && !judge::is_one_character(password)
                && !weak.contains(&password.to_ascii_lowercase().as_slice())
                && !user.eq_ignore_ascii_case(password)
                && !judge::is_local_host(named("host").unwrap_or_default()))
            .then(|| captures.name("password").map(|part| (part.start(), part.end())))
            .flatten();
        }
        Check::Assignment(least) => {
            let value = ["a", "b", "c"].iter().find_map(|group| captures.name(group))?;
            let name = named("name").unwrap_or_default();
            let bytes = value.as_bytes();
            let words = rule.check == MACHINE_MADE && judge::is_words(bytes);
            let standin = words || judge::is_standin(bytes) || !judge::is_mixed(bytes);
            let genuine = !standin && !names_something_else(name) && judge::entropy(bytes) >= least;
            return genuine.then(|| (value.start(), value.end()));
        }
    };
    genuine.then(|| (secret.start(), secret.end()))
}

/// Names with a keyword in them whose value is no secret: `token_url`, `passwordField`, `public_key`.
fn names_something_else(name: &[u8]) -> bool {
    const KEYWORDS: &[&str] =
        &["password", "passwd", "pwd", "passphrase", "secret", "token", "key", "credential"];
    const BEFORE: &[&str] = &["public", "csrf", "xsrf", "page", "next", "continuation", "cursor", "cache"];
    const BEHIND: &[&str] = &[
        "url",
        "uri",
        "file",
        "path",
        "type",
        "field",
        "label",
        "header",
        "param",
        "regex",
        "pattern",
        "policy",
        "prompt",
        "hint",
        "placeholder",
        "input",
        "selector",
        "len",
        "expir",
        "ttl",
        "ize",
        "hash",
        "digest",
        "sum",
        "name",
        "id",
        "version",
        "algorithm",
        "endpoint",
        "schema",
        "class",
        "env",
        "var",
        "ref",
        "store",
        "prefix",
        "count",
        "limit",
        "max",
        "min",
        "error",
        "message",
        "text",
        "title",
        "reset",
        "manager",
        "scope",
    ];
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    let keyword = KEYWORDS.iter().filter_map(|word| Some((name.rfind(word)?, word.len()))).max();
    let (before, behind) = keyword.map_or((name.as_str(), ""), |(at, length)| {
        (&name[..at], name[at + length..].trim_start_matches(['_', '-', '.', 's']))
    });
    BEFORE.iter().any(|other| before.contains(other)) || BEHIND.iter().any(|other| behind.starts_with(other))
}

/// Files whose values stand without quotes.
fn is_config(path: &str) -> bool {
    const ENDS: &[&str] = &[
        ".env",
        ".ini",
        ".cfg",
        ".conf",
        ".config",
        ".properties",
        ".yml",
        ".yaml",
        ".toml",
        ".tfvars",
        ".sh",
        ".bash",
        ".zsh",
        ".ps1",
        ".bat",
        ".cmd",
        ".service",
        "rc",
        "dockerfile",
        "credentials",
        ".netrc",
        ".pgpass",
    ];
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.starts_with(".env") || name.starts_with("dockerfile") || ENDS.iter().any(|end| name.ends_with(end))
}

struct Window {
    start: usize,
    end: usize,
    done: usize,
}

/// The line around a keyword, cut where it is very long. Secrets that begin before `done` are all in it.
fn window(text: &[u8], start: usize, end: usize, block: bool) -> Window {
    let lowest = start.saturating_sub(BEFORE_MAX);
    let from =
        text[lowest..start].iter().rposition(|byte| *byte == b'\n').map_or(lowest, |at| lowest + at + 1);
    let highest = text.len().min(end + BEHIND_MAX);
    let line_end = text[end..highest].iter().position(|byte| *byte == b'\n').map(|at| end + at);
    let done = line_end.unwrap_or_else(|| highest.min(end + STEP));
    let to = line_end.unwrap_or(highest);
    if block {
        return Window { start: from, end: text.len().min(end + BLOCK_BYTES), done: end };
    }
    Window { start: from, end: to, done }
}

/// One hit for one place: where rules overlap, the one that stands first in the table says what it is.
fn one_each(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|one| (one.start, one.rule, Reverse(one.end)));
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for next in found {
        match kept.last_mut() {
            Some(last) if next.start < last.end => {
                if next.rule < last.rule {
                    *last = next;
                }
            }
            _ => kept.push(next),
        }
    }
    kept
}

/// Lines and columns, counted once from the beginning, also where a whole file is one line.
fn placed<'t>(text: &'t [u8], found: &[Found]) -> Vec<Hit<'t>> {
    let (mut line, mut column, mut at) = (1u64, 1u64, 0);
    let mut hits = Vec::with_capacity(found.len());
    for one in found {
        for byte in &text[at..one.start] {
            match byte {
                b'\n' => (line, column) = (line + 1, 1),
                byte => column += u64::from(begins_character(*byte)),
            }
        }
        at = one.start;
        let secret = &text[one.start..one.end];
        let on_line = secret.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let length = on_line.iter().filter(|byte| begins_character(**byte)).count() as u64;
        hits.push(Hit {
            rule: one.rule,
            secret,
            line,
            last_line: line + secret.iter().filter(|byte| **byte == b'\n').count() as u64,
            column,
            end_column: column + length.max(1),
            inline: is_allowed_inline(text, one.start),
        });
    }
    hits
}

/// In UTF-8 every byte but a continuation; in other encodings near enough.
fn begins_character(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// Whether the line of a place says so, or the line before it if it is nothing but a comment (a comment
/// behind something else is about that). Of very long lines only what is near is looked at.
fn is_allowed_inline(text: &[u8], at: usize) -> bool {
    let lowest = at.saturating_sub(INLINE_BYTES_MAX);
    let highest = text.len().min(at + INLINE_BYTES_MAX);
    let end = text[at..highest].iter().position(|byte| *byte == b'\n').map_or(highest, |offset| at + offset);
    let mut lines = text[lowest..end].rsplit(|byte| *byte == b'\n');
    let said = |line: &[u8]| {
        let of = |mark: &&[u8]| line.windows(mark.len()).position(|window| window == *mark);
        INLINE.iter().find_map(of)
    };
    if lines.next().is_some_and(|own| said(own).is_some()) {
        return true;
    }
    let Some(before) = lines.next() else { return false };
    said(before).is_some_and(|at| !before[..at].iter().any(u8::is_ascii_alphanumeric))
}
