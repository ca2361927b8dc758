//! Business rule tasks and the tables beside a diagram.

use expect_test::expect;

use super::world::Options;
use super::{check, check_with};
use crate::bpmn::Purpose;
use crate::lower::Loaded;

const HEAD: &str = "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"d\">";

fn table(id: &str, input: &str, test: &str, output: &str, value: &str) -> String {
    format!(
        "<decision id=\"{id}\" name=\"{id}\"><decisionTable hitPolicy=\"FIRST\"><input><inputExpression><text>{input}</text>\
         </inputExpression></input><output name=\"{output}\"/><rule><inputEntry><text>{test}</text></inputEntry>\
         <outputEntry><text>{value}</text></outputEntry></rule></decisionTable></decision>"
    )
}

fn one() -> String {
    format!("{HEAD}{}</definitions>", table("risk", "lines", "&gt; 100", "risk", "\"high\""))
}

#[test]
fn a_table_beside_the_diagram_decides() {
    check_with(
        "start -> a(businessRule dod:decision=risk) -> end",
        &[("rules.dmn", &one())],
        &Options::default(),
        &expect![[r#"
              start: pass -> a
              a: decide First, risk = high if lines > 100 -> end
              end: pass
        "#]],
    );
    check_with(
        "start -> a(businessRule camunda:decisionRef=risk camunda:resultVariable=level) -> b(businessRule \"+<extensionElements><zeebe:calledDecision decisionId='risk' resultVariable='again'/></extensionElements>\") -> end",
        &[],
        &Options { along: &[Loaded { name: "x.dmn".to_owned(), text: one() }], ..Options::default() },
        &expect![[r#"
              start: pass -> a
              a: decide First into level, risk = high if lines > 100 -> b
              b: decide First into again, risk = high if lines > 100 -> end
              end: pass
        "#]],
    );
}

#[test]
fn a_table_that_rests_on_others_is_a_body_of_its_own() {
    let second = table("go", "risk", "\"high\"", "go", "false").replace(
        "<decisionTable",
        "<informationRequirement><requiredDecision href=\"#risk\"/></informationRequirement><decisionTable",
    );
    let text =
        format!("{HEAD}{}{second}</definitions>", table("risk", "lines", "&gt; 100", "risk", "\"high\""));
    check_with(
        "start -> a(businessRule dod:decision=go dod:result=answer) -> end",
        &[("rules.dmn", &text)],
        &Options::default(),
        &expect![[r#"
            start: pass -> a
            a: call 1 -> end
            end: pass
            body 1
            (decision risk of a) <>: decide First, risk = high if lines > 100 -> (decision go of a)
            (decision go of a) <>: decide First into answer, go = Bool(false) if risk == "high"
        "#]],
    );
}

#[test]
fn a_decision_that_is_nowhere_is_told() {
    check(
        "start -> a(businessRule dod:decision=risk) -> b(businessRule camunda:decisionRef=risk) -> end",
        &expect![[r#"
            error B129 at `risk`: business rule task `a` asks for the decision `risk`, which is in no file at hand
              help: put its file beside the diagram, with the ending `.dmn`
            error B125 at `<businessRuleTask id="b" camunda:decisionRef="risk`: nothing says what business rule task `b` does
              help: no `.dmn` file beside the diagram has the decision `risk`; put it there, or name it like a gate (`cargo/clippy`), give it `dod:gate` or `dod:run`, or bind it in `release.bindings.yaml`
        "#]],
    );
    let options = Options { purpose: Purpose::Simulate, ..Options::default() };
    check_with(
        "start -> b(businessRule camunda:decisionRef=risk) -> end",
        &[],
        &options,
        &expect![[r#"
              start: pass -> b
              b: nothing to run -> end
              end: pass
        "#]],
    );
}

#[test]
fn a_wrong_table_is_told_where_it_stands() {
    let text = one().replace("FIRST", "COLLECT");
    check_with(
        "start -> a(businessRule dod:decision=risk) -> end",
        &[("rules.dmn", &text)],
        &Options::default(),
        &expect![[r#"
        error D005 at `COLLECT`: the hit policy `COLLECT` is not supported
          help: UNIQUE, FIRST and ANY are; the default is UNIQUE
    "#]],
    );
}
