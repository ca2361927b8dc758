//! `dod approve`: being written.

use clap::Args;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;

/// Being written
#[derive(Debug, Args)]
pub(crate) struct ApproveArgs {}

pub(crate) fn run(_args: ApproveArgs, _globals: &Globals) -> Result<Exit, CommandError> {
    Err(CommandError::usage("being written"))
}
