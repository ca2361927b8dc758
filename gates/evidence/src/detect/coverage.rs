//! What measures coverage.

use super::clues::{Clues, Kind, Root};
use crate::format::Format;

pub(super) fn find(clues: &Clues) -> Option<Format> {
    match clues.root {
        Root::Xml => xml(clues),
        Root::Object => object(clues),
        Root::Lines => lines(clues),
        Root::Array | Root::JsonLines | Root::Nothing => None,
    }
}

fn xml(clues: &Clues) -> Option<Format> {
    // Clover has the same root as Cobertura.
    if clues.is_xml("coverage") && clues.attribute("clover").is_none() && !clues.has_tag("coverage/project") {
        return Some(Format::Cobertura);
    }
    let jacoco = clues.doctype.contains("JACOCO")
        || ["report/sessioninfo", "report/group", "report/package", "report/counter"]
            .iter()
            .any(|path| clues.has_tag(path));
    (clues.is_xml("report") && jacoco).then_some(Format::Jacoco)
}

fn object(clues: &Clues) -> Option<Format> {
    match () {
        () if clues.word("type") == Some("llvm.coverage.json.export") => Some(Format::LlvmCov),
        // `type` stands behind the data.
        () if clues.has("data[].files[].expansions")
            || clues.has_any(&["data[].files[].segments", "data[].files[].summary", "data[].totals"]) =>
        {
            Some(Format::LlvmCov)
        }
        () if clues.has_any(&["meta.branch_coverage", "meta.show_contexts", "files.*.executed_lines"]) => {
            Some(Format::CoveragePy)
        }
        () if clues.has_any(&["*.statementMap", "*.fnMap"]) => Some(Format::Istanbul),
        () if clues.is("*.lines.pct", Kind::Word) || clues.has("*.statements.covered") => {
            Some(Format::Istanbul)
        }
        () => None,
    }
}

fn lines(clues: &Clues) -> Option<Format> {
    let first =
        clues.lines.iter().map(|line| line.trim()).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    match () {
        () if first.starts_with("mode: ") => Some(Format::GoCover),
        () if first.starts_with("TN:") || first.starts_with("SF:") => Some(Format::Lcov),
        () => None,
    }
}
