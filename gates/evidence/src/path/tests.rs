//! Claims about the spelling of paths.

use super::{from_uri, normalize};

fn check(path: &str, expected: &str) {
    assert_eq!(&*normalize(path, "/home/me/shop", "web"), expected, "{path}");
}

#[test]
fn a_relative_path_is_seen_from_where_the_tool_ran() {
    check("src/a.ts", "web/src/a.ts");
    check("./src//a.ts", "web/src/a.ts");
    check("../lib/a.ts", "lib/a.ts");
    check("src\\a.ts", "web/src/a.ts");
}

#[test]
fn an_absolute_path_inside_the_repository_becomes_relative_to_it() {
    check("/home/me/shop/src/a.ts", "src/a.ts");
    check("file:///home/me/shop/src/a%20b.ts", "src/a b.ts");
    check("file://localhost/home/me/shop/a.ts", "a.ts");
    check("/home/me/other/../shop/a.ts", "a.ts");
    check("/home/me/shop", ".");
}

#[test]
fn a_path_outside_the_repository_stays_what_it_is() {
    check("/usr/include/stdio.h", "/usr/include/stdio.h");
    check("/home/me/shopping/a.ts", "/home/me/shopping/a.ts");
    check("C:\\temp\\a.ts", "C:/temp/a.ts");
    check("file:///C:/temp/a.ts", "C:/temp/a.ts");
    check("/../../etc/passwd", "/etc/passwd");
}

#[test]
fn a_percent_sign_that_escapes_nothing_is_a_percent_sign() {
    check("100%.md", "web/100%.md");
    check("a%20b.c", "web/a%20b.c");
    assert_eq!(from_uri("a%20b.c").as_deref(), Some("a b.c"));
    assert_eq!(from_uri("50%zz"), None);
}
