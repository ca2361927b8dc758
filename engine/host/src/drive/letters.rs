//! What other processes say to a run: answers, messages, cancels.
//!
//! **Absent on purpose:** whether they may. The kernel refuses, and a refusal is told.

use std::collections::BTreeMap;

use dod_kernel::id::{Instance, Name, RunId, StepRef};
use dod_kernel::run::{Answered, Command, Identity};
use dod_kernel::value::Value;
use serde::{Deserialize, Serialize};

use super::DriveError;
use super::session::Session;
use crate::approval::{self, Standing};
use crate::inbox::{Inbox, LetterError};
use crate::storage::StorageError;
use crate::workspace::Workspace;

/// A letter to a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Letter {
    /// An answer to an approval, or about a held step.
    Answer {
        /// Yes or no.
        accept: bool,
        /// Why.
        because: Option<Name>,
        /// Who: a name. Whether it is proved is what `proof` shows.
        by: Identity,
        /// The very activation of the step, where that is meant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance: Option<Instance>,
        /// The person's signature, armored.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<Name>,
        /// Variables to set.
        set: BTreeMap<Name, Value>,
        /// The step's name, or the id of its element.
        step: Name,
    },
    /// End the run.
    Cancel {
        /// Who asks.
        by: Identity,
    },
    /// A signal.
    Signal {
        /// Who, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Identity>,
        /// Name.
        name: Name,
        /// Variables it carries.
        set: BTreeMap<Name, Value>,
    },
    /// A message.
    Send {
        /// Who, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Identity>,
        /// Correlation key.
        key: Option<Name>,
        /// Name.
        name: Name,
        /// Variables it carries.
        set: BTreeMap<Name, Value>,
    },
}

/// What became of a letter, by its file name: taken, or why not.
pub type LetterEnd = (String, Result<(), String>);

/// Puts a letter into the inbox of a run; whoever holds the run reads it. Answers the letter's file name.
///
/// # Errors
/// The inbox cannot be written.
pub fn post(workspace: &Workspace, run: &RunId, letter: &Letter) -> Result<String, StorageError> {
    let inbox = Inbox::open(&workspace.run_folder(run).join("inbox"))?;
    let bytes = serde_json::to_vec(letter).expect("a letter can always be written");
    inbox.drop_in(&bytes)
}

impl Session<'_, '_> {
    /// Takes every letter, and tells of those that were refused.
    pub(super) fn read_letters(&mut self) -> Result<(), DriveError> {
        for (_, taken) in self.take_letters()? {
            if let Err(why) = taken {
                self.hands.observer.warn(&why);
            }
        }
        Ok(())
    }

    /// Takes every letter, and removes each once what it caused is durable. Answers by file name what became of it.
    pub(super) fn take_letters(&mut self) -> Result<Vec<LetterEnd>, DriveError> {
        self.inbox.clear_notice();
        let mut all = Vec::new();
        // The inbox hands out a bounded number at a time.
        loop {
            let some = self.take_some_letters()?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some);
        }
    }

    fn take_some_letters(&mut self) -> Result<Vec<LetterEnd>, DriveError> {
        let mut all = Vec::new();
        for letter in self.inbox.letters()? {
            let taken = match &letter.content {
                // The disk may give it next time: it is not answered, and stays.
                Err(LetterError::Storage(error @ StorageError::Other { .. })) => {
                    return Err(error.clone().into());
                }
                Err(error) => Err(error.to_string()),
                Ok(bytes) => match serde_json::from_slice::<Letter>(bytes) {
                    Err(error) => Err(format!("a letter in the inbox is not readable: {error}")),
                    Ok(letter) => self.take_letter(letter)?,
                },
            };
            all.push((letter.name, taken));
        }
        if !all.is_empty() {
            self.log.flush_and_wait()?;
            self.inbox.remove(all.iter().map(|(name, _)| name.as_str()))?;
        }
        Ok(all)
    }

    fn take_letter(&mut self, letter: Letter) -> Result<Result<(), String>, DriveError> {
        let command = match letter {
            Letter::Cancel { by } => Command::Cancel { by },
            Letter::Send { by, key, name, set } => Command::Send { by, key, name, set },
            Letter::Signal { by, name, set } => Command::Signal { by, name, set },
            Letter::Answer { accept, because, by, instance, proof, set, step } => {
                let Some(id) = self.waiting_step(&step, instance) else {
                    return Ok(Err(format!("the step `{step}` waits for no answer")));
                };
                let step = StepRef { id, name: self.run.workflow().node(id.node).name.clone() };
                let mut answer = Answered { accept, because, by, proof, set, step };
                let now = self.now();
                // A letter proves nothing by saying so.
                answer.by.proved = match approval::standing(&self.run, &answer, now) {
                    Ok(standing) => matches!(standing, Standing::Proved { .. }),
                    Err(error) => return Ok(Err(error.to_string())),
                };
                let Answered { accept, because, by, proof, set, step } = answer;
                Command::Answer { accept, because, by, proof, set, step: step.id }
            }
        };
        Ok(self.try_say(command)?.map_err(|refusal| refusal.to_string()))
    }

    /// The step of this name that waits, else the one of the element with this id; of several the given one, where one is
    /// given.
    fn waiting_step(&self, word: &str, instance: Option<Instance>) -> Option<Instance> {
        let workflow = self.run.workflow();
        let meant = move |step: &Instance| instance.is_none_or(|instance| instance == *step);
        let waiting = || self.run.waiting().map(|waiting| waiting.step).filter(meant);
        let named = |step: &Instance| *workflow.node(step.node).name == *word;
        let drawn = |step: &Instance| workflow.node(step.node).element.as_deref() == Some(word);
        waiting().find(named).or_else(|| waiting().find(drawn))
    }
}
