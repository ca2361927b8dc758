//! The formats by name.
//!
//! **Absent on purpose:** which of them a report looks like; see `detect`.

use std::fmt;
use std::str::FromStr;

use dod_kernel::evidence::Evidence;

use crate::context::Context;
use crate::error::Result;
use crate::formats;
use crate::input::Input;

macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident = $module:ident,)*) => {
        /// A format that reports are read from.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Format { $($(#[$doc])* $variant,)* }

        impl Format {
            /// Every format, by name.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in catalogue entries and workflows.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($module),)* }
            }

            pub(crate) fn read(self, input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
                match self { $(Self::$variant => formats::$module::read(input, context),)* }
            }
        }
    };
}

formats! {
    /// JSON of Bandit.
    Bandit = bandit,
    /// JSON lines of `cargo … --message-format=json`.
    Cargo = cargo,
    /// JSON of cargo-audit.
    CargoAudit = cargo_audit,
    /// JSON lines of cargo-deny.
    CargoDeny = cargo_deny,
    /// Checkstyle XML, which many linters write.
    Checkstyle = checkstyle,
    /// Cobertura XML.
    Cobertura = cobertura,
    /// JSON of coverage.py.
    CoveragePy = coverage_py,
    /// JSON of Criterion: `estimates.json` and cargo-criterion lines.
    Criterion = criterion,
    /// CycloneDX 1.4 to 1.7, JSON and XML.
    Cyclonedx = cyclonedx,
    /// JSON of ESLint.
    Eslint = eslint,
    /// Each file that is named is a finding: `gofmt -l`, `ruff format --check`, `rustfmt --check`, prettier.
    FileList = file_list,
    /// Lines like `path:line:col: level: text [rule]`.
    GccLines = gcc_lines,
    /// GitLab code quality JSON.
    GitlabQuality = gitlab_quality,
    /// GitLab security report JSON: SAST, container, dependency and secret scanning.
    GitlabSecurity = gitlab_security,
    /// A profile of `go test -coverprofile`.
    GoCover = go_cover,
    /// JSON lines of `go test -json`.
    GoTest = go_test,
    /// JSON of golangci-lint.
    GolangciLint = golangci_lint,
    /// JSON of gosec.
    Gosec = gosec,
    /// JSON of Grype.
    Grype = grype,
    /// JSON of hyperfine.
    Hyperfine = hyperfine,
    /// JSON of Istanbul and nyc: `coverage-final.json` and `coverage-summary.json`.
    Istanbul = istanbul,
    /// JaCoCo XML.
    Jacoco = jacoco,
    /// JUnit XML.
    Junit = junit,
    /// Summary JSON of k6.
    K6 = k6,
    /// LCOV tracefiles.
    Lcov = lcov,
    /// What `cargo test` prints.
    Libtest = libtest,
    /// JSON lines of libtest and of nextest.
    LibtestJson = libtest_json,
    /// JSON of `llvm-cov export`.
    LlvmCov = llvm_cov,
    /// Our own file of numbers.
    Measures = measures,
    /// Lines of mypy, with its closing line.
    Mypy = mypy,
    /// JSON of `npm audit`.
    NpmAudit = npm_audit,
    /// OSV records.
    Osv = osv,
    /// JSON of osv-scanner.
    OsvScanner = osv_scanner,
    /// JSON of pip-audit.
    PipAudit = pip_audit,
    /// JSON of `pnpm audit`.
    PnpmAudit = pnpm_audit,
    /// JSON of ruff.
    Ruff = ruff,
    /// JSON lines of `rustc --error-format=json`.
    Rustc = rustc,
    /// SARIF 2.1.0.
    Sarif = sarif,
    /// JSON of Semgrep.
    Semgrep = semgrep,
    /// SPDX 2.3, JSON and tag-value.
    Spdx = spdx,
    /// TAP 12 to 14.
    Tap = tap,
    /// JSON of Trivy.
    Trivy = trivy,
    /// Lines of the TypeScript compiler.
    Tsc = tsc,
    /// JSON lines of `yarn audit` and `yarn npm audit`.
    YarnAudit = yarn_audit,
}

impl Format {
    /// Whether the tools of this format print nothing at all when they have nothing to say.
    pub(crate) fn empty_is_clean(self) -> bool {
        matches!(self, Self::FileList | Self::GccLines | Self::Rustc | Self::Tsc)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No format has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not the name of an evidence format")]
pub struct NotAFormat {
    /// The name.
    pub name: String,
}

impl FromStr for Format {
    type Err = NotAFormat;

    fn from_str(name: &str) -> Result<Self, NotAFormat> {
        let found = Self::ALL.iter().find(|format| format.name() == name);
        found.copied().ok_or_else(|| NotAFormat { name: name.to_owned() })
    }
}
