//! The one list of gates: the built-in ones and a team's own.
//!
//! **Absent on purpose:** files. Whoever opens `gates/*.yaml` hands the text in, from the base where
//! entries are governed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::Task;

use crate::builtin;
use crate::entry::Entry;
use crate::expand::{self, ExpandError, Site};
use crate::fault::{EntryError, Fault, Located, nearest};
use crate::read;

/// Gates by name. Making one parses nothing but a team's own files.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// A team's entries and the file of each. Invariant: no name of a built-in is here.
    team: BTreeMap<Name, (Entry, String)>,
}

impl Catalogue {
    /// The gates that `dod` brings.
    pub fn builtin() -> Self {
        Self::default()
    }

    /// The built-in gates and those in a team's files (name, text), with every error of every file.
    /// `formats` are the evidence formats that have a reader; none given, none checked.
    pub fn with_team_entries(files: &[(String, String)], formats: &[&str]) -> (Self, Vec<EntryError>) {
        let mut catalogue = Self::default();
        let mut errors = Vec::new();
        for (file, text) in files {
            let (entries, found) = read::file(file, text, formats);
            errors.extend(found);
            for placed in entries {
                let name = placed.entry.name.clone();
                let fault = if builtin::text(&name).is_some() {
                    Fault::BuiltIn { name: name.to_string() }
                } else if let Some((_, other)) = catalogue.team.get(&name) {
                    Fault::DefinedTwice { name: name.to_string(), other: other.clone() }
                } else {
                    catalogue.team.insert(name, (placed.entry, file.clone()));
                    continue;
                };
                errors.push(Located::at(placed.place, fault).into_error(file));
            }
        }
        (catalogue, errors)
    }

    /// All names, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = builtin::ENTRIES.iter().map(|(name, _)| *name).collect();
        names.extend(self.team.keys().map(Name::as_str));
        names.sort_unstable();
        names
    }

    /// Whether a gate has this name; reads no entry.
    pub fn contains(&self, name: &str) -> bool {
        self.team.contains_key(name) || builtin::text(name).is_some()
    }

    /// The YAML a built-in gate is made of.
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        builtin::text(name)
    }

    /// The file that a team's gate stands in; `None` for a built-in one.
    pub fn file_of(&self, name: &str) -> Option<&str> {
        self.team.get(name).map(|(_, file)| file.as_str())
    }

    /// The gate of this name.
    pub fn entry(&self, name: &str) -> Result<Cow<'_, Entry>, ExpandError> {
        if let Some((entry, _)) = self.team.get(name) {
            return Ok(Cow::Borrowed(entry));
        }
        let Some(text) = builtin::text(name) else {
            let near = nearest(name, self.names()).map(str::to_owned);
            let near = near.or_else(|| self.same_tool(name));
            return Err(ExpandError::UnknownGate { name: name.to_owned(), near });
        };
        let (entries, errors) = read::file(name, text, &[]);
        if let Some(error) = errors.first() {
            return Err(ExpandError::BadEntry { gate: name.to_owned(), message: error.to_string() });
        }
        let first = entries.into_iter().next().map(|placed| Cow::Owned(placed.entry));
        first
            .ok_or_else(|| ExpandError::BadEntry { gate: name.to_owned(), message: "it is empty".to_owned() })
    }

    /// The task of a step that uses the gate `name`, or everything that is wrong with its parameters.
    pub fn expand(
        &self,
        name: &str,
        with: &BTreeMap<Name, Value>,
        site: &Site<'_>,
    ) -> Result<Task, Vec<ExpandError>> {
        expand::task(&*self.entry(name).map_err(|error| vec![error])?, with, site)
    }

    /// The task that puts right what the gate finds; `None` where there is no such tool.
    pub fn expand_fix(
        &self,
        name: &str,
        with: &BTreeMap<Name, Value>,
        site: &Site<'_>,
    ) -> Result<Option<Task>, Vec<ExpandError>> {
        expand::fix(&*self.entry(name).map_err(|error| vec![error])?, with, site)
    }

    /// `ruff`, `rust/clippy`: the right tool without its family, or under a wrong one.
    fn same_tool(&self, name: &str) -> Option<String> {
        let tool = name.rsplit('/').next().unwrap_or(name);
        self.names().into_iter().find(|known| known.ends_with(&format!("/{tool}"))).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests;
