//! What others say of trees, notes and tiles: published vectors, a real log, and three other implementations.
//!
//! The vectors lie in the folder `tlog` of `$DOD_CORPUS` and are skipped, with a word, where it is absent.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests: helpers may panic and say what was skipped"
)]

mod archive;
mod hostile;
mod mutation;
mod note;
mod oracle;
mod tessera;
mod vectors;

use std::path::PathBuf;

/// The folder of vectors, if it is there.
fn corpus(folder: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = std::env::var_os("DOD_CORPUS").map_or(root.join("../shared/corpus"), PathBuf::from);
    let folder = corpus.join("tlog").join(folder);
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}
