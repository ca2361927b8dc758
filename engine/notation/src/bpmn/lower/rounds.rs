//! Loops and multi-instance activities (BPMN 2.0.2, clauses 10.3.8 and 13.3.7).
//!
//! **Absent on purpose:** `behavior` other than `All`, which throws events from between the rounds: refused.

use std::collections::BTreeMap;

use dod_kernel::id::{BodyId, Name};
use dod_kernel::value::Value;
use dod_kernel::workflow::{Collect, Given, Limits, Over, Repeat};

use super::Lowering;
use super::body::{At, is_generated, variable};
use crate::bpmn::codes;
use crate::bpmn::dialect;
use crate::bpmn::model::{Class, Diagram, ElementId, Kind, Role, Space, Text};
use crate::bpmn::sound::called;
use crate::diagnose::{Diagnostic, Span};

/// What says that an activity has rounds.
pub(super) fn characteristics(diagram: &Diagram, activity: ElementId) -> Option<ElementId> {
    let element = &diagram[activity];
    if element.kind.class() != Class::Activity {
        return None;
    }
    let mut inside = diagram.children(Some(activity));
    inside.find(|(_, child)| child.kind.class() == Class::Loop).map(|(at, _)| at)
}

/// The variable that a round leaves a value in belongs to the round: rounds that run at once must not write one.
pub(super) fn own(diagram: &Diagram, activity: ElementId) -> BTreeMap<Name, Value> {
    let name = characteristics(diagram, activity).and_then(|characteristics| {
        let items = |kind| diagram.children(Some(characteristics)).find(move |(_, child)| child.kind == kind);
        if diagram.reference(characteristics, Role::LoopOutput).is_some() {
            return items(Kind::OutputDataItem).map(|(item, _)| variable(diagram, item));
        }
        let (_, extension) = diagram.extension(characteristics, Space::Zeebe, "loopCharacteristics")?;
        let text = diagram.text(diagram.extension_attribute(extension, "outputElement")?).trim();
        let path = text.strip_prefix('=').unwrap_or(text).trim();
        let is_name = |part: &str| {
            !part.starts_with(|first: char| first.is_ascii_digit())
                && !part.is_empty()
                && part.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        };
        path.split('.').all(is_name).then(|| path.split('.').next().unwrap_or(path))
    });
    name.map(|name| (Name::from(name), Value::Null)).into_iter().collect()
}

impl Lowering<'_> {
    /// The rounds of an activity, over a body that the caller promises. `None` where they cannot be read, and that
    /// was said.
    pub(super) fn rounds(
        &mut self,
        at: &At<'_>,
        activity: ElementId,
        characteristics: ElementId,
    ) -> Option<Repeat> {
        match at.diagram()[characteristics].kind {
            Kind::StandardLoop => self.standard_loop(at, activity, characteristics),
            Kind::MultiInstance => self.multi_instance(at, activity, characteristics),
            _ => None,
        }
    }

    fn standard_loop(
        &mut self,
        at: &At<'_>,
        activity: ElementId,
        characteristics: ElementId,
    ) -> Option<Repeat> {
        let diagram = at.diagram();
        let passage = diagram.passage(characteristics, Role::LoopCondition);
        let written =
            passage.filter(|passage| passage.text.is_some_and(|text| !diagram.text(text).trim().is_empty()));
        let condition = match written {
            Some(passage) => Some(self.condition(at, passage)?),
            None => None,
        };
        let max = match diagram.attribute(characteristics, Space::Plain, "loopMaximum") {
            Some(text) => Some(self.whole(diagram, text)?),
            None => None,
        };
        if condition.is_none() && max.is_none() {
            let message = format!("{} does not say when its loop ends", called(diagram, activity));
            let found = Diagnostic::error(codes::ROUNDS, diagram.tag(characteristics), message);
            self.problems
                .push(found.hint(
                    "give it a `loopCondition`, which holds as long as it goes on, or a `loopMaximum`",
                ));
            return None;
        }
        let before = diagram[characteristics].flags.test_before();
        let over = Over::While { before, condition, max };
        Some(Repeat { body: BodyId(0), collect: None, element: None, enough: None, over, parallel: false })
    }

    fn multi_instance(
        &mut self,
        at: &At<'_>,
        activity: ElementId,
        characteristics: ElementId,
    ) -> Option<Repeat> {
        let diagram = at.diagram();
        self.behavior(at, activity, characteristics);
        let (over, element) = self.over(at, activity, characteristics)?;
        let enough = match diagram.passage(characteristics, Role::Completion) {
            Some(passage) if passage.text.is_some_and(|text| !diagram.text(text).trim().is_empty()) => {
                Some(self.condition(at, passage)?)
            }
            _ => self.zeebe_condition(at, characteristics),
        };
        let collect = self.collect(at, characteristics);
        let parallel = !diagram[characteristics].flags.sequential();
        Some(Repeat { body: BodyId(0), collect, element, enough, over, parallel })
    }

    fn behavior(&mut self, at: &At<'_>, activity: ElementId, characteristics: ElementId) {
        let diagram = at.diagram();
        let behavior = diagram.attribute(characteristics, Space::Plain, "behavior");
        let complex =
            diagram.children(Some(characteristics)).find(|(_, child)| child.kind == Kind::ComplexBehavior);
        let span = match (behavior, complex) {
            (Some(text), _) if !diagram.text(text).trim().eq_ignore_ascii_case("all") => diagram.span(text),
            (_, Some((complex, _))) => diagram.tag(complex),
            _ => return,
        };
        let message = format!("{}: events between its rounds are not supported", called(diagram, activity));
        let found = Diagnostic::error(codes::UNSUPPORTED, span, message);
        self.problems
            .push(found.hint("leave out `behavior`; a completion condition can end the rounds early"));
    }

    /// How many rounds, and the variable that holds an element.
    fn over(
        &mut self,
        at: &At<'_>,
        activity: ElementId,
        characteristics: ElementId,
    ) -> Option<(Over, Option<Name>)> {
        let diagram = at.diagram();
        if let Some(passage) = diagram.passage(characteristics, Role::Cardinality)
            && let Some(text) = self.passage(diagram, passage)
            && !diagram.text(text).trim().is_empty()
        {
            let given = self.value(at, text, passage.language)?;
            self.is_number_of_rounds(diagram.span(text), &given)?;
            return Some((Over::Count(given), None));
        }
        let child = |kind| diagram.children(Some(characteristics)).find(|(_, child)| child.kind == kind);
        if let Some(reference) = diagram.reference(characteristics, Role::LoopInput) {
            let name = reference.to.map_or(diagram.text(reference.text).trim(), |found| data(diagram, found));
            let given = Given::Expression(self.intern(&dialect::name(name)));
            let element = child(Kind::InputDataItem).map(|(item, _)| Name::from(variable(diagram, item)));
            return Some((Over::Elements(given), element));
        }
        let attribute = |name: &str| {
            [Space::Camunda, Space::Flowable]
                .into_iter()
                .find_map(|space| diagram.attribute(characteristics, space, name))
        };
        if let Some(text) = attribute("collection") {
            let given = self.value(at, text, None)?;
            let element = attribute("elementVariable").map(|name| Name::from(diagram.text(name).trim()));
            return Some((Over::Elements(given), element));
        }
        if let Some((_, extension)) = diagram.extension(characteristics, Space::Zeebe, "loopCharacteristics")
            && let Some(text) = diagram.extension_attribute(extension, "inputCollection")
        {
            let given = self.value(at, text, None)?;
            let element = diagram.extension_attribute(extension, "inputElement");
            return Some((Over::Elements(given), element.map(|name| Name::from(diagram.text(name).trim()))));
        }
        let message = format!("{} does not say how many rounds it has", called(diagram, activity));
        let found = Diagnostic::error(codes::ROUNDS, diagram.tag(characteristics), message);
        self.problems.push(found.hint("give it a `loopCardinality`, or a list with `loopDataInputRef`"));
        None
    }

    fn is_number_of_rounds(&mut self, span: Span, given: &Given) -> Option<()> {
        let Given::Value(value) = given else { return Some(()) };
        let most = Limits::default().rounds_max;
        let message = match value {
            Value::Integer(count) if (0..=i64::from(most)).contains(count) => return Some(()),
            Value::Integer(count) if *count < 0 => format!("{count} rounds are less than none"),
            Value::Integer(count) => format!("{count} rounds are more than {most}"),
            other => format!("a {} is no number of rounds", other.kind()),
        };
        let found = Diagnostic::error(codes::ROUNDS, span, message);
        self.problems.push(found.hint(format!("a whole number from 0 to {most}")));
        None
    }

    fn whole(&mut self, diagram: &Diagram, text: Text) -> Option<u32> {
        let most = Limits::default().rounds_max;
        let found = diagram.text(text).trim().parse::<u32>().ok().filter(|count| *count <= most);
        if found.is_none() {
            let message = format!("`{}` is no number of rounds", diagram.text(text).trim());
            let problem = Diagnostic::error(codes::ROUNDS, diagram.span(text), message);
            self.problems.push(problem.hint(format!("a whole number from 0 to {most}")));
        }
        found
    }

    /// What is kept of each round.
    fn collect(&mut self, at: &At<'_>, characteristics: ElementId) -> Option<Collect> {
        let diagram = at.diagram();
        if let Some(reference) = diagram.reference(characteristics, Role::LoopOutput) {
            let into = reference.to.map_or(diagram.text(reference.text).trim(), |found| data(diagram, found));
            let item =
                diagram.children(Some(characteristics)).find(|(_, child)| child.kind == Kind::OutputDataItem);
            let (item, _) = item?;
            let each = Given::Expression(self.intern(&dialect::name(variable(diagram, item))));
            return Some(Collect { each, into: into.into() });
        }
        let (_, extension) = diagram.extension(characteristics, Space::Zeebe, "loopCharacteristics")?;
        let into = diagram.extension_attribute(extension, "outputCollection")?;
        let each = diagram.extension_attribute(extension, "outputElement")?;
        Some(Collect { each: self.value(at, each, None)?, into: diagram.text(into).trim().into() })
    }

    fn zeebe_condition(
        &mut self,
        at: &At<'_>,
        characteristics: ElementId,
    ) -> Option<std::sync::Arc<dod_kernel::ask::Expression>> {
        let diagram = at.diagram();
        let (_, extension) = diagram.extension(characteristics, Space::Zeebe, "loopCharacteristics")?;
        let text = diagram.extension_attribute(extension, "completionCondition")?;
        self.condition_of(diagram, text, None)
    }
}

/// The variable that data is: a reference is what it refers to, an input of an activity what is put into it.
fn data(diagram: &Diagram, data: ElementId) -> &str {
    match diagram[data].kind {
        Kind::DataObjectReference => {
            match diagram.reference(data, Role::DataObject).and_then(|found| found.to) {
                Some(object) => referred(diagram, data, object),
                None => variable(diagram, data),
            }
        }
        Kind::DataInput | Kind::DataOutput => {
            let wired = wired(diagram, data);
            wired.map_or_else(|| variable(diagram, data), |from| object(diagram, from))
        }
        _ => variable(diagram, data),
    }
}

fn object(diagram: &Diagram, found: ElementId) -> &str {
    match diagram.reference(found, Role::DataObject).and_then(|found| found.to) {
        Some(object) => referred(diagram, found, object),
        None => variable(diagram, found),
    }
}

/// Editors give the object a number and its drawn references the name that people use.
fn referred(diagram: &Diagram, reference: ElementId, object: ElementId) -> &str {
    let own = variable(diagram, object);
    if own == diagram.id(object) && is_generated(own) { variable(diagram, reference) } else { own }
}

/// The data that an association connects with an input or output of an activity.
fn wired(diagram: &Diagram, data: ElementId) -> Option<ElementId> {
    let mut activity = diagram[data].parent?;
    while diagram[activity].kind.class() != Class::Activity {
        activity = diagram[activity].parent?;
    }
    let associations = diagram
        .children(Some(activity))
        .filter(|(_, child)| matches!(child.kind, Kind::DataInputAssociation | Kind::DataOutputAssociation));
    for (association, _) in associations {
        let source = diagram.reference(association, Role::Source).and_then(|found| found.to);
        let target = diagram.reference(association, Role::Target).and_then(|found| found.to);
        match (source, target) {
            (Some(source), Some(target)) if target == data => return Some(source),
            (Some(source), Some(target)) if source == data => return Some(target),
            _ => {}
        }
    }
    None
}
