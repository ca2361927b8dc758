//! Parameters become arguments; what does not fit is named.

use std::collections::BTreeMap;

use dod_kernel::workflow::{Program, ReportPlace};
use expect_test::{Expect, expect};

use super::*;
use crate::read;

const ENTRY: &str = r#"
gate: own/tool
about: x
kind: test
detect: ["**/*.sh"]
run: [tool, "{args}", "--level={level}", "{strict}", "{config}", "{tags}", "{files}"]
fix: [tool, --fix, "it's", "--out=$DOD_REPORTS/a b"]
with:
  args: { type: list, about: x }
  level: { type: integer, default: 3, about: x }
  strict: { type: bool, default: false, about: x, args: [--strict, --no-cache] }
  config: { type: text, about: x, args: [--config, "{}"] }
  tags: { type: list, about: x, args: ["--tag={}"] }
  token: { type: text, required: true, about: the token }
version: [tool, "{token}"]
inputs: ["**/*.sh", "/.toolrc"]
evidence: { from: $DOD_REPORTS/*.xml, format: junit }
env: { A: 1 }
"#;

fn entry() -> Entry {
    let (entries, errors) = read::file("own.yaml", ENTRY, &[]);
    assert!(errors.is_empty(), "{errors:?}");
    entries.into_iter().next().unwrap().entry
}

fn check(with: &[(&str, Value)], files: &[&str], expected: &Expect) {
    let mut values: BTreeMap<Name, Value> = BTreeMap::from([(Name::from("token"), Value::text("t"))]);
    values.extend(with.iter().map(|(name, value)| (Name::from(*name), value.clone())));
    let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
    let site = Site { cwd: "ops", project: None, install: false, files: &files };
    let text = match task(&entry(), &values, &site) {
        Ok(task) => format!("{:?}\n", task.action.run),
        Err(errors) => errors
            .iter()
            .map(|error| {
                let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
                format!("{error}{hint}\n")
            })
            .collect(),
    };
    expected.assert_eq(&text);
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| Value::text(*item)).collect())
}

#[test]
fn parameters_become_arguments_of_their_own() {
    check(
        &[],
        &["ops/a.sh", "ops/in/b c.sh", "ops/-x.sh", "d.sh", "ops/e.txt"],
        &expect![[r#"
        Argv(["tool", "--level=3", "a.sh", "in/b c.sh", "./-x.sh"])
    "#]],
    );
    check(
        &[
            ("args", Value::List(vec![Value::text("-a b"), Value::Integer(4)])),
            ("level", Value::Integer(-1)),
            ("strict", Value::Bool(true)),
            ("config", Value::text("$HOME/x;y")),
            ("tags", list(&["p", "q"])),
            ("files", list(&["z.sh"])),
        ],
        &[],
        &expect![[r#"
            Argv(["tool", "-a b", "4", "--level=-1", "--strict", "--no-cache", "--config", "$HOME/x;y", "--tag=p", "--tag=q", "z.sh"])
        "#]],
    );
}

#[test]
fn what_does_not_fit_is_named() {
    check(
        &[("leve", Value::Integer(1)), ("strict", Value::Integer(1)), ("tags", Value::text("a"))],
        &[],
        &expect![[r#"
            `own/tool` has no parameter `leve`; did you mean `level`?
            `strict` of `own/tool` takes true or false, not whole number
            `tags` of `own/tool` takes a list of texts, not text; write `tags: [a, b]`
        "#]],
    );
    check(
        &[("arg", Value::Null)],
        &[],
        &expect![[r#"
        `own/tool` has no parameter `arg`; did you mean `args`?
    "#]],
    );
    check(
        &[("args", Value::text("-q"))],
        &[],
        &expect![[r#"
            `args` of `own/tool` takes a list of texts, not text; write `args: [a, b]`
        "#]],
    );
    check(
        &[("args", Value::List(vec![Value::Bool(true)]))],
        &[],
        &expect![[r#"
            `args` of `own/tool` takes a list of texts, not list; write `args: [a, b]`
        "#]],
    );
    check(
        &[("level", Value::text("3"))],
        &[],
        &expect![[r#"
            `level` of `own/tool` takes a whole number, not text
        "#]],
    );
    check(
        &[("files", Value::text("a.sh"))],
        &[],
        &expect![[r#"
            `files` of `own/tool` takes a list of texts, not text; write `files: [a, b]`
        "#]],
    );
    check(
        &[],
        &["a.sh"],
        &expect![[r#"
        no tracked file is one for `own/tool` (**/*.sh)
    "#]],
    );
    let many: Vec<String> = (0..=FILES_MAX).map(|n| format!("ops/{n}.sh")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    check(
        &[],
        &many,
        &expect![[r#"
        `own/tool` would be given 5001 files, more than 5000; name folders in `args` instead
    "#]],
    );
    let errors = task(&entry(), &BTreeMap::new(), &Site::ROOT).unwrap_err();
    assert_eq!(errors[0].to_string(), "`own/tool` needs `token`: the token");
}

#[test]
fn the_scratch_folder_is_filled_in_by_a_shell_and_nothing_else_is() {
    let with = BTreeMap::from([(Name::from("token"), Value::text("t"))]);
    let task = fix(&entry(), &with, &Site::ROOT).unwrap().unwrap();
    let Program::Shell { script, shell } = task.action.run else { panic!("{:?}", task.action.run) };
    assert_eq!(shell.iter().map(Name::as_str).collect::<Vec<_>>(), ["sh", "-e", "-c"]);
    expect![[r#"exec tool --fix 'it'\''s' --out="$DOD_REPORTS"'/a b'"#]].assert_eq(&script);
    assert_eq!(task.action.programs, [Name::from("tool")], "a missing tool is found before the shell runs");
    assert!(task.gate.is_none() && task.action.evidence.is_empty());
}

#[test]
fn globs_become_the_repositorys() {
    let with =
        BTreeMap::from([(Name::from("token"), Value::text("t")), (Name::from("files"), list(&["a.sh"]))]);
    let site = Site { cwd: "a[1]", ..Site::ROOT };
    let task = task(&entry(), &with, &site).unwrap();
    let inputs: Vec<&str> = task.action.inputs.iter().map(Name::as_str).collect();
    assert_eq!(inputs, ["a[[]1[]]/**/*.sh", ".toolrc"]);
    assert_eq!(task.action.cwd.as_str(), "a[1]");
    assert_eq!(task.action.evidence[0].from, ReportPlace::File(Name::from("$DOD_REPORTS/*.xml")));
}

#[test]
fn an_install_gate_looks_unless_it_may_install() {
    let text = "{ gate: own/get, about: x, kind: install, run: [get, it], check: [get, --check], must_succeed: true }";
    let (entries, errors) = read::file("own.yaml", text, &[]);
    assert!(errors.is_empty(), "{errors:?}");
    for (install, expected) in [(false, "Argv([\"get\", \"--check\"])"), (true, "Argv([\"get\", \"it\"])")] {
        let task = task(&entries[0].entry, &BTreeMap::new(), &Site { install, ..Site::ROOT }).unwrap();
        assert_eq!(format!("{:?}", task.action.run), expected);
        // A look that finds something missing leaves open what the product is worth.
        assert_eq!(task.gate.unwrap().must_succeed, install);
        assert_eq!(task.action.exit.findings.is_empty(), install);
    }
}

#[test]
fn where_a_tool_runs_through_another_that_one_is_to_be_installed() {
    let install = |with: &[(&str, Value)]| {
        let with = with.iter().map(|(name, value)| (Name::from(*name), value.clone())).collect();
        let task = crate::Catalogue::builtin().expand("python/ruff", &with, &Site::ROOT).unwrap();
        task.action.install.unwrap().to_string()
    };
    assert_eq!(install(&[]), "pip install ruff");
    assert_eq!(install(&[("runner", list(&["uv", "run", "--no-sync"]))]), "pip install uv");
    assert_eq!(install(&[("runner", list(&["nix", "run"]))]), "install nix");
}
