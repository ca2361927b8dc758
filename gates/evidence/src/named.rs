//! Names of measures that tools name after what they ran.
//!
//! A name is letters, digits and `._-`, so that a rule can write it: anything else becomes `-`.
//!
//! **Absent on purpose:** units. Each format says its own.

use std::collections::BTreeMap;

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{MEASURES_MAX, Measure};
use dod_kernel::id::Name;

use crate::error::{ReadError, Result};
use crate::text;

/// Bytes of a part of a name that are kept.
const PART_BYTES_MAX: usize = 100;

/// A part of a measure's name; `None` where nothing of it can be written.
pub(crate) fn part(text: &str) -> Option<String> {
    let mut part = String::new();
    for character in text::cut(text, PART_BYTES_MAX).chars() {
        match character {
            '_' | '.' => part.push(character),
            _ if character.is_ascii_alphanumeric() => part.push(character),
            // Ids of benchmarks are paths.
            '/' => part.push('.'),
            _ if part.ends_with('-') => {}
            _ => part.push('-'),
        }
    }
    let part = part.trim_matches(['-', '.']);
    (!part.is_empty()).then(|| part.to_owned())
}

/// Measures of a report while it is read.
#[derive(Default)]
pub(crate) struct Measures(BTreeMap<Name, Measure>);

impl Measures {
    /// Adds one. More than evidence holds, or two of one name, make the report unreadable.
    pub(crate) fn add(&mut self, name: &str, value: Decimal, unit: &str) -> Result<()> {
        if self.0.len() == MEASURES_MAX {
            return Err(ReadError::TooLarge { what: "measures", max: MEASURES_MAX as u64 });
        }
        match self.0.insert(name.into(), Measure { unit: unit.into(), value }) {
            None => Ok(()),
            Some(_) => Err(ReadError::NotRun { what: "names that tell its measures apart" }),
        }
    }

    /// Whether there is one of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// How many more may be added.
    pub(crate) fn room(&self) -> usize {
        MEASURES_MAX - self.0.len()
    }

    /// All of them, as evidence holds them; none is nothing measured.
    pub(crate) fn finish(self) -> Result<BTreeMap<Name, Measure>> {
        match self.0.is_empty() {
            true => Err(ReadError::NotRun { what: "measures" }),
            false => Ok(self.0),
        }
    }
}
