//! How grave an advisory says it is: CVSS vectors and the words of databases.
//!
//! **Absent on purpose:** choosing among several ratings. All are written; whoever reads them takes the highest.

use cvss::Cvss;

/// One rating, in the words of CycloneDX (`rating`).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rating {
    /// CycloneDX's name of the method.
    pub(super) method: &'static str,
    pub(super) vector: Option<String>,
    /// From 0 to 10, with one decimal.
    pub(super) score: Option<f64>,
    pub(super) severity: &'static str,
}

/// A CVSS vector. One that cannot be read is kept, and says nothing about how grave it is.
pub(super) fn of_vector(vector: &str) -> Rating {
    let method = match vector {
        _ if vector.starts_with("CVSS:4.") => "CVSSv4",
        _ if vector.starts_with("CVSS:3.1/") => "CVSSv31",
        _ if vector.starts_with("CVSS:3.") => "CVSSv3",
        _ if vector.starts_with("AV:") => "CVSSv2",
        _ => "other",
    };
    let read = vector.parse::<Cvss>().ok();
    Rating {
        method,
        vector: Some(vector.to_owned()),
        score: read.as_ref().map(Cvss::score),
        severity: read.map_or("unknown", |cvss| band(cvss.score())),
    }
}

/// A word of a database; `None` where it is no word of a scale.
pub(super) fn of_word(word: &str) -> Option<Rating> {
    let severity = match word.to_ascii_lowercase().as_str() {
        "critical" => "critical",
        "high" | "important" => "high",
        "medium" | "moderate" => "medium",
        "low" | "negligible" => "low",
        _ => return None,
    };
    Some(Rating { method: "other", vector: None, score: None, severity })
}

/// The qualitative scale of CVSS 3.1 and 4.0; version 2 has none of its own, so it is read by the same one.
fn band(score: f64) -> &'static str {
    match score {
        _ if score >= 9.0 => "critical",
        _ if score >= 7.0 => "high",
        _ if score >= 4.0 => "medium",
        _ if score > 0.0 => "low",
        _ => "none",
    }
}
