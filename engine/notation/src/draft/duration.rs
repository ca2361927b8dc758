//! `5m`, `1h30m`, `500ms`: durations as people write them.
//!
//! **Absent on purpose:** months and years, which have no fixed length, and signs.

/// The longest duration that is accepted: 366 days.
pub const DURATION_MS_MAX: u64 = 366 * 24 * 60 * 60 * 1000;

/// Units from long to short, with their length in milliseconds.
const UNITS: &[(&str, u64)] = &[
    ("w", 7 * 24 * 60 * 60 * 1000),
    ("d", 24 * 60 * 60 * 1000),
    ("h", 60 * 60 * 1000),
    ("m", 60 * 1000),
    ("s", 1000),
    ("ms", 1),
];

/// Reads a duration in milliseconds: whole numbers with units, from long to short.
///
/// # Errors
/// What is wrong with it, as a lower-case fragment.
pub fn parse_duration(text: &str) -> Result<u64, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("it is empty".to_owned());
    }
    let mut total: u64 = 0;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letters = rest[digits..].chars().take_while(|letter| letter.is_alphabetic()).map(char::len_utf8);
        let unit_end = digits + letters.sum::<usize>();
        let (number, unit) = (&rest[..digits], &rest[digits..unit_end]);
        if number.is_empty() {
            return Err("a whole number is expected before each unit".to_owned());
        }
        if unit.is_empty() {
            return Err(match rest.as_bytes().get(digits) {
                None => format!("`{number}` has no unit"),
                Some(_) => "it is not made of whole numbers and units".to_owned(),
            });
        }
        let Some((_, length)) = units.find(|(name, _)| *name == unit) else {
            return Err(if UNITS.iter().any(|(name, _)| *name == unit) {
                format!("`{unit}` stands out of order: units go from long to short")
            } else {
                format!("`{unit}` is not a unit")
            });
        };
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*length));
        total = part
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= DURATION_MS_MAX)
            .ok_or("it is longer than 366 days")?;
        rest = &rest[unit_end..];
    }
    Ok(total)
}
