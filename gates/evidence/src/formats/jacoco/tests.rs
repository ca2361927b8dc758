//! Claims about `jacoco`.

use expect_test::expect;

use crate::Format::Jacoco;
use crate::tests::{check, read};
use crate::{ReadError, merge};

/// A report of one package.
fn package(inner: &str) -> String {
    format!("<report name='r'><package name='com/x'>{inner}</package></report>")
}

#[test]
fn lines_branches_instructions_and_methods_are_counted_apart() {
    check(
        Jacoco,
        "<?xml version='1.0'?><!DOCTYPE report PUBLIC '-//JACOCO//DTD Report 1.1//EN' 'report.dtd'><report name='r'>
         <sessioninfo id='a' start='1' dump='2'/>
         <package name='com/x'>
          <class name='com/x/A' sourcefilename='A.java'>
           <method name='a' desc='()V' line='3'><counter type='LINE' missed='1' covered='1'/>
            <counter type='METHOD' missed='0' covered='1'/></method>
           <method name='b' desc='()V' line='9'><counter type='METHOD' missed='1' covered='0'/></method>
           <counter type='METHOD' missed='1' covered='1'/></class>
          <sourcefile name='A.java'><line nr='3' mi='0' ci='4' mb='1' cb='3'/><line nr='4' mi='2' ci='0' mb='0' cb='0'/>
           <counter type='LINE' missed='1' covered='1'/></sourcefile>
          <counter type='LINE' missed='9' covered='9'/></package>
         <counter type='INSTRUCTION' missed='2' covered='4'/><counter type='BRANCH' missed='1' covered='3'/>
         <counter type='LINE' missed='1' covered='2'/><counter type='METHOD' missed='1' covered='1'/>
         <counter type='CLASS' missed='0' covered='1'/></report>",
        expect![[r#"
            com/x/A.java: lines 1/2, branches 3/4
            coverage.branch = 75 %
            coverage.function = 50 %
            coverage.instruction = 66.6666 %
            coverage.line = 50 %
            declared 3 coverage.lines, counted 2
            declared 2 coverage.lines.hit, counted 1
        "#]],
    );
}

#[test]
fn groups_nest_and_name_a_file_only_where_they_must() {
    let file = |name: &str, ci: u32| {
        format!(
            "<package name='p'><sourcefile name='{name}'><line nr='1' mi='0' ci='{ci}'/></sourcefile></package>"
        )
    };
    check(
        Jacoco,
        format!(
            "<report name='r'><group name='all'><group name='a'>{}{}</group><group name='b'>{}</group></group></report>",
            file("Same.java", 1),
            file("Only.java", 1),
            file("Same.java", 0)
        ),
        expect![[r#"
            all/a/p/Same.java: lines 1/1, branches 0/0
            all/b/p/Same.java: lines 0/1, branches 0/0
            p/Only.java: lines 1/1, branches 0/0
            coverage.instruction = 100 %
            coverage.line = 66.6666 %
        "#]],
    );
}

#[test]
fn files_of_one_name_in_two_packages_are_two_files() {
    check(
        Jacoco,
        "<report name='r'><package name='p'><sourcefile name='A.java'><line nr='1' mi='0' ci='1'/></sourcefile></package>
         <package name='q'><sourcefile name='A.java'><line nr='1' mi='1' ci='0'/></sourcefile></package>
         <package name=''><sourcefile name='A.java'><line nr='1' mi='1' ci='0'/></sourcefile></package></report>",
        expect![[r#"
            A.java: lines 0/1, branches 0/0
            p/A.java: lines 1/1, branches 0/0
            q/A.java: lines 0/1, branches 0/0
            coverage.instruction = 33.3333 %
            coverage.line = 33.3333 %
        "#]],
    );
}

#[test]
fn shards_are_united_by_line_branch_instruction_and_method() {
    let shard = |first: &str, second: &str, ran: u32| {
        let missed = 1 - ran;
        read(
            Jacoco,
            package(&format!(
                "<class name='com/x/A' sourcefilename='A.java'><method name='a' desc='()V'>
                 <counter type='METHOD' missed='{missed}' covered='{ran}'/></method></class>
                 <sourcefile name='A.java'><line nr='1' {first}/><line nr='2' {second}/></sourcefile>"
            )),
        )
        .unwrap()
    };
    let one = shard("mi='4' ci='0' mb='2' cb='0'", "mi='3' ci='1' mb='3' cb='1'", 0);
    let two = shard("mi='1' ci='3' mb='1' cb='1'", "mi='2' ci='2' mb='2' cb='2'", 1);
    let merged = merge(vec![one.clone(), two, one]);
    let measures = merged.summary().measures;
    let value = |name: &str| measures[name].value.to_string();
    assert_eq!(value("coverage.line"), "100");
    // At least one branch of two and two of four; three and two instructions of eight.
    assert_eq!(value("coverage.branch"), "50");
    assert_eq!(value("coverage.instruction"), "62.5");
    assert_eq!(value("coverage.function"), "100");
}

#[test]
fn without_debug_information_there_are_instructions_and_no_lines() {
    let class = "<class name='com/x/A'><method name='a' desc='()V'><counter type='INSTRUCTION' missed='1' covered='3'/>
        <counter type='BRANCH' missed='1' covered='1'/></method></class>";
    check(
        Jacoco,
        package(class),
        expect![[r#"
            com/x/A: lines 0/0, branches 0/0
            coverage.instruction = 75 %
        "#]],
    );
    // A version before DTD 1.1: the source file has them already.
    let with_source = format!("{class}<sourcefile name='A.java'><line nr='1' mi='4' ci='4'/></sourcefile>");
    check(
        Jacoco,
        package(&with_source),
        expect![[r#"
            com/x/A: lines 0/0, branches 0/0
            com/x/A.java: lines 1/1, branches 0/0
            coverage.instruction = 50 %
            coverage.line = 100 %
        "#]],
    );
    let totals = "<sourcefile name='A.java'><counter type='LINE' missed='1' covered='3'/></sourcefile>";
    assert_eq!(
        read(Jacoco, package(totals)),
        Err(ReadError::NotRun { what: "lines of a file, only totals" })
    );
}

#[test]
fn a_class_that_does_not_say_its_file_is_its_own() {
    check(
        Jacoco,
        package(
            "<class name='com/x/A$B'><method name='a' desc='()V'><counter type='METHOD' missed='0' covered='1'/></method></class>",
        ),
        expect![[r#"
            com/x/A: lines 0/0, branches 0/0
            coverage.function = 100 %
        "#]],
    );
}

#[test]
fn a_report_without_packages_measured_nothing() {
    for report in ["<report name='r'/>", "<report><counter type='LINE' missed='0' covered='7'/></report>"] {
        assert_eq!(read(Jacoco, report), Err(ReadError::NotRun { what: "packages" }), "{report}");
    }
    assert!(matches!(read(Jacoco, "<coverage/>"), Err(ReadError::OtherFormat { .. })));
}

#[test]
fn counts_that_cannot_be_are_refused() {
    for line in [
        "<line nr='1' mi='0' ci='-1'/>",
        "<line nr='1' mi='0' ci='NaN'/>",
        "<line nr='1' mi='0' ci='9007199254740993'/>",
        "<line nr='1' mi='0' ci='4294967296'/>",
        "<line nr='1' ci='1'/>",
        "<line nr='1' mi='0'/>",
        "<line nr='0' mi='0' ci='1'/>",
        "<line mi='0' ci='1'/>",
        "<line nr='1' mi='0' ci='1' mb='-1' cb='0'/>",
        "<counter type='LINE' missed='1'/>",
        "<counter missed='1' covered='1'/>",
        "<counter type='LINE' missed='x' covered='1'/>",
        "<line nr='1' nr='2' mi='0' ci='1'/>",
    ] {
        let found = read(Jacoco, package(&format!("<sourcefile name='A'>{line}</sourcefile>")));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{line}: {found:?}");
    }
    let many = package("<sourcefile name='A'><line nr='1' mi='0' ci='1' mb='0' cb='10001'/></sourcefile>");
    assert!(matches!(read(Jacoco, many), Err(ReadError::TooLarge { .. })));
    assert!(matches!(
        read(Jacoco, package("<line nr='1' mi='0' ci='1'/>")),
        Err(ReadError::Malformed { .. })
    ));
    assert!(matches!(read(Jacoco, package("<sourcefile/>")), Err(ReadError::Malformed { .. })));
}
