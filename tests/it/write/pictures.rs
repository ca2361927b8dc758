//! `dod graph`: pictures of workflows, diagrams and runs.

use expect_test::expect;

use super::{check, object};
use crate::dod::{Project, Said};

/// A small process whose diagram places everything but the last task.
const RELEASE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
    xmlns:dod="urn:dod:bpmn:1" targetNamespace="t" name="Release &lt;of&gt; payments">
  <b:process id="p" isExecutable="true">
    <b:startEvent id="begin"/>
    <b:serviceTask id="build" name="Build it" dod:run="true"/>
    <b:boundaryEvent id="late" attachedToRef="build" cancelActivity="false">
      <b:timerEventDefinition><b:timeDuration>PT1H</b:timeDuration></b:timerEventDefinition>
    </b:boundaryEvent>
    <b:userTask id="sign" name="Sign it"/>
    <b:sequenceFlow id="f1" sourceRef="begin" targetRef="build"/>
    <b:sequenceFlow id="f2" sourceRef="build" targetRef="sign"/>
  </b:process>
  <bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="pl" bpmnElement="p">
    <bpmndi:BPMNShape id="s1" bpmnElement="begin"><dc:Bounds x="151" y="97" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s2" bpmnElement="build"><dc:Bounds x="313" y="75" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s3" bpmnElement="late"><dc:Bounds x="345" y="137" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="e1" bpmnElement="f1"><di:waypoint x="187" y="115"/><di:waypoint x="313" y="115"/></bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</b:definitions>
"#;

/// The picture that a call prints.
fn picture(project: &Project, words: &[&str]) -> Said {
    let said = project.dod(words);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.stdout.starts_with("<svg ") && said.stdout.ends_with("</svg>\n"), "{said}");
    said
}

#[test]
fn a_diagram_is_drawn_as_its_file_places_it_and_the_rest_beside() {
    let project = Project::with(&[("release.bpmn", RELEASE)]);
    let said = picture(&project, &["graph", "release.bpmn", "--format", "svg"]);
    for part in [
        "<rect class=\"box\" x=\"313\" y=\"75\" width=\"100\" height=\"80\"",
        "<circle class=\"box\" cx=\"169\" cy=\"115\"",
        "<circle class=\"box dash\" cx=\"363\" cy=\"155\"",
        ">not in the diagram of the file<",
        "<title>Sign it</title>",
    ] {
        assert!(said.stdout.contains(part), "{part} is not in {said}");
    }
    assert_eq!(said.stderr, "");
    assert_eq!(said.stdout, picture(&project, &["graph", "release.bpmn", "--as", "svg"]).stdout);
}

#[test]
fn a_run_is_shown_on_the_diagram_that_it_ran() {
    let project = Project::with(&[("release.bpmn", RELEASE)]);
    project.commit("a diagram");
    project.dod(&["validate", "--workflow", "release.bpmn", "--policy", "minimal", "--wait-max", "0s"]);
    let shown = picture(&project, &["graph", "--run", "latest", "--format", "svg"]);
    for part in ["x=\"313\" y=\"75\"", "<title>Build it: passed", "<title>Sign it: waiting", ">WAITING: "] {
        assert!(shown.stdout.contains(part), "{part} is not in {shown}");
    }
    project.write("release.bpmn", &RELEASE.replace("dod:run=\"true\"", "dod:run=\"false\""));
    let changed = picture(&project, &["graph", "--run", "latest", "--format", "svg"]);
    assert!(
        !changed.stdout.contains("x=\"313\" y=\"75\"") && changed.stdout.contains("<title>Build it: passed")
    );
    assert!(
        changed.stderr.ends_with("release.bpmn` is not what this run ran; its workflow is laid out anew\n")
    );
}

#[test]
fn a_diagram_that_cannot_run_is_drawn_and_says_so() {
    let text = RELEASE.replace("<b:startEvent id=\"begin\"/>", "<b:complexGateway id=\"begin\"/>");
    let project = Project::with(&[("release.bpmn", &text), ("broken.bpmn", "<b:definitions")]);
    let said = picture(&project, &["graph", "release.bpmn", "--format", "svg"]);
    assert!(said.stderr.contains("from running: `dod check release.bpmn`"), "{said}");
    assert_eq!(project.dod(&["graph", "release.bpmn", "--format", "dot"]).code, 2);
    assert_eq!(project.dod(&["graph", "broken.bpmn", "--format", "svg"]).code, 2);
}

#[test]
fn what_lies_in_a_closed_stage_is_drawn_on_the_page_that_the_file_gives_it() {
    let (head, _) = RELEASE.split_once("<b:process").unwrap();
    let shape = |of: &str| {
        format!(
            "<bpmndi:BPMNShape id=\"{of}_s\" bpmnElement=\"{of}\">\
             <dc:Bounds x=\"200\" y=\"80\" width=\"100\" height=\"80\"/></bpmndi:BPMNShape>"
        )
    };
    let plane = |of: &str, shown: &str| {
        format!(
            "<bpmndi:BPMNDiagram id=\"{of}_d\"><bpmndi:BPMNPlane id=\"{of}_p\" bpmnElement=\"{of}\">{}\
             </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>",
            shape(shown)
        )
    };
    let text = format!(
        "{head}<b:process id=\"p\" isExecutable=\"true\"><b:subProcess id=\"stage\" name=\"A stage\">\
         <b:task id=\"inner\" name=\"Inner work\"/></b:subProcess></b:process>{}{}</b:definitions>",
        plane("p", "stage"),
        plane("stage", "inner")
    );
    let project = Project::with(&[("stages.bpmn", &text)]);
    let said = picture(&project, &["graph", "stages.bpmn", "--format", "svg"]).stdout;
    let pages: Vec<&str> = said.split("<text class=\"h\"").skip(1).collect();
    assert_eq!(pages.len(), 2, "{said}");
    assert!(pages[0].contains("<title>A stage</title>") && !pages[0].contains("Inner work"), "{said}");
    assert!(pages[1].contains(">A stage<") && pages[1].contains("<title>Inner work</title>"), "{said}");
}

#[test]
fn formats_of_pictures_are_for_pictures() {
    let project = Project::of("name: x\nsteps: { a: { run: 'true' }, b: { run: 'true', needs: [a] } }\n");
    let drawn = object(&project, &["graph", "--as", "svg"]);
    assert_eq!((drawn["workflow"].as_str(), drawn["as"].as_str()), (Some("x"), Some("svg")));
    assert_eq!(drawn["graph"], picture(&project, &["graph", "--format", "svg"]).stdout.as_str());
    check(
        &project,
        &["graph", "--format", "mermaid"],
        &expect![[r#"
        exit code 0
        --- stdout
        flowchart TD
          n0["a"]
          n1["b"]
          n0 --> n1
        --- stderr
    "#]],
    );
    check(
        &project,
        &["graph", "--format", "svg", "--as", "dot"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: `--format svg` and `--as dot` are two languages
    "#]],
    );
    check(
        &project,
        &["runs", "--format", "svg"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: `--format svg` is for `dod graph`
    "#]],
    );
}
