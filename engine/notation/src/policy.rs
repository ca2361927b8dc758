//! Files that judge: policies, waivers and roles → `dod_kernel::policy`, with located diagnostics.
//!
//! ```text
//!   policies/payments.yaml    read_policy     what must hold; extends a built-in or another file
//!   waivers.yaml              read_waivers    what is lived with, until when, and who said so
//!   roles.yaml                read_roles      who may approve
//! ```
//!
//! ```yaml
//! policy: payments
//! extends: builtin/enterprise@1
//! quality_gates:
//!   coverage: ">= 80%"
//!   performance: { require: "p99 < 1s", if: 'changed("src/**")' }
//! rules:
//!   - { id: no-new-errors, require: findings.introduced.error == 0, because: clean as you code }
//! required: { load: { within: 24h, from: ancestor } }
//! waivers: { max_days: 90, proved: true }
//! ```
//!
//! In `rules`, a comparison of one fact with one number is a threshold: asked of each gate, exact in units, and
//! waivers of findings count. Everything else is an expression over the whole run, and so are the `deny` and `warn` rules
//! of the Rego modules that `rego: [security.rego]` names: files beside the policy, read like what it extends.
//!
//! **Extending only adds.** A policy inherits every rule, and what it asks for less strictly is told and changes
//! nothing; so a policy that extends `builtin/standard@1` is never weaker than it. Whoever wants less writes a
//! policy that extends less.
//!
//! **Absent on purpose:** opening files ([`Sources`] does), judging, checking signatures, the clock.

pub mod codes;

mod builtin;
mod cases;
mod compare;
mod extend;
mod file;
mod gates;
mod given;
mod members;
mod phrase;
mod rego;
mod required;
mod rules;
mod saying;
mod schema;
mod table;
#[cfg(test)]
mod tests;
mod trial;
mod waivers;

use std::collections::BTreeMap;

use dod_kernel::id::Name;
use dod_kernel::policy::{Member, Policy, Waiver};

use crate::diagnose::{Diagnostic, Diagnostics, FileId, SourceMap};
use crate::lower::{Expressions, Sources};
use crate::yaml;

pub use builtin::{BUILTINS, builtin, builtin_policy};
pub use cases::Case;
pub use given::{Given, Left};
pub use schema::{SCHEMAS, schema};
pub use table::{PHRASES, Row};
pub use trial::{Difference, Tried, try_out};
pub use waivers::{SIGNATURE_NAMESPACE, day_of, end_of_day, signed_text};

/// At most this many rules are in one policy, inherited ones included.
pub const RULES_MAX: usize = 1_000;
/// At most this many requirements are supported by one rule.
pub const REQUIREMENTS_MAX: usize = 50;
/// At most this many gates are required by one policy.
pub const REQUIRED_MAX: usize = 200;
/// At most this many Rego modules are named in one policy file.
pub const MODULES_MAX: usize = 50;
/// The most bytes that the modules of one policy file have, each as often as it has rules: so often they are recorded.
pub const MODULES_BYTES_MAX: usize = 4 << 20;
/// At most this many policies extend each other in a row.
pub const EXTENDS_MAX: usize = 16;
/// At most this many tests are in one policy file.
pub const CASES_MAX: usize = 200;
/// A test of a policy gives at most this many findings, tests or components of one kind.
pub const GIVEN_MAX: usize = 10_000;
/// At most this many waivers are in one file.
pub const WAIVERS_MAX: usize = 10_000;
/// At most this many members are in one file of roles.
pub const MEMBERS_MAX: usize = 10_000;
/// The longest name of a policy, rule, role or person, in bytes.
pub const NAME_BYTES_MAX: usize = 200;

/// Everything outside a policy file that is needed to check it.
#[derive(Clone, Copy)]
pub struct PolicyWorld<'w> {
    /// The language of conditions.
    pub expressions: &'w dyn Expressions,
    /// The projects of the workflow; `None` where they are not known, and then nothing is said of them.
    pub projects: Option<&'w [Name]>,
    /// Reads the policies that others extend.
    pub sources: &'w dyn Sources,
}

/// Reads a policy and what it extends. `name` is what people are shown, and what paths in the file are
/// relative to. No policy is returned where an error was found.
pub fn read_policy(
    name: &str,
    text: &str,
    world: &PolicyWorld<'_>,
) -> (Option<Policy>, SourceMap, Vec<Diagnostic>) {
    let mut sources = SourceMap::default();
    let mut problems = Diagnostics::default();
    let file = sources.add(name, text);
    let found = extend::resolve(file, world, &mut sources, &mut problems);
    let sound = problems.errors() == 0;
    (found.filter(|_| sound).map(|(policy, _)| policy), sources, problems.finish())
}

/// Reads a policy as [`read_policy`] does, with the tests that stand in its own file.
pub fn read_policy_tests(
    name: &str,
    text: &str,
    world: &PolicyWorld<'_>,
) -> (Option<Tested>, SourceMap, Vec<Diagnostic>) {
    let mut sources = SourceMap::default();
    let mut problems = Diagnostics::default();
    let file = sources.add(name, text);
    let found = extend::resolve(file, world, &mut sources, &mut problems);
    let sound = problems.errors() == 0;
    let found = found.filter(|_| sound).map(|(policy, cases)| Tested { policy, cases });
    (found, sources, problems.finish())
}

/// A policy with its tests.
#[derive(Clone, Debug)]
pub struct Tested {
    /// The policy.
    pub policy: Policy,
    /// The tests in its own file, in their order.
    pub cases: Vec<Case>,
}

/// Reads `waivers.yaml`. No waiver is returned where an error was found: half a register is none.
pub fn read_waivers(name: &str, text: &str) -> (Option<Vec<Waiver>>, SourceMap, Vec<Diagnostic>) {
    register(name, text, waivers::read)
}

/// The members of each role.
pub type Roles = BTreeMap<Name, Vec<Member>>;

/// Reads `roles.yaml`.
pub fn read_roles(name: &str, text: &str) -> (Option<Roles>, SourceMap, Vec<Diagnostic>) {
    register(name, text, members::read)
}

fn register<T: Default>(
    name: &str,
    text: &str,
    read: fn(&yaml::Node, &mut Diagnostics) -> T,
) -> (Option<T>, SourceMap, Vec<Diagnostic>) {
    let mut sources = SourceMap::default();
    let mut problems = Diagnostics::default();
    let file = sources.add(name, text);
    // An empty register is one that holds nothing, and a comment is not a mistake.
    let found = if is_empty(text) {
        Some(T::default())
    } else {
        yaml::parse(&sources, file, &mut problems).map(|node| read(&node, &mut problems))
    };
    let sound = problems.errors() == 0;
    (found.filter(|_| sound), sources, problems.finish())
}

fn is_empty(text: &str) -> bool {
    text.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#') || line == "---")
}

/// Parses a file that was added before.
fn parse(file: FileId, sources: &SourceMap, problems: &mut Diagnostics) -> Option<yaml::Node> {
    yaml::parse(sources, file, problems)
}
