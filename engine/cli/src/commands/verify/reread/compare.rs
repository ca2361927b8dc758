//! What differs between the evidence that a run recorded and what its reports say now: counts first, then each finding, test,
//! component, measure and covered file.
//!
//! Order says nothing. **Absent on purpose:** reading.

use std::collections::BTreeMap;

use dod_kernel::evidence::{Evidence, Finding, TestResult};
use serde::Serialize;
use serde_json::Value as Json;

use super::Count;

/// Differences that are named of one gate.
const NAMED_MAX: usize = 10;
/// Characters of a finding, test or file that are shown.
const SHOWN_MAX: usize = 300;

/// What differs, the first of it.
pub(super) fn differences(recorded: &Evidence, read: &Evidence) -> Vec<Count> {
    let mut all = counts(recorded, read);
    each("finding", recorded.findings.as_deref(), read.findings.as_deref(), finding, &mut all);
    each("test", recorded.tests.as_deref(), read.tests.as_deref(), test, &mut all);
    each("component", recorded.components.as_deref(), read.components.as_deref(), json, &mut all);
    each("coverage", recorded.coverage.as_deref(), read.coverage.as_deref(), json, &mut all);
    let measures = |evidence: &Evidence| evidence.measures.clone().into_iter().collect::<Vec<_>>();
    each("measure", Some(&measures(recorded)), Some(&measures(read)), json, &mut all);
    each("mismatch", Some(&recorded.mismatches), Some(&read.mismatches), json, &mut all);
    let sought = |evidence: &Evidence| {
        let Evidence { licenses_sought, vulnerabilities_sought, unchecked, .. } = evidence;
        [(*licenses_sought, *vulnerabilities_sought, *unchecked)]
    };
    each("sought", Some(&sought(recorded)), Some(&sought(read)), json, &mut all);
    all.truncate(NAMED_MAX);
    all
}

/// Counts that differ.
fn counts(recorded: &Evidence, read: &Evidence) -> Vec<Count> {
    let (mut before, mut now) = (BTreeMap::new(), BTreeMap::new());
    for (evidence, counts) in [(recorded, &mut before), (read, &mut now)] {
        let summary = serde_json::to_value(evidence.summary()).expect("a summary can always be written");
        let mut open = vec![(String::new(), summary)];
        while let Some((name, value)) = open.pop() {
            let inner = |part: String| if name.is_empty() { part } else { format!("{name}.{part}") };
            match value {
                Json::Object(all) => open.extend(all.into_iter().map(|(part, value)| (inner(part), value))),
                value => drop(counts.insert(name, value)),
            }
        }
    }
    let mut names: Vec<String> = before.keys().chain(now.keys()).cloned().collect();
    names.sort();
    names.dedup();
    let of = |counts: &BTreeMap<String, Json>, name: &str| counts.get(name).cloned().unwrap_or(Json::Null);
    let differs = |name: String| {
        let (recorded, read) = (of(&before, &name), of(&now, &name));
        (recorded != read).then_some(Count { name, recorded, read })
    };
    names.into_iter().filter_map(differs).take(NAMED_MAX).collect()
}

/// Those that only one of both has, in pairs as far as they go.
fn each<T: Serialize>(
    name: &str,
    recorded: Option<&[T]>,
    read: Option<&[T]>,
    shown: fn(&T) -> String,
    into: &mut Vec<Count>,
) {
    if recorded.is_some() != read.is_some() {
        let said = |is: bool| Json::from(if is { "looked" } else { "nobody looked" });
        let (recorded, read) = (said(recorded.is_some()), said(read.is_some()));
        into.push(Count { name: name.to_owned(), recorded, read });
        return;
    }
    let (recorded, read) = (recorded.unwrap_or_default(), read.unwrap_or_default());
    // As it is written, how often more it is recorded than read.
    let mut all: BTreeMap<String, (i64, &T)> = BTreeMap::new();
    recorded.iter().for_each(|it| all.entry(json(it)).or_insert((0, it)).0 += 1);
    read.iter().for_each(|it| all.entry(json(it)).or_insert((0, it)).0 -= 1);
    let mut only = all.iter().filter(|(_, (more, _))| *more > 0);
    let mut new = all.iter().filter(|(_, (more, _))| *more < 0);
    for _ in 0..NAMED_MAX {
        let (recorded, read) = (only.next(), new.next());
        if recorded.is_none() && read.is_none() {
            break;
        }
        let words = |it: Option<(&String, &(i64, &T))>| it.map(|(_, (_, it))| shown(it));
        let (mut before, mut now) = (words(recorded), words(read));
        if before == now {
            (before, now) = (recorded.map(|it| it.0.clone()), read.map(|it| it.0.clone()));
        }
        let cut = |text: Option<String>| {
            text.map_or(Json::Null, |text| Json::from(text.chars().take(SHOWN_MAX).collect::<String>()))
        };
        into.push(Count { name: name.to_owned(), recorded: cut(before), read: cut(now) });
    }
}

fn json<T: Serialize>(it: &T) -> String {
    serde_json::to_string(it).expect("evidence can always be written")
}

fn finding(it: &Finding) -> String {
    let place = it.place.as_ref().map_or_else(String::new, |place| {
        let line = place.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!(" in {}{line}", place.path)
    });
    let severity = json(&it.severity).replace('"', "");
    let aside = if it.suppressed { ", suppressed" } else { "" };
    format!("{} ({severity}{aside}){place}: {}", it.rule, it.message)
}

fn test(it: &TestResult) -> String {
    format!("{} {} {}", it.suite, it.name, json(&it.outcome).replace('"', ""))
}
