//! What has no equal is refused, and where.

use proptest::prelude::*;

use super::*;

#[test]
fn feel_without_an_equal_is_refused() {
    check(
        Dialect::Feel,
        r#"= list contains(names, "a")
           = if a then b else c
           = some x in list satisfies x > 1
           = order number > 1
           = items[1] = 2
           = items[price > 1]
           = a == b
           = x = 'a'
           = a && b
           = a || b
           = !a
           = 1 < x < 3
           = x in [1..]
           = date("2026-01-01") < now()
           = x instance of number
           = 5 modulo 2
           = a ** 2
           = x between 1 or 3
           = x <
           = "open
           ="#,
        &expect![[r#"
            = list contains(names, "a")          -> refused at "contains": `contains` does not belong here  (a name with spaces has no equal: rename the variable)
            = if a then b else c                 -> refused at "if": `if` does not belong here  (a name with spaces has no equal: rename the variable)
            = some x in list satisfies x > 1     -> refused at "some": `some` does not belong here  (a name with spaces has no equal: rename the variable)
            = order number > 1                   -> refused at "number": `number` does not belong here  (a name with spaces has no equal: rename the variable)
            = items[1] = 2                       -> refused at "1": lists of FEEL begin with 1, those of rhai with 0
            = items[price > 1]                   -> refused at "price > 1": what stands in `[…]` is a text or a whole number
            = a == b                             -> refused at "==": FEEL has no `==`  (write `=`)
            = x = 'a'                            -> refused at "'": FEEL has no single quotes  (texts are written in double quotes)
            = a && b                             -> refused at "&&": `&&` does not belong here  (write `and`)
            = a || b                             -> refused at "||": `||` does not belong here  (write `or`)
            = !a                                 -> refused at "!": `!` does not belong here
            = 1 < x < 3                          -> refused at "<": comparisons do not chain  (join two comparisons with `and`, as in `1 < x and x < 3`)
            = x in [1..]                         -> refused at "]": `]` does not belong here
            = date("2026-01-01") < now()         -> refused at "date(": the call of `date` has no equal  (set a variable before, and compare that)
            = x instance of number               -> refused at "instance": `instance` does not belong here  (a name with spaces has no equal: rename the variable)
            = 5 modulo 2                         -> refused at "modulo": `modulo` does not belong here  (a name with spaces has no equal: rename the variable)
            = a ** 2                             -> refused at "**": `**` does not belong here
            = x between 1 or 3                   -> refused at "or": `and` is missing  (as in `x between 1 and 3`)
            = x <                                -> refused at "": the expression ends too early
            = "open                              -> refused at "\"": the text has no closing quote
            =                                    -> refused at "": the expression ends too early
        "#]],
    );
}

#[test]
fn juel_without_an_equal_is_refused() {
    check(
        Dialect::Juel,
        r#"${bean.check(x)}
           ${execution.getVariable('x') == 1}
           ${execution.id == 'a'}
           ${environment.services.statusCodeOk(environment.variables)}
           ${environment.output.x}
           ${empty x}
           ${a ? b : c}
           ${a = 1}
           ${a} && ${b}
           ${a
           a ${b}
           ${'a' + b}
           ${a == b == c}
           ${list[i]}
           ${1 && b}
           ${x -> x + 1}
           ${a < null}"#,
        &expect![[r#"
            ${bean.check(x)}                     -> refused at "bean.check(": the call of `bean.check` has no equal  (set a variable before, and compare that)
            ${execution.getVariable('x') == 1}   -> refused at "execution.getVariable(": the call of `execution.getVariable` has no equal  (set a variable before, and compare that)
            ${execution.id == 'a'}               -> refused at "execution": `execution` is an object of another engine  (name the variable itself)
            ${environment.services.statusCodeOk(environment.variables)} -> refused at "environment.services.statusCodeOk(": the call of `environment.services.statusCodeOk` has no equal  (set a variable before, and compare that)
            ${environment.output.x}              -> refused at "environment": `environment` is an object of another engine  (name the variable itself)
            ${empty x}                           -> refused at "empty": `empty` has no equal: it is true of null, of no text and of no elements  (compare with what is meant, as in `name == ''`)
            ${a ? b : c}                         -> refused at "?": a choice between values has no equal
            ${a = 1}                             -> refused at "=": an expression does not assign  (equality is written `==`)
            ${a} && ${b}                         -> refused at " && ${b}": there is text behind `${…}`  (one expression is one `${…}`, as in `${a == 1 && b}`)
            ${a                                  -> refused at "${": `${` is not closed  (write `${…}`)
            a ${b}                               -> refused at "a": there is text before `${…}`  (one expression is one `${…}`, as in `${a == 1 && b}`)
            ${'a' + b}                           -> refused at "'a'": `+` with this has no equal
            ${a == b == c}                       -> refused at "==": comparisons do not chain  (join two comparisons with `and`, as in `1 < x and x < 3`)
            ${list[i]}                           -> refused at "i": what stands in `[…]` is a text or a whole number
            ${1 && b}                            -> refused at "1": this is never true or false
            ${x -> x + 1}                        -> refused at "->": `->` does not belong here
            ${a < null}                          -> refused at "a < null": null has no order
        "#]],
    );
}

#[test]
fn python_without_an_equal_is_refused() {
    check(
        Dialect::Python,
        r#"'should_escalate' in vars() or 'should_escalate' in globals()
           1 < x < 3
           x if y else z
           lambda: 1
           f'{x}' == 'a'
           x := 1
           a && b
           a % 2 == 0
           a // 2 == 0
           a ** 2 == 4
           x[-1] == 1
           x[1:2] == y
           x is True
           [x for x in y] == z
           '''a''' == b
           0x10 == 16
           1_000 == a
           x == 1L
           'a' 'b' == c
           a @ b
           not 1
           {'a': 1} == b
           x == '\q'
           a ; b"#,
        &expect![[r#"
            'should_escalate' in vars() or 'should_escalate' in globals() -> refused at "vars(": the call of `vars` has no equal  (set a variable before, and compare that)
            1 < x < 3                            -> refused at "<": comparisons do not chain  (join two comparisons with `and`, as in `1 < x and x < 3`)
            x if y else z                        -> refused at "if": `if` does not belong here
            lambda: 1                            -> refused at "lambda": `lambda` does not belong here
            f'{x}' == 'a'                        -> refused at "'{x}'": `'{x}'` does not belong here
            x := 1                               -> refused at ":=": `:=` does not belong here
            a && b                               -> refused at "&&": `&&` does not belong here  (write `and`)
            a % 2 == 0                           -> refused at "%": `%` has no equal for negative numbers
            a // 2 == 0                          -> refused at "/": `/` does not belong here
            a ** 2 == 4                          -> refused at "**": `**` does not belong here
            x[-1] == 1                           -> refused at "-1": what stands in `[…]` is a text or a whole number
            x[1:2] == y                          -> refused at ":": `]` is missing
            x is True                            -> refused at "True": `is` compares only with `None`  (write `==`)
            [x for x in y] == z                  -> refused at "for": `]` is missing
            '''a''' == b                         -> refused at "'''": a text over several lines has no equal
            0x10 == 16                           -> refused at "0x10": `0x10` is not a plain number  (write its digits, as in `12.5`)
            1_000 == a                           -> refused at "1": `1` is not a plain number  (write its digits, as in `12.5`)
            x == 1L                              -> refused at "1L": `1L` is not a plain number  (write its digits, as in `12.5`)
            'a' 'b' == c                         -> refused at "'b'": `'b'` does not belong here
            a @ b                                -> refused at "@": `@` does not belong here
            not 1                                -> refused at "1": this is never true or false
            {'a': 1} == b                        -> refused at "{": `{` does not belong here
            x == '\q'                            -> refused at "\\q": this escape has no equal
            a ; b                                -> refused at ";": `;` does not belong here
        "#]],
    );
}

#[test]
fn javascript_and_groovy_without_an_equal_are_refused() {
    check(
        Dialect::Script,
        r#"a = 1
           a ? b : c
           a ?: b
           "${a}" == b
           typeof a == 'x'
           a == undefined
           a.b() == 1
           (x) => x
           a and b
           a?.b == 1
           /* open"#,
        &expect![[r#"
            a = 1                                -> refused at "=": an expression does not assign  (equality is written `==`)
            a ? b : c                            -> refused at "?": a choice between values has no equal
            a ?: b                               -> refused at "?:": a choice between values has no equal
            "${a}" == b                          -> refused at "${": a text with `${…}` has no equal
            typeof a == 'x'                      -> refused at "typeof": `typeof` does not belong here
            a == undefined                       -> refused at "undefined": `undefined` has no equal  (set the variable before, also where it is null)
            a.b() == 1                           -> refused at "a.b(": the call of `a.b` has no equal  (set a variable before, and compare that)
            (x) => x                             -> refused at "=>": `=>` does not belong here
            a and b                              -> refused at "and": `and` does not belong here  (write `&&`)
            a?.b == 1                            -> refused at "?.": `?.` does not belong here
            /* open                              -> refused at "/*": the comment is not closed
        "#]],
    );
}

#[test]
fn what_is_too_large_is_refused() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(10_000 / 4), close.repeat(10_000 / 4));
    for text in [
        deep("(", ")"),
        deep("[", "]"),
        deep("-", ""),
        deep("not ", "")[..8_000].to_owned(),
        format!("a{}", ".b".repeat(3_000)),
        format!("a{}", "[0]".repeat(2_000)),
        format!("a{}", "+1".repeat(3_000)),
        format!("a{} == 1", "*1".repeat(3_000)),
        format!("[{}]", "1,".repeat(3_000)),
        format!("a{}", " or a".repeat(1_500)),
        "a".repeat(EXPRESSION_BYTES_MAX + 1),
    ] {
        for dialect in [Dialect::Python, Dialect::Juel, Dialect::Feel, Dialect::Script] {
            let text = if dialect == Dialect::Juel { format!("${{{text}}}") } else { text.clone() };
            assert!(condition(&text, dialect).is_err(), "{dialect:?} {}", &text[..20]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Any text is translated or refused, at a place that it has; what is translated is what it was before.
    #[test]
    fn no_text_makes_it_panic(
        text in "(\\$\\{|=|)( |a|b|vars|\\.|\\[|\\]|\\(|\\)|'|\"|[0-9]|and |or |not |&&|\\|\\||=|<|>|!|-|\\+|\\*|/|é|,|\\}|in |is |#|\n|\\\\){0,30}",
    ) {
        for dialect in [Dialect::Python, Dialect::Juel, Dialect::Feel, Dialect::Script, Dialect::Plain, Dialect::Rhai] {
            let (found, said, scripted, timed) =
                (condition(&text, dialect), value(&text, dialect), script(&text, dialect), time(&text, dialect));
            let wrong = [found.as_ref().err(), said.as_ref().err(), scripted.as_ref().err(), timed.as_ref().err()];
            for wrong in wrong.into_iter().flatten() {
                prop_assert!(text.get(wrong.range.clone()).is_some(), "{dialect:?} {text:?} {wrong:?}");
            }
            for found in [found, scripted].into_iter().flatten() {
                for column in 1..60 {
                    prop_assert!(text.get(found.origin(1, column)).is_some(), "{dialect:?} {text:?} {found:?}");
                }
            }
        }
    }

    /// What the plain dialect writes, it reads again as the same.
    #[test]
    fn what_is_written_means_what_was_read(
        text in "(not |!|)(a|b\\.c|1|'x')( and | or | && | \\|\\| | == | < | \\+ | \\* )(\\(|)(a|2|'y')( and | or | == | - | / )(not |-|)(d|3)(\\)|)",
    ) {
        if let Ok(Some(node)) = expression(&text, Dialect::Plain, false) {
            let written = rhai::expression(&node).text;
            let again = expression(&written, Dialect::Plain, false).unwrap().expect("rhai is plain");
            prop_assert_eq!(rhai::expression(&again).text, written);
        }
    }
}
