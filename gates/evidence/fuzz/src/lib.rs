//! What must hold for any bytes, shared by all targets.
//!
//! libFuzzer's hook ends the process at a panic before anything can catch it, so a reader that breaks down shows even
//! though `read` keeps a panic to itself. Memory and time are bounded by libFuzzer (`run`).
//!
//! **Absent on purpose:** what a report says. The tests of the readers know that.

use dod_evidence::{Context, Format, ReadError, detect, merge, read};
use dod_kernel::evidence::{Evidence, MEASURES_MAX};

/// Reports that are merged at once; more teach nothing.
const REPORTS_MAX: usize = 8;

/// The target of one reader.
#[macro_export]
macro_rules! reader {
    ($format:ident) => {
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $crate::check(dod_evidence::Format::$format, bytes));
    };
}

/// Reads the bytes: either evidence that can be counted and kept, or a reason in words.
pub fn check(format: Format, bytes: &[u8]) {
    if let Some(evidence) = reading(format, bytes) {
        hold(&evidence);
        // Read from a pipe that gives little at a time, it says the same.
        let mut slow = std::io::BufReader::with_capacity(7, bytes);
        assert_eq!(
            read(format, &mut slow, &context()).as_ref(),
            Ok(&evidence),
            "it depends on how the bytes arrive"
        );
    }
}

/// Recognizes the bytes, and reads them as what they look like.
pub fn detect_and_read(bytes: &[u8]) {
    let head = &bytes[..bytes.len().min(dod_evidence::DETECT_BYTES_MAX)];
    if let Some(format) = detect(head) {
        check(format, bytes);
    }
}

/// Reads the parts between lines of `%%%`, each as what it looks like, and unites them.
pub fn merge_all(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parts = text.split("%%%\n").take(REPORTS_MAX);
    let reports: Vec<Evidence> =
        parts.filter_map(|part| reading(detect(part.as_bytes())?, part.as_bytes())).collect();
    let tests: usize = reports.iter().flat_map(|report| &report.tests).map(Vec::len).sum();
    let unchecked: u64 = reports.iter().map(|report| report.unchecked).sum();
    let sought = reports.iter().any(|report| report.vulnerabilities_sought);
    let looked = reports.iter().any(|report| report.findings.is_some());
    let merged = merge(reports);
    hold(&merged);
    assert_eq!(merged.tests.as_ref().map_or(0, Vec::len), tests, "a test was lost or told twice");
    assert_eq!(merged.unchecked, unchecked);
    assert_eq!(merged.vulnerabilities_sought, sought);
    assert_eq!(merged.findings.is_some(), looked);
}

fn context() -> Context<'static> {
    Context { rule: Some("named"), ..Context::at("/repo") }
}

fn reading(format: Format, mut bytes: &[u8]) -> Option<Evidence> {
    match read(format, &mut bytes, &context()) {
        Ok(evidence) => Some(evidence),
        Err(ReadError::ReaderBroke { .. }) => panic!("the reader of {format} broke down"),
        Err(why) => {
            assert!(!why.to_string().is_empty());
            None
        }
    }
}

/// Evidence that was read can be written, read back, and counted within the bounds of a summary.
fn hold(evidence: &Evidence) {
    let written = serde_json::to_vec(evidence).expect("evidence can be written");
    let back: Evidence = serde_json::from_slice(&written).expect("evidence can be read back");
    assert_eq!(&back, evidence, "evidence that is kept is not what was read");
    let summary = evidence.summary();
    serde_json::to_vec(&summary).expect("a summary can be written");
    assert!(evidence.measures.len() <= MEASURES_MAX, "more measures than a summary keeps");
    let mut prints: Vec<_> = evidence.findings.iter().flatten().map(|one| &one.fingerprint).collect();
    let all = prints.len();
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), all, "two findings have one fingerprint");
}
