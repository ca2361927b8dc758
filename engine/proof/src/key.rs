//! Ed25519 keys as C2SP signed-note spells them: a verifier key `<name>+<key id>+<base64(0x01 ‖ public key)>`, and a
//! signer key as Go's `sumdb/note` writes it, `PRIVATE+KEY+<name>+<key id>+<base64(0x01 ‖ seed)>`.
//!
//! **Absent on purpose:** where keys are kept, and randomness: a seed is handed in.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// The byte that means Ed25519 (C2SP signed-note, signature types).
pub(crate) const ED25519: u8 = 1;
/// Bytes that the name of a key may have.
pub const NAME_BYTES_MAX: usize = 256;
const PRIVATE: &str = "PRIVATE+KEY+";

/// A key that is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It has not the parts of a key.
    #[error("a key is written `name+id+base64`")]
    Shape,
    /// Its name is empty, too long, or has a space or a plus in it.
    #[error("the name of a key has no space and no `+`, and at most {NAME_BYTES_MAX} bytes")]
    Name,
    /// Its id does not belong to its name and its key: it was not copied whole.
    #[error("the key's id does not fit the key: it was changed, or not copied whole")]
    Id,
    /// It is of another kind than Ed25519.
    #[error("only Ed25519 keys are supported")]
    Kind,
    /// Its bytes are no key.
    #[error("it is no Ed25519 key")]
    Bytes,
}

/// The first four bytes of SHA-256(name ‖ `\n` ‖ 0x01 ‖ public key). Other keys may share them: never compare it alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    fn of(name: &str, public: &[u8; 32]) -> Self {
        let hash =
            Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(public).finalize();
        Self([hash[0], hash[1], hash[2], hash[3]])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A public key with its name: who may have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: KeyId,
    key: VerifyingKey,
}

impl Verifier {
    /// Reads `name+id+base64`.
    ///
    /// # Errors
    /// It is no such key.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let (name, id, bytes) = parts(text)?;
        let public = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| KeyError::Bytes)?;
        let key = VerifyingKey::from_bytes(&public).map_err(|_| KeyError::Bytes)?;
        if KeyId::of(name, &public).to_string() != id {
            return Err(KeyError::Id);
        }
        Ok(Self { name: name.to_owned(), id: KeyId::of(name, &public), key })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The 32 bytes of the public key.
    pub fn public(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// Whether this is its signature over the message.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

/// `name+id+base64`.
impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![ED25519];
        bytes.extend(self.key.to_bytes());
        write!(f, "{}+{}+{}", self.name, self.id, STANDARD.encode(bytes))
    }
}

/// A private key with its name.
pub struct Signer {
    verifier: Verifier,
    key: SigningKey,
}

impl Signer {
    /// The key of a seed: 32 bytes that nobody else knows.
    ///
    /// # Errors
    /// The name cannot be one.
    pub fn of_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        check_name(name)?;
        let key = SigningKey::from_bytes(seed);
        let public = key.verifying_key();
        let id = KeyId::of(name, public.as_bytes());
        Ok(Self { verifier: Verifier { name: name.to_owned(), id, key: public }, key })
    }

    /// Reads `PRIVATE+KEY+name+id+base64`.
    ///
    /// # Errors
    /// It is no such key.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let (name, id, bytes) = parts(text.strip_prefix(PRIVATE).ok_or(KeyError::Shape)?)?;
        let seed = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| KeyError::Bytes)?;
        let signer = Self::of_seed(name, &seed)?;
        if signer.verifier.id.to_string() == id { Ok(signer) } else { Err(KeyError::Id) }
    }

    /// `PRIVATE+KEY+name+id+base64`: the secret itself, for the file that keeps it.
    pub fn to_secret_text(&self) -> String {
        let mut bytes = vec![ED25519];
        bytes.extend(self.key.to_bytes());
        format!("{PRIVATE}{}+{}+{}", self.verifier.name, self.verifier.id, STANDARD.encode(bytes))
    }

    /// Its public key.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs a message. The same message has the same signature (RFC 8032).
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

/// Without the secret.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.verifier)
    }
}

/// Name, id, and the bytes behind the algorithm.
fn parts(text: &str) -> Result<(&str, &str, Vec<u8>), KeyError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(bytes)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Shape);
    };
    check_name(name)?;
    let bytes = STANDARD.decode(bytes).map_err(|_| KeyError::Shape)?;
    match bytes.split_first() {
        Some((&ED25519, rest)) => Ok((name, id, rest.to_vec())),
        Some(_) => Err(KeyError::Kind),
        None => Err(KeyError::Shape),
    }
}

pub(crate) fn check_name(name: &str) -> Result<(), KeyError> {
    let bad = |char: char| char.is_whitespace() || char == '+' || char.is_control();
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains(bad) {
        return Err(KeyError::Name);
    }
    Ok(())
}
