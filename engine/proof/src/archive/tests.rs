//! What the writer wrote is read; every other bit, order, path and length is refused.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::*;

const FILES: &[(&str, &[u8])] = &[
    ("events.jsonl", b"{\"seq\":0}\n{\"seq\":1}\n"),
    ("checkpoint", b"origin\n2\nroot\n"),
    ("blobs/sha256/ab/0123", &[7; 513]),
    ("blobs/sha256/ab/empty", b""),
    ("blobs/sha256/b0/block", &[9; 512]),
];

fn write(files: &[(&str, &[u8])]) -> Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new(), RUN_FIRST);
    for (path, content) in files {
        writer.add(path, content.len() as u64, *content)?;
    }
    writer.finish()
}

fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut reader = Reader::new(bytes, RUN_FIRST);
    let mut files = Vec::new();
    while let Some(mut entry) = reader.next_entry()? {
        let content = entry.content(1 << 20)?;
        files.push((entry.path().to_owned(), content));
    }
    assert!(reader.next_entry()?.is_none());
    Ok(files)
}

fn check(files: &[(&str, &[u8])], error: &str) {
    assert_eq!(write(files).unwrap_err().to_string(), error);
}

#[test]
fn what_was_written_is_read() {
    let files = read(&write(FILES).unwrap()).unwrap();
    let expected: Vec<_> = FILES.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect();
    assert_eq!(files, expected);
    assert!(read(&write(&[]).unwrap()).unwrap().is_empty());
}

#[test]
fn contents_that_nobody_reads_are_passed_over_and_their_padding_is_not() {
    let mut bytes = write(FILES).unwrap();
    let mut paths = Vec::new();
    let mut reader = Reader::new(bytes.as_slice(), RUN_FIRST);
    while let Some(entry) = reader.next_entry().unwrap() {
        paths.push(entry.path().to_owned());
    }
    assert_eq!(paths.len(), FILES.len());
    bytes[600] = 1;
    let mut reader = Reader::new(bytes.as_slice(), RUN_FIRST);
    reader.next_entry().unwrap();
    let error = reader.next_entry().unwrap_err().to_string();
    assert_eq!(error, "byte 600 is not as it must be: zeros up to the next block");
    reader.next_entry().unwrap_err();
}

#[test]
fn every_flipped_bit_is_refused_or_changes_one_content() {
    let few = &FILES[1..4];
    let bytes = write(few).unwrap();
    let files = read(&bytes).unwrap();
    let (mut refused, mut changed) = (0, 0);
    for at in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        let Ok(others) = read(&flipped) else {
            refused += 1;
            continue;
        };
        let paths = |files: &[(String, Vec<u8>)]| files.iter().map(|file| file.0.clone()).collect::<Vec<_>>();
        assert_eq!(paths(&files), paths(&others), "bit {at}");
        let differ = files.iter().zip(&others).filter(|(one, other)| one.1 != other.1).count();
        assert_eq!(differ, 1, "bit {at}");
        changed += 1;
    }
    let contents: usize = few.iter().map(|(_, content)| content.len() * 8).sum();
    assert_eq!((refused, changed), (bytes.len() * 8 - contents, contents));
}

#[test]
fn every_truncation_and_every_addition_is_refused() {
    let bytes = write(FILES).unwrap();
    for to in 0..bytes.len() {
        let error = read(&bytes[..to]).unwrap_err().to_string();
        assert!(error.contains("cut off"), "{to}: {error}");
    }
    let more = |more: &[u8]| read(&[&bytes, more].concat()).unwrap_err().to_string();
    let end = format!("byte {} is not as it must be: the end", bytes.len());
    assert_eq!(more(&[0]), end);
    assert_eq!(more(&[0; BLOCK]), end);
    assert_eq!(more(&bytes), end);
}

#[test]
fn deleted_swapped_and_doubled_blocks_are_refused() {
    let bytes =
        write(&[("events.jsonl", b"one"), ("checkpoint", b"two"), ("a", b"three"), ("b", b"four")]).unwrap();
    let blocks: Vec<&[u8]> = bytes.chunks(BLOCK).collect();
    let good = read(&bytes).unwrap();
    for at in 0..blocks.len() {
        let without: Vec<_> = [&blocks[..at], &blocks[at + 1..]].concat();
        let doubled: Vec<_> = [&blocks[..=at], &blocks[at..]].concat();
        read(&without.concat()).unwrap_err();
        read(&doubled.concat()).unwrap_err();
        for other in at + 1..blocks.len() {
            let mut swapped = blocks.clone();
            swapped.swap(at, other);
            match read(&swapped.concat()) {
                Err(_) => {}
                // Both blocks are contents, or the same.
                Ok(files) => {
                    assert_eq!(files == good, blocks[at] == blocks[other], "{at} {other}");
                }
            }
        }
    }
}

#[test]
fn a_path_must_be_harmless() {
    check(&[("../a", b"")], "`../a` cannot be a path in it: a part of it is empty, `.` or `..`");
    check(&[("/a", b"")], "`/a` cannot be a path in it: a part of it is empty, `.` or `..`");
    check(&[("a/", b"")], "`a/` cannot be a path in it: a part of it is empty, `.` or `..`");
    check(&[("", b"")], "`` cannot be a path in it: a part of it is empty, `.` or `..`");
    check(&[("a/./b", b"")], "`a/./b` cannot be a path in it: a part of it is empty, `.` or `..`");
    check(
        &[("a\\b", b"")],
        "`a\\b` cannot be a path in it: only letters, digits and `.`, `-`, `_`, `/` are allowed",
    );
    let long = "a".repeat(PATH_BYTES_MAX + 1);
    check(&[(&long, b"")], &format!("`{long}` cannot be a path in it: it is longer than 100 bytes"));
    let longest = &long[1..];
    assert_eq!(read(&write(&[(longest, b"x")]).unwrap()).unwrap(), [(longest.to_owned(), b"x".to_vec())]);
}

#[test]
fn files_have_one_order() {
    check(&[("a", b""), ("checkpoint", b"")], "`checkpoint` cannot stand behind `a`");
    check(&[("proof", b""), ("checkpoint", b"")], "`checkpoint` cannot stand behind `proof`");
    check(&[("a", b""), ("a", b"")], "`a` cannot stand behind `a`");
    check(&[("b", b""), ("a", b"")], "`a` cannot stand behind `b`");
    check(&[("a", b""), ("a/b", b"")], "`a/b` cannot be a path in it: it lies below a file");
    check(&[("a", b""), ("a-b", b""), ("a/b", b"")], "`a/b` cannot stand behind `a-b`");
    check(&[("proof/b", b"")], "`proof/b` cannot be a path in it: it lies below a file");
    write(&[("a/b", b""), ("a-b", b"")]).unwrap();
}

#[test]
fn a_content_has_the_length_that_was_said() {
    let mut writer = Writer::new(Vec::new(), &[]);
    let error = writer.add("a", 3, &b"ab"[..]).unwrap_err().to_string();
    assert_eq!(error, "`a` has not the 3 bytes that it should have");
    let mut writer = Writer::new(Vec::new(), &[]);
    writer.add("a", 1, &b"ab"[..]).unwrap_err();
    let error = writer.add("b", ENTRY_BYTES_MAX + 1, &b""[..]).unwrap_err().to_string();
    assert_eq!(error, "it has more than 8589934591 bytes in one file");
    let bytes = write(&[("a", b"abc")]).unwrap();
    let mut reader = Reader::new(bytes.as_slice(), &[]);
    let error = reader.next_entry().unwrap().unwrap().content(2).unwrap_err().to_string();
    assert_eq!(error, "it has more than 2 bytes in such a file");
}

#[test]
fn the_tar_of_the_system_reads_it() {
    let child = Command::new("tar").arg("tf").arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: there is no tar");
        return;
    };
    child.stdin.take().unwrap().write_all(&write(FILES).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let paths: Vec<&str> = FILES.iter().map(|file| file.0).collect();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().collect::<Vec<_>>(), paths);
}
