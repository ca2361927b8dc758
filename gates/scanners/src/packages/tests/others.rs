//! Rust, Go, Java, Ruby, PHP, .NET.

use expect_test::expect;

use super::check;

#[test]
fn cargo_4_tells_two_versions_of_a_crate_apart() {
    check(
        &[("Cargo.lock", include_str!("data/cargo-4.txt"))],
        &expect![[r#"
        Cargo.lock:6 pkg:cargo/bitflags@1.3.2 direct Sha256:bef38d
        Cargo.lock:12 pkg:cargo/bitflags@2.4.0 direct Sha256:b4682a
        Cargo.lock:18 pkg:cargo/itoa@1.0.9 direct Sha256:af150a
        Cargo.lock:24 pkg:cargo/log@0.4.20 direct Sha256:b5e616
        Cargo.lock:30 pkg:cargo/proc-macro2@1.0.107 Sha256:985e7e -> unicode-ident
        Cargo.lock:39 pkg:cargo/quote@1.0.47 Sha256:1fbf4d -> proc-macro2
        Cargo.lock:48 pkg:cargo/semver@1.0.20 direct Sha256:836fa6 -> serde
        Cargo.lock:57 pkg:cargo/serde@1.0.229 Sha256:414859 -> serde_core
        Cargo.lock:66 pkg:cargo/serde_core@1.0.229 Sha256:67dca2 -> serde_derive
        Cargo.lock:75 pkg:cargo/serde_derive@1.0.229 Sha256:e7a5d7 -> proc-macro2, quote, syn
        Cargo.lock:97 pkg:cargo/syn@3.0.9 Sha256:d78c8d -> proc-macro2, quote, unicode-ident
        Cargo.lock:108 pkg:cargo/unicode-ident@1.0.27 Sha256:a2c754
    "#]],
    );
}

#[test]
fn cargo_1_keeps_checksums_apart() {
    let text = "[[package]]\nname = \"shop\"\nversion = \"0.1.0\"\ndependencies = [\n\
                \x20\"itoa 1.0.9 (registry+https://github.com/rust-lang/crates.io-index)\",\n]\n\n\
                [[package]]\nname = \"itoa\"\nversion = \"1.0.9\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\n\
                [[package]]\nname = \"g\"\nversion = \"0.2.0\"\nsource = \"git+https://git.example/g?branch=main#abc\"\n\n\
                [[package]]\nname = \"p\"\nversion = \"0.3.0\"\nsource = \"sparse+https://own.example/index/\"\n\n\
                [metadata]\n\"checksum itoa 1.0.9 (registry+https://github.com/rust-lang/crates.io-index)\" = \
                \"af150ab688ff2122fcef229be89cb50dd66af9e01a4ff320cc137eecc9bacc38\"\n";
    check(
        &[("Cargo.lock", text)],
        &expect![[r#"
        Cargo.lock:9 pkg:cargo/itoa@1.0.9 direct Sha256:af150a
        Cargo.lock:14 pkg:cargo/g@0.2.0 Git("https://git.example/g?branch=main#abc")
        Cargo.lock:19 pkg:cargo/p@0.3.0 OtherRegistry("https://own.example/index/")
    "#]],
    );
}

const SUM: &str = "github.com/A/b v1.2.0 h1:WTBP/2IEmBlZI2KYdOcrJhcUHcJCTgyNQTFuWcsnPUI=\n\
                   github.com/A/b v1.2.0/go.mod h1:WTBP/2IEmBlZI2KYdOcrJhcUHcJCTgyNQTFuWcsnPUI=\n\
                   github.com/A/b v1.10.0 h1:WTBP/2IEmBlZI2KYdOcrJhcUHcJCTgyNQTFuWcsnPUI=\n\
                   example.com/c/v2 v2.0.0-20200101000000-abcdefabcdef h1:WTBP/2IEmBlZI2KYdOcrJhcUHcJCTgyNQTFuWcsnPUI=\n\
                   example.com/d v3.0.0+incompatible/go.mod h1:WTBP/2IEmBlZI2KYdOcrJhcUHcJCTgyNQTFuWcsnPUI=\n";

#[test]
fn since_1_17_the_modules_of_go_mod_are_all() {
    let text = "module example.com/shop\n\ngo 1.21.3\n\ntoolchain go1.22.0\n\nrequire github.com/A/b v1.2.0\n\n\
                require (\n\texample.com/c/v2 v2.0.0-20200101000000-abcdefabcdef // indirect\n\
                \texample.com/old v1.0.0\n\texample.com/folder v0.0.0\n)\n\n\
                replace example.com/old v1.0.0 => example.com/new v1.1.0\n\
                replace example.com/folder => ./folder\n";
    check(
        &[("go.mod", text), ("go.sum", SUM)],
        &expect![[r#"
            go.mod:7 pkg:golang/github.com/a/b@v1.2.0 direct GoH1:59304f
            go.mod:10 pkg:golang/example.com/c/v2@v2.0.0-20200101000000-abcdefabcdef GoH1:59304f
            go.mod:11 pkg:golang/example.com/new@v1.1.0 direct
        "#]],
    );
}

#[test]
fn before_1_17_the_highest_versions_of_go_sum_are_added() {
    check(
        &[("go.mod", "module m\ngo 1.16\nrequire github.com/A/b v1.2.0\n"), ("go.sum", SUM)],
        &expect![[r#"
            go.mod:1 pkg:golang/example.com/c/v2@v2.0.0-20200101000000-abcdefabcdef GoH1:59304f
            go.mod:3 pkg:golang/github.com/a/b@v1.10.0 direct GoH1:59304f
        "#]],
    );
}

#[test]
fn an_old_go_mod_without_sums_names_direct_modules_only() {
    check(
        &[("go.mod", "module m\nrequire github.com/A/b v1.2.0\n")],
        &expect![[r#"
            go.mod:2 pkg:golang/github.com/a/b@v1.2.0 direct
            go.mod: DirectOnly
        "#]],
    );
}

#[test]
fn a_lone_go_sum_is_read_too() {
    check(
        &[("go.sum", SUM)],
        &expect![[r#"
            go.sum:3 pkg:golang/github.com/a/b@v1.10.0 GoH1:59304f
            go.sum:4 pkg:golang/example.com/c/v2@v2.0.0-20200101000000-abcdefabcdef GoH1:59304f
        "#]],
    );
}

#[test]
fn a_pom_names_what_it_asks_for_and_other_modules_are_the_product() {
    let parent = "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><groupId>org.shop</groupId>\n\
        <artifactId>parent</artifactId><version>1.0</version><properties><jackson>2.15.0</jackson></properties>\n\
        <dependencyManagement><dependencies><dependency><groupId>junit</groupId><artifactId>junit</artifactId>\n\
        <version>4.13.2</version><scope>test</scope></dependency></dependencies></dependencyManagement></project>";
    let module = "<?xml version=\"1.0\"?>\n<project>\n<parent><groupId>org.shop</groupId><artifactId>parent</artifactId>\n\
        <version>1.0</version></parent>\n<artifactId>cart</artifactId>\n<dependencies>\n\
        <dependency><groupId>com.fasterxml.jackson.core</groupId><artifactId>jackson-databind</artifactId>\n\
        <version>${jackson}</version></dependency>\n\
        <dependency><groupId>junit</groupId><artifactId>junit</artifactId></dependency>\n\
        <dependency><groupId>x</groupId><artifactId>unknown</artifactId></dependency>\n\
        <dependency><groupId>x</groupId><artifactId>range</artifactId><version>[1,2)</version></dependency>\n\
        <dependency><groupId>${project.groupId}</groupId><artifactId>base</artifactId><version>${project.version}</version></dependency>\n\
        </dependencies>\n<profiles><profile><dependencies>\n\
        <dependency><groupId>x</groupId><artifactId>profile</artifactId><version>3</version></dependency>\n\
        </dependencies></profile></profiles></project>\n";
    let base = "<project><parent><groupId>org.shop</groupId><artifactId>parent</artifactId><version>1.0</version></parent>\n\
        <artifactId>base</artifactId></project>";
    check(
        &[("pom.xml", parent), ("cart/pom.xml", module), ("base/pom.xml", base)],
        &expect![[r#"
            cart/pom.xml:7 pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.15.0 direct
            cart/pom.xml:9 pkg:maven/junit/junit@4.13.2 direct dev
            cart/pom.xml:10 pkg:maven/x/unknown (no version) direct
            cart/pom.xml:11 pkg:maven/x/range (no version) direct
            cart/pom.xml:15 pkg:maven/x/profile@3 direct
            cart/pom.xml: DirectOnly
        "#]],
    );
}

#[test]
fn gradle_tells_configurations_of_tests() {
    let text = "# This is a Gradle generated file for dependency locking.\n\
                com.google.guava:guava:32.1.0-jre=compileClasspath,runtimeClasspath\n\
                junit:junit:4.13.2=testCompileClasspath,testRuntimeClasspath\nempty=annotationProcessor\n";
    check(
        &[("app/gradle.lockfile", text)],
        &expect![[r#"
        app/gradle.lockfile:2 pkg:maven/com.google.guava/guava@32.1.0-jre
        app/gradle.lockfile:3 pkg:maven/junit/junit@4.13.2 dev
    "#]],
    );
}

#[test]
fn a_gem_for_several_platforms_is_one_package() {
    let text = "GIT\n  remote: https://git.example/g.git\n  revision: abc\n  specs:\n    g (0.1.0)\n      rake\n\n\
                PATH\n  remote: .\n  specs:\n    own (0.1.0)\n      nokogiri (~> 1.15)\n\n\
                GEM\n  remote: https://rubygems.org/\n  specs:\n    nokogiri (1.15.4)\n      mini_portile2 (~> 2.8.2)\n\
                \x20   nokogiri (1.15.4-x86_64-linux)\n      racc (~> 1.4)\n    mini_portile2 (2.8.4)\n    racc (1.7.1)\n    rake (13.0.6)\n\n\
                PLATFORMS\n  ruby\n  x86_64-linux\n\nDEPENDENCIES\n  g!\n  own!\n  rake (~> 13.0)\n\n\
                CHECKSUMS\n  rake (13.0.6) sha256=4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\n\n\
                BUNDLED WITH\n   2.4.10\n";
    check(
        &[("Gemfile.lock", text)],
        &expect![[r#"
        Gemfile.lock:5 pkg:gem/g@0.1.0 direct Git("https://git.example/g.git#abc") -> rake
        Gemfile.lock:17 pkg:gem/nokogiri@1.15.4 direct -> mini_portile2, racc
        Gemfile.lock:21 pkg:gem/mini_portile2@2.8.4
        Gemfile.lock:22 pkg:gem/racc@1.7.1
        Gemfile.lock:23 pkg:gem/rake@13.0.6 direct Sha256:4721f3
    "#]],
    );
}

#[test]
fn composer_states_licenses() {
    let text = r#"{ "packages": [
  { "name": "Monolog/monolog", "version": "3.5.0", "require": { "php": ">=8.1", "psr/log": "^3" },
    "dist": { "type": "zip", "shasum": "" }, "license": ["MIT"], "notification-url": "https://packagist.org/downloads/" },
  { "name": "psr/log", "version": "3.0.0", "license": ["MIT", "GPL-2.0-only"], "require": [],
    "notification-url": "https://packagist.org/downloads/" },
  { "name": "own/part", "version": "dev-main", "dist": { "type": "path", "url": "../part" } } ],
  "packages-dev": [
  { "name": "o/vcs", "version": "v1.0.0", "source": { "type": "git", "url": "https://git.example/o/vcs.git", "reference": "abc" } } ] }"#;
    let manifest = r#"{ "require": { "monolog/monolog": "^3" }, "require-dev": { "o/vcs": "1" } }"#;
    check(
        &[("composer.lock", text), ("composer.json", manifest)],
        &expect![[r#"
        composer.lock:2 pkg:composer/monolog/monolog@3.5.0 direct <MIT> -> psr/log
        composer.lock:4 pkg:composer/psr/log@3.0.0 <(MIT OR GPL-2.0-only)>
        composer.lock:8 pkg:composer/o/vcs@v1.0.0 direct dev Git("https://git.example/o/vcs.git#abc")
    "#]],
    );
}

#[test]
fn nuget_lists_by_framework() {
    let text = r#"{ "version": 1, "dependencies": {
  "net6.0": {
    "Newtonsoft.Json": { "type": "Direct", "requested": "[13.0.1, )", "resolved": "13.0.1",
      "contentHash": "NNIAjCKPQpQfCMeB7z+V7YOnLM9Tr3OU/6QBZkgzwH6hvCW7y3TIuYC3Z6aFyxnCbDj6mxSMWgh1Xd6bdRE6Ng==",
      "dependencies": { "System.Memory": "4.5.4" } },
    "System.Memory": { "type": "Transitive", "resolved": "4.5.4" },
    "own": { "type": "Project", "dependencies": { "System.Memory": "4.5.4" } } },
  "net8.0": { "Newtonsoft.Json": { "type": "Direct", "resolved": "13.0.1" } } } }"#;
    check(
        &[("packages.lock.json", text)],
        &expect![[r#"
        packages.lock.json:3 pkg:nuget/Newtonsoft.Json@13.0.1 direct Sha512:34d200 -> System.Memory
        packages.lock.json:6 pkg:nuget/System.Memory@4.5.4 direct
    "#]],
    );
}
