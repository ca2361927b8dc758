//! Several reports of one gate as one evidence: shards, matrix legs, a report per package.

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, FileCoverage, Finding, Measure, Mismatch, Place, UnitKind};
use dod_kernel::id::Name;

use crate::coverage::{Coverage, Metric, compare};
use crate::findings;

/// Measures of our readers that count something in a report, so that those of several reports add up.
const COUNTS: &[&str] = &[
    "notices.error",
    "notices.warning",
    "results.aside",
    "results.gone",
    "results.joined",
    "tests.reruns",
    "tests.skip",
    "tests.todo",
];

/// Unites several reports of one gate.
///
/// Coverage is united by file, line, branch and unit before anybody counts, and shares are never averaged: where a
/// report only states a share and another one counts or states it otherwise, that metric is not measured.
///
/// Tests and components are put behind each other. Findings that agree in rule, place and message in several reports
/// are one; what one report says several times stays several. A measure that two reports give differently has no one
/// value: it is left out, so that a rule over it is undecided, and recorded as a mismatch. Nobody looked (`None`) and
/// nothing found stay apart.
pub fn merge(mut reports: Vec<Evidence>) -> Evidence {
    if reports.len() == 1 {
        return reports.remove(0);
    }
    let mut merged = Evidence::default();
    let mut coverage: Option<Coverage> = None;
    let mut contested: BTreeSet<Name> = BTreeSet::new();
    let mut known = BTreeMap::new();
    let mut differing = 0;
    let mut uncounted: Vec<Metric> = Vec::new();
    for report in reports {
        let Evidence {
            base: _,
            changed_unknown: _,
            compared: _,
            components,
            coverage: files,
            findings,
            licenses_sought,
            mut measures,
            mismatches,
            sources,
            tests,
            unchecked,
            vulnerabilities_sought,
        } = report;
        extend(&mut merged.components, components);
        unite(&mut merged.findings, &mut known, findings);
        extend(&mut merged.tests, tests);
        if let Some(files) = files {
            // Totals beside files and lines are those of one report; what all of them cover is counted.
            let stated =
                |name: &Name| Metric::ALL.iter().any(|(metric, of)| **name == **of && holds(&files, *metric));
            measures.retain(|name, _| !stated(name));
            uncounted.extend(only_declared(&files, &mismatches));
            let coverage = coverage.get_or_insert_default();
            files.into_iter().for_each(|file| differing += coverage.unite(file));
        }
        for (name, measure) in measures {
            add_measure(&mut merged, &mut contested, name, measure);
        }
        merged.mismatches.extend(mismatches);
        merged.sources.extend(sources);
        merged.unchecked = merged.unchecked.saturating_add(unchecked);
        merged.licenses_sought |= licenses_sought;
        merged.vulnerabilities_sought |= vulnerabilities_sought;
    }
    if let Some(coverage) = &mut coverage {
        uncounted.into_iter().for_each(|metric| coverage.forget(metric));
        settle(&mut merged, &mut contested, coverage);
    }
    for name in contested {
        merged.measures.remove(&name);
    }
    // Blocks of one place with two weights are of two versions of a file.
    compare(&mut merged.mismatches, "coverage.units.differing", Some(differing).filter(|it| *it > 0), 0);
    merged.coverage = coverage.map(Coverage::finish);
    merged.findings = merged.findings.map(findings::number);
    merged
}

/// What a report declares a number of and holds none of: what others hold is not all there is.
fn only_declared(files: &[FileCoverage], mismatches: &[Mismatch]) -> Vec<Metric> {
    let function = Metric::Unit(UnitKind::Function);
    let totals = [
        (Metric::Line, "coverage.lines"),
        (Metric::Branch, "coverage.branches"),
        (function, "coverage.functions"),
    ];
    let declared = |name: &str| {
        mismatches.iter().any(|mismatch| &*mismatch.name == name && mismatch.declared > Decimal::default())
    };
    let found = totals.into_iter().filter(|(metric, name)| declared(name) && !holds(files, *metric));
    found.map(|(metric, _)| metric).collect()
}

/// Whether files tell of a metric line by line, or unit by unit.
fn holds(files: &[FileCoverage], metric: Metric) -> bool {
    files.iter().any(|file| match metric {
        Metric::Line => !file.lines.is_empty(),
        Metric::Branch => !file.branches.is_empty(),
        Metric::Unit(kind) => file.units.iter().any(|unit| unit.kind == kind),
    })
}

/// Settles what is both counted and stated. A share that was counted agrees with the stated one, or nothing is known:
/// the reports that were counted are not all there is.
fn settle(merged: &mut Evidence, contested: &mut BTreeSet<Name>, coverage: &mut Coverage) {
    for (metric, name) in Metric::ALL {
        let name = Name::from(name);
        let (hit, all) = coverage.share(metric);
        let Some(counted) = Decimal::percent(hit, all) else { continue };
        let stated = merged.measures.get(&name).map(|measure| measure.value);
        if contested.contains(&name) || stated.is_some_and(|stated| stated != counted) {
            let declared = stated.unwrap_or_default();
            merged.mismatches.push(Mismatch { counted, declared, name: name.clone() });
            coverage.forget(metric);
            contested.insert(name);
        }
    }
}

fn extend<T>(all: &mut Option<Vec<T>>, more: Option<Vec<T>>) {
    match (all, more) {
        (_, None) => {}
        (Some(all), Some(more)) => all.extend(more),
        (all, more) => *all = more,
    }
}

/// Adds what another report says more often than any report before it; `known` says how often that was.
fn unite(all: &mut Option<Vec<Finding>>, known: &mut BTreeMap<Key, usize>, more: Option<Vec<Finding>>) {
    let Some(more) = more else { return };
    let all = all.get_or_insert_default();
    let mut here: BTreeMap<Key, usize> = BTreeMap::new();
    for one in more {
        let key = key(&one);
        let times = here.entry(key.clone()).or_default();
        *times += 1;
        let before = known.entry(key).or_default();
        if *times > *before {
            *before = *times;
            all.push(one);
        }
    }
}

type Key = (Name, Option<Place>, Name);

fn key(finding: &Finding) -> Key {
    (finding.rule.clone(), finding.place.clone(), finding.message.clone())
}

fn add_measure(merged: &mut Evidence, contested: &mut BTreeSet<Name>, name: Name, measure: Measure) {
    let Some(before) = merged.measures.get_mut(&name) else {
        merged.measures.insert(name, measure);
        return;
    };
    let sum = COUNTS.contains(&&*name).then(|| before.value.plus(measure.value)).flatten();
    if sum.is_none() && *before == measure {
        return;
    }
    match sum {
        Some(sum) => before.value = sum,
        None => {
            let mismatch = Mismatch { counted: before.value, declared: measure.value, name: name.clone() };
            merged.mismatches.push(mismatch);
            contested.insert(name);
        }
    }
}
