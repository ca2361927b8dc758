//! Objects that several events share.

/// As Markdown.
pub(super) const OBJECTS: &str = r#"Enumerations are written as their name where they hold nothing (`"timed_out"`), else as an object with that name as
its only member (`{"exited":{"code":1,"says":"findings"}}`). Digests are `sha256:` and 64 hexadecimal digits.

### Step

| field | meaning |
|---|---|
| `id` | which activation of which node: `node`, `scope/node`, with `#round` behind it after the first activation |
| `name` | what people call it; redundant, and checked by replay |

### Identity

| field | meaning |
|---|---|
| `name` | as claimed or proved |
| `proved` | a signature proved it |

### Statement

What the signature of an answer (`proof` of `answered`) is over: one line of canonical JSON, ended by a line feed, in the namespace
`dod-approval` of `PROTOCOL.sshsig`. It is not recorded: it follows from the events before the answer and from the answer.

| field | meaning |
|---|---|
| `accept` | as in `answered` |
| `because?` | as in `answered` |
| `by` | the name in `answered` |
| `commit?` | `facts.commit` of `run_started`, without its type |
| `governance` | as in `run_started` |
| `run` | `id` of `run_started` |
| `set?` | as in `answered` |
| `step` | as in `answered` |
| `tree?` | as in `run_started` |
| `verdicts?` | of every judge step before it the last verdict: `digest` of the canonical JSON of `verdict` in `judge_taken`, and its `step` |
| `workflow` | as in `run_started` |

### Source

| field | meaning |
|---|---|
| `events` | how many events the joined run had |
| `root` | the RFC 6962 root over its lines, in base64, as its checkpoint has it |
| `run` | its id |
| `signed_by?` | keys that had signed its checkpoint and that the joiner trusted, as `name+id` |

### Value

`{"bool":true}`, `{"integer":"3"}`, `{"decimal":"0.5"}`, `{"text":"main"}`, `{"list":[…]}`, `{"map":{…}}` or `"null"`.

### End

| value | meaning |
|---|---|
| `cancelled` | it was ended because `dod` asked |
| `exited` | it ended by itself: `code`, and what the code `says` (`clean`, `findings`, `broken`) |
| `lost` | the process of `dod` died before it could record the end |
| `not_started` | it could not be started: `why` |
| `signaled` | a `signal` that `dod` did not send ended it |
| `timed_out` | its time was up |

### Reading

| value | meaning |
|---|---|
| `none` | the step leaves no reports |
| `read` | `digest` of the evidence's canonical JSON in the blobs, and its `summary` |
| `unreadable` | there should be reports, and there is nothing to read them from: `why` |

A `summary` has `components?`, `findings?` (`error`, `none`, `note`, `suppressed`, `warning`), `measures?` (by name, each with
`unit` and `value`), `mismatches?`, `tests?` (`errored`, `failed`, `flaky`, `passed`, `skipped`) and `vulnerabilities?` (`critical`,
`high`, `low`, `medium`, `none`, `unknown`). What is left out was not looked for; it is not zero.

### Printed

| field | meaning |
|---|---|
| `blob?` | the blob that holds the stream, where it is more than fits here |
| `bytes` | how many bytes the step wrote |
| `tail` | all of it where it is short, else its last lines; secrets are masked |

### Usage

| field | meaning |
|---|---|
| `cpu_ms` | processor time of the process and its children |
| `peak_kib?` | largest resident set of a single process, where it is known |
| `wall_ms` | time from start to end |

### Stop reason

`cancelled` (somebody asked), `decided` (what needs it is decided without it), `fail_fast`, `interrupted` (by an event
beside it or around it), `limit` (a bound was reached), `terminated` (its scope was), `timeout`, `unneeded` (a service that
nobody needs any more), `withdrawn` (what it waited beside or raced against has come to its end).

### Settled by

| value | meaning |
|---|---|
| `answers` | people answered |
| `condition` | its condition: false, or unknown |
| `decision` | a decision table |
| `disagreement` | its exit code says that there are findings, its report has none |
| `error` | it caught an error with this code |
| `escalation` | it caught an escalation with this code |
| `evidence` | its evidence was read and judged |
| `exit` | its exit code, or its end in another way |
| `joined` | so many of its incoming edges passed, or cannot any more |
| `judge` | a judge's verdict |
| `message` | a message came |
| `not_selected` | a flag left it out |
| `nothing` | it does nothing but pass on |
| `ready` | its service is ready |
| `scope` | the scope it opened |
| `script` | its script |
| `signal` | a signal came |
| `stopped` | the run was stopping, or it was not needed any more: a stop reason |
| `thrown` | it threw what it throws |
| `time` | its time was up |
| `unreadable` | there is no readable evidence |
| `upstream` | the step before it that it needs |

### Rule outcome

| field | meaning |
|---|---|
| `effect` | what breaking the rule does: `block`, `warn` or `info` |
| `gate?` | the gate it was asked of; left out for rules over the run |
| `rule` | the rule's id |
| `state` | `passed`, `failed`, `undecided`, `waived`, `skipped` or `not_applicable` |
| `when?` | what the rule's own condition answered: `answer`, `engine`, digest of the `expression` |
| `why` | what it rests on: `compared` (`fact`, `found`, `wanted`), `answered` (an expression), `not_measured` (`fact`), `unit` (the units do not compare), `no_tests`, `not_asked`, `waived` (`by` whom, and `otherwise`) |

### Recorded gate

How a gate came out in an earlier run that this one may rest on.

| field | meaning |
|---|---|
| `at` | when it came to its end there, in milliseconds since 1970 |
| `commit?` | the commit that it ran on |
| `gate` | the step's name |
| `kind?` | `lint`, `test`, …; left out where the step has none |
| `outcomes?` | how the rules of this run's policy come out on what it found there: rule outcomes |
| `run` | that run |
| `state` | how it came out: the worse of what was said there and what this run's policy says of it |

### Verdict

| field | meaning |
|---|---|
| `definitions` | as in `run_started` |
| `not_measured?` | kinds that the policy would judge and nothing measured |
| `policy` | the policy's name |
| `reasons?` | why it is not passed, or what a reader must know, worst first: `cancelled`, `incident`, `left_out`, `limit`, `missing`, `rule` (a rule outcome), `step_failed`, `step_undecided`, `stuck`, `timeout` |
| `rests_on?` | required gates that this run did not produce, each with the recorded run whose result is taken |
| `scope` | `full`, or `partial` where a flag left something out |
| `state` | `passed`, `failed` or `undecided` |
| `tree_changed?` | the tree changed in a way nobody declared; such a verdict cannot be attested |
| `waived?` | what was waived, and by whom |
| `waivers_refused?` | waivers that do not count, and why not |
| `waivers_unused?` | waivers that count and changed no outcome |
"#;
