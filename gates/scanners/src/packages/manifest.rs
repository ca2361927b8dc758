//! What a manifest says of its own package: `Cargo.toml`, `package.json`, `pyproject.toml`, `composer.json`, `go.mod`.
//!
//! **Absent on purpose:** what it asks for: lock files say what is used.

use std::path::Path;

use super::tree::{self, Node};
use super::{Ecosystem, composer, format, npm};

/// A package by its manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) ecosystem: Ecosystem,
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    /// The license expression or name it states.
    pub(crate) license: Option<String>,
}

/// What the file says; `None` where it is not there, cannot be read, or is about no package.
pub(crate) fn about(path: &Path) -> Option<About> {
    let text = format::text(path).ok()?;
    let owned = |node: Option<&Node>| node.and_then(Node::as_text).map(str::to_owned);
    match path.file_name()?.to_str()? {
        "Cargo.toml" => {
            let root = tree::toml::parse(&text).ok()?;
            let package = root.get("package")?;
            let inherited = root.get("workspace").and_then(|workspace| workspace.get("package"));
            let field = |key: &str| owned(package.get(key)).or_else(|| owned(inherited?.get(key)));
            Some(About {
                ecosystem: Ecosystem::CratesIo,
                name: owned(package.get("name"))?,
                version: field("version"),
                license: field("license"),
            })
        }
        "package.json" => {
            let root = tree::json::parse(&text).ok()?;
            let license = npm::licenses(&root).pop();
            Some(About {
                ecosystem: Ecosystem::Npm,
                name: owned(root.get("name"))?,
                version: owned(root.get("version")),
                license,
            })
        }
        "pyproject.toml" => {
            let root = tree::toml::parse(&text).ok()?;
            let project = root.get("project").or_else(|| root.get("tool")?.get("poetry"))?;
            let license = project.get("license");
            Some(About {
                ecosystem: Ecosystem::PyPi,
                name: owned(project.get("name"))?,
                version: owned(project.get("version")),
                license: owned(license).or_else(|| owned(license?.get("text"))),
            })
        }
        "composer.json" => {
            let root = tree::json::parse(&text).ok()?;
            Some(About {
                ecosystem: Ecosystem::Packagist,
                name: owned(root.get("name"))?,
                version: owned(root.get("version")),
                license: composer::licenses(&root).ok()?.pop(),
            })
        }
        "go.mod" => {
            let line = text.lines().find_map(|line| line.trim().strip_prefix("module "))?;
            let name = line.split("//").next().unwrap_or(line).trim().trim_matches('"').to_owned();
            Some(About { ecosystem: Ecosystem::Go, name, version: None, license: None })
        }
        _ => None,
    }
}
