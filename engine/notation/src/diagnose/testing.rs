//! How tests of this crate show diagnostics: one line each, with the underlined text.

use std::fmt::Write as _;

use super::{Diagnostic, Severity, SourceMap};

/// `file:line:column error W012 «underlined» message | label | other place | help: hint`.
pub(crate) fn show(sources: &SourceMap, problems: &[Diagnostic]) -> String {
    let mut out = String::new();
    for problem in problems {
        let place = sources.place(problem.span);
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let under = short(sources.slice(problem.span));
        let (file, line, column) = (&place.file, place.line, place.column);
        write!(out, "{file}:{line}:{column} {severity} {} «{under}» {}", problem.code, problem.message)
            .expect("a string takes everything");
        if !problem.label.is_empty() {
            write!(out, " | {}", problem.label).expect("a string takes everything");
        }
        for other in &problem.others {
            let at = sources.place(other.span);
            let under = short(sources.slice(other.span));
            write!(out, " | {}:{}:{} «{under}» {}", at.file, at.line, at.column, other.text)
                .expect("a string takes everything");
        }
        if let Some(hint) = &problem.hint {
            write!(out, " | help: {hint}").expect("a string takes everything");
        }
        out.push('\n');
    }
    out
}

fn short(text: &str) -> String {
    let text: String = text.replace('\n', "⏎").replace('\t', "⇥").chars().map(visible).collect();
    if text.chars().count() <= 40 {
        return text;
    }
    let end: String = text.chars().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect();
    format!("{}…{end}", text.chars().take(30).collect::<String>())
}

/// A control character would make this file of tests a binary one.
fn visible(letter: char) -> char {
    if letter.is_control() { '␀' } else { letter }
}
