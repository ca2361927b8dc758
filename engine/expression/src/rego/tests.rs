//! Claims about Rego: existing policies run, and nothing that is missing passes.

use std::collections::BTreeMap;

use dod_kernel::decimal::Decimal;
use expect_test::{Expect, expect};

use super::*;

/// Facts by dotted name: `None` is known to nobody.
struct Run(BTreeMap<&'static str, Option<Value>>);

impl Facts for Run {
    fn look_up(&self, path: &[&str]) -> Lookup {
        match self.0.get(&*path.join(".")) {
            Some(Some(value)) => Lookup::Known(value.clone()),
            Some(None) => Lookup::Unknown,
            None => Lookup::NoSuchName,
        }
    }

    fn is_group(&self, path: &[&str]) -> bool {
        let prefix = format!("{}.", path.join("."));
        self.0.keys().any(|name| name.starts_with(&prefix))
    }

    fn changed(&self) -> Option<&[Name]> {
        None
    }
}

fn facts() -> Run {
    let number = |number| Some(Value::Integer(number));
    Run(BTreeMap::from([
        ("branch", Some(Value::text("main"))),
        ("coverage.line", Some(Value::Decimal(Decimal::from_text_of_float("79.5").unwrap()))),
        ("findings.error", number(2)),
        ("findings.introduced.error", None),
        ("steps.unit test.outputs.kind", Some(Value::text("slow"))),
        ("tests.failed", number(0)),
    ]))
}

/// What each rule of a module answers.
#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check(text: &str, wanted: Expect) {
    let mut out = String::new();
    match super::check(text, &facts()) {
        Err(problems) => {
            problems.iter().for_each(|one| out += &format!("{}:{} {}\n", one.line, one.column, one.message));
        }
        Ok(rules) => {
            for rule in rules {
                let said = match messages(text, &rule.name, &facts()) {
                    Answer::Value(Value::List(said)) if said.is_empty() => "holds".to_owned(),
                    Answer::Value(Value::List(said)) => said.iter().map(|one| format!("{one:?}")).collect(),
                    Answer::Value(other) => format!("{other:?}"),
                    Answer::Unknown(names) => format!("unknown: {names:?}"),
                    Answer::Wrong(wrong) => format!("{}:{} {}", wrong.line, wrong.column, wrong.message),
                };
                out += &format!("{:?} {}: {said}\n", rule.verb, rule.name);
            }
        }
    }
    wanted.assert_eq(&out);
}

#[test]
fn a_rule_rests_on_what_its_helpers_ask() {
    check(
        "package main\nfresh if input.findings.introduced.error > 0\nworse if fresh\ndeny contains \"x\" if worse\nwarn contains \"y\" if data.main.fresh\nwarn_else contains \"z\" if input.findings.error > 1\nnewer(x) if input.findings.introduced.error > x\nwarn_call contains \"f\" if newer(3)\ndefault fresh := false\n",
        expect![[r#"
            Deny deny: unknown: ["findings.introduced.error"]
            Warn warn: unknown: ["findings.introduced.error"]
            Warn warn_call: unknown: ["findings.introduced.error"]
            Warn warn_else: Text("z")
        "#]],
    );
}

#[test]
fn existing_rules_of_both_versions_run() {
    check(
        r#"package main
deny contains msg if {
  input.findings.error > 1
  msg := sprintf("%d errors", [input.findings.error])
}
deny contains {"msg": "too little is covered", "id": 3} if input.coverage.line < 80
warn contains "tests failed" if input.tests.failed > 0
violation_branch contains "on main" if input.branch == "main"
helper := 1
"#,
        expect![[r#"
            Deny deny: Text("2 errors")Text("too little is covered")
            Deny violation_branch: Text("on main")
            Warn warn: holds
        "#]],
    );
    check(
        r#"package old.style
import input.findings as found
deny[msg] { found.error > 1; msg := "errors" }
warn[msg] { input.steps["unit test"].outputs.kind == "slow"; msg := "slow" }
"#,
        expect![[r#"
            Deny deny: Text("errors")
            Warn warn: Text("slow")
        "#]],
    );
}

#[test]
fn a_missing_fact_is_never_an_empty_set() {
    check(
        "package main\ndeny contains \"new\" if input.findings.introduced.error > 0\n",
        expect![[r#"
            Deny deny: unknown: ["findings.introduced.error"]
        "#]],
    );
    check(
        "package main\ndeny contains \"new\" if not input.findings.introduced.error == 0\nwarn contains \"x\" if input.tests.failed > 0\n",
        expect![[r#"
            Deny deny: unknown: ["findings.introduced.error"]
            Warn warn: holds
        "#]],
    );
    check(
        "package main\ndeny contains \"x\" if input.findings.eror > 0\n",
        expect![[r#"
            2:22 no fact is called `findings.eror`
        "#]],
    );
    check(
        "package main\ndeny contains \"x\" if input.changed[_] == \"a\"\n",
        expect![[r#"
            Deny deny: unknown: ["changed"]
        "#]],
    );
}

#[test]
fn unlike_types_do_not_compare() {
    check(
        "package main\ndeny contains \"x\" if \"79\" >= input.coverage.line\n",
        expect![[r#"
            Deny deny: 2:27 `coverage.line` is a number and is compared with a text
        "#]],
    );
}

#[test]
fn what_cannot_be_followed_is_refused_with_its_place() {
    check(
        "package main\nimport data.other\nimport input\ndeny contains \"x\" if {\n  some key\n  input[key] == 1\n  count(input) > 0\n  data.lists.x == 1\n  rand.intn(\"x\", 3) == 1\n}\nwarn contains \"x\" if input.findings == {} with input as {}\n",
        expect![[r#"
            2:8 `data` cannot be imported: a module stands alone
            3:8 `input` cannot be imported as a whole: import one of its facts
            6:3 a fact is named by its words, not by a computed one
            7:9 `input` cannot be asked for as a whole: name one of its facts
            8:3 `data.lists.x` is not of this module, which stands alone
            9:3 `rand.intn` asks something outside of the facts
            11:22 `findings` is a group of facts: name one of them
            11:22 `with` is not supported: facts are what they are
            11:48 `input` cannot be asked for as a whole: name one of its facts
        "#]],
    );
    check(
        "package main\ndeny contains if\n",
        expect![[r#"
            2:15 var if is unsafe (path ["main", "if"], scopes [])
        "#]],
    );
    check(
        "package main\nallow := true\n",
        expect![[r#"
        1:1 it has no rule called `deny` or `warn`
    "#]],
    );
    check(
        "",
        expect![[r#"
        1:1 expecting `package` Missing package declaration.
    "#]],
    );
}

#[test]
fn a_module_that_does_not_end_soon_is_wrong() {
    let text = "package main\ndeny contains \"x\" if { some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i * j == 0 - 1 }\n";
    let answer = messages(text, "deny", &facts());
    assert!(matches!(answer, Answer::Wrong(_)), "{answer:?}");
}
