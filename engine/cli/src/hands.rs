//! What is handed to the host: report readers, the tree. Expressions are asked through `engines`.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::io::BufRead;

use dod_evidence::{Context, Format};
use dod_host::drive::{ReadReports, ReportAsked, Tree};
use dod_host::tree::{TreePath, TreeState, without_git};
use dod_kernel::evidence::Evidence;
use dod_kernel::id::{Digest, Name};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::project::Project;

/// Undeclared changes that are named.
const CHANGED_MAX: usize = 100;
/// Bytes of a report that its format is recognized by.
const HEAD_BYTES: usize = 64 << 10;

/// The report readers, and the files of the project that reports may name.
pub(crate) struct Reports<'p> {
    project: &'p Project,
    /// Listed when the first report with coverage is read.
    files: OnceCell<Vec<String>>,
}

impl<'p> Reports<'p> {
    /// Reports about this project.
    pub(crate) fn of(project: &'p Project) -> Self {
        Self { project, files: OnceCell::new() }
    }
}

impl ReadReports for Reports<'_> {
    fn read(&self, asked: &ReportAsked<'_>, report: &mut dyn BufRead) -> Result<(Evidence, Name), String> {
        let mut head = Vec::new();
        let format = match asked.format {
            Some(name) => name.parse::<Format>().map_err(|_| format!("no format is called `{name}`"))?,
            None => {
                let mut start = std::io::Read::take(&mut *report, HEAD_BYTES as u64);
                std::io::Read::read_to_end(&mut start, &mut head)
                    .map_err(|_| "it cannot be read".to_owned())?;
                dod_evidence::detect(&head).ok_or("its format is not recognized; name it with `format:`")?
            }
        };
        let mut whole = std::io::Read::chain(head.as_slice(), report);
        let context = Context { root: asked.root, base: asked.cwd, rule: asked.rule, report: asked.path };
        let evidence = dod_evidence::read(format, &mut whole, &context).map_err(|error| error.to_string())?;
        Ok((evidence, format.name().into()))
    }

    fn place(&self, evidence: &mut Evidence, mut touched: &mut dyn Iterator<Item = &Name>) {
        if evidence.coverage.is_none() {
            return;
        }
        let files = self.files.get_or_init(|| self.project.files());
        if dod_evidence::locate(evidence, files.iter().map(String::as_str)) == 0 {
            return;
        }
        // What is generated is covered as well and is no file of the tree. Only a touched file that the report may name
        // otherwise makes the changed lines unknown.
        let covered = evidence.coverage.as_deref().unwrap_or_default();
        let known: BTreeSet<&str> = covered.iter().map(|file| &*file.path).collect();
        let tree: BTreeSet<&str> = files.iter().map(String::as_str).collect();
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let strangers: BTreeSet<String> =
            known.iter().filter(|path| !tree.contains(**path)).map(|path| last(path)).collect();
        let unknown = |path: &Name| !known.contains(&**path) && strangers.contains(&last(path));
        let unknown = Iterator::any(&mut touched, unknown);
        evidence.changed_unknown = unknown;
    }

    fn merge(&self, all: Vec<Evidence>) -> Evidence {
        dod_evidence::merge(all)
    }
}

/// The tree of a project, as it was when the run began.
pub(crate) struct ProjectTree<'p> {
    project: &'p Project,
    began: TreeState,
    /// What steps say they write: no change of the tree.
    declared: GlobSet,
}

impl<'p> ProjectTree<'p> {
    /// Looks at the tree.
    pub(crate) fn look(project: &'p Project, declared: &[Name]) -> Result<Self, String> {
        let mut globs = GlobSetBuilder::new();
        for glob in declared {
            let in_repository = project.in_repository(glob);
            let glob = GlobBuilder::new(&in_repository).literal_separator(true).build();
            globs.add(glob.map_err(|error| format!("an output is not a glob: {}", error.kind()))?);
        }
        let declared = globs.build().map_err(|error| format!("outputs are no globs: {}", error.kind()))?;
        Ok(Self { began: state(project, &declared)?, declared, project })
    }

    /// The digest it began with.
    pub(crate) fn began(&self) -> Digest {
        self.began.digest()
    }
}

fn state(project: &Project, declared: &GlobSet) -> Result<TreeState, String> {
    match &project.git {
        Some(git) => git.tree_state(declared).map_err(|error| error.to_string()),
        None => without_git(&project.root, declared).map_err(|error| error.to_string()),
    }
}

impl Tree for ProjectTree<'_> {
    fn digest(&self) -> Result<Digest, String> {
        Ok(self.began.digest())
    }

    fn digest_at_end(&self) -> Result<(Digest, Vec<Name>), String> {
        let now = state(self.project, &self.declared)?;
        let changed = self.began.changed_until(&now);
        let name = |path: &TreePath| String::from_utf8_lossy(path.as_bytes()).as_ref().into();
        Ok((now.digest(), changed.iter().take(CHANGED_MAX).map(name).collect()))
    }
}
