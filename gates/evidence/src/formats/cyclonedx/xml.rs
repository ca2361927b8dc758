//! CycloneDX in XML: the same elements, read into the values that JSON has.

use super::bom::Bom;
use super::{EXPECTED, check_version, other};
use crate::error::{ReadError, Result};
use crate::input::Input;
use crate::json::Value;
use crate::xml::{Element, Node, Xml};

/// Namespaces of CycloneDX begin so and end with the version.
const NAMESPACE: &str = "http://cyclonedx.org/schema/bom/";

/// Elements and attributes of one component or vulnerability.
const NODES_MAX: usize = 100_000;

/// Elements whose children are a list.
const LISTS: &[&str] = &[
    "advisories",
    "affects",
    "components",
    "occurrences",
    "properties",
    "ratings",
    "references",
    "services",
    "versions",
];

/// Parts that are read and come once: a second one would be read by some and not by others. Others may repeat, as
/// `swhid` does and whatever a namespace of somebody else adds.
const ONCE: &[(&str, &[&str])] = &[
    ("advisory", &["title"]),
    ("analysis", &["state"]),
    ("bom", &["components", "metadata", "services", "vulnerabilities"]),
    ("component", &["components", "evidence", "group", "licenses", "name", "purl", "version"]),
    ("evidence", &["occurrences"]),
    ("license", &["id", "name"]),
    ("metadata", &["component", "properties", "tools"]),
    ("occurrence", &["line", "location"]),
    ("rating", &["method", "score", "severity", "vector"]),
    ("reference", &["id"]),
    ("service", &["services"]),
    ("target", &["ref", "versions"]),
    ("version", &["status", "version"]),
    (
        "vulnerability",
        &[
            "advisories",
            "affects",
            "analysis",
            "description",
            "detail",
            "id",
            "properties",
            "ratings",
            "references",
            "rejected",
        ],
    ),
];

pub(super) fn read(input: &mut Input<'_>) -> Result<Bom> {
    let (mut xml, root) = Xml::open(input, &["bom"], EXPECTED)?;
    let namespace = root.attributes().find(|(name, value)| {
        (*name == "xmlns" || name.starts_with("xmlns:")) && value.starts_with(NAMESPACE)
    });
    let Some((_, namespace)) = namespace else {
        return Err(other("XML with the root `bom` of another namespace".to_owned()));
    };
    check_version(&namespace[NAMESPACE.len()..])?;
    let mut bom = Bom::default();
    bom.serial = root.attribute("serialNumber").map(str::to_owned);
    xml.keep_text(true);
    let mut seen = Vec::new();
    while let Some(node) = xml.next()? {
        let Node::Open(element) = node else { continue };
        once(&seen, &element, "bom")?;
        match element.name.as_str() {
            "metadata" => {
                let value = whole(&mut xml, &element)?;
                bom.metadata(&value, &|expected| element.malformed(expected))?;
            }
            "components" => {
                bom.listed = true;
                components(&mut xml, &mut bom)?;
            }
            "services" => each(&mut xml, |xml, service| {
                let value = whole(xml, service)?;
                bom.service(&value, &|expected| service.malformed(expected))
            })?,
            "vulnerabilities" => {
                bom.sought = true;
                each(&mut xml, |xml, one| {
                    if one.name != "vulnerability" {
                        return xml.skip().map(drop);
                    }
                    let value = whole(xml, one)?;
                    bom.vulnerability(&value, &|expected| one.malformed(expected))
                })?;
            }
            _ => drop(xml.skip()?),
        }
        seen.push((element.name, Value::Null));
    }
    Ok(bom)
}

/// The children of the element that was opened last; `read` must read each to its end.
fn each(xml: &mut Xml<'_, '_>, mut read: impl FnMut(&mut Xml<'_, '_>, &Element) -> Result<()>) -> Result<()> {
    while let Some(node) = xml.next()? {
        match node {
            Node::Open(element) => read(xml, &element)?,
            Node::Text(_) => {}
            Node::Close(_) => return Ok(()),
        }
    }
    Err(xml.cut_off())
}

/// Components and those inside them, which may be as many as the report holds. XML's depth is bounded.
fn components(xml: &mut Xml<'_, '_>, bom: &mut Bom) -> Result<()> {
    each(xml, |xml, element| {
        if element.name != "component" {
            return xml.skip().map(drop);
        }
        let slot = bom.open()?;
        let mut own = attributes(element);
        let mut nodes = 0;
        each(xml, |xml, part| {
            if part.name == "components" {
                return components(xml, bom);
            }
            let value = value(xml, part, &mut nodes)?;
            once(&own, part, "component")?;
            own.push((part.name.clone(), value));
            Ok(())
        })?;
        bom.component(slot, &Value::Map(own), &|expected| element.malformed(expected))
    })
}

fn whole(xml: &mut Xml<'_, '_>, element: &Element) -> Result<Value> {
    value(xml, element, &mut 0)
}

fn attributes(element: &Element) -> Vec<(String, Value)> {
    let own = element.attributes().filter(|(name, _)| !name.starts_with("xmlns"));
    own.map(|(name, value)| (name.to_owned(), Value::Text(value.to_owned()))).collect()
}

fn once(own: &[(String, Value)], part: &Element, parent: &str) -> Result<()> {
    let must = ONCE.iter().any(|(name, parts)| *name == parent && parts.contains(&part.name.as_str()));
    match must && own.iter().any(|(name, _)| *name == part.name) {
        true => Err(part.malformed("CycloneDX with each part once")),
        false => Ok(()),
    }
}

/// An element as JSON has it: text, a list, or a map of attributes and children.
fn value(xml: &mut Xml<'_, '_>, element: &Element, nodes: &mut usize) -> Result<Value> {
    let mut own = attributes(element);
    *nodes += 1 + own.len();
    if *nodes > NODES_MAX {
        return Err(ReadError::TooLarge { what: "elements in one element", max: NODES_MAX as u64 });
    }
    let is_list = LISTS.contains(&element.name.as_str());
    let mut list = Vec::new();
    let mut text = String::new();
    loop {
        match xml.next()?.ok_or(xml.cut_off())? {
            Node::Close(_) => break,
            Node::Text(part) => text += &part,
            Node::Open(part) => {
                let value = value(xml, &part, nodes)?;
                if element.name == "licenses" {
                    list.push(Value::Map(vec![(part.name, value)]));
                } else if is_list {
                    list.push(value);
                } else {
                    once(&own, &part, &element.name)?;
                    own.push((part.name, value));
                }
            }
        }
    }
    Ok(if is_list || element.name == "licenses" {
        Value::List(list)
    } else if element.name == "expression" || own.is_empty() {
        Value::Text(text.trim().to_owned())
    } else {
        own.push(("value".to_owned(), Value::Text(text.trim().to_owned())));
        Value::Map(own)
    })
}
