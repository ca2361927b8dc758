//! License files → SPDX ids, for the few texts that most packages have.
//!
//! A text is known by sentences that no other license has, all of them and in a file that says nothing else of weight.
//!
//! **Absent on purpose:** likeness by degrees: a text that is not recognized is unknown.

/// Bytes of a license file that are looked at.
pub(super) const TEXT_BYTES_MAX: u64 = 256 * 1024;

/// Longer files hold more than one license, whatever the first one is. GPL 3 has 35,000 letters.
const LETTERS_MAX: usize = 40_000;

/// Sentences of a license: all must be there, and none of the second list may be.
const TEXTS: &[(&str, &[&str], &[&str])] = &[
    (
        "Apache-2.0",
        &[
            "apache license version 2 0 january 2004",
            "terms and conditions for use reproduction and distribution",
        ],
        &[],
    ),
    (
        "MIT",
        &[
            "permission is hereby granted free of charge to any person obtaining a copy",
            "the above copyright notice and this permission notice shall be included",
            "the software is provided as is",
        ],
        &["except as contained in this notice", "advertising"],
    ),
    (
        "BSD-3-Clause",
        &[
            "redistribution and use in source and binary forms",
            "may be used to endorse or promote products derived from",
        ],
        &["all advertising materials mentioning", "patent license"],
    ),
    (
        "BSD-2-Clause",
        &[
            "redistribution and use in source and binary forms",
            "redistributions in binary form must reproduce",
        ],
        &["endorse or promote products", "all advertising materials mentioning", "patent license"],
    ),
    (
        "ISC",
        &[
            "permission to use copy modify and or distribute this software for any purpose with or without fee is hereby granted provided that the above copyright notice",
        ],
        &[],
    ),
    ("MPL-2.0", &["mozilla public license version 2 0", "covered software"], &[]),
    ("AGPL-3.0-only", &["gnu affero general public license version 3 19 november 2007"], &[]),
    ("LGPL-3.0-only", &["gnu lesser general public license version 3 29 june 2007"], &[]),
    ("LGPL-2.1-only", &["gnu lesser general public license version 2 1 february 1999"], &[]),
    (
        "GPL-3.0-only",
        &["gnu general public license version 3 29 june 2007"],
        &["gnu lesser general public license version", "gnu affero general public license version 3 19"],
    ),
    ("GPL-2.0-only", &["gnu general public license version 2 june 1991"], &[]),
    ("Unlicense", &["this is free and unencumbered software released into the public domain"], &[]),
    ("CC0-1.0", &["cc0 1 0 universal", "statement of purpose"], &[]),
    ("EPL-2.0", &["eclipse public license v 2 0"], &[]),
];

/// The license of a text, where it is one of those that are known and nothing else is.
pub(super) fn recognize(text: &str) -> Option<&'static str> {
    let plain = plain(text);
    if plain.len() > LETTERS_MAX {
        return None;
    }
    let fits = |(_, wanted, unwanted): &&(&str, &[&str], &[&str])| {
        wanted.iter().all(|words| plain.contains(words))
            && !unwanted.iter().any(|words| plain.contains(words))
    };
    let mut found = TEXTS.iter().filter(fits);
    match (found.next(), found.next()) {
        (Some((id, ..)), None) => Some(id),
        _ => None,
    }
}

/// Words in lower case with one space between.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_alphanumeric() {
            plain.extend(letter.to_lowercase());
        } else if !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain
}
