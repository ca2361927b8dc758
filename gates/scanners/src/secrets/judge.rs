//! Is a match a secret, or does it only look like one? And what of it may be told?
//!
//! **Absent on purpose:** regular expressions and places.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Hexadecimal digits of a fingerprint: 64 bits, enough to tell the findings of a tree apart.
pub(super) const FINGERPRINT_DIGITS: usize = 16;

/// Characters of a secret that may be shown.
const SHOWN: usize = 4;

/// Equal characters in a row that no generator of keys makes.
const EQUAL_MAX: usize = 7;

/// Written in examples of every format: no issuer makes a key with these.
const MARKS: &[&str] = &["example", "placeholder", "redacted", "changeme", "change_me", "change-me"];

/// Beginnings of values that documents and emulators have made known to everybody: the accounts of Azure's emulators,
/// examples of jwt.io and of its most used libraries, of RFC 5849 and RFC 6749, of a payment service. In pieces, so
/// that no scanner takes this list for secrets.
const KNOWN: &[&[&str]] = &[
    &["eby8vdm02xnocqflquwj", "pllmetlcdxj1ouzft50us"],
    &["c2y6ydjf5/r+ob0n8a7", "cgv30vrdjiwehlm+4qdu5"],
    &[".eyjzdwiioiixmjm0nty3odkwi", "iw"],
    &[".eyjzb21lijoic", "gf5bg9hzcj9"],
    &["czzcagrsa3f0mzpn", "wdfmqmf0m2jw"],
    &["2yotnfzfejr1zc", "sicmwpaa"],
    &["tgzv3jokf0xg5q", "x2tlkwia"],
    &["ad180jjd", "733klru7"],
    &["4ec39hqlyjwd", "arjtt1zdp7dc"],
    &["bqokikjovbii2h", "lwgh4olfq2"],
];

/// Characters in a row that are counted up, by hand.
const COUNTED: &[&str] = &["0123456789", "1234567890", "abcdefghij"];

/// What people write where a value belongs. Only for assignments: a format of its own is not doubted so much.
const STANDINS: &[&str] = &[
    "xxxx",
    "your_",
    "your-",
    "your.",
    "yourp",
    "yours",
    "dummy",
    "fake",
    "sample",
    "todo",
    "replace",
    "insert",
    "secret_here",
    "not_a_",
    "not-a-",
    "notreal",
    "invalid",
    "undefined",
    "sha256",
    "sha512",
    "supersecret",
    "some_",
    "some-",
    "mypass",
    "my-secret",
    "my_secret",
    "mysecret",
    "hunter2",
    "hunter42",
    "secret123",
    "...",
    "****",
    "foobar",
];

/// Signs of code, templates and references: the value is somewhere else.
const REFERENCES: &[&str] = &[
    "${", "$(", "{{", "}}", "#{", "<%", "%(", "%s", "%{", "<", ">", "://", "[", "]", "{", "}", "\\n", "\\u",
    "::", "->",
];

/// Shannon entropy in thousandths of a bit per byte. Rounded to thousandths, so that no
/// platform's logarithm decides.
pub(super) fn entropy(text: &[u8]) -> u32 {
    let mut counts = [0u32; 256];
    for byte in text {
        counts[usize::from(*byte)] += 1;
    }
    let length = text.len().max(1) as f64;
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum();
    (bits * 1_000.0).round().clamp(0.0, 8_000.0) as u32
}

/// Whether a text of a known format is the one of an example.
pub(super) fn is_example(secret: &[u8]) -> bool {
    let lower = lower(secret);
    let equal = lower.as_bytes().chunk_by(|one, next| one == next).any(|run| run.len() > EQUAL_MAX);
    let known = || KNOWN.iter().any(|pieces| lower.contains(&pieces.concat()));
    equal || contains_any(&lower, MARKS) || contains_any(&lower, COUNTED) || known()
}

/// Whether the value of an assignment stands for a secret that is elsewhere, or for none.
pub(super) fn is_standin(value: &[u8]) -> bool {
    let lower = lower(value);
    let starts = |mark: &str| lower.starts_with(mark);
    is_example(value)
        || contains_any(&lower, STANDINS)
        || contains_any(&lower, REFERENCES)
        || starts("test")
        || starts("$")
        || starts("%")
        || starts("@")
        || starts("/")
        || starts("./")
        || starts("../")
        || starts("~/")
        || starts("env.")
        || starts("process.")
        || starts("os.")
}

/// Whether a value could be a password: letters alone are a word or a name in code, and so is a text of
/// small letters and `-`, `_` or `.`.
pub(super) fn is_mixed(value: &[u8]) -> bool {
    let has = |wanted: fn(&u8) -> bool| value.iter().any(wanted);
    let digit = has(u8::is_ascii_digit);
    let letter = has(u8::is_ascii_alphabetic);
    let symbol = has(|byte| !byte.is_ascii_alphanumeric() && !b"-_./:".contains(byte));
    letter && (digit || symbol)
}

/// Whether a value is words with signs between them, as in a path, an address or an identifier. Keys that
/// machines make are not like that; passwords that people make may be.
pub(super) fn is_words(value: &[u8]) -> bool {
    let parts: Vec<&[u8]> = value.split(|byte| !byte.is_ascii_alphanumeric()).collect();
    parts.len() > 2 && parts.iter().all(|part| is_word(part))
}

fn is_word(part: &[u8]) -> bool {
    let letters = part.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (word, number) = part.split_at(letters);
    let one_case =
        |rest: &[u8]| rest.iter().all(u8::is_ascii_lowercase) || rest.iter().all(u8::is_ascii_uppercase);
    number.len() <= 4 && number.iter().all(u8::is_ascii_digit) && (word.len() < 2 || one_case(&word[1..]))
}

/// Whether a value is a mask such as `***`.
pub(super) fn is_one_character(value: &[u8]) -> bool {
    value.chunk_by(|one, next| one == next).count() < 2
}

/// Whether a host is nobody's, so that its password opens nothing.
pub(super) fn is_local_host(host: &[u8]) -> bool {
    let host = lower(host);
    let name = host.split([':', '/', '?']).next().unwrap_or_default();
    matches!(name, "localhost" | "127.0.0.1" | "0.0.0.0" | "[" | "host" | "hostname" | "server")
        || ["example.com", "example.org", "example.net", ".test", ".invalid", ".localhost"]
            .iter()
            .any(|end| name.ends_with(end))
        || name.starts_with("example.")
}

/// The first characters and the length, never more.
pub(super) fn masked(secret: &[u8]) -> String {
    let text = String::from_utf8_lossy(secret);
    let length = text.chars().count();
    let first: String = text.chars().take(SHOWN.min(length / 3)).flat_map(char::escape_default).collect();
    format!("`{first}…` ({length} characters)")
}

/// Identity of a finding, the same wherever it stands in its file.
///
/// It does not hide a secret that can be guessed; nothing but a new secret does.
pub(super) fn fingerprint(rule: &str, path: &str, secret: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [b"dod secret 1", rule.as_bytes(), path.as_bytes(), secret] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut digits = String::with_capacity(FINGERPRINT_DIGITS);
    for byte in &hash.finalize()[..FINGERPRINT_DIGITS / 2] {
        write!(digits, "{byte:02x}").expect("writing to a text cannot fail");
    }
    digits
}

fn lower(text: &[u8]) -> String {
    String::from_utf8_lossy(text).to_ascii_lowercase()
}

fn contains_any(text: &str, marks: &[&str]) -> bool {
    marks.iter().any(|mark| text.contains(mark))
}
