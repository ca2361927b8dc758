//! Claims about the command line as a whole.

use clap::CommandFactory as _;

use super::{Dod, GROUPS};

#[test]
fn the_command_line_is_sound() {
    Dod::command().debug_assert();
}

#[test]
fn every_command_is_in_exactly_one_group() {
    let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
    grouped.sort_unstable();
    let command = Dod::command();
    let mut known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    known.sort_unstable();
    assert_eq!(grouped, known);
}

#[test]
fn the_help_of_every_command_has_examples() {
    let mut work: Vec<clap::Command> = Dod::command().get_subcommands().cloned().collect();
    while let Some(command) = work.pop() {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.contains("Examples:\n  dod "), "`dod {}` has no examples", command.get_name());
        work.extend(command.get_subcommands().cloned());
    }
}
