//! Exports as archives, good ones and hostile ones.

use std::io::Write;

use expect_test::expect;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use serde_json::Value;

use super::{Trial, before, record};

/// An archive of names and contents, every other one deflated.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (at, (name, content)) in files.iter().enumerate() {
        if at % 2 == 0 {
            let (mut entry, config) =
                archive.new_file(name).compression_method(CompressionMethod::DEFLATE).start().unwrap();
            let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
            writer.write_all(content).unwrap();
            let (encoder, descriptor) = writer.finish().unwrap();
            encoder.finish().unwrap();
            entry.finish(descriptor).unwrap();
        } else {
            let (mut entry, config) =
                archive.new_file(name).compression_method(CompressionMethod::STORE).start().unwrap();
            let mut writer = config.wrap(&mut entry);
            writer.write_all(content).unwrap();
            let (_, descriptor) = writer.finish().unwrap();
            entry.finish(descriptor).unwrap();
        }
    }
    archive.finish().unwrap();
    bytes
}

fn bytes(record: &Value) -> Vec<u8> {
    record.to_string().into_bytes()
}

fn two() -> (Vec<u8>, Vec<u8>) {
    let one = record("GHSA-1", "npm", "demo", before("1.1.0"));
    let two = record("GHSA-2", "npm", "demo", before("1.2.0"));
    (bytes(&one), bytes(&two))
}

#[test]
fn an_archive_is_read_like_a_folder_of_its_records() {
    let (one, two) = two();
    let archive = zip(&[("GHSA-1.json", &one), ("GHSA-2.json", &two), ("README", b"no record")]);
    let packed = Trial::new("npm demo 1.0.0").file("npm/all.zip", &archive);
    packed.check(&expect![[r#"
        unknown GHSA-1 pkg:npm/demo@1.0.0 fixed in 1.1.0
        unknown GHSA-2 pkg:npm/demo@1.0.0 fixed in 1.2.0
        1 packages, 2 records, age 2 days
    "#]]);
    let named = Trial::new("npm demo 1.0.0").file("export", &archive).database("export");
    let folder = Trial::new("npm demo 1.0.0").file("a.json", &one).file("b.json", &two);
    assert_eq!(packed.scan().digest, folder.scan().digest);
    assert_eq!(packed.scan().to_cyclonedx(), folder.scan().to_cyclonedx());
    assert_eq!(packed.scan().to_cyclonedx(), named.scan().to_cyclonedx());
}

/// As a forge hands out a repository.
#[test]
fn advisories_of_rustsec_are_read_from_an_archive_too() {
    let advisory = |package: &str| {
        format!(
            "```toml\n[advisory]\nid = \"RUSTSEC-2026-{package}\"\npackage = \"demo\"\ndate = \"2026-11-01\"\n\
             [versions]\npatched = []\n```\n# Title\n"
        )
    };
    let (crates, rust) = (advisory("0001"), advisory("0002"));
    let archive = zip(&[
        ("advisory-db-main/crates/demo/RUSTSEC-2026-0001.md", crates.as_bytes()),
        ("advisory-db-main/rust/demo/RUSTSEC-2026-0002.md", rust.as_bytes()),
        ("advisory-db-main/.github/settings.json", b"{}"),
        ("advisory-db-main/README.md", b"no advisory"),
    ]);
    Trial::new("crates.io demo 1.0.0").file("advisory-db-main.zip", archive).check(&expect![[r#"
        unknown RUSTSEC-2026-0001 pkg:cargo/demo@1.0.0
        1 packages, 1 records, age 20 days
    "#]]);
}

#[test]
fn names_are_labels_and_lead_nowhere() {
    let (one, two) = two();
    let archive = zip(&[("../../../tmp/escape.json", &one), ("/etc/passwd.json", &two)]);
    Trial::new("npm demo 1.0.0").file("all.zip", archive).check(&expect![[r#"
        unknown GHSA-1 pkg:npm/demo@1.0.0 fixed in 1.1.0
        unknown GHSA-2 pkg:npm/demo@1.0.0 fixed in 1.2.0
        1 packages, 2 records, age 2 days
    "#]]);
    assert!(!std::path::Path::new("/tmp/escape.json").exists());
}

#[test]
fn an_archive_that_is_cut_off_is_not_a_smaller_one() {
    let (one, two) = two();
    let archive = zip(&[("1.json", &one), ("2.json", &two)]);
    for length in [0, 3, archive.len() / 2, archive.len() - 30, archive.len() - 1] {
        let report = Trial::new("npm demo 1.0.0").file("all.zip", &archive[..length]).scan();
        assert_eq!(report.troubles.len(), 1, "{length} bytes: {:?}", report.troubles);
        assert_eq!(report.unchecked.len(), 1, "{length} bytes");
    }
}

/// No byte of an archive can be turned so that fewer holes are found and all is well.
#[test]
fn a_turned_byte_never_hides_a_hole() {
    let (one, two) = two();
    let archive = zip(&[("1.json", &one), ("2.json", &two)]);
    let trial = Trial::new("npm demo 1.0.0");
    for at in 0..archive.len() {
        let mut turned = archive.clone();
        turned[at] ^= 0x55;
        std::fs::write(trial.path("all.zip"), &turned).unwrap();
        let report = trial.scan();
        let is_told = report.vulnerabilities.len() == 2 || !report.troubles.is_empty();
        // A name that ends otherwise is that of another file, which no checksum can tell.
        let is_name = turned.windows(5).filter(|part| *part == b".json").count() < 4;
        assert!(is_told || is_name, "byte {at}: {report:?}");
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    let zeros = vec![b' '; 17 * 1024 * 1024];
    let archive = zip(&[("1.json", &zeros)]);
    assert!(archive.len() < 64 * 1024);
    Trial::new("npm demo 1.0.0").file("all.zip", &archive).check(&expect![[r#"
        unchecked pkg:npm/demo@1.0.0: there is no database of npm
        trouble /all.zip: 1.json: it has more than 16777216 bytes
        1 packages, 0 records, age unknown
    "#]]);
    let zeros = vec![b' '; 15 * 1024 * 1024];
    let names: Vec<String> = (0..5).map(|at| format!("{at}.json")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), zeros.as_slice())).collect();
    // Only the deflated ones are small.
    let deflated: Vec<(&str, &[u8])> = files.iter().flat_map(|file| [*file, ("x", b"".as_slice())]).collect();
    Trial::new("npm demo 1.0.0").file("all.zip", zip(&deflated)).check(&expect![[r#"
        unchecked pkg:npm/demo@1.0.0: there is no database of npm
        trouble /all.zip: 0.json: is no record: EOF while parsing a value at line 1 column 15728640
        trouble /all.zip: 1.json: is no record: EOF while parsing a value at line 1 column 15728640
        trouble /all.zip: 2.json: is no record: EOF while parsing a value at line 1 column 15728640
        trouble /all.zip: 3.json: is no record: EOF while parsing a value at line 1 column 15728640
        trouble /all.zip: the archive unpacks to more than 100 times its size
        1 packages, 0 records, age unknown
    "#]]);
}

#[test]
fn what_is_no_archive_is_trouble() {
    Trial::new("npm demo 1.0.0").file("all.zip", "PK but not really").check(&expect![[r#"
        unchecked pkg:npm/demo@1.0.0: there is no database of npm
        trouble /all.zip: the archive is broken: Missing end of central directory
        1 packages, 0 records, age unknown
    "#]]);
}

#[test]
fn a_pipe_is_not_opened() {
    let trial = Trial::new("npm demo 1.0.0");
    let made = std::process::Command::new("mkfifo").arg(trial.path("all.zip")).status();
    if made.is_ok_and(|status| status.success()) {
        trial.check(&expect![[r#"
            unchecked pkg:npm/demo@1.0.0: there is no database of npm
            trouble /all.zip: is a link or a device, not read
            1 packages, 0 records, age unknown
        "#]]);
        trial.database("all.zip").check(&expect![[r#"
            unchecked pkg:npm/demo@1.0.0: there is no database of npm
            trouble /all.zip: is no file and no folder
            1 packages, 0 records, age unknown
        "#]]);
    }
}
