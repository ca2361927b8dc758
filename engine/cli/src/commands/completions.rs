//! `dod completions`: what a shell needs to complete commands and options.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::blame::{CommandError, Exit};
use crate::commands::{Dod, Globals};
use crate::output;

/// Print a script with which a shell completes commands and options
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod completions bash > ~/.local/share/bash-completion/completions/dod
  dod completions zsh > ~/.zfunc/_dod          with ~/.zfunc in $fpath
  dod completions fish > ~/.config/fish/completions/dod.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[expect(clippy::needless_pass_by_value, reason = "every command takes its arguments alike")]
pub(crate) fn run(args: CompletionsArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let CompletionsArgs { shell } = args;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Dod::command(), "dod", &mut script);
    let script = String::from_utf8_lossy(&script);
    if globals.json() {
        let object = serde_json::json!({ "shell": shell.to_string(), "script": script });
        output::result(&format!("{object:#}\n"));
    } else {
        output::result(&script);
    }
    Ok(Exit::Done)
}
