#!/bin/sh
# How the runs in this folder were recorded: by the real program, in empty repositories, once.
#
#   tests/logs/record.sh path/to/dod [NAME...]
#
# A folder that is there is never written again: its run is a promise, and tests/it/logs.rs makes it again for ever. A new
# kind of run, or a new field of an event, gets a folder of a new name.
set -eu

dod=$(realpath "$1"); shift
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="$work/home" DOD_KEYS="$work/keys" TZ=UTC LC_ALL=C.UTF-8
mkdir -p "$HOME"
unset CI GITHUB_ACTIONS GITLAB_CI GITHUB_BASE_REF DOD_KEY 2>/dev/null || true
git config --global user.name Alice
git config --global user.email alice@example.com
git config --global init.defaultBranch main

# A repository with the files that the function of this name writes.
begin() {
  mkdir -p "$work/$1/policies"; cd "$work/$1"
  git init --quiet .
  printf 'policy: own\nversion: 1\n' > policies/own.yaml
  printf 'out/\n.dod\n' > .gitignore
}
commit() { git add --all; git commit --quiet --message "$1"; }
# The exit code is the verdict's; only a verdict that nobody meant is an error.
ends() { wanted=$1; shift; code=0; "$@" >/dev/null 2>"$work/said" || code=$?
  [ "$code" -eq "$wanted" ] || { echo "$*: exit code $code, not $wanted" >&2; cat "$work/said" >&2; exit 1; }; }

LINT='[{"filePath":"a.js","messages":[{"ruleId":"no-undef","severity":2,"message":"x is not defined","line":3,"column":1},{"ruleId":"eqeqeq","severity":1,"message":"use ===","line":4,"column":2}],"errorCount":1,"warningCount":1}]'
JUNIT='<testsuite tests="2"><testcase classname="a" name="one"/><testcase classname="a" name="two"/></testsuite>'

record_gates() {
  begin gates; echo "$LINT" > lint.json; echo "$JUNIT" > junit.xml
  printf 'policy: own\nversion: 1\nrequired: [lint, test]\nquality_gates: { coverage: ">= 80%%", lint: no errors, test: all pass }\nrules:\n  - { id: quiet, require: findings.warning == 0, severity: warn, because: warnings grow }\n' > policies/own.yaml
  cat > dod.yaml <<'Y'
policy: own
steps:
  lint:     { run: 'cat lint.json; exit 1', kind: lint, evidence: { eslint: stdout } }
  test:     { run: 'cat junit.xml', kind: test, evidence: { junit: stdout } }
  torn:     { run: 'head -c 40 lint.json', kind: format, evidence: { eslint: stdout } }
  away:     { run: [no-such-program-anywhere] }
  flaky:    { run: 'echo trying; exit 3', retry: { max: 2, delay: 10ms } }
  after:    { run: 'true', needs: [flaky] }
  rescue:   { run: 'echo rolled back', needs: { flaky: failed } }
  elsewhere: { run: 'true', if: 'branch == "release"' }
  here:     { run: 'echo name=value >> "$DOD_OUTPUT"', if: 'branch == "main"' }
Y
  commit one; ends 1 "$dod" validate
}
record_passed() {
  begin passed; echo '[{"filePath":"a.js","messages":[],"errorCount":0,"warningCount":0}]' > lint.json; echo "$JUNIT" > junit.xml
  printf 'policy: own\nversion: 1\nrequired: [lint, test]\nquality_gates: { lint: no errors, test: all pass }\n' > policies/own.yaml
  printf 'policy: own\nsteps:\n  lint: { run: "cat lint.json", kind: lint, evidence: { eslint: stdout } }\n  test: { run: "cat junit.xml", kind: test, evidence: { junit: stdout }, needs: [lint] }\n' > dod.yaml
  commit one; "$dod" key new ci >/dev/null; ends 0 "$dod" validate
}
record_partial() {
  begin partial
  printf 'policy: own\nsteps: { a: { run: "true" }, b: { run: "true" } }\n' > dod.yaml
  commit one; ends 0 "$dod" validate --only a
}
record_waived() {
  begin waived; echo "$LINT" > lint.json
  printf 'policy: own\nversion: 1\nquality_gates: { lint: no errors }\n' > policies/own.yaml
  printf 'policy: own\nsteps:\n  lint: { run: "cat lint.json; exit 1", kind: lint, evidence: { eslint: stdout } }\n' > dod.yaml
  commit one; ends 1 "$dod" validate
  "$dod" waive no-undef --reason "goes with the module" --expires 30d --by dora >/dev/null
  commit waived; ends 0 "$dod" validate
}
record_approved() {
  begin approved
  ssh-keygen -q -t ed25519 -N '' -C carol -f "$HOME/carol"
  printf 'owners: [{ name: bob }, { name: carol, key: "%s" }]\n' "$(cat "$HOME/carol.pub")" > roles.yaml
  cat > dod.yaml <<'Y'
policy: own
steps:
  check:  { run: 'true' }
  ready:  { judge: own, needs: [check] }
  sign:   { approve: { from: [owners], min: 2, timeout: 7d }, needs: [ready] }
  deploy: { run: 'mkdir -p out; echo done > out/deployed', needs: [sign], idempotent: false }
Y
  commit one; ends 4 "$dod" validate
  ends 1 "$dod" approve latest sign --as mallory
  ends 0 "$dod" approve latest sign --as bob --because "it is fine"
  ends 1 "$dod" approve latest sign --as bob
  ends 0 "$dod" approve latest sign --as carol --sign-with "$HOME/carol"
  ends 0 "$dod" resume latest
}
record_rejected() {
  begin rejected
  printf 'owners: [{ name: bob }]\n' > roles.yaml
  printf 'policy: own\nsteps:\n  sign: { approve: { from: [owners] } }\n  deploy: { run: "true", needs: [sign] }\n' > dod.yaml
  commit one; ends 4 "$dod" validate
  ends 0 "$dod" approve latest sign --reject --as bob --because "not on a Friday"
  ends 1 "$dod" resume latest
}
record_matrix() {
  begin matrix
  cat > dod.yaml <<'Y'
policy: own
steps:
  test: { run: 'test {{ matrix.os }} != c', matrix: { os: [a, b, c] }, kind: test }
  sum:  { run: 'true', needs: { test: any } }
Y
  commit one; ends 1 "$dod" validate
}
record_services() {
  begin services
  cat > dod.yaml <<'Y'
policy: own
services:
  db: { run: 'touch ready; exec sleep 60', ready: { command: [test, -e, ready] } }
steps:
  use: { run: 'test -e ready', needs: [db] }
Y
  printf 'ready\nout/\n.dod\n' > .gitignore
  commit one; ends 0 "$dod" validate
}
record_killed() {
  begin killed
  printf 'policy: own\nsteps:\n  first: { run: "true" }\n  long: { run: "mkdir -p out; test -e out/again || { touch out/again; sleep 30; }", needs: [first] }\n  last: { run: "true", needs: [long] }\n' > dod.yaml
  commit one
  "$dod" validate >/dev/null 2>&1 & pid=$!
  until [ -e out/again ]; do sleep 0.05; done
  kill -9 "$pid"; wait "$pid" 2>/dev/null || true
  ends 0 "$dod" resume latest
}
record_cancelled() {
  begin cancelled
  printf 'policy: own\nsteps:\n  wait: { approve: {} }\n  after: { run: "true", needs: [wait] }\n' > dod.yaml
  commit one; ends 4 "$dod" validate
  ends 0 "$dod" cancel latest
}
record_timeout() {
  begin timeout
  printf 'policy: own\nsteps:\n  slow: { run: [sleep, "30"], timeout: 200ms }\n  rest: { run: "true", needs: { slow: any } }\n' > dod.yaml
  commit one; ends 1 "$dod" validate
}
record_rerun() {
  begin rerun; echo "$JUNIT" > junit.xml
  printf 'policy: own\nsteps:\n  test: { run: "cat junit.xml", kind: test, evidence: { junit: stdout } }\n  other: { run: "test -e out/ok" }\n' > dod.yaml
  commit one; ends 1 "$dod" validate; mkdir -p out; touch out/ok
  ends 0 "$dod" rerun latest --failed
}
record_diagram() {
  begin diagram
  cat > release.bpmn <<'X'
<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:dod="urn:dod:bpmn:1" targetNamespace="t">
  <message id="m" name="paid"/>
  <process id="p" isExecutable="true">
    <startEvent id="a"/><sequenceFlow id="f1" sourceRef="a" targetRef="set"/>
    <scriptTask id="set" scriptFormat="rhai"><script>order = "A-1"; n = 0;</script></scriptTask>
    <sequenceFlow id="f2" sourceRef="set" targetRef="count"/>
    <scriptTask id="count" scriptFormat="rhai"><script>n = n + 1;</script></scriptTask>
    <sequenceFlow id="f3" sourceRef="count" targetRef="x"/>
    <exclusiveGateway id="x" default="on"/>
    <sequenceFlow id="again" sourceRef="x" targetRef="count"><conditionExpression>n &lt; 3</conditionExpression></sequenceFlow>
    <sequenceFlow id="on" sourceRef="x" targetRef="split"/>
    <parallelGateway id="split"/>
    <sequenceFlow id="f4" sourceRef="split" targetRef="pay"/><sequenceFlow id="f5" sourceRef="split" targetRef="rest"/>
    <receiveTask id="pay" name="Payment" messageRef="m" dod:key="order"/>
    <intermediateCatchEvent id="rest" name="A moment"><timerEventDefinition><timeDuration>PT0.2S</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <sequenceFlow id="f6" sourceRef="pay" targetRef="join"/><sequenceFlow id="f7" sourceRef="rest" targetRef="join"/>
    <parallelGateway id="join"/><sequenceFlow id="f8" sourceRef="join" targetRef="work"/>
    <subProcess id="part" name="Each"><multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
      <startEvent id="ps"/><sequenceFlow id="p1" sourceRef="ps" targetRef="inner"/>
      <scriptTask id="inner" scriptFormat="rhai"><script>m = 1;</script></scriptTask>
      <sequenceFlow id="p2" sourceRef="inner" targetRef="pe"/><endEvent id="pe"/></subProcess>
    <task id="work" name="work"/><sequenceFlow id="f9" sourceRef="work" targetRef="part"/>
    <boundaryEvent id="broke" attachedToRef="work"><errorEventDefinition/></boundaryEvent>
    <sequenceFlow id="f10" sourceRef="broke" targetRef="mended"/><endEvent id="mended"/>
    <sequenceFlow id="f11" sourceRef="part" targetRef="z"/><endEvent id="z"/>
  </process>
</definitions>
X
  printf 'policy: ./policies/own.yaml\nsteps:\n  work: { run: "echo work" }\n' > release.bindings.yaml
  commit one; ends 4 "$dod" validate --workflow release.bpmn
  ends 0 "$dod" send latest paid --key A-1 --set amount=5.25
  ends 0 "$dod" resume latest
}
record_choices() {
  begin choices
  cat > rules.dmn <<'X'
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="d">
  <decision id="risk" name="risk"><decisionTable hitPolicy="FIRST"><input><inputExpression><text>lines</text></inputExpression></input><output name="risk"/>
    <rule><inputEntry><text>&gt; 100</text></inputEntry><outputEntry><text>"high"</text></outputEntry></rule>
    <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"low"</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>
X
  cat > choices.bpmn <<'X'
<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:dod="urn:dod:bpmn:1" targetNamespace="t">
  <signal id="s" name="alarm"/><error id="e" errorCode="broken"/>
  <process id="p" isExecutable="true">
    <startEvent id="a"/><sequenceFlow id="f1" sourceRef="a" targetRef="set"/>
    <scriptTask id="set" scriptFormat="rhai"><script>lines = 120;</script></scriptTask>
    <sequenceFlow id="f2" sourceRef="set" targetRef="table"/>
    <businessRuleTask id="table" name="Risk" dod:decision="risk"/>
    <sequenceFlow id="f3" sourceRef="table" targetRef="fork"/>
    <inclusiveGateway id="fork" default="plain"/>
    <sequenceFlow id="one" sourceRef="fork" targetRef="left"><conditionExpression>lines &gt; 100</conditionExpression></sequenceFlow>
    <sequenceFlow id="two" sourceRef="fork" targetRef="right"><conditionExpression>risk == "high"</conditionExpression></sequenceFlow>
    <sequenceFlow id="plain" sourceRef="fork" targetRef="meet"/>
    <scriptTask id="left" scriptFormat="rhai"><script>seen = 1;</script></scriptTask><sequenceFlow id="f4" sourceRef="left" targetRef="meet"/>
    <scriptTask id="right" scriptFormat="rhai"><script>again = 2;</script></scriptTask><sequenceFlow id="f5" sourceRef="right" targetRef="meet"/>
    <inclusiveGateway id="meet"/><sequenceFlow id="f6" sourceRef="meet" targetRef="tell"/>
    <intermediateThrowEvent id="tell"><signalEventDefinition signalRef="s"/></intermediateThrowEvent>
    <sequenceFlow id="f7" sourceRef="tell" targetRef="part"/>
    <subProcess id="part"><startEvent id="ps"/><sequenceFlow id="p1" sourceRef="ps" targetRef="pe"/>
      <endEvent id="pe"><errorEventDefinition errorRef="e"/></endEvent></subProcess>
    <boundaryEvent id="caught" attachedToRef="part"><errorEventDefinition errorRef="e"/></boundaryEvent>
    <sequenceFlow id="f8" sourceRef="caught" targetRef="work"/>
    <task id="work" name="work"/><sequenceFlow id="f9" sourceRef="work" targetRef="z"/><endEvent id="z"/>
    <sequenceFlow id="f10" sourceRef="part" targetRef="y"/><endEvent id="y"/>
  </process>
</definitions>
X
  printf 'policy: ./policies/own.yaml\nsteps:\n  work: { run: "echo work" }\n' > choices.bindings.yaml
  commit one; ends 0 "$dod" validate --workflow choices.bpmn
}
record_stuck() {
  begin stuck
  cat > stuck.bpmn <<'X'
<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
  <process id="p" isExecutable="true">
    <startEvent id="a"/><sequenceFlow id="f1" sourceRef="a" targetRef="work"/>
    <task id="work" name="work"/><sequenceFlow id="f2" sourceRef="work" targetRef="x"/>
    <exclusiveGateway id="x" default="two"/>
    <sequenceFlow id="one" sourceRef="x" targetRef="join"><conditionExpression>os == "none"</conditionExpression></sequenceFlow>
    <sequenceFlow id="two" sourceRef="x" targetRef="join"/>
    <parallelGateway id="join"/><sequenceFlow id="f3" sourceRef="join" targetRef="z"/><endEvent id="z"/>
  </process>
</definitions>
X
  printf 'policy: ./policies/own.yaml\nsteps:\n  work: { run: "echo work" }\n' > stuck.bindings.yaml
  commit one; ends 3 "$dod" validate --workflow stuck.bpmn
}
record_held() {
  begin held
  printf 'policy: own\nsteps:\n  once: { run: "mkdir -p out; touch out/begun; test -e out/again || sleep 30", idempotent: false }\n  last: { run: "true", needs: [once] }\n' > dod.yaml
  commit one
  "$dod" validate >/dev/null 2>&1 & pid=$!
  until [ -e out/begun ]; do sleep 0.05; done
  kill -9 "$pid"; wait "$pid" 2>/dev/null || true
  touch out/again
  ends 4 "$dod" resume latest
  ends 0 "$dod" approve latest once --as bob
  ends 0 "$dod" resume latest
}
record_joined() {
  begin joined; echo "$JUNIT" > junit.xml
  printf 'policy: own\nversion: 1\nrequired: [test]\nquality_gates: { test: all pass }\n' > policies/own.yaml
  printf 'policy: own\nsteps:\n  test: { run: "cat junit.xml", kind: test, evidence: { junit: stdout } }\n  lint: { run: "true" }\n' > dod.yaml
  commit one
  ends 0 "$dod" validate --only test; "$dod" export latest --output "$work/one.dodz" >/dev/null
  ends 0 "$dod" validate --only lint; "$dod" export latest --output "$work/two.dodz" >/dev/null
  ends 0 "$dod" join "$work/one.dodz" "$work/two.dodz"
}

all="gates passed partial waived approved rejected matrix services killed cancelled timeout rerun diagram choices stuck held joined"
for name in ${*:-$all}; do
  [ ! -e "$here/$name" ] || { echo "$name: is there, and stays as it is"; continue; }
  (
    "record_$name"
    cd "$work/$name"
    "$dod" export latest --output "$work/run.dodz" >/dev/null
    mkdir "$here/$name"
    tar -xf "$work/run.dodz" -C "$here/$name"
    cd /
    "$dod" replay "$here/$name" --quiet > "$here/$name/result.txt"
    "$dod" replay "$here/$name" --quiet --verdict "$here/$name/verdict.json" >/dev/null
    rm -f "$work/run.dodz"
  )
  echo "$name: $(cat "$here/$name/result.txt")"
done
