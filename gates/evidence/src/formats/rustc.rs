//! `rustc`: JSON lines of `rustc --error-format=json`.

use dod_kernel::evidence::Evidence;

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::input::Input;

pub(crate) fn read(_: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    Err(ReadError::OtherFormat {
        expected: "a report of a known format",
        found: "one that is not read yet".to_owned(),
    })
}
