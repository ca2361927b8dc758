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
fn an_attribute_that_stands_twice_is_found_among_many() {
    let many: String = (0..20).map(|at| format!(" a{}=\"\"", at % 18)).collect();
    check(
        wrapped(&format!("<process id=\"p\"{many}/>")),
        &expect![[r#"
        a.bpmn:2:133 error B008 «a0» the attribute `a0` stands twice in one tag
        a.bpmn:2:139 error B008 «a1» the attribute `a1` stands twice in one tag
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

#[test]
fn a_flood_of_warnings_hides_no_error_and_refuses_no_file() {
    let flood = "<camunda:in/>".repeat(2 * crate::diagnose::DIAGNOSTICS_MAX);
    let (diagram, shown) = problems(wrapped(&format!("<process id=\"p\">{flood}</process>")).as_bytes());
    assert!(diagram.is_some());
    assert_eq!(shown.lines().count(), WARNINGS_MAX + 1);
    assert!(shown.contains("950 more warnings about this file are not shown\n"));
    let (_, shown) = problems(wrapped(&format!("<process id=\"p\">{flood}<frob/></process>")).as_bytes());
    assert!(shown.contains("BPMN has no element `frob`"));
}
