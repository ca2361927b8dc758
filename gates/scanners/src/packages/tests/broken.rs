//! A lock file that cannot be read is no shorter list.

use std::path::Path;

use expect_test::expect;

use super::{check, read, tree_of};
use crate::packages::format::{File, Format};

#[test]
fn each_format_says_where_it_ends_too_early() {
    check(
        &[
            ("a/Cargo.lock", "version = 4\n[[package]]\nname = \"x"),
            ("b/package-lock.json", "{ \"lockfileVersion\": 3,\n \"packages\": {"),
            ("c/pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n  'a@1"),
            ("d/yarn.lock", "# yarn lockfile v1\n\na@1:\n  version \"1"),
            ("e/uv.lock", "version = 1\n[[package]]\nname = \"x\"\n"),
            ("f/poetry.lock", "[[package]]\nname = \"x\"\nversion = \"1\"\n"),
            ("g/Pipfile.lock", "{}"),
            ("h/go.mod", "module m\nrequire (\n\ta v1\n"),
            ("i/pom.xml", "<project><dependencies>"),
            ("j/composer.lock", "{}"),
            ("k/packages.lock.json", "{ \"version\": 9 }"),
            ("l/Gemfile.lock", ""),
            ("m/gradle.lockfile", "a:b\n"),
            ("n/pdm.lock", ""),
        ],
        &expect![[r#"
            unread a/Cargo.lock:3: it is not TOML: invalid basic string, expected `"`
            unread b/package-lock.json:2: it is not JSON: EOF while parsing an object
            unread c/pnpm-lock.yaml:3: it is not YAML: unclosed quote
            unread d/yarn.lock:4: the line is none of a yarn.lock
            unread e/uv.lock:2: `source` of `x` is missing
            unread f/poetry.lock:1: `metadata` is missing
            unread g/Pipfile.lock:1: `_meta` is missing
            unread h/go.mod: the block `require` does not end: the file is cut off
            unread i/pom.xml:1: it is cut off
            unread j/composer.lock:1: `packages` is missing
            unread k/packages.lock.json:1: version 9 of the format is not known
            unread l/Gemfile.lock: it has no section of a Gemfile.lock
            unread m/gradle.lockfile:1: the line is not `group:artifact:version=configurations`
            unread n/pdm.lock:1: `metadata` is missing
        "#]],
    );
}

#[test]
fn a_version_that_is_not_known_is_not_guessed() {
    check(
        &[
            ("a/Cargo.lock", "version = 5\n"),
            ("b/package-lock.json", "{ \"lockfileVersion\": 4 }"),
            ("c/pnpm-lock.yaml", "lockfileVersion: '10.0'\n"),
            ("d/yarn.lock", "a@1:\n  version \"1\"\n"),
            ("e/uv.lock", "version = 2\n"),
            ("f/poetry.lock", "[metadata]\nlock-version = \"3.0\"\n"),
        ],
        &expect![[r#"
            unread a/Cargo.lock:1: version 5 of the format is not known
            unread b/package-lock.json:1: `lockfileVersion` 4 is not known
            unread c/pnpm-lock.yaml:1: `lockfileVersion` 10.0 is not known
            unread d/yarn.lock:1: neither `# yarn lockfile v1` nor `__metadata` says which version it is
            unread e/uv.lock:1: version 2 of the format is not known
            unread f/poetry.lock:1: `lock-version` 3 is not known
        "#]],
    );
}

#[test]
fn a_key_that_is_there_twice_is_refused() {
    check(
        &[
            ("a/package-lock.json", "{ \"lockfileVersion\": 3, \"packages\": {},\n \"packages\": {} }"),
            ("b/pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages: {}\npackages: {}\n"),
            ("c/Cargo.lock", "version = 4\nversion = 4\n"),
        ],
        &expect![[r#"
            unread a/package-lock.json:2: it is not JSON: the key `packages` is there twice
            unread b/pnpm-lock.yaml:3: the key `packages` is there twice
            unread c/Cargo.lock:2: it is not TOML: duplicate key
        "#]],
    );
}

#[test]
fn values_of_another_kind_are_refused_with_their_line() {
    check(
        &[
            (
                "a/package-lock.json",
                "{ \"lockfileVersion\": 3, \"packages\": {\n \"node_modules/a\": {\n \"version\": [] } } }",
            ),
            ("b/Cargo.lock", "version = 4\n[[package]]\nname = 1\nversion = \"1\"\nsource = []\n"),
            (
                "c/Cargo.lock",
                "version = 4\n[[package]]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"gone\"]\n",
            ),
            ("d/pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n  a@1.0.0: 1\n"),
            ("e/yarn.lock", "__metadata:\n  version: 8\na@npm:1: &x\n  b: *x\n"),
        ],
        &expect![[r#"
            unread a/package-lock.json:3: `version` is no text
            unread b/Cargo.lock:5: `source` is no text
            unread c/Cargo.lock:5: `gone` is needed and not locked
            unread d/pnpm-lock.yaml:3: a package is no map
            unread e/yarn.lock:4: it has an alias, which no lock file has
        "#]],
    );
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let root = tree_of(&[]);
    std::fs::write(root.path().join("requirements.txt"), b"six==1.0\n\xff\xfe").unwrap();
    std::fs::write(root.path().join("yarn.lock"), b"\xef\xbb\xbf# yarn lockfile v1\n").unwrap();
    let inventory = read(root.path());
    expect![[r#"
        unread requirements.txt: it is not UTF-8: byte 10 begins no character
    "#]]
    .assert_eq(&super::shown(&inventory));
    assert_eq!(inventory.locks.len(), 1, "a byte order mark is no part of the text");
}

#[test]
fn values_that_lie_too_deep_are_refused() {
    let json = format!("{{ \"lockfileVersion\": 3, \"packages\": {}{} }}", "[".repeat(500), "]".repeat(500));
    let yaml = format!("lockfileVersion: '9.0'\npackages: {}{}\n", "[".repeat(500), "]".repeat(500));
    let toml = format!("version = 4\npackage = {}{}\n", "[".repeat(500), "]".repeat(500));
    let xml = "<project>".to_owned() + &"<a>".repeat(500);
    check(
        &[
            ("a/package-lock.json", &json),
            ("b/pnpm-lock.yaml", &yaml),
            ("c/Cargo.lock", &toml),
            ("d/pom.xml", &xml),
        ],
        &expect![[r#"
            unread a/package-lock.json:1: it is not JSON: recursion limit exceeded
            unread b/pnpm-lock.yaml:2: it is not YAML: recursion limit exceeded
            unread c/Cargo.lock:2: it is not TOML: cannot recurse further; max recursion depth met
            unread d/pom.xml:1: elements lie more than 100 levels deep inside each other
        "#]],
    );
}

/// Every beginning of every real file either reads or is refused; nothing panics.
#[test]
fn any_cut_of_a_real_file_is_survived() {
    let files = [
        ("package-lock.json", include_str!("data/npm-1.json")),
        ("package-lock.json", include_str!("data/npm-3.json")),
        ("pnpm-lock.yaml", include_str!("data/pnpm-5.yaml")),
        ("pnpm-lock.yaml", include_str!("data/pnpm-9.yaml")),
        ("bun.lock", include_str!("data/bun.txt")),
        ("yarn.lock", include_str!("data/yarn-1.txt")),
        ("yarn.lock", include_str!("data/yarn-4.txt")),
        ("uv.lock", include_str!("data/uv.txt")),
        ("Pipfile.lock", include_str!("data/pipfile.json")),
        ("Cargo.lock", include_str!("data/cargo-4.txt")),
        ("requirements.txt", include_str!("data/uv-export.txt")),
    ];
    for (name, text) in files {
        for end in (0..text.len()).step_by(37).filter(|end| text.is_char_boundary(*end)) {
            let root = tree_of(&[(name, &text[..end])]);
            let inventory = read(root.path());
            assert_eq!(
                inventory.locks.len() + usize::from(!inventory.unread.is_empty()).min(1),
                1,
                "{name} cut at {end}"
            );
        }
    }
}

/// Bytes of real files are replaced, doubled and dropped by dice that always fall the same; nothing panics.
#[test]
fn any_damage_to_a_real_file_is_survived() {
    let files = [
        ("package-lock.json", include_str!("data/npm-1.json")),
        ("package-lock.json", include_str!("data/npm-2.json")),
        ("pnpm-lock.yaml", include_str!("data/pnpm-5.yaml")),
        ("pnpm-lock.yaml", include_str!("data/pnpm-6.yaml")),
        ("pnpm-lock.yaml", include_str!("data/pnpm-9.yaml")),
        ("bun.lock", include_str!("data/bun.txt")),
        ("yarn.lock", include_str!("data/yarn-1.txt")),
        ("yarn.lock", include_str!("data/yarn-4.txt")),
        ("uv.lock", include_str!("data/uv.txt")),
        ("Pipfile.lock", include_str!("data/pipfile.json")),
        ("Cargo.lock", include_str!("data/cargo-4.txt")),
        ("requirements.txt", include_str!("data/uv-export.txt")),
        (
            "Gemfile.lock",
            "GEM\n  remote: x\n  specs:\n    a (1.0-x86)\n      b (~> 2)\n\nDEPENDENCIES\n  a!\n\nCHECKSUMS\n  a (1.0) sha256=00\n",
        ),
        ("go.mod", "module m // x\ngo 1.21\nrequire (\n\ta/b v1.0.0 // indirect\n)\nreplace a/b => ./c\n"),
        (
            "pom.xml",
            "<project><properties><v>${w}</v></properties><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId><version>${v}</version></dependency></dependencies></project>",
        ),
        ("gradle.lockfile", "a:b:1=testX,y\nempty=\n"),
    ];
    let marks: Vec<char> = "\"'{}[]()<>:@=,#-_/\\ \n\t0a\u{e9}\u{1f600}".chars().collect();
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut throw = |sides: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % sides
    };
    let root = Path::new("/nowhere");
    for (path, text) in files {
        let letters: Vec<char> = text.chars().collect();
        for _ in 0..300 {
            let mut damaged = letters.clone();
            for _ in 0..=throw(4) {
                let at = throw(damaged.len());
                match throw(3) {
                    0 => damaged[at] = marks[throw(marks.len())],
                    1 => damaged.insert(at, marks[throw(marks.len())]),
                    _ => drop(damaged.drain(at..(at + 1 + throw(9)).min(damaged.len()))),
                }
            }
            let text: String = damaged.into_iter().collect();
            let format = Format::of(path).unwrap();
            if let Ok(read) = format.read(&File { root, path, text: &text }) {
                let count = read.found.len();
                assert!(
                    read.found.iter().flat_map(|one| one.needs.iter().flatten()).all(|at| *at < count),
                    "{path}"
                );
            }
        }
    }
}
