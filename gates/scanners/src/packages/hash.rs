//! Hashes of archives as lock files spell them.
//!
//! **Absent on purpose:** making hashes. What is not spelled as a hash of a known algorithm is none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Hash, HashAlgorithm};

impl HashAlgorithm {
    fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "md5" => Self::Md5,
            "sha1" => Self::Sha1,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => return None,
        })
    }

    fn bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 | Self::GoH1 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// Hexadecimal digits of an algorithm.
pub(super) fn hex(algorithm: HashAlgorithm, digits: &str) -> Option<Hash> {
    let is_hex = digits.len() == algorithm.bytes() * 2 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| Hash { algorithm, hex: digits.to_ascii_lowercase() })
}

/// Base64 of an algorithm.
pub(super) fn base64(algorithm: HashAlgorithm, text: &str) -> Option<Hash> {
    let bytes = STANDARD.decode(text).ok().filter(|bytes| bytes.len() == algorithm.bytes())?;
    Some(Hash { algorithm, hex: bytes.iter().map(|byte| format!("{byte:02x}")).collect() })
}

/// Subresource Integrity (W3C): `sha512-<base64>`, several with spaces between.
pub(super) fn integrity(text: &str) -> Vec<Hash> {
    let one = |part: &str| {
        let (name, digest) = part.split_once('-')?;
        base64(HashAlgorithm::named(name)?, digest.split('?').next().unwrap_or_default())
    };
    sorted(text.split_whitespace().filter_map(one).collect())
}

/// `sha256:<hex>`, as Python's tools spell it.
pub(super) fn colon(text: &str) -> Option<Hash> {
    let (name, digits) = text.split_once([':', '='])?;
    hex(HashAlgorithm::named(name)?, digits)
}

pub(super) fn sorted(mut hashes: Vec<Hash>) -> Vec<Hash> {
    hashes.sort();
    hashes.dedup();
    hashes
}
