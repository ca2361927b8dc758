//! What is wrong with an entry is said with its place, all of it at once.

use expect_test::{Expect, expect};

use super::*;

fn check(text: &str, expected: &Expect) {
    let (entries, errors) = file("gates/own.yaml", text, &["junit", "sarif"]);
    let mut found: String = errors.iter().map(|error| format!("{error}\n")).collect();
    for placed in entries {
        found.push_str(&format!("entry {}\n", placed.entry.name));
    }
    expected.assert_eq(&found);
}

#[test]
fn an_entry_needs_a_name_a_purpose_a_kind_and_a_command() {
    check(
        "{}",
        &expect![[r#"
        gates/own.yaml:1:1: `gate` is missing from an entry
        gates/own.yaml:1:1: `about` is missing from an entry
        gates/own.yaml:1:1: `kind` is missing from an entry
        gates/own.yaml:1:1: `run` is missing from an entry
    "#]],
    );
    check(
        "gate: own/x\n",
        &expect![[r#"
        gates/own.yaml:1:1: `about` is missing from an entry
        gates/own.yaml:1:1: `kind` is missing from an entry
        gates/own.yaml:1:1: `run` is missing from an entry
    "#]],
    );
}

#[test]
fn all_errors_of_a_file_are_reported_at_once() {
    check(
        r#"
- gate: Own
  about: [x]
  kind: tset
  runn: [x]
  run: []
  exit: { clean: [0, 1], findings: [1, 300], other: [] }
  evidence: { from: stdout, format: junti }
- gate: own/x
  about: x
  kind: test
  run: [x, "--a={args}", "{arg}", "{files}"]
  with: { args: { type: list, about: x }, unused: { type: text, about: x }, n: { type: integr, about: x } }
  timeout: 5 minutes
  detect: ["a/{b"]
  must_succeed: yes
- text
"#,
        &expect![[r#"
            gates/own.yaml:2:9: `Own` is not a gate's name: `family/tool` in lower case
            gates/own.yaml:3:10: `about` should be text, and it is a list
            gates/own.yaml:4:9: `tset` is not a known kind of gate; did you mean `test`?
            gates/own.yaml:5:3: `runn` is no key of an entry; did you mean `run`?
            gates/own.yaml:6:8: `run` should be a program and its arguments, and it is nothing
            gates/own.yaml:7:26: exit code 1 cannot be both `clean` and `findings`
            gates/own.yaml:7:40: `exit` should be an exit code from 0 to 255, and it is a whole number
            gates/own.yaml:7:46: `other` is no key of `exit`
            gates/own.yaml:8:37: `junti` is not an evidence format that can be read; did you mean `junit`?
            gates/own.yaml:12:3: `{args}` stands inside an argument, so it must be one text with a `default` or `required: true`
            gates/own.yaml:12:3: `{arg}` names no parameter of `with`; did you mean `args`?
            gates/own.yaml:13:3: nothing uses the parameter `n`
            gates/own.yaml:13:3: nothing uses the parameter `unused`
            gates/own.yaml:13:82: `integr` is not a parameter's type; did you mean `integer`?
            gates/own.yaml:14:12: `timeout` should be a duration such as `90s`, `5m`, `2h`, and it is text
            gates/own.yaml:15:3: `a/{b` is not a glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
            gates/own.yaml:16:17: `must_succeed` should be true or false, and it is text
            gates/own.yaml:17:3: here should be an entry or a list of entries, and it is text
        "#]],
    );
}

#[test]
fn findings_without_a_report_are_not_findings() {
    check(
        "{ gate: own/x, about: x, kind: lint, run: [x], exit: { clean: [0], findings: [1] } }",
        &expect![[r#"
            gates/own.yaml:1:48: `findings` exit codes need `evidence`: nothing here says what was found
        "#]],
    );
}

#[test]
fn what_is_no_yaml_or_no_entry_is_said() {
    check(
        "",
        &expect![[r#"
        gates/own.yaml:1:1: here should be an entry or a list of entries, and it is nothing
    "#]],
    );
    check(
        "[]",
        &expect![[r#"
        gates/own.yaml:1:1: here should be an entry or a list of entries, and it is a list
    "#]],
    );
    check(
        "a: b: c",
        &expect![[r#"
            gates/own.yaml:1:5: this is not YAML that can be read: mapping values are not allowed in this context
        "#]],
    );
    check(
        "a: 1\na: 2\n",
        &expect![[r#"
            gates/own.yaml:2:1: this is not YAML that can be read: `a` stands here twice
        "#]],
    );
    check(
        "detect: [**/*.rs]\n",
        &expect![[r#"
            gates/own.yaml:1:10: this is not YAML that can be read: `*` begins an alias, and there is no such anchor; put quotes around globs
        "#]],
    );
    check(
        "a: &x [1]\nb: *x\n<<: {c: 1}\n",
        &expect![[r#"
            gates/own.yaml:3:1: this is not YAML that can be read: merge keys (`<<`) are not read here
        "#]],
    );
}

#[test]
fn a_bomb_is_refused_quickly() {
    let deep = "[".repeat(100_000);
    let (entries, errors) = file("gates/own.yaml", &deep, &[]);
    assert!(entries.is_empty() && errors.len() == 1, "{errors:?}");
    let large = "x".repeat(node::FILE_BYTES_MAX + 1);
    let (_, errors) = file("gates/own.yaml", &large, &[]);
    assert!(matches!(errors[0].fault, Fault::TooLarge { .. }));
}

#[test]
fn a_kind_of_ones_own_is_no_error() {
    check(
        "{ gate: own/x, about: x, kind: accessibility, run: [x] }",
        &expect![[r#"
        entry own/x
    "#]],
    );
}

#[test]
fn no_damage_to_an_entry_makes_its_reader_panic() {
    let texts = ["python/unittest", "cargo/nextest", "go/build", "node/jest", "cargo/deny"];
    for text in texts.map(|name| crate::Catalogue::builtin_text(name).unwrap()) {
        let marks: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        for (count, at) in marks.iter().enumerate().step_by(13) {
            let _ = file("cut", &text[..*at], &[]);
            let other = ["[", "{", "}", ": ", "&a ", "*a", "\t", "\"", "\u{0}", "{args}"][count % 10];
            let _ = file("changed", &format!("{}{other}{}", &text[..*at], &text[*at..]), &["junit"]);
        }
    }
}
