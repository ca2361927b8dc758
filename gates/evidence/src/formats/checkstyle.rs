//! `checkstyle`: Checkstyle XML, which linters of many languages write: `checkstyle/file/error`.
//!
//! Severities are `error` (also where none is stated, Checkstyle's default), `warning`, `info` and `ignore`; other
//! tools add `style` and the like. An `exception` inside a file means that the file was not checked: an error
//! under the rule `exception`. Most tools list only files with findings, so no file at all is clean.

use dod_kernel::evidence::{Evidence, Severity};

use crate::context::Context;
use crate::error::Result;
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::text;
use crate::xml::{Element, Node, Xml};

const EXPECTED: &str = "Checkstyle XML";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let (mut xml, _) = Xml::open(input, &["checkstyle"], EXPECTED)?;
    let mut findings = Findings::default();
    let mut file: Option<String> = None;
    while let Some(node) = xml.next()? {
        match node {
            Node::Open(element) => match (element.name.as_str(), &file) {
                ("file", None) => {
                    let name = element.attribute("name");
                    file = Some(name.ok_or_else(|| element.malformed("a file with its name"))?.to_owned());
                }
                ("error", Some(file)) => {
                    error(&element, file, context, &mut findings)?;
                    xml.skip()?;
                }
                ("exception", place) => {
                    xml.keep_text(true);
                    let text = xml.skip()?;
                    xml.keep_text(false);
                    let place = place.as_deref().map(|file| context.place(file, None, None));
                    let text = if text.trim().is_empty() { "the file was not checked" } else { &text };
                    findings.push(Seen::new("exception", text, Severity::Error, place))?;
                }
                ("error" | "file", _) => {
                    return Err(element.malformed("errors in files, and files in nothing"));
                }
                _ => drop(xml.skip()?),
            },
            Node::Close(name) if name == "file" => file = None,
            Node::Close(_) | Node::Text(_) => {}
        }
    }
    Ok(Evidence { findings: Some(findings.finish()), ..Evidence::default() })
}

fn error(element: &Element, file: &str, context: &Context<'_>, findings: &mut Findings) -> Result<()> {
    let word = element.attribute("severity").map(str::trim).filter(|word| !word.is_empty());
    let severity = match word.unwrap_or("error").to_ascii_lowercase().as_str() {
        "critical" | "error" | "fatal" => Severity::Error,
        "warning" | "warn" => Severity::Warning,
        "convention" | "hint" | "info" | "information" | "note" | "refactor" | "style" => Severity::Note,
        "ignore" | "none" => Severity::None,
        _ => return Err(element.malformed("an error with a severity that Checkstyle has")),
    };
    let message =
        element.attribute("message").ok_or_else(|| element.malformed("an error with its message"))?;
    let number = |name| element.attribute(name).and_then(text::line_number);
    let place = context.place(file, number("line"), number("column"));
    let rule = element.attribute("source").map(str::trim).filter(|source| !source.is_empty());
    findings.push(Seen {
        original: word,
        ..Seen::new(rule.or(context.rule).unwrap_or("checkstyle"), message, severity, Some(place))
    })
}

#[cfg(test)]
mod tests;
