//! Commits in, what was found out. Only the helpers here know the API.

use expect_test::{Expect, expect};
use regex::Regex;

use super::{Commit, Convention, Options, Person, Signatures, Signed, TYPES, judge};
use crate::sarif::{Level, Notification};

fn alice() -> Person {
    Person { name: "Alice".to_owned(), email: "alice@corp.io".to_owned() }
}

fn commit(message: &str) -> Commit {
    Commit {
        id: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        parents: 1,
        author: alice(),
        committer: alice(),
        message: message.to_owned(),
        signed: Signed::No,
    }
}

fn options() -> Options {
    Options {
        convention: Convention::Conventional {
            types: TYPES.iter().map(|word| (*word).to_owned()).collect(),
            scopes: Vec::new(),
        },
        subject_max: 72,
        sign_off: false,
        signatures: Signatures::Any,
        domains: Vec::new(),
        authors: Vec::new(),
        scope: "test".to_owned(),
    }
}

/// Rules that a commit breaks, and what else is said.
fn faults(commit: &Commit, options: &Options) -> Vec<String> {
    let report = judge(std::slice::from_ref(commit), options, Vec::new());
    report.run.results.iter().map(|one| report.run.rules[one.rule].id.clone()).collect()
}

fn check(commits: &[Commit], options: &Options, expected: &Expect) {
    let report = judge(commits, options, Vec::new());
    let mut text = String::new();
    for one in &report.run.results {
        text += &format!("{} {}\n", report.run.rules[one.rule].id, one.message);
    }
    for said in &report.run.notifications {
        text += &format!("{}: {} {}\n", said.level.as_str(), said.id, said.message);
    }
    text += &format!("{} of {}, complete: {}\n", report.open, report.commits, report.run.successful);
    expected.assert_eq(&text);
}

#[test]
fn what_the_convention_shows_as_examples_is_fine() {
    for message in [
        "feat: allow provided config object to extend other configs\n\nBREAKING CHANGE: `extends` key is now used",
        "feat!: send an email to the customer when a product is shipped",
        "feat(api)!: send an email to the customer when a product is shipped",
        "chore!: drop support for Node 6\n\nBREAKING CHANGE: use JavaScript features not available in Node 6.",
        "docs: correct spelling of CHANGELOG",
        "feat(lang): add Polish language",
        "fix: prevent racing of requests\n\nIntroduce a request id.\n\nReviewed-by: Z\nRefs: #123",
        "FIX: types are not case sensitive",
        "Revert \"feat: x\"\n\nThis reverts commit 0123456789abcdef.",
    ] {
        assert_eq!(faults(&commit(message), &options()), [""; 0], "{message}");
    }
}

#[test]
fn a_subject_that_is_not_conventional_is_told_why() {
    let messages = [
        "kernel: what is now true",
        "add a thing",
        "feat:no space",
        "feat: ",
        "feat(api: x",
        "feat(): x",
        "feat (api): x",
        ": x",
        "f!x: y",
        "new feature: y",
    ];
    let commits: Vec<Commit> = messages.into_iter().map(commit).collect();
    check(
        &commits,
        &options(),
        &expect![[r#"
        message-type 0123456789ab `kernel: what is now true`: `kernel` is none of the types build, chore, ci, docs, feat, fix, perf, refactor, revert, style, test
        message-convention 0123456789ab `add a thing`: there is no type: `type(scope): description` is needed
        message-convention 0123456789ab `feat:no space`: there is no space behind the colon
        message-convention 0123456789ab `feat: `: there is no description behind the colon
        message-convention 0123456789ab `feat(api: x`: the scope is not closed before the colon: `type(scope): description` is needed
        message-convention 0123456789ab `feat(): x`: the scope is not one noun in parentheses: `type(scope): description` is needed
        message-convention 0123456789ab `feat (api): x`: the type `feat ` is not one word: `type(scope): description` is needed
        message-convention 0123456789ab `: x`: there is no type: `type(scope): description` is needed
        message-convention 0123456789ab `f!x: y`: the type `f!x` is no noun: `type(scope): description` is needed
        message-convention 0123456789ab `new feature: y`: the type `new feature` is not one word: `type(scope): description` is needed
        10 of 10, complete: true
    "#]],
    );
}

#[test]
fn a_second_line_that_is_not_blank_is_no_body() {
    assert_eq!(faults(&commit("fix: x\nbecause"), &options()), ["message-body"]);
    assert_eq!(faults(&commit("fix: x\n\nbecause\n"), &options()), [""; 0]);
}

#[test]
fn what_was_to_be_melted_or_finished_is_not_shared() {
    for message in ["fixup! feat: x", "squash! x", "amend! x", "WIP", "wip: x", "[WIP] x", "feat: WIP on x"] {
        assert_eq!(faults(&commit(message), &options()), ["message-unfinished"], "{message}");
    }
    assert_eq!(faults(&commit("fix: wipe the disk"), &options()), [""; 0]);
}

#[test]
fn a_breaking_change_in_lower_case_is_seen_by_no_tool() {
    assert_eq!(faults(&commit("fix: x\n\nBreaking Change: y"), &options()), ["message-breaking"]);
    assert_eq!(faults(&commit("fix: x\n\nBREAKING-CHANGE: y"), &options()), [""; 0]);
}

#[test]
fn lengths_are_of_characters() {
    let exactly = format!("fix: {}", "ä".repeat(67));
    assert_eq!(faults(&commit(&exactly), &options()), [""; 0]);
    assert_eq!(faults(&commit(&format!("{exactly}x")), &options()), ["subject-length"]);
}

#[test]
fn scopes_and_own_conventions_are_held_to() {
    let scopes = vec!["api".to_owned(), "ui".to_owned()];
    let types = vec!["feat".to_owned()];
    let own = Options { convention: Convention::Conventional { types, scopes }, ..options() };
    assert_eq!(faults(&commit("feat(db): x"), &own), ["message-scope"]);
    assert_eq!(faults(&commit("fix(ui): x"), &own), ["message-type"]);
    assert_eq!(faults(&commit("feat: x"), &own), [""; 0]);
    let pattern = Regex::new(r"^[a-z]+: [a-z]").unwrap();
    let own = Options { convention: Convention::Subject(pattern), ..options() };
    assert_eq!(faults(&commit("kernel: what is now true"), &own), [""; 0]);
    assert_eq!(faults(&commit("Kernel: x"), &own), ["message-convention"]);
    let none = Options { convention: Convention::None, ..options() };
    assert_eq!(faults(&commit("anything at all"), &none), [""; 0]);
}

#[test]
fn merges_are_not_asked_for_messages() {
    let merge = Commit { parents: 2, ..commit("Merge branch 'x'") };
    assert_eq!(faults(&merge, &Options { sign_off: true, ..options() }), [""; 0]);
}

#[test]
fn a_sign_off_is_the_authors() {
    let asked = Options { sign_off: true, ..options() };
    let signed = |line: &str| commit(&format!("fix: x\n\n{line}\n"));
    assert_eq!(faults(&signed("Signed-off-by: Alice <alice@corp.io>"), &asked), [""; 0]);
    assert_eq!(faults(&signed("signed-off-by:  Alice <Alice@Corp.io>"), &asked), [""; 0]);
    check(
        &[
            signed("nothing"),
            signed("Signed-off-by: Bob <bob@corp.io>"),
            signed("Signed-off-by: Alice <alice@home.io>"),
        ],
        &asked,
        &expect![[r#"
            sign-off 0123456789ab `fix: x`: there is no line `Signed-off-by: Alice <alice@corp.io>` (`git commit --signoff`)
            sign-off 0123456789ab `fix: x`: it is signed off by Bob <bob@corp.io>, not by its author: `Signed-off-by: Alice <alice@corp.io>`
            sign-off 0123456789ab `fix: x`: it is signed off by Alice <alice@home.io>, not by its author: `Signed-off-by: Alice <alice@corp.io>`
            3 of 3, complete: true
        "#]],
    );
}

#[test]
fn a_signature_that_could_not_be_checked_is_not_good() {
    let unchecked = Commit { signed: Signed::Unchecked("it is of GPG".to_owned()), ..commit("fix: x") };
    let wrong = Commit { signed: Signed::Wrong("it does not fit".to_owned()), ..commit("fix: x") };
    let good = Commit { signed: Signed::By("Alice".to_owned()), ..commit("fix: x") };
    let all = [unchecked, wrong, good, commit("fix: x")];
    check(
        &all,
        &options(),
        &expect![[r#"
        signature 0123456789ab `fix: x`: its signature is wrong: it does not fit
        note: signature-unchecked 0123456789ab is signed, not checked: it is of GPG
        1 of 4, complete: true
    "#]],
    );
    check(
        &all,
        &Options { signatures: Signatures::Present, ..options() },
        &expect![[r#"
        signature 0123456789ab `fix: x`: its signature is wrong: it does not fit
        signature 0123456789ab `fix: x`: it is not signed
        note: signature-unchecked 0123456789ab is signed, not checked: it is of GPG
        2 of 4, complete: true
    "#]],
    );
    check(
        &all,
        &Options { signatures: Signatures::Proved, ..options() },
        &expect![[r#"
        signature 0123456789ab `fix: x`: its signature is wrong: it does not fit
        signature 0123456789ab `fix: x`: it is not signed
        error: signature-unchecked 0123456789ab is signed, not checked: it is of GPG
        2 of 4, complete: false
    "#]],
    );
}

#[test]
fn authors_are_of_the_domains_that_are_asked_for() {
    let domains = |domains: &[&str]| Options {
        domains: domains.iter().map(|one| (*one).to_owned()).collect(),
        ..options()
    };
    let by = |email: &str| Commit {
        author: Person { name: "A".to_owned(), email: email.to_owned() },
        ..commit("fix: x")
    };
    for (email, asked, fine) in [
        ("a@corp.io", "corp.io", true),
        ("a@CORP.io", "@corp.io", true),
        ("a@evil-corp.io", "corp.io", false),
        ("a@corp.io.evil.io", "corp.io", false),
        ("a@eu.corp.io", "corp.io", false),
        ("a@eu.corp.io", "*.corp.io", true),
        ("a@corp.io@evil.io", "corp.io", false),
        ("corp.io", "corp.io", false),
    ] {
        let found = faults(&by(email), &domains(&[asked]));
        assert_eq!(!found.contains(&"author-domain".to_owned()), fine, "{email} of {asked}");
    }
    let listed = Options { authors: vec!["bot@hub.io".to_owned()], ..domains(&["corp.io"]) };
    assert_eq!(faults(&by("bot@hub.io"), &listed), [""; 0]);
}

#[test]
fn people_have_names_and_addresses() {
    for (name, email) in
        [("", "a@b.c"), ("A", ""), ("A", "a"), ("A", "@b"), ("A", "a@"), ("A", "a@pc.(none)")]
    {
        let author = Person { name: name.to_owned(), email: email.to_owned() };
        let found = faults(&Commit { author, ..commit("fix: x") }, &options());
        assert_eq!(found, ["person-unnamed"], "{name} <{email}>");
    }
}

#[test]
fn another_committer_is_noted_and_no_fault() {
    let other = Person { name: "Bob".to_owned(), email: "bob@corp.io".to_owned() };
    check(
        &[Commit { committer: other, ..commit("fix: x") }],
        &options(),
        &expect![[r#"
        note: other-committer 0123456789ab was written by Alice <alice@corp.io> and committed by Bob <bob@corp.io>
        0 of 1, complete: true
    "#]],
    );
}

#[test]
fn a_message_can_be_anything_at_all() {
    for message in ["", "\n\n", "\0", ":", "!:", "(:", "):", "\u{1b}[31mred", "\r\n\r\n", "ä\n"] {
        let report = judge(&[commit(message)], &options(), Vec::new());
        assert!(report.open > 0, "{message:?}");
        assert!(!String::from_utf8(report.to_sarif()).unwrap().contains("u001b"), "{message:?}");
    }
    let huge = commit(&"x".repeat(5_000_000));
    let report = judge(&[huge], &options(), Vec::new());
    assert!(report.to_sarif().len() < 20_000);
}

#[test]
fn a_finding_is_at_its_commit_and_in_no_file() {
    let report = judge(&[commit("x")], &options(), Vec::new());
    let log: serde_json::Value = serde_json::from_slice(&report.to_sarif()).unwrap();
    let result = &log["runs"][0]["results"][0];
    let id = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(result["properties"]["commit"], id);
    assert_eq!(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], id);
    assert!(result["locations"][0].get("physicalLocation").is_none());
}

#[test]
fn commits_that_could_not_be_listed_leave_the_report_open() {
    let note = Notification {
        level: Level::Error,
        id: "shallow",
        path: None,
        message: "this clone is shallow".to_owned(),
    };
    assert!(!judge(&[commit("fix: x")], &options(), vec![note]).run.successful);
}
