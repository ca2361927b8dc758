//! Where keys may lie, who may read them, and what a signer refuses.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn keys() -> (tempfile::TempDir, Keys) {
    let around = tempfile::tempdir().unwrap();
    let keys = Keys::at(&around.path().join("config/dod/keys"));
    (around, keys)
}

fn at(size: u64, root: u8) -> Checkpoint {
    Checkpoint { origin: "x/run/1".into(), size, root: Hash([root; 32]) }
}

const NO: BeganWith<'static> = &|_, _| false;

#[test]
fn a_key_is_made_for_its_owner_alone() {
    let (_around, keys) = keys();
    let made = keys.make("github.com/org/x").unwrap();
    assert_eq!((mode(keys.folder()), mode(&made.file)), (0o700, 0o600));
    assert_eq!(made.file.file_name().unwrap(), "github.com_org_x.key");
    assert!(made.signs);
    assert_eq!(keys.own(), Ok(vec![made.clone()]));
    assert_eq!(keys.known(), Ok(vec![made.verifier]));
    assert!(matches!(keys.make("github.com/org/x"), Err(KeysError::Exists { .. })));
    assert!(matches!(keys.make("a b"), Err(KeysError::NotAKeyText { .. })));
    let left: Vec<_> = std::fs::read_dir(keys.folder()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(!left.contains(&".new".into()), "{left:?}");
}

#[test]
fn a_key_that_others_may_read_is_not_used() {
    let (_around, keys) = keys();
    let made = keys.make("ann").unwrap();
    set_mode(&made.file, 0o640);
    let error = keys.signing(None).unwrap_err();
    assert_eq!(error.to_string(), format!("others may use `{}` (mode 640)", made.file.display()));
    set_mode(&made.file, 0o600);
    set_mode(keys.folder(), 0o755);
    assert!(matches!(keys.signing(None), Err(KeysError::Open { wanted: 0o700, .. })));
    assert_eq!(keys.known().map(|keys| keys.len()), Ok(1), "public halves are no secret");
    set_mode(keys.folder(), 0o700);
    assert!(keys.signing(None).unwrap().is_some());
}

#[test]
fn keys_lie_outside_of_the_repository() {
    let around = tempfile::tempdir().unwrap();
    let root = around.path().join("repo");
    std::fs::create_dir(&root).unwrap();
    let find = |folder: &Path| {
        let folder = folder.to_owned().into_os_string();
        Keys::find(&|name| (name == FOLDER_VARIABLE).then(|| folder.clone()), &[&root])
    };
    assert!(matches!(find(&root.join("keys")), Err(KeysError::Inside { .. })));
    assert!(matches!(find(&root), Err(KeysError::Inside { .. })));
    std::os::unix::fs::symlink(&root, around.path().join("link")).unwrap();
    assert!(matches!(find(&around.path().join("link/keys")), Err(KeysError::Inside { .. })));
    assert!(find(&around.path().join("keys")).is_ok());
    assert_eq!(Keys::find(&|_| None, &[]), Err(KeysError::NoFolder));
    let home = |name: &str| (name == "HOME").then(|| "/home/ann".into());
    assert_eq!(Keys::find(&home, &[]).unwrap().folder(), Path::new("/home/ann/.config/dod/keys"));
}

#[test]
fn one_of_several_keys_signs_once_it_is_chosen() {
    let (_around, keys) = keys();
    assert!(!keys.signing(None).unwrap().is_some());
    assert!(!keys.folder().exists(), "looking makes nothing");
    keys.make("ann").unwrap();
    keys.make("bob").unwrap();
    let signs = |keys: &Keys| keys.signing(None).unwrap().verifiers()[0].name().to_owned();
    assert_eq!(signs(&keys), "ann");
    keys.choose("bob").unwrap();
    assert_eq!(signs(&keys), "bob");
    assert!(matches!(keys.choose("eve"), Err(KeysError::Unknown { .. })));
    std::fs::remove_file(keys.folder().join("default")).unwrap();
    assert!(matches!(keys.signing(None), Err(KeysError::Several { .. })));
    let text = Signer::of_seed("ci", &[7; 32]).unwrap().to_secret_text();
    assert_eq!(keys.signing(Some(&text)).unwrap().verifiers()[0].name(), "ci");
    assert!(matches!(keys.signing(Some("nonsense")), Err(KeysError::NotAKeyText { .. })));
}

#[test]
fn an_old_key_vouches_for_the_new_one_and_stays_trusted() {
    let (_around, keys) = keys();
    let old = keys.make("ann").unwrap().verifier;
    let Rotation { old: left, new, note } = keys.rotate("ann").unwrap();
    assert_eq!((&left, new.name()), (&old, "ann"));
    assert_ne!(old, new);
    let note = dod_proof::note::Note::read(note.as_bytes()).unwrap();
    assert_eq!(note.text(), format!("dod key rotation\nold {old}\nnew {new}\n"));
    assert_eq!(note.signed_by(std::slice::from_ref(&old)).unwrap(), [&old]);
    assert_eq!(keys.signing(None).unwrap().verifiers(), std::slice::from_ref(&new));
    assert_eq!(mode(&keys.own().unwrap()[0].file), 0o600);
    assert_eq!(keys.known(), Ok(vec![new, old]));
}

#[test]
fn a_key_is_trusted_until_it_is_not() {
    let (_around, keys) = keys();
    let [ann, other] = [1, 2].map(|seed| Signer::of_seed("ann", &[seed; 32]).unwrap().verifier().clone());
    assert_eq!(keys.trust(&format!("{ann}\n")), Ok(ann.clone()));
    assert_eq!(keys.trust(&ann.to_string()), Ok(ann.clone()));
    keys.trust(&other.to_string()).unwrap();
    assert_eq!(keys.known().unwrap().len(), 2);
    assert!(matches!(keys.untrust("ann"), Err(KeysError::Several { .. })));
    assert_eq!(keys.untrust(&other.id().to_string()), Ok(other));
    assert_eq!(keys.untrust("ann"), Ok(ann));
    assert!(matches!(keys.untrust("ann"), Err(KeysError::Unknown { .. })));
    assert!(keys.trust("ann+00000000+AAAA").is_err());
}

#[test]
fn no_two_roots_are_signed_for_one_size() {
    let (_around, keys) = keys();
    keys.make("ann").unwrap();
    let signing = keys.signing(None).unwrap();
    let note = signing.note(&at(5, 1), NO).unwrap();
    assert!(signing.has_signed(note.as_bytes(), &at(5, 1)));
    // The same again has the same signature, also by another process that has the key.
    assert_eq!(keys.signing(None).unwrap().note(&at(5, 1), NO), Ok(note));
    assert!(matches!(signing.note(&at(5, 2), NO), Err(KeysError::Forked { signed: 5, .. })));
    assert!(matches!(signing.note(&at(4, 1), NO), Err(KeysError::Shorter { size: 4, signed: 5, .. })));
    assert!(matches!(signing.note(&at(6, 1), NO), Err(KeysError::Forked { signed: 5, .. })));
    let grown: BeganWith<'_> = &|size, root| (size, root) == (5, &Hash([1; 32]));
    signing.note(&at(6, 3), grown).unwrap();
    assert!(matches!(signing.check(&at(5, 1), NO), Err(KeysError::Shorter { signed: 6, .. })));
    // A key that took the place of this one remembers what it signed.
    keys.rotate("ann").unwrap();
    let signing = keys.signing(None).unwrap();
    assert!(matches!(signing.note(&at(6, 2), NO), Err(KeysError::Forked { signed: 6, .. })));
}

#[test]
fn what_was_signed_is_remembered_although_a_line_is_torn() {
    let (_around, keys) = keys();
    keys.make("ann").unwrap();
    let signing = keys.signing(None).unwrap();
    signing.note(&at(5, 1), NO).unwrap();
    let page = std::fs::read_dir(keys.folder().join("signed"))
        .unwrap()
        .map(|it| it.unwrap().path())
        .find(|path| path.file_name().unwrap() != "lock")
        .unwrap();
    let text = std::fs::read_to_string(&page).unwrap();
    std::fs::write(&page, format!("{text}7 BBBB")).unwrap();
    assert!(signing.note(&at(5, 2), NO).is_err());
    signing.note(&at(6, 2), &|_, _| true).unwrap();
    assert_eq!(std::fs::read_to_string(&page).unwrap(), format!("6 {} x/run/1\n", Hash([2; 32])));
    std::fs::write(&page, "nonsense\n").unwrap();
    assert!(matches!(signing.note(&at(6, 2), NO), Err(KeysError::Memory { line: 1, .. })));
}

#[test]
fn the_memory_stays_small() {
    let (_around, keys) = keys();
    keys.make("ann").unwrap();
    let memory = Memory::at(&keys.folder().join("signed"));
    let folder = keys.folder().join("signed");
    let path = folder.join(format!("{:02x}", {
        use sha2::Digest as _;
        sha2::Sha256::digest(b"x/run/1")[0]
    }));
    memory.remember(&at(1, 1), NO).unwrap();
    let line = format!("1 {} x/run/1\n", Hash([1; 32]));
    std::fs::write(&path, line.repeat(6000)).unwrap();
    memory.remember(&at(2, 2), &|_, _| true).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), line.len() as u64);
}
