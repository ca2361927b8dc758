//! One genuine-looking text for each rule, and near misses of it.

use super::{ALNUM, DIGITS, LOWER_HEX, RULES, UPPER, fill, fired, found, tree, whole_tree};

fn hex(length: usize) -> String {
    fill(LOWER_HEX, length)
}

fn any(length: usize) -> String {
    fill(ALNUM, length)
}

fn uuid() -> String {
    let digits = hex(32);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

/// A rule, a file, a text with the secret, and the same text spoiled.
type Sample = (&'static str, &'static str, String, String);

fn samples() -> Vec<Sample> {
    [keys_and_clouds(), sources_and_chat(), shops_and_shapes(), more_issuers()].concat()
}

/// A secret between quotes, and only a third of it.
fn cloud(id: &'static str, prefix: &str, rest: impl AsRef<str>) -> Sample {
    let rest = rest.as_ref();
    let third = &rest[..rest.len() / 3];
    (id, "a.py", format!("x = \"{prefix}{rest}\"\n"), format!("x = \"{prefix}{third}\"\n"))
}

fn quoted(name: &str, value: &str) -> String {
    format!("{name} = \"{value}\"\n")
}

fn small(length: usize) -> String {
    fill("abcdefghijklmnopqrstuvwxyz0123456789", length)
}

#[rustfmt::skip]
fn keys_and_clouds() -> Vec<Sample> {
    let body = any(64);
    let dashes = "-".repeat(5);
    let header = |kind: &str| format!("{dashes}BEGIN {kind}PRIVATE KEY{dashes}");
    vec![
        ("private-key", "id", format!("{}\n{body}\n{body}\n", header("RSA ")), format!("{}\nshort\n", header("RSA "))),
        ("putty-private-key", "k.ppk", format!("PuTTY-User-Key-File-{}: ssh-rsa\nPublic-Lines: 1\n{body}\nPrivate-Lines: 1\n{}\n", 3, any(48)), format!("PuTTY-User-Key-File-3: ssh-rsa\nPublic-Lines: 1\n{body}\n")),
        ("encoded-private-key", "kubeconfig", format!("client-key-data: LS0tLS1CRUdJTi{}{}\n", "BSU0EgUFJJVkFURSBLRVktLS0tLQ", any(80)), format!("certificate-authority-data: LS0tLS1CRUdJTi{}{}\n", "BDRVJUSUZJQ0FURS0tLS0t", any(80))),
        cloud("age-secret-key", "AGE-SECRET-KEY-1", fill(UPPER, 58)),
        cloud("aws-access-key-id", "AKIA", fill(UPPER, 16)),
        ("aws-secret-access-key", "c", format!("aws_secret_access_key = {}\n", any(40)), format!("aws_secret_access_key = {}\n", hex(40))),
        cloud("aws-mws-token", "amzn.mws.", uuid()),
        cloud("aws-bedrock-key", "ABSK", any(120)),
        ("gcp-service-account", "key.json", format!("{{\"private_key_id\": \"{}\"}}", hex(40)), "{\"private_key_id\": \"none\"}".into()),
        cloud("google-api-key", "AIza", any(35)),
        cloud("google-oauth-secret", "GOCSPX-", any(28)),
        cloud("google-oauth-token", "ya29.", any(60)),
        ("azure-storage-key", "c", format!("DefaultEndpointsProtocol=https;AccountKey={}==", any(86)), "AccountKey=none".into()),
        ("azure-shared-access-key", "c", format!("SharedAccessKey={}=", any(43)), "SharedAccessKey=none".into()),
        ("azure-client-secret", "c.py", format!("x = '{}8Q~{}'", any(3), any(34)), format!("x = '{}8Q~{}'", any(3), any(20))),
        cloud("azure-devops-token", "", format!("{}AZDO{}", any(76), any(4))),
        ("azure-sas", "u", format!("https://a.blob.core.windows.net/x?sv=2020&sig={}%3D", any(43)), "https://a/x?sv=2020&sig=abc".into()),
        cloud("digitalocean-token", "dop_v1_", hex(64)),
        cloud("alibaba-access-key", "LTAI", any(20)),
        cloud("cloudflare-origin-key", "v1.0-", format!("{}-{}", hex(24), hex(146))),
        cloud("heroku-token", "HRKU-AA", any(58)),
        cloud("flyio-token", "fo1_", any(43)),
        cloud("vault-token", "hvs.", any(60)),
        cloud("terraform-token", "", format!("{}.atlasv1.{}", any(14), any(64))),
        cloud("pulumi-token", "pul-", hex(40)),
        cloud("doppler-token", "dp.pt.", any(43)),
        cloud("onepassword-token", "ops_eyJ", any(260)),
        cloud("tailscale-key", "tskey-", format!("auth-{}-{}", any(12), any(30))),
    ]
}

#[rustfmt::skip]
fn sources_and_chat() -> Vec<Sample> {
    vec![
        cloud("github-token", "ghp_", any(36)),
        cloud("github-fine-grained-token", "github_pat_", format!("{}_{}", any(22), any(59))),
        cloud("gitlab-token", "glpat-", any(24)),
        cloud("bitbucket-token", "ATBB", any(32)),
        cloud("atlassian-token", "ATATT3", any(186)),
        cloud("circleci-token", "CCIPAT_", format!("{}_{}", any(22), hex(40))),
        cloud("buildkite-token", "bkua_", hex(40)),
        cloud("sonar-token", "squ_", hex(40)),
        cloud("npm-token", "npm_", any(36)),
        ("npmrc-auth-token", ".npmrc", format!("//r.corp/:_authToken={}\n", uuid()), "//r.corp/:_authToken=${TOKEN}\n".into()),
        cloud("pypi-token", "pypi-AgE", any(150)),
        cloud("crates-io-token", "cio", any(32)),
        cloud("rubygems-token", "rubygems_", hex(48)),
        cloud("docker-token", "dckr_pat_", any(27)),
        cloud("nuget-key", "oy2", small(43)),
        cloud("artifactory-token", "AKCp", any(69)),
        cloud("slack-token", "xoxb-", format!("{}-{}-{}", fill(DIGITS, 12), fill(DIGITS, 12), any(24))),
        cloud("slack-app-token", "xapp-", format!("1-{}-{}-{}", fill(UPPER, 11), fill(DIGITS, 13), hex(64))),
        ("slack-webhook", "c", format!("https://hooks.slack.com/services/T{}/B{}/{}", fill(UPPER, 8), fill(UPPER, 10), any(24)), "https://hooks.slack.com/services/T/B/x".into()),
        ("discord-webhook", "c", format!("https://discord.com/api/webhooks/{}/{}", fill("123456789", 18), any(68)), "https://discord.com/api/webhooks/1/x".into()),
        ("discord-token", "b.js", format!("const discordKey = 'M{}.{}.{}'", any(25), any(6), any(30)), format!("const discordKey = 'M{}'", any(25))),
        cloud("telegram-token", "", format!("{}:AA{}", fill("123456789", 10), any(33))),
        ("teams-webhook", "c", format!("https://x.webhook.office.com/webhookb2/{}@{}/IncomingWebhook/{}/{}", uuid(), uuid(), hex(32), uuid()), "webhookb2/x/IncomingWebhook/y".into()),
    ]
}

#[rustfmt::skip]
fn shops_and_shapes() -> Vec<Sample> {
    vec![
        cloud("stripe-live-key", &["sk", "live", ""].join("_"), any(24)),
        cloud("stripe-test-key", &["sk", "test", ""].join("_"), any(24)),
        cloud("stripe-webhook-secret", "whsec_", any(32)),
        cloud("square-token", "sq0atp-", any(22)),
        cloud("braintree-token", "access_token$production$", format!("{}${}", small(16), hex(32))),
        cloud("shopify-token", "shpat_", hex(32)),
        cloud("plaid-token", "access-production-", uuid()),
        cloud("flutterwave-key", "FLWSECK-", format!("{}-X", small(32))),
        ("twilio-key", "a.py", format!("twilio.Client(\"{}\")", hex(32)), "twilio.Client(\"short\")".into()),
        cloud("sendgrid-key", "SG.", format!("{}.{}", any(22), any(43))),
        cloud("mailgun-key", "key-", hex(32)),
        cloud("mailchimp-key", "", format!("{}-us14", hex(32))),
        cloud("brevo-key", "xkeysib-", format!("{}-{}", hex(64), any(16))),
        cloud("anthropic-key", "sk-ant-", format!("api03-{}", any(95))),
        cloud("openai-key", "sk-proj-", any(90)),
        cloud("huggingface-token", "hf_", any(34)),
        cloud("replicate-token", "r8_", any(37)),
        cloud("groq-key", "gsk_", any(52)),
        cloud("perplexity-key", "pplx-", any(48)),
        cloud("xai-key", "xai-", any(80)),
        cloud("databricks-token", "dapi", hex(32)),
        cloud("grafana-token", "glsa_", format!("{}_{}", any(32), hex(8))),
        cloud("new-relic-key", "NRAK-", fill(UPPER, 27)),
        cloud("sentry-token", "sntryu_", hex(64)),
        cloud("dynatrace-token", "dt0c01.", format!("{}.{}", fill(UPPER, 24), fill(UPPER, 64))),
        ("datadog-key", ".env", format!("DD_API_KEY={}\n", hex(32)), "DD_API_KEY=none\n".into()),
        cloud("linear-key", "lin_api_", any(40)),
        cloud("notion-token", "ntn_", format!("{}{}", fill("123456789", 11), any(35))),
        cloud("postman-key", "PMAK-", format!("{}-{}", hex(24), hex(34))),
        cloud("figma-token", "figd_", any(40)),
        cloud("planetscale-token", "pscale_tkn_", any(43)),
        cloud("supabase-token", "sbp_", hex(40)),
        cloud("jwt", "eyJ", format!("{}.eyJ{}.{}", any(20), any(40), any(43))),
        ("url-with-password", "c", format!("postgres://app:{}@db.corp.io/x", any(16)), "postgres://app:${PW}@db.corp.io/x".into()),
        ("authorization-header", "c", format!("Authorization: Bearer {}", any(40)), "Authorization: Bearer $TOKEN".into()),
        ("docker-config-auth", "config.json", format!("{{\"r.corp.io\": {{\"auth\": \"{}=\"}}}}", any(39)), "{\"auth\": \"\"}".into()),
        ("netrc-password", ".netrc", format!("machine api.corp.io login ci password {}\n", any(16)), "machine api.corp.io login ci password ${PW}\n".into()),
        ("connection-string-password", "app.config", format!("Server=db.corp.io;User Id=app;Password={}!7;", any(10)), "Server=db.corp.io;User Id=app;Password={0};".into()),
        ("curl-password", "get.sh", format!("curl -s -u ci:{}9 https://corp.io\n", any(12)), "curl -s -u ci:$PASSWORD https://corp.io\n".into()),
        ("tagged-password", "settings.xml", format!("<password>{}9!</password>\n", any(12)), "<password>${env.PASSWORD_1}</password>\n".into()),
        ("assigned-password", "a.js", quoted("db_password", &format!("{}!7", any(10))), quoted("db_password", "currentPassword")),
        ("assigned-secret", "a.js", quoted("clientSecret", &any(24)), quoted("clientSecretUrl", &any(24))),
        ("configured-password", ".env", format!("DB_PASSWORD={}7!\n", any(10)), "DB_PASSWORD=${SECRET}\n".into()),
        ("configured-secret", "a.yml", format!("  api_token: {}\n", any(24)), "  api_token: ./run/token1\n".into()),
    ]
}

#[rustfmt::skip]
fn more_issuers() -> Vec<Sample> {
    let upper = |length| fill("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", length);
    vec![
        cloud("tencent-secret-id", "AKID", any(32)),
        cloud("yandex-key", "AQVN", any(36)),
        cloud("scaleway-key", "SCW", upper(17)),
        cloud("openshift-token", "sha256~", any(43)),
        cloud("netlify-token", "nfp_", any(40)),
        cloud("defined-networking-key", "dnkey-", format!("{}-{}", upper(26), upper(52))),
        cloud("elastic-cloud-key", "essu_", any(60)),
        cloud("onepassword-secret-key", "A3-", format!("{}-{}-{u}-{u}-{u}", upper(6), upper(11), u = upper(5))),
        cloud("google-refresh-token", "1//0", any(90)),
        cloud("gitlab-runner-token", "GR1348941", any(20)),
        cloud("sourcegraph-token", "sgp_", format!("{}_{}", hex(16), hex(40))),
        ("launchdarkly-key", "a.py", format!("LD_SDK_KEY = 'sdk-{}'\n", uuid()), format!("KEY = 'sdk-{}'\n", uuid())),
        cloud("octopus-key", "API-", upper(26)),
        cloud("harness-token", "pat.", format!("{}.{}.{}", any(22), hex(24), any(20))),
        cloud("prefect-key", "pnu_", any(36)),
        cloud("infracost-key", "ico-", any(32)),
        cloud("clojars-token", "CLOJARS_", hex(60)),
        cloud("easypost-key", "EZAK", any(54)),
        cloud("shippo-token", "shippo_live_", hex(40)),
        cloud("duffel-token", "duffel_live_", any(43)),
        cloud("facebook-token", "EAAC", any(150)),
        cloud("hubspot-token", "pat-na1-", uuid()),
        cloud("typeform-token", "tfp_", any(59)),
        cloud("mailersend-token", "mlsn.", hex(64)),
        cloud("dropbox-token", "sl.u.", any(200)),
        cloud("openrouter-key", "sk-or-v1-", hex(64)),
        cloud("nvidia-key", "nvapi-", any(64)),
        cloud("pinecone-key", "pcsk_", format!("{}_{}", any(5), any(64))),
        cloud("langchain-key", "lsv2_pt_", format!("{}_{}", hex(32), hex(10))),
        cloud("honeycomb-key", "hcaik_", small(58)),
        cloud("contentful-token", "CFPAT-", any(43)),
        cloud("mapbox-token", "sk.eyJ", format!("{}.{}", any(70), any(22))),
        cloud("readme-key", "rdme_", small(70)),
        cloud("frameio-token", "fio-u-", any(64)),
    ]
}

#[test]
fn every_rule_finds_its_format_and_leaves_its_near_miss() {
    let samples = samples();
    for rule in RULES {
        assert!(samples.iter().any(|sample| sample.0 == rule.id), "no sample for {}", rule.id);
    }
    for (id, path, secret, spoiled) in &samples {
        assert_eq!(fired(path, secret), [*id], "{secret}");
        assert!(!fired(path, spoiled).contains(id), "{spoiled}");
    }
    assert!(RULES.len() >= 80, "{}", RULES.len());
}

#[test]
fn every_rule_has_a_name_of_its_own_and_its_keywords_in_small_letters() {
    let mut ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), RULES.len());
    for rule in RULES {
        assert!(!rule.keywords.is_empty(), "{}", rule.id);
        assert!(
            rule.keywords.iter().all(|word| word.len() > 2 || rule.id == "azure-client-secret"),
            "{}",
            rule.id
        );
        assert!(rule.keywords.iter().all(|word| *word == word.to_ascii_lowercase()), "{}", rule.id);
    }
}

fn key_block(kind: &str, lines: &[&str], end: &str) -> String {
    let dashes = "-".repeat(5);
    format!("{dashes}BEGIN {kind}PRIVATE KEY{dashes}{end}{}{end}{dashes}END{dashes}", lines.join(end))
}

/// The first line of all OpenSSH keys of one kind is the same, and it has long runs of one letter.
const OPENSSH: &str = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW";

#[test]
fn keys_in_blocks_are_found_in_all_their_clothes() {
    let (first, second) = (any(64), hex(64));
    let lines = [first.as_str(), second.as_str()];
    for text in [
        key_block("OPENSSH ", &[OPENSSH, &first], "\n"),
        key_block("", &lines, "\r\n"),
        key_block("EC ", &lines, "\n    "),
        key_block("ENCRYPTED ", &lines, "\n"),
        key_block("RSA ", &["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,0A", "", &first], "\n"),
        format!("{{\"key\": \"{}\"}}", key_block("", &lines, "\\n")),
        key_block("", &lines, "\\n\" +\n  \""),
        format!("# {}", key_block("RSA ", &lines, "\n# ")),
    ] {
        assert_eq!(fired("f", &text), ["private-key"], "{text}");
    }
    assert_eq!(fired("f", &key_block("RSA ", &["..."], "\n")), [""; 0]);
    assert_eq!(fired("f", &key_block("RSA ", &["x".repeat(64).as_str()], "\n")), [""; 0]);
}

#[test]
fn two_keys_of_one_kind_have_two_fingerprints() {
    let keys = [any(64), hex(64)].map(|rest| key_block("OPENSSH ", &[OPENSSH, &rest], "\n"));
    let fingerprints = keys.map(|key| {
        let report = found(tree(&[("id", key.as_bytes())]).path(), &whole_tree()).unwrap();
        report.run.results[0].fingerprint.clone()
    });
    assert_ne!(fingerprints[0], fingerprints[1]);
}

#[test]
fn a_secret_is_found_wherever_it_stands() {
    let token = format!("gh{}_{}", "p", any(36));
    for text in [
        token.clone(),
        format!("export T={token}"),
        format!("<a href=\"https://{token}@github.com/x\">"),
        format!("{{\"a\":\"{token}\",\"b\":1}}"),
        format!("caf\u{e9} {token} \u{1f600}"),
        format!("{}\r\n{token}\r\n", "x".repeat(10_000)),
        format!("{} {token} {}", "x,".repeat(300_000), "y,".repeat(300_000)),
    ] {
        assert!(fired("f", &text).contains(&"github-token"), "{}", text.chars().take(80).collect::<String>());
    }
}

#[test]
fn two_secrets_on_one_long_line_are_two_findings() {
    let one = format!("gh{}_{}", "p", any(36));
    for gap in [1, 100, 3_000, 5_000, 9_000, 100_000] {
        let text = format!("{one}{}{one}", " ".repeat(gap));
        assert_eq!(fired("f", &text), ["github-token"; 2], "{gap}");
    }
}

#[test]
fn what_a_format_says_is_not_said_again_by_a_general_rule() {
    let token = format!("gl{}-{}", "pat", any(20));
    assert_eq!(fired("a.py", &format!("gitlab_token = \"{token}\"")), ["gitlab-token"]);
    let jwt = format!("ey{}{}.ey{}{}.{}", "J", any(20), "J", any(40), any(43));
    assert_eq!(fired("a", &format!("Authorization: Bearer {jwt}")), ["jwt"]);
}
