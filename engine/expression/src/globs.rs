//! The patterns of `changed("src/**")`, compiled when the expression is checked.
//!
//! **Absent on purpose:** the file system. Patterns meet the list of changed paths only.

use dod_kernel::id::Name;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Patterns of one `changed(…)`. A `*` does not cross a `/`; `**` does.
#[derive(Debug)]
pub(crate) struct Globs(GlobSet);

/// One pattern, refused if it could never match a repository-relative path: it would quietly answer false.
pub(crate) fn check(pattern: &str) -> Result<(), (String, Option<String>)> {
    let refuse = |message: &str, hint: &str| Err((format!("`{pattern}` {message}"), Some(hint.to_owned())));
    if pattern.is_empty() {
        return Err(("the pattern is empty".into(), None));
    }
    if pattern.starts_with('!') {
        return refuse("negates inside the pattern", "write `!changed(…)`");
    }
    if pattern.starts_with('/') || pattern.starts_with("./") {
        return refuse("matches nothing", "paths begin at the root of the repository, without `/` or `./`");
    }
    if pattern.split('/').any(|part| part == "..") {
        return refuse("leaves the repository", "paths begin at the root of the repository");
    }
    if pattern.ends_with('/') {
        return Err((
            format!("`{pattern}` matches no file"),
            Some(format!("write `{pattern}**` for all files below")),
        ));
    }
    match GlobBuilder::new(pattern).literal_separator(true).build() {
        Ok(_) => Ok(()),
        Err(error) => Err((format!("`{pattern}` is not a pattern: {}", error.kind()), None)),
    }
}

impl Globs {
    /// Compiles patterns that passed [`check`].
    pub(crate) fn new(patterns: &[Name]) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let glob = GlobBuilder::new(pattern)
                .literal_separator(true)
                .build()
                .map_err(|error| error.kind().to_string())?;
            set.add(glob);
        }
        set.build().map(Self).map_err(|error| error.kind().to_string())
    }

    pub(crate) fn is_match(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}
