//! Texts in, rhai out.

mod corpus;
mod refused;
mod scripts;
mod times;

use expect_test::{Expect, expect};

use super::*;

pub(super) fn misfit(text: &str, misfit: &Misfit) -> String {
    let hint = misfit.hint.as_ref().map_or(String::new(), |hint| format!("  ({hint})"));
    format!("refused at {:?}: {}{hint}", &text[misfit.range.clone()], misfit.message)
}

/// Translates conditions, one a line.
pub(super) fn check(dialect: Dialect, lines: &str, expected: &Expect) {
    let mut found = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let out = match condition(line, dialect) {
            Ok(translated) => translated.text,
            Err(wrong) => misfit(line, &wrong),
        };
        found.push_str(&format!("{line:<36} -> {out}\n"));
    }
    expected.assert_eq(&found);
}

#[test]
fn feel_becomes_rhai() {
    check(
        Dialect::Feel,
        r#"=n<=2
           =n=-1
           = flag = true
           = a > 1 and b
           = not(done) and (a or b)
           = order.total > 10.50 or order.customer.name != "a \"b\" é"
           = x between 1 and 3
           = x in [1..3]
           = x in ]1..3[
           = x in (1..3)
           = x in (1, 2, > 5)
           = x in ["a", "b"]
           = x = null
           = - (a + b) * 2 < 3
           status = "ok" // as it should
           = .5 < a"#,
        &expect![[r#"
            =n<=2                                -> n <= 2
            =n=-1                                -> n == -1
            = flag = true                        -> flag == true
            = a > 1 and b                        -> a > 1 && b
            = not(done) and (a or b)             -> !done && (a || b)
            = order.total > 10.50 or order.customer.name != "a \"b\" é" -> order.total > 10.5 || order.customer.name != "a \"b\" é"
            = x between 1 and 3                  -> x >= 1 && x <= 3
            = x in [1..3]                        -> x >= 1 && x <= 3
            = x in ]1..3[                        -> x > 1 && x < 3
            = x in (1..3)                        -> x > 1 && x < 3
            = x in (1, 2, > 5)                   -> x == 1 || x == 2 || x > 5
            = x in ["a", "b"]                    -> x in ["a", "b"]
            = x = null                           -> x == ()
            = - (a + b) * 2 < 3                  -> -(a + b) * 2 < 3
            status = "ok" // as it should        -> status == "ok"
            = .5 < a                             -> 0.5 < a
        "#]],
    );
}

#[test]
fn juel_becomes_rhai() {
    check(
        Dialect::Juel,
        r#"${x == 'a'}
           ${n >= 2}
           ${flag}
           #{flag}
           ${ a == 1 || a == 3 }
           ${a == 1 or not b and c}
           ${!a == b}
           ${not a == b}
           ${not (a == b)}
           ${a eq 1 && b ne 2 && c lt 3 && d gt 4 && e le 5 && f ge 6}
           ${a.b['c d'].e[0] == "}"}
           ${x == null}
           ${var == 'toEnd'}
           ${nrOfCompletedInstances / nrOfInstances >= 0.6}
           ${a div 2 mod 3 == 1}
           ${loopCounter < 3 || 2 * loopCounter == 4}
           ${environment.variables.retry}
           ${4}
           ${'it\'s'}"#,
        &expect![[r#"
            ${x == 'a'}                          -> x == "a"
            ${n >= 2}                            -> n >= 2
            ${flag}                              -> flag
            #{flag}                              -> flag
            ${ a == 1 || a == 3 }                -> a == 1 || a == 3
            ${a == 1 or not b and c}             -> a == 1 || !b && c
            ${!a == b}                           -> !a == b
            ${not a == b}                        -> !a == b
            ${not (a == b)}                      -> !(a == b)
            ${a eq 1 && b ne 2 && c lt 3 && d gt 4 && e le 5 && f ge 6} -> a == 1 && b != 2 && c < 3 && d > 4 && e <= 5 && f >= 6
            ${a.b['c d'].e[0] == "}"}            -> a.b["c d"].e[0] == "}"
            ${x == null}                         -> x == ()
            ${var == 'toEnd'}                    -> vars["var"] == "toEnd"
            ${nrOfCompletedInstances / nrOfInstances >= 0.6} -> numberOfCompletedInstances / numberOfInstances >= 0.6
            ${a div 2 mod 3 == 1}                -> a / 2 % 3 == 1
            ${loopCounter < 3 || 2 * loopCounter == 4} -> loopCounter - 1 < 3 || 2 * (loopCounter - 1) == 4
            ${environment.variables.retry}       -> retry
            ${4}                                 -> 4
            ${'it\'s'}                           -> "it's"
        "#]],
    );
}

#[test]
fn python_becomes_rhai() {
    check(
        Dialect::Python,
        r#"x==1
           done == 'Yes'
           not done
           not done == late
           not a and b or c
           not (a and b)
           x == True or x is None
           x is not None
           x in ['a', "b"]
           x not in names
           order['total'] > 10
           a and (b or c) and d
           -x < +3
           (a + b) * c == a + b * c
           a - (b - c) == a - b - c
           1e3 == 1000.0 # a thousand
           name == 'say "hi" \u00e9\\'
           lambda_ == 1"#,
        &expect![[r#"
            x==1                                 -> x == 1
            done == 'Yes'                        -> done == "Yes"
            not done                             -> !done
            not done == late                     -> !(done == late)
            not a and b or c                     -> !a && b || c
            not (a and b)                        -> !(a && b)
            x == True or x is None               -> x == true || x == ()
            x is not None                        -> x != ()
            x in ['a', "b"]                      -> x in ["a", "b"]
            x not in names                       -> !(x in names)
            order['total'] > 10                  -> order.total > 10
            a and (b or c) and d                 -> a && (b || c) && d
            -x < +3                              -> refused at "+": `+` does not belong here
            (a + b) * c == a + b * c             -> (a + b) * c == a + b * c
            a - (b - c) == a - b - c             -> a - (b - c) == a - b - c
            1e3 == 1000.0 # a thousand           -> 1000 == 1000
            name == 'say "hi" \u00e9\\'          -> name == "say \"hi\" é\\"
            lambda_ == 1                         -> lambda_ == 1
        "#]],
    );
}

#[test]
fn javascript_and_groovy_become_rhai() {
    check(
        Dialect::Script,
        r#"input == 'left'
           input === 'left' && !done;
           return a > 1 || b !== null;
           this_ == "it's"
           new_ == 1
           type_of == 1
           größe > 1
           order.new == 1
           order['new'] == vars.x"#,
        &expect![[r#"
            input == 'left'                      -> input == "left"
            input === 'left' && !done;           -> input == "left" && !done
            return a > 1 || b !== null;          -> a > 1 || b != ()
            this_ == "it's"                      -> this_ == "it's"
            new_ == 1                            -> new_ == 1
            type_of == 1                         -> vars["type_of"] == 1
            größe > 1                            -> vars["größe"] > 1
            order.new == 1                       -> order["new"] == 1
            order['new'] == vars.x               -> order["new"] == vars["vars"].x
        "#]],
    );
}

#[test]
fn a_text_in_no_language_is_a_plain_comparison_or_rhai() {
    check(
        Dialect::Plain,
        r#"order == true
           skipParallel == False
           Approved == "Yes"
           work_done == 'Yes' and not late
           a && !b || c
           vars["new"] == 1
           steps["x"].outputs.version.starts_with("v")
           known(tag) && tag in ["a", "b"]
           x == ()
           a == b == c
           x = 1
           `a`"#,
        &expect![[r#"
            order == true                        -> order == true
            skipParallel == False                -> skipParallel == false
            Approved == "Yes"                    -> Approved == "Yes"
            work_done == 'Yes' and not late      -> work_done == "Yes" && !late
            a && !b || c                         -> a && !b || c
            vars["new"] == 1                     -> vars["new"] == 1
            steps["x"].outputs.version.starts_with("v") -> steps["x"].outputs.version.starts_with("v")
            known(tag) && tag in ["a", "b"]      -> known(tag) && tag in ["a", "b"]
            x == ()                              -> x == ()
            a == b == c                          -> a == b == c
            x = 1                                -> x = 1
            `a`                                  -> `a`
        "#]],
    );
    check(
        Dialect::Rhai,
        "x == 'a'",
        &expect![[r#"
        x == 'a'                             -> x == 'a'
    "#]],
    );
}

#[test]
fn names_that_rhai_keeps_for_itself_are_looked_up() {
    assert!(rhai_is_sorted());
    for reserved in ["var", "new", "vars", "is", "x y", "größe", "_", "", "a\"b"] {
        assert!(name(reserved).starts_with("vars["), "{reserved}");
    }
    for plain in ["x", "_x", "order2", "known", "value"] {
        assert_eq!(name(plain), plain);
    }
}

fn rhai_is_sorted() -> bool {
    rhai::RESERVED.is_sorted() && language::LANGUAGES.is_sorted_by_key(|(name, _)| *name)
}

#[test]
fn a_language_is_said_by_the_text_its_file_or_its_shape() {
    let xpath = Some("http://www.w3.org/1999/XPath");
    for (text, own, file, expected) in [
        ("x == 1", Some("python"), None, Ok(Dialect::Python)),
        ("${x}", Some("http://www.omg.org/spec/FEEL/20140401"), None, Ok(Dialect::Feel)),
        ("x", Some("https://www.omg.org/spec/DMN/20191111/FEEL/"), None, Ok(Dialect::Feel)),
        ("x", None, Some("http://www.omg.org/spec/DMN/20180521/FEEL/"), Ok(Dialect::Feel)),
        ("${x}", None, xpath, Ok(Dialect::Juel)),
        ("=x", xpath, xpath, Ok(Dialect::Feel)),
        ("x", None, xpath, Ok(Dialect::Plain)),
        ("x", Some("  "), Some("JavaScript"), Ok(Dialect::Script)),
        ("x", Some("rhai"), Some("python"), Ok(Dialect::Rhai)),
        ("x", Some("http://www.mvel.org/2.0"), None, Ok(Dialect::Script)),
        ("x", Some("brainfuck"), None, Err("brainfuck")),
        ("== 1", None, None, Ok(Dialect::Plain)),
    ] {
        assert_eq!(Dialect::of(text, own, file), expected, "{text} {own:?} {file:?}");
    }
}

#[test]
fn a_place_in_the_rhai_text_is_shown_in_the_original() {
    for (text, dialect) in [
        ("  ${ a == 'x' && größe.ab > 12 }", Dialect::Juel),
        ("= a = \"x\" and größe.ab > 12", Dialect::Feel),
        ("a == 'x' and größe.ab > 12", Dialect::Python),
    ] {
        let translated = condition(text, dialect).unwrap();
        assert_eq!(translated.text, r#"a == "x" && vars["größe"].ab > 12"#);
        let shown: Vec<&str> =
            [1, 3, 6, 13, 26, 29, 32].iter().map(|column| &text[translated.origin(1, *column)]).collect();
        assert_eq!(shown[0], "a");
        assert_eq!(&shown[3..], ["größe", ".ab", " > ", "12"], "{text}");
    }
    let verbatim = condition("  known(a) &&\n b", Dialect::Plain).unwrap();
    assert_eq!(verbatim.origin(2, 2), 15..16);
    assert_eq!(Translated::default().origin(1, 1), 0..0);
}

#[test]
fn values_that_say_themselves_are_no_expressions() {
    let said = |text: &str| match value(text, Dialect::of_shape(text)) {
        Ok(Said::Literal(value, range)) => format!("{value:?} {:?}", &text[range]),
        Ok(Said::Expression(found)) => found.text,
        Err(wrong) => misfit(text, &wrong),
    };
    for (text, expected) in [
        ("3", "Integer(3) \"3\""),
        ("${4}", "Integer(4) \"4\""),
        ("=3", "Integer(3) \"3\""),
        (" -1 ", "Integer(-1) \"-1\""),
        ("${'a b'}", "Text(\"a b\") \"'a b'\""),
        ("\"PT1H\"", "Text(\"PT1H\") \"\\\"PT1H\\\"\""),
        ("[1, 'a', True]", "List([Integer(1), Text(\"a\"), Bool(true)]) \"[1, 'a', True]\""),
        ("= items", "items"),
        (
            "= {a: 1, \"b c\": [true]}",
            "Map({\"a\": Integer(1), \"b c\": List([Bool(true)])}) \"{a: 1, \\\"b c\\\": [true]}\"",
        ),
        (
            "= {a: x}",
            "refused at \"{a: x}\": a map of values that are not known yet has no equal  \
             (set a variable before, in a script)",
        ),
        ("${n + 1}", "n + 1"),
        ("items.len()", "items.len()"),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
    let set = assignment("new", "= a + 1", Dialect::Feel).unwrap();
    assert_eq!(set.text, "vars[\"new\"] = a + 1;");
    assert_eq!(assignment("x", "a.len()", Dialect::Plain).unwrap().text, "x = a.len();");
    assert_eq!(assignment("x", "= {a: y}", Dialect::Feel).unwrap().text, "x = #{\"a\": y};");
}
