//! Kleene's logic: an unknown fact makes the answer unknown unless the rest decides.

use expect_test::expect;

use super::answers;

#[test]
fn unknown_stays_unknown_unless_the_rest_decides() {
    answers(
        r#"u = ?; v = ?; yes = true; no = false; n = 5; l = [1, 2]; t = "x"; f.g.h = ?; o:a = 1"#,
        r#"
        u
        u && no
        no && u
        u && yes
        u || yes
        yes || u
        u || no
        u || v
        u && v && no
        !u
        !u || yes
        "#,
        &expect![[r#"
            u                                    -> unknown: u
            u && no                              -> false
            no && u                              -> false
            u && yes                             -> unknown: u
            u || yes                             -> true
            yes || u                             -> true
            u || no                              -> unknown: u
            u || v                               -> unknown: u, v
            u && v && no                         -> false
            !u                                   -> unknown: u
            !u || yes                            -> true
        "#]],
    );
}

#[test]
fn whatever_is_computed_from_an_unknown_is_unknown() {
    answers(
        r#"u = ?; v = ?; yes = true; no = false; n = 5; l = [1, 2]; t = "x"; f.g.h = ?; o:a = 1"#,
        r#"
        u == 1
        u == ()
        u == u
        u != v
        u < n
        u + 1
        -u
        u + 1 > 5 || yes
        u in l
        n in [u, 5]
        t.contains(u)
        u.contains(t)
        u.len() > 0
        l[u]
        u[0]
        u.inside
        f.g.h == 0
        o.b == 1
        o.b == 1 || o.c == 1 || o.a == 1
        "b" in o && o.b == 1
        (u && no) || yes
        !(u && no)
        "#,
        &expect![[r#"
            u == 1                               -> unknown: u
            u == ()                              -> unknown: u
            u == u                               -> unknown: u
            u != v                               -> unknown: u, v
            u < n                                -> unknown: u
            u + 1                                -> unknown: u
            -u                                   -> unknown: u
            u + 1 > 5 || yes                     -> true
            u in l                               -> unknown: u
            n in [u, 5]                          -> unknown: u
            t.contains(u)                        -> unknown: u
            u.contains(t)                        -> unknown: u
            u.len() > 0                          -> unknown: u
            l[u]                                 -> unknown: u
            u[0]                                 -> unknown: u
            u.inside                             -> unknown: u
            f.g.h == 0                           -> unknown: f.g.h
            o.b == 1                             -> unknown: o.b
            o.b == 1 || o.c == 1 || o.a == 1     -> true
            "b" in o && o.b == 1                 -> false
            (u && no) || yes                     -> true
            !(u && no)                           -> true
        "#]],
    );
}

#[test]
fn known_itself_is_yes_or_no() {
    answers(
        "u = ?; n = 5; f.g.h = ?; f.g.i = 1; o:a = 1; none = null",
        r#"
        known(u)
        known(n)
        !known(u)
        known(u) && u > 3
        !known(u) || u > 3
        known(n) && n > 3
        known(f.g.h)
        known(f.g.i)
        known(f.g.j)
        known(f.g)
        known(o.a)
        known(o.b)
        known(o["a"])
        known(typo)
        known(none)
        known(n.inside)
        "#,
        &expect![[r#"
            known(u)                             -> false
            known(n)                             -> true
            !known(u)                            -> true
            known(u) && u > 3                    -> false
            !known(u) || u > 3                   -> true
            known(n) && n > 3                    -> true
            known(f.g.h)                         -> false
            known(f.g.i)                         -> true
            known(f.g.j)                         -> wrong 1:11: no fact is called `f.g.j`
            known(f.g)                           -> wrong 1:9: `f.g` is a group of facts; ask for one of them
            known(o.a)                           -> true
            known(o.b)                           -> false
            known(o["a"])                        -> true
            known(typo)                          -> wrong 1:7: no fact is called `typo`
            known(none)                          -> true
            known(n.inside)                      -> wrong 1:9: a whole number has no member `inside`
        "#]],
    );
}

#[test]
fn a_mistake_is_not_hidden_by_an_unknown() {
    answers(
        "u = ?; t = \"x\"; yes = true",
        "
        u && t
        u || t
        u && t == 1
        u == (t == 1)
        u + -t
        [u, -t]
        u == nope
        u in (t == 1)
        ",
        &expect![[r#"
            u && t                               -> wrong 1:6: `&&` does not take a text
            u || t                               -> wrong 1:6: `||` does not take a text
            u && t == 1                          -> wrong 1:8: a text never compares with a number
            u == (t == 1)                        -> wrong 1:9: a text never compares with a number
            u + -t                               -> wrong 1:6: `-` does not take a text
            [u, -t]                              -> wrong 1:6: `-` does not take a text
            u == nope                            -> wrong 1:6: no fact is called `nope`
            u in (t == 1)                        -> wrong 1:9: `in` does not take a boolean
        "#]],
    );
}
