//! One hole known by several ids is one hole.
//!
//! Advisories about a package belong together when they share an id: their own or an alias (`aliases` of the OSV
//! schema, not `related`). What one of them knows about a version counts for all.
//!
//! **Absent on purpose:** joining over packages: each package has its own versions and its own way out.

use std::collections::{BTreeMap, BTreeSet};

use super::advisory::Advisory;
use super::affected::Answer;
use super::database::Hit;
use super::severity::Rating;
use crate::packages::Ecosystem;

/// A hole in a package, or what else advisories tell about it.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    /// The package URL without version.
    pub(super) package: String,
    pub(super) advisory: Advisory,
    /// The versions in use that have it, as indexes, and for each those above it that do not.
    pub(super) affected: Vec<(usize, BTreeSet<String>)>,
    /// The versions in use about which nobody can say, and why.
    pub(super) unknown: Vec<(usize, String)>,
}

impl Joined {
    /// All versions that are named as having it no more.
    pub(super) fn fixed(&self) -> BTreeSet<&str> {
        self.affected.iter().flat_map(|(_, fixed)| fixed.iter().map(String::as_str)).collect()
    }

    /// The versions in use that have it.
    pub(super) fn versions(&self) -> Vec<usize> {
        self.affected.iter().map(|(version, _)| *version).collect()
    }
}

/// Joins what was found, by package and id. What touches no version in use is left out.
pub(super) fn join(hits: Vec<Hit>, ecosystem: impl Fn(&str) -> Option<Ecosystem>) -> Vec<Joined> {
    let mut by_package: BTreeMap<String, Vec<Hit>> = BTreeMap::new();
    for hit in hits {
        by_package.entry(hit.package.clone()).or_default().push(hit);
    }
    let mut joined = Vec::new();
    for (package, hits) in by_package {
        let home = ecosystem(&package);
        for group in groups(hits) {
            let one = united(package.clone(), home, group);
            if !one.affected.is_empty() || !one.unknown.is_empty() {
                joined.push(one);
            }
        }
    }
    joined
        .sort_by(|left, right| (&left.package, &left.advisory.id).cmp(&(&right.package, &right.advisory.id)));
    joined
}

/// Advisories that share an id, also by way of others.
fn groups(hits: Vec<Hit>) -> Vec<Vec<Hit>> {
    let mut of_id: BTreeMap<String, usize> = BTreeMap::new();
    let mut leader: Vec<usize> = (0..hits.len()).collect();
    for (at, hit) in hits.iter().enumerate() {
        for id in hit.advisory.ids() {
            let other = *of_id.entry(id.to_owned()).or_insert(at);
            let (one, two) = (led_by(&mut leader, at), led_by(&mut leader, other));
            leader[one.max(two)] = one.min(two);
        }
    }
    let mut groups: BTreeMap<usize, Vec<Hit>> = BTreeMap::new();
    for (at, hit) in hits.into_iter().enumerate() {
        groups.entry(led_by(&mut leader, at)).or_default().push(hit);
    }
    groups.into_values().collect()
}

fn led_by(leader: &mut [usize], mut at: usize) -> usize {
    while leader[at] != at {
        leader[at] = leader[leader[at]];
        at = leader[at];
    }
    at
}

fn united(package: String, home: Option<Ecosystem>, mut group: Vec<Hit>) -> Joined {
    group.sort_by(|left, right| {
        let rank = |hit: &Hit| (rank(home, &hit.advisory.id), hit.advisory.id.clone());
        rank(left).cmp(&rank(right))
    });
    let versions = group.first().map_or(0, |hit| hit.answers.len());
    let mut joined =
        Joined { package, advisory: group[0].advisory.clone(), affected: Vec::new(), unknown: Vec::new() };
    for version in 0..versions {
        let answers = || group.iter().map(|hit| &hit.answers[version]);
        // Databases disagree about fixes: the first that names any is believed, as it is for the id.
        let fixes: Vec<&BTreeSet<String>> = answers()
            .filter_map(|answer| match answer {
                Answer::Affected(fixed) => Some(fixed),
                _ => None,
            })
            .collect();
        if let Some(first) = fixes.first() {
            let fixed = fixes.iter().find(|fixed| !fixed.is_empty()).unwrap_or(first);
            joined.affected.push((version, (*fixed).clone()));
            continue;
        }
        let why = answers().find_map(|answer| match answer {
            Answer::Unknown(why) => Some(why.clone()),
            _ => None,
        });
        match why {
            Some(why) if !answers().any(|answer| *answer == Answer::Unaffected) => {
                joined.unknown.push((version, why));
            }
            _ => {}
        }
    }
    for hit in &group[1..] {
        merge(&mut joined.advisory, &hit.advisory);
    }
    joined
}

fn merge(into: &mut Advisory, other: &Advisory) {
    let ids: Vec<String> = other.ids().filter(|id| *id != into.id).map(str::to_owned).collect();
    into.aliases.extend(ids);
    into.summary = into.summary.take().or_else(|| other.summary.clone());
    into.details = into.details.take().or_else(|| other.details.clone());
    into.published = into.published.take().or_else(|| other.published.clone());
    into.updated = into.updated.take().max(other.updated.clone());
    let new: Vec<Rating> =
        other.ratings.iter().filter(|rating| !into.ratings.contains(rating)).cloned().collect();
    into.ratings.extend(new);
    let urls: Vec<String> = other.urls.iter().filter(|url| !into.urls.contains(url)).cloned().collect();
    into.urls.extend(urls);
    into.weaknesses.extend(&other.weaknesses);
    into.functions.extend(other.functions.iter().cloned());
    // Where one of them is about a hole, all are.
    into.information = into.information.take().filter(|_| other.information.is_some());
}

/// The ecosystem's own database names the hole, else GitHub's, else whoever comes first by name.
fn rank(home: Option<Ecosystem>, id: &str) -> u8 {
    let own = match home {
        Some(Ecosystem::CratesIo) => "RUSTSEC-",
        Some(Ecosystem::Go) => "GO-",
        Some(Ecosystem::PyPi) => "PYSEC-",
        _ => "GHSA-",
    };
    match id {
        _ if id.starts_with(own) => 0,
        _ if id.starts_with("GHSA-") => 1,
        _ => 2,
    }
}
