//! Lanes: who may act (BPMN 2.0.2, clause 10.8).
//!
//! **Absent on purpose:** pools. A pool is an organization; within it anybody may act.

use dod_kernel::id::Name;

use super::Lowering;
use super::body::At;
use crate::bpmn::model::{Diagram, ElementId, Kind, Role, Space, Text};
use crate::bpmn::sound::shown;
use crate::diagnose::{Diagnostic, codes};

/// The innermost lane of each element; empty where the file has no lanes.
pub(super) fn lanes(diagram: &Diagram) -> Vec<Option<ElementId>> {
    let mut lanes = Vec::new();
    for (lane, element) in diagram.all() {
        if element.kind != Kind::Lane {
            continue;
        }
        if lanes.is_empty() {
            lanes = vec![None; diagram.elements.len()];
        }
        // Lanes within this one come later and count more.
        for member in diagram.references(lane).filter(|reference| reference.role == Role::Member) {
            if let Some(member) = member.to {
                lanes[member.index()] = Some(lane);
            }
        }
    }
    lanes
}

impl Lowering<'_> {
    /// The roles that may answer for a task: those it names, else its lane's.
    pub(super) fn roles(&mut self, at: &At<'_>, task: ElementId) -> Vec<Name> {
        let diagram = at.diagram();
        if let Some(written) = written(diagram, task) {
            let roles = diagram.text(written).split(',').map(str::trim).filter(|role| !role.is_empty());
            let roles: Vec<Name> = roles.map(Name::from).collect();
            for role in &roles {
                self.role_is_known(diagram, role, written);
            }
            return roles;
        }
        let Some(lane) = lane_of(at, task) else { return Vec::new() };
        let name = shown(diagram.name(lane), 100);
        let name = if name.is_empty() { diagram.id(lane).to_owned() } else { name };
        let Some(known) = self.world.roles else { return vec![name.into()] };
        if known.is_empty() {
            // A drawing alone is no authority that could keep everybody out.
            let message =
                format!("lane `{name}` says who may answer, and there is no file of roles: anybody may");
            let found = Diagnostic::warning(codes::UNKNOWN_ROLE, diagram.tag(lane), message);
            let hint = format!("`roles.yaml` with `{}: [{{ name: … }}]` says who belongs to it", slug(&name));
            self.problems.push(found.hint(hint));
            return Vec::new();
        }
        let as_role = slug(&name);
        let same = known.iter().find(|role| role.as_str() == name);
        if let Some(role) = same.or_else(|| known.iter().find(|role| slug(role) == as_role)) {
            return vec![role.clone()];
        }
        let message = format!("lane `{name}` is no role, so nobody may answer for what people do in it");
        let found = Diagnostic::warning(codes::UNKNOWN_ROLE, diagram.tag(lane), message);
        let hint = format!("name it among the roles, as `{name}` or `{as_role}`");
        self.problems.push(found.hint(hint).did_you_mean(&as_role, known.iter().map(Name::as_str)));
        vec![name.into()]
    }

    fn role_is_known(&mut self, diagram: &Diagram, role: &Name, written: Text) {
        let Some(known) = self.world.roles else { return };
        if !known.contains(role) {
            let message = format!("role `{role}` is not in the file of roles");
            let found = Diagnostic::error(codes::UNKNOWN_ROLE, diagram.span(written), message);
            let hint =
                format!("`roles.yaml` with `{}: [{{ name: … }}]` says who belongs to it", shown(role, 60));
            self.problems.push(found.hint(hint).did_you_mean(role, known.iter().map(Name::as_str)));
        }
    }
}

/// What a task itself says. An expression of another engine says nothing here.
fn written(diagram: &Diagram, task: ElementId) -> Option<Text> {
    if let Some(own) = super::bind::word(diagram, task, "from") {
        return Some(own);
    }
    let attribute = [Space::Camunda, Space::Flowable]
        .into_iter()
        .find_map(|space| diagram.attribute(task, space, "candidateGroups"));
    let zeebe = || {
        let (_, found) = diagram.extension(task, Space::Zeebe, "assignmentDefinition")?;
        diagram.extension_attribute(found, "candidateGroups")
    };
    let found = attribute.or_else(zeebe)?;
    let text = diagram.text(found).trim();
    (!text.is_empty() && !text.starts_with('=') && !text.contains("${")).then_some(found)
}

/// The lane an element lies in, or what it is inside of.
fn lane_of(at: &At<'_>, element: ElementId) -> Option<ElementId> {
    if at.sheet.lanes.is_empty() {
        return None;
    }
    let mut here = Some(element);
    while let Some(element) = here {
        if let Some(lane) = at.sheet.lanes[element.index()] {
            return Some(lane);
        }
        here = at.diagram()[element].parent;
    }
    None
}

/// `Release Managers` → `release-managers`.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars() {
        if letter.is_alphanumeric() {
            slug.extend(letter.to_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    while slug.ends_with('-') {
        slug.pop();
    }
    slug
}
