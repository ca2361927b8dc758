//! Evaluating a checked tree over facts, in three-valued logic.
//!
//! ```text
//!   unknown && false = false      unknown || true = true      everything else with unknown = unknown
//! ```
//!
//! **Absent on purpose:** conversions, defaults, and facts of its own.

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::ask::{Answer, Facts, Lookup, Wrong};
use dod_kernel::id::Name;
use dod_kernel::value::Value;

use crate::globs::Globs;
use crate::like::{self, Budget};
use crate::number::{self, Number, arithmetic};
use crate::tree::{Comparison, Kind, Node, Operation, Place, What, path_text};
use crate::{OPERATIONS_MAX, TEXT_BYTES_MAX};

/// Evaluates a whole expression.
pub(crate) fn evaluate(node: &Node, facts: &dyn Facts) -> Answer {
    match evaluate_within(node, facts, &mut Budget(OPERATIONS_MAX)) {
        Ok(Outcome::Value(value)) => Answer::Value(value),
        Ok(Outcome::Unknown(names)) => Answer::Unknown(names.into_iter().collect()),
        Err(wrong) => Answer::Wrong(wrong),
    }
}

/// Evaluates an expression that is a part of something larger, with one budget for all of it.
pub(crate) fn evaluate_within(node: &Node, facts: &dyn Facts, budget: &mut Budget) -> Result<Outcome, Wrong> {
    Evaluation { facts, budget }.node(node)
}

/// What a part of an expression comes to.
pub(crate) enum Outcome {
    Value(Value),
    /// It rests on these facts. Invariant: not empty.
    Unknown(BTreeSet<Name>),
}

/// A value, and by what it is still to be divided; never by something negative.
type Quotient = (Value, Option<Number>);

/// The value, or out with the unknown.
macro_rules! value_of {
    ($outcome:expr) => {
        match $outcome {
            Outcome::Value(value) => value,
            unknown @ Outcome::Unknown(_) => return Ok(unknown),
        }
    };
}

struct Evaluation<'f> {
    facts: &'f dyn Facts,
    budget: &'f mut Budget,
}

impl Evaluation<'_> {
    fn node(&mut self, node: &Node) -> Result<Outcome, Wrong> {
        let at = node.at;
        self.budget.spend().map_err(|message| at.wrong(message))?;
        let value = match &node.what {
            What::Literal(value) => value.clone(),
            What::List(items) => return self.list(items),
            What::Map(members) => return self.map(members),
            What::Fact(path) => return look_up(path, self.facts),
            What::Known(path) => Value::Bool(matches!(look_up(path, self.facts)?, Outcome::Value(_))),
            What::Member(base, name) => {
                let of = value_of!(self.node(base)?);
                return member(of, name, at, || spelled(base, name));
            }
            What::Index(base, index) => return self.index(base, index, at),
            What::Not(operand) => Value::Bool(!truth(&value_of!(self.node(operand)?), "!", operand.at)?),
            What::IsNull(operand) => Value::Bool(value_of!(self.node(operand)?) == Value::Null),
            What::Negative(operand) => {
                let value = value_of!(self.node(operand)?);
                number(&value, "-", operand.at)?.negative().map_err(|message| at.wrong(message))?.value()
            }
            What::All(terms) => return self.terms(terms, "&&", false),
            What::Any(terms) => return self.terms(terms, "||", true),
            What::Compare(how, left, right) => {
                if is_quotient(left) || is_quotient(right) {
                    return self.compare_quotients(*how, (left, right), at);
                }
                let (left, right) = match self.both(left, right)? {
                    Ok(both) => both,
                    Err(unknown) => return Ok(unknown),
                };
                let answer = like::compare(*how, &left, &right, self.budget);
                Value::Bool(answer.map_err(|message| at.wrong(message))?)
            }
            What::Arithmetic(operation, left, right) => {
                let places = (left.at, right.at);
                match self.both(left, right)? {
                    Ok((left, right)) => calculate(*operation, &left, &right, at, places)?,
                    Err(unknown) => return Ok(unknown),
                }
            }
            What::Contains { whole, item } => match self.both(whole, item)? {
                Ok((whole, item)) => Value::Bool(self.contains(&whole, &item, at)?),
                Err(unknown) => return Ok(unknown),
            },
            What::StartsWith(whole, part) => {
                return self.affix(whole, part, "starts_with", |whole, part| whole.starts_with(part));
            }
            What::EndsWith(whole, part) => {
                return self.affix(whole, part, "ends_with", |whole, part| whole.ends_with(part));
            }
            What::Length(of) => {
                let length = length(&value_of!(self.node(of)?), "len", of.at)?;
                Value::Integer(i64::try_from(length).map_err(|_| at.wrong("the length is too large"))?)
            }
            What::IsEmpty(of) => Value::Bool(length(&value_of!(self.node(of)?), "is_empty", of.at)? == 0),
            What::LowerCase(of) => {
                Value::text(text(&value_of!(self.node(of)?), "to_lower", of.at)?.to_lowercase())
            }
            What::Changed(globs) => Value::Bool(self.changed(globs, at)?),
        };
        Ok(Outcome::Value(value))
    }

    fn affix(
        &mut self,
        whole: &Node,
        part: &Node,
        name: &str,
        holds: impl Fn(&str, &str) -> bool,
    ) -> Result<Outcome, Wrong> {
        let (whole_at, part_at) = (whole.at, part.at);
        let (whole, part) = match self.both(whole, part)? {
            Ok(both) => both,
            Err(unknown) => return Ok(unknown),
        };
        let (whole, part) = (text(&whole, name, whole_at)?, text(&part, name, part_at)?);
        Ok(Outcome::Value(Value::Bool(holds(whole, part))))
    }

    /// Without a base everything counts as changed; the caller records that it was so.
    fn changed(&mut self, globs: &Globs, at: Place) -> Result<bool, Wrong> {
        let Some(paths) = self.facts.changed() else { return Ok(true) };
        for path in paths {
            self.budget.spend().map_err(|message| at.wrong(message))?;
            if globs.is_match(path) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Both sides, always: an unknown on the left does not hide that the right is wrong.
    fn both(&mut self, left: &Node, right: &Node) -> Result<Result<(Value, Value), Outcome>, Wrong> {
        Ok(match (self.node(left)?, self.node(right)?) {
            (Outcome::Value(left), Outcome::Value(right)) => Ok((left, right)),
            (Outcome::Unknown(mut left), Outcome::Unknown(right)) => {
                left.extend(right);
                Err(Outcome::Unknown(left))
            }
            (unknown @ Outcome::Unknown(_), _) | (_, unknown) => Err(unknown),
        })
    }

    /// `&&` is decided by false, `||` by true; terms behind the deciding one are not asked, so that
    /// `"total" in order && order.total > 5` can guard itself.
    fn terms(&mut self, terms: &[Node], operator: &str, decides: bool) -> Result<Outcome, Wrong> {
        let mut unknown = BTreeSet::new();
        for term in terms {
            match self.node(term)? {
                Outcome::Value(value) => {
                    if truth(&value, operator, term.at)? == decides {
                        return Ok(Outcome::Value(Value::Bool(decides)));
                    }
                }
                Outcome::Unknown(names) => unknown.extend(names),
            }
        }
        Ok(if unknown.is_empty() { Outcome::Value(Value::Bool(!decides)) } else { Outcome::Unknown(unknown) })
    }

    fn list(&mut self, items: &[Node]) -> Result<Outcome, Wrong> {
        let (mut values, mut unknown) = (Vec::with_capacity(items.len()), BTreeSet::new());
        for item in items {
            match self.node(item)? {
                Outcome::Value(value) => values.push(value),
                Outcome::Unknown(names) => unknown.extend(names),
            }
        }
        Ok(if unknown.is_empty() { Outcome::Value(Value::List(values)) } else { Outcome::Unknown(unknown) })
    }

    fn map(&mut self, members: &[(Name, Node)]) -> Result<Outcome, Wrong> {
        let (mut values, mut unknown) = (BTreeMap::new(), BTreeSet::new());
        for (name, member) in members {
            match self.node(member)? {
                Outcome::Value(value) => drop(values.insert(name.clone(), value)),
                Outcome::Unknown(names) => unknown.extend(names),
            }
        }
        Ok(if unknown.is_empty() { Outcome::Value(Value::Map(values)) } else { Outcome::Unknown(unknown) })
    }

    /// `a / b >= c` without the rounding of `a / b`: by multiplying, `a >= c * b`.
    fn compare_quotients(
        &mut self,
        how: Comparison,
        (left, right): (&Node, &Node),
        at: Place,
    ) -> Result<Outcome, Wrong> {
        let (over, under) = (self.quotient(left)?, self.quotient(right)?);
        let ((left_over, left_under), (right_over, right_under)) = match (over, under) {
            (Ok(left), Ok(right)) => (left, right),
            (Err(mut left), Err(right)) => {
                left.extend(right);
                return Ok(Outcome::Unknown(left));
            }
            (Err(unknown), _) | (_, Err(unknown)) => return Ok(Outcome::Unknown(unknown)),
        };
        let side = |over: Value, under: Option<Number>| match under {
            Some(under) => multiplied(&over, under, at),
            None => Ok(over),
        };
        let (left, right) = (side(left_over, right_under)?, side(right_over, left_under)?);
        let answer = like::compare(how, &left, &right, self.budget);
        Ok(Outcome::Value(Value::Bool(answer.map_err(|message| at.wrong(message))?)))
    }

    fn quotient(&mut self, node: &Node) -> Result<Result<Quotient, BTreeSet<Name>>, Wrong> {
        let What::Arithmetic(Operation::Divide, over, under) = &node.what else {
            return Ok(match self.node(node)? {
                Outcome::Value(value) => Ok((value, None)),
                Outcome::Unknown(names) => Err(names),
            });
        };
        let places = (over.at, under.at);
        let (over, under) = match self.both(over, under)? {
            Ok(both) => both,
            Err(Outcome::Unknown(names)) => return Ok(Err(names)),
            Err(Outcome::Value(value)) => return Ok(Ok((value, None))),
        };
        let (over, under) = (number(&over, "/", places.0)?, number(&under, "/", places.1)?);
        let wrong = |message: &'static str| node.at.wrong(message);
        Ok(Ok(match arithmetic(Operation::Divide, over, under) {
            Ok(exact) => (exact.value(), None),
            Err(message) if message != number::NOT_EXACT => return Err(wrong(message)),
            Err(_) if under.compare(Number::Whole(0)).is_lt() => {
                (over.negative().map_err(wrong)?.value(), Some(under.negative().map_err(wrong)?))
            }
            Err(_) => (over.value(), Some(under)),
        }))
    }

    fn index(&mut self, base: &Node, index: &Node, at: Place) -> Result<Outcome, Wrong> {
        let index_at = index.at;
        let (of, index) = match self.both(base, index)? {
            Ok(both) => both,
            Err(unknown) => return Ok(unknown),
        };
        match (of, &index) {
            (Value::List(mut items), Value::Integer(number)) => {
                let count = items.len();
                let found = usize::try_from(*number).ok().filter(|number| *number < count);
                match found {
                    Some(found) => Ok(Outcome::Value(items.swap_remove(found))),
                    None => Err(index_at.wrong(format!("there is no element {number} in a list of {count}"))),
                }
            }
            (of @ Value::Map(_), Value::Text(name)) => member(of, name, at, || spelled(base, name)),
            (of, index) => Err(at.wrong(format!("a {} has no element at a {}", of.kind(), index.kind()))),
        }
    }

    fn contains(&mut self, whole: &Value, item: &Value, at: Place) -> Result<bool, Wrong> {
        match (whole, item) {
            (Value::Text(whole), Value::Text(part)) => Ok(whole.contains(part.as_str())),
            (Value::Map(members), Value::Text(name)) => Ok(members.contains_key(name)),
            (Value::List(items), item) => {
                let mut found = false;
                for each in items {
                    let same = like::equal(item, each, 0, self.budget);
                    found |= same.map_err(|message| at.wrong(message))?;
                }
                Ok(found)
            }
            (whole, item) => {
                Err(at.wrong(format!("a {} is not looked for in a {}", item.kind(), whole.kind())))
            }
        }
    }
}

/// Asks for the longest part of the path that is one fact; what is left are members of its value.
pub(crate) fn look_up(path: &[(Name, Place)], facts: &dyn Facts) -> Result<Outcome, Wrong> {
    let names: Vec<&str> = path.iter().map(|(name, _)| name.as_str()).collect();
    let mut length = 1;
    while length < names.len() && facts.is_group(&names[..length]) {
        length += 1;
    }
    let (asked, at) = (&names[..length], path[length - 1].1);
    let mut value = match facts.look_up(asked) {
        Lookup::Known(value) => value,
        Lookup::Unknown => return Ok(Outcome::Unknown([path_text(asked)].into())),
        Lookup::NoSuchName if facts.is_group(asked) => {
            let group = path_text(asked);
            return Err(at.wrong(format!("`{group}` is a group of facts; ask for one of them")));
        }
        Lookup::NoSuchName => return Err(at.wrong(format!("no fact is called `{}`", path_text(asked)))),
    };
    for (upto, (name, at)) in path.iter().enumerate().skip(length) {
        value = value_of!(member(value, name, *at, || path_text(&names[..=upto]))?);
    }
    Ok(Outcome::Value(value))
}

/// A member that a map does not have is a fact that is not known.
fn member(of: Value, name: &str, at: Place, spelled: impl Fn() -> Name) -> Result<Outcome, Wrong> {
    match of {
        Value::Map(mut members) => Ok(match members.remove(name) {
            Some(value) => Outcome::Value(value),
            None => Outcome::Unknown([spelled()].into()),
        }),
        other => Err(at.wrong(format!("a {} has no member `{name}`", other.kind()))),
    }
}

fn is_quotient(node: &Node) -> bool {
    matches!(node.what, What::Arithmetic(Operation::Divide, ..))
}

/// A number times another. What is no number stays, so that comparing it says what it is.
fn multiplied(value: &Value, by: Number, at: Place) -> Result<Value, Wrong> {
    let Some(number) = Number::of(value) else { return Ok(value.clone()) };
    arithmetic(Operation::Times, number, by).map(Number::value).map_err(|message| at.wrong(message))
}

fn spelled(base: &Node, name: &str) -> Name {
    let base = match &base.what {
        What::Fact(path) => {
            let names: Vec<&str> = path.iter().map(|(name, _)| name.as_str()).collect();
            path_text(&names)
        }
        What::Member(_, name) => format!("….{name}").into(),
        _ => "…".into(),
    };
    path_text(&[base.as_str(), name])
}

pub(crate) fn calculate(
    operation: Operation,
    left: &Value,
    right: &Value,
    at: Place,
    places: (Place, Place),
) -> Result<Value, Wrong> {
    if let (Operation::Plus, Value::Text(left), Value::Text(right)) = (operation, left, right) {
        if left.len() + right.len() > TEXT_BYTES_MAX {
            return Err(at.wrong(format!("the text would have more than {TEXT_BYTES_MAX} bytes")));
        }
        return Ok(Value::text(format!("{left}{right}")));
    }
    let (first, second) = (Kind::of(left), Kind::of(right));
    if operation == Operation::Plus && first != second {
        return Err(at.wrong(format!("{} and {} have no sum", first.name(), second.name())));
    }
    let sign = match operation {
        Operation::Plus => "+",
        Operation::Minus => "-",
        Operation::Times => "*",
        Operation::Divide => "/",
        Operation::Remainder => "%",
    };
    let (left, right) = (number(left, sign, places.0)?, number(right, sign, places.1)?);
    arithmetic(operation, left, right).map(Number::value).map_err(|message| at.wrong(message))
}

fn unfit(value: &Value, operator: &str, at: Place) -> Wrong {
    at.wrong(format!("`{operator}` does not take {}", Kind::of(value).name()))
}

fn truth(value: &Value, operator: &str, at: Place) -> Result<bool, Wrong> {
    if let Value::Bool(yes) = value { Ok(*yes) } else { Err(unfit(value, operator, at)) }
}

fn number(value: &Value, operator: &str, at: Place) -> Result<Number, Wrong> {
    Number::of(value).ok_or_else(|| unfit(value, operator, at))
}

fn text<'v>(value: &'v Value, operator: &str, at: Place) -> Result<&'v str, Wrong> {
    if let Value::Text(text) = value { Ok(text) } else { Err(unfit(value, operator, at)) }
}

/// Characters of a text, elements of a list.
fn length(value: &Value, operator: &str, at: Place) -> Result<usize, Wrong> {
    match value {
        Value::Text(text) => Ok(text.chars().count()),
        Value::List(items) => Ok(items.len()),
        other => Err(unfit(other, operator, at)),
    }
}
