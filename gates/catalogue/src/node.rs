//! YAML text → values that know where they stand.
//!
//! **Absent on purpose:** what keys mean (`read` knows), files.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Location, MergeKeyPolicy, Spanned};

use crate::fault::{Fault, Located};

/// At most this many bytes of YAML make a file of entries.
pub const FILE_BYTES_MAX: usize = 256 * 1024;
/// At most this many values stand in a file of entries.
pub const NODES_MAX: usize = 20_000;
/// At most this deep are values nested; an entry needs four levels.
pub const DEPTH_MAX: usize = 16;

/// A YAML value whose parts all have a position.
pub(crate) type At = Spanned<Node>;

/// A YAML value.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Integer(i64),
    /// A number that is not a whole one: no key of an entry wants it.
    Fraction,
    Text(String),
    List(Vec<At>),
    Map(Vec<(Spanned<String>, At)>),
}

impl Node {
    /// What it is, in a word for a message.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Integer(_) => "a whole number",
            Self::Fraction => "a fraction",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Integer(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Node, E> {
        i64::try_from(value).map(Node::Integer).map_err(|_| E::custom("a whole number beyond 2^63"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Fraction)
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map: Vec<(Spanned<String>, At)> = Vec::new();
        while let Some((key, value)) = entries.next_entry::<Spanned<String>, At>()? {
            if map.iter().any(|(earlier, _)| earlier.value == key.value) {
                return Err(A::Error::custom(format_args!("`{}` stands here twice", key.value)));
            }
            map.push((key, value));
        }
        Ok(Node::Map(map))
    }
}

/// Reads one YAML document.
pub(crate) fn parse(text: &str) -> Result<At, Located> {
    if text.len() > FILE_BYTES_MAX {
        return Err(Located::start(Fault::TooLarge { bytes: text.len(), bytes_max: FILE_BYTES_MAX }));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: NODES_MAX, max_depth: DEPTH_MAX, max_documents: 1 },
        strict_booleans: true,
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let place = error.location().unwrap_or(Location::UNKNOWN);
        Located::at(place, Fault::NotYaml { message: message(&error) })
    })
}

/// What the parser says, without the place (which we show ourselves) and without its options.
fn message(error: &serde_saphyr::Error) -> String {
    match error {
        serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("`{key}` stands here twice")
        }
        serde_saphyr::Error::MergeKeyNotAllowed { .. } => "merge keys (`<<`) are not read here".to_owned(),
        serde_saphyr::Error::UnknownAnchor { .. } => {
            "`*` begins an alias, and there is no such anchor".to_owned()
        }
        other => {
            let text = other.to_string();
            text.split(" at line ").next().unwrap_or(&text).to_owned()
        }
    }
}

/// The bytes a value was written in, as far as they are known.
pub(crate) fn span(place: Location) -> Range<usize> {
    let start = place.span().byte_offset().and_then(|at| usize::try_from(at).ok()).unwrap_or(0);
    let length = place.span().byte_len().and_then(|at| usize::try_from(at).ok()).unwrap_or(0);
    start..start.saturating_add(length)
}
