//! A gate of the catalogue that would do for a kind of which a project has none.
//!
//! What the detection of projects would write comes first, then what a scanner of `dod` can do alone, then any tool
//! that the project has a use for.
//!
//! **Absent on purpose:** asking before somebody wants to know: the files of the project are looked through then.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dod_catalogue::{Catalogue, StepAction, detect};

use crate::project::Project;

/// Kinds that a scanner of `dod` can do for any repository.
const SCANS: &[(&str, &str)] = &[
    ("dependencies", "scan/vulnerabilities"),
    ("licenses", "scan/licenses"),
    ("sbom", "scan/sbom"),
    ("secrets", "scan/secrets"),
];

/// Suggestions for the project in a folder.
pub(crate) struct Suggestions {
    root: Option<PathBuf>,
    found: OnceCell<BTreeMap<String, String>>,
}

impl Suggestions {
    /// For the project of this folder; none for a run that was exported from elsewhere.
    pub(crate) fn at(root: Option<&Path>) -> Self {
        Self { root: root.map(Path::to_path_buf), found: OnceCell::new() }
    }

    /// The gate for a kind.
    pub(crate) fn gate(&self, kind: &str) -> Option<String> {
        self.found.get_or_init(|| self.find().unwrap_or_default()).get(kind).cloned()
    }

    fn find(&self) -> Option<BTreeMap<String, String>> {
        let project = Project::find(Some(self.root.as_deref()?)).ok()?;
        let files = project.files();
        let read = |path: &str| project.read(path);
        let catalogue = Catalogue::builtin();
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        let projects = detect(&files, &read);
        let steps = projects.iter().filter(|one| one.path.is_empty()).flat_map(|one| &one.steps);
        for step in steps {
            let StepAction::Uses(gate, _) = &step.action else { continue };
            if let Ok(entry) = catalogue.entry(gate) {
                found.entry(entry.kind.to_string()).or_insert_with(|| gate.to_string());
            }
        }
        for (kind, gate) in SCANS {
            found.entry((*kind).to_owned()).or_insert_with(|| (*gate).to_owned());
        }
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        for name in catalogue.names() {
            let Ok(entry) = catalogue.entry(name) else { continue };
            if !found.contains_key(entry.kind.as_str()) && entry.detect.holds(&files, &read) {
                found.insert(entry.kind.to_string(), name.to_owned());
            }
        }
        Some(found)
    }
}
