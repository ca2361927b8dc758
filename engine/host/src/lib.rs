//! Everything a run needs from the machine below the drive loop: processes, files, git, clock.
//!
//! | module | belongs there |
//! |---|---|
//! | [`process`] | spawning and supervising steps, signals, what survived a crash |
//! | [`mask`] | secrets replaced by `***` in a stream |
//! | [`log`] | lines appended by one writer, made durable together, read back within bounds |
//! | [`disk`] | the one door to files, so that a simulation can stand behind it |
//! | [`blob`] | files named by their SHA-256 |
//! | [`inbox`] | letters to a run that another process holds |
//! | [`clone_log`] | a leaf for each thing that happened to a run or a key of this clone |
//! | [`published`] | the clone's log as C2SP tlog-tiles |
//! | [`keys`] | keys that sign checkpoints, and what they signed |
//! | [`seal`] | what makes the end of a run last |
//! | [`anchor`] | checkpoints that are remembered in git and in files |
//! | [`workspace`] | the folder `.dod` and the runs in it |
//! | [`git`] | what is checked out, what differs, what a base held |
//! | [`tree`] | what a working tree holds, as one digest, with and without git |
//! | [`lock`] | one writer per run, one run per tree |
//! | [`storage`] | what can go wrong with files; replacing one atomically |
//! | [`approval`] | whether an answer of a person is proved by a signature |
//! | [`house`] | which runs stay, what is removed, backups |
//! | [`history`] | runs read back from the disk |
//! | [`exported`] | a run in one file: written, read strictly, taken in |
//! | [`verify`] | whether what lies on a disk is what was written |
//! | [`gathered`] | runs of many machines where the team keeps its log |
//! | [`drive`] | the loop that does what a run asks for and records what came of it |
//! | [`world`] | the clock, ids, facts about the machine |
//!
//! **Absent on purpose:** what events mean, what a tool's output says, whether a verdict is good. Nothing
//! here parses a report or decides; the kernel decides and the drive loop asks.

pub mod anchor;
pub mod approval;
pub mod blob;
pub mod clone_log;
pub mod disk;
pub mod drive;
pub mod exported;
pub mod gathered;
pub mod git;
pub mod history;
pub mod house;
pub mod inbox;
pub mod keys;
pub mod lock;
pub mod log;
pub mod mask;
pub mod process;
pub mod published;
pub mod seal;
pub mod simulated;
pub mod storage;
pub mod tree;
pub mod verify;
pub mod workspace;
pub mod world;
