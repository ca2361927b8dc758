//! The rhai door behind `dod_kernel::ask`: conditions and rules, strict and bounded.
//!
//! ```text
//!   text --rhai's parser--> its AST --lower--> a checked tree --evaluate(facts)--> Answer
//! ```
//!
//! rhai supplies the language: tokens, precedence, positions. It never evaluates anything. Its operators are
//! lenient where a verdict must not be (`1 == "1"` is quietly false, `"79" >= 80` too, `&&` knows two values),
//! so the few forms that a condition needs are taken over into an own small tree, everything else is refused
//! with its place, and the tree is evaluated with exact numbers and Kleene's three-valued logic.
//!
//! **Invariant: no answer is a guess.** Values of unlike types never compare, a name that no fact has is an
//! error, a fact that is not known makes the answer unknown unless the rest of the expression decides.
//!
//! **Absent on purpose:** clock, files, floats, function definitions, `eval`, user-defined operators, dialects of other languages (the notation translates them before they come here).

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use dod_kernel::ask::{Answer, Expression, Facts};
use dod_kernel::id::Name;

use crate::tree::Checked;

mod evaluate;
mod globs;
mod like;
mod lower;
mod number;
#[cfg(feature = "rego")]
pub mod rego;
pub mod script;
mod syntax;
mod tree;

/// Who answers: the parser and its version, and the version of the strict rules in this crate.
///
/// Recorded with every answer, so it changes whenever an expression may answer differently.
pub const ENGINE: &str = "rhai 1.27.0, strict 2";

/// Bytes an expression may have.
pub const EXPRESSION_BYTES_MAX: usize = 8 * 1024;

/// Levels an expression may nest. A chain of `&&` or `||` counts one level a term.
pub const EXPRESSION_DEPTH_MAX: usize = 64;

/// Elements that a list written in an expression may have.
pub const LIST_ITEMS_MAX: usize = 1_000;

/// Bytes that a text built by `+` may have.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Steps that one evaluation may take: nodes visited, elements and globs compared.
pub const OPERATIONS_MAX: u32 = 1_000_000;

/// Levels of lists and maps that are compared element by element.
pub const VALUE_DEPTH_MAX: usize = 64;

/// Checked expressions that one [`Rhai`] keeps.
pub const CACHE_MAX: usize = 4_096;

/// What is wrong with the text of an expression, and where. Lines and columns count from 1, columns in
/// characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Line of the expression.
    pub line: u32,
    /// Column in its line.
    pub column: u32,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// What to write instead, where that is known.
    pub hint: Option<String>,
}

/// Checks an expression before anything runs: syntax, forms, types as far as they can be seen, globs, and
/// that every name begins with one of `names`. Reports everything that is wrong, in the order of the text.
///
/// rhai's parser stops at its first error, so an expression that does not parse has one problem.
pub fn check(text: &str, names: &[&str]) -> Result<(), Vec<Problem>> {
    let (checked, mut problems) = lower::lower(text);
    problems.extend(unknown_roots(&checked, names));
    in_order(problems)
}

/// The same, and over facts: a name that they do not have is found also behind the first point
/// (`findings.eror`). Values that are not known (yet) are no problem.
pub fn check_over(text: &str, names: &[&str], facts: &dyn Facts) -> Result<(), Vec<Problem>> {
    let (checked, mut problems) = lower::lower(text);
    problems.extend(unknown_roots(&checked, names));
    let rooted = checked.names.iter().filter(|used| names.contains(&used.path[0].0.as_str()));
    for wrong in rooted.filter_map(|used| evaluate::look_up(&used.path, facts).err()) {
        let (line, column, message) = (wrong.line, wrong.column, wrong.message.to_string());
        problems.push(Problem { line, column, message, hint: None });
    }
    in_order(problems)
}

fn unknown_roots(checked: &Checked, names: &[&str]) -> Vec<Problem> {
    let roots = checked.names.iter().map(|used| &used.path[0]);
    let unknown = roots.filter(|(root, _)| !names.contains(&root.as_str()));
    unknown
        .map(|(root, at)| {
            let hint = nearest(root, names).map(|near| format!("did you mean `{near}`?"));
            syntax::problem(*at, format!("no fact is called `{root}`"), hint)
        })
        .collect()
}

fn in_order(mut problems: Vec<Problem>) -> Result<(), Vec<Problem>> {
    problems.sort();
    problems.dedup();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The facts an expression mentions, each once, sorted, as written: `findings.error`,
/// `steps["x"].outputs.version`. Those it only asks `known(…)` of are among them.
pub fn names_used(text: &str) -> Result<Vec<Name>, Vec<Problem>> {
    let (checked, problems) = lower::lower(text);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut names: Vec<Name> = checked.names.iter().map(tree::Used::text).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// Whether an expression asks `changed(…)`, whose answer without a base is a convention and must be recorded.
pub fn asks_for_changes(text: &str) -> Result<bool, Vec<Problem>> {
    let (checked, problems) = lower::lower(text);
    if problems.is_empty() { Ok(checked.asks_for_changes) } else { Err(problems) }
}

/// The engine: evaluates expressions and remembers the checked ones.
///
/// It has the two methods of `dod_kernel::ask::Ask` that concern expressions; evidence is not its business,
/// so whoever implements `Ask` holds a `Rhai` and passes these on.
#[derive(Debug, Default)]
pub struct Rhai {
    checked: Cache<Checked>,
    scripts: Cache<script::Script>,
}

/// What texts were checked to be.
///
/// Invariant: a function of the text alone, so neither order nor eviction can change an answer.
#[derive(Debug)]
struct Cache<T>(Mutex<BTreeMap<Name, Result<Arc<T>, Problem>>>);

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Cache<T> {
    fn get(
        &self,
        text: &str,
        check: impl FnOnce(&str) -> Result<Arc<T>, Problem>,
    ) -> Result<Arc<T>, Problem> {
        // A panic elsewhere cannot leave half an entry behind, so a poisoned map is as good as before.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(text) {
            return found.clone();
        }
        let found = check(text);
        if known.len() >= CACHE_MAX {
            known.clear();
        }
        known.insert(text.into(), found.clone());
        found
    }
}

impl Rhai {
    /// An engine that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Name and version, as recorded with each answer.
    pub fn engine(&self) -> Name {
        // It stands in every answer, so it is made once.
        static NAME: LazyLock<Name> = LazyLock::new(|| ENGINE.into());
        NAME.clone()
    }

    /// Evaluates an expression over facts. The same text and facts always give the same answer.
    pub fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer {
        self.evaluate_text(&expression.text, facts)
    }

    /// Evaluates the text of an expression over facts.
    pub fn evaluate_text(&self, text: &str, facts: &dyn Facts) -> Answer {
        match self.checked(text) {
            Ok(checked) => evaluate::evaluate(&checked.node, facts),
            Err(problem) => Answer::Wrong(
                tree::Place { line: problem.line, column: problem.column }.wrong(problem.message),
            ),
        }
    }

    fn checked(&self, text: &str) -> Result<Arc<Checked>, Problem> {
        self.checked.get(text, |text| {
            let (checked, problems) = lower::lower(text);
            match problems.into_iter().min() {
                None => Ok(Arc::new(checked)),
                Some(problem) => Err(problem),
            }
        })
    }
}

/// The name that was probably meant, if one is near enough.
pub(crate) fn nearest<'a>(written: &str, names: &[&'a str]) -> Option<&'a str> {
    let allowed = (written.chars().count() / 3).max(1);
    names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(written, name), *name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests;
