//! What names and texts are for: the reference attributes and the expressions of BPMN, by what they mean.

/// The part that something plays for the element that names it, or that a passage plays in its element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// `sourceRef` of an association, data association, message flow, conversation link; `source` of a link.
    Source,
    /// `targetRef` likewise; `target` of a link event definition.
    Target,
    /// `attachedToRef` of a boundary event.
    AttachedTo,
    /// `default` of an activity or a gateway.
    Default,
    /// `processRef` of a participant.
    Process,
    /// `calledElement` of a call activity.
    Called,
    /// `messageRef`, `inMessageRef`.
    Message,
    /// `outMessageRef`.
    OutMessage,
    /// `signalRef`.
    Signal,
    /// `errorRef`.
    Error,
    /// `escalationRef`.
    Escalation,
    /// `activityRef` of a compensation.
    Activity,
    /// `eventDefinitionRef`: the event is also what stands there.
    EventDefinition,
    /// `noneBehaviorEventRef` of multi-instance characteristics.
    NoneBehavior,
    /// `oneBehaviorEventRef` of multi-instance characteristics.
    OneBehavior,
    /// `operationRef`.
    Operation,
    /// `itemSubjectRef`, `structureRef`, `itemRef`.
    Item,
    /// `dataObjectRef` of a data object reference.
    DataObject,
    /// `dataStoreRef` of a data store reference.
    DataStore,
    /// `loopDataInputRef`.
    LoopInput,
    /// `loopDataOutputRef`.
    LoopOutput,
    /// `flowNodeRef` of a lane.
    Member,
    /// `partitionElementRef` of a lane.
    Partition,
    /// `categoryValueRef` of a group.
    Category,
    /// `correlationPropertyRef`.
    CorrelationProperty,
    /// `correlationKeyRef`.
    CorrelationKey,
    /// `participantRef`, `initiatingParticipantRef`.
    Participant,
    /// `dataInputRefs`, `dataOutputRefs` and the like, of input and output sets.
    Set,
    /// Any other reference of the standard; it has no meaning for a run.
    Other,

    /// `conditionExpression` of a flow, `condition` of an event.
    Condition,
    /// `activationCondition` of a complex gateway.
    Activation,
    /// `completionCondition` of multi-instance characteristics or an ad-hoc sub-process.
    Completion,
    /// `loopCondition`.
    LoopCondition,
    /// `loopCardinality`.
    Cardinality,
    /// `timeDate`.
    Date,
    /// `timeDuration`.
    Duration,
    /// `timeCycle`.
    Cycle,
    /// `script`.
    Script,
    /// `text` of an annotation.
    Annotation,
    /// `documentation`.
    Documentation,
    /// `transformation` of a data association.
    Transformation,
    /// `from` of an assignment.
    From,
    /// `to` of an assignment.
    To,
    /// `messagePath`, `dataPath`.
    Path,
    /// `resourceAssignmentExpression`, or the expression in it.
    Assignment,
    /// Any other expression of the standard.
    Expression,
}
