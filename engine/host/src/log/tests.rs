//! Claims about logs: torn at every byte, killed, full.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;
use crate::disk;
use crate::lock::LockError;
use crate::storage::{StorageError, Unsynced};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn options() -> LogOptions {
    LogOptions::new("a test")
}

/// All whole lines, and the torn tail.
fn read(path: &Path) -> (Vec<String>, Option<ReadError>) {
    let mut reader = LogReader::open(path).unwrap();
    let mut lines = Vec::new();
    loop {
        match reader.next_line() {
            Ok(Some(line)) => lines.push(String::from_utf8(line.bytes.to_vec()).unwrap()),
            Ok(None) => return (lines, None),
            Err(error) => return (lines, Some(error)),
        }
    }
}

#[test]
fn lines_come_back_in_order() {
    let folder = folder();
    let mut log = LogWriter::create(folder.path(), options()).unwrap();
    for at in 0..1000u64 {
        assert_eq!(log.append(format!("{{\"seq\":{at}}}").as_bytes()), Ok(at + 1));
    }
    assert_eq!(log.flush_and_wait(), Ok(1000));
    assert_eq!(log.durable_up_to(), Ok(1000));
    let (lines, torn) = read(&folder.path().join(LOG_FILE));
    assert_eq!((lines.len(), torn), (1000, None));
    assert_eq!(lines[999], "{\"seq\":999}");
}

#[test]
fn a_log_torn_at_any_byte_is_a_prefix_and_goes_on() {
    let whole: &[u8] = b"{\"a\":1}\n{\"b\":22}\n{\"c\":\"\xc3\xa4\"}\n";
    for cut in 0..=whole.len() {
        let folder = folder();
        let path = folder.path().join(LOG_FILE);
        std::fs::write(&path, &whole[..cut]).unwrap();
        let complete = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
        let (lines, torn) = read(&path);
        assert_eq!(lines.len(), complete);
        let (mut log, found) = LogWriter::open(folder.path(), options()).unwrap();
        assert_eq!(found.lines, complete as u64);
        assert_eq!(found.bytes + found.bytes_cut, cut as u64);
        assert_eq!(found.bytes_cut > 0, torn.is_some());
        log.append(b"{\"d\":4}").unwrap();
        log.flush_and_wait().unwrap();
        let (lines, torn) = read(&path);
        assert_eq!((lines.len(), torn), (complete + 1, None));
        assert_eq!(lines[complete], "{\"d\":4}");
    }
}

#[test]
fn a_last_line_that_is_no_json_is_torn_and_an_earlier_one_is_not_ours_to_judge() {
    let folder = folder();
    let path = folder.path().join(LOG_FILE);
    std::fs::write(&path, b"{\"a\":1}\n\0\0\0\0\n").unwrap();
    let (log, found) = LogWriter::open(folder.path(), options()).unwrap();
    assert_eq!(found, Recovered { lines: 1, bytes: 8, bytes_cut: 5 });
    drop(log);
    std::fs::write(&path, b"x\n{\"a\":1}\n").unwrap();
    assert_eq!(LogWriter::open(folder.path(), options()).unwrap().1.lines, 2);
}

#[test]
fn a_hole_is_the_end_whatever_stands_behind_it() {
    let folder = folder();
    let path = folder.path().join(LOG_FILE);
    std::fs::write(&path, b"{\"a\":1}\n{\"b\0\0\0\":1}\n{\"c\":1}\n").unwrap();
    let (lines, torn) = read(&path);
    assert_eq!((lines.len(), torn), (1, Some(ReadError::Torn { line: 2, at_byte: 8, bytes: 19 })));
    let (log, found) = LogWriter::open(folder.path(), options()).unwrap();
    assert_eq!(found, Recovered { lines: 1, bytes: 8, bytes_cut: 19 });
    drop(log);
    assert_eq!(read(&path).0.len(), 1);
}

#[test]
fn a_log_has_one_writer_and_says_who() {
    let folder = folder();
    let log = LogWriter::create(folder.path(), LogOptions::new("run 7")).unwrap();
    let error = LogWriter::open(folder.path(), options()).unwrap_err();
    assert!(matches!(&error, LogError::Lock(LockError::Held { holder: Some(it), .. }) if it.what == "run 7"));
    drop(log);
    LogWriter::open(folder.path(), options()).unwrap();
}

#[test]
fn a_log_is_not_begun_twice() {
    let folder = folder();
    drop(LogWriter::create(folder.path(), options()).unwrap());
    assert!(LogWriter::create(folder.path(), options()).is_err());
}

#[test]
fn what_is_no_line_is_refused_and_nothing_else_breaks() {
    let folder = folder();
    let mut log = LogWriter::create(folder.path(), options()).unwrap();
    assert_eq!(log.append(b"a\nb"), Err(LogError::NotALine));
    assert_eq!(log.append(b""), Err(LogError::NotALine));
    let long = vec![b'x'; LINE_BYTES_MAX + 1];
    assert_eq!(log.append(&long), Err(LogError::TooLong { bytes: LINE_BYTES_MAX + 1 }));
    assert_eq!(log.append(&long[1..]), Ok(1));
    assert_eq!(log.flush_and_wait(), Ok(1));
    assert_eq!(read(&folder.path().join(LOG_FILE)).0.len(), 1);
}

#[test]
fn a_line_that_nobody_wrote_is_an_error_not_a_full_memory() {
    let folder = folder();
    let path = folder.path().join(LOG_FILE);
    std::fs::write(&path, vec![b'x'; LINE_BYTES_MAX * 2]).unwrap();
    assert_eq!(read(&path).1, Some(ReadError::TooLong { line: 1, at_byte: 0 }));
}

#[test]
fn a_reader_follows_a_writer() {
    let folder = folder();
    let path = folder.path().join(LOG_FILE);
    std::fs::write(&path, b"{}\n{\"a\"").unwrap();
    let mut reader = LogReader::open(&path).unwrap();
    assert_eq!(reader.next_line().unwrap().unwrap().bytes, b"{}");
    assert_eq!(reader.next_line(), Err(ReadError::Torn { line: 2, at_byte: 3, bytes: 4 }));
    std::fs::write(&path, b"{}\n{\"a\":1}\n").unwrap();
    let line = reader.next_line().unwrap().unwrap();
    assert_eq!((line.number, line.at_byte, line.bytes), (2, 3, &b"{\"a\":1}"[..]));
    assert_eq!(reader.next_line(), Ok(None));
}

#[test]
fn appends_become_durable_by_themselves_and_share_syncs() {
    let folder = folder();
    let (syncs, durable) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (of_syncs, of_durable) = (syncs.clone(), durable.clone());
    let on_durable: Box<dyn Fn(u64) + Send> = Box::new(move |lines| {
        of_syncs.fetch_add(1, Ordering::SeqCst);
        of_durable.store(lines, Ordering::SeqCst);
    });
    let options = LogOptions { on_durable: Some(on_durable), ..options() };
    let mut log = LogWriter::create(folder.path(), options).unwrap();
    for _ in 0..500 {
        log.append(b"{}").unwrap();
        log.hand_over().unwrap();
    }
    let until = Instant::now() + Duration::from_secs(10);
    while durable.load(Ordering::SeqCst) < 500 {
        assert!(Instant::now() < until, "not durable");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(syncs.load(Ordering::SeqCst) < 50);
}

#[test]
fn a_line_waits_for_the_file_it_names() {
    let folder = folder();
    let mut log =
        LogWriter::create(folder.path(), LogOptions { sync_every: Duration::from_secs(60), ..options() })
            .unwrap();
    log.append(b"{\"before\":1}").unwrap();
    log.flush_and_wait().unwrap();
    let path = folder.path().join("blob");
    let file = disk::create(&path).unwrap();
    log.attach(Unsynced { file, path, folders: vec![folder.path().to_owned()] }).unwrap();
    log.append(b"{\"names\":\"blob\"}").unwrap();
    log.hand_over().unwrap();
    log.append(b"{\"after\":1}").unwrap();
    log.hand_over().unwrap();
    assert_eq!(read(&folder.path().join(LOG_FILE)).0.len(), 1);
    assert_eq!(log.flush_and_wait(), Ok(3));
    assert_eq!(read(&folder.path().join(LOG_FILE)).0.len(), 3);
}

#[test]
fn a_failure_is_final() {
    let folder = folder();
    std::os::unix::fs::symlink("/dev/full", folder.path().join(LOG_FILE)).unwrap();
    let shared = commit::Shared::new(
        disk::append(Path::new("/dev/full")).unwrap(),
        folder.path().join(LOG_FILE),
        0,
        Vec::new(),
    );
    let full = StorageError::Full { doing: "write", path: folder.path().join(LOG_FILE) };
    assert_eq!(shared.accept(b"{}\n", 1, &mut Vec::new()), Err(full.clone()));
    assert_eq!(shared.accept(b"{}\n", 2, &mut Vec::new()), Err(full.clone()));
    assert_eq!(shared.wait_for(1), Err(full.clone()));
    assert_eq!(shared.durable(), Err(full));
}

#[test]
fn a_file_that_cannot_be_synced_stops_the_log() {
    let folder = folder();
    let mut log = LogWriter::create(folder.path(), options()).unwrap();
    let path = folder.path().join("blob");
    let file = disk::create(&path).unwrap();
    log.attach(Unsynced { file, path, folders: vec!["/nonexistent".into()] }).unwrap();
    log.append(b"{}").unwrap();
    let error = log.flush_and_wait().unwrap_err();
    assert_eq!(error.to_string(), "cannot sync `/nonexistent`: it does not exist");
    log.append(b"{}").unwrap();
    assert_eq!(log.hand_over(), Err(error.clone()));
    assert_eq!(log.append(b"{}"), Err(error.clone()));
    assert_eq!(log.durable_up_to(), Err(error));
    drop(log);
    assert_eq!(read(&folder.path().join(LOG_FILE)).0.len(), 0, "a line without its blob was written");
}

#[test]
fn a_panic_in_the_sync_thread_is_an_error_and_not_a_hang() {
    let folder = folder();
    let on_durable: Box<dyn Fn(u64) + Send> = Box::new(|lines| assert_ne!(lines, 1, "on purpose"));
    let mut log =
        LogWriter::create(folder.path(), LogOptions { on_durable: Some(on_durable), ..options() }).unwrap();
    log.append(b"{}").unwrap();
    let _ = log.flush_and_wait();
    log.append(b"{}").unwrap();
    assert!(log.flush_and_wait().is_err());
}

/// Runs in a process of its own, which is then killed: see the next test.
#[test]
#[ignore = "a helper of the test below"]
fn helper_that_crashes() {
    let folder = std::env::var("DOD_TEST_FOLDER").unwrap();
    let durable = std::fs::File::create(Path::new(&folder).join("durable")).unwrap();
    let on_durable: Box<dyn Fn(u64) + Send> = Box::new(move |lines| {
        std::os::unix::fs::FileExt::write_all_at(&durable, &lines.to_le_bytes(), 0).unwrap();
    });
    let options =
        LogOptions { sync_every: Duration::from_millis(2), on_durable: Some(on_durable), ..options() };
    let mut log = LogWriter::create(Path::new(&folder), options).unwrap();
    for at in 0u64.. {
        let line = format!("{{\"seq\":{at},\"fill\":\"{}\"}}", "x".repeat((at % 300) as usize));
        log.append(line.as_bytes()).unwrap();
        if at % 3 == 0 {
            log.hand_over().unwrap();
        }
    }
}

#[test]
fn what_was_durable_survives_a_crash_at_any_moment() {
    for patience_ms in [30, 47, 80, 111] {
        let folder = folder();
        let mut helper = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "log::tests::helper_that_crashes"])
            .env("DOD_TEST_FOLDER", folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let durable = || {
            let bytes = std::fs::read(folder.path().join("durable")).unwrap_or_default();
            bytes.try_into().map(u64::from_le_bytes).unwrap_or(0)
        };
        while durable() == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(patience_ms));
        helper.kill().unwrap();
        helper.wait().unwrap();
        let (log, found) = LogWriter::open(folder.path(), options()).unwrap();
        assert!(found.lines >= durable() && durable() > 0, "{found:?}, {} were durable", durable());
        drop(log);
        let (lines, torn) = read(&folder.path().join(LOG_FILE));
        assert_eq!(torn, None);
        assert!(lines.iter().enumerate().all(|(at, line)| line.starts_with(&format!("{{\"seq\":{at},"))));
    }
}
