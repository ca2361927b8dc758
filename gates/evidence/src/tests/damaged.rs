//! Reports with damage: any answer will do, as long as it is one. A reader never breaks down.

use super::read;
use crate::{Format, ReadError};

macro_rules! recorded {
    ($($format:ident $path:literal,)*) => {
        &[$((Format::$format, include_bytes!(concat!("../../../../tests/evidence/", $path)).as_slice()),)*]
    };
}

const SAMPLES: &[(Format, &[u8])] = recorded! {
    Bandit "bandit/findings.json",
    Cargo "cargo/clippy_deny.jsonl",
    Checkstyle "checkstyle/findings.xml",
    Cobertura "coverage_py/cobertura.xml",
    Cyclonedx "syft/npm.cdx.json",
    Cyclonedx "syft/npm.cdx.xml",
    Eslint "eslint/check.json",
    FileList "ruff/format.txt",
    FileList "rustfmt/check.txt",
    GccLines "gcc/errors.txt",
    GitlabQuality "ty/findings.json",
    GoCover "go/cover.out",
    GoTest "go/test.jsonl",
    Junit "pytest/junit.xml",
    Lcov "node/lcov.info",
    Libtest "libtest/both.txt",
    LibtestJson "libtest/nightly.jsonl",
    Mypy "mypy/notes.txt",
    Ruff "ruff/check.json",
    Rustc "rustc/errors.jsonl",
    Sarif "hadolint/findings.sarif",
    Sarif "ruff/check.sarif",
    Semgrep "semgrep/findings.json",
    Spdx "syft/npm.spdx",
    Spdx "syft/npm.spdx.json",
    Tap "node/tests.tap",
    Tsc "tsc/errors.txt",
};

/// How often each sample is damaged.
const ROUNDS: usize = 100;

/// Bytes that mean something to some format.
const MEANT: &[u8] = b"\"{}[]<>/&;:,.-0123456789eE\\\n\r\t =()\x1b\xff\xc3!%#'";

/// Xorshift: the same damage in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

fn damage(report: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = report.to_vec();
    for _ in 0..=chance.below(4) {
        let (from, to) = (chance.below(bytes.len()), chance.below(bytes.len()));
        let (from, to) = (from.min(to), from.max(to));
        match chance.below(4) {
            0 => bytes[from] = MEANT[chance.below(MEANT.len())],
            1 => bytes.insert(from, MEANT[chance.below(MEANT.len())]),
            2 => drop(bytes.drain(from..to.min(from + 40))),
            _ => {
                let part = bytes[from..to.min(from + 200)].to_vec();
                bytes.splice(to..to, part);
            }
        }
        if bytes.is_empty() {
            bytes.push(b'x');
        }
    }
    bytes
}

#[test]
fn no_damage_breaks_a_reader() {
    let mut chance = Chance(0x5eed_0fd0_d0fd_05ee);
    for &(format, report) in SAMPLES {
        for _ in 0..ROUNDS {
            let damaged = damage(report, &mut chance);
            let found = read(format, &damaged);
            let broke = matches!(found, Err(ReadError::ReaderBroke { .. }));
            assert!(!broke, "{format}: {}", String::from_utf8_lossy(&damaged));
        }
    }
}

#[test]
fn a_report_read_as_another_format_breaks_no_reader() {
    for &(own, report) in SAMPLES {
        for &format in Format::ALL.iter().filter(|format| **format != own) {
            let found = read(format, report);
            assert!(!matches!(found, Err(ReadError::ReaderBroke { .. })), "{own} as {format}");
            // Only a list of files takes whatever it is given, and then it complains of every line.
            let silent = found.is_ok_and(|evidence| evidence.findings.is_none_or(|all| all.is_empty()));
            assert!(!silent, "{own} as {format} is silent");
        }
    }
}
