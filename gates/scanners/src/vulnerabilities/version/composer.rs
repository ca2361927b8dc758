//! PHP's packages: versions as Composer normalizes them (`composer/semver`, "classical versioning"), compared as the
//! manual describes `version_compare`.
//!
//! **Absent on purpose:** branches (`dev-main`, `2.x-dev`) and dates without dots: where they stand nobody can say.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::Regex;

static FORM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi-u)^ v?
        (?P<numbers>[0-9]{1,5}(?:\.[0-9]+){0,3})
        [._-]?(?:(?P<word>stable|beta|b|rc|alpha|a|patch|pl|p)(?P<counts>(?:[.-]?[0-9]+)*))?
        (?P<dev>[.-]?dev)?
        (?:\+[!-~]+)?
        $",
    )
    .expect("the form of a version is a regular expression")
});

/// Numbers of a normalized version.
const NUMBERS: usize = 4;

/// A version as it is ordered, part by part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    parts: Vec<Part>,
}

/// `dev < alpha < beta < RC < # < pl`; what ends stands where a number may follow, before every number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Dev,
    Alpha,
    Beta,
    Candidate,
    End,
    Number(u64),
    Patch,
}

impl Version {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let found = FORM.captures(text.trim())?;
        let mut parts: Vec<Part> = found["numbers"].split('.').map(number).collect::<Option<_>>()?;
        parts.resize(NUMBERS, Part::Number(0));
        let word = found.name("word").map(|word| word.as_str().to_ascii_lowercase());
        // Composer takes only the lower-case word for nothing; any other becomes a word without a place.
        if word.as_deref() == Some("stable") && &found["word"] != "stable" {
            return None;
        }
        let stability = match word.as_deref() {
            // The number behind `stable` says nothing.
            None | Some("stable") => None,
            Some("a" | "alpha") => Some(Part::Alpha),
            Some("b" | "beta") => Some(Part::Beta),
            Some("rc") => Some(Part::Candidate),
            Some(_) => Some(Part::Patch),
        };
        if let Some(stability) = stability {
            parts.push(stability);
            for count in found["counts"].split(['.', '-']).filter(|count| !count.is_empty()) {
                parts.push(number(count)?);
            }
        }
        if found.name("dev").is_some() && word.as_deref() != Some("stable") {
            parts.push(Part::Dev);
        }
        Some(Self { parts })
    }
}

fn number(digits: &str) -> Option<Part> {
    digits.parse().ok().map(Part::Number)
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let padded = |version: &Self, at: usize| version.parts.get(at).copied().unwrap_or(Part::End);
        let length = self.parts.len().max(other.parts.len());
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
