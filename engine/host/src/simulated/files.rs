//! A disk made of memory that tells what was written from what is durable.
//!
//! Every file has what a reader sees now, what would be there after a power loss, and the edits between the two; every
//! folder the same of its names. A sync moves edits over. A power loss keeps any of them: none, all, a beginning, or
//! any choice in any order, writes torn at any byte. What was never written in between reads as zeros.
//!
//! **Absent on purpose:** links, rights, times other than the last write.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, SeekFrom};
use std::path::{Component, Path};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use dod_proof::checkpoint::Checkpoint;
use dod_proof::note::Note;

use super::Dice;
use super::fate::{Doing, Fate, Struck};
use crate::disk::{Disk, How, Metadata};

/// A longer write is no note.
const NOTE_BYTES_MAX: usize = 4096;

const ENOENT: i32 = 2;
const EBADF: i32 = 9;
const EEXIST: i32 = 17;
const ENOTDIR: i32 = 20;
const EISDIR: i32 = 21;
const ENOTEMPTY: i32 = 39;

fn system(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}

fn dead() -> io::Error {
    io::Error::other("the process is dead")
}

/// A file or folder, by its place in [`Files::nodes`].
type NodeAt = usize;

#[derive(Debug)]
enum Node {
    File(Content),
    Folder(Names),
}

#[derive(Debug, Default)]
struct Content {
    now: Vec<u8>,
    durable: Vec<u8>,
    edits: Vec<Edit>,
    modified_ms: u64,
    /// Open files that hold the lock, and whether they share it.
    locked: Vec<(usize, bool)>,
}

/// A change of content that is not durable.
#[derive(Debug)]
enum Edit {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug, Default)]
struct Names {
    now: BTreeMap<OsString, NodeAt>,
    durable: BTreeMap<OsString, NodeAt>,
    edits: Vec<NameEdit>,
}

/// A change of names that is not durable.
#[derive(Clone, Debug)]
enum NameEdit {
    Put(OsString, NodeAt),
    Remove(OsString),
    Rename(OsString, OsString, NodeAt),
    /// It went to another folder: never gone from both.
    MovedTo(OsString, NodeAt),
}

#[derive(Debug)]
struct OpenFile {
    node: NodeAt,
    at: usize,
    appends: bool,
    handles: u32,
}

#[derive(Debug)]
struct Files {
    nodes: Vec<Node>,
    open: Vec<OpenFile>,
    /// Open files by handle.
    handles: BTreeMap<u64, usize>,
    next: u64,
    words: u64,
    /// What was signed: a root by origin and size.
    signed: BTreeMap<(String, u64), String>,
}

/// The disk.
#[derive(Debug)]
pub struct SimulatedDisk {
    fate: Rc<RefCell<Fate>>,
    files: RefCell<Files>,
}

impl Edit {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Length(length) => content.resize(*length, 0),
            Self::Write { at, bytes } => {
                if content.len() < at + bytes.len() {
                    content.resize(at + bytes.len(), 0);
                }
                content[*at..at + bytes.len()].copy_from_slice(bytes);
            }
        }
    }

    /// A part of it, as it may have reached the disk.
    fn torn(&self, dice: &mut Dice) -> Option<Self> {
        match self {
            Self::Length(_) => None,
            Self::Write { at, bytes } => {
                let (one, other) = (dice.place(bytes.len()), dice.place(bytes.len()));
                let (from, to) = match dice.roll(3) {
                    0 => (0, one),
                    1 => (one, bytes.len()),
                    _ => (one.min(other), one.max(other)),
                };
                (from < to).then(|| Self::Write { at: at + from, bytes: bytes[from..to].to_vec() })
            }
        }
    }
}

impl Content {
    fn edit(&mut self, edit: Edit) {
        edit.apply(&mut self.now);
        self.edits.push(edit);
    }

    fn sync(&mut self) {
        for edit in std::mem::take(&mut self.edits) {
            edit.apply(&mut self.durable);
        }
    }

    /// Any of the edits reach the disk. Answers how many did not, or not whole.
    fn settle(&mut self, dice: &mut Dice) -> u64 {
        let edits = std::mem::take(&mut self.edits);
        let (mut lost, how) = (0, dice.roll(4));
        let kept = dice.place(edits.len());
        for (at, edit) in edits.iter().enumerate() {
            let whole = match how {
                0 => false,
                1 => true,
                2 => at < kept,
                _ => dice.once_in(2),
            };
            if whole {
                edit.apply(&mut self.durable);
                continue;
            }
            lost += 1;
            if (how == 2 && at == kept) || (how == 3 && dice.once_in(2)) {
                edit.torn(dice).iter().for_each(|part| part.apply(&mut self.durable));
            }
        }
        lost
    }
}

impl NameEdit {
    fn apply(&self, names: &mut BTreeMap<OsString, NodeAt>) {
        match self {
            Self::Put(name, node) => {
                names.insert(name.clone(), *node);
            }
            Self::Remove(name) | Self::MovedTo(name, _) => {
                names.remove(name);
            }
            Self::Rename(from, to, node) => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
        }
    }
}

impl Files {
    fn new() -> Self {
        let nodes = vec![Node::Folder(Names::default())];
        Self { nodes, open: Vec::new(), handles: BTreeMap::new(), next: 0, words: 0, signed: BTreeMap::new() }
    }

    fn find(&self, path: &Path) -> io::Result<NodeAt> {
        let mut at = 0;
        for part in path.components() {
            let Component::Normal(name) = part else { continue };
            match &self.nodes[at] {
                Node::Folder(names) => at = *names.now.get(name).ok_or_else(|| system(ENOENT))?,
                Node::File(_) => return Err(system(ENOTDIR)),
            }
        }
        Ok(at)
    }

    fn folder_of<'p>(&self, path: &'p Path) -> io::Result<(NodeAt, &'p OsStr)> {
        let name = path.file_name().ok_or_else(|| system(EISDIR))?;
        let folder = self.find(path.parent().unwrap_or(Path::new("")))?;
        match &self.nodes[folder] {
            Node::Folder(_) => Ok((folder, name)),
            Node::File(_) => Err(system(ENOTDIR)),
        }
    }

    fn names(&mut self, at: NodeAt) -> io::Result<&mut Names> {
        match &mut self.nodes[at] {
            Node::Folder(names) => Ok(names),
            Node::File(_) => Err(system(ENOTDIR)),
        }
    }

    fn content(&mut self, at: NodeAt) -> io::Result<&mut Content> {
        match &mut self.nodes[at] {
            Node::File(content) => Ok(content),
            Node::Folder(_) => Err(system(EISDIR)),
        }
    }

    fn edit_names(&mut self, folder: NodeAt, edit: NameEdit) -> io::Result<()> {
        let names = self.names(folder)?;
        edit.apply(&mut names.now);
        names.edits.push(edit);
        Ok(())
    }

    fn make(&mut self, folder: NodeAt, name: &OsStr, node: Node) -> io::Result<NodeAt> {
        self.nodes.push(node);
        let at = self.nodes.len() - 1;
        self.edit_names(folder, NameEdit::Put(name.to_owned(), at))?;
        Ok(at)
    }

    fn opened(&self, handle: u64) -> io::Result<usize> {
        self.handles.get(&handle).copied().ok_or_else(|| system(EBADF))
    }

    fn file_of(&mut self, handle: u64) -> io::Result<&mut Content> {
        let node = self.open[self.opened(handle)?].node;
        self.content(node)
    }

    fn handle(&mut self, open: usize) -> u64 {
        self.next += 1;
        self.handles.insert(self.next, open);
        self.next
    }

    fn open(&mut self, path: &Path, how: How, now_ms: u64) -> io::Result<u64> {
        let may_make = !matches!(how, How::Read | How::Append);
        let must_make = matches!(how, How::CreateNew | How::CreatePrivate | How::AppendNew);
        let node = match self.find(path) {
            Ok(_) if must_make => return Err(system(EEXIST)),
            Ok(node) => node,
            Err(error) if error.kind() == io::ErrorKind::NotFound && may_make => {
                let (folder, name) = self.folder_of(path)?;
                let content = Content { modified_ms: now_ms, ..Content::default() };
                self.make(folder, name, Node::File(content))?
            }
            Err(error) => return Err(error),
        };
        let content = self.content(node)?;
        if how == How::Create && !content.now.is_empty() {
            content.edit(Edit::Length(0));
        }
        let appends = matches!(how, How::Append | How::AppendNew | How::AppendOrCreate);
        self.open.push(OpenFile { node, at: 0, appends, handles: 1 });
        Ok(self.handle(self.open.len() - 1))
    }

    fn close(&mut self, handle: u64) {
        let Some(open) = self.handles.remove(&handle) else { return };
        self.open[open].handles -= 1;
        if self.open[open].handles == 0
            && let Node::File(content) = &mut self.nodes[self.open[open].node]
        {
            content.locked.retain(|(holder, _)| *holder != open);
        }
    }

    fn read(&mut self, handle: u64, into: &mut [u8], from: Option<u64>) -> io::Result<usize> {
        let open = self.opened(handle)?;
        let at = from.map_or(self.open[open].at, |from| usize::try_from(from).unwrap_or(usize::MAX));
        let content = self.file_of(handle)?;
        let rest = content.now.get(at..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        if from.is_none() {
            self.open[open].at += count;
        }
        Ok(count)
    }

    fn write(&mut self, handle: u64, bytes: &[u8], now_ms: u64) -> io::Result<usize> {
        let open = self.opened(handle)?;
        let (at, appends) = (self.open[open].at, self.open[open].appends);
        let content = self.file_of(handle)?;
        let at = if appends { content.now.len() } else { at };
        content.edit(Edit::Write { at, bytes: bytes.to_vec() });
        content.modified_ms = now_ms;
        self.open[open].at = at + bytes.len();
        Ok(bytes.len())
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let node = self.find(from)?;
        let ((old, old_name), (new, new_name)) = (self.folder_of(from)?, self.folder_of(to)?);
        if let Ok(there) = self.find(to)
            && matches!(self.nodes[there], Node::Folder(_))
        {
            return Err(system(EISDIR));
        }
        if old == new {
            return self.edit_names(old, NameEdit::Rename(old_name.into(), new_name.into(), node));
        }
        self.edit_names(new, NameEdit::Put(new_name.into(), node))?;
        self.edit_names(old, NameEdit::MovedTo(old_name.into(), new))
    }

    fn remove(&mut self, path: &Path, folder_asked: bool) -> io::Result<()> {
        let node = self.find(path)?;
        match &self.nodes[node] {
            Node::Folder(names) if folder_asked && !names.now.is_empty() => return Err(system(ENOTEMPTY)),
            Node::Folder(_) if !folder_asked => return Err(system(EISDIR)),
            Node::File(_) if folder_asked => return Err(system(ENOTDIR)),
            _ => {}
        }
        let (folder, name) = self.folder_of(path)?;
        self.edit_names(folder, NameEdit::Remove(name.into()))
    }

    fn metadata(&self, node: NodeAt) -> Metadata {
        match &self.nodes[node] {
            Node::Folder(_) => Metadata::folder(),
            Node::File(content) => {
                let modified = SystemTime::UNIX_EPOCH + Duration::from_millis(content.modified_ms);
                Metadata::file(content.now.len() as u64, Some(modified))
            }
        }
    }

    fn sync_folder(&mut self, node: NodeAt) -> io::Result<()> {
        let edits = std::mem::take(&mut self.names(node)?.edits);
        for edit in edits {
            if let NameEdit::MovedTo(_, folder) = &edit {
                self.sync_folder(*folder)?;
            }
            edit.apply(&mut self.names(node)?.durable);
        }
        Ok(())
    }

    /// The machine stops: of what was not durable, some is there afterwards.
    fn power_loss(&mut self, dice: &mut Dice) -> (u64, u64) {
        let (mut writes, mut names) = (0, 0);
        for at in 0..self.nodes.len() {
            match &mut self.nodes[at] {
                Node::File(content) => writes += content.settle(dice),
                Node::Folder(_) => names += self.settle_names(at, dice),
            }
        }
        for node in &mut self.nodes {
            match node {
                Node::File(content) => content.now.clone_from(&content.durable),
                Node::Folder(folder) => folder.now.clone_from(&folder.durable),
            }
        }
        (writes, names)
    }

    fn settle_names(&mut self, at: NodeAt, dice: &mut Dice) -> u64 {
        let Ok(folder) = self.names(at) else { return 0 };
        let edits = std::mem::take(&mut folder.edits);
        let (mut lost, how) = (0, dice.roll(4));
        let kept = dice.place(edits.len());
        for (index, edit) in edits.iter().enumerate() {
            let done = match how {
                0 => false,
                1 => true,
                2 => index < kept,
                _ => dice.once_in(2),
            };
            if !done {
                lost += 1;
                continue;
            }
            if let NameEdit::MovedTo(_, other) = edit {
                // Where the old name is gone, the new one is there.
                let _ = self.sync_folder(*other);
            }
            if let Ok(folder) = self.names(at) {
                edit.apply(&mut folder.durable);
            }
        }
        lost
    }

    fn try_lock(&mut self, handle: u64, shared: bool) -> io::Result<bool> {
        let open = self.opened(handle)?;
        let content = self.file_of(handle)?;
        let mut others = content.locked.iter().filter(|(holder, _)| *holder != open);
        let free = if shared { others.all(|(_, shares)| *shares) } else { others.next().is_none() };
        if free {
            content.locked.retain(|(holder, _)| *holder != open);
            content.locked.push((open, shared));
        }
        Ok(free)
    }
}

impl SimulatedDisk {
    /// An empty disk.
    pub fn new(fate: Rc<RefCell<Fate>>) -> Self {
        Self { fate, files: RefCell::new(Files::new()) }
    }

    /// Every process that had files open is gone; after a power loss, so is some of what was not durable.
    pub fn begin_again(&self, power_loss: bool) {
        let mut files = self.files.borrow_mut();
        files.handles.clear();
        files.open.clear();
        for node in &mut files.nodes {
            if let Node::File(content) = node {
                content.locked.clear();
            }
        }
        if power_loss {
            let mut fate = self.fate.borrow_mut();
            let (writes, names) = files.power_loss(&mut fate.dice);
            fate.tally.writes_lost += writes;
            fate.tally.names_lost += names;
        }
    }

    fn now_ms(&self) -> u64 {
        self.fate.borrow().clock_ms
    }

    /// A signature that has reached a file has left the signer: no other root may be signed for this size, ever.
    fn look_for_signatures(&self, bytes: &[u8]) {
        const SIGNATURE: &[u8] = "\n\n\u{2014} ".as_bytes();
        if bytes.len() > NOTE_BYTES_MAX || !bytes.windows(SIGNATURE.len()).any(|part| part == SIGNATURE) {
            return;
        }
        let Ok(note) = Note::read(bytes) else { return };
        let Ok(Checkpoint { origin, size, root }) = Checkpoint::read_body(note.text()) else { return };
        let (root, mut files) = (root.to_string(), self.files.borrow_mut());
        let before = files.signed.entry((origin.clone(), size)).or_insert_with(|| root.clone());
        if *before != root {
            self.fate.borrow_mut().blame(format!("two roots of {origin} were signed for {size} leaves"));
        }
    }

    fn done<T>(&self, doing: Doing, task: impl FnOnce(&mut Files) -> io::Result<T>) -> io::Result<T> {
        let struck = self.fate.borrow_mut().strike(doing);
        match struck {
            Struck::Not => task(&mut self.files.borrow_mut()),
            Struck::Before | Struck::Gone => Err(dead()),
            Struck::After => task(&mut self.files.borrow_mut()).and(Err(dead())),
            Struck::Refused(number) => Err(system(number)),
        }
    }
}

impl Disk for SimulatedDisk {
    fn open(&self, path: &Path, how: How) -> io::Result<u64> {
        let now = self.now_ms();
        let doing = if matches!(how, How::Read | How::Append) { Doing::Read } else { Doing::Name };
        self.done(doing, |files| files.open(path, how, now))
    }

    fn close(&self, handle: u64) {
        self.files.borrow_mut().close(handle);
    }

    fn duplicate(&self, handle: u64) -> io::Result<u64> {
        self.done(Doing::Read, |files| {
            let open = files.opened(handle)?;
            files.open[open].handles += 1;
            Ok(files.handle(open))
        })
    }

    fn read(&self, handle: u64, into: &mut [u8]) -> io::Result<usize> {
        self.done(Doing::Read, |files| files.read(handle, into, None))
    }

    fn read_at(&self, handle: u64, into: &mut [u8], from: u64) -> io::Result<usize> {
        self.done(Doing::Read, |files| files.read(handle, into, Some(from)))
    }

    fn write(&self, handle: u64, bytes: &[u8]) -> io::Result<usize> {
        let struck = self.fate.borrow_mut().strike(Doing::Write);
        let part = |error: io::Error| {
            let mut fate = self.fate.borrow_mut();
            let length = fate.dice.place(bytes.len());
            fate.tally.torn_writes += u64::from(length > 0 && length < bytes.len());
            let now = fate.clock_ms;
            drop(fate);
            self.files.borrow_mut().write(handle, &bytes[..length], now)?;
            Err(error)
        };
        match struck {
            Struck::Refused(number) => return part(system(number)),
            Struck::Gone => return Err(dead()),
            Struck::Before | Struck::After => return part(dead()),
            Struck::Not => {}
        }
        self.look_for_signatures(bytes);
        let now = self.now_ms();
        // The system may write less than it was given, at any time.
        let less = bytes.len() > 1 && self.fate.borrow_mut().dice.once_in(64);
        let length = if less { 1 + self.fate.borrow_mut().dice.place(bytes.len() - 2) } else { bytes.len() };
        self.files.borrow_mut().write(handle, &bytes[..length], now)
    }

    fn seek(&self, handle: u64, to: SeekFrom) -> io::Result<u64> {
        self.done(Doing::Read, |files| {
            let open = files.opened(handle)?;
            let end = files.file_of(handle)?.now.len() as u64;
            let at = match to {
                SeekFrom::Start(at) => Some(at),
                SeekFrom::End(by) => end.checked_add_signed(by),
                SeekFrom::Current(by) => (files.open[open].at as u64).checked_add_signed(by),
            };
            let at = at.ok_or(io::ErrorKind::InvalidInput)?;
            files.open[open].at = usize::try_from(at).map_err(|_| io::ErrorKind::InvalidInput)?;
            Ok(at)
        })
    }

    fn set_len(&self, handle: u64, bytes: u64) -> io::Result<()> {
        self.done(Doing::Write, |files| {
            let length = usize::try_from(bytes).map_err(|_| io::ErrorKind::InvalidInput)?;
            files.file_of(handle)?.edit(Edit::Length(length));
            Ok(())
        })
    }

    fn sync(&self, handle: u64) -> io::Result<()> {
        let synced = self.done(Doing::Sync, |files| {
            files.file_of(handle)?.sync();
            Ok(())
        });
        if let Err(error) = &synced
            && error.raw_os_error().is_some_and(|number| number != EBADF)
        {
            // What was to be made durable is gone, though readers may still see it.
            let mut fate = self.fate.borrow_mut();
            fate.tally.sync_errors += 1;
            fate.spare();
            let mut files = self.files.borrow_mut();
            let content = files.file_of(handle)?;
            content.settle(&mut fate.dice);
            if fate.dice.once_in(2) {
                content.now.clone_from(&content.durable);
            }
        }
        synced
    }

    fn try_lock(&self, handle: u64, shared: bool) -> io::Result<bool> {
        self.done(Doing::Read, |files| files.try_lock(handle, shared))
    }

    fn metadata_of(&self, handle: u64) -> io::Result<Metadata> {
        self.done(Doing::Read, |files| Ok(files.metadata(files.open[files.opened(handle)?].node)))
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.done(Doing::Read, |files| Ok(files.metadata(files.find(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.done(Doing::Name, |files| files.rename(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.done(Doing::Read, |files| files.remove(path, false))
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.done(Doing::Read, |files| files.remove(path, true))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.done(Doing::Name, |files| {
            if files.find(path).is_ok() {
                return Err(system(EEXIST));
            }
            let (folder, name) = files.folder_of(path)?;
            files.make(folder, name, Node::Folder(Names::default())).map(drop)
        })
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<OsString>> {
        self.done(Doing::Read, |files| {
            let at = files.find(path)?;
            Ok(files.names(at)?.now.keys().cloned().collect())
        })
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.done(Doing::SyncFolder, |files| {
            let at = files.find(path)?;
            files.sync_folder(at)
        })
    }

    fn unique(&self) -> String {
        let mut files = self.files.borrow_mut();
        files.words += 1;
        format!("{:08}", files.words)
    }

    fn syncs_now(&self) -> bool {
        let mut fate = self.fate.borrow_mut();
        !fate.aside && fate.dice.once_in(3)
    }
}
