//! Python: whatever names its tools.
//!
//! A tool that the project names runs where the project's tools live (`uv run`, `poetry run`); one that it
//! does not name runs from `PATH`.
//!
//! **Absent on purpose:** a TOML parser; words in manifests are enough to know which tools are meant.

use super::folder::{Folder, names};
use super::{Plan, Value, texts};

const MANIFESTS: &[&str] = &[
    "Pipfile",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements-test.txt",
    "requirements.txt",
    "requirements_dev.txt",
    "setup.cfg",
    "setup.py",
    "tox.ini",
    ".pre-commit-config.yaml",
];

/// What a project is known by that has no manifest: scripts alone make one where there is nothing else.
pub(super) const SCRIPTS: &str = "*.py";
/// At most this many test files are looked into for the module they import.
const TESTS_READ_MAX: usize = 20;

/// Whether there is anything to run: a manifest, and Python beside or below it.
pub(super) fn is_project(folder: &Folder<'_>) -> bool {
    folder.has_suffix(&[".py"])
}

/// Whether a folder below a project is part of it: a member of its uv workspace, or not a package.
pub(super) fn is_part(root: &Folder<'_>, folder: &Folder<'_>) -> bool {
    let manifest = folder.text("pyproject.toml");
    let is_package =
        folder.has("setup.py") || ["[project]", "[tool.poetry]"].iter().any(|one| manifest.contains(one));
    !is_package || root.text("pyproject.toml").contains("[tool.uv.workspace]")
}

pub(super) fn plan(folder: &Folder<'_>, plan: &mut Plan) {
    let manifests: String = MANIFESTS.iter().map(|file| folder.text(file) + "\n").collect();
    let tools = Tools { named: &manifests, runner: runner(folder) };
    install(folder, plan);
    plan.uses("build", "python/compile", &[]);
    lint(folder, &tools, plan);
    if tools.names("ruff") && names(&manifests, "ruff-format") || manifests.contains("[tool.ruff.format]") {
        plan.uses("format", "python/ruff-format", &tools.with("ruff"));
    } else if manifests.contains("[tool.black]") || tools.names("black") {
        plan.uses("format", "python/black", &tools.with("black"));
    } else {
        plan.leave_out("format", "no formatter is configured; `{ uses: python/ruff-format }`");
    }
    types(folder, &tools, plan);
    test(folder, &tools, plan);
    plan.leave_out("dependencies", "`{ uses: scan/vulnerabilities }` needs a database on this machine");
    plan.order();
}

struct Tools<'a> {
    named: &'a str,
    runner: &'static [&'static str],
}

impl Tools<'_> {
    fn names(&self, tool: &str) -> bool {
        names(self.named, tool)
    }

    fn with(&self, tool: &str) -> Vec<(&'static str, Value)> {
        if self.runner.is_empty() || !self.names(tool) {
            return Vec::new();
        }
        vec![("runner", texts(self.runner))]
    }
}

fn runner(folder: &Folder<'_>) -> &'static [&'static str] {
    if folder.has("uv.lock") {
        &["uv", "run", "--no-sync"]
    } else if folder.has("poetry.lock") {
        &["poetry", "run"]
    } else if folder.has("pdm.lock") {
        &["pdm", "run"]
    } else if folder.has("Pipfile.lock") {
        &["pipenv", "run"]
    } else {
        &[]
    }
}

fn install(folder: &Folder<'_>, plan: &mut Plan) {
    if folder.has("uv.lock") {
        plan.uses("install", "python/uv-sync", &[]);
        return;
    }
    for (lock, command) in
        [("poetry.lock", "poetry install"), ("pdm.lock", "pdm install"), ("Pipfile.lock", "pipenv sync")]
    {
        if folder.has(lock) {
            plan.leave_out("install", format!("no gate reads {lock}; run `{command}` before `dod`"));
            return;
        }
    }
    let requirements: Vec<&str> =
        ["requirements.txt", "requirements-dev.txt"].into_iter().filter(|file| folder.has(file)).collect();
    if requirements.is_empty() {
        return;
    }
    let args: Vec<&str> = requirements.iter().flat_map(|file| ["-r", *file]).collect();
    let step = plan.uses("install", "python/pip-install", &[("args", texts(&args))]);
    step.comment("looks only, unless in CI or with --install");
}

fn lint(folder: &Folder<'_>, tools: &Tools<'_>, plan: &mut Plan) {
    if folder.wants("python/ruff") || tools.names("ruff") {
        plan.uses("lint", "python/ruff", &tools.with("ruff"));
    } else if folder.wants("python/flake8") || tools.names("flake8") {
        plan.uses("lint", "python/flake8", &tools.with("flake8"));
    } else if folder.wants("python/pylint") || tools.names("pylint") {
        plan.uses("lint", "python/pylint", &tools.with("pylint"));
    } else {
        plan.uses("lint", "python/ruff", &[]).comment("no linter is configured: ruff and its own defaults");
    }
}

fn types(folder: &Folder<'_>, tools: &Tools<'_>, plan: &mut Plan) {
    if folder.wants("python/mypy") || tools.names("mypy") {
        let mut with = tools.with("mypy");
        let configured = mypy_configuration(folder);
        if ["files", "packages", "modules"].iter().any(|key| sets(&configured, key)) {
            with.push(("paths", texts(&[])));
        }
        plan.uses("types", "python/mypy", &with);
    } else if tools.names("basedpyright") {
        plan.uses("types", "python/basedpyright", &tools.with("basedpyright"));
    } else if folder.wants("python/pyright") || tools.names("pyright") {
        plan.uses("types", "python/pyright", &tools.with("pyright"));
    } else if folder.wants("python/ty") {
        plan.uses("types", "python/ty", &tools.with("ty"));
    } else {
        plan.leave_out("types", "no type checker is configured; `{ uses: python/mypy }`");
    }
}

fn mypy_configuration(folder: &Folder<'_>) -> String {
    let section = |text: &str, head: &str| {
        text.split_once(head).map(|(_, rest)| rest.split("\n[").next().unwrap_or_default().to_owned())
    };
    section(&folder.text("pyproject.toml"), "[tool.mypy]")
        .or_else(|| section(&folder.text("mypy.ini"), "[mypy]"))
        .or_else(|| section(&folder.text(".mypy.ini"), "[mypy]"))
        .or_else(|| section(&folder.text("setup.cfg"), "[mypy]"))
        .unwrap_or_default()
}

fn sets(section: &str, key: &str) -> bool {
    section.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')))
}

fn test(folder: &Folder<'_>, tools: &Tools<'_>, plan: &mut Plan) {
    let is_test = |file: &&str| {
        let name = file.rsplit('/').next().unwrap_or(file);
        name.ends_with(".py") && (name.starts_with("test") || name.ends_with("_test.py"))
    };
    let tests: Vec<&str> = folder.files().filter(is_test).take(TESTS_READ_MAX).collect();
    let imports = |module: &str| tests.iter().any(|file| names(&folder.text(file), module));
    if folder.wants("python/pytest") || tools.names("pytest") || imports("pytest") {
        plan.uses("test", "python/pytest", &tools.with("pytest"));
        if tools.names("pytest-cov") {
            plan.uses("coverage", "python/coverage", &tools.with("pytest-cov"));
        } else {
            plan.leave_out(
                "coverage",
                "pytest-cov is not among the dependencies; `{ uses: python/coverage }`",
            );
        }
    } else if imports("unittest") {
        // `unittest` looks only into folders that are packages, so one that is none is where it must start.
        let folder_of = |file: &str| file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let first = tests.first().map(|file| folder_of(file)).unwrap_or_default();
        let is_apart = !first.is_empty()
            && !folder.has(&format!("{first}/__init__.py"))
            && tests.iter().all(|file| folder_of(file) == first);
        let start = [("folder", Value::text(first.as_str()))];
        plan.uses("test", "python/unittest", if is_apart { &start } else { &[] });
        plan.leave_out("coverage", "it needs pytest and pytest-cov");
    } else if tests.is_empty() {
        plan.leave_out("test", "no file looks like a test");
    } else {
        plan.uses("test", "python/pytest", &[])
            .comment("no runner is configured, and the tests look like pytest's");
        plan.leave_out("coverage", "pytest-cov is not among the dependencies; `{ uses: python/coverage }`");
    }
}
