//! `dod check`: proofreads workflows, policies, waivers, roles and gates, and tells every mistake with its place.
//!
//! **Absent on purpose:** a base. A file is proofread as it lies in the tree, also where a run would read another
//! version of it.

use std::path::{Path, PathBuf};

use clap::Args;
use dod_catalogue::Catalogue;
use dod_kernel::id::Name;
use dod_kernel::workflow::Kind as NodeKind;
use dod_notation::bpmn::{self, Purpose, Wanted};
use dod_notation::diagnose::{Diagnostic, Diagnostics, Severity, SourceMap, codes};
use dod_notation::lower::{self, Checked, World};
use dod_notation::policy::{BUILTINS, PolicyWorld, read_policy, read_roles, read_waivers};
use dod_notation::yaml::{self, Kind as YamlKind};

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::definitions::{Dialect, Gates, Origin, Texts};
use crate::notation;
use crate::output::{self, Stream};
use crate::project::{Project, WORKFLOW_FILE};

/// A file that is named on the command line and cannot be read.
const UNREADABLE: &str = "F001";
/// A gate of the team's own is defined wrongly.
const ENTRY: &str = "G001";
/// The file of waivers.
const WAIVERS_FILE: &str = "waivers.yaml";
/// The file of roles.
const ROLES_FILE: &str = "roles.yaml";

/// Proofread workflows and diagrams, policies, waivers, roles and gates
///
/// All mistakes are told at once, each with its place and at most one hint. Nothing runs. Without FILES it reads
/// `dod.yaml` and all it includes, `policies/*.yaml`, `gates/*.yaml`, `waivers.yaml` and `roles.yaml`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod check                            everything of this project
  dod check release.yaml               one workflow and what it includes
  dod check release.bpmn               a BPMN diagram and the files it calls
  dod check policies/payments.yaml     one policy and what it extends
  dod check --format json              {\"files\": [...], \"diagnostics\": [...]}

Exit codes: 0 no mistakes (there may be warnings), 2 there are mistakes")]
pub(crate) struct CheckArgs {
    /// The files to read; what they are is told from their names and contents
    #[arg(value_name = "FILES")]
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: CheckArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let CheckArgs { files } = args;
    let mut report = Report { counts: globals.json(), ..Report::default() };
    if files.is_empty() {
        let project = globals.project()?;
        let names = all_files(&project)?;
        Reader::new(&project).read(&names, &mut report);
    }
    let mut projects: Vec<(Project, Vec<String>)> = Vec::new();
    for file in &files {
        let (project, name) = match locate(globals, file) {
            Ok(located) => located,
            Err(error) => {
                report.unreadable(&file.display().to_string(), &error.message);
                continue;
            }
        };
        match projects.iter_mut().find(|(known, _)| known.root == project.root) {
            Some((_, names)) => names.push(name),
            None => projects.push((project, vec![name])),
        }
    }
    for (project, names) in &projects {
        Reader::new(project).read(names, &mut report);
    }
    report.tell(globals);
    Ok(if report.errors() == 0 { Exit::Done } else { Exit::Usage })
}

/// The project that a file on the command line belongs to, and what it is called there. A file outside the
/// project of the current folder is read as one of a project of its own.
pub(crate) fn locate(globals: &Globals, file: &Path) -> Result<(Project, String), CommandError> {
    let base = globals.directory.as_deref().unwrap_or(Path::new("."));
    let path = base.join(file);
    if path.is_dir() {
        return Err(CommandError::usage(format!("`{}` is a folder", file.display())));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name =
        path.file_name().ok_or_else(|| CommandError::usage(format!("`{}` is no file", file.display())))?;
    let missing = |_| CommandError::usage(format!("there is no file `{}`", file.display()));
    let folder = folder.canonicalize().map_err(missing)?;
    let whole = folder.join(name);
    let inside = |project: &Project| {
        let name = whole.strip_prefix(&project.root).ok()?;
        name.to_str().map(str::to_owned)
    };
    let here = globals.project()?;
    if let Some(name) = inside(&here) {
        return Ok((here, name));
    }
    let there = Project::find(Some(&folder))?;
    match inside(&there) {
        Some(name) => Ok((there, name)),
        None => Err(CommandError::usage(format!("the path `{}` is not UTF-8", file.display()))),
    }
}

/// Everything of a project that can be proofread.
fn all_files(project: &Project) -> Result<Vec<String>, CommandError> {
    let single = [WORKFLOW_FILE, WAIVERS_FILE, ROLES_FILE].into_iter().map(str::to_owned);
    let mut files: Vec<String> = single.filter(|name| project.root.join(name).exists()).collect();
    for folder in ["policies", "gates"] {
        files.extend(yaml_files(&project.root, folder));
    }
    if files.is_empty() {
        let message = format!("there is nothing to proofread in {}", project.root.display());
        return Err(CommandError::usage(message).hint("`dod init` writes a first `dod.yaml`"));
    }
    Ok(files)
}

/// The YAML files right in a folder of the project, sorted.
fn yaml_files(root: &Path, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let yaml = names.filter(|name| name.ends_with(".yaml") || name.ends_with(".yml"));
    let mut files: Vec<String> = yaml.map(|name| format!("{folder}/{name}")).collect();
    files.sort();
    files
}

/// Proofreads a workflow as it lies in the tree, with everything that is known of its project.
pub(crate) fn workflow(texts: &Texts<'_>, catalogue: &Catalogue, name: &str, text: &str) -> Checked {
    workflow_of(texts, catalogue, name, text.as_bytes())
}

/// As [`workflow`], for a diagram too, which may have another encoding.
pub(crate) fn workflow_of(texts: &Texts<'_>, catalogue: &Catalogue, name: &str, bytes: &[u8]) -> Checked {
    checked_as(texts, catalogue, name, bytes, proofread)
}

/// How a file is proofread.
type Proofread = fn(&str, &[u8], &World<'_>) -> Checked;

fn checked_as(
    texts: &Texts<'_>,
    catalogue: &Catalogue,
    name: &str,
    bytes: &[u8],
    proofread: Proofread,
) -> Checked {
    let formats: Vec<Name> = dod_evidence::Format::ALL.iter().map(|format| format.name().into()).collect();
    let policies = policy_names(texts.project);
    let roles = texts.text(ROLES_FILE).ok().flatten();
    let known: Vec<Name> = roles
        .as_deref()
        .and_then(|text| read_roles(ROLES_FILE, text).0)
        .map(|roles| roles.into_keys().collect())
        .unwrap_or_default();
    let world = World {
        catalogue: &Gates { catalogue, install: false, files: &texts.files },
        expressions: &Dialect,
        formats: Some(&formats),
        inputs: None,
        policies: Some(&policies),
        program: env!("CARGO_PKG_VERSION").parse().expect("the program has a version"),
        roles: Some(&known),
        sources: texts,
    };
    let mut checked = proofread(name, bytes, &world);
    if roles.is_none() && checked.problems.iter().any(|problem| problem.code == codes::UNKNOWN_ROLE) {
        // Without a file of roles nothing is misspelt; but nobody could answer, which has to be said.
        let again = proofread(name, bytes, &World { roles: None, ..world });
        let mut problems = again.problems;
        problems.extend(
            checked.problems.into_iter().filter(|problem| problem.code == codes::UNKNOWN_ROLE).map(
                |problem| Diagnostic {
                    severity: Severity::Warning,
                    hint: problem.hint.or_else(|| {
                        Some(format!("write it into `{ROLES_FILE}`; until then nobody can answer"))
                    }),
                    ..problem
                },
            ),
        );
        problems.sort_by_key(|problem| (problem.span.file, problem.span.start, problem.severity));
        checked = Checked { problems, ..again };
    }
    checked
}

/// Proofreads a workflow of either notation. A diagram that is sound and whose tasks do not say what they do is no
/// mistake, and cannot be run: that is told as a warning.
fn proofread(name: &str, bytes: &[u8], world: &World<'_>) -> Checked {
    if !notation::is_diagram(name, bytes) {
        return lower::check(name, &String::from_utf8_lossy(bytes), world);
    }
    let run = drawn(name, bytes, Purpose::Run, world);
    if run.workflow.is_some() {
        return run;
    }
    let played = drawn(name, bytes, Purpose::Simulate, world);
    let known = |problem: &Diagnostic| {
        played.problems.iter().any(|other| other.span == problem.span && other.message == problem.message)
    };
    let of_running: Vec<Diagnostic> = run
        .problems
        .into_iter()
        .filter(|problem| !known(problem))
        .map(|problem| Diagnostic { severity: Severity::Warning, ..problem })
        .collect();
    let mut problems = played.problems;
    problems.extend(of_running);
    problems.sort_by_key(|problem| (problem.span.file, problem.span.start, problem.severity));
    Checked { problems, ..played }
}

fn drawn(name: &str, bytes: &[u8], purpose: Purpose, world: &World<'_>) -> Checked {
    bpmn::check(name, bytes.to_vec(), &Wanted { along: &[], process: None, purpose }, world)
}

/// As [`proofread`], for the problems alone: a large diagram is read once.
fn only_problems(name: &str, bytes: &[u8], world: &World<'_>) -> Checked {
    let mut run = drawn(name, bytes, Purpose::Run, world);
    let unbound = |problem: &Diagnostic| problem.code == bpmn::codes::UNBOUND;
    // Which of several processes is meant is said where one is run.
    let which = |problem: &Diagnostic| problem.code == bpmn::codes::PROCESS;
    if run.problems.iter().any(|problem| which(problem) && problem.severity == Severity::Error) {
        return drawn(name, bytes, Purpose::Simulate, world);
    }
    for problem in run.problems.iter_mut().filter(|problem| unbound(problem)) {
        problem.severity = Severity::Warning;
    }
    run
}

/// What `policy:` and `judge:` may say.
fn policy_names(project: &Project) -> Vec<Name> {
    let mut names: Vec<Name> = BUILTINS.iter().map(|builtin| builtin.name.into()).collect();
    names.dedup();
    for path in yaml_files(&project.root, "policies") {
        let file = path.rsplit('/').next().unwrap_or(&path);
        names.extend(file.strip_suffix(".yaml").map(Name::from));
        names.push(format!("./{path}").into());
        names.push(path.into());
    }
    names
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Workflow,
    Policy,
    Waivers,
    Roles,
    Gates,
}

impl Kind {
    fn of(name: &str, text: &str) -> Self {
        let mut parts = name.rsplit('/');
        match (parts.next().unwrap_or_default(), parts.next()) {
            (WORKFLOW_FILE, _) => Self::Workflow,
            (WAIVERS_FILE, _) => Self::Waivers,
            (ROLES_FILE, _) => Self::Roles,
            (_, Some("policies")) => Self::Policy,
            (_, Some("gates")) => Self::Gates,
            _ => Self::of_content(text),
        }
    }

    fn of_content(text: &str) -> Self {
        const OF_WORKFLOWS: [&str; 10] = [
            "steps", "gates", "include", "projects", "services", "version", "name", "dod", "inputs",
            "defaults",
        ];
        let mut sources = SourceMap::default();
        let file = sources.add("", text);
        let root = yaml::parse(&sources, file, &mut Diagnostics::default());
        let has = |entries: &[yaml::Entry], key: &str| entries.iter().any(|entry| &*entry.key == key);
        match root.map(|root| root.kind) {
            Some(YamlKind::Map(entries)) if OF_WORKFLOWS.iter().any(|key| has(&entries, key)) => {
                Self::Workflow
            }
            Some(YamlKind::Map(entries)) if has(&entries, "gate") => Self::Gates,
            Some(YamlKind::Map(entries)) if has(&entries, "policy") => Self::Policy,
            Some(YamlKind::List(items)) => match items.first().map(|item| &item.kind) {
                Some(YamlKind::Map(entries)) if has(entries, "gate") => Self::Gates,
                _ => Self::Waivers,
            },
            _ => Self::Workflow,
        }
    }
}

/// Proofreads files of one project.
struct Reader<'p> {
    texts: Texts<'p>,
    catalogue: Catalogue,
    /// Projects of the monorepo, where a workflow said them.
    projects: Option<Vec<Name>>,
}

impl<'p> Reader<'p> {
    fn new(project: &'p Project) -> Self {
        let texts = Texts::new(project, Origin::Tree);
        let (catalogue, _) = entries(&texts.team_entries().unwrap_or_default());
        Self { texts, catalogue, projects: None }
    }

    fn read(&mut self, names: &[String], report: &mut Report) {
        for name in names {
            match self.texts.bytes(name) {
                Ok(Some(bytes)) => self.bytes(name, bytes, report),
                Ok(None) => report.unreadable(name, &format!("there is no file `{name}`")),
                Err(why) => report.unreadable(name, &format!("`{name}`: {why}")),
            }
        }
    }

    fn bytes(&mut self, name: &str, bytes: Vec<u8>, report: &mut Report) {
        if notation::is_diagram(name, &bytes) {
            report.count_elements(name, &bytes);
            let checked = checked_as(&self.texts, &self.catalogue, name, &bytes, only_problems);
            return report.add(checked.sources, checked.problems);
        }
        match String::from_utf8(bytes) {
            Ok(text) => self.file(name, &text, report),
            Err(_) => report.unreadable(name, &format!("`{name}`: it is not UTF-8")),
        }
    }

    fn file(&mut self, name: &str, text: &str, report: &mut Report) {
        let world =
            PolicyWorld { expressions: &Dialect, projects: self.projects.as_deref(), sources: &self.texts };
        match Kind::of(name, text) {
            Kind::Workflow => {
                let checked = workflow(&self.texts, &self.catalogue, name, text);
                self.projects = self.projects.take().or_else(|| checked.workflow.as_ref().map(projects));
                report.add(checked.sources, checked.problems);
            }
            Kind::Policy => {
                let (_, sources, problems) = read_policy(name, text, &world);
                report.add(sources, problems);
            }
            Kind::Waivers => {
                let (_, sources, problems) = read_waivers(name, text);
                report.add(sources, problems);
            }
            Kind::Roles => {
                let (_, sources, problems) = read_roles(name, text);
                report.add(sources, problems);
            }
            Kind::Gates => {
                let mut files = self.texts.team_entries().unwrap_or_default();
                if !files.iter().any(|(known, _)| known == name) {
                    files.push((name.to_owned(), text.to_owned()));
                }
                let (_, faults) = entries(&files);
                let faults = faults.into_iter().filter(|fault| fault.file == name);
                report.faults(name, text, faults);
            }
        }
    }
}

/// The catalogue with a team's own entries.
fn entries(files: &[(String, String)]) -> (Catalogue, Vec<dod_catalogue::EntryError>) {
    let formats: Vec<&str> = dod_evidence::Format::ALL.iter().map(|format| format.name()).collect();
    Catalogue::with_team_entries(files, &formats)
}

/// The projects that gates of a workflow belong to.
fn projects(workflow: &dod_kernel::workflow::Workflow) -> Vec<Name> {
    let of = |kind: &NodeKind| match kind {
        NodeKind::Task(task) => task.gate.as_ref().and_then(|gate| gate.project.clone()),
        _ => None,
    };
    let mut projects: Vec<Name> = workflow.nodes().iter().filter_map(|node| of(&node.kind)).collect();
    projects.sort();
    projects.dedup();
    projects
}

/// Everything found, file by file.
#[derive(Default)]
struct Report {
    files: Vec<String>,
    found: Vec<(SourceMap, Vec<Diagnostic>)>,
    /// How many elements of each name diagrams have.
    diagrams: Vec<serde_json::Value>,
    counts: bool,
    /// What was found before, since files are read along with several others.
    seen: Vec<(String, u32, u32, String)>,
}

impl Report {
    fn add(&mut self, sources: SourceMap, problems: Vec<Diagnostic>) {
        for file in sources.files() {
            let name = sources.name(file).to_owned();
            if !self.files.contains(&name) {
                self.files.push(name);
            }
        }
        let mut fresh = Vec::new();
        for problem in problems {
            let span = problem.span;
            let key = (sources.name(span.file).to_owned(), span.start, span.end, problem.message.clone());
            if !self.seen.contains(&key) {
                self.seen.push(key);
                fresh.push(problem);
            }
        }
        self.found.push((sources, fresh));
    }

    /// A diagram that can be read is counted, also where it cannot be run. Only programs ask for that.
    fn count_elements(&mut self, name: &str, bytes: &[u8]) {
        if !self.counts {
            return;
        }
        let (mut sources, mut problems) = (SourceMap::default(), Diagnostics::default());
        if let Some(diagram) = bpmn::read::read(name, bytes.to_vec(), &mut sources, &mut problems) {
            self.diagrams.push(serde_json::json!({ "file": name, "elements": diagram.counts() }));
        }
    }

    fn unreadable(&mut self, name: &str, message: &str) {
        let mut sources = SourceMap::default();
        let file = sources.add(name, "");
        let problem = Diagnostic::error(UNREADABLE, sources.span(file, 0..0), message);
        self.add(sources, vec![problem]);
    }

    fn faults(&mut self, name: &str, text: &str, faults: impl Iterator<Item = dod_catalogue::EntryError>) {
        let mut sources = SourceMap::default();
        let file = sources.add(name, text);
        let one = |fault: dod_catalogue::EntryError| {
            let span = sources.span(file, fault.span.clone());
            Diagnostic::error(ENTRY, span, fault.fault.to_string()).maybe_hint(fault.fault.hint())
        };
        let problems = faults.map(one).collect();
        self.add(sources, problems);
    }

    fn count(&self, severity: Severity) -> usize {
        let all = self.found.iter().flat_map(|(_, problems)| problems);
        all.filter(|problem| problem.severity == severity).count()
    }

    fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    fn tell(&self, globals: &Globals) {
        if globals.json() {
            let mut all = Vec::new();
            for (sources, problems) in &self.found {
                if let serde_json::Value::Array(some) = output::diagnostics_json(problems, sources) {
                    all.extend(some);
                }
            }
            let mut object = serde_json::json!({ "files": self.files, "diagnostics": all });
            if !self.diagrams.is_empty() {
                object["diagrams"] = self.diagrams.clone().into();
            }
            return output::result(&format!("{object:#}\n"));
        }
        for (sources, problems) in &self.found {
            output::result(&output::diagnostics(problems, sources, output::colors(Stream::Stdout)));
        }
        let found = match (self.errors(), self.count(Severity::Warning)) {
            (0, 0) => "no mistakes".to_owned(),
            (0, warnings) => counted(warnings, "warning"),
            (errors, 0) => counted(errors, "error"),
            (errors, warnings) => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
        };
        output::result(&format!("{}: {found}\n", counted(self.files.len(), "file")));
    }
}

fn counted(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
