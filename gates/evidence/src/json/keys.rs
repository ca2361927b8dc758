//! Keys of the objects that are open, so that one that comes twice is noticed.

use std::collections::BTreeSet;

/// Up to here keys of one object are compared one by one, which needs no allocation.
const IN_LINE_MAX: usize = 32;

/// Keys of one object. No report has as many, and each has to be remembered.
pub(super) const KEYS_MAX: usize = 1_000_000;

/// Keys of all open objects, one behind the other.
#[derive(Default)]
pub(super) struct Keys {
    /// UTF-8 text, one key behind the other.
    text: Vec<u8>,
    all: Vec<Key>,
    /// Where the keys of each open object begin. Arrays have a level too, and no keys.
    levels: Vec<Level>,
    again: bool,
}

/// Where a key lies, and what tells it from most others at a glance.
struct Key {
    begin: usize,
    mark: u64,
}

struct Level {
    first: usize,
    begin: usize,
    /// All keys of the object, where they are many.
    many: Option<BTreeSet<Vec<u8>>>,
}

/// Length and outer bytes.
fn mark(key: &[u8]) -> u64 {
    let byte = |byte: Option<&u8>| u64::from(byte.copied().unwrap_or(0));
    (key.len() as u64) << 16 | byte(key.first()) << 8 | byte(key.last())
}

impl Keys {
    /// An object or array begins.
    pub(super) fn open(&mut self) {
        self.levels.push(Level { first: self.all.len(), begin: self.text.len(), many: None });
    }

    /// The object or array that began last ends.
    pub(super) fn close(&mut self) {
        if let Some(level) = self.levels.pop() {
            self.all.truncate(level.first);
            self.text.truncate(level.begin);
        }
    }

    /// Adds a key, which is UTF-8 text, to the object that began last.
    pub(super) fn add(&mut self, key: &[u8]) {
        let Some(level) = self.levels.last_mut() else { return };
        let mark = mark(key);
        let known = &self.all[level.first..];
        if known.len() < IN_LINE_MAX {
            let same = |one: &Key| one.mark == mark && self.text[one.begin..].starts_with(key);
            self.again = known.iter().any(same);
        } else {
            let many = level.many.get_or_insert_with(|| {
                let ends = known.iter().skip(1).map(|one| one.begin).chain([self.text.len()]);
                known.iter().zip(ends).map(|(one, end)| self.text[one.begin..end].to_owned()).collect()
            });
            self.again = !many.insert(key.to_owned());
            // Only the last one is asked for, and the first ones are in the set.
            if let Some(last) = self.all.get(level.first + IN_LINE_MAX) {
                self.text.truncate(last.begin);
                self.all.truncate(level.first + IN_LINE_MAX);
            }
        }
        self.all.push(Key { begin: self.text.len(), mark });
        self.text.extend_from_slice(key);
    }

    /// The key added last.
    pub(super) fn last(&self) -> &str {
        let bytes = self.all.last().map_or(&[][..], |key| &self.text[key.begin..]);
        std::str::from_utf8(bytes).expect("keys are checked before they are added")
    }

    /// Whether the object that began last has more keys than are remembered.
    pub(super) fn are_too_many(&self) -> bool {
        let many = self.levels.last().and_then(|level| level.many.as_ref());
        many.is_some_and(|many| many.len() > KEYS_MAX)
    }

    /// Whether the key added last was there before.
    pub(super) fn is_again(&self) -> bool {
        self.again
    }
}
