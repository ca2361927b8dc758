//! Who is who: names of people, and the person behind them.
//!
//! Roles may name one person twice: under another spelling, or under another name with the same key. Authors of a change
//! are words (names, addresses, accounts), and a person is an author if one of their names is one of these.
//!
//! **Absent on purpose:** checking keys and signatures; guessing that two names without a common key are one person.

use crate::id::Name;
use crate::policy::{Governance, Member};

/// Whether two names of people are one, however they are written.
pub fn same_name(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// A person, as the roles of a run know them: all names that share a spelling or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person<'g> {
    names: Vec<&'g str>,
    keys: Vec<[&'g str; 2]>,
}

impl<'g> Person<'g> {
    /// The person of this name. Looks through the roles: when somebody answers, not for every event.
    pub fn of(governance: &'g Governance, name: &'g str) -> Self {
        let mut person = Self { names: vec![name], keys: Vec::new() };
        let mut open: Vec<&Member> = governance.roles.values().flatten().collect();
        // A name leads to a key, a key to another name: each round takes a member away or is the last one.
        loop {
            let before = open.len();
            open.retain(|member| !person.takes(member));
            if open.len() == before {
                return person;
            }
        }
    }

    /// Adds a member that is this person.
    fn takes(&mut self, member: &'g Member) -> bool {
        let key = member.key.as_deref().and_then(key);
        let named = self.is_called(&member.name);
        if !named && !key.is_some_and(|key| self.keys.contains(&key)) {
            return false;
        }
        if !named {
            self.names.push(&member.name);
        }
        self.keys.extend(key.filter(|key| !self.keys.contains(key)));
        true
    }

    /// Whether the person goes by this name.
    pub fn is_called(&self, name: &str) -> bool {
        self.names.iter().any(|own| same_name(own, name))
    }

    /// Whether the person wrote a part of the change.
    pub fn is_author(&self, authors: &[Name]) -> bool {
        authors.iter().any(|author| self.is_called(author))
    }
}

/// Type and text of a public key: what follows is a comment.
fn key(line: &str) -> Option<[&str; 2]> {
    let mut words = line.split_ascii_whitespace();
    Some([words.next()?, words.next()?])
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
