//! Scripts that assign, statement by statement, with `if` and `while`.
//!
//! ```text
//!   x = 1      x += 1      x++      a, b = 1, 2      order.total = 5      var y = x * 2;      print("…")
//!   execution.setVariable("x", 1)      if a > 1: …  elif … else …      if (a) { … } else { … }      while …
//! ```
//!
//! **Absent on purpose:** `for` (its variable outlives it in Python), functions, imports, calls. rhai has them; a script in rhai goes through
//! unread.

use std::ops::Range;

use super::parse::Parser;
use super::rhai::Writer;
use super::tokens::Lexeme;
use super::tree::{Node, What};
use super::{DEPTH_MAX, Dialect, Misfit, Translated};

/// Statements that a script may have.
const STATEMENTS_MAX: usize = 1_000;

/// One statement, in the order of the script.
pub(super) enum Statement {
    /// Targets and values in pairs. `operator` is `=`, `+=` and so on.
    Assign {
        range: Range<usize>,
        local: bool,
        operator: &'static str,
        targets: Vec<Node>,
        values: Vec<Node>,
    },
    /// Conditions with what is done where they are the first that holds, and what is done else.
    If(Range<usize>, Vec<(Node, Vec<Self>)>, Vec<Self>),
    /// Says something to nobody.
    Print(Range<usize>, Node),
    While(Range<usize>, Node, Vec<Self>),
}

/// Where a row of statements ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// At a closing brace.
    Brace,
    /// With the text.
    End,
    /// At a line that begins further left than this: Python.
    Left(usize),
}

type Read<T> = Result<T, Misfit>;

pub(super) fn read(text: &str, dialect: Dialect) -> Read<Vec<Statement>> {
    let inside = match dialect {
        Dialect::Juel | Dialect::Feel => dialect.inside(text)?,
        _ => 0..text.len(),
    };
    let mut parser = Parser::new(text, inside, dialect)?.with_maps(true);
    let until = if dialect == Dialect::Python { Until::Left(parser.first_column()) } else { Until::End };
    let found = parser.statements(until)?;
    match parser.peek() {
        Lexeme::End => Ok(found),
        _ => Err(parser.unexpected()),
    }
}

/// Words that begin a statement with no equal.
const STATEMENTS: &[&str] = &[
    "assert", "async", "await", "break", "class", "continue", "def", "del", "do", "elif", "else", "for",
    "from", "function", "global", "import", "nonlocal", "raise", "return", "switch", "throw", "try", "with",
];

impl Parser<'_> {
    /// How far the first line stands from the left: a script may be indented as a whole.
    fn first_column(&mut self) -> usize {
        while *self.peek() == Lexeme::Line {
            self.advance();
        }
        self.column()
    }

    fn statements(&mut self, until: Until) -> Read<Vec<Statement>> {
        let (mut found, mut begins) = (Vec::new(), true);
        loop {
            while matches!(self.peek(), Lexeme::Line | Lexeme::Symbol(";")) {
                begins |= *self.peek() == Lexeme::Line;
                self.advance();
            }
            if *self.peek() == Lexeme::End || until == Until::Brace && self.is("}") {
                return Ok(found);
            }
            if let (Until::Left(column), true) = (until, begins) {
                match self.column() {
                    here if here < column => return Ok(found),
                    here if here > column => {
                        let message = "the line begins further right than the one before";
                        return Err(Misfit::new(self.here(), message));
                    }
                    _ => {}
                }
            }
            self.statements_seen += 1;
            if self.statements_seen > STATEMENTS_MAX {
                let message = format!("a script has at most {STATEMENTS_MAX} statements");
                return Err(Misfit::new(self.here(), message));
            }
            begins = false;
            if self.take_word("pass") {
                continue;
            }
            let statement = self.deeper(Self::statement)?;
            begins = matches!(statement, Statement::If(..) | Statement::While(..));
            found.push(statement);
            if !begins && !matches!(self.peek(), Lexeme::Line | Lexeme::Symbol(";" | "}") | Lexeme::End) {
                return Err(self.unexpected());
            }
        }
    }

    /// `if` and `while`, in the forms of Python and of languages with braces.
    fn branches(&mut self, range: &Range<usize>) -> Read<Option<Statement>> {
        let known = matches!(self.dialect, Dialect::Python | Dialect::Script);
        if !known || !(self.is_word("if") || self.is_word("while")) {
            return Ok(None);
        }
        let column = self.column();
        if self.take_word("while") {
            let (condition, body) = self.guarded(column)?;
            return Ok(Some(Statement::While(range.clone(), condition, body)));
        }
        self.advance();
        let python = self.dialect == Dialect::Python;
        let mut branches = vec![self.guarded(column)?];
        loop {
            if branches.len() > DEPTH_MAX {
                return Err(Misfit::new(range.clone(), format!("there are more than {DEPTH_MAX} branches")));
            }
            if python && self.follows("elif", column) {
                self.advance();
                branches.push(self.guarded(column)?);
                continue;
            }
            if !self.follows("else", if python { column } else { usize::MAX }) {
                return Ok(Some(Statement::If(range.clone(), branches, Vec::new())));
            }
            self.advance();
            if !python && self.take_word("if") {
                branches.push(self.guarded(column)?);
                continue;
            }
            let otherwise = self.block(column)?;
            return Ok(Some(Statement::If(range.clone(), branches, otherwise)));
        }
    }

    fn guarded(&mut self, column: usize) -> Read<(Node, Vec<Statement>)> {
        let condition = self.expression()?;
        if !condition.may_be_true() {
            return Err(Misfit::new(condition.range, "this is never true or false"));
        }
        Ok((condition, self.block(column)?))
    }

    /// What stands behind a condition: a statement, lines further right, or something in braces.
    fn block(&mut self, column: usize) -> Read<Vec<Statement>> {
        if self.dialect != Dialect::Python {
            while *self.peek() == Lexeme::Line {
                self.advance();
            }
            if !self.take("{") {
                return Ok(vec![self.deeper(Self::statement)?]);
            }
            let found = self.statements(Until::Brace)?;
            return self.expect("}").map(|()| found);
        }
        self.expect(":")?;
        if *self.peek() != Lexeme::Line {
            return self.rest_of_line();
        }
        self.advance();
        let inner = self.column();
        if inner <= column || *self.peek() == Lexeme::End {
            return Err(Misfit::new(self.here(), "the lines of a block begin further right"));
        }
        self.statements(Until::Left(inner))
    }

    /// `if a: x = 1; y = 2`
    fn rest_of_line(&mut self) -> Read<Vec<Statement>> {
        let mut found = Vec::new();
        loop {
            if !self.take_word("pass") {
                found.push(self.deeper(Self::statement)?);
            }
            if !self.take(";") || matches!(self.peek(), Lexeme::Line | Lexeme::End) {
                return Ok(found);
            }
        }
    }

    fn statement(&mut self) -> Read<Statement> {
        let range = self.here();
        if let Some(found) = self.branches(&range)? {
            return Ok(found);
        }
        if let Lexeme::Word(word) = self.peek()
            && STATEMENTS.contains(&word.as_str())
            && !(word == "def" && self.dialect == Dialect::Script)
        {
            let misfit = Misfit::new(range, format!("`{}` has no equal", &self.text[self.here()]));
            return Err(misfit.hint(
                "what is translated are assignments like `x = y + 1`, `if` and `while`; write others in rhai",
            ));
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
    rows(&mut writer, statements, 0);
    writer.done()
}

fn rows(writer: &mut Writer, statements: &[Statement], depth: usize) {
    for (at, statement) in statements.iter().enumerate() {
        if at > 0 {
            writer.put(&(0..0), "\n");
        }
        row(writer, statement, depth);
    }
}

/// Begins a line, so far to the right.
fn indented(writer: &mut Writer, range: &Range<usize>, depth: usize, text: &str) {
    writer.put(range, &"  ".repeat(depth));
    writer.put(range, text);
}

fn row(writer: &mut Writer, statement: &Statement, depth: usize) {
    match statement {
        Statement::Print(range, said) => {
            indented(writer, range, depth, "print(");
            writer.node(said, 0);
            writer.put(range, ");");
        }
        Statement::While(range, condition, body) => {
            indented(writer, range, depth, "while ");
            writer.node(condition, 0);
            braces(writer, range, body, depth);
        }
        Statement::If(range, branches, otherwise) => {
            for (at, (condition, body)) in branches.iter().enumerate() {
                match at {
                    0 => indented(writer, range, depth, "if "),
                    _ => writer.put(&condition.range, " else if "),
                }
                writer.node(condition, 0);
                braces(writer, range, body, depth);
            }
            if !otherwise.is_empty() {
                writer.put(range, " else");
                braces(writer, range, otherwise, depth);
            }
        }
        Statement::Assign { range, local, operator, targets, values } => {
            // Values that say themselves can be set one after the other.
            if targets.len() == 1 || values.iter().all(|value| value.literal().is_some()) {
                for (at, (target, value)) in targets.iter().zip(values).enumerate() {
                    if at > 0 {
                        writer.put(&target.range, "\n");
                    }
                    indented(writer, range, depth, "");
                    assign(writer, range, (*local, operator), target, value);
                }
            } else {
                indented(writer, range, depth, "");
                several(writer, range, targets, values);
            }
        }
    }
}

fn braces(writer: &mut Writer, range: &Range<usize>, body: &[Statement], depth: usize) {
    writer.put(range, " {\n");
    rows(writer, body, depth + 1);
    writer.put(range, "\n");
    indented(writer, range, depth, "}");
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
