//! `pnpm_audit`: `pnpm audit --json`, which has the shape of npm 6: advisories by number, and totals.
//!
//! **Absent on purpose:** what pnpm's configuration ignores: it is not in the report.

use dod_kernel::evidence::Evidence;

use crate::context::Context;
use crate::error::Result;
use crate::input::Input;

const EXPECTED: &str = "JSON of pnpm audit";

pub(crate) fn read(input: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    super::npm_audit::read_as(input, EXPECTED)
}

#[cfg(test)]
mod tests;
