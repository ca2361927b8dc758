//! `dod replay`: a log is what its facts lead to, or the difference is named.

use expect_test::expect;

use super::{THREE, check, json};
use crate::dod::Project;

fn with_log(change: impl Fn(&str) -> String) -> Project {
    let project = Project::of(THREE);
    assert_eq!(project.dod(&["validate"]).code, 1);
    let log = project.runs().pop().unwrap().join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, change(&text)).unwrap();
    project
}

#[test]
fn every_decision_is_made_again() {
    let project = with_log(str::to_owned);
    check(
        &project,
        &["replay", "--quiet"],
        &expect![[r#"
        exit code 0
        --- stdout
        replayed 12 events: every decision was made again; verdict failed
        --- stderr
    "#]],
    );
    let object = json(&project, &["replay"]);
    assert_eq!((&object["status"], &object["verdict"]), (&"good".into(), &"failed".into()));
}

#[test]
fn an_edited_verdict_is_found() {
    let project = with_log(|log| {
        let (head, last) = log.trim_end().rsplit_once('\n').unwrap();
        format!("{head}\n{}\n", last.replace("\"state\":\"failed\"", "\"state\":\"passed\""))
    });
    let said = check(
        &project,
        &["replay", "--quiet"],
        &expect![[r#"
        exit code 1
        --- stdout
        different: event 11: another decision follows from the facts than the one that is recorded
          recorded  {"run_finished":{"outcomes":[],"verdict":{"definitions":"unprotected","policy":"anything","reasons":[{"step_failed":{"step":"bad"}}],"scope":"full","state":"passed"}}}
          follows  {"run_finished":{"outcomes":[],"verdict":{"definitions":"unprotected","policy":"anything","reasons":[{"step_failed":{"step":"bad"}}],"scope":"full","state":"failed"}}}
          at  ROOT/.dod/runs/RUN/events.jsonl:12
        --- stderr
    "#]],
    );
    assert_eq!(said.code, 1);
}

#[test]
fn a_forged_step_is_found_where_it_stands() {
    let project = with_log(|log| log.replace("\"outcome\":\"failed\"", "\"outcome\":\"passed\""));
    check(
        &project,
        &["replay", "--quiet"],
        &expect![[r#"
        exit code 1
        --- stdout
        different: event 8: another decision follows from the facts than the one that is recorded
          recorded  {"step_settled":{"outcome":"passed","step":{"id":"1","name":"bad"},"why":"exit"}}
          follows  {"step_settled":{"outcome":"failed","step":{"id":"1","name":"bad"},"why":"exit"}}
          at  ROOT/.dod/runs/RUN/events.jsonl:9
        --- stderr
    "#]],
    );
    let object = json(&project, &["replay"]);
    assert_eq!(object["status"], "different");
    assert!(object["difference"]["line"].is_u64() && object["difference"]["expected"].is_object());
}

#[test]
fn a_line_that_was_taken_out_is_found() {
    let project = with_log(|log| {
        let lines: Vec<&str> =
            log.lines().enumerate().filter(|(at, _)| *at != 1).map(|(_, line)| line).collect();
        lines.join("\n") + "\n"
    });
    check(
        &project,
        &["replay", "--quiet"],
        &expect![[r#"
            exit code 1
            --- stdout
            different: event 2: event 1 should stand here: events are missing or were added
              recorded  {"attempt_started":{"attempt":1,"step":{"id":"0","name":"hello"}}}
              at  ROOT/.dod/runs/RUN/events.jsonl:2
            --- stderr
        "#]],
    );
}

#[test]
fn a_line_that_is_spelled_otherwise_is_no_line_of_ours() {
    let project = with_log(|log| log.replacen("\"seq\":3", "\"seq\": 3", 1));
    check(
        &project,
        &["replay", "--quiet"],
        &expect![[r#"
        exit code 1
        --- stdout
        different: line 4 of the log is not in canonical form: it was not written by `dod`
          at  ROOT/.dod/runs/RUN/events.jsonl:4
        --- stderr
    "#]],
    );
}

#[test]
fn a_log_without_its_end_is_replayed_as_far_as_it_goes() {
    let project = with_log(|log| log.lines().take(4).collect::<Vec<_>>().join("\n") + "\n{\"at\":1");
    check(
        &project,
        &["replay", "--quiet"],
        &expect![[r#"
            exit code 0
            --- stdout
            replayed 4 events: every decision was made again; there is no verdict yet; the last batch is not complete, `dod resume` completes it; 7 bytes behind them are no whole line
            --- stderr
        "#]],
    );
}

#[test]
fn a_log_of_another_version_names_the_program_that_wrote_it() {
    let project = with_log(|log| log.replace("\"rules\":1", "\"rules\":2"));
    check(
        &project,
        &["replay", "--quiet"],
        &expect![[r#"
        exit code 3
        --- stdout
        unreadable: the log has format 1 and rules 2, and this `dod` reads format 1 and rules 1; use the `dod` that wrote it (dod 0.1.0)
        --- stderr
    "#]],
    );
}

#[test]
fn without_its_blobs_a_run_is_incomplete() {
    let project = with_log(str::to_owned);
    std::fs::remove_dir_all(project.path().join(".dod/blobs")).unwrap();
    let said = check(
        &project,
        &["replay", "--quiet"],
        &expect![[r#"
        exit code 3
        --- stdout
        incomplete: the workflow that the run was started with cannot be read: the blob DIGEST is not in the store
        --- stderr
    "#]],
    );
    assert_eq!(said.code, 3);
    assert_eq!(json(&project, &["replay"])["status"], "incomplete");
}

#[test]
fn counts_that_are_not_those_of_the_evidence_are_found() {
    let report = r#"<testsuite tests="1"><testcase name="a" classname="b"/></testsuite>"#;
    let project = Project::of(
        "steps:\n  test: { run: 'cp report.xml junit.xml', evidence: { junit: junit.xml }, outputs: [junit.xml] }\n",
    );
    project.write("report.xml", report);
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(project.dod(&["replay"]).code, 0);
    let log = project.runs().pop().unwrap().join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replace("\"passed\":1,\"skipped\":0", "\"passed\":9,\"skipped\":0")).unwrap();
    let said = project.dod(&["replay"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.stdout.contains("not those of the evidence"), "{said}");
    std::fs::write(&log, &text).unwrap();
    let ended =
        project.log().into_iter().find_map(|line| line["event"].get("attempt_ended").cloned()).unwrap();
    let digest =
        ended["evidence"]["read"]["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    std::fs::remove_file(project.path().join(".dod/blobs/sha256").join(&digest[..2]).join(&digest[2..]))
        .unwrap();
    check(
        &project,
        &["replay", "--quiet"],
        &expect![[r#"
        exit code 3
        --- stdout
        incomplete: not every decision could be made again: the blob DIGEST is not in the store
        --- stderr
    "#]],
    );
}

const SCRIPT: &str = r#"<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"><process id="p" isExecutable="true">
<startEvent id="a"/><sequenceFlow id="f" sourceRef="a" targetRef="s"/>
<scriptTask id="s" scriptFormat="rhai"><script>n = 1;</script></scriptTask>
<sequenceFlow id="g" sourceRef="s" targetRef="z"/><endEvent id="z"/></process></definitions>"#;

#[test]
fn another_version_of_an_engine_that_answers_otherwise_is_no_tampering() {
    let project = Project::with(&[("s.bpmn", SCRIPT), ("policies/anything.yaml", "policy: anything\n")]);
    let said = project.dod(&["validate", "--workflow", "s.bpmn", "--policy", "anything"]);
    assert_eq!(said.code, 0, "{said}");
    let log = project.runs().pop().unwrap().join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let engine = project
        .log()
        .iter()
        .find_map(|line| line["event"]["script_run"]["engine"].as_str().map(str::to_owned));
    let older = text.replace(&engine.unwrap(), "rhai 0.1");
    std::fs::write(&log, &older).unwrap();
    assert_eq!(json(&project, &["replay"])["status"], "good", "the same answer was made again");
    std::fs::write(&log, older.replace("{\"integer\":\"1\"}", "{\"integer\":\"2\"}")).unwrap();
    check(
        &project,
        &["replay", "--quiet"],
        &expect![[r#"
            exit code 3
            --- stdout
            not re-made: another version of the engine answered at event 3; all else was made again
            --- stderr
        "#]],
    );
    assert_eq!(json(&project, &["replay"])["status"], "not_remade");
}

const GATE: &str = "\
steps:
  lint: { run: 'cat lint.json; exit 1', evidence: { eslint: stdout }, kind: lint }
  sign: { approve: { from: [owners] } }
";
const LINT: &str = r#"[{"filePath":"a.js","messages":[{"ruleId":"<b>no & x","severity":2,"message":"m","line":3,"column":1}],"errorCount":1,"warningCount":0}]"#;

/// A run with a gate that failed, and an answer, `--format html` and all.
fn gate() -> Project {
    let project = Project::of(GATE);
    project.write("lint.json", LINT);
    project.write("roles.yaml", "owners: [{ name: bob }]\n");
    project.write(
        "policies/anything.yaml",
        "policy: anything\nversion: 3\nrules:\n  - { id: no-errors, require: findings.error == 0 }\n",
    );
    project.commit("one");
    assert_eq!(project.dod(&["validate"]).code, 1);
    let said = project.dod(&["approve", "latest", "sign", "--as", "bob", "--because", "<i>fine</i>"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(project.dod(&["resume", "latest"]).code, 1);
    project
}

#[test]
fn each_decision_names_the_facts_that_it_follows_from() {
    let project = gate();
    let said = project.dod(&["replay"]);
    assert_eq!(said.code, 0, "{said}");
    let told = |what: &str| said.stdout.lines().any(|line| line.contains(what));
    assert!(
        told(
            "gate `lint` judged failed: findings.error is 1, wanted 0 (rule `no-errors` of `anything@3`), from evidence sha256:"
        ),
        "{said}"
    );
    assert!(told("bob (claimed) says yes to `sign`: <i>fine</i>"), "{said}");
    assert!(told("the verdict: FAILED, scope full, policy `anything` (from "), "{said}");
    assert!(said.last().starts_with("replayed ") && said.last().ends_with("; verdict failed"), "{said}");
    let quiet = project.dod(&["replay", "--quiet"]);
    assert_eq!(quiet.stdout.lines().count(), 1, "{quiet}");
    assert_eq!(quiet.last(), said.last());
    let object = json(&project, &["replay"]);
    let lines = object["lines"].as_array().unwrap();
    let answered = lines.iter().find(|line| line["event"] == "answered").unwrap();
    assert_eq!(answered["by"], serde_json::json!({ "name": "bob", "proved": false }));
    let all = json(&project, &["replay", "--all"]);
    assert_eq!(all["lines"].as_array().unwrap().len(), project.log().len(), "every event has a line");
}

#[test]
fn a_run_is_shown_as_it_stood_behind_any_event() {
    let project = gate();
    let events = project.log().len();
    for until in 0..events {
        let object = json(&project, &["replay", "--until", &until.to_string()]);
        assert_eq!((&object["status"], &object["moment"]["seq"]), (&"good".into(), &until.into()));
        assert_eq!(object["events"], until + 1);
    }
    let moment = |until: usize| json(&project, &["replay", "--until", &until.to_string()])["moment"].clone();
    assert_eq!(moment(0)["steps"][0]["standing"], "not_reached");
    let answered = project.log().iter().position(|line| line["event"]["answered"].is_object()).unwrap();
    let before = moment(answered - 1);
    assert_eq!((&before["state"], &before["at_best"]), (&"waiting".into(), &"failed".into()), "{before:#}");
    assert_eq!(before["waiting"][0]["step"], "sign");
    assert_eq!(moment(events - 1)["state"], "failed");
    let said = project.dod(&["replay", "--until", &events.to_string()]);
    assert_eq!(said.code, 2, "{said}");
}

#[test]
fn a_page_escapes_what_people_and_tools_wrote_and_leads_to_every_event() {
    let project = gate();
    let said = project.dod(&["replay", "--format", "html"]);
    assert_eq!(said.code, 0, "{said}");
    let page = &said.stdout;
    assert!(page.contains("&lt;i&gt;fine&lt;/i&gt;") && !page.contains("<i>fine"), "{page}");
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"), "{page}");
    for seq in 0..project.log().len() {
        assert_eq!(page.matches(&format!(" id=\"e{seq}\"")).count(), 1, "event {seq}");
    }
    // What is well-formed for XML is so for a browser.
    let document = closed_in_order(page);
    assert!(document.is_ok(), "{document:?}");
    assert_eq!(project.dod(&["replay", "--format", "html"]).stdout, *page, "the same run, the same bytes");
    assert_eq!(project.dod(&["show", "--format", "html"]).code, 2);
}

/// Whether every element is closed in its order.
fn closed_in_order(page: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    for part in page.split('<').skip(1) {
        let (tag, _) = part.split_once('>').ok_or_else(|| format!("`<{part}` does not end"))?;
        if let Some(name) = tag.strip_prefix('/') {
            let last = open.pop();
            if last != Some(name) {
                return Err(format!("`{name}` closes {last:?}"));
            }
        } else if !tag.ends_with('/') && !tag.starts_with('!') {
            open.push(tag.split_whitespace().next().unwrap_or_default());
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} are open at the end")) }
}

#[test]
fn a_verdict_document_has_the_same_bytes_on_every_machine() {
    let project = gate();
    let here = project.dod(&["replay", "--verdict", "-"]);
    assert_eq!(here.code, 0, "{here}");
    let run = project.runs().pop().unwrap();
    // Another machine: the run alone, elsewhere, for somebody else, in another language and time zone.
    let there = Project::with(&[]);
    let copied = std::process::Command::new("cp")
        .args(["-r", run.to_str().unwrap(), project.path().join(".dod/blobs").to_str().unwrap()])
        .arg(there.path())
        .status();
    assert!(copied.unwrap().success());
    let folder = there.path().join(run.file_name().unwrap());
    std::fs::rename(there.path().join("blobs"), folder.join("blobs")).unwrap();
    let mut command = there.command(&["replay", folder.to_str().unwrap(), "--verdict", "-"]);
    command.env_clear().current_dir("/").env("HOME", "/nonexistent").env("TZ", "Asia/Kathmandu");
    command
        .env("LANG", "tr_TR.UTF-8")
        .env("LC_ALL", "tr_TR.UTF-8")
        .env("USER", "mallory")
        .env("PATH", "/bin");
    let said = crate::dod::said(&command.output().unwrap());
    assert_eq!(said.stdout, here.stdout, "{said}");
    let document: serde_json::Value = serde_json::from_str(&here.stdout).unwrap();
    let schema: serde_json::Value =
        serde_json::from_str(&project.dod(&["schema", "verdict"]).stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}\n{document:#}");
    assert_eq!(
        serde_json::to_string(&document).unwrap(),
        here.stdout,
        "names in order, nothing between them"
    );
    assert_eq!(document["answers"][0]["answer"]["by"]["name"], "bob");
    // Into a file as well; a run without a verdict has none.
    assert_eq!(project.dod(&["replay", "--quiet", "--verdict", "v.json"]).code, 0);
    assert_eq!(project.read("v.json"), here.stdout);
    let waiting = Project::of("steps:\n  sign: { approve: {} }\n");
    waiting.dod(&["validate"]);
    let said = waiting.dod(&["replay", "--quiet", "--verdict", "v.json"]);
    assert_eq!(said.code, 3, "{said}");
    assert!(!waiting.path().join("v.json").exists());
}

#[test]
fn an_edited_verdict_gets_no_document() {
    let project = with_log(|log| log.replace("\"state\":\"failed\"", "\"state\":\"passed\""));
    let said = project.dod(&["replay", "--quiet", "--verdict", "v.json"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(!project.path().join("v.json").exists());
}

#[test]
fn a_browser_shows_the_page_without_a_network() {
    let browser = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
        let asked = std::process::Command::new(name).arg("--version").output();
        asked.is_ok_and(|output| output.status.success())
    });
    let Some(browser) = browser else {
        println!("skipped: there is no browser here");
        return;
    };
    let project = gate();
    let page = project.path().join("run.html");
    std::fs::write(&page, project.dod(&["replay", "--format", "html"]).stdout).unwrap();
    let shown = std::process::Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--dump-dom",
            "--host-resolver-rules=MAP * ~NOTFOUND",
        ])
        .arg(format!("--user-data-dir={}", project.path().join("browser").display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&shown.stdout);
    if !dom.contains("<html") {
        println!("skipped: `{browser}` does not run here: {}", String::from_utf8_lossy(&shown.stderr));
        return;
    }
    assert!(dom.contains("&lt;i&gt;fine&lt;/i&gt;"), "{dom}");
    for seq in 0..project.log().len() {
        assert_eq!(dom.matches(&format!(" id=\"e{seq}\"")).count(), 1, "event {seq}");
    }
}
