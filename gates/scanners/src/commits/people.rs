//! People: who wrote a commit, who answers for it, and whether that is shown.
//!
//! **Absent on purpose:** who they really are. A name in a commit is a claim.

use super::{Commit, Fault, Options, Person, Signatures, Signed};

/// The line of the Developer Certificate of Origin 1.1.
const SIGN_OFF: &str = "signed-off-by";

/// Lines at the end of a message that are looked at for sign-offs.
const LINES_MAX: usize = 1_000;

/// What is wrong with the people of a commit.
pub(super) fn faults(commit: &Commit, options: &Options) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (role, person) in [("author", &commit.author), ("committer", &commit.committer)] {
        faults.extend(unnamed(role, person).map(|message| ("person-unnamed", message)));
    }
    if !is_allowed(&commit.author.email, options) {
        let domains = options.domains.join(", ");
        let of = if domains.is_empty() { "on the list".to_owned() } else { format!("of {domains}") };
        let message = format!("the author's address `{}` is not {of}", super::shown(&commit.author.email));
        faults.push(("author-domain", message));
    }
    if options.sign_off && commit.parents < 2 {
        faults.extend(not_signed_off(commit).map(|message| ("sign-off", message)));
    }
    match (&commit.signed, options.signatures) {
        (Signed::Wrong(why), _) => faults.push(("signature", format!("its signature is wrong: {why}"))),
        (Signed::No, Signatures::Present | Signatures::Proved) => {
            faults.push(("signature", "it is not signed".to_owned()));
        }
        _ => {}
    }
    faults
}

fn unnamed(role: &str, person: &Person) -> Option<String> {
    let (name, email) = (person.name.trim(), person.email.trim());
    let what = match email.split_once('@') {
        _ if name.is_empty() => "has no name",
        _ if email.is_empty() => "has no address",
        None => "has an address without `@`",
        Some((user, domain)) if user.is_empty() || domain.is_empty() => "has half an address",
        // What git makes up where nobody told it who is working.
        Some((_, domain)) if domain.ends_with(".(none)") || domain == "localhost" => {
            "has an address that git made up"
        }
        Some(_) => return None,
    };
    Some(format!("the {role} {what}: {}", shown(person)))
}

fn is_allowed(email: &str, options: &Options) -> bool {
    if options.domains.is_empty() && options.authors.is_empty() {
        return true;
    }
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase();
    let of = |allowed: &String| {
        let allowed = allowed.trim_start_matches('@').to_ascii_lowercase();
        // `*.corp.io` is every domain below.
        allowed.strip_prefix('*').map_or(domain == allowed, |end| domain.ends_with(end) && !end.is_empty())
    };
    options.domains.iter().any(of) || options.authors.iter().any(|one| one.eq_ignore_ascii_case(email))
}

/// The author, or nobody for them, answers for where a commit comes from.
fn not_signed_off(commit: &Commit) -> Option<String> {
    let lines = commit.message.lines().rev().take(LINES_MAX);
    let signed: Vec<Person> = lines.filter_map(signed_off).collect();
    let author = &commit.author;
    if signed.iter().any(|one| one.email.eq_ignore_ascii_case(&author.email) && one.name == author.name) {
        return None;
    }
    let wanted = format!("Signed-off-by: {}", shown(author));
    Some(match signed.first() {
        None => format!("there is no line `{wanted}` (`git commit --signoff`)"),
        Some(other) => format!("it is signed off by {}, not by its author: `{wanted}`", shown(other)),
    })
}

fn signed_off(line: &str) -> Option<Person> {
    let (key, value) = line.trim().split_once(':')?;
    let (name, email) = value.trim().strip_suffix('>')?.split_once('<')?;
    key.eq_ignore_ascii_case(SIGN_OFF)
        .then(|| Person { name: name.trim().to_owned(), email: email.trim().to_owned() })
}

/// As git shows somebody.
pub(super) fn shown(person: &Person) -> String {
    format!("{} <{}>", super::shown(&person.name), super::shown(&person.email))
}
