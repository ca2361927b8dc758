//! Codes of diagnostics about BPMN files. `B0..` are about reading, `B1..` about what a diagram means. Codes are
//! never reused for another meaning.

codes! {
    EMPTY = "B001": "The file holds nothing.";
    ENCODING = "B002": "The file is not in an encoding that is read.";
    CHARACTER = "B003": "The file holds a character that XML does not allow.";
    MALFORMED = "B004": "The file is not XML from this place on.";
    TAGS = "B005": "A tag is not closed, or another one is.";
    DOCTYPE = "B006": "The file has a document type; BPMN has none, and entities could be declared in it.";
    ENTITY = "B007": "An entity is named that XML does not define.";
    ATTRIBUTE = "B008": "An attribute cannot be read, or stands twice in one tag.";
    PREFIX = "B009": "A prefix of a name is not bound to a namespace.";
    NAMESPACE = "B010": "The file is not BPMN 2.0: its root is another element, or in another namespace.";
    LIMIT = "B011": "The file is larger than the bounds allow.";
    UNKNOWN = "B012": "An element is in the namespace of BPMN, which does not have it.";
    MISPLACED = "B013": "An element stands where BPMN does not allow it.";
    TWICE = "B014": "An element holds twice what it may hold once.";
    SAME_ID = "B015": "Two elements have one id.";
    NO_ID = "B016": "An element that others refer to has no id.";
    BAD_ID = "B017": "An id is empty, too long, or holds characters that ids cannot hold.";
    REQUIRED = "B018": "An attribute or element that is needed is not there.";
    BOOLEAN = "B019": "A value is neither `true` nor `false`.";
    HINT = "B020": "`incoming` or `outgoing` of a node disagrees with the sequence flows, which decide.";
    DRAWING = "B021": "A part of the drawing cannot be read. The drawing means nothing for a run.";
    FOREIGN = "B022": "An element of another namespace stands where it has no effect.";

    DANGLING = "B101": "Something is named that the file does not have.";
    CROSSING = "B102": "A sequence flow leaves its process or sub-process, or does not join two nodes.";
    INTO_START = "B103": "A sequence flow leads to something that only begins: a start or boundary event.";
    OUT_OF_END = "B104": "A sequence flow leaves an end event.";
    DEFAULT_FLOW = "B105": "The default flow of a node does not leave it, or has a condition.";
    NO_CONDITION = "B106": "A flow of an exclusive split has neither a condition nor is it the default.";
    NO_DEFAULT = "B107": "A split has conditions on all its flows and no default: where none holds, the run has an incident.";
    HOST = "B108": "A boundary event stands on something that cannot have one.";
    UNSUPPORTED = "B109": "An element of BPMN is used that is not supported.";
    EVENT = "B110": "An event has a definition that such an event cannot have, several, or none where one is needed.";
    UNREACHED = "B111": "Nothing leads to a node, so it never begins.";
    DEADLOCK = "B112": "A join waits for tokens of which an exclusive split sends only one.";
    MULTIPLIES = "B113": "Tokens of a parallel split meet where nothing waits for all: what follows happens several times.";
    ENDLESS = "B114": "A loop has no step that waits.";
    TIMER = "B115": "A time is not one that ISO 8601 knows.";
    ROUNDS = "B116": "The number of rounds of a loop or multi-instance activity cannot be read, or is out of bounds.";
    RACE = "B117": "Something follows an event-based gateway that does not wait for an event.";
    LINK = "B118": "A link event has no partner, or several.";
    NOTHING = "B119": "A process or sub-process has nothing that begins.";
    PROCESS = "B120": "The process that is to be run is not known.";
    CALLED = "B121": "What a call activity calls is not known.";
    RECURSION = "B122": "Processes call each other in a circle.";
    EXPRESSION = "B123": "An expression is wrong, or in a language that is not understood.";
    SCRIPT = "B124": "A script is wrong, or in a language that is not understood.";
    UNBOUND = "B125": "Nothing says what a task does.";
    BINDING = "B126": "What says what a task does cannot be used.";
    NO_EFFECT = "B127": "What is written has no effect on a run.";
    UNNAMED = "B128": "An event names no message or signal.";
    DECISION = "B129": "The decision of a business rule task cannot be used.";
    START = "B130": "A process or sub-process begins in a way that it cannot.";
}
