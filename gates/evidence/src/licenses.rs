//! What names of licenses say by themselves.
//!
//! **Absent on purpose:** lists of what is allowed, the full list of SPDX, expressions. Judging is not a reader's.

/// Families that ask for derived works under the same license, by the beginning of their SPDX ids.
const COPYLEFT: &[&str] = &[
    "AGPL",
    "APSL",
    "CC-BY-NC-SA",
    "CC-BY-SA",
    "CDDL",
    "CECILL",
    "CPAL",
    "CPL",
    "EPL",
    "ErlPL",
    "EUPL",
    "GFDL",
    "GPL",
    "IPL",
    "LGPL",
    "LPPL",
    "MPL",
    "MS-RL",
    "NPL",
    "ODbL",
    "OSL",
    "QPL",
    "RPL",
    "RPSL",
    "SISSL",
    "SPL",
    "SSPL",
    "Sleepycat",
    "Watcom",
];

/// Whether a license of this SPDX id, or any part of this expression, is copyleft, weak or strong.
pub(crate) fn is_copyleft(expression: &str) -> bool {
    let is_of_id =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '+');
    expression.split(|character| !is_of_id(character)).any(|part| {
        COPYLEFT.iter().any(|family| {
            let begins = part.get(..family.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(family));
            // `GPLv3` is no id of SPDX, and common.
            let ends = |next: &u8| !next.is_ascii_alphabetic() || next.eq_ignore_ascii_case(&b'v');
            begins && part.as_bytes().get(family.len()).is_none_or(ends)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::is_copyleft;

    #[test]
    fn copyleft_is_known_by_its_family() {
        for name in ["GPL-3.0-only", "AGPL-3.0", "LGPLv2.1", "MIT AND (MPL-2.0)", "gpl", "CC-BY-SA-4.0"] {
            assert!(is_copyleft(name), "{name}");
        }
        for name in ["MIT", "Apache-2.0", "CC-BY-4.0", "BSD-3-Clause", "GPLicious", ""] {
            assert!(!is_copyleft(name), "{name}");
        }
    }
}
