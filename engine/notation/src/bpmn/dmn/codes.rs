//! Codes of diagnostics about DMN files (`D0..`). Codes are never reused for another meaning.

codes! {
    XML = "D001": "The file is not XML from this place on.";
    NAMESPACE = "D002": "The file is not DMN: its root is another element, or in another namespace.";
    LIMIT = "D003": "The file is larger than the bounds allow.";
    UNSUPPORTED = "D004": "An element of DMN is used that is not supported.";
    HIT_POLICY = "D005": "The hit policy of a table is not one of UNIQUE, FIRST and ANY.";
    SHAPE = "D006": "A rule has more or fewer cells than its table has columns, or a table lacks what it needs.";
    NAME = "D007": "Something that others refer to has no name, or the name of another.";
    REQUIREMENT = "D008": "A decision requires one that the file does not have, or that requires it.";
    CELL = "D009": "A cell holds something that has no equal here.";
    LANGUAGE = "D010": "A text is in a language that is not understood here.";
}
