//! Files in, graph or diagnostics out.

mod design;
mod hostile;
mod mistakes;
mod show;
mod words;
mod world;

use expect_test::Expect;

use super::*;
use crate::diagnose::testing;

/// One file, or several: each `--- name` line begins another one that `include` and the like can name.
fn run(files: &str) -> Checked {
    world::with(files, &world::Options::default())
}

/// Checks a file and compares its diagnostics, or the graph where there are none.
fn check(files: &str, expected: &Expect) {
    expected.assert_eq(&text_of(&run(files)));
}

fn check_with(files: &str, options: &world::Options, expected: &Expect) {
    expected.assert_eq(&text_of(&world::with(files, options)));
}

fn text_of(checked: &Checked) -> String {
    let mut out = testing::show(&checked.sources, &checked.problems);
    if let Some(workflow) = &checked.workflow {
        out.push_str(&show::workflow(workflow, &checked.settings));
    }
    out
}
