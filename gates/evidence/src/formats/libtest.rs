//! `libtest`: what `cargo test` prints on a stable toolchain.
//!
//! Several test binaries and doc-tests come one after the other, each with `running N tests`, a line per
//! test, and `test result: …`. The lines are counted; both totals of a binary must agree with them, so that
//! output that was cut and a binary that died without a word are errors. A failed test's own output may hold
//! anything, also what looks like a result.
//!
//! Where cargo's own talk is in the same stream, it says more: which binary runs, that one died or ended with
//! another code than its tests let expect, that one has a harness of its own, and what does not compile.
//! All of that is an errored or failed test, since cargo calls it so.
//!
//! **Absent on purpose:** a verdict over zero tests: several binaries may have none, and a report of none at
//! all holds an empty list.

mod binary;

use dod_kernel::evidence::{Evidence, Outcome};

use self::binary::{Binary, running};
use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::input::{Input, Line};
use crate::results::{Ran, Tests};
use crate::text;

const EXPECTED: &str = "output of libtest";

/// What a panic says of itself, in the line that names its place.
const PANICKED: &str = " panicked at ";

/// The suite of what does not compile.
const COMPILING: &str = "compile";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    // Tests print what they like between the lines that count.
    input.replace_what_is_not_text();
    let mut reader = Reader {
        context,
        target: None,
        binaries: 0,
        state: State::Between,
        tests: Tests::default(),
        said: String::new(),
    };
    let mut buffer = Vec::new();
    while let Some(line) = input.line_into(&mut buffer)? {
        reader.line(&line)?;
    }
    reader.end(input.at())
}

struct Reader<'c> {
    context: &'c Context<'c>,
    /// What cargo says that it runs, where its talk is in the same stream.
    target: Option<Target>,
    binaries: u64,
    state: State,
    tests: Tests,
    /// What the compiler said last, until a target runs.
    said: String,
}

enum State {
    Between,
    Running(Box<Binary>),
}

/// An executable, or the doc-tests of a library.
struct Target {
    name: String,
    is_documentation: bool,
    /// It printed `running … tests`.
    is_libtest: bool,
    /// A test of it failed, or it did itself.
    failed: bool,
    /// It printed something else.
    spoke: bool,
}

impl Reader<'_> {
    fn line(&mut self, line: &Line<'_>) -> Result<()> {
        if let Some(target) = Target::parse(line.text)
            && self.is_between_targets()
        {
            self.leave(line)?;
            self.target = Some(target);
            return Ok(());
        }
        match &mut self.state {
            State::Between => self.between(line),
            State::Running(binary) if binary.is_dying() && said_by_cargo(line.text) => self.bury(line.text),
            State::Running(binary) => {
                if !binary.line(line)? {
                    return Ok(());
                }
                let State::Running(binary) = std::mem::replace(&mut self.state, State::Between) else {
                    return Ok(());
                };
                self.close(*binary)
            }
        }
    }

    /// Whether cargo may start something else here.
    fn is_between_targets(&self) -> bool {
        match &self.state {
            State::Between => true,
            State::Running(binary) => binary.is_dying(),
        }
    }

    fn between(&mut self, line: &Line<'_>) -> Result<()> {
        let text = line.text;
        if let Some(announced) = running(text) {
            self.binaries += 1;
            let suite = match &mut self.target {
                Some(target) => {
                    target.is_libtest = true;
                    target.name.clone()
                }
                None => format!("binary {}", self.binaries),
            };
            self.state = State::Running(Box::new(Binary::new(announced, suite)));
        } else if text.starts_with("test result: ") {
            return Err(line.malformed("behind `running … tests`"));
        } else if failed_to_run(text) {
            return self.fail(text);
        } else if self.target.is_none() && self.binaries == 0 {
            return self.compiling(text);
        } else if !text.trim().is_empty() {
            if !line.ended {
                // It was perhaps going to say that another binary begins.
                return Err(ReadError::CutOff { at: line.at });
            }
            if let Some(target) = &mut self.target {
                target.spoke = true;
            }
        }
        Ok(())
    }

    /// `error: could not compile `shop` (test "prices") due to 2 previous errors`
    fn compiling(&mut self, text: &str) -> Result<()> {
        let Some(rest) = text.strip_prefix("error: could not compile ") else {
            if text.starts_with("error") && !self.said.starts_with("error") {
                self.said.clear();
            }
            if self.said.len() < text::MESSAGE_BYTES_MAX {
                self.said.push_str(text::cut(text, text::MESSAGE_BYTES_MAX));
                self.said.push('\n');
            }
            return Ok(());
        };
        let said = std::mem::take(&mut self.said);
        let name = rest.split(" due to ").next().unwrap_or(rest).replace('`', "");
        let is_error = said.starts_with("error");
        let message = if is_error { said.as_str() } else { "it does not compile" };
        let place = compile_place(&said, self.context).filter(|_| is_error);
        self.tests.push(Ran { message: Some(message), place, ..Ran::new(COMPILING, &name, Outcome::Errored) })
    }

    /// Cargo says that what ran last ended badly. Where a test failed, that is why.
    fn fail(&mut self, text: &str) -> Result<()> {
        let Some(target) = self.target.as_mut().filter(|target| !target.failed) else { return Ok(()) };
        target.failed = true;
        let outcome = if target.is_libtest { Outcome::Errored } else { Outcome::Failed };
        let message = if target.is_libtest { "its tests passed, and it ended with an error" } else { text };
        self.tests.push(Ran { message: Some(message), ..Ran::new(&target.name, &target.name, outcome) })
    }

    /// What ran so far ran to its end, as something else comes.
    fn leave(&mut self, line: &Line<'_>) -> Result<()> {
        self.bury("")?;
        let Some(target) = self.target.take() else { return Ok(()) };
        if target.is_libtest || target.failed {
            return Ok(());
        }
        if target.is_documentation || (!line.ended && !target.spoke) {
            return Err(line.malformed("what was announced to run"));
        }
        self.tests.push(Ran {
            message: Some("a harness of its own: the whole executable is one test"),
            ..Ran::new(&target.name, &target.name, Outcome::Passed)
        })
    }

    /// Notes a binary that died: what it told, and that it died.
    fn bury(&mut self, how: &str) -> Result<()> {
        let State::Running(binary) = std::mem::replace(&mut self.state, State::Between) else {
            return Ok(());
        };
        let target = self.target.as_mut().map(|target| {
            target.failed = true;
            target.name.clone()
        });
        let name = target.unwrap_or_else(|| binary.suite().to_owned());
        let how = how.rsplit_once("` (").map_or("", |(_, how)| how.trim_end_matches(')'));
        let how = if how.is_empty() { "it ended before its tests did" } else { how };
        let message = format!("the test binary died: {how}\n{}", binary.last_words());
        for test in binary.finish() {
            self.tests.add(test)?;
        }
        self.tests.push(Ran { message: Some(&message), ..Ran::new(&name, &name, Outcome::Errored) })
    }

    fn close(&mut self, binary: Binary) -> Result<()> {
        for mut test in binary.finish() {
            if let Some(message) = &test.message
                && test.outcome == Outcome::Failed
            {
                test.place = panic_place(message, self.context);
                test.message = Some(text::message(what_went_wrong(message)));
            }
            if let Some(target) = &mut self.target {
                target.failed |= test.outcome == Outcome::Failed;
            }
            self.tests.add(test)?;
        }
        Ok(())
    }

    fn end(mut self, at: u64) -> Result<Evidence> {
        match &self.state {
            State::Running(binary) if !binary.is_dying() => return Err(ReadError::CutOff { at }),
            _ => {}
        }
        let nothing = Line { text: "", number: 0, at, ended: false };
        self.leave(&nothing)?;
        if self.binaries == 0 && self.tests.len() == 0 {
            let found = "text without `running … tests`".to_owned();
            return Err(ReadError::OtherFormat { expected: EXPECTED, found });
        }
        Ok(Evidence { tests: Some(self.tests.finish()), ..Evidence::default() })
    }
}

impl Target {
    /// `     Running tests/shop.rs (target/debug/deps/shop-0123)`: the hash changes with every compiler.
    fn parse(line: &str) -> Option<Self> {
        let new = |name: &str, is_documentation| Self {
            name: name.to_owned(),
            is_documentation,
            is_libtest: false,
            failed: false,
            spoke: false,
        };
        if let Some(library) = line.strip_prefix("   Doc-tests ") {
            return Some(new(&format!("Doc-tests {library}"), true));
        }
        let (name, path) = line.strip_prefix("     Running ")?.rsplit_once(" (")?;
        path.ends_with(')').then(|| new(name, false))
    }
}

/// What cargo says of an executable that did not end with 0.
pub(super) fn failed_to_run(text: &str) -> bool {
    text.starts_with("error: test failed, to rerun pass ")
        || text.starts_with("error: doctest failed, to rerun pass ")
}

/// What cargo says next.
fn said_by_cargo(text: &str) -> bool {
    text.starts_with("  process didn't exit successfully: `")
        || text.starts_with("error: ")
            && (text.ends_with(" target failed:") || text.ends_with(" targets failed:"))
}

/// The panic without its backtrace, and without its place, which is kept apart.
pub(super) fn what_went_wrong(detail: &str) -> &str {
    let detail = detail.split("\nstack backtrace:\n").next().unwrap_or(detail);
    let (head, said) = detail.trim_start().split_once('\n').unwrap_or((detail, ""));
    if head.contains(PANICKED) && head.ends_with(':') && !said.trim().is_empty() { said } else { detail }
}

/// `thread 'a' (123) panicked at src/lib.rs:12:9:`
pub(super) fn panic_place(detail: &str, context: &Context<'_>) -> Option<dod_kernel::evidence::Place> {
    let (_, rest) = detail.split_once(PANICKED)?;
    place(rest.lines().next()?.trim_end_matches(':'), context)
}

/// ` --> tests/shop.rs:1:31`
fn compile_place(said: &str, context: &Context<'_>) -> Option<dod_kernel::evidence::Place> {
    place(said.lines().find_map(|line| line.trim_start().strip_prefix("--> "))?, context)
}

fn place(text: &str, context: &Context<'_>) -> Option<dod_kernel::evidence::Place> {
    let mut parts = text.rsplitn(3, ':');
    let column = parts.next().and_then(text::line_number)?;
    let line = parts.next().and_then(text::line_number)?;
    Some(context.place(parts.next()?, Some(line), Some(column)))
}

#[cfg(test)]
mod tests;
