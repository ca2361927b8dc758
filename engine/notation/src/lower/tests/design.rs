//! The files of `design.md`, section 6.

use expect_test::expect;

use super::check;

const DOD: &str = r#"version: 1
name: payments
dod: ">=0.1"                        # the program this file was written for
policy: standard                    # --policy overrides
include:
  - ./ci/common.yaml
  - { git: https://example.com/gates.git, rev: 3f2c000000000000000000000000000000000000, path: rust.yaml }   # locked by digest in dod.lock

steps:
  install: { uses: python/uv-sync }
  lint:    { uses: python/ruff,   needs: [install] }
  types:   { uses: python/mypy,   needs: [install] }
  test:    { uses: python/pytest, needs: [install], with: { args: [-q] }, retry: { max: 2, when: [timeout] } }
  secrets: { uses: scan/secrets }
  deps:    { uses: scan/vulnerabilities }
  load:
    run: ./bench.sh
    tags: [heavy]
    timeout: 5m
    inputs: [src/**, bench.sh]
    evidence: { measures: bench.json }
    if: 'branch == "main" || changed("src/**")'
"#;

const OTHERS: &str = "--- ci/common.yaml
steps:
  spelling: { run: [codespell], evidence: { gcc_lines: stdout } }
--- https://example.com/gates.git@3f2c:rust.yaml
gates:
  clippy: { uses: cargo/clippy, needs: spelling }
";

#[test]
fn dod_yaml_lowers() {
    check(
        &format!("{DOD}{OTHERS}"),
        &expect![[r#"
        workflow "payments", policy standard
          install: ["uv-sync"] gate(install! uses python/uv-sync)
          lint: ["ruff"] gate(lint uses python/ruff) < install
          types: ["mypy"] gate(types uses python/mypy) < install
          test: ["pytest", "-q"] gate(test uses python/pytest) retry(2, [Timeout], 1000ms*2<=60000ms -20%) < install
          secrets: ["secrets"] gate(secrets uses scan/secrets)
          deps: ["vulnerabilities"] gate(dependencies uses scan/vulnerabilities)
          load: sh "./bench.sh" evidence(measures bench.json) exit([0]/[1]) in["src/**", "bench.sh"] tags["heavy"] timeout=Some(300000) if(branch == "main" || changed("src/**"))
          spelling: ["codespell"] evidence(gcc_lines stdout) exit([0]/[1])
          clippy: ["clippy"] gate(lint uses cargo/clippy) < spelling
    "#]],
    );
}

#[test]
fn release_yaml_lowers() {
    check(
        &format!(
            "include: [./base.yaml]
steps:
  ready:    {{ judge: enterprise, needs: [test, deps] }}
  signoff:  {{ approve: {{ from: [release-managers], min: 2, timeout: 7d }}, needs: [ready] }}
  deploy:   {{ run: ./deploy.sh, needs: [signoff], idempotent: false, pool: production }}
  smoke:    {{ run: ./smoke.sh, needs: [deploy] }}
  rollback: {{ run: ./rollback.sh, needs: {{ smoke: failed }}, idempotent: false }}
{OTHERS}--- base.yaml
{DOD}"
        ),
        &expect![[r#"
            workflow "payments", policy standard, pool production:1
              ready: judge enterprise < test deps
              signoff: approve 2 of [release-managers] independent in 604800s < ready
              deploy: sh "./deploy.sh" once pool=production < signoff
              smoke: sh "./smoke.sh" < deploy
              rollback: sh "./rollback.sh" once < smoke:failed
              install: ["uv-sync"] gate(install! uses python/uv-sync)
              lint: ["ruff"] gate(lint uses python/ruff) < install
              types: ["mypy"] gate(types uses python/mypy) < install
              test: ["pytest", "-q"] gate(test uses python/pytest) retry(2, [Timeout], 1000ms*2<=60000ms -20%) < install
              secrets: ["secrets"] gate(secrets uses scan/secrets)
              deps: ["vulnerabilities"] gate(dependencies uses scan/vulnerabilities)
              load: sh "./bench.sh" evidence(measures bench.json) exit([0]/[1]) in["src/**", "bench.sh"] tags["heavy"] timeout=Some(300000) if(branch == "main" || changed("src/**"))
              spelling: ["codespell"] evidence(gcc_lines stdout) exit([0]/[1])
              clippy: ["clippy"] gate(lint uses cargo/clippy) < spelling
        "#]],
    );
}

#[test]
fn a_monorepo_lowers() {
    check(
        r#"projects:
  api: { path: api, workflow: builtin/rust }
  etl: { path: etl, workflow: builtin/python }
  web: { path: web, workflow: builtin/node }
steps:
  together: { run: ./integration.sh, needs: [api, etl/test] }
--- builtin/rust
steps:
  lint: { uses: cargo/clippy }
  test: { uses: cargo/test, inputs: [src/**, "!target/**"] }
--- builtin/python
inputs: { level: { default: 3, type: integer } }
steps:
  install: { uses: python/uv-sync }
  test: { uses: python/pytest, needs: install, if: 'inputs.level == 3 || steps.install.outputs.x == "y"' }
--- builtin/node
steps:
  test: { run: [npm, test], evidence: { junit: out/junit.xml }, cwd: app, outputs: out/** }
"#,
        &expect![[r#"
            workflow ""
              together: sh "./integration.sh" < api/lint api/test etl/test
              api/lint: ["clippy"] gate(lint uses cargo/clippy of api) cwd=api
              api/test: ["test"] gate(test uses cargo/test of api) cwd=api in["api/src/**", "!api/target/**"]
              etl/install: ["uv-sync"] gate(install! uses python/uv-sync of etl) cwd=etl
              etl/test: ["pytest"] gate(test uses python/pytest of etl) cwd=etl if(3 == 3 || steps["etl/install"].outputs.x == "y") < etl/install
              web/test: ["npm", "test"] gate(other of web) cwd=web/app evidence(junit out/junit.xml) exit([0]/[1]) out["web/out/**"]
        "#]],
    );
}
