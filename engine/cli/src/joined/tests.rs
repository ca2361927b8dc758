//! What the steps of several runs become together.

use std::sync::Arc;

use dod_kernel::id::{Instance, NodeId, RunId, ScopeId, StepRef};
use dod_kernel::run::{AttemptEnded, End, ExitSays, Printed, Reading, Usage};
use dod_kernel::workflow::{Action, ExitCodes, Program, Retry, RetryOn, Task, When};
use expect_test::{Expect, expect};

use super::plan::{Came, Of, Step, plan};

fn task() -> Task {
    Task {
        action: Action {
            cwd: "".into(),
            env: [("A".into(), dod_kernel::workflow::EnvValue::Text("b".into()))].into(),
            evidence: Vec::new(),
            exit: ExitCodes::default(),
            inputs: Vec::new(),
            install: None,
            outputs: Vec::new(),
            programs: Vec::new(),
            run: Program::Argv(vec!["true".into()]),
            secrets: [].into(),
            version: Vec::new(),
        },
        gate: None,
        idempotent: false,
        pool: None,
        probe: None,
        retry: None,
        tags: Vec::new(),
        timeout_ms: Some(7),
    }
}

fn ended(code: i32) -> Came {
    let id = Instance { scope: ScopeId(0), node: NodeId(0), round: 0 };
    let says = if code == 0 { ExitSays::Clean } else { ExitSays::Broken };
    Came::Ended(Box::new(AttemptEnded {
        attempt: 1,
        end: End::Exited { code, says },
        evidence: Reading::None,
        outputs: [].into(),
        reused_from: None,
        stderr: Printed::default(),
        stdout: Printed::default(),
        step: StepRef { id, name: "x".into() },
        tool: None,
        usage: Usage::default(),
    }))
}

/// `lint=0 test=1 deploy<test docs=- extra=~ late=? gone=!`: exit codes; skipped because of another one; left out by a flag;
/// not applicable; nobody can say; not reached.
fn source(number: usize, text: &str) -> Of {
    let (facts, steps) = text.split_once(": ").unwrap();
    let facts = match facts.split_once('/') {
        Some((os, arch)) => vec![("os", os.to_owned()), ("arch", arch.to_owned())],
        None => vec![("os", facts.to_owned())],
    };
    let step = |word: &str| {
        let (name, came) = match (word.split_once('<'), word.rsplit_once('=')) {
            (Some((name, upstream)), _) => (name, Came::Skipped(Some((upstream.into(), When::Ok)))),
            (None, Some((name, "-"))) => (name, Came::LeftOut),
            (None, Some((name, "+"))) => (name, Came::Done),
            (None, Some((name, "~"))) => (name, Came::NotApplicable),
            (None, Some((name, "?"))) => (name, Came::Unknown),
            (None, Some((name, "!"))) => (name, Came::Skipped(None)),
            (None, Some((name, code))) => (name, ended(code.parse().unwrap())),
            _ => panic!("{word}"),
        };
        Step { name: name.into(), task: Some(Arc::new(task())), allow_failure: false, came }
    };
    Of {
        run: RunId(format!("run{}", number + 1).as_str().into()),
        facts,
        steps: steps.split(' ').map(step).collect(),
    }
}

fn check(sources: &[&str], expected: &Expect) {
    let sources: Vec<Of> = sources.iter().enumerate().map(|(at, text)| source(at, text)).collect();
    let plan = plan(&"w".into(), &sources).unwrap();
    let mut text = String::new();
    for (at, node) in (0u32..).zip(plan.workflow.nodes()) {
        text += &node.name;
        if let Some(taken) = plan.reused.get(&node.name) {
            text += &format!(" from {}", taken.from);
        }
        if let Some(condition) = &node.condition {
            text += &format!(" if {}", condition.text);
        }
        for edge in plan.workflow.incoming(NodeId(at)) {
            let edge = plan.workflow.edge(*edge);
            text += &format!(" after {} ({:?})", plan.workflow.node(edge.from).name, edge.when);
        }
        if plan.left_out.contains(&node.name) {
            text += " left out";
        }
        text += "\n";
    }
    expected.assert_eq(&text);
}

#[test]
fn what_is_the_same_everywhere_is_one_step_and_what_is_not_is_a_leg_for_each() {
    check(
        &["linux: build=0 lint=0 test=0", "macos: build=0 lint=0 test=1", "windows: build=0 lint=0 test=2"],
        &expect![[r#"
            build from run1
            lint from run1
            test[os=linux] from run1
            test[os=macos] from run2
            test[os=windows] from run3
        "#]],
    );
}

#[test]
fn legs_are_told_apart_by_the_first_facts_that_do() {
    check(
        &["linux/x86_64: test=0", "linux/aarch64: test=1"],
        &expect![[r#"
            test[os=linux,arch=x86_64] from run1
            test[os=linux,arch=aarch64] from run2
        "#]],
    );
    check(
        &["linux/x86_64: test=0", "linux/x86_64: test=1"],
        &expect![[r#"
            test[job=1] from run1
            test[job=2] from run2
        "#]],
    );
}

#[test]
fn legs_of_a_matrix_stay_beside_each_other_and_beside_those_of_other_jobs() {
    check(
        &["linux: test[py=3]=0 lint=0", "linux: test[py=4]=0 test[py=3]=1"],
        &expect![[r#"
            test[py=3,job=1] from run1
            test[py=3,job=2] from run2
            test[py=4] from run2
            lint from run1
        "#]],
    );
}

#[test]
fn a_name_that_a_workflow_has_already_is_not_given_twice() {
    check(
        &["linux: test=0 test[os=linux]=0", "macos: test=1"],
        &expect![[r#"
            test[os=linux,again=2] from run1
            test[os=macos] from run2
            test[os=linux] from run1
        "#]],
    );
}

#[test]
fn left_out_by_one_is_full_and_left_out_by_all_is_left_out() {
    check(
        &["linux: build=0 lint=- docs=- extra=~", "linux: build=0 lint=0 docs=- extra=0"],
        &expect![[r#"
            build from run1
            lint from run2
            docs left out
            extra from run2
        "#]],
    );
}

#[test]
fn an_approval_that_all_left_out_is_left_out_and_one_that_was_given_is_not() {
    check(
        &["linux: a=0 signoff=-", "macos: a=0 signoff=-"],
        &expect![[r#"
        a from run1
        signoff left out
    "#]],
    );
    check(
        &["linux: a=0 signoff=-", "macos: a=0 signoff=+"],
        &expect![[r#"
        a from run1
        signoff
    "#]],
    );
}

#[test]
fn what_was_skipped_hangs_on_its_own_jobs_step() {
    check(
        &["linux: build=0 test=0", "macos: build=1 test<build", "windows: build=0 test=!"],
        &expect![[r#"
            build[os=linux] from run1
            build[os=macos] from run2
            test[os=linux] from run1
            test[os=macos] after build[os=macos] (Ok)
            test[os=windows] after not reached (Failed)
            not reached
        "#]],
    );
}

#[test]
fn what_nobody_can_say_is_asked_of_nobody() {
    check(
        &["linux: a=? b=~"],
        &expect![[r#"
            a if steps.not_run.state == "passed"
            b if false
        "#]],
    );
}

#[test]
fn nothing_of_a_task_runs() {
    let mut of = source(0, "linux: a=0");
    let retry = Retry { when: vec![RetryOn::Failed], ..retry() };
    of.steps[0].task = Some(Arc::new(Task { retry: Some(retry), ..task() }));
    let plan = plan(&"w".into(), &[of]).unwrap();
    let dod_kernel::workflow::Kind::Task(task) = &plan.workflow.nodes()[0].kind else { panic!() };
    assert!(
        task.retry.is_none() && task.timeout_ms.is_none() && task.action.env.is_empty() && task.idempotent
    );
}

fn retry() -> Retry {
    Retry { attempts: 3, delay_max_ms: 1, delay_ms: 1, factor: 1, jitter_percent: 0, when: Vec::new() }
}
