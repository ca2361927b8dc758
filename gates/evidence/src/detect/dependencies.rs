//! What lists packages and their vulnerabilities.

use super::clues::{Clues, Kind, Root};
use crate::format::Format;

pub(super) fn find(clues: &Clues) -> Option<Format> {
    match clues.root {
        Root::Object => object(clues).or_else(|| lines_of_json(clues)),
        Root::Array => array(clues),
        Root::JsonLines => lines_of_json(clues),
        Root::Xml => {
            // A prefix of the document's own makes it `xmlns:bom`.
            let bom = clues.tag.attributes.iter().any(|(name, value)| {
                name.starts_with("xmlns") && value.starts_with("http://cyclonedx.org/schema/bom/")
            });
            (clues.is_xml("bom") && (bom || clues.has_tag("bom/components"))).then_some(Format::Cyclonedx)
        }
        Root::Lines if clues.lines.iter().any(|line| line.starts_with("SPDXVersion:")) => Some(Format::Spdx),
        Root::Lines | Root::Nothing => None,
    }
}

fn object(clues: &Clues) -> Option<Format> {
    sbom(clues).or_else(|| scanner(clues)).or_else(|| audit(clues))
}

fn sbom(clues: &Clues) -> Option<Format> {
    let context = clues.word("@context").unwrap_or_default();
    match () {
        () if clues.word("bomFormat").is_some() => Some(Format::Cyclonedx),
        () if clues.has_all(&["specVersion", "components"]) => Some(Format::Cyclonedx),
        () if clues.has_any(&["spdxVersion", "sbom.spdxVersion"]) || context.contains("spdx.org") => {
            Some(Format::Spdx)
        }
        // Keys in the order of the alphabet put a long list of files before the version.
        () if clues.word("SPDXID") == Some("SPDXRef-DOCUMENT") => Some(Format::Spdx),
        () => None,
    }
}

fn scanner(clues: &Clues) -> Option<Format> {
    match () {
        () if clues.has_any(&["results[].packages", "experimental_config"]) => Some(Format::OsvScanner),
        () if clues.has("SchemaVersion") && clues.has_any(&["ArtifactName", "Results", "ArtifactType"]) => {
            Some(Format::Trivy)
        }
        () if clues.has_any(&["Results[].Target", "Trivy.Version"]) => Some(Format::Trivy),
        () if clues.has("ClusterName") && clues.has_any(&["Resources", "Findings"]) => Some(Format::Trivy),
        () if clues.has_any(&["matches[].vulnerability", "matches[].artifact"]) => Some(Format::Grype),
        () if clues.is("matches", Kind::Array) && clues.has_any(&["descriptor", "distro", "source"]) => {
            Some(Format::Grype)
        }
        () if clues.has("id") && clues.has_any(&["affected[].package", "affected[].ranges"]) => {
            Some(Format::Osv)
        }
        () if clues.has_all(&["id", "modified"])
            && clues.has_any(&["schema_version", "details", "summary"]) =>
        {
            Some(Format::Osv)
        }
        () => None,
    }
}

fn audit(clues: &Clues) -> Option<Format> {
    match () {
        () if clues.has_any(&["database.advisory-count", "lockfile.dependency-count"]) => {
            Some(Format::CargoAudit)
        }
        () if clues.has_any(&["auditReportVersion", "vulnerabilities.*.via"]) => Some(Format::NpmAudit),
        // npm 6 gives each run an id, pnpm does not.
        () if clues.has_all(&["advisories", "runId"]) => Some(Format::NpmAudit),
        () if clues.has("advisories") && clues.has_any(&["metadata", "actions", "muted"]) => {
            Some(Format::PnpmAudit)
        }
        () if clues.has_any(&["dependencies[].vulns", "dependencies[].skip_reason"]) => {
            Some(Format::PipAudit)
        }
        () if clues.is("dependencies", Kind::Array) && clues.is("fixes", Kind::Array) => {
            Some(Format::PipAudit)
        }
        () => None,
    }
}

fn array(clues: &Clues) -> Option<Format> {
    match () {
        () if clues.has_any(&["[].vulns", "[].skip_reason"]) => Some(Format::PipAudit),
        () if clues.has("[].Target") => Some(Format::Trivy),
        () if clues.has_all(&["[].id", "[].modified"]) || clues.has_all(&["[].id", "[].affected"]) => {
            Some(Format::Osv)
        }
        () => None,
    }
}

fn lines_of_json(clues: &Clues) -> Option<Format> {
    match clues.word("type").unwrap_or_default() {
        "auditAdvisory" | "auditSummary" | "auditAction" => Some(Format::YarnAudit),
        "diagnostic" | "summary" | "log" if clues.has("fields") => Some(Format::CargoDeny),
        _ if clues.has_all(&["value", "children.ID"]) => Some(Format::YarnAudit),
        _ if clues.has_all(&["id", "modified"])
            && clues.has_any(&["affected", "aliases", "details", "schema_version", "summary"]) =>
        {
            Some(Format::Osv)
        }
        // Yarn 2 says behind what the registry answered that there is nothing.
        _ if clues.has_all(&["advisories", "metadata"]) => Some(Format::YarnAudit),
        _ => None,
    }
}
