//! What well-typed expressions answer.

use expect_test::expect;

use super::answers;

#[test]
fn numbers_are_exact() {
    answers(
        "one = 1; line = 79.99999999999999999999; big = 9223372036854775807",
        "
        0.1 + 0.2 == 0.3
        1 == 1.0
        one == 1.000
        line < 80
        line >= 80
        7 / 2
        6 / 3
        1 / 3
        1 / 8
        1.5 / 0.5
        7 % 3
        -7 % 3
        7.5 % 2
        1 / 0
        1 % 0
        1.0 / 0.0
        0.0 / 0.0
        ",
        &expect![[r#"
            0.1 + 0.2 == 0.3                     -> true
            1 == 1.0                             -> true
            one == 1.000                         -> true
            line < 80                            -> true
            line >= 80                           -> false
            7 / 2                                -> 3.5 (decimal)
            6 / 3                                -> 2
            1 / 3                                -> wrong 1:3: the result of the division is not exact; compare by multiplying instead
            1 / 8                                -> 0.125 (decimal)
            1.5 / 0.5                            -> 3 (decimal)
            7 % 3                                -> 1
            -7 % 3                               -> -1
            7.5 % 2                              -> 1.5 (decimal)
            1 / 0                                -> wrong 1:3: the division is by zero
            1 % 0                                -> wrong 1:3: the division is by zero
            1.0 / 0.0                            -> wrong 1:5: the division is by zero
            0.0 / 0.0                            -> wrong 1:5: the division is by zero
        "#]],
    );
}

#[test]
fn a_number_that_cannot_be_held_is_an_error() {
    answers(
        "one = 1; line = 79.99999999999999999999; big = 9223372036854775807",
        "
        big + 1
        big * 2
        -big - 2
        big + 1.0
        9223372036854775808 > big
        -9223372036854775808
        -9223372036854775809
        1e3
        - 1.5
        1_000.5
        0xff
        100000000000000000000000000000000000000.0 * 10.0
        0.0000000000000001 * 0.0000000000000001
        123456789012345678901234567890.5 == 123456789012345678901234567890.5
        -9223372036854775808 / -1
        -9223372036854775808 % -1
        ",
        &expect![[r#"
            big + 1                              -> wrong 1:5: the result is too large
            big * 2                              -> wrong 1:5: the result is too large
            -big - 2                             -> wrong 1:6: the result is too large
            big + 1.0                            -> 9223372036854775808 (decimal)
            9223372036854775808 > big            -> true
            -9223372036854775808                 -> -9223372036854775808
            -9223372036854775809                 -> -9223372036854775809 (decimal)
            1e3                                  -> 1000 (decimal)
            - 1.5                                -> -1.5 (decimal)
            1_000.5                              -> 1000.5 (decimal)
            0xff                                 -> 255
            100000000000000000000000000000000000000.0 * 10.0 -> wrong 1:43: the result has too many digits
            0.0000000000000001 * 0.0000000000000001 -> wrong 1:20: the result has too many digits
            123456789012345678901234567890.5 == 123456789012345678901234567890.5 -> true
            -9223372036854775808 / -1            -> 9223372036854775808 (decimal)
            -9223372036854775808 % -1            -> wrong 1:22: the result is too large
        "#]],
    );
}

#[test]
fn texts_lists_and_maps() {
    answers(
        r#"b = "Release/1"; l = ["a", "b"]; n = [1, 2.0]; e = []; t = ""; u = "Zürich"; o:a = 1; o:b = 2"#,
        r#"
        b.starts_with("Release/")
        b.ends_with("1")
        b.to_lower() == "release/1"
        b.contains("/") && b.len() == 9
        u.len()
        "lease" in b
        "a" in l
        "c" in l
        "c" !in l
        l.contains("b")
        2 in n
        l[1]
        l[2]
        l[-1]
        l[0] + l[1]
        l == ["a", "b"]
        ["a"] == l
        e.is_empty() && t.is_empty()
        "a" in o
        o.a + o["b"]
        "a" < "b"
        `raw`
        b == `Release/1` || false
        true
        "x"
        "#,
        &expect![[r#"
            b.starts_with("Release/")            -> true
            b.ends_with("1")                     -> true
            b.to_lower() == "release/1"          -> true
            b.contains("/") && b.len() == 9      -> true
            u.len()                              -> 6
            "lease" in b                         -> true
            "a" in l                             -> true
            "c" in l                             -> false
            "c" !in l                            -> true
            l.contains("b")                      -> true
            2 in n                               -> true
            l[1]                                 -> "b"
            l[2]                                 -> wrong 1:3: there is no element 2 in a list of 2
            l[-1]                                -> wrong 1:3: there is no element -1 in a list of 2
            l[0] + l[1]                          -> "ab"
            l == ["a", "b"]                      -> true
            ["a"] == l                           -> false
            e.is_empty() && t.is_empty()         -> true
            "a" in o                             -> true
            o.a + o["b"]                         -> 3
            "a" < "b"                            -> true
            `raw`                                -> "raw"
            b == `Release/1` || false            -> true
            true                                 -> true
            "x"                                  -> "x"
        "#]],
    );
}

#[test]
fn facts_have_paths() {
    answers(
        r#"branch = "main"; steps.test-1.outputs:version = "2.0"; findings.introduced.error = 0; inputs.n = 3;
           orders:list = [10, 20]; i = 1"#,
        r#"
        branch == "main"
        steps["test-1"].outputs.version
        steps["test-1"]["outputs"]["version"].len()
        findings.introduced.error == 0
        (findings.introduced).error
        orders.list[i]
        orders.list[i] + orders.list[0]
        orders["list"][inputs.n - 2]
        orders.list[orders.list.len() - 1]
        branc == "main"
        findings.introducd.error == 0
        findings == 0
        findings.introduced == 0
        steps["tset"].outputs.version
        branch.name
        "#,
        &expect![[r#"
            branch == "main"                     -> true
            steps["test-1"].outputs.version      -> "2.0"
            steps["test-1"]["outputs"]["version"].len() -> 3
            findings.introduced.error == 0       -> true
            (findings.introduced).error          -> 0
            orders.list[i]                       -> 20
            orders.list[i] + orders.list[0]      -> 30
            orders["list"][inputs.n - 2]         -> 20
            orders.list[orders.list.len() - 1]   -> 20
            branc == "main"                      -> wrong 1:1: no fact is called `branc`
            findings.introducd.error == 0        -> wrong 1:10: no fact is called `findings.introducd`
            findings == 0                        -> wrong 1:1: `findings` is a group of facts; ask for one of them
            findings.introduced == 0             -> wrong 1:10: `findings.introduced` is a group of facts; ask for one of them
            steps["tset"].outputs.version        -> wrong 1:7: no fact is called `steps.tset`
            branch.name                          -> wrong 1:8: a text has no member `name`
        "#]],
    );
}

#[test]
fn precedence_is_that_of_rhai() {
    answers(
        "a = true; b = false; n = 2",
        "
        a || b && b
        !b && a
        !a || a
        !(a || b)
        1 + 2 * 3 == 7
        (1 + 2) * 3 == 9
        10 - 3 - 2
        n > 1 && n < 3 || b
        n == 2 == a
        -n + 3
        2 - -n
        1 + 1 in [2]
        ",
        &expect![[r#"
            a || b && b                          -> true
            !b && a                              -> true
            !a || a                              -> true
            !(a || b)                            -> false
            1 + 2 * 3 == 7                       -> true
            (1 + 2) * 3 == 9                     -> true
            10 - 3 - 2                           -> 5
            n > 1 && n < 3 || b                  -> true
            n == 2 == a                          -> true
            -n + 3                               -> 1
            2 - -n                               -> 4
            1 + 1 in [2]                         -> true
        "#]],
    );
}

#[test]
fn changes_are_matched_by_path() {
    let asked = r#"
        changed("src/**")
        changed("src/*")
        changed("*.rs")
        changed("**/*.rs")
        changed("docs/**", "Cargo.toml")
        changed("docs/**", "{a,b}.md")
        !changed("docs/**")
        "#;
    answers(
        "changed = src/a/lib.rs Cargo.toml",
        asked,
        &expect![[r#"
        changed("src/**")                    -> true
        changed("src/*")                     -> false
        changed("*.rs")                      -> false
        changed("**/*.rs")                   -> true
        changed("docs/**", "Cargo.toml")     -> true
        changed("docs/**", "{a,b}.md")       -> false
        !changed("docs/**")                  -> true
    "#]],
    );
    answers(
        "",
        "changed(\"docs/**\")\n!changed(\"docs/**\")",
        &expect![[r#"
        changed("docs/**")                   -> true
        !changed("docs/**")                  -> false
    "#]],
    );
}
