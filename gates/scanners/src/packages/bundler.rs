//! `Gemfile.lock`: sections of indented lines.
//!
//! ```text
//!   GEM
//!     remote: https://…
//!     specs:
//!       rails (7.1.0)              a package
//!         actioncable (= 7.1.0)    what it needs
//!   DEPENDENCIES
//!     rails (~> 7.1)               what the product asks for
//!   CHECKSUMS
//!     rails (7.1.0) sha256=…
//! ```
//!
//! A gem for several platforms is one package; what lies in a folder (`PATH`) is the product.

use std::collections::BTreeMap;

use super::format::{File, mark_direct};
use super::{Fault, Found, Read, Source, hash};

pub(super) fn read(file: &File<'_>) -> Result<Read, Fault> {
    let mut lock = Lock::default();
    for (number, line) in (1..).zip(file.text.lines()) {
        if line.starts_with("<<<<<<<") {
            return Err(Fault::at(number, "it has marks of an unfinished merge"));
        }
        let body = line.trim_start_matches(' ');
        if body.is_empty() {
            continue;
        }
        lock.line(number, line.len() - body.len(), body.trim_end())?;
    }
    if lock.sections == 0 {
        return Err(Fault { line: None, why: "it has no section of a Gemfile.lock".to_owned() });
    }
    Ok(lock.finish())
}

#[derive(Default)]
struct Lock {
    section: String,
    sections: usize,
    remote: String,
    revision: String,
    found: Vec<Found>,
    index: BTreeMap<String, Vec<usize>>,
    /// The package whose needs follow.
    open: Option<usize>,
    needs: Vec<Vec<String>>,
    direct: Vec<String>,
}

impl Lock {
    fn line(&mut self, number: u64, indent: usize, body: &str) -> Result<(), Fault> {
        let odd = || Fault::at(number, "the line is none of a Gemfile.lock");
        match (indent, self.section.as_str()) {
            (0, _) => {
                body.chars().all(|c| c.is_ascii_uppercase() || c == ' ').then_some(()).ok_or_else(odd)?;
                self.section = body.to_owned();
                self.sections += 1;
                (self.remote, self.revision, self.open) = (String::new(), String::new(), None);
            }
            (2, "GEM" | "GIT" | "PATH" | "PLUGIN SOURCE") => {
                if let Some(remote) = body.strip_prefix("remote: ") {
                    self.remote = remote.to_owned();
                } else if let Some(revision) = body.strip_prefix("revision: ") {
                    self.revision = revision.to_owned();
                }
            }
            (4, "GEM" | "GIT" | "PLUGIN SOURCE") => {
                let (name, version) = named(body).ok_or_else(odd)?;
                let version = version.ok_or_else(odd)?;
                // What follows `-` is a platform: versions of gems have dots only.
                let version = version.split('-').next().unwrap_or(version);
                let known = self.index.entry(name.to_owned()).or_default();
                let same = known.iter().find(|at| self.found[**at].version.as_deref() == Some(version));
                let at = match same {
                    Some(at) => *at,
                    None => {
                        known.push(self.found.len());
                        let mut one = Found::new(name, Some(version), number);
                        one.source = match self.section.as_str() {
                            "GEM" => Source::Registry,
                            _ => Source::Git(format!("{}#{}", self.remote, self.revision)),
                        };
                        self.found.push(one);
                        self.needs.push(Vec::new());
                        self.found.len() - 1
                    }
                };
                self.open = Some(at);
            }
            (6, "GEM" | "GIT" | "PLUGIN SOURCE") => {
                let at = self.open.ok_or_else(odd)?;
                self.needs[at].push(named(body).ok_or_else(odd)?.0.to_owned());
            }
            // What a folder of the product needs is asked for by the product.
            (6, "PATH") => self.direct.push(named(body).ok_or_else(odd)?.0.to_owned()),
            (2, "DEPENDENCIES") => {
                self.direct.push(named(body.trim_end_matches('!')).ok_or_else(odd)?.0.to_owned());
            }
            (2, "CHECKSUMS") => self.checksum(body),
            _ => {}
        }
        Ok(())
    }

    fn checksum(&mut self, body: &str) {
        let Some((gem, sums)) = body.split_once(") ") else { return };
        let Some((name, version)) = gem.split_once(" (") else { return };
        let version = version.split('-').next();
        for at in self.index.get(name).into_iter().flatten() {
            let one = &mut self.found[*at];
            if one.version.as_deref() == version {
                one.hashes.extend(sums.split(',').filter_map(hash::colon));
            }
        }
    }

    fn finish(mut self) -> Read {
        let find = |names: &[String]| -> Vec<usize> {
            names.iter().filter_map(|name| self.index.get(name)).flatten().copied().collect()
        };
        let needs: Vec<Vec<usize>> = self.needs.iter().map(|names| super::ordered(find(names))).collect();
        let direct = find(&self.direct);
        for (one, needs) in self.found.iter_mut().zip(needs) {
            one.needs = Some(needs);
            one.hashes = hash::sorted(std::mem::take(&mut one.hashes));
        }
        mark_direct(&mut self.found, &direct);
        Read::new(self.found)
    }
}

/// `name (what)` or `name`.
fn named(body: &str) -> Option<(&str, Option<&str>)> {
    match body.split_once(" (") {
        Some((name, rest)) => Some((name, Some(rest.strip_suffix(')')?))),
        None => (!body.contains(' ')).then_some((body, None)),
    }
}
