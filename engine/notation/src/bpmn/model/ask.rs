//! Questions to a diagram. Each costs what it answers, not what the file holds.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;
use std::ops::Index;

use super::{
    Attribute, Diagram, Edge, Element, ElementId, Extension, Extent, Flow, More, Passage, Reference, Role,
    Run, Space, Text,
};
use crate::bpmn::read;
use crate::diagnose::Span;

impl Index<ElementId> for Diagram {
    type Output = Element;

    fn index(&self, id: ElementId) -> &Element {
        &self.elements[id.index()]
    }
}

impl Run {
    fn of<T>(self, table: &[T]) -> &[T] {
        table.get(self.start as usize..self.end as usize).unwrap_or(&[])
    }
}

impl Diagram {
    /// Every element with its number, in document order.
    pub fn all(&self) -> impl ExactSizeIterator<Item = (ElementId, &Element)> {
        self.elements.iter().enumerate().map(|(at, element)| (ElementId::new(at), element))
    }

    /// The elements directly inside one, or directly below `<definitions>`.
    #[must_use]
    pub fn children(&self, of: Option<ElementId>) -> Children<'_> {
        let (next, end) = match of {
            Some(id) => (id.index() + 1, self[id].end as usize),
            None => (0, self.elements.len()),
        };
        Children { diagram: self, next, end }
    }

    /// The element with this `id`, if there is one. Of several, the first.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<ElementId> {
        self.ids.find(id, |other| self.elements[other.index()].id.is_some_and(|text| self.text(text) == id))
    }

    /// The element that a qualified name means: the `id` itself, else what stands behind the prefix.
    #[must_use]
    pub fn find_qualified(&self, name: &str) -> Option<ElementId> {
        let name = name.trim();
        self.find(name).or_else(|| self.find(name.rsplit_once(':')?.1))
    }

    /// An element's `id`; empty where it has none.
    #[must_use]
    pub fn id(&self, of: ElementId) -> &str {
        self[of].id.map_or("", |text| self.text(text))
    }

    /// An element's `name`; empty where it has none.
    #[must_use]
    pub fn name(&self, of: ElementId) -> &str {
        self[of].name.map_or("", |text| self.text(text))
    }

    /// The place to underline for an element: its start tag.
    #[must_use]
    pub fn tag(&self, of: ElementId) -> Span {
        self.place(self[of].tag)
    }

    /// The place of an element's `id`, else its start tag.
    #[must_use]
    pub fn id_span(&self, of: ElementId) -> Span {
        self[of].id.map_or_else(|| self.tag(of), |text| self.span(text))
    }

    /// The ends of a sequence flow, by its element.
    #[must_use]
    pub fn flow(&self, of: ElementId) -> Option<&Flow> {
        let found = self.flows.binary_search_by_key(&of, |flow| flow.element);
        found.ok().map(|at| &self.flows[at])
    }

    fn more(&self, of: ElementId) -> Option<&More> {
        self[of].more.map(|at| &self.more[at.get() as usize - 1])
    }

    /// Everything a start tag says that has no place of its own in the model.
    #[must_use]
    pub fn attributes(&self, of: ElementId) -> &[Attribute] {
        self.more(of).map_or(&[], |more| more.attributes.of(&self.attributes))
    }

    /// The value of one attribute.
    #[must_use]
    pub fn attribute(&self, of: ElementId, space: Space, name: &str) -> Option<Text> {
        self.look_up(self.attributes(of), space, name)
    }

    /// The value of an attribute of `<definitions>` without a field of its own.
    #[must_use]
    pub fn root_attribute(&self, space: Space, name: &str) -> Option<Text> {
        self.look_up(self.root_attributes(), space, name)
    }

    /// The attributes of `<definitions>` without a field of their own.
    #[must_use]
    pub fn root_attributes(&self) -> &[Attribute] {
        self.definitions.attributes.of(&self.attributes)
    }

    fn look_up(&self, attributes: &[Attribute], space: Space, name: &str) -> Option<Text> {
        let found = attributes.iter().find(|one| one.space == space && self.text(one.name) == name);
        found.map(|one| one.value)
    }

    /// What an element names, in the order of the file.
    pub fn references(&self, of: ElementId) -> impl Iterator<Item = &Reference> {
        let first = self.more(of).and_then(|more| more.references.first);
        let at = |at: NonZeroU32| &self.references[at.get() as usize - 1];
        std::iter::successors(first.map(at), move |one| one.next.map(at))
    }

    /// The first thing an element names in this role.
    #[must_use]
    pub fn reference(&self, of: ElementId, role: Role) -> Option<&Reference> {
        self.references(of).find(|one| one.role == role)
    }

    /// The texts of an element, in the order of the file.
    pub fn passages(&self, of: ElementId) -> impl Iterator<Item = &Passage> {
        let first = self.more(of).and_then(|more| more.passages.first);
        let at = |at: NonZeroU32| &self.passages[at.get() as usize - 1];
        std::iter::successors(first.map(at), move |one| one.next.map(at))
    }

    /// The first text of an element in this role.
    #[must_use]
    pub fn passage(&self, of: ElementId, role: Role) -> Option<&Passage> {
        self.passages(of).find(|one| one.role == role)
    }

    /// What stands directly in an element's `<extensionElements>`.
    #[must_use]
    pub fn extensions(&self, of: ElementId) -> Extensions<'_> {
        let run = self.more(of).map_or(Run::default(), |more| more.extensions);
        Extensions { diagram: self, next: run.start as usize, end: run.end as usize }
    }

    /// The first extension of this name directly in an element's `<extensionElements>`.
    #[must_use]
    pub fn extension(&self, of: ElementId, space: Space, name: &str) -> Option<(usize, &Extension)> {
        self.extensions(of).find(|(_, one)| one.space == space && self.text(one.name) == name)
    }

    /// What stands directly in an extension, which is known by its number.
    #[must_use]
    pub fn inside(&self, extension: usize) -> Extensions<'_> {
        let end = self.extensions.get(extension).map_or(0, |one| one.end as usize);
        Extensions { diagram: self, next: extension + 1, end }
    }

    /// The attributes of an extension.
    #[must_use]
    pub fn extension_attributes(&self, of: &Extension) -> &[Attribute] {
        of.attributes.of(&self.attributes)
    }

    /// The value of an attribute of an extension, whether its name has a prefix or not.
    #[must_use]
    pub fn extension_attribute(&self, of: &Extension, name: &str) -> Option<Text> {
        let attributes = self.extension_attributes(of);
        self.look_up(attributes, Space::Plain, name).or_else(|| self.look_up(attributes, of.space, name))
    }

    /// The URI of a namespace that means nothing here.
    #[must_use]
    pub fn namespace(&self, space: Space) -> Option<&str> {
        let Space::Other(at) = space else { return None };
        self.namespaces.get(usize::from(at)).map(|text| self.text(*text))
    }

    /// The points of an edge.
    #[must_use]
    pub fn points(&self, of: &Edge) -> &[(f32, f32)] {
        of.points.of(&self.points)
    }

    /// How many elements of each name in the BPMN namespace the file holds.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        let known = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let mut counts: BTreeMap<_, _> = known.map(|(at, count)| (read::name(at), *count as usize)).collect();
        for name in &self.strangers {
            *counts.entry(self.text(*name)).or_default() += 1;
        }
        counts
    }

    /// The whole file.
    #[must_use]
    pub fn whole(&self) -> Span {
        self.place(Extent { start: 0, end: u32::try_from(self.source.len()).unwrap_or(u32::MAX) })
    }
}

/// The elements directly inside one. See [`Diagram::children`].
#[derive(Clone, Debug)]
pub struct Children<'d> {
    diagram: &'d Diagram,
    next: usize,
    end: usize,
}

impl<'d> Iterator for Children<'d> {
    type Item = (ElementId, &'d Element);

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let id = ElementId::new(self.next);
        let element = &self.diagram.elements[self.next];
        self.next = (element.end as usize).max(self.next + 1);
        Some((id, element))
    }
}

/// Extensions beside each other, each with its number. See [`Diagram::extensions`].
#[derive(Clone, Debug)]
pub struct Extensions<'d> {
    diagram: &'d Diagram,
    next: usize,
    end: usize,
}

impl<'d> Iterator for Extensions<'d> {
    type Item = (usize, &'d Extension);

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let at = self.next;
        let extension = self.diagram.extensions.get(at)?;
        self.next = (extension.end as usize).max(at + 1);
        Some((at, extension))
    }
}

/// Which element has which `id`. Open addressing over element numbers, so that an id costs a few bytes; keyed
/// at random, so that no file can make its ids collide. Only ever asked, so its order is never seen.
///
/// Invariant: a slot holds a part of the hash beside the element, so that elements whose ids differ are
/// not looked at; the number of slots is a power of two and larger than that of the ids.
#[derive(Clone, Debug, Default)]
pub(in crate::bpmn) struct Ids {
    slots: Vec<(u32, Option<ElementId>)>,
    keys: RandomState,
}

impl Ids {
    /// Room for this many.
    pub(in crate::bpmn) fn with_capacity(count: usize) -> Self {
        let slots = (count + count / 2 + 1).next_power_of_two();
        Self { slots: vec![(0, None); slots], keys: RandomState::new() }
    }

    /// The first slot of an id, and the part of its hash that is kept there.
    fn hash(&self, id: &str) -> (usize, u32) {
        let hash = self.keys.hash_one(id);
        let (low, high) = (hash & u64::from(u32::MAX), hash >> 32);
        let slot = usize::try_from(low).unwrap_or(0) & (self.slots.len() - 1);
        (slot, u32::try_from(high).unwrap_or(0))
    }

    /// The element for which `is_it` holds, else the slot where it would be.
    fn look_up(&self, id: &str, is_it: impl Fn(ElementId) -> bool) -> Result<ElementId, (usize, u32)> {
        let (mut at, part) = self.hash(id);
        while let (other, Some(element)) = self.slots[at] {
            if other == part && is_it(element) {
                return Ok(element);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        Err((at, part))
    }

    /// The element with this id, for which `is_it` holds.
    pub(in crate::bpmn) fn find(&self, id: &str, is_it: impl Fn(ElementId) -> bool) -> Option<ElementId> {
        if self.slots.is_empty() { None } else { self.look_up(id, is_it).ok() }
    }

    /// Remembers an element; returns the one that has the id already, which stays.
    pub(in crate::bpmn) fn insert(
        &mut self,
        id: &str,
        element: ElementId,
        is_it: impl Fn(ElementId) -> bool,
    ) -> Option<ElementId> {
        match self.look_up(id, is_it) {
            Ok(first) => Some(first),
            Err((slot, part)) => {
                self.slots[slot] = (part, Some(element));
                None
            }
        }
    }
}
