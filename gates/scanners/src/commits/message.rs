//! Messages: Conventional Commits 1.0.0 (conventionalcommits.org), and what git's own habits ask for.
//!
//! **Absent on purpose:** taste. A subject may be in any mood, case or language.

use super::{Commit, Convention, Fault, MESSAGE_BYTES_MAX, Options, shown, subject};

/// The types of the convention's text and of the configuration that most projects extend.
pub const TYPES: &[&str] =
    &["build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test"];

/// What `git commit --fixup` and its like write in front of a subject, to be melted by a rebase.
const TO_BE_MELTED: &[&str] = &["fixup!", "squash!", "amend!"];

/// What is wrong with the message of a commit.
pub(super) fn faults(commit: &Commit, options: &Options) -> Vec<Fault> {
    let end = commit.message.len().min(MESSAGE_BYTES_MAX);
    let end = (0..=end).rev().find(|at| commit.message.is_char_boundary(*at)).unwrap_or_default();
    let message = commit.message[..end].trim_matches('\n');
    if message.trim().is_empty() {
        return vec![("message-empty", "it has no message".to_owned())];
    }
    let subject = subject(message);
    let mut faults = Vec::new();
    if let Some(word) = unfinished(subject) {
        faults
            .push(("message-unfinished", format!("`{word}` marks a commit that is not ready to be shared")));
    } else if !is_revert_of_git(subject, message) {
        faults.extend(conventional(subject, &options.convention));
    }
    let length = subject.chars().count();
    if options.subject_max > 0 && length > options.subject_max {
        let message = format!("the subject has {length} characters, more than {}", options.subject_max);
        faults.push(("subject-length", message));
    }
    if message.lines().nth(1).is_some_and(|second| !second.trim().is_empty()) {
        faults.push(("message-body", "its second line is not blank".to_owned()));
    }
    if let (Convention::Conventional { .. }, Some(line)) = (&options.convention, unseen_break(message)) {
        let message = format!("`{}` is a footer in upper case only: `BREAKING CHANGE: …`", shown(line));
        faults.push(("message-breaking", message));
    }
    faults
}

fn unfinished(subject: &str) -> Option<&str> {
    let first = subject.split_whitespace().next().unwrap_or_default();
    if TO_BE_MELTED.contains(&first) {
        return Some(first);
    }
    let bare = first.trim_matches(|c: char| !c.is_alphanumeric());
    let is_wip = |word: &str| word.eq_ignore_ascii_case("wip");
    // `wip: …`, `[WIP] …`, `feat: WIP …`
    let behind = subject.split_once(':').and_then(|(_, rest)| rest.split_whitespace().next());
    let behind = behind.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    [Some(bare), behind].into_iter().flatten().find(|word| is_wip(word))
}

/// `Revert "…"` with the sentence that `git revert` writes below: the convention leaves it to its users.
fn is_revert_of_git(subject: &str, message: &str) -> bool {
    subject.starts_with("Revert \"") && message.contains("This reverts commit ")
}

fn conventional(subject: &str, convention: &Convention) -> Vec<Fault> {
    let (types, scopes) = match convention {
        Convention::None => return Vec::new(),
        Convention::Subject(pattern) if pattern.is_match(subject) => return Vec::new(),
        Convention::Subject(pattern) => {
            return vec![(
                "message-convention",
                format!("the subject does not match `{}`", pattern.as_str()),
            )];
        }
        Convention::Conventional { types, scopes } => (types, scopes),
    };
    let header = match Header::read(subject) {
        Ok(header) => header,
        Err(message) => return vec![("message-convention", message)],
    };
    let listed = |list: &[String], word: &str| list.iter().any(|one| one.eq_ignore_ascii_case(word));
    let mut faults = Vec::new();
    if !listed(types, header.kind) {
        let message = format!("`{}` is none of the types {}", shown(header.kind), types.join(", "));
        faults.push(("message-type", message));
    }
    if let Some(scope) = header.scope.filter(|scope| !scopes.is_empty() && !listed(scopes, scope)) {
        let message = format!("`{}` is none of the scopes {}", shown(scope), scopes.join(", "));
        faults.push(("message-scope", message));
    }
    faults
}

/// The parts of a subject by Conventional Commits 1.0.0.
struct Header<'m> {
    kind: &'m str,
    scope: Option<&'m str>,
}

impl<'m> Header<'m> {
    /// Points 1, 4 and 5: a type, a scope in parentheses if there is one, `!` if there is one, a colon, a space, a
    /// description.
    fn read(subject: &'m str) -> Result<Self, String> {
        let form = "`type(scope): description` is needed";
        let Some((front, description)) = subject.split_once(':') else {
            return Err(format!("there is no type: {form}"));
        };
        let front = front.strip_suffix('!').unwrap_or(front);
        let (kind, scope) = match front.split_once('(') {
            None => (front, None),
            Some((kind, rest)) => match rest.strip_suffix(')') {
                Some(scope) => (kind, Some(scope)),
                None => return Err(format!("the scope is not closed before the colon: {form}")),
            },
        };
        if kind.is_empty() {
            return Err(format!("there is no type: {form}"));
        }
        if kind.contains(char::is_whitespace) {
            return Err(format!("the type `{}` is not one word: {form}", shown(kind)));
        }
        if !kind.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '.')) {
            return Err(format!("the type `{}` is no noun: {form}", shown(kind)));
        }
        if scope.is_some_and(|scope| scope.trim().is_empty() || scope.contains(['(', ')'])) {
            return Err(format!("the scope is not one noun in parentheses: {form}"));
        }
        match description.strip_prefix(' ') {
            None if description.trim().is_empty() => {
                Err("there is no description behind the colon".to_owned())
            }
            None => Err("there is no space behind the colon".to_owned()),
            Some(description) if description.trim().is_empty() => {
                Err("there is no description behind the colon".to_owned())
            }
            Some(_) => Ok(Self { kind, scope }),
        }
    }
}

/// Points 15 and 16: the words of this footer, and no others, are in upper case.
fn unseen_break(message: &str) -> Option<&str> {
    message.lines().skip(1).find(|line| {
        let Some((front, _)) = line.split_once(':') else { return false };
        let is_it = ["BREAKING CHANGE", "BREAKING-CHANGE"].iter().any(|it| front.eq_ignore_ascii_case(it));
        is_it && front.bytes().any(|byte| byte.is_ascii_lowercase())
    })
}
