//! Claims about annotations.

use expect_test::{Expect, expect};

use crate::annotations::render;
use crate::tests::{BAD, tell};

fn check(story: (&str, &str), expect: &Expect) {
    let teller = tell(story.0, story.1);
    expect.assert_eq(&teller.with_sources(|sources| render(&teller.story(), sources)));
}

#[test]
fn what_fails_is_annotated_with_its_place() {
    check(
        BAD,
        &expect![[r#"
            ::error file=src/a.rs,line=10,col=5,title=lint R1::this is wrong
            ::error file=src/a.rs,line=20,col=5,title=lint R1::this is wrong
            ::error file=src/a.rs,line=4,col=5,title=lint R7::this is wrong
            ::error title=api%3A%3Acase_0::assertion failed: left == right%0A  left: 1
            ::error title=cov::cov is undecided: `cargo-llvm-cov` was not found in any folder of `PATH` (/bin)
            ::warning file=src/a.rs,line=3,col=5,title=lint R2::this is wrong
        "#]],
    );
}

#[test]
fn ten_are_shown_and_the_last_one_counts_the_rest() {
    check(
        ("lint(gate=lint)", "start; lint finds 30"),
        &expect![[r#"
        ::error file=src/a.rs,line=4,col=5,title=lint R7::this is wrong
        ::error file=src/a.rs,line=10,col=5,title=lint R1::this is wrong
        ::error file=src/a.rs,line=20,col=5,title=lint R1::this is wrong
        ::error file=src/a.rs,line=30,col=5,title=lint R1::this is wrong
        ::error file=src/a.rs,line=40,col=5,title=lint R1::this is wrong
        ::error file=src/a.rs,line=50,col=5,title=lint R1::this is wrong
        ::error file=src/a.rs,line=60,col=5,title=lint R1::this is wrong
        ::error file=src/a.rs,line=70,col=5,title=lint R1::this is wrong
        ::error file=src/a.rs,line=80,col=5,title=lint R1::this is wrong
        ::error title=dod::22 more, see the report of the run
        ::warning file=src/a.rs,line=3,col=5,title=lint R2::this is wrong
    "#]],
    );
}

#[test]
fn a_good_run_has_nothing_to_say() {
    check(("lint(gate=lint)", "start; lint finds nothing"), &expect![[""]]);
}

#[test]
fn thirty_findings_on_a_line_are_one_and_nothing_in_a_name_ends_a_property() {
    check(
        ("lint(gate=lint)", "start; lint finds 30 on one line"),
        &expect![[r#"
        ::error file=a%2Cb%3Ac%25.rs,line=7,title=lint R1::100%25 wrong%0Athis is wrong%0AR1: 100%25 wrong%0Athis is wrong%0AR1: 100%25 wrong%0Athis is wrong%0AR1: 100%25 wrong%0Athis is wrong%0AR1: 100%25 wrong%0Athis is wrong%0Aand 26 more on this line
        ::warning file=a%2Cb%3Ac%25.rs,line=7,title=lint R2::100%25 wrong%0Athis is wrong
    "#]],
    );
}
