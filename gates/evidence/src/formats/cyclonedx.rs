//! `cyclonedx`: CycloneDX 1.4 to 1.7 (ECMA-424), JSON and XML.
//!
//! Components nest and all of them count; the component of `metadata` is the product itself and does not. A
//! vulnerability is a finding for each component it affects: the worst of its ratings says how bad it is,
//! and the states `not_affected`, `false_positive`, `resolved` and `resolved_with_pedigree` of its analysis
//! suppress it. The first occurrence of a component's evidence is its place.
//!
//! `vulnerabilities` that are there mean that somebody looked, an empty list included; absent they do not.
//! One tool (Trivy) writes an empty list whether it looked or not: its empty list says nothing.
//!
//! Properties of `metadata` that our own scanner writes: `dod:vulndb.age_days` is a measure,
//! `dod:vulndb.digest` a source, `dod:unchecked` the number of packages that nobody could check;
//! `dod:fixed` of a vulnerability are versions without it.
//!
//! **Absent on purpose:** protocol buffers, versions before 1.4 (they knew no vulnerabilities),
//! dependencies, compositions, bills of other documents (a BOM-Link is looked up in this one).

use dod_kernel::evidence::Evidence;

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::input::Input;
use crate::json::{Json, Kind, Value};
use crate::text;

mod bom;
mod claim;
mod xml;

use bom::Bom;

const EXPECTED: &str = "CycloneDX 1.4 to 1.7";

const VERSIONS: &[&str] = &["1.4", "1.5", "1.6", "1.7"];

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    if input.head().trim_ascii_start().starts_with(b"<") {
        return xml::read(input)?.finish(context);
    }
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut bom = Bom::default();
    let (mut format, mut version, mut rest) = (Value::Null, Value::Null, Vec::new());
    json.object(|json, key| {
        match key {
            "bomFormat" => format = json.value()?,
            "specVersion" => version = json.value()?,
            "serialNumber" => bom.serial = json.value()?.text().map(str::to_owned),
            "metadata" => {
                let metadata = json.value()?;
                bom.metadata(&metadata, &|expected| json.malformed(expected))?;
            }
            _ if json.kind()? == Kind::Null => json.skip()?,
            "components" => {
                bom.listed = true;
                array(json)?;
                json.array(|json| component(json, &mut bom))?;
            }
            "services" => {
                array(json)?;
                json.array(|json| {
                    let service = json.value()?;
                    bom.service(&service, &|expected| json.malformed(expected))
                })?;
            }
            "vulnerabilities" => {
                bom.sought = true;
                array(json)?;
                json.array(|json| {
                    let value = json.value()?;
                    bom.vulnerability(&value, &|expected| json.malformed(expected))
                })?;
            }
            key if excuse::may_excuse(key) => rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    check_head(&format, &version, rest)?;
    bom.finish(context)
}

fn other(found: String) -> ReadError {
    ReadError::OtherFormat { expected: EXPECTED, found }
}

fn array(json: &mut Json<'_, '_>) -> Result<()> {
    match json.kind()? {
        Kind::Array => Ok(()),
        _ => Err(json.malformed("CycloneDX with lists of components and vulnerabilities")),
    }
}

fn check_head(format: &Value, version: &Value, rest: Vec<(String, Value)>) -> Result<()> {
    match (format, version.text()) {
        (Value::Text(format), Some(version)) if format == "CycloneDX" => check_version(version),
        (Value::Text(format), None) if format == "CycloneDX" => {
            Err(other("CycloneDX without a `specVersion`".to_owned()))
        }
        (Value::Null, None) => Err(match excuse::excuse(&Value::Map(rest)) {
            Some(message) => ReadError::ToolFailed { message },
            None => other("a JSON object without `bomFormat`".to_owned()),
        }),
        (Value::Text(format), _) => Err(other(format!("of the format `{}`", text::cut(format, 40)))),
        _ => Err(other("a JSON object without `bomFormat`".to_owned())),
    }
}

fn check_version(version: &str) -> Result<()> {
    match VERSIONS.contains(&version) {
        true => Ok(()),
        false => Err(other(format!("CycloneDX {}", text::cut(version, 40)))),
    }
}

/// A component and those inside it, which may be as many as the report holds. Nesting is bounded by JSON's
/// depth.
fn component(json: &mut Json<'_, '_>, bom: &mut Bom) -> Result<()> {
    let slot = bom.open()?;
    let mut own = Vec::new();
    json.object(|json, key| {
        match key {
            "components" if json.kind()? == Kind::Null => json.skip()?,
            "components" => {
                array(json)?;
                json.array(|json| component(json, bom))?;
            }
            "bom-ref" | "type" | "group" | "name" | "version" | "purl" | "licenses" => {
                own.push((key.to_owned(), json.value()?));
            }
            "evidence" => own.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    bom.component(slot, &Value::Map(own), &|expected| json.malformed(expected))
}

#[cfg(test)]
mod tests;
