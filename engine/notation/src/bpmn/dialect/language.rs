//! Which language a text is in.
//!
//! **Absent on purpose:** looking at more of a text than its first and last characters.

use std::ops::Range;

use super::Misfit;

/// A language of conditions and scripts, as far as its grammar differs from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The Friendly Enough Expression Language of DMN 1.3.
    Feel,
    /// Unified expressions of Java: `${…}` and `#{…}`.
    Juel,
    /// No language is named and the shape says nothing: plain comparisons in any spelling, else rhai.
    Plain,
    /// Python.
    Python,
    /// rhai: goes through unread.
    Rhai,
    /// JavaScript, Groovy, MVEL: what their comparisons have in common.
    Script,
}

/// Words that name a language, in lower case. Known by the last part of a URI or media type.
pub(super) const LANGUAGES: &[(&str, Dialect)] = &[
    ("application/ecmascript", Dialect::Script),
    ("application/groovy", Dialect::Script),
    ("application/javascript", Dialect::Script),
    ("application/python", Dialect::Python),
    ("application/rhai", Dialect::Rhai),
    ("ecmascript", Dialect::Script),
    ("feel", Dialect::Feel),
    ("groovy", Dialect::Script),
    ("http://www.java.com/java", Dialect::Script),
    ("http://www.javascript.com/javascript", Dialect::Script),
    ("http://www.mvel.org/2.0", Dialect::Script),
    ("java", Dialect::Script),
    ("javascript", Dialect::Script),
    ("js", Dialect::Script),
    ("juel", Dialect::Juel),
    ("jython", Dialect::Python),
    ("mvel", Dialect::Script),
    ("nashorn", Dialect::Script),
    ("py", Dialect::Python),
    ("python", Dialect::Python),
    ("python3", Dialect::Python),
    ("rhai", Dialect::Rhai),
    ("text/ecmascript", Dialect::Script),
    ("text/groovy", Dialect::Script),
    ("text/javascript", Dialect::Script),
    ("text/python", Dialect::Python),
    ("text/rhai", Dialect::Rhai),
    ("text/x-groovy", Dialect::Script),
    ("text/x-python", Dialect::Python),
    ("text/x-rhai", Dialect::Rhai),
];

impl Dialect {
    /// The dialect of a text: what it says itself (`language`, `scriptFormat`), else what its file says
    /// (`expressionLanguage`), else its shape. `Err` holds the language that is not known.
    ///
    /// XPath is what BPMN says where nobody says anything (2.0.2, table 8.1), and exporters write it down without
    /// meaning it: it counts as nothing said.
    pub fn of<'t>(
        text: &str,
        language: Option<&'t str>,
        file_language: Option<&'t str>,
    ) -> Result<Self, &'t str> {
        for said in [language, file_language].into_iter().flatten() {
            let said = said.trim();
            let lower = said.to_ascii_lowercase();
            if lower.is_empty() || lower.ends_with("/xpath") || lower == "xpath" {
                continue;
            }
            let known = LANGUAGES.binary_search_by_key(&lower.as_str(), |(name, _)| name);
            return match known {
                Ok(at) => Ok(LANGUAGES[at].1),
                // `http://www.omg.org/spec/FEEL/20140401`, `https://www.omg.org/spec/DMN/20191111/FEEL/`
                Err(_) if lower.contains("omg.org/") && lower.contains("/feel") => Ok(Self::Feel),
                Err(_) => Err(said),
            };
        }
        Ok(Self::of_shape(text))
    }

    /// The dialect that a text looks like.
    pub fn of_shape(text: &str) -> Self {
        let text = text.trim();
        if text.starts_with("${") || text.starts_with("#{") {
            Self::Juel
        } else if text.starts_with('=') && !text.starts_with("==") {
            Self::Feel
        } else {
            Self::Plain
        }
    }

    /// The bytes of a text that its expression has, without what only says which language it is.
    pub(in crate::bpmn) fn inside(self, text: &str) -> Result<Range<usize>, Misfit> {
        let start = text.len() - text.trim_start().len();
        let end = start + text.trim().len();
        let trimmed = &text[start..end];
        match self {
            Self::Feel if trimmed.starts_with('=') => Ok(start + 1..end),
            Self::Juel | Self::Python | Self::Script
                if trimmed.starts_with("${") || trimmed.starts_with("#{") =>
            {
                let closing = closing(&trimmed[2..]).map(|at| start + 2 + at);
                match closing {
                    None => Err(Misfit::new(start..start + 2, "`${` is not closed").hint("write `${…}`")),
                    Some(at) if at + 1 == end => Ok(start + 2..at),
                    Some(at) => Err(Misfit::new(at + 1..end, "there is text behind `${…}`")
                        .hint("one expression is one `${…}`, as in `${a == 1 && b}`")),
                }
            }
            Self::Juel if trimmed.contains("${") => {
                Err(Misfit::new(start..start + 1, "there is text before `${…}`")
                    .hint("one expression is one `${…}`, as in `${a == 1 && b}`"))
            }
            _ => Ok(start..end),
        }
    }
}

/// Where the brace is that closes one that stands before the text. Those in quotes do not count.
fn closing(text: &str) -> Option<usize> {
    let (mut quote, mut escaped, mut open) = (None, false, 0u32);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(mark), _) if letter == mark => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '{') => open += 1,
            (None, '}') if open == 0 => return Some(at),
            (None, '}') => open -= 1,
            _ => {}
        }
    }
    None
}
