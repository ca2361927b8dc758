//! `${{ matrix.x }}`, `${{ inputs.x }}` and `${{ steps.x.outputs.y }}`: the only substitution there is.
//!
//! Inputs and matrix values are put in when the file is checked; outputs become part of the environment. None
//! but plain words of a matrix goes into the text of a script, where a value could run as code.

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::EnvValue;

use super::Lowering;
use super::files::Sheet;
use super::matrix::Leg;
use super::names::{Names, Slot};
use super::needs::Reading;
use super::unit::Unit;
use crate::diagnose::{Diagnostic, Span, codes};
use crate::draft::{Step, Word};

/// How many `${{ }}` one text may hold.
const SUBSTITUTIONS_MAX: usize = 1000;

/// From where a text is looked at.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) units: &'a [Unit],
    pub(super) unit: &'a Unit,
    pub(super) names: &'a Names,
    pub(super) slot: usize,
    pub(super) sheet: &'a Sheet,
    pub(super) step: &'a Step,
    pub(super) leg: &'a Leg,
    pub(super) node: dod_kernel::id::NodeId,
}

impl<'a> Context<'a> {
    /// The step's slot.
    pub(super) fn slot(&self) -> &'a Slot {
        &self.names.slots[self.slot]
    }

    /// The node's name.
    pub(super) fn full_name(&self) -> String {
        format!("{}{}{}", self.unit.prefix, &**self.step.name, self.leg.suffix)
    }
}

/// What a text is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An argument, a path, a glob: taken as it is.
    Argument,
    /// The text of a script.
    Script,
}

/// What a substitution asks for.
#[derive(Debug)]
pub(super) enum Asked<'t> {
    Input(&'t str),
    Matrix(&'t str),
    Output { step: &'t str, name: &'t str },
}

impl Lowering<'_> {
    /// A text with every `${{ }}` replaced. `None` where one is wrong, and that was said.
    pub(super) fn substitute(&mut self, context: &Context<'_>, word: &Word, place: Place) -> Option<Name> {
        if !word.contains("${{") {
            return Some(word.value.clone());
        }
        let mut out = String::new();
        let mut rest = 0;
        let mut sound = true;
        if word.matches("${{").count() > SUBSTITUTIONS_MAX {
            let message = format!("one text has more than {SUBSTITUTIONS_MAX} substitutions");
            self.problems.push(Diagnostic::error(codes::LIMIT, word.span, message));
            return None;
        }
        while let Some(start) = word[rest..].find("${{").map(|at| rest + at) {
            out.push_str(&word[rest..start]);
            let Some(end) = word[start..].find("}}").map(|at| start + at + 2) else {
                let message = "`${{` is opened and never closed";
                let span = self.fragment(word, start..start + 3);
                self.problems.push(Diagnostic::error(codes::SUBSTITUTION, span, message));
                return None;
            };
            match self.value(context, word, start..end, place) {
                Some(value) => out.push_str(&value),
                None => sound = false,
            }
            rest = end;
        }
        out.push_str(&word[rest..]);
        self.expand(context.step, out.len());
        sound.then(|| out.into())
    }

    fn value(
        &mut self,
        context: &Context<'_>,
        word: &Word,
        range: std::ops::Range<usize>,
        place: Place,
    ) -> Option<String> {
        let span = self.fragment(word, range.clone());
        let asked = self.asked(&word[range.start + 3..range.end - 2], span)?;
        let (value, from) = match asked {
            Asked::Matrix(name) => (self.matrix_value(context, name, span)?.to_string(), "matrix"),
            Asked::Input(name) => {
                (self.input_value(context, name, span)?.map_or_else(String::new, shown), "inputs")
            }
            Asked::Output { .. } => {
                let message = "an output can only be a whole value of `env`";
                let found = Diagnostic::error(codes::SUBSTITUTION, span, message);
                self.problems.push(found.hint("like `env: { TAG: '${{ steps.build.outputs.tag }}' }`"));
                return None;
            }
        };
        if place == Place::Script && !(from == "matrix" && is_plain_word(&value)) {
            let message = format!("this would put a value of `{from}` into the text of a script");
            let found = Diagnostic::error(codes::INJECTION, span, message).label("it could run as code");
            let inner = word[range.clone()].trim();
            self.problems.push(
                found.hint(format!("give it by environment: `env: {{ VALUE: '{inner}' }}` and \"$VALUE\"")),
            );
            return None;
        }
        Some(value)
    }

    /// A value of the environment: text, or one output of another step.
    pub(super) fn env_value(
        &mut self,
        context: &Context<'_>,
        word: &Word,
        readings: &mut Vec<Reading>,
    ) -> Option<EnvValue> {
        let text = word.trim();
        let inner = text.strip_prefix("${{").and_then(|text| text.strip_suffix("}}"));
        if let Some(inner) = inner.filter(|inner| !inner.contains("}}"))
            && let Some(Asked::Output { step, name }) = parse(inner)
        {
            let found = self.output(context, step, word.span, readings)?;
            return Some(EnvValue::Output { name: name.into(), step: found });
        }
        self.substitute(context, word, Place::Argument).map(EnvValue::Text)
    }

    /// The full name of the step whose output is read.
    pub(super) fn output(
        &mut self,
        context: &Context<'_>,
        step: &str,
        span: Span,
        readings: &mut Vec<Reading>,
    ) -> Option<Name> {
        let word = Word::new(step.into(), span);
        let named_by = format!("step `{}` reads an output of", &**context.step.name);
        let from = self.resolve(context.units, context.names, context.slot().unit, &word, &named_by)?;
        if from.len() != 1 {
            let message = format!("`{step}` has {} legs, and an output is read of one", from.len());
            let found = Diagnostic::error(codes::SUBSTITUTION, span, message);
            self.problems.push(found.hint("name one: `steps[\"test[os=linux]\"]`"));
            return None;
        }
        let full = format!("{}{step}", context.unit.prefix);
        readings.push(Reading { reader: context.node, from, span, step: step.to_owned() });
        Some(full.into())
    }

    /// The value of an axis in this leg.
    pub(super) fn matrix_value(&mut self, context: &Context<'_>, name: &str, span: Span) -> Option<Name> {
        if let Some(value) = context.leg.values.get(name) {
            return Some(value.clone());
        }
        let message = if context.slot().legs.iter().any(|leg| leg.values.contains_key(name)) {
            format!("leg `{}` of the matrix has no `{name}`", context.leg.suffix)
        } else if context.step.matrix.is_some() {
            format!("the matrix has no axis `{name}`")
        } else {
            format!("step `{}` has no matrix", &**context.step.name)
        };
        let found = Diagnostic::error(codes::UNKNOWN_AXIS, span, message);
        self.problems.push(found.did_you_mean(name, context.leg.values.keys().map(Name::as_str)));
        None
    }

    /// The value of an input; the inner `None` where none is known while a file is only proofread.
    pub(super) fn input_value(
        &mut self,
        context: &Context<'_>,
        name: &str,
        span: Span,
    ) -> Option<Option<Value>> {
        if !self.input_is_declared(context, name, span) {
            return None;
        }
        let value = context.unit.inputs.get(name).cloned().flatten();
        if value.is_none() && self.world.inputs.is_some() && self.problems.errors() == 0 {
            let message = format!("input `{name}` has no value and no default");
            self.problems.push(Diagnostic::error(codes::INPUT_MISSING, span, message));
            return None;
        }
        Some(value)
    }

    /// Says so where it is not.
    pub(super) fn input_is_declared(&mut self, context: &Context<'_>, name: &str, span: Span) -> bool {
        let declared = context.unit.inputs.contains_key(name);
        if !declared {
            let message = format!("input `{name}` is not declared");
            let found = Diagnostic::error(codes::UNKNOWN_INPUT, span, message);
            let known = context.unit.inputs.keys().map(Name::as_str);
            self.problems.push(found.did_you_mean(name, known));
        }
        declared
    }

    fn asked<'t>(&mut self, inner: &'t str, span: Span) -> Option<Asked<'t>> {
        if let Some(asked) = parse(inner) {
            return Some(asked);
        }
        let inner = inner.trim();
        let message = format!("`{inner}` cannot be put in here");
        let hint = match inner.split(['.', '[']).next().unwrap_or("") {
            "secrets" => "declare it under `secrets:` of the step; it is then in the environment",
            "env" => "a script reads its environment itself: \"$NAME\"",
            _ => "known are `matrix.x`, `inputs.x` and, in `env`, `steps.x.outputs.y`",
        };
        self.problems.push(Diagnostic::error(codes::SUBSTITUTION, span, message).hint(hint));
        None
    }

    /// The place of a part of a text in its file: the same occurrence of the same characters.
    pub(super) fn fragment(&self, word: &Word, range: std::ops::Range<usize>) -> Span {
        let source = self.sources.slice(word.span);
        let Some(part) = word.get(range.clone()).filter(|part| !part.is_empty()) else { return word.span };
        let earlier = word[..range.start].match_indices(part).count();
        match source.match_indices(part).nth(earlier) {
            Some((at, _)) => word.span.part(at, at + part.len()),
            None => word.span,
        }
    }
}

/// `matrix.os`, `inputs.x`, `steps.x.outputs.y`, `steps["x"].outputs.y`.
fn parse(inner: &str) -> Option<Asked<'_>> {
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = inner.trim();
    while !rest.is_empty() {
        if let Some(bracket) = rest.strip_prefix('[') {
            let quote = bracket.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let (name, after) = bracket[1..].split_once(quote)?;
            parts.push(name);
            rest = after.strip_prefix(']')?;
        } else {
            let text = if parts.is_empty() { rest } else { rest.strip_prefix('.')? };
            let end = text.find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '-')));
            let (name, after) = text.split_at(end.unwrap_or(text.len()));
            if name.is_empty() {
                return None;
            }
            parts.push(name);
            rest = after;
        }
    }
    match parts.as_slice() {
        ["matrix", name] => Some(Asked::Matrix(name)),
        ["inputs", name] => Some(Asked::Input(name)),
        ["steps", step, "outputs", name] => Some(Asked::Output { step, name }),
        _ => None,
    }
}

/// Characters that mean only themselves to every shell, not beginning like an option.
fn is_plain_word(value: &str) -> bool {
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b':' | b'@' | b'+')
    };
    !value.is_empty() && value.bytes().all(plain) && !value.starts_with('-')
}

/// A value as text.
pub(super) fn shown(value: Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::List(_) | Value::Map(_) | Value::Null => String::new(),
    }
}
