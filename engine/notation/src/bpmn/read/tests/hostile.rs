//! One claim per kind of bad input: what is said of it, and where.

use expect_test::expect;

use super::*;

#[test]
fn an_empty_file_is_no_diagram() {
    check(
        "",
        &expect![[r#"
        a.bpmn:1:1 error B001 «» the file is empty | help: a BPMN file begins with `<definitions>`
        no diagram
    "#]],
    );
    check(
        " \n\t",
        &expect![[r#"
        a.bpmn:1:1 error B001 «» the file is empty | help: a BPMN file begins with `<definitions>`
        no diagram
    "#]],
    );
    check(
        "\u{feff}",
        &expect![[r#"
        a.bpmn:1:1 error B001 «» the file is empty | help: a BPMN file begins with `<definitions>`
        no diagram
    "#]],
    );
    check(
        "<!-- nothing -->",
        &expect![[r#"
        a.bpmn:1:1 error B004 «<» the file holds no element | help: a BPMN file begins with `<definitions>`
        no diagram
    "#]],
    );
}

#[test]
fn what_is_not_xml_is_refused_with_its_place() {
    check(
        "hello",
        &expect![[r#"
        a.bpmn:1:1 error B004 «hello» this is not XML | help: a BPMN file begins with `<definitions>`
        no diagram
    "#]],
    );
    check(
        "{\"a\": 1}\n",
        &expect![[r#"
        a.bpmn:1:1 error B004 «{"a": 1}» this is not XML | help: a BPMN file begins with `<definitions>`
        no diagram
    "#]],
    );
    check(
        "workflow: x\nsteps: <a>\n",
        &expect![[r#"
        a.bpmn:1:1 error B004 «workflow: x⏎steps:» this is not XML | help: a BPMN file begins with `<definitions>`
        no diagram
    "#]],
    );
    check(
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(),
        &expect![[r#"
        a.bpmn:1:1 error B002 «�» the file is not UTF-8: this is no character | help: save the file as UTF-8
        no diagram
    "#]],
    );
    check(
        b"PK\x03\x04\x14\0\0\0".as_slice(),
        &expect![[r#"
        a.bpmn:1:3 error B003 «␀» the file holds the character U+0003, which XML does not allow
        no diagram
    "#]],
    );
}

#[test]
fn a_nul_byte_and_control_characters_are_refused_with_their_place() {
    check(
        wrapped("<process id=\"p\0\"/>"),
        &expect![[r#"
        a.bpmn:2:15 error B003 «␀» the file holds a NUL byte
        no diagram
    "#]],
    );
    check(
        wrapped("<process id=\"p\"\u{1b}/>"),
        &expect![[r#"
        a.bpmn:2:16 error B003 «␀» the file holds the character U+001B, which XML does not allow
        no diagram
    "#]],
    );
    check(
        wrapped("<!-- \u{ffff} -->"),
        &expect![[r#"
        a.bpmn:2:6 error B003 «￿» the file holds the character U+FFFF, which XML does not allow
        no diagram
    "#]],
    );
    check_inside(
        "<process id=\"p\" name=\"&#0;&#27;&#xFFFE;\"/>",
        &expect![[r#"
            a.bpmn:2:23 error B007 «&#0;» `&#0;` is no character that XML allows | help: write the character itself; `&amp;` means `&`
            a.bpmn:2:27 error B007 «&#27;» `&#27;` is no character that XML allows | help: write the character itself; `&amp;` means `&`
            a.bpmn:2:32 error B007 «&#xFFFE;» `&#xFFFE;` is no character that XML allows | help: write the character itself; `&amp;` means `&`
            process p = #0;#27;#xFFFE;
        "#]],
    );
}

#[test]
fn a_tag_that_is_not_closed_is_named_with_both_places() {
    check(
        "<definitions",
        &expect![[r#"
        a.bpmn:1:1 error B005 «<» the tag that begins here is not closed
        no diagram
    "#]],
    );
    check(
        "<definitions xmlns=\"a",
        &expect![[r#"
        a.bpmn:1:1 error B005 «<» a quote in the tag that begins here is not closed
        no diagram
    "#]],
    );
    check(
        wrapped("<process id=\"p\">"),
        &expect![[r#"
        a.bpmn:3:1 error B005 «</definitions>» `</definitions>` closes `<process>` | a.bpmn:2:2 «process» it begins here
        no diagram
    "#]],
    );
    check(
        wrapped("<process id=\"p\">\n<task id=\"t\"\n<task id=\"u\"/></process>"),
        &expect![[r#"
            a.bpmn:4:1 error B005 «<» `<task` is not closed before this `<` | a.bpmn:3:2 «task» it begins here | help: write `&lt;` for `<` in a value
            no diagram
        "#]],
    );
    check(
        wrapped("<process id=\"p>\n<task id=\"t\"/></process>"),
        &expect![[r#"
        a.bpmn:2:1 error B005 «<» a quote in the tag that begins here is not closed
        no diagram
    "#]],
    );
    check(
        wrapped("").replace("</definitions>", ""),
        &expect![[r#"
        a.bpmn:4:1 error B005 «» the file ends, and `<definitions>` is not closed | a.bpmn:1:2 «definitions» it begins here
        no diagram
    "#]],
    );
    check(
        wrapped("<!-- never closed"),
        &expect![[r#"
        a.bpmn:2:1 error B004 «<» the comment is not closed by `-->`
        no diagram
    "#]],
    );
    check(
        wrapped("<process><![CDATA[ never closed"),
        &expect![[r#"
        a.bpmn:2:10 error B004 «<» the CDATA section is not closed by `]]>`
        no diagram
    "#]],
    );
    check(
        wrapped("<?never closed"),
        &expect![[r#"
        a.bpmn:2:1 error B004 «<» the processing instruction is not closed by `?>`
        no diagram
    "#]],
    );
    check(
        wrapped("</process>"),
        &expect![[r#"
        a.bpmn:2:1 error B005 «</process>» `</process>` closes `<definitions>` | a.bpmn:1:2 «definitions» it begins here
        no diagram
    "#]],
    );
    check(
        format!("{}</more>", wrapped("")),
        &expect![[r#"
        a.bpmn:4:1 error B005 «</more>» `</more>` closes nothing
        no diagram
    "#]],
    );
    check(
        format!("{}<more/>", wrapped("")),
        &expect![[r#"
        a.bpmn:4:2 error B005 «more» a second root element | help: everything stands in one `<definitions>`
        no diagram
    "#]],
    );
    check(
        format!("{}more", wrapped("")),
        &expect![[r#"
        a.bpmn:4:1 error B004 «more» text behind the end of the diagram | help: a BPMN file begins with `<definitions>`
        no diagram
    "#]],
    );
}

#[test]
fn markup_that_is_none_is_refused_with_its_place() {
    check(
        wrapped("<1process/>"),
        &expect![[r#"
        a.bpmn:2:1 error B004 «<1process» `<1process` begins no element | help: write `&lt;` for `<` in text
        no diagram
    "#]],
    );
    check(
        wrapped("<process id=p/>"),
        &expect![[r#"
        a.bpmn:2:10 error B008 «id» the attribute `id` has no value in quotes
        no diagram
    "#]],
    );
    check(
        wrapped("<process id/>"),
        &expect![[r#"
        a.bpmn:2:10 error B008 «id» the attribute `id` has no value in quotes
        no diagram
    "#]],
    );
    check(
        wrapped("<process id=\"p\"name=\"q\"/>"),
        &expect![[r#"
        a.bpmn:2:16 error B008 «n» two attributes of `process` are not set apart
        no diagram
    "#]],
    );
    check(
        wrapped("<process id=\"p\" id=\"q\"/>"),
        &expect![[r#"
        a.bpmn:2:17 error B008 «id» the attribute `id` stands twice in one tag
    "#]],
    );
    check(
        wrapped("<process =\"p\"/>"),
        &expect![[r#"
        a.bpmn:2:10 error B008 «=» no attribute of `process` begins like this
        no diagram
    "#]],
    );
    check(
        wrapped("<process id=\"a<b\"/>"),
        &expect![[r#"
            a.bpmn:2:15 error B005 «<» `<process` is not closed before this `<` | a.bpmn:2:2 «process» it begins here | help: write `&lt;` for `<` in a value
            no diagram
        "#]],
    );
    check(
        wrapped("< process/>"),
        &expect![[r#"
            a.bpmn:2:1 error B004 «<» `<` begins no element | help: write `&lt;` for `<` in text
            no diagram
        "#]],
    );
    check(
        wrapped("<>"),
        &expect![[r#"
        a.bpmn:2:1 error B004 «<» `<` begins no element | help: write `&lt;` for `<` in text
        no diagram
    "#]],
    );
    check(
        wrapped("<!ELEMENT a>"),
        &expect![[r#"
        a.bpmn:2:1 error B004 «<» this is not XML
        no diagram
    "#]],
    );
    check(
        format!("\n<?xml version=\"1.0\"?>{}", wrapped("")),
        &expect![[r#"
        a.bpmn:2:1 error B004 «<?xml version="1.0"?>» the XML declaration is not at the very beginning of the file
        no diagram
    "#]],
    );
}

#[test]
fn every_document_type_is_refused_and_no_entity_is_expanded() {
    let lol = "<!DOCTYPE lolz [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    check(
        format!("{lol}{}", wrapped("<process id=\"&b;\"/>")),
        &expect![[r#"
        a.bpmn:1:1 error B006 «<!DOCTYPE lolz [<!ENTITY a "lo…;&a;">]>» the file has a document type | help: remove `<!DOCTYPE …>`; BPMN files have none, and entities are never expanded
        no diagram
    "#]],
    );
    check(
        format!("<!DOCTYPE x SYSTEM \"file:///etc/passwd\">{}", wrapped("")),
        &expect![[r#"
        a.bpmn:1:1 error B006 «<!DOCTYPE x SYSTEM "file:///etc/passwd">» the file has a document type | help: remove `<!DOCTYPE …>`; BPMN files have none, and entities are never expanded
        no diagram
    "#]],
    );
    check(
        format!("<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://h/x.dtd\"> %p;]>{}", wrapped("")),
        &expect![[r#"
        a.bpmn:1:1 error B006 «<!DOCTYPE x [<!ENTITY % p SYST…"> %p;]>» the file has a document type | help: remove `<!DOCTYPE …>`; BPMN files have none, and entities are never expanded
        no diagram
    "#]],
    );
    check(
        format!("<!doctype html>{}", wrapped("")),
        &expect![[r#"
        a.bpmn:1:1 error B006 «<!doctype html>» the file has a document type | help: remove `<!DOCTYPE …>`; BPMN files have none, and entities are never expanded
        no diagram
    "#]],
    );
    check(
        format!("<!DOCTYPE definitions>{}", wrapped("")),
        &expect![[r#"
        a.bpmn:1:1 error B006 «<!DOCTYPE definitions>» the file has a document type | help: remove `<!DOCTYPE …>`; BPMN files have none, and entities are never expanded
        no diagram
    "#]],
    );
    check(
        "<!DOCTYPE x [ <!ENTITY",
        &expect![[r#"
        a.bpmn:1:1 error B006 «<» the file has a document type
        no diagram
    "#]],
    );
}

#[test]
fn an_entity_that_xml_does_not_define_is_refused_with_its_place() {
    check_inside(
        "<process id=\"p\" name=\"a &nbsp; b & c &amp d\"><scriptTask id=\"t\"><script>a && b &copy; &#xD800; &#1114112;</script></scriptTask></process>",
        &expect![[r#"
            a.bpmn:2:25 error B007 «&nbsp;» `&nbsp;` is not one of the five entities of XML | help: write the character itself; `&amp;` means `&`
            a.bpmn:2:34 error B007 «&» `&` stands alone | help: write `&amp;` for `&`
            a.bpmn:2:38 error B007 «&» `&` stands alone | help: write `&amp;` for `&`
            a.bpmn:2:75 error B007 «&» `&` stands alone | help: write `&amp;` for `&`
            a.bpmn:2:76 error B007 «&» `&` stands alone | help: write `&amp;` for `&`
            a.bpmn:2:80 error B007 «&copy;» `&copy;` is not one of the five entities of XML | help: write the character itself; `&amp;` means `&`
            a.bpmn:2:87 error B007 «&#xD800;» `&#xD800;` is no character that XML allows | help: write the character itself; `&amp;` means `&`
            a.bpmn:2:96 error B007 «&#1114112;» `&#1114112;` is no character that XML allows | help: write the character itself; `&amp;` means `&`
            process p = a nbsp; b  c amp d
              scriptTask t | Script "a  b copy; #xD800; #1114112;"
        "#]],
    );
}

#[test]
fn an_included_file_is_never_read() {
    check(
        wrapped(
            "<process id=\"p\"><xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"/etc/passwd\"/></process>",
        ),
        &expect![[r#"
            a.bpmn:2:21 warning B022 «include» other files are never included
        "#]],
    );
}

#[test]
fn a_root_in_another_namespace_is_refused_and_the_namespace_named() {
    check(
        "<definitions><process id=\"p\"/></definitions>",
        &expect![[r#"
        a.bpmn:1:2 error B010 «definitions» the root `definitions` is in no namespace | help: a BPMN 2.0 file begins with `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">`
        no diagram
    "#]],
    );
    check(
        "<definitions xmlns=\"http://schema.omg.org/spec/BPMN/2.0\"/>",
        &expect![[r#"
        a.bpmn:1:2 error B010 «definitions» the root `definitions` is in the namespace `http://schema.omg.org/spec/BPMN/2.0`, not BPMN 2.0 | help: a BPMN 2.0 file begins with `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">`
        no diagram
    "#]],
    );
    check(
        "<bpd:definitions xmlns:bpd=\"http://www.omg.org/bpmn/1.2\"/>",
        &expect![[r#"
        a.bpmn:1:6 error B010 «definitions» the root `definitions` is in the namespace `http://www.omg.org/bpmn/1.2`, not BPMN 2.0 | help: a BPMN 2.0 file begins with `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">`
        no diagram
    "#]],
    );
    check(
        format!("<process xmlns=\"{NAMESPACE}\" id=\"p\"/>"),
        &expect![[r#"
        a.bpmn:1:2 error B010 «process» the root is `process`, not `definitions` | help: a BPMN 2.0 file begins with `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">`
        no diagram
    "#]],
    );
    check(
        "<html xmlns=\"http://www.w3.org/1999/xhtml\"/>",
        &expect![[r#"
        a.bpmn:1:2 error B010 «html» the root `html` is in the namespace `http://www.w3.org/1999/xhtml`, not BPMN 2.0 | help: a BPMN 2.0 file begins with `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">`
        no diagram
    "#]],
    );
    check(
        "<a:definitions/>",
        &expect![[r#"
            a.bpmn:1:2 error B009 «a:definitions» the prefix `a` is not bound to a namespace | help: declare it on `definitions`: `xmlns:a="…"`
            no diagram
        "#]],
    );
}

#[test]
fn an_encoding_that_is_not_read_is_named() {
    check(
        "<?xml version=\"1.0\" encoding=\"windows-1252\"?><definitions/>",
        &expect![[r#"
        a.bpmn:1:31 error B002 «windows-1252» the file is encoded in `windows-1252`, which is not read | help: save the file as UTF-8
        no diagram
    "#]],
    );
    check(
        b"<definitions name=\"\xfc\"/>".as_slice(),
        &expect![[r#"
        a.bpmn:1:20 error B002 «�» the file is not UTF-8: this is no character | help: save the file as UTF-8
        no diagram
    "#]],
    );
    check(
        b"\xff\xfe<\0a\0/\0>".as_slice(),
        &expect![[r#"
        a.bpmn:1:4 error B002 «» the file is UTF-16 and ends within a character | help: save the file as UTF-8
        no diagram
    "#]],
    );
    check(
        b"\xfe\xff\xd8\x00\0<".as_slice(),
        &expect![[r#"
        a.bpmn:1:1 error B002 «» the file is not UTF-16 from here on | help: save the file as UTF-8
        no diagram
    "#]],
    );
    check(
        b"\0\0\xfe\xff\0\0\0<".as_slice(),
        &expect![[r#"
        a.bpmn:1:1 error B002 «» the file is encoded in UTF-32 | help: save the file as UTF-8
        no diagram
    "#]],
    );
}

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
            a.bpmn:6:40 error B013 «task» `task` cannot stand in `script` | help: `script` holds text
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
              scriptTask st | Script "ab"
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
        "<process id=\"\"><task/><exclusiveGateway name=\"no id\"/><task id=\"a b\"/><task id=\"a&#10;b\"/>
         <task id=\"a&#x202E;b\"/><subProcess triggeredByEvent=\"true\"/></process>",
        &expect![[r#"
            a.bpmn:2:14 error B017 «» the id is empty | help: ids are made of letters, digits, `_`, `-` and `.`
            a.bpmn:2:17 error B016 «task» `task` has no `id` | help: sequence flows and the log of a run name it by its `id`
            a.bpmn:2:24 error B016 «exclusiveGateway» `exclusiveGateway` has no `id` | help: sequence flows and the log of a run name it by its `id`
            a.bpmn:2:65 error B017 «a b» the id holds the character U+0020, which ids cannot hold | help: ids are made of letters, digits, `_`, `-` and `.`
            a.bpmn:2:81 error B017 «a&#10;b» the id holds the character U+000A, which ids cannot hold | help: ids are made of letters, digits, `_`, `-` and `.`
            a.bpmn:3:20 error B017 «a&#x202E;b» the id holds the character U+202E, which ids cannot hold | help: ids are made of letters, digits, `_`, `-` and `.`
            process
              task
              exclusiveGateway = no id
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

#[test]
fn nesting_is_bounded_and_needs_no_stack() {
    let deep = "<subProcess id=\"s\">".repeat(5_000);
    check(
        wrapped(&format!("<process id=\"p\">\n{deep}")),
        &expect![[r#"
        a.bpmn:3:4828 error B011 «subProcess» elements are nested more than 256 deep
        no diagram
    "#]],
    );
    let many = "<a>".repeat(100_000);
    check(
        wrapped(&many),
        &expect![[r#"
        a.bpmn:2:2 error B012 «a» BPMN has no element `a`
        a.bpmn:2:767 error B011 «a» elements are nested more than 256 deep
        no diagram
    "#]],
    );
}

#[test]
fn values_are_bounded() {
    let long = "x".repeat(VALUE_BYTES_MAX + 1);
    check(
        wrapped(&format!("<process id=\"p\" name=\"{long}\"/>")),
        &expect![[r#"
            a.bpmn:2:23 error B011 «x» `name` is 1048577 bytes long; at most 1048576 are read
        "#]],
    );
    check(
        wrapped(&format!(
            "<process id=\"p\"><scriptTask id=\"t\"><script>{long}</script></scriptTask></process>"
        )),
        &expect![[r#"
            a.bpmn:2:44 error B011 «x» `script` is 1048577 bytes long; at most 1048576 are read
        "#]],
    );
    check(
        wrapped(&format!("<process id=\"{long}\"/>")),
        &expect![[r#"
            a.bpmn:2:14 error B011 «x» `id` is 1048577 bytes long; at most 1048576 are read
        "#]],
    );
    check(
        wrapped(&format!("<{long}/>")),
        &expect![[r#"
        a.bpmn:2:2 error B012 «xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…xxxxxxxx» BPMN has no element `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`
    "#]],
    );
    check(
        format!("<{long}"),
        &expect![[r#"
        a.bpmn:1:1 error B005 «<» the tag that begins here is not closed
        no diagram
    "#]],
    );
}

#[test]
fn attributes_and_namespaces_are_bounded() {
    let attributes: String = (0..5_000).map(|at| format!(" a{at}=\"\"")).collect();
    check(
        wrapped(&format!("<process id=\"p\"{attributes}/>")),
        &expect![[r#"
        a.bpmn:2:1947 error B011 «a» `process` has more than 256 attributes
        no diagram
    "#]],
    );
    let spaces: String = (0..250).map(|at| format!(" xmlns:a{at}=\"urn:{at}\"")).collect();
    check(
        wrapped(&format!("<process id=\"p\"{spaces}><task id=\"t\"{spaces}/></process>")),
        &expect![[r#"
        a.bpmn:2:5111 error B011 «xmlns:a3» more than 256 prefixes are bound at one place
        no diagram
    "#]],
    );
    let other: String = (0..250).map(|at| format!(" xmlns:a{at}=\"urn:x{at}\"")).collect();
    check(
        wrapped(&format!("<process id=\"p\"{spaces}/><process id=\"q\"{other}/>")),
        &expect![[r#"
        a.bpmn:2:5182 error B011 «urn:x6» the file names more than 256 namespaces
        no diagram
    "#]],
    );
}

#[test]
fn elements_and_bytes_are_bounded() {
    let mut found = Diagnostics::default();
    let source: Arc<str> = wrapped("<process id=\"p\"><task id=\"t\"/><y xmlns=\"urn:y\"/></process>").into();
    assert!(read_within(&source, FileId(0), &mut found, 4).is_some());
    assert!(read_within(&source, FileId(0), &mut found, 3).is_none());
    assert_eq!(found.finish()[0].message, "the file holds more than 3 elements");
    check(
        vec![b' '; FILE_BYTES_MAX + 1],
        &expect![[r#"
        a.bpmn:1:1 error B011 «» the file is 134217729 bytes long; at most 134217728 are read
        no diagram
    "#]],
    );
}

#[test]
fn a_flood_of_problems_is_cut_short() {
    let flood = "<frob/>".repeat(100_000);
    let (_, shown) = problems(wrapped(&flood).as_bytes());
    assert_eq!(
        shown.lines().count(),
        crate::diagnose::DIAGNOSTICS_MAX + 2,
        "and one says that there were more"
    );
}
