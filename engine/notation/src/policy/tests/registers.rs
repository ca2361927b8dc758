//! Waivers and roles.

use std::fmt::Write as _;

use dod_kernel::id::Timestamp;
use expect_test::{Expect, expect};

use crate::diagnose::testing;
use crate::policy::{read_roles, read_waivers};

#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check_waivers(text: &str, expected: Expect) {
    let (waivers, sources, problems) = read_waivers("waivers.yaml", text);
    let mut out = String::new();
    for waiver in waivers.iter().flatten() {
        let scope = waiver.scope.as_ref().map(|scope| format!(" at {scope}")).unwrap_or_default();
        let (of, by, reason) = (&waiver.of, &waiver.approved_by, &waiver.reason);
        writeln!(out, "{of}{scope} by {by} until {} because {reason}", waiver.expires.0).unwrap();
    }
    out.push_str(&testing::show(&sources, &problems));
    expected.assert_eq(&out);
}

#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check_roles(text: &str, expected: Expect) {
    let (roles, sources, problems) = read_roles("roles.yaml", text);
    let mut out = String::new();
    for (role, members) in roles.iter().flatten() {
        let shown = members.iter().map(|member| {
            let key = member.key.as_ref().map(|key| format!(" ({key})")).unwrap_or_default();
            let day = |word: &str, at: Option<Timestamp>| {
                at.map(|at| format!(" {word} {}", at.0)).unwrap_or_default()
            };
            let days = day("from", member.valid_after) + &day("until", member.valid_before);
            format!("{}{key}{days}", member.name)
        });
        writeln!(out, "{role}: {}", shown.collect::<Vec<_>>().join(", ")).unwrap();
    }
    out.push_str(&testing::show(&sources, &problems));
    expected.assert_eq(&out);
}

#[test]
fn the_waiver_of_the_design_reads() {
    check_waivers(
        "- { finding: RUSTSEC-2024-0001, scope: \"pkg:cargo/foo@1.2\", reason: not reachable, approved_by: alice, expires: 2027-01-31 }\n\
         - { rule: performance, reason: slow on purpose, approved_by: bob, expires: '2028-02-29' }\n",
        expect![[r#"
            RUSTSEC-2024-0001 at pkg:cargo/foo@1.2 by alice until 1801439999999 because not reachable
            performance by bob until 1835481599999 because slow on purpose
        "#]],
    );
}

#[test]
fn a_register_may_be_empty() {
    check_waivers("", expect![""]);
    check_waivers("# none yet\n", expect![""]);
    check_roles("# none yet\n", expect![""]);
}

#[test]
fn every_field_of_a_waiver_is_needed() {
    check_waivers(
        "- { finding: F401 }\n- { reason: x, approved_by: a, expires: 2027-01-31 }\n- text\n",
        expect![[r#"
            waivers.yaml:1:3 error Y103 «{ finding: F401 }» a waiver needs `approved_by`
            waivers.yaml:1:3 error Y103 «{ finding: F401 }» a waiver needs `expires`
            waivers.yaml:1:3 error Y103 «{ finding: F401 }» a waiver needs `reason`
            waivers.yaml:2:3 error P016 «{ reason: x, approved_by: a, e…-01-31 }» a waiver names one `finding` or one `rule` | help: `finding` is an advisory, a rule of a tool or a fingerprint; `rule` is a rule of a policy
            waivers.yaml:3:3 error Y102 «text» a waiver is a map, not text
        "#]],
    );
}

#[test]
fn a_day_is_a_day_of_the_calendar() {
    let of = |day: &str| format!("- {{ finding: F401, reason: x, approved_by: a, expires: '{day}' }}\n");
    for day in [
        "2027-02-29",
        "2027-13-01",
        "2027-1-1",
        "31.1.2027",
        "2027-01-31T00:00:00Z",
        "1969-01-01",
        "2027-00-10",
        "never",
    ] {
        let (waivers, _, problems) = read_waivers("w.yaml", &of(day));
        assert!(waivers.is_none() && problems[0].message.contains("is not a day"), "{day}");
    }
    let last = |day: &str| read_waivers("w.yaml", &of(day)).0.unwrap()[0].expires.0;
    assert_eq!(last("1970-01-01"), 86_399_999);
    assert_eq!(last("2000-02-29"), 951_868_799_999);
    assert_eq!(last("2027-01-31"), 1_801_439_999_999);
}

#[test]
fn an_advisory_is_waived_for_a_package_and_its_version() {
    check_waivers(
        "- { finding: CVE-2024-1, reason: x, approved_by: a, expires: 2027-01-31 }\n\
         - { finding: ghsa-xx, scope: src/**, reason: x, approved_by: a, expires: 2027-01-31 }\n\
         - { finding: CVE-2024-2, scope: 'pkg:npm/%40a/b', reason: x, approved_by: a, expires: 2027-01-31 }\n\
         - { finding: CVE-2024-3, scope: 'pkg:npm/@a/b@1.0?x=y', reason: x, approved_by: a, expires: 2027-01-31 }\n\
         - { finding: F401, scope: ../other/**, reason: x, approved_by: a, expires: 2027-01-31 }\n",
        expect![[r#"
            waivers.yaml:1:14 error P018 «CVE-2024-1» a waiver of `CVE-2024-1` is bound to a package and its version | help: write `scope: "pkg:cargo/foo@1.2"`
            waivers.yaml:2:30 error P018 «src/**» a waiver of `ghsa-xx` is bound to a package and its version | help: write `scope: "pkg:cargo/foo@1.2"`
            waivers.yaml:3:33 error P018 «'pkg:npm/%40a/b'» `pkg:npm/%40a/b` names no version | help: write `scope: "pkg:cargo/foo@1.2"`
            waivers.yaml:5:27 error P018 «../other/**» `../other/**` is not a path inside the repository | help: write a path with `/`, like `src/legacy/**`
        "#]],
    );
}

#[test]
fn one_thing_is_waived_once() {
    check_waivers(
        "- { finding: F401, scope: a/**, reason: x, approved_by: a, expires: 2020-01-31 }\n\
         - { finding: F401, scope: b/**, reason: x, approved_by: a, expires: 2020-01-31 }\n\
         - { finding: F401, scope: a/**, reason: x, approved_by: b, expires: 2027-01-31 }\n",
        expect![[r#"
            waivers.yaml:3:3 error P019 «{ finding: F401, scope: a/**, …-01-31 }» `F401` is waived twice | waivers.yaml:1:3 «{ finding: F401, scope: a/**, …-01-31 }» the first time
        "#]],
    );
}

#[test]
fn the_roles_of_the_design_read() {
    check_roles(
        "release-managers: [{ name: alice, key: \"ssh-ed25519 AAAA…\" }, bob]\nsecurity: []\n",
        expect![[r#"
            release-managers: alice (ssh-ed25519 AAAA…), bob
            security: 
        "#]],
    );
}

#[test]
fn a_key_counts_from_the_beginning_of_a_day_until_the_beginning_of_a_day() {
    check_roles(
        "a:\n- { name: x, key: k, valid_after: 1970-01-02, valid_before: 1970-01-03 }\n",
        expect![[r#"
            a: x (k) from 86400000 until 172800000
        "#]],
    );
    check_roles(
        "a: [{ name: y, valid_before: soon }]\n",
        expect![[r#"
        roles.yaml:1:30 error P017 «soon» `soon` is not a day | help: write year, month and day: `2027-01-31`
    "#]],
    );
}

#[test]
fn what_is_wrong_with_roles_is_told_at_once() {
    check_roles(
        "a: alice\nb: [x, x, { key: k }, [y]]\n'c d': [z]\n",
        expect![[r#"
        roles.yaml:1:4 error Y102 «alice» the members of a role are a list, not text
        roles.yaml:2:8 error P020 «x» `x` is named twice | roles.yaml:2:5 «x» the first time
        roles.yaml:2:11 error Y103 «{ key: k }» a member of a role needs `name`
        roles.yaml:2:23 error Y102 «[y]» a member of a role is text, not a list
        roles.yaml:3:1 error P012 «'c d'» the name of a role holds characters that names cannot hold, or is too long | help: use letters, digits, `.`, `_`, `-` and `/`
    "#]],
    );
    check_roles(
        "- alice\n",
        expect![[r#"
        roles.yaml:1:1 error Y102 «- alice» a file of roles is a map, not a list
    "#]],
    );
}

#[test]
fn what_an_approver_signs_is_one_text_for_one_waiver() {
    let text = "- { finding: RUSTSEC-2024-0001, scope: \"pkg:cargo/foo@1.2\", reason: \"not\\nreachable\", approved_by: alice, expires: 2028-02-29 }\n\
                - { rule: tests, reason: x, approved_by: bob, expires: 2000-03-01 }\n";
    let (waivers, ..) = read_waivers("waivers.yaml", text);
    let said: Vec<String> = waivers.unwrap().iter().map(crate::policy::signed_text).collect();
    assert_eq!(
        said.concat(),
        "dod waiver 1\n{\"approved_by\":\"alice\",\"expires\":\"2028-02-29\",\"of\":\"RUSTSEC-2024-0001\",\"reason\":\"not\\nreachable\",\"scope\":\"pkg:cargo/foo@1.2\"}\n\
         dod waiver 1\n{\"approved_by\":\"bob\",\"expires\":\"2000-03-01\",\"of\":\"tests\",\"reason\":\"x\",\"scope\":null}\n"
    );
}

#[test]
fn a_signature_is_a_block_in_the_armor_of_openssh() {
    let waiver = |signature: &str| {
        format!(
            "- finding: F401\n  reason: x\n  approved_by: a\n  expires: 2027-01-31\n  signature: {signature}\n"
        )
    };
    let block = "|\n    -----BEGIN SSH SIGNATURE-----\n    AAAA\n    -----END SSH SIGNATURE-----";
    let (waivers, _, problems) = read_waivers("waivers.yaml", &waiver(block));
    assert!(problems.is_empty(), "{problems:?}");
    let kept = waivers.unwrap()[0].signature.clone().unwrap();
    assert_eq!(&*kept, "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----");
    let (_, _, problems) = read_waivers("waivers.yaml", &waiver("AAAA"));
    assert_eq!(problems[0].code.to_string(), "P030");
}

#[test]
fn every_day_reads_back_as_it_is_written() {
    for days in (0..40_000).step_by(13) {
        let at = Timestamp(days * 86_400_000 + 86_399_999);
        let day = crate::policy::day_of(at);
        let (waivers, ..) =
            read_waivers("w.yaml", &format!("- {{ rule: r, reason: x, approved_by: a, expires: {day} }}"));
        assert_eq!(waivers.unwrap()[0].expires, at, "{day}");
    }
}
