//! Scripts that only assign, statement by statement.
//!
//! ```text
//!   x = 1      x += 1      x++      a, b = 1, 2      order.total = 5      var y = x * 2;      print("…")
//!   execution.setVariable("x", 1)
//! ```
//!
//! **Absent on purpose:** branches, loops, functions, imports, calls. rhai has them; a script in rhai goes through
//! unread.

use std::ops::Range;

use super::parse::Parser;
use super::rhai::Writer;
use super::tokens::Lexeme;
use super::tree::{Node, What};
use super::{Dialect, Misfit, Translated};

/// Statements that a script may have.
const STATEMENTS_MAX: usize = 1_000;

/// One statement, in the order of the script.
pub(super) enum Statement {
    /// Targets and values in pairs. `operator` is `=`, `+=` and so on.
    Assign { range: Range<usize>, local: bool, operator: &'static str, targets: Vec<Node>, values: Vec<Node> },
    /// Says something to nobody.
    Print(Range<usize>, Node),
}

type Read<T> = Result<T, Misfit>;

pub(super) fn read(text: &str, dialect: Dialect) -> Read<Vec<Statement>> {
    let inside = match dialect {
        Dialect::Juel | Dialect::Feel => dialect.inside(text)?,
        _ => 0..text.len(),
    };
    let mut parser = Parser::new(text, inside, dialect)?.with_maps(true);
    let mut statements = Vec::new();
    loop {
        while matches!(parser.peek(), Lexeme::Line | Lexeme::Symbol(";")) {
            parser.advance();
        }
        if *parser.peek() == Lexeme::End {
            return Ok(statements);
        }
        if statements.len() >= STATEMENTS_MAX {
            let message = format!("a script has at most {STATEMENTS_MAX} statements");
            return Err(Misfit::new(parser.here(), message));
        }
        if parser.take_word("pass") {
            continue;
        }
        statements.push(parser.statement()?);
        if !matches!(parser.peek(), Lexeme::Line | Lexeme::Symbol(";") | Lexeme::End) {
            return Err(parser.unexpected());
        }
    }
}

/// Words that begin a statement with no equal.
const STATEMENTS: &[&str] = &[
    "assert", "async", "await", "break", "class", "continue", "def", "del", "do", "elif", "else", "for",
    "from", "function", "global", "if", "import", "nonlocal", "raise", "return", "switch", "throw", "try",
    "while", "with",
];

impl Parser<'_> {
    fn statement(&mut self) -> Read<Statement> {
        let range = self.here();
        if let Lexeme::Word(word) = self.peek()
            && STATEMENTS.contains(&word.as_str())
            && !(word == "def" && self.dialect == Dialect::Script)
        {
            let misfit = Misfit::new(range, format!("`{}` has no equal", &self.text[self.here()]));
            return Err(misfit
                .hint("what is translated are assignments like `x = y + 1`; write other scripts in rhai"));
        }
        if let Some(found) = self.called(&range)? {
            return Ok(found);
        }
        let declares = ["let", "const", "var", "def"];
        let local = matches!(self.dialect, Dialect::Script | Dialect::Plain)
            && declares.iter().any(|word| self.is_word(word))
            && matches!(self.peek_second(), Lexeme::Word(_));
        if local {
            self.advance();
        }
        let mut targets = vec![self.target()?];
        while !local && self.take(",") {
            targets.push(self.target()?);
        }
        self.assigned(range, local, targets)
    }

    fn assigned(&mut self, range: Range<usize>, local: bool, targets: Vec<Node>) -> Read<Statement> {
        let operator = match self.peek() {
            Lexeme::Symbol("++" | "--") if targets.len() == 1 && !local => {
                let operator = if self.is("++") { "+=" } else { "-=" };
                let one = Node::new(self.here(), What::Number(1i64.into()));
                self.advance();
                return Ok(Statement::Assign { range, local, operator, targets, values: vec![one] });
            }
            Lexeme::Symbol("=") => "=",
            Lexeme::Symbol("+=") if targets.len() == 1 && !local => "+=",
            Lexeme::Symbol("-=") if targets.len() == 1 && !local => "-=",
            Lexeme::Symbol("*=") if targets.len() == 1 && !local => "*=",
            Lexeme::Symbol("/=") if targets.len() == 1 && !local => "/=",
            _ => {
                let misfit =
                    Misfit::new(range.start..self.here().start.max(range.end), "this is no assignment");
                return Err(misfit.hint("what is translated are assignments like `x = y + 1`"));
            }
        };
        self.advance();
        let mut values = vec![self.expression()?];
        while self.take(",") {
            values.push(self.expression()?);
        }
        if self.is("=") {
            return Err(Misfit::new(self.here(), "one statement assigns once"));
        }
        if values.len() != targets.len() {
            let range = values[0].range.start..values[values.len() - 1].range.end;
            let message = format!("{} values for {} names", values.len(), targets.len());
            return Err(Misfit::new(range, message));
        }
        Ok(Statement::Assign { range, local, operator, targets, values })
    }

    /// What is assigned to: a name, or a member of one.
    fn target(&mut self) -> Read<Node> {
        let found = self.postfix()?;
        let mut inner = &found;
        while let What::Member(of, _) | What::Index(of, _) = &inner.what {
            inner = of;
        }
        match inner.what {
            What::Name(_) => Ok(found),
            _ => Err(Misfit::new(found.range, "nothing can be assigned to this")),
        }
    }

    /// The two calls that have an equal: saying something, and Java's way to set a variable.
    fn called(&mut self, range: &Range<usize>) -> Read<Option<Statement>> {
        let prints = ["print", "println"].iter().any(|word| self.is_word(word))
            && *self.peek_second() == Lexeme::Symbol("(");
        if prints {
            self.advance();
            self.advance();
            let said = self.within(")", Self::expression)?;
            return Ok(Some(Statement::Print(range.clone(), said)));
        }
        if self.dialect != Dialect::Script || !self.is_word("execution") {
            return Ok(None);
        }
        self.advance();
        if !(self.take(".") && self.take_word("setVariable") && self.take("(")) {
            let misfit = Misfit::new(range.clone(), "`execution` is an object of another engine");
            return Err(misfit.hint("what is translated is `execution.setVariable(\"name\", value)`"));
        }
        let (name, value) = self.within(")", |parser| {
            let name = parser.expression()?;
            parser.expect(",")?;
            Ok((name, parser.expression()?))
        })?;
        let What::Text(variable) = name.what else {
            return Err(Misfit::new(name.range, "the name of a variable is a text"));
        };
        let target = Node::new(name.range, What::Name(variable));
        let (range, targets, values) = (range.clone(), vec![target], vec![value]);
        Ok(Some(Statement::Assign { range, local: false, operator: "=", targets, values }))
    }
}

/// The statements in rhai, one on each line. Several values are all worked out before the first one is set, as
/// Python does it (`a, b = b, a`).
pub(super) fn write(statements: &[Statement]) -> Translated {
    let mut writer = Writer::new();
    for (at, statement) in statements.iter().enumerate() {
        if at > 0 {
            writer.put(&(0..0), "\n");
        }
        match statement {
            Statement::Print(range, said) => {
                writer.put(range, "print(");
                writer.node(said, 0);
                writer.put(range, ");");
            }
            Statement::Assign { range, local, operator, targets, values } => {
                // Values that say themselves can be set one after the other.
                if targets.len() == 1 || values.iter().all(|value| value.literal().is_some()) {
                    for (at, (target, value)) in targets.iter().zip(values).enumerate() {
                        if at > 0 {
                            writer.put(&target.range, "\n");
                        }
                        assign(&mut writer, range, (*local, operator), target, value);
                    }
                } else {
                    several(&mut writer, range, targets, values);
                }
            }
        }
    }
    writer.done()
}

fn assign(
    writer: &mut Writer,
    range: &Range<usize>,
    (local, operator): (bool, &str),
    target: &Node,
    value: &Node,
) {
    if local {
        writer.put(range, "let ");
    }
    writer.node(target, 0);
    writer.put(&(target.range.end..value.range.start.max(target.range.end)), &format!(" {operator} "));
    writer.node(value, 0);
    writer.put(&(value.range.end..value.range.end), ";");
}

fn several(writer: &mut Writer, range: &Range<usize>, targets: &[Node], values: &[Node]) {
    writer.put(range, "{ ");
    for (at, value) in values.iter().enumerate() {
        writer.put(&value.range, &format!("let _value_{at} = "));
        writer.node(value, 0);
        writer.put(&value.range, "; ");
    }
    for (at, target) in targets.iter().enumerate() {
        writer.node(target, 0);
        writer.put(&target.range, &format!(" = _value_{at}; "));
    }
    writer.put(range, "}");
}
