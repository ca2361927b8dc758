//! Links of documents.

use expect_test::expect;

use super::{Options, check, found, only, shown, tree};

const BOTH: &[&str] = &["broken-link", "broken-anchor"];

#[test]
fn links_to_what_is_there_are_fine() {
    check(
        &[
            ("docs/guide.md", "# Guide\n"),
            ("docs/a b.md", "x"),
            ("docs/img/x.png", ""),
            ("src/main.rs", ""),
            (
                "README.md",
                "[a](docs/guide.md) [b](./docs/guide.md#guide) [c](/docs/guide.md) [d](docs) [e](docs/)\n\
                 [f](docs/a%20b.md) [g](<docs/a b.md>) ![h](docs/img/x.png \"title\") [i](src/main.rs#L10-L20)\n\
                 [j](https://example.com/gone) [k](mailto:a@b.c) [l](//host/x) [m]({{ site.url }}/x)\n\
                 [n][ref] [ref] [o](docs/guide.md?plain=1#L3) [p](docs/guide) [q](docs/guide.html)\n\
                 [r](../../issues) [s](../../actions/workflows/ci.yml)\n\
                 \n\
                 [ref]: docs/guide.md#guide\n\
                 <img src=\"docs/img/x.png\"> <a href='docs/guide.md'>t</a>\n",
            ),
        ],
        BOTH,
        &expect![[""]],
    );
}

#[test]
fn links_to_nothing_are_told_with_their_lines() {
    check(
        &[
            ("docs/guide.md", "# Guide\n\n[up](../README.md#nothing) [self](#guide) [gone](#gone)\n"),
            ("ignored/x.md", ""),
            (".gitignore", "ignored\n"),
            (
                "README.md",
                "# Title\n\n[a](gone.md)\n![b](docs/img/gone.png)\n[c](DOCS/guide.md) [d](docs/Guide.md)\n\
                 [e](../out.md)\n[f](ignored/x.md)\n[g]()\n[h][undefined] and x[i][j] and [k] and [l][]\n\n\
                 <img alt=\"\" src=\"gone.svg\">\n\n[m]: unused.md\n[n][o]\n\n[o]: /gone/x.md\n",
            ),
        ],
        BOTH,
        &expect![[r#"
            README.md:3 broken-link `gone.md`: there is no `gone.md`
            README.md:4 broken-link `docs/img/gone.png`: there is no `docs/img/gone.png`
            README.md:5 broken-link `docs/Guide.md`: there is no `docs/Guide.md`, only `docs/guide.md`, which is another name on Linux
            README.md:5 broken-link `DOCS/guide.md`: there is no `DOCS/guide.md`, only `docs/guide.md`, which is another name on Linux
            README.md:6 broken-link `../out.md`: it leads out of the repository
            README.md:7 broken-link `ignored/x.md`: `ignored/x.md` is here and not in the repository: an ignore rule hides it
            README.md:8 broken-link ``: the link is empty
            README.md:9 broken-link nothing defines the reference `undefined`
            README.md:11 broken-link `gone.svg`: there is no `gone.svg`
            README.md:14 broken-link `/gone/x.md`: there is no `gone/x.md`
            docs/guide.md:3 broken-anchor `../README.md#nothing`: `README.md` has no heading `#nothing`
            docs/guide.md:3 broken-anchor `#gone`: `docs/guide.md` has no heading `#gone`
        "#]],
    );
}

#[test]
fn code_and_comments_link_to_nothing() {
    check(
        &[(
            "a.md",
            "---\ntitle: '[x](gone.md)'\n---\n\n```md\n[x](gone.md)\n```\n\n    [x](gone.md)\n\n`[x](gone.md)`\n\n\
             <!-- [x](gone.md) <a href=\"gone.md\"> -->\n\n- item\n\n  ```\n  [x](gone.md)\n  ```\n\n~~~\n[x](gone.md)\n~~~\n\n\
             \\[x](gone.md)\n",
        )],
        BOTH,
        &expect![[""]],
    );
}

#[test]
fn anchors_are_those_of_github() {
    let document = "# Hello, World!\n\n## A `code` & b_c\n\n## Same\n\n## Same\n\n## Same-1\n\n## [Link](x://y) *em*\n\n\
                    ## 🚀 Launch\n\n## Größe\n\nSetext\n======\n\n## With id {#own}\n\n<a name=\"html\"></a>\n<h2 id='two'>x</h2>\n\n\
                    ## ![pic](x://y) C++\n\n## 1. First step\n\n";
    let all = [
        "hello-world",
        "a-code--b_c",
        "same",
        "same-1",
        "same-1-1",
        "link-em",
        "-launch",
        "gr%C3%B6%C3%9Fe",
        "größe",
        "setext",
        "own",
        "html",
        "two",
        "user-content-two",
        "c",
        "1-first-step",
        "top",
        ":~:text=x",
    ];
    let links: String = all.iter().map(|anchor| format!("[x](b.md#{anchor})\n")).collect();
    check(&[("b.md", document), ("a.md", &links)], BOTH, &expect![[""]]);
    let wrong = ["Hello-World", "same-2-1", "code", "launch", "title", "1.-first-step"];
    let links: String = wrong.iter().map(|anchor| format!("[x](b.md#{anchor})\n")).collect();
    check(
        &[("b.md", document), ("a.md", &links)],
        BOTH,
        &expect![[r#"
        a.md:1 broken-anchor `b.md#Hello-World`: `b.md` has no heading `#Hello-World`
        a.md:2 broken-anchor `b.md#same-2-1`: `b.md` has no heading `#same-2-1`
        a.md:3 broken-anchor `b.md#code`: `b.md` has no heading `#code`
        a.md:4 broken-anchor `b.md#launch`: `b.md` has no heading `#launch`
        a.md:5 broken-anchor `b.md#title`: `b.md` has no heading `#title`
        a.md:6 broken-anchor `b.md#1.-first-step`: `b.md` has no heading `#1.-first-step`
    "#]],
    );
}

#[test]
fn a_comment_allows_a_link() {
    check(
        &[("a.md", "<!-- dod:allow broken-link -->\n[x](gone.md)\n\n[y](gone.md)\n")],
        BOTH,
        &expect![[r#"
            a.md:2 broken-link `gone.md`: there is no `gone.md` [allowed]
            a.md:4 broken-link `gone.md`: there is no `gone.md`
        "#]],
    );
}

#[test]
fn a_change_is_told_of_the_links_that_it_broke_elsewhere() {
    let root =
        tree(&[("old.md", "[x](gone.md) [y](long-gone.md) [z](b.md#was-here)\n"), ("b.md", "# Now here\n")]);
    let options = Options {
        paths: Some(["b.md".to_owned()].into()),
        gone: ["gone.md".to_owned()].into(),
        ..only(root.path(), BOTH)
    };
    expect![[r#"
        old.md:1 broken-link `gone.md`: there is no `gone.md`
        old.md:1 broken-anchor `b.md#was-here`: `b.md` has no heading `#was-here`
    "#]]
    .assert_eq(&shown(&found(root.path(), &options)));
}

#[test]
fn a_project_may_link_to_its_repository_and_no_further() {
    let root = tree(&[
        ("LICENSE", ""),
        ("web/a.md", "[x](../LICENSE) [y](/LICENSE) [z](/web/b.md) [q](../gone) [r](../../LICENSE)\n"),
        ("web/b.md", ""),
    ]);
    let options = only(root.path(), BOTH);
    expect![[r#"
        a.md:1 broken-link `../../LICENSE`: it leads out of the repository
        a.md:1 broken-link `../gone`: there is no `gone` in the repository
    "#]]
    .assert_eq(&shown(&found(&root.path().join("web"), &options)));
}
