//! Which namespace a prefix means at a place of the file (Namespaces in XML 1.0). Known namespaces are known by
//! URI, whatever their prefix.

use std::collections::BTreeMap;

use super::attributes::Written;
use super::tags::{is_name, short};
use super::{DOD_NAMESPACE, NAMESPACE, NAMESPACES_MAX, Named, Reader, Stop, VALUE_BYTES_MAX, codes, escape};
use crate::bpmn::model::{Extent, Space};
use crate::diagnose::Diagnostic;

const KNOWN: &[(&str, Space)] = &[
    (NAMESPACE, Space::Bpmn),
    ("http://www.omg.org/spec/BPMN/20100524/DI", Space::Drawing),
    ("http://www.omg.org/spec/DD/20100524/DC", Space::Drawing),
    ("http://www.omg.org/spec/DD/20100524/DI", Space::Drawing),
    (DOD_NAMESPACE, Space::Dod),
    ("http://camunda.org/schema/1.0/bpmn", Space::Camunda),
    ("http://camunda.org/schema/zeebe/1.0", Space::Zeebe),
    ("http://flowable.org/bpmn", Space::Flowable),
    ("http://activiti.org/bpmn", Space::Flowable),
    ("http://activiti.com/modeler", Space::Flowable),
    ("http://spiffworkflow.org/bpmn/schema/1.0/core", Space::Spiff),
    ("http://www.w3.org/2001/XMLSchema-instance", Space::Schema),
    ("http://www.w3.org/XML/1998/namespace", Space::Xml),
    ("", Space::Plain),
];

/// Would put another file here, which is never done.
pub(super) const INCLUSION: &str = "http://www.w3.org/2001/XInclude";

/// The namespace with this URI, where it means something.
pub(super) fn known(uri: &str) -> Option<Space> {
    KNOWN.iter().find(|(known, _)| *known == uri).map(|(_, space)| *space)
}

/// The prefixes that are bound at a place. The empty prefix is the default namespace.
///
/// Invariant: `bound` holds, for every prefix in `order`, what it means, innermost last, and nothing else.
#[derive(Debug, Default)]
pub(super) struct Spaces<'s> {
    bound: BTreeMap<&'s str, Vec<Space>>,
    /// Prefixes in the order of binding.
    order: Vec<&'s str>,
    /// Namespaces without meaning, by URI.
    others: BTreeMap<Box<str>, Space>,
}

impl<'s> Spaces<'s> {
    /// How many prefixes are bound; what [`Spaces::leave`] goes back to.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Binds a prefix from here on.
    pub(super) fn bind(&mut self, prefix: &'s str, space: Space) {
        self.bound.entry(prefix).or_default().push(space);
        self.order.push(prefix);
    }

    /// Forgets what was bound since there were `length`.
    pub(super) fn leave(&mut self, length: usize) {
        while self.order.len() > length
            && let Some(prefix) = self.order.pop()
        {
            if let Some(meant) = self.bound.get_mut(prefix) {
                meant.pop();
                if meant.is_empty() {
                    self.bound.remove(prefix);
                }
            }
        }
    }

    /// What a prefix of an element means.
    pub(super) fn find(&self, prefix: &str) -> Option<Space> {
        match self.bound.get(prefix).and_then(|meant| meant.last()) {
            Some(space) => Some(*space),
            None if prefix.is_empty() => Some(Space::Plain),
            None if prefix == "xml" => Some(Space::Xml),
            None => None,
        }
    }
}

impl Reader<'_, '_> {
    /// Binds the prefixes that the tag just read declares, and finds the namespaces of its other attributes.
    pub(super) fn name_attributes(&mut self) -> Result<(), Stop> {
        let written = std::mem::take(&mut self.written);
        let named = self.declare(&written).map(|()| self.name_all(&written));
        self.written = written;
        named
    }

    fn declare(&mut self, written: &[Written]) -> Result<(), Stop> {
        self.twice(written);
        for one in written {
            let name = self.slice(one.name);
            if !name.starts_with('x') {
                continue;
            }
            let Some(prefix) = name.strip_prefix("xmlns") else { continue };
            let prefix = match prefix.strip_prefix(':') {
                Some(prefix) => prefix,
                None if prefix.is_empty() => "",
                None => continue,
            };
            if self.spaces.len() == NAMESPACES_MAX {
                let message = format!("more than {NAMESPACES_MAX} prefixes are bound at one place");
                return self.stop(Diagnostic::error(codes::LIMIT, self.at(one.name), message));
            }
            let space = self.space(name, one)?;
            self.spaces.bind(prefix, space);
        }
        Ok(())
    }

    /// Says which attributes stand twice in a tag.
    fn twice(&mut self, written: &[Written]) {
        /// Up to here comparing each with each is the faster way.
        const FEW: usize = 12;
        let mut again = Vec::new();
        if written.len() <= FEW {
            for (at, one) in written.iter().enumerate() {
                if written[..at].iter().any(|before| self.slice(before.name) == self.slice(one.name)) {
                    again.push(one.name);
                }
            }
        } else {
            let mut names: Vec<Extent> = written.iter().map(|one| one.name).collect();
            names.sort_by_key(|name| (self.slice(*name), name.start));
            let pairs = names.windows(2).filter(|pair| self.slice(pair[0]) == self.slice(pair[1]));
            again.extend(pairs.map(|pair| pair[1]));
        }
        for name in again {
            let message = format!("the attribute `{}` stands twice in one tag", short(self.slice(name)));
            self.problems.push(Diagnostic::error(codes::ATTRIBUTE, self.at(name), message));
        }
    }

    /// The namespace that a declaration names.
    fn space(&mut self, name: &str, one: &Written) -> Result<Space, Stop> {
        if !self.bounded(name, one.value) {
            return Err(Stop);
        }
        let uri = escape::value(self.slice(one.value));
        let uri = uri.trim();
        if let Some(space) = known(uri) {
            return Ok(space);
        }
        if let Some(space) = self.spaces.others.get(uri) {
            return Ok(*space);
        }
        if self.diagram.namespaces.len() == NAMESPACES_MAX {
            let message = format!("the file names more than {NAMESPACES_MAX} namespaces");
            return self.stop(Diagnostic::error(codes::LIMIT, self.at(one.value), message));
        }
        let decoded = (uri != self.slice(one.value)).then_some(uri);
        let text = self.keep(one.value, decoded);
        let space = Space::Other(u16::try_from(self.diagram.namespaces.len()).unwrap_or(u16::MAX));
        self.diagram.namespaces.push(text);
        self.spaces.others.insert(uri.into(), space);
        Ok(space)
    }

    fn name_all(&mut self, written: &[Written]) {
        self.named.clear();
        for one in written {
            let name = self.slice(one.name);
            let local = self.slice(Extent { start: one.local, end: one.name.end });
            let space = if one.local == one.name.start {
                if local == "xmlns" {
                    continue;
                }
                Space::Plain
            } else {
                let prefix = &name[..name.len() - local.len() - 1];
                if prefix == "xmlns" {
                    continue;
                }
                self.spaces.find(prefix).unwrap_or_else(|| self.unbound(prefix, one.name))
            };
            if !one.plain && !is_name(name) {
                let message = format!("`{}` cannot be the name of an attribute", short(name));
                self.problems.push(Diagnostic::error(codes::ATTRIBUTE, self.at(one.name), message));
                continue;
            }
            if one.escaped {
                self.references_in(one.value);
            }
            if (one.value.end - one.value.start) as usize > VALUE_BYTES_MAX && !self.bounded(name, one.value)
            {
                continue;
            }
            let name = Extent { start: one.local, end: one.name.end };
            self.named.push(Named { space, local, name, value: one.value, escaped: one.escaped });
        }
    }

    /// Says which references in the value of an attribute cannot be resolved.
    fn references_in(&mut self, value: Extent) {
        let raw = self.slice(value);
        for (at, _) in raw.match_indices('&') {
            if escape::resolve(&raw[at..]).is_none() {
                let start = value.start as usize + at;
                let rest = raw[at + 1..].bytes().take(40);
                let name = rest.take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').count();
                let closed = raw.as_bytes().get(at + 1 + name) == Some(&b';');
                self.entity(start, start + if closed { name + 2 } else { 1 });
            }
        }
    }

    /// Says that a prefix is not bound, once.
    pub(super) fn unbound(&mut self, prefix: &str, name: Extent) -> Space {
        let message = format!("the prefix `{}` is not bound to a namespace", short(prefix));
        let problem = Diagnostic::error(codes::PREFIX, self.at(name), message);
        self.problems
            .push(problem.hint(format!("declare it on `definitions`: `xmlns:{}=\"…\"`", short(prefix))));
        Space::Other(u16::MAX)
    }

    /// The URI of a namespace without meaning.
    pub(super) fn uri(&self, space: Space) -> String {
        match (space, KNOWN.iter().find(|(_, known)| *known == space)) {
            (Space::Other(at), _) => {
                let text = self.diagram.namespaces.get(usize::from(at));
                text.map_or_else(String::new, |text| self.diagram.text(*text).to_owned())
            }
            (_, known) => known.map_or("", |(uri, _)| uri).to_owned(),
        }
    }
}
