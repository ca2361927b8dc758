//! `tap`: the Test Anything Protocol, versions 12 to 14.
//!
//! The plan (`1..N`) stands before the first or behind the last test and must be kept: fewer tests are a report
//! that was cut off, more or the same number twice a broken one. Indented lines are subtests and details of the
//! test above them and do not count. What is no TAP is the program's own talk, unless a pragma forbids it.
//!
//! `not ok` with `# TODO` is expected not to hold yet: it does not fail, and is no pass either, so it counts as
//! skipped. `not ok` with `# SKIP` is failed. How many lines carry either word is kept in `tests.todo` and
//! `tests.skip`. `Bail out!` is an error of the run itself.
//!
//! **Absent on purpose:** results of subtests (their parent's line sums them up), nested YAML.

use std::collections::BTreeSet;

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, Measure, Outcome};

use self::block::Block;
use self::point::{Directive, Point};
use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::input::{Input, Line};
use crate::results::{Ran, Tests};
use crate::text;

mod block;
mod point;

const EXPECTED: &str = "TAP";

/// Versions that a report may state. Version 12 had no such line, so one that states it is of no version.
const VERSIONS: [&str; 2] = ["13", "14"];

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    // Programs print what they like between the lines that count.
    input.replace_what_is_not_text();
    let mut reader = Reader::new(context);
    let mut buffer = Vec::new();
    while let Some(line) = input.line_into(&mut buffer)? {
        reader.line(&line)?;
    }
    reader.end(input.line(), input.at())
}

struct Reader<'c> {
    context: &'c Context<'c>,
    versioned: bool,
    plan: Option<Plan>,
    /// Numbers of the tests that were seen.
    numbers: BTreeSet<u64>,
    /// The test that was seen last, while its details follow.
    last: Option<(Point, Block)>,
    tests: Tests,
    skip: u64,
    todo: u64,
    /// Text that is no TAP is an error.
    strict: bool,
    /// A line holds `not` alone, and the `ok` that it belongs to comes next, as VMS writes it.
    negated: bool,
    /// Nothing that follows counts.
    bailed: bool,
}

struct Plan {
    tests: u64,
    /// It stood behind the tests, so none may follow.
    closes: bool,
    /// Tests that are expected to fail, as the very first versions name them.
    todo: BTreeSet<u64>,
}

impl<'c> Reader<'c> {
    fn new(context: &'c Context<'c>) -> Self {
        Self {
            context,
            versioned: false,
            plan: None,
            numbers: BTreeSet::new(),
            last: None,
            tests: Tests::default(),
            skip: 0,
            todo: 0,
            strict: false,
            negated: false,
            bailed: false,
        }
    }

    fn line(&mut self, line: &Line<'_>) -> Result<()> {
        let text = line.text;
        if self.bailed || text.trim().is_empty() {
            return Ok(());
        }
        if text.starts_with([' ', '\t']) {
            if let Some((_, block)) = &mut self.last {
                block.indented(text);
            }
            return Ok(());
        }
        if let Some(comment) = text.strip_prefix('#') {
            if let Some((_, block)) = &mut self.last {
                block.comment(comment);
            }
            return Ok(());
        }
        let negated = std::mem::replace(&mut self.negated, text.trim_end() == "not");
        if self.negated {
            return Ok(());
        }
        if let Some(plan) = Plan::parse(text) {
            return self.plan(plan, line);
        }
        if let Some(mut point) = Point::parse(text) {
            point.ok &= !negated;
            return self.point(point, line);
        }
        if let Some(version) = text.strip_prefix("TAP version ") {
            return self.version(version.trim(), line);
        }
        if let Some(reason) = bail_out(text) {
            return self.bail_out(reason);
        }
        match text.strip_prefix("pragma ") {
            Some(pragmas) => self.pragma(pragmas),
            None if self.strict => return Err(line.malformed("TAP, and a pragma forbids anything else")),
            None => {}
        }
        Ok(())
    }

    fn version(&mut self, version: &str, line: &Line<'_>) -> Result<()> {
        if !VERSIONS.contains(&version) {
            let found = format!("TAP version {}", text::cut(version, 40));
            return Err(ReadError::OtherFormat { expected: "TAP 12 to 14", found });
        }
        if self.versioned || self.plan.is_some() || !self.numbers.is_empty() {
            return Err(line.malformed("TAP: its version is said once, before anything else"));
        }
        self.versioned = true;
        Ok(())
    }

    fn plan(&mut self, mut plan: Plan, line: &Line<'_>) -> Result<()> {
        if self.plan.is_some() {
            return Err(line.malformed("TAP with one plan"));
        }
        plan.closes = !self.numbers.is_empty();
        self.flush()?;
        self.plan = Some(plan);
        Ok(())
    }

    fn point(&mut self, mut point: Point, line: &Line<'_>) -> Result<()> {
        self.flush()?;
        if self.plan.as_ref().is_some_and(|plan| plan.closes) {
            return Err(line.malformed("TAP with its plan at one end"));
        }
        let number = point.number.unwrap_or(self.numbers.len() as u64 + 1);
        let beyond = self.plan.as_ref().is_some_and(|plan| number > plan.tests);
        if number == 0 || beyond {
            return Err(line.malformed("a test of the plan"));
        }
        if !self.numbers.insert(number) {
            return Err(line.malformed("a test that was not told before"));
        }
        if self.plan.as_ref().is_some_and(|plan| plan.todo.contains(&number)) {
            point.directive.get_or_insert(Directive::Todo);
        }
        self.skip += u64::from(point.directive == Some(Directive::Skip));
        self.todo += u64::from(point.directive == Some(Directive::Todo));
        point.number = Some(number);
        self.last = Some((point, Block::default()));
        Ok(())
    }

    /// Records the last test, as its details are complete.
    fn flush(&mut self) -> Result<()> {
        let Some((point, block)) = self.last.take() else { return Ok(()) };
        let outcome = point.outcome();
        let number = format!("test {}", point.number.unwrap_or_default());
        let failed = outcome == Outcome::Failed;
        let said = if failed { block.message() } else { None };
        let message = said.or(Some(point.reason.as_str())).filter(|text| !text.is_empty());
        self.tests.push(Ran {
            duration_ms: point.duration_ms.or(block.duration_ms()),
            message,
            place: if failed { block.place(self.context) } else { None },
            ..Ran::new("", if point.name.is_empty() { &number } else { &point.name }, outcome)
        })
    }

    fn bail_out(&mut self, reason: &str) -> Result<()> {
        self.flush()?;
        self.bailed = true;
        let message = if reason.is_empty() { "bailed out" } else { reason };
        self.tests.push(Ran { message: Some(message), ..Ran::new("", "(the run itself)", Outcome::Errored) })
    }

    /// `pragma +strict, -bail`
    fn pragma(&mut self, pragmas: &str) {
        for pragma in pragmas.split([',', ' ']) {
            match pragma {
                "+strict" => self.strict = true,
                "-strict" => self.strict = false,
                _ => {}
            }
        }
    }

    fn end(mut self, line: u64, at: u64) -> Result<Evidence> {
        let unclosed = self.versioned && self.last.as_ref().is_some_and(|(_, block)| block.is_open());
        self.flush()?;
        let seen = self.numbers.len() as u64;
        match &self.plan {
            _ if self.bailed => {}
            None if seen == 0 => {
                let found = "text without a plan (`1..N`)".to_owned();
                return Err(ReadError::OtherFormat { expected: EXPECTED, found });
            }
            None => {
                let expected = "the plan (`1..N`) that TAP has before or behind its tests";
                return Err(ReadError::Malformed { line, at, expected });
            }
            // No test has a number beyond a plan in front, and none twice.
            Some(plan) if plan.closes && seen > plan.tests => {
                let expected = "a plan (`1..N`) of as many tests as were told";
                return Err(ReadError::Malformed { line, at, expected });
            }
            Some(plan) if seen < plan.tests || unclosed => return Err(ReadError::CutOff { at }),
            Some(plan) if self.numbers.last().is_some_and(|last| *last > plan.tests) => {
                return Err(ReadError::Malformed { line, at, expected: "tests of the plan" });
            }
            Some(_) => {}
        }
        let mut evidence = Evidence { tests: Some(self.tests.finish()), ..Evidence::default() };
        for (name, count) in [("tests.skip", self.skip), ("tests.todo", self.todo)] {
            if count > 0 {
                let measure = Measure { unit: "1".into(), value: Decimal::from(count) };
                evidence.measures.insert(name.into(), measure);
            }
        }
        Ok(evidence)
    }
}

impl Plan {
    /// `1..5`, `1..0 # SKIP no database`, `1..5 todo 2 4;` (Perl's `Test`), `1..5 # a comment`.
    fn parse(line: &str) -> Option<Self> {
        let rest = line.strip_prefix("1..")?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let tests = text::count(&rest[..digits])?;
        let tail = rest[digits..].trim();
        let todo = match tail.strip_prefix("todo ") {
            Some(numbers) => {
                let numbers = numbers.trim_end_matches(';').split_whitespace();
                numbers.map(text::count).collect::<Option<_>>()?
            }
            None if tail.is_empty() || tail.starts_with('#') => BTreeSet::new(),
            None => return None,
        };
        Some(Self { tests, closes: false, todo })
    }
}

fn bail_out(line: &str) -> Option<&str> {
    const WORDS: &str = "bail out!";
    let head = line.get(..WORDS.len())?;
    head.eq_ignore_ascii_case(WORDS).then(|| line[WORDS.len()..].trim())
}

#[cfg(test)]
mod tests;
