//! Making every decision of a log again.
//!
//! Replay feeds the facts to `decide` and compares each decision that follows with the one that was recorded,
//! in order. An edited decision is found even where every hash was made anew.
//!
//! **Absent on purpose:** reading files. Evidence comes through [`Ask`]; what is missing there is the
//! caller's to report as incomplete.

use crate::ask::Ask;
use crate::id::Timestamp;
use crate::record::Recorded;
use crate::run::{Event, Refusal, Run, decide, evolve, follow};
use recalled::Recalled;

mod recalled;

/// A run that is being made again from its log, event by event.
#[derive(Debug)]
pub struct Replay {
    run: Run,
    seq: u64,
    not_remade: Vec<u64>,
}

/// Where a log differs from what its facts lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The numbers of the events have a gap or go back.
    Sequence {
        /// The number that should stand there.
        expected: u64,
        /// The number that stands there.
        found: u64,
    },
    /// A decision is recorded that does not follow, or that differs from the one that follows.
    Decision {
        /// Its number.
        seq: u64,
        /// What follows from the facts; `None`: nothing does.
        expected: Option<Box<Event>>,
    },
    /// Before this fact a decision is missing.
    Missing {
        /// The fact's number.
        seq: u64,
        /// The decision that should stand before it.
        expected: Box<Event>,
    },
    /// The run could not have taken this fact.
    Fact {
        /// Its number.
        seq: u64,
        /// Why; `None`: it would have been recorded otherwise.
        refusal: Option<Refusal>,
    },
}

impl Replay {
    /// Begins with a run that has not begun.
    pub fn new(run: Run) -> Self {
        Self { run, seq: 0, not_remade: Vec::new() }
    }

    /// Takes the next event of the log.
    ///
    /// # Errors
    /// The event does not follow from those before it; replay ends here.
    pub fn push(&mut self, recorded: &Recorded<Event>, ask: &dyn Ask) -> Result<(), Difference> {
        let Recorded { at, event, seq } = recorded;
        if *seq != self.seq {
            return Err(Difference::Sequence { expected: self.seq, found: *seq });
        }
        self.seq += 1;
        // A decision may rest on the time of its batch, which the fact has already brought.
        let owed = follow(&self.run, ask);
        match event.as_command(*at) {
            Some(command) => {
                // The host's clock never goes back, whatever the system's does.
                if *at < self.run.now {
                    return Err(Difference::Fact { seq: *seq, refusal: None });
                }
                if let Some(expected) = owed {
                    return Err(Difference::Missing { seq: *seq, expected: Box::new(expected) });
                }
                match decide(&self.run, command) {
                    Ok(fact) if fact == *event => {}
                    Ok(_) => return Err(Difference::Fact { seq: *seq, refusal: None }),
                    Err(refusal) => return Err(Difference::Fact { seq: *seq, refusal: Some(refusal) }),
                }
            }
            None if owed.as_ref() == Some(event) && self.run.now == *at => {}
            None => match self.told_by_another(owed.as_ref(), event, ask) {
                // Another version that gives the same answer has made it again.
                Some(true) if self.run.now == *at => {}
                Some(false) if self.run.now == *at => self.not_remade.push(*seq),
                _ => return Err(Difference::Decision { seq: *seq, expected: owed.map(Box::new) }),
            },
        }
        evolve(&mut self.run, *at, event);
        Ok(())
    }

    /// Whether a decision is what another engine, or another version of one, said, and if so, whether the engines that are
    /// here say the same. Where they do not, the recorded answer stands, and is reported.
    fn told_by_another(&self, owed: Option<&Event>, event: &Event, ask: &dyn Ask) -> Option<bool> {
        let told = match (owed, event) {
            (Some(Event::ConditionAsked(mine)), Event::ConditionAsked(recorded)) => {
                let about = mine.step == recorded.step
                    && mine.edge == recorded.edge
                    && mine.expression == recorded.expression;
                (about && mine.engine != recorded.engine).then(|| mine.answer == recorded.answer)
            }
            (Some(Event::ValueAsked(mine)), Event::ValueAsked(recorded)) => {
                let about = mine.step == recorded.step
                    && mine.purpose == recorded.purpose
                    && mine.expression == recorded.expression;
                (about && mine.engine != recorded.engine).then(|| mine.answer == recorded.answer)
            }
            (Some(Event::ScriptRun(mine)), Event::ScriptRun(recorded)) => {
                let about = mine.step == recorded.step && mine.script == recorded.script;
                let same = mine.set == recorded.set && mine.wrong == recorded.wrong;
                (about && mine.engine != recorded.engine).then_some(same)
            }
            (Some(Event::DecisionTaken(mine)), Event::DecisionTaken(recorded)) => {
                let same =
                    mine.rules == recorded.rules && mine.set == recorded.set && mine.wrong == recorded.wrong;
                (mine.step == recorded.step && mine.engine != recorded.engine).then_some(same)
            }
            _ => None,
        };
        told.or_else(|| self.follows_from_answers(event, ask))
    }

    /// Whether a judgement follows from what is recorded as the answers of other engines, and if so, whether those that are
    /// here say the same.
    fn follows_from_answers(&self, event: &Event, ask: &dyn Ask) -> Option<bool> {
        let recalled = Recalled::of(event, &self.run.governance, ask)?;
        let follows = follow(&self.run, &recalled).as_ref() == Some(event) && recalled.was_needed();
        follows.then(|| recalled.agrees())
    }

    /// Ends the log: what the run still owes, if it was cut off in the middle of a batch.
    pub fn owed(&self, ask: &dyn Ask) -> Option<Event> {
        follow(&self.run, ask)
    }

    /// Numbers of the answers that another version of an engine gave, and that those which are here do not give.
    pub fn not_remade(&self) -> &[u64] {
        &self.not_remade
    }

    /// The run as the log leaves it.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The run as the log leaves it, to go on with.
    pub fn into_run(self) -> Run {
        self.run
    }

    /// The time of the last event.
    pub fn at(&self) -> Timestamp {
        self.run.now
    }

    /// How many events were taken.
    pub fn len(&self) -> u64 {
        self.seq
    }

    /// Whether no event was taken.
    pub fn is_empty(&self) -> bool {
        self.seq == 0
    }
}
