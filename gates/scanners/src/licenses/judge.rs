//! License expressions (SPDX 2.3, annex D) against lists.
//!
//! `OR` needs one license that is fine, `AND` all of them. Old spellings are read as what they mean: `MIT/Apache-2.0`
//! is a choice, `GPL-3.0+` is `GPL-3.0-or-later`, `GPL-2.0` is `GPL-2.0-only`. An exception that lets other works link
//! makes a strong copyleft license a weak one.
//!
//! **Absent on purpose:** guessing. What is no expression of known licenses is unknown.

use std::collections::BTreeSet;

use spdx::{Expression, LicenseId, LicenseItem, LicenseReq, ParseMode};

/// Old spellings are read, made-up licenses are not. What the crate takes for sloppy names is not trusted: to it `bsd`
/// is `BSD-2-Clause`, and `gnu gpl v2` is `GPL-3.0-only`.
const MODE: ParseMode = ParseMode {
    allow_slash_as_or_operator: true,
    allow_imprecise_license_names: false,
    allow_postfix_plus_on_gpl: true,
    allow_deprecated: true,
    allow_unknown: false,
};

/// Names that can mean one license only, in lower case, besides those of SPDX.
const NAMES: &[(&str, &str)] = &[
    ("apache 2", "Apache-2.0"),
    ("apache 2.0", "Apache-2.0"),
    ("apache license, version 2.0", "Apache-2.0"),
    ("apache license version 2.0", "Apache-2.0"),
    ("apache software license 2.0", "Apache-2.0"),
    ("the apache license, version 2.0", "Apache-2.0"),
    ("the apache software license, version 2.0", "Apache-2.0"),
    ("apache-2", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("bsd 2-clause", "BSD-2-Clause"),
    ("bsd 3-clause", "BSD-3-Clause"),
    ("bsd-2", "BSD-2-Clause"),
    ("bsd-3", "BSD-3-Clause"),
    ("3-clause bsd license", "BSD-3-Clause"),
    ("new bsd license", "BSD-3-Clause"),
    ("simplified bsd license", "BSD-2-Clause"),
    ("eclipse public license - v 2.0", "EPL-2.0"),
    ("gplv2", "GPL-2.0-only"),
    ("gplv3", "GPL-3.0-only"),
    ("lgplv3", "LGPL-3.0-only"),
    ("isc", "ISC"),
    ("mit license", "MIT"),
    ("the mit license", "MIT"),
    ("the mit license (mit)", "MIT"),
    ("mpl 2.0", "MPL-2.0"),
    ("mozilla public license 2.0 (mpl 2.0)", "MPL-2.0"),
    ("public domain (cc0)", "CC0-1.0"),
];

/// What SPDX documents write where nobody looked, or there is none; the crate takes it for a license.
const NOTHING: &[&str] = &["NOASSERTION", "NONE"];

/// Licenses whose terms reach the works that contain the package, by family.
const STRONG: &[&str] = &[
    "AGPL",
    "CAL",
    "CC-BY-NC-SA",
    "CC-BY-SA",
    "CECILL",
    "CPAL",
    "EUPL",
    "GFDL",
    "GPL",
    "OSL",
    "Parity",
    "QPL",
    "RPL",
    "SSPL",
    "Sleepycat",
];

/// Licenses whose terms reach changes to the package itself, by family.
const WEAK: &[&str] = &[
    "APSL", "CDDL", "CECILL-C", "CPL", "EPL", "ErlPL", "IPL", "LGPL", "LPPL", "MPL", "MS-RL", "NPL", "ODbL",
    "RPSL", "SISSL", "SPL", "Watcom",
];

/// Exceptions by which linked works stay free of the terms.
const LINKING: &[&str] = &[
    "Classpath-exception-2.0",
    "GCC-exception-2.0",
    "GCC-exception-3.1",
    "LLVM-exception",
    "OpenJDK-assembly-exception-1.0",
    "Linux-syscall-note",
    "LGPL-3.0-linking-exception",
    "GPL-3.0-linking-exception",
    "Universal-FOSS-exception-1.0",
    "openvpn-openssl-exception",
    "u-boot-exception-2.0",
];

/// How much a license asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Copyleft {
    /// Nothing of the kind.
    None,
    /// Changes to the package stay under its terms.
    Weak,
    /// Works that contain the package come under its terms.
    Strong,
}

/// What is held against a license.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// Copyleft that no list allows, with the licenses that ask for it.
    Copyleft(Copyleft, Vec<String>),
    /// Denied by a list, or not on the list of what is allowed.
    Denied(Vec<String>),
    /// Nobody states one.
    Unstated,
    /// What is stated is no expression of known licenses.
    Unreadable,
}

impl Objection {
    /// The rule by index, and the word for it in evidence.
    pub(super) fn rule(&self) -> (usize, &'static str) {
        match self {
            Self::Copyleft(Copyleft::Strong, _) => (0, "copyleft"),
            Self::Copyleft(..) => (1, "copyleft"),
            Self::Denied(_) => (2, "denied"),
            Self::Unstated | Self::Unreadable => (3, "unknown"),
        }
    }

    pub(super) fn message(&self, expression: &str) -> String {
        let of = |names: &[String]| {
            if names.len() == 1 && names[0] == expression {
                String::new()
            } else {
                format!(" of `{expression}`")
            }
        };
        let listed =
            |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        match self {
            Self::Copyleft(Copyleft::Strong, names) => format!(
                "{}{} is strong copyleft: what contains it comes under its terms",
                listed(names),
                of(names)
            ),
            Self::Copyleft(_, names) => {
                format!("{}{} is weak copyleft: changes to it stay under its terms", listed(names), of(names))
            }
            Self::Denied(names) => format!("{}{} is not allowed", listed(names), of(names)),
            Self::Unstated => {
                "its license is stated neither by the lock file nor by the package on this machine".to_owned()
            }
            Self::Unreadable => format!("`{expression}` is no license that SPDX knows"),
        }
    }
}

/// Licenses of a list: ids (`MIT`), families (`GPL`, all its versions), ids with an exception.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List(BTreeSet<Entry>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Entry {
    /// An id with the exception it goes with, as a license is stated.
    License { id: String, exception: Option<String> },
    /// All versions of a license.
    Family(String),
}

/// An entry of a list that is no license.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{entry}` is no license that SPDX knows")]
pub struct ListError {
    /// The entry as given.
    pub entry: String,
}

impl List {
    /// A list of entries: ids as SPDX has them, also deprecated ones, or names of families.
    pub fn new<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, ListError> {
        let mut all = BTreeSet::new();
        for entry in entries.into_iter().map(str::trim).filter(|entry| !entry.is_empty()) {
            let error = || ListError { entry: entry.to_owned() };
            let is_family = FAMILIES.contains(&entry);
            if is_family {
                all.insert(Entry::Family(entry.to_owned()));
                continue;
            }
            let expression = parse(entry).ok_or_else(error)?;
            let mut requirements = expression.requirements();
            let (Some(only), None) = (requirements.next(), requirements.next()) else { return Err(error()) };
            all.insert(Entry::License { id: name(&only.req), exception: exception(&only.req) });
        }
        Ok(Self(all))
    }

    fn has(&self, req: &LicenseReq) -> bool {
        let (stated, stated_exception) = (name(req), exception(req));
        self.0.iter().any(|entry| match entry {
            Entry::Family(family) => is_of(req, family),
            // Terms with an exception ask for no more than those without.
            Entry::License { id, exception } => {
                *id == stated && (exception.is_none() || *exception == stated_exception)
            }
        })
    }
}

/// Names that stand for all versions of a license.
const FAMILIES: &[&str] =
    &["AGPL", "CC-BY", "CC-BY-SA", "CDDL", "EPL", "EUPL", "GPL", "LGPL", "MPL", "OSL", "SSPL"];

/// What is held against what a package states; `None` where nothing is. Several statements all hold.
pub fn judge(stated: &[String], allow: Option<&List>, deny: &List) -> Option<Objection> {
    if stated.is_empty() {
        return Some(Objection::Unstated);
    }
    let parsed: Option<Vec<Expression>> = stated.iter().map(|one| parse(one)).collect();
    let Some(expressions) = parsed else { return Some(Objection::Unreadable) };
    let is_copyleft = |req: &LicenseReq| copyleft(req) > Copyleft::None;
    let is_fine = |req: &LicenseReq| match allow {
        _ if deny.has(req) => false,
        Some(allow) => allow.has(req),
        // What only its author knows (`LicenseRef-…`) is not known to be free of terms.
        None => req.license.id().is_some() && !is_copyleft(req),
    };
    let is_bad = |expression: &&Expression| !expression.evaluate(is_fine);
    let bad: Vec<&Expression> = expressions.iter().filter(is_bad).collect();
    if bad.is_empty() {
        return None;
    }
    let refused: Vec<&LicenseReq> = bad
        .iter()
        .flat_map(|one| one.requirements())
        .map(|one| &one.req)
        .filter(|req| !is_fine(req))
        .collect();
    let names = |wanted: &dyn Fn(&LicenseReq) -> bool| -> Vec<String> {
        let names: BTreeSet<String> =
            refused.iter().filter(|req| wanted(req)).map(ToString::to_string).collect();
        names.into_iter().collect()
    };
    let is_private = |one: &&Expression| one.requirements().any(|one| one.req.license.id().is_none());
    if allow.is_none() && bad.iter().all(is_private) && !refused.iter().any(|req| deny.has(req)) {
        return Some(Objection::Unreadable);
    }
    // A choice is as bad as its best part.
    let only_copyleft =
        bad.iter().all(|one| one.evaluate(|req| is_fine(req) || is_copyleft(req) && !deny.has(req)));
    if allow.is_some() || !only_copyleft {
        return Some(Objection::Denied(names(&|_| true)));
    }
    let only_weak = bad
        .iter()
        .all(|one| one.evaluate(|req| is_fine(req) || copyleft(req) == Copyleft::Weak && !deny.has(req)));
    let class = if only_weak { Copyleft::Weak } else { Copyleft::Strong };
    Some(Objection::Copyleft(
        class,
        names(&|req| copyleft(req) >= Copyleft::Weak && (only_weak || copyleft(req) == Copyleft::Strong)),
    ))
}

/// The expression that a text means; `None` where it means none for sure.
pub(super) fn parse(stated: &str) -> Option<Expression> {
    let stated = stated.trim();
    if let Ok(expression) = Expression::parse_mode(stated, MODE) {
        let says_nothing = |req: &LicenseReq| req.license.id().is_some_and(|id| NOTHING.contains(&id.name));
        let is_nothing = expression.requirements().any(|one| says_nothing(&one.req));
        return (!is_nothing).then_some(expression);
    }
    let lower = stated.to_lowercase();
    let named = NAMES.iter().find(|(name, _)| *name == lower).map(|(_, id)| *id);
    let id = named.or_else(|| {
        let same =
            |one: &&spdx::License| one.name.to_lowercase() == lower || one.full_name.to_lowercase() == lower;
        spdx::identifiers::LICENSES.iter().find(same).map(|one| one.name)
    })?;
    Expression::parse_mode(id, MODE).ok()
}

/// How much a license asks for, with its exception.
pub fn copyleft(req: &LicenseReq) -> Copyleft {
    let Some(id) = req.license.id() else { return Copyleft::None };
    if STRONG.iter().any(|family| is_of(req, family)) {
        let is_linking = exception(req).is_some_and(|exception| LINKING.contains(&exception.as_str()))
            // Deprecated ids carry their exception in the name.
            || id.name.contains("-with-");
        return if is_linking { Copyleft::Weak } else { Copyleft::Strong };
    }
    let is_weak = WEAK.iter().any(|family| is_of(req, family));
    if is_weak { Copyleft::Weak } else { Copyleft::None }
}

/// Whether a license is a version of a family: `GPL-2.0-only` of `GPL`, and `LGPL-2.1` not.
fn is_of(req: &LicenseReq, family: &str) -> bool {
    req.license.id().is_some_and(|id| {
        let rest = id.name.strip_prefix(family);
        rest.is_some_and(|rest| {
            rest.is_empty()
                || rest.starts_with('-') && rest[1..].starts_with(|first: char| first.is_ascii_digit())
        })
    })
}

/// A license without its exception, in one spelling: `GPL-3.0+` and `GPL-3.0-or-later` are the same.
fn name(req: &LicenseReq) -> String {
    match &req.license {
        LicenseItem::Spdx { id, or_later } => spelled(*id, *or_later),
        LicenseItem::Other(other) => other.to_string(),
    }
}

fn spelled(id: LicenseId, or_later: bool) -> String {
    let name = id.name;
    if !id.is_gnu() {
        return if or_later { format!("{name}+") } else { name.to_owned() };
    }
    let base = name.trim_end_matches("-or-later").trim_end_matches("-only").trim_end_matches('+');
    let later = or_later || name.ends_with("-or-later") || name.ends_with('+');
    format!("{base}-{}", if later { "or-later" } else { "only" })
}

fn exception(req: &LicenseReq) -> Option<String> {
    req.addition.as_ref().map(ToString::to_string)
}
