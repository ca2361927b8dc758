//! Which names a body has, and what a name means from where it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dod_kernel::id::NodeId;

use super::Lowering;
use super::files::Sheet;
use super::matrix::Leg;
use super::unit::Unit;
use crate::diagnose::{Diagnostic, codes};
use crate::draft::{Action, Step, Word};

/// One step or service of a body, with its legs.
#[derive(Debug)]
pub(super) struct Slot {
    /// Index of its unit.
    pub(super) unit: usize,
    /// The file it stands in.
    pub(super) sheet: Rc<Sheet>,
    /// Its index among the steps or services of that file.
    pub(super) at: usize,
    /// Whether it is a service.
    pub(super) is_service: bool,
    /// Its legs, at least one.
    pub(super) legs: Vec<Leg>,
    /// Its matrix was wrong, and that was said.
    pub(super) is_broken: bool,
    /// The node of its first leg; the others follow.
    pub(super) first: NodeId,
    /// The leg with each suffix, where there are several.
    by_suffix: BTreeMap<String, usize>,
}

impl Slot {
    /// What was written.
    pub(super) fn step(&self) -> &Step {
        let draft = &self.sheet.draft;
        if self.is_service { &draft.services[self.at] } else { &draft.steps[self.at] }
    }

    fn nodes(&self) -> impl Iterator<Item = NodeId> + use<'_> {
        (0..self.legs.len()).map(|leg| NodeId(self.first.0 + u32::try_from(leg).expect("bounded")))
    }
}

/// All names of a body.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// In the order of their nodes.
    pub(super) slots: Vec<Slot>,
    pub(super) by_name: BTreeMap<String, usize>,
    /// The steps of each project, those of the projects inside it included.
    groups: BTreeMap<String, Vec<NodeId>>,
}

impl Lowering<'_> {
    /// Names everything in the units of a body and gives out the nodes.
    pub(super) fn gather(&mut self, units: &[Unit]) -> Names {
        let used = used_services(units);
        let mut names = Names::default();
        let mut next = self.parts.nodes.len();
        for (unit, opened) in units.iter().enumerate() {
            for sheet in &opened.sheets {
                let services = (0..sheet.draft.services.len()).map(|at| (at, true));
                let steps = (0..sheet.draft.steps.len()).map(|at| (at, false));
                for (at, is_service) in services.chain(steps) {
                    let draft = &sheet.draft;
                    let step = if is_service { &draft.services[at] } else { &draft.steps[at] };
                    let name = format!("{}{}", opened.prefix, &**step.name);
                    if is_service && !used.contains(&name) {
                        let message = format!("no step needs service `{name}`, so it is not started");
                        let found = Diagnostic::warning(codes::UNUSED_SERVICE, step.name.span, message);
                        self.problems.push(found);
                        continue;
                    }
                    if let Some(first) = names.by_name.get(&name) {
                        let first = names.slots[*first].step().name.span;
                        let message = format!("two steps are called `{name}`");
                        let found = Diagnostic::error(codes::SAME_NAME, step.name.span, message);
                        self.problems.push(found.other(first, "first written here"));
                        continue;
                    }
                    let legs = self.legs(step);
                    let is_broken = legs.is_empty();
                    let legs = if is_broken { vec![Leg::default()] } else { legs };
                    if next + legs.len() > self.bounds.steps {
                        self.too_many(step, self.bounds.steps, "steps");
                        return names;
                    }
                    let first = NodeId(u32::try_from(next).expect("bounded"));
                    next += legs.len();
                    names.by_name.insert(name, names.slots.len());
                    let sheet = Rc::clone(sheet);
                    let suffixes = legs.iter().enumerate().filter(|(_, leg)| !leg.suffix.is_empty());
                    let by_suffix = suffixes.map(|(at, leg)| (leg.suffix.clone(), at)).collect();
                    let slot = Slot { unit, sheet, at, is_service, legs, is_broken, first, by_suffix };
                    names.slots.push(slot);
                }
            }
        }
        group(units, &mut names);
        names
    }

    /// Says once that a bound was reached.
    pub(super) fn too_many(&mut self, step: &Step, most: usize, what: &str) {
        if !std::mem::replace(&mut self.full, true) {
            let message = format!("the workflow has more than {most} {what}");
            self.problems.push(Diagnostic::error(codes::LIMIT, step.name.span, message));
        }
    }

    /// The nodes that a name means in a unit: all legs of a step, one leg, a service, or a whole project.
    pub(super) fn resolve(
        &mut self,
        units: &[Unit],
        names: &Names,
        from: usize,
        word: &Word,
        named_by: &str,
    ) -> Option<Vec<NodeId>> {
        let prefix = &units[from].prefix;
        let (base, selector) = match word.strip_suffix(']').and_then(|word| word.split_once('[')) {
            Some((base, selector)) => (base, Some(selector)),
            None => (&***word, None),
        };
        let full = format!("{prefix}{base}");
        if let Some(slot) = names.by_name.get(&full) {
            let slot = &names.slots[*slot];
            return match selector {
                None => Some(slot.nodes().collect()),
                Some(selector) => self.select(slot, selector, word),
            };
        }
        if let Some(group) = names.groups.get(&full).filter(|_| selector.is_none()) {
            return Some(group.clone());
        }
        // What could not be read may well have held it, and that it could not be read was said.
        if units[from].is_incomplete || self.missing.iter().any(|prefix| full.starts_with(prefix.as_str())) {
            return None;
        }
        let found = match outer_call(names, &full) {
            Some(call) => {
                let call = call.strip_prefix(prefix.as_str()).unwrap_or(call);
                let message = format!("`{base}` is inside the workflow that `{call}` calls");
                Diagnostic::error(codes::INSIDE_CALL, word.span, message)
                    .hint(format!("need `{call}` itself"))
            }
            None => {
                let message = format!("{named_by} `{base}`, which does not exist");
                let steps = names.by_name.keys().map(String::as_str);
                let projects = units.iter().filter_map(|unit| unit.prefix.strip_suffix('/'));
                let known = steps.chain(projects).filter_map(|name| name.strip_prefix(prefix.as_str()));
                Diagnostic::error(codes::UNKNOWN_STEP, word.span, message)
                    .label("no step has this name")
                    .did_you_mean(base, known)
            }
        };
        self.problems.push(found);
        None
    }

    fn select(&mut self, slot: &Slot, selector: &str, word: &Word) -> Option<Vec<NodeId>> {
        let step = slot.step();
        if slot.is_broken {
            return None;
        }
        if let Some(leg) = slot.by_suffix.get(&format!("[{selector}]")) {
            return slot.nodes().nth(*leg).map(|node| vec![node]);
        }
        let mut wanted = Vec::new();
        for pair in selector.split(',') {
            let Some((axis, value)) = pair.split_once('=') else {
                let message = format!("`{pair}` does not name a leg of `{}`", &**step.name);
                let found = Diagnostic::error(codes::UNKNOWN_AXIS, word.span, message);
                self.problems.push(found.hint("like `test[os=linux]`"));
                return None;
            };
            wanted.push((axis.trim(), value.trim()));
        }
        let has = |leg: &Leg| {
            wanted.iter().all(|(axis, value)| leg.values.get(*axis).is_some_and(|found| **found == **value))
        };
        let found: Vec<NodeId> =
            slot.legs.iter().zip(slot.nodes()).filter(|(leg, _)| has(leg)).map(|(_, node)| node).collect();
        if !found.is_empty() {
            return Some(found);
        }
        let message = format!("`{}` has no leg `[{selector}]`", &**step.name);
        let error = Diagnostic::error(codes::UNKNOWN_AXIS, word.span, message);
        let known: Vec<&str> = slot.legs.iter().map(|leg| leg.suffix.as_str()).collect();
        self.problems.push(match known.as_slice() {
            [""] => error.hint("the step has no matrix"),
            few if few.len() <= 6 => error.hint(format!("its legs are {}", few.join(" "))),
            _ => error.did_you_mean(&format!("[{selector}]"), known),
        });
        None
    }
}

/// Notes the steps of each project.
fn group(units: &[Unit], names: &mut Names) {
    let projects: BTreeSet<&str> = units.iter().filter_map(|unit| unit.prefix.strip_suffix('/')).collect();
    let mut groups: BTreeMap<String, Vec<NodeId>> =
        projects.iter().map(|project| ((*project).to_owned(), Vec::new())).collect();
    for slot in names.slots.iter().filter(|slot| !slot.is_service) {
        let prefix = &units[slot.unit].prefix;
        for (at, _) in prefix.match_indices('/') {
            if let Some(group) = groups.get_mut(&prefix[..at]) {
                group.extend(slot.nodes());
            }
        }
    }
    names.groups = groups;
}

/// The call that a name like `deploy/smoke` reaches into.
fn outer_call<'n>(names: &'n Names, full: &str) -> Option<&'n str> {
    let cuts = full.char_indices().filter(|(_, letter)| *letter == '/').map(|(at, _)| at);
    cuts.filter_map(|at| names.by_name.get_key_value(&full[..at]))
        .find(|(_, slot)| matches!(names.slots[**slot].step().action, Some(Action::Call { .. })))
        .map(|(name, _)| name.as_str())
}

/// Full names that `services` and `needs` mention, where there are services at all.
fn used_services(units: &[Unit]) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    if units.iter().flat_map(|unit| &unit.sheets).all(|sheet| sheet.draft.services.is_empty()) {
        return used;
    }
    for unit in units {
        for sheet in &unit.sheets {
            for step in sheet.draft.steps.iter().chain(&sheet.draft.services) {
                let needs = step.needs.iter().map(|need| &need.step);
                used.extend(
                    step.services.iter().chain(needs).map(|word| format!("{}{}", unit.prefix, &***word)),
                );
            }
        }
    }
    used
}
