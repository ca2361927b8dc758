//! Package URLs: the one name of a package, whatever the tool.
//!
//! Source: the purl specification, `pkg:type/namespace/name@version?qualifiers#subpath`. A package is named
//! without version, qualifiers and subpath; waivers and findings compare that text.
//!
//! **Absent on purpose:** types beyond those whose rules are written here; they are taken as they stand.

/// A package URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Purl {
    /// `pkg:type/namespace/name`, normalized.
    pub(crate) package: String,
    /// The version, decoded.
    pub(crate) version: Option<String>,
}

/// Longer texts are no package URLs.
const PURL_BYTES_MAX: usize = 4096;

/// Takes a package URL apart; `None` for anything else.
pub(crate) fn parse(text: &str) -> Option<Purl> {
    let text = text.trim();
    if text.len() > PURL_BYTES_MAX || !text.get(..4)?.eq_ignore_ascii_case("pkg:") {
        return None;
    }
    let rest = text[4..].trim_start_matches('/');
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (kind, path) = rest[..end].split_once('/')?;
    let path = path.trim_matches('/');
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    // A version may hold a `/` that nobody encoded; then its `@` stands before.
    let at = match path[name..].rfind('@') {
        // An `@` in front belongs to the name.
        Some(at) if at > 0 => Some(name + at),
        _ => path[..name].rfind('@').filter(|at| *at > 0 && !path[..*at].ends_with('/')),
    };
    let (name, version) = match at {
        Some(at) => (&path[..at], Some(&path[at + 1..])),
        None => (path, None),
    };
    let is_kind = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-');
    if name.is_empty() || kind.is_empty() || !kind.bytes().all(is_kind) {
        return None;
    }
    let version = version.filter(|version| !version.is_empty()).map(decode);
    Some(Purl { package: of(kind, &decode(name)), version })
}

/// The package of a type by its plain name: `npm` and `@scope/name`, `maven` and `group:artifact`.
pub(crate) fn of(kind: &str, name: &str) -> String {
    let kind = kind.to_ascii_lowercase();
    let name = name.trim().trim_matches('/');
    let name = match kind.as_str() {
        "maven" => name.replacen(':', "/", 1),
        "pypi" => python(name),
        "bitbucket" | "composer" | "github" | "golang" => name.to_ascii_lowercase(),
        _ => name.to_owned(),
    };
    let parts: Vec<String> = name.split('/').filter(|part| !part.is_empty()).map(encode).collect();
    format!("pkg:{kind}/{}", parts.join("/"))
}

/// Lower case, and runs of `-`, `_` and `.` as one `-` (PEP 503).
fn python(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            _ => normal.extend(letter.to_lowercase()),
        }
    }
    normal
}

/// The package of an ecosystem in the words of OSV (`crates.io`, `PyPI`, `Debian:12`); the plain name where no
/// type of purl answers to the ecosystem. Source: OSV schema, defined ecosystems.
pub(crate) fn of_ecosystem(ecosystem: &str, name: &str) -> String {
    let plain = ecosystem.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
    let kind = match plain.as_str() {
        "crates.io" | "cargo" | "rust" => "cargo",
        "npm" => "npm",
        "pypi" | "pip" => "pypi",
        "go" => "golang",
        "maven" => "maven",
        "nuget" => "nuget",
        "rubygems" => "gem",
        "packagist" | "composer" => "composer",
        "hex" => "hex",
        "pub" => "pub",
        "cran" => "cran",
        "hackage" => "hackage",
        "conancenter" | "conan" => "conan",
        "swifturl" => "swift",
        "github actions" => "github",
        "bitnami" => "bitnami",
        "debian" => "deb/debian",
        "ubuntu" => "deb/ubuntu",
        "alpine" => "apk/alpine",
        "wolfi" => "apk/wolfi",
        "chainguard" => "apk/chainguard",
        "red hat" => "rpm/redhat",
        "rocky linux" => "rpm/rocky",
        "almalinux" => "rpm/almalinux",
        "opensuse" => "rpm/opensuse",
        "suse" => "rpm/suse",
        _ => return name.trim().to_owned(),
    };
    match kind.split_once('/') {
        Some((kind, namespace)) => of(kind, &format!("{namespace}/{name}")),
        None => of(kind, name),
    }
}

/// Characters that stand for themselves in a part of a package URL.
fn encode(part: &str) -> String {
    let mut encoded = String::with_capacity(part.len());
    for byte in part.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                encoded.push(char::from(byte));
            }
            _ => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

fn decode(text: &str) -> String {
    crate::path::percent_decode(text).unwrap_or_else(|| text.to_owned())
}
