//! Was every change gated? The commits of a branch, each with the run that speaks for it.
//!
//! ```text
//!   commit ── its run, by commit, else by tree ── verdict, scope, policy, people, waivers, signatures
//!          └─ no run
//! ```
//!
//! **Absent on purpose:** finding the runs, and reading git.

use schemars::JsonSchema;
use serde::Serialize;

use dod_kernel::id::{Digest, Name};
use dod_kernel::policy::{Governance, Verdict};

use crate::csv::row;
use crate::look::{Look, Paint, clean, clean_line};
use crate::replay::Actor;
use crate::words;

/// Characters of a commit in a table.
const COMMIT_CHARS: usize = 8;
/// Characters of a commit's first line in a table.
const SUMMARY_CHARS_MAX: usize = 48;

/// `dod audit --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditObject {
    /// The commits that were asked about, as asked.
    pub range: String,
    /// The policy that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Every decision of each run was made again.
    pub replayed: bool,
    /// The commits along the first parents, newest first.
    pub commits: Vec<CommitAudited>,
    /// Commits with a passing full run.
    pub gated: u64,
    /// Commits without.
    pub lacking: u64,
    /// Runs that were looked at.
    pub runs: u64,
    /// Runs that could not be looked at.
    pub unreadable: Vec<RunUnread>,
}

/// A run that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunUnread {
    /// Where it lies.
    pub place: String,
    /// Why.
    pub why: String,
}

/// A commit, and whether it was gated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CommitAudited {
    /// Its id.
    pub commit: String,
    /// The id of its tree.
    pub tree: String,
    /// When it was committed, as it claims; RFC 3339.
    pub committed_at: String,
    /// Who wrote it, as it claims.
    pub author: String,
    /// The first line of its message.
    pub summary: String,
    /// It has a passing full run.
    pub gated: bool,
    /// Why it counts, or why not.
    pub why: String,
    /// The run that speaks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunSpeaks>,
    /// Other runs of the same commit or tree.
    #[schemars(with = "Vec<String>")]
    pub other_runs: Vec<Name>,
}

/// How a run was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Matched {
    /// It was made on this commit, as it was committed.
    Commit,
    /// It was made on another commit with the same files.
    Tree,
    /// It was made on this commit, with files that were not committed: it does not count.
    Changed,
}

impl Matched {
    /// As the object spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Changed => "changed",
        }
    }
}

/// The run that speaks for a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunSpeaks {
    /// Its id.
    #[schemars(with = "String")]
    pub id: Name,
    /// Where it was found: `this clone`, a file, a folder or a ref.
    pub place: String,
    /// How it was found.
    pub matched: Matched,
    /// `passed`, `failed` or `undecided`; `unfinished` where there is no verdict.
    pub state: &'static str,
    /// `full` or `partial`, where there is a verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<&'static str>,
    /// When the verdict was taken, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// The workflow that was executed; absent where its definition is not at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub workflow: Option<Name>,
    /// Digest of the workflow.
    #[schemars(with = "crate::schema::DigestText")]
    pub workflow_digest: Digest,
    /// The policy that it was judged by: `standard@1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Digest of the policy in its canonical form; absent where it is not at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::DigestText>")]
    pub policy_digest: Option<Digest>,
    /// What became of the definitions: `protected`, `introduced_here`, `unprotected`.
    pub definitions: &'static str,
    /// Who said yes.
    pub approvers: Vec<Actor>,
    /// Waivers that changed the verdict.
    pub waivers: Vec<WaiverInForce>,
    /// Keys whose signatures of the run are good, and known here, as `name+id`.
    pub signed_by: Vec<String>,
    /// Keys that signed and are not known here, as `name+id`.
    pub unknown_keys: Vec<String>,
    /// What was looked at: `good`, or what is wrong with the log.
    pub checked: String,
}

/// A waiver that changed a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WaiverInForce {
    /// What it waives.
    #[schemars(with = "String")]
    pub of: Name,
    /// Who approved it.
    pub by: Actor,
}

/// The waivers that changed a verdict, each with who approved it; claimed where the waivers are not at hand.
pub fn waivers(verdict: &Verdict, governance: Option<&Governance>) -> Vec<WaiverInForce> {
    let one = |(of, by): &(Name, Name)| {
        let proved = words::is_proved(governance, of, by).unwrap_or(false);
        WaiverInForce { of: of.clone(), by: Actor { name: by.clone(), proved } }
    };
    verdict.waived.iter().map(one).collect()
}

impl RunSpeaks {
    /// Who vouches for the log, in a few words.
    fn signed(&self) -> String {
        match (self.signed_by.as_slice(), self.unknown_keys.as_slice()) {
            ([], []) => "unsigned".to_owned(),
            ([], _) => "unknown key".to_owned(),
            (keys, _) => words::list(keys, "and"),
        }
    }

    fn approved(&self) -> String {
        let all: Vec<String> = self.approvers.iter().map(Actor::text).collect();
        words::list(&all, "and")
    }

    fn waived(&self) -> String {
        let one = |it: &WaiverInForce| format!("{} by {}", clean_line(&it.of), it.by.text());
        let all: Vec<String> = self.waivers.iter().map(one).collect();
        words::list(&all, "and")
    }
}

/// For people: a line for each commit, what lacks it beneath it, the count last.
pub fn render(object: &AuditObject, look: Look) -> String {
    let mut lines = Vec::new();
    let policy = |run: &RunSpeaks| run.policy.clone().unwrap_or_default();
    let policies =
        object.commits.iter().filter_map(|one| one.run.as_ref()).map(|run| policy(run).chars().count());
    let wide = policies.max().unwrap_or(0).clamp(6, 24);
    if !object.commits.is_empty() {
        let head = format!(
            "{:COMMIT_CHARS$}  {:10}  {:9}  {:7}  {:7}  {:wide$}  {:13}  SIGNED",
            "COMMIT", "COMMITTED", "VERDICT", "SCOPE", "BY", "POLICY", "RUN"
        );
        lines.push(head);
    }
    for one in &object.commits {
        let commit = one.commit.get(..COMMIT_CHARS).unwrap_or(&one.commit);
        let day = one.committed_at.get(..10).unwrap_or_default();
        let line = match &one.run {
            None => format!("{:9}  {:7}  {:7}  {:wide$}  {:13}", "no run", "", "", "", ""),
            Some(run) => {
                let id = dod_kernel::id::RunId(run.id.clone());
                format!(
                    "{:9}  {:7}  {:7}  {:wide$}  {:13}  {}",
                    run.state,
                    run.scope.unwrap_or_default(),
                    run.matched.word(),
                    policy(run),
                    words::short(&id),
                    run.signed()
                )
            }
        };
        let paint = if one.gated { Paint::Good } else { Paint::Bad };
        lines.push(format!("{commit:COMMIT_CHARS$}  {day:10}  {}", look.paint(paint, line.trim_end())));
        let short: String = clean_line(&one.summary).chars().take(SUMMARY_CHARS_MAX).collect();
        lines.push(look.paint(Paint::Quiet, &format!("          {short} ({})", clean_line(&one.author))));
        let mut beneath = Vec::new();
        if !one.gated {
            beneath.push(one.why.clone());
        }
        for run in one.run.iter() {
            if !run.approvers.is_empty() {
                beneath.push(format!("approved by {}", run.approved()));
            }
            if !run.waivers.is_empty() {
                beneath.push(format!("waived: {}", run.waived()));
            }
        }
        lines.extend(beneath.into_iter().map(|text| format!("          - {text}")));
    }
    for unread in &object.unreadable {
        lines.push(format!("not looked at: {}: {}", unread.place, unread.why));
    }
    let total = object.commits.len() as u64;
    let under = object.policy.as_ref().map(|policy| format!(" under `{policy}`")).unwrap_or_default();
    lines.push(format!(
        "{} of {} have a passing full run{under}; {}",
        object.gated,
        words::count(total, "commit", "commits"),
        match object.lacking {
            0 => "none lacks one".to_owned(),
            1 => "1 lacks one".to_owned(),
            many => format!("{many} lack one"),
        }
    ));
    clean(&(lines.join("\n") + "\n"), look.color)
}

/// The columns of the CSV.
const COLUMNS: &[&str] = &[
    "commit",
    "tree",
    "committed_at",
    "author",
    "summary",
    "gated",
    "why",
    "verdict",
    "scope",
    "matched",
    "run",
    "place",
    "finished_at",
    "workflow",
    "workflow_digest",
    "policy",
    "policy_digest",
    "definitions",
    "approvers",
    "waivers",
    "signed_by",
    "checked",
];

/// For spreadsheets (RFC 4180), a line for each commit. A cell that a spreadsheet would take for a formula begins with
/// an apostrophe.
pub fn csv(object: &AuditObject) -> String {
    let mut text = row(COLUMNS.iter().map(|column| (*column).to_owned()));
    for one in &object.commits {
        let run = one.run.as_ref();
        let of = |pick: &dyn Fn(&RunSpeaks) -> String| run.map(pick).unwrap_or_default();
        let cells = [
            one.commit.clone(),
            one.tree.clone(),
            one.committed_at.clone(),
            one.author.clone(),
            one.summary.clone(),
            one.gated.to_string(),
            one.why.clone(),
            run.map_or("no run".to_owned(), |run| run.state.to_owned()),
            of(&|run| run.scope.unwrap_or_default().to_owned()),
            of(&|run| run.matched.word().to_owned()),
            of(&|run| run.id.to_string()),
            of(&|run| run.place.clone()),
            of(&|run| run.finished_at.clone().unwrap_or_default()),
            of(&|run| run.workflow.as_ref().map(ToString::to_string).unwrap_or_default()),
            of(&|run| run.workflow_digest.to_string()),
            of(&|run| run.policy.clone().unwrap_or_default()),
            of(&|run| run.policy_digest.map(|digest| digest.to_string()).unwrap_or_default()),
            of(&|run| run.definitions.to_owned()),
            of(&RunSpeaks::approved),
            of(&RunSpeaks::waived),
            of(&RunSpeaks::signed),
            of(&|run| run.checked.clone()),
        ];
        text += &row(cells.into_iter());
    }
    text
}
