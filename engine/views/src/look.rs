//! How text is dressed: colors, width, characters. The caller knows the terminal; the views do not ask.
//!
//! **Absent on purpose:** probing anything, sizes of characters (a wide character counts as one).

use crate::story::Standing;

/// What the place can show that a text goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Escape sequences for colors (ECMA-48 SGR) are understood.
    pub color: bool,
    /// More than ASCII can be shown.
    pub unicode: bool,
    /// Columns; lines that are not data are cut there. `None` for no bound: a file, a CI log.
    pub width: Option<usize>,
}

/// Ends all colors.
const RESET: &str = "\x1b[0m";

/// What a piece of text is to a reader; colors follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// It failed.
    Bad,
    /// It is good.
    Good,
    /// It is going on.
    Live,
    /// Of lesser interest.
    Quiet,
    /// A heading.
    Strong,
    /// Nobody can say.
    Unknown,
}

impl Look {
    /// For files and CI logs: no colors, no bound, ASCII.
    pub const PLAIN: Self = Self { color: false, unicode: false, width: None };

    /// Text in the color of what it is.
    pub fn paint(self, paint: Paint, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let code = match paint {
            Paint::Bad => "31",
            Paint::Good => "32",
            Paint::Live => "36",
            Paint::Quiet => "2",
            Paint::Strong => "1",
            Paint::Unknown => "33",
        };
        format!("\x1b[{code}m{text}{RESET}")
    }

    /// A standing in its word and color, padded to a width.
    pub(crate) fn standing(self, standing: Standing, width: usize) -> String {
        let paint = match standing {
            Standing::Passed => Paint::Good,
            Standing::Failed => Paint::Bad,
            Standing::Undecided | Standing::Waived | Standing::Held | Standing::Retrying => Paint::Unknown,
            Standing::Skipped | Standing::NotApplicable => Paint::Quiet,
            Standing::Ready | Standing::Running | Standing::Waiting => Paint::Live,
        };
        let word = standing.word();
        let pad = " ".repeat(width.saturating_sub(word.len()));
        format!("{}{pad}", self.paint(paint, word))
    }

    /// One line, cut to the width; for text without colors.
    pub(crate) fn cut(self, line: &str) -> String {
        let Some(width) = self.width else { return line.to_owned() };
        if line.chars().count() <= width {
            return line.to_owned();
        }
        let mark = if self.unicode { "…" } else { "..." };
        let kept = width.saturating_sub(mark.chars().count());
        line.chars().take(kept).chain(mark.chars()).collect()
    }

    /// Between two facts of a line.
    pub(crate) fn dot(self) -> &'static str {
        if self.unicode { " · " } else { ", " }
    }
}

/// Text from a tool without what would move the cursor or change the terminal: control characters and escape
/// sequences are taken out, apart from line ends, tabs and, where `color` says so, colors.
///
/// A tool's output must not be able to overwrite a verdict on the screen.
pub fn clean(text: &str, color: bool) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.char_indices().peekable();
    let mut colored = false;
    while let Some((at, char)) = rest.next() {
        match char {
            '\n' | '\t' => kept.push(char),
            '\x1b' => {
                let length = escape(&text[at..]);
                let sequence = &text[at..at + length];
                if color && is_color(sequence) {
                    kept.push_str(sequence);
                    colored = sequence != RESET;
                }
                while rest.next_if(|(next, _)| *next < at + length).is_some() {}
            }
            // Marks that turn the direction of writing hide what a line says (Unicode TR 36, 3.1).
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            _ if char.is_control() => {}
            _ => kept.push(char),
        }
    }
    if colored {
        kept.push_str(RESET);
    }
    kept
}

/// One line of text from a tool.
pub(crate) fn clean_line(text: &str) -> String {
    clean(text, false).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The length of the escape sequence that the text begins with (ECMA-48, 5.3 to 5.6); at least 1.
fn escape(text: &str) -> usize {
    let bytes = text.as_bytes();
    let end = |from: usize, last: &dyn Fn(u8) -> bool, part: &dyn Fn(u8) -> bool| {
        let stop = bytes.iter().skip(from).position(|byte| !part(*byte)).map(|at| from + at);
        match stop {
            Some(at) if last(bytes[at]) => at + 1,
            Some(at) => at,
            None => bytes.len(),
        }
    };
    match bytes.get(1) {
        Some(b'[') => end(2, &|byte| (0x40..=0x7e).contains(&byte), &|byte| (0x20..=0x3f).contains(&byte)),
        // Strings (titles, links) end with BEL or ST.
        Some(b']' | b'P' | b'X' | b'^' | b'_') => {
            end(2, &|byte| byte == 7, &|byte| byte != 7 && byte != 0x1b && byte != b'\n')
        }
        Some(0x20..=0x7e) => 2,
        _ => 1,
    }
}

fn is_color(sequence: &str) -> bool {
    sequence
        .strip_prefix("\x1b[")
        .and_then(|rest| rest.strip_suffix('m'))
        .is_some_and(|codes| codes.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_cannot_write_over_a_verdict() {
        let text = "\x1b[2J\x1b[Ha\x1b]0;title\x07b\x1b[31mred\x1b[0m\r\x08\u{202e}c\x1b";
        assert_eq!(clean(text, false), "abredc");
        assert_eq!(clean(text, true), "ab\x1b[31mred\x1b[0mc");
        assert_eq!(clean("é\x1b[é", false), "éé");
        assert_eq!(clean("\x1b]8;;cut off", true), "");
    }

    #[test]
    fn a_line_is_cut_at_the_width() {
        let look = Look { color: false, unicode: true, width: Some(5) };
        assert_eq!(look.cut("abcdef"), "abcd…");
        assert_eq!(look.cut("äbcde"), "äbcde");
    }
}
