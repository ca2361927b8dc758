//! Finding the files of a coverage report in the repository.
//!
//! Some tools cannot name a file as the repository does: JaCoCo knows package and name (`com/shop/Cart.java`), Go the
//! import path (`example.com/shop/cart/cart.go`), others the folder of the container they ran in. Without its file a
//! line is never seen to be changed, so that a change would look as if it had nothing to cover.
//!
//! ```text
//!   locate(&mut Evidence, files of the repository) -> how many files of the report are none of them
//! ```
//!
//! A name is only changed where one file of the repository fits and no other. This comes before changed lines are
//! written into the evidence.
//!
//! **Absent on purpose:** the file system. Whoever calls knows the files, as `git ls-files` lists them.

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::evidence::Evidence;
use dod_kernel::id::Name;

use crate::coverage::Coverage;
use crate::path;

/// Names the files of coverage as the repository does, and unites those that turn out to be one. How many of those
/// that have anything to cover are no file of the repository: of these it is not known which lines have changed.
pub fn locate<'f>(evidence: &mut Evidence, files: impl IntoIterator<Item = &'f str>) -> usize {
    let Some(coverage) = evidence.coverage.as_mut() else { return 0 };
    let repository = Repository::of(files);
    let names: Vec<Name> = coverage.iter().map(|file| file.path.clone()).collect();
    let found = repository.find(&names);
    if found.iter().zip(&names).any(|(found, name)| found.is_some_and(|found| found != &**name)) {
        let mut united = Coverage::default();
        for (mut file, found) in std::mem::take(coverage).into_iter().zip(&found) {
            if let Some(found) = found {
                file.path = (*found).into();
            }
            united.unite(file);
        }
        *coverage = united.finish();
    }
    let outside = |path: &str| !repository.all.contains(path);
    let covers = coverage.iter().filter(|file| !file.lines.is_empty() || !file.units.is_empty());
    covers.filter(|file| outside(&file.path)).count()
}

/// Files of the repository, also by their last names.
struct Repository<'f> {
    all: BTreeSet<&'f str>,
    by_name: BTreeMap<&'f str, Vec<&'f str>>,
}

impl<'f> Repository<'f> {
    fn of(files: impl IntoIterator<Item = &'f str>) -> Self {
        let all: BTreeSet<&str> = files.into_iter().collect();
        let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for file in &all {
            by_name.entry(last(file)).or_default().push(file);
        }
        Self { all, by_name }
    }

    /// The file that each of these names is of, where that is certain.
    fn find(&self, names: &[Name]) -> Vec<Option<&'f str>> {
        let fits: Vec<Fit<'f>> = names.iter().map(|name| self.fit(name)).collect();
        // What stands in front of several files is where the repository was; before one file it may be chance.
        let mut fronts: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, fit) in names.iter().zip(&fits) {
            if let Fit::Behind(file) = fit {
                *fronts.entry(front(name, file)).or_default() += 1;
            }
        }
        let settle = |(name, fit): (&Name, Fit<'f>)| match fit {
            Fit::Itself(file) | Fit::Within(file) => Some(file),
            Fit::Behind(file) => {
                let sure = !path::is_absolute(name) || file.contains('/') || fronts[front(name, file)] > 1;
                sure.then_some(file)
            }
            Fit::None => None,
        };
        names.iter().zip(fits).map(settle).collect()
    }

    fn fit(&self, name: &str) -> Fit<'f> {
        if let Some(file) = self.all.get(name) {
            return Fit::Itself(file);
        }
        let same = self.by_name.get(last(name)).map_or(&[][..], Vec::as_slice);
        let mut within = same.iter().filter(|file| is_behind(file, name));
        match (within.next(), within.next()) {
            (Some(only), None) => return Fit::Within(only),
            (Some(_), Some(_)) => return Fit::None,
            (None, _) => {}
        }
        let behind = same.iter().filter(|file| is_behind(name, file));
        behind.max_by_key(|file| file.len()).map_or(Fit::None, |file| Fit::Behind(file))
    }
}

/// How a name of a report fits a file of the repository.
enum Fit<'f> {
    /// It is the file.
    Itself(&'f str),
    /// The name is the end of the file's path, and of no other's.
    Within(&'f str),
    /// The file's path is the end of the name, the longest of those.
    Behind(&'f str),
    /// None fits, or several.
    None,
}

/// Whether a path ends with the other one, folder by folder.
fn is_behind(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|front| front.ends_with('/'))
}

/// What stands before the file in the name.
fn front<'n>(name: &'n str, file: &str) -> &'n str {
    &name[..name.len() - file.len()]
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
