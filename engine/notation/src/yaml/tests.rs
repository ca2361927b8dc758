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
fn values_that_need_quotes_are_all_found_in_one_go() {
    check(
        "a: >= 80%\nb: **/*.rs\nc: !changed(\"src/**\")\nd: \"a\" == b\ne: {{ x }}\nf: [ **/*.rs, '!x' ]\n\
         g: { if: \"a\" == b, run: echo ${{ matrix.os }} }\nh: curl -H \"Accept: x\"\ni: @foo # c\n\
         j: && x\nk: || y\nl: %x\nm: `date`\nn: ['a' == b, c]\no:\n  - !known(x)\n  - *.md\np: >80%\nq: [a] == b\n",
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
            a.yaml:10:4 error Y002 «&& x» `&` at the beginning of a value is a YAML anchor | quotes are missing | help: put quotes around the whole value: '&& x'
            a.yaml:11:4 error Y002 «|| y» `>` and `|` at the beginning of a value open a YAML text block | quotes are missing | help: put quotes around the whole value: '|| y'
            a.yaml:12:4 error Y002 «%x» a value cannot begin with this character | quotes are missing | help: put quotes around the whole value: '%x'
            a.yaml:13:4 error Y002 «`date`» a value cannot begin with this character | quotes are missing | help: put quotes around the whole value: '`date`'
            a.yaml:14:5 error Y002 «'a' == b» text goes on behind a closing quote | quotes are missing | help: put quotes around the whole value
            a.yaml:16:5 error Y002 «!known(x)» `!` at the beginning of a value is a YAML tag | quotes are missing | help: put quotes around the whole value: '!known(x)'
            a.yaml:17:5 error Y002 «*.md» `*` at the beginning of a value is a YAML alias | quotes are missing | help: put quotes around the whole value: '*.md'
            a.yaml:18:4 error Y002 «>80%» `>` and `|` at the beginning of a value open a YAML text block | quotes are missing | help: put quotes around the whole value: '>80%'
            a.yaml:19:4 error Y002 «[a] == b» `[` at the beginning of a value opens a YAML list | quotes are missing | help: put quotes around the whole value: '[a] == b'
        "#]],
    );
}

#[test]
fn values_that_need_no_quotes_are_left_alone() {
    check_tree(
        "a: branch == \"main\"\nb: ${{ matrix.os }}\nc: a && b\nd: x:y\ne: http://x/#y\nf: >\n  folded\n  text\ng: |-\n  a: b\n",
        &expect![[r#"
            Map({"a": Text("branch == \"main\""), "b": Text("${{ matrix.os }}"), "c": Text("a && b"), "d": Text("x:y"), "e": Text("http://x/#y"), "f": Text("folded text\n"), "g": Text("a: b")})
        "#]],
    );
}

#[test]
fn what_is_not_yaml_is_said_in_words() {
    check(
        "a: 1\n\tb: 2\n",
        &expect![[r#"
            a.yaml:2:1 error Y003 «⇥» a tab cannot indent YAML | help: use spaces
        "#]],
    );
    check(
        "a:\n\t- b\n",
        &expect![[r#"
        a.yaml:2:1 error Y003 «⇥» a tab cannot indent YAML | help: use spaces
    "#]],
    );
    check(
        "a: 'x\nb: 2\n",
        &expect![[r#"
            a.yaml:2:1 error Y001 «b» a quote that is opened above is not closed before this line
        "#]],
    );
    check(
        "a: \"x\\y\"\n",
        &expect![[r#"
        a.yaml:1:4 error Y001 «"» this escape is not known between double quotes | help: write the text in single quotes, where `\` means itself
    "#]],
    );
    check(
        "a: [1, 2\nb: 2\n",
        &expect![[r#"
            a.yaml:2:2 error Y001 «:» this line does not fit the lines above it | help: keys of one map begin in the same column and have `:` behind them; brackets above are closed
        "#]],
    );
    check(
        "a: {x: 1\n",
        &expect![[r#"
        a.yaml:1:4 error Y001 «{» `{` is opened and never closed
    "#]],
    );
    check(
        "a: [1, 2}\n",
        &expect![[r#"
        a.yaml:1:4 error Y001 «[» `[` is closed by `}`
    "#]],
    );
    check(
        "a: 1]\nb: ]\n",
        &expect![[r#"
        a.yaml:2:4 error Y001 «]» this bracket closes nothing
    "#]],
    );
    check(
        "a: 1\n b: 2\n",
        &expect![[r#"
            a.yaml:2:3 error Y001 «:» this line does not fit the lines above it | help: keys of one map begin in the same column and have `:` behind them; brackets above are closed
        "#]],
    );
}

#[test]
fn lines_that_do_not_fit_are_said_where_they_stand() {
    check(
        "a:\n  b: 1\n c: 2\n",
        &expect![[r#"
            a.yaml:3:2 error Y001 «c» this line does not fit the lines above it | help: keys of one map begin in the same column and have `:` behind them; brackets above are closed
        "#]],
    );
    check(
        "a: 1\nb\nc: 2\n",
        &expect![[r#"
            a.yaml:2:1 error Y001 «b» this line does not fit the lines above it | help: keys of one map begin in the same column and have `:` behind them; brackets above are closed
        "#]],
    );
    check(
        "a: 1\n--- \nb: 2\n",
        &expect![[r#"
        a.yaml:2:1 error Y005 «---» the file holds several YAML documents | help: one file holds one document; remove `---`
    "#]],
    );
    check(
        "a: 1\n...\nb: 2\n",
        &expect![[r#"
        a.yaml:3:1 error Y005 «» the file holds several YAML documents | help: one file holds one document; remove `---`
    "#]],
    );
    check(
        "a: \u{0}\n",
        &expect![[r#"
            a.yaml:1:4 error Y011 «␀» the character '\0' is not allowed here
        "#]],
    );
    check(
        "%YAML 9.9\n---\na: 1\n",
        &expect![[r#"
        a.yaml:1:1 error Y002 «%YAML 9.9» a value cannot begin with this character | quotes are missing | help: put quotes around the whole value: '%YAML 9.9'
        a.yaml:2:1 error Y005 «---» the file holds several YAML documents | help: one file holds one document; remove `---`
    "#]],
    );
    check("\u{feff}a: 1\n", &expect![[""]]);
}

#[test]
fn what_yaml_allows_and_nothing_here_means_is_refused() {
    check(
        "a: *nowhere\n",
        &expect![[r#"
        a.yaml:1:4 error Y007 «*nowhere» no anchor `&nowhere` is defined above
    "#]],
    );
    check(
        "a: !!binary aGk=\nb: !!str 5\nc: !x [1]\n",
        &expect![[r#"
        a.yaml:1:4 error Y002 «!!binary aGk=» `!` at the beginning of a value is a YAML tag | quotes are missing | help: put quotes around the whole value: '!!binary aGk='
        a.yaml:3:4 error Y002 «!x [1]» `!` at the beginning of a value is a YAML tag | quotes are missing | help: put quotes around the whole value: '!x [1]'
    "#]],
    );
    check(
        "? [a, b]\n: c\n",
        &expect![[r#"
        a.yaml:1:3 error Y008 «[a, b]» a key must be text, not a list
    "#]],
    );
    check(
        ": x\n",
        &expect![[r#"
        a.yaml:1:1 error Y008 «» a key is missing before the `:`
    "#]],
    );
    check(
        "",
        &expect![[r#"
        a.yaml:1:1 error Y004 «» the file holds nothing
    "#]],
    );
    check(
        "---\n",
        &expect![[r#"
        a.yaml:1:1 error Y004 «» the file holds nothing
    "#]],
    );
    check("~\n", &expect![[""]]);
}

#[test]
fn a_key_written_twice_is_refused_with_both_places() {
    check(
        "a: 1\nb: { x: 1, 'x': 2, x: 3 }\n\"a\": 2\n",
        &expect![[r#"
        a.yaml:2:12 error Y006 «'x'» the key `x` is here twice | a.yaml:2:6 «x» first written here
        a.yaml:2:20 error Y006 «x» the key `x` is here twice | a.yaml:2:6 «x» first written here
        a.yaml:3:1 error Y006 «"a"» the key `a` is here twice | a.yaml:1:1 «a» first written here
    "#]],
    );
}

#[test]
fn a_merge_takes_only_maps() {
    check(
        "a: { <<: [x, { y: z }], <<: 3 }\n",
        &expect![[r#"
            a.yaml:1:11 error Y009 «x» `<<` takes a map, not text | a.yaml:1:6 «<<» merged here
            a.yaml:1:29 error Y009 «3» `<<` takes a map, not a number | a.yaml:1:25 «<<» merged here
        "#]],
    );
}

#[test]
fn line_ends_of_windows_are_fine() {
    check_tree(
        "a: 1\r\nb:\r\n  - x\r\n  - 'y'\r\n",
        &expect![[r#"
        Map({"a": Integer(1), "b": List([Text("x"), Text("y")])})
    "#]],
    );
}

#[test]
fn a_place_inside_an_alias_is_that_of_its_definition() {
    let mut sources = SourceMap::default();
    let file = sources.add("a.yaml", "a: &x { k: v }\nb: *x\n");
    let node = parse(&sources, file, &mut Diagnostics::default()).unwrap();
    let Kind::Map(entries) = &node.kind else { panic!() };
    let Kind::Map(inner) = &entries[1].value.kind else { panic!() };
    assert_eq!(sources.slice(entries[1].value.span), "*x");
    assert_eq!((sources.slice(inner[0].value.span), sources.place(inner[0].value.span).line), ("v", 1));
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
