//! Every built-in entry is sound; a team's entries stand beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::{Program, ReportPlace};
use expect_test::expect;

use super::*;
use crate::entry::{KINDS, Shape};

/// The formats that have a reader, from the table of `dod-evidence`: this crate does not depend on it.
fn formats() -> Vec<&'static str> {
    let table = include_str!("../../../evidence/src/format.rs");
    let table = table.split_once("\nformats! {").unwrap().1.split_once("\n}\n").unwrap().0;
    let names: Vec<&str> =
        table.lines().filter_map(|line| line.trim().split_once(" = ")?.1.strip_suffix(',')).collect();
    assert!(names.contains(&"sarif") && names.len() > 15, "{names:?}");
    names
}

/// What a step must say where the entry has no default.
fn required(entry: &Entry) -> BTreeMap<Name, Value> {
    let needed = entry.with.iter().filter(|(_, one)| one.required && one.default.is_none());
    let value = |shape| match shape {
        Shape::List => Value::List(vec![Value::text("x")]),
        _ => Value::text("x"),
    };
    needed.map(|(name, one)| (name.clone(), value(one.shape))).collect()
}

fn every(check: impl Fn(&Entry)) {
    let catalogue = Catalogue::builtin();
    for name in catalogue.names() {
        let (_, errors) = read::file(name, Catalogue::builtin_text(name).unwrap(), &formats());
        assert!(errors.is_empty(), "{errors:#?}");
        let entry = catalogue.entry(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(entry.name.as_str(), name, "the name is that of the file");
        check(&entry);
    }
}

#[test]
fn every_file_of_entries_is_built_in_and_the_names_are_sorted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("entries");
    let mut files = BTreeSet::new();
    for family in std::fs::read_dir(folder).unwrap() {
        let family = family.unwrap();
        for file in std::fs::read_dir(family.path()).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            let family = family.file_name().into_string().unwrap();
            files.insert(format!("{family}/{}", file.strip_suffix(".yaml").unwrap()));
        }
    }
    let built_in: Vec<&str> = builtin::ENTRIES.iter().map(|(name, _)| *name).collect();
    assert_eq!(built_in, files.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn every_entry_says_what_it_is_and_how_to_get_it() {
    every(|entry| {
        let name = &entry.name;
        assert!(KINDS.contains(&entry.kind.as_str()), "{name}: {}", entry.kind);
        assert!(entry.install.is_some(), "{name}: install");
        assert!(!entry.version.is_empty(), "{name}: version");
        assert!(!entry.detect.globs.is_empty() || !entry.detect.texts.is_empty(), "{name}: detect");
        assert!(entry.about.len() < 80 && !entry.about.ends_with('.'), "{name}: about");
        assert!(!entry.exit.clean.is_empty(), "{name}: exit");
        assert!(entry.exit.clean.iter().all(|code| !entry.exit.findings.contains(code)), "{name}: exit");
        assert!(entry.kind.as_str() != "install" || entry.check.is_some(), "{name}: check");
        let installs = matches!(entry.kind.as_str(), "install" | "build");
        assert_eq!(entry.must_succeed, installs, "{name}: must_succeed");
    });
}

#[test]
fn every_entry_expands_with_its_defaults() {
    let files: Vec<String> = ["web/a.sh", "web/b.js", "web/Dockerfile", "c.sh"].map(str::to_owned).into();
    let project = Name::from("web");
    every(|entry| {
        for install in [false, true] {
            let site = Site { cwd: "web", project: Some(&project), install, files: &files };
            let task = Catalogue::builtin().expand(&entry.name, &required(entry), &site).unwrap();
            let gate = task.gate.unwrap();
            assert_eq!((gate.kind.as_str(), gate.uses.as_ref()), (entry.kind.as_str(), Some(&entry.name)));
            assert_eq!(gate.project.as_ref(), Some(&project));
            let words: Vec<Name> = match &task.action.run {
                Program::Argv(words) => words.clone(),
                Program::Shell { script, shell } => shell.iter().chain([script]).cloned().collect(),
            };
            assert!(!words[0].is_empty() && !words[0].contains('{'), "{}: {words:?}", entry.name);
            for report in &task.action.evidence {
                let ReportPlace::File(place) = &report.from else { continue };
                assert!(place.starts_with("$DOD_REPORTS/"), "{}: a report in the tree", entry.name);
            }
        }
    });
}

#[test]
fn a_report_of_lines_without_rules_names_its_rule() {
    every(|entry| {
        for report in &entry.evidence {
            if report.format.as_ref().is_some_and(|format| format.as_str() == "file_list") {
                assert!(report.rule.is_some(), "{}", entry.name);
            }
        }
    });
}

#[test]
fn parameters_have_one_meaning_in_all_entries() {
    let mut shapes: BTreeMap<String, BTreeSet<Shape>> = BTreeMap::new();
    every(|_| ());
    let catalogue = Catalogue::builtin();
    for name in catalogue.names() {
        for (parameter, known) in &catalogue.entry(name).unwrap().with {
            shapes.entry(parameter.to_string()).or_default().insert(known.shape);
        }
    }
    assert!(shapes.values().all(|shapes| shapes.len() == 1), "{shapes:?}");
}

fn team(files: &[(&str, &str)]) -> String {
    let files: Vec<_> = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    let (catalogue, errors) = Catalogue::with_team_entries(&files, &formats());
    let built_in = Catalogue::builtin().names().len();
    let mut text: String = errors.iter().map(|error| format!("{error}\n")).collect();
    text.push_str(&format!("{} of the team's own\n", catalogue.names().len() - built_in));
    text
}

const BENCH: &str = "gate: team/bench\nabout: measures\nkind: performance\nrun: [./bench]\n";

#[test]
fn a_team_may_add_gates_but_not_change_built_in_ones() {
    let stolen = BENCH.replace("team/bench", "cargo/clippy");
    expect![[r#"
        gates/b.yaml:1:1: `cargo/clippy` is a built-in gate and cannot be defined again; give it a name of your own, such as `team/clippy`
        gates/c.yaml:1:1: the gate `team/bench` is already defined in gates/a.yaml
        1 of the team's own
    "#]]
    .assert_eq(&team(&[("gates/a.yaml", BENCH), ("gates/b.yaml", &stolen), ("gates/c.yaml", BENCH)]));
}

#[test]
fn an_unknown_gate_is_answered_with_a_near_one() {
    let near = |name: &str| Catalogue::builtin().entry(name).unwrap_err().hint();
    for (wrong, right) in
        [("cargo/clipy", "cargo/clippy"), ("ruff", "python/ruff"), ("rust/clippy", "cargo/clippy")]
    {
        assert_eq!(near(wrong), Some(format!("did you mean `{right}`?")));
    }
    assert_eq!(near("zzzzzzzz/qqqqqqqqq"), None);
}

#[test]
fn making_a_catalogue_reads_no_entry() {
    // The names come from a table of text; a broken text would be noticed only by `entry`.
    let catalogue = Catalogue::builtin();
    assert!(catalogue.contains("python/ruff") && !catalogue.contains("python/rough"));
    assert!(catalogue.team.is_empty());
    let with = BTreeMap::from([(Name::from("args"), Value::text("-q"))]);
    let error = catalogue.expand("python/ruff", &with, &Site::ROOT).unwrap_err().remove(0);
    assert_eq!(error.to_string(), "`args` of `python/ruff` takes a list of texts, not text");
    assert_eq!(error.hint().as_deref(), Some("write `args: [a, b]`"));
}

/// Every `uses:` in the text of a workflow, without reading the rest of it.
fn used(text: &str) -> Vec<&str> {
    let gate = |rest: &'_ str| rest.find([',', ' ', '}']).unwrap_or(rest.len());
    text.split("uses: ").skip(1).map(|rest| &rest[..gate(rest)]).map(str::trim).collect()
}

#[test]
fn the_examples_use_gates_that_exist() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut seen = 0;
    let mut work = vec![examples];
    while let Some(folder) = work.pop() {
        let own = folder.join("gates");
        let team: Vec<(String, String)> = std::fs::read_dir(&own)
            .into_iter()
            .flatten()
            .map(|file| file.unwrap().path())
            .map(|file| (file.display().to_string(), std::fs::read_to_string(&file).unwrap()))
            .collect();
        let (catalogue, errors) = Catalogue::with_team_entries(&team, &formats());
        assert!(errors.is_empty(), "{errors:#?}");
        if let Ok(text) = std::fs::read_to_string(folder.join("dod.yaml")) {
            for gate in used(&text) {
                seen += 1;
                assert!(catalogue.contains(gate), "{}: {gate}", folder.display());
            }
        }
        let inside = std::fs::read_dir(&folder).unwrap().map(|one| one.unwrap().path());
        work.extend(
            inside.filter(|path| path.is_dir() && !path.ends_with("target") && !path.ends_with(".dod")),
        );
    }
    assert!(seen > 15, "{seen}");
}

/// `tests/evidence/gates.json`: which recorded outputs a gate has, or why it has none.
fn recordings() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../../tests/evidence/gates.json")).unwrap()
}

#[test]
fn every_gate_that_reads_a_report_has_recorded_output_or_a_reason_for_none() {
    let told = recordings();
    let recorded = told["recorded"].as_object().unwrap();
    let mut unrecorded = BTreeMap::new();
    for (reason, gates) in told["unrecorded"].as_object().unwrap() {
        for gate in gates.as_array().unwrap() {
            let twice = unrecorded.insert(gate.as_str().unwrap(), reason.as_str());
            assert!(twice.is_none() && !reason.is_empty(), "{gate} stands there twice");
        }
    }
    let mut reading = BTreeSet::new();
    every(|_| ());
    let catalogue = Catalogue::builtin();
    for name in catalogue.names() {
        // The built-in scanners are this program, which the tests of the command line run.
        if catalogue.entry(name).unwrap().evidence.is_empty() || name.starts_with("scan/") {
            continue;
        }
        reading.insert(name);
        let ways = usize::from(recorded.contains_key(name)) + usize::from(unrecorded.contains_key(name));
        assert_eq!(ways, 1, "{name}: a recording under tests/evidence, or a reason, in gates.json");
    }
    for name in recorded.keys().map(String::as_str).chain(unrecorded.keys().copied()) {
        assert!(reading.contains(name), "{name} is no gate that reads a report");
    }
    assert!(recorded.len() >= 2 * unrecorded.len(), "most can be had");
}

#[test]
fn every_recording_is_told_in_a_readme_and_its_exit_code_is_one_the_entry_knows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/evidence");
    let catalogue = Catalogue::builtin();
    for (gate, files) in recordings()["recorded"].as_object().unwrap() {
        let entry = catalogue.entry(gate).unwrap();
        for one in files.as_array().unwrap() {
            let file = one["file"].as_str().unwrap();
            let (tool, name) = file.split_once('/').unwrap();
            let readme = std::fs::read_to_string(folder.join(tool).join("README.md")).unwrap_or_default();
            assert!(readme.contains(name) && readme.contains("Recorded from **"), "{file}");
            assert!(folder.join(file).exists(), "{file}");
            let code = i32::try_from(one["exit"].as_i64().unwrap()).unwrap();
            let known = entry.exit.clean.contains(&code) || entry.exit.findings.contains(&code);
            assert_eq!(known, one.get("reads").is_some(), "{gate}, {file}: exit code {code}");
        }
    }
}

#[test]
fn every_script_of_a_command_is_one_that_a_shell_can_read() {
    let mut seen = 0;
    let catalogue = Catalogue::builtin();
    for name in catalogue.names() {
        let entry = catalogue.entry(name).unwrap();
        for command in [Some(&entry.run), entry.check.as_ref(), entry.fix.as_ref()].into_iter().flatten() {
            let Some(at) = command.iter().position(|word| word == "-c") else { continue };
            if command[0] != "sh" {
                continue;
            }
            seen += 1;
            let read =
                std::process::Command::new("sh").args(["-n", "-c", &command[at + 1]]).output().unwrap();
            assert!(read.status.success(), "{name}: {}", String::from_utf8_lossy(&read.stderr));
        }
    }
    assert!(seen > 30, "{seen}");
}
