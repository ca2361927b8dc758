//! Python's versions (PEP 440, "Version scheme" and appendix B).
//!
//! **Absent on purpose:** specifiers, and the legacy versions that came before PEP 440: they have no order.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Appendix B, without its trailing and leading white space.
static FORM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi-u)^ v?
        (?:(?P<epoch>[0-9]+)!)?
        (?P<release>[0-9]+(?:\.[0-9]+)*)
        (?:[-_.]?(?P<pre>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?P<pre_number>[0-9]+)?)?
        (?P<is_post>-(?P<post_short>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>[0-9]+)?)?
        (?P<is_dev>[-_.]?dev[-_.]?(?P<dev_number>[0-9]+)?)?
        (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?
        $",
    )
    .expect("the form of PEP 440 is a regular expression")
});

/// A version as it is ordered: fields in the order of comparison.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    epoch: u64,
    /// Without zeros at its end.
    release: Vec<u64>,
    pre: Pre,
    post: Option<u64>,
    dev: Dev,
    local: Vec<Local>,
}

/// A release comes behind its candidates, and a development release without anything else before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Pre {
    OnlyDev,
    Alpha(u64),
    Beta(u64),
    Candidate(u64),
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Dev {
    Number(u64),
    None,
}

/// Words come before numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Local {
    Word(String),
    Number(u64),
}

impl Version {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parts = FORM.captures(text.trim())?;
        let mut release: Vec<u64> =
            parts["release"].split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        while release.last() == Some(&0) {
            release.pop();
        }
        let post = match parts.name("is_post") {
            None => None,
            Some(_) if parts.name("post_short").is_some() => Some(number(&parts, "post_short")?),
            Some(_) => Some(number(&parts, "post_number")?),
        };
        let dev = match parts.name("is_dev") {
            None => Dev::None,
            Some(_) => Dev::Number(number(&parts, "dev_number")?),
        };
        let pre_number = number(&parts, "pre_number")?;
        let pre = match parts.name("pre").map(|word| word.as_str().to_ascii_lowercase()).as_deref() {
            None if post.is_none() && dev != Dev::None => Pre::OnlyDev,
            None => Pre::None,
            Some("a" | "alpha") => Pre::Alpha(pre_number),
            Some("b" | "beta") => Pre::Beta(pre_number),
            Some(_) => Pre::Candidate(pre_number),
        };
        let local = match parts.name("local") {
            None => Vec::new(),
            Some(label) => label.as_str().split(['-', '_', '.']).map(local).collect::<Option<_>>()?,
        };
        Some(Self { epoch: number(&parts, "epoch")?, release, pre, post, dev, local })
    }

    /// The order, without the own local label where the bound has none.
    pub(crate) fn against(&self, bound: &Self) -> Ordering {
        if bound.local.is_empty() && !self.local.is_empty() {
            return Self { local: Vec::new(), ..self.clone() }.cmp(bound);
        }
        self.cmp(bound)
    }
}

/// A number that is left out is zero; one that is too large is not read.
fn number(parts: &Captures<'_>, name: &str) -> Option<u64> {
    parts.name(name).map_or(Some(0), |digits| digits.as_str().parse().ok())
}

fn local(part: &str) -> Option<Local> {
    if part.bytes().all(|byte| byte.is_ascii_digit()) {
        return part.parse().ok().map(Local::Number);
    }
    Some(Local::Word(part.to_ascii_lowercase()))
}
