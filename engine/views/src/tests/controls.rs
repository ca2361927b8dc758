//! Claims about the control matrix.

use dod_kernel::id::Digest;
use expect_test::{Expect, expect};

use crate::controls::{Pack, Requirement, RunFact, controls, csv, markdown};
use crate::tests::tell;

const RUN: (&str, &str) = (
    "lint(gate=lint); test(gate=test); sign(approve=1)",
    "new; require load:24; start recorded=load:passed:3; lint finds 2; test fails 0 of 3; sign yes by alice",
);

fn pack() -> Pack {
    let requirement = |id: &str, gates: &[&str], rules: &[&str], run: &[RunFact]| Requirement {
        id: id.into(),
        title: "=a | <b>, \"c\"".into(),
        gates: gates.iter().map(|gate| (*gate).into()).collect(),
        rules: rules.iter().map(|rule| (*rule).into()).collect(),
        run: run.to_vec(),
    };
    use RunFact::{Approved, Judged, Passed, Protected, Unchanged};
    Pack {
        framework: "house-1".into(),
        title: "Ours".into(),
        version: Some("1".into()),
        source: "mappings/house.yaml".to_owned(),
        digest: Digest([6; 32]),
        requirements: vec![
            requirement("A", &["lint"], &[], &[]),
            requirement("B", &["test"], &["tests-pass"], &[]),
            requirement("C", &["sbom"], &["no-such-rule"], &[]),
            requirement("D", &["load"], &[], &[Approved, Judged, Protected, Unchanged]),
            requirement("E", &[], &[], &[Passed]),
        ],
    }
}

fn check(write: fn(&crate::controls::ControlsObject) -> String, expect: &Expect) {
    let teller = tell(RUN.0, RUN.1);
    let text = teller.with_sources(|sources| write(&controls(&teller.story(), &[pack()], sources)));
    expect.assert_eq(&text.replace("\r\n", "$\n"));
}

#[test]
fn a_matrix_says_what_supports_a_requirement_and_never_that_it_is_met() {
    check(
        markdown,
        &expect![[r##"
        # Control matrix

        A check supports a requirement; it never fulfils one by itself. Whether a requirement is met is for people to say, with more than one run before them.

        - run: `019aa6c1-5d00-7abc-8def-0123456789ab`
        - policy: `standard`
        - verdict: FAILED: 1 gate (1 passed) in 0ms
        - event N is line N + 1 of the run's `events.jsonl`; `dod explain` tells more of a gate or rule

        ## Ours 1

        | requirement | about | state | checks | evidence | event |
        |---|---|---|---|---|---|
        | house-1/A | =a \| &lt;b&gt;, "c" | not supported | gate lint: failed<br>rule no-new at lint: undecided<br>rule no-copyleft: undecided<br>rule no-drop: undecided<br>rule changed: undecided | `sha256:6464646464646464646464646464646464646464646464646464646464646464`<br>`sha256:6464646464646464646464646464646464646464646464646464646464646464`<br>-<br>-<br>- | 7<br>7<br>14<br>14<br>14 |
        | house-1/B | =a \| &lt;b&gt;, "c" | supported | gate test: passed<br>rule tests-pass at test: passed | `sha256:6565656565656565656565656565656565656565656565656565656565656565`<br>`sha256:6565656565656565656565656565656565656565656565656565656565656565` | 10<br>10 |
        | house-1/C | =a \| &lt;b&gt;, "c" | not checked | no check of this run |  |  |
        | house-1/D | =a \| &lt;b&gt;, "c" | supported | gate load: passed in run 019aa5b2-0000-7abc-8def-0123456789ab<br>approved by people (sign): passed<br>all that the policy asks for was judged: passed<br>judged by definitions of the base: passed | -<br>-<br>-<br>- | 0<br>13<br>14<br>0 |
        | house-1/E | =a \| &lt;b&gt;, "c" | not supported | the verdict: failed | - | 14 |

        ## What says which check supports what

        - `house-1`: mappings/house.yaml, sha256:0606060606060606060606060606060606060606060606060606060606060606
    "##]],
    );
}

#[test]
fn a_spreadsheet_has_a_line_for_each_check_and_no_formula() {
    check(
        csv,
        &expect![[r#"
        framework,requirement,title,state,check,name,gate,check_state,evidence,event,run,recorded_in$
        house-1,A,"'=a | <b>, ""c""",not supported,gate,lint,,failed,sha256:6464646464646464646464646464646464646464646464646464646464646464,7,019aa6c1-5d00-7abc-8def-0123456789ab,$
        house-1,A,"'=a | <b>, ""c""",not supported,rule,no-new,lint,undecided,sha256:6464646464646464646464646464646464646464646464646464646464646464,7,019aa6c1-5d00-7abc-8def-0123456789ab,$
        house-1,A,"'=a | <b>, ""c""",not supported,rule,no-copyleft,,undecided,,14,019aa6c1-5d00-7abc-8def-0123456789ab,$
        house-1,A,"'=a | <b>, ""c""",not supported,rule,no-drop,,undecided,,14,019aa6c1-5d00-7abc-8def-0123456789ab,$
        house-1,A,"'=a | <b>, ""c""",not supported,rule,changed,,undecided,,14,019aa6c1-5d00-7abc-8def-0123456789ab,$
        house-1,B,"'=a | <b>, ""c""",supported,gate,test,,passed,sha256:6565656565656565656565656565656565656565656565656565656565656565,10,019aa6c1-5d00-7abc-8def-0123456789ab,$
        house-1,B,"'=a | <b>, ""c""",supported,rule,tests-pass,test,passed,sha256:6565656565656565656565656565656565656565656565656565656565656565,10,019aa6c1-5d00-7abc-8def-0123456789ab,$
        house-1,C,"'=a | <b>, ""c""",not checked,,,,,,,019aa6c1-5d00-7abc-8def-0123456789ab,$
        house-1,D,"'=a | <b>, ""c""",supported,gate,load,,passed,,0,019aa6c1-5d00-7abc-8def-0123456789ab,019aa5b2-0000-7abc-8def-0123456789ab$
        house-1,D,"'=a | <b>, ""c""",supported,run,approved by people,sign,passed,,13,019aa6c1-5d00-7abc-8def-0123456789ab,$
        house-1,D,"'=a | <b>, ""c""",supported,run,all that the policy asks for was judged,,passed,,14,019aa6c1-5d00-7abc-8def-0123456789ab,$
        house-1,D,"'=a | <b>, ""c""",supported,run,judged by definitions of the base,,passed,,0,019aa6c1-5d00-7abc-8def-0123456789ab,$
        house-1,E,"'=a | <b>, ""c""",not supported,run,the verdict,,failed,,14,019aa6c1-5d00-7abc-8def-0123456789ab,$
    "#]],
    );
}
