//! Letters to a run that another process holds: approvals, messages, cancels.
//!
//! A letter is one file, complete or absent (temporary name, sync, rename). Names are UUIDs of version 7, so that
//! the order of names is the order of writing, to the millisecond. The holder of the run's lock takes letters, and
//! removes one only after what it caused is durable: a letter is delivered at least once.
//!
//! **Absent on purpose:** what a letter says, and whether its writer may say it.

use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use crate::disk;
use crate::storage::{StorageError, TEMPORARY_PREFIX, sync_folder, write_atomic};

/// A longer letter is not delivered.
pub const LETTER_BYTES_MAX: u64 = 1 << 20;
/// How many letters are taken at once; the rest stays for the next time.
pub const LETTERS_MAX: usize = 1000;

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its file name; what [`Inbox::remove`] wants.
    pub name: String,
    /// What it says, or why that cannot be known.
    pub content: Result<Vec<u8>, LetterError>,
}

/// A letter that cannot be read. It is there, so it must be answered and removed, not ignored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// It is longer than [`LETTER_BYTES_MAX`].
    #[error("the letter `{name}` has more than {LETTER_BYTES_MAX} bytes")]
    TooLong {
        /// Its file name.
        name: String,
    },
    /// The file cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The inbox of a run.
#[derive(Debug)]
pub struct Inbox {
    folder: PathBuf,
    notice: Option<OwnedFd>,
}

impl Inbox {
    /// The inbox in this folder, which is made if it is missing.
    pub fn open(folder: &Path) -> Result<Self, StorageError> {
        disk::create_dir_all(folder).map_err(StorageError::when("create", folder))?;
        Ok(Self { folder: folder.to_owned(), notice: None })
    }

    /// Puts a letter in; answers its name. For anybody, also without the run's lock.
    pub fn drop_in(&self, content: &[u8]) -> Result<String, StorageError> {
        let name = format!("{}.json", disk::unique());
        write_atomic(&self.folder.join(&name), content)?;
        // The letter is durable in the inbox; so is the inbox, whoever made it.
        self.folder.parent().map_or(Ok(()), sync_folder)?;
        Ok(name)
    }

    /// All letters, oldest first.
    pub fn letters(&self) -> Result<Vec<Letter>, StorageError> {
        let unreadable = StorageError::when("list", &self.folder);
        let mut names = Vec::new();
        for entry in disk::read_dir(&self.folder).map_err(&unreadable)? {
            if let Ok(name) = entry.file_name().into_string()
                && name.ends_with(".json")
                && !name.starts_with(TEMPORARY_PREFIX)
            {
                names.push(name);
            }
        }
        names.sort();
        names.truncate(LETTERS_MAX);
        Ok(names.into_iter().map(|name| Letter { content: self.read(&name), name }).collect())
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, LetterError> {
        let (path, mut bytes) = (self.folder.join(name), Vec::new());
        let file = disk::open(&path).map_err(StorageError::when("open", &path))?;
        let read = file.take(LETTER_BYTES_MAX + 1).read_to_end(&mut bytes);
        read.map_err(StorageError::when("read", &path))?;
        if bytes.len() as u64 > LETTER_BYTES_MAX {
            return Err(LetterError::TooLong { name: name.to_owned() });
        }
        Ok(bytes)
    }

    /// Removes letters whose effect is durable, durably: one that came back after a crash could say once more that a
    /// step may run again. One that is gone already is no error.
    pub fn remove<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Result<(), StorageError> {
        for name in names {
            let path = self.folder.join(name);
            if let Err(error) = disk::remove_file(&path)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                return Err(StorageError::of("remove", &path, &error));
            }
        }
        sync_folder(&self.folder)
    }

    /// Begins to watch, so that [`Inbox::notice`] has something to wait for. Call it before the first
    /// [`Inbox::letters`], or a letter may be missed. Answers whether this system can.
    pub fn watch(&mut self) -> bool {
        // A simulated folder tells nobody.
        self.notice = if disk::is_simulated() { None } else { watch(&self.folder) };
        self.notice.is_some()
    }

    /// Readable when a letter has come, for the poll loop. Without it, look every second.
    pub fn notice(&self) -> Option<BorrowedFd<'_>> {
        self.notice.as_ref().map(AsFd::as_fd)
    }

    /// Forgets the notices so far. Call it before [`Inbox::letters`].
    pub fn clear_notice(&self) {
        let mut bytes = [0; 4096];
        while self.notice.as_ref().is_some_and(|fd| rustix::io::read(fd, &mut bytes[..]).is_ok_and(|n| n > 0))
        {
        }
    }
}

#[cfg(target_os = "linux")]
fn watch(folder: &Path) -> Option<OwnedFd> {
    use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
    let notice = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok()?;
    add_watch(&notice, folder, WatchFlags::MOVED_TO).ok()?;
    Some(notice)
}

#[cfg(not(target_os = "linux"))]
fn watch(_: &Path) -> Option<OwnedFd> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbox() -> (tempfile::TempDir, Inbox) {
        let folder = tempfile::tempdir().unwrap();
        let inbox = Inbox::open(&folder.path().join("inbox")).unwrap();
        (folder, inbox)
    }

    #[test]
    fn letters_are_read_in_the_order_of_writing_and_stay_until_removed() {
        let (_folder, inbox) = inbox();
        for at in 0..10 {
            inbox.drop_in(format!("{at}").as_bytes()).unwrap();
        }
        for _ in 0..2 {
            let contents: Vec<_> =
                inbox.letters().unwrap().into_iter().map(|it| it.content.unwrap()).collect();
            assert_eq!(contents.concat(), b"0123456789");
        }
        let first = inbox.letters().unwrap().remove(0);
        inbox.remove([&*first.name]).unwrap();
        inbox.remove([&*first.name]).unwrap();
        assert_eq!(inbox.letters().unwrap().len(), 9);
    }

    #[test]
    fn half_a_letter_is_no_letter_and_a_monster_is_named() {
        let (folder, inbox) = inbox();
        std::fs::write(folder.path().join("inbox/.tmp-1.json"), "{").unwrap();
        assert_eq!(inbox.letters().unwrap(), []);
        std::fs::write(folder.path().join("inbox/big.json"), vec![b' '; 2 << 20]).unwrap();
        let letters = inbox.letters().unwrap();
        assert_eq!(letters[0].content, Err(LetterError::TooLong { name: "big.json".into() }));
    }

    #[test]
    fn a_letter_is_noticed() {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let (_folder, mut inbox) = inbox();
        assert!(inbox.watch());
        let ready = |inbox: &Inbox, seconds| {
            let notice = inbox.notice().unwrap();
            let mut fds = [PollFd::new(&notice, PollFlags::IN)];
            poll(&mut fds, Some(&Timespec { tv_sec: seconds, tv_nsec: 0 })).unwrap() == 1
        };
        assert!(!ready(&inbox, 0));
        inbox.drop_in(b"{}").unwrap();
        assert!(ready(&inbox, 5));
        inbox.clear_notice();
        assert!(!ready(&inbox, 0));
    }
}
