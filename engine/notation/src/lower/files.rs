//! Reading the files that files name: each once, however often it is named.

use std::rc::Rc;

use super::{FILES_MAX, Loaded, Lowering, Reference};
use crate::diagnose::{Diagnostic, Span, codes};
use crate::draft::{self, Draft, Word};
use crate::yaml;

/// One file, read.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Its name; see [`Loaded::name`].
    pub(super) name: String,
    /// What it says.
    pub(super) draft: Draft,
    /// Where it begins, for what is wrong with it as a whole.
    pub(super) span: Span,
}

impl Lowering<'_> {
    /// Reads a text as a workflow file. `None` where it is not even YAML.
    pub(super) fn add_file(&mut self, name: &str, text: &str) -> Option<Rc<Sheet>> {
        let file = self.sources.add(name, text);
        let before = self.problems.errors();
        let root = yaml::parse(&self.sources, file, &mut self.problems);
        let sheet = root.map(|root| {
            let draft = draft::read(&root, &mut self.problems);
            Rc::new(Sheet { name: name.to_owned(), draft, span: self.sources.span(file, 0..0) })
        });
        if let Some(sheet) = &sheet {
            self.program_fits(&sheet.draft);
        }
        // A file whose own shape is wrong is checked further all the same: its names may be wrong too.
        debug_assert!(sheet.is_some() || self.problems.errors() > before);
        self.sheets.insert(name.to_owned(), sheet.clone());
        sheet
    }

    /// The file behind a reference that stands at `at`, for steps that work in `folder`.
    pub(super) fn load(&mut self, reference: &Reference, folder: &str, at: Span) -> Option<Rc<Sheet>> {
        if self.sheets.len() >= FILES_MAX {
            let message = format!("more than {FILES_MAX} files belong to this workflow");
            self.problems.push(Diagnostic::error(codes::LIMIT, at, message));
            return None;
        }
        let Loaded { name, text } = match self.world.sources.load_for(reference, folder) {
            Ok(loaded) => loaded,
            Err(why) => {
                let message = format!("{} cannot be read: {why}", shown(reference));
                self.problems.push(Diagnostic::error(codes::NOT_LOADED, at, message));
                return None;
            }
        };
        match self.sheets.get(&name) {
            Some(known) => known.clone(),
            None => self.add_file(&name, &text),
        }
    }

    /// `dod: ">=0.1"` (Cargo's version requirements; pre-releases of the program count as the release).
    fn program_fits(&mut self, draft: &Draft) {
        let Some(wanted) = &draft.program else { return };
        let found = match semver::VersionReq::parse(wanted) {
            Ok(range) => {
                let mut program = self.world.program.clone();
                program.pre = semver::Prerelease::EMPTY;
                if range.matches(&program) {
                    return;
                }
                let message =
                    format!("the file was written for dod {}, and this is {}", &**wanted, self.world.program);
                Diagnostic::error(codes::PROGRAM_VERSION, wanted.span, message)
            }
            Err(why) => {
                let message = format!("`{}` is not a range of versions: {why}", &**wanted);
                Diagnostic::error(codes::PROGRAM_VERSION, wanted.span, message).hint("like `\">=0.1\"`")
            }
        };
        self.problems.push(found);
    }
}

/// `builtin/rust`, or a path relative to the file that names it.
pub(super) fn reference(from_file: &str, written: &Word) -> Reference {
    match written.strip_prefix("builtin/") {
        Some(name) => Reference::Builtin { name: name.to_owned() },
        None => Reference::Local { from_file: from_file.to_owned(), path: written.to_string() },
    }
}

fn shown(reference: &Reference) -> String {
    match reference {
        Reference::Builtin { name } => format!("the built-in workflow `{name}`"),
        Reference::Git { url, path, .. } => format!("`{path}` of {url}"),
        Reference::Local { path, .. } => format!("`{path}`"),
    }
}
