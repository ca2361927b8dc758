//! Claims about other names of formats.

use super::ALIASES;
use crate::Format;

#[test]
fn a_format_is_known_by_its_own_name_and_by_common_ones() {
    for &format in Format::ALL {
        assert_eq!(Format::known_as(format.name()), Some(format));
        assert_eq!(Format::known_as(&format.name().replace('_', "-").to_uppercase()), Some(format));
    }
    for (name, format) in [
        ("go-cover", Format::GoCover),
        ("coverage.py", Format::CoveragePy),
        ("gitlab-sast", Format::GitlabSecurity),
        ("gitlab_codequality", Format::GitlabQuality),
        ("clippy", Format::Cargo),
        ("llvm-cov-json", Format::LlvmCov),
        ("cyclonedx-xml", Format::Cyclonedx),
        ("libtest-json", Format::LibtestJson),
        ("gcc-lines", Format::GccLines),
    ] {
        assert_eq!(Format::known_as(name), Some(format), "{name}");
    }
    for name in ["", "xml", "json", "-json", "report", "junitt"] {
        assert_eq!(Format::known_as(name), None, "{name}");
    }
}

#[test]
fn no_alias_hides_a_format() {
    for (alias, format) in ALIASES {
        let hidden = Format::ALL.iter().find(|one| one.name().replace('_', "-") == *alias);
        assert_eq!(hidden, None, "{alias}");
        assert_eq!(*alias, alias.to_ascii_lowercase().replace('_', "-"), "{format}");
    }
}
