//! A tree → rhai, with as few parentheses as rhai's precedence allows.
//!
//! **Absent on purpose:** a way to fail. What has no equal was refused before.

use std::ops::Range;

use super::Translated;
use super::tree::{Node, What};

/// Words that rhai 1.27 keeps for itself, and `vars`, which `dod-expression` reads. Sorted.
pub(super) const RESERVED: &[&str] = &[
    "Fn",
    "as",
    "async",
    "await",
    "break",
    "call",
    "case",
    "catch",
    "const",
    "continue",
    "curry",
    "debug",
    "default",
    "do",
    "else",
    "eval",
    "exit",
    "export",
    "false",
    "fn",
    "for",
    "global",
    "go",
    "goto",
    "if",
    "import",
    "in",
    "is",
    "is_def_fn",
    "is_def_var",
    "is_shared",
    "let",
    "loop",
    "match",
    "module",
    "new",
    "nil",
    "null",
    "package",
    "print",
    "private",
    "protected",
    "public",
    "return",
    "shared",
    "spawn",
    "static",
    "super",
    "switch",
    "sync",
    "this",
    "thread",
    "throw",
    "true",
    "try",
    "type_of",
    "until",
    "use",
    "var",
    "vars",
    "void",
    "while",
    "with",
    "yield",
];

/// How tightly an operator binds in rhai; more is tighter.
const ANY: u8 = 1;
const ALL: u8 = 2;
const EQUAL: u8 = 3;
const IN: u8 = 4;
const ORDER: u8 = 5;
const SUM: u8 = 6;
const PRODUCT: u8 = 7;
const UNARY: u8 = 8;
const POSTFIX: u8 = 9;

/// Text that grows, and where its parts come from.
pub(super) struct Writer {
    out: Translated,
    line: u32,
    column: u32,
}

pub(in crate::bpmn) fn expression(node: &Node) -> Translated {
    let mut writer = Writer::new();
    writer.node(node, 0);
    writer.done()
}

pub(super) fn assignment(variable: &str, node: &Node) -> Translated {
    let mut writer = Writer::new();
    writer.put(&(0..0), &format!("{} = ", name(variable)));
    writer.node(node, 0);
    writer.put(&(node.range.end..node.range.end), ";");
    writer.done()
}

/// The same with an expression that is rhai already.
pub(super) fn assignment_of(variable: &str, value: Translated) -> Translated {
    let before = format!("{} = ", name(variable));
    let shift = u32::try_from(before.chars().count()).unwrap_or(u32::MAX);
    let parts = value.parts.into_iter().map(|((line, column), range)| {
        ((line, if line == 1 { column.saturating_add(shift) } else { column }), range)
    });
    Translated { text: format!("{before}{};", value.text), parts: parts.collect() }
}

/// A name, or a lookup of it where rhai cannot spell it.
pub(super) fn name(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { format!("vars[{}]", quoted(name)) }
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|each| each.is_ascii_alphanumeric() || each == '_')
        && name.chars().any(|each| each.is_ascii_alphanumeric())
        && RESERVED.binary_search(&name).is_err()
}

/// A text in double quotes.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if letter.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { out: Translated::default(), line: 1, column: 1 }
    }

    pub(super) fn done(self) -> Translated {
        self.out
    }

    /// Writes what comes from a part of the original.
    pub(super) fn put(&mut self, range: &Range<usize>, text: &str) {
        self.out.parts.push(((self.line, self.column), range.clone()));
        self.out.text.push_str(text);
        for letter in text.chars() {
            (self.line, self.column) =
                if letter == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
    }

    /// Writes a node so that what stands around it, binding as tightly as `around`, does not take it apart.
    pub(super) fn node(&mut self, node: &Node, around: u8) {
        let range = &node.range;
        let own = binding(&node.what);
        if own < around {
            self.put(range, "(");
        }
        match &node.what {
            What::Null => self.put(range, "()"),
            What::Bool(yes) => self.put(range, if *yes { "true" } else { "false" }),
            What::Number(number) => self.put(range, &number.to_string()),
            What::Text(text) => self.put(range, &quoted(text)),
            What::Name(of) => self.put(range, &name(of)),
            What::List(items) => self.list(range, items),
            What::Map(members) => self.map(range, members),
            What::Member(of, member) => {
                self.node(of, POSTFIX);
                let behind = of.range.end.min(range.end)..range.end;
                match is_plain(member) {
                    true => self.put(&behind, &format!(".{member}")),
                    false => self.put(&behind, &format!("[{}]", quoted(member))),
                }
            }
            What::Index(of, index) => {
                self.node(of, POSTFIX);
                self.put(&index.range, "[");
                self.node(index, 0);
                self.put(&index.range, "]");
            }
            What::Not(operand) => {
                self.put(range, "!");
                self.node(operand, UNARY);
            }
            What::Negative(operand) => {
                self.put(range, "-");
                self.node(operand, POSTFIX);
            }
            What::All(terms) => self.terms(terms, " && ", ALL),
            What::Any(terms) => self.terms(terms, " || ", ANY),
            What::Compare(how, left, right) => self.binary(how, left, right, (own, SUM), range),
            What::Arithmetic(how, left, right) => self.binary(how, left, right, (own, own + 1), range),
            What::In(item, whole) => self.binary("in", item, whole, (own, SUM), range),
        }
        if own < around {
            self.put(range, ")");
        }
    }

    fn binary(
        &mut self,
        how: &str,
        left: &Node,
        right: &Node,
        (own, behind): (u8, u8),
        range: &Range<usize>,
    ) {
        // Comparisons are never left or right of one another without parentheses.
        self.node(left, if own < SUM { SUM } else { own });
        let between = left.range.end.min(right.range.start)..right.range.start;
        let inside = between.start >= range.start && between.end <= range.end;
        self.put(if inside { &between } else { range }, &format!(" {how} "));
        self.node(right, behind);
    }

    fn terms(&mut self, terms: &[Node], operator: &str, own: u8) {
        for (at, term) in terms.iter().enumerate() {
            if at > 0 {
                self.put(&term.range, operator);
            }
            self.node(term, own + 1);
        }
    }

    fn list(&mut self, range: &Range<usize>, items: &[Node]) {
        self.put(range, "[");
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.put(&item.range, ", ");
            }
            self.node(item, 0);
        }
        self.put(range, "]");
    }

    fn map(&mut self, range: &Range<usize>, members: &[(String, Node)]) {
        self.put(range, "#{");
        for (at, (name, value)) in members.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            self.put(&value.range, &format!("{comma}{}: ", quoted(name)));
            self.node(value, 0);
        }
        self.put(range, "}");
    }
}

fn binding(what: &What) -> u8 {
    match what {
        What::Any(_) => ANY,
        What::All(_) => ALL,
        What::Compare("==" | "!=", ..) => EQUAL,
        What::In(..) => IN,
        What::Compare(..) => ORDER,
        What::Arithmetic("+" | "-", ..) => SUM,
        What::Arithmetic(..) => PRODUCT,
        What::Not(_) | What::Negative(_) => UNARY,
        What::Number(number) if *number < dod_kernel::decimal::Decimal::from(0i64) => UNARY,
        _ => POSTFIX,
    }
}
