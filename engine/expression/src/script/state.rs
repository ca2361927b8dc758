//! The variables of a running script, as facts for its expressions.
//!
//! **Absent on purpose:** statements.

use std::cell::Cell;
use std::collections::BTreeMap;

use dod_kernel::ask::{Facts, Lookup};
use dod_kernel::id::Name;
use dod_kernel::value::Value;

use super::{BYTES_PER_OPERATION, VARIABLE_BYTES_MAX, VARIABLE_DEPTH_MAX, VARIABLES_BYTES_MAX};

/// A value and how many bytes it has.
#[derive(Debug)]
pub(super) struct Held {
    value: Value,
    bytes: usize,
}

/// The variables of a script over the facts around it.
pub(super) struct State<'f> {
    facts: &'f dyn Facts,
    /// What `let` declared, the innermost last. A block forgets those behind its mark.
    own: Vec<(Name, Held)>,
    /// What was assigned to.
    set: BTreeMap<Name, Held>,
    /// Bytes of all of them.
    bytes: usize,
    /// Operations owed for values that were read.
    owed: Cell<u32>,
    /// Operations that are left; values are not read beyond them.
    left: Cell<u32>,
}

impl<'f> State<'f> {
    pub(super) fn new(facts: &'f dyn Facts) -> Self {
        Self {
            facts,
            own: Vec::new(),
            set: BTreeMap::new(),
            bytes: 0,
            owed: Cell::new(0),
            left: Cell::new(0),
        }
    }

    /// What was read since this was last asked, in operations.
    pub(super) fn owed(&self) -> u32 {
        self.owed.replace(0)
    }

    /// Says how many operations are left.
    pub(super) fn leave(&self, operations: u32) {
        self.left.set(operations);
    }

    fn owe(&self, bytes: usize) {
        let operations = u32::try_from(bytes / BYTES_PER_OPERATION).unwrap_or(u32::MAX);
        self.owed.set(self.owed.get().saturating_add(operations));
    }

    /// Where a block begins.
    pub(super) fn mark(&self) -> usize {
        self.own.len()
    }

    /// Forgets what was declared behind a mark.
    pub(super) fn forget(&mut self, mark: usize) {
        for (_, held) in self.own.drain(mark..) {
            self.bytes -= held.bytes;
        }
    }

    pub(super) fn declare(&mut self, name: Name, value: Value) -> Result<(), String> {
        let held = self.weighed(value)?;
        self.own.push((name, held));
        Ok(())
    }

    /// Sets a whole variable.
    pub(super) fn assign(&mut self, name: &Name, value: Value) -> Result<(), String> {
        drop(self.take(name));
        let held = self.weighed(value)?;
        self.put(name, held);
        Ok(())
    }

    /// Changes a part of a variable. The variable must have a value.
    pub(super) fn change(
        &mut self,
        name: &Name,
        change: impl FnOnce(&mut Value) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut value = match self.take(name) {
            Some(value) => value,
            None => self.around(name)?,
        };
        let changed = change(&mut value);
        let held = self.weighed(value)?;
        self.put(name, held);
        changed
    }

    /// What it set.
    pub(super) fn finish(self) -> BTreeMap<Name, Value> {
        self.set.into_iter().map(|(name, held)| (name, held.value)).collect()
    }

    fn around(&self, name: &Name) -> Result<Value, String> {
        match self.facts.look_up(&[name.as_str()]) {
            Lookup::Known(value) => Ok(value),
            Lookup::Unknown => Err(format!("`{name}` is not known")),
            Lookup::NoSuchName => Err(format!("there is no variable `{name}` yet")),
        }
    }

    fn own_index(&self, name: &str) -> Option<usize> {
        self.own.iter().rposition(|(known, _)| known.as_str() == name)
    }

    /// Takes a value out; null stays behind where the variable is the script's own, until it is put back.
    fn take(&mut self, name: &Name) -> Option<Value> {
        let held = match self.own_index(name) {
            Some(at) => {
                let nothing = Held { value: Value::Null, bytes: 0 };
                std::mem::replace(&mut self.own[at].1, nothing)
            }
            None => self.set.remove(name)?,
        };
        self.bytes -= held.bytes;
        Some(held.value)
    }

    fn put(&mut self, name: &Name, held: Held) {
        match self.own_index(name) {
            Some(at) => self.own[at].1 = held,
            None => {
                self.set.insert(name.clone(), held);
            }
        }
    }

    /// A value that a variable may hold. Counts it.
    fn weighed(&mut self, value: Value) -> Result<Held, String> {
        let Some(bytes) = sized(&value) else {
            return Err(format!("a variable nests at most {VARIABLE_DEPTH_MAX} levels"));
        };
        self.owe(bytes);
        if bytes > VARIABLE_BYTES_MAX {
            return Err(format!("a variable holds at most {VARIABLE_BYTES_MAX} bytes"));
        }
        if self.bytes + bytes > VARIABLES_BYTES_MAX {
            return Err(format!("the variables of a script hold at most {VARIABLES_BYTES_MAX} bytes"));
        }
        self.bytes += bytes;
        Ok(Held { value, bytes })
    }
}

impl Facts for State<'_> {
    fn look_up(&self, path: &[&str]) -> Lookup {
        let [root, rest @ ..] = path else { return Lookup::NoSuchName };
        // Whoever asked sees what is owed before it looks at the answer.
        if self.owed.get() > self.left.get() {
            return Lookup::Unknown;
        }
        let held = self.own_index(root).map(|at| &self.own[at].1).or_else(|| self.set.get(*root));
        let Some(held) = held else {
            let found = self.facts.look_up(path);
            if let Lookup::Known(value) = &found {
                self.owe(sized(value).unwrap_or(VARIABLE_BYTES_MAX));
            }
            return found;
        };
        // Variables are no groups, so a path is asked for as one name.
        if !rest.is_empty() {
            return Lookup::NoSuchName;
        }
        self.owe(held.bytes);
        Lookup::Known(held.value.clone())
    }

    fn is_group(&self, path: &[&str]) -> bool {
        let own =
            path.first().is_some_and(|root| self.own_index(root).is_some() || self.set.contains_key(*root));
        !own && self.facts.is_group(path)
    }

    fn changed(&self) -> Option<&[Name]> {
        self.facts.changed()
    }
}

/// Bytes of a value, as it is held; `None` where it nests too deeply for a log to be read again.
fn sized(value: &Value) -> Option<usize> {
    if !matches!(value, Value::List(_) | Value::Map(_)) {
        let text = if let Value::Text(text) = value { text.len() } else { 0 };
        return Some(size_of::<Value>() + text);
    }
    let (mut bytes, mut work) = (0usize, vec![(value, 0)]);
    while let Some((value, depth)) = work.pop() {
        if depth > VARIABLE_DEPTH_MAX {
            return None;
        }
        bytes = bytes.saturating_add(size_of::<Value>());
        match value {
            Value::Text(text) => bytes = bytes.saturating_add(text.len()),
            Value::List(items) => work.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Map(members) => {
                bytes = members
                    .keys()
                    .fold(bytes, |sum, name| sum.saturating_add(size_of::<Name>() + name.len()));
                work.extend(members.values().map(|member| (member, depth + 1)));
            }
            Value::Bool(_) | Value::Integer(_) | Value::Decimal(_) | Value::Null => {}
        }
    }
    Some(bytes)
}
