//! Claims about finding files of coverage in the repository.

use crate::Format;
use crate::locate;
use crate::tests::read;

/// The names of files in a report, and what they are in a repository of these files.
fn check(report: &str, repository: &str, expected: &str, unknown: usize) {
    let records: String =
        report.split(' ').map(|file| format!("SF:{file}\nDA:1,1\nend_of_record\n")).collect();
    let mut evidence = read(Format::Lcov, records).unwrap();
    let count = locate(&mut evidence, repository.split(' '));
    let mut found: Vec<String> =
        evidence.coverage.unwrap().iter().map(|file| file.path.to_string()).collect();
    found.sort();
    assert_eq!(found.join(" "), expected, "{report} in {repository}");
    assert_eq!(count, unknown, "{report} in {repository}");
}

#[test]
fn a_name_that_is_a_file_stays() {
    check("src/a.rs", "src/a.rs b/src/a.rs", "src/a.rs", 0);
}

#[test]
fn a_package_leads_to_the_only_file_behind_it() {
    let java = "app/src/main/java/com/shop/Cart.java app/src/test/java/com/shop/CartTest.java";
    check("com/shop/Cart.java", java, "app/src/main/java/com/shop/Cart.java", 0);
    let two = "a/src/com/shop/Cart.java b/src/com/shop/Cart.java";
    check("com/shop/Cart.java", two, "com/shop/Cart.java", 1);
    check("shop/Cart.java", "app/workshop/Cart.java", "shop/Cart.java", 1);
}

#[test]
fn an_import_path_leads_to_the_file_at_its_end() {
    check(
        "example.com/shop/cart/cart.go example.com/shop/main.go",
        "cart/cart.go main.go other/cart.go",
        "cart/cart.go main.go",
        0,
    );
    // The longest one: both are ends of it.
    check("example.com/shop/cart/cart.go", "cart.go cart/cart.go", "cart/cart.go", 0);
    check("example.com/shop/gone.go", "cart.go", "example.com/shop/gone.go", 1);
}

#[test]
fn a_folder_of_a_container_is_where_several_files_are() {
    check("/app/src/a.py", "src/a.py", "src/a.py", 0);
    check("/app/a.py /app/b.py", "a.py b.py", "a.py b.py", 0);
    // A file of the system is not the one at the root that has its name by chance.
    check("/usr/lib/python3/setup.py", "setup.py", "/usr/lib/python3/setup.py", 1);
}

#[test]
fn two_names_of_one_file_are_united() {
    let mut evidence = read(
        Format::Lcov,
        "SF:/app/src/a.py\nDA:1,1\nDA:2,0\nend_of_record\nSF:src/a.py\nDA:2,4\nend_of_record\n",
    )
    .unwrap();
    assert_eq!(locate(&mut evidence, ["src/a.py"]), 0);
    let files = evidence.coverage.unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].lines, [(1, 1), (2, 4)]);
}

#[test]
fn what_has_nothing_to_cover_need_not_be_found() {
    let mut evidence = read(Format::Lcov, "SF:gone.py\nend_of_record\n").unwrap();
    assert_eq!(locate(&mut evidence, ["src/a.py"]), 0);
    let mut none = read(Format::Junit, "<testsuite/>").unwrap();
    assert_eq!(locate(&mut none, ["src/a.py"]), 0);
}

#[test]
fn reports_of_java_and_go_find_their_files() {
    let located = |format, report: &[u8], files: &[&str]| {
        let mut evidence = read(format, report).unwrap();
        let unknown = locate(&mut evidence, files.iter().copied());
        (unknown, evidence.coverage.unwrap()[0].path.to_string())
    };
    let java = include_bytes!("../../../../tests/evidence/jacoco/report.xml");
    let files = ["lib/src/main/java/com/shop/Cart.java", "lib/src/main/java/com/shop/Main.java"];
    assert_eq!(located(Format::Jacoco, java, &files), (0, files[0].to_owned()));
    let go = include_bytes!("../../../../tests/evidence/go/cover.out");
    let found = located(Format::GoCover, go, &["cart/cart.go", "go.mod"]);
    assert_eq!(found, (0, "cart/cart.go".to_owned()));
}
