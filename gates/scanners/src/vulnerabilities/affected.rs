//! Whether a version is affected: the evaluation of the OSV schema ("Evaluation"), in three values.
//!
//! ```text
//!   affected[] of the package -> listed in `versions`, or inside a range -> affected
//!                                all ranges readable and none holds it   -> not affected
//!                                anything else                           -> nobody can say
//! ```
//!
//! **Absent on purpose:** `GIT` ranges. A lock file holds no history, so they tell nothing here.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::osv;
use super::version::{Scheme, Version};

/// What an advisory says about one version of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It has the hole; these versions do not.
    Affected(BTreeSet<String>),
    Unaffected,
    /// Nobody can say, and why.
    Unknown(String),
}

/// The version in use, as written and as ordered.
#[derive(Debug)]
pub(super) struct InUse<'a> {
    pub(super) text: Option<&'a str>,
    pub(super) order: Option<Version>,
    pub(super) scheme: Option<Scheme>,
}

impl<'a> InUse<'a> {
    pub(super) fn new(text: Option<&'a str>, scheme: Option<Scheme>) -> Self {
        Self { text, order: text.and_then(|text| scheme?.parse(text)), scheme }
    }
}

/// What all entries of one record that name the package say together: any that holds the version is enough.
pub(super) fn of_entries<'a>(
    entries: impl Iterator<Item = &'a osv::Affected>,
    version: &InUse<'_>,
) -> Answer {
    let mut unknown = None;
    let mut fixes = None;
    for entry in entries {
        match of_entry(entry, version) {
            Answer::Affected(fixed) => fixes.get_or_insert_with(BTreeSet::new).extend(fixed),
            Answer::Unknown(why) => unknown = unknown.or(Some(why)),
            Answer::Unaffected => {}
        }
    }
    match (fixes, unknown) {
        (Some(fixes), _) => Answer::Affected(fixes),
        (None, Some(why)) => Answer::Unknown(why),
        (None, None) => Answer::Unaffected,
    }
}

fn of_entry(entry: &osv::Affected, version: &InUse<'_>) -> Answer {
    let listed = entry.versions.as_deref().unwrap_or_default();
    let ranges = entry.ranges.as_deref().unwrap_or_default();
    let is_listed = listed.iter().any(|one| is_same(one, version));
    let mut unknown = None;
    let mut inside = is_listed;
    let mut fixes = BTreeSet::new();
    let mut is_checkable = !listed.is_empty() && version.text.is_some();
    for range in ranges.iter().filter(|range| range.kind != "GIT") {
        match of_range(range, version) {
            Answer::Affected(fixed) => {
                inside = true;
                fixes.extend(fixed);
            }
            Answer::Unaffected => is_checkable = true,
            Answer::Unknown(why) => unknown = unknown.or(Some(why)),
        }
    }
    if inside {
        // A listed version that no range holds is still fixed by what comes next in them.
        return Answer::Affected(fixes);
    }
    match unknown {
        Some(why) => Answer::Unknown(why),
        None if is_checkable => Answer::Unaffected,
        None if version.text.is_none() => Answer::Unknown("no version is known".to_owned()),
        None if ranges.is_empty() => Answer::Unknown("it names no versions".to_owned()),
        None => Answer::Unknown("it names commits only".to_owned()),
    }
}

fn is_same(listed: &str, version: &InUse<'_>) -> bool {
    version.text == Some(listed)
        || version.order.as_ref().is_some_and(|own| {
            let listed = version.scheme.and_then(|scheme| scheme.parse(listed));
            listed.is_some_and(|listed| own.same_release(&listed))
        })
}

/// An event with its version in order. `None` stands before every version (`introduced: "0"`).
struct Event<'a> {
    at: Option<Version>,
    text: &'a str,
    kind: Kind,
}

/// In the order in which events at one version are looked at: what ends *with* a version follows what begins there.
/// A `fixed` and an `introduced` at one version stay as written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Introduced,
    Fixed,
    LastAffected,
}

fn of_range(range: &osv::Range, version: &InUse<'_>) -> Answer {
    let scheme = match range.kind.as_str() {
        "SEMVER" => Some(Scheme::SemVer),
        "ECOSYSTEM" => version.scheme,
        other => return Answer::Unknown(format!("a range of type `{other}` is not known")),
    };
    let raw = range.events.as_deref().unwrap_or_default();
    if is_everything(raw) {
        return Answer::Affected(BTreeSet::new());
    }
    let Some(text) = version.text else { return Answer::Unknown("no version is known".to_owned()) };
    let Some(scheme) = scheme else {
        return Answer::Unknown("the order of versions of this ecosystem is not known here".to_owned());
    };
    let reparsed;
    let own = if version.scheme == Some(scheme) {
        version.order.as_ref()
    } else {
        reparsed = scheme.parse(text);
        reparsed.as_ref()
    };
    let Some(own) = own else {
        return Answer::Unknown(format!("`{text}` has no place in the order of versions"));
    };
    match events(raw, scheme) {
        Ok((events, limits)) => evaluate(events, &limits, own),
        Err(why) => Answer::Unknown(why),
    }
}

/// Ranges of malicious packages hold every version there will ever be.
fn is_everything(events: &[osv::RawEvent]) -> bool {
    !events.is_empty()
        && events.iter().all(|event| {
            event.introduced.as_deref() == Some("0")
                && event.fixed.is_none()
                && event.last_affected.is_none()
                && event.limit.as_deref().is_none_or(|limit| limit == "*")
        })
}

fn events(raw: &[osv::RawEvent], scheme: Scheme) -> Result<(Vec<Event<'_>>, Vec<Option<Version>>), String> {
    let bound = |text: &str| {
        scheme
            .parse_bound(text)
            .ok_or_else(|| format!("its bound `{text}` has no place in the order of versions"))
    };
    let (mut events, mut limits) = (Vec::new(), Vec::new());
    for event in raw {
        let osv::RawEvent { introduced, fixed, last_affected, limit } = event;
        if [introduced, fixed, last_affected, limit].iter().all(|text| text.is_none()) {
            return Err("an event of it is of a kind that is not known".to_owned());
        }
        if let Some(limit) = limit {
            limits.push(if limit == "*" { None } else { Some(bound(limit)?) });
        }
        let places =
            [(introduced, Kind::Introduced), (fixed, Kind::Fixed), (last_affected, Kind::LastAffected)];
        for (text, kind) in places.into_iter().filter_map(|(text, kind)| Some((text.as_deref()?, kind))) {
            let at = if kind == Kind::Introduced && text == "0" { None } else { Some(bound(text)?) };
            events.push(Event { at, text, kind });
        }
    }
    if !events.iter().any(|event| event.kind == Kind::Introduced) {
        return Err("a range of it has no beginning".to_owned());
    }
    Ok((events, limits))
}

fn evaluate(mut events: Vec<Event<'_>>, limits: &[Option<Version>], own: &Version) -> Answer {
    let is_before = |limit: &Option<Version>| {
        limit.as_ref().is_none_or(|limit| own.against(limit).is_some_and(Ordering::is_lt))
    };
    if !limits.is_empty() && !limits.iter().any(is_before) {
        return Answer::Unaffected;
    }
    events.sort_by(in_order);
    let mut is_inside = false;
    for event in &events {
        let order = event.at.as_ref().and_then(|at| own.against(at)).unwrap_or(Ordering::Greater);
        match event.kind {
            Kind::Introduced if order.is_ge() => is_inside = true,
            Kind::Fixed if order.is_ge() => is_inside = false,
            Kind::LastAffected if order.is_gt() => is_inside = false,
            _ => {}
        }
    }
    if !is_inside {
        return Answer::Unaffected;
    }
    // The events are sorted, so the first fix above the version is the nearest.
    let next = events.iter().find(|event| {
        event.kind == Kind::Fixed
            && event.at.as_ref().and_then(|at| own.against(at)).is_some_and(Ordering::is_lt)
    });
    Answer::Affected(next.map(|event| event.text.to_owned()).into_iter().collect())
}

fn in_order(left: &Event<'_>, right: &Event<'_>) -> Ordering {
    let by_version = match (&left.at, &right.at) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(left), Some(right)) => left.total(right),
    };
    let is_end = |event: &Event<'_>| event.kind == Kind::LastAffected;
    by_version.then(is_end(left).cmp(&is_end(right)))
}

#[cfg(test)]
mod tests;
