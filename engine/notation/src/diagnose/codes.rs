//! Every code of a diagnostic, with one sentence that explains it. The one list.
//!
//! `Y0..` are about YAML itself, `Y1..` about the shape of values in any file, `W...` about workflows.
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
    TAG = "Y011": "YAML tags (`!name`) have no meaning here.";
    CHARACTER = "Y012": "The text holds a character that YAML does not allow.";
    UNKNOWN_KEY = "Y101": "A key is not one of those that are known here.";
    WRONG_TYPE = "Y102": "A value is of another type than the one expected.";
    MISSING_KEY = "Y103": "A key that is needed is not there.";
    EMPTY_VALUE = "Y104": "A value that must say something is empty.";
    RANGE = "Y105": "A number is outside the range that is allowed.";
    CHOICE = "Y106": "A word is not one of those that are known here.";
    TOO_MANY = "Y199": "There are more problems than are shown.";
}

/// The explanation of a code; `None` for a code that is not in this table.
pub fn explain(code: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == code).map(|(_, about)| *about)
}
