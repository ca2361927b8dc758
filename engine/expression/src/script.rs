//! Scripts: statements that set variables, strict and bounded like conditions.
//!
//! ```text
//!   total = order.net * 2;  let half = total / 2;  names += "x";  order.done = true;  vars["new"] = #{ a: [1, 2] };
//!   if a > 1 { … } else { … }    while … { … }    loop { … break; }    for x in items { … }    for i in 0..n { … }
//!   list.push(x);   print(x);   return;
//! ```
//!
//! rhai's parser reads them; its engine does not run them. A name that is assigned to is a variable of the process,
//! one that `let` declares is of the script. Expressions are those of conditions, so unlike values never compare and
//! no number is rounded; what is not known ends the script.
//!
//! **Invariant: a script ends, with all of its variables or with none.** Every statement, value and byte that is read
//! counts against a budget; what a variable holds has a size.
//!
//! **Absent on purpose:** clock, random numbers, files, functions, `eval`, modules, errors that a script could catch.
//! `print` looks at its value and says it to nobody.

use std::collections::BTreeMap;
use std::sync::Arc;

use dod_kernel::ask::{Expression, Facts, Wrong};
use dod_kernel::id::Name;
use dod_kernel::value::Value;

use crate::tree::{Node, Operation, Place};
use crate::{Problem, Rhai, lower};

mod run;
mod state;

/// Bytes that a script may have.
pub const SCRIPT_BYTES_MAX: usize = 64 * 1024;

/// Statements that a script may have, in all of its blocks.
pub const STATEMENTS_MAX: usize = 10_000;

/// Levels that the blocks of a script may nest.
pub const BLOCK_DEPTH_MAX: usize = 64;

/// Steps that one run of a script may take: statements and parts of expressions visited, elements compared, and one
/// for every [`BYTES_PER_OPERATION`] bytes of a value that is read or kept.
pub const SCRIPT_OPERATIONS_MAX: u32 = 1_000_000;

/// Bytes of a value that count as one operation.
pub const BYTES_PER_OPERATION: usize = 32;

/// Bytes that the value of one variable may have.
pub const VARIABLE_BYTES_MAX: usize = 64 * 1024;

/// Levels that lists and maps in a variable may nest.
pub const VARIABLE_DEPTH_MAX: usize = 32;

/// Bytes that all variables may have that one script sets or declares.
pub const VARIABLES_BYTES_MAX: usize = 256 * 1024;

/// A statement and where it stands.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) at: Place,
    pub(crate) what: Step,
}

#[derive(Debug)]
pub(crate) enum Step {
    /// A variable of the script.
    Declare(Name, Node),
    Assign(Target, Option<Operation>, Node),
    /// `list.push(value)`.
    Push(Target, Node),
    If(Node, Vec<Statement>, Vec<Statement>),
    /// Asked before each round; absent: always true.
    While(Option<Node>, Vec<Statement>),
    /// Asked behind each round; goes on as long as the answer is this.
    Until(Vec<Statement>, Node, bool),
    For(Name, Over, Vec<Statement>),
    Block(Vec<Statement>),
    /// Its value is looked at and forgotten.
    Look(Node),
    Break,
    Continue,
    Return,
}

/// What is assigned to: a variable, or a part of its value.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) at: Place,
    pub(crate) root: Name,
    /// Names and elements on the way to the part.
    pub(crate) way: Vec<Way>,
}

#[derive(Debug)]
pub(crate) enum Way {
    Member(Name, Place),
    /// A text or a whole number, worked out when it is needed.
    Index(Node),
}

/// What a `for` goes over.
#[derive(Debug)]
pub(crate) enum Over {
    Elements(Node),
    /// From one whole number to another, that included or not.
    Range(Node, Node, bool),
}

/// A whole script.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) statements: Vec<Statement>,
}

/// Checks a script before anything runs: syntax, forms, types as far as they can be seen. Names are not checked: a
/// script may set them itself.
pub fn check_script(text: &str) -> Result<(), Vec<Problem>> {
    let (_, problems) = lower::lower_script(text);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

impl Rhai {
    /// Runs a script over facts: who ran it, and the variables that it set. The same script and facts always give the
    /// same answer.
    ///
    /// # Errors
    /// Why it could not be run to its end, and where. Then it set nothing.
    pub fn run_script(
        &self,
        script: &Expression,
        facts: &dyn Facts,
    ) -> (Name, Result<BTreeMap<Name, Value>, Wrong>) {
        (self.engine(), self.run_script_text(&script.text, facts))
    }

    /// Runs the text of a script over facts.
    ///
    /// # Errors
    /// Why it could not be run to its end, and where.
    pub fn run_script_text(&self, text: &str, facts: &dyn Facts) -> Result<BTreeMap<Name, Value>, Wrong> {
        match self.checked_script(text) {
            Ok(script) => run::run(&script, facts),
            Err(problem) => Err(Place { line: problem.line, column: problem.column }.wrong(problem.message)),
        }
    }

    fn checked_script(&self, text: &str) -> Result<Arc<Script>, Problem> {
        self.scripts.get(text, |text| {
            let (script, problems) = lower::lower_script(text);
            match problems.into_iter().min() {
                None => Ok(Arc::new(script)),
                Some(problem) => Err(problem),
            }
        })
    }
}
