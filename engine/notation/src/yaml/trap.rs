//! YAML's own traps: text that YAML reads as something else, and what the parser says in words for people.
//!
//! The parser's position is where it gave up; what the user must change is the whole value around it. So the
//! line is looked at again: where does the value begin, where does it end, and does quoting it help?

use std::ops::Range;

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::compose::Stop;
use crate::diagnose::{Diagnostic, FileId, SourceMap, Span, codes};

/// A longer line is not looked at again: it was not written by a person.
const LINE_BYTES_MAX: usize = 16 << 10;

/// "Put quotes around the whole value", with the value spelled out where that is short and safe.
pub(super) fn quotes(sources: &SourceMap, within: Span, why: &str) -> Diagnostic {
    let text = sources.text(within.file);
    let range = value_around(&text, within.start as usize);
    let end = range.end.max(within.end as usize);
    let span = sources.span(within.file, range.start.min(within.start as usize)..end);
    let value = sources.slice(span);
    let hint = if value.len() <= 60 && !value.contains(['\'', '\n']) {
        format!("put quotes around the whole value: '{value}'")
    } else {
        "put quotes around the whole value".to_owned()
    };
    Diagnostic::error(codes::QUOTES, span, why).label("quotes are missing").hint(hint)
}

/// What a scan error means to the person who wrote the line.
pub(super) fn explain(sources: &SourceMap, file: FileId, error: &ScanError) -> Stop {
    let text = sources.text(file);
    let at = error.marker().byte_offset().unwrap_or_else(|| offset(&text, error)).min(text.len());
    let kind = error.kind();
    if matches!(kind, ErrorKind::RecursionLimitExceeded) {
        let message = format!("values lie more than {} levels deep inside each other", super::DEPTH_MAX);
        return Stop::Syntax(Box::new(Diagnostic::error(
            codes::TOO_BIG,
            sources.span(file, at..at),
            message,
        )));
    }
    if let Some((range, why)) = trapped(&text, at) {
        let span = sources.span(file, range.clone());
        return Stop::Trap(range, Box::new(quotes(sources, span, why)));
    }
    let (code, message, hint) = describe(kind);
    if matches!(kind, ErrorKind::TabInPlainScalar)
        && let Some(tab) = text[at..].find("\n\t").map(|line| at + line + 1)
    {
        let span = sources.span(file, tab..tab + 1);
        return Stop::Syntax(Box::new(Diagnostic::error(codes::TAB, span, message).hint("use spaces")));
    }
    let line = line_around(&text, at);
    let indent = text[line.clone()].len() - text[line.clone()].trim_start().len();
    if text[line.start..line.start + indent].contains('\t') {
        let start = line.start + text[line.clone()].find('\t').unwrap_or(0);
        let span = sources.span(file, start..line.start + indent);
        let found = Diagnostic::error(codes::TAB, span, "a tab cannot indent YAML");
        return Stop::Syntax(Box::new(found.hint("use spaces")));
    }
    let end = text[at..].chars().next().filter(|next| *next != '\n').map_or(at, |next| at + next.len_utf8());
    let found = Diagnostic::error(code, sources.span(file, at..end), message);
    Stop::Syntax(Box::new(found.maybe_hint(hint.map(str::to_owned))))
}

/// The byte offset of an error that only knows its line and column.
fn offset(text: &str, error: &ScanError) -> usize {
    let line = text.split_inclusive('\n').take(error.marker().line().saturating_sub(1)).map(str::len).sum();
    let rest: &str = text.get(line..).unwrap_or("");
    line + rest.char_indices().nth(error.marker().col()).map_or(rest.len(), |(at, _)| at)
}

fn line_around(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |before| before + 1);
    let end = text[at..].find('\n').map_or(text.len(), |after| at + after);
    start..end
}

/// The value that needs quotes, where the error at `at` comes from a value without them.
fn trapped(text: &str, at: usize) -> Option<(Range<usize>, &'static str)> {
    let range = value_around(text, at);
    let value = text.get(range.clone())?;
    let mut chars = value.chars();
    let first = chars.next()?;
    let why = match first {
        '"' | '\'' => {
            let (_, rest) = chars.as_str().split_once(first)?;
            if rest.trim().is_empty() {
                return None;
            }
            "text goes on behind a closing quote"
        }
        '>' | '|' => "`>` and `|` at the beginning of a value open a YAML text block",
        '*' => "`*` at the beginning of a value is a YAML alias",
        '&' => "`&` at the beginning of a value is a YAML anchor",
        '!' => "`!` at the beginning of a value is a YAML tag",
        '%' | '@' | '`' => "a value cannot begin with this character",
        '{' if value.starts_with("{{") || value.starts_with("{%") => {
            "`{` at the beginning of a value opens a YAML map"
        }
        '[' if value.ends_with(']') => return None,
        '[' if value.contains(']') => "`[` at the beginning of a value opens a YAML list",
        '{' | '[' | '}' | ']' => return None,
        _ if value.contains("{{") || value.contains("}}") => {
            "`{` and `}` mean something to YAML inside a map in braces"
        }
        _ if text[line_around(text, at).start..range.start].trim().is_empty() => return None,
        _ if value.contains(": ") || value.ends_with(':') => "`: ` inside a value begins a YAML map",
        _ => return None,
    };
    Some((range, why))
}

/// The value on the line of `at` that begins last before it: behind `key: `, behind `- `, and inside
/// brackets behind `,` too. In a bracket it ends where the bracket or the item does, else with the line.
fn value_around(text: &str, at: usize) -> Range<usize> {
    let line = line_around(text, at.min(text.len()));
    if line.len() > LINE_BYTES_MAX {
        return at..at;
    }
    let bytes = text.as_bytes();
    let indent = text[line.clone()].len() - text[line.clone()].trim_start_matches([' ', '-', '\t']).len();
    let mut start = line.start + indent;
    let mut keyed = false;
    // Where the values begin that hold the brackets which are open.
    let mut open: Vec<usize> = Vec::new();
    let mut here = start;
    while here < line.end && (here <= at || here == start) {
        let next = bytes.get(here + 1).copied().unwrap_or(b'\n');
        let mut began = None;
        match bytes[here] {
            b'"' | b'\'' if here == start => {
                here = text[here + 1..line.end].find(bytes[here] as char).map_or(here, |end| here + 1 + end);
            }
            b'$' if text[here..line.end].starts_with("${{") => {
                here = text[here..line.end].find("}}").map_or(here + 2, |end| here + end + 1);
            }
            b'{' if here == start && next == b'{' => {
                here = text[here..line.end].find("}}").map_or(here + 1, |end| here + end + 1);
            }
            b'{' | b'[' if here == start => {
                open.push(start);
                began = Some(here + 1);
                keyed = false;
            }
            b'}' | b']' => start = open.pop().unwrap_or(start),
            b',' if !open.is_empty() && !inside_parentheses(&text[start..here]) => {
                began = Some(here + 1);
                keyed = false;
            }
            b':' if !keyed && matches!(next, b' ' | b'\t') => {
                began = Some(here + 1);
                keyed = true;
            }
            _ => {}
        }
        if let Some(begin) = began {
            let blank = text[begin..line.end].len() - text[begin..line.end].trim_start().len();
            if begin + blank > at && begin > at {
                break;
            }
            start = begin + blank;
            here = start;
        } else {
            here += 1;
        }
    }
    start..value_end(text, start, line.end, !open.is_empty())
}

fn inside_parentheses(text: &str) -> bool {
    text.matches('(').count() > text.matches(')').count()
}

/// Where a value that begins at `start` ends: before a comment, and in brackets before what closes it.
fn value_end(text: &str, start: usize, line_end: usize, in_brackets: bool) -> usize {
    let bytes = text.as_bytes();
    let (mut quote, mut depth) = (None, 0usize);
    let mut end = line_end;
    let mut at = start;
    while at < line_end {
        let byte = bytes[at];
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'{' | b'[') => depth += 1,
            (None, b')') => depth = depth.saturating_sub(1),
            (None, b'}' | b']') if depth > 0 => depth -= 1,
            (None, b'}' | b']' | b',') if in_brackets && depth == 0 => {
                end = at;
                break;
            }
            (None, b'#') if at > start && matches!(bytes[at - 1], b' ' | b'\t') => {
                end = at;
                break;
            }
            _ => {}
        }
        at += 1;
    }
    start + text[start..end].trim_end().len()
}

/// What the parser's reasons mean, and what to do.
fn describe(kind: &ErrorKind) -> (&'static str, String, Option<&'static str>) {
    use ErrorKind as E;
    let says =
        |code: &'static str, message: &str, hint: Option<&'static str>| (code, message.to_owned(), hint);
    match kind {
        E::TabInPlainScalar
        | E::TabNotAllowed
        | E::TabInBlockIndentation
        | E::TabInIndentation
        | E::TabAtBlockScalarStart => says(codes::TAB, "a tab cannot indent YAML", Some("use spaces")),
        E::InvalidQuotedScalarIndent => {
            says(codes::SYNTAX, "a quote that is opened above is not closed before this line", None)
        }
        E::UnclosedQuotedScalar => says(codes::SYNTAX, "a quote is opened here and never closed", None),
        E::UnclosedFlowCollection { open } => {
            let message = format!("`{open}` is opened and never closed");
            (codes::SYNTAX, message, None)
        }
        E::MismatchedFlowCollectionEnd { open, close } => {
            (codes::SYNTAX, format!("`{open}` is closed by `{close}`"), None)
        }
        E::UnexpectedEofFlowSequence | E::ExpectedFlowSequenceSeparator => {
            says(codes::SYNTAX, "a list in brackets lacks `,` or `]` here", None)
        }
        E::UnexpectedEofFlowMapping | E::ExpectedFlowMappingSeparator => {
            says(codes::SYNTAX, "a map in braces lacks `,` or `}` here", None)
        }
        E::MisplacedFlowCollectionEnd => says(codes::SYNTAX, "this bracket closes nothing", None),
        E::UnknownQuotedScalarEscape
        | E::InvalidQuotedScalarHexEscape
        | E::InvalidUnicodeEscape
        | E::UnpairedLowSurrogate
        | E::MissingLowSurrogate
        | E::InvalidLowSurrogate => says(
            codes::SYNTAX,
            "this escape is not known between double quotes",
            Some("write the text in single quotes, where `\\` means itself"),
        ),
        E::UnexpectedCharacter { character } => {
            (codes::CHARACTER, format!("the character {character:?} is not allowed here"), None)
        }
        E::BomInsideDocument => says(codes::CHARACTER, "a byte order mark stands inside the text", None),
        E::InvalidIndentation
        | E::ExpectedBlockMappingKey
        | E::ExpectedBlockSequenceEntry
        | E::InvalidSimpleKey
        | E::SimpleKeyExpected
        | E::MappingKeyNotAllowed
        | E::BlockSequenceEntryNotAllowed
        | E::ExpectedDocumentStart
        | E::MappingValueNotAllowed
        | E::InvalidColonPlacement => says(
            codes::SYNTAX,
            "this line does not fit the lines above it",
            Some(
                "keys of one map begin in the same column and have `:` behind them; brackets above are closed",
            ),
        ),
        E::DirectiveDisallowed | E::InvalidDirectiveName | E::MissingDirectiveName => {
            says(codes::SYNTAX, "a line cannot begin with `%`", Some("put quotes around the text"))
        }
        other => (codes::SYNTAX, format!("this is not YAML: {}", words(&format!("{other:?}"))), None),
    }
}

/// `InvalidTagUtf8` → `invalid tag utf8`.
fn words(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars().take_while(|letter| letter.is_alphanumeric()) {
        if letter.is_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.extend(letter.to_lowercase());
    }
    out
}
