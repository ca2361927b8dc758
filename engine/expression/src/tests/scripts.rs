//! Scripts as text, the variables that they set as text.

use std::time::{Duration, Instant};

use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::script::{SCRIPT_OPERATIONS_MAX, VARIABLE_BYTES_MAX, check_script};

/// What a script sets over a story, or why it does not.
fn run(text: &str, story: &Story) -> String {
    match Rhai::new().run_script_text(text, story) {
        Ok(set) if set.is_empty() => "nothing".into(),
        Ok(set) => {
            set.iter().map(|(name, value)| format!("{name} = {}", deep(value))).collect::<Vec<_>>().join("; ")
        }
        Err(wrong) => format!("wrong {}:{}: {}", wrong.line, wrong.column, wrong.message),
    }
}

fn deep(value: &Value) -> String {
    match value {
        Value::List(items) => format!("[{}]", items.iter().map(deep).collect::<Vec<_>>().join(", ")),
        Value::Map(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}: {}", deep(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => shown(other),
    }
}

/// Runs scripts, one a line, over one story.
fn scripts(facts: &str, texts: &str, expected: &Expect) {
    let story = Story::new(facts);
    let mut found = String::new();
    for line in texts.lines().map(str::trim).filter(|line| !line.is_empty()) {
        found.push_str(&format!("{line}\n    {}\n", run(line, &story)));
    }
    expected.assert_eq(&found);
}

const FACTS: &str = r#"n = 3; yes = true; t = "abc"; o:n = 5; l = [1, 2, 3]; unknown = ?; branch = "main""#;

#[test]
fn a_script_sets_what_it_assigns_to() {
    scripts(
        FACTS,
        r#"x = 1
           x = n + 1; n = x * 2;
           n += 1; n -= 0.5; n *= 2; n /= 7;
           let own = 5; x = own;
           x = 0.1 + 0.2
           x = "a" + t; x += "!";
           x = #{ a: 1, "b c": [1, #{ d: true }] }; x.a = x["b c"][0] + 1; x.e = ();
           o.n = 6; o.m = 7;
           l[0] = 9; l.push(4); l[3] += 1;
           vars["new"] = 1; vars["new"] += 1; x = vars["new"];
           vars["größe"] = n; y = vars["größe"] > 2;
           print(t); debug(n);
           x = if_ok;
           vars["a b"].c = 1
           vars["a b"] = #{}; vars["a b"].c = 1;
           n
           ;;;"#,
        &expect![[r#"
            x = 1
                x = 1
            x = n + 1; n = x * 2;
                n = 8; x = 4
            n += 1; n -= 0.5; n *= 2; n /= 7;
                n = 1 (decimal)
            let own = 5; x = own;
                x = 5
            x = 0.1 + 0.2
                x = 0.3 (decimal)
            x = "a" + t; x += "!";
                x = "aabc!"
            x = #{ a: 1, "b c": [1, #{ d: true }] }; x.a = x["b c"][0] + 1; x.e = ();
                x = {a: 2, b c: [1, {d: true}], e: null}
            o.n = 6; o.m = 7;
                o = {m: 7, n: 6}
            l[0] = 9; l.push(4); l[3] += 1;
                l = [9, 2, 3, 5]
            vars["new"] = 1; vars["new"] += 1; x = vars["new"];
                new = 2; x = 2
            vars["größe"] = n; y = vars["größe"] > 2;
                größe = 3; y = true
            print(t); debug(n);
                nothing
            x = if_ok;
                wrong 1:5: no fact is called `if_ok`
            vars["a b"].c = 1
                wrong 1:1: there is no variable `a b` yet
            vars["a b"] = #{}; vars["a b"].c = 1;
                a b = {c: 1}
            n
                nothing
            ;;;
                nothing
        "#]],
    );
}

#[test]
fn a_script_branches_and_repeats() {
    scripts(
        FACTS,
        r#"if n > 2 { x = 1; } else { x = 2; }
           if n > 5 { x = 1; } else if yes { x = 2; } else { x = 3; }
           x = 0; while x < 10 { x += 3; }
           x = 0; loop { x += 1; if x == 5 { break; } }
           x = 0; do { x += 1; } while x < 3;
           x = 0; do { x += 1; } until x >= 3;
           s = 0; for i in l { if i == 2 { continue; } s += i; }
           s = 0; for i in 0..n { for j in 0..=i { s += j; } }
           s = 0; for i in range(2, 5) { s += i; }
           for i in l { if i == 2 { return; } x = i; }
           let x = 1; { let x = 2; y = x; } z = x;
           let a = 1; { a = 2; } b = a;
           x = 1; return x + 1; x = 2;
           r = []; for i in 5..2 { r.push(i); }"#,
        &expect![[r#"
            if n > 2 { x = 1; } else { x = 2; }
                x = 1
            if n > 5 { x = 1; } else if yes { x = 2; } else { x = 3; }
                x = 2
            x = 0; while x < 10 { x += 3; }
                x = 12
            x = 0; loop { x += 1; if x == 5 { break; } }
                x = 5
            x = 0; do { x += 1; } while x < 3;
                x = 3
            x = 0; do { x += 1; } until x >= 3;
                x = 3
            s = 0; for i in l { if i == 2 { continue; } s += i; }
                s = 4
            s = 0; for i in 0..n { for j in 0..=i { s += j; } }
                s = 4
            s = 0; for i in range(2, 5) { s += i; }
                s = 9
            for i in l { if i == 2 { return; } x = i; }
                x = 1
            let x = 1; { let x = 2; y = x; } z = x;
                y = 2; z = 1
            let a = 1; { a = 2; } b = a;
                b = 2
            x = 1; return x + 1; x = 2;
                x = 1
            r = []; for i in 5..2 { r.push(i); }
                r = []
        "#]],
    );
}

#[test]
fn a_script_is_as_strict_as_a_condition() {
    scripts(
        FACTS,
        r#"x = n == t
           x = t >= 80
           x = n + t
           n += t
           x = 1 / 3
           x = 9223372036854775807 + 1
           if n { x = 1; }
           while t { }
           x = nobody
           nobody += 1
           nobody.x = 1
           nobody.push(1)
           x = unknown
           unknown += 1
           x = o.m
           n.x = 1
           l[3] = 1
           l["a"] = 1
           o[0] = 1
           n.push(1)
           for i in t { }
           for i in 0..t { }
           l[0].x = 1
           x = 1; y = x.z;
           x = #{ a: 1 }; x.b.c = 1;"#,
        &expect![[r#"
            x = n == t
                wrong 1:7: a number never compares with a text
            x = t >= 80
                wrong 1:7: a text never compares with a number
            x = n + t
                wrong 1:7: a number and a text have no sum
            n += t
                wrong 1:1: a number and a text have no sum
            x = 1 / 3
                wrong 1:7: the result of the division is not exact; compare by multiplying instead
            x = 9223372036854775807 + 1
                wrong 1:25: the result is too large
            if n { x = 1; }
                wrong 1:4: the answer is a whole number, not true or false
            while t { }
                wrong 1:7: the answer is a text, not true or false
            x = nobody
                wrong 1:5: no fact is called `nobody`
            nobody += 1
                wrong 1:1: there is no variable `nobody` yet
            nobody.x = 1
                wrong 1:1: there is no variable `nobody` yet
            nobody.push(1)
                wrong 1:1: there is no variable `nobody` yet
            x = unknown
                wrong 1:5: `unknown` is not known
            unknown += 1
                wrong 1:1: `unknown` is not known
            x = o.m
                wrong 1:5: `o.m` is not known
            n.x = 1
                wrong 1:3: a whole number has no element at a text
            l[3] = 1
                wrong 1:3: there is no element 3 in a list of 3
            l["a"] = 1
                wrong 1:3: a list has no element at a text
            o[0] = 1
                wrong 1:3: a map has no element at a whole number
            n.push(1)
                wrong 1:1: `push` does not take a whole number
            for i in t { }
                wrong 1:10: `for` does not go over a text
            for i in 0..t { }
                wrong 1:13: a range goes over whole numbers, not to a text
            l[0].x = 1
                wrong 1:6: a whole number has no element at a text
            x = 1; y = x.z;
                wrong 1:14: a whole number has no member `z`
            x = #{ a: 1 }; x.b.c = 1;
                wrong 1:18: there is no member `b` yet
        "#]],
    );
}

#[test]
fn what_a_script_must_not_do_is_found_before_it_runs() {
    let mut found = String::new();
    for text in [
        "x = timestamp();",
        "eval(\"x = 1\")",
        "fn f() { 1 }",
        "let f = |x| x;",
        "import \"a\" as b;",
        "throw 1;",
        "try { x = 1 } catch { }",
        "switch x { 1 => 2 }",
        "for (a, i) in l { }",
        "x = loop { break 1; };",
        "loop { break 1; }",
        "x = if a { 1 } else { 2 };",
        "1 = x",
        "f(x) = 1",
        "x <<= 1",
        "x = 'a'",
        "x = `a${b}`",
        "x = = 1",
        "if x { y = 1",
        "x = 1 == \"1\";\ny = !5;",
        "x = l.push(1);",
        "l.push();",
        "\"a\".push(1);",
        "l[l.push(1)].push(2);",
        "break;",
        "sleep(1)",
        "const a = 1; a = 2;",
        "x = vars[y];",
        "x?.y = 1;",
        "if x = 1 { }",
    ] {
        found.push_str(&format!("{text:?}\n"));
        for problem in check_script(text).expect_err(text) {
            let hint = problem.hint.map_or(String::new(), |hint| format!("  ({hint})"));
            found.push_str(&format!("    {}:{}: {}{hint}\n", problem.line, problem.column, problem.message));
        }
    }
    expect![[r#"
        "x = timestamp();"
            1:5: there is no function `timestamp`
        "eval(\"x = 1\")"
            1:1: there is no function `eval`
        "fn f() { 1 }"
            1:1: `fn` is reserved  (a reserved word can be asked as text, as in `outputs["new"]`)
        "let f = |x| x;"
            1:9: unexpected `|`
        "import \"a\" as b;"
            1:1: `import` is reserved  (a reserved word can be asked as text, as in `outputs["new"]`)
        "throw 1;"
            1:1: a script throws nothing  (set a variable, and let a gateway ask for it)
        "try { x = 1 } catch { }"
            1:1: a script catches nothing: what is wrong ends it
        "switch x { 1 => 2 }"
            1:1: `switch` is not a form of scripts  (write `if … else if …`)
        "for (a, i) in l { }"
            1:9: `for` has one variable  (count in a variable of its own)
        "x = loop { break 1; };"
            1:5: unexpected `loop`
        "loop { break 1; }"
            1:8: a loop has no value
        "x = if a { 1 } else { 2 };"
            1:5: unexpected `if`
        "1 = x"
            1:1: cannot assign to a constant value
        "f(x) = 1"
            1:1: expression cannot be assigned to
        "x <<= 1"
            1:3: the operator `<<=` is not a form of scripts
        "x = 'a'"
            1:5: single quotes do not hold a text  (write double quotes)
        "x = `a${b}`"
            1:5: a text with `${…}` is not a form of expressions
        "x = = 1"
            1:5: an expression does not assign  (equality is written `==`)
        "if x { y = 1"
            1:13: `;` is missing
        "x = 1 == \"1\";\ny = !5;"
            1:7: a number never compares with a text
            2:6: `!` does not take a number
        "x = l.push(1);"
            1:7: there is no method `push`
        "l.push();"
            1:3: `push` takes 1 argument
        "\"a\".push(1);"
            1:1: `push` does not take a text
        "l[l.push(1)].push(2);"
            1:5: `[]` does not take null
        "break;"
            1:1: break statement should only be used inside a loop
        "sleep(1)"
            1:1: there is no function `sleep`
        "const a = 1; a = 2;"
            1:14: cannot assign to constant a
        "x = vars[y];"
            1:10: `vars[…]` takes the name of a variable in double quotes  (as in `vars["new"]`)
        "x?.y = 1;"
            1:2: `?.` and `?[` is not a form of expressions  (ask `known(…)` first)
        "if x = 1 { }"
            1:6: `=` is reserved
    "#]]
    .assert_eq(&found);
}

#[test]
fn endless_and_hungry_scripts_end_soon() {
    let story = Story::new(FACTS);
    let wide = format!("x = t; {}", "x += x; ".repeat(40));
    let many = format!("let a = \"{}\"; b = [{}];", "x".repeat(20_000), "a, ".repeat(900));
    let nested = format!(
        "let a = \"{}\"; let b = [{}]; c = [{}];",
        "x".repeat(60),
        "a, ".repeat(500),
        "b, ".repeat(900)
    );
    for text in [
        "loop { }",
        "while true { x = 1; }",
        "x = 0; do { x += 1; } while true;",
        "for i in 0..9223372036854775807 { }",
        "x = \"a\"; loop { x += x; }",
        "x = [1]; loop { x.push(x); }",
        "x = []; loop { x.push(\"abcdefghijklmnopqrstuvwxyz\"); }",
        "x = []; loop { x = [x]; }",
        "x = #{}; loop { x = #{ a: x, b: x }; }",
        "x = \"abcdefghijklmnopqrstuvwxyz\"; for i in 0..11 { x += x; } loop { y = x; }",
        "let x = \"a\"; loop { let y = x; { let z = y; loop { let w = [z, z]; } } }",
        &wide,
        &many,
        &nested,
    ] {
        let begun = Instant::now();
        let answer = run(text, &story);
        assert!(answer.starts_with("wrong "), "{text}: {answer}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{text}: {:?}", begun.elapsed());
    }
    assert_eq!(
        run("loop { }", &story),
        format!("wrong 1:1: the script takes more than {SCRIPT_OPERATIONS_MAX} operations")
    );
    let large = format!("wrong 1:14: a variable holds at most {VARIABLE_BYTES_MAX} bytes");
    assert_eq!(run("x = [1]; loop { x.push(x); }", &story).replace("1:17", "1:14"), large);
}

#[test]
fn deep_and_long_scripts_are_refused() {
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(5_000), close.repeat(5_000));
    for text in [
        nested("{", "}"),
        nested("if x { ", "}"),
        format!("{}{{ }}", "if x { } else ".repeat(4_000)),
        format!("x = {}1{};", "(".repeat(5_000), ")".repeat(5_000)),
        format!("x{} = 1;", ".a".repeat(5_000)),
        format!("x{} = 1;", "[0]".repeat(5_000)),
        nested("while x { ", "}"),
        "x=1;".repeat(16_000),
        "x".repeat(100_000),
    ] {
        assert!(check_script(&text).is_err(), "{}", &text[..20]);
    }
    assert_eq!(check_script(""), Ok(()));
    assert_eq!(check_script(" // nothing to do\n"), Ok(()));
}

#[test]
fn shares_compare_exactly_though_they_have_no_end() {
    answers(
        "done = 1; all = 3; minus = -3; t = \"a\"; none = 0; unknown = ?",
        r#"done / all >= 0.6
           done / all < 0.34
           done / all > 0.33
           done / all == 2 / 6
           done / all != 0.333
           done / minus < 0
           done / minus > done / all
           0.5 > done / all
           done / all == t
           done / none > 1
           done / unknown > 1
           done / all > unknown
           t / all > 1
           done / 4 == 0.25
           done / all + 0 > 1"#,
        &expect![[r#"
            done / all >= 0.6                    -> false
            done / all < 0.34                    -> true
            done / all > 0.33                    -> true
            done / all == 2 / 6                  -> true
            done / all != 0.333                  -> true
            done / minus < 0                     -> true
            done / minus > done / all            -> false
            0.5 > done / all                     -> true
            done / all == t                      -> wrong 1:12: a number never compares with a text
            done / none > 1                      -> wrong 1:6: the division is by zero
            done / unknown > 1                   -> unknown: unknown
            done / all > unknown                 -> unknown: unknown
            t / all > 1                          -> wrong 1:1: `/` does not take a text
            done / 4 == 0.25                     -> true
            done / all + 0 > 1                   -> wrong 1:6: the result of the division is not exact; compare by multiplying instead
        "#]],
    );
}

#[test]
fn every_word_that_rhai_reserves_can_be_a_variable() {
    let story = Story::new("new = 5; var = 6; vars = 7");
    assert_eq!(answer("vars[\"new\"] + vars[\"var\"] == 11", &story), "true");
    assert_eq!(answer("vars == vars[\"vars\"]", &story), "true");
    assert_eq!(answer("vars[\"nobody\"] == 1", &story), "wrong 1:1: no fact is called `nobody`");
    assert_eq!(answer("known(vars[\"new\"])", &story), "true");
    let names = names_used("vars[\"new\"].x == vars[\"y z\"]").unwrap();
    assert_eq!(names.iter().map(Name::as_str).collect::<Vec<_>>(), ["new.x", "y z"]);
    let story = Story::new("a = 1");
    for word in "fn as async await break case catch const continue default do else exit export false for go goto if \
                 import in is let loop match module new nil null package private protected public return shared spawn \
                 static super switch sync thread throw true try until use var vars void while with yield print eval"
        .split(' ')
    {
        assert_eq!(run(&format!("vars[\"{word}\"] = a + 1"), &story), format!("{word} = 2"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any script ends, without a panic, with variables or an error at a place.
    #[test]
    fn every_script_ends(
        parts in prop::collection::vec(prop::sample::select(vec![
            "x = 1; ", "x += 1; ", "y = x; ", "l.push(x); ", "l.push(l); ", "if x > 1 { ", "} else { ", "} ", "while yes { ", "loop { ",
            "for i in l { ", "for i in 0..n { ", "break; ", "continue; ", "return; ", "let l = []; ", "t += t; ",
            "o.a = o; ", "o[\"b\"] = x; ", "l[0] = t; ", "{ ", "x = [x, x]; ", "x = #{ a: x }; ", "print(x); ", "vars[\"new\"] = t; ",
        ]), 0..12),
    ) {
        let mut text: String = parts.concat();
        let open = text.matches('{').count().saturating_sub(text.matches('}').count());
        text.push_str(&"} ".repeat(open));
        let story = Story::new(FACTS);
        let first = run(&text, &story);
        prop_assert_eq!(&first, &run(&text, &story));
        if check_script(&text).is_err() {
            prop_assert!(first.starts_with("wrong "), "{text}: {first}");
        }
    }
}
