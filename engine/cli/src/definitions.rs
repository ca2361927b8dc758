//! What is handed to the notation: other files, the catalogue, the expression language.
//!
//! Texts come from the working tree or, for a change that is judged by its base, from a commit.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::Task;
use dod_notation::lower::{Catalogue, Expressions, Loaded, Misuse, Problem, Reference, Site, Sources};
use dod_notation::policy::builtin;

use crate::project::Project;

/// Bytes that a definition file may have.
pub(crate) const FILE_BYTES_MAX: u64 = 16 << 20;
/// The file that git includes are locked in.
pub(crate) const LOCK_FILE: &str = "dod.lock";

/// Where the texts of a project are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The working tree.
    Tree,
    /// A commit.
    Commit(String),
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
        let bytes = match &self.origin {
            Origin::Tree => {
                let file = self.project.root.join(path);
                match std::fs::metadata(&file) {
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                    Err(error) => return Err(format!("it cannot be read: {}", error.kind())),
                    Ok(meta) if meta.is_dir() => return Err("it is a folder".to_owned()),
                    Ok(meta) if meta.len() > FILE_BYTES_MAX => {
                        return Err(format!("it has more than {FILE_BYTES_MAX} bytes"));
                    }
                    Ok(_) => std::fs::read(&file)
                        .map_err(|error| format!("it cannot be read: {}", error.kind()))?,
                }
            }
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
        String::from_utf8(bytes).map(Some).map_err(|_| "it is not UTF-8".to_owned())
    }

    /// A team's own catalogue entries: `gates/*.yaml`, as name and text.
    pub(crate) fn team_entries(&self) -> Result<Vec<(String, String)>, String> {
        let names: Vec<String> = match &self.origin {
            Origin::Tree => {
                let Ok(folder) = std::fs::read_dir(self.project.root.join("gates")) else {
                    return Ok(Vec::new());
                };
                let files = folder.flatten().filter(|entry| entry.path().is_file());
                files
                    .filter_map(|entry| entry.file_name().into_string().ok())
                    .map(|name| format!("gates/{name}"))
                    .collect()
            }
            Origin::Commit(commit) => {
                let Some(git) = &self.project.git else { return Ok(Vec::new()) };
                let folder = self.project.in_repository("gates");
                let files = git.files_at(commit, &folder).map_err(|error| error.to_string())?;
                let own = files.iter().filter_map(|path| self.project.in_project(path)).map(str::to_owned);
                own.filter(|path| path.matches('/').count() == 1).collect()
            }
        };
        let mut entries = Vec::new();
        let mut names: Vec<String> =
            names.into_iter().filter(|name| name.ends_with(".yaml") || name.ends_with(".yml")).collect();
        names.sort();
        for name in names {
            if let Some(text) = self.text(&name)? {
                entries.push((name, text));
            }
        }
        Ok(entries)
    }

    fn local(&self, from_file: &str, path: &str) -> Result<Loaded, String> {
        let name = beside(from_file, path).ok_or("it is outside the repository")?;
        let text = self.text(&name)?.ok_or("there is no such file")?;
        Ok(Loaded { name, text })
    }
}

/// A path beside a file, without `.` and `..`; `None` where it leaves the project.
fn beside(from_file: &str, path: &str) -> Option<String> {
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
        match reference {
            Reference::Local { from_file, path } => self.local(from_file, path),
            Reference::Builtin { name } => {
                let adapted = |name: &str| {
                    dod_catalogue::builtin_workflow(name, "", true, &self.files, &|path| {
                        self.project.read(path)
                    })
                };
                let text = builtin(name).map(str::to_owned).or_else(|| adapted(name));
                let text = text.ok_or_else(|| format!("nothing built in is called `{name}`"))?;
                Ok(Loaded { name: format!("builtin/{name}"), text })
            }
            Reference::Git { url, rev, path } => self.of_repository(url, rev, path),
        }
    }
}

impl Texts<'_> {
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

fn git(folder: &Path, words: &[&str]) -> Option<Vec<u8>> {
    let output = std::process::Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(words)
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(std::process::Stdio::null())
        .output()
        .ok()?;
    output.status.success().then_some(output.stdout)
}

fn show(folder: &Path, rev: &str, path: &str) -> Option<Vec<u8>> {
    git(folder, &["cat-file", "blob", &format!("{rev}:{path}")])
}

fn fetch(folder: &PathBuf, url: &str, rev: &str) -> Result<(), String> {
    let failed = || format!("`git` could not fetch commit {rev} of {url}");
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("the cache cannot be written: {}", error.kind()))?;
    git(folder, &["init", "--quiet", "--bare"]).ok_or_else(failed)?;
    let whole = || git(folder, &["fetch", "--quiet", url, "+refs/*:refs/remotes/from/*"]);
    git(folder, &["fetch", "--quiet", "--depth=1", url, rev]).or_else(whole).map(drop).ok_or_else(failed)
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

/// The strict dialect of rhai, before anything runs.
pub(crate) struct Dialect;

impl Expressions for Dialect {
    fn check(&self, text: &str) -> Vec<Problem> {
        let names = dod_kernel::policy::FACT_ROOTS;
        let problems = dod_expression::check(text, names).err().unwrap_or_default();
        let one = |problem: dod_expression::Problem| {
            let dod_expression::Problem { line, column, message, hint } = problem;
            Problem { column, hint, line, message }
        };
        problems.into_iter().map(one).collect()
    }
}
