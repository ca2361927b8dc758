//! A library that is released by a diagram.

/// Whether a text is a version like `1.4.0`.
pub fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() == 3 && parts.iter().all(number)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_version_has_three_numbers() {
        assert!(super::is_version("1.4.0"));
        assert!(!super::is_version("1.4"));
    }
}
