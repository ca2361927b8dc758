//! Claims about all that measure coverage or speed: cuts, damage, and what stands in for each other.

use dod_kernel::evidence::Evidence;

use super::read;
use crate::{Format, ReadError, detect, merge};

macro_rules! recorded {
    ($($format:ident $path:literal,)*) => {
        &[$((Format::$format, include_bytes!(concat!("../../../../tests/evidence/", $path)).as_slice()),)*]
    };
}

const SAMPLES: &[(Format, &[u8])] = recorded! {
    CoveragePy "coverage_py/coverage.json",
    Hyperfine "hyperfine/two.json",
    Istanbul "c8/coverage-final.json",
    Istanbul "nyc/coverage-final.json",
    Jacoco "jacoco/no_debug.xml",
    Jacoco "jacoco/report.xml",
    LlvmCov "llvm_cov/full.json",
    LlvmCov "llvm_cov/summary.json",
};

/// At how many places each report is cut or damaged.
const CUTS: usize = 60;

#[test]
fn every_cut_is_an_error() {
    for &(format, report) in SAMPLES {
        assert!(read(format, report).is_ok(), "{format}");
        let end = report.trim_ascii_end().len();
        for cut in (0..end).step_by(end / CUTS + 1) {
            let found = read(format, &report[..cut]);
            assert!(found.is_err(), "{format}, cut at {cut}: {found:?}");
        }
    }
}

/// Takes one piece out, or puts another byte in, at places that are the same in every run.
#[test]
fn no_damage_breaks_a_reader() {
    for &(format, report) in SAMPLES {
        let step = report.len() / CUTS + 1;
        for at in (0..report.len()).step_by(step) {
            for byte in b"\"}],-9\xff" {
                let mut damaged = report.to_vec();
                damaged[at] = *byte;
                let found = read(format, &damaged);
                assert!(!matches!(found, Err(ReadError::ReaderBroke { .. })), "{format}, {byte} at {at}");
            }
            let mut damaged = report.to_vec();
            damaged.drain(at..(at + step).min(report.len()));
            let found = read(format, &damaged);
            assert!(!matches!(found, Err(ReadError::ReaderBroke { .. })), "{format}, without {at}");
        }
    }
}

#[test]
fn all_that_measures_is_known_by_its_first_bytes() {
    for &(format, report) in SAMPLES {
        assert_eq!(detect(report), Some(format));
        assert_eq!(detect(&report[..report.len().min(700)]), Some(format));
    }
    for (format, report) in [
        (Format::Lcov, "\n# made by hand\nTN:\nSF:a.c\nend_of_record\n"),
        (Format::Jacoco, "<report name='r'><group name='g'><package name='p'/></group></report>"),
        (
            Format::LlvmCov,
            r#"{"data": [{"files": [{"branches": [[1, 2, 3]], "expansions": [], "filename": "a"#,
        ),
        (Format::Istanbul, r#"{"total": {"lines": {"total": 4, "covered": 3, "skipped": 0, "pct": 75}}}"#),
        (Format::Criterion, r#"{"mean": {"confidence_interval": {}, "point_estimate": 1.5}}"#),
    ] {
        assert_eq!(detect(report.as_bytes()), Some(format), "{report}");
    }
}

/// Whatever a report counts, a second copy of it adds nothing.
#[test]
fn a_report_united_with_itself_is_the_same_report() {
    let shares = |evidence: &Evidence| evidence.summary().measures;
    for &(format, report) in SAMPLES {
        let one = read(format, report).unwrap();
        let twice = merge(vec![one.clone(), one.clone()]);
        // LLVM's own share of one report is that of its totals, which count a line of two functions twice.
        let mut own = shares(&one);
        if format == Format::LlvmCov {
            own.insert("coverage.line".into(), shares(&twice)["coverage.line"].clone());
        }
        assert_eq!(shares(&twice), own, "{format}");
        assert_eq!(merge(vec![one.clone()]), one, "{format}");
    }
}

/// There is no bare `coverage`: one run would be above a limit by one metric and below it by another.
#[test]
fn every_share_names_what_it_counts() {
    for &(format, report) in SAMPLES {
        for (name, measure) in read(format, report).unwrap().summary().measures {
            assert_ne!(&*name, "coverage", "{format}");
            assert!(!measure.unit.is_empty(), "{format}: {name}");
        }
    }
}
