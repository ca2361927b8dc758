//! The one door to files: what `std::fs` offers and `dod` needs, real unless the thread says otherwise.
//!
//! ```text
//!   disk::open, create_new, append, rename, …  ──┬── std::fs
//!   disk::File: read, write, sync, lock, …     ──┴── a [`Disk`] handed to [`simulate`], in that thread alone
//! ```
//!
//! A simulation can lose, tear, reorder and refuse at every call, and everything above this module is the code that
//! runs on real disks. Everywhere else the door costs one look at a thread-local word.
//!
//! **Absent on purpose:** what a file is for, retries, error texts: see [`crate::storage`].

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs::{OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

/// A disk that is not the machine's. A handle stands for an open file.
pub trait Disk {
    /// Opens a file.
    fn open(&self, path: &Path, how: How) -> io::Result<u64>;
    /// The file is not used under this handle any more, and its lock is gone.
    fn close(&self, handle: u64);
    /// A second handle of the same open file.
    fn duplicate(&self, handle: u64) -> io::Result<u64>;
    /// Reads from where the handle stands.
    fn read(&self, handle: u64, into: &mut [u8]) -> io::Result<usize>;
    /// Reads from a place.
    fn read_at(&self, handle: u64, into: &mut [u8], from: u64) -> io::Result<usize>;
    /// Writes where the handle stands, or at the end.
    fn write(&self, handle: u64, bytes: &[u8]) -> io::Result<usize>;
    /// Moves the handle.
    fn seek(&self, handle: u64, to: SeekFrom) -> io::Result<u64>;
    /// Cuts or extends the file.
    fn set_len(&self, handle: u64, bytes: u64) -> io::Result<()>;
    /// Makes the file's content durable.
    fn sync(&self, handle: u64) -> io::Result<()>;
    /// Takes the file's lock; `false`: another holds it.
    fn try_lock(&self, handle: u64, shared: bool) -> io::Result<bool>;
    /// Looks at an open file.
    fn metadata_of(&self, handle: u64) -> io::Result<Metadata>;
    /// Looks at a file or folder.
    fn metadata(&self, path: &Path) -> io::Result<Metadata>;
    /// Gives a file another name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes the name of a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty folder.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// Makes a folder.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Names in a folder, sorted.
    fn read_dir(&self, path: &Path) -> io::Result<Vec<OsString>>;
    /// Makes the names in a folder durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// A word that no other file was named by.
    fn unique(&self) -> String;
    /// Whether the thread that makes a log durable does its next piece of work now.
    fn syncs_now(&self) -> bool;
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// For reading; it must be there.
    Read,
    /// For reading and writing; it is made if it is missing, and nothing is cut.
    Update,
    /// For writing; what was there is cut.
    Create,
    /// For reading and writing; it must not be there.
    CreateNew,
    /// As [`How::CreateNew`], for the owner's eyes only.
    CreatePrivate,
    /// For writing at its end; it must be there.
    Append,
    /// As [`How::Append`]; it must not be there.
    AppendNew,
    /// As [`How::Append`]; it is made if it is missing.
    AppendOrCreate,
}

/// What is known of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    kind: Kind,
    bytes: u64,
    modified: Option<SystemTime>,
    mode: u32,
}

/// What has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Other,
}

impl Metadata {
    /// Of a file.
    pub fn file(bytes: u64, modified: Option<SystemTime>) -> Self {
        Self { kind: Kind::File, bytes, modified, mode: 0o600 }
    }

    /// Of a folder.
    pub fn folder() -> Self {
        Self { kind: Kind::Folder, bytes: 0, modified: None, mode: 0o700 }
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        self.kind == Kind::File
    }

    /// Whether it is a folder.
    pub fn is_dir(&self) -> bool {
        self.kind == Kind::Folder
    }

    /// Its bytes.
    #[expect(clippy::len_without_is_empty, reason = "it mirrors `std::fs::Metadata`")]
    pub fn len(&self) -> u64 {
        self.bytes
    }

    /// When it was written last, where the system says.
    pub fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// Who may do what, as in `chmod`.
    pub fn mode(&self) -> u32 {
        self.mode
    }
}

impl From<std::fs::Metadata> for Metadata {
    fn from(it: std::fs::Metadata) -> Self {
        let kind = match () {
            () if it.is_file() => Kind::File,
            () if it.is_dir() => Kind::Folder,
            () => Kind::Other,
        };
        Self { kind, bytes: it.len(), modified: it.modified().ok(), mode: it.mode() & 0o7777 }
    }
}

/// Something in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    folder: PathBuf,
    name: OsString,
}

impl Entry {
    /// Its name in the folder.
    pub fn file_name(&self) -> OsString {
        self.name.clone()
    }

    /// Its path.
    pub fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// Looks at it.
    ///
    /// # Errors
    /// It is gone, or cannot be looked at.
    pub fn metadata(&self) -> io::Result<Metadata> {
        metadata(&self.path())
    }
}

thread_local! {
    static SIMULATED: RefCell<Option<Rc<dyn Disk>>> = const { RefCell::new(None) };
}

/// The disk of this thread, where it is not the machine's.
fn simulated() -> Option<Rc<dyn Disk>> {
    // A file that is dropped while the thread ends finds nothing.
    SIMULATED.try_with(|it| it.borrow().clone()).ok().flatten()
}

/// Whether this thread has a disk of its own.
pub fn is_simulated() -> bool {
    SIMULATED.with(|it| it.borrow().is_some())
}

/// Does something on another disk, in this thread.
pub fn simulate<T>(disk: Rc<dyn Disk>, task: impl FnOnce() -> T) -> T {
    struct Before(Option<Rc<dyn Disk>>);
    impl Drop for Before {
        fn drop(&mut self) {
            let before = self.0.take();
            let _ = SIMULATED.try_with(|it| it.replace(before));
        }
    }
    let _before = Before(SIMULATED.replace(Some(disk)));
    task()
}

/// An open file.
#[derive(Debug)]
pub struct File(Open);

#[derive(Debug)]
enum Open {
    Real(std::fs::File),
    Simulated(u64),
}

impl From<std::fs::File> for File {
    fn from(file: std::fs::File) -> Self {
        Self(Open::Real(file))
    }
}

/// A handle that outlived its simulation, or left its thread.
fn gone() -> io::Error {
    io::Error::other("the file belongs to a simulation that is over")
}

fn asked<T>(task: impl FnOnce(&dyn Disk) -> io::Result<T>) -> io::Result<T> {
    task(&*simulated().ok_or_else(gone)?)
}

impl File {
    /// Makes content and length durable; times may be lost.
    ///
    /// # Errors
    /// What was written since the last sync may be gone, also if another sync succeeds.
    pub fn sync_data(&self) -> io::Result<()> {
        match &self.0 {
            Open::Real(file) => file.sync_data(),
            Open::Simulated(handle) => asked(|disk| disk.sync(*handle)),
        }
    }

    /// Makes everything about the file durable.
    ///
    /// # Errors
    /// As [`File::sync_data`].
    pub fn sync_all(&self) -> io::Result<()> {
        match &self.0 {
            Open::Real(file) => file.sync_all(),
            Open::Simulated(handle) => asked(|disk| disk.sync(*handle)),
        }
    }

    /// Cuts or extends the file.
    ///
    /// # Errors
    /// The system refused.
    pub fn set_len(&self, bytes: u64) -> io::Result<()> {
        match &self.0 {
            Open::Real(file) => file.set_len(bytes),
            Open::Simulated(handle) => asked(|disk| disk.set_len(*handle, bytes)),
        }
    }

    /// Looks at it.
    ///
    /// # Errors
    /// The system refused.
    pub fn metadata(&self) -> io::Result<Metadata> {
        match &self.0 {
            Open::Real(file) => Ok(file.metadata()?.into()),
            Open::Simulated(handle) => asked(|disk| disk.metadata_of(*handle)),
        }
    }

    /// Reads at most so much from a place, without moving.
    ///
    /// # Errors
    /// The system refused.
    pub fn read_at(&self, into: &mut [u8], from: u64) -> io::Result<usize> {
        match &self.0 {
            Open::Real(file) => file.read_at(into, from),
            Open::Simulated(handle) => asked(|disk| disk.read_at(*handle, into, from)),
        }
    }

    /// Fills a buffer from a place, without moving.
    ///
    /// # Errors
    /// The system refused, or the file ends before.
    pub fn read_exact_at(&self, mut into: &mut [u8], mut from: u64) -> io::Result<()> {
        while !into.is_empty() {
            match self.read_at(into, from) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    into = &mut into[count..];
                    from += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Another handle of the same open file, which shares its lock.
    ///
    /// # Errors
    /// The system refused.
    pub fn try_clone(&self) -> io::Result<Self> {
        match &self.0 {
            Open::Real(file) => file.try_clone().map(Self::from),
            Open::Simulated(handle) => {
                asked(|disk| disk.duplicate(*handle)).map(|it| Self(Open::Simulated(it)))
            }
        }
    }

    /// Takes the lock of the file for itself, or says that another has it.
    ///
    /// # Errors
    /// Another has it, or the system refused.
    pub fn try_lock(&self) -> Result<(), TryLockError> {
        match &self.0 {
            Open::Real(file) => file.try_lock(),
            Open::Simulated(handle) => lock(*handle, false),
        }
    }

    /// Takes the lock of the file together with others who only look.
    ///
    /// # Errors
    /// Another has it for itself, or the system refused.
    pub fn try_lock_shared(&self) -> Result<(), TryLockError> {
        match &self.0 {
            Open::Real(file) => file.try_lock_shared(),
            Open::Simulated(handle) => lock(*handle, true),
        }
    }
}

fn lock(handle: u64, shared: bool) -> Result<(), TryLockError> {
    match asked(|disk| disk.try_lock(handle, shared)) {
        Ok(true) => Ok(()),
        Ok(false) => Err(TryLockError::WouldBlock),
        Err(error) => Err(TryLockError::Error(error)),
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if let Open::Simulated(handle) = self.0
            && let Some(disk) = simulated()
        {
            disk.close(handle);
        }
    }
}

impl Read for &File {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &self.0 {
            Open::Real(file) => (&*file).read(into),
            Open::Simulated(handle) => asked(|disk| disk.read(*handle, into)),
        }
    }
}

impl Read for File {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        (&*self).read(into)
    }
}

impl Write for &File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &self.0 {
            Open::Real(file) => (&*file).write(bytes),
            Open::Simulated(handle) => asked(|disk| disk.write(*handle, bytes)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for &File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &self.0 {
            Open::Real(file) => (&*file).seek(to),
            Open::Simulated(handle) => asked(|disk| disk.seek(*handle, to)),
        }
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        (&*self).seek(to)
    }
}

/// Opens a file.
///
/// # Errors
/// The system refused.
pub fn open_as(path: &Path, how: How) -> io::Result<File> {
    if let Some(disk) = simulated() {
        return disk.open(path, how).map(|handle| File(Open::Simulated(handle)));
    }
    let mut options = OpenOptions::new();
    match how {
        How::Read => options.read(true),
        How::Update => options.read(true).write(true).create(true).truncate(false),
        How::Create => options.write(true).create(true).truncate(true),
        How::CreateNew => options.read(true).write(true).create_new(true),
        How::CreatePrivate => options.read(true).write(true).create_new(true).mode(0o600),
        How::Append => options.append(true),
        How::AppendNew => options.append(true).create_new(true),
        How::AppendOrCreate => options.append(true).create(true),
    };
    options.open(path).map(File::from)
}

/// Opens a file for reading.
///
/// # Errors
/// It is not there, or the system refused.
pub fn open(path: &Path) -> io::Result<File> {
    open_as(path, How::Read)
}

/// Opens a file for writing at its end; it must be there.
///
/// # Errors
/// It is not there, or the system refused.
pub fn append(path: &Path) -> io::Result<File> {
    open_as(path, How::Append)
}

/// Makes a file, or empties the one that is there.
///
/// # Errors
/// The system refused.
pub fn create(path: &Path) -> io::Result<File> {
    open_as(path, How::Create)
}

/// Makes a file that must not be there yet, for reading and writing.
///
/// # Errors
/// It is there, or the system refused.
pub fn create_new(path: &Path) -> io::Result<File> {
    open_as(path, How::CreateNew)
}

/// All bytes of a file. The caller knows that they are few.
///
/// # Errors
/// It is not there, or the system refused.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The first `bytes_max` bytes of a file, and one more where it has more.
///
/// # Errors
/// It is not there, or the system refused.
pub fn read_bounded(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a whole file, without making it durable: see [`crate::storage::write_atomic`].
///
/// # Errors
/// The system refused.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create(path)?.write_all(bytes)
}

/// Looks at a file or folder, through links.
///
/// # Errors
/// It is not there, or the system refused.
pub fn metadata(path: &Path) -> io::Result<Metadata> {
    match simulated() {
        Some(disk) => disk.metadata(path),
        None => Ok(std::fs::metadata(path)?.into()),
    }
}

/// Looks at a file, a folder or a link.
///
/// # Errors
/// It is not there, or the system refused.
pub fn symlink_metadata(path: &Path) -> io::Result<Metadata> {
    match simulated() {
        Some(disk) => disk.metadata(path),
        None => Ok(std::fs::symlink_metadata(path)?.into()),
    }
}

/// Whether a file of this name can be looked at.
pub fn is_file(path: &Path) -> bool {
    metadata(path).is_ok_and(|it| it.is_file())
}

/// Whether a folder of this name can be looked at.
pub fn is_dir(path: &Path) -> bool {
    metadata(path).is_ok_and(|it| it.is_dir())
}

/// What is in a folder.
///
/// # Errors
/// It is not there, or the system refused.
pub fn read_dir(path: &Path) -> io::Result<Vec<Entry>> {
    let entry = |name| Entry { folder: path.to_owned(), name };
    match simulated() {
        Some(disk) => Ok(disk.read_dir(path)?.into_iter().map(entry).collect()),
        None => std::fs::read_dir(path)?.map(|it| it.map(|it| entry(it.file_name()))).collect(),
    }
}

/// Gives a file another name, which may have been another file's.
///
/// # Errors
/// The system refused.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match simulated() {
        Some(disk) => disk.rename(from, to),
        None => std::fs::rename(from, to),
    }
}

/// Removes a file.
///
/// # Errors
/// It is not there, or the system refused.
pub fn remove_file(path: &Path) -> io::Result<()> {
    match simulated() {
        Some(disk) => disk.remove_file(path),
        None => std::fs::remove_file(path),
    }
}

/// Removes an empty folder.
///
/// # Errors
/// It is not there or not empty, or the system refused.
pub fn remove_dir(path: &Path) -> io::Result<()> {
    match simulated() {
        Some(disk) => disk.remove_dir(path),
        None => std::fs::remove_dir(path),
    }
}

/// Removes a folder and everything in it.
///
/// # Errors
/// It is not there, or the system refused; some of it may be gone.
pub fn remove_dir_all(path: &Path) -> io::Result<()> {
    let Some(disk) = simulated() else { return std::fs::remove_dir_all(path) };
    let mut folders = vec![path.to_owned()];
    let mut at = 0;
    while let Some(folder) = folders.get(at).cloned() {
        at += 1;
        for name in disk.read_dir(&folder)? {
            let inside = folder.join(name);
            match disk.metadata(&inside)?.is_dir() {
                true => folders.push(inside),
                false => disk.remove_file(&inside)?,
            }
        }
    }
    folders.iter().rev().try_for_each(|folder| disk.remove_dir(folder))
}

/// Makes a folder.
///
/// # Errors
/// It is there, or the system refused.
pub fn create_dir(path: &Path) -> io::Result<()> {
    match simulated() {
        Some(disk) => disk.create_dir(path),
        None => std::fs::create_dir(path),
    }
}

/// Makes a folder and those around it; it may be there.
///
/// # Errors
/// The system refused.
pub fn create_dir_all(path: &Path) -> io::Result<()> {
    let Some(disk) = simulated() else { return std::fs::create_dir_all(path) };
    let missing = |path: &&Path| !path.as_os_str().is_empty() && disk.metadata(path).is_err();
    let folders: Vec<&Path> = path.ancestors().take_while(missing).collect();
    folders.into_iter().rev().try_for_each(|folder| disk.create_dir(folder))
}

/// Makes the names in a folder durable.
///
/// # Errors
/// It is not there, or the system refused.
pub fn sync_dir(path: &Path) -> io::Result<()> {
    match simulated() {
        Some(disk) => disk.sync_dir(path),
        None => std::fs::File::open(path)?.sync_all(),
    }
}

/// A word for a file that no other file was named by; words sort by time.
pub fn unique() -> String {
    match simulated() {
        Some(disk) => disk.unique(),
        None => uuid::Uuid::now_v7().to_string(),
    }
}

/// Whether the work of a log's thread is done in the thread that asks, since it is simulated, and some of it is to be
/// done now.
pub(crate) fn syncs_now() -> bool {
    simulated().is_some_and(|disk| disk.syncs_now())
}
