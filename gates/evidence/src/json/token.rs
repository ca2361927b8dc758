//! Tokens of JSON: strings, numbers, words and what stands between them, mostly looked at where they lie.

use super::Json;
use crate::error::{ReadError, Result};

/// Bytes of one string.
const STRING_BYTES_MAX: usize = 16 << 20;

/// Characters of one number.
const NUMBER_CHARS_MAX: usize = 400;

impl Json<'_, '_> {
    /// The next byte that is no white space.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<u8> {
        match self.input.head().first() {
            // Nothing below it is white space, and most often nothing stands between.
            Some(&byte) if byte > b' ' => Ok(byte),
            _ => self.peek_behind_space(),
        }
    }

    fn peek_behind_space(&mut self) -> Result<u8> {
        match self.peek_if_any()? {
            Some(byte) => Ok(byte),
            None => Err(ReadError::CutOff { at: self.input.at() }),
        }
    }

    /// The next byte that is no white space, if there is one.
    pub(super) fn peek_if_any(&mut self) -> Result<Option<u8>> {
        loop {
            let head = self.input.head();
            let at = space(head);
            let found = head.get(at).copied();
            self.input.advance(at);
            if found.is_some() || !self.input.has_more()? {
                return Ok(found);
            }
        }
    }

    fn must_peek(&mut self) -> Result<u8> {
        match self.input.has_more()? {
            true => Ok(self.input.head()[0]),
            false => Err(ReadError::CutOff { at: self.input.at() }),
        }
    }

    /// Reads a key that lies whole in the buffer and has no escapes; else reads nothing.
    pub(super) fn key_in_place(&mut self) -> Result<bool> {
        let head = self.input.head();
        let (length, ascii) = plain(&head[1..]);
        if head.get(1 + length) != Some(&b'"') {
            return Ok(false);
        }
        let key = &head[1..=length];
        if !ascii && std::str::from_utf8(key).is_err() {
            return Err(self.malformed("UTF-8 text"));
        }
        self.keys.add(key);
        self.input.advance(length + 2);
        Ok(true)
    }

    /// Reads a short whole number without a sign that lies in the buffer, as nearly all are; else reads nothing.
    pub(super) fn short_number(&mut self) -> Option<u32> {
        const DIGITS_MAX: usize = 9;
        let head = self.input.head();
        let mut number = 0;
        let mut length = 0;
        while let Some(digit @ b'0'..=b'9') = head.get(length).filter(|_| length < DIGITS_MAX) {
            number = number * 10 + u32::from(digit - b'0');
            length += 1;
        }
        let ends = matches!(head.get(length), Some(b',' | b'}' | b']' | b'\n' | b'\r' | b' '));
        // A number does not begin with 0, unless it is.
        let sound = ends && length > 0 && (length == 1 || head[0] != b'0');
        sound.then(|| self.input.advance(length))?;
        Some(number)
    }

    /// Reads a string, whose opening quote is next.
    pub(super) fn string(&mut self) -> Result<&str> {
        self.scratch.clear();
        self.input.advance(1);
        loop {
            self.must_peek()?;
            let head = self.input.head();
            let (length, _) = plain(head);
            if self.scratch.len() + length > STRING_BYTES_MAX {
                let max = STRING_BYTES_MAX as u64;
                return Err(ReadError::TooLarge { what: "bytes in one string", max });
            }
            self.scratch.extend_from_slice(&head[..length]);
            self.input.advance(length);
            match self.must_peek()? {
                b'"' => break self.input.advance(1),
                b'\\' => self.escape()?,
                0..=31 => return Err(self.malformed("a string without control characters")),
                // The buffer ended inside the string.
                _ => {}
            }
        }
        std::str::from_utf8(&self.scratch).map_err(|_| self.input.malformed("UTF-8 text"))
    }

    /// Reads a string and forgets it, whatever its length.
    pub(super) fn skip_string(&mut self) -> Result<()> {
        let head = self.input.head();
        let (length, ascii) = plain(&head[1..]);
        if head.get(1 + length) == Some(&b'"') && (ascii || std::str::from_utf8(&head[1..=length]).is_ok()) {
            self.input.advance(length + 2);
            return Ok(());
        }
        self.string().map(drop)
    }

    fn escape(&mut self) -> Result<()> {
        self.input.advance(1);
        let escape = self.must_peek()?;
        self.input.advance(1);
        let character = match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode()?,
            _ => return Err(self.malformed("an escape of JSON")),
        };
        self.scratch.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn unicode(&mut self) -> Result<char> {
        const PAIR: &str = "a character: half of a surrogate pair stands alone";
        let first = self.hex()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or(self.malformed(PAIR));
        }
        for expected in [b'\\', b'u'] {
            if self.must_peek()? != expected {
                return Err(self.malformed(PAIR));
            }
            self.input.advance(1);
        }
        let second = self.hex()?;
        if first >= 0xdc00 || !(0xdc00..0xe000).contains(&second) {
            return Err(self.malformed(PAIR));
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(self.malformed(PAIR))
    }

    fn hex(&mut self) -> Result<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = char::from(self.must_peek()?)
                .to_digit(16)
                .ok_or_else(|| self.malformed("four hex digits"))?;
            code = code * 16 + digit;
            self.input.advance(1);
        }
        Ok(code)
    }

    /// Reads one of these words and says which.
    pub(super) fn word(&mut self, words: &[&[u8]]) -> Result<usize> {
        let first = self.must_peek()?;
        let found = words.iter().position(|word| word[0] == first).ok_or_else(|| self.malformed("JSON"))?;
        for &expected in words[found] {
            if self.must_peek()? != expected {
                return Err(self.malformed("JSON"));
            }
            self.input.advance(1);
        }
        Ok(found)
    }

    /// Reads a number, as written.
    pub(crate) fn number(&mut self) -> Result<&str> {
        self.scratch.clear();
        while self.input.has_more()? {
            let head = self.input.head();
            let length = head.iter().take_while(|byte| is_of_number(**byte)).count();
            if self.scratch.len() + length > NUMBER_CHARS_MAX {
                let max = NUMBER_CHARS_MAX as u64;
                return Err(ReadError::TooLarge { what: "characters in one number", max });
            }
            self.scratch.extend_from_slice(&head[..length]);
            let ends = length < head.len();
            self.input.advance(length);
            if ends {
                break;
            }
        }
        if !is_number(&self.scratch) {
            // `12.` at the very end was perhaps `12.5`.
            return Err(match self.input.has_more()? {
                true => self.malformed("a number"),
                false => ReadError::CutOff { at: self.input.at() },
            });
        }
        Ok(std::str::from_utf8(&self.scratch).expect("digits are UTF-8 text"))
    }
}

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// Eight bytes of a text, the first one lowest.
fn eight(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// How many bytes of white space a text begins with.
fn space(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match bytes.get(at) {
            Some(b'\n' | b'\r' | b'\t') => at += 1,
            // Indentation is long.
            Some(b' ') => {
                at += 1;
                while eight(bytes, at) == Some(ONES * 0x20) {
                    at += 8;
                }
            }
            _ => return at,
        }
    }
}

/// How many bytes a text begins with that are neither a quote, a backslash nor a control character, and whether
/// all of them are ASCII. Eight at a time: the lowest byte of a word that is found is always a true find, since
/// borrows only go upward.
fn plain(bytes: &[u8]) -> (usize, bool) {
    let mut seen = 0;
    let mut at = 0;
    while let Some(word) = eight(bytes, at) {
        let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
        let quote = zero(word ^ (ONES * 0x22));
        let backslash = zero(word ^ (ONES * 0x5c));
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found = quote | backslash | control;
        if found != 0 {
            let low = found.trailing_zeros() & !7;
            seen |= word & !(u64::MAX << low);
            return (at + low as usize / 8, seen & HIGHS == 0);
        }
        seen |= word;
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if matches!(byte, b'"' | b'\\' | 0..=31) {
            break;
        }
        seen |= u64::from(byte);
        at += 1;
    }
    (at, seen & HIGHS == 0)
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// The grammar of RFC 8259, section 6.
fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(text);
    if whole == 0 || (whole > 1 && text[0] == b'0') {
        return false;
    }
    let mut rest = &text[whole..];
    if let Some(part) = rest.strip_prefix(b".") {
        let count = digits(part);
        if count == 0 {
            return false;
        }
        rest = &part[count..];
    }
    match rest {
        [] => true,
        [b'e' | b'E', power @ ..] => {
            let power = power.strip_prefix(b"+").or(power.strip_prefix(b"-")).unwrap_or(power);
            !power.is_empty() && digits(power) == power.len()
        }
        _ => false,
    }
}
