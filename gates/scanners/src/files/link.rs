//! Does a link lead to something that everybody has?
//!
//! A place is looked for among the files that are listed, not on the disk: what git ignores is on this machine alone.
//!
//! **Absent on purpose:** other hosts, and pages that a forge has beside the files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::document::{Document, Link, Target};
use super::{Fault, Listing, Options, Scan};

/// Pages of forges, which links from a document reach by leaving the files: `../../issues`.
const PAGES: &[&str] = &[
    "actions",
    "blob",
    "branches",
    "commit",
    "commits",
    "compare",
    "deployments",
    "discussions",
    "fork",
    "graphs",
    "issues",
    "labels",
    "milestone",
    "milestones",
    "network",
    "packages",
    "projects",
    "pull",
    "pulls",
    "pulse",
    "raw",
    "releases",
    "security",
    "settings",
    "stargazers",
    "tags",
    "tree",
    "watchers",
    "wiki",
    "workflows",
    "-",
];

/// Signs of a place that a site builder fills in.
const TEMPLATES: &[&str] = &["{{", "{%", "<%", "${", "@@"];

/// What a site builder makes pages of.
const SOURCES: &[&str] = &[".md", ".markdown", ".mdx", "/README.md", "/index.md", "/_index.md"];

pub(super) struct Links<'o> {
    root: &'o Path,
    options: &'o Options,
    /// The root as the repository knows it.
    prefix: Vec<String>,
    /// Files, links and folders; the same in lower case.
    known: BTreeSet<String>,
    lower: BTreeMap<String, String>,
    symlinks: BTreeSet<String>,
    documents: BTreeMap<String, (Document, bool)>,
}

/// Where a link leads.
enum Place {
    /// Somewhere that is not looked at.
    Elsewhere,
    /// A file or folder, as the project knows it, and a heading in it.
    Inside(String, Option<String>),
    /// Nowhere, and why.
    Nowhere(String),
}

impl<'o> Links<'o> {
    pub(super) fn new(root: &'o Path, listing: &Listing, options: &'o Options) -> Self {
        let mut known = BTreeSet::from([String::new()]);
        for file in listing.files.iter().chain(&listing.links) {
            let mut path = file.shown.as_str();
            while known.insert(path.to_owned()) {
                path = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            }
        }
        let lower = known.iter().map(|path| (path.to_lowercase(), path.clone())).collect();
        let prefix = root.strip_prefix(&options.repository).ok().map_or_else(Vec::new, |inside| {
            inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
        });
        let symlinks = listing.links.iter().map(|link| link.shown.clone()).collect();
        Self { root, options, prefix, known, lower, symlinks, documents: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, path: &str, document: Document, wanted: bool) {
        self.documents.insert(path.to_owned(), (document, wanted));
    }

    /// Tells what leads nowhere: links of the files asked for, and links of others to what a change touched.
    pub(super) fn settle(&self, scan: &mut Scan<'_>) {
        for (path, (document, wanted)) in &self.documents {
            if *wanted && document.is_cut {
                let message = "the document is too long; links at its end are not looked at".to_owned();
                scan.found.say(crate::sarif::Level::Warning, "too-large", Some(path), message);
            }
            for link in &document.links {
                let Some((rule, message, at)) = self.fault(path, link) else { continue };
                let touched = |at: &String| {
                    let all = self.options.paths.iter().flatten().chain(&self.options.gone);
                    all.into_iter().any(|it| it == at)
                };
                if scan.asks(rule) && (*wanted || at.as_ref().is_some_and(touched)) {
                    let identity = match &link.target {
                        Target::Place(place) | Target::Undefined(place) => place.clone(),
                    };
                    let fault = Fault { rule, path: path.clone(), line: link.line, message, identity };
                    scan.found.keep(fault, document.allows(rule, link.line));
                }
            }
        }
    }

    /// What is wrong with a link, and with which file of the project that has to do.
    fn fault(&self, from: &str, link: &Link) -> Option<(&'static str, String, Option<String>)> {
        let place = match &link.target {
            Target::Place(place) => place,
            Target::Undefined(label) => {
                return Some((
                    "broken-link",
                    format!("nothing defines the reference `{}`", cut(label)),
                    None,
                ));
            }
        };
        let shown = cut(place);
        match self.place(from, place) {
            Place::Elsewhere => None,
            Place::Nowhere(why) => Some(("broken-link", format!("`{shown}`: {why}"), None)),
            Place::Inside(path, fragment) => match self.find(&path) {
                Err(why) => Some(("broken-link", format!("`{shown}`: {why}"), Some(path))),
                Ok(found) => {
                    let (document, _) = self.documents.get(&found)?;
                    let fragment = fragment.filter(|it| !document.is_cut && !has_anchor(document, it))?;
                    let message = format!("`{shown}`: `{found}` has no heading `#{}`", cut(&fragment));
                    Some(("broken-anchor", message, Some(found)))
                }
            },
        }
    }

    fn place(&self, from: &str, place: &str) -> Place {
        let place = place.trim();
        if place.is_empty() {
            return Place::Nowhere("the link is empty".to_owned());
        }
        if has_scheme(place) || place.starts_with("//") || TEMPLATES.iter().any(|it| place.contains(it)) {
            return Place::Elsewhere;
        }
        let (place, fragment) = match place.split_once('#') {
            Some((place, fragment)) => (place, Some(decoded(fragment))),
            None => (place, None),
        };
        let place = decoded(place.split('?').next().unwrap_or_default());
        if place.is_empty() {
            return Place::Inside(from.to_owned(), fragment);
        }
        // From the root of the repository down.
        let mut parts: Vec<&str> = Vec::new();
        if !place.starts_with('/') {
            parts.extend(self.prefix.iter().map(String::as_str));
            parts.extend(from.rsplit_once('/').map_or("", |(folder, _)| folder).split('/'));
            parts.retain(|part| !part.is_empty());
        }
        let mut left = false;
        for part in place.split('/') {
            match part {
                "" | "." => {}
                ".." => left |= parts.pop().is_none(),
                part if left && PAGES.contains(&part) => return Place::Elsewhere,
                part => parts.push(part),
            }
        }
        if left {
            return Place::Nowhere("it leads out of the repository".to_owned());
        }
        let depth = self.prefix.len();
        if parts.len() >= depth
            && parts[..depth].iter().zip(&self.prefix).all(|(one, other)| *one == other.as_str())
        {
            return Place::Inside(parts[depth..].join("/"), fragment);
        }
        let outside = parts.join("/");
        if self.options.repository.join(&outside).exists() {
            return Place::Elsewhere;
        }
        // What begins with `/` is the root of a site to its builder.
        let own = place.trim_start_matches('/');
        match place.starts_with('/') && self.find(own).is_ok() {
            true => Place::Inside(own.to_owned(), fragment),
            false => Place::Nowhere(format!("there is no `{outside}` in the repository")),
        }
    }

    /// The file or folder as it is listed, or why it is none.
    fn find(&self, path: &str) -> Result<String, String> {
        if self.known.contains(path) {
            return Ok(path.to_owned());
        }
        let stem = path.strip_suffix(".html").unwrap_or(path);
        let source = SOURCES.iter().map(|end| format!("{stem}{end}")).find(|it| self.known.contains(it));
        if let Some(source) = source {
            return Ok(source);
        }
        if let Some(other) = self.lower.get(&path.to_lowercase()) {
            return Err(format!("there is no `{path}`, only `{other}`, which is another name on Linux"));
        }
        let whole = self.root.join(path);
        match whole.metadata() {
            // A submodule that is not checked out, an empty folder.
            Ok(about) if about.is_dir() => Ok(path.to_owned()),
            Ok(_) if self.is_behind_link(path) => Ok(path.to_owned()),
            Ok(_) => Err(format!("`{path}` is here and not in the repository: an ignore rule hides it")),
            Err(_) => Err(format!("there is no `{path}`")),
        }
    }

    fn is_behind_link(&self, path: &str) -> bool {
        let mut folder = path;
        while let Some((above, _)) = folder.rsplit_once('/') {
            if self.symlinks.contains(above) {
                return true;
            }
            folder = above;
        }
        false
    }
}

/// Whether a document has the place: by name, or as GitHub names what HTML names, or as a line of its source.
fn has_anchor(document: &Document, fragment: &str) -> bool {
    let fragment = fragment.strip_prefix("user-content-").unwrap_or(fragment);
    let is_line =
        fragment.strip_prefix('L').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    // A part of a text (`:~:text=`) is found by the browser.
    is_line || fragment.starts_with(":~:") || document.anchors.contains(fragment)
}

/// A scheme and a colon in front (RFC 3986, §3.1).
fn has_scheme(place: &str) -> bool {
    let Some((scheme, _)) = place.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Without percent-encoding (RFC 3986, §2.1); a `%` that begins none stands for itself.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    while let Some(byte) = bytes.get(at) {
        if let (b'%', Some(high), Some(low)) = (byte, digit(at + 1), digit(at + 2)) {
            out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn cut(text: &str) -> String {
    const SHOWN_MAX: usize = 120;
    let mut short: String =
        text.chars().take(SHOWN_MAX).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        short.push('…');
    }
    short
}
