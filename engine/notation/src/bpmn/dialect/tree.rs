//! An expression between the languages: only what means the same in all of them.
//!
//! **Absent on purpose:** how anything is spelled, calls, assignment.

use std::collections::BTreeMap;
use std::ops::Range;

use dod_kernel::decimal::Decimal;
use dod_kernel::value::Value;

/// A part of an expression and its bytes in the original.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::bpmn) struct Node {
    pub(in crate::bpmn) range: Range<usize>,
    pub(in crate::bpmn) what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::bpmn) enum What {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    List(Vec<Node>),
    /// Only in scripts.
    Map(Vec<(String, Node)>),
    Name(String),
    Member(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Negative(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
    Compare(&'static str, Box<Node>, Box<Node>),
    Arithmetic(&'static str, Box<Node>, Box<Node>),
    /// An item, and the list, text or map that may hold it.
    In(Box<Node>, Box<Node>),
}

impl Node {
    pub(in crate::bpmn) fn new(range: Range<usize>, what: What) -> Self {
        Self { range, what }
    }

    /// `self` and `other` compared.
    pub(in crate::bpmn) fn compared(self, how: &'static str, other: Self) -> Self {
        let range = self.range.start.min(other.range.start)..self.range.end.max(other.range.end);
        Self::new(range, What::Compare(how, Box::new(self), Box::new(other)))
    }

    /// Every part of it, itself first. Trees are as deep as [`DEPTH_MAX`](super::DEPTH_MAX) allows.
    pub(in crate::bpmn) fn each(&mut self, see: &mut dyn FnMut(&mut Self)) {
        see(self);
        match &mut self.what {
            What::List(items) | What::All(items) | What::Any(items) => {
                items.iter_mut().for_each(|item| item.each(see));
            }
            What::Map(members) => members.iter_mut().for_each(|(_, member)| member.each(see)),
            What::Member(of, _) | What::Not(of) | What::Negative(of) => of.each(see),
            What::Index(left, right)
            | What::In(left, right)
            | What::Compare(_, left, right)
            | What::Arithmetic(_, left, right) => {
                left.each(see);
                right.each(see);
            }
            What::Null | What::Bool(_) | What::Number(_) | What::Text(_) | What::Name(_) => {}
        }
    }

    /// Whether its kind cannot be seen, or is that of a boolean.
    pub(in crate::bpmn) fn may_be_true(&self) -> bool {
        !matches!(
            self.what,
            What::Null | What::Number(_) | What::Text(_) | What::List(_) | What::Map(_) | What::Negative(_)
        )
    }

    /// Its value, where it says one itself.
    pub(in crate::bpmn) fn literal(&self) -> Option<Value> {
        Some(match &self.what {
            What::Null => Value::Null,
            What::Bool(yes) => Value::Bool(*yes),
            What::Number(number) => match number.as_integer() {
                Some(whole) => Value::Integer(whole),
                None => Value::Decimal(*number),
            },
            What::Text(text) => Value::text(text.as_str()),
            What::List(items) => Value::List(items.iter().map(Self::literal).collect::<Option<_>>()?),
            What::Map(members) => {
                let members =
                    members.iter().map(|(name, value)| Some((name.as_str().into(), value.literal()?)));
                Value::Map(members.collect::<Option<BTreeMap<_, _>>>()?)
            }
            _ => return None,
        })
    }
}
