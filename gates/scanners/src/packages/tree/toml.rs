//! TOML (1.0) → tree.
//!
//! **Absent on purpose:** types of scalars.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::{NODES_MAX, Node, Value};
use crate::packages::Fault;

pub(in crate::packages) fn parse(text: &str) -> Result<Node, Fault> {
    let lines = Lines::new(text);
    let table = DeTable::parse(text).map_err(|error| {
        let line = lines.of(error.span().map_or(0, |span| span.start));
        Fault::at(line, format!("it is not TOML: {}", error.message()))
    })?;
    let mut nodes = 0;
    // Nesting is bounded by the parser, which refuses more than 80 levels.
    Ok(Node { line: 1, value: map(table.into_inner(), &lines, &mut nodes)? })
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    fn of(&self, offset: usize) -> u64 {
        self.0.partition_point(|end| *end < offset) as u64 + 1
    }
}

fn map(table: DeTable<'_>, lines: &Lines, nodes: &mut usize) -> Result<Value, Fault> {
    let mut entries = BTreeMap::new();
    for (key, value) in table {
        let line = lines.of(key.span().start);
        let value = node(value.into_inner(), line, lines, nodes)?;
        entries.insert(key.into_inner().into_owned(), value);
    }
    Ok(Value::Map(entries))
}

fn node(value: DeValue<'_>, line: u64, lines: &Lines, nodes: &mut usize) -> Result<Node, Fault> {
    *nodes += 1;
    if *nodes > NODES_MAX {
        return Err(Fault::at(line, format!("it has more than {NODES_MAX} values")));
    }
    let value = match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => Value::Text(number.to_string()),
        DeValue::Float(number) => Value::Text(number.to_string()),
        DeValue::Boolean(flag) => Value::Bool(flag),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Array(items) => {
            let mut list = Vec::new();
            for item in items {
                let line = lines.of(item.span().start);
                list.push(node(item.into_inner(), line, lines, nodes)?);
            }
            Value::List(list)
        }
        DeValue::Table(table) => map(table, lines, nodes)?,
    };
    Ok(Node { line, value })
}
