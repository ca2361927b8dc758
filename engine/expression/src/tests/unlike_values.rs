//! Everything that plain rhai answers quietly, and a policy must not.

use expect_test::expect;

use super::answers;

const FACTS: &str = r#"
    n = 5; big = 9223372036854775807; d = 79.5; t = "79"; yes = true; none = null;
    l = [1, 2]; lt = ["a", "b"]; mixed = [1, "a"]; e = []; m:a = 1; k:a = "1"
"#;

#[test]
fn unlike_types_never_compare() {
    answers(
        FACTS,
        r#"
        n == t
        n != t
        t >= 80
        t == yes
        n == yes
        yes == 1
        none == n
        none == t
        none != yes
        none == ()
        l == n
        l == lt
        l == mixed
        m == k
        m == l
        n == "5"
        t < n
        "#,
        &expect![[r#"
            n == t                               -> wrong 1:3: a number never compares with a text
            n != t                               -> wrong 1:3: a number never compares with a text
            t >= 80                              -> wrong 1:3: a text never compares with a number
            t == yes                             -> wrong 1:3: a text never compares with a boolean
            n == yes                             -> wrong 1:3: a number never compares with a boolean
            yes == 1                             -> wrong 1:5: a boolean never compares with a number
            none == n                            -> wrong 1:6: null never compares with a number; ask for null first, as in `fact != ()`
            none == t                            -> wrong 1:6: null never compares with a text; ask for null first, as in `fact != ()`
            none != yes                          -> wrong 1:6: null never compares with a boolean; ask for null first, as in `fact != ()`
            none == ()                           -> true
            l == n                               -> wrong 1:3: a list never compares with a number
            l == lt                              -> wrong 1:3: a number never compares with a text
            l == mixed                           -> wrong 1:3: a number never compares with a text
            m == k                               -> wrong 1:3: a number never compares with a text
            m == l                               -> wrong 1:3: a map never compares with a list
            n == "5"                             -> wrong 1:3: a number never compares with a text
            t < n                                -> wrong 1:3: a text never compares with a number
        "#]],
    );
}

#[test]
fn null_is_asked_for_and_compares_with_nothing() {
    answers(
        FACTS,
        r#"
        none == ()
        n == ()
        () != t
        none != () && none == "x"
        n != () && n == 5
        m.a == ()
        () == ()
        none == none
        none == n
        none < ()
        "#,
        &expect![[r#"
            none == ()                           -> true
            n == ()                              -> false
            () != t                              -> true
            none != () && none == "x"            -> false
            n != () && n == 5                    -> true
            m.a == ()                            -> false
            () == ()                             -> true
            none == none                         -> true
            none == n                            -> wrong 1:6: null never compares with a number; ask for null first, as in `fact != ()`
            none < ()                            -> wrong 1:6: null has no order, so `<` and `>` have no meaning
        "#]],
    );
}

#[test]
fn what_has_no_order_is_not_ordered() {
    answers(
        FACTS,
        "
        yes < yes
        l < l
        m >= m
        none <= none
        true > false
        ",
        &expect![[r#"
            yes < yes                            -> wrong 1:5: a boolean has no order, so `<` and `>` have no meaning
            l < l                                -> wrong 1:3: a list has no order, so `<` and `>` have no meaning
            m >= m                               -> wrong 1:3: a map has no order, so `<` and `>` have no meaning
            none <= none                         -> wrong 1:6: null has no order, so `<` and `>` have no meaning
            true > false                         -> wrong 1:6: a boolean has no order, so `<` and `>` have no meaning
        "#]],
    );
}

#[test]
fn unlike_values_are_not_looked_for() {
    answers(
        FACTS,
        r#"
        n in lt
        t in l
        "1" in [1, 2]
        1 in ["1"]
        n in mixed
        n in t
        n in m
        n in n
        yes in e
        none in l
        "#,
        &expect![[r#"
            n in lt                              -> wrong 1:3: a number never compares with a text
            t in l                               -> wrong 1:3: a text never compares with a number
            "1" in [1, 2]                        -> wrong 1:9: a text never compares with a number
            1 in ["1"]                           -> wrong 1:7: a number never compares with a text
            n in mixed                           -> wrong 1:3: a number never compares with a text
            n in t                               -> wrong 1:3: a whole number is not looked for in a text
            n in m                               -> wrong 1:3: a whole number is not looked for in a map
            n in n                               -> wrong 1:3: a whole number is not looked for in a whole number
            yes in e                             -> false
            none in l                            -> wrong 1:6: null never compares with a number; ask for null first, as in `fact != ()`
        "#]],
    );
}

#[test]
fn nothing_is_true_or_false_but_booleans() {
    answers(
        FACTS,
        "
        n && yes
        yes && n
        t || yes
        none || yes
        !n
        !t
        !none
        l && l
        yes && yes && t
        ",
        &expect![[r#"
            n && yes                             -> wrong 1:1: `&&` does not take a number
            yes && n                             -> wrong 1:8: `&&` does not take a number
            t || yes                             -> wrong 1:1: `||` does not take a text
            none || yes                          -> wrong 1:1: `||` does not take null
            !n                                   -> wrong 1:2: `!` does not take a number
            !t                                   -> wrong 1:2: `!` does not take a text
            !none                                -> wrong 1:2: `!` does not take null
            l && l                               -> wrong 1:1: `&&` does not take a list
            yes && yes && t                      -> wrong 1:15: `&&` does not take a text
        "#]],
    );
}

#[test]
fn arithmetic_takes_numbers_and_sums_of_texts_only() {
    answers(
        FACTS,
        r#"
        n + t
        t + n
        t + "x"
        t - t
        yes + yes
        l + l
        -t
        n * t
        n + none
        "#,
        &expect![[r#"
            n + t                                -> wrong 1:3: a number and a text have no sum
            t + n                                -> wrong 1:3: a text and a number have no sum
            t + "x"                              -> "79x"
            t - t                                -> wrong 1:1: `-` does not take a text
            yes + yes                            -> wrong 1:1: `+` does not take a boolean
            l + l                                -> wrong 1:1: `+` does not take a list
            -t                                   -> wrong 1:2: `-` does not take a text
            n * t                                -> wrong 1:5: `*` does not take a text
            n + none                             -> wrong 1:3: a number and null have no sum
        "#]],
    );
}

#[test]
fn methods_take_what_they_are_for() {
    answers(
        FACTS,
        "
        n.len()
        m.len()
        none.is_empty()
        n.contains(1)
        t.contains(7)
        t.starts_with(n)
        l.starts_with(l)
        n.to_lower()
        n.foo
        t.len
        l.first
        ",
        &expect![[r#"
            n.len()                              -> wrong 1:1: `len` does not take a number
            m.len()                              -> wrong 1:1: `len` does not take a map
            none.is_empty()                      -> wrong 1:1: `is_empty` does not take null
            n.contains(1)                        -> wrong 1:3: a whole number is not looked for in a whole number
            t.contains(7)                        -> wrong 1:3: a whole number is not looked for in a text
            t.starts_with(n)                     -> wrong 1:15: `starts_with` does not take a number
            l.starts_with(l)                     -> wrong 1:1: `starts_with` does not take a list
            n.to_lower()                         -> wrong 1:1: `to_lower` does not take a number
            n.foo                                -> wrong 1:3: a whole number has no member `foo`
            t.len                                -> wrong 1:3: a text has no member `len`
            l.first                              -> wrong 1:3: a list has no member `first`
        "#]],
    );
}
