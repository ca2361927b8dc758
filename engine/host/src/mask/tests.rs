//! Claims about masking, split at every boundary.

use super::*;

fn masks(secrets: &[&[u8]]) -> Arc<Masks> {
    let (masks, refused) = Masks::new(secrets.iter().map(|secret| ("s", *secret)));
    assert_eq!(refused, []);
    masks
}

/// Masks `text` in two pieces, at every place it can be split, and byte by byte; all must agree.
fn check(secrets: &[&[u8]], text: &str, expected: &str) {
    let masks = masks(secrets);
    for split in 0..=text.len() {
        let (left, right) = text.as_bytes().split_at(split);
        let (mut masker, mut out) = (Masker::new(masks.clone()), Vec::new());
        masker.push(left, &mut out);
        assert!(masker.held.len() <= masker.held_bytes_max());
        masker.push(right, &mut out);
        masker.finish(&mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected, "split at {split}");
    }
    let (mut masker, mut out) = (Masker::new(masks.clone()), Vec::new());
    text.bytes().for_each(|byte| masker.push(&[byte], &mut out));
    masker.finish(&mut out);
    assert_eq!(String::from_utf8_lossy(&out), expected, "byte by byte");
}

#[test]
fn a_secret_is_hidden_wherever_the_stream_is_split() {
    check(
        &[b"hunter22"],
        "the password is hunter22, twice: hunter22hunter22",
        "the password is ***, twice: ******",
    );
    check(&[b"hunter22"], "hunter2 hunter", "hunter2 hunter");
    check(&[], "nothing to hide", "nothing to hide");
}

#[test]
fn the_rest_of_an_overlapping_secret_is_hidden_too() {
    check(&[b"abcdXY", b"XYefgh"], "-abcdXYefgh-", "-***-");
    check(&[b"abcd", b"abcdefgh"], "abcdefgh abcd abcdef", "*** *** ***ef");
    check(&[b"aaaa"], "aaaaaa", "***");
}

#[test]
fn each_line_of_a_secret_is_hidden() {
    check(&[b"first line\nno\r\nsecond line\n"], "second line\nfirst line\nno", "***\n***\nno");
}

#[test]
fn a_secret_with_quotes_is_hidden_in_json() {
    check(&[br#"pass"word\1"#], r#"{"p":"pass\"word\\1"}"#, r#"{"p":"***"}"#);
}

#[test]
fn a_secret_in_an_address_is_hidden() {
    check(&[b"p@ss/w\xc3\xb6rd"], "https://u:p%40ss%2Fw%C3%B6rd@host", "https://u:***@host");
}

#[test]
fn base64_is_hidden_at_each_alignment() {
    let secret: &[u8] = b"correct\xfbhorse\xffbattery";
    for before in 0..4 {
        for alphabet in [&alphabet::STANDARD, &alphabet::URL_SAFE] {
            let mut text = vec![b'u'; before];
            text.extend_from_slice(secret);
            text.extend_from_slice(b"rest");
            let encoded = GeneralPurpose::new(alphabet, NO_PAD).encode(&text);
            let shown = String::from_utf8(masks(&[secret]).apply(encoded.as_bytes())).unwrap();
            assert!(shown.contains("***") && shown.len() < 20, "{encoded} became {shown}");
        }
    }
}

#[test]
fn what_is_no_secret_is_shown_at_once() {
    let (mut masker, mut out) = (Masker::new(masks(&[b"hunter22"])), Vec::new());
    masker.push(b"continue? [y/n] h", &mut out);
    assert_eq!(out, b"continue? [y/n] ");
}

#[test]
fn bytes_that_are_no_text_survive() {
    let text: Vec<u8> = (0..=255).collect();
    assert_eq!(masks(&[b"hunter22"]).apply(&text), text);
}

#[test]
fn a_short_secret_is_refused_by_name() {
    let (masks, refused) = Masks::new([("PIN", &b"123"[..]), ("LONG", &[b'x'; 40_000][..])]);
    assert!(masks.is_empty());
    assert_eq!(
        refused,
        [NotMasked::TooShort { name: "PIN".into() }, NotMasked::TooLong { name: "LONG".into() }]
    );
    assert_eq!(format!("{masks:?}"), "Masks(0 patterns)");
}

/// What masking means, said slowly: every occurrence of every pattern is hidden, those that overlap as one.
fn slowly(patterns: &[Vec<u8>], text: &[u8]) -> Vec<u8> {
    let (mut out, mut hidden) = (Vec::new(), 0);
    for at in 0..text.len() {
        let found = patterns.iter().filter(|it| text[at..].starts_with(it)).map(Vec::len).max().unwrap_or(0);
        if found > 0 && at >= hidden {
            out.extend_from_slice(MASK);
        }
        hidden = hidden.max(at + found);
        if at >= hidden {
            out.push(text[at]);
        }
    }
    out
}

#[test]
fn masking_a_stream_is_masking_the_text() {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..3000 {
        let mut word = |shortest: usize, longest: usize| -> Vec<u8> {
            let length = shortest + random(longest - shortest + 1);
            (0..length).map(|_| b"ab"[random(2)]).collect()
        };
        let secrets: Vec<Vec<u8>> = (0..3).map(|_| word(4, 8)).collect();
        let text = word(0, 60);
        let masks = masks(&secrets.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let expected = slowly(&masks.patterns, &text);
        let (mut masker, mut out, mut rest) = (Masker::new(masks.clone()), Vec::new(), &text[..]);
        while !rest.is_empty() {
            let (chunk, behind) = rest.split_at(1 + random(rest.len()));
            masker.push(chunk, &mut out);
            rest = behind;
        }
        masker.finish(&mut out);
        assert_eq!(
            String::from_utf8(out),
            String::from_utf8(expected),
            "{:?} in {:?}",
            masks.patterns,
            String::from_utf8_lossy(&text)
        );
    }
}
