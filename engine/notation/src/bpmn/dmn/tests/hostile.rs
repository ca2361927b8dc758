//! What is refused, and where.

use super::*;

#[test]
fn hit_policies_and_cells_without_an_equal_are_refused_where_they_stand() {
    check(
        &file(&table(
            "hitPolicy=\"COLLECT\" aggregation=\"SUM\"",
            &["a", "list contains(x, 1)", "x == 1"],
            &["o", "o"],
            r#"date("2026-01-01") | - | - => 1 | if a then b else c
               [1..               | - | - => 1 | 2
               < "a" b            | - | - => 'x' | 2
               -                  | -     => 1 | 2
               in (1,2)           | - | - => 1 | 2"#,
        )),
        &expect![[r#"
            a.dmn:2:53 error D005 «COLLECT» the hit policy `COLLECT` is not supported | help: UNIQUE, FIRST and ANY are; the default is UNIQUE
            a.dmn:2:179 error D009 «contains» `contains` does not belong here | help: a name with spaces has no equal: rename the variable
            a.dmn:2:258 error D009 «==» FEEL has no `==` | help: write `=`
            a.dmn:2:313 error D007 «<output name="o"/>» two outputs are called `o`
            a.dmn:3:25 error D009 «date(» the call of `date` has no equal | help: set a variable before, and compare that
            a.dmn:3:201 error D009 «if» `if` does not belong here | help: a name with spaces has no equal: rename the variable
            a.dmn:4:29 error D009 «» the expression ends too early
            a.dmn:5:34 error D009 «b» `b` does not belong here | help: a name with spaces has no equal: rename the variable
            a.dmn:5:152 error D009 «'» FEEL has no single quotes | help: texts are written in double quotes
            a.dmn:6:1 error D006 «<rule>» a rule has 2 inputs of 3
            a.dmn:7:25 error D009 «in» `in` does not belong here | help: a name with spaces has no equal: rename the variable
        "#]],
    );
}

#[test]
fn shapes_that_are_no_table_are_refused() {
    check(
        &file(""),
        &expect![[r#"
        a.dmn:1:1 error D006 «<definitions xmlns="https://ww…ame="d">» the file has no decision | help: a decision is `<decision id="…">`
    "#]],
    );
    check(
        &file("<decision id=\"a\"/><decision id=\"a\"><context/></decision><decision/>"),
        &expect![[r#"
        a.dmn:2:1 error D006 «<decision id="a"/>» the decision `a` has no table | help: a decision holds a `<decisionTable>`
        a.dmn:2:33 error D007 «a» two decisions have the id `a`
        a.dmn:2:36 error D004 «<context/>» `context` is not supported as the logic of a decision | help: write a decision table, or one expression
        a.dmn:2:57 error D006 «<decision/>» the decision `` has no table | help: a decision holds a `<decisionTable>`
        a.dmn:2:57 error D007 «<decision/>» a decision has no id
    "#]],
    );
    check(
        &file(
            "<import namespace=\"x\"/><decision id=\"a\"><knowledgeRequirement/><decisionTable><input/><x/>\
             <rule><inputEntry><text>1</text></inputEntry></rule></decisionTable></decision>\
             <decision id=\"b\"><informationRequirement><requiredDecision href=\"#c\"/></informationRequirement>\
             <literalExpression expressionLanguage=\"kornshell\"><text>1</text></literalExpression></decision>\
             <decision id=\"c\"><informationRequirement><requiredDecision href=\"#b\"/></informationRequirement>\
             <informationRequirement><requiredDecision href=\"#nobody\"/></informationRequirement>\
             <literalExpression><text>1</text></literalExpression></decision>",
        ),
        &expect![[r#"
            a.dmn:2:1 error D004 «<import namespace="x"/>» another file is not imported | help: put the decisions into one file
            a.dmn:2:41 error D004 «<knowledgeRequirement/>» a decision requires a function | help: write it into the table
            a.dmn:2:64 error D006 «<decisionTable>» the table has no output | help: an output is `<output name="…">`
            a.dmn:2:79 error D006 «<input/>» an input has tests and looks at nothing
            a.dmn:2:87 error D004 «<x/>» `x` does not belong into a table
            a.dmn:2:170 error D008 «<decision id="b">» the decision `b` requires itself
            a.dmn:2:304 error D010 «kornshell» the language `kornshell` is not known | help: tables are in FEEL
            a.dmn:2:360 error D008 «<decision id="c">» the decision `c` requires itself
            a.dmn:2:503 error D008 «#nobody» the file has no decision `#nobody`
        "#]],
    );
}

#[test]
fn files_that_are_not_dmn_are_refused() {
    for (text, wanted) in [
        (String::new(), "the file holds no element"),
        ("x".into(), "this is not XML"),
        ("<a/>".into(), "the root `a` is not `definitions` of DMN"),
        (
            "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"/>".into(),
            "is not `definitions` of DMN",
        ),
        ("<!DOCTYPE a [<!ENTITY b \"c\">]><definitions/>".into(), "the file has a document type"),
        (file("<decision id=\"a\">"), "expected `</decision>`"),
        (file("<decision id=\"a"), "this is not XML"),
        (file("<decision id=\"a\" id=\"b\"/>"), "stands twice"),
        (file("&nbsp;"), "not one of the five entities"),
        (file("\u{1}"), "U+0001"),
        (file(&"<decision>".repeat(100)), "nested more than 64 deep"),
        (file(&"<decision/>".repeat(ELEMENTS_MAX)), "more than 200000 elements"),
        (file(&"<decision id=\"a\"/>".repeat(201)), "at most 200 decisions"),
        (file("") + "<a/>", "a second root element"),
        (file("") + "x", "this is not XML"),
        (file(&table("", &["a"], &["b"], &"1 => 2\n".repeat(RULES_MAX + 1))), "at most 5000 rules"),
        (file(&table("", &["a"; 51], &["b"], "")), "at most 50 inputs"),
        (file(&table("", &["a"], &["b"], &format!("{}1 => 2", "(".repeat(3_000)))), "nested deeper"),
    ] {
        let (found, problems) = reads(&text);
        assert!(found.is_none(), "{}", &text[..text.len().min(80)]);
        assert!(problems.contains(wanted), "{wanted}: {problems}");
    }
    let (mut sources, mut problems) = (SourceMap::default(), Diagnostics::default());
    assert!(read("a.dmn", vec![b' '; FILE_BYTES_MAX + 1], &mut sources, &mut problems).is_none());
    assert!(read("a.dmn", vec![0xff, 0x80, 0x00], &mut sources, &mut problems).is_none());
}

/// Every beginning of a file, and every file with a byte less, is read or refused.
#[test]
fn a_mangled_file_makes_nothing_panic() {
    let text = file(&table("hitPolicy=\"ANY\"", &["a", "b.c"], &["o"], "< 5 | \"x\",\"y\" => a + 1"));
    for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
        let _ = reads(&text[..at]);
        let _ = reads(&format!("{}{}", &text[..at], &text[at + 1..]));
    }
}
