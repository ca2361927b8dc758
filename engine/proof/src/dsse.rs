//! DSSE, version 1.0.0: a payload with a type, and signatures over both.
//!
//! ```text
//!   signed bytes   DSSEv1 <bytes of type> <type> <bytes of payload> <payload>
//!   envelope       {"payload":"<base64>","payloadType":"…","signatures":[{"keyid":"…","sig":"<base64>"}]}
//! ```
//!
//! The id of a key is `<name>+<key id>` of its note key. As the protocol says, it is a hint and proves nothing: a signature counts
//! when it fits a known key. A signature that names a known key and does not fit it makes the envelope a forgery.
//!
//! **Absent on purpose:** what a payload says, and other keys than Ed25519.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

use crate::key::{KeyId, Signer, Verifier};

/// Bytes that an envelope may have.
pub const ENVELOPE_BYTES_MAX: usize = 64 << 20;
/// Signatures that an envelope may have.
pub const SIGNATURES_MAX: usize = 100;

/// An envelope that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is not written as one.
    #[error("it is no DSSE envelope: {what}")]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
    /// It is no JSON, or lacks something.
    #[error("it is no DSSE envelope: line {line}, column {column} of the JSON is not as it should be")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It names a known key whose signature does not fit.
    #[error("the signature of `{name}` ({id}) does not fit: the statement was changed, or the signature was")]
    BadSignature {
        /// The key's name.
        name: String,
        /// The key's id.
        id: KeyId,
    },
}

/// A payload with its signatures, checked or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What the payload is: a media type or a URI.
    pub payload_type: String,
    /// The bytes that are signed, beside their type.
    pub payload: Vec<u8>,
    /// Key id (may be empty) and signature.
    pub signatures: Vec<(String, Vec<u8>)>,
}

#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(default)]
    payload: String,
    #[serde(rename = "payloadType", default)]
    payload_type: String,
    signatures: Vec<WrittenSignature>,
}

#[derive(Serialize, Deserialize)]
struct WrittenSignature {
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// The bytes that are signed: the pre-authentication encoding.
pub fn signed_bytes(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend(payload);
    bytes
}

impl Envelope {
    /// Signs a payload with each of these keys.
    pub fn sign(payload_type: &str, payload: Vec<u8>, signers: &[&Signer]) -> Self {
        let message = signed_bytes(payload_type, &payload);
        let sign = |signer: &&Signer| (key_id(signer.verifier()), signer.sign(&message).to_vec());
        let signatures = signers.iter().map(sign).collect();
        Self { payload_type: payload_type.to_owned(), payload, signatures }
    }

    /// The envelope as one line of JSON, with a line feed. The same envelope has the same bytes.
    pub fn to_json(&self) -> String {
        let signature = |(keyid, sig): &(String, Vec<u8>)| WrittenSignature {
            keyid: keyid.clone(),
            sig: STANDARD.encode(sig),
        };
        let written = Written {
            payload: STANDARD.encode(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures: self.signatures.iter().map(signature).collect(),
        };
        let mut json = serde_json::to_string(&written).expect("strings are JSON");
        json.push('\n');
        json
    }

    /// Reads an envelope. Fields that nobody knows are passed over, as the protocol asks.
    ///
    /// # Errors
    /// It is none.
    pub fn read(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let malformed = |what| EnvelopeError::Malformed { what };
        if bytes.len() > ENVELOPE_BYTES_MAX {
            return Err(malformed("it is too long"));
        }
        let written: Written = serde_json::from_slice(bytes)
            .map_err(|error| EnvelopeError::Json { line: error.line(), column: error.column() })?;
        if written.payload_type.is_empty() {
            return Err(malformed("it has no `payloadType`"));
        }
        if written.signatures.is_empty() || written.signatures.len() > SIGNATURES_MAX {
            return Err(malformed("it has no signature, or too many"));
        }
        let payload = base64(&written.payload).ok_or(malformed("its `payload` is not base64"))?;
        let signature = |WrittenSignature { keyid, sig }| Some((keyid, base64(&sig)?));
        let signatures: Option<Vec<_>> = written.signatures.into_iter().map(signature).collect();
        let signatures = signatures.ok_or(malformed("a `sig` is not base64"))?;
        Ok(Self { payload_type: written.payload_type, payload, signatures })
    }

    /// Those of these keys that signed it. None: nobody here knows who signed.
    ///
    /// # Errors
    /// It names one of these keys, whose signature does not fit.
    pub fn signed_by<'k>(&self, known: &'k [Verifier]) -> Result<Vec<&'k Verifier>, EnvelopeError> {
        let message = signed_bytes(&self.payload_type, &self.payload);
        let mut good: Vec<&Verifier> = Vec::new();
        for (id, signature) in &self.signatures {
            let fits = |key: &Verifier| {
                <&[u8; 64]>::try_from(signature.as_slice()).is_ok_and(|bytes| key.verifies(&message, bytes))
            };
            for key in known {
                if fits(key) {
                    good.extend((!good.contains(&key)).then_some(key));
                } else if *id == key_id(key) {
                    return Err(EnvelopeError::BadSignature { name: key.name().to_owned(), id: key.id() });
                }
            }
        }
        Ok(good)
    }
}

fn key_id(key: &Verifier) -> String {
    format!("{}+{}", key.name(), key.id())
}

/// Standard base64, or the alphabet that is safe in URLs; padded, and without a bit too many.
fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

#[cfg(test)]
mod tests;
