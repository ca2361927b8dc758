//! The one integration binary: the real program, from outside, and the house rules of the source.
//!
//! | module | claims about |
//! |---|---|
//! | `tidy` | who may name whom, purity, module docs, sizes |
//! | `crash` | `kill -9` at any moment, then `dod resume` |
//! | `trouble` | bad input and bad surroundings |
//! | `examples` | the shipped examples give the verdicts that their READMEs state |
//! | `verdicts` | needs, retries, judges, partial runs, governed files |
//!
//! **Absent on purpose:** timing. Speed is measured in benchmarks.

mod crash;
mod dod;
mod examples;
mod look;
mod tidy;
mod trouble;
mod verdicts;
mod write;
