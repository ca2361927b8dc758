//! `go_test`: JSON lines of `go test -json` (`go doc test2json`).
//!
//! Every named test counts, subtests too. A test that began and did not end is errored if its package
//! failed, and so is a package that failed without a failed test (it did not build, it panicked, it exited).
//! A package that began and did not end means that the report was cut off.
//!
//! A test that prints without a line end hides its own end from older versions of Go: `oops--- PASS: TestA (0.00s)` is
//! output and no event (golang/go#26325). Where nothing else tells of the end, that text does. A benchmark has no end
//! of its own at all; it has passed with its package.

use std::collections::BTreeMap;

use dod_kernel::evidence::{Evidence, Outcome};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::input::Input;
use crate::json::{Json, Value};
use crate::results::{Ran, Tests};
use crate::text;

const EXPECTED: &str = "JSON lines of `go test`";

pub(crate) fn read(input: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    let mut reader = Reader::default();
    let mut buffer = Vec::new();
    let mut documents = 0u64;
    while let Some(first) = input.peek()? {
        if first != b'{' {
            // Older versions say in plain text that a package did not build.
            if let Some(line) = input.line_into(&mut buffer)? {
                reader.plain(line.text)?;
            }
            continue;
        }
        let (line, at) = (input.line(), input.at());
        let malformed = |expected| ReadError::Malformed { line, at, expected };
        let event = Json::new(input).value()?;
        if input.line_into(&mut buffer)?.is_some_and(|rest| !rest.text.trim().is_empty()) {
            return Err(malformed("one JSON object"));
        }
        documents += 1;
        let Some(action) = event.get("Action").text() else {
            return Err(match documents {
                1 => ReadError::OtherFormat {
                    expected: EXPECTED,
                    found: "JSON lines without an `Action`".to_owned(),
                },
                _ => malformed("an event with an `Action`"),
            });
        };
        reader.event(action, &event, &malformed)?;
    }
    if documents == 0 && reader.tests.len() == 0 {
        return Err(ReadError::OtherFormat {
            expected: EXPECTED,
            found: "text without JSON lines".to_owned(),
        });
    }
    if !reader.packages.is_empty() || reader.unbuilt {
        return Err(ReadError::CutOff { at: input.at() });
    }
    Ok(Evidence { tests: Some(reader.tests.finish()), ..Evidence::default() })
}

#[derive(Default)]
struct Reader {
    /// Packages that began and did not end.
    packages: BTreeMap<String, Package>,
    /// Something did not build, and no package has failed since.
    unbuilt: bool,
    tests: Tests,
}

#[derive(Default)]
struct Package {
    /// Tests that began and did not end, and what they printed.
    open: BTreeMap<String, String>,
    /// Ends of tests that stand in the middle of what was printed.
    hidden: BTreeMap<String, Outcome>,
    /// What the package itself printed.
    output: String,
    failed: bool,
}

impl Reader {
    fn event(
        &mut self,
        action: &str,
        event: &Value,
        malformed: &dyn Fn(&'static str) -> ReadError,
    ) -> Result<()> {
        // What the compiler says; the package's own end follows.
        if action.starts_with("build-") {
            self.unbuilt |= action == "build-fail";
            return Ok(());
        }
        let name = event.get("Package").text().unwrap_or_default();
        let package = self.packages.entry(name.to_owned()).or_default();
        let test = event.get("Test").text();
        let outcome = match action {
            "pass" => Outcome::Passed,
            "fail" => Outcome::Failed,
            "skip" => Outcome::Skipped,
            "bench" => return Ok(()),
            "output" => {
                let said = event.get("Output").text().unwrap_or_default();
                if let Some((test, outcome)) = hidden(said)
                    && package.open.contains_key(test)
                {
                    package.hidden.insert(test.to_owned(), outcome);
                }
                let kept = match test {
                    Some(test) => package.open.get_mut(test),
                    None => Some(&mut package.output),
                };
                // A test that has ended may still print.
                let Some(kept) = kept else { return Ok(()) };
                // `=== RUN`, `=== PAUSE`, `=== CONT`, `=== NAME` say only what other events say.
                if kept.len() < text::MESSAGE_BYTES_MAX && !said.starts_with("=== ") {
                    kept.push_str(text::cut(said, text::MESSAGE_BYTES_MAX));
                }
                return Ok(());
            }
            "run" => {
                let test = test.ok_or(malformed("a `run` of a test"))?;
                package.open.entry(test.to_owned()).or_default();
                return Ok(());
            }
            "start" | "pause" | "cont" | "attr" | "artifacts" => return Ok(()),
            _ => return Err(malformed("an event with an `Action` that Go has")),
        };
        match test {
            Some(test) => {
                let output = package.open.remove(test).unwrap_or_default();
                package.failed |= outcome == Outcome::Failed;
                let elapsed = match event.get("Elapsed") {
                    Value::Number(seconds) => text::seconds_to_ms(seconds),
                    _ => None,
                };
                self.tests.push(ran(name, test, outcome, elapsed, &output))
            }
            None => self.close(name, outcome, malformed),
        }
    }

    fn close(
        &mut self,
        name: &str,
        outcome: Outcome,
        malformed: &dyn Fn(&'static str) -> ReadError,
    ) -> Result<()> {
        let package = self.packages.remove(name).unwrap_or_default();
        self.unbuilt &= outcome != Outcome::Failed;
        let mut failed = package.failed;
        for (test, output) in package.open {
            let ended = match package.hidden.get(&test) {
                Some(hidden) => *hidden,
                None if outcome == Outcome::Failed => Outcome::Errored,
                None if test.starts_with("Benchmark") => Outcome::Passed,
                None => return Err(malformed("the end of a package whose tests have all ended")),
            };
            failed |= matches!(ended, Outcome::Failed | Outcome::Errored);
            self.tests.push(ran(name, &test, ended, None, &output))?;
        }
        if outcome == Outcome::Failed && !failed {
            self.tests.push(ran(name, "(the package itself)", Outcome::Errored, None, &package.output))?;
        }
        Ok(())
    }

    fn plain(&mut self, text: &str) -> Result<()> {
        let Some(rest) = text.strip_prefix("FAIL\t") else { return Ok(()) };
        let name = rest.split_whitespace().next().unwrap_or_default();
        self.unbuilt = false;
        self.tests.push(ran(name, "(the package itself)", Outcome::Errored, None, rest))
    }
}

/// `oops--- PASS: TestA (0.00s)`: the end of a test behind something that was printed.
fn hidden(said: &str) -> Option<(&str, Outcome)> {
    let (_, end) = said.rsplit_once("--- ")?;
    let (word, rest) = end.split_once(": ")?;
    let outcome = match word {
        "PASS" => Outcome::Passed,
        "FAIL" => Outcome::Failed,
        "SKIP" => Outcome::Skipped,
        _ => return None,
    };
    let (test, time) = rest.trim_end().rsplit_once(" (")?;
    time.ends_with("s)").then_some((test, outcome))
}

/// What a test that passed printed says nothing.
fn ran<'a>(
    suite: &'a str,
    name: &'a str,
    outcome: Outcome,
    elapsed: Option<u64>,
    output: &'a str,
) -> Ran<'a> {
    let message = (outcome != Outcome::Passed).then(|| reason(output));
    Ran { duration_ms: elapsed, message, ..Ran::new(suite, name, outcome) }
}

/// What a test printed, from its panic on, or without the line that says only that it failed.
fn reason(output: &str) -> &str {
    if let Some(at) = output.find("panic: ").filter(|at| *at == 0 || output[..*at].ends_with('\n')) {
        return &output[at..];
    }
    match output.trim_start().split_once('\n') {
        Some((head, rest)) if head.starts_with("--- ") && !rest.trim().is_empty() => rest,
        _ => output,
    }
}

#[cfg(test)]
mod tests;
