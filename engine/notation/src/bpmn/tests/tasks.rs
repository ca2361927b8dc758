//! What tasks do, who answers, rounds, data.

use dod_kernel::id::Name;
use expect_test::expect;

use super::world::Options;
use super::{build, check, check_file, check_with};
use crate::bpmn::Purpose;

fn simulate() -> Options<'static> {
    Options { purpose: Purpose::Simulate, ..Options::default() }
}

#[test]
fn a_task_is_bound_by_its_words() {
    check(
        "start -> a(service dod:gate=cargo/clippy \"dod:with={args: [-q]}\" dod:timeout=5m) -> b(service dod:run=./deploy.sh dod:idempotent=false dod:retry=2 dod:allow-failure=true) -> c(task dod:judge=enterprise) -> end",
        &expect![[r#"
              start: pass -> a
              a: ["cargo/clippy", "-q"] timeout 300000ms -> b
              b: sh "./deploy.sh" retry 2 once allow_failure -> c
              c: judge enterprise -> end
              end: pass
        "#]],
    );
}

#[test]
fn a_task_is_bound_by_elements_and_by_properties_of_other_editors() {
    check(
        "start -> a(service \"+<extensionElements><dod:run>./a.sh\nls</dod:run></extensionElements>\") -> b(service \"+<extensionElements><camunda:properties><camunda:property name='dod:gate' value='cargo/test'/></camunda:properties></extensionElements>\") -> c(service \"+<extensionElements><zeebe:properties><zeebe:property name='dod:run' value='true'/></zeebe:properties></extensionElements>\") -> end",
        &expect![[r#"
              start: pass -> a
              a: sh "./a.sh\nls" -> b
              b: ["cargo/test"] -> c
              c: sh "true" -> end
              end: pass
        "#]],
    );
}

#[test]
fn a_task_is_bound_by_its_type_in_another_engine() {
    check(
        "start -> a(service name=Lint \"+<extensionElements><zeebe:taskDefinition type='cargo/clippy'/></extensionElements>\") -> b(service camunda:topic=cargo/test) -> end",
        &expect![[r#"
              start: pass -> Lint
              Lint <a>: ["cargo/clippy"] -> b
              b: ["cargo/test"] -> end
              end: pass
        "#]],
    );
}

#[test]
fn authors_may_do_what_people_do_and_not_approve_what_a_word_asks_others_for() {
    check(
        "start -> a(user) -> b(user dod:from=qa) -> c(user dod:min=2) -> d(user dod:from=qa dod:authors=true dod:proved=true) -> e(user dod:authors=false) -> end",
        &expect![[r#"
            start: pass -> a
            a: approval -> b
            b: approval from qa independent -> c
            c: approval min 2 independent -> d
            d: approval from qa proved -> e
            e: approval independent -> end
            end: pass
        "#]],
    );
    check(
        "start -> f(user dod:proved=maybe) -> end",
        &expect![[r#"
        error B126 at `maybe`: `dod:proved` is `maybe`, neither `true` nor `false`
    "#]],
    );
}

#[test]
fn a_task_that_does_nothing_cannot_be_run() {
    let text = "start -> a(service name=Deploy) -> b(send) -> c(businessRule) -> d(service camunda:type=external camunda:topic=deploy) -> end";
    check(
        text,
        &expect![[r#"
            error B125 at `<serviceTask id="a" name="Deploy">`: nothing says what service task `a` (“Deploy”) does
              help: name it like a gate (`cargo/clippy`), give it `dod:gate` or `dod:run`, or bind it in `release.bindings.yaml`
            error B125 at `<sendTask id="b">`: nothing says what send task `b` does
              help: name it like a gate (`cargo/clippy`), give it `dod:gate` or `dod:run`, or bind it in `release.bindings.yaml`
            error B125 at `<businessRuleTask id="c">`: nothing says what business rule task `c` does
              help: name it like a gate (`cargo/clippy`), give it `dod:gate` or `dod:run`, or bind it in `release.bindings.yaml`
            error B125 at `<serviceTask id="d" camunda:type="external" camund`: nothing says what service task `d` does
              help: its type `deploy` is no gate of the catalogue; name it like a gate (`cargo/clippy`), give it `dod:gate` or `dod:run`, or bind it in `release.bindings.yaml`
        "#]],
    );
    check_with(
        text,
        &[],
        &simulate(),
        &expect![[r#"
              start: pass -> Deploy
              Deploy <a>: nothing to run -> b
              b: nothing to run -> c
              c: nothing to run -> d
              d: nothing to run -> end
              end: pass
        "#]],
    );
}

#[test]
fn wrong_words_are_told_where_they_stand() {
    check(
        "start -> a(service dod:gate=cargo/clipy) -> b(service dod:gate=cargo/test \"dod:with={arg: 1}\") -> c(service dod:gate=cargo/test dod:run=ls) -> d(service dod:run=ls dod:timeout=5 dod:retry=x dod:idempotent=yes) -> e(user dod:run=ls) -> f(service dod:judge=enterprize) -> g(service dod:gate=cargo/test \"dod:with=[\") -> end",
        &expect![[r#"
            error W019 at `cargo/clipy`: the catalogue has no gate `cargo/clipy`
              help: did you mean `cargo/clippy`?
            error W020 at `{arg: 1}`: `cargo/test` has no parameter `arg`
            error B126 at `ls`: service task `c` has `dod:gate` and `dod:run`; it can do one
              `cargo/test`: `dod:gate`
            error B126 at `5`: `5` is no duration: `5` has no unit
              help: like `90s` or `1h30m`
            error B126 at `x`: `x` is no number of further attempts
              help: a whole number from 0 to 100
            error B126 at `yes`: `dod:idempotent` is `yes`, neither `true` nor `false`
            error B126 at `ls`: user task `e` is done by people, and has `dod:run`
              help: make it a service task
            error W021 at `enterprize`: policy `enterprize` is not known
              help: did you mean `enterprise`?
            error B126 at `[`: `dod:with` is not YAML: `[` is opened and never closed
        "#]],
    );
}

#[test]
fn the_file_beside_a_diagram_binds_its_tasks() {
    let side = "policy: enterprise\nsteps:\n  run-tests: { uses: cargo/test, with: { args: [-q] } }\n  deploy_1: { run: ./deploy.sh, env: { A: b }, idempotent: false, pool: prod }\n  sign-off: { approve: { from: [qa], min: 2 } }\n";
    check_with(
        "start -> a(service \"name=Run tests\") -> deploy_1(service name=Deploy) -> c(user \"name=Sign off\") -> end",
        &[("release.bindings.yaml", side)],
        &Options::default(),
        &expect![[r#"
            start: pass -> Run tests
            Run tests <a>: ["cargo/test", "-q"] -> Deploy
            Deploy <deploy_1>: sh "./deploy.sh" once -> Sign off
            Sign off <c>: approval from qa min 2 independent -> end
            end: pass
        "#]],
    );
}

#[test]
fn a_binding_says_what_a_task_does_and_nothing_else() {
    let side = "steps:\n  a: { uses: cargo/test, needs: [b] }\n  b: { run: ls, if: 'branch == \"main\"' }\n  c: { run: ls }\n";
    check_with(
        "start -> a(service) -> b(service) -> end",
        &[("release.bindings.yaml", side)],
        &Options::default(),
        &expect![[r#"
        error B126 at `a`: step `a` needs another step, and a step that binds a task cannot
          help: the diagram says what comes after what: draw a sequence flow
        error B126 at `b`: step `b` has a condition, and a step that binds a task cannot
          help: draw an exclusive gateway
        error B126 at `c`: step `c` binds nothing: no task of `release.bpmn` has this id or name
    "#]],
    );
    check_with(
        "start -> a(service) -> end",
        &[("release.bindings.yaml", "steps: {a: {us: cargo/test}}")],
        &Options::default(),
        &expect![[r#"
        error Y101 at `us`: a step has no key `us`
    "#]],
    );
}

#[test]
fn people_answer_for_their_lane() {
    let text = build::diagram(
        "start -> a(user) -> b(sub) -> c(user dod:from=qa,ops dod:min=2 \"+<documentation>Is it\n good?</documentation>\") -> end; b/d(manual)",
    );
    let lanes = "<laneSet id='l'><lane id='l1' name='Release Managers'><flowNodeRef>a</flowNodeRef><flowNodeRef>b</flowNodeRef></lane></laneSet></process>";
    let text = text.replace("</process>", lanes);
    check_file(
        &text,
        &[],
        &Options::default(),
        &expect![[r#"
            start: pass -> a
            a: approval from Release Managers -> b
            b: call 1 -> c
            c: approval from qa, ops min 2 independent “Is it good?” -> end
            end: pass
            body 1
            d: approval from Release Managers
        "#]],
    );
    let roles = ["release-managers", "qa"].map(Name::from);
    check_file(
        &text,
        &[],
        &Options { roles: Some(&roles), ..Options::default() },
        &expect![[r#"
            error W022 at `qa,ops`: role `ops` is not in the file of roles
              help: `roles.yaml` with `ops: [{ name: … }]` says who belongs to it
        "#]],
    );
}

#[test]
fn scripts_are_translated_or_refused() {
    check(
        "start -> a(script scriptFormat=python \"+<script>x = 1</script>\") -> b(script \"+<script>let y = 2; y</script>\") -> c(script) -> d(script scriptFormat=ruby \"+<script>x</script>\") -> e(script scriptFormat=python \"+<script>import os</script>\") -> end",
        &expect![[r#"
            error B124 at `ruby`: script task `d` is written in `ruby`, which is not understood
              help: write it in rhai, with `scriptFormat="rhai"`; or bind the task to a command
            error B124 at `import`: `import` has no equal
              help: what is translated are assignments like `x = y + 1`, `if` and `while`; write others in rhai
        "#]],
    );
}

#[test]
fn rounds_are_a_scope_each() {
    check(
        "start -> a(user name=Review \"+<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality><completionCondition>${nrOfCompletedInstances == 2}</completionCondition></multiInstanceLoopCharacteristics>\") -> s(sub \"+<standardLoopCharacteristics testBefore='true' loopMaximum='5'><loopCondition>n != 1</loopCondition></standardLoopCharacteristics>\") -> end; s/b; t(boundary a timer PT1H) -> end",
        &expect![[r#"
            start: pass -> Review (rounds)
            Review (rounds) <a>: rounds 1 of 3 at once until numberOfCompletedInstances == 2 -> s (rounds)
            s (rounds) <s>: rounds 2 of while n != 1 max 5 -> end
            end: pass
            t: catch timer PT1H beside Review (rounds) -> end
            body 1
            Review <a#child>: approval
            body 2
            s <s#child>: call 3
            body 3
            b: approval
        "#]],
    );
}

#[test]
fn rounds_go_over_lists() {
    check_with(
        "start -> a(service \"+<multiInstanceLoopCharacteristics isSequential='true' camunda:collection='items' camunda:elementVariable='item'/>\") -> b(service \"+<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection='=xs' inputElement='x' outputCollection='ys' outputElement='=y'/></extensionElements></multiInstanceLoopCharacteristics>\") -> c(user \"+<multiInstanceLoopCharacteristics><loopDataInputRef>list</loopDataInputRef><loopDataOutputRef>out</loopDataOutputRef><inputDataItem id='i' name='one'/><outputDataItem id='o' name='result'/></multiInstanceLoopCharacteristics>\") -> end",
        &[],
        &simulate(),
        &expect![[r#"
            start: pass -> a (rounds)
            a (rounds) <a>: rounds 1 of each of (items) as item -> b (rounds)
            b (rounds) <b>: rounds 2 of each of (xs) at once as x collects (y) into ys -> c (rounds)
            c (rounds) <c>: rounds 3 of each of (list) at once as i collects (o) into out -> end
            end: pass
            body 1
            a <a#child>: nothing to run
            body 2
            y = Null
            b <b#child>: nothing to run
            body 3
            o = Null
            c <c#child>: approval
        "#]],
    );
}

#[test]
fn a_word_is_a_completion_condition_too() {
    check_with(
        "start -> b(service \"+<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection='=xs' inputElement='x' completionCondition='=true'/></extensionElements></multiInstanceLoopCharacteristics>\") -> end",
        &[],
        &simulate(),
        &expect![[r#"
            start: pass -> b (rounds)
            b (rounds) <b>: rounds 1 of each of (xs) at once as x until true -> end
            end: pass
            body 1
            b <b#child>: nothing to run
        "#]],
    );
}

#[test]
fn the_number_of_rounds_is_a_number() {
    let rounds = |inner: &str| {
        format!(
            "start -> a(user \"+<multiInstanceLoopCharacteristics>{inner}</multiInstanceLoopCharacteristics>\") -> end"
        )
    };
    check(
        &rounds("<loopCardinality>-1</loopCardinality>"),
        &expect![[r#"
        error B116 at `-1`: -1 rounds are less than none
          help: a whole number from 0 to 1000000
    "#]],
    );
    check(
        &rounds("<loopCardinality>1000000000</loopCardinality>"),
        &expect![[r#"
        error B116 at `1000000000`: 1000000000 rounds are more than 1000000
          help: a whole number from 0 to 1000000
    "#]],
    );
    check(
        &rounds("<loopCardinality>many times</loopCardinality>"),
        &expect![[r#"
            error B123 at `m`: unexpected `times`
        "#]],
    );
    check(
        &rounds(""),
        &expect![[r#"
            error B116 at `<multiInstanceLoopCharacteristics>`: user task `a` does not say how many rounds it has
              help: give it a `loopCardinality`, or a list with `loopDataInputRef`
        "#]],
    );
    check(
        "start -> a(user \"+<standardLoopCharacteristics loopMaximum='-3'/>\") -> b(user +<standardLoopCharacteristics/>) -> end",
        &expect![[r#"
            error B116 at `-3`: `-3` is no number of rounds
              help: a whole number from 0 to 1000000
            error B116 at `<standardLoopCharacteristics/>`: user task `b` does not say when its loop ends
              help: give it a `loopCondition`, which holds as long as it goes on, or a `loopMaximum`
        "#]],
    );
}

#[test]
fn data_objects_are_variables_of_their_scope() {
    check(
        "start -> s(sub) -> end; s/a; s/d(dataObject name=n); o(dataObject name=m dod:value=3)",
        &expect![[r#"
            m = 3
            o = 3
            start: pass -> s
            s: call 1 -> end
            end: pass
            body 1
            d = Null
            a: approval
        "#]],
    );
}

#[test]
fn what_is_kept_without_effect_is_told() {
    check(
        "start -> a -> end; d(dataStoreReference name=Disk)",
        &expect![[r#"
        warning B127 at `<dataStoreReference id="d" name="Disk">`: data store reference `d` (“Disk”) has no effect: a run keeps no data but its variables
          help: a task that reads or writes the store says so with its command
        start: pass -> a
        a: approval -> end
        end: pass
    "#]],
    );
    check_file(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' expressionLanguage='urn:own'>\
         <message id='m' name='go'><extensionElements><zeebe:subscription correlationKey='=id'/></extensionElements></message><process id='p'>\
         <intermediateCatchEvent id='a'><messageEventDefinition messageRef='m'/></intermediateCatchEvent>\
         <exclusiveGateway id='x' default='g'/><sequenceFlow id='e' sourceRef='a' targetRef='x'/>\
         <sequenceFlow id='f' sourceRef='x' targetRef='b'><conditionExpression>n == 1</conditionExpression></sequenceFlow><task id='b'/>\
         <sequenceFlow id='g' sourceRef='x' targetRef='c'/><task id='c'/>\
         <boundaryEvent id='t' attachedToRef='c'><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>\
         </process></definitions>",
        &[],
        &Options::default(),
        &expect![[r#"
            warning B123 at `urn:own`: the language `urn:own` is not known; expressions are taken for what they look like
              help: expressions are rhai, FEEL, JUEL or Python: `rhai` is taken as it is
            warning B127 at `<zeebe:subscription correlationKey='=id'/>`: the correlation key of intermediate catch event `a` has no effect
              help: `dod:key` of the event says which key a message must carry
            a: catch message go -> x
            x: pass to one -[n == 1]-> b -*-> c
            b: approval
            c: approval
            t: catch timer PT1H beside c
        "#]],
    );
}

#[test]
fn an_empty_sub_process_may_have_a_boundary() {
    check(
        "start -> s(sub) -> end; t(boundary s timer PT1H) -> late",
        &expect![[r#"
        start: pass -> s
        s: call 1 -> end
        end: pass
        t: catch timer PT1H beside s -> late
        late: approval
        body 1
        (nothing of s) <>: pass
    "#]],
    );
}
