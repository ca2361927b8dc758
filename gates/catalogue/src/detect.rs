//! Tracked files → the projects in them, each with the gates it has a use for.
//!
//! ```text
//!   markers (Cargo.toml, pyproject.toml, package.json, go.mod) ─> folders
//!   folder + entries' `detect` ─> steps, and what was left out and why
//! ```
//!
//! **Absent on purpose:** looking at the machine. A gate that the project configures is a gate also where
//! its tool is missing; that is for the run to say.

mod folder;
mod go;
mod node;
mod python;
mod rust;

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::id::Name;
use dod_kernel::value::Value;

use folder::{Folder, Tree};

/// At most this many projects are found in one repository; more need a `dod.yaml` that says which matter.
pub const PROJECTS_MAX: usize = 50;

/// Folders that hold what others wrote or tools made.
const NEVER: &[&str] = &[
    "__pycache__",
    "bower_components",
    "build",
    "dist",
    "env",
    "fuzz",
    "node_modules",
    "site-packages",
    "target",
    "third_party",
    "vendor",
    "venv",
];
/// Folders whose projects show or test something: they count only where there is no other.
const ONLY_ALONE: &[&str] = &[
    "demo",
    "demos",
    "doc",
    "docs",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "sample",
    "samples",
    "template",
    "templates",
    "test",
    "testdata",
    "tests",
];

/// A language with a built-in workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Rust, with cargo.
    Rust,
    /// Python.
    Python,
    /// JavaScript and TypeScript on Node.js.
    Node,
    /// Go.
    Go,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rust, Self::Python, Self::Node, Self::Go];

    /// The word in `builtin/…`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Node => "node",
            Self::Go => "go",
        }
    }

    /// The workflow that `builtin/…` names, as it is shipped: for a project of which nothing else is known.
    pub fn workflow(self) -> &'static str {
        match self {
            Self::Rust => include_str!("../../../workflows/rust.yaml"),
            Self::Python => include_str!("../../../workflows/python.yaml"),
            Self::Node => include_str!("../../../workflows/node.yaml"),
            Self::Go => include_str!("../../../workflows/go.yaml"),
        }
    }
}

/// A part of the repository that is built and tested on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its name among the projects found.
    pub name: Name,
    /// Its folder relative to the repository root; empty for the root.
    pub path: String,
    /// Its language.
    pub language: Language,
    /// The file it was known by.
    pub marker: String,
    /// What to run, in the order of a reader.
    pub steps: Vec<Step>,
    /// Kinds of gates it has no step for, and why.
    pub left_out: Vec<LeftOut>,
}

/// A step of a workflow that is about to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub action: StepAction,
    /// Steps before it, `name` or `name: end`.
    pub needs: Vec<&'static str>,
    /// What a reader should know.
    pub comment: Option<String>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepAction {
    /// An entry of the catalogue and its parameters.
    Uses(Name, BTreeMap<Name, Value>),
    /// A command without evidence, and its kind.
    Run(String, Name),
}

/// A kind of gate that a project has no step for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The kind, which is also the name its step would have.
    pub kind: &'static str,
    /// Why, and what to do about it.
    pub why: String,
}

/// The projects among tracked files, sorted by path. `read` gives the text of a tracked file.
pub fn detect(files: &[String], read: &dyn Fn(&str) -> Option<String>) -> Vec<Project> {
    let tree = Tree::new(files, read);
    let mut candidates: Vec<Candidate<'_>> =
        Language::ALL.into_iter().flat_map(|language| candidates(language, &tree)).collect();
    candidates.sort_by_key(|one| (one.folder.path, one.language));
    let shows = |one: &Candidate<'_>| passes_through(one.folder.path, ONLY_ALONE);
    if !candidates.iter().all(shows) {
        candidates.retain(|one| !shows(one));
    }
    let root = Folder::new("", &tree);
    if candidates.is_empty() && python::is_project(&root) {
        candidates.push(Candidate { language: Language::Python, folder: root, marker: python::SCRIPTS });
    }
    candidates.truncate(PROJECTS_MAX);
    let mut projects = candidates.iter().map(project).collect::<Vec<_>>();
    name_them(&mut projects);
    projects
}

/// The workflow that `builtin/<language>` means in a folder: the gates that the project there has a use for,
/// or the shipped ones where nothing is known of it. `None` where no workflow has this name.
///
/// `secrets` is false where the file that names the project scans the whole repository itself.
pub fn builtin_workflow(
    language: &str,
    path: &str,
    secrets: bool,
    files: &[String],
    read: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    let language = Language::ALL.into_iter().find(|known| known.word() == language)?;
    let tree = Tree::new(files, read);
    let path = path.trim_start_matches("./").trim_matches('/');
    let folder = Folder::new(if path == "." { "" } else { path }, &tree);
    let scripts = (language == Language::Python && python::is_project(&folder)).then_some(python::SCRIPTS);
    let marker = markers(language).iter().copied().find(|marker| folder.has(marker)).or(scripts);
    let Some(marker) = marker else {
        return Some(language.workflow().to_owned());
    };
    Some(crate::write::project_workflow(&project(&Candidate { language, folder, marker }), secrets))
}

/// A folder with a marker of a language.
struct Candidate<'a> {
    language: Language,
    folder: Folder<'a>,
    marker: &'static str,
}

fn markers(language: Language) -> &'static [&'static str] {
    match language {
        Language::Rust => &["Cargo.toml"],
        Language::Python => {
            &["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "tox.ini", "Pipfile"]
        }
        Language::Node => &["package.json"],
        Language::Go => &["go.mod"],
    }
}

fn project(candidate: &Candidate<'_>) -> Project {
    let Candidate { language, folder, marker } = candidate;
    let mut plan = Plan::default();
    match language {
        Language::Rust => rust::plan(folder, &mut plan),
        Language::Python => python::plan(folder, &mut plan),
        Language::Node => node::plan(folder, &mut plan),
        Language::Go => go::plan(folder, &mut plan),
    }
    Project {
        name: Name::from(language.word()),
        path: folder.path.to_owned(),
        language: *language,
        marker: (*marker).to_owned(),
        steps: plan.steps,
        left_out: plan.left_out,
    }
}

/// Folders with a marker of a language that are not a part of a project further up.
fn candidates<'a>(language: Language, tree: &'a Tree<'a>) -> Vec<Candidate<'a>> {
    let mut folders: BTreeMap<&str, &'static str> = BTreeMap::new();
    // The first marker names the project, so it is put in last.
    for marker in markers(language).iter().rev() {
        for file in &tree.files {
            let folder = match file.strip_suffix(marker) {
                Some("") => "",
                Some(folder) if folder.ends_with('/') => &folder[..folder.len() - 1],
                _ => continue,
            };
            if !passes_through(folder, NEVER) && !hidden(folder) {
                folders.insert(folder, marker);
            }
        }
    }
    let mut found: Vec<Candidate<'_>> = Vec::new();
    // Sorted, so that a folder comes after those it lies in.
    for (path, marker) in folders {
        let folder = Folder::new(path, tree);
        let is_project = match language {
            Language::Python => python::is_project(&folder),
            Language::Node => node::is_project(&folder),
            Language::Rust | Language::Go => true,
        };
        let is_part = |root: &Folder<'_>| match language {
            Language::Rust => rust::is_member(root, &folder),
            Language::Python => python::is_part(root, &folder),
            Language::Node => node::is_member(root, &folder),
            Language::Go => false,
        };
        let mut above = found.iter().filter(|one| folder::is_inside(path, one.folder.path));
        if is_project && !above.any(|one| is_part(&one.folder)) {
            found.push(Candidate { language, folder, marker });
        }
    }
    found
}

fn passes_through(folder: &str, names: &[&str]) -> bool {
    folder.split('/').any(|part| names.contains(&part))
}

fn hidden(folder: &str) -> bool {
    folder.split('/').any(|part| part.starts_with('.'))
}

/// A project is called after its folder, and after its language where that is not enough.
fn name_them(projects: &mut [Project]) {
    let mut taken = BTreeSet::new();
    let shared: BTreeSet<String> = projects
        .iter()
        .filter(|one| projects.iter().filter(|other| other.path == one.path).count() > 1)
        .map(|one| one.path.clone())
        .collect();
    for project in projects.iter_mut() {
        let word = project.language.word();
        let base = project.path.replace('/', "-");
        let base: String = base.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
        let base = match (base.as_str(), shared.contains(&project.path)) {
            ("", _) => word.to_owned(),
            (_, true) => format!("{base}-{word}"),
            (_, false) => base,
        };
        let mut name = base.clone();
        let mut count = 1;
        while !taken.insert(name.clone()) {
            count += 1;
            name = format!("{base}-{count}");
        }
        project.name = Name::from(name);
    }
}

/// Steps as they are found.
#[derive(Default)]
struct Plan {
    steps: Vec<Step>,
    left_out: Vec<LeftOut>,
}

impl Plan {
    fn uses(&mut self, name: &'static str, gate: &str, with: &[(&str, Value)]) -> &mut Step {
        let with = with.iter().map(|(name, value)| (Name::from(*name), value.clone())).collect();
        self.push(name, StepAction::Uses(Name::from(gate), with))
    }

    fn run(&mut self, name: &'static str, command: String) -> &mut Step {
        self.push(name, StepAction::Run(command, Name::from(name)))
    }

    fn push(&mut self, name: &'static str, action: StepAction) -> &mut Step {
        let at = self.steps.len();
        self.steps.push(Step { name, action, needs: Vec::new(), comment: None });
        &mut self.steps[at]
    }

    fn leave_out(&mut self, kind: &'static str, why: impl Into<String>) {
        self.left_out.push(LeftOut { kind, why: why.into() });
    }

    fn has(&self, name: &str) -> bool {
        self.steps.iter().any(|step| step.name == name)
    }

    /// Everything waits for the installation; tests wait for the build.
    fn order(&mut self) {
        let (install, build) = (self.has("install"), self.has("build"));
        // Requirements files name much that no gate needs, so a missing one holds nobody up.
        let by_pip = |step: &Step| matches!(&step.action, StepAction::Uses(gate, _) if &**gate == "python/pip-install");
        let installed = if self.steps.iter().any(by_pip) { "install: any" } else { "install" };
        for step in &mut self.steps {
            match step.name {
                "install" => {}
                "test" | "coverage" if build => step.needs.push("build"),
                _ if install => step.needs.push(installed),
                _ => {}
            }
        }
    }
}

impl Step {
    fn comment(&mut self, text: impl Into<String>) {
        self.comment = Some(text.into());
    }
}

fn texts(words: &[&str]) -> Value {
    Value::List(words.iter().map(|word| Value::text(*word)).collect())
}

#[cfg(test)]
mod tests;
