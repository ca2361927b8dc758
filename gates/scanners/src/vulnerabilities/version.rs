//! How versions of each ecosystem are ordered, exactly or not at all.
//!
//! | ecosystem | order |
//! |---|---|
//! | crates.io, npm, Go | Semantic Versioning 2.0.0, §11; Go's `v` is dropped |
//! | PyPI | PEP 440 |
//! | RubyGems | `Gem::Version` |
//! | Packagist | Composer's normalized versions, compared as PHP's `version_compare` does |
//!
//! **Absent on purpose:** Maven, NuGet, and guessing: a version that its ecosystem's rules do not read has no place
//! in any order, and nobody can say whether a range holds it.

use std::cmp::Ordering;

use crate::packages::Ecosystem;

mod composer;
mod gem;
mod pep440;

/// The rules that order versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    SemVer,
    Pep440,
    Gem,
    Composer,
}

/// The scheme of an ecosystem; `None` where no exact one is known here.
pub(super) fn scheme(ecosystem: Ecosystem) -> Option<Scheme> {
    match ecosystem {
        Ecosystem::CratesIo | Ecosystem::Go | Ecosystem::Npm => Some(Scheme::SemVer),
        Ecosystem::PyPi => Some(Scheme::Pep440),
        Ecosystem::RubyGems => Some(Scheme::Gem),
        Ecosystem::Packagist => Some(Scheme::Composer),
        Ecosystem::Maven | Ecosystem::NuGet => None,
    }
}

/// A version with a place in its order. Only versions of one scheme are compared.
#[derive(Clone, Debug)]
pub(super) enum Version {
    SemVer(semver::Version),
    Pep440(pep440::Version),
    Gem(gem::Version),
    Composer(composer::Version),
}

impl Scheme {
    /// Reads a version in use.
    pub(super) fn parse(self, text: &str) -> Option<Version> {
        match self {
            Self::SemVer => {
                semver::Version::parse(text.strip_prefix('v').unwrap_or(text)).ok().map(Version::SemVer)
            }
            Self::Pep440 => pep440::Version::parse(text).map(Version::Pep440),
            Self::Gem => gem::Version::parse(text).map(Version::Gem),
            Self::Composer => composer::Version::parse(text).map(Version::Composer),
        }
    }

    /// Reads a bound of an advisory. Databases also write `1.2` where Semantic Versioning asks for `1.2.0`; missing
    /// numbers are zero there, as in the OSV service.
    pub(super) fn parse_bound(self, text: &str) -> Option<Version> {
        if self == Self::SemVer {
            let plain = text.strip_prefix('v').unwrap_or(text);
            let numbers = plain.split('.').count();
            if numbers < 3 && plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
                return self.parse(&format!("{plain}{}", ".0".repeat(3 - numbers)));
            }
        }
        self.parse(text)
    }
}

impl Version {
    /// Where this version in use stands against a bound; `None` for versions of two schemes.
    ///
    /// PEP 440 ("Version specifiers") leaves out the local label of a candidate where the bound has none:
    /// `1.0+cpu` is the release `1.0`, built again.
    pub(super) fn against(&self, bound: &Self) -> Option<Ordering> {
        match (self, bound) {
            (Self::SemVer(own), Self::SemVer(bound)) => Some(own.cmp_precedence(bound)),
            (Self::Pep440(own), Self::Pep440(bound)) => Some(own.against(bound)),
            (Self::Gem(own), Self::Gem(bound)) => Some(own.cmp(bound)),
            (Self::Composer(own), Self::Composer(bound)) => Some(own.cmp(bound)),
            _ => None,
        }
    }

    /// A total order of bounds, so that they can be sorted: unlike [`Self::against`] it looks at local labels always.
    pub(super) fn total(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::SemVer(own), Self::SemVer(other)) => own.cmp_precedence(other),
            (Self::Pep440(own), Self::Pep440(other)) => own.cmp(other),
            (Self::Gem(own), Self::Gem(other)) => own.cmp(other),
            (Self::Composer(own), Self::Composer(other)) => own.cmp(other),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::SemVer(_) => 0,
            Self::Pep440(_) => 1,
            Self::Gem(_) => 2,
            Self::Composer(_) => 3,
        }
    }

    /// Whether both are the very same release. Build metadata tells releases apart although it does not order them.
    pub(super) fn same_release(&self, listed: &Self) -> bool {
        match (self, listed) {
            (Self::SemVer(own), Self::SemVer(listed)) => own == listed,
            _ => self.against(listed) == Some(Ordering::Equal),
        }
    }
}

#[cfg(test)]
mod tests;
