//! Claims about graphs and about what a live display shows.

use expect_test::{Expect, expect};

use dod_kernel::id::Timestamp;

use crate::graph::{dot, mermaid};
use crate::progress::{Estimates, lines};
use crate::tests::{build, tell};
use crate::{Look, Story};

fn progress(workflow: &str, story: &str, later_ms: u64, estimates: &[(&str, u64)], expect: &Expect) {
    let teller = tell(workflow, story);
    let story: Story = teller.story();
    let estimates: Estimates = estimates.iter().map(|(name, ms)| ((*name).into(), *ms)).collect();
    let now = Timestamp(story.last_at.0).plus(later_ms);
    let look = Look { width: Some(60), ..Look::PLAIN };
    expect.assert_eq(&lines(&story, now, &estimates, look).join("\n"));
}

#[test]
fn what_runs_longest_is_shown_first_and_the_rest_is_counted() {
    let workflow = "fmt; lint(gate=lint); test(gate=test) < fmt; pack < test; sign(approve=1)";
    progress(
        workflow,
        "start; tick 400; fmt exits 0",
        2_600,
        &[],
        &expect![[r#"
        running   lint  3.0s
        running   test  2.6s
        waiting   sign  1 person of `owners` to say yes, until 20...
        1 of 5 settled, 2 running, 1 waiting, 3.0s"#]],
    );
}

#[test]
fn a_guess_is_made_only_where_all_that_is_left_was_seen_before() {
    let workflow = "fmt; lint; test < fmt; pack < test";
    let all = [("fmt", 400), ("lint", 9_000), ("test", 5_000), ("pack", 3_000)];
    progress(
        workflow,
        "start; tick 400; fmt exits 0",
        1_000,
        &all,
        &expect![[r#"
        running   lint  1.4s of about 9.0s
        running   test  1.0s of about 5.0s
        1 of 4 settled, 2 running, 1.4s, about 7.6s left"#]],
    );
    progress(
        workflow,
        "start; tick 400; fmt exits 0",
        1_000,
        &all[..3],
        &expect![[r#"
        running   lint  1.4s of about 9.0s
        running   test  1.0s of about 5.0s
        1 of 4 settled, 2 running, 1.4s"#]],
    );
}

#[test]
fn a_run_that_has_ended_is_not_in_progress() {
    progress("a", "start; a exits 0", 0, &[], &expect![[""]]);
}

const KINDS: &str = "lint(gate=lint); \"odd`name;(pass); test(gate=unit,if=yes) < lint:any; sign(approve=2) < test; \
     w(wait=90000) < sign; j(judge=standard) < w; msg(message=go) < j; roll < msg:failed; sub(call=in) < roll | \
     in: x; y < x";

#[test]
fn a_graph_for_mermaid_says_what_each_node_is() {
    expect![[r##"
        flowchart TD
          subgraph b0 ["test"]
            n0(["lint"])
            n1{"#34;odd#96;name"}
            n2(["test (unit) if yes"])
            n3[/"sign (approval of 2)"/]
            n4(("w (wait 1m 30s)"))
            n5{{"j (judge standard)"}}
            n6>"msg (message go)"]
            n7["roll"]
            n8[["sub"]]
          end
          subgraph b1 ["sub"]
            n9["x"]
            n10["y"]
          end
          n0 -->|"any"| n2
          n2 --> n3
          n3 --> n4
          n4 --> n5
          n5 --> n6
          n6 -->|"failed"| n7
          n7 --> n8
          n9 --> n10
          n8 -.-> b1
    "##]]
    .assert_eq(&mermaid(&build::workflow(&kinds()), None));
}

#[test]
fn a_graph_for_graphviz_says_the_same() {
    expect![[r#"
        digraph "test" {
          node [style=filled, fillcolor=white];
          subgraph cluster_0 {
          label="test";
          n0 [label="lint", shape=oval];
          n1 [label="\"odd`name", shape=diamond];
          n2 [label="test (unit) if yes", shape=oval];
          n3 [label="sign (approval of 2)", shape=parallelogram];
          n4 [label="w (wait 1m 30s)", shape=circle];
          n5 [label="j (judge standard)", shape=hexagon];
          n6 [label="msg (message go)", shape=cds];
          n7 [label="roll", shape=box];
          n8 [label="sub", shape=box3d];
          }
          subgraph cluster_1 {
          label="sub";
          n9 [label="x", shape=box];
          n10 [label="y", shape=box];
          }
          n0 -> n2 [label="any"];
          n2 -> n3;
          n3 -> n4;
          n4 -> n5;
          n5 -> n6;
          n6 -> n7 [label="failed"];
          n7 -> n8;
          n9 -> n10;
          n8 -> n9 [style=dotted];
        }
    "#]]
    .assert_eq(&dot(&build::workflow(&kinds()), None));
}

/// `;` ends a node in the small language of these tests, so the odd name goes without it.
fn kinds() -> String {
    KINDS.replace("name;(", "name(")
}

#[test]
fn conditions_of_tokens_stand_on_their_edges() {
    let workflow = build::workflow("tokens; s(xor) -> a?yes b?default; a -> j; b -> j; j(or)");
    expect![[r#"
        flowchart TD
          n0{"s (exclusive)"}
          n1["a"]
          n2["b"]
          n3{"j (inclusive)"}
          n0 -->|"yes"| n1
          n0 -->|"default"| n2
          n1 --> n3
          n2 --> n3
    "#]]
    .assert_eq(&mermaid(&workflow, None));
}

#[test]
fn a_graph_of_a_run_is_colored_by_how_steps_stand() {
    let teller = tell("a; b < a; c", "start; a exits 1");
    expect![[r#"
        flowchart TD
          n0["a"]
          n1["b"]
          n2["c"]
          n0 --> n1
          classDef running fill:#bbdefb,stroke:#1565c0,color:#000
          class n2 running
          classDef failed fill:#ffcdd2,stroke:#c62828,color:#000
          class n0 failed
          classDef skipped fill:#eeeeee,stroke:#9e9e9e,color:#000
          class n1 skipped
    "#]]
    .assert_eq(&mermaid(&teller.workflow, Some(&teller.story())));
    expect![[r##"
        digraph "test" {
          node [style=filled, fillcolor=white];
          n0 [label="a", shape=box, fillcolor="#ffcdd2"];
          n1 [label="b", shape=box, fillcolor="#eeeeee"];
          n2 [label="c", shape=box, fillcolor="#bbdefb"];
          n0 -> n1;
        }
    "##]]
    .assert_eq(&dot(&teller.workflow, Some(&teller.story())));
}

#[test]
fn starts_and_ends_of_tokens_are_circles() {
    let workflow = build::workflow("tokens; begin(pass) -> a; a -> end; end(pass)");
    expect![[r#"
        flowchart TD
          n0(("begin"))
          n1["a"]
          n2((("end")))
          n0 --> n1
          n1 --> n2
    "#]]
    .assert_eq(&mermaid(&workflow, None));
    expect![[r#"
        digraph "test" {
          node [style=filled, fillcolor=white];
          n0 [label="begin", shape=circle];
          n1 [label="a", shape=box];
          n2 [label="end", shape=doublecircle];
          n0 -> n1;
          n1 -> n2;
        }
    "#]]
    .assert_eq(&dot(&workflow, None));
}
