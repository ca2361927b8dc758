//! Claims about all formats at once.

use dod_kernel::evidence::Evidence;
use expect_test::Expect;

use crate::{Context, Format, ReadError};

mod corpus;
mod corpus_audits;
mod corpus_coverage;
mod corpus_dependencies;
mod damaged;
mod detected;
mod linters;
mod measured;
mod merged;
pub(crate) mod packages;
mod recorded;
mod refused;
mod truncated;

/// Reads a report as if a tool had left it at the root of a repository.
pub(crate) fn read(format: Format, report: impl AsRef<[u8]>) -> Result<Evidence, ReadError> {
    crate::read(format, &mut report.as_ref(), &Context::at("/repo"))
}

/// What a report says, a line each.
#[expect(clippy::needless_pass_by_value, reason = "so that `expect![…]` can be written in place")]
pub(crate) fn check(format: Format, report: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&show(&read(format, report)));
}

/// Evidence, or why there is none, a line each.
pub(crate) fn show(found: &Result<Evidence, ReadError>) -> String {
    let evidence = match found {
        Ok(evidence) => evidence,
        Err(error) => return format!("{error}\n"),
    };
    let mut shown = String::new();
    if evidence.findings.as_ref().is_some_and(Vec::is_empty) {
        shown += "looked and found nothing\n";
    }
    for one in evidence.findings.iter().flatten() {
        let place = one.place.as_ref();
        let number = |number: Option<u32>| number.map_or("-".to_owned(), |number| number.to_string());
        let (path, line, column) = place.map_or(("-", None, None), |it| (&*it.path, it.line, it.column));
        let suppressed = if one.suppressed { " (suppressed)" } else { "" };
        let message = one.message.lines().next().unwrap_or_default();
        shown += &format!(
            "{:?} {} {path}:{}:{} {message}{suppressed}\n",
            one.severity,
            one.rule,
            number(line),
            number(column)
        );
    }
    for one in evidence.tests.iter().flatten() {
        let said = one.message.as_ref().map_or("", |message| message.lines().next().unwrap_or_default());
        let place = one.place.as_ref().map_or(String::new(), |it| format!(" at {}:{:?}", it.path, it.line));
        let time = one.duration_ms.map_or(String::new(), |_| " timed".to_owned());
        let line = format!("{:?} {} / {}{place}{time} {said}", one.outcome, one.suite, one.name);
        shown += line.trim_end();
        shown.push('\n');
    }
    if evidence.tests.as_ref().is_some_and(Vec::is_empty) {
        shown += "no tests\n";
    }
    for one in evidence.coverage.iter().flatten() {
        let hit = one.lines.iter().filter(|line| line.1 > 0).count();
        let taken = one.branches.iter().filter(|branch| branch.hits > 0).count();
        let (lines, branches) = (one.lines.len(), one.branches.len());
        shown += &format!("{}: lines {hit}/{lines}, branches {taken}/{branches}\n", one.path);
    }
    for (name, measure) in &evidence.summary().measures {
        shown += &format!("{name} = {} {}\n", measure.value, measure.unit);
    }
    for one in &evidence.mismatches {
        shown += &format!("declared {} {}, counted {}\n", one.declared, one.name, one.counted);
    }
    shown
}
