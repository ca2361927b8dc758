//! `package-lock.json`, `pnpm-lock.yaml`, `yarn.lock`.

use expect_test::expect;

use super::check;

const MANIFEST: &str = r#"{ "name": "shop", "workspaces": ["parts/*"],
  "dependencies": { "left": "npm:left-pad@1.3.0", "chalk": "2.4.2" },
  "devDependencies": { "@types/ms": "0.7.31", "ms": "2.1.2" } }"#;

#[test]
fn npm_3_has_aliases_workspaces_and_licenses() {
    check(
        &[("package-lock.json", include_str!("data/npm-3.json"))],
        &expect![[r#"
        package-lock.json:23 pkg:npm/%40types/ms@0.7.31 direct dev Sha512:8a2520 <MIT>
        package-lock.json:29 pkg:npm/ansi-styles@3.2.1 Sha512:553d19 <MIT> -> color-convert
        package-lock.json:44 pkg:npm/chalk@2.4.2 direct Sha512:32d8be <MIT> -> ansi-styles, escape-string-regexp, supports-color
        package-lock.json:57 pkg:npm/color-convert@1.9.3 Sha512:41f014 <MIT> -> color-name
        package-lock.json:65 pkg:npm/color-name@1.1.3 Sha512:ef67d2 <MIT>
        package-lock.json:70 pkg:npm/escape-string-regexp@1.0.5 Sha512:bdb468 <MIT>
        package-lock.json:78 pkg:npm/has-flag@3.0.0 Sha512:b0a25f <MIT>
        package-lock.json:86 pkg:npm/left-pad@1.3.0 direct Sha512:5c8e4c <WTFPL>
        package-lock.json:92 pkg:npm/ms@2.1.2 direct dev Sha512:b0690f <MIT>
        package-lock.json:98 pkg:npm/supports-color@5.5.0 Sha512:423563 <MIT> -> has-flag
        package-lock.json:115 pkg:npm/ms@2.0.0 direct Sha512:4e9a7a <MIT>
    "#]],
    );
}

#[test]
fn npm_2_says_the_same_as_npm_3() {
    check(
        &[("package-lock.json", include_str!("data/npm-2.json"))],
        &expect![[r#"
        package-lock.json:23 pkg:npm/%40types/ms@0.7.31 direct dev Sha512:8a2520 <MIT>
        package-lock.json:29 pkg:npm/ansi-styles@3.2.1 Sha512:553d19 <MIT> -> color-convert
        package-lock.json:44 pkg:npm/chalk@2.4.2 direct Sha512:32d8be <MIT> -> ansi-styles, escape-string-regexp, supports-color
        package-lock.json:57 pkg:npm/color-convert@1.9.3 Sha512:41f014 <MIT> -> color-name
        package-lock.json:65 pkg:npm/color-name@1.1.3 Sha512:ef67d2 <MIT>
        package-lock.json:70 pkg:npm/escape-string-regexp@1.0.5 Sha512:bdb468 <MIT>
        package-lock.json:78 pkg:npm/has-flag@3.0.0 Sha512:b0a25f <MIT>
        package-lock.json:86 pkg:npm/left-pad@1.3.0 direct Sha512:5c8e4c <WTFPL>
        package-lock.json:92 pkg:npm/ms@2.1.2 direct dev Sha512:b0690f <MIT>
        package-lock.json:98 pkg:npm/supports-color@5.5.0 Sha512:423563 <MIT> -> has-flag
        package-lock.json:115 pkg:npm/ms@2.0.0 direct Sha512:4e9a7a <MIT>
    "#]],
    );
}

#[test]
fn npm_1_nests_and_asks_the_manifest_who_is_direct() {
    check(
        &[("package-lock.json", include_str!("data/npm-1.json")), ("package.json", MANIFEST)],
        &expect![[r#"
            package-lock.json:7 pkg:npm/%40types/ms@0.7.31 direct dev Sha512:8a2520
            package-lock.json:12 pkg:npm/ansi-styles@3.2.1 Sha512:553d19 -> color-convert
            package-lock.json:25 pkg:npm/ms@2.0.0 Sha512:4e9a7a
            package-lock.json:31 pkg:npm/chalk@2.4.2 direct Sha512:32d8be -> ansi-styles, escape-string-regexp, supports-color
            package-lock.json:40 pkg:npm/color-convert@1.9.3 Sha512:41f014 -> color-name
            package-lock.json:47 pkg:npm/color-name@1.1.3 Sha512:ef67d2
            package-lock.json:51 pkg:npm/escape-string-regexp@1.0.5 Sha512:bdb468
            package-lock.json:55 pkg:npm/has-flag@3.0.0 Sha512:b0a25f
            package-lock.json:59 pkg:npm/left-pad@1.3.0 direct Sha512:5c8e4c
            package-lock.json:63 pkg:npm/ms@2.1.2 direct dev Sha512:b0690f
            package-lock.json:68 pkg:npm/supports-color@5.5.0 Sha512:423563 -> has-flag
        "#]],
    );
}

#[test]
fn pnpm_5_has_slashes() {
    check(
        &[("pnpm-lock.yaml", include_str!("data/pnpm-5.yaml"))],
        &expect![[r#"
        pnpm-lock.yaml:26 pkg:npm/%40types/ms@0.7.31 direct dev Sha512:8a2520
        pnpm-lock.yaml:30 pkg:npm/ansi-styles@3.2.1 Sha512:553d19 -> color-convert
        pnpm-lock.yaml:37 pkg:npm/chalk@2.4.2 direct Sha512:32d8be -> ansi-styles, escape-string-regexp, supports-color
        pnpm-lock.yaml:46 pkg:npm/color-convert@1.9.3 Sha512:41f014 -> color-name
        pnpm-lock.yaml:52 pkg:npm/color-name@1.1.3 Sha512:ef67d2
        pnpm-lock.yaml:56 pkg:npm/escape-string-regexp@1.0.5 Sha512:bdb468
        pnpm-lock.yaml:61 pkg:npm/has-flag@3.0.0 Sha512:b0a25f
        pnpm-lock.yaml:66 pkg:npm/left-pad@1.3.0 direct Sha512:5c8e4c
        pnpm-lock.yaml:70 pkg:npm/ms@2.0.0 direct Sha512:4e9a7a
        pnpm-lock.yaml:74 pkg:npm/ms@2.1.2 direct dev Sha512:b0690f
        pnpm-lock.yaml:78 pkg:npm/supports-color@5.5.0 Sha512:423563 -> has-flag
    "#]],
    );
}

#[test]
fn pnpm_6_has_at_signs() {
    check(
        &[("pnpm-lock.yaml", include_str!("data/pnpm-6.yaml"))],
        &expect![[r#"
        pnpm-lock.yaml:33 pkg:npm/%40types/ms@0.7.31 direct dev Sha512:8a2520
        pnpm-lock.yaml:37 pkg:npm/ansi-styles@3.2.1 Sha512:553d19 -> color-convert
        pnpm-lock.yaml:44 pkg:npm/chalk@2.4.2 direct Sha512:32d8be -> ansi-styles, escape-string-regexp, supports-color
        pnpm-lock.yaml:53 pkg:npm/color-convert@1.9.3 Sha512:41f014 -> color-name
        pnpm-lock.yaml:59 pkg:npm/color-name@1.1.3 Sha512:ef67d2
        pnpm-lock.yaml:63 pkg:npm/escape-string-regexp@1.0.5 Sha512:bdb468
        pnpm-lock.yaml:68 pkg:npm/has-flag@3.0.0 Sha512:b0a25f
        pnpm-lock.yaml:73 pkg:npm/left-pad@1.3.0 direct Sha512:5c8e4c
        pnpm-lock.yaml:77 pkg:npm/ms@2.0.0 direct Sha512:4e9a7a
        pnpm-lock.yaml:81 pkg:npm/ms@2.1.2 direct dev Sha512:b0690f
        pnpm-lock.yaml:85 pkg:npm/supports-color@5.5.0 Sha512:423563 -> has-flag
    "#]],
    );
}

#[test]
fn pnpm_9_has_snapshots_and_dev_is_what_only_dev_reaches() {
    check(
        &[("pnpm-lock.yaml", include_str!("data/pnpm-9.yaml"))],
        &expect![[r#"
        pnpm-lock.yaml:33 pkg:npm/%40types/ms@0.7.31 direct dev Sha512:8a2520
        pnpm-lock.yaml:36 pkg:npm/ansi-styles@3.2.1 Sha512:553d19 -> color-convert
        pnpm-lock.yaml:40 pkg:npm/chalk@2.4.2 direct Sha512:32d8be -> ansi-styles, escape-string-regexp, supports-color
        pnpm-lock.yaml:44 pkg:npm/color-convert@1.9.3 Sha512:41f014 -> color-name
        pnpm-lock.yaml:47 pkg:npm/color-name@1.1.3 Sha512:ef67d2
        pnpm-lock.yaml:50 pkg:npm/escape-string-regexp@1.0.5 Sha512:bdb468
        pnpm-lock.yaml:54 pkg:npm/has-flag@3.0.0 Sha512:b0a25f
        pnpm-lock.yaml:58 pkg:npm/left-pad@1.3.0 direct Sha512:5c8e4c
        pnpm-lock.yaml:61 pkg:npm/ms@2.0.0 direct Sha512:4e9a7a
        pnpm-lock.yaml:64 pkg:npm/ms@2.1.2 direct dev Sha512:b0690f
        pnpm-lock.yaml:67 pkg:npm/supports-color@5.5.0 Sha512:423563 -> has-flag
    "#]],
    );
}

#[test]
fn peers_are_no_part_of_a_pnpm_package() {
    let five = "lockfileVersion: 5.4\ndependencies:\n  a_b: 1.0.0_react@18.2.0\npackages:\n\
                \x20 /a_b/1.0.0_react@18.2.0:\n    resolution: {integrity: x}\n    dependencies: {react: 18.2.0}\n\
                \x20 /a_b/1.0.0_react@17.0.0:\n    resolution: {integrity: x}\n\
                \x20 /@s/react/18.2.0_x+y@1.0.0:\n    resolution: {integrity: x}\n\
                \x20 /react/18.2.0:\n    resolution: {integrity: x}\n";
    let nine = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: 1\n\
                \x20       version: 1.0.0(react@18.2.0)\npackages:\n  a@1.0.0:\n    resolution: {integrity: x}\n\
                \x20 react@18.2.0:\n    resolution: {integrity: x}\n\
                snapshots:\n  a@1.0.0(react@18.2.0):\n    dependencies:\n      react: 18.2.0\n  react@18.2.0: {}\n";
    check(
        &[("5/pnpm-lock.yaml", five), ("9/pnpm-lock.yaml", nine)],
        &expect![[r#"
        5/pnpm-lock.yaml:8 pkg:npm/a_b@1.0.0 direct -> react
        5/pnpm-lock.yaml:10 pkg:npm/%40s/react@18.2.0
        5/pnpm-lock.yaml:12 pkg:npm/react@18.2.0
        9/pnpm-lock.yaml:9 pkg:npm/a@1.0.0 direct -> react
        9/pnpm-lock.yaml:11 pkg:npm/react@18.2.0
    "#]],
    );
}

#[test]
fn pnpm_packages_of_git_and_archives_have_their_names() {
    let text = "lockfileVersion: '9.0'\npackages:\n\
                \x20 is@https://codeload.github.com/o/is/tar.gz/abc:\n\
                \x20   resolution: {tarball: https://codeload.github.com/o/is/tar.gz/abc}\n    version: 3.3.0\n\
                \x20 own@file:../own:\n    resolution: {directory: ../own, type: directory}\n\
                \x20 g@git+https://git.example/g.git#abc:\n\
                \x20   resolution: {commit: abc, repo: https://git.example/g.git, type: git}\n    version: 1.0.0\n";
    check(
        &[("pnpm-lock.yaml", text)],
        &expect![[r#"
        pnpm-lock.yaml:3 pkg:npm/is@3.3.0 Url("https://codeload.github.com/o/is/tar.gz/abc")
        pnpm-lock.yaml:8 pkg:npm/g@1.0.0 Git("https://git.example/g.git#abc")
    "#]],
    );
}

#[test]
fn a_pnpm_file_may_have_two_documents() {
    let text = "---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    packageManagerDependencies:\n      pnpm:\n\
                \x20       specifier: 11\n        version: 11.0.0\npackages:\n  pnpm@11.0.0:\n    resolution: {integrity: x}\n\
                ---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: 1\n\
                \x20       version: 1.0.0\npackages:\n  a@1.0.0:\n    resolution: {integrity: x}\n";
    check(
        &[("pnpm-lock.yaml", text)],
        &expect![[r#"
        pnpm-lock.yaml:10 pkg:npm/pnpm@11.0.0 direct dev
        pnpm-lock.yaml:21 pkg:npm/a@1.0.0 direct
    "#]],
    );
}

#[test]
fn yarn_1_has_a_syntax_of_its_own() {
    check(
        &[("yarn.lock", include_str!("data/yarn-1.txt")), ("package.json", MANIFEST)],
        &expect![[r#"
        yarn.lock:5 pkg:npm/%40types/ms@0.7.31 direct Sha512:8a2520
        yarn.lock:10 pkg:npm/ansi-styles@3.2.1 Sha512:553d19 -> color-convert
        yarn.lock:17 pkg:npm/chalk@2.4.2 direct Sha512:32d8be -> ansi-styles, escape-string-regexp, supports-color
        yarn.lock:26 pkg:npm/color-convert@1.9.3 Sha512:41f014 -> color-name
        yarn.lock:33 pkg:npm/color-name@1.1.3 Sha512:ef67d2
        yarn.lock:38 pkg:npm/escape-string-regexp@1.0.5 Sha512:bdb468
        yarn.lock:43 pkg:npm/has-flag@3.0.0 Sha512:b0a25f
        yarn.lock:48 pkg:npm/left-pad@1.3.0 direct Sha512:5c8e4c
        yarn.lock:53 pkg:npm/ms@2.0.0 Sha512:4e9a7a
        yarn.lock:58 pkg:npm/ms@2.1.2 direct Sha512:b0690f
        yarn.lock:63 pkg:npm/supports-color@5.5.0 Sha512:423563 -> has-flag
    "#]],
    );
}

#[test]
fn yarn_1_hashes_are_in_addresses_where_nothing_else_has_them() {
    let text = "# yarn lockfile v1\n\n\"a@^1.0.0\", a@~1.0.1:\n  version \"1.0.1\"\n\
                \x20 resolved \"https://r.example/a/-/a-1.0.1.tgz#0123456789012345678901234567890123456789\"\n\n\
                \"g@git+https://git.example/g.git\":\n  version \"2.0.0\"\n\
                \x20 resolved \"git+https://git.example/g.git#0123456789012345678901234567890123456789\"\n\
                \x20 optionalDependencies:\n    a \"~1.0.1\"\n\n\
                \"own@link:./own\":\n  version \"0.0.0\"\n";
    check(
        &[("yarn.lock", text)],
        &expect![[r#"
        yarn.lock:3 pkg:npm/a@1.0.1 Sha1:012345
        yarn.lock:7 pkg:npm/g@2.0.0 Git("git+https://git.example/g.git#0123456789012345678901234567890123456789") -> a
    "#]],
    );
}

#[test]
fn later_yarns_write_yaml_and_say_what_is_a_workspace() {
    check(
        &[("yarn.lock", include_str!("data/yarn-4.txt"))],
        &expect![[r#"
        yarn.lock:8 pkg:npm/%40types/ms@0.7.31 direct
        yarn.lock:15 pkg:npm/ansi-styles@3.2.1 -> color-convert
        yarn.lock:32 pkg:npm/chalk@2.4.2 direct -> ansi-styles, escape-string-regexp, supports-color
        yarn.lock:43 pkg:npm/color-convert@1.9.3 -> color-name
        yarn.lock:52 pkg:npm/color-name@1.1.3
        yarn.lock:59 pkg:npm/escape-string-regexp@1.0.5
        yarn.lock:66 pkg:npm/has-flag@3.0.0
        yarn.lock:73 pkg:npm/left-pad@1.3.0 direct
        yarn.lock:80 pkg:npm/ms@2.0.0 direct
        yarn.lock:87 pkg:npm/ms@2.1.2 direct
        yarn.lock:105 pkg:npm/supports-color@5.5.0 -> has-flag
    "#]],
    );
}

#[test]
fn a_patched_package_is_the_package() {
    let text = "__metadata:\n  version: 8\n\n\"ts@patch:ts@npm%3A5.0.2#optional!builtin<compat/ts>\":\n  version: 5.0.2\n\
                \x20 resolution: \"ts@patch:ts@npm%3A5.0.2#optional!builtin<compat/ts>::version=5.0.2&hash=ad5954\"\n\
                \x20 languageName: node\n  linkType: hard\n";
    check(
        &[("yarn.lock", text)],
        &expect![[r#"
        yarn.lock:4 pkg:npm/ts@5.0.2
    "#]],
    );
}

#[test]
fn npm_knows_git_archives_and_folders() {
    let text = r#"{ "lockfileVersion": 3, "packages": {
  "": { "dependencies": { "g": "o/g", "f": "file:f.tgz" } },
  "node_modules/g": { "version": "1.0.0", "resolved": "git+ssh://git@git.example/o/g.git#abc" },
  "node_modules/f": { "version": "2.0.0", "resolved": "file:f.tgz", "license": { "type": "ISC" } },
  "node_modules/u": { "version": "3.0.0", "resolved": "https://a.example/u.tar.gz", "license": ["MIT", "ISC"] },
  "node_modules/own": { "resolved": "own", "link": true },
  "own": { "version": "0.0.1" } } }"#;
    check(
        &[("npm-shrinkwrap.json", text), ("package-lock.json", "{}")],
        &expect![[r#"
        npm-shrinkwrap.json:3 pkg:npm/g@1.0.0 direct Git("git+ssh://git@git.example/o/g.git#abc")
        npm-shrinkwrap.json:4 pkg:npm/f@2.0.0 direct Path("f.tgz") <ISC>
        npm-shrinkwrap.json:5 pkg:npm/u@3.0.0 Url("https://a.example/u.tar.gz") <(MIT OR ISC)>
    "#]],
    );
}

#[test]
fn bun_has_lists_and_commas_behind_the_last_entry() {
    check(
        &[("bun.lock", include_str!("data/bun.txt"))],
        &expect![[r#"
        bun.lock:25 pkg:npm/%40types/ms@0.7.31 direct dev Sha512:8a2520
        bun.lock:27 pkg:npm/ansi-styles@3.2.1 Sha512:553d19 -> color-convert
        bun.lock:31 pkg:npm/chalk@2.4.2 direct Sha512:32d8be -> ansi-styles, escape-string-regexp, supports-color
        bun.lock:33 pkg:npm/color-convert@1.9.3 Sha512:41f014 -> color-name
        bun.lock:35 pkg:npm/color-name@1.1.3 Sha512:ef67d2
        bun.lock:37 pkg:npm/escape-string-regexp@1.0.5 Sha512:bdb468
        bun.lock:39 pkg:npm/has-flag@3.0.0 Sha512:b0a25f
        bun.lock:41 pkg:npm/left-pad@1.3.0 direct Sha512:5c8e4c
        bun.lock:43 pkg:npm/ms@2.1.2 direct dev Sha512:b0690f
        bun.lock:45 pkg:npm/supports-color@5.5.0 Sha512:423563 -> has-flag
        bun.lock:47 pkg:npm/ms@2.0.0 direct Sha512:4e9a7a
    "#]],
    );
    let text = r#"{ "lockfileVersion": 1,
  "workspaces": { "": { "dependencies": { "g": "github:o/g", "@s/a": "1" } } },
  "packages": {
    "@s/a": ["@s/a@1.0.0", "", { "dependencies": { "b": "2" } }, "sha512-x"],
    "@s/a/b": ["b@2.0.0", "", {}, "sha512-x"],
    "@s/a/b/c": ["c@4.0.0", "", { "dependencies": { "b": "2" } }, "sha512-x"],
    "b": ["b@3.0.0", "", {}, "sha512-x"],
    "g": ["g@github:o/g#abc", { "dependencies": { "b": "3" } }, "o-g-abc"], } }"#;
    check(
        &[("bun.lock", text)],
        &expect![[r#"
        bun.lock:4 pkg:npm/%40s/a@1.0.0 direct -> b
        bun.lock:5 pkg:npm/b@2.0.0
        bun.lock:6 pkg:npm/c@4.0.0 -> b
        bun.lock:7 pkg:npm/b@3.0.0
        bun.lock:8 pkg:npm/g (no version) direct Git("github:o/g#abc") -> b
    "#]],
    );
    check(
        &[("bun.lock", "{ \"lockfileVersion\": 9 }")],
        &expect![[r#"
        unread bun.lock:1: `lockfileVersion` 9 is not known
    "#]],
    );
}
