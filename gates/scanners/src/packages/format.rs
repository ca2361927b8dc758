//! File names → formats of lock files, and what a parser has to go on.
//!
//! **Absent on purpose:** guessing by content: a package manager finds its lock file by name.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Ecosystem, Fault, Found, LOCK_BYTES_MAX, Read};

/// A format, by the tool that writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Bun,
    Bundler,
    Cargo,
    Composer,
    GoMod,
    GoSum,
    Gradle,
    Npm,
    NuGet,
    Pdm,
    Pipfile,
    Pnpm,
    Poetry,
    Pom,
    Requirements,
    Uv,
    Yarn,
    /// A lock file of a package manager whose format is not read here.
    Foreign,
}

/// Lock files that are known to be some, and not read.
const FOREIGN: &[&str] = &[
    "Package.resolved",
    "Podfile.lock",
    "bun.lockb",
    "conan.lock",
    "conda-lock.yml",
    "deno.lock",
    "mix.lock",
    "pixi.lock",
    "pubspec.lock",
    "pylock.toml",
];

impl Format {
    /// The format of a path from the root.
    pub(super) fn of(path: &str) -> Option<Self> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Some(match name {
            "Cargo.lock" => Self::Cargo,
            "bun.lock" => Self::Bun,
            "Gemfile.lock" | "gems.locked" => Self::Bundler,
            "composer.lock" => Self::Composer,
            "go.mod" => Self::GoMod,
            "go.sum" => Self::GoSum,
            "package-lock.json" | "npm-shrinkwrap.json" => Self::Npm,
            "packages.lock.json" => Self::NuGet,
            "pdm.lock" => Self::Pdm,
            "Pipfile.lock" => Self::Pipfile,
            "pnpm-lock.yaml" => Self::Pnpm,
            "poetry.lock" => Self::Poetry,
            "pom.xml" => Self::Pom,
            "uv.lock" => Self::Uv,
            "yarn.lock" => Self::Yarn,
            _ if name.ends_with("gradle.lockfile") => Self::Gradle,
            _ if name.ends_with(".lockfile") && folder.ends_with("dependency-locks") => Self::Gradle,
            _ if name.ends_with(".gemfile.lock") => Self::Bundler,
            _ if name.starts_with("packages.") && name.ends_with(".lock.json") => Self::NuGet,
            _ if name.ends_with(".txt") && is_requirements(folder, name) => Self::Requirements,
            _ if FOREIGN.contains(&name) => Self::Foreign,
            _ => return None,
        })
    }

    pub(super) fn ecosystem(self) -> Option<Ecosystem> {
        Some(match self {
            Self::Bundler => Ecosystem::RubyGems,
            Self::Cargo => Ecosystem::CratesIo,
            Self::Composer => Ecosystem::Packagist,
            Self::GoMod | Self::GoSum => Ecosystem::Go,
            Self::Gradle | Self::Pom => Ecosystem::Maven,
            Self::Bun | Self::Npm | Self::Pnpm | Self::Yarn => Ecosystem::Npm,
            Self::NuGet => Ecosystem::NuGet,
            Self::Pdm | Self::Pipfile | Self::Poetry | Self::Requirements | Self::Uv => Ecosystem::PyPi,
            Self::Foreign => return None,
        })
    }

    pub(super) fn read(self, file: &File<'_>) -> Result<Read, Fault> {
        match self {
            Self::Bun => super::bun::read(file),
            Self::Bundler => super::bundler::read(file),
            Self::Cargo => super::cargo::read(file),
            Self::Composer => super::composer::read(file),
            Self::GoMod => super::go::read_mod(file),
            Self::GoSum => super::go::read_sum(file),
            Self::Gradle => super::gradle::read(file),
            Self::Npm => super::npm::read(file),
            Self::NuGet => super::nuget::read(file),
            Self::Pdm => super::python::pdm(file),
            Self::Pipfile => super::python::pipfile(file),
            Self::Pnpm => super::pnpm::read(file),
            Self::Poetry => super::python::poetry(file),
            Self::Pom => super::maven::read(file),
            Self::Requirements => super::requirements::read(file),
            Self::Uv => super::uv::read(file),
            Self::Yarn => super::yarn::read(file),
            Self::Foreign => Err(Fault {
                line: None,
                why: "lock files of this package manager are not read here".to_owned(),
            }),
        }
    }
}

/// `requirements.txt`, `requirements-dev.txt`, `dev-requirements.txt`, `requirements/dev.txt`.
fn is_requirements(folder: &str, name: &str) -> bool {
    let stem = name.trim_end_matches(".txt");
    stem.starts_with("requirements")
        || stem.ends_with("requirements")
        || folder == "requirements"
        || folder.ends_with("/requirements")
}

/// Whether a neighbor says what this file would: `go.mod` lists what `go.sum` has hashes for, and npm does not look
/// at `package-lock.json` beside `npm-shrinkwrap.json`.
pub(super) fn is_overruled(path: &str, files: &BTreeSet<String>) -> bool {
    [("go.sum", "go.mod"), ("package-lock.json", "npm-shrinkwrap.json")].iter().any(|(name, by)| {
        let folder = path.strip_suffix(name).filter(|folder| folder.is_empty() || folder.ends_with('/'));
        folder.is_some_and(|folder| files.contains(&format!("{folder}{by}")))
    })
}

/// A lock file and where it lies.
pub(super) struct File<'a> {
    pub(super) root: &'a Path,
    pub(super) path: &'a str,
    pub(super) text: &'a str,
}

impl File<'_> {
    /// Path of a neighbor, from the root.
    pub(super) fn beside(&self, name: &str) -> String {
        match self.path.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{name}"),
            None => name.to_owned(),
        }
    }

    /// The text of a neighbor; `None` where there is none that can be read. What it would have told is unknown then.
    pub(super) fn neighbor(&self, name: &str) -> Option<String> {
        text(&self.root.join(self.beside(name))).ok()
    }
}

/// The text of a file, without a byte order mark.
pub(super) fn text(path: &Path) -> Result<String, String> {
    use std::io::Read as _;
    let open = std::fs::File::open(path).map_err(|error| format!("it cannot be read: {}", error.kind()))?;
    let mut bytes = Vec::new();
    let read = open.take(LOCK_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("it cannot be read: {}", error.kind()))?;
    if bytes.len() as u64 > LOCK_BYTES_MAX {
        return Err(format!("it is longer than {} MiB", LOCK_BYTES_MAX >> 20));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        format!("it is not UTF-8: byte {} begins no character", error.utf8_error().valid_up_to() + 1)
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// Says of each package whether the product asks for it, and whether it serves development only: whatever can be
/// reached from `product` does not, whatever can be reached from `dev` alone does.
pub(super) fn trace(found: &mut [Found], product: &[usize], dev: &[usize]) {
    mark_direct(found, &[product, dev].concat());
    for (roots, is_dev) in [(dev, true), (product, false)] {
        let mut seen = vec![false; found.len()];
        let mut work = roots.to_vec();
        while let Some(at) = work.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            found[at].dev = Some(is_dev);
            work.extend(found[at].needs.iter().flatten());
        }
    }
}

/// Says of each package whether the product asks for it.
pub(super) fn mark_direct(found: &mut [Found], direct: &[usize]) {
    for one in found.iter_mut() {
        one.direct = Some(false);
    }
    for at in direct {
        found[*at].direct = Some(true);
    }
}
