//! What only FEEL has, and what means the same in rhai: `between`, ranges, and the unary tests of decision tables
//! (DMN 1.3, clauses 7.3.3 and 10.3.2).
//!
//! **Absent on purpose:** ranges as values, functions, null that spreads.

use std::ops::Range;

use super::{ITEMS_MAX, Parser, Read};
use crate::bpmn::dialect::Misfit;
use crate::bpmn::dialect::tokens::Lexeme;
use crate::bpmn::dialect::tree::{Node, What};

impl Parser<'_> {
    /// `x between a and b`, `x in [a..b]`, `x in (…, …)`, `x in list`.
    pub(super) fn feel_membership(&mut self, left: Node) -> Read<Node> {
        let start = left.range.start;
        if self.take_word("between") {
            let low = self.sum()?;
            if !self.take_word("and") {
                return Err(Misfit::new(self.here(), "`and` is missing").hint("as in `x between 1 and 3`"));
            }
            let high = self.sum()?;
            let range = start..self.behind();
            let above = left.clone().compared(">=", low);
            return Ok(Node::new(range, What::All(vec![above, left.compared("<=", high)])));
        }
        self.take_word("in");
        if self.is("(") && !self.is_range() {
            self.advance();
            let mut found = self.within(")", |parser| parser.tests(&left))?;
            found.range = start..self.behind();
            return Ok(found);
        }
        self.test(&left)
    }

    /// Unary tests: `-`, or tests with commas between them, or `not(…)` of such.
    pub(in crate::bpmn) fn unary_tests(mut self, input: &Node) -> Read<Option<Node>> {
        self.open = 1;
        self.input = Some(input.clone());
        let start = self.here().start;
        let found = if self.is("-") && *self.peek_second() == Lexeme::End {
            self.advance();
            None
        } else if self.is_word("not") && *self.peek_second() == Lexeme::Symbol("(") {
            self.advance();
            self.advance();
            let inner = self.within(")", |parser| parser.tests(input))?;
            Some(self.negated(start, inner)?)
        } else {
            Some(self.tests(input)?)
        };
        match self.peek() {
            Lexeme::End => Ok(found),
            _ => Err(self.unexpected()),
        }
    }

    fn tests(&mut self, input: &Node) -> Read<Node> {
        let start = self.here().start;
        let mut found = vec![self.test(input)?];
        while self.take(",") {
            if found.len() >= ITEMS_MAX {
                return Err(Misfit::new(self.here(), format!("there are more than {ITEMS_MAX} tests")));
            }
            found.push(self.test(input)?);
        }
        if found.len() == 1 {
            return Ok(found.swap_remove(0));
        }
        let range = start..self.behind();
        Ok(Node::new(range.clone(), as_list(input, &found, &range).unwrap_or(What::Any(found))))
    }

    /// One test: a comparison without its left side, a range, a list, or a value to equal.
    fn test(&mut self, input: &Node) -> Read<Node> {
        let start = self.here().start;
        if self.is_range() {
            return self.range(input);
        }
        if self.asks_itself() {
            let found = self.expression()?;
            return match found.may_be_true() {
                true => Ok(found),
                false => Err(Misfit::new(found.range, "this is never true or false")),
            };
        }
        let how = match self.peek() {
            Lexeme::Symbol("<") => "<",
            Lexeme::Symbol("<=") => "<=",
            Lexeme::Symbol(">") => ">",
            Lexeme::Symbol(">=") => ">=",
            // Flowable writes `==`.
            Lexeme::Symbol("=" | "==") => "==",
            Lexeme::Symbol("!=") => "!=",
            _ => {
                let value = self.sum()?;
                let range = start..self.behind();
                return Ok(match value.what {
                    What::List(_) => Node::new(range, What::In(Box::new(input.clone()), Box::new(value))),
                    _ => Node { range, ..input.clone().compared("==", value) },
                });
            }
        };
        self.advance();
        let right = self.sum()?;
        if right.what == What::Null && !matches!(how, "==" | "!=") {
            return Err(Misfit::new(right.range, "null has no order"));
        }
        Ok(Node { range: start..self.behind(), ..input.clone().compared(how, right) })
    }

    /// Whether the test that begins here names its input: `? > 5 and ? < 10`.
    fn asks_itself(&mut self) -> bool {
        self.peek();
        let mut open = 0u32;
        for token in &self.tokens[self.at..] {
            match token.what {
                Lexeme::Symbol("(" | "[") => open += 1,
                Lexeme::Symbol(")" | "]") if open == 0 => return false,
                Lexeme::Symbol(")" | "]") => open -= 1,
                Lexeme::Symbol(",") if open == 0 => return false,
                Lexeme::Symbol("?") => return self.input.is_some(),
                _ => {}
            }
        }
        false
    }

    /// Whether a range begins here: a bracket, and two points before the next comma or closing bracket.
    fn is_range(&mut self) -> bool {
        if self.is("]") {
            return true;
        }
        if !self.is("[") && !self.is("(") {
            return false;
        }
        let behind = self.tokens[self.at + 1..].iter();
        let mut inner = behind.take_while(|token| {
            !matches!(token.what, Lexeme::End | Lexeme::Symbol("," | "]" | "[" | "(" | ")"))
        });
        inner.any(|token| token.what == Lexeme::Symbol(".."))
    }

    /// `[1..10]`, `]1..10[`, `(1..10)`.
    fn range(&mut self, input: &Node) -> Read<Node> {
        let start = self.here().start;
        let from = if self.take("[") { ">=" } else { ">" };
        if from == ">" {
            self.advance();
        }
        let low = self.sum()?;
        self.expect("..")?;
        let high = self.sum()?;
        let to = match self.peek() {
            Lexeme::Symbol("]") => "<=",
            Lexeme::Symbol("[" | ")") => "<",
            _ => return Err(Misfit::new(self.here(), "the range is not closed").hint("as in `[1..10]`")),
        };
        self.advance();
        for end in [&low, &high] {
            if !matches!(
                end.what,
                What::Number(_) | What::Text(_) | What::Name(_) | What::Member(..) | What::Negative(_)
            ) {
                return Err(Misfit::new(end.range.clone(), "a range goes from one value to another"));
            }
        }
        let above = input.clone().compared(from, low);
        Ok(Node::new(start..self.behind(), What::All(vec![above, input.clone().compared(to, high)])))
    }
}

/// Tests that all ask for one value each are one question: `x in [1, 2, 3]`. A long chain of `||` would nest too deep.
fn as_list(input: &Node, tests: &[Node], range: &Range<usize>) -> Option<What> {
    let values = tests.iter().map(|test| match &test.what {
        What::Compare("==", left, right) if left.what == input.what => Some((**right).clone()),
        _ => None,
    });
    let values: Vec<Node> = values.collect::<Option<_>>()?;
    let all = |kind: fn(&What) -> bool| values.iter().all(|value| kind(&value.what));
    let alike = all(|what| matches!(what, What::Text(_))) || all(|what| matches!(what, What::Number(_)));
    let list = Node::new(range.clone(), What::List(values));
    alike.then(|| What::In(Box::new(input.clone()), Box::new(list)))
}
