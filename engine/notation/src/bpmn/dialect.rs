//! Conditions, values and scripts of other languages → the strict rhai of `dod-expression`.
//!
//! ```text
//!   text ── language? ──▶ Dialect ── tokens ──▶ tree ── rhai ──▶ Translated { text, origin of each part }
//!
//!   FEEL    = n <= 2 and not(done)          n <= 2 && !done
//!   JUEL    ${x == 'a' || flag}             x == "a" || flag
//!   Python  done == 'Yes' and not late      done == "Yes" && !late
//!   Script  x === 'a' && !late              x == "a" && !late          JavaScript, Groovy, MVEL
//! ```
//!
//! The grammar is what conditions of real files use and what means the same in rhai: literals, names, members,
//! comparisons, and/or/not, exact arithmetic, membership in lists. A text is read token by token, so what stands in
//! quotes is never touched. **What does not fit is refused with its place**: calls, assignment in a condition,
//! chained comparisons, ranges where there is no equal, names of an engine's own objects.
//!
//! Names that rhai reserves, or cannot spell, are written `vars["name"]`, which `dod-expression` takes for the name.
//!
//! **Absent on purpose:** evaluation; rhai's own grammar (a text in rhai goes through unread); guesses: nothing is
//! converted, so comparing unlike values stays the error that it is in rhai.

use std::ops::Range;

use dod_kernel::value::Value;

mod language;
pub(super) mod parse;
pub(super) mod rhai;
mod script;
mod time;
mod tokens;
pub(super) mod tree;

#[cfg(test)]
mod tests;

pub use language::Dialect;
pub use time::time;

use parse::Parser;

/// Bytes that an expression may have.
pub const EXPRESSION_BYTES_MAX: usize = 8 * 1024;

/// Bytes that a script may have.
pub const SCRIPT_BYTES_MAX: usize = 64 * 1024;

/// Levels that an expression may nest, and operands that one chain of `+` may have.
pub const DEPTH_MAX: usize = 60;

/// A part of a text that has no equal in rhai.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Which part, in bytes of the text.
    pub range: Range<usize>,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Misfit {
    pub(super) fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self { range, message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A text in rhai, and where its parts come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translated {
    /// The text in rhai.
    pub text: String,
    /// Line and column in `text` (from 1, columns in characters), and the bytes of the original. Sorted.
    parts: Vec<((u32, u32), Range<usize>)>,
}

impl Translated {
    /// A text that is rhai already.
    fn verbatim(text: &str) -> Self {
        let start = text.len() - text.trim_start().len();
        let mut parts = Vec::new();
        let (mut line, mut column) = (1, 1);
        for (at, letter) in text.trim().char_indices() {
            parts.push(((line, column), start + at..start + at + letter.len_utf8()));
            (line, column) = if letter == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        Self { text: text.trim().to_owned(), parts }
    }

    /// The bytes of the original that a place in [`Self::text`] comes from.
    pub fn origin(&self, line: u32, column: u32) -> Range<usize> {
        let behind = self.parts.partition_point(|(place, _)| *place <= (line, column));
        let found = behind.checked_sub(1).or((!self.parts.is_empty()).then_some(0));
        found.map_or(0..0, |at| self.parts[at].1.clone())
    }
}

/// What a text says where a value is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// To be asked for when it is needed.
    Expression(Translated),
    /// The value itself, and the bytes of the text that say it.
    Literal(Value, Range<usize>),
}

/// A condition, in rhai. What the plain dialect does not know goes through unread: it is rhai or wrong.
pub fn condition(text: &str, dialect: Dialect) -> Result<Translated, Misfit> {
    match expression(text, dialect, false) {
        Ok(Some(node)) => Ok(rhai::expression(&node)),
        Ok(None) => Ok(Translated::verbatim(text)),
        Err(misfit) => Err(misfit),
    }
}

/// A value, in rhai or as it is. See [`condition`].
pub fn value(text: &str, dialect: Dialect) -> Result<Said, Misfit> {
    let Some(mut node) = expression(text, dialect, true)? else {
        return Ok(Said::Expression(Translated::verbatim(text)));
    };
    if let Some(value) = node.literal() {
        return Ok(Said::Literal(value, node.range));
    }
    // Only scripts build maps out of what is not known yet.
    let mut map = None;
    node.each(&mut |part| {
        if matches!(part.what, tree::What::Map(_)) {
            map.get_or_insert(part.range.clone());
        }
    });
    match map {
        Some(range) => Err(Misfit::new(range, "a map of values that are not known yet has no equal")
            .hint("set a variable before, in a script")),
        None => Ok(Said::Expression(rhai::expression(&node))),
    }
}

/// A script of assignments, in rhai. A script in rhai goes through unread, and so does one in no language that is
/// neither only assignments nor Python.
pub fn script(text: &str, dialect: Dialect) -> Result<Translated, Misfit> {
    if text.len() > SCRIPT_BYTES_MAX {
        return Err(Misfit::new(0..0, format!("the script has more than {SCRIPT_BYTES_MAX} bytes")));
    }
    match (dialect, script::read(text, dialect)) {
        (Dialect::Rhai, _) => Ok(Translated::verbatim(text)),
        // SpiffWorkflow does not say that its scripts are Python. Where they are more than assignments, no rhai looks
        // like them.
        (Dialect::Plain, Err(_)) => Ok(match script::read(text, Dialect::Python) {
            Ok(read) => script::write(&read),
            Err(_) => Translated::verbatim(text),
        }),
        (_, read) => Ok(script::write(&read?)),
    }
}

/// A script that sets one variable to the value of an expression.
pub fn assignment(variable: &str, text: &str, dialect: Dialect) -> Result<Translated, Misfit> {
    match expression(text, dialect, true)? {
        Some(node) => Ok(rhai::assignment(variable, &node)),
        None => Ok(rhai::assignment_of(variable, Translated::verbatim(text))),
    }
}

/// A name as rhai writes it, for texts that are put together elsewhere.
pub fn name(name: &str) -> String {
    rhai::name(name)
}

/// The tree of an expression; `None` where the text is rhai.
fn expression(text: &str, dialect: Dialect, maps: bool) -> Result<Option<tree::Node>, Misfit> {
    if text.len() > EXPRESSION_BYTES_MAX {
        return Err(Misfit::new(0..0, format!("the expression has more than {EXPRESSION_BYTES_MAX} bytes")));
    }
    if text.trim().is_empty() {
        return Err(Misfit::new(0..text.len(), "the expression is empty"));
    }
    let inside = dialect.inside(text)?;
    let parser = Parser::new(text, inside, dialect).map(|parser| parser.with_maps(maps));
    match (dialect, parser.and_then(Parser::whole)) {
        (Dialect::Rhai, _) | (Dialect::Plain, Err(_)) => Ok(None),
        (_, read) => read.map(Some),
    }
}
