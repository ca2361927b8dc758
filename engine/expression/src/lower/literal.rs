//! Numbers with a point or too large for rhai's integers, read again from the text.
//!
//! rhai has already made a float of them, which is not what was written: `0.1 + 0.2` would not be `0.3`.
//!
//! **Absent on purpose:** any use of the float but as a check that the right text was found.

use dod_kernel::decimal::Decimal;
use dod_kernel::value::Value;

use super::Lowering;
use crate::tree::Place;

impl Lowering<'_> {
    pub(super) fn decimal(&mut self, float: f64, at: Place) -> Option<Value> {
        let written = number_at(self.text, at);
        let found = written.as_deref().filter(|written| written.parse() == Ok(float));
        let Some(written) = found else {
            return self.refuse_with(
                at,
                "the number is not written plainly",
                "write its digits, as in `-12.5`",
            );
        };
        if let Ok(whole) = written.parse::<i64>() {
            return Some(Value::Integer(whole));
        }
        match written.parse::<Decimal>() {
            Ok(exact) => Some(Value::Decimal(exact)),
            Err(_) => self.refuse(at, format!("`{written}` cannot be held exactly")),
        }
    }
}

/// The number that begins at a place, without the separators that rhai allows between digits.
fn number_at(text: &str, at: Place) -> Option<String> {
    let line = text.split('\n').nth(usize::try_from(at.line).ok()?.checked_sub(1)?)?;
    let mut rest = line.chars().skip(usize::try_from(at.column).ok()?.checked_sub(1)?).peekable();
    let mut number = String::new();
    if rest.next_if_eq(&'-').is_some() {
        number.push('-');
        while rest.next_if(|space| *space == ' ').is_some() {}
    }
    let mut before = ' ';
    while let Some(letter) = rest.next_if(|letter| {
        letter.is_ascii_digit()
            || matches!(letter, '_' | '.' | 'e' | 'E')
            || (matches!(letter, '+' | '-') && matches!(before, 'e' | 'E'))
    }) {
        before = letter;
        if letter != '_' {
            number.push(letter);
        }
    }
    Some(number)
}
