//! The names of the elements of BPMN, and what the reader does with each.
//!
//! The table is hashed when the program is compiled: looking a name up costs one comparison, because every tag
//! of a file asks.

use crate::bpmn::model::{Kind, Role};

/// What the reader does with an element of the BPMN namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The root.
    Definitions,
    /// Becomes an element of the model.
    Element(Kind),
    /// Text that belongs to the element around it.
    Passage(Role),
    /// The text is the name of another element.
    Reference(Role),
    /// `<incoming>`.
    Incoming,
    /// `<outgoing>`.
    Outgoing,
    /// `<extensionElements>`.
    Extensions,
}

const REST: &[(&str, What)] = &[
    ("definitions", What::Definitions),
    ("incoming", What::Incoming),
    ("outgoing", What::Outgoing),
    ("extensionElements", What::Extensions),
    ("documentation", What::Passage(Role::Documentation)),
    ("conditionExpression", What::Passage(Role::Condition)),
    ("condition", What::Passage(Role::Condition)),
    ("activationCondition", What::Passage(Role::Activation)),
    ("completionCondition", What::Passage(Role::Completion)),
    ("loopCondition", What::Passage(Role::LoopCondition)),
    ("loopCardinality", What::Passage(Role::Cardinality)),
    ("timeDate", What::Passage(Role::Date)),
    ("timeDuration", What::Passage(Role::Duration)),
    ("timeCycle", What::Passage(Role::Cycle)),
    ("script", What::Passage(Role::Script)),
    ("text", What::Passage(Role::Annotation)),
    ("transformation", What::Passage(Role::Transformation)),
    ("from", What::Passage(Role::From)),
    ("to", What::Passage(Role::To)),
    ("messagePath", What::Passage(Role::Path)),
    ("dataPath", What::Passage(Role::Path)),
    ("formalExpression", What::Passage(Role::Expression)),
    ("expression", What::Passage(Role::Expression)),
    ("flowNodeRef", What::Reference(Role::Member)),
    ("eventDefinitionRef", What::Reference(Role::EventDefinition)),
    ("sourceRef", What::Reference(Role::Source)),
    ("targetRef", What::Reference(Role::Target)),
    ("source", What::Reference(Role::Source)),
    ("target", What::Reference(Role::Target)),
    ("loopDataInputRef", What::Reference(Role::LoopInput)),
    ("loopDataOutputRef", What::Reference(Role::LoopOutput)),
    ("dataInputRefs", What::Reference(Role::Set)),
    ("dataOutputRefs", What::Reference(Role::Set)),
    ("optionalInputRefs", What::Reference(Role::Set)),
    ("optionalOutputRefs", What::Reference(Role::Set)),
    ("whileExecutingInputRefs", What::Reference(Role::Set)),
    ("whileExecutingOutputRefs", What::Reference(Role::Set)),
    ("inputSetRefs", What::Reference(Role::Set)),
    ("outputSetRefs", What::Reference(Role::Set)),
    ("correlationPropertyRef", What::Reference(Role::CorrelationProperty)),
    ("operationRef", What::Reference(Role::Operation)),
    ("inMessageRef", What::Reference(Role::Message)),
    ("outMessageRef", What::Reference(Role::OutMessage)),
    ("errorRef", What::Reference(Role::Error)),
    ("participantRef", What::Reference(Role::Participant)),
    ("innerParticipantRef", What::Reference(Role::Participant)),
    ("outerParticipantRef", What::Reference(Role::Participant)),
    ("messageFlowRef", What::Reference(Role::Other)),
    ("innerMessageFlowRef", What::Reference(Role::Other)),
    ("outerMessageFlowRef", What::Reference(Role::Other)),
    ("innerConversationNodeRef", What::Reference(Role::Other)),
    ("outerConversationNodeRef", What::Reference(Role::Other)),
    ("choreographyRef", What::Reference(Role::Other)),
    ("supportedInterfaceRef", What::Reference(Role::Other)),
    ("supports", What::Reference(Role::Other)),
    ("interfaceRef", What::Reference(Role::Other)),
    ("endPointRef", What::Reference(Role::Other)),
    ("partnerRoleRef", What::Reference(Role::Other)),
    ("partnerEntityRef", What::Reference(Role::Other)),
    ("resourceRef", What::Reference(Role::Other)),
    ("categoryValueRef", What::Reference(Role::Category)),
];

/// How many names there are.
pub(in crate::bpmn) const COUNT: usize = Kind::ALL.len() + REST.len();

const fn name_at(at: usize) -> &'static str {
    if at < Kind::ALL.len() { Kind::ALL[at].name() } else { REST[at - Kind::ALL.len()].0 }
}

/// The name with this number.
pub(in crate::bpmn) fn name(at: usize) -> &'static str {
    name_at(at)
}

/// Slots of the table: few names share one.
const SLOTS: usize = 1024;

const EMPTY: u8 = u8::MAX;

const fn hash(name: &[u8]) -> usize {
    if name.is_empty() {
        return 0;
    }
    let middle = name[name.len() / 2] as usize;
    let (first, last) = (name[0] as usize, name[name.len() - 1] as usize);
    (name.len() * 61 + first * 7 + middle * 131 + last * 29) % SLOTS
}

/// Invariant: fewer names than `EMPTY`, each in the first free slot at or after its hash.
const TABLE: [u8; SLOTS] = {
    assert!(COUNT < EMPTY as usize, "names are numbered in a byte");
    let mut table = [EMPTY; SLOTS];
    let mut at = 0;
    while at < COUNT {
        let mut slot = hash(name_at(at).as_bytes());
        while table[slot] != EMPTY {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = at as u8;
        at += 1;
    }
    table
};

/// What the reader does with a name, and the name's number.
pub(super) fn look_up(wanted: &str) -> Option<(usize, What)> {
    let mut slot = hash(wanted.as_bytes());
    while TABLE[slot] != EMPTY {
        let at = usize::from(TABLE[slot]);
        if name_at(at) == wanted {
            let what =
                Kind::ALL.get(at).map_or_else(|| REST[at - Kind::ALL.len()].1, |kind| What::Element(*kind));
            return Some((at, what));
        }
        slot = (slot + 1) % SLOTS;
    }
    None
}

/// Every name, for "did you mean".
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    (0..COUNT).map(name_at)
}

/// The part that something named by an attribute plays; `None` for an attribute that names nothing.
pub(super) fn attribute_role(name: &str) -> Option<Role> {
    let Some(stem) = name.strip_suffix("Ref") else {
        return match name {
            "default" => Some(Role::Default),
            "calledElement" => Some(Role::Called),
            _ => None,
        };
    };
    Some(match stem {
        "source" => Role::Source,
        "target" => Role::Target,
        "attachedTo" => Role::AttachedTo,
        "process" => Role::Process,
        "message" => Role::Message,
        "signal" => Role::Signal,
        "error" => Role::Error,
        "escalation" => Role::Escalation,
        "activity" => Role::Activity,
        "noneBehaviorEvent" => Role::NoneBehavior,
        "oneBehaviorEvent" => Role::OneBehavior,
        "operation" => Role::Operation,
        "itemSubject" | "structure" | "item" => Role::Item,
        "dataObject" => Role::DataObject,
        "dataStore" => Role::DataStore,
        "partitionElement" => Role::Partition,
        "categoryValue" => Role::Category,
        "correlationProperty" => Role::CorrelationProperty,
        "correlationKey" => Role::CorrelationKey,
        "participant" | "initiatingParticipant" => Role::Participant,
        _ => Role::Other,
    })
}
