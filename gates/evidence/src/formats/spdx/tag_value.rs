//! SPDX as tags and values: a line each, text of several lines between `<text>` and `</text>`, `#` for
//! comments.
//!
//! A package begins with `PackageName` and goes on to the next thing that has a name.

use dod_kernel::evidence::{Component, Evidence};

use super::{EXPECTED, Packages, check_version, finish, is_purl, license, other};
use crate::error::{ReadError, Result};
use crate::input::{Input, Line};
use crate::text;

/// Tags that begin something that is no package.
const OTHERS: &[&str] = &["FileName", "SnippetSPDXID", "LicenseID", "Reviewer", "Annotator"];

pub(super) fn read(input: &mut Input<'_>) -> Result<Evidence> {
    let mut document = Document::default();
    let mut buffer = Vec::new();
    let mut number = 0;
    let mut cut = None;
    while let Some(line) = input.line_into(&mut buffer)? {
        number = line.number;
        let trimmed = line.text.trim();
        // Every tool ends its lines. A last one without an end was cut, unless somebody has trimmed the document.
        cut = (!line.ended && !trimmed.starts_with("Relationship")).then_some(line.at);
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let (tag, value) = tag(&line, document.version)?;
        let at = At { line: line.number, at: line.at };
        let opened = value.strip_prefix("<text>").map(str::to_owned);
        match opened {
            None => document.tag(&tag, &value, at)?,
            Some(begin) => {
                cut = None;
                let value = long(input, begin)?;
                document.tag(&tag, value.trim(), at)?;
            }
        }
    }
    if !document.version {
        return Err(other("text without `SPDXVersion`"));
    }
    document.close(At { line: number, at: input.at() })?;
    if let Some(at) = cut {
        return Err(ReadError::CutOff { at });
    }
    if !document.named {
        return Err(ReadError::CutOff { at: input.at() });
    }
    finish(document.listed.then_some(document.packages))
}

/// A line's tag and value. Before the version was seen, a line without them is text of another kind.
fn tag(line: &Line<'_>, known: bool) -> Result<(String, String)> {
    let found = line
        .text
        .trim()
        .split_once(':')
        .filter(|(tag, _)| !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    match found {
        Some((tag, value)) => Ok((tag.to_owned(), value.trim().to_owned())),
        None if known => Err(line.malformed("a tag of SPDX and its value")),
        None => Err(other("text without tags")),
    }
}

/// The rest of a text that was opened with `<text>`. Of a long one only the beginning is kept: no value
/// that decides is long.
fn long(input: &mut Input<'_>, begin: String) -> Result<String> {
    const CLOSE: &str = "</text>";
    let mut whole = begin;
    // Some close it in the middle of a line; what stands behind belongs to nothing.
    if let Some(end) = whole.rfind(CLOSE) {
        whole.truncate(end);
        return Ok(whole);
    }
    let mut buffer = Vec::new();
    loop {
        let at = input.at();
        let Some(line) = input.line_into(&mut buffer)? else { return Err(ReadError::CutOff { at }) };
        let end = line.text.rfind(CLOSE);
        if whole.len() < text::MESSAGE_BYTES_MAX {
            whole.push('\n');
            whole += text::cut(&line.text[..end.unwrap_or(line.text.len())], text::MESSAGE_BYTES_MAX);
        }
        if end.is_some() {
            return Ok(whole);
        }
    }
}

/// Where a tag stands.
#[derive(Clone, Copy)]
struct At {
    line: u64,
    at: u64,
}

impl At {
    fn malformed(self, expected: &'static str) -> ReadError {
        ReadError::Malformed { line: self.line, at: self.at, expected }
    }
}

#[derive(Default)]
struct Document {
    version: bool,
    /// The document's own id was seen.
    named: bool,
    listed: bool,
    packages: Packages,
    open: Option<Package>,
    /// Something that is neither the document nor a package is open.
    aside: bool,
}

#[derive(Default)]
struct Package {
    name: String,
    id: Option<String>,
    location: bool,
    version: Option<String>,
    concluded: Option<String>,
    declared: Option<String>,
    purl: Option<String>,
}

impl Document {
    fn tag(&mut self, tag: &str, value: &str, at: At) -> Result<()> {
        const ONCE: &str = "SPDX with each tag of a package once";
        match tag {
            "SPDXVersion" if self.version => return Err(at.malformed("SPDX with one `SPDXVersion`")),
            "SPDXVersion" => {
                check_version(value)?;
                self.version = true;
            }
            _ if !self.version => {
                let found = "tags before `SPDXVersion`".to_owned();
                return Err(ReadError::OtherFormat { expected: EXPECTED, found });
            }
            "PackageName" => {
                self.close(at)?;
                (self.listed, self.aside) = (true, false);
                self.open = Some(Package { name: value.to_owned(), ..Package::default() });
            }
            tag if OTHERS.contains(&tag) => {
                self.close(at)?;
                self.aside = true;
            }
            "SPDXID" if self.open.is_none() && !self.aside => self.named |= value == "SPDXRef-DOCUMENT",
            _ => {
                let Some(package) = &mut self.open else { return Ok(()) };
                let slot = match tag {
                    "SPDXID" => &mut package.id,
                    "PackageVersion" => &mut package.version,
                    "PackageLicenseConcluded" => &mut package.concluded,
                    "PackageLicenseDeclared" => &mut package.declared,
                    "PackageDownloadLocation" => {
                        package.location = true;
                        return Ok(());
                    }
                    "ExternalRef" => {
                        let mut words = value.split_whitespace().skip(1);
                        if words.next().is_some_and(is_purl) && package.purl.is_none() {
                            package.purl = words.next().map(str::to_owned);
                        }
                        return Ok(());
                    }
                    _ => return Ok(()),
                };
                if slot.replace(value.to_owned()).is_some() {
                    return Err(at.malformed(ONCE));
                }
            }
        }
        Ok(())
    }

    /// The package that was open is complete, or was cut off.
    fn close(&mut self, at: At) -> Result<()> {
        let Some(package) = self.open.take() else { return Ok(()) };
        const PACKAGE: &str =
            "behind a package of SPDX with `PackageName`, `SPDXID` and `PackageDownloadLocation`";
        let id = package.id.filter(|_| package.location && !package.name.is_empty());
        let id = id.ok_or(at.malformed(PACKAGE))?;
        let license = license(package.concluded.as_deref(), package.declared.as_deref());
        let component = Component {
            licenses: license.into_iter().map(Into::into).collect(),
            name: package.name.as_str().into(),
            purl: package.purl.as_deref().map(Into::into),
            version: package.version.as_deref().filter(|version| !version.is_empty()).map(Into::into),
        };
        self.packages.push(&id, component, || at.malformed("SPDX with each `SPDXID` once"))
    }
}
