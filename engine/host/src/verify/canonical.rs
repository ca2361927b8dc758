//! Whether a line is canonical JSON (RFC 8785), in one pass and without making values.
//!
//! The subset is that of events: integers within ±(2^53 - 1) and no other numbers. Names of members are unique and sorted by
//! their UTF-16 code units, nothing stands between tokens, strings are UTF-8 and escape what they must, as shortly as
//! they can. So there is one spelling of every value, and a line that was spelled otherwise was not written by `dod`.
//!
//! **An exception:** maps that people fill are written sorted by code points. The two orders differ where a name with a
//! character beyond U+FFFF stands beside one with a character from U+E000 on; such an object may be sorted either way, as a
//! whole. Replay, which writes each event again, takes only the one that `dod` writes.
//!
//! **Absent on purpose:** what the line means, and recursion: what lies around a value is a list with a bound.

/// Objects and arrays that may lie in each other: twice what a value of an event may need.
pub const DEPTH_MAX: usize = 128;
/// 2^53 - 1: readers that hold numbers as floats keep these exactly (RFC 7493, section 2.2).
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// A line is not canonical, and where that shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}, at byte {at}")]
pub struct NotCanonical {
    /// The byte of the line, from 0.
    pub at: usize,
    /// What is wrong there.
    pub what: &'static str,
}

/// Somebody who looks on while a line is checked. What was told counts only when the whole line is good.
pub trait Watch {
    /// A member of an object begins. Names and strings are told as they are written, without their quotes.
    fn member(&mut self, path: &Path<'_>);
    /// A string, number, `true`, `false` or `null`.
    fn scalar(&mut self, path: &Path<'_>, text: &[u8]);
}

/// Nobody looks on.
impl Watch for () {
    fn member(&mut self, _: &Path<'_>) {}
    fn scalar(&mut self, _: &Path<'_>, _: &[u8]) {}
}

/// An object or array that is open.
#[derive(Clone, Copy, Debug)]
struct Level {
    is_object: bool,
    /// Where the name of the last member stands in the line, without its quotes.
    from: u32,
    to: u32,
    members: u32,
    /// The order that its names are in, where that has shown.
    order: Option<Order>,
}

/// An order of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// That of UTF-16 code units, as RFC 8785 has it.
    Units,
    /// That of code points.
    Points,
}

/// Where in a line something stands.
#[derive(Debug)]
pub struct Path<'l> {
    line: &'l [u8],
    levels: &'l [Level],
}

impl Path<'_> {
    /// How many objects and arrays are around it.
    pub fn depth(&self) -> usize {
        self.levels.len()
    }

    /// The name of the member that it is, or lies in, `depth` levels down; from 0. Empty in an array.
    #[inline]
    pub fn name(&self, depth: usize) -> &[u8] {
        match self.levels.get(depth) {
            Some(level) if level.is_object => &self.line[level.from as usize..level.to as usize],
            _ => &[],
        }
    }

    /// Whether these are the names of all members around it.
    pub fn is(&self, names: &[&[u8]]) -> bool {
        self.levels.len() == names.len()
            && names.iter().enumerate().all(|(depth, name)| self.name(depth) == *name)
    }
}

/// Checks lines; one may check many, and needs no memory of its own for the next.
#[derive(Debug, Default)]
pub struct Checker {
    levels: Vec<Level>,
}

impl Checker {
    /// Checks that the bytes are one canonical object.
    ///
    /// # Errors
    /// The first thing that is not canonical.
    pub fn object(&mut self, line: &[u8], watch: &mut impl Watch) -> Result<(), NotCanonical> {
        if let Err(error) = std::str::from_utf8(line) {
            return Err(NotCanonical { at: error.valid_up_to(), what: "it is not UTF-8" });
        }
        if line.first() != Some(&b'{') {
            return Err(NotCanonical { at: 0, what: "it is no JSON object" });
        }
        self.levels.clear();
        let mut at = 0;
        loop {
            at = self.value(line, at, watch)?;
            // Behind a value: the next one, or the ends of what is open.
            loop {
                let Some(level) = self.levels.last() else {
                    return if at == line.len() {
                        Ok(())
                    } else {
                        Err(wrong(at, "something stands behind it"))
                    };
                };
                let is_object = level.is_object;
                match line.get(at) {
                    Some(b',') => {
                        at = if is_object { self.name(line, at + 1, watch)? } else { at + 1 };
                        break;
                    }
                    Some(b'}') if is_object => at += 1,
                    Some(b']') if !is_object => at += 1,
                    _ => return Err(wrong(at, "a comma or an end is missing")),
                }
                self.levels.pop();
            }
        }
    }

    /// Reads a scalar, an empty object or array, or the beginning of one up to its first value; answers where it ends.
    #[inline]
    fn value(&mut self, line: &[u8], from: usize, watch: &mut impl Watch) -> Result<usize, NotCanonical> {
        let mut at = from;
        loop {
            match line.get(at) {
                Some(b'"') => {
                    let end = string(line, at + 1)?;
                    watch.scalar(&Path { line, levels: &self.levels }, &line[at + 1..end]);
                    return Ok(end + 1);
                }
                Some(b'{') => {
                    if line.get(at + 1) == Some(&b'}') {
                        return Ok(at + 2);
                    }
                    self.open(at, true)?;
                    at = self.name(line, at + 1, watch)?;
                }
                Some(b'[') => {
                    if line.get(at + 1) == Some(&b']') {
                        return Ok(at + 2);
                    }
                    self.open(at, false)?;
                    at += 1;
                }
                Some(_) => {
                    let end = plain(line, at)?;
                    watch.scalar(&Path { line, levels: &self.levels }, &line[at..end]);
                    return Ok(end);
                }
                None => return Err(wrong(at, "a value is missing")),
            }
        }
    }

    fn open(&mut self, at: usize, is_object: bool) -> Result<(), NotCanonical> {
        if self.levels.len() == DEPTH_MAX {
            return Err(wrong(at, "it nests too deep"));
        }
        self.levels.push(Level { is_object, from: 0, to: 0, members: 0, order: None });
        Ok(())
    }

    /// Reads `"name":`; answers where the value begins.
    #[inline]
    fn name(&mut self, line: &[u8], at: usize, watch: &mut impl Watch) -> Result<usize, NotCanonical> {
        if line.get(at) != Some(&b'"') {
            return Err(wrong(at, "a name is missing"));
        }
        let end = string(line, at + 1)?;
        let level = self.levels.last_mut().expect("a name stands in an object");
        let before = &line[level.from as usize..level.to as usize];
        if level.members > 0 && !follows(before, &line[at + 1..end], &mut level.order) {
            return Err(wrong(at, "names are not in order, or one is there twice"));
        }
        let place = |at: usize| u32::try_from(at).map_err(|_| wrong(at, "it is too long"));
        (level.from, level.to) = (place(at + 1)?, place(end)?);
        level.members += 1;
        watch.member(&Path { line, levels: &self.levels });
        match line.get(end + 1) {
            Some(b':') => Ok(end + 2),
            _ => Err(wrong(end + 1, "a colon is missing")),
        }
    }
}

#[cold]
fn wrong(at: usize, what: &'static str) -> NotCanonical {
    NotCanonical { at, what }
}

/// Reads a string from behind its first quote; answers where its last quote stands. Most strings have nothing to look at.
#[inline]
fn string(line: &[u8], from: usize) -> Result<usize, NotCanonical> {
    let at = from + harmless(&line[from..]);
    if line.get(at) == Some(&b'"') { Ok(at) } else { string_from(line, at) }
}

/// Goes on with a string.
fn string_from(line: &[u8], mut at: usize) -> Result<usize, NotCanonical> {
    loop {
        at += harmless(&line[at..]);
        match line.get(at) {
            Some(b'"') => return Ok(at),
            Some(b'\\') => at += escape(&line[at..]).ok_or(wrong(at, "an escape is not the shortest one"))?,
            Some(_) => return Err(wrong(at, "a control character is not escaped")),
            None => return Err(wrong(at, "a string has no end")),
        }
    }
}

/// How many bytes there are before the first quote, backslash or control character. Eight at a time: the lowest mark of
/// such a comparison is exact, only those above it may be carried over.
#[inline]
fn harmless(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (count, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * u64::from(b'"'));
        let slash = word ^ (ONES * u64::from(b'\\'));
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let found =
            ((quote.wrapping_sub(ONES) & !quote) | (slash.wrapping_sub(ONES) & !slash) | control) & HIGH;
        if found != 0 {
            return count * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let marks = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    chunks.len() * 8 + rest.iter().position(marks).unwrap_or(rest.len())
}

/// The length of an escape that has to be there, and as it has to be (RFC 8785, section 3.2.2.2).
fn escape(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => match bytes.get(2..6)? {
            [b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f'] => Some(6),
            [b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f'] => Some(6),
            _ => None,
        },
        _ => None,
    }
}

/// Reads a number, `true`, `false` or `null`; answers where it ends.
#[inline]
fn plain(line: &[u8], at: usize) -> Result<usize, NotCanonical> {
    let rest = &line[at..];
    let word = match rest.first() {
        Some(b'-') => return whole(line, at, at + 1),
        Some(b'0'..=b'9') => return whole(line, at, at),
        Some(b't') => b"true".as_slice(),
        Some(b'f') => b"false",
        Some(b'n') => b"null",
        _ => return Err(wrong(at, "a value is missing")),
    };
    if rest.starts_with(word) { Ok(at + word.len()) } else { Err(wrong(at, "a value is missing")) }
}

/// Reads a whole number that begins at `at` and whose digits begin at `from`.
fn whole(line: &[u8], at: usize, from: usize) -> Result<usize, NotCanonical> {
    let (mut end, mut number) = (from, 0u64);
    while let Some(digit) = line.get(end).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit <= 9) {
        // Sixteen digits are within 64 bits, and more are beyond 2^53.
        if end == from + 16 {
            return Err(wrong(at, "a number is beyond 2^53"));
        }
        number = number * 10 + u64::from(digit);
        end += 1;
    }
    match line.get(end) {
        _ if end == from => Err(wrong(at, "a value is missing")),
        _ if line[from] == b'0' && end > from + 1 => Err(wrong(at, "a number has a leading zero")),
        _ if number == 0 && from > at => Err(wrong(at, "a zero has a sign")),
        _ if number > INTEGER_MAX => Err(wrong(at, "a number is beyond 2^53")),
        Some(b'.' | b'e' | b'E') => Err(wrong(end, "a number is not whole")),
        _ => Ok(end),
    }
}

/// Whether a name may follow another one (RFC 8785, section 3.2.3). Where they begin to differ, plain characters tell; only
/// others have to be taken apart.
#[inline]
fn follows(before: &[u8], name: &[u8], order: &mut Option<Order>) -> bool {
    let plain = |byte: u8| byte.is_ascii() && byte != b'\\';
    for (left, right) in before.iter().zip(name) {
        if !plain(*left) || !plain(*right) {
            return follows_apart(before, name, order);
        }
        if left != right {
            return left < right;
        }
    }
    before.len() < name.len()
}

/// The same of names that have to be taken apart.
fn follows_apart(before: &[u8], name: &[u8], order: &mut Option<Order>) -> bool {
    let (before, name) = (meant(before), meant(name));
    let by_units = before.encode_utf16().lt(name.encode_utf16());
    let by_points = before < name;
    match (by_units, by_points) {
        (true, true) => true,
        (false, false) => false,
        // Only one of the two orders allows it: the whole object must be in that one.
        (units, _) => {
            let this = if units { Order::Units } else { Order::Points };
            *order.get_or_insert(this) == this
        }
    }
}

/// What a name means that was found to be a good string.
fn meant(name: &[u8]) -> String {
    let mut chars = std::str::from_utf8(name).unwrap_or_default().chars();
    let mut text = String::with_capacity(name.len());
    while let Some(char) = chars.next() {
        text.push(if char == '\\' { unescaped(&mut chars) } else { char });
    }
    text
}

fn unescaped(chars: &mut std::str::Chars<'_>) -> char {
    match chars.next() {
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => {
            let code =
                chars.by_ref().take(4).fold(0, |code, digit| code * 16 + digit.to_digit(16).unwrap_or(0));
            char::from_u32(code).unwrap_or_default()
        }
        other => other.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
