//! `mypy`: lines like `gcc_lines`, and a closing line that says that mypy came to an end.
//!
//! `Success: no issues found in 3 source files` or `Found 2 errors in 1 file (checked 3 source files)`. A
//! report without it was cut off, so `--no-error-summary` cannot be read, and nor can `--pretty`'s boxes.

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, Mismatch, Severity};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::findings::Findings;
use crate::formats::gcc_lines;
use crate::input::Input;
use crate::text;

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut findings = Findings::default();
    let mut declared = None;
    let mut lines = 0u64;
    let mut buffer = Vec::new();
    while let Some(line) = input.line_into(&mut buffer)? {
        if let Some(errors) = closing(line.text) {
            declared = Some(errors);
        } else if let Some(found) = gcc_lines::parse(line.text) {
            gcc_lines::push(&mut findings, &found, context)?;
        } else if !gcc_lines::is_companion(line.text) {
            if lines == 0 && line.ended {
                let found = "text that is not a message of mypy".to_owned();
                return Err(ReadError::OtherFormat { expected: "output of mypy", found });
            }
            return Err(line.malformed(gcc_lines::EXPECTED));
        }
        lines += 1;
    }
    let declared = declared.ok_or(ReadError::CutOff { at: input.at() })?;
    let counted = findings.iter().filter(|one| one.severity == Severity::Error).count() as u64;
    if counted == 0 && declared > 0 {
        return Err(ReadError::NotRun { what: "messages, only a total" });
    }
    let mut evidence = Evidence::default();
    if counted != declared {
        evidence.mismatches.push(Mismatch {
            counted: Decimal::from(counted),
            declared: Decimal::from(declared),
            name: "findings.error".into(),
        });
    }
    evidence.findings = Some(findings.finish());
    Ok(evidence)
}

/// How many errors the closing line declares.
fn closing(text: &str) -> Option<u64> {
    if let Some(rest) = text.strip_prefix("Success: no issues found in ") {
        let (count, noun) = rest.split_once(' ')?;
        // Where no file was checked nothing was said of any.
        text::count(count).filter(|files| *files > 0)?;
        return matches!(noun, "source file" | "source files").then_some(0);
    }
    let (count, rest) = text.strip_prefix("Found ")?.split_once(" error")?;
    rest.ends_with(')').then(|| text::count(count)).flatten()
}

#[cfg(test)]
mod tests;
