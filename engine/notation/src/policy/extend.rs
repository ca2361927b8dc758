//! Policies that extend others: the chain is read from the nearest on and joined from the farthest on.
//!
//! Extending only adds (see [`super`]): a rule that is stricter than the inherited one of its id takes its place,
//! one that is laxer is told, and everything else stands beside what is inherited.
//!
//! **Absent on purpose:** opening files.

use std::collections::BTreeSet;

use dod_kernel::id::Name;
use dod_kernel::policy::{ApprovalTerms, Effect, Policy, Require, Required, Rule, WaiverTerms};

use super::builtin::newest;
use super::cases::{self, Case, Written};
use super::file::{Extends, File, Placed, Reader};
use super::rego::{self, Reading};
use super::{BUILTINS, EXTENDS_MAX, PolicyWorld, RULES_MAX, builtin_policy, codes, file, parse};
use crate::diagnose::{Diagnostic, Diagnostics, FileId, SourceMap, Span};
use crate::lower::Reference;
use crate::yaml::Located;

/// The prefix of built-in policies.
const BUILTIN: &str = "builtin/";

/// Where a chain ends.
enum Base {
    Builtin(Policy),
    Nothing,
}

/// Reads the policy of a file and everything it extends.
pub(super) fn resolve(
    first: FileId,
    world: &PolicyWorld<'_>,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<(Policy, Vec<Case>)> {
    let mut chain: Vec<File> = Vec::new();
    let mut written: Option<Vec<Written>> = None;
    let mut seen = BTreeSet::from([sources.name(first).to_owned()]);
    let (mut next, mut base) = (Some(first), Base::Nothing);
    // The repository, commit and path that the file came from, where it is not this one's.
    let mut origin: Option<Reference> = None;
    while let Some(id) = next.take() {
        let root = parse(id, sources, problems)?;
        let from = origin.clone();
        let mut read = file::read(&root, &mut Reader { world, sources, problems });
        // Tests of a policy that is extended are its own.
        written.get_or_insert_with(|| std::mem::take(&mut read.cases));
        match &read.extends {
            Some(Extends::Named(name)) if name.starts_with(BUILTIN) => {
                base = Base::Builtin(built_in(name, problems)?);
            }
            Some(extends) => {
                let reference = referred(extends, sources, origin.as_ref(), problems)?;
                next = Some(load(extends, &reference, world, &mut seen, sources, problems)?);
                origin = Some(reference).filter(|reference| matches!(reference, Reference::Git { .. }));
            }
            None => {}
        }
        rego::read(&mut read, from.as_ref(), &mut Reading { world, sources, problems });
        chain.push(read);
    }
    let mut joined = match base {
        Base::Builtin(policy) => Parent { name: built_in_name(&policy), policy },
        Base::Nothing => nothing(),
    };
    for file in chain.into_iter().rev() {
        guard(&joined, &file, problems);
        let policy = join(joined, file, problems)?;
        joined = Parent { name: reference(&policy), policy };
    }
    let written = written.unwrap_or_default();
    cases::check(&written, &joined.policy, problems);
    Some((joined.policy, written.into_iter().map(|one| one.case).collect()))
}

/// A built-in policy on top of the milder one that it extends.
pub(super) fn built_in_join(
    parent: Option<Policy>,
    file: File,
    problems: &mut Diagnostics,
) -> Option<Policy> {
    let parent = parent.map(|policy| Parent { name: built_in_name(&policy), policy });
    join(parent.unwrap_or_else(nothing), file, problems)
}

/// What a policy extends.
struct Parent {
    /// As `extends` of the finished policy names it; empty for nothing.
    name: Name,
    policy: Policy,
}

fn nothing() -> Parent {
    let policy = Policy {
        approvals: ApprovalTerms::default(),
        extends: Vec::new(),
        name: Name::default(),
        required: Vec::new(),
        rules: Vec::new(),
        version: None,
        waivers: WaiverTerms { days_max: None, proved: false },
    };
    Parent { name: Name::default(), policy }
}

fn built_in_name(policy: &Policy) -> Name {
    format!("{BUILTIN}{}", reference(policy)).into()
}

fn reference(policy: &Policy) -> Name {
    match policy.version {
        Some(version) => format!("{}@{version}", policy.name).into(),
        None => policy.name.clone(),
    }
}

/// `builtin/enterprise@1`.
fn built_in(extends: &Located<Name>, problems: &mut Diagnostics) -> Option<Policy> {
    let rest = extends.strip_prefix(BUILTIN).expect("the caller looked");
    let (name, version) = rest.split_once('@').map_or((rest, None), |(name, version)| (name, Some(version)));
    let Some(newest) = newest(name) else {
        let message = format!("there is no built-in policy `{name}`");
        let diagnostic = Diagnostic::error(codes::UNKNOWN_BUILTIN, extends.span, message);
        problems.push(diagnostic.did_you_mean(name, BUILTINS.iter().map(|known| known.name)));
        return None;
    };
    let found = version.and_then(|_| builtin_policy(extends));
    if found.is_none() {
        let message = match version {
            None => format!("`{BUILTIN}{name}` needs a version, so that it stays what it is"),
            Some(version) => format!("`{BUILTIN}{name}` has no version `{version}`"),
        };
        let hint = format!("write `{BUILTIN}{name}@{}`", newest.version);
        problems.push(Diagnostic::error(codes::BUILTIN_VERSION, extends.span, message).hint(hint));
    }
    found
}

/// Another file: `./base.yaml`, or `base` for the file of this name in the same folder. A file of another
/// repository names files of that one.
fn referred(
    extends: &Extends,
    sources: &SourceMap,
    origin: Option<&Reference>,
    problems: &mut Diagnostics,
) -> Option<Reference> {
    let name = match extends {
        Extends::Git { url, rev, path } => {
            let (url, rev, path) = (url.to_string(), rev.to_string(), path.to_string());
            return Some(Reference::Git { url, rev, path });
        }
        Extends::Named(name) => name,
    };
    let is_path = name.ends_with(".yaml") || name.ends_with(".yml");
    let path = if is_path { name.to_string() } else { format!("{}.yaml", &**name) };
    named(name, &path, sources, origin, problems)
}

/// A path as a policy names it, in the repository that the policy is of.
pub(super) fn named(
    name: &Located<Name>,
    path: &str,
    sources: &SourceMap,
    origin: Option<&Reference>,
    problems: &mut Diagnostics,
) -> Option<Reference> {
    let Some(Reference::Git { url, rev, path: from }) = origin else {
        let from_file = sources.name(name.span.file).to_owned();
        return Some(Reference::Local { from_file, path: path.to_owned() });
    };
    let Some(path) = beside(from, path) else {
        let message = format!("`{}` leaves the repository", &**name);
        problems.push(Diagnostic::error(codes::NOT_LOADED, name.span, message));
        return None;
    };
    Some(Reference::Git { url: url.clone(), rev: rev.clone(), path })
}

/// A path beside another one, without `.` and `..`; `None` where it leaves the repository.
fn beside(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn load(
    extends: &Extends,
    reference: &Reference,
    world: &PolicyWorld<'_>,
    seen: &mut BTreeSet<String>,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<FileId> {
    let (span, name) = match extends {
        Extends::Named(name) => (name.span, name.to_string()),
        Extends::Git { url, path, .. } => (path.span, format!("{} of {}", &**path, &**url)),
    };
    let loaded = match world.sources.load(reference) {
        Ok(loaded) => loaded,
        Err(why) => {
            let message = format!("`{name}` cannot be read: {why}");
            let diagnostic = Diagnostic::error(codes::NOT_LOADED, span, message);
            let built_in = newest(name.split('@').next().unwrap_or_default());
            let hint =
                built_in.map(|known| format!("did you mean `{BUILTIN}{}@{}`?", known.name, known.version));
            problems.push(diagnostic.maybe_hint(hint));
            return None;
        }
    };
    if seen.len() >= EXTENDS_MAX || !seen.insert(loaded.name.clone()) {
        let message = if seen.len() >= EXTENDS_MAX {
            format!("more than {EXTENDS_MAX} policies extend each other")
        } else {
            format!("`{}` extends itself, directly or through others", loaded.name)
        };
        problems.push(Diagnostic::error(codes::EXTENDS_CYCLE, extends.span(), message));
        return None;
    }
    Some(sources.add(loaded.name, loaded.text))
}

/// Refuses a local policy that passes for a built-in one: the name of one it must extend.
fn guard(parent: &Parent, file: &File, problems: &mut Diagnostics) {
    let Some(name) = &file.name else { return };
    let own = &*name.value;
    if own.starts_with(BUILTIN) {
        let message = format!("names that begin with `{BUILTIN}` are those of built-in policies");
        problems.push(Diagnostic::error(codes::BUILTIN_NAME, name.span, message));
    }
    let wanted = format!("{BUILTIN}{own}@");
    let extended = parent.policy.extends.iter().chain([&parent.name]).any(|one| one.starts_with(&wanted));
    if BUILTINS.iter().any(|known| known.name == own) && !extended {
        let message = format!("`{own}` is the name of a built-in policy, which this one does not extend");
        let diagnostic = Diagnostic::error(codes::BUILTIN_NAME, name.span, message);
        let version = newest(own).map_or(1, |known| known.version);
        let hint = format!("add `extends: {BUILTIN}{own}@{version}`, or choose another name");
        problems.push(diagnostic.hint(hint));
    }
}

fn join(parent: Parent, file: File, problems: &mut Diagnostics) -> Option<Policy> {
    let Parent { name: parent_name, policy: parent } = parent;
    let name = file.name?;
    let mut extends: Vec<Name> =
        Some(parent_name.clone()).filter(|name| !name.is_empty()).into_iter().collect();
    extends.extend(parent.extends);
    let mut rules = parent.rules;
    let inherited = rules.len();
    for placed in file.rules {
        join_rule(&mut rules, inherited, placed, (&name, &parent_name), problems);
    }
    if rules.len() > RULES_MAX {
        let message = format!("a policy has at most {RULES_MAX} rules, inherited ones included");
        problems.push(Diagnostic::error(codes::LIMIT, name.span, message));
        rules.truncate(RULES_MAX);
    }
    let mut required = parent.required;
    for one in file.required {
        join_required(&mut required, one, &parent_name, problems);
    }
    let days_max = match (parent.waivers.days_max, file.days_max) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    };
    let proved = parent.waivers.proved || file.proved;
    let approvals = ApprovalTerms { proved: parent.approvals.proved || file.answers_proved };
    Some(Policy {
        approvals,
        extends,
        name: name.value,
        required,
        rules,
        version: file.version,
        waivers: WaiverTerms { days_max, proved },
    })
}

/// Adds a rule to inherited ones. What is inherited is never lost, and never becomes weaker.
fn join_rule(
    rules: &mut Vec<Rule>,
    inherited: usize,
    placed: Placed,
    (own, parent): (&Name, &Name),
    problems: &mut Diagnostics,
) {
    let Placed { mut rule, span, from_gate } = placed;
    let Some(at) = rules[..inherited].iter().position(|one| one.id == rule.id) else {
        rules.push(rule);
        return;
    };
    if rules[at] == rule {
        // The very same rule, like one of a module that both name.
        return;
    }
    let beside = Name::from(format!("{own}/{}", rule.id));
    match compared(&rules[at], &rule) {
        Compared::Stricter => rules[at] = rule,
        Compared::Weaker => {
            weaker(&rule.id, parent, span, problems);
            // That it was written to block at all demands that it is measured.
            rules[at].when_measured &= rule.when_measured || rule.effect != Effect::Block;
        }
        Compared::Beside if from_gate && !rules.iter().any(|one| one.id == beside) => {
            rule.id = beside;
            rules.push(rule);
        }
        Compared::Beside => {
            let message = format!("rule `{}` is inherited from `{parent}`", rule.id);
            let diagnostic = Diagnostic::error(codes::TAKEN, span, message);
            problems.push(diagnostic.hint("choose another id: policies add rules and do not replace them"));
        }
    }
}

fn weaker(id: &Name, parent: &Name, span: Span, problems: &mut Diagnostics) {
    let message = format!("`{id}` asks for less than `{parent}`, whose rule still holds");
    problems.push(Diagnostic::warning(codes::WEAKER, span, message));
}

/// How a rule stands to the inherited one of its id.
enum Compared {
    /// Neither implies the other.
    Beside,
    /// It can take the place of the inherited one.
    Stricter,
    /// The inherited one implies it.
    Weaker,
}

fn compared(inherited: &Rule, own: &Rule) -> Compared {
    let (Require::Threshold(left), Require::Threshold(right)) = (&inherited.require, &own.require) else {
        return Compared::Beside;
    };
    if inherited.when.is_some() || own.when.is_some() || inherited.project.is_some() || own.project.is_some()
    {
        return Compared::Beside;
    }
    let rank = |effect: Effect| match effect {
        Effect::Info => 0,
        Effect::Warn => 1,
        Effect::Block => 2,
    };
    let same_gates = inherited.gates == own.gates;
    let measured = inherited.when_measured || !own.when_measured;
    if right.implies(left) == Some(true)
        && same_gates
        && rank(own.effect) >= rank(inherited.effect)
        && measured
    {
        return Compared::Stricter;
    }
    if left.implies(right) == Some(true) && same_gates && rank(inherited.effect) >= rank(own.effect) {
        return Compared::Weaker;
    }
    Compared::Beside
}

fn join_required(
    required: &mut Vec<Required>,
    own: Located<Required>,
    parent: &Name,
    problems: &mut Diagnostics,
) {
    let same = |one: &&mut Required| one.gate == own.gate && one.any_of == own.any_of;
    let Some(inherited) = required.iter_mut().find(same) else {
        required.push(own.value);
        return;
    };
    // An older result, or one of an ancestor, is less than one of this run.
    let laxer = own.from_ancestor && !inherited.from_ancestor
        || match (inherited.within_ms, own.within_ms) {
            (None, Some(_)) => true,
            (Some(inherited), Some(own)) => own > inherited,
            (_, None) => false,
        };
    if laxer {
        weaker(&own.gate, parent, own.span, problems);
    } else {
        *inherited = own.value;
    }
}
