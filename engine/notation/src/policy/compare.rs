//! Comparisons in signs and words, and units that fit what is compared.
//!
//! **Absent on purpose:** sayings (`no errors`) and keys; see `phrase`. Nothing guesses what a bare number was
//! meant to be.

use dod_kernel::decimal::Decimal;
use dod_kernel::policy::{Comparison, Threshold, known_units};

use super::phrase::Confusion;

/// How comparisons are written, longer ones first where one begins with another.
const COMPARISONS: &[(&str, Comparison)] = &[
    ("at least ", Comparison::AtLeast),
    ("at most ", Comparison::AtMost),
    ("less than ", Comparison::Below),
    ("fewer than ", Comparison::Below),
    ("no more than ", Comparison::AtMost),
    ("not more than ", Comparison::AtMost),
    ("no less than ", Comparison::AtLeast),
    ("not less than ", Comparison::AtLeast),
    ("more than ", Comparison::Over),
    ("up to ", Comparison::AtMost),
    ("minimum ", Comparison::AtLeast),
    ("maximum ", Comparison::AtMost),
    ("min ", Comparison::AtLeast),
    ("max ", Comparison::AtMost),
    ("under ", Comparison::Below),
    ("below ", Comparison::Below),
    ("over ", Comparison::Over),
    ("above ", Comparison::Over),
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("=>", Comparison::AtLeast),
    ("=<", Comparison::AtMost),
    ("≥", Comparison::AtLeast),
    ("≤", Comparison::AtMost),
    ("==", Comparison::Equal),
    ("<", Comparison::Below),
    (">", Comparison::Over),
    ("=", Comparison::Equal),
];

/// `[FACT] COMPARISON NUMBER [UNIT]` in its parts. Words of comparisons are read in any case.
pub(super) fn split(text: &str) -> Option<(&str, Comparison, Decimal, &str)> {
    // ASCII only, so that places in both are the same.
    let said = text.to_ascii_lowercase();
    let first = |(sign, is): &(&'static str, Comparison)| {
        let at =
            said.find(sign).filter(|at| *at == 0 || !sign.ends_with(' ') || said[..*at].ends_with(' '))?;
        Some((at, *sign, *is))
    };
    // Of signs that begin at one place the longer one, which is listed first, is meant.
    let (at, sign, is) = COMPARISONS.iter().filter_map(first).min_by_key(|(at, ..)| *at)?;
    let (value, rest) = number(text[at + sign.len()..].trim_start())?;
    Some((text[..at].trim_end(), is, value, rest))
}

/// A number at the beginning, and what stands behind it.
pub(super) fn number(text: &str) -> Option<(Decimal, &str)> {
    let sign = usize::from(text.starts_with('-'));
    let digits = text[sign..].bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let end = sign + digits;
    let value = text[..end].trim_end_matches('.').parse().ok()?;
    Some((value, text[end..].trim_start()))
}

/// A threshold whose unit fits its fact.
pub(super) fn threshold(
    fact: &str,
    is: Comparison,
    value: Decimal,
    unit: &str,
) -> Result<Threshold, Confusion> {
    let plain = without_way(fact);
    // No report leaves a measure of this name: it does not say what is covered.
    if plain == "coverage" {
        return Err(Confusion {
            message: "`coverage` does not say of what".to_owned(),
            hint: format!(
                "write `{}`, `coverage.branch` or `coverage.changed.line`",
                fact.replacen("coverage", "coverage.line", 1)
            ),
        });
    }
    let unit = if plain == fact && AGE.contains(&fact) {
        days(value, unit)?
    } else if is_share(plain) {
        percent(fact, is, value, unit)?
    } else if is_count(plain) && !(plain != fact && unit == "%") {
        if !unit.is_empty() {
            return Err(Confusion {
                message: format!("`{fact}` is a count, and `{unit}` is not"),
                hint: format!("write the number alone, like `{fact} <= {value}`"),
            });
        }
        "1"
    } else {
        measured(fact, value, unit)?
    };
    Ok(Threshold { fact: fact.into(), is, unit: unit.into(), value })
}

/// How old the database of vulnerabilities is.
const AGE: &[&str] = &["vulndb.age_days"];

/// The fact of which one speaks how it went up or down.
fn without_way(fact: &str) -> &str {
    fact.strip_suffix(".drop").or_else(|| fact.strip_suffix(".rise")).unwrap_or(fact)
}

/// Whether a fact is a percentage.
pub(super) fn is_share(fact: &str) -> bool {
    fact.starts_with("coverage.") && fact != "coverage.changed.lines" || fact.ends_with("_share")
}

/// Whether a fact is a count of ours.
pub(super) fn is_count(fact: &str) -> bool {
    const GROUPS: &[&str] = &[
        "findings",
        "tests",
        "vulnerabilities",
        "components",
        "mismatches",
        "licenses",
        "problems",
        "unchecked",
    ];
    fact == "coverage.changed.lines" || GROUPS.contains(&fact.split('.').next().unwrap_or_default())
}

/// Days, which the name of the fact says already.
fn days(value: Decimal, unit: &str) -> Result<&'static str, Confusion> {
    if ["", "d", "day", "days"].contains(&unit) {
        return Ok("1");
    }
    Err(Confusion {
        message: format!("`vulndb.age_days` is a number of days, and `{value} {unit}` is not"),
        hint: "write the number alone, like `vulndb.age_days <= 7`".to_owned(),
    })
}

fn percent(fact: &str, is: Comparison, value: Decimal, unit: &str) -> Result<&'static str, Confusion> {
    if !["%", "percent"].contains(&unit) {
        return Err(Confusion {
            message: format!("`{fact}` is a percentage, and `{value}{unit}` is not"),
            hint: format!("write `{}%`", as_percentage(value)),
        });
    }
    let whole = Decimal::from(100i64);
    let is_itself = without_way(fact) == fact;
    let over = value > whole || value == whole && is == Comparison::Over;
    if over || is_itself && value < Decimal::from(0i64) {
        let bound = if over { "more than 100%" } else { "less than 0%" };
        return Err(Confusion {
            message: format!("`{fact}` cannot be {bound}"),
            hint: "write a number from 0 to 100".to_owned(),
        });
    }
    Ok("%")
}

/// What was probably meant: a share of at most 1 is 100 times as many percent.
fn as_percentage(value: Decimal) -> Decimal {
    let share = value <= Decimal::from(1i64) && value > Decimal::from(0i64);
    value.times(if share { 100i64 } else { 1 }.into()).unwrap_or(value)
}

/// The unit of somebody's own measure: any word, but not a known unit in the wrong case.
fn measured<'u>(fact: &str, value: Decimal, unit: &'u str) -> Result<&'u str, Confusion> {
    if unit.is_empty() {
        return Ok("1");
    }
    if unit == "percent" {
        return Ok("%");
    }
    if unit.contains(char::is_whitespace) {
        return Err(Confusion {
            message: format!("`{unit}` is not a unit of `{fact}`"),
            hint: "a unit is one word, like `ms`, `MB` or `req/s`".to_owned(),
        });
    }
    let near = known_units().find(|known| known.eq_ignore_ascii_case(unit));
    match near {
        Some(known) if known_units().all(|exact| exact != unit) => Err(Confusion {
            message: format!("`{unit}` is not a unit"),
            hint: format!("did you mean `{value} {known}`?"),
        }),
        _ => Ok(unit),
    }
}
