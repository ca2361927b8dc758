//! Claims about the Python environments that projects keep.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use super::activate;

/// `PATH` and `VIRTUAL_ENV` of a step in `cwd`, without the root.
fn check(root: &Path, cwd: &str, activated: Option<&str>) -> (String, Option<String>) {
    let mut env: BTreeMap<OsString, OsString> = BTreeMap::from([("PATH".into(), "/bin".into())]);
    env.extend(activated.map(|path| ("VIRTUAL_ENV".into(), path.into())));
    activate(root, cwd, &mut env);
    let of = |name: &str| {
        let text = env.get(OsStr::new(name))?.to_string_lossy();
        Some(text.replace(&*root.to_string_lossy(), "ROOT"))
    };
    (of("PATH").unwrap_or_default(), of("VIRTUAL_ENV"))
}

#[test]
fn the_nearest_environment_of_the_project_is_active() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for environment in [".venv", "api/venv", "web/.venv"] {
        fs::create_dir_all(root.join(environment)).unwrap();
    }
    let nothing = ("/bin".to_owned(), None);
    assert_eq!(check(root, "api", None), nothing, "a folder of that name is not enough");
    fs::write(root.join(".venv/pyvenv.cfg"), "").unwrap();
    fs::write(root.join("api/venv/pyvenv.cfg"), "").unwrap();
    let own = ("ROOT/api/venv/bin:/bin".to_owned(), Some("ROOT/api/venv".to_owned()));
    assert_eq!(check(root, "api", None), own);
    assert_eq!(check(root, "api/deep/er", None), own);
    let shared = ("ROOT/.venv/bin:/bin".to_owned(), Some("ROOT/.venv".to_owned()));
    assert_eq!(check(root, "", None), shared);
    assert_eq!(check(root, "web", None), shared);
}

#[test]
fn an_environment_that_a_person_activated_stays() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".venv")).unwrap();
    fs::write(folder.path().join(".venv/pyvenv.cfg"), "").unwrap();
    let other = ("/bin".to_owned(), Some("/other".to_owned()));
    assert_eq!(check(folder.path(), "", Some("/other")), other);
}
