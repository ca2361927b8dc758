//! Paths inside reports: data, brought to one spelling, never opened.
//!
//! **Absent on purpose:** the file system. Whether a path exists, or where a link leads, is not asked.

use dod_kernel::id::Name;

/// The spelling of a path that findings, tests and coverage share: relative to the repository where the
/// report allows to know it, with `/`, without `.` and without `..` where they can be resolved.
///
/// A relative path is relative to `base`, the folder in which the tool ran, itself relative to the
/// repository. An absolute path outside the repository stays absolute.
pub(crate) fn normalize(path: &str, root: &str, base: &str) -> Name {
    let decoded = is_file_uri(path).then(|| from_uri(path)).flatten();
    let mut path = decoded.as_deref().unwrap_or(path).replace('\\', "/");
    // What remains of Windows' `\\?\C:\…`.
    if let Some(rest) = path.strip_prefix("//?/") {
        path = rest.to_owned();
    }
    let root = root.replace('\\', "/");
    let root = root.trim_end_matches('/');
    if is_absolute(&path) {
        let path = resolve("", &path);
        let inside = (!root.is_empty()).then(|| strip(&path, root)).flatten();
        return inside.unwrap_or(&path).into();
    }
    resolve(base, &path).into()
}

/// Whether the path stands alone, on Unix or on Windows.
pub(crate) fn is_absolute(path: &str) -> bool {
    let bytes = path.as_bytes();
    path.starts_with(['/', '\\'])
        || matches!(bytes, [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
}

fn is_file_uri(uri: &str) -> bool {
    uri.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"))
}

/// The path of a `file:` URI, or of a relative URI with escapes; `None` where there is nothing to decode.
pub(crate) fn from_uri(uri: &str) -> Option<String> {
    if !is_file_uri(uri) {
        return uri.contains('%').then(|| percent_decode(uri)).flatten();
    }
    let rest = &uri[5..];
    let path = match rest.strip_prefix("//") {
        // The authority (`file://localhost/…`) is not part of the path.
        Some(authority) => &authority[authority.find('/').unwrap_or(authority.len())..],
        None => rest,
    };
    let path = percent_decode(path).unwrap_or_else(|| path.to_owned());
    match path.as_bytes() {
        [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => Some(path[1..].to_owned()),
        _ => Some(path),
    }
}

/// `None` where an escape is broken: then the text is a path with a percent sign, not a URI.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let [high, low, tail @ ..] = rest else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16);
        bytes.push(u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?);
        rest = tail;
    }
    String::from_utf8(bytes).ok()
}

fn strip<'p>(path: &'p str, root: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(root)?;
    if rest.is_empty() { Some(".") } else { rest.strip_prefix('/') }
}

fn resolve(base: &str, path: &str) -> String {
    let absolute = is_absolute(path);
    let mut parts: Vec<&str> = Vec::new();
    let base = if absolute { "" } else { base };
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            // Above the root of an absolute path there is nothing.
            ".." if absolute => {}
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    match (absolute && path.starts_with('/'), joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests;
