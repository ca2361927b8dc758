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
}
