//! `cobertura`: Cobertura XML of coverage.py, Istanbul, `cargo tarpaulin`, gcovr, …
//!
//! A line is a distinct (`filename`, `number`) over `class/lines/line`, hit if `hits` > 0, also where only
//! some of its branches were taken; branches come from `condition-coverage="50% (1/2)"`. Lines of methods
//! are those of the class once more and are not counted. `line-rate` is compared, never believed. A class without
//! lines has nothing to count, whatever rate it declares; a bare `condition-coverage="50%"` leaves branches not
//! measured.

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, Mismatch};
use dod_kernel::id::Name;

use crate::context::Context;
use crate::coverage::{BRANCHES_OF_LINE_MAX, Coverage, Metric, compare};
use crate::error::Result;
use crate::input::Input;
use crate::text;
use crate::xml::{Element, Node, Xml};

const EXPECTED: &str = "Cobertura XML";

/// Folders of sources that are tried for each class; more are left out.
const SOURCES_MAX: usize = 100;

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let (mut xml, root) = Xml::open(input, &["coverage"], EXPECTED)?;
    let mut coverage = Coverage::default();
    let mut sources = Vec::new();
    let mut pending = Pending::default();
    // Names of the elements that are open below the root.
    let mut open: Vec<String> = Vec::new();
    while let Some(node) = xml.next()? {
        match node {
            Node::Open(element) => match element.name.as_str() {
                "source" => {
                    xml.keep_text(true);
                    let source = xml.skip()?.trim().to_owned();
                    if sources.len() < SOURCES_MAX {
                        sources.push(source);
                    }
                    xml.keep_text(false);
                }
                // JaCoCo and Clover have other roots or other children.
                "report" | "project" => return Err(element.malformed(EXPECTED)),
                "methods" => drop(xml.skip()?),
                "class" => {
                    let file =
                        element.attribute("filename").ok_or(element.malformed("a class with a file"))?;
                    pending.open(file);
                    open.push(element.name);
                }
                "line" if is_class_line(&open) => pending.line(&element)?,
                _ => open.push(element.name),
            },
            Node::Close(name) if name == "line" && is_class_line(&open) => {}
            Node::Close(name) => {
                if name == "class" {
                    pending.close(&mut coverage, &sources, context)?;
                }
                open.pop();
            }
            Node::Text(_) => {}
        }
    }
    let mut evidence = Evidence { mismatches: mismatches(&root, &coverage)?, ..Evidence::default() };
    if pending.uncounted {
        coverage.forget(Metric::Branch);
    }
    evidence.coverage = Some(coverage.finish());
    Ok(evidence)
}

fn is_class_line(open: &[String]) -> bool {
    matches!(open, [.., class, lines] if class == "class" && lines == "lines")
}

/// The class that is being read.
#[derive(Default)]
struct Pending {
    file: String,
    lines: Vec<(u32, u64)>,
    branches: Vec<(u32, u64, u64)>,
    /// A line of any class said which share of its branches was taken, and not of how many.
    uncounted: bool,
}

impl Pending {
    fn open(&mut self, file: &str) {
        *self = Self { file: file.to_owned(), uncounted: self.uncounted, ..Self::default() };
    }

    fn line(&mut self, element: &Element) -> Result<()> {
        const LINE: &str = "a line with a number and a sound hit count";
        let number = element.attribute("number").and_then(text::line_number);
        let number = number.ok_or(element.malformed(LINE))?;
        let hits = element.count("hits", LINE)?.ok_or(element.malformed(LINE))?;
        self.lines.push((number, hits));
        if let Some(condition) = element.attribute("condition-coverage") {
            const CONDITION: &str = "a line with `condition-coverage=\"50% (1/2)\"`";
            match fraction(condition) {
                Some((taken, all)) => self.branches.push((number, taken, all)),
                None if is_rate(condition) => self.uncounted = true,
                None => return Err(element.malformed(CONDITION)),
            }
        }
        Ok(())
    }

    fn close(&mut self, coverage: &mut Coverage, sources: &[String], context: &Context<'_>) -> Result<()> {
        let file = coverage.file(&place(&self.file, sources, context));
        for (line, hits) in self.lines.drain(..) {
            coverage.line(file, line, hits)?;
        }
        for (line, taken, all) in self.branches.drain(..) {
            coverage.some_branches(file, line, taken, all)?;
        }
        Ok(())
    }
}

/// `<source>` is where file names begin. Only one that is alone in leading into the repository is certain, and a file
/// that begins with it already is named from the root.
fn place(file: &str, sources: &[String], context: &Context<'_>) -> Name {
    let plain = context.path(file);
    if crate::path::is_absolute(file) {
        return plain;
    }
    let mut inside = sources.iter().filter(|source| !source.is_empty()).filter_map(|source| {
        let folder = context.path(source);
        let joined = context.path(&format!("{}/{file}", source.trim_end_matches(['/', '\\'])));
        let named = plain.strip_prefix(&*folder).is_some_and(|rest| rest.starts_with('/'));
        let relative = !crate::path::is_absolute(source);
        (!crate::path::is_absolute(&joined)).then(|| if relative && named { plain.clone() } else { joined })
    });
    match (inside.next(), inside.next()) {
        (Some(only), None) => only,
        _ => plain,
    }
}

/// The `(1/2)` of `50% (1/2)`.
fn fraction(text: &str) -> Option<(u64, u64)> {
    let (_, inner) = text.split_once('(')?;
    let (taken, all) = inner.strip_suffix(')')?.split_once('/')?;
    let (taken, all) = (text::count(taken)?, text::count(all)?);
    (taken <= all && all <= BRANCHES_OF_LINE_MAX).then_some((taken, all))
}

/// `50%`, alone.
fn is_rate(text: &str) -> bool {
    text.trim().strip_suffix('%').is_some_and(|rate| rate.trim().parse::<Decimal>().is_ok())
}

fn mismatches(root: &Element, coverage: &Coverage) -> Result<Vec<Mismatch>> {
    const COUNT: &str = "a root with sound totals";
    let totals = coverage.totals();
    let mut found = Vec::new();
    for (attribute, name, counted) in [
        ("lines-valid", "coverage.lines", totals.lines),
        ("lines-covered", "coverage.lines.hit", totals.lines_hit),
        ("branches-valid", "coverage.branches", totals.branches),
        ("branches-covered", "coverage.branches.hit", totals.branches_hit),
    ] {
        compare(&mut found, name, root.count(attribute, COUNT)?, counted);
    }
    for (attribute, name, hit, all) in [
        ("line-rate", "coverage.line", totals.lines_hit, totals.lines),
        ("branch-rate", "coverage.branch", totals.branches_hit, totals.branches),
    ] {
        let Some(text) = root.attribute(attribute) else { continue };
        // `NaN` is what some tools write for 0 of 0.
        let declared = text.trim().parse::<Decimal>().ok().and_then(|rate| rate.times(Decimal::from(100u64)));
        let (Some(declared), Some(counted)) = (declared, Decimal::percent(hit, all)) else { continue };
        if differ(declared, counted) {
            found.push(Mismatch { counted, declared, name: name.into() });
        }
    }
    Ok(found)
}

/// Rates are rounded: half a point is no difference.
fn differ(left: Decimal, right: Decimal) -> bool {
    let half = Decimal::new(5, 1);
    let apart = |a: Decimal, b: Decimal| a.minus(b).is_none_or(|difference| difference > half);
    apart(left, right) || apart(right, left)
}

#[cfg(test)]
mod tests;
