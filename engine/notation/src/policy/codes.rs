//! Codes of diagnostics about policies, waivers and roles (`P0..`). Codes are never reused for another meaning.

codes! {
    PHRASE = "P001": "A quality gate is not in words that are understood.";
    RULE = "P002": "A rule demands something that is neither a comparison nor an expression.";
    SAME_ID = "P003": "Two rules have one id.";
    BUILTIN_VERSION = "P004": "A built-in policy is named without its version, or in a version that it does not have.";
    UNKNOWN_BUILTIN = "P005": "A built-in policy is named that does not exist.";
    BUILTIN_NAME = "P006": "A local policy has the name of a built-in one and does not extend it.";
    EXTENDS_CYCLE = "P007": "Policies extend each other in a circle, or too many of them in a row.";
    NOT_LOADED = "P008": "A policy that this one extends cannot be read.";
    WEAKER = "P009": "A rule asks for less than an inherited one, which still holds.";
    TAKEN = "P010": "A rule has the id of an inherited one; policies add rules and do not replace them.";
    EXPRESSION = "P011": "An expression of a policy is wrong.";
    BAD_NAME = "P012": "A name is empty, too long, or holds characters that names cannot hold.";
    LIMIT = "P013": "A file holds more than the bounds allow.";
    UNKNOWN_PROJECT = "P014": "A project is named that the workflow does not have.";
    PROBABLY = "P015": "A name is allowed and close to a known one that was probably meant.";
    WAIVER = "P016": "A waiver says nothing, or two things, that it waives.";
    DATE = "P017": "A day is written as year, month and day: `2027-01-31`.";
    SCOPE = "P018": "A waiver is not bound to a package with its version, or to a path inside the repository.";
    SAME_WAIVER = "P019": "One thing is waived twice.";
    SIGNATURE = "P030": "A signature of a waiver is not one as `ssh-keygen` writes it.";
    SAME_MEMBER = "P020": "A role names one member twice.";
    REQUIREMENT = "P021": "The id of a requirement is not a framework and a requirement of it.";
    CONTRADICTION = "P022": "A quality gate demands what nothing can meet at once.";
    GIVEN = "P023": "The evidence that a test of a policy gives is not in words that are understood.";
    REGO = "P025": "A Rego module is wrong, or this program has no engine for it.";
    CASE = "P024": "A test of a policy expects something of a rule or gate that the policy does not have.";
}
