//! Package URLs (the purl specification, 1.0, and its rules by type).
//!
//! **Absent on purpose:** reading them, and qualifiers: where a package comes from is a field of its own.

use super::Ecosystem;

/// The package URL of a package. The name is given as in [`super::Package::name`].
pub fn purl(ecosystem: Ecosystem, name: &str, version: Option<&str>) -> String {
    let mut url = format!("pkg:{}/", ecosystem.purl_type());
    match ecosystem {
        Ecosystem::CratesIo | Ecosystem::RubyGems | Ecosystem::NuGet => encode(&mut url, name),
        // Names are compared without case and with `-` for `_` and `.`.
        Ecosystem::PyPi => encode(&mut url, &normal_python_name(name)),
        Ecosystem::Maven => segments(&mut url, name.split(':')),
        Ecosystem::Npm => segments(&mut url, name.split('/')),
        // Both types are lower case in a package URL, whatever the name is elsewhere.
        Ecosystem::Go | Ecosystem::Packagist => segments(&mut url, name.to_lowercase().split('/')),
    }
    if let Some(version) = version {
        url.push('@');
        encode(&mut url, version);
    }
    url
}

/// A name as Python's index compares it (PEP 503): lower case, runs of `-`, `_` and `.` as one `-`.
pub(crate) fn normal_python_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for letter in name.chars() {
        if matches!(letter, '-' | '_' | '.') {
            if !normal.ends_with('-') {
                normal.push('-');
            }
        } else {
            normal.extend(letter.to_lowercase());
        }
    }
    normal
}

fn segments<'a>(url: &mut String, parts: impl Iterator<Item = &'a str>) {
    for (at, part) in parts.filter(|part| !part.is_empty()).enumerate() {
        if at > 0 {
            url.push('/');
        }
        encode(url, part);
    }
}

/// Everything but letters, digits and `.-_~:` is percent-encoded (specification, "Character encoding").
fn encode(url: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_~:".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
}
