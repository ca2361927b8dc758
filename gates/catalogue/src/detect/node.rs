//! Node.js: what package.json says.
//!
//! **Absent on purpose:** guessing what a script prints. A script without a known report is a step that
//! counts its exit code.

use serde_json::Value as Json;

use super::folder::Folder;
use super::{Plan, Value, texts};

/// What `npm init` writes where there is no test.
const NO_TEST: &str = "no test specified";

/// Whether there is anything to run. Many folders carry a package.json that only says `"type": "module"`.
pub(super) fn is_project(folder: &Folder<'_>) -> bool {
    let package = package(folder);
    ["scripts", "dependencies", "devDependencies", "workspaces"].iter().any(|key| package.get(key).is_some())
}

/// Whether a folder belongs to the workspace of a project above it: installed and scripted from there.
pub(super) fn is_member(root: &Folder<'_>, folder: &Folder<'_>) -> bool {
    let locked = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock"].iter().any(|lock| folder.has(lock));
    !locked && (root.has("pnpm-workspace.yaml") || package(root).get("workspaces").is_some())
}

fn package(folder: &Folder<'_>) -> Json {
    serde_json::from_str(folder.text("package.json").trim_start_matches('\u{feff}')).unwrap_or(Json::Null)
}

struct Package {
    json: Json,
    manager: &'static str,
}

impl Package {
    fn script(&self, name: &str) -> Option<&str> {
        self.json.get("scripts")?.get(name)?.as_str()
    }

    fn depends(&self, name: &str) -> bool {
        ["dependencies", "devDependencies"]
            .iter()
            .any(|key| self.json.get(key).is_some_and(|all| all.get(name).is_some()))
    }

    fn with_manager(&self) -> Vec<(&'static str, Value)> {
        if self.manager == "npm" { Vec::new() } else { vec![("manager", Value::text(self.manager))] }
    }
}

pub(super) fn plan(folder: &Folder<'_>, plan: &mut Plan) {
    let package = Package { json: package(folder), manager: manager(folder) };
    install(folder, &package, plan);
    build(folder, &package, plan);
    lint(folder, &package, plan);
    if folder.wants("node/prettier") {
        plan.uses("format", "node/prettier", &[]);
    } else if folder.wants("node/biome") && !folder.wants("node/eslint") {
        plan.leave_out("format", "Biome checks it together with the rules");
    } else {
        plan.leave_out("format", "no prettier configuration; `{ uses: node/prettier }`");
    }
    if folder.wants("node/tsc") {
        plan.uses("types", "node/tsc", &[]);
    } else {
        plan.leave_out("types", "no tsconfig.json");
    }
    test(folder, &package, plan);
    plan.leave_out("dependencies", "`{ uses: scan/vulnerabilities }` needs a database on this machine");
    plan.order();
}

fn manager(folder: &Folder<'_>) -> &'static str {
    if folder.has("pnpm-lock.yaml") {
        "pnpm"
    } else if folder.has("yarn.lock") {
        "yarn"
    } else {
        "npm"
    }
}

fn install(folder: &Folder<'_>, package: &Package, plan: &mut Plan) {
    let step = match package.manager {
        "pnpm" => plan.uses("install", "node/pnpm-install", &[]),
        "yarn" if folder.has(".yarnrc.yml") => {
            plan.uses("install", "node/yarn-install", &[("frozen", Value::text("--immutable"))])
        }
        "yarn" => plan.uses("install", "node/yarn-install", &[]),
        _ if folder.has("package-lock.json") || folder.has("npm-shrinkwrap.json") => {
            plan.uses("install", "node/npm-ci", &[])
        }
        _ => {
            if ["dependencies", "devDependencies"].iter().any(|key| package.json.get(key).is_some()) {
                plan.leave_out(
                    "install",
                    "no lock file is tracked; run `npm install` and commit package-lock.json",
                );
            }
            return;
        }
    };
    step.comment("looks only, unless in CI or with --install");
}

fn build(folder: &Folder<'_>, package: &Package, plan: &mut Plan) {
    if package.script("build").is_some() {
        plan.uses("build", "node/build", &package.with_manager());
    } else if folder.has_suffix(&[".js", ".cjs", ".mjs"]) {
        plan.uses("build", "node/check", &[]).comment("no build script: every file is parsed");
    } else {
        plan.leave_out("build", "package.json has no build script");
    }
}

fn lint(folder: &Folder<'_>, package: &Package, plan: &mut Plan) {
    if folder.wants("node/eslint") {
        plan.uses("lint", "node/eslint", &[]);
    } else if folder.wants("node/biome") {
        plan.uses("lint", "node/biome", &[]);
    } else if folder.wants("node/oxlint") {
        plan.uses("lint", "node/oxlint", &[]);
    } else if package.script("lint").is_some() {
        let step = plan.run("lint", format!("{} run lint", package.manager));
        step.comment("no eslint configuration: the lint script, by its exit code");
    } else {
        plan.leave_out("lint", "no eslint configuration and no lint script");
    }
}

fn test(folder: &Folder<'_>, package: &Package, plan: &mut Plan) {
    let script = package.script("test").unwrap_or_default();
    if package.depends("vitest") || folder.wants("node/vitest") {
        plan.uses("test", "node/vitest", &[]);
    } else if let Some(runner) = runner_at_the_end(script) {
        let mut with = package.with_manager();
        if package.manager != "npm" {
            with.push(("dashes", texts(&[])));
        }
        plan.uses("test", runner, &with);
    } else if let Some(args) = node_test(script) {
        let with: &[_] = &[("args", texts(&args))];
        plan.uses("test", "node/test", if args.is_empty() { &[] } else { with });
    } else if !script.is_empty() && !script.contains(NO_TEST) {
        let step = plan.uses("test", "node/npm-test", &package.with_manager());
        step.comment("the test script, by its exit code; mocha, jest, vitest and `node --test` at its end leave results");
    } else {
        plan.leave_out("test", "package.json has no test script");
    }
    if folder.wants("node/vitest-coverage") {
        plan.uses("coverage", "node/vitest-coverage", &[]);
    } else {
        plan.leave_out("coverage", "no coverage tool with a known report is among the dependencies");
    }
}

/// The gate for the runner that a script calls last: arguments behind the script reach it.
fn runner_at_the_end(script: &str) -> Option<&'static str> {
    let last = script.rsplit(['&', ';', '|']).next()?;
    let mut words = last.split_whitespace().skip_while(|word| {
        // What runs another program: a variable, or a tool that measures.
        word.contains('=') || ["c8", "cross-env", "npx", "nyc"].contains(word)
    });
    let ends_well = !script.contains(['#', '(', '`', '>']);
    match words.next() {
        Some("mocha") if ends_well && !last.contains("--reporter") => Some("node/mocha"),
        Some("jest") if ends_well && !last.contains("--outputFile") => Some("node/jest"),
        _ => None,
    }
}

/// The arguments of a script that is `node --test` and nothing else.
fn node_test(script: &str) -> Option<Vec<&str>> {
    let rest = script.strip_prefix("node --test")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_./=".contains(c);
    (rest.is_empty() || rest.starts_with(' ') && rest.chars().all(plain) && !rest.contains("--test-reporter"))
        .then(|| rest.split_whitespace().collect())
}
