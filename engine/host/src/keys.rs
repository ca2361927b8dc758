//! Keys that sign checkpoints, kept outside of any repository, and what each of them has signed.
//!
//! ```text
//!   $DOD_KEYS, $XDG_CONFIG_HOME/dod/keys or ~/.config/dod/keys       0700
//!     <name>.key       the secret, as Go's signed notes write it     0600
//!     <name>.pub       the verifier key: what others are given
//!     default          the name of the key that signs, where there are several
//!     trusted/*.pub    keys whose signatures count, our own old ones too
//!     signed/          what was signed last of each log: see [`memory`]
//! ```
//!
//! `DOD_KEY` in the environment holds the text of a secret instead, for CI.
//!
//! **Absent on purpose:** passphrases and agents. A key that is to be guarded better signs in another job (`dod sign`).

mod memory;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use dod_proof::checkpoint::Checkpoint;
use dod_proof::key::{KeyError, Signer, Verifier};
use dod_proof::note::sign;
use dod_proof::tree::Hash;

use self::memory::Memory;
use crate::disk::{self, How};
use crate::lock::{Lock, LockError};
use crate::storage::{StorageError, sync_folder, write_atomic};

/// The variable that names the folder of keys.
pub const FOLDER_VARIABLE: &str = "DOD_KEYS";
/// The variable that holds a secret itself.
pub const SECRET_VARIABLE: &str = "DOD_KEY";
/// Keys that may be trusted.
pub const TRUSTED_MAX: usize = 10_000;
/// Bytes of a file with a key.
const KEY_BYTES_MAX: u64 = 4096;
/// How long another process that uses the keys is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const SECRET: &str = "key";
const PUBLIC: &str = "pub";
const TRUSTED: &str = "trusted";
const DEFAULT: &str = "default";

/// Keys cannot be used, or the signer refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// A file cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Another process uses the keys.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Nobody knows where keys are kept.
    #[error(
        "there is no place for keys: neither `{FOLDER_VARIABLE}` nor `XDG_CONFIG_HOME` nor `HOME` is set"
    )]
    NoFolder,
    /// Whoever reads the repository would read the keys.
    #[error("the folder of keys `{}` lies inside the repository `{}`", folder.display(), root.display())]
    Inside {
        /// The folder.
        folder: PathBuf,
        /// The repository.
        root: PathBuf,
    },
    /// Others may read it.
    #[error("others may use `{}` (mode {mode:o})", path.display())]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// What it should be.
        wanted: u32,
    },
    /// A file holds no key.
    #[error("`{}` holds no key: {source}", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// A text is no key.
    #[error("{what} is no key: {source}")]
    NotAKeyText {
        /// Which text.
        what: &'static str,
        /// Why.
        source: KeyError,
    },
    /// There is one of this name.
    #[error("there is a key `{name}` already: `{}`", path.display())]
    Exists {
        /// The name.
        name: String,
        /// Its file.
        path: PathBuf,
    },
    /// There is none of this name.
    #[error("there is no key `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// Several fit.
    #[error("several keys are called `{name}`: {}", keys.join(", "))]
    Several {
        /// The name; empty where none was asked for.
        name: String,
        /// Those that fit, as `name+id`.
        keys: Vec<String>,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {why}")]
    Random {
        /// Why.
        why: String,
    },
    /// There are more than [`TRUSTED_MAX`].
    #[error("more than {TRUSTED_MAX} keys are trusted")]
    TooMany,
    /// It was signed with more leaves before.
    #[error(
        "`{origin}` is not signed: it has {size} lines, and {signed} of it were signed before; it was taken back to an older state"
    )]
    Shorter {
        /// The log.
        origin: String,
        /// How many leaves it has.
        size: u64,
        /// How many were signed.
        signed: u64,
    },
    /// It was signed with another root.
    #[error(
        "`{origin}` is not signed: its first {signed} lines have another root than the one that was signed before ({root}); they were changed, or it was continued in two places"
    )]
    Forked {
        /// The log.
        origin: String,
        /// How many leaves were signed.
        signed: u64,
        /// The root that was signed.
        root: Hash,
    },
    /// What was signed before cannot be known.
    #[error("`{}` does not say what was signed before; line {line} of it is damaged", path.display())]
    Memory {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// Whether the first so many leaves of a log had this root.
pub type BeganWith<'a> = &'a dyn Fn(u64, &Hash) -> bool;

/// A folder of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    folder: PathBuf,
}

/// A key of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// Its public half.
    pub verifier: Verifier,
    /// The file with the secret.
    pub file: PathBuf,
    /// Whether it signs.
    pub signs: bool,
}

/// A key that took another one's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The key that signs no more. It stays trusted.
    pub old: Verifier,
    /// The key that signs from now on.
    pub new: Verifier,
    /// The exchange as a signed note of the old key.
    pub note: String,
}

impl Keys {
    /// The folder of keys of this user: `variable` answers what the environment holds. `repositories`: folders that it must
    /// not lie in.
    ///
    /// # Errors
    /// There is no place for keys, or it is no good one.
    pub fn find(
        variable: &dyn Fn(&str) -> Option<OsString>,
        repositories: &[&Path],
    ) -> Result<Self, KeysError> {
        let of = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = of(FOLDER_VARIABLE)
            .or_else(|| Some(of("XDG_CONFIG_HOME")?.join("dod/keys")))
            .or_else(|| Some(of("HOME")?.join(".config/dod/keys")))
            .ok_or(KeysError::NoFolder)?;
        let absolute = std::path::absolute(&folder).unwrap_or(folder);
        // A link into the repository is inside, too; what does not exist yet is judged by what does.
        let real = absolute.ancestors().find_map(|part| {
            let rest = absolute.strip_prefix(part).ok()?;
            Some(part.canonicalize().ok()?.join(rest))
        });
        let real = real.unwrap_or_else(|| absolute.clone());
        for root in repositories {
            let inside = |folder: &Path| {
                folder.starts_with(root) || root.canonicalize().is_ok_and(|root| folder.starts_with(root))
            };
            if inside(&real) || inside(&absolute) {
                return Err(KeysError::Inside { folder: absolute, root: (*root).to_owned() });
            }
        }
        Ok(Self { folder: absolute })
    }

    /// Keys in this folder.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes a key.
    ///
    /// # Errors
    /// There is one of this name, or it cannot be kept.
    pub fn make(&self, name: &str) -> Result<Own, KeysError> {
        let signer = generate(name)?;
        let _lock = self.lock()?;
        let file = self.file(name, SECRET);
        if disk::is_file(&file) {
            return Err(KeysError::Exists { name: name.to_owned(), path: file });
        }
        let first = self.names()?.is_empty();
        self.keep(name, &signer)?;
        if first {
            write_atomic(&self.folder.join(DEFAULT), format!("{name}\n").as_bytes())?;
        }
        Ok(Own { verifier: signer.verifier().clone(), file, signs: first })
    }

    /// Lets this key sign from now on.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn choose(&self, name: &str) -> Result<Verifier, KeysError> {
        let signer = self.secret(name)?;
        write_atomic(&self.folder.join(DEFAULT), format!("{name}\n").as_bytes())?;
        Ok(signer.verifier().clone())
    }

    /// Replaces a key by a new one of the same name. The old one stays trusted and signs the new one; its secret is gone.
    ///
    /// # Errors
    /// There is none of this name, or the new one cannot be kept.
    pub fn rotate(&self, name: &str) -> Result<Rotation, KeysError> {
        let _lock = self.lock()?;
        let old = self.secret(name)?;
        let new = generate(name)?;
        let text = format!("dod key rotation\nold {}\nnew {}\n", old.verifier(), new.verifier());
        let note = sign(&text, &[&old]);
        let kept = self.trusted_file(old.verifier());
        self.make_folder(&self.folder.join(TRUSTED))?;
        write_atomic(&kept, format!("{}\n", old.verifier()).as_bytes())?;
        write_atomic(&kept.with_extension("rotation"), note.as_bytes())?;
        self.keep(name, &new)?;
        Ok(Rotation { old: old.verifier().clone(), new: new.verifier().clone(), note })
    }

    /// Counts the signatures of a key from now on.
    ///
    /// # Errors
    /// The text is no verifier key, or it cannot be kept.
    pub fn trust(&self, text: &str) -> Result<Verifier, KeysError> {
        let verifier = Verifier::read(text.trim())
            .map_err(|source| KeysError::NotAKeyText { what: "what is to be trusted", source })?;
        let _lock = self.lock()?;
        self.make_folder(&self.folder.join(TRUSTED))?;
        write_atomic(&self.trusted_file(&verifier), format!("{verifier}\n").as_bytes())?;
        Ok(verifier)
    }

    /// Counts the signatures of a key no more. It is named by its name, its id, `name+id`, or the whole key.
    ///
    /// # Errors
    /// No trusted key is called so, or several are.
    pub fn untrust(&self, word: &str) -> Result<Verifier, KeysError> {
        let _lock = self.lock()?;
        let mut found = self.trusted()?;
        found.retain(|key| is_called(key, word));
        match found.as_slice() {
            [] => Err(KeysError::Unknown { name: word.to_owned() }),
            [key] => {
                let file = self.trusted_file(key);
                disk::remove_file(&file).map_err(StorageError::when("remove", &file))?;
                sync_folder(&self.folder.join(TRUSTED))?;
                Ok(key.clone())
            }
            several => {
                let keys = several.iter().map(short).collect();
                Err(KeysError::Several { name: word.to_owned(), keys })
            }
        }
    }

    /// Our own keys, by name.
    ///
    /// # Errors
    /// A file is no key, or others may read it.
    pub fn own(&self) -> Result<Vec<Own>, KeysError> {
        let names = self.names()?;
        let chosen = self.chosen(&names)?;
        let one = |name: &String| {
            let verifier = self.secret(name)?.verifier().clone();
            let signs = chosen.as_ref() == Some(name);
            Ok(Own { verifier, file: self.file(name, SECRET), signs })
        };
        names.iter().map(one).collect()
    }

    /// Keys of others, and old ones of ours, whose signatures count.
    ///
    /// # Errors
    /// A file is no key.
    pub fn trusted(&self) -> Result<Vec<Verifier>, KeysError> {
        self.publics(&self.folder.join(TRUSTED))
    }

    /// Everybody whose signatures count: our own keys and those we trust. Secrets are not touched.
    ///
    /// # Errors
    /// A file is no key.
    pub fn known(&self) -> Result<Vec<Verifier>, KeysError> {
        let mut all = self.publics(&self.folder)?;
        for key in self.trusted()? {
            if !all.contains(&key) {
                all.push(key);
            }
        }
        Ok(all)
    }

    /// Who signs: the secret of `DOD_KEY` where there is one, else the chosen key, else nobody.
    ///
    /// # Errors
    /// The key cannot be used, or there are several and none is chosen.
    pub fn signing(&self, secret: Option<&str>) -> Result<Signing, KeysError> {
        let signer = match secret.map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => Some(
                Signer::read(text)
                    .map_err(|source| KeysError::NotAKeyText { what: "the text of `DOD_KEY`", source })?,
            ),
            None => match self.chosen(&self.names()?)? {
                Some(name) => Some(self.secret(&name)?),
                None => None,
            },
        };
        let Some(signer) = signer else { return Ok(Signing::none()) };
        self.make_folder(&self.folder)?;
        Ok(Signing { signers: vec![signer], memory: Some(Memory::at(&self.folder.join("signed"))) })
    }

    /// The name of the key that signs. A `default` that is gone with its key chooses nothing.
    fn chosen(&self, names: &[String]) -> Result<Option<String>, KeysError> {
        let path = self.folder.join(DEFAULT);
        let text = match disk::read_bounded(&path, KEY_BYTES_MAX) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(StorageError::of("read", &path, &error).into()),
        };
        match names {
            _ if names.contains(&stem(&text)) => Ok(Some(stem(&text))),
            [] => Ok(None),
            [name] => Ok(Some(name.clone())),
            several => Err(KeysError::Several { name: String::new(), keys: several.to_vec() }),
        }
    }

    /// Names of files with secrets, sorted.
    fn names(&self) -> Result<Vec<String>, KeysError> {
        self.stems(&self.folder, SECRET)
    }

    fn stems(&self, folder: &Path, extension: &str) -> Result<Vec<String>, KeysError> {
        let entries = match disk::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(StorageError::when("list", folder))?,
        };
        let named = |entry: disk::Entry| {
            let name = entry.file_name().into_string().ok()?;
            let name = name.strip_suffix(extension)?.strip_suffix('.')?;
            (!name.starts_with('.') && !name.is_empty()).then(|| name.to_owned())
        };
        let mut names: Vec<String> = entries.into_iter().filter_map(named).collect();
        if names.len() > TRUSTED_MAX {
            return Err(KeysError::TooMany);
        }
        names.sort();
        Ok(names)
    }

    fn publics(&self, folder: &Path) -> Result<Vec<Verifier>, KeysError> {
        let names = self.stems(folder, PUBLIC)?;
        let read = |name: &String| {
            let path = folder.join(format!("{name}.{PUBLIC}"));
            let bytes =
                disk::read_bounded(&path, KEY_BYTES_MAX).map_err(StorageError::when("read", &path))?;
            let text = String::from_utf8_lossy(&bytes);
            Verifier::read(text.trim()).map_err(|source| KeysError::NotAKey { path, source })
        };
        names.iter().map(read).collect()
    }

    /// Reads a secret, if nobody else can.
    fn secret(&self, name: &str) -> Result<Signer, KeysError> {
        let path = self.file(name, SECRET);
        let file = match disk::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(KeysError::Unknown { name: name.to_owned() });
            }
            file => file.map_err(StorageError::when("read", &path))?,
        };
        private(&self.folder, disk::metadata(&self.folder), 0o700)?;
        private(&path, file.metadata(), 0o600)?;
        let bytes = disk::read_bounded(&path, KEY_BYTES_MAX).map_err(StorageError::when("read", &path))?;
        let text = String::from_utf8_lossy(&bytes);
        Signer::read(text.trim()).map_err(|source| KeysError::NotAKey { path, source })
    }

    /// Writes secret and public half of a key; what was there is replaced.
    fn keep(&self, name: &str, signer: &Signer) -> Result<(), KeysError> {
        let (path, part) = (self.file(name, SECRET), self.folder.join(".new"));
        let _ = disk::remove_file(&part);
        let writing = StorageError::when("write", &path);
        let mut file = disk::open_as(&part, How::CreatePrivate).map_err(&writing)?;
        let text = format!("{}\n", signer.to_secret_text());
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(&writing)?;
        disk::rename(&part, &path).map_err(&writing)?;
        sync_folder(&self.folder)?;
        Ok(write_atomic(&self.file(name, PUBLIC), format!("{}\n", signer.verifier()).as_bytes())?)
    }

    fn file(&self, name: &str, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", stem(name)))
    }

    fn trusted_file(&self, key: &Verifier) -> PathBuf {
        self.folder.join(TRUSTED).join(format!("{}+{}.{PUBLIC}", stem(key.name()), key.id()))
    }

    fn lock(&self) -> Result<Lock, KeysError> {
        self.make_folder(&self.folder)?;
        private(&self.folder, disk::metadata(&self.folder), 0o700)?;
        Ok(Lock::take(&self.folder.join("lock"), "the keys", PATIENCE)?)
    }

    fn make_folder(&self, folder: &Path) -> Result<(), KeysError> {
        make_private(folder).map_err(StorageError::when("create", folder))?;
        Ok(())
    }
}

/// Makes a folder for the owner alone, with those around it.
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    if disk::is_dir(folder) {
        return Ok(());
    }
    if disk::is_simulated() {
        return disk::create_dir_all(folder);
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn private(path: &Path, looked: std::io::Result<disk::Metadata>, wanted: u32) -> Result<(), KeysError> {
    let mode = looked.map_err(StorageError::when("look at", path))?.mode();
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(KeysError::Open { path: path.to_owned(), mode, wanted }),
    }
}

fn generate(name: &str) -> Result<Signer, KeysError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| KeysError::Random { why: error.to_string() })?;
    Signer::of_seed(name, &seed)
        .map_err(|source| KeysError::NotAKeyText { what: "this name with a new seed", source })
}

/// A name as a file's: other characters than letters, digits, `.`, `_`, `@` and `-` become `_`.
fn stem(name: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "._@-".contains(char);
    let stem: String = name.chars().map(|char| if plain(char) { char } else { '_' }).collect();
    match stem.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => stem,
    }
}

fn is_called(key: &Verifier, word: &str) -> bool {
    key.name() == word || key.id().to_string() == word || short(key) == word || key.to_string() == word
}

/// `name+id`: enough to tell a key to a person.
pub fn short(key: &Verifier) -> String {
    format!("{}+{}", key.name(), key.id())
}

/// Who signs, and the memory of what was signed. Without a key, notes are unsigned.
#[derive(Debug)]
pub struct Signing {
    signers: Vec<Signer>,
    memory: Option<Memory>,
}

impl Signing {
    /// Nobody signs.
    pub const fn none() -> Self {
        Self { signers: Vec::new(), memory: None }
    }

    /// Whether anybody signs.
    pub fn is_some(&self) -> bool {
        !self.signers.is_empty()
    }

    /// Those who sign.
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// Their public halves.
    pub fn verifiers(&self) -> Vec<Verifier> {
        self.signers.iter().map(|signer| signer.verifier().clone()).collect()
    }

    /// Whether a note of this checkpoint is signed by all who sign.
    pub fn has_signed(&self, note: &[u8], checkpoint: &Checkpoint) -> bool {
        let keys = self.verifiers();
        Checkpoint::open(note, &keys)
            .is_ok_and(|signed| signed.checkpoint == *checkpoint && signed.by.len() == keys.len())
    }

    /// Whether this may be signed: it was not signed before with more leaves, or with others. `began_with` tells what
    /// the log's first leaves are.
    ///
    /// # Errors
    /// It may not, or nobody knows.
    pub fn check(&self, checkpoint: &Checkpoint, began_with: BeganWith<'_>) -> Result<(), KeysError> {
        self.memory.as_ref().map_or(Ok(()), |memory| memory.check(checkpoint, began_with))
    }

    /// The checkpoint as a note, signed where there is a key. What is signed is remembered before the signature is made.
    ///
    /// # Errors
    /// It may not be signed, or cannot be remembered.
    pub fn note(&self, checkpoint: &Checkpoint, began_with: BeganWith<'_>) -> Result<String, KeysError> {
        if let Some(memory) = &self.memory {
            memory.remember(checkpoint, began_with)?;
        }
        Ok(checkpoint.note(&self.signers.iter().collect::<Vec<_>>()))
    }
}
