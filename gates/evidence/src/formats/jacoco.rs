//! `jacoco`: JaCoCo XML (DTD 1.0 and 1.1), also of Kover.
//!
//! A line is a `line` of a `sourcefile`, hit if `ci` > 0; branches are the sum of `mb` and `cb`, instructions of
//! `mi` and `ci`, each by line; functions are methods with a `METHOD` counter. Counters of the report are
//! compared. Groups nest; a file is named by package and name, since that is all that is said of it, and by its
//! groups too where two of them have a file of that name.
//!
//! A package compiled without debug information has neither source files nor lines: its instructions come from the
//! counters of its methods, and its lines and branches are not measured. A source file whose counter tells of lines
//! that are not there holds nothing to count.
//!
//! **Absent on purpose:** classes and complexity, which are no shares of anything a change adds.

use std::collections::BTreeMap;

use dod_kernel::evidence::{Evidence, FileCoverage, UnitKind};
use dod_kernel::id::Name;

use crate::context::Context;
use crate::coverage::{BRANCHES_OF_LINE_MAX, Coverage, File, Part, compare};
use crate::error::{ReadError, Result};
use crate::input::Input;
use crate::text;
use crate::xml::{Element, Node, Xml};

const EXPECTED: &str = "a JaCoCo report";

/// Between the groups and the file while the report is read; no name holds it.
const BEHIND_GROUPS: char = '\0';

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let (mut xml, _) = Xml::open(input, &["report"], EXPECTED)?;
    let mut reader = Reader::default();
    while let Some(node) = xml.next()? {
        match node {
            Node::Open(element) => match element.name.as_str() {
                "group" | "package" | "class" | "method" | "sourcefile" | "line" | "counter" => {
                    reader.open(element, context)?;
                }
                // Sessions, and whatever a later version adds.
                _ => drop(xml.skip()?),
            },
            Node::Close(name) => reader.close(&name)?,
            Node::Text(_) => {}
        }
    }
    reader.finish()
}

/// Missed and covered, by type.
type Counters = BTreeMap<String, (u64, u64)>;

#[derive(Default)]
struct Reader {
    coverage: Coverage,
    /// Elements that are open below the root.
    open: Vec<String>,
    groups: Vec<String>,
    package: String,
    packages: u64,
    /// The file of the open class, and what the class is called in it.
    class: Option<(File, String)>,
    /// Name, signature and line of the open method.
    method: Option<(String, Option<u32>)>,
    source: Option<Source>,
    /// Whether the package has source files, and its instructions by class and method where it has none.
    sources: bool,
    bare: Vec<Bare>,
    /// Those of the report itself.
    declared: Counters,
}

/// Instructions of a method.
struct Bare {
    file: File,
    id: String,
    line: Option<u32>,
    covered: u32,
    missed: u32,
}

/// The `sourcefile` that is open.
struct Source {
    file: File,
    lines: u64,
    counters: Counters,
}

impl Reader {
    fn open(&mut self, element: Element, context: &Context<'_>) -> Result<()> {
        const NAMED: &str = "an element of JaCoCo with a name";
        let named = || element.attribute("name").ok_or(element.malformed(NAMED));
        match element.name.as_str() {
            "group" => self.groups.push(named()?.to_owned()),
            "package" => {
                named()?.clone_into(&mut self.package);
                self.packages += 1;
            }
            "class" => {
                let name = named()?;
                // Before DTD 1.1 a class does not say which file it stands in.
                let file = match element.attribute("sourcefilename") {
                    Some(source) => self.file(&self.path(source), context),
                    None => self.file(name.split('$').next().unwrap_or(name), context),
                };
                self.class = Some((file, name.to_owned()));
            }
            "method" => {
                let line = element.attribute("line").and_then(text::line_number);
                let signature = element.attribute("desc").unwrap_or_default();
                self.method = Some((format!("{}{signature}", named()?), line));
            }
            "sourcefile" => {
                let file = self.file(&self.path(named()?), context);
                self.sources = true;
                self.source = Some(Source { file, lines: 0, counters: Counters::new() });
            }
            "line" => self.line(&element)?,
            _ => self.counter(&element)?,
        }
        self.open.push(element.name);
        Ok(())
    }

    /// A file of the open package.
    fn path(&self, name: &str) -> String {
        match self.package.is_empty() {
            true => name.to_owned(),
            false => format!("{}/{name}", self.package),
        }
    }

    fn file(&mut self, path: &str, context: &Context<'_>) -> File {
        let path = context.path(path);
        match self.groups.is_empty() {
            true => self.coverage.file(&path),
            false => self.coverage.file(&format!("{}{BEHIND_GROUPS}{path}", self.groups.join("/")).into()),
        }
    }

    /// `<line nr="12" mi="0" ci="3" mb="1" cb="1"/>`
    fn line(&mut self, element: &Element) -> Result<()> {
        const LINE: &str = "a line of a source file with `nr` and sound counts";
        let source = self.source.as_mut().ok_or(element.malformed(LINE))?;
        let number = element.attribute("nr").and_then(text::line_number).ok_or(element.malformed(LINE))?;
        let count = |name| element.count(name, LINE);
        let (Some(missed), Some(covered)) = (count("mi")?, count("ci")?) else {
            return Err(element.malformed(LINE));
        };
        let small = |count: u64| u32::try_from(count).map_err(|_| element.malformed(LINE));
        self.coverage.line(source.file, number, covered)?;
        self.coverage.instructions(source.file, &Part::Line(number), small(covered)?, small(missed)?)?;
        let (missed, covered) = (count("mb")?.unwrap_or(0), count("cb")?.unwrap_or(0));
        if missed + covered > BRANCHES_OF_LINE_MAX {
            return Err(ReadError::TooLarge { what: "branches of one line", max: BRANCHES_OF_LINE_MAX });
        }
        source.lines += 1;
        self.coverage.some_branches(source.file, number, covered, missed + covered)
    }

    fn counter(&mut self, element: &Element) -> Result<()> {
        const COUNTER: &str = "a counter with a type and sound counts";
        let kind = element.attribute("type").ok_or(element.malformed(COUNTER))?;
        let (Some(missed), Some(covered)) =
            (element.count("missed", COUNTER)?, element.count("covered", COUNTER)?)
        else {
            return Err(element.malformed(COUNTER));
        };
        match self.open.last().map(String::as_str) {
            None => drop(self.declared.insert(kind.to_owned(), (missed, covered))),
            Some("sourcefile") => {
                if let Some(source) = &mut self.source {
                    source.counters.insert(kind.to_owned(), (missed, covered));
                }
            }
            Some("method") => {
                let (Some((file, class)), Some((method, line))) = (&self.class, &self.method) else {
                    return Ok(());
                };
                let (file, id, line) = (*file, format!("{class}.{method}"), *line);
                if kind == "METHOD" && missed + covered > 0 {
                    self.coverage.function(file, id.into(), line, covered)?;
                } else if kind == "INSTRUCTION" {
                    let small = |count: u64| u32::try_from(count).map_err(|_| element.malformed(COUNTER));
                    let (covered, missed) = (small(covered)?, small(missed)?);
                    self.bare.push(Bare { file, id, line, covered, missed });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str) -> Result<()> {
        match name {
            "group" => drop(self.groups.pop()),
            "package" => self.close_package()?,
            "class" => self.class = None,
            "method" => self.method = None,
            "sourcefile" => self.close_source()?,
            _ => {}
        }
        self.open.pop();
        Ok(())
    }

    fn close_package(&mut self) -> Result<()> {
        self.package.clear();
        let counted = std::mem::take(&mut self.sources);
        for bare in std::mem::take(&mut self.bare).into_iter().filter(|_| !counted) {
            let part = Part::Named(&bare.id, bare.line);
            self.coverage.instructions(bare.file, &part, bare.covered, bare.missed)?;
        }
        Ok(())
    }

    fn close_source(&mut self) -> Result<()> {
        let Some(source) = self.source.take().filter(|source| source.lines == 0) else { return Ok(()) };
        match source.counters.get("LINE") {
            Some((missed, covered)) if missed + covered > 0 => {
                Err(ReadError::NotRun { what: "lines of a file, only totals" })
            }
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<Evidence> {
        if self.packages == 0 {
            return Err(ReadError::NotRun { what: "packages" });
        }
        let mut evidence = Evidence::default();
        let totals = self.coverage.totals();
        for (kind, name, (hit, all)) in [
            ("LINE", "coverage.lines", (totals.lines_hit, totals.lines)),
            ("BRANCH", "coverage.branches", (totals.branches_hit, totals.branches)),
            ("INSTRUCTION", "coverage.instructions", self.coverage.units(UnitKind::Instruction)),
            ("METHOD", "coverage.functions", self.coverage.units(UnitKind::Function)),
        ] {
            let declared = self.declared.get(kind);
            let sum = declared.map(|(missed, covered)| missed.saturating_add(*covered));
            compare(&mut evidence.mismatches, name, sum, all);
            compare(&mut evidence.mismatches, &format!("{name}.hit"), declared.map(|one| one.1), hit);
        }
        evidence.coverage = Some(name_files(self.coverage.finish()));
        Ok(evidence)
    }
}

/// Takes the groups out of the names of files that are alone with their name.
fn name_files(mut files: Vec<FileCoverage>) -> Vec<FileCoverage> {
    let plain = |path: &Name| path.rsplit(BEHIND_GROUPS).next().unwrap_or_default().to_owned();
    let mut times: BTreeMap<String, u64> = BTreeMap::new();
    for file in &files {
        *times.entry(plain(&file.path)).or_default() += 1;
    }
    for file in &mut files {
        let name = plain(&file.path);
        file.path = match times[&name] {
            1 => name.into(),
            _ => file.path.replace(BEHIND_GROUPS, "/").into(),
        };
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

#[cfg(test)]
mod tests;
