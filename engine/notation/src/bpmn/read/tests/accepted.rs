//! What is read, and as what.

use expect_test::expect;

use super::*;
use crate::bpmn::model::{Kind, Space};

const SMALL: &str = "<process id=\"p\"><startEvent id=\"s\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"e\"/>\
                     <endEvent id=\"e\"/></process>";

/// Reads a file in which nothing is wrong.
#[track_caller]
fn read_well(bytes: impl AsRef<[u8]>) -> Diagram {
    let (diagram, shown) = problems(bytes.as_ref());
    assert_eq!(shown, "");
    diagram.unwrap()
}

#[test]
fn any_prefix_of_the_right_namespace_is_accepted() {
    let prefixed = SMALL.replace("</", "\u{1}").replace('<', "<b:").replace('\u{1}', "</b:");
    for file in [
        format!("<definitions xmlns=\"{NAMESPACE}\">{SMALL}</definitions>"),
        format!("<b:definitions xmlns:b='{NAMESPACE}'>{prefixed}</b:definitions>"),
        format!("<b:definitions xmlns:b='{NAMESPACE}'><b:import/>{}</b:definitions>", {
            SMALL.replacen("<process", &format!("<process xmlns=\"{NAMESPACE}\""), 1)
        }),
    ] {
        let diagram = read_well(file);
        assert_eq!(diagram.flows.len(), 1);
        assert_eq!(diagram.flows[0].from, diagram.find("s"));
        assert_eq!(diagram.flows[0].to, diagram.find("e"));
    }
}

#[test]
fn a_prefix_means_what_was_bound_last_around_it() {
    let file = format!(
        "<x:definitions xmlns:x=\"{NAMESPACE}\"><y:process id=\"p\" xmlns:y=\"{NAMESPACE}\" xmlns:x=\"urn:other\">\
         <x:task id=\"a\"/><y:task id=\"b\"/></y:process><x:signal id=\"c\"/></x:definitions>"
    );
    let diagram = read_well(file);
    assert_eq!(diagram.find("a"), None);
    assert_eq!(
        diagram.elements.iter().map(|one| one.kind).collect::<Vec<_>>(),
        [Kind::Process, Kind::Task, Kind::Signal]
    );
}

#[test]
fn every_encoding_that_is_read_says_the_same() {
    let text = wrapped("<process id=\"p\" name=\"Prüfung\"/>");
    let declared = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?>\n{text}");
    let latin = |text: String| text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let wide = |text: &str, big: bool| -> Vec<u8> {
        let order = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(order).collect()
    };
    let files: Vec<Vec<u8>> = vec![
        text.clone().into(),
        format!("\u{feff}{text}").into(),
        declared("UTF-8").into(),
        declared("utf-8").into(),
        latin(declared("ISO-8859-1")),
        wide(&format!("\u{feff}{}", declared("UTF-16")), true),
        wide(&format!("\u{feff}{}", declared("UTF-16")), false),
        wide(&declared("UTF-16LE"), false),
        wide(&declared("UTF-16BE"), true),
        declared("UTF-16").into(),
    ];
    for file in files {
        let diagram = read_well(file);
        assert_eq!(diagram.name(diagram.find("p").unwrap()), "Prüfung");
    }
}

#[test]
fn comments_instructions_sections_and_references_are_read_as_xml_says() {
    check_inside(
        "<!-- <task/> --><?editor <task/> ?><process id=\"p\" name=\"a&#10;b&#x20;&lt;&amp;&gt;\tc\n d\">
         <startEvent id=\"s\"/><endEvent id=\"e\"/>
         <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"e\"><conditionExpression>a &lt; 1 &#38;&amp; b</conditionExpression></sequenceFlow>
         <sequenceFlow id=\"g\" sourceRef=\" s \" targetRef=\"\n e\"><conditionExpression language=\"feel\"> <![CDATA[a < 1 && b]]> </conditionExpression></sequenceFlow>
         <sequenceFlow id=\"h\" sourceRef=\"s\" targetRef=\"e\"><conditionExpression>a<!-- no --> &lt; <?x?><![CDATA[1]]>\r\n</conditionExpression></sequenceFlow>
         </process>",
        &expect![[r#"
            process p = a
            b <&> c  d
              startEvent s
              endEvent e
              sequenceFlow f: s -> e | Condition "a < 1 && b"
              sequenceFlow g: s -> e | Condition in  "a < 1 && b"feel
              sequenceFlow h: s -> e | Condition "a < 1\n"
        "#]],
    );
}

#[test]
fn what_a_text_says_is_found_again_in_the_file() {
    let file = wrapped(
        "<process id=\"p\"><scriptTask id=\"t\" name=\"x &amp; y\"><script><!-- c -->if a &lt; ß <![CDATA[&& b]]> end</script>\
         </scriptTask></process>",
    );
    let diagram = read_well(&file);
    let task = diagram.find("t").unwrap();
    let script = diagram.passage(task, Role::Script).unwrap().text.unwrap();
    let text = diagram.text(script);
    assert_eq!(text, "if a < ß && b end");
    for (word, written) in [("if", "if"), ("<", "&lt;"), ("ß", "ß"), ("&&", "&&"), ("b", "b"), ("end", "end")]
    {
        let at = text.find(word).unwrap();
        let span = diagram.part(script, at..at + word.len());
        assert_eq!(&file[span.start as usize..span.start as usize + written.len()], written, "{word}");
    }
    let name = diagram[task].name.unwrap();
    let span = diagram.part(name, 4..5);
    assert_eq!(&file[span.start as usize..span.end as usize], "y");
}

#[test]
fn every_kind_of_element_is_read_where_it_belongs() {
    check_inside(
        "<message id=\"m\" name=\"Go\" itemRef=\"i\"/><signal id=\"sig\" name=\"S\"/><error id=\"er\" errorCode=\"E1\"/>
         <escalation id=\"es\" escalationCode=\"X\"/><itemDefinition id=\"i\" structureRef=\"xsd:string\"/>
         <collaboration id=\"c\"><participant id=\"pa\" name=\"Pool\" processRef=\"tns:p\"/>
         <messageFlow id=\"mf\" sourceRef=\"t\" targetRef=\"pa\" messageRef=\"m\"/></collaboration>
         <process id=\"p\" isExecutable=\"true\"><laneSet id=\"ls\"><lane id=\"l\" name=\"Lane\"><flowNodeRef>t</flowNodeRef>
         <childLaneSet><lane id=\"l2\"><flowNodeRef> u </flowNodeRef></lane></childLaneSet></lane></laneSet>
         <startEvent id=\"s\" isInterrupting=\"false\"><outgoing>f</outgoing><timerEventDefinition><timeCycle>R3/PT10S</timeCycle></timerEventDefinition></startEvent>
         <serviceTask id=\"t\" name=\"T\" default=\"f\" operationRef=\"op\"><multiInstanceLoopCharacteristics isSequential=\"true\" behavior=\"All\">
         <loopCardinality>3</loopCardinality><loopDataInputRef>d</loopDataInputRef><inputDataItem id=\"item\" name=\"item\"/>
         <completionCondition>done</completionCondition></multiInstanceLoopCharacteristics></serviceTask>
         <userTask id=\"u\"><standardLoopCharacteristics testBefore=\"1\" loopMaximum=\"3\"><loopCondition>again</loopCondition></standardLoopCharacteristics></userTask>
         <boundaryEvent id=\"b\" attachedToRef=\"t\" cancelActivity=\"0\"><errorEventDefinition errorRef=\"er\"/></boundaryEvent>
         <intermediateCatchEvent id=\"ic\" parallelMultiple=\"true\"><messageEventDefinition messageRef=\"m\"/><eventDefinitionRef>x</eventDefinitionRef></intermediateCatchEvent>
         <intermediateThrowEvent id=\"it\"><linkEventDefinition name=\"L\"><target>ic</target></linkEventDefinition></intermediateThrowEvent>
         <subProcess id=\"sp\" triggeredByEvent=\"true\"><task id=\"in\"/></subProcess>
         <callActivity id=\"ca\" calledElement=\"other\"/>
         <businessRuleTask id=\"br\" implementation=\"##unspecified\"/>
         <dataObject id=\"d\" isCollection=\"true\" itemSubjectRef=\"i\"/><dataObjectReference id=\"dr\" dataObjectRef=\"d\"/>
         <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/>
         <textAnnotation id=\"ta\"><text>note</text></textAnnotation><association id=\"as\" sourceRef=\"ta\" targetRef=\"t\"/>
         </process>",
        &expect![[r###"
            message m = Go | Item i (itemDefinition)
            signal sig = S
            error er | Plain errorCode="E1"
            escalation es | Plain escalationCode="X"
            itemDefinition i | Item xsd:string (nothing)
            collaboration c
              participant pa = Pool | Process tns:p (process)
              messageFlow mf | Source t (serviceTask) | Target pa (participant) | Message m (message)
            process p Flags(1)
              laneSet ls
                lane l = Lane | Member t (serviceTask)
                  childLaneSet
                    lane l2 | Member u (userTask)
              startEvent s Flags(4)
                timerEventDefinition | Cycle "R3/PT10S"
              serviceTask t = T | Default f (sequenceFlow) | Operation op (nothing)
                multiInstanceLoopCharacteristics Flags(64) | LoopInput d (dataObject) | Plain behavior="All" | Cardinality "3" | Completion "done"
                  inputDataItem item = item
              userTask u
                standardLoopCharacteristics Flags(128) | Plain loopMaximum="3" | LoopCondition "again"
              boundaryEvent b Flags(4) | AttachedTo t (serviceTask)
                errorEventDefinition | Error er (error)
              intermediateCatchEvent ic Flags(8) | EventDefinition x (nothing)
                messageEventDefinition | Message m (message)
              intermediateThrowEvent it
                linkEventDefinition = L | Target ic (intermediateCatchEvent)
              subProcess sp Flags(2)
                task in
              callActivity ca | Called other (nothing)
              businessRuleTask br | Plain implementation="##unspecified"
              dataObject d Flags(256) | Item i (itemDefinition)
              dataObjectReference dr | DataObject d (dataObject)
              sequenceFlow f: s -> t
              textAnnotation ta | Annotation "note"
              association as | Source ta (textAnnotation) | Target t (serviceTask)
        "###]],
    );
}

#[test]
fn extensions_are_known_by_their_namespace() {
    let file = format!(
        "<definitions xmlns=\"{NAMESPACE}\" xmlns:c=\"http://camunda.org/schema/1.0/bpmn\" xmlns:z=\"http://camunda.org/schema/zeebe/1.0\"
         xmlns:activiti=\"http://activiti.org/bpmn\" xmlns:d=\"{DOD_NAMESPACE}\" xmlns:o=\"urn:other\">
         <process id=\"p\"><serviceTask id=\"t\" c:topic=\"build\" activiti:class=\"a.B\" d:gate=\"cargo/test\" o:x=\"1\">
         <extensionElements><z:taskDefinition type=\"job\"/><o:y><z:no/></o:y>
         <z:ioMapping><z:input source=\"=a\" target=\"b\"/><z:output source=\"=c\" target=\"d\"/></z:ioMapping>
         <activiti:field name=\"f\"><activiti:string> text </activiti:string></activiti:field></extensionElements>
         </serviceTask><userTask id=\"u\"><extensionElements><o:y/></extensionElements></userTask></process></definitions>"
    );
    let diagram = read_well(file);
    expect![[r#"
        process p
          serviceTask t | Camunda topic="build" | Flowable class="a.B" | Dod gate="cargo/test"
              + Zeebe taskDefinition type="job"
              + Zeebe ioMapping
                + Zeebe input source="=a" target="b"
                + Zeebe output source="=c" target="d"
              + Flowable field name="f"
                + Flowable string " text "
          userTask u
    "#]]
    .assert_eq(&outline(&diagram));
    let task = diagram.find("t").unwrap();
    let gate = diagram.attribute(task, Space::Dod, "gate").unwrap();
    assert_eq!(diagram.text(gate), "cargo/test");
    let (_, job) = diagram.extension(task, Space::Zeebe, "taskDefinition").unwrap();
    assert_eq!(diagram.text(diagram.extension_attribute(job, "type").unwrap()), "job");
    let (at, _) = diagram.extension(task, Space::Zeebe, "ioMapping").unwrap();
    assert_eq!(diagram.inside(at).count(), 2);
    assert_eq!(diagram.extensions(diagram.find("u").unwrap()).count(), 0);
}

#[test]
fn the_drawing_is_kept() {
    let file = format!(
        "<definitions xmlns=\"{NAMESPACE}\" xmlns:di=\"http://www.omg.org/spec/BPMN/20100524/DI\" \
         xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" xmlns:dd=\"http://www.omg.org/spec/DD/20100524/DI\">{SMALL}
         <di:BPMNDiagram><di:BPMNPlane bpmnElement=\"p\"><di:BPMNShape bpmnElement=\"s\" isExpanded=\"true\">
         <dc:Bounds x=\"1.5\" y=\"-2\" width=\"36\" height=\"3.6e1\"/><di:BPMNLabel><dc:Bounds x=\"0\" y=\"1\" width=\"2\" height=\"3\"/></di:BPMNLabel>
         </di:BPMNShape><di:BPMNEdge bpmnElement=\"f\"><dd:waypoint x=\"1\" y=\"2\"/><dd:waypoint x=\"3\" y=\"4\"/></di:BPMNEdge>
         </di:BPMNPlane></di:BPMNDiagram></definitions>"
    );
    let diagram = read_well(file);
    let shape = &diagram.shapes[0];
    assert_eq!((shape.element, shape.expanded, shape.horizontal), (diagram.find("s"), Some(true), None));
    let bounds = shape.bounds.unwrap();
    assert_eq!((bounds.x, bounds.y, bounds.width, bounds.height), (1.5, -2.0, 36.0, 36.0));
    assert_eq!(shape.label.unwrap().height, 3.0);
    assert_eq!(diagram.edges[0].element, diagram.find("f"));
    assert_eq!(diagram.points(&diagram.edges[0]), [(1.0, 2.0), (3.0, 4.0)]);
    assert_eq!(diagram.planes[0].element, diagram.find("p"));
}

#[test]
fn a_long_file_needs_no_more_stack_and_every_name_is_found() {
    let mut inside = String::from("<process id=\"p\">");
    for at in 0..20_000 {
        write!(
            inside,
            "<task id=\"t{at}\"/><sequenceFlow id=\"f{at}\" sourceRef=\"t{}\" targetRef=\"t{at}\"/>",
            at / 2
        )
        .unwrap();
    }
    inside.push_str("</process>");
    let diagram = read_well(wrapped(&inside));
    assert_eq!(diagram.flows.len(), 20_000);
    for (at, flow) in diagram.flows.iter().enumerate() {
        assert_eq!(diagram.id(flow.from.unwrap()), format!("t{}", at / 2));
        assert_eq!(diagram.id(flow.to.unwrap()), format!("t{at}"));
    }
    assert_eq!(diagram.children(diagram.find("p")).count(), 40_000);
}

#[test]
fn what_is_said_about_an_expression_is_not_part_of_it() {
    check_inside(
        "<process id=\"p\"><startEvent id=\"s\"/><endEvent id=\"e\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"e\">
         <conditionExpression><documentation>why</documentation><extensionElements/> a &lt; 1 </conditionExpression></sequenceFlow>
         <sequenceFlow id=\"g\" sourceRef=\"s\" targetRef=\"e\"><conditionExpression>b > 1<documentation>why</documentation></conditionExpression></sequenceFlow>
         <textAnnotation id=\"t\"><documentation>all <p xmlns=\"urn:html\">of <b>it</b></p></documentation><text>a <b/>note</text></textAnnotation></process>",
        &expect![[r#"
            process p
              startEvent s
              endEvent e
              sequenceFlow f: s -> e | Condition " a < 1 "
              sequenceFlow g: s -> e | Condition "b > 1"
              textAnnotation t | Documentation "all of it" | Annotation "a note"
        "#]],
    );
}
