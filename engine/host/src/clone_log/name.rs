//! What a repository is called in origins.
//!
//! **Absent on purpose:** believing it. It makes origins readable; ids make them unique.

use std::path::Path;

/// Bytes of a name that are kept.
const NAME_BYTES_MAX: usize = 200;

/// The name of a repository: its remote without scheme, user, port and `.git` (`github.com/org/name`), else the name of its
/// folder.
pub fn repository_name(root: &Path, remote: Option<&str>) -> String {
    let folder = || root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = remote.and_then(of_remote).unwrap_or_else(folder);
    let plain = |char: char| if char.is_alphanumeric() || "/._-~".contains(char) { char } else { '-' };
    let mut name: String = name.chars().map(plain).collect();
    while name.len() > NAME_BYTES_MAX {
        name.pop();
    }
    if name.is_empty() { "repository".to_owned() } else { name }
}

/// `https://host/path`, `ssh://user@host:port/path`, `user@host:path`; of a path on this machine its last part.
fn of_remote(address: &str) -> Option<String> {
    let trimmed = |path: &str| {
        let path = path.trim_matches('/');
        path.strip_suffix(".git").unwrap_or(path).trim_end_matches('/').to_owned()
    };
    let last = |path: &str| trimmed(path).rsplit('/').next().map(str::to_owned);
    let (host, path) = match address.split_once("://") {
        Some(("file", path)) => return last(path),
        Some((_, rest)) => rest.split_once('/')?,
        None => match address.split_once(':') {
            Some((host, path)) if !host.contains('/') => (host, path),
            _ => return last(address).filter(|name| !name.is_empty()),
        },
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let name = format!("{host}/{}", trimmed(path));
    Some(name.trim_matches('/').to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_repository_have_one_name() {
        for address in [
            "https://github.com/org/name",
            "https://github.com/org/name.git",
            "https://user@GitHub.com/org/name.git/",
            "ssh://git@github.com:22/org/name.git",
            "git@github.com:org/name.git",
        ] {
            assert_eq!(repository_name(Path::new("/x"), Some(address)), "github.com/org/name", "{address}");
        }
        for (address, name) in [
            (Some("/srv/git/name.git"), "name"),
            (Some("file:///srv/git/name.git"), "name"),
            (Some("../name"), "name"),
            (Some(""), "tree"),
            (None, "tree"),
            (Some("git@host:a b\n+c"), "host/a-b--c"),
        ] {
            assert_eq!(repository_name(Path::new("/x/tree"), address), name, "{address:?}");
        }
        assert_eq!(repository_name(Path::new("/"), None), "repository");
    }
}
