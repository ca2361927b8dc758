//! Requirements on versions, and what is no advisory.

use expect_test::{Expect, expect};

use super::{Answer, parse};

fn advisory(versions: &str) -> String {
    format!(
        "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"demo\"\n\n[versions]\n{versions}\n```\n# Demo\n"
    )
}

/// Which versions an advisory with these safe ranges is about.
fn check(versions: &str, asked: &str, expected: &Expect) {
    let read = parse(advisory(versions).as_bytes()).unwrap();
    let mut text = String::new();
    for version in asked.split_whitespace() {
        let said = match read.answer((version != "-").then_some(version)) {
            Answer::Affected(fixed) if fixed.is_empty() => "affected".to_owned(),
            Answer::Affected(fixed) => format!("affected, fixed in {fixed:?}"),
            Answer::Unaffected => "unaffected".to_owned(),
            Answer::Unknown(why) => format!("unknown: {why}"),
        };
        text += &format!("{version}: {said}\n");
    }
    expected.assert_eq(&text);
}

#[test]
fn safe_ranges_are_those_of_the_requirements() {
    check(
        r#"patched = [">= 1.2.3, < 1.3.0", ">= 1.3.4"]
unaffected = ["<= 0.1.2"]"#,
        "0.1.2 0.1.3 1.2.2 1.2.3 1.2.9 1.3.0 1.3.3 1.3.4 1.3.4-rc.1 2.0.0-alpha",
        &expect![[r#"
            0.1.2: unaffected
            0.1.3: affected, fixed in {"1.2.3"}
            1.2.2: affected, fixed in {"1.2.3"}
            1.2.3: unaffected
            1.2.9: unaffected
            1.3.0: affected, fixed in {"1.3.4"}
            1.3.3: affected, fixed in {"1.3.4"}
            1.3.4: unaffected
            1.3.4-rc.1: affected, fixed in {"1.3.4"}
            2.0.0-alpha: unaffected
        "#]],
    );
}

#[test]
fn a_caret_ends_before_the_next_breaking_version_and_its_prereleases() {
    check(
        r#"patched = ["^1.2.5"]"#,
        "1.2.4 1.2.5 1.9.0 2.0.0-alpha 2.0.0",
        &expect![[r#"
        1.2.4: affected, fixed in {"1.2.5"}
        1.2.5: unaffected
        1.9.0: unaffected
        2.0.0-alpha: affected
        2.0.0: affected
    "#]],
    );
    check(
        r#"patched = ["^0.4.2"]"#,
        "0.4.1 0.4.2 0.4.9 0.5.0-rc.1 0.5.0",
        &expect![[r#"
        0.4.1: affected, fixed in {"0.4.2"}
        0.4.2: unaffected
        0.4.9: unaffected
        0.5.0-rc.1: affected
        0.5.0: affected
    "#]],
    );
    check(
        r#"patched = ["^0.0.3"]"#,
        "0.0.2 0.0.3 0.0.4",
        &expect![[r#"
        0.0.2: affected, fixed in {"0.0.3"}
        0.0.3: unaffected
        0.0.4: affected
    "#]],
    );
    check(
        r#"patched = ["1.2"]"#,
        "1.1.9 1.2.0 1.9.0 2.0.0",
        &expect![[r#"
        1.1.9: affected, fixed in {"1.2.0"}
        1.2.0: unaffected
        1.9.0: unaffected
        2.0.0: affected
    "#]],
    );
}

#[test]
fn other_operators_are_compared_too() {
    check(
        r#"patched = ["= 1.2.3"]"#,
        "1.2.3 1.2.4",
        &expect![[r#"
        1.2.3: unaffected
        1.2.4: affected
    "#]],
    );
    check(
        r#"patched = ["~1.2.3"]"#,
        "1.2.2 1.2.9 1.3.0-a 1.3.0",
        &expect![[r#"
        1.2.2: affected, fixed in {"1.2.3"}
        1.2.9: unaffected
        1.3.0-a: affected
        1.3.0: affected
    "#]],
    );
    check(
        r#"patched = ["> 1.2"]"#,
        "1.2.9 1.3.0-a 1.3.0",
        &expect![[r#"
        1.2.9: affected
        1.3.0-a: affected
        1.3.0: unaffected
    "#]],
    );
    check(
        r#"unaffected = ["<= 1.2"]"#,
        "1.2.9 1.3.0-a 1.3.0",
        &expect![[r#"
        1.2.9: unaffected
        1.3.0-a: affected
        1.3.0: affected
    "#]],
    );
    check(
        r#"unaffected = ["1.2.*"]"#,
        "1.1.0 1.2.9 1.3.0",
        &expect![[r#"
        1.1.0: affected
        1.2.9: unaffected
        1.3.0: affected
    "#]],
    );
    check(
        r#"unaffected = ["*"]"#,
        "1.1.0",
        &expect![[r#"
        1.1.0: unaffected
    "#]],
    );
    check(
        r#"unaffected = ["< 1.0.0"]"#,
        "1.0.0-rc.1 1.0.0",
        &expect![[r#"
        1.0.0-rc.1: unaffected
        1.0.0: affected
    "#]],
    );
}

#[test]
fn what_cannot_be_compared_is_unknown() {
    check(
        r#"patched = ["soon"]"#,
        "1.0.0",
        &expect![[r#"
        1.0.0: unknown: `soon` is no requirement on versions
    "#]],
    );
    check(
        r#"patched = [">= 1.0.0"]"#,
        "one -",
        &expect![[r#"
        one: unknown: `one` has no place in the order of versions
        -: unknown: no version is known
    "#]],
    );
    check(
        "patched = []",
        "1.0.0 one -",
        &expect![[r#"
        1.0.0: affected
        one: affected
        -: affected
    "#]],
    );
}

#[test]
fn what_is_no_advisory_is_an_error() {
    let broken: [&[u8]; 6] = [
        b"",
        b"# Title\n",
        b"```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\n",
        b"```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"demo\"\n```\n# Title\n",
        b"```toml\n[advisory\n```\n",
        b"```toml\n\xff\n```\n",
    ];
    let said: Vec<String> = broken.iter().map(|bytes| parse(bytes).unwrap_err().to_string()).collect();
    expect![[r#"
        it does not begin with a block of TOML
        it does not begin with a block of TOML
        it does not begin with a block of TOML
        its head has no `versions`
        its head cannot be read: unclosed table, expected `]`
        it is not UTF-8"#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn lines_may_end_as_windows_ends_them() {
    let text = advisory("patched = [\">= 2.0.0\"]").replace('\n', "\r\n");
    let read = parse(text.as_bytes()).unwrap();
    assert_eq!(read.title.as_deref(), Some("Demo"));
}
