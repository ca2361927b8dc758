//! A matrix → its legs, statically.
//!
//! `exclude` takes away every leg that has all its values. An element of `include` that agrees with a leg on
//! all axes adds its other values to that leg; any other one is a leg of its own.

use std::collections::BTreeMap;

use dod_kernel::id::Name;

use super::{LEGS_MAX, Lowering};
use crate::diagnose::{Diagnostic, codes};
use crate::draft::{Matrix, Step, Word};

/// How many legs may be added and taken away by name.
const ADDED_AND_TAKEN_MAX: usize = 1000;

/// One leg of a step; a step without a matrix has one without values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Leg {
    /// `[os=linux,py=3.12]`, or empty.
    pub(super) suffix: String,
    /// What `matrix.x` stands for.
    pub(super) values: BTreeMap<Name, Name>,
}

impl Lowering<'_> {
    /// The legs of a step: at least one, unless the matrix is wrong, and that was said.
    pub(super) fn legs(&mut self, step: &Step) -> Vec<Leg> {
        let Some(matrix) = &step.matrix else { return vec![Leg::default()] };
        if matrix.include.len() + matrix.exclude.len() > ADDED_AND_TAKEN_MAX {
            let message = format!("the matrix has more than {ADDED_AND_TAKEN_MAX} `include` and `exclude`");
            self.problems.push(Diagnostic::error(codes::LIMIT, matrix.key, message));
            return Vec::new();
        }
        let count = matrix.axes.iter().try_fold(1usize, |count, (_, values)| count.checked_mul(values.len()));
        let Some(count) = count.filter(|count| count + matrix.include.len() <= LEGS_MAX) else {
            let message = format!("the matrix of `{}` has more than {LEGS_MAX} legs", &**step.name);
            self.problems.push(Diagnostic::error(codes::LIMIT, matrix.key, message));
            return Vec::new();
        };
        let crossed = if matrix.axes.is_empty() { 0 } else { count };
        let mut legs: Vec<BTreeMap<Name, Name>> = (0..crossed).map(|at| cross(matrix, at)).collect();
        self.exclude(matrix, &mut legs);
        for added in &matrix.include {
            include(matrix, added, &mut legs);
        }
        if legs.is_empty() && matrix.axes.iter().all(|(_, values)| !values.is_empty()) {
            let message = format!("the matrix of `{}` has no legs left", &**step.name);
            self.problems.push(Diagnostic::error(codes::NO_LEGS, matrix.key, message));
        }
        let mut found: Vec<Leg> = Vec::with_capacity(legs.len());
        for values in legs {
            let suffix = suffix(matrix, &values);
            found.push(Leg { suffix, values });
        }
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|leg| {
            let new = seen.insert(leg.suffix.clone());
            if !new {
                let message = format!("`include` makes the leg `{}{}` twice", &**step.name, leg.suffix);
                self.problems.push(Diagnostic::error(codes::SAME_NAME, matrix.key, message));
            }
            new
        });
        found
    }

    fn exclude(&mut self, matrix: &Matrix, legs: &mut Vec<BTreeMap<Name, Name>>) {
        for taken in &matrix.exclude {
            let mut sound = true;
            for (axis, value) in taken {
                sound &= self.has_value(matrix, axis, value);
            }
            let before = legs.len();
            legs.retain(|leg| !taken.iter().all(|(axis, value)| leg.get(&axis.value) == Some(&value.value)));
            if sound && legs.len() == before && before > 0 {
                let message = "this `exclude` takes no leg away";
                let span = taken[0].0.span;
                self.problems.push(Diagnostic::warning(codes::EXCLUDES_NOTHING, span, message));
            }
        }
    }

    fn has_value(&mut self, matrix: &Matrix, axis: &Word, value: &Word) -> bool {
        let Some((_, values)) = matrix.axes.iter().find(|(name, _)| name.value == axis.value) else {
            let message = format!("the matrix has no axis `{}`", &**axis);
            let found = Diagnostic::error(codes::UNKNOWN_AXIS, axis.span, message);
            let known = matrix.axes.iter().map(|(name, _)| name.as_str());
            self.problems.push(found.did_you_mean(axis, known));
            return false;
        };
        let known = values.iter().any(|known| known.value == value.value);
        if !known {
            let message = format!("axis `{}` has no value `{}`", &**axis, &**value);
            let found = Diagnostic::error(codes::UNKNOWN_AXIS, value.span, message);
            self.problems.push(found.did_you_mean(value, values.iter().map(|value| value.as_str())));
        }
        known
    }
}

/// The leg with this number; the last axis turns fastest.
fn cross(matrix: &Matrix, mut at: usize) -> BTreeMap<Name, Name> {
    let mut values = BTreeMap::new();
    for (axis, of) in matrix.axes.iter().rev() {
        values.insert(axis.value.clone(), of[at % of.len()].value.clone());
        at /= of.len();
    }
    values
}

fn include(matrix: &Matrix, added: &[(Word, Word)], legs: &mut Vec<BTreeMap<Name, Name>>) {
    let given = |axis: &Word| added.iter().find(|(name, _)| name.value == axis.value).map(|(_, value)| value);
    let agrees = |leg: &BTreeMap<Name, Name>| {
        let same = |(axis, _): &(Word, _)| given(axis).map(|value| &value.value) == leg.get(&axis.value);
        !matrix.axes.is_empty() && matrix.axes.iter().all(same)
    };
    let values = added.iter().map(|(name, value)| (name.value.clone(), value.value.clone()));
    match legs.iter_mut().find(|leg| agrees(leg)) {
        Some(leg) => leg.extend(values),
        None => legs.push(values.collect()),
    }
}

/// Axes in the order they were written; a leg that only `include` knows is named by all it has.
fn suffix(matrix: &Matrix, values: &BTreeMap<Name, Name>) -> String {
    let mut named: Vec<String> = Vec::new();
    for (axis, _) in &matrix.axes {
        named.extend(values.get(&axis.value).map(|value| format!("{}={value}", &**axis)));
    }
    if named.is_empty() {
        named.extend(values.iter().map(|(name, value)| format!("{name}={value}")));
    }
    format!("[{}]", named.join(","))
}
