//! `roles.yaml`: who may approve.
//!
//! ```yaml
//! release-managers: [{ name: alice, key: "ssh-ed25519 AAAA…", valid_before: 2028-01-01 }, bob]
//! ```
//!
//! The days are those of an allowed-signers file of OpenSSH: a signature counts from the beginning of `valid_after` until the
//! beginning of `valid_before`, UTC.
//!
//! **Absent on purpose:** checking keys and signatures; the host does.

use std::collections::BTreeMap;

use dod_kernel::calendar::DAY_MS;
use dod_kernel::id::{Name, Timestamp};
use dod_kernel::policy::Member;

use super::file::name;
use super::waivers::day_called;
use super::{MEMBERS_MAX, codes};
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::yaml::{Fields, Kind, Located, Node, read as value};

/// Keys of a member.
pub(super) const KEYS: &[&str] = &["name", "key", "valid_after", "valid_before"];

pub(super) fn read(root: &Node, problems: &mut Diagnostics) -> BTreeMap<Name, Vec<Member>> {
    let mut roles: BTreeMap<Name, Vec<Member>> = BTreeMap::new();
    let mut count = 0usize;
    for entry in value::entries(root, "a file of roles", problems) {
        let key = Node { span: entry.key_span, kind: Kind::Scalar { text: entry.key.clone(), plain: false } };
        let role = name(&key, "the name of a role", problems);
        let items = match &entry.value.kind {
            Kind::List(items) => items.as_slice(),
            Kind::Broken => &[],
            _ => {
                problems.push(value::wrong(&entry.value, "the members of a role are a list"));
                &[]
            }
        };
        let mut members: Vec<Located<Member>> = Vec::new();
        for item in items {
            let Some(member) = member(item, problems) else { continue };
            if let Some(first) = members.iter().find(|one| one.name == member.name) {
                let message = format!("`{}` is named twice", member.name);
                let diagnostic = Diagnostic::error(codes::SAME_MEMBER, member.span, message);
                problems.push(diagnostic.other(first.span, "the first time"));
                continue;
            }
            count += 1;
            if count == MEMBERS_MAX + 1 {
                let message = format!("a file of roles has at most {MEMBERS_MAX} members");
                problems.push(Diagnostic::error(codes::LIMIT, member.span, message));
            }
            members.push(member);
        }
        if let Some(role) = role {
            roles.insert(role.value, members.into_iter().map(|member| member.value).collect());
        }
    }
    roles
}

/// A name, or a name with a public key.
fn member(node: &Node, problems: &mut Diagnostics) -> Option<Located<Member>> {
    if !matches!(node.kind, Kind::Map(_)) {
        let name = value::word(node, "a member of a role", problems)?;
        let span = name.span;
        return Some(Located::new(Member { name: name.value, ..Member::default() }, span));
    }
    let fields = Fields::open(node, "a member of a role", KEYS, problems)?;
    let name = fields.need("name", problems).and_then(|node| value::word(node, "`name`", problems));
    let key = fields.get("key").and_then(|node| value::word(node, "`key`", problems));
    let mut day = |key: &'static str| {
        let end = fields.get(key).and_then(|node| day_called(node, &format!("`{key}`"), problems))?;
        Some(Timestamp(end.0 + 1 - DAY_MS))
    };
    let (valid_after, valid_before) = (day("valid_after"), day("valid_before"));
    let name = name?;
    let key = key.map(|key| key.value);
    Some(Located::new(Member { key, name: name.value, valid_after, valid_before }, name.span))
}
