//! `tests:` in a policy file: example evidence, and what the policy is expected to say of it.
//!
//! ```yaml
//! tests:
//!   - name: a leaked key blocks
//!     given: { test: { tests: { passed: 10 } }, secrets: { findings: { error: 1 } } }
//!     others: pass                # gates that the policy requires and `given` does not name
//!     facts: { branch: main }     # for `if:` and expressions
//!     changed: [src/a.rs]
//!     waivers: [{ rule: secrets, reason: a key for tests, approved_by: alice, expires: 2027-01-31 }]
//!     at: 2027-01-01              # when; left out: the last day of the waiver that ends first
//!     expect: failed
//!     because: [secrets]          # the rules and required gates that fail, all of them
//!     undecided: []               # those that are not known
//!     waived: []                  # what waivers changed
//! ```
//!
//! **Absent on purpose:** what gates leave (`given`) and judging (`trial`). Tests of a policy that is extended are
//! that policy's own.

use std::collections::BTreeMap;

use dod_kernel::id::{Name, Timestamp};
use dod_kernel::policy::{Policy, State, Waiver};
use dod_kernel::value::Value;

use super::given::{Given, read_all};
use super::{CASES_MAX, NAME_BYTES_MAX, codes, waivers};
use crate::diagnose::{Diagnostic, Diagnostics, Span, closest};
use crate::yaml::{Fields, Kind, Located, Node, read};

/// Keys of a test.
pub(super) const KEYS: &[&str] = &[
    "name",
    "given",
    "others",
    "facts",
    "changed",
    "waivers",
    "proved",
    "authors",
    "at",
    "expect",
    "because",
    "undecided",
    "waived",
];
/// What a verdict is expected to be.
pub(super) const EXPECTED: &[(&str, State)] =
    &[("passed", State::Passed), ("failed", State::Failed), ("undecided", State::Undecided)];
/// What becomes of required gates that are not given.
pub(super) const OTHERS: &[(&str, bool)] = &[("pass", true), ("missing", false)];

/// One test of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What it claims.
    pub name: Name,
    /// Where it stands in the policy's file.
    pub span: Span,
    /// When the run is judged.
    pub at: Timestamp,
    /// Who wrote the change.
    pub authors: Vec<Name>,
    /// Rules and required gates that are expected to fail; `None` where the test does not say.
    pub because: Option<Vec<Name>>,
    /// Paths that the change touches, where the test says so.
    pub changed: Option<Vec<Name>>,
    /// The verdict that is expected.
    pub expect: State,
    /// Facts for expressions.
    pub facts: BTreeMap<Name, Value>,
    /// What gates left.
    pub given: Vec<Given>,
    /// Required gates that are not given pass by their exit code.
    pub others_pass: bool,
    /// Rules and required gates of which nothing is expected to be known.
    pub undecided: Option<Vec<Name>>,
    /// What is expected to be waived.
    pub waived: Option<Vec<Name>>,
    /// What may be lived with.
    pub waivers: Vec<Waiver>,
}

/// A test as it is written, before its policy is known.
pub(super) struct Written {
    pub(super) case: Case,
    /// Names of rules and required gates, to be looked for in the policy.
    pub(super) named: Vec<Located<Name>>,
}

pub(super) fn read(node: &Node, problems: &mut Diagnostics) -> Vec<Written> {
    let Kind::List(items) = &node.kind else {
        if !node.is_broken() {
            problems.push(read::wrong(node, "`tests` of a policy are a list"));
        }
        return Vec::new();
    };
    if let Some(first) = items.get(CASES_MAX) {
        let message = format!("a policy has at most {CASES_MAX} tests");
        problems.push(Diagnostic::error(codes::LIMIT, first.span, message));
    }
    let mut found: Vec<Written> = Vec::new();
    for item in items.iter().take(CASES_MAX) {
        let Some(written) = case(item, problems) else { continue };
        if let Some(first) = found.iter().find(|one| one.case.name == written.case.name) {
            let message = format!("two tests are called `{}`", written.case.name);
            let diagnostic = Diagnostic::error(codes::SAME_ID, written.case.span, message);
            problems.push(diagnostic.other(first.case.span, "the first one"));
        }
        found.push(written);
    }
    found
}

fn case(node: &Node, problems: &mut Diagnostics) -> Option<Written> {
    let fields = Fields::open(node, "a test of a policy", KEYS, problems)?;
    let name = fields.need("name", problems).and_then(|node| read::word(node, "`name` of a test", problems));
    let given = fields.need("given", problems).map(|node| read_all(node, problems));
    let expect = fields.need("expect", problems);
    let expect = expect.and_then(|node| read::choice(node, "`expect`", EXPECTED, problems));
    let others = fields.get("others").and_then(|node| read::choice(node, "`others`", OTHERS, problems));
    let proved = fields.get("proved").and_then(|node| read::flag(node, "`proved`", problems));
    let mut waived_by = fields.get("waivers").map(|node| waivers::read(node, problems)).unwrap_or_default();
    for waiver in &mut waived_by {
        waiver.proved = proved.as_ref().is_some_and(|proved| proved.value);
    }
    let first_end = waived_by.iter().map(|waiver| waiver.expires).min().unwrap_or(Timestamp(0));
    let at = match fields.get("at") {
        Some(node) => waivers::day(node, problems),
        None => Some(first_end),
    };
    let mut texts = |key| fields.get(key).and_then(|node| read::texts(node, key, problems));
    let (because, undecided, waived) = (texts("because"), texts("undecided"), texts("waived"));
    let (changed, authors) = (texts("changed"), texts("authors"));
    let facts = fields.get("facts").map(|node| facts(node, problems)).unwrap_or_default();
    let named = because.iter().chain(&undecided).flatten().cloned().collect();
    let plain = |all: Option<Vec<Located<Name>>>| {
        all.map(|all| all.into_iter().map(|one| one.value).collect::<Vec<_>>())
    };
    let name = name?;
    if name.len() > NAME_BYTES_MAX {
        let message = format!("`name` of a test is longer than {NAME_BYTES_MAX} bytes");
        problems.push(Diagnostic::error(codes::BAD_NAME, name.span, message));
    }
    let case = Case {
        span: name.span,
        name: name.value,
        at: at?,
        authors: plain(authors).unwrap_or_default(),
        because: plain(because),
        changed: plain(changed),
        expect: expect?.value,
        facts,
        given: given?,
        others_pass: others.is_some_and(|others| others.value),
        undecided: plain(undecided),
        waived: plain(waived),
        waivers: waived_by,
    };
    Some(Written { case, named })
}

fn facts(node: &Node, problems: &mut Diagnostics) -> BTreeMap<Name, Value> {
    let entries = read::entries(node, "`facts`", problems);
    entries.iter().map(|entry| (Name::from(&*entry.key), entry.value.value())).collect()
}

/// What there is instead.
fn listed(names: &[&str]) -> String {
    let names: std::collections::BTreeSet<&str> = names.iter().copied().collect();
    if names.is_empty() {
        return "it asks for nothing".to_owned();
    }
    let shown: Vec<String> = names.iter().take(LISTED_MAX).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > LISTED_MAX { ", …" } else { "" };
    format!("there are {}{more}", shown.join(", "))
}

/// Names that a hint lists.
const LISTED_MAX: usize = 20;

/// Says which names the policy has no rule and no required gate for.
pub(super) fn check(written: &[Written], policy: &Policy, problems: &mut Diagnostics) {
    let gates = policy.required.iter().flat_map(|one| std::iter::once(&one.gate).chain(&one.any_of));
    let known: Vec<&str> = policy.rules.iter().map(|rule| &rule.id).chain(gates).map(Name::as_str).collect();
    for one in written {
        // A gate that fails as a step is named by its own name.
        let given = |name: &str| one.case.given.iter().any(|given| *given.name == *name);
        for name in one.named.iter().filter(|name| !known.contains(&name.as_str()) && !given(name)) {
            let message = format!("the policy has no rule and no required gate `{}`", &**name);
            let diagnostic = Diagnostic::error(codes::CASE, name.span, message);
            let near = closest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            problems.push(diagnostic.hint(near.unwrap_or_else(|| listed(&known))));
        }
    }
}
