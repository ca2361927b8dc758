//! `gradle.lockfile`, and the older files of `gradle/dependency-locks`.
//!
//! ```text
//!   group:artifact:version=configuration,configuration
//!   empty=configuration
//! ```
//!
//! **Absent on purpose:** the graph and hashes, which the file does not have.

use super::format::File;
use super::{Fault, Found, Read};

pub(super) fn read(file: &File<'_>) -> Result<Read, Fault> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
            continue;
        }
        let (coordinates, configurations) = line.split_once('=').unwrap_or((line, ""));
        let parts: Vec<&str> = coordinates.split(':').collect();
        let [group, artifact, version] = parts[..] else {
            return Err(Fault::at(number, "the line is not `group:artifact:version=configurations`"));
        };
        let mut one = Found::new(&format!("{group}:{artifact}"), Some(version), number);
        let mut names = configurations.split(',').filter(|name| !name.is_empty()).peekable();
        one.dev = names.peek().is_some().then(|| names.all(|name| name.starts_with("test")));
        found.push(one);
    }
    Ok(Read::new(found))
}
