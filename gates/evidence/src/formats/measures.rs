//! `measures`: our own file of numbers, `{"p99": {"value": 812, "unit": "ms"}}`.
//!
//! It is ours, so it is strict: no other keys, a unit always (`1` for a count), and a value that is held
//! exactly, as a number or as text. A bare `coverage` is refused, since its name does not say of what. A file without
//! a measure measured nothing.

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, MEASURES_MAX, Measure};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::input::Input;
use crate::json::{Json, Value};

const EXPECTED: &str = "a measures file";

/// Bytes of a measure's name or unit.
const NAME_BYTES_MAX: usize = 200;

pub(crate) fn read(input: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut evidence = Evidence::default();
    json.object(|json, name| {
        if evidence.measures.len() == MEASURES_MAX {
            return Err(ReadError::TooLarge { what: "measures", max: MEASURES_MAX as u64 });
        }
        let value = json.value()?;
        // One run has several shares: above a limit by one of them, below it by another.
        if name == "coverage" {
            return Err(json.malformed("a name that says what it covers, like `coverage.line`"));
        }
        if !is_name(name) {
            return Err(json.malformed("a measure with a name of letters, digits and `._-`"));
        }
        let measure = measure(&value);
        let measure = measure.ok_or(json.malformed(
            "a measure like `{\"value\": 812, \"unit\": \"ms\"}`, whose unit is `1` for a count",
        ))?;
        evidence.measures.insert(name.into(), measure);
        Ok(())
    })?;
    json.end()?;
    match evidence.measures.is_empty() {
        true => Err(ReadError::NotRun { what: "measures" }),
        false => Ok(evidence),
    }
}

fn measure(value: &Value) -> Option<Measure> {
    let Value::Map(map) = value else { return None };
    if map.iter().any(|(key, _)| key != "value" && key != "unit") {
        return None;
    }
    let unit = value.get("unit").text()?.trim();
    let number: Decimal = match value.get("value") {
        Value::Number(text) | Value::Text(text) => text.parse().ok()?,
        _ => return None,
    };
    (!unit.is_empty() && unit.len() <= NAME_BYTES_MAX).then(|| Measure { unit: unit.into(), value: number })
}

fn is_name(name: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.bytes().all(sound)
}

#[cfg(test)]
mod tests;
