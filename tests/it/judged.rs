//! What a change is held against: its base, the baseline, waivers, and other policies.

mod compared;
mod folder;
mod mistakes;
mod rego;
mod tested;
mod waived;
mod what_if;

use crate::dod::{Project, Said};

/// A linter that says what `lint.txt` holds, and coverage as `cov.txt` holds it, under the policy `own`.
fn project(rules: &str) -> Project {
    let project = Project::with(&[
        (
            "dod.yaml",
            "policy: own\nsteps:\n  lint: { run: cat lint.txt, kind: lint, evidence: { gcc_lines: stdout } }\n  \
             cov: { run: cat cov.txt, kind: coverage, evidence: { lcov: stdout } }\n",
        ),
        ("policies/own.yaml", &format!("policy: own\n{rules}")),
        (".gitignore", ".dod\n"),
        ("a.c", "1\n2\n3\n4\n5\n"),
        ("lint.txt", "a.c:2:1: error: old trouble [R1]\n"),
        ("cov.txt", &coverage(&[1, 0, 1, 1, 1])),
    ]);
    project.commit("first");
    project
}

/// An LCOV report of `a.c` with these hits, a line each.
fn coverage(hits: &[u32]) -> String {
    let lines: String = (1..).zip(hits).map(|(line, hits)| format!("DA:{line},{hits}\n")).collect();
    format!("SF:a.c\n{lines}end_of_record\n")
}

/// That a call ended with this code, and said this.
#[track_caller]
fn ends(said: &Said, code: i32, what: &str) {
    assert_eq!(said.code, code, "{said}");
    assert!(said.stdout.contains(what) || said.stderr.contains(what), "`{what}`: {said}");
}
