//! YAML 1.2 → trees, one for each document of a file.
//!
//! The stack is a vector, so no depth of nesting can exhaust the thread's.
//!
//! **Absent on purpose:** anchors, aliases and merge keys, which no package manager writes into a lock file.

use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle};

use super::{DEPTH_MAX, NODES_MAX, Node, Value};
use crate::packages::Fault;

/// Documents of one file.
const DOCUMENTS_MAX: usize = 16;

pub(in crate::packages) fn parse(text: &str) -> Result<Vec<Node>, Fault> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.emit_unresolved_aliases = true;
    options.flow_nesting_limit = DEPTH_MAX;
    options.block_nesting_limit = DEPTH_MAX;
    let mut composer = Composer::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            Fault::at(error.marker().line() as u64, format!("it is not YAML: {}", error.info()))
        })?;
        composer.take(event, span.start.line() as u64)?;
    }
    Ok(composer.documents)
}

#[derive(Default)]
struct Composer {
    open: Vec<(u64, Open)>,
    documents: Vec<Node>,
    nodes: usize,
}

enum Open {
    List(Vec<Node>),
    Map { entries: BTreeMap<String, Node>, key: Option<(String, u64)> },
}

impl Composer {
    fn take(&mut self, event: Event<'_>, line: u64) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, _, _) => {
                let value = match (&*text, style == ScalarStyle::Plain) {
                    ("" | "~" | "null", true) => Value::Null,
                    ("true", true) => Value::Bool(true),
                    ("false", true) => Value::Bool(false),
                    _ => Value::Text(text.into_owned()),
                };
                self.put(Node { line, value })
            }
            Event::SequenceStart(..) => self.begin(line, Open::List(Vec::new())),
            Event::MappingStart(..) => self.begin(line, Open::Map { entries: BTreeMap::new(), key: None }),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some((line, Open::List(items))) => self.put(Node { line, value: Value::List(items) }),
                Some((line, Open::Map { entries, .. })) => {
                    self.put(Node { line, value: Value::Map(entries) })
                }
                None => Ok(()),
            },
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                Err(Fault::at(line, "it has an alias, which no lock file has"))
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, line: u64, open: Open) -> Result<(), Fault> {
        if self.open.len() >= DEPTH_MAX {
            return Err(Fault::at(
                line,
                format!("values lie more than {DEPTH_MAX} levels deep inside each other"),
            ));
        }
        self.open.push((line, open));
        Ok(())
    }

    fn put(&mut self, mut node: Node) -> Result<(), Fault> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(Fault::at(node.line, format!("it has more than {NODES_MAX} values")));
        }
        match self.open.last_mut() {
            None if self.documents.len() >= DOCUMENTS_MAX => {
                return Err(Fault::at(node.line, format!("it has more than {DOCUMENTS_MAX} documents")));
            }
            None => self.documents.push(node),
            Some((_, Open::List(items))) => items.push(node),
            Some((_, Open::Map { entries, key })) => match key.take() {
                None => {
                    let text = match node.value {
                        Value::Text(text) => text,
                        Value::Null => "null".to_owned(),
                        Value::Bool(flag) => flag.to_string(),
                        Value::List(_) | Value::Map(_) => {
                            return Err(Fault::at(node.line, "a key is no text"));
                        }
                    };
                    *key = Some((text, node.line));
                }
                Some((name, line)) => {
                    node.line = line;
                    if entries.contains_key(&name) {
                        return Err(Fault::at(line, format!("the key `{name}` is there twice")));
                    }
                    entries.insert(name, node);
                }
            },
        }
        Ok(())
    }
}
