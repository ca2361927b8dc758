//! `roles.yaml`: who may approve.
//!
//! ```yaml
//! release-managers: [{ name: alice, key: "ssh-ed25519 AAAA…" }, bob]
//! ```
//!
//! **Absent on purpose:** checking keys and signatures; the host does.

use std::collections::BTreeMap;

use dod_kernel::id::Name;
use dod_kernel::policy::Member;

use super::file::name;
use super::{MEMBERS_MAX, codes};
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::yaml::{Fields, Kind, Located, Node, read as value};

/// Keys of a member.
pub(super) const KEYS: &[&str] = &["name", "key"];

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
    let (name, key) = match &node.kind {
        Kind::Map(_) => {
            let fields = Fields::open(node, "a member of a role", KEYS, problems)?;
            let name = fields.need("name", problems).and_then(|node| value::word(node, "`name`", problems));
            (name?, fields.get("key").and_then(|node| value::word(node, "`key`", problems)))
        }
        _ => (value::word(node, "a member of a role", problems)?, None),
    };
    let span = name.span;
    Some(Located::new(Member { key: key.map(|key| key.value), name: name.value, ..Member::default() }, span))
}
