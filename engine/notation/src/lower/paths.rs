//! Paths and globs stay inside the repository. They are text: nothing is looked up on a disk.

use dod_kernel::id::Name;

use super::{Lowering, text};
use crate::diagnose::{Diagnostic, codes};
use crate::draft::Word;

/// A path that would leave the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outside;

/// `base/path` without `.` and `..`, relative to the repository root; empty for the root itself.
pub(super) fn join(base: &str, path: &str) -> Result<String, Outside> {
    if path.starts_with('/') || path.contains('\0') || path.starts_with('~') {
        return Err(Outside);
    }
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(Outside)?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

impl Lowering<'_> {
    /// The working directory of a step.
    pub(super) fn cwd(&mut self, context: &text::Context<'_>, written: Option<&Word>) -> String {
        let base = &context.unit.base;
        let Some(word) = written else { return base.clone() };
        let Some(path) = self.substitute(context, word, text::Place::Argument) else { return base.clone() };
        join(base, &path).unwrap_or_else(|Outside| {
            let message = format!("the working directory `{path}` leaves the repository");
            let found = Diagnostic::error(codes::OUTSIDE, word.span, message);
            self.problems.push(found.hint("a path is relative to the repository's root"));
            base.clone()
        })
    }

    /// Globs relative to the unit's folder → globs relative to the repository.
    pub(super) fn globs(&mut self, context: &text::Context<'_>, written: &[Word]) -> Vec<Name> {
        let mut found = Vec::with_capacity(written.len());
        for word in written {
            let Some(glob) = self.substitute(context, word, text::Place::Argument) else { continue };
            found.extend(self.glob(&context.unit.base, &glob, word));
        }
        found
    }

    fn glob(&mut self, base: &str, glob: &str, word: &Word) -> Option<Name> {
        let bare = glob.strip_prefix('!').unwrap_or(glob);
        if let Err(why) = globset::Glob::new(bare) {
            let message = format!("`{glob}` is not a glob: {}", why.kind());
            self.problems.push(Diagnostic::error(codes::BAD_GLOB, word.span, message));
            return None;
        }
        if bare.is_empty() || bare.starts_with('/') || bare.split('/').any(|part| part == "..") {
            let message = format!("the glob `{glob}` is not inside the repository");
            let found = Diagnostic::error(codes::BAD_GLOB, word.span, message);
            self.problems.push(found.hint("a glob is relative and has no `..`, like `src/**`"));
            return None;
        }
        let bare = bare.strip_prefix("./").unwrap_or(bare);
        let sign = if glob.starts_with('!') { "!" } else { "" };
        Some(match base {
            "" => format!("{sign}{bare}").into(),
            base => format!("{sign}{}/{bare}", globset::escape(base)).into(),
        })
    }
}
