//! Which runs stay, and why.
//!
//! A run stays as long as one reason for it holds: it is the newest, it has no verdict yet, it is among the newest so
//! many, it is younger than so many days, it asked everything on a protected branch or of a tag, or a run that stays
//! rests on it.
//!
//! **Absent on purpose:** files. What is known of a run is handed in.

use std::collections::BTreeMap;

use dod_kernel::id::{Name, Timestamp};
use dod_kernel::value::Value;
use globset::{Glob, GlobSet, GlobSetBuilder};

/// A day.
const DAY_MS: u64 = 86_400_000;
/// Branches that are protected where nobody says which are: beside them the default branch of the remote.
pub const BRANCHES: &[&str] = &["main", "master"];

/// How long runs stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// The newest so many.
    pub runs: Option<u32>,
    /// Those that are younger than so many days.
    pub days: Option<u32>,
    /// Globs of protected branches; full runs on them and of tags stay for ever.
    pub branches: Vec<Name>,
}

/// Why a run stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stays {
    /// Nothing says how long runs stay.
    Unlimited,
    /// It is the newest.
    Newest,
    /// It has no verdict yet.
    Unfinished,
    /// A process works on it.
    Held,
    /// It is among the newest so many.
    Number,
    /// It is young enough.
    Age,
    /// It asked everything, on a protected branch or of a tag.
    Protected,
    /// A run that stays rests on it.
    Cited,
    /// It could not be put into the archive.
    NotArchived,
}

impl Stays {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unlimited => "unlimited",
            Self::Newest => "newest",
            Self::Unfinished => "unfinished",
            Self::Held => "held",
            Self::Number => "number",
            Self::Age => "age",
            Self::Protected => "protected",
            Self::Cited => "cited",
            Self::NotArchived => "not_archived",
        }
    }
}

/// What has to be known of a run.
pub(super) struct Known<'r> {
    /// How many are newer.
    pub(super) newer: usize,
    /// When it ended; of a run without a verdict when it began.
    pub(super) at: Timestamp,
    pub(super) finished: bool,
    /// Whether its verdict was over everything.
    pub(super) full: bool,
    pub(super) facts: &'r BTreeMap<Name, Value>,
}

/// Decides about runs.
pub(super) struct Judge<'k> {
    keep: &'k Keep,
    protected: GlobSet,
    now: Timestamp,
    /// Runs without a verdict go, too, when their time has come.
    unfinished: bool,
}

impl<'k> Judge<'k> {
    pub(super) fn new(keep: &'k Keep, now: Timestamp, unfinished: bool) -> Self {
        let mut globs = GlobSetBuilder::new();
        // What is no glob is a name with odd characters: it protects the branch of that very name.
        let literal = |text: &str| Glob::new(&globset::escape(text)).expect("an escaped text is a glob");
        for branch in &keep.branches {
            globs.add(Glob::new(branch).unwrap_or_else(|_| literal(branch)));
        }
        let protected = globs.build().unwrap_or_else(|_| GlobSet::empty());
        Self { keep, protected, now, unfinished }
    }

    /// Why a run stays; `None`: it goes.
    pub(super) fn stays(&self, run: &Known<'_>) -> Option<Stays> {
        let Keep { runs, days, .. } = self.keep;
        let age_ms = u64::try_from(self.now.0.saturating_sub(run.at.0)).unwrap_or(0);
        let few = |most: u32| run.newer < usize::try_from(most).unwrap_or(usize::MAX);
        match () {
            () if runs.is_none() && days.is_none() => Some(Stays::Unlimited),
            () if run.newer == 0 => Some(Stays::Newest),
            () if !run.finished && !self.unfinished => Some(Stays::Unfinished),
            () if runs.is_some_and(few) => Some(Stays::Number),
            () if days.is_some_and(|days| age_ms < u64::from(days) * DAY_MS) => Some(Stays::Age),
            () if run.finished && run.full && self.is_protected(run.facts) => Some(Stays::Protected),
            () => None,
        }
    }

    fn is_protected(&self, facts: &BTreeMap<Name, Value>) -> bool {
        let text = |name: &str| match facts.get(name) {
            Some(Value::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        };
        text("tag").is_some() || text("branch").is_some_and(|branch| self.protected.is_match(&**branch))
    }
}
