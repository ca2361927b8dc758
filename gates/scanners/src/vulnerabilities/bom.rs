//! Writing the report as CycloneDX 1.6 (ECMA-424, first edition).
//!
//! | what | where |
//! |---|---|
//! | versions without the hole | property `dod:fixed` of the vulnerability, separated by commas |
//! | other ids of the hole | `references[].id` |
//! | who is affected | `affects[]`: the component, its version |
//! | what is ignored, and why | `analysis`: `not_affected`, `detail` |
//! | advisories that are no holes | property `dod:advisory` of the component |
//! | what nobody could check | property `dod:unchecked`: a number in the metadata, the reason at the component |
//! | lock files read | properties `dod:lock` (path and digest), `dod:lock.perhaps_not_whole` of the metadata |
//! | digest and age of the databases | properties `dod:vulndb.digest`, `dod:vulndb.age_days` of the metadata |
//!
//! **Absent on purpose:** hashes, licenses and dependencies of components: a list of parts is another report's job.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::join::Joined;
use super::severity::Rating;
use super::{Component, Scan, Unchecked, time};
use crate::packages::Reach;

/// Addresses that are written for one hole.
const URLS_MAX: usize = 50;

/// From the gravest down; what is not known may be anything, and is only the last word where it is the only one.
const SCALE: [&str; 5] = ["critical", "high", "medium", "low", "none"];

/// The gravest word of several ratings.
pub(super) fn highest(ratings: &[Rating]) -> &'static str {
    let has = |word: &&str| ratings.iter().any(|rating| rating.severity == *word);
    SCALE.into_iter().find(has).unwrap_or("unknown")
}

pub(super) fn bom(scan: &Scan<'_>, unchecked: &[Unchecked], digest: &str, age_days: Option<i64>) -> Value {
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let holes: Vec<&Joined> = scan.joined.iter().filter(|one| !one.affected.is_empty()).collect();
    for one in &holes {
        let Some(kind) = &one.advisory.information else { continue };
        let said = one.advisory.summary.as_ref().map(|said| format!(": {said}")).unwrap_or_default();
        for url in scan.urls(one, &one.versions()) {
            told.entry(url).or_default().push(format!("{} {kind}{said}", one.advisory.id));
        }
    }
    let reasons: BTreeMap<&str, &str> =
        unchecked.iter().map(|one| (one.what.as_str(), one.why.as_str())).collect();
    let components: Vec<Value> = scan
        .components
        .iter()
        .map(|(url, one)| component(url, one, told.get(*url), reasons.get(url).copied()))
        .collect();
    let vulnerabilities: Vec<Value> = holes
        .iter()
        .filter(|one| one.advisory.information.is_none())
        .map(|one| vulnerability(scan, one))
        .collect();
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": time::text(scan.options.now),
            "tools": { "components": [{
                "type": "application",
                "name": "dod scan vulnerabilities",
                "version": env!("CARGO_PKG_VERSION"),
            }] },
            "properties": metadata(scan, unchecked, digest, age_days),
        },
        "components": components,
        "vulnerabilities": vulnerabilities,
    })
}

fn metadata(scan: &Scan<'_>, unchecked: &[Unchecked], digest: &str, age_days: Option<i64>) -> Vec<Value> {
    let mut properties = vec![
        property("dod:vulndb.digest", &format!("sha256:{digest}")),
        property("dod:vulndb.records", &scan.database.records.to_string()),
    ];
    properties.extend(age_days.map(|days| property("dod:vulndb.age_days", &days.to_string())));
    let locks = scan.inventory.locks.iter().map(|lock| format!("{} sha256:{}", lock.path, lock.digest));
    properties.extend(locks.map(|lock| property("dod:lock", &lock)));
    properties.extend(scan.of_reach(Reach::Unknown).map(|lock| property("dod:lock.perhaps_not_whole", lock)));
    properties.push(property("dod:unchecked", &unchecked.len().to_string()));
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for one in unchecked {
        *reasons.entry(&one.why).or_default() += 1;
    }
    properties.extend(
        reasons
            .into_iter()
            .map(|(why, number)| property("dod:unchecked.reason", &format!("{number}: {why}"))),
    );
    properties.extend(scan.database.troubles.iter().map(|trouble| property("dod:vulndb.trouble", trouble)));
    properties
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

fn component(url: &str, one: &Component<'_>, told: Option<&Vec<String>>, unchecked: Option<&str>) -> Value {
    let mut value = Map::new();
    value.insert("type".into(), json!("library"));
    value.insert("bom-ref".into(), json!(url));
    value.insert("name".into(), json!(one.package.name));
    if let Some(version) = &one.package.version {
        value.insert("version".into(), json!(version));
    }
    value.insert("purl".into(), json!(url));
    let mut properties: Vec<Value> = Vec::new();
    properties.extend(told.into_iter().flatten().map(|said| property("dod:advisory", said)));
    properties.extend(unchecked.map(|why| property("dod:unchecked", why)));
    if !properties.is_empty() {
        value.insert("properties".into(), json!(properties));
    }
    let places: Vec<Value> =
        one.places.iter().map(|(lock, line)| json!({ "location": lock, "line": line })).collect();
    value.insert("evidence".into(), json!({ "occurrences": places }));
    Value::Object(value)
}

fn vulnerability(scan: &Scan<'_>, one: &Joined) -> Value {
    let advisory = &one.advisory;
    let mut value = Map::new();
    value.insert("bom-ref".into(), json!(format!("{}/{}", advisory.id, one.package)));
    value.insert("id".into(), json!(advisory.id));
    value.insert("source".into(), json!({ "name": source(&advisory.id) }));
    let references: Vec<Value> = advisory
        .aliases
        .iter()
        .map(|alias| json!({ "id": alias, "source": { "name": source(alias) } }))
        .collect();
    if !references.is_empty() {
        value.insert("references".into(), json!(references));
    }
    let ratings: Vec<Value> = advisory.ratings.iter().map(rating).collect();
    if !ratings.is_empty() {
        value.insert("ratings".into(), json!(ratings));
    }
    let weaknesses: Vec<&u64> = advisory.weaknesses.iter().filter(|id| **id > 0).collect();
    if !weaknesses.is_empty() {
        value.insert("cwes".into(), json!(weaknesses));
    }
    let description = advisory.summary.as_ref().or(advisory.details.as_ref());
    value.extend(description.map(|text| ("description".to_owned(), json!(text))));
    let detail = advisory.details.as_ref().filter(|_| advisory.summary.is_some());
    value.extend(detail.map(|text| ("detail".to_owned(), json!(text))));
    let is_address = |url: &&String| {
        (url.starts_with("https://") || url.starts_with("http://"))
            && url.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte))
    };
    let urls: Vec<Value> =
        advisory.urls.iter().filter(is_address).take(URLS_MAX).map(|url| json!({ "url": url })).collect();
    if !urls.is_empty() {
        value.insert("advisories".into(), json!(urls));
    }
    for (key, text) in [("published", &advisory.published), ("updated", &advisory.updated)] {
        let at = text.as_deref().and_then(time::seconds);
        value.extend(at.map(|at| (key.to_owned(), json!(time::text(at)))));
    }
    if let Some((_, why)) = scan.ignored(one) {
        value.insert("analysis".into(), json!({ "state": "not_affected", "detail": why }));
    }
    value.insert("affects".into(), json!(affects(scan, one)));
    let mut properties = Vec::new();
    let fixed: Vec<&str> = one.fixed().into_iter().collect();
    if !fixed.is_empty() {
        properties.push(property("dod:fixed", &fixed.join(",")));
    }
    properties.extend(advisory.functions.iter().map(|name| property("dod:function", name)));
    if !properties.is_empty() {
        value.insert("properties".into(), json!(properties));
    }
    Value::Object(value)
}

fn affects(scan: &Scan<'_>, one: &Joined) -> Vec<Value> {
    let mut affects = Vec::new();
    for (version, fixed) in &one.affected {
        for url in scan.urls(one, &[*version]) {
            let used = scan.components.get(url.as_str()).and_then(|each| each.package.version.as_ref());
            affects.push(match used {
                None => json!({ "ref": url }),
                Some(used) => {
                    let mut versions = vec![json!({ "version": used, "status": "affected" })];
                    let fixed = fixed.iter().map(|fixed| json!({ "version": fixed, "status": "unaffected" }));
                    versions.extend(fixed);
                    json!({ "ref": url, "versions": versions })
                }
            });
        }
    }
    affects
}

fn rating(rating: &Rating) -> Value {
    let mut value = Map::new();
    value.extend(rating.score.map(|score| ("score".to_owned(), json!(score))));
    value.insert("severity".into(), json!(rating.severity));
    value.insert("method".into(), json!(rating.method));
    value.extend(rating.vector.as_ref().map(|vector| ("vector".to_owned(), json!(vector))));
    Value::Object(value)
}

/// Who gives out ids that begin like this.
fn source(id: &str) -> &'static str {
    match id.split('-').next() {
        Some("CVE") => "CVE",
        Some("GHSA") => "GitHub Advisory Database",
        Some("GO") => "Go Vulnerability Database",
        Some("MAL") => "OpenSSF Malicious Packages",
        Some("PYSEC") => "Python Packaging Advisory Database",
        Some("RUSTSEC") => "RustSec Advisory Database",
        _ => "OSV",
    }
}
