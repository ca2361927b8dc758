//! `dod cancel`: being written.

use clap::Args;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;

/// Being written
#[derive(Debug, Args)]
pub(crate) struct CancelArgs {}

pub(crate) fn run(_args: CancelArgs, _globals: &Globals) -> Result<Exit, CommandError> {
    Err(CommandError::usage("being written"))
}
