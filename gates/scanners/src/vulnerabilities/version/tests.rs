//! The order of each ecosystem's versions, as its specification writes it down.

use std::cmp::Ordering;

use super::Scheme;

/// One line per order, ascending from left to right; `=` joins what is equal.
fn check(scheme: Scheme, lines: &str) {
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        for triple in words.windows(3).step_by(2) {
            let [left, sign, right] = triple else { unreachable!() };
            let order = if *sign == "=" { Ordering::Equal } else { Ordering::Less };
            let (one, two) = (read(scheme, left), read(scheme, right));
            assert_eq!(one.total(&two), order, "{left} {sign} {right}");
            assert_eq!(two.total(&one), order.reverse(), "{right} against {left}");
        }
        // Each stands before all that follow, not only before its neighbor.
        for (at, left) in words.iter().enumerate().step_by(2) {
            for (behind, right) in words.iter().enumerate().skip(at + 2).step_by(2) {
                let between = &words[at..behind];
                let order = if between.contains(&"<") { Ordering::Less } else { Ordering::Equal };
                assert_eq!(read(scheme, left).total(&read(scheme, right)), order, "{left} and {right}");
            }
        }
    }
}

fn read(scheme: Scheme, text: &str) -> super::Version {
    scheme.parse(text).unwrap_or_else(|| panic!("`{text}` is not read"))
}

fn refused(scheme: Scheme, texts: &[&str]) {
    for text in texts {
        assert!(scheme.parse(text).is_none(), "`{text}` has no place in the order");
    }
}

#[test]
fn semantic_versions_follow_the_example_of_the_specification() {
    check(
        Scheme::SemVer,
        "1.0.0 < 2.0.0 < 2.1.0 < 2.1.1
         1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 < 1.0.0
         1.0.0-0 < 1.0.0-1 < 1.0.0-a
         1.0.0+one = 1.0.0+two
         1.9.0 < 1.10.0",
    );
}

#[test]
fn versions_of_go_are_semantic_ones_behind_a_v() {
    check(
        Scheme::SemVer,
        "v0.0.0-20190101000000-0123456789ab < v0.0.0-20200101000000-0123456789ab < v0.0.1
         v1.2.3 < v1.2.4-0.20191109021931-daa7c04131f5 < v1.2.4
         v2.0.0+incompatible = v2.0.0
         v1.2.4-pre.0.20191109021931-daa7c04131f5 < 1.2.4",
    );
}

#[test]
fn semantic_versions_need_three_numbers_in_use_and_fewer_in_bounds() {
    refused(
        Scheme::SemVer,
        &["1", "1.2", "", "latest", "1.2.3.4", "01.2.3", "99999999999999999999.0.0", "1.2.x"],
    );
    let bound = Scheme::SemVer.parse_bound("1.2").expect("a bound");
    assert_eq!(read(Scheme::SemVer, "1.2.0").against(&bound), Some(Ordering::Equal));
    assert!(Scheme::SemVer.parse_bound("1..2").is_none());
    assert!(Scheme::SemVer.parse_bound(".").is_none());
    assert!(Scheme::SemVer.parse_bound("1.x").is_none());
}

#[test]
fn build_metadata_tells_releases_apart_without_ordering_them() {
    let (one, two) = (read(Scheme::SemVer, "0.12.3+1.3.0"), read(Scheme::SemVer, "0.12.3+1.4.0"));
    assert_eq!(one.against(&two), Some(Ordering::Equal));
    assert!(!one.same_release(&two));
}

/// PEP 440, "Summary of permitted suffixes and relative ordering" and its examples.
#[test]
fn versions_of_python_follow_pep_440() {
    check(
        Scheme::Pep440,
        "1.dev0 < 1.0.dev456 < 1.0a1 < 1.0a2.dev456 < 1.0a12.dev456 < 1.0a12 < 1.0b1.dev456 < 1.0b2 < 1.0b2.post345.dev456 < 1.0b2.post345 < 1.0rc1.dev456 < 1.0rc1 < 1.0 < 1.0+abc.5 < 1.0+abc.7 < 1.0+5 < 1.0.post456.dev34 < 1.0.post456 < 1.0.15 < 1.1.dev1
         1.0 = 1.0.0 = 1 = v1.0
         1.0a1 = 1.0.alpha.1 = 1.0-ALPHA1 = 1.0_a-1
         1.0c1 = 1.0rc1 = 1.0.pre1 = 1.0-preview_1
         1.0-1 = 1.0.post1 = 1.0.rev1 = 1.0r1
         1.0a = 1.0a0
         1.0.post = 1.0.post0
         1.0.dev = 1.0.dev0
         2013.10 < 2014.04 < 1!1.0 < 2!0.1
         1.0+ubuntu-1 = 1.0+ubuntu_1 = 1.0+UBUNTU.1
         1.0+a < 1.0+a.1 < 1.0+1",
    );
    refused(
        Scheme::Pep440,
        &["", "french toast", "1.0.x", "1.0+", "1.0+_a", "0.1-bulbasaur", "1!", "1.0++a", "١.٠"],
    );
}

#[test]
fn a_local_label_does_not_leave_a_bound_that_has_none() {
    let bound = read(Scheme::Pep440, "2.0.1");
    assert_eq!(read(Scheme::Pep440, "2.0.1+cu118").against(&bound), Some(Ordering::Equal));
    let labelled = read(Scheme::Pep440, "2.0.1+cu117");
    assert_eq!(read(Scheme::Pep440, "2.0.1+cu118").against(&labelled), Some(Ordering::Greater));
}

/// The documentation of `Gem::Version`, "How the sorting works" and its prereleases.
#[test]
fn versions_of_ruby_follow_gem_version() {
    check(
        Scheme::Gem,
        "1.0.a.2 < 1.0.b1 < 1.0
         0.9 < 1.0.a < 1.0.a.2 < 1.0.b1 < 1.0.b10 < 1.0 < 1.0.1 < 1.1.a < 1.1
         1 = 1.0 = 1.0.0
         1.0.a = 1.0.0.a = 1.a
         3.0.0.beta4 < 3.0.pre < 3.0.0.rc
         1.0.0-beta = 1.0.0.pre.beta
         5.0.0.beta1 < 5.0.0.beta1.1 < 5.0.0.beta2 < 5.0.0.racecar1 < 5.0.0.rc1 < 5.0.0 < 5.0.0.1
         1.a.0.b < 1.a < 1.a.0.1
         1.9 < 1.10",
    );
    refused(Scheme::Gem, &["", "a", "1..2", "1.", ".1", "junk", "1.0_2", "1.0 beta"]);
}

/// Composer's normalized versions by the manual's order of `version_compare`.
#[test]
fn versions_of_php_follow_composer() {
    check(
        Scheme::Composer,
        "1.0-dev < 1.0-alpha < 1.0-alpha1 < 1.0-alpha2 < 1.0-beta1 < 1.0-RC1 < 1.0 < 1.0-patch1 < 1.0-patch2 < 1.0.1
         1.0 = 1.0.0 = v1.0.0.0 = 1.0-stable = 1.0.0+build.5
         1.0b2 = 1.0-beta.2 = 1.0.beta2
         1.0-RC1-dev < 1.0-RC1
         1.9 < 1.10
         1.0.0.1 < 1.0.1
         1.0pl1 = 1.0p1 = 1.0-patch.1",
    );
    refused(
        Scheme::Composer,
        &["", "dev-main", "2.x-dev", "1.0.x-dev", "20190101", "1.0.0.0.0", "1.0-foo", "1.0-Stable", "master"],
    );
}

#[test]
fn maven_has_no_exact_order_here() {
    assert_eq!(super::scheme(crate::packages::Ecosystem::Maven), None);
    assert_eq!(super::scheme(crate::packages::Ecosystem::NuGet), None);
}
