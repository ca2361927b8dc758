//! XML that is well-formed and no good BPMN: what is said of it, and where.

use expect_test::expect;

use super::*;

#[test]
fn an_unknown_element_of_bpmn_is_refused_and_its_content_is_not_read() {
    check_inside(
        "<process id=\"p\"><servicetask id=\"t\"><task id=\"in\"/></servicetask><frob/></process>",
        &expect![[r#"
        a.bpmn:2:18 error B012 «servicetask» BPMN has no element `servicetask` | help: did you mean `serviceTask`?
        a.bpmn:2:67 error B012 «frob» BPMN has no element `frob` | help: did you mean `from`?
        process p
    "#]],
    );
}

#[test]
fn an_element_in_the_wrong_place_is_refused() {
    check_inside(
        "<task id=\"t\"/><process id=\"p\"><process id=\"q\"/><userTask id=\"u\"><startEvent id=\"s\"/>
         <conditionExpression>x</conditionExpression></userTask><timeDate>now</timeDate><lane id=\"l\"/>
         <sequenceFlow id=\"f\" sourceRef=\"u\" targetRef=\"u\"><script>x</script></sequenceFlow>
         <timerEventDefinition/><standardLoopCharacteristics/><flowNodeRef>u</flowNodeRef><signal id=\"x\"/>
         <scriptTask id=\"st\"><script>a<task id=\"v\"/>b</script></scriptTask></process><definitions/>",
        &expect![[r#"
            a.bpmn:2:2 error B013 «task» `task` cannot stand in `definitions` | help: it belongs in a process or a sub-process
            a.bpmn:2:32 error B013 «process» `process` cannot stand in `process` | help: it belongs in `definitions`
            a.bpmn:2:66 error B013 «startEvent» `startEvent` cannot stand in `userTask` | help: it belongs in a process or a sub-process
            a.bpmn:3:11 error B013 «conditionExpression» `conditionExpression` cannot stand in `userTask` | help: it belongs in a sequence flow or a conditional event
            a.bpmn:3:66 error B013 «timeDate» `timeDate` cannot stand in `process` | help: it belongs in a timer
            a.bpmn:3:90 error B013 «lane» `lane` cannot stand in `process` | help: it belongs in a lane set
            a.bpmn:4:60 error B013 «script» `script` cannot stand in `sequenceFlow` | help: it belongs in a script task
            a.bpmn:5:11 error B013 «timerEventDefinition» `timerEventDefinition` cannot stand in `process` | help: it belongs in an event
            a.bpmn:5:34 error B013 «standardLoopCharacteristics» `standardLoopCharacteristics` cannot stand in `process` | help: it belongs in an activity
            a.bpmn:5:64 error B013 «flowNodeRef» `flowNodeRef` cannot stand in `process` | help: it belongs in a lane
            a.bpmn:5:92 error B013 «signal» `signal` cannot stand in `process` | help: it belongs in `definitions`, beside the processes
            a.bpmn:6:87 error B013 «definitions» `definitions` cannot stand in `definitions` | help: it belongs in a file of its own
            task t
            process p
              process q
              userTask u
                startEvent s
              lane l
              sequenceFlow f: u -> u
              timerEventDefinition
              standardLoopCharacteristics
              signal x
              scriptTask st | Script "a"
        "#]],
    );
}

#[test]
fn what_an_element_may_hold_once_is_refused_a_second_time() {
    check_inside(
        "<process id=\"p\"><task id=\"t\"><standardLoopCharacteristics/><multiInstanceLoopCharacteristics/>
         <extensionElements/><extensionElements/></task><scriptTask id=\"u\"><script>a</script><script>b</script></scriptTask></process>",
        &expect![[r#"
            a.bpmn:2:61 error B014 «multiInstanceLoopCharacteristics» `task` holds a second `multiInstanceLoopCharacteristics`
            a.bpmn:3:31 error B014 «extensionElements» `task` holds a second `extensionElements`
            a.bpmn:3:95 error B014 «script» `scriptTask` holds a second `script`
            process p
              task t
                standardLoopCharacteristics
                multiInstanceLoopCharacteristics
              scriptTask u | Script "a"
        "#]],
    );
}

#[test]
fn two_elements_with_one_id_are_refused_with_both_lines() {
    check_inside(
        "<process id=\"p\">\n<task id=\"t\"/>\n<userTask id=\"t\"/>\n<task id=\"t\"/>\n<textAnnotation id=\"p\"/></process>",
        &expect![[r#"
            a.bpmn:4:15 error B015 «t» `userTask` has the id `t`, and so has `task` | a.bpmn:3:11 «t» the first one | help: an id is used once in a file
            a.bpmn:5:11 error B015 «t» two elements `task` have the id `t` | a.bpmn:3:11 «t» the first one | help: an id is used once in a file
            a.bpmn:6:21 warning B015 «p» `textAnnotation` has the id `p`, and so has `process` | a.bpmn:2:14 «p» the first one | help: an id is used once in a file
            process p
              task t
              userTask t
              task t
              textAnnotation p
        "#]],
    );
}

#[test]
fn an_id_that_is_missing_or_cannot_be_one_is_refused() {
    check_inside(
        "<process id=\"\"><task/><exclusiveGateway name=\"no id\"/><task id=\"a b\"/><task id=\"a&#9;b\"/><task id=\"a&#10;b\"/>
         <task id=\"a&#x202E;b\"/><subProcess triggeredByEvent=\"true\"/></process>",
        &expect![[r#"
            a.bpmn:2:14 error B017 «» the id is empty | help: ids are made of letters, digits, `_`, `-` and `.`
            a.bpmn:2:17 error B016 «task» `task` has no `id` | help: sequence flows and the log of a run name it by its `id`
            a.bpmn:2:24 error B016 «exclusiveGateway» `exclusiveGateway` has no `id` | help: sequence flows and the log of a run name it by its `id`
            a.bpmn:2:81 error B017 «a&#9;b» the id holds the character U+0009, which ids cannot hold | help: ids are made of letters, digits, `_`, `-` and `.`
            a.bpmn:2:100 error B017 «a&#10;b» the id holds the character U+000A, which ids cannot hold | help: ids are made of letters, digits, `_`, `-` and `.`
            a.bpmn:3:20 error B017 «a&#x202E;b» the id holds the character U+202E, which ids cannot hold | help: ids are made of letters, digits, `_`, `-` and `.`
            process
              task
              exclusiveGateway = no id
              task a b
              task
              task
              task
              subProcess Flags(2)
        "#]],
    );
    let long = "x".repeat(ID_BYTES_MAX + 1);
    check_inside(
        &format!("<process id=\"p\"><task id=\"{long}\"/></process>"),
        &expect![[r#"
        a.bpmn:2:27 error B017 «xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…xxxxxxxx» the id is 501 bytes long; at most 500 are allowed | help: ids are made of letters, digits, `_`, `-` and `.`
        process p
          task
    "#]],
    );
}

#[test]
fn an_id_is_data_and_never_a_path() {
    check_inside(
        "<process id=\"../../etc/passwd\"><task id=\"C:\\..\\x\"/></process>",
        &expect![[r#"
        process ../../etc/passwd
          task C:\..\x
    "#]],
    );
}

#[test]
fn what_an_element_cannot_be_without_is_named() {
    check_inside(
        "<process id=\"p\"><sequenceFlow id=\"f\" targetRef=\" \"/><sequenceFlow/><boundaryEvent id=\"b\"/></process>",
        &expect![[r#"
            a.bpmn:2:18 error B018 «sequenceFlow» `sequenceFlow` `f` has no `sourceRef` | help: name the node where the flow begins
            a.bpmn:2:18 error B018 «sequenceFlow» `sequenceFlow` `f` has no `targetRef` | help: name the node where the flow ends
            a.bpmn:2:54 error B018 «sequenceFlow» `sequenceFlow` has no `sourceRef` | help: name the node where the flow begins
            a.bpmn:2:54 error B018 «sequenceFlow» `sequenceFlow` has no `targetRef` | help: name the node where the flow ends
            a.bpmn:2:69 error B018 «boundaryEvent» `boundaryEvent` `b` has no `attachedToRef` | help: name the activity whose edge it sits on
            process p
              sequenceFlow f: ? -> ?
              sequenceFlow: ? -> ?
              boundaryEvent b
        "#]],
    );
}

#[test]
fn a_boolean_is_true_or_false() {
    check_inside(
        "<process id=\"p\" isExecutable=\"yes\"><boundaryEvent id=\"b\" attachedToRef=\"t\" cancelActivity=\"\"/></process>",
        &expect![[r#"
        a.bpmn:2:31 error B019 «yes» `isExecutable` is `true` or `false`, not `yes`
        a.bpmn:2:92 error B019 «» `cancelActivity` is `true` or `false`, not ``
        process p
          boundaryEvent b | AttachedTo t (nothing)
    "#]],
    );
}

#[test]
fn hints_that_disagree_with_the_flows_are_warnings() {
    check_inside(
        "<process id=\"p\"><task id=\"a\"><incoming>f</incoming><outgoing>f</outgoing><outgoing>g</outgoing></task>
         <task id=\"b\"><incoming>f</incoming><incoming>a</incoming></task><sequenceFlow id=\"f\" sourceRef=\"a\" targetRef=\"b\"/></process>",
        &expect![[r#"
            a.bpmn:2:40 warning B020 «f» `a` has `f` as incoming, which ends elsewhere | a.bpmn:3:74 «<sequenceFlow id="f" sourceRef…ef="b"/>» the sequence flow, which decides | help: the sequence flows decide; correct the hint or remove it
            a.bpmn:2:84 warning B020 «g» `a` has `g` as outgoing, and there is no such sequence flow | help: the sequence flows decide; correct the hint or remove it
            a.bpmn:3:55 warning B020 «a» `b` has `a` as incoming, and there is no such sequence flow | help: the sequence flows decide; correct the hint or remove it
            process p
              task a
              task b
              sequenceFlow f: a -> b
        "#]],
    );
}

#[test]
fn a_drawing_that_cannot_be_read_is_a_warning() {
    check(
        format!(
            "<definitions xmlns=\"{NAMESPACE}\" xmlns:di=\"http://www.omg.org/spec/BPMN/20100524/DI\">\
             <di:BPMNDiagram><di:BPMNPlane><di:BPMNShape><di:Bounds x=\"NaN\" y=\"0\" width=\"1\" height=\"1\"/></di:BPMNShape>\
             <di:BPMNEdge><di:waypoint x=\"a\" y=\"1\"/></di:BPMNEdge></di:BPMNPlane></di:BPMNDiagram></definitions>"
        ),
        &expect![[r#"
            a.bpmn:1:176 warning B021 «NaN» `x` is a number, not `NaN`
            a.bpmn:1:253 warning B021 «a» `x` is a number, not `a`
        "#]],
    );
}

#[test]
fn what_has_no_effect_where_it_stands_is_a_warning() {
    check_inside(
        "<process id=\"p\">some text<task id=\"t\"><camunda:in/><dod:gate/><x xmlns=\"\"/><y xmlns=\"urn:y\"/></task><![CDATA[more]]></process>",
        &expect![[r#"
            a.bpmn:2:17 warning B022 «some text» text stands in `process`, where it has no effect
            a.bpmn:2:48 warning B022 «in» `in` has no effect outside of `extensionElements`
            a.bpmn:2:57 warning B022 «gate» `gate` has no effect outside of `extensionElements`
            a.bpmn:2:64 warning B022 «x» `x` is in no namespace and has no effect
            a.bpmn:2:101 warning B022 «<![CDATA[more]]>» text stands in `process`, where it has no effect
            process p
              task t
        "#]],
    );
}

#[test]
fn a_prefix_that_is_not_bound_is_refused() {
    check_inside(
        "<process id=\"p\"><task id=\"t\" zeebe:x=\"1\"/><foo:bar/></process>",
        &expect![[r#"
        a.bpmn:2:30 error B009 «zeebe:x» the prefix `zeebe` is not bound to a namespace | help: declare it on `definitions`: `xmlns:zeebe="…"`
        a.bpmn:2:44 error B009 «foo:bar» the prefix `foo` is not bound to a namespace | help: declare it on `definitions`: `xmlns:foo="…"`
        process p
          task t
    "#]],
    );
}
