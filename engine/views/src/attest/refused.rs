//! Why there is no statement, and what to do about it.

use dod_kernel::id::Name;

/// A statement that is not made. Nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no verdict yet.
    Unfinished,
    /// A flag left something out.
    Partial {
        /// What was said on the command line.
        settings: Vec<Name>,
    },
    /// The verdict is neither passed nor failed.
    Undecided,
    /// Files changed during the run that no step declares.
    TreeChanged,
    /// What was judged is not what the commit holds.
    NotCommitted {
        /// The commit.
        commit: Name,
    },
    /// Nobody could say whether what was judged is what the commit holds.
    TreeUnknown {
        /// The commit.
        commit: Name,
    },
    /// The commit that the log names has no id of git.
    NoCommitId {
        /// What it says instead.
        commit: Name,
    },
    /// There is neither a commit nor an artifact.
    NoSubject,
    /// The log does not say which repository it is about.
    NoResource,
    /// A step declares an artifact whose digest cannot be read.
    NotADigest {
        /// The step.
        step: Name,
        /// The output.
        output: Name,
    },
    /// Two artifacts of one name have different digests.
    TwoArtifacts {
        /// The name.
        name: String,
    },
    /// No gate has this name.
    NoGate {
        /// What was asked for.
        gate: String,
    },
    /// The gate has come to no decision.
    GateUndecided {
        /// The gate.
        gate: Name,
    },
    /// The gate's evidence, or the report that it was read from, is not at hand.
    EvidenceGone {
        /// The gate.
        gate: Name,
    },
    /// The gate's report is no JSON.
    NotJson {
        /// The gate.
        gate: Name,
    },
    /// The gate left several bills of materials.
    SeveralBills {
        /// The gate.
        gate: Name,
    },
    /// The gate has neither tests nor a bill of materials.
    NothingToSay {
        /// The gate.
        gate: Name,
    },
}

impl Refused {
    /// Why, for people.
    pub fn text(&self) -> String {
        match self {
            Self::Unfinished => "the run has no verdict yet: there is nothing to attest".to_owned(),
            Self::Partial { .. } => {
                "the verdict is partial: a flag left something out, and such a verdict is never attested".to_owned()
            }
            Self::Undecided => {
                "the verdict is undecided: it is neither passed nor failed, and such a verdict is never attested"
                    .to_owned()
            }
            Self::TreeChanged => {
                "the tree changed during the run in a way that no step declares: what was judged is nothing that \
                 could be named"
                    .to_owned()
            }
            Self::NotCommitted { commit } => format!(
                "what was judged is not commit {commit}: there were changes that were not committed"
            ),
            Self::TreeUnknown { commit } => format!(
                "whether what was judged is exactly commit {commit} cannot be said: git does not know it here"
            ),
            Self::NoCommitId { commit } => format!("the commit `{commit}` that the log names is no id of git"),
            Self::NoSubject => {
                "the run knows of no commit, and no step declares an artifact: there is nothing to attest".to_owned()
            }
            Self::NoResource => "the log does not name a repository that others know".to_owned(),
            Self::NotADigest { step, output } => {
                format!("step `{step}` declares an artifact under `{output}`, and what it wrote is no SHA-256 digest")
            }
            Self::TwoArtifacts { name } => {
                format!("two artifacts are called `{name}`, and their digests differ")
            }
            Self::NoGate { gate } => format!("no gate of this run is called `{gate}`"),
            Self::GateUndecided { gate } => {
                format!("gate `{gate}` has come to no decision, and such a gate is never attested")
            }
            Self::EvidenceGone { gate } => {
                format!("the evidence of gate `{gate}`, or the report it was read from, is not in the blobs any more")
            }
            Self::NotJson { gate } => {
                format!("the bill of materials of gate `{gate}` is not JSON, and nothing else fits into a statement")
            }
            Self::SeveralBills { gate } => {
                format!("gate `{gate}` left several bills of materials, and a statement holds one")
            }
            Self::NothingToSay { gate } => {
                format!("gate `{gate}` left neither test results nor a bill of materials (CycloneDX, SPDX)")
            }
        }
    }

    /// What to do about it, where something can be done.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unfinished => "`dod resume` takes it to its end",
            Self::Partial { .. } => "run `dod validate` without `--only`, `--skip`, `--tag` and `--local`",
            Self::Undecided => "`dod explain` says what is not known",
            Self::TreeChanged => "declare what steps write under `outputs:`, or have git ignore it",
            Self::NotCommitted { .. } => "commit them and run `dod validate` again",
            Self::TreeUnknown { .. } => "say it in a clone that has the commit: `dod -C CLONE attest RUN`",
            Self::NoSubject => "a step declares one so: echo \"artifact=$(sha256sum FILE)\" >> $DOD_OUTPUT",
            Self::NoResource => "name it: `--resource git+https://HOST/ORG/NAME`",
            Self::NotADigest { .. } => "write what `sha256sum FILE` prints, or `sha256:HEX NAME`",
            Self::NoGate { .. } => "`dod show` lists the gates",
            Self::GateUndecided { .. } => "`dod explain` says what is not known",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
