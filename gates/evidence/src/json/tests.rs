//! Claims about JSON, with another parser as the oracle.

use super::Json;
use crate::error::ReadError;
use crate::input::Input;

fn read(text: &[u8]) -> Result<super::Value, ReadError> {
    let mut bytes = text;
    let mut input = Input::open(&mut bytes, false)?;
    let mut json = Json::new(&mut input);
    let value = json.value()?;
    json.end()?;
    Ok(value)
}

/// Both parsers take it, or both refuse it; and skipping is as strict as reading.
fn check_against_the_oracle(text: &[u8]) {
    let ours = read(text);
    let theirs = serde_json::from_slice::<serde_json::Value>(text);
    assert_eq!(ours.is_ok(), theirs.is_ok(), "{}: {ours:?} / {theirs:?}", String::from_utf8_lossy(text));
    let mut bytes = text;
    if let Ok(mut input) = Input::open(&mut bytes, false) {
        let mut json = Json::new(&mut input);
        let skipped = json.skip().and_then(|()| json.end());
        assert_eq!(skipped.is_ok(), ours.is_ok(), "{}", String::from_utf8_lossy(text));
    }
}

const SAMPLE: &str =
    r#" {"a": [1, -2.5e+3, 0, true, false, null, "x\n\u00e9\ud83d\ude00\\\"", {}, []], "é": {"b": "ü"}} "#;

#[test]
fn it_takes_what_another_parser_takes_and_refuses_what_it_refuses() {
    for text in [
        "1",
        "-",
        "01",
        "1.",
        ".5",
        "1e",
        "1e5",
        "+1",
        "tru",
        "true",
        "nul",
        "null ",
        "\"",
        "\"\\x\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "[1] 2",
        "NaN",
        "\"\t\"",
        "[1 2]",
        "{}",
        "[]",
        "[[]",
        "{\"a\":1}}",
        "'a'",
        "\u{feff}",
    ] {
        check_against_the_oracle(text.as_bytes());
    }
    check_against_the_oracle(b"\"\xff\"");
    for cut in 0..SAMPLE.len() {
        check_against_the_oracle(&SAMPLE.as_bytes()[..cut]);
        for byte in *b"\"{}[],:0x \n" {
            let mut changed = SAMPLE.as_bytes().to_vec();
            changed[cut] = byte;
            if !matches!(read(&changed), Err(ReadError::DuplicateKey { .. })) {
                check_against_the_oracle(&changed);
            }
        }
    }
}

#[test]
fn every_cut_of_a_text_is_called_a_cut() {
    let sample = SAMPLE.trim();
    for cut in 1..sample.len() {
        let found = read(&sample.as_bytes()[..cut]).unwrap_err();
        assert!(matches!(found, ReadError::CutOff { .. }), "{cut}: {found}");
    }
}

#[test]
fn a_key_that_comes_twice_is_refused_wherever_it_hides() {
    let many: Vec<String> = (0..100).map(|at| format!("\"k{at}\": 1")).collect();
    for (text, key) in [
        (r#"{"a": 1, "b": 2, "a": 3}"#.to_owned(), "a"),
        (r#"{"x": [{"deep": {"a": {}, "\u0061": 1}}]}"#.to_owned(), "a"),
        (format!("{{{}, \"k3\": 1}}", many.join(",")), "k3"),
        (format!("{{{}, \"k98\": 1}}", many.join(",")), "k98"),
    ] {
        match read(text.as_bytes()) {
            Err(ReadError::DuplicateKey { key: found, .. }) => assert_eq!(found, key),
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(read(br#"[{"a": {"a": 1}}, {"a": 1}]"#).is_ok());
    assert!(read(format!("{{{}}}", many.join(",")).as_bytes()).is_ok());
}

#[test]
fn depth_and_numbers_have_bounds() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(read(deep(128).as_bytes()).is_ok());
    assert!(matches!(read(deep(200_000).as_bytes()), Err(ReadError::TooLarge { .. })));
    assert!(matches!(read("9".repeat(100_000).as_bytes()), Err(ReadError::TooLarge { .. })));
}

#[test]
fn one_element_cannot_take_all_memory() {
    let many = format!("[{}0]", "0,".repeat(1_000_000));
    assert!(matches!(read(many.as_bytes()), Err(ReadError::TooLarge { .. })));
}

#[test]
fn keys_of_one_object_have_a_bound_also_where_nobody_asks_for_them() {
    let keys: Vec<String> = (0..1_000_002).map(|at| format!("\"{at:x}\":0")).collect();
    let many = format!("{{{}}}", keys.join(","));
    let mut bytes = many.as_bytes();
    let mut input = Input::open(&mut bytes, false).unwrap();
    assert!(matches!(
        Json::new(&mut input).skip(),
        Err(ReadError::TooLarge { what: "keys in one object", .. })
    ));
}

#[test]
fn an_error_knows_its_line() {
    let found = read(b"{\n  \"a\": 1,\n  \"b\": x\n}").unwrap_err();
    assert_eq!(found.to_string(), "line 3 of the report (byte 19) is not JSON");
}
