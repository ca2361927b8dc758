//! Approval files: a signed answer that travels alone, from the clone where it was given to the one where the run waits.
//!
//! ```json
//! { "by": "alice", "signature": "-----BEGIN SSH SIGNATURE-----…", "text": "{\"accept\":true,…}\n" }
//! ```
//!
//! `text` is what was signed, byte for byte, and says all that the answer says, and what it is about. So
//! `jq -j .text F | ssh-keygen -Y verify -f allowed_signers -I alice -n dod-approval -s <(jq -r .signature F)` checks it
//! without `dod`. An answer of another run, step, tree, verdict, workflow or policy is told from the one that is waited for
//! by name.
//!
//! **Absent on purpose:** unsigned files. Whoever holds one could have written it.

use std::collections::BTreeMap;
use std::path::Path;

use dod_host::approval::{self, Standing};
use dod_kernel::id::{Digest, Name, RunId, StepRef, Timestamp};
use dod_kernel::run::{Answered, Identity, Run, evolve};
use dod_kernel::value::Value;
use serde::{Deserialize, Serialize};

use crate::blame::CommandError;
use crate::definitions;
use crate::runs::{Told, unread};

/// A signed answer, as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApprovalFile {
    /// Who answers, as in the text.
    pub(crate) by: Name,
    /// The signature over the text, armored.
    pub(crate) signature: Name,
    /// What was signed.
    pub(crate) text: String,
}

/// What a signed text says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stated {
    accept: bool,
    because: Option<Name>,
    by: Name,
    commit: Option<Name>,
    governance: Digest,
    pub(crate) run: RunId,
    #[serde(default)]
    set: BTreeMap<Name, Value>,
    pub(crate) step: StepRef,
    tree: Option<Digest>,
    #[serde(default)]
    verdicts: Vec<JudgedBefore>,
    workflow: Digest,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct JudgedBefore {
    digest: Digest,
    step: StepRef,
}

impl ApprovalFile {
    /// Reads a file, and what its text says.
    pub(crate) fn read(path: &Path) -> Result<(Self, Stated), CommandError> {
        let wrong = |why: String| CommandError::usage(format!("`{}`: {why}", path.display()));
        let bytes = definitions::bounded(path).map_err(wrong)?;
        let bytes = bytes.ok_or_else(|| wrong("there is no such file".to_owned()))?;
        let no_approval = |error: serde_json::Error| {
            wrong(format!("it is no approval: {error}"))
                .hint("`dod approve RUN STEP --sign-with KEY --write FILE` writes one")
        };
        let file: Self = serde_json::from_slice(&bytes).map_err(no_approval)?;
        let stated: Stated = serde_json::from_str(&file.text).map_err(no_approval)?;
        if stated.by != file.by {
            return Err(wrong(format!("it is said to be of `{}`, and its text of `{}`", file.by, stated.by)));
        }
        Ok((file, stated))
    }

    /// As it is written: one object, indented.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("an approval can always be written") + "\n"
    }

    /// The answer, where it is one to the run as it stands and its signature fits; else why not, in words.
    pub(crate) fn answer(
        self,
        stated: Stated,
        run: &Run,
        now: Timestamp,
    ) -> Result<(Answered, Standing), String> {
        stated.is_about(run)?;
        let Stated { accept, because, by, set, step, verdicts, .. } = stated;
        let by = Identity { name: by, proved: false };
        let answer = Answered { accept, because, by, proof: Some(self.signature), set, step };
        let text = approval::text(run, &answer).unwrap_or_default();
        if text != self.text {
            let now: Option<Stated> = serde_json::from_str(&text).ok();
            return Err(match now.filter(|now| now.verdicts != verdicts) {
                Some(now) => {
                    let judges = now.verdicts.iter().chain(&verdicts);
                    let mut names: Vec<&str> = judges.map(|judged| &*judged.step.name).collect();
                    names.dedup();
                    format!("it approves another verdict than the one of {}", names.join(", "))
                }
                None => "what is signed is not written as `dod` writes it".to_owned(),
            });
        }
        let standing = approval::standing(run, &answer, now).map_err(|error| error.to_string())?;
        Ok((answer, standing))
    }
}

impl Stated {
    /// Whether it speaks of this run and of a step that waits; else what it speaks of.
    fn is_about(&self, run: &Run) -> Result<(), String> {
        let Some(started) = run.started() else { return Err("the run has not begun".to_owned()) };
        if self.run != started.id {
            return Err(format!("it answers run {}, and this is run {}", self.run, started.id));
        }
        let commit = match started.facts.get("commit") {
            Some(Value::Text(commit)) => Some(commit),
            _ => None,
        };
        let about = [
            ("tree", self.tree == started.tree),
            ("commit", self.commit.as_ref() == commit),
            ("workflow", self.workflow == started.workflow),
            ("policy", self.governance == started.governance),
        ];
        if let Some((what, _)) = about.into_iter().find(|(_, same)| !same) {
            return Err(format!("it is about another {what} than this run's"));
        }
        let named = |id| *run.workflow().node(id).name == *self.step.name;
        match run.waiting().any(|waiting| waiting.step == self.step.id && named(waiting.step.node)) {
            true => Ok(()),
            false => Err(format!("the step `{}` does not wait for this answer", self.step.name)),
        }
    }
}

/// The run as its log leaves it. Its decisions are believed: what is signed names what it rests on by digest.
pub(crate) fn state(told: &Told) -> Result<Run, CommandError> {
    let stored = &told.stored;
    let mut run = Run::new(stored.workflow.clone(), stored.governance.clone());
    let unreadable = |error| unread(&told.found.id, &error);
    for recorded in stored.events().map_err(unreadable)? {
        let recorded = recorded.map_err(unreadable)?;
        evolve(&mut run, recorded.at, &recorded.event);
    }
    Ok(run)
}
