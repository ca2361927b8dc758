//! What may stand where, as far as a run depends on it (`Semantic.xsd` of BPMN 2.0).
//!
//! **Absent on purpose:** the order of children and everything that has no meaning for a run. Tools differ
//! there, and nothing is gained by refusing their files.

use crate::bpmn::model::{Class, Kind, Role};

/// Where an element belongs, in words, if it does not belong into `parent` (`None` is `<definitions>`).
pub(super) fn wrong_parent(child: Kind, parent: Option<Kind>) -> Option<&'static str> {
    let class = parent.map(Kind::class);
    let choreography =
        matches!(parent, Some(Kind::Choreography | Kind::SubChoreography | Kind::GlobalChoreographyTask));
    let scope = parent.is_some_and(Kind::is_scope) || choreography;
    let (fits, words) = match child {
        Kind::ComplexBehaviorEvent => (parent == Some(Kind::ComplexBehavior), "complex behavior of a loop"),
        Kind::ImplicitThrowEvent => (class.is_some(), "complex behavior of a loop"),
        Kind::ComplexBehavior => (parent == Some(Kind::MultiInstance), "multi-instance characteristics"),
        Kind::DataObject | Kind::DataObjectReference => (scope, "a process or a sub-process"),
        Kind::LaneSet => (scope, "a process or a sub-process"),
        Kind::ChildLaneSet => (parent == Some(Kind::Lane), "a lane"),
        Kind::Lane => (matches!(parent, Some(Kind::LaneSet | Kind::ChildLaneSet)), "a lane set"),
        Kind::Message | Kind::Signal | Kind::Error | Kind::Escalation => {
            (parent.is_none(), "`definitions`, beside the processes")
        }
        _ => match child.class() {
            Class::Activity | Class::Event | Class::Gateway | Class::Flow | Class::Choreography => {
                (scope, "a process or a sub-process")
            }
            Class::Callable => (parent.is_none(), "`definitions`"),
            Class::EventDefinition => (parent.is_none() || class == Some(Class::Event), "an event"),
            Class::Loop => (matches!(class, Some(Class::Activity | Class::Choreography)), "an activity"),
            _ => return None,
        },
    };
    (!fits).then_some(words)
}

/// Where a text or a reference belongs, in words, if it has no meaning in `owner`.
pub(super) fn wrong_owner(role: Role, owner: Option<Kind>) -> Option<&'static str> {
    let Some(owner) = owner else {
        return (role != Role::Documentation).then_some("the element it is about");
    };
    let (fits, words) = match role {
        Role::Condition => {
            let kinds = [Kind::SequenceFlow, Kind::ConditionalEventDefinition, Kind::ComplexBehavior];
            (kinds.contains(&owner), "a sequence flow or a conditional event")
        }
        Role::Activation => (owner == Kind::ComplexGateway, "a complex gateway"),
        Role::Completion => {
            let kinds = [Kind::MultiInstance, Kind::AdHocSubProcess];
            (kinds.contains(&owner), "multi-instance characteristics or an ad-hoc sub-process")
        }
        Role::LoopCondition => (owner == Kind::StandardLoop, "standard loop characteristics"),
        Role::Cardinality | Role::LoopInput | Role::LoopOutput => {
            (owner == Kind::MultiInstance, "multi-instance characteristics")
        }
        Role::Date | Role::Duration | Role::Cycle => (owner == Kind::TimerEventDefinition, "a timer"),
        Role::Script => (matches!(owner, Kind::ScriptTask | Kind::GlobalScriptTask), "a script task"),
        Role::Member => (owner == Kind::Lane, "a lane"),
        Role::EventDefinition => (owner.class() == Class::Event, "an event"),
        _ => return None,
    };
    (!fits).then_some(words)
}

/// An element of this kind may hold a text of this role once.
pub(super) fn is_single(role: Role) -> bool {
    !matches!(role, Role::Documentation | Role::Expression | Role::From | Role::To | Role::Assignment)
}

/// Two elements with one id are an error if both are of such a kind: a run asks for them by id.
pub(super) fn is_known_by_id(kind: Kind) -> bool {
    kind.is_node()
        || kind.is_scope()
        || matches!(kind.class(), Class::Callable | Class::Flow)
        || matches!(
            kind,
            Kind::Message
                | Kind::Signal
                | Kind::Error
                | Kind::Escalation
                | Kind::DataObject
                | Kind::DataObjectReference
                | Kind::Participant
        )
}
