//! The one integration binary: the real program, from outside, and the house rules of the source.
//!
//! | module | claims about |
//! |---|---|
//! | `approvals` | who answers: roles, authors, signed answers that travel |
//! | `tidy` | who may name whom, purity, module docs, sizes |
//! | `attest` | in-toto statements, which foreign programs check, too |
//! | `audit` | each commit of a branch with the run that speaks for it |
//! | `logs` | runs of long ago are made again, to the same bytes |
//! | `bpmn` | diagrams as workflows: people, messages, loops, `kill -9` |
//! | `conformance` | third-party BPMN files come out as others say, or differ for a reason |
//! | `crash` | `kill -9` at any moment, then `dod resume` |
//! | `trouble` | bad input and bad surroundings |
//! | `hostile` | troublemakers, full disks, changes that would judge themselves |
//! | `house` | what `keep:` lets go, the archive, backups |
//! | `examples` | the shipped examples give the verdicts that their READMEs state |
//! | `fix` | fixers of failing gates, and what each changed |
//! | `verdicts` | needs, retries, judges, partial runs, governed files |
//! | `log` | the log of a clone, keys, signatures, anchors against rollback |
//! | `judged` | bases, baselines, waivers, and what other policies would say |
//! | `machines` | runs that travel: exported, imported, joined, gathered |
//! | `modeler` | the XSD of `dod`'s words in diagrams, templates for editors |
//! | `proof` | whatever is done to a run that ended is found by `dod verify` |
//! | `published` | the log of a clone as tiles, read by a program that is not ours |
//! | `recorded` | required gates that rest on earlier runs |
//! | `stranger` | a run is checked with the commands of `docs/verify-without-dod.md` alone |
//! | `recordings` | what real tools wrote is read as what it is |
//!
//! **Absent on purpose:** timing. Speed is measured in benchmarks.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests stand outside of test functions, and say what they skip"
)]

mod approvals;
mod attest;
mod audit;
mod bpmn;
mod conformance;
mod crash;
mod dod;
mod examples;
mod fix;
mod hostile;
mod house;
mod judged;
mod log;
mod logs;
mod look;
mod machines;
mod modeler;
mod proof;
mod published;
mod recorded;
mod recordings;
mod stranger;
mod tidy;
mod trouble;
mod verdicts;
mod write;
