//! Looking at runs and acting on them: what each command prints, and the exit code that it ends with.
//!
//! **Absent on purpose:** how runs come to their verdicts; that is `verdicts`.

mod act;
mod evidence;
mod replay;
mod report;
mod rerun;
mod runs;

use expect_test::Expect;

use crate::dod::{Project, Said};

/// Three steps, one after the other: one prints on both streams, one fails, one is skipped because of it.
const THREE: &str = "\
steps:
  hello: { run: 'echo hi; echo oops >&2' }
  bad: { run: 'echo nope >&2; exit 3', needs: [hello] }
  after: { run: 'true', needs: [bad] }
";

/// Runs the program and compares what it said, times and ids replaced by words.
fn check(project: &Project, words: &[&str], expect: &Expect) -> Said {
    let said = project.dod(words);
    expect.assert_eq(&plain(project, &said.to_string()));
    said
}

/// Text without what is different in every run: `RUN`, `TIME`, `WHEN`, `DIGEST`, `ROOT`.
fn plain(project: &Project, text: &str) -> String {
    let root = project.path().canonicalize().unwrap();
    let text = text.replace(root.to_str().unwrap(), "ROOT").replace(project.path().to_str().unwrap(), "ROOT");
    let mut plain = String::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let mut words: Vec<String> = Vec::new();
        // Columns are as wide as the widest time: two spaces for any number of them.
        for column in line.trim_start().split("  ").filter(|column| !column.trim().is_empty()) {
            let column = column.trim_start().split(' ').map(word).collect::<Vec<_>>().join(" ");
            words.push(column.replace("WHEN WHEN UTC", "WHEN"));
        }
        plain.push_str(&" ".repeat(indent));
        plain.push_str(words.join("  ").trim_end());
        plain.push('\n');
    }
    plain
}

/// A word, or what it stands for.
fn word(word: &str) -> String {
    let is_part = |char: char| char.is_ascii_alphanumeric() || "-.:/".contains(char);
    let start = word.find(is_part).unwrap_or(word.len());
    let end = word.rfind(is_part).map_or(start, |at| at + 1);
    let core = word[start..end].trim_end_matches([':', '.']);
    let (before, after) = (&word[..start], &word[start + core.len()..]);
    let hex = |text: &str| text.chars().all(|char| char.is_ascii_hexdigit() || char == '-');
    let dash = core.as_bytes().get(8) == Some(&b'-');
    let number =
        |text: &str| !text.is_empty() && text.chars().all(|char| char.is_ascii_digit() || char == '.');
    let stands_for = match core {
        _ if dash && hex(core) && matches!(core.len(), 13 | 36) => "RUN",
        _ if core.starts_with("sha256:") => "DIGEST",
        _ if core.strip_suffix("ms").is_some_and(number) => "TIME",
        _ if core.strip_suffix('s').is_some_and(number) => "TIME",
        _ if core.len() == 24 && core.ends_with('Z') => "WHEN",
        _ if core.len() == 10 && core.starts_with("20") && core.matches('-').count() == 2 => "WHEN",
        _ if core.len() == 5 && core.as_bytes()[2] == b':' && number(&core[..2]) => "WHEN",
        _ if core.len() > 36 && core.contains("/runs/") => return format!("{before}{}{after}", path(core)),
        _ => core,
    };
    format!("{before}{stands_for}{after}")
}

/// A path through a run's folder.
fn path(text: &str) -> String {
    let (head, rest) = text.split_once("/runs/").unwrap();
    format!("{head}/runs/RUN{}", rest.get(36..).unwrap_or_default())
}

/// The id of the newest run.
fn newest(project: &Project) -> String {
    let run = project.runs().pop().unwrap();
    run.file_name().unwrap().to_str().unwrap().to_owned()
}

/// What a command printed with `--format json`, held against its schema.
fn json(project: &Project, words: &[&str]) -> serde_json::Value {
    let mut all = words.to_vec();
    all.extend(["--format", "json"]);
    let said = project.dod(&all);
    let object = serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let name = if words[0] == "show" { "run" } else { words[0] };
    // Without a step `dod logs` prints a list of such objects.
    if name != "logs" || words.len() > 1 {
        let schema: serde_json::Value = serde_json::from_str(&project.dod(&["schema", name]).stdout).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let wrong: Vec<String> = validator.iter_errors(&object).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:?}\n{object:#}");
    }
    object
}
