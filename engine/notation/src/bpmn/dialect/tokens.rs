//! A text as tokens, each with its bytes.
//!
//! **Absent on purpose:** meaning. Words are words here, also `and` and `true`.

use std::ops::Range;

use dod_kernel::decimal::Decimal;

use super::{Dialect, Misfit};

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) range: Range<usize>,
    pub(super) what: Lexeme,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lexeme {
    /// A word, quoted names of the dialect included.
    Word(String),
    Number(Decimal),
    Text(String),
    Symbol(&'static str),
    /// The end of a line that has a token on it.
    Line,
    /// Behind the last one.
    End,
}

/// Longer ones first.
const SYMBOLS: &[&str] = &[
    "===", "!==", "**=", "//=", "...", "==", "!=", "<=", ">=", "<>", "&&", "||", "..", "+=", "-=", "*=",
    "/=", "%=", "++", "--", "->", "=>", "=~", "?.", "??", "?:", "::", ":=", "**", "<<", ">>", "(", ")", "[",
    "]", "{", "}", ",", ".", ":", ";", "?", "=", "<", ">", "!", "+", "-", "*", "/", "%", "&", "|", "^", "~",
    "@", "$", "#",
];

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    dialect: Dialect,
    found: Vec<Token>,
}

/// The tokens of a part of a text, with an [`Lexeme::End`] behind them.
pub(super) fn tokens(text: &str, inside: Range<usize>, dialect: Dialect) -> Result<Vec<Token>, Misfit> {
    let mut scanner = Scanner { text, at: inside.start, end: inside.end, dialect, found: Vec::new() };
    while let Some(letter) = scanner.peek() {
        scanner.token(letter)?;
    }
    let end = scanner.end;
    scanner.found.push(Token { range: end..end, what: Lexeme::End });
    Ok(scanner.found)
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..self.end]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, start: usize, what: Lexeme) {
        self.found.push(Token { range: start..self.at, what });
    }

    fn token(&mut self, letter: char) -> Result<(), Misfit> {
        let start = self.at;
        match letter {
            '\n' => {
                self.at += 1;
                if self.found.last().is_some_and(|last| last.what != Lexeme::Line) {
                    self.push(start, Lexeme::Line);
                }
            }
            _ if letter.is_whitespace() || letter == '\u{feff}' => self.at += letter.len_utf8(),
            '#' if matches!(self.dialect, Dialect::Python | Dialect::Plain) => self.skip_line(),
            '/' if self.comments() && self.rest().starts_with("//") => self.skip_line(),
            '/' if self.comments() && self.rest().starts_with("/*") => self.skip_comment()?,
            '\\' if self.dialect == Dialect::Python && self.rest().starts_with("\\\n") => self.at += 2,
            '"' | '\'' => self.quoted(letter)?,
            '0'..='9' => self.number()?,
            '.' if self.rest()[1..].starts_with(|next: char| next.is_ascii_digit()) => self.number()?,
            _ if is_first(letter) => self.word(),
            _ => {
                let Some(symbol) = SYMBOLS.iter().copied().find(|symbol| self.rest().starts_with(*symbol))
                else {
                    let range = start..start + letter.len_utf8();
                    return Err(Misfit::new(
                        range,
                        format!("`{}` has no meaning here", letter.escape_debug()),
                    ));
                };
                self.at += symbol.len();
                self.push(start, Lexeme::Symbol(symbol));
            }
        }
        Ok(())
    }

    /// In Python `//` divides; in the plain dialect it may be either, and a division has no equal anyway.
    fn comments(&self) -> bool {
        matches!(self.dialect, Dialect::Feel | Dialect::Plain | Dialect::Rhai | Dialect::Script)
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    fn skip_comment(&mut self) -> Result<(), Misfit> {
        match self.rest().find("*/") {
            Some(length) => self.at += length + 2,
            None => return Err(Misfit::new(self.at..self.at + 2, "the comment is not closed")),
        }
        Ok(())
    }

    fn word(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let length = rest.find(|next: char| !is_first(next) && !next.is_numeric()).unwrap_or(rest.len());
        self.at += length;
        let word = self.text[start..self.at].to_owned();
        self.push(start, Lexeme::Word(word));
    }

    fn number(&mut self) -> Result<(), Misfit> {
        let start = self.at;
        let rest = self.rest().as_bytes();
        let digits = |from: usize| rest[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut length = digits(0);
        // `1..3` is a range, `1.` no number.
        if rest.get(length) == Some(&b'.') && rest.get(length + 1).is_some_and(u8::is_ascii_digit) {
            length += 1 + digits(length + 1);
        }
        if matches!(rest.get(length), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(rest.get(length + 1), Some(b'+' | b'-')));
            let exponent = digits(length + 1 + sign);
            length += if exponent > 0 { 1 + sign + exponent } else { 0 };
        }
        let behind = self.rest()[length..].chars().next();
        self.at += length;
        let written = &self.text[start..self.at];
        if behind.is_some_and(is_first) {
            let word = self.rest().find(|next: char| !next.is_alphanumeric()).unwrap_or(self.rest().len());
            let range = start..self.at + word;
            let message = format!("`{}` is not a plain number", &self.text[range.clone()]);
            return Err(Misfit::new(range, message).hint("write its digits, as in `12.5`"));
        }
        let padded = if written.starts_with('.') { format!("0{written}") } else { written.replace('+', "") };
        match padded.parse() {
            Ok(number) => self.push(start, Lexeme::Number(number)),
            Err(_) => {
                return Err(Misfit::new(start..self.at, format!("`{written}` cannot be held exactly")));
            }
        }
        Ok(())
    }

    fn quoted(&mut self, quote: char) -> Result<(), Misfit> {
        let start = self.at;
        if self.dialect == Dialect::Feel && quote == '\'' {
            let misfit = Misfit::new(start..start + 1, "FEEL has no single quotes");
            return Err(misfit.hint("texts are written in double quotes"));
        }
        if self.rest().starts_with("'''") || self.rest().starts_with("\"\"\"") {
            return Err(Misfit::new(start..start + 3, "a text over several lines has no equal"));
        }
        self.at += 1;
        let mut text = String::new();
        loop {
            let at = self.at;
            let Some(letter) = self.peek() else {
                return Err(Misfit::new(start..start + 1, "the text has no closing quote"));
            };
            self.at += letter.len_utf8();
            match letter {
                _ if letter == quote => break,
                '\n' => return Err(Misfit::new(start..start + 1, "the text has no closing quote")),
                '\\' => text.push(self.escape(at)?),
                '$' if quote == '"' && self.dialect == Dialect::Script && self.rest().starts_with('{') => {
                    return Err(Misfit::new(at..at + 2, "a text with `${…}` has no equal"));
                }
                _ => text.push(letter),
            }
        }
        self.push(start, Lexeme::Text(text));
        Ok(())
    }

    /// What stands behind a backslash.
    fn escape(&mut self, at: usize) -> Result<char, Misfit> {
        let Some(letter) = self.peek() else {
            return Err(Misfit::new(at..self.at, "the text has no closing quote"));
        };
        self.at += letter.len_utf8();
        let length = match letter {
            '\\' | '"' | '\'' | '/' => return Ok(letter),
            'n' => return Ok('\n'),
            'r' => return Ok('\r'),
            't' => return Ok('\t'),
            'x' if self.dialect == Dialect::Python => 2,
            'u' => 4,
            _ => 0,
        };
        let digits = self.rest().get(..length).filter(|digits| !digits.is_empty()).unwrap_or("-");
        let found = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
        match found.filter(|_| digits.bytes().all(|digit| digit.is_ascii_hexdigit())) {
            Some(found) => {
                self.at += length;
                Ok(found)
            }
            None => Err(Misfit::new(at..self.at.min(self.end), "this escape has no equal")),
        }
    }
}

fn is_first(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}
