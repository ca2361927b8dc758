//! `{parameter}` in an argument.
//!
//! ```text
//!   "{args}"          the whole argument: becomes any number of arguments
//!   "--junit={path}"  inside an argument: one text
//!   "${HOME}" "{{x}}" no parameter: a `$` before the brace, or the brace doubled
//! ```
//!
//! **Absent on purpose:** what parameters are called and hold.

/// The placeholder for the tracked files that the entry's `detect` globs name.
pub(crate) const FILES: &str = "files";

/// A piece of an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Literal(&'a str),
    Parameter(&'a str),
}

/// Cuts an argument into literals and parameters.
pub(crate) fn pieces(argument: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut literal = 0;
    let mut at = 0;
    while let Some(open) = argument[at..].find('{').map(|found| found + at) {
        let rest = &argument[open + 1..];
        if rest.starts_with('{') {
            pieces.push(Piece::Literal(&argument[literal..=open]));
            at = open + 2;
            literal = at;
            continue;
        }
        let name_ends = rest.find('}').filter(|end| is_parameter(&rest[..*end]));
        let Some(end) = name_ends.filter(|_| !argument[..open].ends_with('$')) else {
            at = open + 1;
            continue;
        };
        pieces.push(Piece::Literal(&argument[literal..open]));
        pieces.push(Piece::Parameter(&rest[..end]));
        at = open + 1 + end + 1;
        literal = at;
    }
    pieces.push(Piece::Literal(&argument[literal..]));
    pieces.retain(|piece| *piece != Piece::Literal(""));
    pieces
}

/// The parameter that an argument consists of, if it is one and nothing else.
pub(crate) fn whole(argument: &str) -> Option<&str> {
    match pieces(argument).as_slice() {
        [Piece::Parameter(name)] => Some(name),
        _ => None,
    }
}

/// Whether this can be a parameter's name.
pub(crate) fn is_parameter(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::Piece::{Literal, Parameter};
    use super::*;

    #[test]
    fn only_a_lone_lower_case_word_in_braces_is_a_parameter() {
        assert_eq!(pieces("{args}"), [Parameter("args")]);
        assert_eq!(
            pieces("--x={a}:{b_2}."),
            [Literal("--x="), Parameter("a"), Literal(":"), Parameter("b_2"), Literal(".")]
        );
        for plain in ["${HOME}", "{}", "{A}", "{a b}", "{", "}", "{a", "a}b{", ""] {
            assert_eq!(whole(plain), None, "{plain}");
            assert!(pieces(plain).iter().all(|piece| matches!(piece, Literal(_))), "{plain}");
        }
        assert_eq!(pieces("{{args}}"), [Literal("{"), Literal("args}}")]);
    }
}
