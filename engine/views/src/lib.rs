//! What people and other programs read of a run: events in, text or JSON out.
//!
//! ```text
//!   events ── story ─┬─ plain         lines for a log, as things happen
//!                    ├─ progress      what a live display shows now
//!                    ├─ summary       the end of a run: reasons first, verdict last
//!                    ├─ explain       from the verdict down to a line of a report
//!                    ├─ replay        every decision with the facts it follows from; the run at one moment; a page
//!                    ├─ verdict       the verdict document, the same bytes everywhere
//!                    ├─ audit         commits of a branch, each with the run that speaks for it
//!                    ├─ controls      which requirements the checks of a run support
//!                    ├─ object        the documented JSON
//!                    ├─ diff          two runs
//!                    ├─ attest        in-toto statements: verdict, tests, bill of materials
//!                    ├─ annotations   GitHub workflow commands
//!                    └─ simulation    the result of `dod simulate`
//!   workflow ─┬───────── graph        Mermaid and Graphviz
//!             └───────── draw         SVG
//! ```
//!
//! A view adds no facts. The words are the kernel's; the sentences are here, and nowhere else.
//!
//! **Absent on purpose:** clocks, terminals, environment variables, printing, files. Whoever has the run hands
//! over the workflow and a way to look up evidence and blobs; whoever has the terminal hands over a [`Look`].

pub mod annotations;
pub mod attest;
pub mod audit;
pub mod controls;
mod csv;
pub mod diff;
pub mod draw;
pub mod explain;
mod failing;
pub mod graph;
mod look;
pub mod object;
pub mod plain;
pub mod progress;
pub mod replay;
mod schema;
pub mod simulation;
pub mod story;
pub mod summary;
pub mod time;
pub mod verdict;
pub mod what_if;
mod words;

#[cfg(test)]
mod tests;

use dod_kernel::evidence::Evidence;
use dod_kernel::id::Digest;
use dod_kernel::policy::{Governance, Policy, Rule};

pub use look::{Look, Paint, clean};
pub use schema::schemas;
pub use story::Story;
pub use words::{actor, no_answer, shell_word, throw, trigger};

/// Where a view looks up what events name by digest.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// Evidence by digest; `None` where it is gone, and then a view says so.
    pub evidence: &'a dyn Fn(&Digest) -> Option<Evidence>,
    /// A blob by digest; `None` where it is gone.
    pub blob: &'a dyn Fn(&Digest) -> Option<Vec<u8>>,
    /// What the run is judged by, where it is at hand: the text of the rules, why they are there, the waivers.
    pub governance: Option<&'a Governance>,
    /// A gate of the catalogue that would do for a kind in this project (`python/ruff-format` for `format`), where
    /// somebody knows one.
    pub suggest: &'a dyn Fn(&str) -> Option<String>,
}

impl Sources<'_> {
    /// Nothing can be looked up.
    pub const NONE: Sources<'static> =
        Sources { evidence: &|_| None, blob: &|_| None, governance: None, suggest: &|_| None };

    /// The policy of the run.
    pub(crate) fn policy(&self) -> Option<&Policy> {
        self.governance?.policies.first()
    }

    /// A rule of the run's policy.
    pub(crate) fn rule(&self, id: &str) -> Option<&Rule> {
        self.policy()?.rules.iter().find(|rule| &*rule.id == id)
    }
}
