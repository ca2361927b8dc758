//! How wide a text is, about; wrapping; escaping.
//!
//! **Absent on purpose:** fonts. The widths are those of Helvetica and what is made to measure like it (Arial,
//! Liberation Sans), which the drawing asks for first; other fonts are allowed for.

use crate::look::clean_line;

/// Widths of the characters from space to `~`, in thousandths of the size of the letters.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
/// Other fonts are wider.
const ALLOWANCE: f64 = 1.06;
/// No name is looked at beyond this.
pub(super) const NAME_MAX: usize = 400;

/// The width of a text in letters of this size.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let thousandths: u64 = text.chars().map(thousandths).sum();
    thousandths as f64 / 1000.0 * size * ALLOWANCE
}

fn thousandths(char: char) -> u64 {
    match u32::from(char) {
        code @ 32..=126 => u64::from(WIDTHS[(code - 32) as usize]),
        0x300..=0x36f => 0,
        // East Asian scripts, and pictures.
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xff00..=0xff60
        | 0x1f000.. => 1000,
        _ => 600,
    }
}

/// The text in lines of at most this width and of at most that many; what does not fit is cut with `…`.
pub(super) fn wrap(text: &str, size: f64, width_max: f64, lines_max: usize) -> Vec<String> {
    let cleaned = clean_line(text);
    let mut short: String = cleaned.chars().take(NAME_MAX).collect();
    if short.len() < cleaned.len() {
        short.push('…');
    }
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in pieces(&short, size, width_max) {
        let joined = width(&line, size) + width(piece.trim_end(), size);
        if !line.is_empty() && joined > width_max {
            lines.push(line.trim_end().to_owned());
            line = String::new();
        }
        line.push_str(piece);
    }
    if !line.trim_end().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    if lines.len() > lines_max.max(1) {
        lines.truncate(lines_max.max(1));
        if let Some(last) = lines.last_mut() {
            *last = cut_to(&format!("{last}…"), size, width_max);
        }
    }
    lines
}

/// The text in one line of at most this width, cut with `…`.
pub(super) fn cut(text: &str, size: f64, width_max: f64) -> String {
    let line = clean_line(text);
    if line.chars().take(NAME_MAX + 1).count() <= NAME_MAX && width(&line, size) <= width_max {
        return line;
    }
    let head: String = line.chars().take(NAME_MAX).collect();
    cut_to(&format!("{head}…"), size, width_max)
}

/// Takes characters from before the `…` at the end until it fits.
fn cut_to(text: &str, size: f64, width_max: f64) -> String {
    let mut kept: Vec<char> = text.trim_end_matches('…').chars().collect();
    let mut wide = width(text, size);
    while wide > width_max && kept.len() > 1 {
        let last = kept.pop().map_or(0, thousandths);
        wide -= last as f64 / 1000.0 * size * ALLOWANCE;
    }
    let head: String = kept.into_iter().collect();
    format!("{}…", head.trim_end())
}

/// Words with the spaces behind them; words too long for a line in parts, behind `_`, `-`, `.`, `/`, `:` or before
/// a capital letter where that is possible.
fn pieces(text: &str, size: f64, width_max: f64) -> Vec<&str> {
    let mut pieces = Vec::new();
    for word in text.split_inclusive(' ') {
        let mut rest = word;
        while width(rest.trim_end(), size) > width_max {
            let at = split_at(rest, size, width_max);
            if at >= rest.len() {
                break;
            }
            let (head, tail) = rest.split_at(at);
            pieces.push(head);
            rest = tail;
        }
        pieces.push(rest);
    }
    pieces
}

fn split_at(word: &str, size: f64, width_max: f64) -> usize {
    let (mut wide, mut good, mut last) = (0.0, 0, 0);
    let mut before = ' ';
    for (at, char) in word.char_indices() {
        let seam =
            matches!(before, '_' | '-' | '.' | '/' | ':') || (before.is_lowercase() && char.is_uppercase());
        if at > 0 && seam {
            good = at;
        }
        wide += thousandths(char) as f64 / 1000.0 * size * ALLOWANCE;
        if wide > width_max && at > 0 {
            return if good > at / 3 { good } else { at };
        }
        before = char;
        last = at + char.len_utf8();
    }
    last
}

/// Text that may stand in XML, in an element or in quotes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Characters that XML 1.0 does not know (section 2.2), and marks that turn the direction of writing.
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// A number with at most one decimal.
pub(super) fn number(value: f64) -> String {
    let tenths = (value * 10.0).round() as i64;
    let (whole, rest) = (tenths / 10, (tenths % 10).abs());
    match (rest, tenths < 0 && whole == 0) {
        (0, _) => whole.to_string(),
        (rest, true) => format!("-0.{rest}"),
        (rest, false) => format!("{whole}.{rest}"),
    }
}
