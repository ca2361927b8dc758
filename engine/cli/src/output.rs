//! Results to stdout, talk to stderr, colors where they are wanted, and a closed pipe that is no error.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use dod_notation::diagnose::{Diagnostic, Severity, SourceMap};

use crate::blame::Exit;

/// Whether a result could not be written, so that what was printed is not whole.
static CUT_OFF: AtomicBool = AtomicBool::new(false);

/// Writes a result. A reader that has gone away wants no more of it; a disk that is full keeps less than was
/// said, and a result that is cut off must not look whole.
pub(crate) fn result(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    drop(stdout);
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe && !CUT_OFF.swap(true, Ordering::Relaxed) => {
            self::error(&format!("the result cannot be written to stdout: {}", error.kind()), None);
        }
        _ => {}
    }
}

/// The exit code of a program whose results could not all be written: nothing that was cut off is good.
pub(crate) fn weigh(exit: Exit) -> Exit {
    match exit {
        Exit::Done | Exit::Waiting if CUT_OFF.load(Ordering::Relaxed) => Exit::Undecided,
        exit => exit,
    }
}

/// Writes talk.
pub(crate) fn talk(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// Whether stdout or stderr takes colors: `NO_COLOR`, `CLICOLOR_FORCE`, then whether it is a terminal.
pub(crate) fn colors(stream: Stream) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return false;
    }
    if set("CLICOLOR_FORCE") {
        return true;
    }
    let terminal = match stream {
        Stream::Stdout => std::io::stdout().is_terminal(),
        Stream::Stderr => std::io::stderr().is_terminal(),
    };
    terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// An error without a place in a file.
pub(crate) fn error(message: &str, hint: Option<&str>) {
    let (red, bold, plain) =
        if colors(Stream::Stderr) { ("\x1b[1;31m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
    let hint = hint.map(|hint| format!("  = help: {hint}\n")).unwrap_or_default();
    talk(&format!("{red}error{plain}{bold}: {message}{plain}\n{hint}"));
}

/// A warning without a place in a file.
pub(crate) fn warning(message: &str) {
    let (yellow, plain) = if colors(Stream::Stderr) { ("\x1b[1;33m", "\x1b[0m") } else { ("", "") };
    talk(&format!("{yellow}warning{plain}: {message}\n"));
}

/// What clap says of a command line; help and version are results.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let help = error.render();
        result(&if colors(Stream::Stdout) { help.ansi().to_string() } else { help.to_string() });
        return weigh(Exit::Done).into();
    }
    if wants_json() {
        let text = error.render().to_string();
        let said = text.lines().next().unwrap_or_default();
        let message = said.strip_prefix("error: ").unwrap_or(said);
        let object = serde_json::json!({
            "error": { "message": message, "hint": null, "exit_code": Exit::Usage as u8 }
        });
        result(&format!("{object}\n"));
    }
    let _ = error.print();
    Exit::Usage.into()
}

/// Whether a command line that cannot be read asks for JSON.
fn wants_json() -> bool {
    let words: Vec<_> = std::env::args_os().collect();
    words.iter().any(|word| word == "--format=json")
        || words.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
}

/// Diagnostics with the source underlined, as a text.
pub(crate) fn diagnostics(problems: &[Diagnostic], sources: &SourceMap, colors: bool) -> String {
    let renderer = if colors { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for problem in problems {
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(&problem.message).id(problem.code);
        let mut group = Group::with_title(title).element(snippet(problem, sources));
        if let Some(hint) = &problem.hint {
            group = group.element(Level::HELP.message(hint));
        }
        text.push_str(&renderer.render(&[group]));
        text.push_str("\n\n");
    }
    text
}

fn snippet<'a>(
    problem: &'a Diagnostic,
    sources: &'a SourceMap,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let file = problem.span.file;
    let mut snippet = Snippet::source(sources.text(file).to_string()).path(sources.name(file)).annotation(
        AnnotationKind::Primary
            .span(problem.span.start as usize..problem.span.end as usize)
            .label(&problem.label),
    );
    for other in problem.others.iter().filter(|other| other.span.file == file) {
        let span = other.span.start as usize..other.span.end as usize;
        snippet = snippet.annotation(AnnotationKind::Context.span(span).label(&other.text));
    }
    snippet
}

/// Diagnostics as the objects of `--format json`.
pub(crate) fn diagnostics_json(problems: &[Diagnostic], sources: &SourceMap) -> serde_json::Value {
    let place = |span| {
        let place = sources.place(span);
        serde_json::json!({ "file": place.file, "line": place.line, "column": place.column, "end_line": place.line_end, "end_column": place.column_end })
    };
    let one = |problem: &Diagnostic| {
        serde_json::json!({
            "code": problem.code,
            "severity": match problem.severity { Severity::Error => "error", Severity::Warning => "warning" },
            "message": problem.message,
            "label": problem.label,
            "place": place(problem.span),
            "others": problem.others.iter().map(|other| serde_json::json!({ "text": other.text, "place": place(other.span) })).collect::<Vec<_>>(),
            "hint": problem.hint,
        })
    };
    serde_json::Value::Array(problems.iter().map(one).collect())
}
