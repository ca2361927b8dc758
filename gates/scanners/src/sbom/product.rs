//! What the product itself is called, as the manifest at the root says.
//!
//! **Absent on purpose:** looking further down: a repository of several products has no name but its own.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::packages::{Ecosystem, manifest, purl};

/// The product that components are a part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its name.
    pub name: String,
    /// Its version, where a manifest has one.
    pub version: Option<String>,
    /// Its license, where a manifest states one.
    pub license: Option<String>,
    /// Where it would be published; `None` where no manifest says.
    pub ecosystem: Option<Ecosystem>,
}

impl Product {
    /// Its name inside a document of nothing else.
    fn reference(&self) -> String {
        match self.ecosystem {
            Some(ecosystem) => purl(ecosystem, &self.name, self.version.as_deref()),
            None => format!("product:{}", self.name),
        }
    }

    /// Its name inside a document that lists these packages. A published package may need an older or equal release
    /// of itself, through others; a name stands for one of the two only (CycloneDX 1.6, `bom-ref`).
    pub(super) fn reference_beside(&self, is_listed: impl Fn(&str) -> bool) -> String {
        let reference = self.reference();
        if is_listed(&reference) { format!("product:{}", self.name) } else { reference }
    }

    pub(super) fn component(&self, reference: &str) -> Value {
        let mut fields = Map::new();
        fields.insert("type".into(), json!("application"));
        fields.insert("bom-ref".into(), json!(reference));
        fields.insert("name".into(), json!(self.name));
        if let Some(version) = &self.version {
            fields.insert("version".into(), json!(version));
        }
        if let Some(license) = &self.license {
            fields.insert("licenses".into(), crate::licenses::cyclonedx(std::slice::from_ref(license)));
        }
        if self.ecosystem.is_some() {
            fields.insert("purl".into(), json!(self.reference()));
        }
        Value::Object(fields)
    }
}

pub(super) fn of(root: &Path, name: &str) -> Product {
    let found = ["Cargo.toml", "package.json", "pyproject.toml", "composer.json", "go.mod"]
        .into_iter()
        .find_map(|file| manifest::about(&root.join(file)));
    match found {
        Some(about) => Product {
            name: about.name,
            version: about.version,
            license: about.license,
            ecosystem: Some(about.ecosystem),
        },
        None => Product {
            name: if name.is_empty() { "product".to_owned() } else { name.to_owned() },
            version: None,
            license: None,
            ecosystem: None,
        },
    }
}
