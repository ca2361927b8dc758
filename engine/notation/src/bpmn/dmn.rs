//! Decision tables of DMN files (OMG DMN 1.1 to 1.5, clause 8) → what the kernel's `Decision` is made of.
//!
//! ```text
//!   read   bytes → Decisions      xml    tags → flat elements, bounded; hostile input ends here
//!                                 table  one decision → one Table: tests → one rhai condition per rule
//!   Decisions::steps              a decision and those that it requires, in the order in which they are taken
//! ```
//!
//! Hit policies are UNIQUE, FIRST and ANY. A cell holds simple unary tests of FEEL: `-`, values, `< 5`, `[1..10]`,
//! `not("a","b")`, several with commas, and conditions about `?`. A decision may also be one expression. Everything
//! else is refused where it stands.
//!
//! Allowed values of inputs and types of columns are notes for people: values are compared as they are, and unlike ones
//! never compare, so a value that a column does not expect leaves the table without a decision.
//!
//! **Absent on purpose:** hit policies that collect or order, contexts, functions, dates (a date is a text in rhai),
//! the drawing, running.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use dod_kernel::id::Name;
use dod_kernel::workflow::Hit;

use super::dialect::{Said, Translated};
use super::read;
use crate::diagnose::{Diagnostics, FileId, SourceMap, Span};

mod cell;
pub mod codes;
mod table;
mod xml;

#[cfg(test)]
mod tests;

/// The namespaces of DMN, 1.1 to 1.5, and the one that Flowable writes.
pub const NAMESPACES: &[&str] = &[
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20151101",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
];

/// Longer files are not read.
pub const FILE_BYTES_MAX: usize = 16 << 20;
/// Elements of any kind that one file may have.
pub const ELEMENTS_MAX: usize = 200_000;
/// Elements stand in each other at most so deep.
pub const NESTING_MAX: usize = 64;
/// Decisions that one file may have.
pub const DECISIONS_MAX: usize = 200;
/// Rules that one table may have.
pub const RULES_MAX: usize = 5_000;
/// Inputs, and outputs, that one table may have.
pub const COLUMNS_MAX: usize = 50;

/// The decisions of one file.
#[derive(Clone, Debug)]
pub struct Decisions {
    /// The file. Ranges of its tables are bytes of it.
    pub file: FileId,
    tables: Vec<Table>,
}

/// One decision. One that is a single expression is a table with one rule.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its `id`.
    pub id: Name,
    /// Its `name`; the id where it has none.
    pub name: Name,
    /// Its start tag.
    pub range: Range<usize>,
    /// What it means that several rules match.
    pub hit: Hit,
    /// The names of its outputs, in order.
    pub outputs: Vec<Name>,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
    /// What others call its result.
    result: Name,
    /// The decisions that it requires, by place in the file, in order.
    needs: Vec<usize>,
    /// The variables that it looks at.
    uses: BTreeSet<Name>,
}

/// One rule. Origins in its texts are bytes of the file.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its start tag.
    pub range: Range<usize>,
    /// When it matches; `None`: always.
    pub when: Option<Translated>,
    /// Its outputs; those of empty cells are absent.
    pub set: BTreeMap<Name, Said>,
}

/// One decision to take on the way to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'d> {
    /// Its place among the decisions of the file.
    pub at: usize,
    /// The variable that takes its result, where the ones that require it ask by that name; else each output is a
    /// variable.
    pub into: Option<&'d Name>,
}

/// Reads a file that people know by `name`. `None` if it is no DMN file or something in it is wrong, and `problems` says
/// what.
pub fn read(
    name: &str,
    bytes: Vec<u8>,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<Decisions> {
    let before = problems.errors();
    let (source, file) = read::open(name, bytes, FILE_BYTES_MAX, sources, problems)?;
    let found = xml::read(&source, file, problems)?;
    let tables = table::tables(&found, problems);
    (problems.errors() == before).then_some(Decisions { file, tables })
}

impl Decisions {
    /// The decisions, in the order of the file.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The decision with this id, else the only one with this name.
    pub fn find(&self, wanted: &str) -> Option<usize> {
        let of = |same: &dyn Fn(&Table) -> bool| {
            let mut found = self.tables.iter().enumerate().filter(|(_, table)| same(table)).map(|(at, _)| at);
            found.next().filter(|_| found.next().is_none())
        };
        of(&|table| table.id.as_str() == wanted).or_else(|| of(&|table| table.name.as_str() == wanted))
    }

    /// The decisions that one rests on, each behind those that it requires, itself last.
    ///
    /// Invariant: requirements have no circle; reading refuses them.
    pub fn steps(&self, at: usize) -> Vec<Step<'_>> {
        let (mut order, mut seen) = (Vec::new(), vec![false; self.tables.len()]);
        let mut work = vec![(at, 0)];
        while let Some((table, next)) = work.pop() {
            match self.tables[table].needs.get(next) {
                Some(need) => {
                    work.push((table, next + 1));
                    if !std::mem::replace(&mut seen[*need], true) {
                        work.push((*need, 0));
                    }
                }
                None => order.push(table),
            }
        }
        let steps = order.iter().map(|step| Step { at: *step, into: self.asked_as(*step, &order) });
        steps.collect()
    }

    /// What other decisions of a chain call the result of one.
    fn asked_as(&self, of: usize, chain: &[usize]) -> Option<&Name> {
        let table = &self.tables[of];
        let asking = chain.iter().map(|at| &self.tables[*at]).filter(|other| other.needs.contains(&of));
        let used: Vec<&Table> = asking.collect();
        let names = [&table.result, &table.name, &table.id];
        let outputs_used =
            used.iter().any(|other| table.outputs.iter().any(|name| other.uses.contains(name)));
        let found = names.into_iter().find(|name| used.iter().any(|other| other.uses.contains(*name)));
        // A table that is asked by the name of its only output is asked by both at once.
        found.filter(|found| !(outputs_used && table.outputs.contains(found)))
    }

    /// The place of a range of bytes.
    pub fn span(&self, range: Range<usize>) -> Span {
        let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { file: self.file, start: small(range.start), end: small(range.end) }
    }
}
