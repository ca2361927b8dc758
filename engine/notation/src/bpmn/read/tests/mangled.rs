//! Files cut off and changed anywhere: never a panic, never a diagram out of half a file.

use super::*;

const FILE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<b:definitions xmlns:b=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:z='http://camunda.org/schema/zeebe/1.0'
  xmlns:di=\"http://www.omg.org/spec/BPMN/20100524/DI\" xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\">
  <!-- Prüfung -->
  <b:process id=\"p\" name=\"a &amp; b\" isExecutable=\"true\">
    <b:startEvent id=\"s\"><b:outgoing>f</b:outgoing></b:startEvent>
    <b:scriptTask id=\"t\"><b:extensionElements><z:taskDefinition type=\"x\"/></b:extensionElements>
      <b:incoming>f</b:incoming><b:script><![CDATA[a < 1]]> &gt; 2</b:script></b:scriptTask>
    <b:sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"><b:conditionExpression>x &lt; 1</b:conditionExpression></b:sequenceFlow>
    <b:boundaryEvent id=\"e\" attachedToRef=\"t\"><b:timerEventDefinition><b:timeDuration>PT1H</b:timeDuration></b:timerEventDefinition></b:boundaryEvent>
  </b:process>
  <di:BPMNDiagram><di:BPMNPlane bpmnElement=\"p\"><di:BPMNShape bpmnElement=\"t\"><dc:Bounds x=\"1\" y=\"2\" width=\"3\" height=\"4\"/></di:BPMNShape></di:BPMNPlane></di:BPMNDiagram>
</b:definitions>";

#[test]
fn the_whole_file_is_read() {
    assert_eq!(problems(FILE.as_bytes()).1, "");
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_no_diagram() {
    for end in 0..FILE.len() {
        let (diagram, shown) = problems(&FILE.as_bytes()[..end]);
        assert!(diagram.is_none(), "cut at {end}");
        assert!(shown.starts_with("a.bpmn:") && shown.contains(" error B0"), "cut at {end}: {shown}");
    }
}

/// Numbers that look random and are the same every time (Vigna's `xorshift64`).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

/// Everything that can be asked of a diagram, so that a wrong place in it would show.
fn ask(diagram: &Diagram, length: usize) {
    let shown = outline(diagram);
    assert!(shown.len() < 100 * length + 10_000);
    for (id, element) in diagram.all() {
        assert!(element.end as usize > id.index() && element.end as usize <= diagram.elements.len());
        assert!(diagram.id_span(id).end as usize <= length);
        assert_eq!(diagram.children(Some(id)).filter(|(_, one)| one.parent != Some(id)).count(), 0);
        for passage in diagram.passages(id) {
            if let Some(text) = passage.text {
                let size = diagram.text(text).len();
                assert!(diagram.part(text, 0..size).end as usize <= length);
            }
        }
    }
    for edge in &diagram.edges {
        assert!(diagram.points(edge).len() <= length);
    }
    assert!(diagram.counts().values().sum::<usize>() <= length);
}

#[test]
fn no_change_of_a_file_makes_the_reader_panic() {
    const PIECES: &[&str] = &[
        "<",
        ">",
        "/>",
        "</",
        "\"",
        "'",
        "&",
        "&amp;",
        "&#",
        ";",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?",
        "?>",
        "=",
        " ",
        "\n",
        "\r",
        "b:",
        "xmlns",
        "xmlns:b=\"x\" ",
        "id=\"t\" ",
        "<b:task id=\"t\"/>",
        "</b:process>",
        "\u{fffe}",
        "\0",
        "ß",
        "é",
        "<!DOCTYPE a>",
        "<b:subProcess id=\"q\">",
        "sourceRef=\"t\" ",
        "<b:text>",
        "<b:extensionElements>",
        "NaN",
        "-1",
    ];
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for _ in 0..3_000 {
        let mut bytes = FILE.as_bytes().to_vec();
        for _ in 0..=chance.below(4) {
            let at = chance.below(bytes.len());
            let length = chance.below(12).min(bytes.len() - at);
            match chance.below(4) {
                0 => bytes[at] = u8::try_from(chance.below(256)).unwrap(),
                1 => drop(bytes.drain(at..at + length)),
                2 => {
                    let piece = PIECES[chance.below(PIECES.len())].as_bytes();
                    bytes.splice(at..at, piece.iter().copied());
                }
                _ => {
                    let copy = bytes[at..at + length].to_vec();
                    let to = chance.below(bytes.len());
                    bytes.splice(to..to, copy);
                }
            }
        }
        if let (Some(diagram), _) = problems(&bytes) {
            ask(&diagram, bytes.len() * 3);
        }
    }
}
