//! References that lead nowhere (BPMN 2.0.2, clause 8.2), as far as a run follows them.
//!
//! **Absent on purpose:** flows (`flows`), boundary events (`hosts`), defaults (`splits`), calls (other files may
//! have them), and errors, signals and messages, of which the written name is enough.

use super::flows::missing;
use crate::bpmn::model::{Diagram, Kind, Role};
use crate::diagnose::{Diagnostic, Diagnostics, Severity};

/// Says which references have no element.
pub(super) fn check(diagram: &Diagram, problems: &mut Diagnostics) {
    for (at, element) in diagram.all() {
        if !matches!(element.kind, Kind::Lane | Kind::Participant | Kind::DataObjectReference)
            && !element.kind.is_node()
        {
            continue;
        }
        for reference in diagram.references(at) {
            let (attribute, severity) = match reference.role {
                Role::Member => ("flowNodeRef", Severity::Warning),
                Role::Process => ("processRef", Severity::Error),
                Role::DataObject => ("dataObjectRef", Severity::Warning),
                Role::EventDefinition => ("eventDefinitionRef", Severity::Error),
                _ => continue,
            };
            if reference.to.is_none() {
                let found = missing(diagram, at, attribute, reference.text);
                problems.push(Diagnostic { severity, ..found });
            }
        }
    }
}
