//! Values from text: what a step wrote to `$DOD_OUTPUT`.
//!
//! **Absent on purpose:** errors. What is not a typed value in JSON syntax is text, as it was always.

use std::collections::BTreeMap;

use super::{DEPTH_MAX, Value};
use crate::decimal::Decimal;
use crate::id::Name;

/// See [`Value::read`].
pub(super) fn read(text: &str) -> Value {
    let typed = match text.as_bytes() {
        [b'"' | b'[' | b'{' | b'-' | b'0'..=b'9', ..] => Reader { text, at: 0 }.all(),
        b"true" => Some(Value::Bool(true)),
        b"false" => Some(Value::Bool(false)),
        _ => None,
    };
    typed.unwrap_or_else(|| Value::text(text))
}

/// JSON (RFC 8259), strictly: no duplicate names, no numbers that cannot be held exactly, nesting bounded.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn all(mut self) -> Option<Value> {
        let value = self.value(0)?;
        (self.at == self.text.len()).then_some(value)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn take(&mut self, word: &str) -> bool {
        let there = self.rest().starts_with(word);
        self.at += if there { word.len() } else { 0 };
        there
    }

    fn value(&mut self, depth: u32) -> Option<Value> {
        if depth >= DEPTH_MAX {
            return None;
        }
        match self.rest().bytes().next()? {
            b'"' => Some(Value::Text(self.string()?.into())),
            b'[' => self.list(depth),
            b'{' => self.map(depth),
            b't' => self.take("true").then_some(Value::Bool(true)),
            b'f' => self.take("false").then_some(Value::Bool(false)),
            b'n' => self.take("null").then_some(Value::Null),
            _ => self.number(),
        }
    }

    fn list(&mut self, depth: u32) -> Option<Value> {
        let mut items = Vec::new();
        self.take("[");
        self.space();
        if self.take("]") {
            return Some(Value::List(items));
        }
        loop {
            self.space();
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take("]") {
                return Some(Value::List(items));
            }
            self.take(",").then_some(())?;
        }
    }

    fn map(&mut self, depth: u32) -> Option<Value> {
        let mut all: BTreeMap<Name, Value> = BTreeMap::new();
        self.take("{");
        self.space();
        if self.take("}") {
            return Some(Value::Map(all));
        }
        loop {
            self.space();
            let name = self.rest().starts_with('"').then(|| self.string())??;
            self.space();
            self.take(":").then_some(())?;
            self.space();
            let value = self.value(depth + 1)?;
            if all.insert(name.into(), value).is_some() {
                return None;
            }
            self.space();
            if self.take("}") {
                return Some(Value::Map(all));
            }
            self.take(",").then_some(())?;
        }
    }

    fn number(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = rest
            .find(|character: char| !matches!(character, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
            .unwrap_or(rest.len());
        let text = &rest[..end];
        self.at += end;
        let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
        // `007` is a text that somebody wants to keep as it is.
        if matches!(digits, [b'0', b'0'..=b'9', ..]) {
            return None;
        }
        let number: Decimal = text.parse().ok()?;
        Some(number.as_integer().map_or(Value::Decimal(number), Value::Integer))
    }

    fn string(&mut self) -> Option<String> {
        self.take("\"");
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let plain =
                rest.find(|character: char| character == '"' || character == '\\' || character < ' ')?;
            text.push_str(&rest[..plain]);
            self.at += plain;
            if self.take("\"") {
                return Some(text);
            }
            self.take("\\").then_some(())?;
            text.push(self.escaped()?);
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let letter = self.rest().bytes().next().filter(u8::is_ascii)?;
        self.at += 1;
        Some(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.unit()?;
                if !(0xd800..0xdc00).contains(&high) {
                    return char::from_u32(high);
                }
                self.take("\\u").then_some(())?;
                let low = self.unit().filter(|low| (0xdc00..0xe000).contains(low))?;
                char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))?
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u32> {
        let digits =
            self.rest().get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, json: &str) {
        assert_eq!(serde_json::to_string(&read(text)).unwrap(), json, "{text}");
    }

    #[test]
    fn what_a_step_wrote_has_the_type_that_json_gives_it() {
        check("true", r#"{"bool":true}"#);
        check("17", r#"{"integer":"17"}"#);
        check("-0.50", r#"{"decimal":"-0.5"}"#);
        check("1e3", r#"{"integer":"1000"}"#);
        check(r#""17""#, r#"{"text":"17"}"#);
        check(r#""a\n\u00e9\ud83d\ude00""#, "{\"text\":\"a\\né😀\"}");
        check(r#"[1, "a", null, [] ]"#, r#"{"list":[{"integer":"1"},{"text":"a"},"null",{"list":[]}]}"#);
        check(r#"{"b":{"c":false}}"#, r#"{"map":{"b":{"map":{"c":{"bool":false}}}}}"#);
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            "",
            " 1",
            "1 ",
            "007",
            "-",
            "1.",
            ".5",
            "+1",
            "1.2.3",
            "2026-11-21",
            "True",
            "null",
            "nil",
            "\"a",
            "\"a\"b",
            "[1,]",
            "[1",
            "{\"a\":1,\"a\":2}",
            "{a:1}",
            "[1] ",
            "{}x",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "[0.1234567890123456789012345678901]",
            "\"\\é\"",
            "\"\\u00é9\"",
        ] {
            assert_eq!(read(text), Value::text(text), "{text}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(&deep), Value::text(deep.as_str()));
        let held = "[".repeat(DEPTH_MAX as usize) + &"]".repeat(DEPTH_MAX as usize);
        assert_eq!(read(&held).kind(), "list");
        assert!(read(&held).weight().is_some());
    }
}
