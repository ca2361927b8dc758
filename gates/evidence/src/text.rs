//! Small questions about text that more than one format asks.

use dod_kernel::decimal::Decimal;
use dod_kernel::id::Name;

/// Counts beyond this are an error of the tool: they do not survive a float, which most tools use.
pub(crate) const COUNT_MAX: u64 = 1 << 53;

/// Bytes of a message that are kept.
pub(crate) const MESSAGE_BYTES_MAX: usize = 2000;

/// The beginning of a text, cut between characters.
pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let end = (0..=bytes_max).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    &text[..end]
}

/// A message as findings and tests keep it.
pub(crate) fn message(text: &str) -> Name {
    let text = text.trim();
    let kept = cut(text, MESSAGE_BYTES_MAX);
    if kept.len() == text.len() { kept.into() } else { format!("{kept}…").into() }
}

/// A count from a report: not negative, whole (`1.0` is), at most [`COUNT_MAX`].
pub(crate) fn count(text: &str) -> Option<u64> {
    let text = text.trim();
    // Nearly all counts are short and plain.
    let count = match text.len() < 16 && !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
    {
        true => text.parse().ok()?,
        false => u64::try_from(text.parse::<Decimal>().ok()?.as_integer()?).ok()?,
    };
    (count <= COUNT_MAX).then_some(count)
}

/// Seconds with a fraction as whole milliseconds. Anything else is an absent duration, not a broken report.
pub(crate) fn seconds_to_ms(text: &str) -> Option<u64> {
    let seconds: Decimal = text.trim().parse().ok()?;
    let ms = seconds.times(Decimal::from(1000u64))?.to_string();
    let whole = ms.split_once('.').map_or(ms.as_str(), |(whole, _)| whole);
    whole.parse().ok()
}

/// A line number that a finding may carry; 0 and nonsense say nothing.
pub(crate) fn line_number(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|line| *line > 0)
}
