//! What keeps a step from starting, and what the error says.

use expect_test::{Expect, expect};

use super::*;

/// Prepares a folder, tries to start something in it, and shows the error with the folder's name cut out.
fn check(argv: &[&str], expected: &Expect) {
    let mut bench = bench();
    let folder = bench.folder.path().to_owned();
    let put = |name: &str, text: &str, mode: u32| {
        std::fs::write(folder.join(name), text).unwrap();
        std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    put("closed", "#!/bin/sh\n", 0o644);
    put("no-interpreter", "#!/opt/missing/python3 -u\n", 0o755);
    put("no-shebang", "echo hello\n", 0o755);
    let spawn = Spawn {
        cwd: folder.clone(),
        env: vec![("PATH".into(), format!("/usr/bin:{}", folder.display()).into())],
        ..spawn(1, argv)
    };
    let error = bench.supervisor.spawn(&spawn).unwrap_err();
    expected.assert_eq(&error.to_string().replace(folder.to_str().unwrap(), "FOLDER"));
    assert_eq!(bench.supervisor.running(), 0);
}

#[test]
fn a_missing_program_is_named_with_the_path_that_was_searched() {
    check(
        &["cargo-nothing"],
        &expect!["`cargo-nothing` was not found in any folder of `PATH` (/usr/bin:FOLDER)"],
    );
    check(&["./nothing"], &expect!["`./nothing` was not found"]);
}

#[test]
fn a_file_that_may_not_be_executed_is_not_a_missing_program() {
    check(&["closed"], &expect!["`closed` is not executable (FOLDER/closed)"]);
    check(&["./closed"], &expect!["`./closed` is not executable (FOLDER/./closed)"]);
    check(&["/usr"], &expect!["`/usr` is not executable (/usr)"]);
}

#[test]
fn a_missing_interpreter_is_named() {
    check(
        &["no-interpreter"],
        &expect![
            "the interpreter that `FOLDER/no-interpreter` asks for (`/opt/missing/python3 -u`) does not exist"
        ],
    );
}

#[test]
fn a_script_without_a_first_line_is_named() {
    check(
        &["no-shebang"],
        &expect!["`FOLDER/no-shebang` is not a program that this machine can run, and has no `#!` line"],
    );
}

#[test]
fn what_is_no_command_is_refused() {
    check(&[], &expect!["the command of `` is not one: it is empty"]);
    check(&[""], &expect!["the command of `` is not one: its name is empty"]);
    check(
        &["sh", "a\0b"],
        &expect!["the command of `sh` is not one: an argument or a variable has a zero byte"],
    );
    let long = "x".repeat(4 << 20);
    check(
        &["sh", &long],
        &expect!["the command line and environment of `sh` have 4194338 bytes, too many for this system"],
    );
}

#[test]
fn a_missing_folder_is_not_a_missing_program() {
    let spawn = Spawn { cwd: "/nonexistent".into(), ..spawn(1, &["true"]) };
    let error = bench().supervisor.spawn(&spawn).unwrap_err();
    assert_eq!(error.to_string(), "the folder `/nonexistent` cannot be entered: entity not found");
}

#[test]
fn a_token_names_one_process() {
    let mut bench = bench();
    bench.start(1, "sleep 5");
    let error = bench.supervisor.spawn(&spawn(1, &["true"])).unwrap_err();
    assert_eq!(error, SpawnError::TokenInUse { token: 1 });
}

#[test]
fn a_relative_program_is_relative_to_the_folder_of_the_step() {
    let mut bench = bench();
    let script = bench.folder.path().join("hello");
    std::fs::write(&script, "#!/bin/sh\necho \"$0\"\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let cwd = bench.folder.path().to_owned();
    bench.supervisor.spawn(&Spawn { cwd, ..spawn(1, &["./hello"]) }).unwrap();
    assert!(text(&bench.end().output.stdout).ends_with("/hello\n"));
}
