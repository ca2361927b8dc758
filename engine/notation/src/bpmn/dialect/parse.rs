//! Tokens → a tree, with the precedence of the language they are in.
//!
//! ```text
//!   or     := and  ( `or`  and )*                    `||` in Java and JavaScript
//!   and    := not  ( `and` not )*                    `&&`
//!   not    := `not` not | comparison                 Python; in Java and JavaScript `!` and `not` bind like `-`
//!   comparison := sum ( operator sum )?              one at most: `1 < x < 3` means something else everywhere
//!   sum    := product ( `+` … )*     product := unary ( `*` … )*     unary := `-` unary | `!` unary | postfix
//!   postfix := primary ( `.` name | `[` literal `]` )*
//! ```
//!
//! **Absent on purpose:** calls (but FEEL's `not(…)`), conditional expressions, lambdas, slices, comprehensions.

use std::ops::Range;

use dod_kernel::decimal::Decimal;

use super::tokens::{Lexeme, Token, tokens};
use super::tree::{Node, What};
use super::{DEPTH_MAX, Dialect, Misfit};

mod feel;
mod primary;

/// Items that a list or a chain of `and` may have.
const ITEMS_MAX: usize = 1_000;

/// Reads one expression, or one statement after the other.
pub(in crate::bpmn) struct Parser<'t> {
    pub(super) text: &'t str,
    pub(super) dialect: Dialect,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// Open parentheses, brackets and braces: ends of lines mean nothing in them.
    open: usize,
    /// Maps may be written: in scripts.
    maps: bool,
    /// Statements of a script so far.
    pub(super) statements_seen: usize,
    /// What `?` means: in unary tests.
    input: Option<Node>,
}

type Read<T> = Result<T, Misfit>;

impl<'t> Parser<'t> {
    pub(in crate::bpmn) fn new(text: &'t str, inside: Range<usize>, dialect: Dialect) -> Read<Self> {
        let tokens = tokens(text, inside, dialect)?;
        Ok(Self {
            text,
            dialect,
            tokens,
            at: 0,
            depth: 0,
            open: 0,
            maps: false,
            statements_seen: 0,
            input: None,
        })
    }

    /// Whether maps may be written.
    pub(super) fn with_maps(self, maps: bool) -> Self {
        Self { maps, ..self }
    }

    /// One expression and nothing behind it.
    pub(in crate::bpmn) fn whole(mut self) -> Read<Node> {
        self.open = 1;
        let returns = self.dialect == Dialect::Script && self.take_word("return");
        let node = self.expression()?;
        if self.dialect == Dialect::Script || returns {
            self.take(";");
        }
        match self.peek() {
            Lexeme::End => Ok(node),
            _ => Err(self.unexpected()),
        }
    }

    pub(super) fn peek(&mut self) -> &Lexeme {
        while self.open > 0 && self.tokens[self.at].what == Lexeme::Line {
            self.at += 1;
        }
        &self.tokens[self.at].what
    }

    /// The token behind the next one.
    pub(super) fn peek_second(&mut self) -> &Lexeme {
        self.peek();
        let mut at = (self.at + 1).min(self.tokens.len() - 1);
        while self.open > 0 && self.tokens[at].what == Lexeme::Line {
            at += 1;
        }
        &self.tokens[at].what
    }

    /// Where the next token stands.
    pub(super) fn here(&mut self) -> Range<usize> {
        self.peek();
        self.tokens[self.at].range.clone()
    }

    /// How far the next token stands from the beginning of its line, in bytes.
    pub(super) fn column(&mut self) -> usize {
        let start = self.here().start;
        start - self.text[..start].rfind('\n').map_or(0, |end| end + 1)
    }

    /// Whether a word comes next, behind any ends of lines, which are left out if it does; at the beginning of a line
    /// only so far from the left, unless that is no column.
    pub(super) fn follows(&mut self, word: &str, column: usize) -> bool {
        let before = self.at;
        while self.tokens[self.at].what == Lexeme::Line {
            self.at += 1;
        }
        let found = self.is_word(word) && (column == usize::MAX || self.column() == column);
        if !found {
            self.at = before;
        }
        found
    }

    /// Where the last token ended.
    fn behind(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |last| self.tokens[last].range.end)
    }

    pub(super) fn advance(&mut self) {
        if self.tokens[self.at].what != Lexeme::End {
            self.at += 1;
        }
    }

    pub(super) fn is(&mut self, symbol: &str) -> bool {
        matches!(self.peek(), Lexeme::Symbol(found) if *found == symbol)
    }

    pub(super) fn take(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn is_word(&mut self, word: &str) -> bool {
        matches!(self.peek(), Lexeme::Word(found) if found == word)
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect(&mut self, symbol: &'static str) -> Read<()> {
        if self.take(symbol) {
            return Ok(());
        }
        let range = self.here();
        Err(Misfit::new(range, format!("`{symbol}` is missing")))
    }

    /// What stands between two brackets; ends of lines mean nothing there.
    pub(super) fn within<T>(
        &mut self,
        close: &'static str,
        read: impl FnOnce(&mut Self) -> Read<T>,
    ) -> Read<T> {
        self.open += 1;
        let found = read(self);
        let closed = found.and_then(|found| self.expect(close).map(|()| found));
        self.open -= 1;
        closed
    }

    pub(in crate::bpmn) fn expression(&mut self) -> Read<Node> {
        self.deeper(Self::any)
    }

    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= DEPTH_MAX {
            let message = format!("the expression is nested deeper than {DEPTH_MAX} levels");
            return Err(Misfit::new(self.here(), message));
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    fn any(&mut self) -> Read<Node> {
        self.chain(&["||"], &["or"], Self::all, What::Any)
    }

    fn all(&mut self) -> Read<Node> {
        self.chain(&["&&"], &["and"], Self::not, What::All)
    }

    /// Terms with one of two spellings of an operator between them.
    fn chain(
        &mut self,
        symbols: &[&str],
        words: &[&str],
        next: impl Fn(&mut Self) -> Read<Node>,
        build: impl FnOnce(Vec<Node>) -> What,
    ) -> Read<Node> {
        let first = next(self)?;
        let mut terms = vec![first];
        loop {
            let range = self.here();
            let symbol = symbols.iter().any(|symbol| self.is(symbol));
            let word = words.iter().any(|word| self.is_word(word));
            let fits = match self.dialect {
                Dialect::Feel | Dialect::Python => word && !symbol,
                Dialect::Script => symbol && !word,
                Dialect::Juel | Dialect::Plain | Dialect::Rhai => symbol || word,
            };
            if !fits && (symbol || word) {
                return Err(self
                    .unexpected()
                    .hint(format!("write `{}`", if symbol { words[0] } else { symbols[0] })));
            }
            if !fits {
                break;
            }
            self.advance();
            if terms.len() >= ITEMS_MAX {
                return Err(Misfit::new(range, format!("there are more than {ITEMS_MAX} terms")));
            }
            terms.push(next(self)?);
        }
        if terms.len() == 1 {
            return Ok(terms.swap_remove(0));
        }
        if let Some(unfit) = terms.iter().find(|term| !term.may_be_true()) {
            return Err(Misfit::new(unfit.range.clone(), "this is never true or false"));
        }
        let range = terms[0].range.start..self.behind();
        Ok(Node::new(range, build(terms)))
    }

    fn not(&mut self) -> Read<Node> {
        let loose = matches!(self.dialect, Dialect::Python | Dialect::Plain);
        if loose && self.is_word("not") {
            let start = self.here().start;
            self.advance();
            let operand = self.deeper(Self::not)?;
            return self.negated(start, operand);
        }
        self.comparison()
    }

    pub(super) fn negated(&mut self, start: usize, operand: Node) -> Read<Node> {
        if !operand.may_be_true() {
            return Err(Misfit::new(operand.range, "this is never true or false"));
        }
        Ok(Node::new(start..self.behind(), What::Not(Box::new(operand))))
    }

    fn comparison(&mut self) -> Read<Node> {
        let left = self.sum()?;
        let found = self.compared(left)?;
        let compares =
            matches!(found.what, What::Compare(..) | What::In(..)) && found.range.end == self.behind();
        if compares && (self.operator().is_some() || self.is_membership()) {
            let range = self.here();
            let hint = "join two comparisons with `and`, as in `1 < x and x < 3`";
            return Err(Misfit::new(range, "comparisons do not chain").hint(hint));
        }
        Ok(found)
    }

    fn compared(&mut self, left: Node) -> Read<Node> {
        if self.is_membership() {
            return self.membership(left);
        }
        let Some(how) = self.operator() else { return Ok(left) };
        self.advance();
        if how == "is" {
            let differs = self.take_word("not");
            let right = self.sum()?;
            if right.what != What::Null {
                return Err(Misfit::new(right.range, "`is` compares only with `None`").hint("write `==`"));
            }
            return Ok(left.compared(if differs { "!=" } else { "==" }, right));
        }
        let right = self.sum()?;
        let null = left.what == What::Null || right.what == What::Null;
        if null && !matches!(how, "==" | "!=") {
            return Err(Misfit::new(left.range.start..right.range.end, "null has no order"));
        }
        Ok(left.compared(how, right))
    }

    /// The comparison that the next token is, as rhai spells it.
    fn operator(&mut self) -> Option<&'static str> {
        let dialect = self.dialect;
        match self.peek() {
            Lexeme::Symbol("=") if dialect == Dialect::Feel => Some("=="),
            Lexeme::Symbol("==") if dialect == Dialect::Feel => None,
            Lexeme::Symbol("===") if matches!(dialect, Dialect::Script | Dialect::Plain) => Some("=="),
            Lexeme::Symbol("!==") if matches!(dialect, Dialect::Script | Dialect::Plain) => Some("!="),
            Lexeme::Symbol(symbol) => {
                let symbol = *symbol;
                matches!(symbol, "==" | "!=" | "<" | "<=" | ">" | ">=").then_some(symbol)
            }
            Lexeme::Word(word) if dialect == Dialect::Juel => match word.as_str() {
                "eq" => Some("=="),
                "ne" => Some("!="),
                "lt" => Some("<"),
                "le" => Some("<="),
                "gt" => Some(">"),
                "ge" => Some(">="),
                _ => None,
            },
            Lexeme::Word(word) if matches!(dialect, Dialect::Python | Dialect::Plain) => {
                (word == "is").then_some("is")
            }
            _ => None,
        }
    }

    fn is_membership(&mut self) -> bool {
        match self.dialect {
            Dialect::Python | Dialect::Plain => {
                let not_in =
                    self.is_word("not") && matches!(self.peek_second(), Lexeme::Word(word) if word == "in");
                self.is_word("in") || not_in
            }
            Dialect::Feel => self.is_word("in") || self.is_word("between"),
            Dialect::Juel | Dialect::Rhai | Dialect::Script => false,
        }
    }

    fn membership(&mut self, left: Node) -> Read<Node> {
        if self.dialect == Dialect::Feel {
            return self.feel_membership(left);
        }
        let differs = self.take_word("not");
        self.take_word("in");
        let whole = self.sum()?;
        let range = left.range.start..self.behind();
        if matches!(whole.what, What::Number(_) | What::Bool(_) | What::Null | What::Negative(_)) {
            return Err(Misfit::new(whole.range, "nothing is in this"));
        }
        let found = Node::new(range.clone(), What::In(Box::new(left), Box::new(whole)));
        Ok(if differs { Node::new(range, What::Not(Box::new(found))) } else { found })
    }

    pub(super) fn sum(&mut self) -> Read<Node> {
        self.arithmetic(&["+", "-"], &[], Self::product)
    }

    fn product(&mut self) -> Read<Node> {
        let words: &[(&str, &'static str)] = match self.dialect {
            Dialect::Juel => &[("div", "/"), ("mod", "%")],
            _ => &[],
        };
        self.arithmetic(&["*", "/", "%"], words, Self::unary)
    }

    fn arithmetic(
        &mut self,
        symbols: &[&'static str],
        words: &[(&str, &'static str)],
        next: impl Fn(&mut Self) -> Read<Node>,
    ) -> Read<Node> {
        let mut left = next(self)?;
        let mut operands = 1;
        loop {
            let symbol = symbols.iter().copied().find(|symbol| self.is(symbol));
            let word = words.iter().find(|(word, _)| self.is_word(word)).map(|(_, symbol)| *symbol);
            let Some(operator) = symbol.or(word) else { return Ok(left) };
            let range = self.here();
            self.advance();
            operands += 1;
            if operands > DEPTH_MAX {
                return Err(Misfit::new(range, format!("there are more than {DEPTH_MAX} operands")));
            }
            // The remainder of a negative number is negative in rhai and Java, not in Python.
            if operator == "%" && matches!(self.dialect, Dialect::Python | Dialect::Plain | Dialect::Feel) {
                return Err(Misfit::new(range, "`%` has no equal for negative numbers"));
            }
            let right = next(self)?;
            self.fits(operator, &left, &right)?;
            let range = left.range.start..right.range.end;
            left = Node::new(range, What::Arithmetic(operator, Box::new(left), Box::new(right)));
        }
    }

    /// Java's expressions make numbers of texts that are added; nobody else's subtracts or multiplies them.
    fn fits(&self, operator: &str, left: &Node, right: &Node) -> Read<()> {
        for side in [left, right] {
            let text =
                matches!(side.what, What::Text(_)) && (operator != "+" || self.dialect == Dialect::Juel);
            let other =
                matches!(side.what, What::Null | What::Bool(_) | What::List(_) | What::Map(_) | What::Not(_));
            if text || other {
                let message = format!("`{operator}` with this has no equal");
                return Err(Misfit::new(side.range.clone(), message));
            }
        }
        Ok(())
    }

    fn unary(&mut self) -> Read<Node> {
        let start = self.here().start;
        if self.is("-") {
            self.advance();
            let operand = self.deeper(Self::unary)?;
            let range = start..operand.range.end;
            return match operand.what {
                What::Number(number) => match Decimal::from(0i64).minus(number) {
                    Some(negative) => Ok(Node::new(range, What::Number(negative))),
                    None => Err(Misfit::new(range, "the number cannot be held exactly")),
                },
                What::Name(_)
                | What::Member(..)
                | What::Index(..)
                | What::Arithmetic(..)
                | What::Negative(_) => Ok(Node::new(range, What::Negative(Box::new(operand)))),
                _ => Err(Misfit::new(operand.range, "`-` takes a number")),
            };
        }
        let bang = self.is("!") && !matches!(self.dialect, Dialect::Python | Dialect::Feel);
        if bang || self.dialect == Dialect::Juel && self.is_word("not") {
            self.advance();
            let operand = self.deeper(Self::unary)?;
            return self.negated(start, operand);
        }
        self.postfix()
    }

    /// What is wrong with the next token.
    pub(super) fn unexpected(&mut self) -> Misfit {
        let range = self.here();
        let dialect = self.dialect;
        let written = self.text[range.clone()].to_owned();
        let (message, hint) = match self.peek() {
            Lexeme::End | Lexeme::Line => return Misfit::new(range, "the expression ends too early"),
            Lexeme::Symbol("=") => {
                ("an expression does not assign".to_owned(), Some("equality is written `==`".to_owned()))
            }
            Lexeme::Symbol("==") if dialect == Dialect::Feel => {
                ("FEEL has no `==`".to_owned(), Some("write `=`".to_owned()))
            }
            Lexeme::Symbol("(") => ("calls have no equal".to_owned(), None),
            Lexeme::Symbol("?" | "?:" | "if") => ("a choice between values has no equal".to_owned(), None),
            Lexeme::Word(_) if dialect == Dialect::Feel => (
                format!("`{written}` does not belong here"),
                Some("a name with spaces has no equal: rename the variable".to_owned()),
            ),
            _ => (format!("`{written}` does not belong here"), None),
        };
        let misfit = Misfit::new(range, message);
        match hint {
            Some(hint) => misfit.hint(hint),
            None => misfit,
        }
    }
}
