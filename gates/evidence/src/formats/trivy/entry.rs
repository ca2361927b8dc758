//! One entry of a result: a hole, a failed check, a secret, a license.

use std::collections::BTreeMap;

use dod_kernel::evidence::{Component, License, Objection, Place, Severity};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::findings::{Findings, Seen};
use crate::holes::{self, Hole, Holes, Rating, purl};
use crate::json::Value;
use crate::licenses;

/// Components in one report.
const COMPONENTS_MAX: usize = 1_000_000;

/// What a result is about.
#[derive(Default)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) class: String,
    pub(super) kind: String,
    vulnerabilities: bool,
    licenses: bool,
}

impl Target {
    /// A list that is there was looked for.
    pub(super) fn sought(&mut self, list: &str) {
        self.vulnerabilities |= list == "Vulnerabilities";
        self.licenses |= list == "Licenses";
    }

    /// Whether packages were looked up. Reports of before 0.20 have no classes, and one line for each lock file.
    pub(super) fn has_packages(&self) -> bool {
        self.vulnerabilities || matches!(self.class.as_str(), "os-pkgs" | "lang-pkgs" | "")
    }

    pub(super) fn has_licenses(&self) -> bool {
        self.licenses || self.class.starts_with("license")
    }
}

/// First and last line.
pub(super) type Line = (Option<u32>, Option<u32>);

pub(super) struct Entry {
    /// Which of the results it belongs to.
    pub(super) target: usize,
    path: String,
    line: Line,
    /// The package's id within the result.
    package: String,
    what: What,
}

enum What {
    Hole(Box<Hole>),
    Finding { rule: String, message: String, severity: Severity, word: String, suppressed: bool },
    License { license: Box<License>, severity: Severity, word: String, suppressed: bool },
}

/// `None` for what is not a finding: a check that passed, a license that nobody objects to.
pub(super) fn read(
    list: &str,
    value: &Value,
    malformed: &dyn Fn(&'static str) -> ReadError,
) -> Result<Option<Entry>> {
    Ok(match list {
        "Vulnerabilities" => Some(hole(value, malformed)?),
        "Misconfigurations" => check(value, malformed)?,
        "Secrets" => Some(secret(value, malformed)?),
        "Licenses" => license(value, malformed)?,
        _ => modified(value, malformed)?,
    })
}

/// What VEX or an ignore file took out of the other lists.
fn modified(value: &Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<Option<Entry>> {
    const MODIFIED: &str = "a modified finding of Trivy with `Type`, `Status` and `Finding`";
    let text = |key| value.get(key).text().ok_or(malformed(MODIFIED));
    let list = match text("Type")? {
        "vulnerability" => "Vulnerabilities",
        "misconfiguration" => "Misconfigurations",
        "secret" => "Secrets",
        "license" => "Licenses",
        _ => return Err(malformed(MODIFIED)),
    };
    // `affected` and `under_investigation` take nothing out.
    let suppressed = matches!(text("Status")?, "ignored" | "not_affected" | "fixed");
    let mut entry = read(list, value.get("Finding"), malformed)?;
    if let Some(entry) = &mut entry {
        match &mut entry.what {
            What::Hole(hole) => hole.suppressed |= suppressed,
            What::Finding { suppressed: flag, .. } | What::License { suppressed: flag, .. } => {
                *flag |= suppressed;
            }
        }
    }
    Ok(entry)
}

fn hole(value: &Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<Entry> {
    const HOLE: &str = "a vulnerability of Trivy with `VulnerabilityID` and `PkgName`";
    let text = |key: &str| value.get(key).text().unwrap_or_default().to_owned();
    let must = |key: &str| value.get(key).text().filter(|text| !text.is_empty()).ok_or(malformed(HOLE));
    let id = must("VulnerabilityID")?;
    let name = must("PkgName")?;
    let word = match value.get("Severity") {
        Value::Null => None,
        other => {
            Some(other.text().ok_or(malformed("a vulnerability of Trivy with a word for its severity"))?)
        }
    };
    let identifier = value.get("PkgIdentifier").get("PURL").text().or(value.get("PkgRef").text());
    let package = identifier.and_then(purl::parse).map_or(name.to_owned(), |purl| purl.package);
    let (score, vector) = cvss(value);
    let title = value.get("Title").text().or(value.get("Description").text());
    Ok(Entry {
        target: 0,
        path: text("PkgPath"),
        line: (None, None),
        package: text("PkgID"),
        what: What::Hole(Box::new(Hole {
            id: id.to_owned(),
            package,
            version: text("InstalledVersion"),
            rating: Rating::of(word, score, vector),
            fixed: text("FixedVersion").split(',').map(|version| version.trim().to_owned()).collect(),
            title: holes::title(title.unwrap_or_default()).to_owned(),
            suppressed: value.get("Status").text() == Some("not_affected"),
            ..Hole::default()
        })),
    })
}

/// The score and vector of the source that gave the severity, else of the best known, else of any; the newest
/// version of CVSS first.
fn cvss(value: &Value) -> (Option<dod_kernel::decimal::Decimal>, Option<&str>) {
    let Value::Map(sources) = value.get("CVSS") else { return (None, None) };
    let chosen = value.get("SeveritySource").text().unwrap_or_default();
    let known = [chosen, "nvd", "ghsa"].into_iter().map(|name| value.get("CVSS").get(name));
    for source in known.chain(sources.iter().map(|(_, source)| source)) {
        for (score, vector) in [("V40Score", "V40Vector"), ("V3Score", "V3Vector"), ("V2Score", "V2Vector")] {
            let (score, vector) = (source.get(score).decimal(), source.get(vector).text());
            if score.is_some() || vector.is_some() {
                return (score, vector);
            }
        }
    }
    (None, None)
}

fn check(value: &Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<Option<Entry>> {
    const CHECK: &str = "a check of Trivy with `ID`, `Severity` and a status it knows";
    let text = |key: &str| value.get(key).text().filter(|text| !text.trim().is_empty());
    let suppressed = match text("Status").ok_or(malformed(CHECK))? {
        "PASS" => return Ok(None),
        "FAIL" => false,
        "EXCEPTION" => true,
        _ => return Err(malformed(CHECK)),
    };
    let rule = text("ID").or(text("AVDID")).ok_or(malformed(CHECK))?;
    let message = text("Message").or(text("Title")).or(text("Description")).unwrap_or("failed");
    let cause = value.get("CauseMetadata");
    let mut entry = finding(rule, message, text("Severity").ok_or(malformed(CHECK))?);
    entry.line = (cause.get("StartLine").index(), cause.get("EndLine").index());
    if let What::Finding { suppressed: flag, .. } = &mut entry.what {
        *flag = suppressed;
    }
    Ok(Some(entry))
}

fn secret(value: &Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<Entry> {
    const SECRET: &str = "a secret of Trivy with `RuleID` and `Severity`";
    let text = |key: &str| value.get(key).text().filter(|text| !text.trim().is_empty());
    let rule = text("RuleID").ok_or(malformed(SECRET))?;
    let message = text("Title").or(text("Category")).unwrap_or("secret");
    let mut entry = finding(rule, message, text("Severity").ok_or(malformed(SECRET))?);
    entry.line = (value.get("StartLine").index(), value.get("EndLine").index());
    Ok(entry)
}

fn finding(rule: &str, message: &str, word: &str) -> Entry {
    let severity = holes::severity(Rating::word(word).danger);
    let (rule, message, word) = (rule.to_owned(), message.to_owned(), word.to_owned());
    let what = What::Finding { rule, message, severity, word, suppressed: false };
    Entry { target: 0, path: String::new(), line: (None, None), package: String::new(), what }
}

/// Categories as Trivy has them from Google's classification. Notices and permissive ones are no objection.
fn license(value: &Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<Option<Entry>> {
    const LICENSE: &str = "a license of Trivy with `Category` and `Name`";
    let text = |key: &str| value.get(key).text().unwrap_or_default();
    let name = value.get("Name").text().ok_or(malformed(LICENSE))?;
    let copyleft = || licenses::is_copyleft(name);
    let objection = match value.get("Category").text().ok_or(malformed(LICENSE))? {
        "forbidden" if copyleft() => Objection::Copyleft,
        "forbidden" => Objection::Denied,
        "restricted" | "reciprocal" => Objection::Copyleft,
        "notice" | "permissive" | "unencumbered" => return Ok(None),
        _ => Objection::Unknown,
    };
    let license =
        License { expression: name.into(), objection, package: text("PkgName").into(), version: "".into() };
    let word = text("Severity");
    Ok(Some(Entry {
        target: 0,
        path: text("FilePath").to_owned(),
        line: (None, None),
        package: String::new(),
        what: What::License {
            license: Box::new(license),
            severity: holes::severity(Rating::word(word).danger),
            word: word.to_owned(),
            suppressed: false,
        },
    }))
}

/// A package of a result: a component, and perhaps the lines on which the lock file has it.
pub(super) fn package(
    value: &Value,
    components: &mut Vec<Component>,
    lines: &mut BTreeMap<String, Line>,
) -> Result<()> {
    if components.len() == COMPONENTS_MAX {
        return Err(ReadError::TooLarge { what: "components", max: COMPONENTS_MAX as u64 });
    }
    let Some(name) = value.get("Name").text() else { return Ok(()) };
    if let (Some(id), Some(first)) = (value.get("ID").text(), value.get("Locations").list().first()) {
        let line = (first.get("StartLine").index(), first.get("EndLine").index());
        lines.entry(id.to_owned()).or_insert(line);
    }
    components.push(Component {
        licenses: value.get("Licenses").list().iter().filter_map(Value::text).map(Into::into).collect(),
        name: name.into(),
        purl: value.at(&["Identifier", "PURL"]).text().map(Into::into),
        version: value.get("Version").text().filter(|version| !version.is_empty()).map(Into::into),
    });
    Ok(())
}

impl Entry {
    pub(super) fn suppressed(&self) -> bool {
        match &self.what {
            What::Hole(hole) => hole.suppressed,
            What::Finding { suppressed, .. } | What::License { suppressed, .. } => *suppressed,
        }
    }

    /// Takes on what is known once its result was read.
    pub(super) fn settle(&mut self, target: usize, lines: &BTreeMap<String, Line>) {
        self.target = target;
        if let (What::Hole(_), Some(line)) = (&self.what, lines.get(&self.package)) {
            self.line = *line;
        }
    }

    pub(super) fn push(
        self,
        target: &Target,
        image: bool,
        context: &Context<'_>,
        findings: &mut Findings,
        holes: &mut Holes,
    ) -> Result<()> {
        let place = self.place(target, image, context);
        match self.what {
            What::Hole(hole) => {
                let within = format!("{}\0{}", self.target, self.path);
                let package = match hole.package.starts_with("pkg:") {
                    true => hole.package,
                    false => package_of(&target.kind, &hole.package),
                };
                holes.push(Hole { place, within, package, ..*hole })
            }
            What::Finding { rule, message, severity, word, suppressed } => findings.push(Seen {
                suppressed,
                original: Some(&word),
                ..Seen::new(&rule, &message, severity, place)
            }),
            What::License { license, severity, word, suppressed } => {
                let who = if license.package.is_empty() { &self.path } else { &*license.package };
                let message = format!("{who}: license {}", license.expression);
                findings.push(Seen {
                    suppressed,
                    original: Some(&word),
                    license: Some(*license.clone()),
                    ..Seen::new(&license.expression, &message, severity, place)
                })
            }
        }
    }

    /// Files of the repository only: paths in images, and names of systems, are none.
    fn place(&self, target: &Target, image: bool, context: &Context<'_>) -> Option<Place> {
        if image || target.class == "os-pkgs" {
            return None;
        }
        let path = if self.path.is_empty() { &target.name } else { &self.path };
        // `OS Packages`, `Loose File License(s)`, `Java`: groups, not files.
        let is_file = !path.is_empty() && (!self.path.is_empty() || !target.class.starts_with("license"));
        is_file.then(|| {
            let mut place = context.place(path, self.line.0, None);
            place.end_line = self.line.1.filter(|end| place.line.is_some_and(|line| *end >= line));
            place
        })
    }
}

/// Older reports name no package URL; the result's type says which ecosystem it is.
fn package_of(kind: &str, name: &str) -> String {
    let kind = match kind {
        "npm" | "yarn" | "pnpm" | "node-pkg" | "bun" => "npm",
        "pip" | "pipenv" | "poetry" | "uv" | "python-pkg" => "pypi",
        "cargo" | "rust-binary" => "cargo",
        "gomod" | "gobinary" => "golang",
        "bundler" | "gemspec" => "gem",
        "jar" | "pom" | "gradle" => "maven",
        "composer" | "composer-vendor" => "composer",
        "nuget" | "dotnet-core" | "packages-props" => "nuget",
        _ => return name.to_owned(),
    };
    purl::of(kind, name)
}
