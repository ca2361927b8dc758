//! The checker against `serde_json`, which parses and writes again.

use super::*;

fn check(line: &[u8]) -> Result<(), NotCanonical> {
    Checker::default().object(line, &mut ())
}

/// The other way to say it: parse, look at every object and number, write again, compare.
fn is_canonical(line: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(line) else { return false };
    let whole = |number: &serde_json::Number| {
        let within = |bound: u64| bound <= INTEGER_MAX;
        number.as_u64().is_some_and(within) || number.as_i64().is_some_and(|it| within(it.unsigned_abs()))
    };
    let mut open = vec![&value];
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::Object(members) => {
                let names = || members.keys();
                if !names().is_sorted()
                    && !names().is_sorted_by_key(|name| name.encode_utf16().collect::<Vec<u16>>())
                {
                    return false;
                }
                open.extend(members.values());
            }
            serde_json::Value::Array(items) => open.extend(items),
            serde_json::Value::Number(number) if !whole(number) => return false,
            _ => {}
        }
    }
    // A name that stands twice is read once.
    value.is_object() && serde_json::to_vec(&value).is_ok_and(|bytes| bytes == line)
}

#[test]
fn what_is_canonical_is_taken() {
    for line in [
        "{}",
        r#"{"a":1}"#,
        r#"{"":null,"a":[],"b":{},"c":[{},[],"",-1,0,true,false]}"#,
        r#"{"a":"\b\t\n\f\r\"\\\u0000\u001f/ä€😀"}"#,
        r#"{"n":9007199254740991,"o":-9007199254740991}"#,
        "{\"\u{fb33}\":1,\"😀\":1}",
        "{\"\\n\":1,\"1\":1,\"\u{7f}\":1,\"ö\":1,\"€\":1,\"😀\":1,\"\u{fb33}\":1}", // RFC 8785, section 3.2.3
    ] {
        assert_eq!(check(line.as_bytes()), Ok(()), "{line}");
        assert!(is_canonical(line.as_bytes()), "{line}");
    }
}

#[test]
fn what_is_not_canonical_is_refused_and_the_place_is_named() {
    let told = |line: &str| check(line.as_bytes()).map_err(|error| error.to_string()).unwrap_err();
    let cases = [
        ("", "it is no JSON object, at byte 0"),
        ("[]", "it is no JSON object, at byte 0"),
        ("{", "a name is missing, at byte 1"),
        ("{}\n", "something stands behind it, at byte 2"),
        (r#"{"a":1} "#, "something stands behind it, at byte 7"),
        (r#"{"a": 1}"#, "a value is missing, at byte 5"),
        (r#"{"a" :1}"#, "a colon is missing, at byte 4"),
        (r#"{"a":1,}"#, "a name is missing, at byte 7"),
        (r#"{"a":[1,]}"#, "a value is missing, at byte 8"),
        (r#"{"a":[1}"#, "a comma or an end is missing, at byte 7"),
        (r#"{"b":1,"a":1}"#, "names are not in order, or one is there twice, at byte 7"),
        (r#"{"a":1,"a":1}"#, "names are not in order, or one is there twice, at byte 7"),
        (r#"{"a":1.0}"#, "a number is not whole, at byte 6"),
        (r#"{"a":1e3}"#, "a number is not whole, at byte 6"),
        (r#"{"a":01}"#, "a number has a leading zero, at byte 5"),
        (r#"{"a":-0}"#, "a zero has a sign, at byte 5"),
        (r#"{"a":9007199254740992}"#, "a number is beyond 2^53, at byte 5"),
        (r#"{"a":99999999999999999999999999}"#, "a number is beyond 2^53, at byte 5"),
        (r#"{"a":"\/"}"#, "an escape is not the shortest one, at byte 6"),
        (r#"{"a":"\u0041"}"#, "an escape is not the shortest one, at byte 6"),
        (r#"{"a":"\u000a"}"#, "an escape is not the shortest one, at byte 6"),
        (r#"{"a":"\u001F"}"#, "an escape is not the shortest one, at byte 6"),
        (r#"{"a":"\ud83d\ude00"}"#, "an escape is not the shortest one, at byte 6"),
        ("{\"a\":\"\t\"}", "a control character is not escaped, at byte 6"),
        (r#"{"a":"x"#, "a string has no end, at byte 7"),
        (r#"{"a":nul}"#, "a value is missing, at byte 5"),
        // Each pair is in one of the orders, and the three are in none.
        ("{\"😀\":1,\"\u{fb33}\":1,\"😀\":1}", "names are not in order, or one is there twice, at byte 18"),
    ];
    for (line, expected) in cases {
        assert_eq!(told(line), expected, "{line}");
        assert!(!is_canonical(line.as_bytes()), "{line}");
    }
    let error = check(b"{\"a\":\"\xff\"}").unwrap_err();
    assert_eq!(error, NotCanonical { at: 6, what: "it is not UTF-8" });
}

#[test]
fn depth_has_a_bound() {
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(check(nested(DEPTH_MAX).as_bytes()), Ok(()));
    assert_eq!(check(nested(DEPTH_MAX + 1).as_bytes()).unwrap_err().what, "it nests too deep");
}

/// Numbers that need not be random, only many: xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn text(&mut self) -> String {
        const CHARS: [char; 16] = [
            'a',
            'b',
            '"',
            '\\',
            '/',
            '\n',
            '\u{1}',
            '\u{1f}',
            '\u{7f}',
            'ä',
            '\u{2028}',
            '€',
            '\u{e000}',
            '\u{ffff}',
            '😀',
            '\u{10ffff}',
        ];
        (0..self.below(12)).map(|_| CHARS[self.below(CHARS.len())]).collect()
    }

    fn value(&mut self, depth: usize) -> serde_json::Value {
        match self.below(if depth == 0 { 5 } else { 8 }) {
            0 => serde_json::Value::Null,
            1 => serde_json::Value::Bool(self.below(2) == 0),
            2 => serde_json::Value::from(self.below(1 << 20) as i64 - (1 << 19)),
            3 | 4 => serde_json::Value::String(self.text()),
            5 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => serde_json::Value::Object(self.object(depth)),
        }
    }

    fn object(&mut self, depth: usize) -> serde_json::Map<String, serde_json::Value> {
        let mut members: Vec<_> = (0..self.below(6)).map(|_| (self.text(), self.value(depth - 1))).collect();
        members.sort_by_key(|(name, _)| name.encode_utf16().collect::<Vec<u16>>());
        members.into_iter().collect()
    }
}

#[test]
fn it_agrees_with_parsing_and_writing_again() {
    const TOKENS: [&[u8]; 24] = [
        b"{", b"}", b"[", b"]", b",", b":", b"\"", b"\\", b" ", b"0", b"9", b"-", b".", b"e", b"null",
        b"true", b"\\u", b"\\n", b"a", b"\x00", b"\xc3", b"\xa4", b"\xf0", b"\n",
    ];
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..3_000 {
        let line = serde_json::to_vec(&random.object(4)).unwrap();
        assert_eq!(check(&line), Ok(()), "{}", String::from_utf8_lossy(&line));
        for _ in 0..8 {
            let mut changed = line.clone();
            for _ in 0..=random.below(2) {
                let at = random.below(changed.len());
                match random.below(4) {
                    0 => changed[at] ^= 1 << random.below(8),
                    1 => drop(changed.remove(at)),
                    2 => drop(changed.splice(at..at, TOKENS[random.below(TOKENS.len())].iter().copied())),
                    _ => drop(changed.splice(at..=at, TOKENS[random.below(TOKENS.len())].iter().copied())),
                }
                if changed.is_empty() {
                    break;
                }
            }
            let canonical = is_canonical(&changed);
            assert_eq!(check(&changed).is_ok(), canonical, "{}", String::from_utf8_lossy(&changed));
            if canonical { good += 1 } else { bad += 1 }
        }
    }
    assert!(good > 1_000 && bad > 10_000, "{good} {bad}");
}
