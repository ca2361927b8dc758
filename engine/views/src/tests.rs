//! Claims about views: a workflow in a line, a story in a line, the text it becomes.
//!
//! Only this module and `drive` know how a run is made; every story is decided by the kernel itself.

pub(crate) mod build;
mod compared;
mod drive;

mod controls;
mod down;
mod end;
mod every;
mod introduced;
mod json;
mod lines;
mod notes;
mod picture;
mod reference;
mod replayed;
mod two;

pub(crate) use drive::tell;

/// A run in which much goes wrong.
const BAD: (&str, &str) = (
    "fmt; lint(gate=lint); test(gate=test); cov(gate=coverage,tool=llvm-cov,install=get llvm-cov); \
     pack < cov; ship < pack",
    "waivers; require secrets; start; tick 1500; fmt exits 0; lint finds 2; test fails 1 of 28; cov is missing",
);
