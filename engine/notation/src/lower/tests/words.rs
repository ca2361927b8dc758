//! Every word of the notation, in the forms it takes.

use expect_test::expect;

use super::check;

#[test]
fn a_matrix_becomes_legs() {
    check(
        "steps:
  test:
    run: ./test.sh ${{ matrix.os }} ${{ matrix.py }}
    matrix:
      os: [linux, mac]
      py: [3.12, 3.13]
      exclude: [{ os: mac, py: 3.12 }]
      include: [{ os: linux, py: 3.13, extra: -x }, { os: bsd, py: 3.13 }]
    if: matrix.os == \"linux\" || branch == \"matrix.os\"
    env: { OS: 'on ${{ matrix.os }}' }
  all: { run: x, needs: test }
  one: { run: x, needs: 'test[os=linux,py=3.12]' }
  some: { run: x, needs: { 'test[py=3.13]': any } }
  bad: { run: x, needs: { 'test[os=bsd]': failed } }
",
        &expect![[r#"
            workflow ""
              test[os=linux,py=3.12]: sh "./test.sh linux 3.12" OS="on linux" if("linux" == "linux" || branch == "matrix.os")
              test[os=linux,py=3.13]: sh "./test.sh linux 3.13" OS="on linux" if("linux" == "linux" || branch == "matrix.os")
              test[os=mac,py=3.13]: sh "./test.sh mac 3.13" OS="on mac" if("mac" == "linux" || branch == "matrix.os")
              test[os=bsd,py=3.13]: sh "./test.sh bsd 3.13" OS="on bsd" if("bsd" == "linux" || branch == "matrix.os")
              all: sh "x" < test[os=linux,py=3.12] test[os=linux,py=3.13] test[os=mac,py=3.13] test[os=bsd,py=3.13]
              one: sh "x" < test[os=linux,py=3.12]
              some: sh "x" < test[os=linux,py=3.13]:any test[os=mac,py=3.13]:any test[os=bsd,py=3.13]:any
              bad: sh "x" < test[os=bsd,py=3.13]:failed
        "#]],
    );
}

#[test]
fn needs_take_three_forms_and_any_waits_for_some() {
    check(
        "steps:
  a: { run: x }
  b: { run: x, needs: a }
  c: { run: x, needs: [a, b] }
  d: { run: x, needs: { a: ok, b: failed, c: any } }
  e: { any: 2, of: [a, b, c], rest: cancel }
  f: { any: 1, of: [a], rest: keep, if: branch == \"main\" }
",
        &expect![[r#"
            workflow ""
              a: sh "x"
              b: sh "x" < a
              c: sh "x" < a b
              d: sh "x" < a b:failed c:any
              e: pass at least 2, cancel rest < a b c
              f: pass if(branch == "main") at least 1 < a
        "#]],
    );
}

#[test]
fn every_action_and_setting() {
    check(
        "name: all
fail_fast: true
timeout: 1h
pools: { gpu: 2 }
env: { A: file, B: file }
defaults: { timeout: 10m, retry: 1, shell: bash, cwd: sub, env: { B: defaults, C: defaults }, allow_failure: true }
steps:
  script: { run: make, env: { C: step }, allow_failure: false, priority: 5, tags: [x, y], kind: build }
  list: { run: [make, -j4], cwd: ., timeout: 500ms, idempotent: false, pool: gpu }
  python: { run: print(1), shell: python, retry: { max: 3, when: [undecided, failed], delay: 5s, max_delay: 1m, factor: 3, jitter: 0 } }
  fish: { run: ls, shell: [fish, -c], retry: 0 }
  reports: { run: t, evidence: [{ junit: [a.xml, b.xml] }, { format: sarif, from: stdout, rule: r }, { from: stderr }], exit: { clean: [0, 2], findings: 1 } }
  gate: { uses: cargo/test, timeout: 1h30m, kind: coverage, inputs: src/**, outputs: target/** }
  secret: { run: x, secrets: { B: { env: TOKEN }, D: { file: t.txt }, E: { command: [pass, show] } } }
  ask: { approve: security, about: who }
  ask2: { approve: { from: [security, release-managers], min: 2, prompt: 'sure?', timeout: 7d } }
  anybody: { approve: {} }
  authors_too: { approve: { from: security, min: 2, authors: true, proved: true } }
  others: { approve: { authors: false } }
  verdict: { judge: builtin/enterprise@1 }
  sleep: { wait: 10m }
  mail: { message: { name: deployed, key: '42', timeout: 1h } }
  mail2: { message: built }
",
        &expect![[r#"
            workflow "all", fail_fast, timeout 3600s, pool gpu:2
              script: bash --noprofile --norc -e -o pipefail -c "make" gate(build) cwd=sub A="file" B="defaults" C="step" retry(1, [Failed, Timeout, Undecided], 1000ms*2<=60000ms -20%) tags["x", "y"] timeout=Some(600000) priority=5
              list: ["make", "-j4"] A="file" B="defaults" C="defaults" once pool=gpu timeout=Some(500) allow_failure
              python: python3 -c "print(1)" cwd=sub A="file" B="defaults" C="defaults" retry(3, [Failed, Undecided], 5000ms*3<=60000ms -0%) timeout=Some(600000) allow_failure
              fish: fish -c "ls" cwd=sub A="file" B="defaults" C="defaults" timeout=Some(600000) allow_failure
              reports: bash --noprofile --norc -e -o pipefail -c "t" cwd=sub A="file" B="defaults" C="defaults" evidence(junit a.xml) evidence(junit b.xml) evidence(sarif stdout) evidence(? stderr) exit([0, 2]/[1]) retry(1, [Failed, Timeout, Undecided], 1000ms*2<=60000ms -20%) timeout=Some(600000) allow_failure
              gate: ["test"] gate(coverage uses cargo/test) cwd=sub A="file" B="defaults" C="defaults" in["src/**"] out["target/**"] retry(1, [Failed, Timeout, Undecided], 1000ms*2<=60000ms -20%) timeout=Some(5400000) allow_failure
              secret: bash --noprofile --norc -e -o pipefail -c "x" cwd=sub A="file" C="defaults" B=secret(Env("TOKEN")) D=secret(File("t.txt")) E=secret(Command(["pass", "show"])) retry(1, [Failed, Timeout, Undecided], 1000ms*2<=60000ms -20%) timeout=Some(600000) allow_failure
              ask: approve 1 of [security] independent
              ask2: approve 2 of [security release-managers] independent "sure?" in 604800s
              anybody: approve 1 of []
              authors_too: approve 2 of [security] proved
              others: approve 1 of [] independent
              verdict: judge builtin/enterprise@1
              sleep: wait 600000ms
              mail: message deployed key "42" in 3600s
              mail2: message built
        "#]],
    );
}

#[test]
fn every_node_knows_where_it_was_written() {
    let checked = super::run("steps:\n  a: { run: x }\n  b: { run: x, matrix: { os: [l, m] } }\n");
    let places = (0..3).map(|node| checked.sources.node(dod_kernel::id::NodeId(node)).unwrap());
    let names: Vec<&str> = places.map(|span| checked.sources.slice(span)).collect();
    assert_eq!(names, ["a", "b", "b"]);
    assert_eq!(checked.sources.node(dod_kernel::id::NodeId(3)), None);
}

#[test]
fn services_start_when_they_are_needed() {
    check(
        "services:
  net: { run: [net], ready: { line: up } }
  db: { run: pg, needs: net, ready: { tcp: 5432 }, env: { PORT: 5432 }, timeout: 30s, interval: 1s }
  web: { run: [web], ready: { http: 'http://localhost:80/health' } }
  gate: { uses: cargo/test, ready: { command: [true] } }
steps:
  a: { run: x, services: [db, web] }
  b: { run: x, needs: [gate] }
",
        &expect![[r#"
            workflow ""
              net: ["net"] ready(Line("up") every 250ms in 60000ms) timeout=None
              db: sh "pg" PORT="5432" ready(Tcp(5432) every 1000ms in 30000ms) timeout=None < net
              web: ["web"] ready(Http("http://localhost:80/health") every 250ms in 60000ms) timeout=None
              gate: ["test"] gate(test uses cargo/test) ready(Command(["true"]) every 250ms in 60000ms) timeout=None
              a: sh "x" < db web
              b: sh "x" < gate
        "#]],
    );
}

#[test]
fn a_called_workflow_is_a_body_of_its_own() {
    check(
        "inputs: { stage: { default: test } }
steps:
  build: { run: x }
  deploy:
    workflow: deploy.yaml
    needs: build
    matrix: { region: [eu, us] }
    with: { where: '${{ matrix.region }}', stage: '${{ inputs.stage }}', count: 3, tag: 1.10 }
  after: { run: x, needs: 'deploy[region=eu]' }
--- deploy.yaml
inputs:
  where: { required: true }
  stage: { choices: [test, live] }
  count: { type: integer }
  dry: { type: boolean, default: false }
  tag: {}
env: { WHERE: '${{ inputs.where }}' }
steps:
  push: { run: [push, '${{ inputs.where }}', '${{ inputs.count }}', '${{ inputs.tag }}'] }
  check: { run: x, needs: push, if: 'inputs.stage == \"live\" && inputs.count == 3 && !inputs.dry && steps.push.outputs.x == 1' }
  inner: { workflow: inner.yaml, needs: check }
  tag: { run: x, needs: push, env: { T: '${{ steps.push.outputs.tag }}' } }
--- inner.yaml
steps: { last: { run: x } }
",
        &expect![[r#"
            workflow "", stage=Text("test")
              build: sh "x"
              deploy[region=eu]: call body 1 < build
              deploy[region=us]: call body 2 < build
              after: sh "x" < deploy[region=eu]
            body 1
              deploy[region=eu]/push: ["push", "eu", "3", "1.10"] WHERE="eu"
              deploy[region=eu]/check: sh "x" WHERE="eu" if("test" == "live" && 3 == 3 && !false && steps["deploy[region=eu]/push"].outputs.x == 1) < deploy[region=eu]/push
              deploy[region=eu]/inner: call body 3 < deploy[region=eu]/check
              deploy[region=eu]/tag: sh "x" T=output(deploy[region=eu]/push, tag) WHERE="eu" < deploy[region=eu]/push
            body 2
              deploy[region=us]/push: ["push", "us", "3", "1.10"] WHERE="us"
              deploy[region=us]/check: sh "x" WHERE="us" if("test" == "live" && 3 == 3 && !false && steps["deploy[region=us]/push"].outputs.x == 1) < deploy[region=us]/push
              deploy[region=us]/inner: call body 4 < deploy[region=us]/check
              deploy[region=us]/tag: sh "x" T=output(deploy[region=us]/push, tag) WHERE="us" < deploy[region=us]/push
            body 3
              deploy[region=eu]/inner/last: sh "x"
            body 4
              deploy[region=us]/inner/last: sh "x"
        "#]],
    );
}

#[test]
fn projects_nest_and_included_files_share_one_namespace() {
    check(
        "include: common.yaml
projects: { core: { path: ./core, workflow: core.yaml, with: { level: 7 } } }
steps: { a: { run: x, needs: [shared, core/test, core/sub/test] } }
--- common.yaml
defaults: { timeout: 1m }
env: { X: common }
steps: { shared: { run: x } }
--- core.yaml
include: common.yaml
inputs: { level: { type: integer } }
projects: { sub: { path: sub, workflow: sub.yaml } }
steps: { test: { run: [x, '${{ inputs.level }}'], cwd: ../tools, needs: shared, inputs: ['**'] } }
--- sub.yaml
steps: { test: { run: x, evidence: { measures: m.json } } }
",
        &expect![[r#"
            workflow ""
              a: sh "x" < shared core/test core/sub/test
              shared: sh "x" X="common" timeout=Some(60000)
              core/test: ["x", "7"] cwd=tools in["core/**"] < core/shared
              core/shared: sh "x" cwd=core X="common" timeout=Some(60000)
              core/sub/test: sh "x" gate(other of core/sub) cwd=core/sub evidence(measures m.json) exit([0]/[1])
        "#]],
    );
}

#[test]
fn yaml_anchors_and_merges_are_a_way_to_share() {
    check(
        "defaults: { timeout: 1m }
steps:
  a: &a { run: x, tags: [t], timeout: 2m }
  b: { <<: *a, run: y, needs: a }
",
        &expect![[r#"
            workflow ""
              a: sh "x" tags["t"] timeout=Some(120000)
              b: sh "y" tags["t"] timeout=Some(120000) < a
        "#]],
    );
}
