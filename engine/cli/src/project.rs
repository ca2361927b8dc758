//! Where the project is, what git says of it, which files it has.
//!
//! The root of a project is the folder of its `dod.yaml`, looked for upwards from where `dod` was started and
//! not beyond the git repository; without one it is the folder named with `-C`, else the root of the
//! repository, else the current folder.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use dod_host::git::{Git, Head};
use dod_host::workspace::Workspace;
use dod_host::world::{Ci, Machine};
use dod_kernel::id::Name;
use dod_kernel::value::Value;

use crate::blame::CommandError;
use crate::definitions;

/// The file that a project's workflow lies in.
pub(crate) const WORKFLOW_FILE: &str = "dod.yaml";
/// Files looked at when projects are detected.
const FILES_MAX: usize = 200_000;

/// A project on the disk.
pub(crate) struct Project {
    /// Its root, absolute.
    pub(crate) root: PathBuf,
    /// The repository it is in.
    pub(crate) git: Option<Git>,
    /// What is checked out.
    pub(crate) head: Head,
    /// The root relative to the repository's root: empty, or `examples/hello`.
    pub(crate) prefix: String,
    /// What the CI system says.
    pub(crate) ci: Option<Ci>,
    /// What the machine says.
    pub(crate) machine: Machine,
}

impl Project {
    /// The project of a folder, or of the current one.
    pub(crate) fn find(folder: Option<&Path>) -> Result<Self, CommandError> {
        let asked = folder.unwrap_or(Path::new("."));
        let start = asked
            .canonicalize()
            .map_err(|error| CommandError::usage(unreachable_folder(folder, error.kind())))?;
        if !start.is_dir() {
            return Err(CommandError::usage(format!("`{}` is not a folder", asked.display())));
        }
        let git = Git::discover(&start)?;
        let top = git.as_ref().and_then(|git| git.root().canonicalize().ok());
        let root = match workflow_above(&start, top.as_deref()) {
            Some(root) => root,
            None if folder.is_some() => start,
            None => top.clone().unwrap_or(start),
        };
        let prefix = top
            .as_deref()
            .and_then(|top| root.strip_prefix(top).ok())
            .map(|rest| rest.to_string_lossy().into_owned())
            .unwrap_or_default();
        let head = git.as_ref().map(Git::head).transpose()?.unwrap_or_default();
        let ci = Ci::recognize(&|name| std::env::var(name).ok());
        Ok(Self { root, git, head, prefix, ci, machine: Machine::look() })
    }

    /// The `.dod` folder, which is made if it is missing.
    pub(crate) fn workspace(&self) -> Result<Workspace, CommandError> {
        Ok(Workspace::create(&self.root)?)
    }

    /// The `.dod` folder, which must be there.
    pub(crate) fn existing_workspace(&self) -> Result<Workspace, CommandError> {
        Ok(Workspace::open(&self.root)?)
    }

    /// A path of the project as the repository knows it.
    pub(crate) fn in_repository(&self, path: &str) -> String {
        if self.prefix.is_empty() { path.to_owned() } else { format!("{}/{path}", self.prefix) }
    }

    /// A path of the repository as the project knows it; `None` outside of it.
    pub(crate) fn in_project<'p>(&self, path: &'p str) -> Option<&'p str> {
        if self.prefix.is_empty() {
            return Some(path);
        }
        path.strip_prefix(&self.prefix)?.strip_prefix('/')
    }

    /// Files of the project, relative to its root, ignored ones left out, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let walk = ignore::WalkBuilder::new(&self.root)
            .hidden(false)
            .require_git(false)
            .filter_entry(|entry| entry.file_name() != ".git" && entry.file_name() != ".dod")
            .build();
        let mut files: Vec<String> = walk
            .flatten()
            .filter(|entry| entry.file_type().is_some_and(|kind| !kind.is_dir()))
            .filter_map(|entry| {
                let path = entry.path().strip_prefix(&self.root).ok()?;
                path.to_str().map(str::to_owned)
            })
            .take(FILES_MAX)
            .collect();
        files.sort();
        files
    }

    /// The text of a file of the project.
    pub(crate) fn read(&self, path: &str) -> Option<String> {
        let bytes = definitions::bounded(&self.root.join(path)).ok()??;
        String::from_utf8(bytes).ok()
    }

    /// A path as it was typed, as the project knows it: relative to its root, without `.` and `..`.
    pub(crate) fn inside(&self, word: &str) -> Option<String> {
        let path = Path::new(word);
        let path = match path.is_absolute() {
            true => path.strip_prefix(&self.root).ok()?,
            false => path,
        };
        definitions::beside("", path.to_str()?).filter(|path| !path.is_empty())
    }

    /// Who is using `dod`, as a recognized CI, git or the system say: claimed, not proved.
    pub(crate) fn user(&self) -> Name {
        if let Some(actor) = self.ci.as_ref().and_then(|ci| ci.actor.as_deref()) {
            return actor.into();
        }
        let person = self.git.as_ref().and_then(Git::user);
        person.map_or_else(|| self.machine.user.as_str().into(), |person| person.name.as_str().into())
    }

    /// Facts for expressions: from git, then from a CI system that is recognized.
    pub(crate) fn facts(&self) -> BTreeMap<Name, Value> {
        let ci = self.ci.as_ref();
        let of = |pick: &dyn Fn(&Ci) -> Option<String>| ci.and_then(pick);
        let branch = self.head.branch.clone().or_else(|| of(&|ci| ci.branch.clone()));
        let tag = self.head.tags.first().cloned().or_else(|| of(&|ci| ci.tag.clone()));
        let texts = [
            ("arch", Some(self.machine.arch.to_owned())),
            ("branch", branch),
            ("commit", self.head.commit.clone().or_else(|| of(&|ci| ci.commit.clone()))),
            ("event", Some(of(&|ci| ci.event.clone()).unwrap_or_else(|| "local".to_owned()))),
            ("os", Some(self.machine.os.to_owned())),
            ("tag", tag),
        ];
        let mut facts: BTreeMap<Name, Value> = texts
            .into_iter()
            .filter_map(|(name, text)| Some((Name::from(name), Value::text(text?.as_str()))))
            .collect();
        facts.insert("ci".into(), Value::Bool(ci.is_some()));
        facts
    }
}

/// Why there is nothing to work in.
fn unreachable_folder(asked: Option<&Path>, kind: ErrorKind) -> String {
    match (asked, kind) {
        (None, ErrorKind::NotFound) => "the current folder is not there any more".to_owned(),
        (None, kind) => format!("the current folder cannot be used: {kind}"),
        (Some(folder), ErrorKind::NotFound) => format!("there is no folder `{}`", folder.display()),
        (Some(folder), kind) => format!("the folder `{}` cannot be used: {kind}", folder.display()),
    }
}

/// The nearest folder with a workflow, from `start` up to `top`.
fn workflow_above(start: &Path, top: Option<&Path>) -> Option<PathBuf> {
    for folder in start.ancestors() {
        if folder.join(WORKFLOW_FILE).is_file() {
            return Some(folder.to_owned());
        }
        if top.is_none() || top == Some(folder) {
            return None;
        }
    }
    None
}
