//! Projects → the text of a dod.yaml: what runs where there is none, and what `dod init` writes.
//!
//! **Absent on purpose:** a YAML writer. The text is for people, so its layout is decided here.

use std::fmt::Write as _;

use dod_kernel::value::Value;

use crate::detect::{Language, Project, Step, StepAction};

/// The whole file for the projects found: steps for one project at the root, `projects:` for anything else.
pub fn write_workflow(projects: &[Project]) -> String {
    match projects {
        [] => nothing_found(),
        [only] if only.path.is_empty() => project_workflow(only, true),
        many => monorepo(many),
    }
}

/// The workflow of one project, paths relative to it.
pub(crate) fn project_workflow(project: &Project, secrets: bool) -> String {
    let mut text = head(&format!("Found {} ({}).", title(project.language), project.marker));
    text.push_str("steps:\n");
    steps(&mut text, &project.steps, secrets);
    left_out(&mut text, project);
    text
}

fn head(found: &str) -> String {
    format!(
        "# The gates of this repository. {found}\n# `dod plan` says what would run and why, `dod check` proofreads this file.\n\
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
    let mut text = head("No project of a known language was found.");
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
    let scan = Step {
        name: "secrets",
        action: StepAction::Uses("scan/secrets".into(), Default::default()),
        needs: Vec::new(),
        comment: None,
    };
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
        parts.push(format!("needs: [{}]", step.needs.join(", ")));
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

fn monorepo(projects: &[Project]) -> String {
    let mut text = head(&format!("Found {} projects.", projects.len()));
    text.push_str("projects:\n");
    for (at, project) in projects.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        let path = if project.path.is_empty() { "." } else { &project.path };
        let _ = writeln!(text, "  # {} ({}): {}", title(project.language), project.marker, names(project));
        let path = if path == "." { path.to_owned() } else { word(path) };
        let language = project.language.word();
        let _ = writeln!(text, "  {}: {{ path: {path}, workflow: builtin/{language} }}", project.name);
        left_out(&mut text, project);
    }
    text.push_str("\nsteps:\n");
    steps(&mut text, &[], true);
    text
}

fn names(project: &Project) -> String {
    let name = |step: &Step| match &step.action {
        StepAction::Uses(gate, _) => format!("{} with {gate}", step.name),
        StepAction::Run(command, _) => format!("{} with `{command}`", step.name),
    };
    project.steps.iter().map(name).collect::<Vec<_>>().join(", ")
}
