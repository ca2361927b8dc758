//! What files begin with: a text, or a license by the id of SPDX.
//!
//! Signs of comments and line breaks do not count, so one text fits every language.
//!
//! **Absent on purpose:** writing headers.

use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;

/// Bytes at the beginning of a file in which its header stands.
const HEAD_BYTES: usize = 8 * 1024;

/// Bytes of a header.
const HEADER_BYTES_MAX: usize = 16 * 1024;

/// Stands for a year, or several.
const YEAR: &str = "{year}";

/// The tag of SPDX 2.3, annex E.
const SPDX: &str = "SPDX-License-Identifier:";

/// What the files of a glob begin with.
#[derive(Clone, Debug)]
pub struct Header {
    glob: GlobMatcher,
    wanted: Wanted,
    shown: String,
}

#[derive(Clone, Debug)]
enum Wanted {
    Nothing,
    AnyLicense,
    License(String),
    Text(Box<Regex>),
}

/// A header that cannot be looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHeader {
    /// The glob is none.
    #[error("`{glob}` is not a glob: {message}")]
    Glob {
        /// As given.
        glob: String,
        /// What is wrong.
        message: String,
    },
    /// There is no text.
    #[error("the header of `{glob}` is empty; `none` stands for no header")]
    Empty {
        /// The glob.
        glob: String,
    },
    /// There is too much of it.
    #[error("the header of `{glob}` has more than {HEADER_BYTES_MAX} bytes")]
    TooLong {
        /// The glob.
        glob: String,
    },
}

impl Header {
    /// `SPDX` asks for any license of SPDX, `none` for nothing, anything else for this text, in which `{year}` is any
    /// year.
    ///
    /// # Errors
    /// The glob is none, or the text is empty or too long.
    pub fn new(glob: &str, text: &str) -> Result<Self, BadHeader> {
        let anywhere = if glob.contains('/') { glob.to_owned() } else { format!("**/{glob}") };
        let built = GlobBuilder::new(anywhere.trim_start_matches('/')).literal_separator(true).build();
        let matcher = built
            .map_err(|error| BadHeader::Glob { glob: glob.to_owned(), message: error.kind().to_string() })?;
        if text.len() > HEADER_BYTES_MAX {
            return Err(BadHeader::TooLong { glob: glob.to_owned() });
        }
        let plain = plain(text);
        let shown: String = plain.chars().take(60).collect();
        let wanted = match plain.as_str() {
            "" => return Err(BadHeader::Empty { glob: glob.to_owned() }),
            "none" => Wanted::Nothing,
            "SPDX" => Wanted::AnyLicense,
            tag if tag.starts_with(SPDX) => Wanted::License(tag[SPDX.len()..].trim().to_owned()),
            text => {
                let pattern = regex::escape(text).replace(&regex::escape(YEAR), r"\d{4}(?: ?[-–,] ?\d{4})*");
                let pattern =
                    Regex::new(&pattern).map_err(|_| BadHeader::TooLong { glob: glob.to_owned() })?;
                Wanted::Text(Box::new(pattern))
            }
        };
        Ok(Self { glob: matcher.compile_matcher(), wanted, shown })
    }

    pub(super) fn is_for(&self, path: &str) -> bool {
        self.glob.is_match(path)
    }

    /// What is wrong with the beginning of a file. An empty file needs no license.
    pub(super) fn check(&self, text: &[u8]) -> Result<(), String> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let head = String::from_utf8_lossy(&text[..text.len().min(HEAD_BYTES)]);
        match &self.wanted {
            Wanted::Nothing => Ok(()),
            Wanted::Text(pattern) if pattern.is_match(&plain(&head)) => Ok(()),
            Wanted::Text(_) => Err(format!("the file does not begin with `{}`", self.shown)),
            Wanted::License(wanted) => match named(&head) {
                None => Err(format!("the file has no line `{SPDX} {wanted}`")),
                Some(named) if named == *wanted => Ok(()),
                Some(named) => Err(format!("the license of the file is `{}`, not `{wanted}`", cut(&named))),
            },
            Wanted::AnyLicense => match named(&head) {
                None => Err(format!("the file has no line `{SPDX} …`")),
                Some(named) if spdx::Expression::parse(&named).is_ok() => Ok(()),
                Some(named) => Err(format!("`{}` is no license expression of SPDX", cut(&named))),
            },
        }
    }
}

/// The license that the beginning of a file names.
fn named(head: &str) -> Option<String> {
    let named = head.lines().find_map(|line| Some(line.split_once(SPDX)?.1))?;
    let ends: &[&str] = &["*/", "-->", "#}", "%>", "--%>", "*)", "-}"];
    let named = ends.iter().fold(named.trim(), |rest, end| rest.trim_end_matches(end).trim());
    Some(named.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn cut(text: &str) -> String {
    text.chars().take(60).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A text without signs of comments, in one line.
fn plain(text: &str) -> String {
    let is_sign = |c: char| c.is_whitespace() || "/*#;%!<>-'\"|({})".contains(c);
    let words = text.lines().flat_map(|line| {
        let keep = line.trim_start_matches(|c: char| is_sign(c) && c != '{');
        keep.trim_end_matches(|c: char| is_sign(c) && !")}".contains(c)).split_whitespace()
    });
    words.collect::<Vec<_>>().join(" ")
}
