//! Claims about SSH signatures, made with the real `ssh-keygen` where it is there.

use std::process::Command;

use super::*;

const MESSAGE: &[u8] = b"dod waiver\n";

/// A key made with `ssh-keygen`, its line, and a function that signs with it. `None` where there is no `ssh-keygen`.
struct Signer {
    folder: tempfile::TempDir,
    line: String,
}

impl Signer {
    fn new(kind: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", kind, "-N", "", "-C", "ann", "-f"])
            .arg(&key)
            .output();
        if !made.is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: `ssh-keygen` does not run here");
            return None;
        }
        let line = std::fs::read_to_string(folder.path().join("key.pub")).unwrap();
        Some(Self { folder, line })
    }

    fn sign(&self, namespace: &str, message: &[u8]) -> String {
        let file = self.folder.path().join("message");
        std::fs::write(&file, message).unwrap();
        let _ = std::fs::remove_file(self.folder.path().join("message.sig"));
        let signed = Command::new("ssh-keygen")
            .args(["-q", "-Y", "sign", "-n", namespace, "-f"])
            .args([self.folder.path().join("key"), file])
            .output()
            .unwrap();
        assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
        std::fs::read_to_string(self.folder.path().join("message.sig")).unwrap()
    }
}

#[test]
fn what_ssh_keygen_signs_is_proved() {
    let Some(signer) = Signer::new("ed25519") else { return };
    let key = PublicKey::read(&signer.line).unwrap();
    let signature = signer.sign("dod-waiver", MESSAGE);
    assert_eq!(verify(&key, "dod-waiver", MESSAGE, &signature), Ok(()));
    assert_eq!(verify(&key, "dod-waiver", b"dod Waiver\n", &signature), Err(SignatureError::Wrong));
    let other = SignatureError::Namespace { found: "dod-waiver".to_owned(), wanted: "git".to_owned() };
    assert_eq!(verify(&key, "git", MESSAGE, &signature), Err(other));
    assert_eq!(signed_with(&signature), Ok(key.clone()));
    assert!(signer.line.starts_with(&key.to_string()), "{key}");
    let stranger = Signer::new("ed25519").unwrap();
    let stranger = PublicKey::read(&stranger.line).unwrap();
    assert_eq!(verify(&stranger, "dod-waiver", MESSAGE, &signature), Err(SignatureError::OtherKey));
}

#[test]
fn other_kinds_of_keys_are_refused_by_name() {
    let Some(signer) = Signer::new("ecdsa") else { return };
    let refused = PublicKey::read(&signer.line).unwrap_err().to_string();
    assert_eq!(refused, "keys of type `ecdsa-sha2-nistp256` are not supported: use `ssh-keygen -t ed25519`");
}

#[test]
fn no_damaged_signature_proves_anything() {
    let Some(signer) = Signer::new("ed25519") else { return };
    let key = PublicKey::read(&signer.line).unwrap();
    let signature = signer.sign("n", MESSAGE);
    let blob = unarmor(&signature).unwrap();
    let armor = |blob: &[u8]| format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(blob));
    assert_eq!(verify(&key, "n", MESSAGE, &armor(&blob)), Ok(()));
    for at in 0..blob.len() {
        assert!(verify(&key, "n", MESSAGE, &armor(&blob[..at])).is_err(), "cut at {at}");
        let mut other = blob.clone();
        other[at] ^= 0x40;
        assert!(verify(&key, "n", MESSAGE, &armor(&other)).is_err(), "changed at {at}");
    }
    for text in ["", BEGIN, "-----BEGIN SSH SIGNATURE-----\n!\n-----END SSH SIGNATURE-----", &signature[5..]]
    {
        assert!(
            matches!(verify(&key, "n", MESSAGE, text), Err(SignatureError::NotASignature { .. })),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_key_says_what_is_wrong() {
    for (line, wanted) in [
        ("", "it is empty"),
        ("ssh-ed25519", "it has no second word"),
        ("ssh-ed25519 AAAA!", "it is not base64"),
        ("ssh-ed25519 AAAA", "it is cut off"),
        (
            "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "its two types differ",
        ),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAgAA", "it has another length"),
    ] {
        let found = PublicKey::read(line).unwrap_err().to_string();
        assert!(found.contains(wanted), "{line}: {found}");
    }
}
