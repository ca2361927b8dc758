//! What is written.

use expect_test::expect_file;
use serde_json::Value;

use super::{ALNUM, fill, found, tree, whole_tree};
use crate::secrets::{FINDINGS_PER_FILE_MAX, NOTIFICATIONS_MAX, Options};

fn token() -> String {
    format!("gh{}_{}", "p", fill(ALNUM, 36))
}

#[test]
fn the_report_is_sarif_without_the_secret() {
    let token = token();
    let text = format!("caf\u{e9} = \"{token}\"\n\n{token} {token}\n");
    let root = tree(&[("b c/\u{e4}.py", text.as_bytes()), ("a.bin", b"\0")]);
    let report = found(root.path(), &whole_tree()).unwrap();
    let bytes = report.to_sarif();
    let written = String::from_utf8(bytes.clone()).unwrap();
    assert!(!written.contains(&token[5..]), "the secret is in the report");
    let mut log: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len(), super::RULES.len());
    log["runs"][0]["tool"]["driver"]["rules"] = Value::from("all rules");
    expect_file!["report.sarif.json"].assert_eq(&format!("{log:#}\n"));
}

#[test]
fn the_same_tree_gives_the_same_bytes() {
    let token = token();
    let files: Vec<(String, String)> = (0..30)
        .map(|at| (format!("d{}/f{at}.txt", at % 7), format!("{}{token}\n", "\n".repeat(at))))
        .collect();
    let listed = |reverse: bool| {
        let mut files: Vec<(&str, &[u8])> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
        if reverse {
            files.reverse();
        }
        found(tree(&files).path(), &whole_tree()).unwrap().to_sarif()
    };
    assert_eq!(listed(false), listed(true));
}

#[test]
fn a_report_that_is_cut_off_says_that_it_is_not_complete() {
    let text = format!("{}\n", token()).repeat(FINDINGS_PER_FILE_MAX + 1);
    let root = tree(&[("many.txt", text.as_bytes())]);
    let report = found(root.path(), &whole_tree()).unwrap();
    assert_eq!(report.open, FINDINGS_PER_FILE_MAX);
    assert!(!report.run.successful);
    assert_eq!(report.run.notifications[0].id, "findings-cut");
    let text = format!("{}\n", token()).repeat(FINDINGS_PER_FILE_MAX);
    let root = tree(&[("many.txt", text.as_bytes())]);
    assert!(found(root.path(), &whole_tree()).unwrap().run.successful);
}

#[test]
fn notifications_of_one_kind_are_counted_when_they_are_many() {
    let names: Vec<String> = (0..NOTIFICATIONS_MAX + 5).map(|at| format!("gone{at}")).collect();
    let options = Options { paths: Some(names), ..whole_tree() };
    let report = found(tree(&[]).path(), &options).unwrap();
    assert_eq!(report.run.notifications.len(), NOTIFICATIONS_MAX + 1);
    assert_eq!(report.run.notifications.last().unwrap().message, "and 5 more of this kind");
    assert!(report.run.successful);
}

/// The rule table and the tests are about secrets and hold none, so nothing needs to be allowed.
#[test]
fn this_repository_scans_clean() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let report = found(&root, &whole_tree()).unwrap();
    let findings: Vec<String> =
        report.run.results.iter().map(|one| format!("{}:{} {}", one.path, one.line, one.message)).collect();
    assert_eq!(findings, [""; 0]);
    assert!(report.run.successful);
}
