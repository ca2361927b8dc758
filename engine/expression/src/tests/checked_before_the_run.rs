//! What the front end reports of an expression, all of it at once, with line and column.

use expect_test::expect;

use super::{answers, problems};

const NAMES: &[&str] = &["branch", "findings", "steps", "inputs", "ci"];

#[test]
fn good_expressions_have_no_problems() {
    problems(
        NAMES,
        r#"
        branch == "main" || changed("src/**")
        findings.introduced.error == 0
        known(inputs.x) && !ci
        steps["a"].outputs.b in ["x", "y"]
        "#,
        &expect![[r#"
            branch == "main" || changed("src/**")
            findings.introduced.error == 0
            known(inputs.x) && !ci
            steps["a"].outputs.b in ["x", "y"]
        "#]],
    );
}

#[test]
fn an_unknown_name_is_found_with_its_place() {
    problems(
        NAMES,
        r#"
        brnch == "main" && finding.x == 0
        known(input.x)
        xyzzy
        step["a"].outputs.b
        steps[brunch]
        "#,
        &expect![[r#"
            brnch == "main" && finding.x == 0
                1:1: no fact is called `brnch`  (did you mean `branch`?)
                1:20: no fact is called `finding`  (did you mean `findings`?)
            known(input.x)
                1:7: no fact is called `input`  (did you mean `inputs`?)
            xyzzy
                1:1: no fact is called `xyzzy`
            step["a"].outputs.b
                1:1: no fact is called `step`  (did you mean `steps`?)
            steps[brunch]
                1:7: no fact is called `brunch`  (did you mean `branch`?)
        "#]],
    );
    let lines = crate::check("branch == \"x\" &&\n  nope", NAMES).unwrap_err();
    assert_eq!((lines[0].line, lines[0].column), (2, 3));
}

#[test]
fn types_that_the_text_shows_are_checked() {
    problems(
        NAMES,
        r#"
        1 == "1"
        "79" >= 80
        1 == true
        () == 1
        [1] == 1
        !5
        branch && 1
        "a" || branch
        1 in ["1", 2]
        1 in "1"
        -"a"
        1 + "a"
        branch + 1 == "x"
        "a".len() == "1"
        true < false
        1 < 2 < 3
        branch < 2 < branch
        branch["x"]["y"] == "z"
        "abc"[0]
        known(branch) == 1
        1.to_lower()
        "#,
        &expect![[r#"
            1 == "1"
                1:3: a number never compares with a text
            "79" >= 80
                1:6: a text never compares with a number
            1 == true
                1:3: a number never compares with a boolean
            () == 1
                1:4: null never compares with a number; ask for null first, as in `fact != ()`
            [1] == 1
                1:5: a list never compares with a number
            !5
                1:2: `!` does not take a number
            branch && 1
                1:11: `&&` and `||` join only true and false
            "a" || branch
                1:1: `&&` and `||` join only true and false
            1 in ["1", 2]
                1:7: a number never compares with a text
            1 in "1"
                1:1: `in` does not take a number
            -"a"
                1:2: `-` does not take a text
            1 + "a"
                1:3: a number and a text have no sum
            branch + 1 == "x"
                1:12: a number never compares with a text
            "a".len() == "1"
                1:11: a number never compares with a text
            true < false
                1:6: a boolean has no order, so `<` and `>` have no meaning
            1 < 2 < 3
                1:7: comparisons do not chain  (join two comparisons with `&&`)
            branch < 2 < branch
                1:12: comparisons do not chain  (join two comparisons with `&&`)
            branch["x"]["y"] == "z"
            "abc"[0]
                1:1: `[]` does not take a text
            known(branch) == 1
                1:15: a boolean never compares with a number
            1.to_lower()
                1:1: `to_lower` does not take a number
        "#]],
    );
}

#[test]
fn patterns_that_never_match_are_refused() {
    problems(
        NAMES,
        r#"
        changed("[")
        changed("{a")
        changed("src/")
        changed("./src/**")
        changed("/src/**")
        changed("!src/**")
        changed("../x")
        changed("")
        changed()
        changed(branch)
        changed("a", 1, "[")
        changd("src/**")
        "#,
        &expect![[r#"
            changed("[")
                1:9: `[` is not a pattern: unclosed character class; missing ']'
            changed("{a")
                1:9: `{a` is not a pattern: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
            changed("src/")
                1:9: `src/` matches no file  (write `src/**` for all files below)
            changed("./src/**")
                1:9: `./src/**` matches nothing  (paths begin at the root of the repository, without `/` or `./`)
            changed("/src/**")
                1:9: `/src/**` matches nothing  (paths begin at the root of the repository, without `/` or `./`)
            changed("!src/**")
                1:9: `!src/**` negates inside the pattern  (write `!changed(…)`)
            changed("../x")
                1:9: `../x` leaves the repository  (paths begin at the root of the repository)
            changed("")
                1:9: the pattern is empty
            changed()
                1:1: `changed` takes at least one pattern  (write `changed("**")` for any file)
            changed(branch)
                1:9: a pattern of `changed` is a text in double quotes
            changed("a", 1, "[")
                1:14: a pattern of `changed` is a text in double quotes
            changd("src/**")
                1:1: there is no function `changd`  (did you mean `changed(…)`?)
        "#]],
    );
}

#[test]
fn whatever_is_not_an_expression_is_refused() {
    problems(
        NAMES,
        r#"
        branch = "x"
        branch += 1
        let x = 1
        let x = 1; x
        1; 2
        if ci { 1 } else { 2 }
        switch ci { true => 1 }
        while true { }
        loop { }
        for i in 0..3 { }
        { 1 }
        |x| x
        fn f() { 1 }
        import "x" as y
        "#,
        &expect![[r#"
            branch = "x"
                1:8: an expression does not assign  (equality is written `==`)
            branch += 1
                1:8: unexpected `+=`
            let x = 1
                1:1: unexpected `let`
            let x = 1; x
                1:1: unexpected `let`
            1; 2
                1:2: unexpected `;`
            if ci { 1 } else { 2 }
                1:1: unexpected `if`
            switch ci { true => 1 }
                1:1: unexpected `switch`
            while true { }
                1:1: unexpected `while`
            loop { }
                1:1: unexpected `loop`
            for i in 0..3 { }
                1:1: unexpected `for`
            { 1 }
                1:1: unexpected `{`
            |x| x
                1:1: unexpected `|`
            fn f() { 1 }
                1:1: `fn` is reserved  (a reserved word can be asked as text, as in `outputs["new"]`)
            import "x" as y
                1:1: `import` is reserved  (a reserved word can be asked as text, as in `outputs["new"]`)
        "#]],
    );
}

#[test]
fn there_are_two_functions_and_six_methods() {
    problems(
        NAMES,
        r#"
        eval("1")
        print(branch)
        debug(branch)
        timestamp()
        sleep(1)
        Fn("x")
        branch.call()
        type_of(branch)
        is_def_var("x")
        "#,
        &expect![[r#"
            eval("1")
                1:1: there is no function `eval`
            print(branch)
                1:1: there is no function `print`
            debug(branch)
                1:1: there is no function `debug`
            timestamp()
                1:1: there is no function `timestamp`
            sleep(1)
                1:1: there is no function `sleep`
            Fn("x")
                1:1: there is no function `Fn`
            branch.call()
                1:8: there is no method `call`
            type_of(branch)
                1:1: there is no function `type_of`
            is_def_var("x")
                1:1: there is no function `is_def_var`
        "#]],
    );
}

#[test]
fn forms_that_hide_the_unknown_or_compute_in_bits_are_refused() {
    problems(
        NAMES,
        r#"
        this
        throw 1
        return 1
        #{a: 1}
        `a ${branch}`
        'x'
        'Yes'
        1..5
        branch ?? "x"
        branch?.x
        branch?["x"]
        2 ** 3
        1 & 2
        1 | 2
        1 ^ 2
        1 << 2
        +branch
        a::b
        new
        findings.new
        findings["new"]
        "#,
        &expect![[r#"
            this
                1:1: `this` is reserved  (a reserved word can be asked as text, as in `outputs["new"]`)
            throw 1
                1:1: unexpected `throw`
            return 1
                1:1: unexpected `return`
            #{a: 1}
                1:1: an expression does not build maps
            `a ${branch}`
                1:1: a text with `${…}` is not a form of expressions
            'x'
                1:1: single quotes do not hold a text  (write double quotes)
            'Yes'
                1:1: single quotes do not hold a text  (texts are written in double quotes)
            1..5
                1:2: the operator `..` is not a form of expressions
            branch ?? "x"
                1:8: `??` is not a form of expressions  (ask `known(…)` first)
            branch?.x
                1:7: `?.` and `?[` is not a form of expressions  (ask `known(…)` first)
            branch?["x"]
                1:7: `?.` and `?[` is not a form of expressions  (ask `known(…)` first)
            2 ** 3
                1:3: the operator `**` is not a form of expressions
            1 & 2
                1:3: the operator `&` is not a form of expressions
            1 | 2
                1:3: the operator `|` is not a form of expressions
            1 ^ 2
                1:3: the operator `^` is not a form of expressions
            1 << 2
                1:3: the operator `<<` is not a form of expressions
            +branch
                1:1: the operator `+` is not a form of expressions
            a::b
                1:2: unexpected `:`
            new
                1:1: `new` is reserved  (a reserved word can be asked as text, as in `outputs["new"]`)
            findings.new
                1:10: `new` is reserved  (a reserved word can be asked as text, as in `outputs["new"]`)
            findings["new"]
        "#]],
    );
}

#[test]
fn slips_of_the_pen_are_answered_with_the_right_form() {
    problems(
        NAMES,
        r#"
        branch == "x" and ci
        branch == "x" or ci
        not ci
        branch === "x"
        branch !== "x"
        branch <> "x"
        ${branch}
        =ci
        branch == 'main'
        branch == "main
        (ci
        ci)
        ci &&
        branch.
        "#,
        &expect![[r#"
            branch == "x" and ci
                1:15: `and` is not a word of expressions  (write `&&`)
            branch == "x" or ci
                1:15: `or` is not a word of expressions  (write `||`)
            not ci
                1:5: unexpected `ci`
            branch === "x"
                1:8: `===` is reserved  (write `==`)
            branch !== "x"
                1:8: `!==` is reserved  (write `!=`)
            branch <> "x"
                1:9: unexpected `>`
            ${branch}
                1:1: `$` is reserved  (facts are named without `${…}`)
            =ci
                1:1: an expression does not assign  (equality is written `==`)
            branch == 'main'
                1:11: single quotes do not hold a text  (texts are written in double quotes)
            branch == "main
                1:11: the text has no closing quote
            (ci
                1:4: `)` is missing
            ci)
                1:3: unexpected `)`
            ci &&
                1:6: the expression ends too early
            branch.
                1:8: a name is missing after the point
        "#]],
    );
}

#[test]
fn calls_with_the_wrong_arguments_are_refused() {
    problems(
        NAMES,
        r#"
        1.5.5
        1e400 > 1
        len(branch) > 1
        contains(branch, "x")
        branch.contain("x")
        branch.contains()
        branch.len(1)
        known("branch")
        known(1)
        known(ci, branch)
        branch.0
        1 ==
        == 1
        "\q"
        ci // comment
        "#,
        &expect![[r#"
            1.5.5
                1:5: a name is missing after the point
            1e400 > 1
                1:1: `1e400` cannot be held exactly
            len(branch) > 1
                1:1: `len` is written behind its value  (as in `branch.len(…)`)
            contains(branch, "x")
            branch.contain("x")
                1:8: there is no method `contain`  (did you mean `contains`?)
            branch.contains()
                1:8: `contains` takes 1 argument
            branch.len(1)
                1:8: `len` takes 0 arguments
            known("branch")
                1:7: `known` takes the name of a fact  (leave out the quotes)
            known(1)
                1:7: `known` takes the name of a fact
            known(ci, branch)
                1:1: `known` takes the name of one fact
            branch.0
                1:8: a name is missing after the point
            1 ==
                1:5: the expression ends too early
            == 1
                1:1: unexpected `==`
            "\q"
                1:3: invalid escape sequence: '\q'
            ci // comment
        "#]],
    );
    assert_eq!(crate::check("\u{1b}", NAMES).unwrap_err()[0].message, "unexpected `\\u{1b}`");
}

#[test]
fn what_check_refuses_is_wrong_when_it_is_asked_all_the_same() {
    answers(
        "branch = \"x\"",
        "1 == \"1\"\nbranch = 1\nchanged(\"[\")",
        &expect![[r#"
        1 == "1"                             -> wrong 1:3: a number never compares with a text
        branch = 1                           -> wrong 1:8: an expression does not assign
        changed("[")                         -> wrong 1:9: `[` is not a pattern: unclosed character class; missing ']'
    "#]],
    );
    assert!(crate::check("", NAMES).is_err());
    assert!(crate::check(" \n ", NAMES).is_err());
}
