//! Reports of one JSON document per line, perhaps with plain lines between them.
//!
//! **Absent on purpose:** deciding which documents belong to a format, and whether plain lines may be there.

use crate::error::{ReadError, Result};
use crate::input::Input;
use crate::json::{Json, Value};

/// What comes next in such a report.
pub(crate) enum Next<'l> {
    /// A JSON object that begins a line.
    Document(Value),
    /// Any other line, as long as it says something.
    Plain(&'l str),
}

/// Where a document or line begins, for errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    line: u64,
    at: u64,
}

impl Spot {
    /// An error at this place.
    pub(crate) fn malformed(self, expected: &'static str) -> ReadError {
        ReadError::Malformed { line: self.line, at: self.at, expected }
    }
}

/// Hands out documents and plain lines in their order; how many documents there were.
pub(crate) fn each(input: &mut Input<'_>, mut take: impl FnMut(Next<'_>, Spot) -> Result<()>) -> Result<u64> {
    let mut buffer = Vec::new();
    let mut documents = 0u64;
    while let Some(first) = input.peek()? {
        let spot = Spot { line: input.line(), at: input.at() };
        if first != b'{' {
            if let Some(line) = input.line_into(&mut buffer)?
                && !line.text.trim().is_empty()
            {
                take(Next::Plain(line.text), spot)?;
            }
            continue;
        }
        let document = Json::new(input).value()?;
        if input.line_into(&mut buffer)?.is_some_and(|rest| !rest.text.trim().is_empty()) {
            return Err(spot.malformed("one JSON object per line"));
        }
        documents += 1;
        take(Next::Document(document), spot)?;
    }
    Ok(documents)
}
