//! Diagrams in, graphs or diagnostics out.

mod build;
mod corpus;
mod decisions;
mod events;
mod flow;
mod hostile;
mod show;
mod size;
mod sound;
mod tasks;
mod world;

use expect_test::Expect;

use world::Options;

/// Lowers one process and compares what becomes of it.
fn check(text: &str, expected: &Expect) {
    check_with(text, &[], &Options::default(), expected);
}

/// The same, with files beside it and other wishes.
fn check_with(text: &str, files: &[(&str, &str)], options: &Options<'_>, expected: &Expect) {
    check_file(&build::diagram(text), files, options, expected);
}

/// The same for the text of a file.
fn check_file(xml: &str, files: &[(&str, &str)], options: &Options<'_>, expected: &Expect) {
    expected.assert_eq(&show::checked(&world::with(xml.as_bytes(), files, options)));
}
