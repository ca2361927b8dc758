//! Trees in, lists of components out. Only the helpers here know the API.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Options, Report};
use crate::packages;

const NPM: &str = include_str!("../packages/tests/data/npm-3.json");
const CARGO: &str = include_str!("../packages/tests/data/cargo-4.txt");
const UV: &str = include_str!("../packages/tests/data/uv.txt");

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn options() -> Options {
    Options { name: "shop".to_owned(), ..Options::default() }
}

fn scan(root: &Path, options: &Options) -> Report {
    super::scan(root, packages::inventory(root, &packages::Options::default()).unwrap(), options)
}

fn listed(root: &Path) -> Report {
    scan(root, &options())
}

fn check(files: &[(&str, &str)], expected: &Expect) {
    let report = listed(tree(files).path());
    expected.assert_eq(&String::from_utf8(report.document).unwrap());
}

#[test]
fn a_component_has_its_places_hashes_licenses_and_needs() {
    let lock = r#"{ "lockfileVersion": 3, "packages": {
  "": { "name": "shop" },
  "node_modules/@s/a": { "version": "1.0.0", "license": "(MIT OR Apache-2.0)",
    "integrity": "sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "dependencies": { "b": "2" } },
  "node_modules/b": { "version": "2.0.0", "license": "MIT", "dev": true,
    "resolved": "git+ssh://user:token@git.example/o/b.git#abc" },
  "node_modules/c": { "version": "3.0.0", "license": "Own License 1" } } }"#;
    let manifest = r#"{ "name": "shop", "version": "1.2.0", "license": "ISC" }"#;
    check(
        &[("package-lock.json", lock), ("web/package-lock.json", lock), ("package.json", manifest)],
        &expect![[r#"
            {
              "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
              "bomFormat": "CycloneDX",
              "specVersion": "1.6",
              "serialNumber": "urn:uuid:3fe75add-a861-8443-835f-b7aedbfa263e",
              "version": 1,
              "metadata": {
                "tools": {
                  "components": [
                    {
                      "type": "application",
                      "name": "dod",
                      "version": "0.1.0"
                    }
                  ]
                },
                "component": {
                  "type": "application",
                  "bom-ref": "pkg:npm/shop@1.2.0",
                  "name": "shop",
                  "version": "1.2.0",
                  "licenses": [
                    {
                      "license": {
                        "id": "ISC"
                      }
                    }
                  ],
                  "purl": "pkg:npm/shop@1.2.0"
                },
                "properties": [
                  {
                    "name": "dod:lock",
                    "value": "package-lock.json sha256:e1d2d2909b42aa8e2447ea1ab57b72c427e7b10f44a3756cb31d57d06e32c33c"
                  },
                  {
                    "name": "dod:lock",
                    "value": "web/package-lock.json sha256:e1d2d2909b42aa8e2447ea1ab57b72c427e7b10f44a3756cb31d57d06e32c33c"
                  }
                ]
              },
              "components": [
                {
                  "type": "library",
                  "bom-ref": "pkg:npm/%40s/a@1.0.0",
                  "group": "@s",
                  "name": "a",
                  "version": "1.0.0",
                  "hashes": [
                    {
                      "alg": "SHA-1",
                      "content": "0000000000000000000000000000000000000000"
                    }
                  ],
                  "licenses": [
                    {
                      "expression": "(MIT OR Apache-2.0)"
                    }
                  ],
                  "purl": "pkg:npm/%40s/a@1.0.0",
                  "evidence": {
                    "occurrences": [
                      {
                        "location": "package-lock.json",
                        "line": 3
                      },
                      {
                        "location": "web/package-lock.json",
                        "line": 3
                      }
                    ]
                  }
                },
                {
                  "type": "library",
                  "bom-ref": "pkg:npm/b@2.0.0",
                  "name": "b",
                  "version": "2.0.0",
                  "scope": "excluded",
                  "licenses": [
                    {
                      "license": {
                        "id": "MIT"
                      }
                    }
                  ],
                  "purl": "pkg:npm/b@2.0.0",
                  "evidence": {
                    "occurrences": [
                      {
                        "location": "package-lock.json",
                        "line": 5
                      },
                      {
                        "location": "web/package-lock.json",
                        "line": 5
                      }
                    ]
                  },
                  "properties": [
                    {
                      "name": "dod:source",
                      "value": "git git+ssh://git.example/o/b.git#abc"
                    }
                  ]
                },
                {
                  "type": "library",
                  "bom-ref": "pkg:npm/c@3.0.0",
                  "name": "c",
                  "version": "3.0.0",
                  "licenses": [
                    {
                      "license": {
                        "name": "Own License 1"
                      }
                    }
                  ],
                  "purl": "pkg:npm/c@3.0.0",
                  "evidence": {
                    "occurrences": [
                      {
                        "location": "package-lock.json",
                        "line": 7
                      },
                      {
                        "location": "web/package-lock.json",
                        "line": 7
                      }
                    ]
                  }
                }
              ],
              "dependencies": [
                {
                  "ref": "pkg:npm/shop@1.2.0",
                  "dependsOn": []
                },
                {
                  "ref": "pkg:npm/%40s/a@1.0.0",
                  "dependsOn": [
                    "pkg:npm/b@2.0.0"
                  ]
                },
                {
                  "ref": "pkg:npm/b@2.0.0",
                  "dependsOn": []
                },
                {
                  "ref": "pkg:npm/c@3.0.0",
                  "dependsOn": []
                }
              ],
              "compositions": [
                {
                  "aggregate": "complete",
                  "assemblies": [
                    "pkg:npm/shop@1.2.0"
                  ]
                }
              ]
            }
        "#]],
    );
}

#[test]
fn the_same_tree_gives_the_same_bytes_and_another_one_another_serial() {
    let files = [("package-lock.json", NPM), ("sub/Cargo.lock", CARGO), ("uv.lock", UV)];
    let (one, other) = (tree(&files), tree(&files));
    assert_eq!(listed(one.path()).document, listed(other.path()).document);
    let serial = |document: &[u8]| serde_json::from_slice::<Value>(document).unwrap()["serialNumber"].clone();
    let before = serial(&listed(one.path()).document);
    fs::write(one.path().join("uv.lock"), "version = 1\n").unwrap();
    assert_ne!(before, serial(&listed(one.path()).document));
}

#[test]
fn what_a_list_lacks_is_said() {
    let root = tree(&[
        ("requirements.txt", "flask\nsix==1.17.0\n"),
        (
            "pom.xml",
            "<project><artifactId>a</artifactId><dependencies><dependency><groupId>g</groupId><artifactId>b</artifactId><version>1</version></dependency></dependencies></project>",
        ),
        ("broken/Cargo.lock", "version = 9\n"),
    ]);
    let report = scan(root.path(), &Options { unlocked: vec!["web/package.json".into()], ..options() });
    expect![[r#"
        broken/Cargo.lock:1: version 9 of the format is not known
        pom.xml: it names what the product asks for, not what that needs
        web/package.json: it asks for packages, and no lock file says which
        requirements.txt:1: `flask` has no version"#]]
    .assert_eq(&[report.holes, report.loose].concat().join("\n"));
    let document: Value = serde_json::from_slice(&report.document).unwrap();
    assert_eq!(document["compositions"][0]["aggregate"], "incomplete");
}

#[test]
fn a_list_is_complete_only_if_every_file_is() {
    let aggregate = |files: &[(&str, &str)]| {
        let document: Value = serde_json::from_slice(&listed(tree(files).path()).document).unwrap();
        document["compositions"][0]["aggregate"].as_str().unwrap().to_owned()
    };
    assert_eq!(aggregate(&[("uv.lock", UV)]), "complete");
    assert_eq!(aggregate(&[("uv.lock", UV), ("requirements.txt", "six==1.17.0\n")]), "unknown");
}

#[test]
fn the_product_is_what_the_manifest_at_the_root_says() {
    let product = |files: &[(&str, &str)]| {
        let document: Value = serde_json::from_slice(&listed(tree(files).path()).document).unwrap();
        document["metadata"]["component"].to_string()
    };
    expect![[r#"{"type":"application","bom-ref":"pkg:cargo/p@0.3.0","name":"p","version":"0.3.0","licenses":[{"license":{"name":"MIT/Apache-2.0"}}],"purl":"pkg:cargo/p@0.3.0"}"#]].assert_eq(&product(&[("Cargo.toml", "[package]\nname = \"p\"\nversion.workspace = true\nlicense = \"MIT/Apache-2.0\"\n[workspace.package]\nversion = \"0.3.0\"\n")]));
    expect![[r#"{"type":"application","bom-ref":"pkg:golang/example.com/p","name":"example.com/p","purl":"pkg:golang/example.com/p"}"#]].assert_eq(&product(&[("go.mod", "module example.com/p // x\n")]));
    expect![[r#"{"type":"application","bom-ref":"product:shop","name":"shop"}"#]].assert_eq(&product(&[]));
}

#[test]
fn a_product_that_needs_its_own_release_is_told_apart_from_it() {
    let lock = r#"{"name": "tool", "version": "1.2.0", "lockfileVersion": 3, "packages": {
        "": {"name": "tool", "version": "1.2.0", "devDependencies": {"linter": "^1"}},
        "node_modules/linter": {"version": "1.0.0", "dev": true, "dependencies": {"tool": "^1"}},
        "node_modules/tool": {"version": "1.2.0", "dev": true}}}"#;
    let manifest = r#"{"name": "tool", "version": "1.2.0"}"#;
    let root = tree(&[("package-lock.json", lock), ("package.json", manifest)]);
    let document: Value = serde_json::from_slice(&listed(root.path()).document).unwrap();
    let of = |value: &Value, key: &str| value[key].as_str().unwrap().to_owned();
    let product = of(&document["metadata"]["component"], "bom-ref");
    assert_eq!(product, "product:tool");
    let mut all: Vec<String> =
        document["components"].as_array().unwrap().iter().map(|one| of(one, "bom-ref")).collect();
    all.push(product.clone());
    let listed: std::collections::BTreeSet<&String> = all.iter().collect();
    assert_eq!(listed.len(), all.len(), "{all:?}");
    let refs: Vec<String> =
        document["dependencies"].as_array().unwrap().iter().map(|one| of(one, "ref")).collect();
    assert_eq!(refs.iter().filter(|one| **one == product).count(), 1, "{refs:?}");
    assert_eq!(document["compositions"][0]["assemblies"][0], json!("product:tool"));
}

/// Every real lock file gives a document that the official schema accepts.
#[test]
fn documents_are_what_the_schema_says() {
    let corpus = std::env::var("DOD_CORPUS")
        .map(PathBuf::from)
        .unwrap_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"));
    let schema = |name: &str| -> Option<Value> {
        serde_json::from_str(&fs::read_to_string(corpus.join("schemas").join(name)).ok()?).ok()
    };
    let (Some(bom), Some(spdx), Some(jsf)) = (
        schema("cyclonedx-bom-1.6.schema.json"),
        schema("cyclonedx-spdx.schema.json"),
        schema("cyclonedx-jsf-0.82.schema.json"),
    ) else {
        return eprintln!("skipped: no schemas in {}", corpus.display());
    };
    let registry = jsonschema::Registry::new()
        .add("http://cyclonedx.org/schema/spdx.schema.json", &spdx)
        .unwrap()
        .add("http://cyclonedx.org/schema/jsf-0.82.schema.json", &jsf)
        .unwrap()
        .prepare()
        .unwrap();
    let validator = jsonschema::options().with_registry(&registry).build(&bom).unwrap();
    let root = tree(&[
        ("package-lock.json", NPM),
        ("sub/Cargo.lock", CARGO),
        ("py/uv.lock", UV),
        ("yarn/yarn.lock", include_str!("../packages/tests/data/yarn-4.txt")),
        ("go/go.mod", "module m\ngo 1.20\nrequire github.com/A/b v1.2.0+incompatible\n"),
        ("requirements.txt", "flask\ng @ git+https://git.example/g.git\n"),
        (
            "composer/composer.lock",
            r#"{"packages":[{"name":"a/b","version":"v1","license":["MIT","No such thing"]}]}"#,
        ),
    ]);
    let wanted = Options { timestamp: Some("2026-11-21T00:00:00Z".into()), ..options() };
    let document: Value = serde_json::from_slice(&scan(root.path(), &wanted).document).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}
