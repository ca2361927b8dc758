//! Signatures of people, made by `ssh-keygen`: it knows passphrases, agents and security keys.
//!
//! **Absent on purpose:** private keys, and whether a signature proves anything.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dod_kernel::id::Name;
use dod_kernel::policy::Member;
use dod_proof::sshsig::PublicKey;

use crate::blame::CommandError;
use crate::definitions;

/// Lets `ssh-keygen` sign a text for a purpose.
pub(crate) fn sign(key: &Path, namespace: &str, text: &str) -> Result<Name, CommandError> {
    let cannot = |why: String| {
        CommandError::system(format!("`ssh-keygen` cannot sign with `{}`: {why}", key.display()))
            .hint("`ssh-keygen -t ed25519` makes a key")
    };
    let child = Command::new("ssh-keygen")
        .args(["-Y", "sign", "-n", namespace, "-f"])
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            CommandError::system("signing needs `ssh-keygen`, and it is not installed")
                .hint("it comes with OpenSSH; what is signed elsewhere can be brought here, see `--help`")
        }
        kind => cannot(kind.to_string()),
    })?;
    if let Some(mut stdin) = child.stdin.take() {
        // A key that cannot be used ends it before it reads; what it says then tells more than a closed pipe.
        let _ = stdin.write_all(text.as_bytes());
    }
    let output = child.wait_with_output().map_err(|error| cannot(error.kind().to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(cannot(said.lines().last().unwrap_or("it failed").to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().into())
}

/// What the roles call the owner of a key, where its public half lies beside it and they all say the same.
pub(crate) fn owner(key: &Path, roles: &BTreeMap<Name, Vec<Member>>) -> Option<Name> {
    let public = match key.extension().is_some_and(|end| end == "pub") {
        true => key.to_owned(),
        false => PathBuf::from(format!("{}.pub", key.display())),
    };
    let line = String::from_utf8(definitions::bounded(&public).ok()??).ok()?;
    let key = PublicKey::read(&line).ok()?;
    let has = |member: &&Member| {
        member.key.as_deref().is_some_and(|line| PublicKey::read(line).is_ok_and(|own| own == key))
    };
    let mut names = roles.values().flatten().filter(has).map(|member| &member.name);
    let first = names.next()?;
    names.all(|name| name == first).then(|| first.clone())
}
