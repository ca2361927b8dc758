//! `keep:` and `archive:`: what becomes of runs later. They judge nothing, and are taken from the file as it is now.
//!
//! ```yaml
//! keep: 90d                                   # or 12w
//! keep: { runs: 50, days: 90, branches: [main, "release/**"] }
//! archive: refs/dod/archive                   # or a folder: /mnt/evidence
//! ```

use dod_kernel::id::Name;

use super::{Word, keys};
use crate::diagnose::{Diagnostic, Diagnostics, SourceMap, codes};
use crate::yaml::{self, Fields, Kind, Node, read};

/// Days that runs may be kept: a hundred years.
const DAYS_MAX: i64 = 36_500;
/// Runs that may be kept by number.
const RUNS_MAX: i64 = 10_000_000;
/// Branches that may be named.
const BRANCHES_MAX: usize = 100;

/// What becomes of runs later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct House {
    /// Where finished runs are put: a git ref, or a folder.
    pub archive: Option<Name>,
    /// How long runs stay; `None`: for ever.
    pub keep: Option<Keep>,
}

/// How long runs stay: as long as any of these says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Globs of branches whose full runs stay for ever; empty where nobody says which.
    pub branches: Vec<Name>,
    /// Those that are younger than so many days.
    pub days: Option<u32>,
    /// The newest so many.
    pub runs: Option<u32>,
}

/// Only `keep:` and `archive:` of a workflow file; what else is wrong with it is for others to say.
pub fn read_house(name: &str, text: &str) -> (House, SourceMap, Vec<Diagnostic>) {
    let (mut sources, mut problems) = (SourceMap::default(), Diagnostics::default());
    let file = sources.add(name, text);
    let root = yaml::parse(&sources, file, &mut Diagnostics::default());
    let Some(Node { kind: Kind::Map(entries), .. }) = &root else {
        return (House::default(), sources, Vec::new());
    };
    let of = |key: &str| entries.iter().find(|entry| &*entry.key == key).map(|entry| &entry.value);
    let house = house(of("keep"), of("archive"), &mut problems);
    (house, sources, problems.finish())
}

pub(super) fn house(keep: Option<&Node>, archive: Option<&Node>, problems: &mut Diagnostics) -> House {
    let keep = keep.and_then(|node| self::keep(node, problems));
    let archive = archive.and_then(|node| self::archive(node, problems));
    House { archive: archive.map(|found| found.value), keep }
}

fn keep(node: &Node, problems: &mut Diagnostics) -> Option<Keep> {
    if let Kind::Scalar { text, .. } = &node.kind {
        return match parse_keep(text) {
            Ok(keep) => Some(keep),
            Err(why) => {
                let found = Diagnostic::error(codes::DURATION, node.span, format!("`keep`: {why}"));
                problems.push(found.hint("like `90d` or `12w`, or `{ runs: 50, days: 90 }`"));
                None
            }
        };
    }
    let fields = Fields::open(node, "`keep`", keys::KEEP, problems)?;
    let mut number = |key: &'static str, most| {
        let found = read::whole(fields.get(key)?, &format!("`{key}`"), (1, most), problems)?;
        u32::try_from(found.value).ok()
    };
    let (days, runs) = (number("days", DAYS_MAX), number("runs", RUNS_MAX));
    let branches = fields.get("branches").and_then(|node| read::texts(node, "`branches`", problems));
    let branches = branches.unwrap_or_default();
    if let Some(more) = branches.get(BRANCHES_MAX) {
        let message = format!("`branches` has at most {BRANCHES_MAX} entries");
        problems.push(Diagnostic::error(codes::LIMIT, more.span, message));
    }
    for branch in &branches {
        if let Err(why) = globset::Glob::new(branch) {
            let message = format!("`{}` is no glob: {}", &**branch, why.kind());
            problems.push(Diagnostic::error(codes::BAD_GLOB, branch.span, message));
        }
    }
    let branches = branches.into_iter().take(BRANCHES_MAX).map(|branch| branch.value).collect();
    Some(Keep { branches, days, runs })
}

/// `90d`, `12w`, or a number of runs: `50`.
///
/// # Errors
/// It is none of these, as a lower-case fragment.
pub fn parse_keep(text: &str) -> Result<Keep, String> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let wrong = || format!("`{text}` is neither a time in days or weeks nor a number of runs");
    let number: i64 = number.parse().map_err(|_| wrong())?;
    let (number, most) = match unit {
        "" => (number, RUNS_MAX),
        "d" => (number, DAYS_MAX),
        "w" => (number.saturating_mul(7), DAYS_MAX),
        _ => return Err(wrong()),
    };
    if !(1..=most).contains(&number) {
        return Err(format!("`{text}` is less than one, or too long"));
    }
    let number = u32::try_from(number).ok();
    Ok(match unit {
        "" => Keep { runs: number, ..Keep::default() },
        _ => Keep { days: number, ..Keep::default() },
    })
}

fn archive(node: &Node, problems: &mut Diagnostics) -> Option<Word> {
    let found = read::word(node, "`archive`", problems)?;
    let odd = |part: &str| {
        let plain = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
        part.is_empty() || part.starts_with('.') || part.ends_with(".lock") || !part.chars().all(plain)
    };
    let is_ref = found.starts_with("refs/");
    if is_ref && (found.split('/').count() < 3 || found.split('/').any(odd) || found.contains("..")) {
        let message = format!("`{}` is no name of a git ref", &**found);
        problems.push(Diagnostic::error(codes::CHOICE, found.span, message).hint("like `refs/dod/archive`"));
        return None;
    }
    if is_ref && !found.starts_with("refs/dod/") {
        let message = "runs are put under a reference of `dod`";
        problems.push(Diagnostic::error(codes::CHOICE, found.span, message).hint("like `refs/dod/archive`"));
        return None;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, wanted: &str) {
        let (house, _, problems) = read_house("dod.yaml", text);
        let said: Vec<String> = problems.iter().map(|problem| problem.message.clone()).collect();
        let found = match said.as_slice() {
            [] => format!("{:?} {:?}", house.keep, house.archive),
            said => said.join("; "),
        };
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn runs_are_kept_by_time_by_number_or_both() {
        let keep = |branches: &str, days: &str, runs: &str| {
            format!("Some(Keep {{ branches: [{branches}], days: {days}, runs: {runs} }}) None")
        };
        check("keep: 90d", &keep("", "Some(90)", "None"));
        check("keep: 2w\nsteps: broken", &keep("", "Some(14)", "None"));
        check("keep: 50", &keep("", "None", "Some(50)"));
        check("keep: { runs: 5, days: 9, branches: main }", &keep("\"main\"", "Some(9)", "Some(5)"));
        check("steps: {}", "None None");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let neither =
            |text: &str| format!("`keep`: `{text}` is neither a time in days or weeks nor a number of runs");
        check("keep: soon", &neither("soon"));
        check("keep: 3 months", &neither("3 months"));
        check("keep: 0d", "`keep`: `0d` is less than one, or too long");
        check("keep: 99999999999999999999d", &neither("99999999999999999999d"));
        check("keep: { days: 0 }", "`days` is a whole number from 1 to 36500, not 0");
        check("keep: { branches: [\"[\"] }", "`[` is no glob: unclosed character class; missing ']'");
    }

    #[test]
    fn an_archive_is_a_ref_or_a_folder() {
        check("archive: refs/dod/archive", "None Some(\"refs/dod/archive\")");
        check("archive: ../evidence", "None Some(\"../evidence\")");
        check("archive: refs/dod", "`refs/dod` is no name of a git ref");
        check("archive: refs/dod/a..b", "`refs/dod/a..b` is no name of a git ref");
        check("archive: refs/heads/main", "runs are put under a reference of `dod`");
        check("archive: ''", "`archive` is empty");
    }
}
