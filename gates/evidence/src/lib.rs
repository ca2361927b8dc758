//! Report bytes → evidence, one module per format.
//!
//! ```text
//!   read(Format, report, &Context) -> Evidence, or a ReadError     one report
//!   merge(reports)                 -> Evidence                     all reports of one gate
//!   locate(&mut Evidence, files)   -> how many are not found       coverage by files of the repository
//!   detect(head)                   -> Format, where it can be said
//! ```
//!
//! **Invariant: no evidence is never good evidence.** A report that is missing, cut off, of another
//! format, or from a tool that failed is a [`ReadError`], never zero findings. What is counted is what is
//! there; a declared total that disagrees is kept beside it as a mismatch.
//!
//! **Absent on purpose:** files, processes, tool names, exit codes, thresholds, clocks. Paths inside
//! reports are data and are never opened. A report without a single test case is evidence with an empty
//! list of tests; the policy calls that undecided.

use std::io::BufRead;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dod_kernel::evidence::{Evidence, Source};

pub use context::Context;
pub use detect::{DETECT_BYTES_MAX, detect};
pub use error::ReadError;
pub use format::{Format, NotAFormat};
pub use locate::locate;
pub use merge::merge;

mod alias;
mod context;
mod coverage;
mod detect;
mod documents;
mod encoding;
mod error;
mod excuse;
mod findings;
mod format;
mod formats;
mod holes;
mod input;
mod json;
mod licenses;
mod locate;
mod merge;
mod moment;
mod named;
mod path;
mod results;
mod text;
mod xml;

#[cfg(test)]
mod tests;

/// Reads one report, to its last byte, and records it as the evidence's source.
///
/// A defect of a reader becomes [`ReadError::ReaderBroke`]: one report must not take the run with it.
pub fn read(format: Format, report: &mut dyn BufRead, context: &Context<'_>) -> Result<Evidence, ReadError> {
    // The input and the evidence are dropped with the panic; nothing half-done is seen afterwards.
    let outcome = catch_unwind(AssertUnwindSafe(|| read_unguarded(format, report, context)));
    outcome.unwrap_or(Err(ReadError::ReaderBroke { format: format.name() }))
}

fn read_unguarded(
    format: Format,
    report: &mut dyn BufRead,
    context: &Context<'_>,
) -> Result<Evidence, ReadError> {
    let mut input = input::Input::open(report, format.empty_is_clean())?;
    if is_html(input.head()) {
        return Err(ReadError::OtherFormat { expected: format.name(), found: "an HTML page".to_owned() });
    }
    let mut evidence = format.read(&mut input, context)?;
    let digest = input.digest()?;
    evidence.sources.push(Source { digest, format: format.name().into(), path: context.report.into() });
    Ok(evidence)
}

/// A login page or an error page that was saved in place of a report.
fn is_html(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let starts = |with: &[u8]| head.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    starts(b"<!doctype html") || starts(b"<html")
}
