//! Inputs: what is declared, what is given, and whether it fits.

use std::collections::BTreeMap;
use std::rc::Rc;

use dod_kernel::id::Name;
use dod_kernel::value::Value;

use super::Lowering;
use super::files::Sheet;
use super::unit::Given;
use crate::diagnose::{Diagnostic, Span, codes};
use crate::draft::{Input, InputKind};
use crate::yaml::{Kind, Located, Node, read};

impl Lowering<'_> {
    /// The values of a unit's inputs. `given` is `None` for the root, whose inputs the user gives.
    pub(super) fn bind(
        &mut self,
        sheets: &[Rc<Sheet>],
        given: Option<Vec<Given>>,
        at: Span,
    ) -> BTreeMap<Name, Option<Value>> {
        let declared = self.declared(sheets);
        let proofreading = given.is_none() && self.world.inputs.is_none();
        let mut values: BTreeMap<Name, Option<Value>> = BTreeMap::new();
        for given in given.unwrap_or_else(|| self.user_given(at)) {
            let Some(input) = declared.get(&given.name.value) else {
                let message = format!("the workflow has no input `{}`", &**given.name);
                let found = Diagnostic::error(codes::UNKNOWN_INPUT, given.name.span, message);
                let known = declared.keys().map(Name::as_str);
                self.problems.push(found.did_you_mean(&given.name, known));
                continue;
            };
            let value = given.value.map(|value| self.fit(input, &value, given.text.as_ref(), given.span));
            values.insert(given.name.value, value.flatten());
        }
        for (name, input) in declared {
            if values.contains_key(&name) {
                continue;
            }
            let value = match &input.default {
                Some(node) => self.fit(input, &node.value(), scalar_text(node).as_ref(), node.span),
                None => None,
            };
            if input.required && !proofreading {
                let message = format!("input `{name}` needs a value");
                self.problems.push(at_use(codes::INPUT_MISSING, at, message, input));
            }
            values.insert(name, value);
        }
        values
    }

    fn declared<'s>(&mut self, sheets: &'s [Rc<Sheet>]) -> BTreeMap<Name, &'s Input> {
        let mut declared: BTreeMap<Name, &Input> = BTreeMap::new();
        for input in sheets.iter().flat_map(|sheet| &sheet.draft.inputs) {
            if let Some(first) = declared.insert(input.name.value.clone(), input) {
                let message = format!("two inputs are called `{}`", &**input.name);
                let found = Diagnostic::error(codes::SAME_NAME, input.name.span, message);
                self.problems.push(found.other(first.name.span, "first written here"));
            }
        }
        declared
    }

    fn user_given(&self, at: Span) -> Vec<Given> {
        let given = self.world.inputs.into_iter().flatten();
        given
            .map(|(name, value)| Given {
                name: Located::new(name.clone(), at),
                value: Some(value.clone()),
                text: None,
                span: at,
            })
            .collect()
    }

    /// The value as the input's type has it. Text becomes a number or a yes or no where that is asked for: a
    /// command line knows only text.
    fn fit(&mut self, input: &Input, value: &Value, text: Option<&Name>, span: Span) -> Option<Value> {
        let written = match (value, text) {
            (_, Some(text)) => Some(text.clone()),
            (Value::Text(text), None) => Some(text.clone()),
            (Value::Bool(flag), None) => Some(flag.to_string().into()),
            (Value::Integer(number), None) => Some(number.to_string().into()),
            (Value::Decimal(number), None) => Some(number.to_string().into()),
            _ => None,
        };
        let fitting = written.as_ref().and_then(|written| match &input.kind {
            InputKind::Boolean => written.parse().ok().map(Value::Bool),
            InputKind::Integer => written.parse().ok().map(Value::Integer),
            InputKind::Text => Some(Value::Text(written.clone())),
            InputKind::Choice(choices) => {
                choices.iter().any(|choice| choice.value == *written).then(|| Value::Text(written.clone()))
            }
        });
        if fitting.is_some() {
            return fitting;
        }
        let (expected, near) = match &input.kind {
            InputKind::Boolean => ("`true` or `false`".to_owned(), None),
            InputKind::Integer => ("a whole number".to_owned(), None),
            InputKind::Text => ("text".to_owned(), None),
            InputKind::Choice(choices) => {
                let names: Vec<&str> = choices.iter().map(|choice| choice.as_str()).collect();
                (read::listed(&names).replace(" and ", " or "), Some(names))
            }
        };
        let shown =
            written.as_ref().map_or_else(|| format!("a {}", value.kind()), |text| format!("`{text}`"));
        let message = format!("input `{}` is {expected}, not {shown}", &**input.name);
        let found = at_use(codes::INPUT_VALUE, span, message, input);
        self.problems.push(match (near, &written) {
            (Some(near), Some(written)) => found.did_you_mean(written, near),
            _ => found,
        });
        None
    }
}

/// A problem of a given value: where it is given, or, where that is a command line, where it is declared.
fn at_use(code: &'static str, at: Span, message: String, input: &Input) -> Diagnostic {
    if at.start == at.end {
        return Diagnostic::error(code, input.name.span, message);
    }
    Diagnostic::error(code, at, message).other(input.name.span, "declared here")
}

/// The text of a single value as it was written.
pub(super) fn scalar_text(node: &Node) -> Option<Name> {
    match &node.kind {
        Kind::Scalar { text, .. } if !node.is_null() => Some(text.clone().into()),
        _ => None,
    }
}
