//! First bytes → clues. Nothing is refused here: the head may be cut anywhere and hold anything.

use super::clues::{Clues, Kind, Root, Tag};

/// Lines that are kept.
const LINES_MAX: usize = 400;

/// Bytes of a line, a word or an attribute that are kept.
const WORD_BYTES_MAX: usize = 300;

/// Paths that are kept.
const PATHS_MAX: usize = 3000;

/// Keys in each other that are kept.
const DEPTH_MAX: usize = 8;

pub(super) fn scan(head: &[u8]) -> Clues {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start();
    let mut clues = Clues::default();
    match text.as_bytes().first() {
        None => {}
        Some(b'<') => {
            clues.root = Root::Xml;
            scan_xml(text, &mut clues);
        }
        Some(b'{') => {
            clues.root = Root::Object;
            scan_lines(text, &mut clues);
            let rest = Json { rest: text }.document(&mut clues);
            let mut rest = Json { rest: rest.trim_start() };
            if !rest.rest.is_empty() {
                clues.root = if rest.rest.starts_with('{') { Root::JsonLines } else { Root::Lines };
                rest.documents(&mut clues);
            }
        }
        Some(b'[') if is_json_array(text) => {
            clues.root = Root::Array;
            Json { rest: text }.document(&mut clues);
        }
        Some(_) => {
            clues.root = Root::Lines;
            scan_lines(text, &mut clues);
            Json { rest: text }.documents(&mut clues);
        }
    }
    clues
}

/// `[INFO] done` begins like an array and is none.
fn is_json_array(text: &str) -> bool {
    text[1..]
        .trim_start()
        .starts_with(['{', '[', '"', ']', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
        || text[1..].trim_start().is_empty()
        || ["null", "true", "false"].iter().any(|word| text[1..].trim_start().starts_with(word))
}

fn scan_lines(text: &str, clues: &mut Clues) {
    clues.lines =
        text.lines().take(LINES_MAX).map(|line| crate::text::cut(line, WORD_BYTES_MAX).to_owned()).collect();
}

/// JSON, tolerantly.
struct Json<'t> {
    rest: &'t str,
}

impl<'t> Json<'t> {
    /// Documents that begin a line; other lines are passed over.
    fn documents(&mut self, clues: &mut Clues) {
        while !self.rest.is_empty() {
            if self.rest.starts_with('{') {
                self.rest = Json { rest: self.rest }.document(clues);
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }

    /// One object or array; what follows it is given back.
    fn document(mut self, clues: &mut Clues) -> &'t str {
        // Where we are: a key, or `[]`. An object whose key is not yet known has an empty one.
        let mut path: Vec<String> = Vec::new();
        let mut objects: Vec<bool> = Vec::new();
        let mut key_comes = false;
        loop {
            self.rest = self.rest.trim_start();
            let Some(first) = self.rest.bytes().next() else { return "" };
            match first {
                b'{' | b'[' => {
                    let object = first == b'{';
                    note(clues, &path, if object { Kind::Object } else { Kind::Array }, "");
                    objects.push(object);
                    path.push(if object { String::new() } else { "[]".to_owned() });
                    key_comes = object;
                    self.rest = &self.rest[1..];
                }
                b'}' | b']' => {
                    objects.pop();
                    path.pop();
                    key_comes = false;
                    self.rest = &self.rest[1..];
                    if objects.is_empty() {
                        return self.rest;
                    }
                }
                b',' => {
                    key_comes = objects.last() == Some(&true);
                    self.rest = &self.rest[1..];
                }
                b'"' => {
                    let text = self.string();
                    match path.last_mut().filter(|_| key_comes) {
                        Some(key) => *key = text,
                        None => note(clues, &path, Kind::Text, &text),
                    }
                }
                b':' => {
                    key_comes = false;
                    self.rest = &self.rest[1..];
                }
                _ => {
                    let end =
                        self.rest.find([',', '}', ']', ':', '"', '\n', '{', '[']).unwrap_or(self.rest.len());
                    let (word, rest) = self.rest.split_at(end);
                    note(clues, &path, Kind::Word, word.trim());
                    self.rest = rest;
                }
            }
        }
    }

    /// A string, whose quote is next; escapes of one character are resolved, which is enough for keys.
    fn string(&mut self) -> String {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return text;
                }
                '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
                other => text.push(other),
            }
        }
        self.rest = "";
        text
    }
}

fn note(clues: &mut Clues, path: &[String], kind: Kind, word: &str) {
    if path.is_empty() || path.len() > DEPTH_MAX || clues.paths.len() >= PATHS_MAX {
        return;
    }
    // Lists of lists and of texts are many and say nothing new.
    clues.paths.entry(path.to_vec()).or_default().insert(kind);
    if matches!(kind, Kind::Text | Kind::Word) && word.len() <= WORD_BYTES_MAX {
        clues.words.entry(path.to_vec()).or_insert_with(|| word.to_owned());
    }
}

fn scan_xml(text: &str, clues: &mut Clues) {
    let mut rest = text;
    let mut open: Vec<String> = Vec::new();
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let (begin, end) = match () {
            () if rest.starts_with("<!--") => ("<!--", "-->"),
            () if rest.starts_with("<![CDATA[") => ("<![CDATA[", "]]>"),
            () if rest.starts_with("<?") => ("<?", "?>"),
            () if rest.starts_with("<!") => ("<!", ">"),
            () => ("<", ">"),
        };
        // A `>` may stand in an attribute.
        let behind = begin.len();
        // The end begins behind the beginning: `<?>` and `<!-->` end nowhere yet.
        let end_at = match begin {
            "<" => tag_end(rest),
            _ => rest[behind..].find(end).map(|at| behind + at),
        };
        let inner = &rest[behind..end_at.unwrap_or(rest.len())];
        if begin == "<!" && clues.tag.name.is_empty() {
            clues.doctype = crate::text::cut(inner, WORD_BYTES_MAX).to_owned();
        } else if begin == "<" {
            scan_tag(inner, end_at.is_some(), &mut open, clues);
        }
        match end_at {
            Some(at) => rest = &rest[at + end.len()..],
            None => return,
        }
    }
}

fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (byte, quote) {
            (b'"' | b'\'', None) => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            (b'>', None) => return Some(at),
            _ => {}
        }
    }
    None
}

fn scan_tag(inner: &str, whole: bool, open: &mut Vec<String>, clues: &mut Clues) {
    if inner.starts_with('/') {
        open.pop();
        return;
    }
    let end = inner.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(inner.len());
    let (name, attributes) = inner.split_at(end);
    // A tag that the head cuts in its name says nothing.
    if name.is_empty() || (!whole && attributes.is_empty()) {
        return;
    }
    let name = name.rsplit(':').next().unwrap_or(name);
    if clues.tag.name.is_empty() {
        clues.tag = Tag { name: name.to_owned(), attributes: scan_attributes(attributes) };
    }
    open.push(crate::text::cut(name, WORD_BYTES_MAX).to_owned());
    if open.len() <= DEPTH_MAX && clues.tags.len() < PATHS_MAX {
        clues.tags.insert(open.join("/"));
    }
    if attributes.ends_with('/') {
        open.pop();
    }
}

fn scan_attributes(text: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    let mut rest = text;
    while let Some((key, behind)) = rest.split_once('=') {
        let behind = behind.trim_start();
        let Some(quote) = behind.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else { break };
        let Some((value, behind)) = behind[1..].split_once(quote) else { break };
        attributes.push((key.trim().to_owned(), crate::text::cut(value, WORD_BYTES_MAX).to_owned()));
        rest = behind;
    }
    attributes
}
