//! The built-in entries, as text by name.
//!
//! A name is looked up without reading any entry: a program that only says its version parses no YAML.
//!
//! **Absent on purpose:** meaning. One line per file of `entries/`; a test holds the two together.

macro_rules! entries {
    ($($name:literal,)*) => {
        /// Name and text of every built-in entry, sorted by name.
        pub(crate) const ENTRIES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../entries/", $name, ".yaml"))),)*];
    };
}

entries! {
    "cargo/audit",
    "cargo/build",
    "cargo/check",
    "cargo/clippy",
    "cargo/deny",
    "cargo/deny-licenses",
    "cargo/doc",
    "cargo/fmt",
    "cargo/llvm-cov",
    "cargo/nextest",
    "cargo/test",
    "go/build",
    "go/coverage",
    "go/fmt",
    "go/golangci-lint",
    "go/mod-download",
    "go/staticcheck",
    "go/test",
    "go/vet",
    "node/build",
    "node/check",
    "node/eslint",
    "node/jest",
    "node/mocha",
    "node/npm-ci",
    "node/npm-test",
    "node/pnpm-install",
    "node/prettier",
    "node/test",
    "node/test-coverage",
    "node/tsc",
    "node/vitest",
    "node/vitest-coverage",
    "node/yarn-install",
    "python/build",
    "python/compile",
    "python/coverage",
    "python/flake8",
    "python/mypy",
    "python/pip-install",
    "python/pytest",
    "python/ruff",
    "python/ruff-format",
    "python/unittest",
    "python/uv-sync",
    "scan/secrets",
    "scan/vulnerabilities",
    "shell/shellcheck",
}

/// The text of a built-in entry.
pub(crate) fn text(name: &str) -> Option<&'static str> {
    let at = ENTRIES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    Some(ENTRIES[at].1)
}
