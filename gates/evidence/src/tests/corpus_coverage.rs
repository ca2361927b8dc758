//! Real coverage of other people's code, with totals of the tools that measured it. They are not part of the
//! project: where they are absent the test says so and proves nothing.

use dod_kernel::decimal::Decimal;
use serde_json::Value;

use super::corpus::folder;
use crate::{Context, Format};

/// Measures by the words of the truth: counters of JaCoCo, keys of llvm-cov.
const MEASURES: [(&str, &str, &str); 4] = [
    ("coverage.line", "LINE", "lines"),
    ("coverage.branch", "BRANCH", "branches"),
    ("coverage.function", "METHOD", "functions"),
    ("coverage.instruction", "INSTRUCTION", ""),
];

#[test]
fn real_coverage_holds_what_its_tools_counted() {
    let Ok(manifest) = std::fs::read(folder().join("manifest.json")) else {
        println!("skipped: no corpus at {}", folder().display());
        return;
    };
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let mut checked = 0;
    for file in manifest["files"].as_array().unwrap() {
        let format = match file["format"].as_str().unwrap() {
            "jacoco" => Format::Jacoco,
            "llvm-cov-json" => Format::LlvmCov,
            _ => continue,
        };
        let name = file["file"].as_str().unwrap();
        let bytes = std::fs::read(folder().join(name)).unwrap();
        let found = crate::read(format, &mut bytes.as_slice(), &Context::at("/repo")).unwrap();
        let measures = found.summary().measures;
        let truth = &file["truth"];
        let count = |value: &Value| value.as_u64().unwrap();
        for (measure, counter, key) in MEASURES {
            let (counter, total) = (&truth["report_counters"][counter], &truth["totals"][key]);
            let share = match format {
                Format::Jacoco => {
                    let covered = count(&counter["covered"]);
                    Decimal::percent(covered, covered + count(&counter["missed"]))
                }
                _ if key.is_empty() => None,
                _ => Decimal::percent(count(&total["covered"]), count(&total["count"])),
            };
            assert_eq!(measures.get(measure).map(|one| one.value), share, "{name}: {measure}");
            checked += 1;
        }
        assert!(found.mismatches.is_empty(), "{name}: {:?}", found.mismatches);
        if format == Format::Jacoco {
            let lines = || found.coverage.iter().flatten().flat_map(|file| &file.lines);
            assert_eq!(lines().count() as u64, count(&truth["line_elements"]), "{name}");
            let hit = lines().filter(|line| line.1 > 0).count() as u64;
            assert_eq!(hit, count(&truth["line_elements_covered"]), "{name}");
        }
    }
    println!("{checked} measures checked");
}
