//! Decision tables: hit policies, results, and what is no decision.

use expect_test::expect;

use super::check;

#[test]
fn the_one_rule_that_matches_sets_its_outputs() {
    check(
        "tokens; d(decide=unique/x==1?a:1&b:yes/x==2?a:=x+10&b:no) -> e; e(pass)",
        "start set=x:2",
        expect![[r#"
            start set=x:2  run started
                           decision taken: d by rules [2] sets a=integer 12 b=bool false
                           step passed: d (decision)
                           flow taken: d along 0
                           step passed: e
                           run finished: passed
        "#]],
    );
}

#[test]
fn two_rules_where_one_may_match_are_no_decision() {
    check(
        "tokens; d(decide=unique/x==1?a:1/?a:1) -> e; e(pass)",
        "start set=x:1",
        expect![[r#"
            start set=x:1  run started
                           decision taken: d: wrong (rules 1 and 2 both match, and only one may)
                           incident: d: value there is no decision: rules 1 and 2 both match, and only one may
                           run finished: undecided
        "#]],
    );
}

#[test]
fn the_first_rule_counts_and_those_behind_it_are_not_asked() {
    check(
        "tokens; d(decide=first/x==1?a:1/boom?a:2)",
        "start set=x:1",
        expect![[r#"
        start set=x:1  run started
                       decision taken: d by rules [1] sets a=integer 1
                       step passed: d (decision)
                       run finished: passed
    "#]],
    );
}

#[test]
fn several_rules_must_say_the_same() {
    check(
        "tokens; d(decide=any/x==1?a:1/?a:1)",
        "start set=x:1",
        expect![[r#"
        start set=x:1  run started
                       decision taken: d by rules [1, 2] sets a=integer 1
                       step passed: d (decision)
                       run finished: passed
    "#]],
    );
    check(
        "tokens; d(decide=any/x==1?a:1/?a:2)",
        "start set=x:1",
        expect![[r#"
            start set=x:1  run started
                           decision taken: d: wrong (rules 1 and 2 both match and say different things)
                           incident: d: value there is no decision: rules 1 and 2 both match and say different things
                           run finished: undecided
        "#]],
    );
}

#[test]
fn a_test_that_nobody_can_answer_is_not_a_rule_that_does_not_match() {
    check(
        "tokens; d(decide=first/unknown?a:1/?a:2) -> e; e(pass)",
        "start",
        expect![[r#"
            start  run started
                   decision taken: d: wrong (rule 1: something is not known)
                   incident: d: value there is no decision: rule 1: something is not known
                   run finished: undecided
        "#]],
    );
    check(
        "tokens; d(decide=first/x?a:1/?a:2) -> e; e(pass)",
        "start set=x:3",
        expect![[r#"
            start set=x:3  run started
                           decision taken: d: wrong (rule 1: the answer is a whole number, not true or false)
                           incident: d: value there is no decision: rule 1: the answer is a whole number, not true or false
                           run finished: undecided
        "#]],
    );
}

#[test]
fn no_rule_that_matches_makes_the_result_null() {
    check(
        "tokens; d(decide=first/no?a:1&b:2)",
        "start",
        expect![[r#"
        start  run started
               decision taken: d by rules [] sets a=null b=null
               step passed: d (decision)
               run finished: passed
    "#]],
    );
    check(
        "tokens; d(decide=first>out/no?a:1&b:2)",
        "start",
        expect![[r#"
        start  run started
               decision taken: d by rules [] sets out=null
               step passed: d (decision)
               run finished: passed
    "#]],
    );
}

#[test]
fn a_single_output_is_the_result_and_several_are_a_map() {
    check(
        "tokens; d(decide=first>out/?a:1)",
        "start",
        expect![[r#"
        start  run started
               decision taken: d by rules [1] sets out=integer 1
               step passed: d (decision)
               run finished: passed
    "#]],
    );
    check(
        "tokens; d(decide=first>out/?a:1/no?b:2)",
        "start",
        expect![[r#"
        start  run started
               decision taken: d by rules [1] sets out=map {"a":{"integer":"1"},"b":"null"}
               step passed: d (decision)
               run finished: passed
    "#]],
    );
}

#[test]
fn what_is_no_decision_can_be_caught() {
    check(
        "tokens; d(decide=unique/?a:1/?a:2) -> e; c(catch=error,on=d) -> r; e(pass); r(pass)",
        "start",
        expect![[r#"
            start  run started
                   decision taken: d: wrong (rules 1 and 2 both match, and only one may)
                   step undecided: d (decision)
                   thrown: error undecided by d, caught by c
                   step passed: c (error undecided)
                   flow taken: c along 1
                   step passed: r
                   run finished: undecided
        "#]],
    );
}
