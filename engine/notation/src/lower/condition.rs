//! `if:` → an expression whose names mean the same wherever the workflow is called from.
//!
//! A run knows one set of inputs and one set of step names. So `matrix.x`, inputs of a called workflow or
//! project, and steps of a unit with a prefix are written out before the expression is checked; what is wrong
//! is still shown where it was written.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use dod_kernel::ask::Expression;
use dod_kernel::id::Digest;
use dod_kernel::value::Value;
use sha2::{Digest as _, Sha256};

use super::needs::Reading;
use super::text::{Context, shown};
use super::{Condition, Lowering};
use crate::diagnose::{Diagnostic, codes};
use crate::draft::Word;

/// The longest expression.
const EXPRESSION_BYTES_MAX: usize = 16 << 10;

/// An expression with names written out, and where each replaced part was.
struct Rewritten {
    text: String,
    /// New range, old range.
    parts: Vec<(Range<usize>, Range<usize>)>,
    /// Old ranges of which something was said already.
    wrong: Vec<Range<usize>>,
}

impl Rewritten {
    /// The old offset behind a new one.
    fn old(&self, at: usize) -> usize {
        let mut shift = 0isize;
        for (new, old) in &self.parts {
            if at < new.start {
                break;
            }
            if at < new.end {
                return old.start;
            }
            shift = old.end as isize - new.end as isize;
        }
        at.saturating_add_signed(shift)
    }
}

impl Lowering<'_> {
    /// The condition of a step. `None` where it is wrong, and that was said.
    pub(super) fn condition(
        &mut self,
        context: &Context<'_>,
        word: &Word,
        readings: &mut Vec<Reading>,
    ) -> Option<Arc<Expression>> {
        if word.len() > EXPRESSION_BYTES_MAX {
            let message = format!("the expression is longer than {EXPRESSION_BYTES_MAX} bytes");
            self.problems.push(Diagnostic::error(codes::LIMIT, word.span, message));
            return None;
        }
        if let Some(at) = word.find("${{") {
            let span = self.fragment(word, at..at + 3);
            let found = Diagnostic::error(codes::SUBSTITUTION, span, "`if` is an expression already");
            self.problems.push(found.hint("write names as they are: `matrix.os == \"linux\"`"));
            return None;
        }
        let before = self.problems.errors();
        let rewritten = self.rewrite(context, word, readings);
        let (expression, problems) = self.checked(&rewritten.text);
        for problem in problems.iter() {
            let at = offset(&rewritten.text, problem.line, problem.column);
            // What is missing at the end is shown at the last thing that is there.
            let last = word.trim_end().len().saturating_sub(1);
            let start = floor(word, rewritten.old(at).min(last));
            if rewritten.wrong.iter().any(|range| range.contains(&start)) {
                continue;
            }
            let span = self.fragment(word, start..start + token(&word[start..]));
            let found = Diagnostic::error(codes::EXPRESSION, span, problem.message.clone());
            self.problems.push(found.maybe_hint(problem.hint.clone()));
        }
        (self.problems.errors() == before).then_some(expression)
    }

    fn checked(&mut self, text: &str) -> Condition {
        if let Some(known) = self.conditions.get(text) {
            return known.clone();
        }
        let problems = self.world.expressions.check(text);
        let digest = Digest(Sha256::digest(text.as_bytes()).into());
        let found = (Arc::new(Expression { digest, text: text.into() }), Rc::new(problems));
        self.conditions.insert(text.to_owned(), found.clone());
        found
    }

    fn rewrite(&mut self, context: &Context<'_>, word: &Word, readings: &mut Vec<Reading>) -> Rewritten {
        let mut out = Rewritten { text: String::new(), parts: Vec::new(), wrong: Vec::new() };
        let mut copied = 0;
        for (range, root, name) in paths(word) {
            let span = self.fragment(word, range.clone());
            let errors = self.problems.errors();
            let new = match root {
                "matrix" => self.matrix_value(context, name, span).map(|value| literal(&Value::Text(value))),
                // The run knows its own inputs, also that one has no value: `known(inputs.x)` may ask.
                "inputs" if context.unit.is_root => {
                    self.input_is_declared(context, name, span);
                    None
                }
                "inputs" => self.input_value(context, name, span).flatten().map(|value| literal(&value)),
                _ => self
                    .output(context, name, span, readings)
                    .filter(|_| !context.unit.prefix.is_empty())
                    .map(|full| format!("steps[{}]", literal(&Value::Text(full)))),
            };
            if self.problems.errors() > errors {
                out.wrong.push(range.clone());
            }
            let Some(new) = new else { continue };
            out.text.push_str(&word[copied..range.start]);
            let start = out.text.len();
            out.text.push_str(&new);
            out.parts.push((start..out.text.len(), range.clone()));
            copied = range.end;
        }
        out.text.push_str(&word[copied..]);
        out
    }
}

/// Every `matrix.x`, `inputs.x` and `steps.x` (or with `["x"]`) outside texts and comments: its range, root, name.
fn paths(text: &str) -> Vec<(Range<usize>, &str, &str)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut after_dot) = (0, false);
    while at < bytes.len() {
        let byte = bytes[at];
        if matches!(byte, b'"' | b'`' | b'\'') {
            at = string_end(bytes, at);
            after_dot = false;
        } else if text[at..].starts_with("//") {
            at += text[at..].find('\n').unwrap_or(text.len() - at);
        } else if text[at..].starts_with("/*") {
            at += text[at..].find("*/").map_or(text.len() - at, |end| end + 2);
        } else if is_letter(byte) {
            let end = at + bytes[at..].iter().take_while(|byte| is_letter(**byte)).count();
            let root = &text[at..end];
            let member = (!after_dot && matches!(root, "matrix" | "inputs" | "steps"))
                .then(|| member(text, end))
                .flatten();
            match member {
                Some((name, behind)) => {
                    found.push((at..behind, root, name));
                    at = behind;
                }
                None => at = end,
            }
            after_dot = false;
        } else {
            after_dot = byte == b'.' || (after_dot && byte.is_ascii_whitespace());
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// `.name` or `["name"]` at `at`: the name and where it ends.
fn member(text: &str, at: usize) -> Option<(&str, usize)> {
    let rest = &text[at..];
    if let Some(inner) = rest.strip_prefix("[\"") {
        let end = inner.find('"')?;
        inner[end..].starts_with("\"]").then(|| (&inner[..end], at + 2 + end + 2))
    } else {
        let inner = rest.strip_prefix('.')?;
        let end = inner.bytes().take_while(|byte| is_letter(*byte)).count();
        (end > 0).then(|| (&inner[..end], at + 1 + end))
    }
}

/// Behind the text that begins at `at`; the end of the expression where it never ends.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let mut here = at + 1;
    while here < bytes.len() {
        match bytes[here] {
            b'\\' if quote != b'`' => here += 2,
            byte if byte == quote => return here + 1,
            _ => here += 1,
        }
    }
    bytes.len()
}

/// A value as the expression language writes it.
fn literal(value: &Value) -> String {
    let Value::Text(text) = value else { return shown(value.clone()) };
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// The byte offset of a line and column that count from 1.
fn offset(text: &str, line: u32, column: u32) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(str::len).sum();
    let rest = text.get(start..).unwrap_or("");
    start + rest.char_indices().nth(column.saturating_sub(1) as usize).map_or(rest.len(), |(at, _)| at)
}

/// The nearest place at or before `at` where a character begins.
fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// How long the word or sign is that a text begins with.
fn token(text: &str) -> usize {
    let word = text.bytes().take_while(|byte| is_letter(*byte)).count();
    if word > 0 { word } else { text.chars().next().map_or(0, char::len_utf8) }
}
