//! One vulnerability of a bill: what it is, how bad, and what it affects.

use crate::error::{ReadError, Result};
use crate::holes::{self, Hole, Rating};
use crate::json::Value;

type Malformed<'a> = &'a dyn Fn(&'static str) -> ReadError;

pub(super) struct Claim {
    /// Without package, version and place.
    pub(super) hole: Hole,
    pub(super) affects: Vec<Affected>,
}

pub(super) struct Affected {
    pub(super) reference: String,
    pub(super) versions: Vec<String>,
    /// Versions that are said to be unaffected.
    pub(super) fixed: Vec<String>,
    /// Versions are listed, and every one of them is unaffected.
    pub(super) is_unaffected: bool,
}

impl Claim {
    pub(super) fn read(value: &Value, malformed: Malformed<'_>) -> Result<Self> {
        if !matches!(value, Value::Map(_)) {
            return Err(malformed("a vulnerability of CycloneDX that is an object"));
        }
        let text = |key: &str| value.get(key).text().filter(|text| !text.trim().is_empty());
        let mut aliases: Vec<String> = value
            .get("references")
            .list()
            .iter()
            .filter_map(|one| one.get("id").text())
            .map(str::to_owned)
            .collect();
        let titles = value.get("advisories").list().iter().filter_map(|one| one.get("title").text());
        aliases.extend(titles.filter(|title| is_id(title)).map(str::to_owned));
        let mut id = text("id").or(text("bom-ref")).unwrap_or_default().to_owned();
        // Some databases have ids that nobody else knows.
        if !holes::is_advisory(&id)
            && let Some(at) = aliases.iter().position(|alias| holes::is_advisory(alias))
        {
            std::mem::swap(&mut id, &mut aliases[at]);
        }
        let mut rating = Rating::default();
        for one in list(value.get("ratings"), malformed)? {
            rating = rating.worst(self::rating(one, malformed)?);
        }
        let rejected = !value.get("rejected").is_null();
        let hole = Hole {
            id,
            aliases,
            rating,
            fixed: fixed(value),
            title: holes::title(text("description").or(text("detail")).unwrap_or_default()).to_owned(),
            suppressed: is_closed(value.at(&["analysis", "state"]), malformed)? || rejected,
            ..Hole::default()
        };
        let affects = list(value.get("affects"), malformed)?;
        let affects = affects.iter().map(|one| Affected::read(one, malformed)).collect::<Result<_>>()?;
        Ok(Self { hole, affects })
    }
}

/// An id alone, of a database that describes single holes: `CVE-2021-1`, and no title around it.
fn is_id(title: &str) -> bool {
    let single = ["CVE-", "GHSA-", "RUSTSEC-", "PYSEC-", "GO-", "OSV-"];
    !title.contains(char::is_whitespace) && single.iter().any(|begin| title.starts_with(begin))
}

/// What our own scanner says in a property; the specification has no other place for it.
fn fixed(value: &Value) -> Vec<String> {
    let properties = value.get("properties").list();
    let fixed = properties.iter().find(|one| one.get("name").text() == Some("dod:fixed"));
    let fixed = fixed.and_then(|one| one.get("value").text()).unwrap_or_default();
    fixed.split(',').map(|version| version.trim().to_owned()).filter(|version| !version.is_empty()).collect()
}

fn list<'v>(value: &'v Value, malformed: Malformed<'_>) -> Result<&'v [Value]> {
    match value {
        Value::Null => Ok(&[]),
        Value::List(list) => Ok(list),
        _ => Err(malformed("a vulnerability of CycloneDX with lists of ratings and of what it affects")),
    }
}

/// VEX: states that close a vulnerability. One that nobody knows decides nothing, and so is an error.
fn is_closed(state: &Value, malformed: Malformed<'_>) -> Result<bool> {
    match state {
        Value::Null => Ok(false),
        Value::Text(state) => match state.as_str() {
            "resolved" | "resolved_with_pedigree" | "false_positive" | "not_affected" => Ok(true),
            "exploitable" | "in_triage" => Ok(false),
            _ => Err(malformed("an analysis with a state that CycloneDX has")),
        },
        _ => Err(malformed("an analysis with a state that CycloneDX has")),
    }
}

fn rating(value: &Value, malformed: Malformed<'_>) -> Result<Rating> {
    const RATING: &str = "a rating with a severity that CycloneDX has";
    let word = match value.get("severity") {
        Value::Null => None,
        Value::Text(word) if word.trim().is_empty() => None,
        Value::Text(word) => {
            Some(word.as_str()).filter(|word| holes::is_word(word)).ok_or(malformed(RATING)).map(Some)?
        }
        _ => return Err(malformed(RATING)),
    };
    let score = match value.get("score") {
        Value::Text(score) => score.trim().parse().ok(),
        score => score.decimal(),
    };
    // Scores of other methods are on other scales.
    let method = value.get("method").text().unwrap_or("CVSS");
    let score = score.filter(|_| method.starts_with("CVSS"));
    let vector = value.get("vector").text().filter(|_| method.starts_with("CVSS"));
    Ok(Rating::of(word, score, vector))
}

impl Affected {
    fn read(value: &Value, malformed: Malformed<'_>) -> Result<Self> {
        let reference = value.get("ref").text().filter(|text| !text.trim().is_empty());
        let reference = reference.ok_or(malformed("something affected with a `ref`"))?;
        let mut found = Self {
            reference: reference.trim().to_owned(),
            versions: Vec::new(),
            fixed: Vec::new(),
            is_unaffected: false,
        };
        let versions = list(value.get("versions"), malformed)?;
        let mut open = 0;
        for one in versions {
            let version = one.get("version").text().map(str::to_owned);
            match one.get("status").text().unwrap_or("affected") {
                "unaffected" => found.fixed.extend(version),
                "affected" | "unknown" => {
                    open += 1;
                    found.versions.extend(version);
                }
                _ => return Err(malformed("a version with a status that CycloneDX has")),
            }
        }
        found.is_unaffected = !versions.is_empty() && open == 0;
        Ok(found)
    }
}
