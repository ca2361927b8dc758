//! How bad a hole is: words of tools, scores and vectors on one scale.
//!
//! **Absent on purpose:** guessing. A word or a vector that is not understood is an unknown danger, which a
//! rule counts as critical.

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::Danger;

use crate::text;

/// What one source, or the worst of several, says of how bad a hole is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rating {
    /// On the common scale.
    pub(crate) danger: Danger,
    /// The word of the source.
    pub(crate) word: Option<String>,
    /// CVSS score, stated or computed from the vector.
    pub(crate) score: Option<Decimal>,
    /// CVSS vector, as stated.
    pub(crate) vector: Option<String>,
}

impl Default for Rating {
    /// Nobody said anything.
    fn default() -> Self {
        Self { danger: Danger::Unknown, word: None, score: None, vector: None }
    }
}

impl Rating {
    /// The word decides; where it says nothing, or `none`, the score does, stated or computed from the
    /// vector. A vector without a score gets one in any case.
    pub(crate) fn of(word: Option<&str>, score: Option<Decimal>, vector: Option<&str>) -> Self {
        let word = word.map(str::trim).filter(|word| !word.is_empty());
        let vector = vector.map(str::trim).filter(|vector| !vector.is_empty());
        let stated = score.filter(|score| is_score(*score));
        let score = stated.or_else(|| vector.and_then(self::score));
        let said = word.and_then(danger).unwrap_or(Danger::Unknown);
        let danger = match (said, score) {
            (Danger::Unknown | Danger::None, Some(score)) => band(score),
            _ => said,
        };
        Self {
            danger,
            word: word.map(|word| text::cut(word, 80).to_owned()),
            score,
            vector: vector.map(str::to_owned),
        }
    }

    /// A word alone.
    pub(crate) fn word(word: &str) -> Self {
        Self::of(Some(word), None, None)
    }

    /// The worse of two; what says nothing is worse than nothing only. Word, score and vector come along;
    /// of two that are as bad as each other, each fills in what the other lacks.
    pub(crate) fn worst(self, other: Self) -> Self {
        let rank = |one: &Self| (one.danger != Danger::Unknown, one.danger, one.score);
        let (mut worse, other) = if rank(&other) > rank(&self) { (other, self) } else { (self, other) };
        // A score of a milder rating would belie the worse word.
        if worse.score.is_none() && worse.vector.is_none() && worse.danger == other.danger {
            (worse.score, worse.vector) = (other.score, other.vector);
        }
        if worse.danger == other.danger {
            worse.word = worse.word.or(other.word);
        }
        worse
    }
}

/// A word of a tool or database, in any case; `None` for one that nobody knows.
pub(crate) fn danger(word: &str) -> Option<Danger> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "critical" | "catastrophic" => Danger::Critical,
        "high" | "important" | "severe" => Danger::High,
        "medium" | "moderate" => Danger::Medium,
        // `negligible` of Grype and Debian: little, and not nothing.
        "low" | "negligible" | "minor" | "minimal" => Danger::Low,
        "none" | "info" | "informational" | "information" => Danger::None,
        "unknown" | "unassigned" | "untriaged" | "undefined" => Danger::Unknown,
        _ => return None,
    })
}

/// The bands of CVSS v3.1, section 5, and v4.0, section 6, which Danger is defined by. Version 2 has no
/// critical; its scores from 9.0 are called so here, since nothing is made smaller than it may be.
pub(crate) fn band(score: Decimal) -> Danger {
    let at_least = |tenths| score >= Decimal::new(tenths, 1);
    match () {
        () if at_least(90) => Danger::Critical,
        () if at_least(70) => Danger::High,
        () if at_least(40) => Danger::Medium,
        () if at_least(1) => Danger::Low,
        () => Danger::None,
    }
}

/// Whether a word says how bad something is, `unknown` included.
pub(crate) fn is_word(word: &str) -> bool {
    danger(word).is_some()
}

fn is_score(score: Decimal) -> bool {
    score >= Decimal::default() && score <= Decimal::from(10u64)
}

/// Metrics without which a vector of that version has no base score (CVSS v2, 2.1; v3.1, 6; v4.0, 7).
const BASE: &[(&str, &[&str])] = &[
    ("CVSS:4.0/", &["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"]),
    ("CVSS:3.1/", &["AV", "AC", "PR", "UI", "S", "C", "I", "A"]),
    ("CVSS:3.0/", &["AV", "AC", "PR", "UI", "S", "C", "I", "A"]),
    ("", &["AV", "AC", "Au", "C", "I", "A"]),
];

/// Longer texts are no vectors.
const VECTOR_BYTES_MAX: usize = 1000;

/// The base score of a CVSS vector of version 2, 3.0, 3.1 or 4.0. Some tools leave out the prefix of
/// version 3, and put that of version 2 into brackets.
pub(crate) fn score(vector: &str) -> Option<Decimal> {
    let vector = vector.trim().trim_start_matches('(').trim_end_matches([')', '/']);
    if vector.len() > VECTOR_BYTES_MAX {
        return None;
    }
    let bare = vector.strip_prefix("CVSS:2.0/").unwrap_or(vector);
    let prefix = if bare.starts_with("CVSS:") {
        ""
    } else if has(bare, "VC") {
        "CVSS:4.0/"
    } else if has(bare, "PR") {
        "CVSS:3.1/"
    } else {
        ""
    };
    let whole = format!("{prefix}{bare}");
    let (_, base) = BASE.iter().find(|(prefix, _)| whole.starts_with(prefix))?;
    if !base.iter().all(|metric| has(&whole, metric)) {
        return None;
    }
    let parsed: cvss::Cvss = whole.parse().ok()?;
    format!("{:.1}", parsed.score()).parse().ok().filter(|score| is_score(*score))
}

fn has(vector: &str, metric: &str) -> bool {
    vector.split('/').any(|part| part.split_once(':').is_some_and(|(name, _)| name == metric))
}
