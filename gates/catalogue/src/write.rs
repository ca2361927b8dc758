//! Projects → the text of a dod.yaml: what runs where there is none, and what `dod init` writes.
//!
//! **Absent on purpose:** a YAML writer. The text is for people, so its layout is decided here.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dod_kernel::id::Name;
use dod_kernel::value::Value;

use crate::detect::{Language, PROJECTS_MAX, Project, Step, StepAction};

/// The whole file for the projects found: steps for one project at the root, `projects:` for anything else.
pub fn write_workflow(projects: &[Project]) -> String {
    write_workflow_for(projects, &[])
}

/// The same for a policy that asks for kinds of gates: what no project has a step for, and a scanner of `dod` can do
/// without any other tool, is a step of the repository.
pub fn write_workflow_for(projects: &[Project], required: &[Name]) -> String {
    let is_there = |kind: &str| projects.iter().any(|one| one.steps.iter().any(|step| step.name == kind));
    let wanted = |(kind, _): &&(&str, &str)| required.iter().any(|one| &**one == *kind) && !is_there(kind);
    let scans: Vec<Step> = SCANS.iter().filter(wanted).map(|(kind, gate)| scan(kind, gate)).collect();
    match projects {
        [] => nothing_found(),
        [only] if only.path.is_empty() => {
            let left_out =
                only.left_out.iter().filter(|left| !scans.iter().any(|scan| scan.name == left.kind));
            let left_out = left_out.cloned().collect();
            let steps = only.steps.iter().cloned().chain(scans).collect();
            project_workflow(&Project { steps, left_out, ..only.clone() }, true)
        }
        many => monorepo(many, &scans, &|project| format!("builtin/{}", project.language.word())),
    }
}

/// Kinds that a scanner of `dod` can do for the whole repository, and its gate.
const SCANS: &[(&str, &str)] =
    &[("dependencies", "scan/vulnerabilities"), ("licenses", "scan/licenses"), ("sbom", "scan/sbom")];

fn scan(kind: &'static str, gate: &str) -> Step {
    Step {
        name: kind,
        action: StepAction::Uses(gate.into(), BTreeMap::new()),
        needs: Vec::new(),
        comment: None,
    }
}

/// A file to write, or to pretend was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowFile {
    /// Its path relative to the repository root.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The same as [`write_workflow`], with a file of its own for every part of a monorepo, so that what was
/// found out about a part can be read and changed. The first file is the repository's `dod.yaml`.
pub fn write_files(projects: &[Project]) -> Vec<WorkflowFile> {
    let dod_yaml = |text| WorkflowFile { path: "dod.yaml".to_owned(), text };
    if !is_monorepo(projects) {
        return vec![dod_yaml(write_workflow(projects))];
    }
    let path = |project: &Project| part_path(project, projects);
    let root = dod_yaml(monorepo(projects, &[], &|project| format!("./{}", path(project))));
    let part = |project| WorkflowFile { path: path(project), text: project_workflow(project, false) };
    std::iter::once(root).chain(projects.iter().map(part)).collect()
}

fn is_monorepo(projects: &[Project]) -> bool {
    projects.len() > 1 || projects.iter().any(|one| !one.path.is_empty())
}

/// The file of a part: `dod.yaml` in its folder, or one called after its language where that is taken.
fn part_path(project: &Project, projects: &[Project]) -> String {
    let shared = projects.iter().filter(|other| other.path == project.path).count() > 1;
    let name = if shared || project.path.is_empty() {
        format!("dod-{}.yaml", project.language.word())
    } else {
        "dod.yaml".to_owned()
    };
    if project.path.is_empty() { name } else { format!("{}/{name}", project.path) }
}

/// The workflow of one project, paths relative to it.
pub(crate) fn project_workflow(project: &Project, secrets: bool) -> String {
    let of = if project.path.is_empty() { "this repository" } else { &project.path };
    let mut text = head(of, &format!("Found {} ({}).", title(project.language), project.marker));
    text.push_str("steps:\n");
    steps(&mut text, &project.steps, secrets);
    left_out(&mut text, project);
    text
}

fn head(of: &str, found: &str) -> String {
    format!(
        "# The gates of {of}. {found}\n# `dod plan` says what would run and why, `dod check` proofreads this file.\n\
         version: 1\npolicy: standard\n\n"
    )
}

fn title(language: Language) -> &'static str {
    match language {
        Language::Rust => "Rust",
        Language::Python => "Python",
        Language::Node => "Node.js",
        Language::Go => "Go",
    }
}

fn nothing_found() -> String {
    let mut text = head("this repository", "No project of a known language was found.");
    text.push_str("steps:\n");
    steps(&mut text, &[], true);
    text.push_str(
        "  # A gate of your own is a command; its exit code counts, and a report says more:\n  \
         # build:   { run: make, kind: build }\n  \
         # test:    { run: make test, kind: test, evidence: { junit: \"build/*.xml\" } }\n",
    );
    text
}

fn steps(text: &mut String, steps: &[Step], secrets: bool) {
    let scan = scan("secrets", "scan/secrets");
    let all: Vec<&Step> = steps.iter().chain(secrets.then_some(&scan)).collect();
    let width = all.iter().map(|step| step.name.len()).max().unwrap_or_default() + 1;
    for step in all {
        if let Some(comment) = &step.comment {
            let _ = writeln!(text, "  # {comment}");
        }
        let _ = writeln!(text, "  {:width$} {}", format!("{}:", step.name), body(step));
    }
}

fn body(step: &Step) -> String {
    let mut parts = Vec::new();
    match &step.action {
        StepAction::Uses(gate, with) => {
            parts.push(format!("uses: {gate}"));
            if !with.is_empty() {
                let with: Vec<String> =
                    with.iter().map(|(name, value)| format!("{name}: {}", yaml(value))).collect();
                parts.push(format!("with: {{ {} }}", with.join(", ")));
            }
        }
        StepAction::Run(command, kind) => parts.push(format!("run: {}, kind: {kind}", word(command))),
    }
    if !step.needs.is_empty() {
        let needs = step.needs.join(", ");
        let has_ends = needs.contains(':');
        parts.push(if has_ends { format!("needs: {{ {needs} }}") } else { format!("needs: [{needs}]") });
    }
    format!("{{ {} }}", parts.join(", "))
}

fn yaml(value: &Value) -> String {
    match value {
        Value::Text(text) => word(text),
        Value::Integer(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(yaml).collect::<Vec<_>>().join(", ")),
        Value::Decimal(_) | Value::Map(_) | Value::Null => "null".to_owned(),
    }
}

/// A text as YAML, in quotes where it could be taken for something else.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./ ".contains(c);
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.' || c == '/')
        || text.starts_with("--") && text.len() > 3
        || text.starts_with('-') && text[1..].starts_with(|c: char| c.is_ascii_alphabetic());
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "."];
    if starts_well && text.chars().all(plain) && !text.ends_with(' ') && !reserved.contains(&text) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''").replace(['\n', '\r'], " "))
}

fn left_out(text: &mut String, project: &Project) {
    if project.left_out.is_empty() {
        return;
    }
    let _ = writeln!(text, "  # Left out:");
    let width = project.left_out.iter().map(|left| left.kind.len()).max().unwrap_or_default() + 1;
    for left in &project.left_out {
        let _ = writeln!(text, "  # {:width$} {}", format!("{}:", left.kind), left.why);
    }
}

fn monorepo(projects: &[Project], scans: &[Step], workflow: &dyn Fn(&Project) -> String) -> String {
    let found = match projects.len() {
        1 => "Found one project.".to_owned(),
        count => format!("Found {count} projects."),
    };
    let mut text = head("this repository", &found);
    if projects.len() == PROJECTS_MAX {
        let _ = writeln!(text, "# No more than {PROJECTS_MAX} are sought; name the others yourself.\n");
    }
    text.push_str("projects:\n");
    for (at, project) in projects.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        let path = if project.path.is_empty() { "." } else { &project.path };
        let _ = writeln!(text, "  # {} ({}): {}", title(project.language), project.marker, names(project));
        let path = if path == "." { path.to_owned() } else { word(path) };
        let workflow = word(&workflow(project));
        let _ = writeln!(text, "  {}: {{ path: {path}, workflow: {workflow} }}", project.name);
        left_out(&mut text, project);
    }
    text.push_str("\nsteps:\n");
    steps(&mut text, scans, true);
    text
}

fn names(project: &Project) -> String {
    let name = |step: &Step| match &step.action {
        StepAction::Uses(gate, _) => format!("{} with {gate}", step.name),
        StepAction::Run(command, _) => format!("{} with `{command}`", step.name),
    };
    project.steps.iter().map(name).collect::<Vec<_>>().join(", ")
}
