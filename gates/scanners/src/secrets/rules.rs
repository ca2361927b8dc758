//! What is looked for: one line a format, most specific first.
//!
//! A rule needs one of its keywords (matched without case) on the line, so that most rules cost nothing.
//! Patterns are about bytes, without Unicode classes; their first group is the secret. The formats are those
//! that their issuers document or that their tools print.
//!
//! **Absent on purpose:** the tests' examples, so that this file holds nothing that looks like a secret.

use crate::sarif::{self, Level};

/// One format.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) about: &'static str,
    pub(super) keywords: &'static [&'static str],
    pub(super) pattern: &'static str,
    pub(super) check: Check,
    pub(super) level: Level,
    /// Only for files whose values stand without quotes.
    pub(super) config_only: bool,
}

/// How a match is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// The format alone says it; only examples are left out.
    Format,
    /// The same, and the entropy is at least so many thousandths of a bit.
    Entropy(u32),
    /// Several lines; the group `body` is judged.
    Block,
    /// A URL with the groups `user`, `password` and `host`.
    Url,
    /// An assignment with the groups `name` and `a`, `b` or `c`, with at least this entropy.
    Assignment(u32),
}

impl Rule {
    pub(super) fn described(&self) -> sarif::Rule {
        let severity = match self.level {
            Level::Error => "9.0",
            Level::Warning => "6.0",
            Level::Note => "3.0",
        };
        sarif::Rule {
            id: self.id.into(),
            about: self.about.into(),
            level: self.level,
            severity: Some(severity),
        }
    }
}

const fn format(
    id: &'static str,
    about: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
) -> Rule {
    Rule { id, about, keywords, pattern, check: Check::Format, level: Level::Error, config_only: false }
}

const fn checked(check: Check, rule: Rule) -> Rule {
    Rule { check, ..rule }
}

const fn warning(rule: Rule) -> Rule {
    Rule { level: Level::Warning, ..rule }
}

/// Passwords, which people make: little entropy will do.
const HUMAN_MADE: Check = Check::Assignment(2_500);

/// Tokens and keys, which machines make.
pub(super) const MACHINE_MADE: Check = Check::Assignment(3_500);

/// All rules. Ids are for ever: waivers and baselines name them.
#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    // Keys in blocks.
    checked(Check::Block, format("private-key", "private key", &["private key-----", "private key block-----"],
        r#"-----BEGIN (?:[A-Z0-9]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,400}?(?:^|[\s"'`+,#*>]|\\n|\\r)(?P<body>[A-Za-z0-9+/]{40,}(?:[\s\\nr"'`+,#*>]{1,16}[A-Za-z0-9+/=]{16,}){0,8})"#)),
    checked(Check::Block, format("putty-private-key", "PuTTY private key", &["putty-user-key-file-"],
        r"PuTTY-User-Key-File-[23]:[\s\S]{0,1600}?Private-Lines: [0-9]+\s+(?P<body>[A-Za-z0-9+/=]{16,}(?:\s{1,2}[A-Za-z0-9+/=]{16,}){0,8})")),
    format("encoded-private-key", "private key, encoded once more", &["ls0tls1crudjti"],
        r"\b(LS0tLS1CRUdJTi(?:BSU0EgUFJJVkFURSB|BQUklWQVRFIEtFWS|BFQyBQUklWQVRFIE|BPUEVOU1NIIFBSSVZBVEUg)[A-Za-z0-9+/]{40,})"),
    format("age-secret-key", "age identity", &["age-secret-key-1"], r"\b(AGE-SECRET-KEY-1[0-9A-Z]{58})\b"),
    // Clouds.
    format("aws-access-key-id", "AWS access key id", &["akia", "asia", "abia", "acca"],
        r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b"),
    checked(Check::Entropy(4_000), format("aws-secret-access-key", "AWS secret access key", &["aws", "secret_access_key", "secretaccesskey"],
        r#"(?i:aws|secret_?access)[\w.\-]{0,40}["']?\s{0,4}(?:=>|:=|=|:|,)\s{0,4}["']?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"#)),
    format("aws-mws-token", "Amazon MWS token", &["amzn.mws."],
        r"\b(amzn\.mws\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b"),
    format("aws-bedrock-key", "Amazon Bedrock API key", &["absk"], r"\b(ABSK[A-Za-z0-9+/]{109,269}={0,2})"),
    format("gcp-service-account", "Google Cloud service account key", &["private_key_id"],
        r#"\\?"private_key_id\\?"\s*:\s*\\?"([0-9a-f]{40})\b"#),
    format("google-api-key", "Google API key", &["aiza"], r"\b(AIza[0-9A-Za-z_\-]{35})(?:[^0-9A-Za-z_\-]|$)"),
    format("google-oauth-secret", "Google OAuth client secret", &["gocspx-"], r"\b(GOCSPX-[0-9A-Za-z_\-]{28})"),
    format("google-oauth-token", "Google OAuth access token", &["ya29."], r"\b(ya29\.[0-9A-Za-z_\-]{30,})"),
    format("azure-storage-key", "Azure storage account key", &["accountkey"],
        r"(?i:AccountKey)\s*=\s*([A-Za-z0-9+/]{86}==)"),
    format("azure-shared-access-key", "Azure shared access key", &["sharedaccesskey"],
        r"(?i:SharedAccessKey)\s*=\s*([A-Za-z0-9+/]{42,86}={1,2})"),
    format("azure-client-secret", "Azure client secret", &["q~"],
        r"(?:^|[^A-Za-z0-9_~.\-])([A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.\-]{31,34})(?:[^A-Za-z0-9_~.\-]|$)"),
    format("azure-devops-token", "Azure DevOps token", &["azdo"], r"\b([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})\b"),
    format("azure-sas", "Azure shared access signature", &["sig="],
        r"[?&]s[vepr]=[^\s'\x22]{0,300}&sig=([A-Za-z0-9%/+]{40,80}(?:%3[dD]|=))"),
    format("digitalocean-token", "DigitalOcean token", &["dop_v1_", "doo_v1_", "dor_v1_"],
        r"\b(do[opr]_v1_[a-f0-9]{64})\b"),
    format("alibaba-access-key", "Alibaba Cloud access key", &["ltai"], r"\b(LTAI[A-Za-z0-9]{20})\b"),
    format("cloudflare-origin-key", "Cloudflare origin CA key", &["v1.0-"], r"\b(v1\.0-[a-f0-9]{24}-[a-f0-9]{146})\b"),
    format("heroku-token", "Heroku token", &["hrku-aa"], r"\b(HRKU-AA[0-9A-Za-z_\-]{58})"),
    format("flyio-token", "Fly.io token", &["fo1_", "fm1r_", "fm1a_", "fm2_"],
        r"\b(fo1_[A-Za-z0-9_\-]{43}|fm(?:1[ar]|2)_[A-Za-z0-9+/]{100,}={0,3})"),
    format("vault-token", "HashiCorp Vault token", &["hvs.", "hvb.", "hvr."], r"\b(hv[sbr]\.[A-Za-z0-9_\-]{24,})"),
    format("terraform-token", "Terraform Cloud token", &["atlasv1"], r"\b([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=\-]{60,70})"),
    format("pulumi-token", "Pulumi token", &["pul-"], r"\b(pul-[a-f0-9]{40})\b"),
    format("doppler-token", "Doppler token", &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."],
        r"\b(dp\.(?:pt|ct|sa|scim|audit|st(?:\.[a-z0-9_\-]{2,35})?)\.[A-Za-z0-9]{40,44})\b"),
    format("onepassword-token", "1Password service account token", &["ops_eyj"], r"\b(ops_eyJ[A-Za-z0-9+/]{200,}={0,3})"),
    format("tailscale-key", "Tailscale key", &["tskey-"],
        r"\b(tskey-(?:api|auth|client|scim|webhook)-[A-Za-z0-9]{8,}-[A-Za-z0-9]{20,})"),
    format("tencent-secret-id", "Tencent Cloud secret id", &["akid"], r"\b(AKID[A-Za-z0-9]{32})\b"),
    format("yandex-key", "Yandex Cloud key", &["aqvn", "ycaj", "ycaa"], r"\b(AQVN[A-Za-z0-9_\-]{35,38}|YCAJ[A-Za-z0-9_\-]{21})(?:[^A-Za-z0-9_\-]|$)"),
    format("scaleway-key", "Scaleway access key", &["scw"], r"\b(SCW[A-Z0-9]{17})\b"),
    format("openshift-token", "OpenShift token", &["sha256~"], r"\b(sha256~[A-Za-z0-9_\-]{43})(?:[^A-Za-z0-9_\-]|$)"),
    format("netlify-token", "Netlify token", &["nfp_"], r"\b(nfp_[A-Za-z0-9]{36,40})\b"),
    format("defined-networking-key", "Defined Networking key", &["dnkey-"], r"\b(dnkey-[A-Z0-9=_\-]{26}-[A-Z0-9=_\-]{52})\b"),
    format("elastic-cloud-key", "Elastic Cloud key", &["essu_"], r"\b(essu_[A-Za-z0-9+/]{40,}={0,2})"),
    format("onepassword-secret-key", "1Password secret key", &["a3-"], r"\b(A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5})\b"),
    checked(Check::Entropy(3_500), format("google-refresh-token", "Google OAuth refresh token", &["1//0"], r"(?:^|[^A-Za-z0-9/:])(1//0[A-Za-z0-9_\-]{60,})")),
    // Source and CI.
    format("github-token", "GitHub token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"\b(gh[pousr]_[A-Za-z0-9]{36,255})\b"),
    format("github-fine-grained-token", "GitHub fine-grained token", &["github_pat_"],
        r"\b(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b"),
    format("gitlab-token", "GitLab token", &["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "gloas-", "glsoat-", "glffct-"],
        r"\b(gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[A-Za-z0-9_.\-]{20,})"),
    format("bitbucket-token", "Bitbucket app password", &["atbb"], r"\b(ATBB[A-Za-z0-9]{32})\b"),
    format("atlassian-token", "Atlassian token", &["atatt3", "atctt3"], r"\b(AT[AC]TT3[A-Za-z0-9_\-=]{150,})"),
    format("circleci-token", "CircleCI token", &["ccipat_", "cciprj_"], r"\b(CCI(?:PAT|PRJ)_[A-Za-z0-9]{22}_[a-f0-9]{40})\b"),
    format("buildkite-token", "Buildkite token", &["bkua_"], r"\b(bkua_[a-f0-9]{40})\b"),
    format("sonar-token", "SonarQube token", &["sqp_", "squ_", "sqa_"], r"\b(sq[pua]_[a-f0-9]{40})\b"),
    format("gitlab-runner-token", "GitLab runner registration token", &["gr1348941"], r"\b(GR1348941[A-Za-z0-9_\-]{20})(?:[^A-Za-z0-9_\-]|$)"),
    format("sourcegraph-token", "Sourcegraph token", &["sgp_"], r"\b(sgp_(?:(?:[a-f0-9]{16}|local)_)?[a-f0-9]{40})\b"),
    format("launchdarkly-key", "LaunchDarkly key", &["api-", "sdk-"],
        r#"(?i:launch_?darkly|ld_)[^\n]{0,60}?((?:api|sdk)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b"#),
    format("octopus-key", "Octopus Deploy API key", &["api-"], r"\b(API-[A-Z0-9]{26})\b"),
    format("harness-token", "Harness token", &["pat.", "sat."], r"\b([ps]at\.[A-Za-z0-9_\-]{22}\.[a-f0-9]{24}\.[A-Za-z0-9]{20})\b"),
    format("prefect-key", "Prefect API key", &["pnu_"], r"\b(pnu_[A-Za-z0-9]{36})\b"),
    format("infracost-key", "Infracost API key", &["ico-"], r"\b(ico-[A-Za-z0-9]{32})\b"),
    // Package registries.
    format("npm-token", "npm token", &["npm_"], r"\b(npm_[A-Za-z0-9]{36})\b"),
    checked(Check::Entropy(3_000), format("npmrc-auth-token", "registry token in an npm configuration", &["_authtoken"],
        r#":_authToken\s*=\s*["']?([A-Za-z0-9+/_.\-]{20,}={0,2})"#)),
    format("pypi-token", "PyPI token", &["pypi-age"], r"\b(pypi-AgE[A-Za-z0-9_\-]{60,})"),
    checked(Check::Entropy(3_500), format("crates-io-token", "crates.io token", &["cio"], r"\b(cio[A-Za-z0-9]{32})\b")),
    format("rubygems-token", "RubyGems token", &["rubygems_"], r"\b(rubygems_[a-f0-9]{48})\b"),
    format("docker-token", "Docker Hub token", &["dckr_pat_", "dckr_oat_"], r"\b(dckr_[po]at_[A-Za-z0-9_\-]{27,})"),
    format("nuget-key", "NuGet API key", &["oy2"], r"\b(oy2[a-z0-9]{43})\b"),
    format("artifactory-token", "Artifactory token", &["akcp", "cmvmdgtu"], r"\b(AKCp[A-Za-z0-9]{69}|cmVmdGtu[A-Za-z0-9]{56})\b"),
    format("clojars-token", "Clojars token", &["clojars_"], r"\b(CLOJARS_[a-f0-9]{60})\b"),
    // Chat.
    format("slack-token", "Slack token", &["xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xoxe."],
        r"\b(xox[abeoprs][\-.][A-Za-z0-9.\-]{24,})"),
    format("slack-app-token", "Slack app token", &["xapp-"], r"\b(xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-f0-9]{32,})\b"),
    format("slack-webhook", "Slack webhook", &["hooks.slack.com/"],
        r"hooks\.slack\.com/(?:services|workflows|triggers)/(T[A-Za-z0-9_]{8,}/[A-Za-z0-9_]{8,}/[A-Za-z0-9_]{20,})"),
    format("discord-webhook", "Discord webhook", &["/api/webhooks/"],
        r"discord(?:app)?\.com/api/webhooks/([0-9]{17,20}/[A-Za-z0-9_\-]{60,})"),
    format("discord-token", "Discord bot token", &["discord"],
        r#"(?i:discord)[^\n]{0,60}?["'=:\s]([MNO][A-Za-z0-9_\-]{23,27}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,38})(?:[^A-Za-z0-9_\-]|$)"#),
    format("telegram-token", "Telegram bot token", &[":aa"], r"\b([0-9]{8,10}:AA[A-Za-z0-9_\-]{33})(?:[^A-Za-z0-9_\-]|$)"),
    format("teams-webhook", "Microsoft Teams webhook", &["incomingwebhook/"],
        r"webhookb2/([0-9a-f\-]{36}@[0-9a-f\-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f\-]{36})"),
    // Payment and shops.
    format("stripe-live-key", "Stripe live key", &["sk_live_", "rk_live_"], r"\b([sr]k_live_[A-Za-z0-9]{20,250})\b"),
    warning(format("stripe-test-key", "Stripe test key", &["sk_test_", "rk_test_"], r"\b([sr]k_test_[A-Za-z0-9]{20,250})\b")),
    format("stripe-webhook-secret", "Stripe webhook secret", &["whsec_"], r"\b(whsec_[A-Za-z0-9+/]{32,}={0,2})"),
    format("square-token", "Square token", &["sq0atp-", "sq0csp-"], r"\b(sq0(?:atp-[A-Za-z0-9_\-]{22}|csp-[A-Za-z0-9_\-]{43}))"),
    format("braintree-token", "Braintree access token", &["access_token$production$"],
        r"(access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32})\b"),
    format("shopify-token", "Shopify token", &["shpat_", "shpca_", "shppa_", "shpss_", "shpua_"], r"\b(shp(?:at|ca|pa|ss|ua)_[A-Fa-f0-9]{32})\b"),
    format("plaid-token", "Plaid access token", &["access-production-", "access-development-"],
        r"\b(access-(?:production|development)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b"),
    format("flutterwave-key", "Flutterwave secret key", &["flwseck-"], r"\b(FLWSECK-[a-z0-9]{32}-X)\b"),
    format("easypost-key", "EasyPost key", &["ezak", "eztk"], r"\b(EZ[AT]K[A-Za-z0-9]{54})\b"),
    format("shippo-token", "Shippo live token", &["shippo_live_"], r"\b(shippo_live_[a-f0-9]{40})\b"),
    format("duffel-token", "Duffel live token", &["duffel_live_"], r"\b(duffel_live_[A-Za-z0-9_=\-]{43})"),
    // Mail and messages.
    format("twilio-key", "Twilio key", &["twilio"], r#"(?i:twilio)[^\n]{0,60}?(?:["'=:\s])(SK[0-9a-f]{32}|[0-9a-f]{32})\b"#),
    format("sendgrid-key", "SendGrid API key", &["sg."], r"\b(SG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43})"),
    format("mailgun-key", "Mailgun key", &["key-"], r"\b(key-[0-9a-f]{32})\b"),
    format("mailchimp-key", "Mailchimp API key", &["-us"], r"\b([0-9a-f]{32}-us[0-9]{1,2})\b"),
    format("brevo-key", "Brevo API key", &["xkeysib-"], r"\b(xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16})\b"),
    format("facebook-token", "Facebook access token", &["eaa"], r"\b(EAA[MC][A-Za-z0-9]{100,})"),
    format("hubspot-token", "HubSpot token", &["pat-na", "pat-eu"], r"\b(pat-(?:na|eu)[0-9]-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b"),
    format("typeform-token", "Typeform token", &["tfp_"], r"\b(tfp_[A-Za-z0-9_.=\-]{59})"),
    format("mailersend-token", "MailerSend token", &["mlsn."], r"\b(mlsn\.[a-f0-9]{64})\b"),
    format("dropbox-token", "Dropbox token", &["sl.u.", "dropbox"], r"\b(sl\.(?:u\.)?[A-Za-z0-9_\-]{130,})"),
    // Models.
    format("anthropic-key", "Anthropic API key", &["sk-ant-"], r"\b(sk-ant-[a-z0-9]{3,10}-[A-Za-z0-9_\-]{80,})"),
    format("openai-key", "OpenAI API key", &["sk-proj-", "sk-svcacct-", "sk-admin-", "t3blbkfj"],
        r"\b(sk-(?:proj|svcacct|admin)-[A-Za-z0-9_\-]{40,}|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})"),
    checked(Check::Entropy(3_500), format("huggingface-token", "Hugging Face token", &["hf_", "api_org_"], r"\b((?:hf|api_org)_[A-Za-z0-9]{34})\b")),
    format("replicate-token", "Replicate token", &["r8_"], r"\b(r8_[A-Za-z0-9]{37,40})\b"),
    format("groq-key", "Groq API key", &["gsk_"], r"\b(gsk_[A-Za-z0-9]{52})\b"),
    format("perplexity-key", "Perplexity API key", &["pplx-"], r"\b(pplx-[A-Za-z0-9]{48})\b"),
    format("xai-key", "xAI API key", &["xai-"], r"\b(xai-[A-Za-z0-9]{80})\b"),
    format("databricks-token", "Databricks token", &["dapi"], r"\b(dapi[a-f0-9]{32}(?:-[0-9])?)\b"),
    format("openrouter-key", "OpenRouter API key", &["sk-or-v1-"], r"\b(sk-or-v1-[a-f0-9]{64})\b"),
    format("nvidia-key", "NVIDIA API key", &["nvapi-"], r"\b(nvapi-[A-Za-z0-9_\-]{60,})"),
    format("pinecone-key", "Pinecone API key", &["pcsk_"], r"\b(pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{60,})"),
    format("langchain-key", "LangSmith API key", &["lsv2_"], r"\b(lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10})\b"),
    // Observability.
    format("grafana-token", "Grafana token", &["glsa_", "glc_"], r"\b(glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/]{32,}={0,2})"),
    format("new-relic-key", "New Relic key", &["nrak-", "nrii-"], r"\b(NRAK-[A-Z0-9]{27}|NRII-[A-Za-z0-9_\-]{32})\b"),
    format("sentry-token", "Sentry token", &["sntrys_", "sntryu_"], r"\b(sntry(?:u_[a-f0-9]{64}|s_[A-Za-z0-9+/=_\-]{60,}))"),
    format("dynatrace-token", "Dynatrace token", &["dt0c01.", "dt0s16."], r"\b(dt0[cs][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64})\b"),
    checked(Check::Entropy(3_000), format("datadog-key", "Datadog key", &["datadog", "dd_api_key", "dd_app_key", "dd-api-key"],
        r#"(?i:datadog|dd)[\w.\-]{0,12}(?i:api|app|application)[_\-]?(?i:key)["']?\s{0,4}(?:=>|:=|=|:)\s{0,4}["']?([0-9a-f]{32,40})\b"#)),
    format("honeycomb-key", "Honeycomb key", &["hcaik_", "hcbik_"], r"\b(hc[ab]ik_[a-z0-9]{58})\b"),
    // Work.
    format("linear-key", "Linear API key", &["lin_api_", "lin_oauth_"], r"\b(lin_(?:api_[A-Za-z0-9]{40}|oauth_[a-f0-9]{64}))\b"),
    format("notion-token", "Notion token", &["ntn_"], r"\b(ntn_[0-9]{11}[A-Za-z0-9]{35})\b"),
    format("postman-key", "Postman API key", &["pmak-"], r"\b(PMAK-[a-f0-9]{24}-[a-f0-9]{34})\b"),
    format("figma-token", "Figma token", &["figd_"], r"\b(figd_[A-Za-z0-9_\-]{40,})"),
    format("planetscale-token", "PlanetScale token", &["pscale_"], r"\b(pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=\-]{32,64})"),
    format("supabase-token", "Supabase token", &["sbp_", "sb_secret_"], r"\b(sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_\-]{30,})"),
    format("contentful-token", "Contentful token", &["cfpat-"], r"\b(CFPAT-[A-Za-z0-9_\-]{43})(?:[^A-Za-z0-9_\-]|$)"),
    format("mapbox-token", "Mapbox secret token", &["sk.eyj"], r"\b(sk\.eyJ[A-Za-z0-9_\-]{60,}\.[A-Za-z0-9_\-]{22})"),
    format("readme-key", "ReadMe API key", &["rdme_"], r"\b(rdme_[a-z0-9]{70})\b"),
    format("frameio-token", "Frame.io token", &["fio-u-"], r"\b(fio-u-[A-Za-z0-9_=\-]{64})"),
    // Shapes that several issuers share.
    warning(format("jwt", "JSON web token", &["eyj"], r"\b(eyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{20,})")),
    checked(Check::Url, format("url-with-password", "URL with a password", &["://"],
        r#"\b[A-Za-z][A-Za-z0-9+.\-]{1,20}://(?P<user>[^\s:/?#@"'`<>{}$%*\\]{0,64}):(?P<password>[^\s:/?#@"'`<>\\]{3,128})@(?P<host>[A-Za-z0-9.\-_\[\]:]+)"#)),
    checked(Check::Entropy(3_500), format("authorization-header", "authorization header", &["authorization"],
        r#"(?i:authorization)\\?["']?\s*[:=,]\s*\\?["']?(?i:bearer|basic|token)\s+([A-Za-z0-9+/_.\-]{20,}={0,2})"#)),
    checked(Check::Entropy(3_000), format("docker-config-auth", "registry password in a Docker configuration", &["\"auth\""],
        r#""auth"\s*:\s*"([A-Za-z0-9+/]{20,}={0,2})""#)),
    checked(Check::Entropy(2_500), format("netrc-password", "password in a netrc file", &["login"],
        r"\bmachine\s+[\w.\-]+\s+login\s+\S+\s+password\s+([^\s${}<>]{6,200})")),
    warning(checked(HUMAN_MADE, format("connection-string-password", "password in a connection string", &["password=", "pwd="],
        r#"(?i:server|data source|host|uid|user id|username|database)\s*=[^;"'\n]{1,100};[^"'\n]{0,200}?(?i:password|pwd)=(?P<a>[^;"'\s]{6,100})"#))),
    warning(checked(HUMAN_MADE, format("curl-password", "password on a command line", &["curl"],
        r#"\bcurl\b[^\n|]{0,200}?\s(?:-u|--user)[ =]?["']?[^\s:"'$]{1,64}:(?P<a>[^\s"'$]{6,100})"#))),
    warning(checked(HUMAN_MADE, format("tagged-password", "password in a document",
        &["password>", "passwd>", "passphrase>", "secret>", "token>", "apikey>"],
        r"<(?P<name>[\w.\-]{0,40}(?i:password|passwd|passphrase|secret|token|apikey))>(?P<a>[^<\s]{8,200})</"))),
    warning(checked(HUMAN_MADE, format("assigned-password", "password in an assignment",
        &["password", "passwd", "pwd", "passphrase"],
        r#"(?P<name>[\w.\-]{0,40}(?i:password|passwd|pwd|passphrase)[\w.\-]{0,20})\\?["']?\]?\s{0,4}(?::=|=>|==?|:)\s{0,4}(?:"(?P<a>[^"\s]{8,200})"|'(?P<b>[^'\s]{8,200})'|`(?P<c>[^`\s]{8,200})`)"#))),
    warning(checked(MACHINE_MADE, format("assigned-secret", "secret in an assignment",
        &["secret", "token", "apikey", "api_key", "api-key", "access_key", "accesskey", "auth_key", "authkey", "private_key", "privatekey", "credential"],
        r#"(?P<name>[\w.\-]{0,40}(?i:secret|token|api[_\-]?key|access_?key|auth_?key|private_?key|credential)[\w.\-]{0,20})\\?["']?\]?\s{0,4}(?::=|=>|==?|:)\s{0,4}(?:"(?P<a>[^"\s]{12,200})"|'(?P<b>[^'\s]{12,200})'|`(?P<c>[^`\s]{12,200})`)"#))),
    Rule { config_only: true, ..warning(checked(HUMAN_MADE, format("configured-password", "password in a configuration",
        &["password", "passwd", "pwd", "passphrase"],
        r#"^\s*(?:-\s+)?(?:(?i:export|set|env|arg)\s+)?(?P<name>[\w.\-]{0,40}(?i:password|passwd|pwd|passphrase)[\w.\-]{0,20})\s*[=:]\s*(?P<a>[^\s"'`()]{8,200})\s*$"#))) },
    Rule { config_only: true, ..warning(checked(MACHINE_MADE, format("configured-secret", "secret in a configuration",
        &["secret", "token", "apikey", "api_key", "api-key", "access_key", "accesskey", "auth_key", "authkey", "private_key", "privatekey", "credential"],
        r#"^\s*(?:-\s+)?(?:(?i:export|set|env|arg)\s+)?(?P<name>[\w.\-]{0,40}(?i:secret|token|api[_\-]?key|access_?key|auth_?key|private_?key|credential)[\w.\-]{0,20})\s*[=:]\s*(?P<a>[^\s"'`()]{12,200})\s*$"#))) },
];
