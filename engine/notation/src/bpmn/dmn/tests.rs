//! DMN files in, tables or what is wrong with them out.

mod hostile;

use expect_test::{Expect, expect};

use super::*;
use crate::diagnose::testing::show;

/// A file with this in its `<definitions>`.
fn file(inside: &str) -> String {
    format!("<definitions xmlns=\"{}\" name=\"d\">\n{inside}\n</definitions>", NAMESPACES[3])
}

/// A decision with a table of one row for each line: tests, `=>`, outputs, set apart by `|`.
fn table(attributes: &str, inputs: &[&str], outputs: &[&str], rules: &str) -> String {
    let escaped = |text: &str| text.trim().replace('&', "&amp;").replace('<', "&lt;");
    let mut out = format!("<decision id=\"d\" name=\"D\"><decisionTable {attributes}>");
    for input in inputs {
        out += &format!("<input><inputExpression><text>{}</text></inputExpression></input>", escaped(input));
    }
    for output in outputs {
        out += &format!("<output name=\"{output}\"/>");
    }
    for rule in rules.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (tests, said) = rule.split_once("=>").unwrap();
        out += "\n<rule>";
        for test in tests.split('|') {
            out += &format!("<inputEntry><text>{}</text></inputEntry>", escaped(test));
        }
        for value in said.split('|') {
            out += &format!("<outputEntry><text>{}</text></outputEntry>", escaped(value));
        }
        out += "</rule>";
    }
    out + "</decisionTable></decision>"
}

fn said(said: &Said) -> String {
    match said {
        Said::Literal(value, _) => format!("{value:?}"),
        Said::Expression(translated) => translated.text.clone(),
    }
}

fn reads(text: &str) -> (Option<Decisions>, String) {
    let (mut sources, mut problems) = (SourceMap::default(), Diagnostics::default());
    let found = read("a.dmn", text.as_bytes().to_vec(), &mut sources, &mut problems);
    let problems = problems.finish();
    for problem in &problems {
        let known = codes::ALL.iter().chain(crate::bpmn::codes::ALL).any(|(code, _)| *code == problem.code);
        assert!(known, "{} is explained", problem.code);
    }
    (found, show(&sources, &problems))
}

fn check(text: &str, expected: &Expect) {
    let (found, mut out) = reads(text);
    for table in found.iter().flat_map(Decisions::tables) {
        let outputs: Vec<&str> = table.outputs.iter().map(Name::as_str).collect();
        out += &format!("{} {:?} -> {}\n", table.id, table.hit, outputs.join(", "));
        for rule in &table.rules {
            let when = rule.when.as_ref().map_or("always", |when| &when.text);
            let set: Vec<String> =
                rule.set.iter().map(|(name, value)| format!("{name}: {}", said(value))).collect();
            out += &format!("    {when} => {}\n", set.join("; "));
        }
    }
    expected.assert_eq(&out);
}

#[test]
fn tests_of_a_rule_are_one_condition() {
    check(
        &file(&table(
            "hitPolicy=\"FIRST\"",
            &["season", "guests", "order.total + 1"],
            &["dish", "price"],
            r#""Fall"               | <= 8         | -            => "Ribs"   | 10
               "Winter","Spring"    | [5..8]       | > 100        => "Stew"   | 9.50
               not("Summer","Fall") | ]1..5[       | (1..2]       => dish     | price * 2 + 1
               null                 | 1, 2, 3      | < a.b        => null     |
               ? != "x" and ? != y  | < 3, > 10    | = 5          => "a" + b  | -1
               "a b", x             | not(< 3)     | -            => true     | [1, 2]
                                    | -            |              => "Else"   | 0"#,
        )),
        &expect![[r#"
            d First -> dish, price
                season == "Fall" && guests <= 8 => dish: Text("Ribs"); price: Integer(10)
                season in ["Winter", "Spring"] && guests >= 5 && guests <= 8 && order.total + 1 > 100 => dish: Text("Stew"); price: Decimal(Decimal { digits: 95, scale: 1 })
                !(season in ["Summer", "Fall"]) && guests > 1 && guests < 5 && order.total + 1 > 1 && order.total + 1 <= 2 => dish: dish; price: price * 2 + 1
                season == () && guests in [1, 2, 3] && order.total + 1 < a.b => dish: Null
                season != "x" && season != y && (guests < 3 || guests > 10) && order.total + 1 == 5 => dish: "a" + b; price: Integer(-1)
                (season == "a b" || season == x) && !(guests < 3) => dish: Bool(true); price: List([Integer(1), Integer(2)])
                always => dish: Text("Else"); price: Integer(0)
        "#]],
    );
}

#[test]
fn every_version_and_prefix_is_read() {
    for namespace in NAMESPACES {
        let text = format!(
            "\u{feff}<?xml version=\"1.0\"?><!-- a table --><x:definitions xmlns:x=\"{namespace}\" xmlns:y=\"urn:y\">\
             <x:decision id=\"d\" y:z=\"1\"><x:extensionElements><y:a><y:b/></y:a></x:extensionElements>\
             <x:decisionTable><y:note>n</y:note><x:input><x:inputExpression><x:text><![CDATA[ a ]]></x:text>\
             </x:inputExpression></x:input><x:output/><x:rule><x:inputEntry><x:text><![CDATA[< 5]]></x:text></x:inputEntry>\
             <x:outputEntry><x:text>&quot;&#x41;&quot;</x:text></x:outputEntry></x:rule></x:decisionTable></x:decision>\
             <y:drawing/></x:definitions>"
        );
        let (found, problems) = reads(&text);
        assert_eq!(problems, "");
        let found = found.unwrap();
        let rule = &found.tables()[0].rules[0];
        assert_eq!(rule.when.as_ref().unwrap().text, "a < 5");
        assert_eq!(said(&rule.set["d"]), "Text(\"A\")");
        // A place in the condition is a place in the file.
        let text = text.trim_start_matches('\u{feff}');
        assert_eq!(&text[rule.when.as_ref().unwrap().origin(1, 5)], "5");
        assert_eq!(&text[rule.when.as_ref().unwrap().origin(1, 1)], "a");
    }
}

#[test]
fn a_decision_may_be_one_expression_and_require_others() {
    let requires = |id: &str| {
        format!("<informationRequirement><requiredDecision href=\"#{id}\"/></informationRequirement>")
    };
    let text = file(&format!(
        "<inputData id=\"i\" name=\"Guest Count\"/>\
         <decision id=\"dish\" name=\"Dish\">{}{}<decisionTable>\
         <input><inputExpression><text>Season</text></inputExpression></input>\
         <input><inputExpression><text> Guest Count </text></inputExpression></input>\
         <input><inputExpression><text>Price</text></inputExpression></input>\
         <output name=\"dish\"/>\
         <rule><inputEntry><text>\"Fall\"</text></inputEntry><inputEntry><text>&gt;3</text></inputEntry>\
         <inputEntry><text>&lt; 10</text></inputEntry><outputEntry><text>\"Ribs\"</text></outputEntry></rule>\
         </decisionTable></decision>\
         <decision id=\"s\" name=\"Season\"><decisionTable><output name=\"season\"/>\
         <rule><outputEntry><text>\"Fall\"</text></outputEntry></rule></decisionTable></decision>\
         <decision id=\"p\" name=\"price\"><variable name=\"Price\"/>{}<literalExpression><text>base * 2</text></literalExpression></decision>",
        requires("s"),
        requires("p"),
        requires("s"),
    ));
    check(
        &text,
        &expect![[r#"
            dish Unique -> dish
                Season == "Fall" && vars["Guest Count"] > 3 && Price < 10 => dish: Text("Ribs")
            s Unique -> season
                always => season: Text("Fall")
            p Unique -> Price
                always => Price: base * 2
        "#]],
    );
    let found = reads(&text).0.unwrap();
    assert_eq!(found.find("Dish"), Some(0));
    assert_eq!(found.find("p"), Some(2));
    assert_eq!(found.find("nobody"), None);
    let steps = found.steps(0).into_iter().map(|step| (step.at, step.into.map(Name::as_str)));
    assert_eq!(steps.collect::<Vec<_>>(), [(1, Some("Season")), (2, None), (0, None)]);
}

#[test]
fn default_outputs_are_what_else_is_said() {
    let text = file(
        "<decision id=\"d\"><decisionTable hitPolicy=\"FIRST\">\
         <input><inputExpression><text>a</text></inputExpression></input>\
         <output name=\"o\"><defaultOutputEntry><text>\"else\"</text></defaultOutputEntry></output>\
         <rule><inputEntry><text>1</text></inputEntry><outputEntry><text>\"one\"</text></outputEntry></rule>\
         </decisionTable></decision>",
    );
    check(
        &text,
        &expect![[r#"
        d First -> o
            a == 1 => o: Text("one")
            always => o: Text("else")
    "#]],
    );
    check(
        &text.replace("FIRST", "UNIQUE"),
        &expect![[r#"
        a.dmn:2:1 error D004 «<decision id="d">» default outputs are supported with the hit policy FIRST
    "#]],
    );
}
