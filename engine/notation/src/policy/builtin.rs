//! The built-in policies: files of `workflows/policies`, embedded, versioned and frozen.
//!
//! A version that was released never changes; another judgement gets another version. A test holds the digest
//! of each.

use dod_kernel::policy::Policy;

use super::file::Reader;
use super::{PolicyWorld, extend, file, parse};
use crate::diagnose::{Diagnostics, SourceMap};
use crate::lower::{Expressions, Loaded, Problem, Reference, Sources};

/// A built-in policy.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// `standard` of `builtin/standard@1`.
    pub name: &'static str,
    /// Its version.
    pub version: u32,
    /// Its file.
    pub text: &'static str,
}

/// The built-in policies, from the mildest on.
pub const BUILTINS: &[Builtin] = &[
    Builtin {
        name: "minimal",
        version: 1,
        text: include_str!("../../../../workflows/policies/minimal.yaml"),
    },
    Builtin {
        name: "standard",
        version: 1,
        text: include_str!("../../../../workflows/policies/standard.yaml"),
    },
    Builtin { name: "strict", version: 1, text: include_str!("../../../../workflows/policies/strict.yaml") },
    Builtin {
        name: "enterprise",
        version: 1,
        text: include_str!("../../../../workflows/policies/enterprise.yaml"),
    },
    Builtin {
        name: "enterprise",
        version: 2,
        text: include_str!("../../../../workflows/policies/enterprise-2.yaml"),
    },
];

/// The newest version of a built-in policy.
pub(super) fn newest(name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().filter(|known| known.name == name).max_by_key(|known| known.version)
}

/// The text of a built-in policy, by `standard` (its newest version) or `builtin/standard@1`.
pub fn builtin(name: &str) -> Option<&'static str> {
    find(name).map(|found| found.text)
}

/// A built-in policy, ready to judge, by `standard` (its newest version) or `builtin/standard@1`.
pub fn builtin_policy(name: &str) -> Option<Policy> {
    let mut base: Option<Policy> = None;
    let mut chain = Vec::new();
    let mut next = Some(find(name)?);
    while let Some(one) = next.take() {
        let (mut sources, mut problems) = (SourceMap::default(), Diagnostics::default());
        let id = sources.add(format!("builtin/{}", one.name), one.text);
        let world = PolicyWorld { expressions: &Nobody, projects: None, sources: &Nobody };
        let root = parse(id, &sources, &mut problems)?;
        let read =
            file::read(&root, &mut Reader { world: &world, sources: &sources, problems: &mut problems });
        next = match &read.extends {
            Some(file::Extends::Named(name)) => find(name),
            _ => None,
        };
        chain.push((read, problems));
        // Each built-in extends a milder one, so the list bounds the chain.
        if chain.len() > BUILTINS.len() {
            return None;
        }
    }
    for (read, mut problems) in chain.into_iter().rev() {
        base = extend::built_in_join(base, read, &mut problems);
        if problems.errors() > 0 {
            return None;
        }
    }
    base
}

fn find(name: &str) -> Option<&'static Builtin> {
    let name = name.strip_prefix("builtin/").unwrap_or(name);
    let (name, version) = name.split_once('@').map_or((name, None), |(name, version)| (name, Some(version)));
    match version {
        None => newest(name),
        Some(version) => {
            let version: u32 = version.parse().ok()?;
            BUILTINS.iter().find(|known| known.name == name && known.version == version)
        }
    }
}

/// Built-in policies have no expressions and no other files.
struct Nobody;

impl Expressions for Nobody {
    fn check(&self, _: &str) -> Vec<Problem> {
        let message = "a built-in policy has no expressions".to_owned();
        vec![Problem { column: 1, hint: None, line: 1, message }]
    }
}

impl Sources for Nobody {
    fn load(&self, _: &Reference) -> Result<Loaded, String> {
        Err("a built-in policy has no other files".to_owned())
    }
}
