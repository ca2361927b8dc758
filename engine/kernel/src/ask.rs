//! The small door through which the kernel asks expressions and modules of other policy languages.
//!
//! The kernel stays light: it knows the text of an expression, what it may ask about, and the answer.
//!
//! **Absent on purpose:** any language. The engine behind the door says who it is, so that another version
//! that answers differently is reported as *not re-made* and not as tampering.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::id::{Digest, Name};
use crate::value::Value;

/// An expression as written, checked by the front end before it came here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expression {
    /// SHA-256 of the text.
    pub digest: Digest,
    /// The expression.
    pub text: Name,
}

/// What is known of a name that an expression asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The fact has this value.
    Known(Value),
    /// The name is one that expressions may use, and nothing is known of it in this run. Holds the
    /// shortest path that is unknown (`["findings", "introduced"]`).
    Unknown,
    /// No fact has this name: the expression is wrong.
    NoSuchName,
}

/// The facts an expression may ask for. Paths are like `["steps", "test", "outputs", "version"]`.
pub trait Facts {
    /// What is known at this path. A path to the inside of the tree of facts (`["findings"]`) may answer
    /// with a [`Value::Map`] or be asked again one element longer: see [`Facts::is_group`].
    fn look_up(&self, path: &[&str]) -> Lookup;

    /// Whether longer paths than this one exist, so that `findings.error` must be asked in one piece.
    fn is_group(&self, path: &[&str]) -> bool;

    /// Repository-relative paths that the change touches; `None` where no base is known.
    fn changed(&self) -> Option<&[Name]>;
}

/// What an expression answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It has a value.
    Value(Value),
    /// It rests on facts that are not known; their names.
    Unknown(Vec<Name>),
    /// It cannot be evaluated.
    Wrong(Wrong),
}

/// Why an expression cannot be evaluated, and where. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// Column in its line.
    pub column: u32,
    /// Line of the expression.
    pub line: u32,
    /// What is wrong, as a lower-case fragment.
    pub message: Name,
}

impl Answer {
    /// The three-valued answer to a yes-or-no question; another type of value is wrong.
    pub fn truth(self) -> Result<Option<bool>, Wrong> {
        match self {
            Self::Value(Value::Bool(yes)) => Ok(Some(yes)),
            Self::Value(other) => Err(Wrong {
                column: 1,
                line: 1,
                message: format!("the answer is a {}, not true or false", other.kind()).into(),
            }),
            Self::Unknown(_) => Ok(None),
            Self::Wrong(wrong) => Err(wrong),
        }
    }
}

impl Answer {
    /// The three-valued answer to whether a rule has nothing to say; what is not a list of messages is wrong.
    pub fn silence(self) -> Result<Option<bool>, Wrong> {
        match self {
            Self::Value(Value::List(messages)) => Ok(Some(messages.is_empty())),
            Self::Value(other) => Err(Wrong {
                column: 1,
                line: 1,
                message: format!("the answer is a {}, not a list of messages", other.kind()).into(),
            }),
            other => other.truth(),
        }
    }
}

/// Who answers where there is no engine.
const NO_ENGINE: &str = "none";
/// What is answered where there is no engine for Rego.
const NO_REGO: &str = "this program has no Rego engine";

/// What is answered where there is no engine for scripts.
const NO_SCRIPTS: &str = "no script engine is present";

/// Whom the kernel asks while it decides.
pub trait Ask {
    /// Name and version of the engine, like `rhai 1.27`: recorded with each answer.
    fn engine(&self) -> Name;

    /// Evaluates an expression over facts. The same text and facts always give the same answer.
    fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer;

    /// Evaluates an expression, and says who answered.
    fn answer(&self, expression: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        (self.engine(), self.evaluate(expression, facts))
    }

    /// Runs a script over facts: who ran it, and the variables that it set. The same script and facts always give the
    /// same answer, and its work is bounded.
    ///
    /// # Errors
    /// Why it could not be run to its end, and where.
    fn run_script(
        &self,
        script: &Expression,
        facts: &dyn Facts,
    ) -> (Name, Result<BTreeMap<Name, Value>, Wrong>) {
        let _ = (script, facts);
        (NO_ENGINE.into(), Err(Wrong { column: 1, line: 1, message: NO_SCRIPTS.into() }))
    }

    /// What a rule of a Rego module has to say: who answered, and a list of messages, empty where the rule holds.
    fn messages(&self, rule: &Name, module: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        let _ = (rule, module, facts);
        (NO_ENGINE.into(), Answer::Wrong(Wrong { column: 1, line: 1, message: NO_REGO.into() }))
    }

    /// The evidence with this digest, where it is still at hand.
    fn evidence(&self, digest: &Digest) -> Option<Arc<Evidence>>;
}

/// Asks nobody: every expression is wrong. For workflows without conditions, and for tests.
#[derive(Debug, Default)]
pub struct NoOne {
    /// Evidence by digest.
    pub evidence: BTreeMap<Digest, Arc<Evidence>>,
}

impl Ask for NoOne {
    fn engine(&self) -> Name {
        NO_ENGINE.into()
    }

    fn evaluate(&self, _: &Expression, _: &dyn Facts) -> Answer {
        Answer::Wrong(Wrong { column: 1, line: 1, message: "no expression engine is present".into() })
    }

    fn evidence(&self, digest: &Digest) -> Option<Arc<Evidence>> {
        self.evidence.get(digest).cloned()
    }
}
