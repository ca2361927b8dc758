//! Ruby's versions (the documentation of `Gem::Version`: a segment of letters makes a prerelease).
//!
//! **Absent on purpose:** platforms. They are no part of a version.

use std::cmp::Ordering;

/// A version as it is ordered: segments without the zeros that end its release and its prerelease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    segments: Vec<Segment>,
}

/// Letters come before numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Letters(String),
    Number(u64),
}

impl Version {
    /// `[0-9]+(\.[0-9a-zA-Z]+)*(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?`, and a `-` stands for `.pre.`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (front, behind) =
            text.split_once('-').map_or((text, None), |(front, behind)| (front, Some(behind)));
        let mut parts = front.split('.');
        let first = parts.next()?;
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_dashed = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if !is_number(first) || !parts.all(is_word) {
            return None;
        }
        if behind.is_some_and(|behind| !behind.split('.').all(is_dashed)) {
            return None;
        }
        Some(Self { segments: canonical(segments(&text.replace('-', ".pre."))?) })
    }
}

/// Runs of digits and runs of letters.
fn segments(text: &str) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut rest = text.as_bytes();
    while let Some(first) = rest.first() {
        let is_digit = first.is_ascii_digit();
        let length = if is_digit || first.is_ascii_alphabetic() {
            let same = |byte: &u8| byte.is_ascii_digit() == is_digit && byte.is_ascii_alphanumeric();
            rest.iter().take_while(|byte| same(byte)).count()
        } else {
            rest = &rest[1..];
            continue;
        };
        let run = std::str::from_utf8(&rest[..length]).ok()?;
        segments.push(if is_digit {
            Segment::Number(run.parse().ok()?)
        } else {
            Segment::Letters(run.to_owned())
        });
        rest = &rest[length..];
    }
    Some(segments)
}

/// `1.0.0.a.1.0` is `1.a.1`.
fn canonical(segments: Vec<Segment>) -> Vec<Segment> {
    let split = segments.iter().position(|one| matches!(one, Segment::Letters(_))).unwrap_or(segments.len());
    let mut release = segments;
    let mut prerelease = release.split_off(split);
    for half in [&mut release, &mut prerelease] {
        while half.last() == Some(&Segment::Number(0)) {
            half.pop();
        }
    }
    release.append(&mut prerelease);
    release
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        // What one of them lacks counts as zero.
        let padded =
            |version: &Self, at: usize| version.segments.get(at).cloned().unwrap_or(Segment::Number(0));
        let length = self.segments.len().max(other.segments.len());
        (0..length)
            .map(|at| padded(self, at).cmp(&padded(other, at)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
