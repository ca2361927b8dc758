//! What is handed to the notation: other files, the catalogue, the expression language.
//!
//! Texts come from the working tree or, for a change that is judged by its base, from a commit.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::Task;
#[cfg(feature = "rego")]
use dod_notation::lower::Module;
use dod_notation::lower::{Catalogue, Expressions, Loaded, Misuse, Problem, Reference, Site, Sources};
use dod_notation::policy::builtin;

use crate::notation::has_ending;
use crate::project::{Project, WORKFLOW_FILE};

/// Bytes that a definition file may have.
pub(crate) const FILE_BYTES_MAX: u64 = 16 << 20;
/// Bytes of a diagram.
const DIAGRAM_BYTES_MAX: u64 = dod_notation::bpmn::read::FILE_BYTES_MAX as u64;
/// The file that git includes are locked in.
pub(crate) const LOCK_FILE: &str = "dod.lock";
/// Seconds after which a server that sends nothing is given up.
const SILENCE_SECONDS: &str = "30";

/// Where the texts of a project are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The working tree.
    Tree,
    /// A commit.
    Commit(String),
}

impl Origin {
    /// Said behind the name of a file that is not there.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Tree => String::new(),
            Self::Commit(commit) => {
                format!(" in commit {}, the base of this change", &commit[..commit.len().min(12)])
            }
        }
    }
}

/// The texts of a project at one origin.
pub(crate) struct Texts<'p> {
    pub(crate) project: &'p Project,
    pub(crate) origin: Origin,
    /// Tracked files, for built-in workflows that adapt to a folder.
    pub(crate) files: Vec<String>,
    /// Every local file that was read, for the list of governed files.
    pub(crate) read: RefCell<Vec<String>>,
}

impl<'p> Texts<'p> {
    pub(crate) fn new(project: &'p Project, origin: Origin) -> Self {
        Self { project, origin, files: project.files(), read: RefCell::new(Vec::new()) }
    }

    /// The text of a file of the project; `None` where there is none.
    pub(crate) fn text(&self, path: &str) -> Result<Option<String>, String> {
        let bytes = self.bytes(path)?;
        bytes.map(String::from_utf8).transpose().map_err(|_| "it is not UTF-8".to_owned())
    }

    /// The bytes of a file of the project; `None` where there is none.
    pub(crate) fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let bytes = match &self.origin {
            Origin::Tree => match bounded(&self.project.root.join(path))? {
                Some(bytes) => bytes,
                None => return Ok(None),
            },
            Origin::Commit(commit) => {
                let Some(git) = &self.project.git else { return Ok(None) };
                let path = self.project.in_repository(path);
                match git.file_at(commit, &path).map_err(|error| error.to_string())? {
                    Some(bytes) => bytes,
                    None => return Ok(None),
                }
            }
        };
        self.read.borrow_mut().push(path.to_owned());
        Ok(Some(bytes))
    }

    /// A team's own catalogue entries: `gates/*.yaml`, as name and text.
    pub(crate) fn team_entries(&self) -> Result<Vec<(String, String)>, String> {
        let names = self.names_in("gates")?;
        let mut entries = Vec::new();
        for name in names {
            if let Some(text) = self.text(&name)? {
                entries.push((name, text));
            }
        }
        Ok(entries)
    }

    /// The YAML files of a folder of the project, and of no folder below it, sorted.
    pub(crate) fn names_in(&self, folder: &str) -> Result<Vec<String>, String> {
        let mut names = self.listed(folder)?;
        names.retain(|name| name.ends_with(".yaml") || name.ends_with(".yml"));
        Ok(names)
    }

    /// The files of a folder of the project (empty for its root), and of no folder below it, sorted.
    fn listed(&self, folder: &str) -> Result<Vec<String>, String> {
        let full = |name: String| if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let mut names: Vec<String> = match &self.origin {
            Origin::Tree => {
                let Ok(listed) = std::fs::read_dir(self.project.root.join(folder)) else {
                    return Ok(Vec::new());
                };
                let files = listed.flatten().filter(|entry| entry.path().is_file());
                files.filter_map(|entry| entry.file_name().into_string().ok()).map(full).collect()
            }
            Origin::Commit(commit) => {
                let Some(git) = &self.project.git else { return Ok(Vec::new()) };
                let in_repository = self.project.in_repository(folder);
                let files = git.files_at(commit, &in_repository).map_err(|error| error.to_string())?;
                files.into_iter().map(full).collect()
            }
        };
        names.sort();
        Ok(names)
    }

    fn local(&self, from_file: &str, path: &str) -> Result<Loaded, String> {
        let name = beside(from_file, path).ok_or("it is outside the repository")?;
        let text = self.text(&name)?.ok_or("there is no such file")?;
        Ok(Loaded { name, text })
    }
}

/// The bytes of a definition file; `None` where there is none. A pipe or a device would be read for ever.
pub(crate) fn bounded(file: &Path) -> Result<Option<Vec<u8>>, String> {
    let unreadable = |error: std::io::Error| format!("it cannot be read: {}", error.kind());
    match std::fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
        Ok(meta) if meta.is_dir() => return Err("it is a folder".to_owned()),
        Ok(meta) if !meta.is_file() => return Err("it is not a regular file".to_owned()),
        Ok(_) => {}
    }
    let most = match file.to_str().is_some_and(has_ending) {
        true => DIAGRAM_BYTES_MAX,
        false => FILE_BYTES_MAX,
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(file).map_err(unreadable)?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 > most {
        true => Err(format!("it has more than {most} bytes")),
        false => Ok(Some(bytes)),
    }
}

/// A path beside a file, without `.` and `..`; `None` where it leaves the project.
pub(crate) fn beside(from_file: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = from_file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

impl Sources for Texts<'_> {
    fn load(&self, reference: &Reference) -> Result<Loaded, String> {
        self.load_for(reference, "")
    }

    fn beside(&self, from_file: &str, ending: &str) -> Vec<String> {
        let folder = from_file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let names = self.listed(folder).unwrap_or_default();
        let own = names.iter().map(|name| name.rsplit('/').next().unwrap_or(name));
        own.filter(|name| name.ends_with(ending)).map(str::to_owned).collect()
    }

    fn load_for(&self, reference: &Reference, folder: &str) -> Result<Loaded, String> {
        match reference {
            Reference::Local { from_file, path } => self.local(from_file, path),
            Reference::Builtin { name } => self.built_in(name, folder),
            Reference::Git { url, rev, path } => self.of_repository(url, rev, path),
        }
    }
}

impl Texts<'_> {
    /// A built-in file; a workflow of a language has the gates that the project in the folder has a use for.
    fn built_in(&self, name: &str, folder: &str) -> Result<Loaded, String> {
        if let Some(text) = builtin(name) {
            return Ok(Loaded { name: format!("builtin/{name}"), text: text.to_owned() });
        }
        // Once is enough for all projects of a repository.
        let scanned = !folder.is_empty()
            && self.text(WORKFLOW_FILE)?.is_none_or(|text| text.contains("uses: scan/secrets"));
        let read = |path: &str| self.project.read(path);
        let text = dod_catalogue::builtin_workflow(name, folder, !scanned, &self.files, &read)
            .ok_or_else(|| format!("nothing built in is called `{name}`"))?;
        let place = if folder.is_empty() { String::new() } else { format!(" for {folder}") };
        Ok(Loaded { name: format!("builtin/{name}{place}"), text })
    }

    /// A file of another repository at one commit, fetched with the program `git` and locked by digest.
    fn of_repository(&self, url: &str, rev: &str, path: &str) -> Result<Loaded, String> {
        let name = format!("{url}@{}:{path}", &rev[..rev.len().min(12)]);
        let folder =
            self.project.root.join(".dod/cache/git").join(dod_host::blob::digest_of(url.as_bytes()).hex());
        let bytes = match show(&folder, rev, path) {
            Some(bytes) => bytes,
            None => {
                fetch(&folder, url, rev)?;
                show(&folder, rev, path).ok_or_else(|| format!("commit {rev} has no file `{path}`"))?
            }
        };
        let digest = dod_host::blob::digest_of(&bytes).to_string();
        self.locked(url, rev, path, &digest)?;
        let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        Ok(Loaded { name, text })
    }

    /// Compares with `dod.lock`; outside CI, what is not locked yet is added.
    fn locked(&self, url: &str, rev: &str, path: &str, digest: &str) -> Result<(), String> {
        let key = format!("{url} {rev} {path}");
        let text = self.text(LOCK_FILE)?.unwrap_or_default();
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let mut locked: BTreeMap<String, String> = BTreeMap::new();
        for (at, line) in lines.enumerate() {
            let (key, digest) = line
                .rsplit_once(' ')
                .ok_or_else(|| format!("line {} of `{LOCK_FILE}` is not `url rev path digest`", at + 1))?;
            locked.insert(key.to_owned(), digest.to_owned());
        }
        match locked.get(&key) {
            Some(known) if known == digest => Ok(()),
            Some(_) => Err(format!("its content is not the one that `{LOCK_FILE}` has locked")),
            None if self.project.ci.is_some() || self.origin != Origin::Tree => Err(format!(
                "it is not in `{LOCK_FILE}`; run `dod check` on your machine and commit that file"
            )),
            None => {
                locked.insert(key, digest.to_owned());
                let mut text =
                    "# Files of other repositories, locked by digest. Written by dod; commit it.\n"
                        .to_owned();
                for (key, digest) in &locked {
                    text += &format!("{key} {digest}\n");
                }
                dod_host::storage::write_atomic(&self.project.root.join(LOCK_FILE), text.as_bytes())
                    .map_err(|error| error.to_string())
            }
        }
    }
}

/// Runs `git` in a repository of the cache. The answer is what it printed, or the last thing that it complained
/// about.
///
/// Definitions are read before anybody has looked at them, so nothing in a URL may run a program: only the
/// protocols below are spoken, and what stands behind `--` is no option. A hook of git says in variables which
/// repository it belongs to; that is not the one meant here.
fn git(folder: &Path, words: &[&str]) -> Result<Vec<u8>, String> {
    use std::process::{Command, Stdio};
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, _) in std::env::vars_os().filter(|(name, _)| hooked(name)) {
        command.env_remove(name);
    }
    command
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh")
        .env("GIT_HTTP_LOW_SPEED_LIMIT", "1")
        .env("GIT_HTTP_LOW_SPEED_TIME", SILENCE_SECONDS);
    let output = command.output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "the program `git` is not on PATH".to_owned(),
        kind => format!("`git` cannot be started: {kind}"),
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let complaint =
        said.lines().find_map(|line| line.strip_prefix("fatal: ").or(line.strip_prefix("error: ")));
    Err(complaint.or(said.lines().last()).unwrap_or("it does not say why").to_owned())
}

/// Whether a variable names the repository that a hook belongs to.
fn hooked(name: &std::ffi::OsStr) -> bool {
    let own = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE"];
    name.to_str().is_some_and(|name| own.contains(&name) || name.starts_with("GIT_OBJECT_DIRECTORY"))
}

fn show(folder: &Path, rev: &str, path: &str) -> Option<Vec<u8>> {
    git(folder, &["cat-file", "blob", &format!("{rev}:{path}")]).ok()
}

fn fetch(folder: &Path, url: &str, rev: &str) -> Result<(), String> {
    let failed = |why: String| format!("`git` could not fetch commit {rev}: {why}");
    if url.starts_with('-') {
        return Err("this is no address of a repository".to_owned());
    }
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("the cache cannot be written: {}", error.kind()))?;
    git(folder, &["init", "--quiet", "--bare"]).map_err(failed)?;
    let whole = || git(folder, &["fetch", "--quiet", "--", url, "+refs/*:refs/remotes/from/*"]);
    let one = ["fetch", "--quiet", "--depth=1", "--", url, rev];
    // A server may refuse single commits, so everything is asked for before giving up.
    git(folder, &one).or_else(|_| whole()).map_err(failed)?;
    let there = git(folder, &["cat-file", "-e", &format!("{rev}^{{commit}}")]);
    there.map(drop).map_err(|_| format!("the repository has no commit {rev}"))
}

/// The catalogue, with a team's own entries.
pub(crate) struct Gates<'c> {
    pub(crate) catalogue: &'c dod_catalogue::Catalogue,
    /// Install gates install.
    pub(crate) install: bool,
    pub(crate) files: &'c [String],
}

impl Catalogue for Gates<'_> {
    fn names(&self) -> Vec<Name> {
        self.catalogue.names().into_iter().map(Name::from).collect()
    }

    fn expand(&self, name: &str, with: &BTreeMap<Name, Value>, site: Site<'_>) -> Result<Task, Vec<Misuse>> {
        let Site { cwd, project } = site;
        let site = dod_catalogue::Site { cwd, project, install: self.install, files: self.files };
        let misuse = |error: &dod_catalogue::ExpandError| Misuse {
            key: error.parameter().map(Name::from),
            message: error.to_string(),
            hint: error.hint(),
        };
        self.catalogue.expand(name, with, &site).map_err(|errors| errors.iter().map(misuse).collect())
    }
}

/// The languages of conditions and rules, before anything runs: the strict dialect of rhai, and Rego where the program was
/// built with it.
pub(crate) struct Dialect;

impl Expressions for Dialect {
    fn check(&self, text: &str) -> Vec<Problem> {
        let names = dod_kernel::policy::FACT_ROOTS;
        // Nothing is known yet, so all that is found wrong is a name that no run can have.
        let (facts, outputs) = (BTreeMap::new(), BTreeMap::new());
        let nothing = dod_kernel::policy::RunFacts::new(&facts, &outputs, None);
        let problems = dod_expression::check_over(text, names, &nothing).err().unwrap_or_default();
        problems.into_iter().map(problem).collect()
    }

    fn check_over_variables(&self, text: &str) -> Vec<Problem> {
        let problems = dod_expression::names_used(text).err().unwrap_or_default();
        problems.into_iter().map(problem).collect()
    }

    fn check_script(&self, text: &str) -> Vec<Problem> {
        let problems = dod_expression::script::check_script(text).err().unwrap_or_default();
        problems.into_iter().map(problem).collect()
    }

    #[cfg(feature = "rego")]
    fn rego(&self, text: &str) -> Option<Result<Module, Vec<Problem>>> {
        Some(module(text).map_err(|problems| problems.into_iter().map(problem).collect()))
    }
}

fn problem(problem: dod_expression::Problem) -> Problem {
    let dod_expression::Problem { line, column, message, hint } = problem;
    let hint = hint.or_else(|| near_fact(&message));
    Problem { column, hint, line, message }
}

/// A Rego module, checked over the facts of a run that has not begun.
#[cfg(feature = "rego")]
fn module(text: &str) -> Result<Module, Vec<dod_expression::Problem>> {
    use dod_expression::rego::{Verb, check, facts_used};
    let (facts, outputs) = (BTreeMap::new(), BTreeMap::new());
    let facts = dod_kernel::policy::RunFacts::new(&facts, &outputs, None);
    let rules = check(text, &facts)?.into_iter().map(|rule| (rule.name.into(), rule.verb == Verb::Deny));
    let facts = facts_used(text)?.into_iter().map(|path| path.join(".").into());
    Ok(Module { facts: facts.collect(), rules: rules.collect() })
}

/// The fact that a misspelled one is probably meant to be: `steps["x"].findings.eror`.
fn near_fact(message: &str) -> Option<String> {
    let name = message.strip_prefix("no fact is called `")?.strip_suffix('`')?;
    let name = match name.strip_prefix("steps.") {
        Some(rest) => rest.split_once('.')?.1,
        None => name,
    };
    let near = dod_notation::diagnose::closest(name, dod_kernel::policy::facts())?;
    Some(format!("did you mean `{near}`?"))
}
