//! Who seals runs: the keys of this user, and what the repository is called.
//!
//! **Absent on purpose:** making keys, and what is signed.

use std::path::Path;

use dod_host::clone_log::repository_name;
use dod_host::keys::{Keys, KeysError, SECRET_VARIABLE, Signing};
use dod_host::seal::Sealing;
use dod_kernel::run::Identity;
use dod_proof::key::Verifier;

use crate::blame::CommandError;
use crate::project::Project;

/// The folder of keys of this user, outside of this project.
pub(crate) fn keys(project: &Project) -> Result<Keys, CommandError> {
    Ok(found(project)?)
}

fn found(project: &Project) -> Result<Keys, KeysError> {
    let top = project.git.as_ref().map(dod_host::git::Git::root);
    let roots: Vec<&Path> = top.into_iter().chain([project.root.as_path()]).collect();
    Keys::find(&|name| std::env::var_os(name), &roots)
}

/// Who signs: `DOD_KEY`, else the chosen key of this user, else nobody.
pub(crate) fn signing(project: &Project) -> Result<Signing, CommandError> {
    // What is no text is no key, and is said to be none.
    let secret = std::env::var_os(SECRET_VARIABLE).map(|text| text.to_string_lossy().into_owned());
    let secret = secret.filter(|text| !text.trim().is_empty());
    match found(project) {
        // Where there is no place for keys there are none, and unsigned is no error.
        Err(KeysError::NoFolder) if secret.is_none() => Ok(Signing::none()),
        Err(KeysError::Inside { folder, .. }) if secret.is_none() && !folder.exists() => Ok(Signing::none()),
        keys => Ok(keys?.signing(secret.as_deref())?),
    }
}

/// Everybody whose signatures count: our own keys, those that are trusted, and that of `DOD_KEY`.
pub(crate) fn known(project: &Project) -> Result<Vec<Verifier>, CommandError> {
    let mut known = match found(project) {
        Err(KeysError::NoFolder | KeysError::Inside { .. }) => Vec::new(),
        keys => keys?.known()?,
    };
    for key in signing(project)?.verifiers() {
        if !known.contains(&key) {
            known.push(key);
        }
    }
    Ok(known)
}

/// What the repository is called in origins.
pub(crate) fn repository(project: &Project) -> String {
    let top = project.git.as_ref().map_or(project.root.as_path(), |git| git.root());
    repository_name(top, project.git.as_ref().and_then(dod_host::git::Git::remote).as_deref())
}

/// Who is at work, as the CI system, git or the machine say: claimed.
pub(crate) fn actor(project: &Project) -> Identity {
    let ci = project.ci.as_ref().and_then(|ci| ci.actor.as_deref());
    Identity { name: ci.map_or_else(|| project.user(), Into::into), proved: false }
}

/// Who seals the runs of this project.
pub(crate) fn sealing(project: &Project) -> Result<Sealing, CommandError> {
    Ok(Sealing { repository: repository(project), signing: signing(project)?, by: actor(project) })
}
