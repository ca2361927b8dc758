//! C2SP signed notes: a text, a blank line, and signature lines `— <name> <base64(key id ‖ signature)>`.
//!
//! Signatures of keys that nobody here knows are ignored; a *bad* signature of a known key fails the note.
//!
//! **Absent on purpose:** what the text says, and signature types other than Ed25519: their lines count as of unknown keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::key::{KeyId, Signer, Verifier, check_name};

/// Bytes that a note may have.
pub const NOTE_BYTES_MAX: usize = 1 << 20;
/// Signature lines that a note may have.
pub const SIGNATURES_MAX: usize = 100;
/// What a signature line begins with: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// A note that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is not written as a note.
    #[error("it is no signed note: {what}")]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
    /// A known key's signature is bad.
    #[error("the signature of `{name}` ({id}) does not fit: the text was changed, or the signature was")]
    BadSignature {
        /// The key's name.
        name: String,
        /// The key's id.
        id: KeyId,
    },
}

/// A signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub id: KeyId,
    /// The signature, whatever its type.
    pub bytes: Vec<u8>,
}

/// A note as it was read: nothing is checked yet but its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// Reads a note: the text with its signatures. A text alone, without a blank line and signatures, is an unsigned note.
    ///
    /// # Errors
    /// It is not written as one.
    pub fn read(bytes: &[u8]) -> Result<Self, NoteError> {
        let malformed = |what| NoteError::Malformed { what };
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(malformed("it is too long"));
        }
        let all = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        if all.chars().any(|char| char.is_control() && char != '\n') {
            return Err(malformed("it has control characters"));
        }
        if !all.ends_with('\n') {
            return Err(malformed("its last line has no end"));
        }
        let Some(end) = all.rfind("\n\n") else {
            return Ok(Self { text: all.to_owned(), signatures: Vec::new() });
        };
        let (text, lines) = (&all[..=end], &all[end + 2..]);
        let mut signatures = Vec::new();
        for line in lines.lines() {
            if signatures.len() == SIGNATURES_MAX {
                return Err(malformed("it has too many signatures"));
            }
            signatures.push(signature(line).ok_or(malformed("a signature line is not one"))?);
        }
        if signatures.is_empty() {
            return Err(malformed("there is no signature behind the blank line"));
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// The text, with its last line feed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, checked or not.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Those of these keys that signed the text, in the order of the lines. None: nobody here knows who signed, if anybody.
    ///
    /// # Errors
    /// The signature of one of these keys is bad.
    pub fn signed_by<'k>(&self, known: &'k [Verifier]) -> Result<Vec<&'k Verifier>, NoteError> {
        let mut good: Vec<&Verifier> = Vec::new();
        for NoteSignature { name, id, bytes } in &self.signatures {
            for key in known.iter().filter(|key| key.name() == name && key.id() == *id) {
                let fits = <&[u8; 64]>::try_from(bytes.as_slice())
                    .is_ok_and(|bytes| key.verifies(self.text.as_bytes(), bytes));
                if !fits {
                    return Err(NoteError::BadSignature { name: name.clone(), id: *id });
                }
                if !good.contains(&key) {
                    good.push(key);
                }
            }
        }
        Ok(good)
    }
}

fn signature(line: &str) -> Option<NoteSignature> {
    let (name, bytes) = line.strip_prefix(DASH)?.split_once(' ')?;
    check_name(name).ok()?;
    let bytes = STANDARD.decode(bytes).ok()?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    (!signature.is_empty()).then(|| NoteSignature {
        name: name.to_owned(),
        id: KeyId(*id),
        bytes: signature.to_vec(),
    })
}

/// The text with a signature of each of these keys; the text alone without keys. The text ends with a line feed and has no
/// blank line at its end.
pub fn sign(text: &str, signers: &[&Signer]) -> String {
    let mut note = text.to_owned();
    if !signers.is_empty() {
        note.push('\n');
    }
    for signer in signers {
        let mut bytes = signer.verifier().id().0.to_vec();
        bytes.extend(signer.sign(text.as_bytes()));
        note += &format!("{DASH}{} {}\n", signer.verifier().name(), STANDARD.encode(bytes));
    }
    note
}
