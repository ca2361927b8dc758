//! The program `dod`: flags → settings → call, exit codes, and nothing that a second program would need too.
//!
//! | module | belongs there |
//! |---|---|
//! | `commands` | one file per command, named as typed: arguments (their doc comments are the help), settings, the call |
//! | `blame` | whose fault an error is, what to do about it, and the exit code: decided once, here |
//! | `baseline` | the file of what was known on the day it was made |
//! | `comparison` | what the evidence of a run is compared with |
//! | `project` | where the project is, its git facts, its files |
//! | `definitions` | what is handed to the notation: other files, catalogue, expressions |
//! | `governed` | which definitions and policies a change is judged by (design §5) |
//! | `launch` | one run from its definitions to its end |
//! | `letters` | what is said to a run: posted, or taken at once |
//! | `hands` | what is handed to the host: expressions, report readers, the tree |
//! | `house` | what becomes of runs later: `keep:`, `archive:` |
//! | `remade` | a log, made again from its facts alone |
//! | `recorded` | results of earlier runs that required gates may rest on |
//! | `runs` | which run a word means; runs read back |
//! | `sealing` | who signs, and what the repository is called in origins |
//! | `screen` | what a person sees while a run goes on |
//! | `waivers` | who approved a waiver: claimed or proved |
//! | `whole` | whether a run is what was written, for whoever vouches for it or takes it in |
//! | `output` | writing results and talk, closed pipes, colors, diagnostics |
//!
//! **Absent on purpose:** rules of a run, formats, anything two commands need that belongs in a crate below.

mod approvals;
mod baseline;
mod blame;
mod commands;
mod comparison;
mod definitions;
mod engines;
mod exporting;
mod governed;
mod hands;
mod house;
mod joined;
mod launch;
mod letters;
mod notation;
mod output;
mod project;
mod recorded;
mod remade;
mod runs;
mod screen;
mod sealing;
mod signing;
mod suggest;
mod taken;
mod waivers;
mod whole;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = match commands::Dod::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error),
    };
    std::panic::set_hook(Box::new(|_| {}));
    let json = arguments.globals.json();
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| commands::run(arguments)));
    let exit = match ran {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => blame::report(&error, json),
        Err(panic) => blame::report(&blame::defect(panic.as_ref()), json),
    };
    output::weigh(exit).into()
}
