//! Signatures that `ssh-keygen -Y sign` makes, checked without it.
//!
//! The format is OpenSSH's `PROTOCOL.sshsig`: an armored blob that holds the public key, a namespace that keeps a
//! signature made for one purpose from serving another, and a signature over the namespace and the digest of the
//! message. Keys are Ed25519, plain or in a security key (`PROTOCOL.u2f`). Other kinds of keys are refused by name.
//!
//! **Absent on purpose:** private keys. People sign with `ssh-keygen`, which knows agents, passphrases and hardware.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256, Sha512};

/// Bytes that an armored signature may have.
pub const SIGNATURE_BYTES_MAX: usize = 16 << 10;

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
/// What every blob and every signed message begins with.
const MAGIC: &[u8] = b"SSHSIG";
const PLAIN: &str = "ssh-ed25519";
const SECURITY_KEY: &str = "sk-ssh-ed25519@openssh.com";
/// The flag of a security key that somebody touched it.
const USER_PRESENT: u8 = 1;

/// Why a signature proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// It is not a signature in the armor of OpenSSH.
    #[error("it is not an SSH signature ({what})")]
    NotASignature {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The public key is not one.
    #[error("the public key is not one as `ssh-keygen` prints it ({what})")]
    NotAKey {
        /// What is wrong with it.
        what: &'static str,
    },
    /// Another kind of key.
    #[error("keys of type `{kind}` are not supported: use `ssh-keygen -t ed25519`")]
    Kind {
        /// Its type, as OpenSSH calls it.
        kind: String,
    },
    /// It was made for another purpose.
    #[error("it was made for `{found}` and not for `{wanted}`")]
    Namespace {
        /// The namespace it has.
        found: String,
        /// The namespace it needs.
        wanted: String,
    },
    /// It was made with another key.
    #[error("it was made with another key")]
    OtherKey,
    /// The key's owner did not touch the security key.
    #[error("nobody touched the security key")]
    NotTouched,
    /// It is not of this message.
    #[error("it does not fit what is signed: somebody changed it, or it belongs to something else")]
    Wrong,
}

type Result<T> = std::result::Result<T, SignatureError>;

/// A public key, as a line of `ssh-keygen` or of `authorized_keys` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    blob: Vec<u8>,
    key: VerifyingKey,
    /// What a security key calls the purpose it was made for.
    application: Option<Vec<u8>>,
}

impl PublicKey {
    /// Reads `ssh-ed25519 AAAA… comment`.
    ///
    /// # Errors
    /// It is no key, or one of another kind.
    pub fn read(line: &str) -> Result<Self> {
        let mut words = line.split_ascii_whitespace();
        let kind = words.next().ok_or(SignatureError::NotAKey { what: "it is empty" })?;
        let blob = words.next().ok_or(SignatureError::NotAKey { what: "it has no second word" })?;
        let blob = STANDARD.decode(blob).map_err(|_| SignatureError::NotAKey { what: "it is not base64" })?;
        let key = Self::of(blob)?;
        if kind == key.kind() {
            Ok(key)
        } else {
            Err(SignatureError::NotAKey { what: "its two types differ" })
        }
    }

    fn kind(&self) -> &'static str {
        if self.application.is_some() { SECURITY_KEY } else { PLAIN }
    }

    fn of(blob: Vec<u8>) -> Result<Self> {
        let short = SignatureError::NotAKey { what: "it is cut off" };
        let mut rest = blob.as_slice();
        let kind = string(&mut rest).ok_or(short.clone())?;
        if kind != PLAIN.as_bytes() && kind != SECURITY_KEY.as_bytes() {
            return Err(SignatureError::Kind { kind: String::from_utf8_lossy(kind).into_owned() });
        }
        let point = string(&mut rest).ok_or(short.clone())?;
        let application = match kind == SECURITY_KEY.as_bytes() {
            true => Some(string(&mut rest).ok_or(short)?.to_vec()),
            false => None,
        };
        let point = <&[u8; 32]>::try_from(point).ok().filter(|_| rest.is_empty());
        let point = point.ok_or(SignatureError::NotAKey { what: "it has another length" })?;
        let key = VerifyingKey::from_bytes(point);
        let key = key.map_err(|_| SignatureError::NotAKey { what: "it is no point of the curve" })?;
        Ok(Self { blob, key, application })
    }
}

/// As `ssh-keygen` prints it, without a comment.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), STANDARD.encode(&self.blob))
    }
}

/// The key that a signature says it was made with. Nothing is checked: this is for telling people which key it was.
///
/// # Errors
/// It is no signature, or one with a key of another kind.
pub fn signed_with(armored: &str) -> Result<PublicKey> {
    let blob = unarmor(armored)?;
    PublicKey::of(Envelope::of(&blob)?.public.to_vec())
}

/// Checks that a key's owner signed a message for a purpose.
///
/// # Errors
/// Why that is not shown.
pub fn verify(key: &PublicKey, namespace: &str, message: &[u8], armored: &str) -> Result<()> {
    let blob = unarmor(armored)?;
    let Envelope { public, namespace: found, hash, signature } = Envelope::of(&blob)?;
    if found != namespace.as_bytes() {
        let found = String::from_utf8_lossy(found).into_owned();
        return Err(SignatureError::Namespace { found, wanted: namespace.to_owned() });
    }
    if PublicKey::of(public.to_vec())? != *key {
        return Err(SignatureError::OtherKey);
    }
    let digest = match hash {
        b"sha256" => Sha256::digest(message).to_vec(),
        b"sha512" => Sha512::digest(message).to_vec(),
        _ => return Err(SignatureError::NotASignature { what: "it is over a digest other than SHA-2" }),
    };
    let mut signed = MAGIC.to_vec();
    for part in [namespace.as_bytes(), b"", hash, &digest] {
        let length = u32::try_from(part.len()).map_err(|_| SignatureError::Wrong)?;
        signed.extend(length.to_be_bytes());
        signed.extend(part);
    }
    check(key, signature, signed)
}

/// The parts of the blob in the armor.
struct Envelope<'b> {
    public: &'b [u8],
    namespace: &'b [u8],
    hash: &'b [u8],
    signature: &'b [u8],
}

impl<'b> Envelope<'b> {
    fn of(blob: &'b [u8]) -> Result<Self> {
        let cut = SignatureError::NotASignature { what: "it is cut off" };
        let magic = SignatureError::NotASignature { what: "it has no magic" };
        let mut rest = blob.strip_prefix(MAGIC).ok_or(magic)?;
        let version = number(&mut rest).ok_or(cut.clone())?;
        if version != 1 {
            return Err(SignatureError::NotASignature { what: "it has another version than 1" });
        }
        let mut next = || string(&mut rest).ok_or(cut.clone());
        let (public, namespace, reserved, hash, signature) = (next()?, next()?, next()?, next()?, next()?);
        if !rest.is_empty() || !reserved.is_empty() {
            return Err(SignatureError::NotASignature { what: "it has more than it should" });
        }
        Ok(Self { public, namespace, hash, signature })
    }
}

/// The signature proper: its type, its 64 bytes, and of a security key its flags and counter.
fn check(key: &PublicKey, signature: &[u8], signed: Vec<u8>) -> Result<()> {
    let cut = SignatureError::NotASignature { what: "it is cut off" };
    let mut rest = signature;
    let kind = string(&mut rest).ok_or(cut.clone())?;
    let bytes = string(&mut rest).ok_or(cut.clone())?;
    if kind != key.kind().as_bytes() {
        return Err(SignatureError::Kind { kind: String::from_utf8_lossy(kind).into_owned() });
    }
    let bytes = <&[u8; 64]>::try_from(bytes);
    let bytes = bytes.map_err(|_| SignatureError::NotASignature { what: "it has another length" })?;
    let signed = match &key.application {
        None => signed,
        Some(application) => {
            let (flags, counter) = rest.split_first_chunk::<1>().ok_or(cut.clone())?;
            let counter = <[u8; 4]>::try_from(counter).map_err(|_| cut)?;
            rest = &[];
            if flags[0] & USER_PRESENT == 0 {
                return Err(SignatureError::NotTouched);
            }
            let mut over = Sha256::digest(application).to_vec();
            over.extend(flags);
            over.extend(counter);
            over.extend(Sha256::digest(signed));
            over
        }
    };
    if !rest.is_empty() {
        return Err(SignatureError::NotASignature { what: "it has more than it should" });
    }
    key.key.verify_strict(&signed, &Signature::from_bytes(bytes)).map_err(|_| SignatureError::Wrong)
}

fn unarmor(armored: &str) -> Result<Vec<u8>> {
    if armored.len() > SIGNATURE_BYTES_MAX {
        return Err(SignatureError::NotASignature { what: "it is too long" });
    }
    let inner = armored.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
    let inner = inner.ok_or(SignatureError::NotASignature { what: "its first or last line is missing" })?;
    let text: String = inner.split_ascii_whitespace().collect();
    STANDARD.decode(text).map_err(|_| SignatureError::NotASignature { what: "it is not base64" })
}

/// A string of the SSH protocol: four bytes of length, then so many bytes (RFC 4251, section 5).
fn string<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = number(rest)? as usize;
    let (string, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(string)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let (bytes, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(u32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests;
