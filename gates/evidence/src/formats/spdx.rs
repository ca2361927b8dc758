//! `spdx`: SPDX 2.1 to 2.3 (ISO/IEC 5962 is 2.2.1), JSON and tag-value.
//!
//! Every package is a component, the one that the document describes included: in SPDX that is a package
//! like any other, and often the list of packages itself. The license is the concluded one, else the
//! declared one; `NOASSERTION` and `NONE` are none. Package URLs come from external references.
//!
//! `downloadLocation` is required and tools leave it out, so in JSON it is not asked for.
//!
//! SPDX 3 is another format (JSON-LD) and refused by name. A tag-value document has no end: one that was
//! cut off between two packages cannot be told from a shorter one; inside a package it is missed.
//!
//! **Absent on purpose:** files, snippets, relationships, RDF, XML, YAML; security references, which are
//! links and say nothing of whether anything is affected.

use std::collections::BTreeSet;

use dod_kernel::evidence::{Component, Evidence};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::input::Input;
use crate::json::{Json, Kind, Value};
use crate::text;

mod tag_value;

const EXPECTED: &str = "SPDX 2.1 to 2.3";

const VERSIONS: &[&str] = &["SPDX-2.1", "SPDX-2.2", "SPDX-2.3"];

/// Packages in one document.
const PACKAGES_MAX: usize = 1_000_000;

/// Licenses and references that one package keeps.
const PARTS_MAX: usize = 1000;

pub(crate) fn read(input: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    match input.head().trim_ascii_start().first() {
        Some(b'{') => json(input),
        Some(b'<') => Err(other("XML, perhaps RDF")),
        Some(b'[') => Err(other("a JSON array")),
        _ => tag_value::read(input),
    }
}

fn other(found: &str) -> ReadError {
    ReadError::OtherFormat { expected: EXPECTED, found: found.to_owned() }
}

fn json(input: &mut Input<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    let mut document = Document::default();
    json.object(|json, key| match key {
        // The interface of a forge wraps the document.
        "sbom" if json.kind()? == Kind::Object => json.object(|json, key| document.member(json, key)),
        _ => document.member(json, key),
    })?;
    json.end()?;
    document.finish()
}

#[derive(Default)]
struct Document {
    version: Option<Value>,
    id: Option<Value>,
    packages: Option<Packages>,
    rest: Vec<(String, Value)>,
}

impl Document {
    fn member(&mut self, json: &mut Json<'_, '_>, key: &str) -> Result<()> {
        let twice = |json: &Json<'_, '_>| json.malformed("one document of SPDX");
        match key {
            "@context" | "@graph" => return Err(other("JSON-LD, perhaps SPDX 3")),
            "spdxVersion" if self.version.is_some() => return Err(twice(json)),
            "spdxVersion" => self.version = Some(json.value()?),
            "SPDXID" => self.id = Some(json.value()?),
            "packages" if self.packages.is_some() => return Err(twice(json)),
            "packages" if json.kind()? == Kind::Array => {
                let packages = self.packages.get_or_insert_default();
                json.array(|json| {
                    let value = json.value()?;
                    let (id, component) = package(&value, &|expected| json.malformed(expected))?;
                    packages.push(&id, component, || json.malformed("SPDX with each `SPDXID` once"))
                })?;
            }
            key if excuse::may_excuse(key) => self.rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    }

    fn finish(self) -> Result<Evidence> {
        match self.version.as_ref().and_then(Value::text) {
            Some(version) => check_version(version)?,
            None => {
                return Err(match excuse::excuse(&Value::Map(self.rest)).filter(|_| self.id.is_none()) {
                    Some(message) => ReadError::ToolFailed { message },
                    None => other("a JSON object without `spdxVersion`"),
                });
            }
        }
        if self.id.as_ref().and_then(Value::text) != Some("SPDXRef-DOCUMENT") {
            return Err(other("SPDX without its document"));
        }
        finish(self.packages)
    }
}

fn check_version(version: &str) -> Result<()> {
    match VERSIONS.contains(&version) {
        true => Ok(()),
        false => Err(other(&format!("of the version `{}`", text::cut(version, 40)))),
    }
}

fn finish(packages: Option<Packages>) -> Result<Evidence> {
    let packages = packages.ok_or(ReadError::NotRun { what: "packages" })?;
    Ok(Evidence { components: Some(packages.all), ..Evidence::default() })
}

/// Packages by id.
#[derive(Default)]
struct Packages {
    all: Vec<Component>,
    ids: BTreeSet<String>,
}

impl Packages {
    fn push(&mut self, id: &str, component: Component, twice: impl Fn() -> ReadError) -> Result<()> {
        if self.all.len() == PACKAGES_MAX {
            return Err(ReadError::TooLarge { what: "packages", max: PACKAGES_MAX as u64 });
        }
        if !self.ids.insert(id.to_owned()) {
            return Err(twice());
        }
        self.all.push(component);
        Ok(())
    }
}

fn package(value: &Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<(String, Component)> {
    const PACKAGE: &str = "a package of SPDX with `name` and `SPDXID`";
    let text = |key: &str| value.get(key).text().map(str::trim).filter(|text| !text.is_empty());
    let must = |key: &str| text(key).ok_or(malformed(PACKAGE));
    let (name, id) = (must("name")?, must("SPDXID")?);
    let references = value.get("externalRefs").list().iter().take(PARTS_MAX);
    let mut purls = references.filter(|one| is_purl(one.get("referenceType").text().unwrap_or_default()));
    let component = Component {
        licenses: license(text("licenseConcluded"), text("licenseDeclared"))
            .into_iter()
            .map(Into::into)
            .collect(),
        name: name.into(),
        purl: purls.find_map(|one| one.get("referenceLocator").text()).map(Into::into),
        version: text("versionInfo").map(Into::into),
    };
    Ok((id.to_owned(), component))
}

/// Type `purl` (SPDX 2.3, annex F.3); some write the type as a URI.
fn is_purl(kind: &str) -> bool {
    kind == "purl" || kind.ends_with("/purl") || kind.ends_with("#purl")
}

/// What was concluded, else what was declared; neither `NOASSERTION` nor `NONE` (2.3, 7.13 and 7.15).
fn license<'v>(concluded: Option<&'v str>, declared: Option<&'v str>) -> Option<&'v str> {
    let stated = |license: &&str| !matches!(*license, "NOASSERTION" | "NONE" | "");
    concluded.filter(stated).or(declared.filter(stated))
}

#[cfg(test)]
mod tests;
