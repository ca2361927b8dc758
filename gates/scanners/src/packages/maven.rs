//! `pom.xml`: the dependencies it names, with versions that it states itself.
//!
//! Properties and `dependencyManagement` of the file and of parents that lie in the tree are followed. A version from
//! anywhere else is unknown here, a range is none. Other modules of the tree are the product.
//!
//! **Absent on purpose:** what dependencies need themselves: a `pom.xml` locks nothing, so the list is not whole.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::format::{self, File};
use super::{Fault, Found, Reach, Read};

/// Levels of elements inside each other.
const DEPTH_MAX: usize = 100;
/// Parents that are followed.
const PARENTS_MAX: usize = 10;
/// Properties inside properties that are followed.
const PROPERTIES_DEPTH_MAX: usize = 10;

pub(super) fn read(file: &File<'_>) -> Result<Read, Fault> {
    let own = pom(file.text)?;
    let parents = parents(file, &own);
    let chain: Vec<&Pom> = std::iter::once(&own).chain(&parents).collect();
    let mut found = Vec::new();
    for wanted in &own.dependencies {
        let group = fill(&chain, wanted.text("groupId"));
        let artifact = fill(&chain, wanted.text("artifactId"));
        let (Some(group), Some(artifact)) = (group, artifact) else {
            return Err(Fault::at(
                wanted.line,
                "the dependency has no `groupId` and `artifactId` that are known",
            ));
        };
        let managed = || {
            let same = |one: &&Dependency| {
                fill(&chain, one.text("groupId")).as_ref() == Some(&group)
                    && fill(&chain, one.text("artifactId")).as_ref() == Some(&artifact)
            };
            chain.iter().find_map(|pom| pom.managed.iter().find(same))
        };
        let from = if wanted.fields.contains_key("version") { Some(wanted) } else { managed() };
        let version = from.and_then(|one| fill(&chain, one.text("version")));
        let version = version.filter(|version| {
            !version.starts_with(['[', '(']) && !matches!(version.as_str(), "LATEST" | "RELEASE")
        });
        let scope = wanted.text("scope").or_else(|| managed().and_then(|one| one.text("scope")));
        let mut one = Found::new(&format!("{group}:{artifact}"), version.as_deref(), wanted.line);
        one.direct = Some(true);
        one.dev = Some(scope == Some("test"));
        found.push(one);
    }
    let mut read = Read::new(found);
    read.own = fill(&chain, Some("${project.groupId}"))
        .zip(own.project.get("artifactId"))
        .map(|(group, artifact)| format!("{group}:{artifact}"));
    read.reach = if own.dependencies.is_empty() { Reach::Whole } else { Reach::DirectOnly };
    Ok(read)
}

#[derive(Default)]
struct Pom {
    /// `groupId`, `artifactId` and `version`.
    project: BTreeMap<String, String>,
    parent: Option<BTreeMap<String, String>>,
    properties: BTreeMap<String, String>,
    dependencies: Vec<Dependency>,
    managed: Vec<Dependency>,
}

#[derive(Default)]
struct Dependency {
    line: u64,
    fields: BTreeMap<String, String>,
}

impl Dependency {
    fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }
}

fn pom(text: &str) -> Result<Pom, Fault> {
    let mut reader = Reader::from_str(text);
    let mut pom = Pom::default();
    let mut path: Vec<String> = Vec::new();
    let mut content = String::new();
    let ends: Vec<usize> =
        text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
    let line_at = |offset: u64| ends.partition_point(|end| (*end as u64) < offset) as u64 + 1;
    loop {
        let before = reader.buffer_position();
        let event = reader.read_event();
        let here = line_at(before);
        let event = event.map_err(|error| Fault::at(here, format!("it is not XML: {error}")))?;
        match event {
            Event::Start(start) => {
                if path.len() >= DEPTH_MAX {
                    return Err(Fault::at(
                        here,
                        format!("elements lie more than {DEPTH_MAX} levels deep inside each other"),
                    ));
                }
                let name = start.local_name().as_ref().to_owned();
                if path.is_empty() && name != "project" {
                    return Err(Fault::at(here, format!("its root is `{name}` and not `project`")));
                }
                path.push(name);
                content.clear();
                match names(&path).as_slice() {
                    ["project", "dependencies", "dependency"]
                    | ["project", "profiles", "profile", "dependencies", "dependency"] => {
                        pom.dependencies.push(Dependency { line: here, ..Dependency::default() });
                    }
                    ["project", "dependencyManagement", "dependencies", "dependency"] => {
                        pom.managed.push(Dependency { line: here, ..Dependency::default() });
                    }
                    ["project", "parent"] => pom.parent = Some(BTreeMap::new()),
                    _ => {}
                }
            }
            Event::Text(part) => content.push_str(&part),
            Event::CData(part) => content.push_str(&part),
            Event::GeneralRef(_) => content.push('\u{fffd}'),
            Event::End(_) => {
                pom.close(&path, content.trim());
                content.clear();
                path.pop();
            }
            Event::DocType(_) => return Err(Fault::at(here, "it has a document type, which no pom.xml has")),
            Event::Eof if path.is_empty() && !text.trim().is_empty() => return Ok(pom),
            Event::Eof => return Err(Fault::at(here, "it is cut off")),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

fn names(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

impl Pom {
    fn close(&mut self, path: &[String], content: &str) {
        let text = content.to_owned();
        match names(path).as_slice() {
            ["project", field @ ("groupId" | "artifactId" | "version")] => {
                self.project.insert((*field).to_owned(), text);
            }
            ["project", "parent", field] => {
                self.parent.get_or_insert_default().insert((*field).to_owned(), text);
            }
            ["project", "properties", name] => {
                self.properties.insert((*name).to_owned(), text);
            }
            ["project", "dependencies", "dependency", field]
            | ["project", "profiles", "profile", "dependencies", "dependency", field] => {
                if let Some(one) = self.dependencies.last_mut() {
                    one.fields.insert((*field).to_owned(), text);
                }
            }
            ["project", "dependencyManagement", "dependencies", "dependency", field] => {
                if let Some(one) = self.managed.last_mut() {
                    one.fields.insert((*field).to_owned(), text);
                }
            }
            _ => {}
        }
    }
}

/// Parents that lie in the tree, the nearest first.
fn parents(file: &File<'_>, own: &Pom) -> Vec<Pom> {
    let mut found: Vec<Pom> = Vec::new();
    let mut path = file.path.to_owned();
    for _ in 0..PARENTS_MAX {
        let Some(parent) = &found.last().unwrap_or(own).parent else { break };
        let relative = parent.get("relativePath").map_or("../pom.xml", String::as_str);
        let Some(inside) = super::inside(&path, relative) else { break };
        let mut full = file.root.join(&inside);
        path = inside;
        if full.is_dir() {
            full = full.join("pom.xml");
            path = format!("{path}/pom.xml");
        }
        let Some(next) = format::text(&full).ok().and_then(|text| pom(&text).ok()) else { break };
        // Another project may lie where the parent is looked for first.
        if next.project.get("artifactId") != parent.get("artifactId") {
            break;
        }
        found.push(next);
    }
    found
}

/// A text with its properties filled in; `None` where one is not known.
fn fill(chain: &[&Pom], text: Option<&str>) -> Option<String> {
    let mut text = text?.to_owned();
    for _ in 0..PROPERTIES_DEPTH_MAX {
        let Some(start) = text.find("${") else { return Some(text).filter(|text| !text.is_empty()) };
        let end = start + text[start..].find('}')?;
        let value = property(chain, &text[start + 2..end])?;
        text.replace_range(start..=end, &value);
    }
    None
}

fn property(chain: &[&Pom], name: &str) -> Option<String> {
    if let Some(value) = chain.iter().find_map(|pom| pom.properties.get(name)) {
        return Some(value.clone());
    }
    let field = name.strip_prefix("project.").or_else(|| name.strip_prefix("pom."))?;
    let (field, chain) = match field.strip_prefix("parent.") {
        Some(field) => return chain.first()?.parent.as_ref()?.get(field).cloned(),
        None => (field, chain),
    };
    chain.iter().find_map(|pom| {
        let inherited = || (field != "artifactId").then(|| pom.parent.as_ref()?.get(field)).flatten();
        pom.project.get(field).or_else(inherited).cloned()
    })
}
