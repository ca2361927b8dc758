//! The elements of BPMN 2.0 (OMG formal/2011-01-03, `Semantic.xsd`) that are more than text.
//!
//! **Absent on purpose:** which of them are supported. That is a question for whoever lowers a diagram.

/// What an element is, coarsely: what may stand where, and what may refer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A process or a global task: something that can be called.
    Callable,
    /// A task, sub-process or call activity.
    Activity,
    /// An event.
    Event,
    /// A gateway.
    Gateway,
    /// A sequence flow.
    Flow,
    /// A node of a choreography.
    Choreography,
    /// A definition in an event.
    EventDefinition,
    /// Loop characteristics of an activity.
    Loop,
    /// Data objects, references to them, stores, properties, inputs and outputs.
    Data,
    /// Data associations, assignments, input and output sets.
    DataWiring,
    /// Text annotations, groups, associations.
    Artifact,
    /// Lane sets and lanes.
    Lane,
    /// Pools and what is between them.
    Collaboration,
    /// Messages, signals, errors and other things that are declared once for the file.
    Declaration,
    /// Correlation keys, properties, subscriptions.
    Correlation,
    /// Who does a task.
    Resource,
    /// Anything else of the standard that has no meaning for a run.
    Other,
}

macro_rules! kinds {
    ($($class:ident { $($kind:ident $name:literal)* })*) => {
        /// Which element of the standard something is. Sub-processes with `triggeredByEvent` are
        /// [`Kind::SubProcess`] with [`Flags::by_event`](super::Flags::by_event).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(
                #[doc = concat!("`<", $name, ">`")]
                $kind,
            )*)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$($(Self::$kind),*),*];

            /// The name of the element, without prefix.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $($(Self::$kind => $name,)*)*
                }
            }

            /// What it is, coarsely.
            #[must_use]
            pub fn class(self) -> Class {
                match self {
                    $($(Self::$kind)|* => Class::$class,)*
                }
            }
        }
    };
}

kinds! {
    Callable {
        Process "process"
        GlobalTask "globalTask" GlobalUserTask "globalUserTask" GlobalManualTask "globalManualTask"
        GlobalScriptTask "globalScriptTask" GlobalBusinessRuleTask "globalBusinessRuleTask"
    }
    Activity {
        Task "task" ServiceTask "serviceTask" SendTask "sendTask" ReceiveTask "receiveTask" UserTask "userTask"
        ManualTask "manualTask" ScriptTask "scriptTask" BusinessRuleTask "businessRuleTask"
        SubProcess "subProcess" Transaction "transaction" AdHocSubProcess "adHocSubProcess"
        CallActivity "callActivity"
    }
    Event {
        StartEvent "startEvent" EndEvent "endEvent" IntermediateCatchEvent "intermediateCatchEvent"
        IntermediateThrowEvent "intermediateThrowEvent" BoundaryEvent "boundaryEvent"
        ImplicitThrowEvent "implicitThrowEvent" ComplexBehaviorEvent "event"
    }
    Gateway {
        ExclusiveGateway "exclusiveGateway" ParallelGateway "parallelGateway" InclusiveGateway "inclusiveGateway"
        EventBasedGateway "eventBasedGateway" ComplexGateway "complexGateway"
    }
    Flow {
        SequenceFlow "sequenceFlow"
    }
    Choreography {
        ChoreographyTask "choreographyTask" SubChoreography "subChoreography" CallChoreography "callChoreography"
    }
    EventDefinition {
        MessageEventDefinition "messageEventDefinition" TimerEventDefinition "timerEventDefinition"
        SignalEventDefinition "signalEventDefinition" ErrorEventDefinition "errorEventDefinition"
        EscalationEventDefinition "escalationEventDefinition"
        ConditionalEventDefinition "conditionalEventDefinition" LinkEventDefinition "linkEventDefinition"
        TerminateEventDefinition "terminateEventDefinition" CancelEventDefinition "cancelEventDefinition"
        CompensateEventDefinition "compensateEventDefinition"
    }
    Loop {
        StandardLoop "standardLoopCharacteristics" MultiInstance "multiInstanceLoopCharacteristics"
        ComplexBehavior "complexBehaviorDefinition"
    }
    Data {
        DataObject "dataObject" DataObjectReference "dataObjectReference" DataStoreReference "dataStoreReference"
        DataInput "dataInput" DataOutput "dataOutput" Property "property"
        InputDataItem "inputDataItem" OutputDataItem "outputDataItem"
    }
    DataWiring {
        IoSpecification "ioSpecification" InputSet "inputSet" OutputSet "outputSet" IoBinding "ioBinding"
        DataInputAssociation "dataInputAssociation" DataOutputAssociation "dataOutputAssociation"
        DataAssociation "dataAssociation" Assignment "assignment" DataState "dataState"
    }
    Artifact {
        TextAnnotation "textAnnotation" Group "group" Association "association"
    }
    Lane {
        LaneSet "laneSet" ChildLaneSet "childLaneSet" Lane "lane" PartitionElement "partitionElement"
    }
    Collaboration {
        Collaboration "collaboration" Participant "participant" ParticipantMultiplicity "participantMultiplicity"
        MessageFlow "messageFlow" MessageFlowAssociation "messageFlowAssociation"
        ParticipantAssociation "participantAssociation" ConversationAssociation "conversationAssociation"
        Conversation "conversation" SubConversation "subConversation" CallConversation "callConversation"
        ConversationLink "conversationLink" Choreography "choreography"
        GlobalConversation "globalConversation" GlobalChoreographyTask "globalChoreographyTask"
    }
    Declaration {
        Import "import" Message "message" Signal "signal" Error "error" Escalation "escalation"
        ItemDefinition "itemDefinition"
        DataStore "dataStore" Interface "interface" Operation "operation" Resource "resource"
        ResourceParameter "resourceParameter" Category "category" CategoryValue "categoryValue"
        EndPoint "endPoint" PartnerEntity "partnerEntity" PartnerRole "partnerRole"
    }
    Correlation {
        CorrelationProperty "correlationProperty" CorrelationKey "correlationKey"
        CorrelationSubscription "correlationSubscription"
        CorrelationPropertyBinding "correlationPropertyBinding"
        CorrelationPropertyRetrieval "correlationPropertyRetrievalExpression"
    }
    Resource {
        ResourceRole "resourceRole" Performer "performer" HumanPerformer "humanPerformer"
        PotentialOwner "potentialOwner" ResourceAssignment "resourceAssignmentExpression"
        ResourceParameterBinding "resourceParameterBinding"
    }
    Other {
        Auditing "auditing" Monitoring "monitoring" Rendering "rendering" Relationship "relationship"
        Extension "extension"
    }
}

impl Kind {
    /// A sequence flow may begin or end here.
    #[must_use]
    pub fn is_node(self) -> bool {
        matches!(self.class(), Class::Activity | Class::Event | Class::Gateway | Class::Choreography)
    }

    /// Nodes and flows may stand inside: it is a scope of its own.
    #[must_use]
    pub fn is_scope(self) -> bool {
        matches!(self, Self::Process | Self::SubProcess | Self::Transaction | Self::AdHocSubProcess)
    }
}
