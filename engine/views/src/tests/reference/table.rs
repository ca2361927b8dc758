//! What each event means, and one line of it with all its fields.
//!
//! **Absent on purpose:** objects that several events share; they are in `shared`.

/// One event of the reference.
pub(super) struct Entry {
    /// As it stands in the log.
    pub(super) name: &'static str,
    /// It came from the world.
    pub(super) fact: bool,
    /// What happened.
    pub(super) about: &'static str,
    /// Its fields in canonical order; `?` behind a name: left out where there is nothing to say.
    pub(super) fields: &'static [(&'static str, &'static str)],
    /// Its fields as JSON, all of them.
    pub(super) sample: &'static str,
}

const STEP: (&str, &str) = ("step", "the step: see *step*");
const ATTEMPT: (&str, &str) = ("attempt", "which attempt of the step, from 1");

macro_rules! entry {
    ($kind:ident $name:literal, $about:literal, [$($field:expr),* $(,)?], $sample:literal) => {
        Entry { name: $name, fact: entry!(@ $kind), about: $about, fields: &[$($field),*], sample: $sample }
    };
    (@ fact) => { true };
    (@ decision) => { false };
}

/// All events, facts and decisions mixed, by name.
pub(super) const TABLE: &[Entry] = &[
    entry!(fact "answer_refused", "somebody's answer was not taken", [
        ("by", "who answered, as claimed: see *identity*"), STEP,
        ("why", "`already_answered` (under whatever name); `author_of_the_change`, who may not answer; `not_in_role`: the person has none of the roles; `not_proved`: only signed answers count"),
    ], r#"{"by":{"name":"mallory","proved":false},"step":{"id":"4","name":"signoff"},"why":"not_in_role"}"#),
    entry!(fact "answered", "somebody answered an approval, or said what becomes of a held step", [
        ("accept", "yes (a held step: run it again) or no"),
        ("because?", "why, in the person's words"),
        ("by", "who: see *identity*"),
        ("proof?", "the armored SSH signature over the answer's *statement*: what `by.proved` rests on"),
        ("set?", "variables set along with it, in the step's scope: see *value*"), STEP,
    ], r#"{"accept":true,"because":"looks good","by":{"name":"alice","proved":true},"proof":"-----BEGIN SSH SIGNATURE-----\nU1NI…\n-----END SSH SIGNATURE-----","set":{"version":{"text":"1.2"}},"step":{"id":"4","name":"signoff"}}"#),
    entry!(fact "attempt_ended", "an attempt ended; every attempt ends exactly once", [
        ATTEMPT,
        ("end", "how it ended: see *end*"),
        ("evidence?", "what became of its reports: see *reading*; left out where the step leaves none"),
        ("outputs?", "`name=value` lines that it wrote to `$DOD_OUTPUT`"),
        ("reused_from?", "the run that the result was taken from, where the step did not run here"),
        ("stderr?", "standard error: see *printed*"),
        ("stdout?", "standard output: see *printed*"), STEP,
        ("tool?", "the tool's own word for its version"),
        ("usage", "what it cost: see *usage*"),
    ], r#"{"attempt":1,"end":{"exited":{"code":1,"says":"findings"}},"evidence":{"read":{"digest":"sha256:0101010101010101010101010101010101010101010101010101010101010101","summary":{"findings":{"error":2,"none":0,"note":0,"suppressed":1,"warning":3}}}},"outputs":{"version":"1.2"},"reused_from":"019aa6c1-5d00-7abc-8def-0123456789ab","stderr":{"bytes":5,"tail":"done\n"},"stdout":{"blob":"sha256:0202020202020202020202020202020202020202020202020202020202020202","bytes":90000,"tail":"last line\n"},"step":{"id":"0","name":"lint"},"tool":"ruff 0.14.5","usage":{"cpu_ms":1200,"peak_kib":51200,"wall_ms":900}}"#),
    entry!(fact "attempt_ignored", "a result came for an attempt that had ended before; it changes nothing", [ATTEMPT, STEP],
        r#"{"attempt":1,"step":{"id":"0","name":"lint"}}"#),
    entry!(fact "attempt_started", "an attempt was started; written before the process is", [ATTEMPT, STEP],
        r#"{"attempt":1,"step":{"id":"0","name":"lint"}}"#),
    entry!(decision "attempt_stopping", "an attempt has to be ended early", [
        ATTEMPT, STEP, ("why", "see *stop reason*"),
    ], r#"{"attempt":1,"step":{"id":"3","name":"db"},"why":"unneeded"}"#),
    entry!(fact "cancel_requested", "somebody asked to end the run", [("by", "who: see *identity*")],
        r#"{"by":{"name":"alice","proved":false}}"#),
    entry!(fact "capacity_set", "how many steps may run at once from now on", [("capacity", "how many")],
        r#"{"capacity":4}"#),
    entry!(decision "condition_asked", "an expression was asked: a step's `if`, or the condition of an edge", [
        ("answer", "`value`, `unknown` with the names of the facts that are not known, or `wrong` with line, column and message"),
        ("edge?", "the edge it belongs to, by its index in the workflow; left out for a step's own condition"),
        ("engine", "name and version of the engine that answered"),
        ("expression", "digest of the expression's text"), STEP,
    ], r#"{"answer":{"value":{"bool":true}},"edge":2,"engine":"rhai 1.27","expression":"sha256:0303030303030303030303030303030303030303030303030303030303030303","step":{"id":"1","name":"gateway"}}"#),
    entry!(decision "decision_taken", "a decision table was asked (token graphs)", [
        ("engine", "name and version of the engine that answered its tests"),
        ("rules?", "the rules that matched, from 1"),
        ("set?", "variables that it set: see *value*"), STEP,
        ("wrong?", "why there is no decision, with line and column of the test; then it set nothing"),
    ], r#"{"engine":"rhai 1.27","rules":[2],"set":{"risk":{"text":"high"}},"step":{"id":"1","name":"Assess risk"},"wrong":{"column":1,"line":1,"message":"several rules match"}}"#),
    entry!(decision "event_thrown", "an event was thrown inside the run (token graphs)", [
        ("caught_by?", "the catch that takes an error or escalation; left out where nothing does"),
        ("reached?", "how many catches a message or signal reached; left out for none"), STEP,
        ("what", "`error` or `escalation` with its code, `message` (`key?`, `name`), `signal` with its name, or `termination`: the end of the scope"),
    ], r#"{"caught_by":{"id":"3","name":"on failure"},"reached":1,"step":{"id":"2","name":"Deploy"},"what":{"error":"failed"}}"#),
    entry!(decision "flow_taken", "tokens left a node along these edges (token graphs)", [
        ("edges", "the edges by their index in the workflow, in its order"), STEP,
    ], r#"{"edges":[0,1],"step":{"id":"0","name":"fork"}}"#),
    entry!(decision "gate_judged", "a gate was judged on its full evidence", [
        ("attempt", "which attempt's evidence, from 1"),
        ("outcomes", "how each rule came out: see *rule outcome*"),
        ("state", "how the gate came out: `passed`, `failed`, `undecided` or `waived`"), STEP,
    ], r#"{"attempt":1,"outcomes":[{"effect":"block","gate":"coverage","rule":"coverage","state":"failed","why":{"compared":{"fact":"coverage.line","found":{"unit":"%","value":"71.3"},"wanted":{"fact":"coverage.line","is":"at_least","unit":"%","value":"80"}}}}],"state":"failed","step":{"id":"2","name":"coverage"}}"#),
    entry!(decision "incident", "a node cannot go on as the definition says; its token is gone (token graphs)", [
        STEP,
        ("what", "`{\"condition\": why}`: it could not be evaluated or its answer is not known; `no_true_condition`: and no default; `task_failed`: and nothing handles that; `{\"uncaught\": code}`: it threw an error that nothing catches; `{\"value\": why}`: a time, a key or a number of rounds could not be evaluated, or is not one"),
    ], r#"{"step":{"id":"1","name":"gateway"},"what":"no_true_condition"}"#),
    entry!(decision "join_fired", "an inclusive join has all the tokens that can come (BPMN 2.0.2, table 13.3)", [STEP],
        r#"{"step":{"id":"5","name":"merge"}}"#),
    entry!(decision "judge_taken", "a judge step took a verdict over what is known so far", [
        ("outcomes", "how each rule over the run came out: see *rule outcome*"), STEP,
        ("verdict", "what it said: see *verdict*"),
    ], r#"{"outcomes":[],"step":{"id":"3","name":"ready"},"verdict":{"definitions":"protected","policy":"enterprise","scope":"full","state":"passed"}}"#),
    entry!(decision "limit_reached", "a named bound was reached, and the run stops", [
        ("limit", "the bound's name: `activations_max`, `scopes_max`, `tokens_max`"),
    ], r#"{"limit":"activations_max"}"#),
    entry!(fact "message_received", "a message came from outside", [
        ("by?", "who sent it, as claimed: see *identity*"),
        ("key?", "its correlation key"),
        ("name", "its name"),
        ("set?", "variables it carries, set in the scopes of the steps it reaches: see *value*"),
    ], r#"{"by":{"name":"alice","proved":false},"key":"pr-17","name":"merged","set":{"count":{"integer":"3"}}}"#),
    entry!(decision "retry_scheduled", "another attempt will be made", [
        ("attempt", "which attempt that will be, from 1"),
        ("due", "not before this time, in milliseconds since 1970"), STEP,
    ], r#"{"attempt":2,"due":1795273201000,"step":{"id":"1","name":"test"}}"#),
    entry!(decision "run_finished", "the run ended with this verdict", [
        ("outcomes", "how each rule over the run came out: see *rule outcome*"),
        ("verdict", "see *verdict*"),
    ], r#"{"outcomes":[],"verdict":{"definitions":"unprotected","not_measured":["coverage"],"policy":"standard","reasons":[{"step_failed":{"step":"build"}}],"scope":"full","state":"failed"}}"#),
    entry!(fact "run_resumed", "a process took up a run that another one left", [
        ("cut_bytes", "how many bytes of a torn last line were cut"),
        ("tree?", "digest of the tree as it was then"),
    ], r#"{"cut_bytes":12,"tree":"sha256:0404040404040404040404040404040404040404040404040404040404040404"}"#),
    entry!(fact "run_started", "the run began; everything that follows rests on what is named here, by digest", [
        ("capacity", "how many steps may run at once"),
        ("changed?", "repository-relative paths that the change touches; left out where no base is known"),
        ("definitions", "`protected`: read from the base; `introduced_here`: the base has none yet; `unprotected`: no base is known"),
        ("facts", "facts for expressions (`commit`, `branch`, …): see *value*"),
        ("fail_fast", "stop at the first step that fails"),
        ("format", "shape of the lines"),
        ("governance", "digest of the policies, waivers and roles that the run is judged by"),
        ("id", "the run: a UUID version 7"),
        ("left_out?", "steps that a flag left out"),
        ("origin?", "what checkpoints of this run call it: `<repository>/run/<id>`"),
        ("program", "the program that wrote the log, with its version"),
        ("recorded?", "results of earlier runs that required gates may rest on: see *recorded gate*"),
        ("rules", "behavior of the kernel"),
        ("settings?", "everything said on the command line that changes what is judged, word for word"),
        ("sources?", "the runs that this one joins: see *source*"),
        ("timeout_ms?", "the longest the run may take"),
        ("tree?", "digest of the tree; with one, the tree is digested again at the end"),
        ("variables?", "variables of the run's own scope: see *value*"),
        ("workflow", "digest of the checked workflow"),
    ], r#"{"capacity":4,"changed":["src/main.rs"],"definitions":"protected","facts":{"branch":{"text":"main"}},"fail_fast":false,"format":1,"governance":"sha256:0505050505050505050505050505050505050505050505050505050505050505","id":"019aa6c1-5d00-7abc-8def-0123456789ab","left_out":["load"],"origin":"example.com/shop/run/019aa6c1-5d00-7abc-8def-0123456789ab","program":"dod 0.1.0","recorded":[{"at":1795262400000,"commit":"9fceb02d0ae598e95dc970b74767f19372d61af8","gate":"load","kind":"performance","run":"019aa5b2-0000-7abc-8def-0123456789ab","state":"passed"}],"rules":1,"settings":["--skip","load"],"sources":[{"events":31,"root":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","run":"019aa6c0-0000-7abc-8def-0123456789ab","signed_by":["ci+0a1b2c3d"]}],"timeout_ms":21600000,"tree":"sha256:0606060606060606060606060606060606060606060606060606060606060606","variables":{"retries":{"integer":"0"}},"workflow":"sha256:0707070707070707070707070707070707070707070707070707070707070707"}"#),
    entry!(decision "run_stopping", "nothing new starts, and what runs is ended", [("why", "see *stop reason*")],
        r#"{"why":"fail_fast"}"#),
    entry!(decision "scope_opened", "a call opened a scope over another graph", [
        ("scope", "the new scope's number"), ("step", "the call: see *step*"),
    ], r#"{"scope":1,"step":{"id":"2","name":"release"}}"#),
    entry!(decision "script_run", "a script was run (token graphs)", [
        ("engine", "name and version of the engine"),
        ("script", "digest of the script's text"),
        ("set?", "variables that it set: see *value*"), STEP,
        ("wrong?", "why it could not be run to its end, with line and column; then it set nothing"),
    ], r#"{"engine":"rhai 1.27","script":"sha256:0303030303030303030303030303030303030303030303030303030303030303","set":{"n":{"integer":"3"}},"step":{"id":"1","name":"Count"},"wrong":{"column":5,"line":1,"message":"no variable is called `m`"}}"#),
    entry!(fact "service_ready", "a service can be used", [("step", "the service: see *step*")],
        r#"{"step":{"id":"3","name":"db"}}"#),
    entry!(fact "signal_received", "a signal came from outside; everything that waits for it hears it", [
        ("by?", "who sent it, as claimed: see *identity*"),
        ("name", "its name"), ("set?", "variables it carries, set in the scopes of the steps that hear it: see *value*"),
    ], r#"{"by":{"name":"alice","proved":false},"name":"freeze","set":{"until":{"text":"2026-12-01"}}}"#),
    entry!(decision "step_held", "a step that must not run twice was running when the run was lost: a person has to say what becomes of it", [STEP],
        r#"{"step":{"id":"6","name":"deploy"}}"#),
    entry!(decision "step_ready", "all that the step needs is there; it starts as soon as there is room", [
        ("attempt", "which attempt it will be, from 1"), STEP,
    ], r#"{"attempt":1,"step":{"id":"0","name":"lint"}}"#),
    entry!(decision "step_settled", "the step has come to its end", [
        ("outcome", "`finished` (a gate left readable evidence, whatever it found), `passed`, `failed`, `undecided`, `not_applicable` (its own `if`, or a flag) or `skipped` (something before it, or the end of the run)"),
        STEP,
        ("why", "what made it settle: see *settled by*"),
    ], r#"{"outcome":"skipped","step":{"id":"1","name":"test"},"why":{"upstream":{"id":"0","name":"build"}}}"#),
    entry!(decision "step_waiting", "the step waits for time, a person or a message", [
        ("due?", "when it stops waiting, in milliseconds since 1970"),
        ("key?", "the correlation key that a message must carry, where the definition asks for one"), STEP,
    ], r#"{"due":1795877900000,"key":"pr-17","step":{"id":"4","name":"signoff"}}"#),
    entry!(decision "stuck", "at rest, tokens wait at joins for others that cannot come; the run is undecided", [
        ("steps", "the joins: see *step*"),
    ], r#"{"steps":[{"id":"5","name":"join"}]}"#),
    entry!(fact "timer_fired", "a timer's time had come", [
        ("timer", "`{\"attempt\": step}`: the longest an attempt may take; `{\"retry\": step}`: the next attempt; `{\"wait\": step}`: the end of a wait; `run`: the longest the run may take"),
    ], r#"{"timer":{"retry":"1"}}"#),
    entry!(fact "tree_digested", "the tree was digested at the end of the run", [
        ("changed?", "paths that changed during the run and that no step declares as its output; at most a hundred"),
        ("tree", "its digest"),
    ], r#"{"changed":["src/generated.rs"],"tree":"sha256:0808080808080808080808080808080808080808080808080808080808080808"}"#),
    entry!(decision "value_asked", "an expression was asked for a value (token graphs)", [
        ("answer", "`value`, `unknown` with the names of what is not known, or `wrong` with line, column and message"),
        ("engine", "name and version of the engine that answered"),
        ("expression", "digest of the expression's text"),
        ("purpose", "`timer` (when it is due), `key` (of a message), `rounds` (how many, or over what), `collect` (what a round leaves)"), STEP,
    ], r#"{"answer":{"value":{"text":"PT10M"}},"engine":"rhai 1.27","expression":"sha256:0303030303030303030303030303030303030303030303030303030303030303","purpose":"timer","step":{"id":"1","name":"Wait"}}"#),
    entry!(decision "variables_contested", "steps that ran at the same time set variables to different values; the last one counts (token graphs)", [
        ("names", "the variables"), ("step", "the step that set them last: see *step*"),
    ], r#"{"names":["version"],"step":{"id":"4","name":"Build"}}"#),
];
