//! A workflow file of either notation: YAML, or a BPMN diagram. Everything that reads workflows asks here.
//!
//! **Absent on purpose:** which file, and from which commit; that is `governed`'s.

use dod_notation::bpmn::{self, Purpose, Wanted};
use dod_notation::lower::{self, Checked, Loaded, World};

/// How names of diagrams end.
const ENDINGS: [&str; 4] = [".bpmn", ".bpmn2", ".bpmn20.xml", ".xml"];

/// A workflow file as it was read.
#[derive(Debug)]
pub(crate) struct Definition {
    /// What people are shown.
    pub(crate) name: String,
    pub(crate) text: Text,
}

/// What is in it.
#[derive(Debug)]
pub(crate) enum Text {
    Diagram(Vec<u8>),
    Yaml(String),
}

/// What is wanted of a diagram; a YAML file has nothing of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Play<'a> {
    pub(crate) process: Option<&'a str>,
    pub(crate) along: &'a [Loaded],
    pub(crate) purpose: Purpose,
}

impl<'a> Play<'a> {
    /// The process that is to be run.
    pub(crate) fn run(process: Option<&'a str>) -> Self {
        Self { process, along: &[], purpose: Purpose::Run }
    }
}

impl Definition {
    /// Of bytes, told by the name and by how they begin.
    pub(crate) fn new(name: &str, bytes: Vec<u8>) -> Result<Self, String> {
        let text = match is_diagram(name, &bytes) {
            true => Text::Diagram(bytes),
            false => Text::Yaml(String::from_utf8(bytes).map_err(|_| "it is not UTF-8")?),
        };
        Ok(Self { name: name.to_owned(), text })
    }

    pub(crate) fn check(self, play: Play<'_>, world: &World<'_>) -> Checked {
        let Play { process, along, purpose } = play;
        match self.text {
            Text::Diagram(bytes) => {
                bpmn::check(&self.name, bytes, &Wanted { along, process, purpose }, world)
            }
            Text::Yaml(text) => lower::check(&self.name, &text, world),
        }
    }
}

/// Whether a file is a diagram. What is empty and called like one is one, and will be told so.
pub(crate) fn is_diagram(name: &str, bytes: &[u8]) -> bool {
    has_ending(name) || begins_like_xml(bytes)
}

/// Whether a file is called like a diagram.
pub(crate) fn has_ending(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// XML begins with `<`, behind a byte order mark and white space; UTF-16 has its mark.
fn begins_like_xml(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    utf16 || bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}
