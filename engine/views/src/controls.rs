//! The control matrix: which requirements of which frameworks the checks of a run support, and how they came out.
//!
//! ```text
//!   pack      requirement ── kinds of gates, rules, facts of the run ─┐
//!   policy    rule, required gate ── requirements ────────────────────┴─ check ── state, evidence, event
//! ```
//!
//! A check supports a requirement and never fulfils it alone, so that the words here are `supported`, and never
//! `satisfied` or `compliant`.
//!
//! **Absent on purpose:** reading packs, and judging: the states are those of the log.

mod check;
mod text;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use dod_kernel::id::{Digest, Name};
use dod_kernel::policy::State;

use crate::story::Story;
use crate::{Look, Sources, schema, summary};

pub use check::CheckObject;
pub use text::{csv, markdown};

/// Said with every matrix.
pub const NOTE: &str = "A check supports a requirement; it never fulfils one by itself. Whether a requirement is met is \
                        for people to say, with more than one run before them.";

/// What stands before the slash of a requirement's id, and what supports its requirements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// `osps-2026`.
    pub framework: Name,
    /// Its name for people.
    pub title: Name,
    /// Its version.
    pub version: Option<Name>,
    /// Where the pack was read: `built in`, `mappings/house.yaml`.
    pub source: String,
    /// Of the pack's bytes.
    pub digest: Digest,
    /// Its requirements.
    pub requirements: Vec<Requirement>,
}

/// A requirement, and what supports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its id within the framework.
    pub id: Name,
    /// What it is about.
    pub title: Name,
    /// Kinds of gates, or names of steps.
    pub gates: Vec<Name>,
    /// Rules of the policy.
    pub rules: Vec<Name>,
    /// Facts of the run itself.
    pub run: Vec<RunFact>,
}

/// Something about a run as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunFact {
    /// An approval was answered with yes.
    Approved,
    /// A policy has judged everything it asks for.
    Judged,
    /// The verdict is passed, and full.
    Passed,
    /// The change was judged by definitions of its base.
    Protected,
    /// The tree was the same at the end.
    Unchanged,
}

/// `dod report --format controls --as json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ControlsObject {
    /// The run.
    #[schemars(with = "String")]
    pub run: Name,
    /// The last line that people see.
    pub headline: String,
    /// The policy's name, once there is a verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub policy: Option<Name>,
    /// The commit, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// What a reader must know of every such matrix.
    pub note: &'static str,
    /// The packs that it rests on.
    pub packs: Vec<PackObject>,
    /// The requirements, by framework and in the order of its packs.
    pub requirements: Vec<RequirementObject>,
}

/// A pack that the matrix rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PackObject {
    /// `osps-2026`.
    #[schemars(with = "String")]
    pub framework: Name,
    /// Its name for people.
    #[schemars(with = "String")]
    pub title: Name,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub version: Option<Name>,
    /// Where it was read.
    pub source: String,
    /// Of its bytes.
    #[schemars(with = "schema::DigestText")]
    pub digest: Digest,
}

/// A requirement, and what supports it in this run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RequirementObject {
    /// `osps-2026/VM-05`.
    pub id: String,
    /// What it is about; empty where only a rule names it.
    pub title: String,
    /// `supported`: a check passed, and none that ran did otherwise; `waived`: likewise, with a waiver;
    /// `undecided`; `not_supported`: a check failed; `not_checked`: no check ran.
    pub state: &'static str,
    /// What supports it.
    pub checks: Vec<CheckObject>,
}

/// The matrix of a run. Of two packs of one framework the later adds to the earlier.
pub fn controls(story: &Story, packs: &[Pack], sources: Sources<'_>) -> ControlsObject {
    let mut rows = Rows::default();
    for pack in packs {
        for one in &pack.requirements {
            let row = rows.row(&pack.framework, &one.id);
            if row.title.is_empty() {
                row.title = one.title.to_string();
            }
            check::of_requirement(story, one).into_iter().for_each(|check| row.add(check));
        }
    }
    for rule in sources.policy().iter().flat_map(|policy| &policy.rules) {
        for (framework, id) in rule.requirements.iter().filter_map(|text| text.split_once('/')) {
            let row = rows.row(framework, id);
            check::of_rule(story, &rule.id).into_iter().for_each(|check| row.add(check));
        }
    }
    for required in sources.policy().iter().flat_map(|policy| &policy.required) {
        let gates: Vec<&Name> = std::iter::once(&required.gate).chain(&required.any_of).collect();
        for (framework, id) in required.requirements.iter().filter_map(|text| text.split_once('/')) {
            let row = rows.row(framework, id);
            check::of_gates(story, &gates).into_iter().for_each(|check| row.add(check));
        }
    }
    let commit = story.started.as_ref().and_then(|(_, started)| started.facts.get("commit"));
    let commit = commit.and_then(|commit| match commit {
        dod_kernel::value::Value::Text(text) => Some(text.to_string()),
        _ => None,
    });
    ControlsObject {
        run: story.id().map(|id| id.0.clone()).unwrap_or_default(),
        headline: summary::headline(story, Look::PLAIN),
        policy: story.verdict().map(|verdict| verdict.policy.clone()),
        commit,
        note: NOTE,
        packs: packs.iter().map(PackObject::of).collect(),
        requirements: rows.finish(),
    }
}

impl ControlsObject {
    /// The frameworks that it has requirements of.
    pub fn frameworks(&self) -> Vec<String> {
        let mut all: Vec<String> = self.requirements.iter().map(|one| one.framework().to_owned()).collect();
        all.dedup();
        all
    }

    /// Keeps these frameworks alone.
    pub fn keep(&mut self, frameworks: &[String]) {
        self.requirements.retain(|one| frameworks.iter().any(|kept| *kept == one.framework()));
        self.packs.retain(|one| frameworks.iter().any(|kept| **kept == *one.framework));
    }
}

impl PackObject {
    fn of(pack: &Pack) -> Self {
        let Pack { framework, title, version, source, digest, requirements: _ } = pack.clone();
        Self { framework, title, version, source, digest }
    }
}

impl RequirementObject {
    /// What stands before the slash of its id.
    pub(crate) fn framework(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    fn add(&mut self, check: CheckObject) {
        if !self.checks.contains(&check) {
            self.checks.push(check);
        }
    }
}

/// The rows so far.
#[derive(Default)]
struct Rows {
    rows: Vec<RequirementObject>,
    at: BTreeMap<String, usize>,
    frameworks: Vec<String>,
}

impl Rows {
    fn row(&mut self, framework: &str, id: &str) -> &mut RequirementObject {
        if !self.frameworks.iter().any(|known| known == framework) {
            self.frameworks.push(framework.to_owned());
        }
        let id = format!("{framework}/{id}");
        let next = self.rows.len();
        let at = *self.at.entry(id.clone()).or_insert(next);
        if at == next {
            let title = String::new();
            self.rows.push(RequirementObject { id, title, state: "not_checked", checks: Vec::new() });
        }
        &mut self.rows[at]
    }

    fn finish(self) -> Vec<RequirementObject> {
        let Self { mut rows, frameworks, .. } = self;
        for row in &mut rows {
            row.state = state(&row.checks);
        }
        let place = |row: &RequirementObject| frameworks.iter().position(|one| one == row.framework());
        rows.sort_by_key(place);
        rows
    }
}

/// What the checks that ran come to together: the worst of them.
fn state(checks: &[CheckObject]) -> &'static str {
    let any = |state: State| checks.iter().any(|check| check.state == state);
    match () {
        () if any(State::Failed) => "not_supported",
        () if any(State::Undecided) => "undecided",
        () if any(State::Waived) => "waived",
        () if any(State::Passed) => "supported",
        () => "not_checked",
    }
}
