//! Waivers: written, signed, expired, tampered with.

use std::process::Command;

use super::{ends, project};
use crate::dod::Project;

const NO_ERRORS: &str = "quality_gates:\n  lint: no errors\n";
const PROVED: &str = "quality_gates:\n  lint: no errors\nwaivers: { proved: true }\n";

/// A waiver of what the linter finds, by dora.
fn waive(project: &Project, more: &[&str]) -> crate::dod::Said {
    let words = ["waive", "R1", "--reason", "goes with the module", "--expires", "30d", "--by", "dora"];
    project.dod(&[&words[..], more].concat())
}

/// A key of dora in `roles.yaml`; `None` where there is no `ssh-keygen`.
fn key(project: &Project) -> Option<()> {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "dora", "-f"])
        .arg(project.path().join("key"))
        .output();
    if !made.is_ok_and(|output| output.status.success()) {
        println!("skipped: `ssh-keygen` does not run here");
        return None;
    }
    let public = project.read("key.pub");
    project.write("roles.yaml", &format!("security: [{{ name: dora, key: \"{}\" }}]\n", public.trim()));
    Some(())
}

#[test]
fn a_waiver_is_written_counts_and_is_named_in_the_verdict() {
    let project = project(NO_ERRORS);
    ends(&project.dod(&["validate"]), 1, "FAILED");
    ends(&waive(&project, &[]), 0, "waived `R1` at `a.c` until the end of");
    let said = project.dod(&["validate", "--format", "json"]);
    ends(&said, 0, "\"R1\"");
    assert!(said.stdout.contains("dora"), "{said}");
    ends(&waive(&project, &[]), 2, "is waived already");
    ends(&waive(&project, &["--replace", "--expires", "2027-01-31"]), 2, "");
    let said = project.dod(&["waive", "R1", "--replace", "--expires", "2099-01-31"]);
    ends(&said, 0, "2099-01-31");
    ends(&project.dod(&["waive", "--list"]), 0, "2099-01-31");
}

#[test]
fn an_expired_waiver_is_reported_and_does_not_count() {
    let project = project(NO_ERRORS);
    project.write(
        "waivers.yaml",
        "- { finding: R1, scope: a.c, reason: x, approved_by: bob, expires: 2020-01-31 }\n",
    );
    ends(&project.dod(&["validate"]), 1, "it has expired");
    ends(&project.dod(&["waive", "--list"]), 0, "expired on 2020-01-31");
}

#[test]
fn the_author_of_the_change_does_not_approve_it() {
    let project = project(NO_ERRORS);
    let words = ["waive", "R1", "--reason", "x", "--expires", "30d", "--by", "Alice"];
    // The sandbox commits as Alice.
    project.dod(&["validate"]);
    ends(&project.dod(&words), 0, "approved by Alice");
    ends(&project.dod(&["validate"]), 1, "author of this change");
    // Nor under the name of her account.
    project.git(&[
        "-c",
        "user.email=12+asmith@users.noreply.github.com",
        "commit",
        "--amend",
        "--quiet",
        "--reset-author",
        "--no-edit",
    ]);
    ends(&project.dod(&["waive", "R1", "--replace", "--by", "ASmith"]), 0, "approved by ASmith");
    ends(&project.dod(&["validate"]), 1, "author of this change");
}

#[test]
fn a_signature_proves_the_approver_and_ssh_keygen_agrees() {
    let project = project(PROVED);
    if key(&project).is_none() {
        return;
    }
    project.dod(&["validate"]);
    waive(&project, &[]);
    ends(&project.dod(&["validate"]), 1, "proved by a signature");
    ends(&project.dod(&["waive", "R1", "--replace", "--sign", "key"]), 0, "dora (proved)");
    ends(&project.dod(&["validate"]), 0, "PASSED");
    ends(&project.dod(&["show"]), 0, "waived: `R1` by dora (proved)");
    ends(&project.dod(&["show", "--format", "json"]), 0, "\"proved\": true");
    let text = project.dod(&["waive", "R1", "--text"]).stdout;
    let waivers = project.read("waivers.yaml");
    let armor = &waivers[waivers.find("    -----BEGIN").unwrap()..];
    project.write("signature", &armor.lines().map(|line| format!("{}\n", line.trim())).collect::<String>());
    project.write("allowed", &format!("dora {}", project.read("key.pub")));
    project.write("text", &text);
    let checked = Command::new("sh")
        .args(["-c", "ssh-keygen -Y verify -f allowed -I dora -n dod-waiver -s signature < text"])
        .current_dir(project.path())
        .output()
        .unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn a_waiver_that_was_changed_after_it_was_signed_stops_the_run() {
    let project = project(PROVED);
    if key(&project).is_none() {
        return;
    }
    project.dod(&["validate"]);
    ends(&waive(&project, &["--sign", "key"]), 0, "proved");
    let waivers = project.read("waivers.yaml");
    project.write("waivers.yaml", &waivers.replace("goes with the module", "does not matter"));
    ends(&project.dod(&["validate"]), 2, "it does not fit what is signed");
}

#[test]
fn what_a_waiver_lacks_is_said_with_an_example() {
    let project = project(NO_ERRORS);
    ends(&project.dod(&["waive", "R1", "--reason", "x"]), 2, "--expires 30d");
    ends(&project.dod(&["waive", "R1", "--expires", "30d"]), 2, "--reason");
    ends(&project.dod(&["waive", "R1", "--reason", "x", "--expires", "soon"]), 2, "soon");
    ends(&project.dod(&["waive", "R1", "--reason", "x", "--expires", "2027-02-30"]), 2, "is not a day");
    ends(
        &project.dod(&["waive", "CVE-2024-1", "--reason", "x", "--expires", "30d"]),
        2,
        "bound to a package",
    );
    assert_eq!(project.read("waivers.yaml"), "");
    ends(
        &project.dod(&["waive", "R1", "--reason", "x", "--expires", "30d", "--sign", "nokey"]),
        3,
        "ssh-keygen",
    );
}

#[test]
fn what_is_over_or_not_found_is_told_when_it_is_written() {
    let project = project(NO_ERRORS);
    project.dod(&["validate"]);
    let words = ["waive", "R9", "--reason", "x", "--by", "dora", "--expires"];
    ends(&project.dod(&[&words[..], &["2020-01-31"]].concat()), 2, "2020-01-31 is over");
    assert_eq!(project.read("waivers.yaml"), "");
    ends(&project.dod(&[&words[..], &["30d"]].concat()), 0, "it holds everywhere");
    let found = waive(&project, &[]);
    assert!(!found.stderr.contains("everywhere"), "{found}");
}
