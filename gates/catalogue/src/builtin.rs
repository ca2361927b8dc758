//! The built-in entries, as text by name.
//!
//! A name is looked up without reading any entry: a program that only says its version parses no YAML.
//!
//! **Absent on purpose:** meaning. One line per file of `entries/`; a test holds the two together.

macro_rules! entries {
    ($($name:literal,)*) => {
        /// Name and text of every built-in entry, sorted by name.
        pub(crate) const ENTRIES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../entries/", $name, ".yaml"))),)*];
    };
}

entries! {
    "cargo/audit",
    "cargo/build",
}

/// The text of a built-in entry.
pub(crate) fn text(name: &str) -> Option<&'static str> {
    let at = ENTRIES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    Some(ENTRIES[at].1)
}
