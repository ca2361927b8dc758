//! What people call a node: its name where that is unique in the workflow, else its name and id, else its id.
//!
//! **Absent on purpose:** ids; they stay as they are in [`Node::element`].

use dod_kernel::id::Name;
use dod_kernel::workflow::Node;

use crate::bpmn::model::{Diagram, ElementId, Ids};
use crate::bpmn::sound::shown;

/// A name of a node is at most so long; the rest of a text that somebody wrote into a task is left out.
pub(super) const TITLE_CHARS_MAX: usize = 120;

/// What is known of a node's name.
#[derive(Clone, Debug)]
pub(super) struct Title {
    /// What it is called if nothing else is called so. [`Node::name`] holds this at first.
    pub(super) base: Name,
    /// Where two are called the same: its id, or what it is to the element with that id.
    pub(super) id: Name,
    /// Where that is not enough: its process.
    pub(super) owner: Name,
}

/// The words of an element's name on one line; its id where it has none.
pub(super) fn base(diagram: &Diagram, element: ElementId, id: &Name) -> Name {
    let name = diagram.name(element);
    if name.is_empty() || name == id.as_str() {
        return id.clone();
    }
    let is_plain = name.len() <= TITLE_CHARS_MAX
        && name.bytes().all(|byte| byte > b' ' && byte < 0x7f || byte == b' ')
        && !name.starts_with(' ')
        && !name.ends_with(' ')
        && !name.contains("  ");
    if is_plain {
        return name.into();
    }
    let words = shown(name, TITLE_CHARS_MAX);
    if words.is_empty() { id.clone() } else { words.into() }
}

/// Gives every node a name of its own.
pub(super) fn give(nodes: &mut [Node], titles: &[Title]) {
    let mut seen = Ids::with_capacity(nodes.len());
    let mut twice = vec![false; nodes.len()];
    for at in 0..nodes.len() {
        let base = &titles[at].base;
        let first = seen.insert(base, ElementId::new(at), |other| titles[other.index()].base == *base);
        if let Some(first) = first {
            twice[first.index()] = true;
            twice[at] = true;
        }
    }
    let mut taken = Ids::with_capacity(nodes.len());
    for at in (0..nodes.len()).filter(|at| !twice[*at]) {
        nodes[at].name = titles[at].base.clone();
        let _ = taken.insert(&titles[at].base, ElementId::new(at), |_| false);
    }
    for at in (0..nodes.len()).filter(|at| twice[*at]) {
        let name = candidates(&titles[at])
            .find(|name| taken.find(name, |other| *nodes[other.index()].name == **name).is_none())
            .expect("one more number than there are nodes is free");
        nodes[at].name = name.into();
        let name = nodes[at].name.clone();
        let _ = taken.insert(&name, ElementId::new(at), |_| false);
    }
}

/// `Test (Task_1)`, `release/Test (Task_1)`, `release/Test (Task_1) 2`, …
fn candidates(title: &Title) -> impl Iterator<Item = String> {
    let Title { base, id, owner } = title;
    let own = if base == id { base.to_string() } else { format!("{base} ({id})") };
    let full = format!("{owner}/{own}");
    let numbered = full.clone();
    [own, full].into_iter().chain((2u32..).map(move |number| format!("{numbered} {number}")))
}
