//! A bill of materials while it is read, whatever it was written in, and what it comes to.

use std::collections::BTreeMap;

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Component, Evidence, Measure, Source};
use dod_kernel::id::{Digest, Name};

use super::claim::Claim;
use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::findings::Findings;
use crate::holes::{Hole, Holes, purl};
use crate::json::Value;
use crate::path;

type Malformed<'a> = &'a dyn Fn(&'static str) -> ReadError;

/// Components in one bill.
const COMPONENTS_MAX: usize = 1_000_000;

/// Kinds of components, of all versions.
const TYPES: &[&str] = &[
    "application",
    "framework",
    "library",
    "container",
    "platform",
    "operating-system",
    "device",
    "device-driver",
    "firmware",
    "file",
    "machine-learning-model",
    "data",
    "cryptographic-asset",
];

#[derive(Default)]
pub(super) struct Bom {
    pub(super) serial: Option<String>,
    /// Whether components, and whether vulnerabilities, are listed at all.
    pub(super) listed: bool,
    pub(super) sought: bool,
    components: Vec<Component>,
    /// What can be referred to; `None` for what is no part: a vulnerability.
    parts: BTreeMap<String, Option<Part>>,
    root: Option<Part>,
    claims: Vec<Claim>,
    age: Option<Decimal>,
    digest: Option<Digest>,
    unchecked: u64,
    /// The tool writes an empty list of vulnerabilities whether it looked or not.
    writes_empty_lists: bool,
}

/// What a vulnerability may affect.
#[derive(Clone, Default)]
struct Part {
    package: String,
    version: String,
    place: Option<(String, Option<u32>)>,
}

impl Bom {
    /// Room for a component before those inside it, which are read first.
    pub(super) fn open(&mut self) -> Result<usize> {
        if self.components.len() == COMPONENTS_MAX {
            return Err(ReadError::TooLarge { what: "components", max: COMPONENTS_MAX as u64 });
        }
        self.components.push(Component { licenses: Vec::new(), name: "".into(), purl: None, version: None });
        Ok(self.components.len() - 1)
    }

    pub(super) fn component(&mut self, slot: usize, value: &Value, malformed: Malformed<'_>) -> Result<()> {
        const COMPONENT: &str = "a component of CycloneDX with `type` and `name`";
        let name = value.get("name").text().filter(|name| !name.is_empty()).ok_or(malformed(COMPONENT))?;
        if !value.get("type").text().is_some_and(|kind| TYPES.contains(&kind)) {
            return Err(malformed(COMPONENT));
        }
        let name = match value.get("group").text().filter(|group| !group.is_empty()) {
            Some(group) => format!("{group}/{name}"),
            None => name.to_owned(),
        };
        let text = |key: &str| value.get(key).text().filter(|text| !text.is_empty());
        let (url, version) = (text("purl"), text("version"));
        let known = url.and_then(purl::parse);
        let part = Part {
            package: known.as_ref().map_or(name.clone(), |known| known.package.clone()),
            version: version.map(str::to_owned).or(known.and_then(|known| known.version)).unwrap_or_default(),
            place: occurrence(value),
        };
        self.refer(value, Some(part), malformed)?;
        self.components[slot] = Component {
            licenses: licenses(value.get("licenses")),
            name: name.into(),
            purl: url.map(Name::from),
            version: version.map(Name::from),
        };
        Ok(())
    }

    /// References are unique in one bill (`bom-ref` in the specification): with two of them, which component a
    /// vulnerability affects is anybody's guess.
    fn refer(&mut self, value: &Value, part: Option<Part>, malformed: Malformed<'_>) -> Result<()> {
        let Some(reference) = value.get("bom-ref").text().filter(|text| !text.is_empty()) else {
            return Ok(());
        };
        match self.parts.insert(reference.to_owned(), part) {
            None => Ok(()),
            Some(_) => Err(malformed("CycloneDX with each `bom-ref` once")),
        }
    }

    /// The product, its tools and what our scanner says of itself.
    pub(super) fn metadata(&mut self, metadata: &Value, malformed: Malformed<'_>) -> Result<()> {
        let root = metadata.get("component");
        if !root.is_null() {
            self.root = Some(plain(root));
            self.inside(root, malformed)?;
        }
        self.writes_empty_lists = is_named(metadata.get("tools"), "trivy");
        for property in metadata.get("properties").list() {
            let text = property.get("value").text().unwrap_or_default();
            match property.get("name").text().unwrap_or_default() {
                "dod:vulndb.age_days" => {
                    let age = text.parse().ok().filter(|age| *age >= Decimal::default());
                    self.age = Some(age.ok_or(malformed("a database with a sound age"))?);
                }
                "dod:vulndb.digest" => {
                    let digest = text.parse().map_err(|_| malformed("a database with a sound digest"))?;
                    self.digest = Some(digest);
                }
                "dod:unchecked" => {
                    let count = crate::text::count(text);
                    self.unchecked = count.ok_or(malformed("a sound number of packages nobody checked"))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The product's own component and those inside: not counted, and vulnerabilities may affect them. As deep as
    /// the value is, which has a bound.
    fn inside(&mut self, value: &Value, malformed: Malformed<'_>) -> Result<()> {
        self.refer(value, Some(plain(value)), malformed)?;
        value.get("components").list().iter().try_for_each(|one| self.inside(one, malformed))
    }

    pub(super) fn service(&mut self, value: &Value, malformed: Malformed<'_>) -> Result<()> {
        self.refer(value, Some(plain(value)), malformed)?;
        value.get("services").list().iter().try_for_each(|one| self.service(one, malformed))
    }

    pub(super) fn vulnerability(&mut self, value: &Value, malformed: Malformed<'_>) -> Result<()> {
        self.refer(value, None, malformed)?;
        self.claims.push(Claim::read(value, malformed)?);
        Ok(())
    }

    pub(super) fn finish(mut self, context: &Context<'_>) -> Result<Evidence> {
        if !self.listed && !self.sought && self.parts.is_empty() {
            return Err(ReadError::NotRun { what: "components" });
        }
        let mut evidence = Evidence::default();
        if self.sought && !(self.claims.is_empty() && self.writes_empty_lists) {
            evidence.vulnerabilities_sought = true;
            let mut holes = Holes::default();
            for claim in std::mem::take(&mut self.claims) {
                self.settle(&claim, context, &mut holes)?;
            }
            let mut findings = Findings::default();
            holes.count_joined(&mut evidence.measures);
            holes.finish(&mut findings)?;
            evidence.findings = Some(findings.finish());
        }
        if let Some(value) = self.age {
            evidence.measures.insert("vulndb.age_days".into(), Measure { unit: "1".into(), value });
        }
        if let Some(digest) = self.digest {
            evidence.sources.push(Source { digest, format: "vulndb".into(), path: "vulndb".into() });
        }
        evidence.unchecked = self.unchecked;
        evidence.components = self.listed.then_some(self.components);
        Ok(evidence)
    }

    /// A hole for each part that is affected.
    fn settle(&self, claim: &Claim, context: &Context<'_>, holes: &mut Holes) -> Result<()> {
        if claim.affects.is_empty() {
            let root = self.root.clone().unwrap_or_default();
            return holes.push(Hole {
                package: root.package,
                version: root.version,
                within: "\0".to_owned(),
                ..claim.hole.clone()
            });
        }
        for affected in &claim.affects {
            let part = self.find(&affected.reference);
            let known = part.cloned().unwrap_or_else(|| unknown(&affected.reference));
            let version = Some(known.version).filter(|version| !version.is_empty());
            let place = known.place.map(|(location, line)| {
                context.place(&path::from_uri(&location).unwrap_or(location), line, None)
            });
            holes.push(Hole {
                package: known.package,
                version: version.or(affected.versions.first().cloned()).unwrap_or_default(),
                fixed: if affected.fixed.is_empty() {
                    claim.hole.fixed.clone()
                } else {
                    affected.fixed.clone()
                },
                place,
                suppressed: claim.hole.suppressed || affected.is_unaffected,
                ..claim.hole.clone()
            })?;
        }
        Ok(())
    }

    /// By `bom-ref`, or by a BOM-Link into this bill: `urn:cdx:serial/version#bom-ref`.
    fn find(&self, reference: &str) -> Option<&Part> {
        let known = |reference: &str| self.parts.get(reference).and_then(Option::as_ref);
        known(reference).or_else(|| {
            let (link, fragment) = reference.strip_prefix("urn:cdx:")?.split_once('#')?;
            let serial = link.split('/').next().unwrap_or_default();
            let own = self.serial.as_deref().and_then(|own| own.strip_prefix("urn:uuid:"));
            let here = own.is_none_or(|own| own.eq_ignore_ascii_case(serial));
            let decoded = path::percent_decode(fragment);
            here.then(|| known(fragment).or_else(|| known(decoded.as_deref()?))).flatten()
        })
    }
}

/// What a reference says that leads nowhere here: many are package URLs.
fn unknown(reference: &str) -> Part {
    let named = reference.split_once('#').map_or(reference, |(_, fragment)| fragment);
    let decoded = path::percent_decode(named).unwrap_or_else(|| named.to_owned());
    match purl::parse(named).or_else(|| purl::parse(&decoded)) {
        Some(known) => {
            Part { package: known.package, version: known.version.unwrap_or_default(), place: None }
        }
        None => Part { package: reference.to_owned(), ..Part::default() },
    }
}

/// A service, or the product.
fn plain(value: &Value) -> Part {
    let text = |key: &str| value.get(key).text().unwrap_or_default();
    let known = purl::parse(text("purl"));
    let name = match text("group") {
        "" => text("name").to_owned(),
        group => format!("{group}/{}", text("name")),
    };
    Part {
        package: known.map_or(name, |known| known.package),
        version: text("version").to_owned(),
        place: occurrence(value),
    }
}

fn occurrence(value: &Value) -> Option<(String, Option<u32>)> {
    let first = value.at(&["evidence", "occurrences"]).list().first()?;
    let location = first.get("location").text().filter(|location| !location.trim().is_empty())?;
    let line = match first.get("line") {
        Value::Text(line) => crate::text::line_number(line),
        line => line.index(),
    };
    Some((location.trim().to_owned(), line))
}

/// Ids, names and expressions, as they stand. Some tools leave all three out; that states no license.
fn licenses(value: &Value) -> Vec<Name> {
    let stated = |one: &Value| {
        let license = one.get("license");
        let texts = [one.get("expression"), license.get("id"), license.get("name")].map(Value::text);
        texts.into_iter().flatten().find(|text| !text.trim().is_empty()).map(Name::from)
    };
    value.list().iter().filter_map(stated).collect()
}

/// Whether any tool has this name, in any of the shapes that `metadata.tools` has had.
fn is_named(value: &Value, name: &str) -> bool {
    match value {
        Value::List(list) => list.iter().any(|one| is_named(one, name)),
        Value::Map(map) => {
            let own = value.get("name").text().is_some_and(|own| own.eq_ignore_ascii_case(name));
            own || map.iter().any(|(key, one)| {
                matches!(key.as_str(), "components" | "tool" | "component") && is_named(one, name)
            })
        }
        _ => false,
    }
}
