//! Text in, tree and diagnostics out.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::diagnose::{Diagnostics, SourceMap, testing};

fn read_text(text: &str) -> (Option<Node>, String) {
    let mut sources = SourceMap::default();
    let file = sources.add("a.yaml", text);
    let mut problems = Diagnostics::default();
    let node = parse(&sources, file, &mut problems);
    (node, testing::show(&sources, &problems.finish()))
}

fn check(text: &str, expected: &Expect) {
    let (_, problems) = read_text(text);
    expected.assert_eq(&problems);
}

fn check_tree(text: &str, expected: &Expect) {
    let (node, problems) = read_text(text);
    let mut out = problems;
    if let Some(node) = node {
        writeln!(out, "{:?}", node.value()).unwrap();
    }
    expected.assert_eq(&out);
}

#[test]
fn traps() {
    check(
        "a: >= 80%\nb: **/*.rs\nc: !changed(\"src/**\")\nd: \"a\" == b\ne: {{ x }}\nf: [ **/*.rs, '!x' ]\n\
         g: { if: \"a\" == b, run: echo ${{ matrix.os }} }\nh: curl -H \"Accept: x\"\ni: @foo # c\n",
        &expect![[r#"
            a.yaml:1:4 error Y002 «>= 80%» `>` and `|` at the beginning of a value open a YAML text block | quotes are missing | help: put quotes around the whole value: '>= 80%'
            a.yaml:2:4 error Y002 «**/*.rs» `*` at the beginning of a value is a YAML alias | quotes are missing | help: put quotes around the whole value: '**/*.rs'
            a.yaml:3:4 error Y002 «!changed("src/**")» `!` at the beginning of a value is a YAML tag | quotes are missing | help: put quotes around the whole value: '!changed("src/**")'
            a.yaml:4:4 error Y002 «"a" == b» text goes on behind a closing quote | quotes are missing | help: put quotes around the whole value: '"a" == b'
            a.yaml:5:4 error Y002 «{{ x }}» `{` at the beginning of a value opens a YAML map | quotes are missing | help: put quotes around the whole value: '{{ x }}'
            a.yaml:6:6 error Y002 «**/*.rs» `*` at the beginning of a value is a YAML alias | quotes are missing | help: put quotes around the whole value: '**/*.rs'
            a.yaml:7:10 error Y002 «"a" == b» text goes on behind a closing quote | quotes are missing | help: put quotes around the whole value: '"a" == b'
            a.yaml:7:25 error Y002 «echo ${{ matrix.os }}» `{` and `}` mean something to YAML inside a map in braces | quotes are missing | help: put quotes around the whole value: 'echo ${{ matrix.os }}'
            a.yaml:8:4 error Y002 «curl -H "Accept: x"» `: ` inside a value begins a YAML map | quotes are missing | help: put quotes around the whole value: 'curl -H "Accept: x"'
            a.yaml:9:4 error Y002 «@foo» a value cannot begin with this character | quotes are missing | help: put quotes around the whole value: '@foo'
        "#]],
    );
}

#[test]
fn a_scalar_stays_what_was_written_and_means_something_only_when_asked() {
    check_tree(
        "[1.10, NO, on, 12e4567, 0012, ~, '12', true, -3, 1_000, 0x1f, .5]",
        &expect![[r#"
        List([Decimal(Decimal { digits: 11, scale: 1 }), Text("NO"), Text("on"), Text("12e4567"), Text("0012"), Null, Text("12"), Bool(true), Integer(-3), Text("1_000"), Text("0x1f"), Text(".5")])
    "#]],
    );
}

#[test]
fn anchors_and_merge_keys_work_and_local_keys_win() {
    check_tree(
        "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\nuse: {<<: [*b, *m], x: 9}\nlist: &l [a, b]\nagain: *l\n",
        &expect![[r#"
            Map({"again": List([Text("a"), Text("b")]), "base": Map({"x": Integer(1), "y": Integer(2)}), "list": List([Text("a"), Text("b")]), "more": Map({"y": Integer(3), "z": Integer(4)}), "use": Map({"x": Integer(9), "y": Integer(2), "z": Integer(4)})})
        "#]],
    );
}
