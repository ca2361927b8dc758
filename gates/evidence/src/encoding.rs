//! Encodings that an XML declaration may name beside UTF-8: those of one byte per character, which older tools write.
//!
//! Source: ISO 8859-1 and 8859-15; windows-1252 as the WHATWG Encoding Standard maps it.
//!
//! **Absent on purpose:** guessing, and encodings of more bytes: where such text is no UTF-8, it is refused.

/// A byte as the character it stands for.
pub(crate) type Single = fn(u8) -> char;

/// Bytes 0x80 to 0x9f of windows-1252; five of them stand for themselves.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// How an XML document that begins so is to be decoded; `None` where it is taken for UTF-8.
pub(crate) fn declared(head: &[u8]) -> Option<Single> {
    let head = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(&head[..end]).ok()?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let name = value[1..].split(quote).next()?.to_ascii_lowercase();
    match name.as_str() {
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" | "l1" => Some(char::from),
        "iso-8859-15" | "iso8859-15" | "iso_8859-15" | "latin9" | "latin-9" => Some(iso_8859_15),
        "windows-1252" | "cp1252" | "cp-1252" | "x-cp1252" | "ansi" => Some(windows_1252),
        _ => None,
    }
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

fn iso_8859_15(byte: u8) -> char {
    match byte {
        0xa4 => '€',
        0xa6 => 'Š',
        0xa8 => 'š',
        0xb4 => 'Ž',
        0xb8 => 'ž',
        0xbc => 'Œ',
        0xbd => 'œ',
        0xbe => 'Ÿ',
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests;
