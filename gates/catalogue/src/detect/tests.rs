//! A tree in, the text of a dod.yaml out.

use expect_test::{Expect, expect};

use super::*;
use crate::{Catalogue, Site, write_workflow, write_workflow_for};

/// A tree: `path` alone, or `path: text` with `;` for a line break.
fn tree(files: &[&str]) -> BTreeMap<String, String> {
    files
        .iter()
        .map(|file| {
            let (path, text) = file.split_once(": ").unwrap_or((file, ""));
            (path.to_owned(), text.replace(';', "\n"))
        })
        .collect()
}

fn found(files: &[&str]) -> Vec<Project> {
    let tree = tree(files);
    let names: Vec<String> = tree.keys().cloned().collect();
    detect(&names, &|file| tree.get(file).cloned())
}

/// Checks the text, and that every step of it is one that the catalogue can expand.
fn check(files: &[&str], expected: &Expect) {
    let projects = found(files);
    let names: Vec<String> = tree(files).into_keys().collect();
    for project in &projects {
        for step in &project.steps {
            let StepAction::Uses(gate, with) = &step.action else { continue };
            let site = Site { cwd: &project.path, files: &names, ..Site::ROOT };
            let task = Catalogue::builtin().expand(gate, with, &site).unwrap();
            assert_eq!(task.gate.unwrap().kind.as_str(), step.name, "a step is called after its kind");
        }
    }
    let text = write_workflow(&projects);
    if let Err(error) = crate::node::parse(&text) {
        panic!("{:?}\n{text}", error.into_error("dod.yaml"));
    }
    expected.assert_eq(&text);
}

/// Only where projects are.
fn check_places(files: &[&str], expected: &str) {
    let places: Vec<String> =
        found(files).iter().map(|one| format!("{}={}@{}", one.name, one.language.word(), one.path)).collect();
    assert_eq!(places.join(" "), expected);
}

const CARGO: &str = "Cargo.toml: [package]";

#[test]
fn a_cargo_package_is_built_linted_formatted_and_tested() {
    check(
        &[CARGO, "src/lib.rs"],
        &expect![[r#"
        # The gates of this repository. Found Rust (Cargo.toml).
        # `dod plan` says what would run and why, `dod check` proofreads this file.
        version: 1
        policy: standard

        steps:
          build:   { uses: cargo/build }
          lint:    { uses: cargo/clippy }
          format:  { uses: cargo/fmt }
          test:    { uses: cargo/test, needs: [build] }
          secrets: { uses: scan/secrets }
          # Left out:
          # dependencies: no deny.toml; `{ uses: cargo/audit }` asks RustSec over the network
          # types:        the build checks them; `{ uses: cargo/check }` for a policy that asks for the kind
          # coverage:     it runs every test again: `{ uses: cargo/llvm-cov, needs: [build] }`
    "#]],
    );
}

#[test]
fn nextest_and_deny_are_used_where_they_are_configured() {
    check(
        &[CARGO, ".config/nextest.toml", "deny.toml"],
        &expect![[r#"
        # The gates of this repository. Found Rust (Cargo.toml).
        # `dod plan` says what would run and why, `dod check` proofreads this file.
        version: 1
        policy: standard

        steps:
          build:        { uses: cargo/build }
          lint:         { uses: cargo/clippy }
          format:       { uses: cargo/fmt }
          test:         { uses: cargo/nextest, needs: [build] }
          dependencies: { uses: cargo/deny, with: { checks: [advisories, bans, sources] } }
          licenses:     { uses: cargo/deny-licenses }
          secrets:      { uses: scan/secrets }
          # Left out:
          # types:    the build checks them; `{ uses: cargo/check }` for a policy that asks for the kind
          # coverage: it runs every test again: `{ uses: cargo/llvm-cov, needs: [build] }`
    "#]],
    );
}

#[test]
fn python_with_uv_runs_the_tools_that_its_project_names() {
    let manifest = "pyproject.toml: [project];name = \"x\";dependencies = [];[dependency-groups];dev = [\"ruff\", \
                    \"mypy\", \"pytest>=8\", \"pytest-cov\"];[tool.mypy];files = [\"src\"];[tool.ruff.format]";
    check(
        &[manifest, "uv.lock", "src/x/__init__.py", "tests/test_x.py"],
        &expect![[r#"
        # The gates of this repository. Found Python (pyproject.toml).
        # `dod plan` says what would run and why, `dod check` proofreads this file.
        version: 1
        policy: standard

        steps:
          install:  { uses: python/uv-sync }
          build:    { uses: python/compile, needs: [install] }
          lint:     { uses: python/ruff, with: { runner: [uv, run, --no-sync] }, needs: [install] }
          format:   { uses: python/ruff-format, with: { runner: [uv, run, --no-sync] }, needs: [install] }
          types:    { uses: python/mypy, with: { paths: [], runner: [uv, run, --no-sync] }, needs: [install] }
          test:     { uses: python/pytest, with: { runner: [uv, run, --no-sync] }, needs: [build] }
          coverage: { uses: python/coverage, with: { runner: [uv, run, --no-sync] }, needs: [build] }
          secrets:  { uses: scan/secrets }
          # Left out:
          # dependencies: `{ uses: scan/vulnerabilities }` needs a database on this machine
    "#]],
    );
}

#[test]
fn python_without_any_tool_gets_the_standard_librarys() {
    check(
        &["setup.py", "x.py", "test_x.py: import unittest"],
        &expect![[r#"
            # The gates of this repository. Found Python (setup.py).
            # `dod plan` says what would run and why, `dod check` proofreads this file.
            version: 1
            policy: standard

            steps:
              build:   { uses: python/compile }
              # no linter is configured: ruff and its own defaults
              lint:    { uses: python/ruff }
              test:    { uses: python/unittest, needs: [build] }
              secrets: { uses: scan/secrets }
              # Left out:
              # format:       no formatter is configured; `{ uses: python/ruff-format }`
              # types:        no type checker is configured; `{ uses: python/mypy }`
              # coverage:     it needs pytest and pytest-cov
              # dependencies: `{ uses: scan/vulnerabilities }` needs a database on this machine
        "#]],
    );
}

#[test]
fn tests_in_a_folder_that_is_no_package_are_found() {
    let steps = |files: &[&str]| format!("{:?}", found(files)[0].steps);
    assert!(
        steps(&["setup.py", "t/test_a.py: import unittest", "t/test_b.py"])
            .contains("\"folder\": Text(\"t\")")
    );
    assert!(!steps(&["setup.py", "t/test_a.py: import unittest", "t/__init__.py"]).contains("folder"));
    assert!(!steps(&["setup.py", "t/test_a.py: import unittest", "u/test_b.py"]).contains("folder"));
}

#[test]
fn python_with_requirements_and_older_tools() {
    check(
        &[
            "requirements.txt: flask",
            "requirements-dev.txt: flake8;pyright",
            "app.py",
            "poetry.toml",
            "tests/test_a.py",
        ],
        &expect![[r#"
            # The gates of this repository. Found Python (requirements.txt).
            # `dod plan` says what would run and why, `dod check` proofreads this file.
            version: 1
            policy: standard

            steps:
              # looks only, unless in CI or with --install
              install: { uses: python/pip-install, with: { args: [-r, requirements.txt, -r, requirements-dev.txt] } }
              build:   { uses: python/compile, needs: { install: any } }
              lint:    { uses: python/flake8, needs: { install: any } }
              types:   { uses: python/pyright, needs: { install: any } }
              # no runner is configured, and the tests look like pytest's
              test:    { uses: python/pytest, needs: [build] }
              secrets: { uses: scan/secrets }
              # Left out:
              # format:       no formatter is configured; `{ uses: python/ruff-format }`
              # coverage:     pytest-cov is not among the dependencies; `{ uses: python/coverage }`
              # dependencies: `{ uses: scan/vulnerabilities }` needs a database on this machine
        "#]],
    );
}

#[test]
fn a_node_package_runs_what_its_manifest_names() {
    check(
        &[
            r#"package.json: {"scripts": {"test": "vitest", "build": "vite build"}, "devDependencies": {"vitest": "4", "@vitest/coverage-v8": "4"}}"#,
            "pnpm-lock.yaml",
            "eslint.config.js",
            "tsconfig.json",
            ".prettierrc",
            "src/a.ts",
        ],
        &expect![[r#"
            # The gates of this repository. Found Node.js (package.json).
            # `dod plan` says what would run and why, `dod check` proofreads this file.
            version: 1
            policy: standard

            steps:
              # looks only, unless in CI or with --install
              install:  { uses: node/pnpm-install }
              build:    { uses: node/build, with: { manager: pnpm }, needs: [install] }
              lint:     { uses: node/eslint, needs: [install] }
              format:   { uses: node/prettier, needs: [install] }
              types:    { uses: node/tsc, needs: [install] }
              test:     { uses: node/vitest, needs: [build] }
              coverage: { uses: node/vitest-coverage, needs: [build] }
              secrets:  { uses: scan/secrets }
              # Left out:
              # dependencies: `{ uses: scan/vulnerabilities }` needs a database on this machine
        "#]],
    );
}

#[test]
fn a_node_package_without_tools_parses_and_uses_nodes_own_tests() {
    check(
        &[r#"package.json: {"scripts": {"test": "node --test src/"}}"#, "src/a.js"],
        &expect![[r#"
            # The gates of this repository. Found Node.js (package.json).
            # `dod plan` says what would run and why, `dod check` proofreads this file.
            version: 1
            policy: standard

            steps:
              # no build script: every file is parsed
              build:   { uses: node/check }
              test:    { uses: node/test, with: { args: [src/] }, needs: [build] }
              secrets: { uses: scan/secrets }
              # Left out:
              # lint:         no eslint configuration and no lint script
              # format:       no prettier configuration; `{ uses: node/prettier }`
              # types:        no tsconfig.json
              # coverage:     no coverage tool with a known report is among the dependencies
              # dependencies: `{ uses: scan/vulnerabilities }` needs a database on this machine
        "#]],
    );
}

#[test]
fn a_script_is_a_step_that_counts_its_exit_code() {
    check(
        &[
            r#"package.json: {"scripts": {"test": "mocha", "lint": "xo", "build": "x"}, "devDependencies": {"xo": "1"}}"#,
            "yarn.lock",
        ],
        &expect![[r#"
            # The gates of this repository. Found Node.js (package.json).
            # `dod plan` says what would run and why, `dod check` proofreads this file.
            version: 1
            policy: standard

            steps:
              # looks only, unless in CI or with --install
              install: { uses: node/yarn-install }
              build:   { uses: node/build, with: { manager: yarn }, needs: [install] }
              # no eslint configuration: the lint script, by its exit code
              lint:    { run: yarn run lint, kind: lint, needs: [install] }
              test:    { uses: node/mocha, with: { dashes: [], manager: yarn }, needs: [build] }
              secrets: { uses: scan/secrets }
              # Left out:
              # format:       no prettier configuration; `{ uses: node/prettier }`
              # types:        no tsconfig.json
              # coverage:     no coverage tool with a known report is among the dependencies
              # dependencies: `{ uses: scan/vulnerabilities }` needs a database on this machine
        "#]],
    );
    check(
        &[r#"package.json: {"scripts": {"test": "echo \"Error: no test specified\" && exit 1"}}"#, "a.ts"],
        &expect![[r#"
            # The gates of this repository. Found Node.js (package.json).
            # `dod plan` says what would run and why, `dod check` proofreads this file.
            version: 1
            policy: standard

            steps:
              secrets: { uses: scan/secrets }
              # Left out:
              # build:        package.json has no build script
              # lint:         no eslint configuration and no lint script
              # format:       no prettier configuration; `{ uses: node/prettier }`
              # types:        no tsconfig.json
              # test:         package.json has no test script
              # coverage:     no coverage tool with a known report is among the dependencies
              # dependencies: `{ uses: scan/vulnerabilities }` needs a database on this machine
        "#]],
    );
}

#[test]
fn a_go_module_is_vetted_unless_it_configures_a_linter() {
    check(
        &["go.mod", "go.sum", "x.go", "x_test.go"],
        &expect![[r#"
        # The gates of this repository. Found Go (go.mod).
        # `dod plan` says what would run and why, `dod check` proofreads this file.
        version: 1
        policy: standard

        steps:
          install: { uses: go/mod-download }
          build:   { uses: go/build, needs: [install] }
          lint:    { uses: go/vet, needs: [install] }
          format:  { uses: go/fmt, needs: [install] }
          test:    { uses: go/test, needs: [build] }
          secrets: { uses: scan/secrets }
          # Left out:
          # coverage:     it runs every test again: `{ uses: go/coverage, needs: [build] }`
          # types:        the build checks them
          # dependencies: `{ uses: scan/vulnerabilities }` needs a database on this machine
    "#]],
    );
    check(
        &["go.mod", "x.go", ".golangci.yml"],
        &expect![[r#"
        # The gates of this repository. Found Go (go.mod).
        # `dod plan` says what would run and why, `dod check` proofreads this file.
        version: 1
        policy: standard

        steps:
          build:   { uses: go/build }
          lint:    { uses: go/golangci-lint }
          format:  { uses: go/fmt }
          secrets: { uses: scan/secrets }
          # Left out:
          # test:         no `*_test.go` file
          # types:        the build checks them
          # dependencies: `{ uses: scan/vulnerabilities }` needs a database on this machine
    "#]],
    );
}

#[test]
fn several_projects_become_the_parts_of_a_monorepo() {
    check(
        &[
            "api/Cargo.toml: [package]",
            "web/package.json: {\"scripts\": {\"test\": \"x\"}}",
            "etl/setup.py",
            "README.md",
        ],
        &expect![[r#"
            # The gates of this repository. Found 3 projects.
            # `dod plan` says what would run and why, `dod check` proofreads this file.
            version: 1
            policy: standard

            projects:
              # Rust (Cargo.toml): build with cargo/build, lint with cargo/clippy, format with cargo/fmt, test with cargo/test
              api: { path: api, workflow: builtin/rust }
              # Left out:
              # dependencies: no deny.toml; `{ uses: cargo/audit }` asks RustSec over the network
              # types:        the build checks them; `{ uses: cargo/check }` for a policy that asks for the kind
              # coverage:     it runs every test again: `{ uses: cargo/llvm-cov, needs: [build] }`

              # Python (setup.py): build with python/compile, lint with python/ruff
              etl: { path: etl, workflow: builtin/python }
              # Left out:
              # format:       no formatter is configured; `{ uses: python/ruff-format }`
              # types:        no type checker is configured; `{ uses: python/mypy }`
              # test:         no file looks like a test
              # dependencies: `{ uses: scan/vulnerabilities }` needs a database on this machine

              # Node.js (package.json): test with node/npm-test
              web: { path: web, workflow: builtin/node }
              # Left out:
              # build:        package.json has no build script
              # lint:         no eslint configuration and no lint script
              # format:       no prettier configuration; `{ uses: node/prettier }`
              # types:        no tsconfig.json
              # coverage:     no coverage tool with a known report is among the dependencies
              # dependencies: `{ uses: scan/vulnerabilities }` needs a database on this machine

            steps:
              secrets: { uses: scan/secrets }
        "#]],
    );
}

#[test]
fn every_part_of_a_monorepo_gets_a_file_of_its_own() {
    let projects = found(&[
        "api/Cargo.toml: [package]",
        "api/package.json: {\"scripts\": {\"test\": \"node --test\"}}",
        "etl/setup.py",
        "etl/test_a.py: import unittest",
        "go.mod",
    ]);
    let files = crate::write_files(&projects);
    let places: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(places, ["dod.yaml", "dod-go.yaml", "api/dod-rust.yaml", "api/dod-node.yaml", "etl/dod.yaml"]);
    for file in &files[1..] {
        assert!(crate::node::parse(&file.text).is_ok(), "{}", file.text);
        assert!(files[0].text.contains(&format!("workflow: ./{} ", file.path)), "{}", files[0].text);
        assert!(!file.text.contains("scan/secrets"), "the repository's own file scans all of it");
    }
    assert!(files[0].text.contains("scan/secrets") && files[4].text.contains("python/unittest"));
    assert_eq!(crate::write_files(&found(&[CARGO])).len(), 1);
    assert_eq!(crate::write_files(&[]).len(), 1);
}

#[test]
fn nothing_known_is_answered_with_a_file_to_fill_in() {
    check(
        &["README.md", "Makefile"],
        &expect![[r##"
        # The gates of this repository. No project of a known language was found.
        # `dod plan` says what would run and why, `dod check` proofreads this file.
        version: 1
        policy: standard

        steps:
          secrets: { uses: scan/secrets }
          # A gate of your own is a command; its exit code counts, and a report says more:
          # build:   { run: make, kind: build }
          # test:    { run: make test, kind: test, evidence: { junit: "build/*.xml" } }
    "##]],
    );
}

#[test]
fn a_part_of_a_project_is_no_project() {
    let root = "Cargo.toml: [workspace];members = [\"a\"];exclude = [\"out\", \"x/y\"]";
    let nested =
        ["a/Cargo.toml", "out/Cargo.toml", "x/y/z/Cargo.toml", "x/Cargo.toml", "own/Cargo.toml: [workspace]"];
    check_places(&[&[root][..], &nested].concat(), "rust=rust@ out=rust@out own=rust@own x-y-z=rust@x/y/z");
    let web = r#"package.json: {"workspaces": ["packages/*"]}"#;
    check_places(
        &[web, r#"packages/a/package.json: {"scripts": {}}"#, r#"lib/package.json: {"type": "module"}"#],
        "node=node@",
    );
    check_places(&["pyproject.toml", "a.py", "tools/requirements.txt", "tools/b.py"], "python=python@");
    check_places(&["go.mod", "tools/go.mod", "docs/requirements.txt"], "go=go@ tools=go@tools");
}

#[test]
fn scripts_without_a_manifest_are_a_project_where_there_is_nothing_else() {
    check_places(&["a.py", "README.md"], "python=python@");
    check_places(&["a.py", "go.mod"], "go=go@");
}

#[test]
fn what_others_wrote_and_what_shows_something_is_no_project() {
    check_places(
        &[
            CARGO,
            "examples/a/Cargo.toml",
            "vendor/b/go.mod",
            "node_modules/c/package.json: {\"scripts\":1}",
            ".x/go.mod",
        ],
        "rust=rust@",
    );
    check_places(
        &["examples/a/Cargo.toml", "tests/fixtures/go.mod"],
        "examples-a=rust@examples/a tests-fixtures=go@tests/fixtures",
    );
}

#[test]
fn names_are_unique_whatever_the_folders_are_called() {
    check_places(
        &[CARGO, "go.mod", "a/b/go.mod", "a-b/go.mod", "ö/go.mod", "s/go.mod", "s/Cargo.toml"],
        "rust=rust@ go=go@ a-b=go@a-b a-b-2=go@a/b s-rust=rust@s s-go=go@s go-2=go@ö",
    );
    let many: Vec<String> = (0..PROJECTS_MAX + 9).map(|n| format!("p{n}/go.mod")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let most = found(&many);
    assert_eq!(most.len(), PROJECTS_MAX);
    assert!(write_workflow(&most).contains("No more than 50 are sought"), "a bound that is reached is said");
}

#[test]
fn a_manifest_that_cannot_be_read_is_no_reason_to_panic() {
    for text in ["{", "[]", "null", "{\"scripts\": [1]}", "{\"scripts\": {\"test\": 1, \"lint\": null}}"] {
        let _ = found(&[
            &format!("package.json: {text}"),
            "a.js",
            "Cargo.toml: [workspace];exclude = [",
            "pyproject.toml: [tool.mypy",
        ]);
    }
}

#[test]
fn the_shipped_workflows_use_gates_that_exist() {
    for language in Language::ALL {
        let text = language.workflow();
        assert!(crate::node::parse(text).is_ok(), "{text}");
        for uses in text.lines().filter_map(|line| line.split_once("uses: ")) {
            let gate = uses.1.split([',', ' ']).next().unwrap();
            assert!(Catalogue::builtin().contains(gate), "{gate}");
        }
        for kind in ["build", "lint", "test", "secrets"] {
            assert!(text.contains(&format!("\n  {kind}: ")), "`standard` requires {kind}: {text}");
        }
    }
}

#[test]
fn a_built_in_workflow_suits_the_project_it_is_used_for() {
    let tree = tree(&["etl/setup.py", "etl/test_a.py: import unittest", "README.md"]);
    let files: Vec<String> = tree.keys().cloned().collect();
    let read = |file: &str| tree.get(file).cloned();
    let workflow =
        |language: &str, path: &str, secrets| builtin_workflow(language, path, secrets, &files, &read);
    let text = workflow("python", "./etl/".trim_start_matches("./"), false).unwrap();
    assert!(text.contains("python/unittest") && !text.contains("scan/secrets"), "{text}");
    assert!(workflow("python", "etl", true).unwrap().contains("scan/secrets"));
    assert_eq!(
        workflow("go", "etl", true).as_deref(),
        Some(Language::Go.workflow()),
        "nothing known: as shipped"
    );
    assert_eq!(workflow("cobol", "", true), None);
}

#[test]
fn looking_at_a_folder_costs_nothing_for_files_elsewhere() {
    let mut files: Vec<String> = (0..100_000).map(|n| format!("p{}/src/m{n}/f.rs", n % 200)).collect();
    files.extend((0..200).map(|n| format!("p{n}/Cargo.toml")));
    let reads = std::cell::Cell::new(0);
    let read = |_: &str| {
        reads.set(reads.get() + 1);
        Some("[package]".to_owned())
    };
    assert_eq!(detect(&files, &read).len(), PROJECTS_MAX);
    assert!(reads.get() <= PROJECTS_MAX, "{} manifests were read", reads.get());
}

#[test]
fn benches_that_need_a_nightly_compiler_are_left_out_on_a_stable_one() {
    const BENCH: &str = "benches/b.rs: #![feature(test)];extern crate test;";
    let build = |files: &[&str]| {
        let text = write_workflow(&found(files));
        text.lines().find(|line| line.contains("build:")).unwrap().trim().to_owned()
    };
    assert_eq!(
        build(&[CARGO, "src/lib.rs", BENCH]),
        "build:   { uses: cargo/build, with: { targets: [--lib, --bins, --tests, --examples] } }"
    );
    assert_eq!(
        build(&[CARGO, "src/main.rs", BENCH]),
        "build:   { uses: cargo/build, with: { targets: [--bins, --tests, --examples] } }"
    );
    let all = "build:   { uses: cargo/build }";
    assert_eq!(build(&[CARGO, "src/lib.rs", "benches/b.rs: use criterion::*;"]), all);
    assert_eq!(build(&[CARGO, "src/lib.rs", BENCH, "rust-toolchain: nightly"]), all);
}

#[test]
fn a_runner_at_the_end_of_a_script_is_asked_for_results() {
    let test = |script: &str| {
        let package = format!(r#"package.json: {{"scripts": {{"test": "{script}"}}}}"#);
        let projects = found(&[&package, "a.js"]);
        let step = projects[0].steps.iter().find(|step| step.name == "test").unwrap();
        let StepAction::Uses(gate, _) = &step.action else { return String::new() };
        gate.to_string()
    };
    for (script, gate) in [
        ("mocha", "node/mocha"),
        ("npm run lint && nyc mocha --recursive test/", "node/mocha"),
        ("cross-env NODE_ENV=test jest", "node/jest"),
        ("jest --coverage", "node/jest"),
        ("mocha && echo done", "node/npm-test"),
        ("mocha --reporter dot", "node/npm-test"),
        ("mocha # all", "node/npm-test"),
        ("tape test/*.js", "node/npm-test"),
    ] {
        assert_eq!(test(script), gate, "{script}");
    }
}

#[test]
fn a_policy_that_asks_for_more_gets_what_dod_can_do_itself() {
    let required: Vec<Name> = ["build", "sbom", "licenses", "dependencies", "types"].map(Name::from).to_vec();
    let one = found(&[CARGO, "deny.toml"]);
    let text = write_workflow_for(&one, &required);
    let steps: Vec<&str> = text.lines().filter(|line| line.contains("uses: scan/")).map(str::trim).collect();
    assert_eq!(steps, ["sbom:         { uses: scan/sbom }", "secrets:      { uses: scan/secrets }"]);
    let many = found(&["a/Cargo.toml: [package]", "b/go.mod: module b"]);
    let text = write_workflow_for(&many, &required);
    let steps: Vec<&str> = text.split("\nsteps:\n").nth(1).unwrap().lines().map(str::trim).collect();
    assert_eq!(
        steps,
        [
            "dependencies: { uses: scan/vulnerabilities }",
            "licenses:     { uses: scan/licenses }",
            "sbom:         { uses: scan/sbom }",
            "secrets:      { uses: scan/secrets }",
        ]
    );
    assert_eq!(write_workflow_for(&many, &[]), write_workflow(&many));
}

#[test]
fn the_tool_that_a_project_configures_is_the_gate_of_its_kind() {
    let gates = |files: &[&str]| -> String {
        let gate = |step: &Step| match &step.action {
            StepAction::Uses(gate, _) => format!("{} {gate}", step.name),
            StepAction::Run(command, _) => format!("{} {command}", step.name),
        };
        let projects = found(files);
        let of = |kind: &&Step| ["lint", "format", "types"].contains(&kind.name);
        projects[0].steps.iter().filter(of).map(gate).collect::<Vec<_>>().join(", ")
    };
    for (files, expected) in [
        (&["a.py", "pyproject.toml: [project];[tool.black]"][..], "lint python/ruff, format python/black"),
        (&["a.py", "setup.py", ".pylintrc"], "lint python/pylint"),
        (&["a.py", "setup.py", "pyrightconfig.json"], "lint python/ruff, types python/pyright"),
        (&["a.py", "pyproject.toml: [project];basedpyright"], "lint python/ruff, types python/basedpyright"),
        (&["a.py", "pyproject.toml: [project];[tool.ty.rules]"], "lint python/ruff, types python/ty"),
        (&["a.js", "package.json: {\"scripts\": {\"lint\": \"x\"}}", "biome.json"], "lint node/biome"),
        (&["a.js", "package.json: {\"scripts\": {\"lint\": \"x\"}}", ".oxlintrc.json"], "lint node/oxlint"),
        (&["a.js", "package.json: {\"scripts\": {\"lint\": \"x\"}}"], "lint npm run lint"),
    ] {
        assert_eq!(gates(files), expected, "{files:?}");
    }
}
