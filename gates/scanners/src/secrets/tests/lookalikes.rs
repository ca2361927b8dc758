//! What looks like a secret to a keyword, and is none.

use super::{ALNUM, fill, fired};

#[test]
fn standins_and_references_are_no_secrets() {
    for text in [
        "password = \"changeme123!\"",
        "password = \"your_password_1!\"",
        "password = \"xxxxxxxx1!\"",
        "password: \"${DB_PASSWORD_1}\"",
        "password: \"{{ vault_pass_1 }}\"",
        "password: \"<password1!>\"",
        "password = \"%(password)s!1\"",
        "password = os.environ[\"DB_PASSWORD_1!\"]",
        "password=\"$PASSWORD_1!\"",
        "token = \"test-token-1234567\"",
        "secret = \"example-secret-1234\"",
        "api_key = \"00000000000000000000\"",
        "api_key = \"abcdefghijklmnop1234\"",
        "const passwordInput = \"current-password\"",
        "autocomplete=\"new-password\"",
        "password_file = \"/run/secrets/db1!\"",
        "token_url = \"auth0.corp.io/token1\"",
        "tokenizer = \"cl100k_base_v2_2024\"",
        "secretName: \"db-credentials-v1-7f\"",
        "publicKey = \"a8d7f6a9s8d7f6a9s8d7\"",
        "key_token_id = \"a8d7f6a9s8d7f6a9s8d7\"",
        "let password = String::new();",
        "fn set_password(password: &str) {}",
        "max_tokens: 4096",
        "credentials: owner42/home#assets/crates-credentials",
        "api_token = \"projects/main-42/secrets/v1\"",
        "csrf_token = \"a8d7f6a9s8d7f6a9s8d7\"",
    ] {
        for path in ["a.py", "a.yml", ".env"] {
            assert_eq!(fired(path, text), [""; 0], "{path}: {text}");
        }
    }
}

#[test]
fn examples_of_issuers_are_no_secrets() {
    let documented = ["AKIA", "IOSFODNN7", "EXAMPLE"].concat();
    assert_eq!(fired("a", &documented), [""; 0]);
    let equal = ["ghp_", &"x".repeat(36)].concat();
    assert_eq!(fired("a", &equal), [""; 0]);
    let counted = ["sk_live_", "0123456789", "abcdefghijklmnop"].concat();
    assert_eq!(fired("a", &counted), [""; 0]);
}

/// Put together here, so that other scanners have nothing to say about this file.
#[test]
fn values_that_everybody_knows_are_no_secrets() {
    let account = [
        "Eby8vdM02xNOcqFlqUwJPLlm",
        "EtlCDXJ1OUzFT50uSRZ6IFsu",
        "Fq2UVErCz4I6tq/K1SZFPTOtr/",
        "KBHBeksoGMGw==",
    ];
    let token = [
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6",
        "IkpvaG4gRG9lIn0",
        ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6y",
    ];
    for text in [
        format!("AccountKey={}", account.concat()),
        token.concat(),
        format!("access_token: '{}{}'", "2YotnFZFEjr1zC", "sicMWpAA"),
    ] {
        assert_eq!(fired("a.py", &text), [""; 0], "{text}");
    }
}

#[test]
fn urls_of_nobody_are_no_secrets() {
    for url in [
        "postgres://postgres:postgres@db.corp.io/x",
        "postgres://app:s3cr3tpw@localhost:5432/x",
        "https://user:password@corp.io/",
        "https://user:pa55w0rd9@example.com/",
        "https://user:pa55w0rd9@api.example.org/",
        "https://user:***@corp.io",
        "https://{user}:{password}@corp.io",
        "https://corp.io:8080/@scope/x",
        "https://corp.io/a:b@c",
        "git@github.com:owner/name.git",
        "http://[::1]:80/@x",
    ] {
        assert_eq!(fired("a", url), [""; 0], "{url}");
    }
}

#[test]
fn digests_are_no_secrets() {
    let digest = fill("0123456789abcdef", 64);
    for text in [
        format!("checksum = \"{digest}\""),
        format!("token_sha = \"sha256:{digest}\""),
        format!("aws-sdk: {}", &digest[..40]),
        format!("\"integrity\": \"sha512-{}==\"", fill(ALNUM, 86)),
        format!("uses: actions/checkout@{}", &digest[..40]),
    ] {
        assert_eq!(fired("a.yml", &text), [""; 0], "{text}");
    }
}

#[test]
fn values_without_quotes_count_only_in_configurations() {
    let line = format!("db_password = {}9!", fill(ALNUM, 12));
    assert_eq!(fired("settings.ini", &line), ["configured-password"]);
    assert_eq!(fired("main.rs", &line), [""; 0]);
}
