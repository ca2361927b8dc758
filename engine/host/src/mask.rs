//! Replacing secrets by `***` in a stream, wherever the reads happen to split it.
//!
//! A secret is looked for as it is, line by line where it has several lines, as JSON would escape it, as a URL would
//! (RFC 3986 §2.1), and in Base64 (standard and URL-safe alphabet, RFC 4648 §4 and §5) at each of the three alignments it can have
//! inside a longer text. Matches that overlap are one `***`, so that no rest of either is shown.
//!
//! A [`Masker`] holds back only bytes that may be the beginning of a secret, so a prompt without one appears
//! at once.
//!
//! **Absent on purpose:** finding secrets nobody named; that is a scanner's work.

use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};

#[cfg(test)]
mod tests;

/// Shorter secrets are refused: masking every `ab` would make output unreadable and tell where `ab` is.
pub const SECRET_BYTES_MIN: usize = 4;
/// Longer spellings of a secret (a line, or the Base64 of all lines) are not looked for; this bounds what
/// a [`Masker`] holds back.
pub const FORM_BYTES_MAX: usize = 32 * 1024;
/// More patterns (a secret has about ten) are refused.
pub const PATTERNS_MAX: usize = 16 * 1024;

/// What stands in place of a secret.
pub const MASK: &[u8] = b"***";

/// A secret that is not masked, and why. The caller must say so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMasked {
    /// The value, or each of its lines, is too short.
    #[error("the secret `{name}` is shorter than {SECRET_BYTES_MIN} bytes and cannot be masked")]
    TooShort {
        /// The secret's name, never its value.
        name: String,
    },
    /// One of its spellings is too long; the shorter ones are masked.
    #[error("the secret `{name}` has a spelling of more than {FORM_BYTES_MAX} bytes, which is not masked")]
    TooLong {
        /// The secret's name, never its value.
        name: String,
    },
    /// There are too many secrets.
    #[error("the secret `{name}` is one too many: {PATTERNS_MAX} patterns are looked for already")]
    TooMany {
        /// The secret's name, never its value.
        name: String,
    },
}

/// The secrets of a run, prepared for searching.
///
/// Invariant: every pattern has at least [`SECRET_BYTES_MIN`] bytes; `by_first` lists them by first byte,
/// longest first; `pairs` has a bit for each pair of bytes that begins a pattern.
pub struct Masks {
    patterns: Vec<Vec<u8>>,
    by_first: Vec<Vec<u32>>,
    pairs: Vec<u64>,
    longest: usize,
}

impl std::fmt::Debug for Masks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Masks({} patterns)", self.patterns.len()) // never the values
    }
}

impl Masks {
    /// Nothing is secret.
    pub fn none() -> Arc<Self> {
        Arc::new(Self::of(Vec::new()))
    }

    /// Prepares secrets given as name and value. What cannot be masked is named.
    pub fn new<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> (Arc<Self>, Vec<NotMasked>) {
        let (mut patterns, mut refused) = (Vec::new(), Vec::new());
        for (name, value) in secrets {
            let name = || name.to_owned();
            let forms = forms_of(value);
            if forms.is_empty() {
                refused.push(NotMasked::TooShort { name: name() });
            } else if patterns.len() + forms.len() > PATTERNS_MAX {
                refused.push(NotMasked::TooMany { name: name() });
            } else {
                let all = forms.len();
                let fitting = forms.into_iter().filter(|form| form.len() <= FORM_BYTES_MAX);
                let before = patterns.len();
                patterns.extend(fitting);
                if patterns.len() - before < all {
                    refused.push(NotMasked::TooLong { name: name() });
                }
            }
        }
        patterns.sort();
        patterns.dedup();
        (Arc::new(Self::of(patterns)), refused)
    }

    fn of(mut patterns: Vec<Vec<u8>>) -> Self {
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.len()));
        let mut by_first = vec![Vec::new(); if patterns.is_empty() { 0 } else { 256 }];
        let mut pairs = vec![0u64; if patterns.is_empty() { 0 } else { 1024 }];
        for (index, pattern) in patterns.iter().enumerate() {
            by_first[usize::from(pattern[0])].push(u32::try_from(index).expect("at most PATTERNS_MAX"));
            let pair = usize::from(pattern[0]) << 8 | usize::from(pattern[1]);
            pairs[pair >> 6] |= 1 << (pair & 63);
        }
        let longest = patterns.first().map_or(0, Vec::len);
        Self { patterns, by_first, pairs, longest }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// A whole text, masked.
    pub fn apply(self: &Arc<Self>, text: &[u8]) -> Vec<u8> {
        let (mut masker, mut out) = (Masker::new(self.clone()), Vec::with_capacity(text.len()));
        masker.push(text, &mut out);
        masker.finish(&mut out);
        out
    }

    /// The length of the longest pattern that begins `text`, 0 if none does; and whether `text` is the
    /// beginning of a pattern that is longer than it.
    fn at_start_of(&self, text: &[u8]) -> (usize, bool) {
        if let [first, second, ..] = text {
            let pair = usize::from(*first) << 8 | usize::from(*second);
            if self.pairs[pair >> 6] >> (pair & 63) & 1 == 0 {
                return (0, false);
            }
        }
        let mut unfinished = false;
        for index in &self.by_first[usize::from(text[0])] {
            let pattern = &self.patterns[*index as usize];
            if pattern.len() > text.len() {
                unfinished |= pattern.starts_with(text);
            } else if text.starts_with(pattern) {
                return (pattern.len(), unfinished);
            }
        }
        (0, unfinished)
    }
}

/// Every text that gives this secret away.
fn forms_of(value: &[u8]) -> Vec<Vec<u8>> {
    let mut forms: Vec<Vec<u8>> = Vec::new();
    let whole = value.trim_ascii_end();
    if whole.len() < SECRET_BYTES_MIN {
        return forms;
    }
    let lines = || value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    for line in lines().filter(|line| line.len() >= SECRET_BYTES_MIN) {
        forms.push(line.to_vec());
        if let Some(escaped) = json_escaped(line) {
            forms.push(escaped);
        }
        if let Some(escaped) = url_escaped(line) {
            forms.push(escaped);
        }
    }
    let mut wholes = vec![value];
    if whole.len() < value.len() {
        wholes.push(whole);
    }
    for text in wholes {
        for alphabet in [&alphabet::STANDARD, &alphabet::URL_SAFE] {
            forms.extend((0..3).filter_map(|offset| base64_at(text, offset, alphabet)));
        }
    }
    forms
}

/// How JSON writes this text inside quotes, if that is another text.
fn json_escaped(line: &[u8]) -> Option<Vec<u8>> {
    let quoted = serde_json::to_string(std::str::from_utf8(line).ok()?).ok()?;
    let escaped = &quoted.as_bytes()[1..quoted.len() - 1];
    (escaped != line).then(|| escaped.to_vec())
}

/// How a URL writes this text, if that is another text.
fn url_escaped(line: &[u8]) -> Option<Vec<u8>> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let one = |byte: &u8| if plain(byte) { vec![*byte] } else { format!("%{byte:02X}").into_bytes() };
    (!line.iter().all(plain)).then(|| line.iter().flat_map(one).collect())
}

/// The Base64 characters that `value` alone decides when `offset` bytes stand before it.
fn base64_at(value: &[u8], offset: usize, alphabet: &alphabet::Alphabet) -> Option<Vec<u8>> {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(value);
    let text = GeneralPurpose::new(alphabet, NO_PAD).encode(&bytes);
    let (from, to) = ((8 * offset).div_ceil(6), 8 * bytes.len() / 6);
    let decided = text.as_bytes().get(from..to)?;
    (decided.len() >= SECRET_BYTES_MIN).then(|| decided.to_vec())
}

/// Masks one stream.
#[derive(Debug)]
pub struct Masker {
    masks: Arc<Masks>,
    /// Bytes that may be the beginning of a secret, or lie inside one.
    held: Vec<u8>,
    /// How many bytes of `held` belong to a secret whose `***` is out already.
    hidden: usize,
}

impl Masker {
    /// At the beginning of a stream.
    pub fn new(masks: Arc<Masks>) -> Self {
        Self { masks, held: Vec::new(), hidden: 0 }
    }

    /// Takes the next bytes and appends what may be shown.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.masks.is_empty() {
            out.extend_from_slice(bytes);
        } else if self.held.is_empty() {
            let kept = self.scan(bytes, out, false);
            self.held.extend_from_slice(&bytes[kept..]);
        } else {
            let mut held = std::mem::take(&mut self.held);
            held.extend_from_slice(bytes);
            let kept = self.scan(&held, out, false);
            held.drain(..kept);
            self.held = held;
        }
    }

    /// Appends what was held back: the stream is over, so it is no secret.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        self.scan(&held, out, true);
        self.hidden = 0;
    }

    /// Shows or hides bytes from the left; answers where it has to wait for more.
    fn scan(&mut self, text: &[u8], out: &mut Vec<u8>, last: bool) -> usize {
        let (mut at, mut shown) = (0, 0);
        let mut hidden = self.hidden;
        while at < text.len() {
            let (found, unfinished) = self.masks.at_start_of(&text[at..]);
            if unfinished && !last {
                break;
            }
            if found > 0 {
                if at >= hidden {
                    out.extend_from_slice(&text[shown.max(hidden)..at]);
                    out.extend_from_slice(MASK);
                }
                hidden = hidden.max(at + found);
                shown = hidden;
            }
            at += 1;
        }
        let from = shown.max(hidden);
        if from < at {
            out.extend_from_slice(&text[from..at]);
        }
        self.hidden = hidden.saturating_sub(at);
        at
    }

    /// The most bytes that can be held back.
    pub fn held_bytes_max(&self) -> usize {
        self.masks.longest.saturating_sub(1)
    }
}
