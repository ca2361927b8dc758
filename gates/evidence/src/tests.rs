//! Claims about all formats at once.

use dod_kernel::evidence::Evidence;

use crate::{Context, Format, ReadError};

mod corpus;
mod detected;
mod merged;
mod recorded;
mod refused;
mod truncated;

/// Reads a report as if a tool had left it at the root of a repository.
pub(crate) fn read(format: Format, report: impl AsRef<[u8]>) -> Result<Evidence, ReadError> {
    crate::read(format, &mut report.as_ref(), &Context::at("/repo"))
}
