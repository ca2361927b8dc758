//! Who is who: names of people, and the person behind them.
//!
//! Roles may name one person twice: under another spelling, or under another name with the same key. Authors of a change
//! are words (names, addresses, accounts), and a person is an author if one of their names is one of these.
//!
//! **Absent on purpose:** checking keys and signatures; guessing that two names without a common key are one person.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::Name;
use crate::policy::Governance;

/// Whether two names of people are one, however they are written.
pub fn same_name(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// A person, as the roles of a run know them: all names that share a spelling or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// As [`spelled`].
    names: BTreeSet<String>,
}

impl Person {
    /// The person of this name. Looks through the roles: when somebody answers, not for every event.
    pub fn of(governance: &Governance, name: &str) -> Self {
        let mut by_name: BTreeMap<String, Vec<[&str; 2]>> = BTreeMap::new();
        let mut by_key: BTreeMap<[&str; 2], Vec<String>> = BTreeMap::new();
        for member in governance.roles.values().flatten() {
            let Some(key) = member.key.as_deref().and_then(key) else { continue };
            by_name.entry(spelled(&member.name)).or_default().push(key);
            by_key.entry(key).or_default().push(spelled(&member.name));
        }
        let mut person = Self { names: BTreeSet::from([spelled(name)]) };
        let mut open = vec![spelled(name)];
        // A name leads to a key, a key to other names; each is taken out when it is followed.
        while let Some(name) = open.pop() {
            for key in by_name.remove(&name).into_iter().flatten() {
                let names = by_key.remove(&key).into_iter().flatten();
                open.extend(names.filter(|name| person.names.insert(name.clone())));
            }
        }
        person
    }

    /// Whether the person goes by this name.
    pub fn is_called(&self, name: &str) -> bool {
        self.names.contains(&spelled(name))
    }

    /// Whether the person wrote a part of the change.
    pub fn is_author(&self, authors: &[Name]) -> bool {
        authors.iter().any(|author| self.is_called(author))
    }
}

/// A name in the one spelling that names are compared in.
fn spelled(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

/// Type and text of a public key: what follows is a comment.
fn key(line: &str) -> Option<[&str; 2]> {
    let mut words = line.split_ascii_whitespace();
    Some([words.next()?, words.next()?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Member;

    fn governance(members: &[(&str, &str)]) -> Governance {
        let member = |(name, key): &(&str, &str)| Member {
            key: (!key.is_empty()).then(|| (*key).into()),
            name: (*name).into(),
            ..Member::default()
        };
        let roles = [("owners".into(), members.iter().map(member).collect())].into();
        Governance { authors: Vec::new(), judging: 3, policies: Vec::new(), roles, waivers: Vec::new() }
    }

    #[test]
    fn a_common_key_makes_two_names_one_person_and_a_comment_does_not_part_them() {
        let known = governance(&[
            ("carol", "ssh-ed25519 BBBB"),
            ("bob", "ssh-ed25519 AAAA bob@work"),
            ("Bob ", "ssh-ed25519 BBBB"),
            ("alice", "ssh-ed25519 AAAA alice@home"),
            ("dora", ""),
            ("erin", ""),
        ]);
        let alice = Person::of(&known, "ALICE");
        for (name, same) in
            [("alice", true), ("bob", true), ("Carol", true), ("dora", false), ("erin", false)]
        {
            assert_eq!(alice.is_called(name), same, "{name}");
        }
        assert!(Person::of(&known, "carol").is_author(&["alice".into()]), "by two keys of bob");
        assert!(!Person::of(&known, "dora").is_called("erin"), "no key is no common key");
    }

    #[test]
    fn a_long_chain_of_names_and_keys_is_followed_once() {
        let members: Vec<(String, String)> = (0..50_000)
            .flat_map(|at| {
                [(format!("n{at}"), format!("k {at}")), (format!("n{}", at + 1), format!("k {at}"))]
            })
            .collect();
        let members: Vec<(&str, &str)> =
            members.iter().map(|(name, key)| (name.as_str(), key.as_str())).collect();
        assert!(Person::of(&governance(&members), "n0").is_called("N50000"));
    }
}
