//! Every code of a diagnostic, with one sentence that explains it. The one list.
//!
//! `Y0..` are about YAML itself, `Y1..` about the shape of values in any file, `W0..` about workflows.
//! Codes are never reused for another meaning.

/// A code and its explanation.
pub type Code = (&'static str, &'static str);

/// Declares codes as constants and collects them in `ALL`. Other rooms with a table of their own use it too.
macro_rules! codes {
    ($($name:ident = $code:literal: $about:literal;)*) => {
        $(#[doc = $about] pub const $name: &str = $code;)*

        /// Every code with its explanation, in order.
        pub const ALL: &[$crate::diagnose::Code] = &[$(($code, $about)),*];
    };
}

codes! {
    SYNTAX = "Y001": "The text is not YAML from this place on.";
    QUOTES = "Y002": "A value begins with a character that means something in YAML; quotes make it text.";
    TAB = "Y003": "YAML is indented with spaces; a tab is not allowed there.";
    EMPTY = "Y004": "The file holds nothing.";
    DOCUMENTS = "Y005": "The file holds several YAML documents; only one is read.";
    DUPLICATE_KEY = "Y006": "A map names one key twice; the second would silently replace the first.";
    ANCHOR = "Y007": "An alias names an anchor that was not defined above it.";
    KEY = "Y008": "A key of a map is not plain text.";
    MERGE = "Y009": "`<<` takes a map, an alias of a map, or a list of these.";
    TOO_BIG = "Y010": "The text is too long, too deeply nested or expands to too many values.";
    CHARACTER = "Y011": "The text holds a character that YAML does not allow.";
    UNKNOWN_KEY = "Y101": "A key is not one of those that are known here.";
    WRONG_TYPE = "Y102": "A value is of another type than the one expected.";
    MISSING_KEY = "Y103": "A key that is needed is not there.";
    EMPTY_VALUE = "Y104": "A value that must say something is empty.";
    RANGE = "Y105": "A number is outside the range that is allowed.";
    CHOICE = "Y106": "A word is not one of those that are known here.";
    DURATION = "Y107": "A duration is whole numbers with units from long to short, like `1h30m`.";
    TOO_MANY = "Y199": "There are more problems than are shown.";

    BAD_NAME = "W001": "A name holds characters that names cannot hold, or is too long.";
    SAME_NAME = "W002": "Two things have one name.";
    NO_ACTION = "W003": "A step says nothing that it does.";
    TWO_ACTIONS = "W004": "A step says two things that it does; it can do one.";
    MISPLACED = "W005": "A key has no meaning beside what the step does.";
    NO_STEPS = "W006": "A workflow needs at least one step.";
    FILE_VERSION = "W007": "The file is written in a version of the notation that is not known.";
    PROGRAM_VERSION = "W008": "The file was written for another version of the program.";
    NOT_LOADED = "W009": "Another file that this one names could not be read.";
    INCLUDE_CYCLE = "W010": "Files include each other, or workflows call each other, in a circle.";
    LIMIT = "W011": "The definition is larger than the bounds allow.";
    UNKNOWN_STEP = "W012": "A step is named that does not exist.";
    CYCLE = "W013": "Steps wait for each other in a circle.";
    NEEDS_ITSELF = "W014": "A step needs itself.";
    NEEDED_TWICE = "W015": "A step needs another one twice.";
    INSIDE_CALL = "W016": "A step inside a called workflow cannot be needed from outside.";
    FAILED_OF_MANY = "W017": "`failed` is asked of several legs of a matrix at once.";
    UNREACHABLE = "W018": "More steps are asked to pass than there are.";
    UNKNOWN_GATE = "W019": "A gate is used that the catalogue does not have.";
    GATE_USE = "W020": "A gate of the catalogue is used with values it does not take.";
    UNKNOWN_POLICY = "W021": "A policy is named that is not known.";
    UNKNOWN_ROLE = "W022": "A role is named that is not known.";
    UNKNOWN_FORMAT = "W023": "An evidence format is named that is not known.";
    UNKNOWN_POOL = "W024": "A pool is used that is not declared, and one with a similar name is.";
    POOL_SIZES = "W025": "One pool is declared with two sizes.";
    OUTSIDE = "W026": "A path leaves the repository.";
    BAD_GLOB = "W027": "A glob cannot be read, or leaves the repository.";
    EXPRESSION = "W028": "An expression is wrong.";
    SUBSTITUTION = "W029": "What stands in `${{ }}` is not something that can be put there.";
    INJECTION = "W030": "A value would be put into the text of a script, where it could run as code.";
    UNKNOWN_AXIS = "W031": "A matrix has no such axis, or no such value.";
    EXCLUDES_NOTHING = "W032": "An `exclude` of a matrix takes no leg away.";
    NO_LEGS = "W033": "A matrix has no legs left.";
    UNKNOWN_INPUT = "W034": "An input is named that is not declared.";
    INPUT_MISSING = "W035": "A required input has no value.";
    INPUT_VALUE = "W036": "A value does not fit the type of its input.";
    UNKNOWN_SERVICE = "W037": "A service is named that is not declared.";
    UNUSED_SERVICE = "W038": "No step needs a service, so it would not be started.";
    OUTPUT_TOO_EARLY = "W039": "An output is read of a step that need not have ended before.";
    COMMIT = "W040": "A file of another repository is not pinned to a full commit id.";
    SHELL = "W041": "A shell is named that is not known.";
    TWO_SOURCES = "W042": "One environment variable is given a value and a secret.";
    LOOPBACK = "W043": "A service's readiness is asked over HTTP on this machine only.";
}

/// The explanation of a code; `None` for a code that is not in this table.
pub fn explain(code: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == code).map(|(_, about)| *about)
}
