//! Timers: ISO 8601 as it stands, in quotes, or what an expression gives.
//!
//! **Absent on purpose:** which of a duration, a date and a cycle is wanted; whoever reads the element knows.

use dod_kernel::moment::Moment;
use dod_kernel::value::Value;

use super::tree::{Node, What};
use super::{Dialect, Misfit, Said, expression, value};

/// When a timer is due: a [`Said::Literal`] text that [`Moment::parse`] takes, or an expression that gives one.
pub fn time(text: &str, dialect: Dialect) -> Result<Said, Misfit> {
    let start = text.len() - text.trim_start().len();
    let inside = start..start + text.trim().len();
    let trimmed = text.trim();
    match Moment::parse(trimmed) {
        Ok(_) => return Ok(Said::Literal(Value::text(trimmed), inside)),
        Err(wrong) if is_meant_as_moment(trimmed, dialect) => {
            let letters = trimmed.char_indices().nth(wrong.column as usize - 1);
            let at = start + letters.map_or(trimmed.len(), |(at, _)| at);
            let range = at..at + text[at..].chars().next().map_or(0, char::len_utf8);
            return Err(Misfit::new(range, wrong.to_string()).hint(wrong.hint()));
        }
        Err(_) => {}
    }
    let said = match constructed(text, dialect)? {
        Some(said) => said,
        None => value(text, dialect)?,
    };
    if let Said::Literal(found, range) = &said {
        let Value::Text(found) = found else {
            let misfit = Misfit::new(range.clone(), format!("a {} is no time", found.kind()));
            return Err(misfit.hint("ISO 8601: `PT1H30M`, `2026-11-21T10:00:00Z`, `R3/PT10S`"));
        };
        if let Err(wrong) = Moment::parse(found) {
            return Err(Misfit::new(range.clone(), wrong.to_string()).hint(wrong.hint()));
        }
    }
    Ok(said)
}

/// Whether a text that is no moment should be one: it is no expression by its shape, and no name or quoted text.
fn is_meant_as_moment(text: &str, dialect: Dialect) -> bool {
    if matches!(Dialect::of_shape(text), Dialect::Juel | Dialect::Feel) {
        return false;
    }
    let designed = |letter: char, digits: &[char]| {
        text.strip_prefix(letter).is_some_and(|rest| rest.starts_with(|next| digits.contains(&next)))
    };
    let numbers: Vec<char> = ('0'..='9').chain(['-', '+', '/']).collect();
    let spoken = designed('P', &numbers) || designed('R', &numbers) || designed('p', &numbers);
    let of_day = text
        .strip_prefix("PT")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '+', '.', ',']))
        || text.strip_prefix("PT").is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()));
    let other = !text.starts_with(|first: char| first.is_alphabetic() || "_\"'(".contains(first));
    spoken || of_day || matches!(text, "" | "P" | "R") || other && dialect == Dialect::Plain
}

/// FEEL's `duration("PT1H")` and `date and time("…")` with a text in them are that text.
fn constructed(text: &str, dialect: Dialect) -> Result<Option<Said>, Misfit> {
    if dialect != Dialect::Feel {
        return Ok(None);
    }
    let inside = dialect.inside(text)?;
    let body = text[inside.clone()].trim();
    let start = inside.start + (text[inside.clone()].len() - text[inside].trim_start().len());
    for name in ["duration", "date and time", "date"] {
        let Some(rest) = body.strip_prefix(name) else { continue };
        let open = rest.trim_start();
        let Some(argument) = open.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { continue };
        let Ok(Some(Node { what: What::Text(found), .. })) = expression(argument, dialect, false) else {
            continue;
        };
        return Ok(Some(Said::Literal(Value::text(found), start..start + body.len())));
    }
    Ok(None)
}
