//! Literals, names, members, lists, parentheses.

use super::{ITEMS_MAX, Parser, Read};
use crate::bpmn::dialect::tokens::Lexeme;
use crate::bpmn::dialect::tree::{Node, What};
use crate::bpmn::dialect::{Dialect, Misfit};

/// What Flowable and Camunda 7 call the counts of a repeated activity, and what the standard calls them (BPMN 2.0.2,
/// table 10.31).
const COUNTS: &[(&str, &str)] = &[
    ("nrOfActiveInstances", "numberOfActiveInstances"),
    ("nrOfCompletedInstances", "numberOfCompletedInstances"),
    ("nrOfInstances", "numberOfInstances"),
    ("nrOfTerminatedInstances", "numberOfTerminatedInstances"),
];

/// Objects that an engine offers to expressions: they stand for what the engine can do.
const OBJECTS: &[&str] = &["environment", "execution", "task"];

/// Words of other grammars, that would otherwise be read as names.
const WORDS: &[&str] = &[
    "and",
    "await",
    "between",
    "def",
    "elif",
    "else",
    "empty",
    "every",
    "except",
    "for",
    "from",
    "function",
    "if",
    "import",
    "in",
    "instanceof",
    "is",
    "lambda",
    "new",
    "not",
    "or",
    "return",
    "satisfies",
    "some",
    "then",
    "try",
    "typeof",
    "while",
    "with",
    "yield",
];

impl Parser<'_> {
    pub(in crate::bpmn::dialect) fn postfix(&mut self) -> Read<Node> {
        let mut node = self.primary()?;
        loop {
            if self.take(".") {
                let range = self.here();
                let Lexeme::Word(name) = self.peek() else {
                    return Err(Misfit::new(range, "a name is missing after the point"));
                };
                let name = name.clone();
                self.advance();
                node = Node::new(node.range.start..range.end, What::Member(Box::new(node), name));
            } else if self.is("[") && !matches!(node.what, What::List(_) | What::Number(_)) {
                node = self.indexed(node)?;
            } else if self.is("(") {
                return Err(self.call(&node));
            } else if self.is("?.") {
                return Err(self.unexpected());
            } else {
                break;
            }
            self.deep_enough(&node)?;
        }
        self.object(node)
    }

    /// Members nest in the tree, though not in the grammar.
    fn deep_enough(&mut self, node: &Node) -> Read<()> {
        let (mut levels, mut inner) = (0, node);
        while let What::Member(of, _) | What::Index(of, _) = &inner.what {
            (levels, inner) = (levels + 1, &**of);
        }
        if levels > super::DEPTH_MAX {
            return Err(Misfit::new(node.range.clone(), "the chain of members is too long"));
        }
        Ok(())
    }

    fn indexed(&mut self, of: Node) -> Read<Node> {
        self.advance();
        let index = self.within("]", Self::expression)?;
        let range = of.range.start..index.range.end + 1;
        match &index.what {
            // How rhai spells a name that it reserves, here as there.
            What::Text(name) if of.what == What::Name("vars".into()) && self.dialect == Dialect::Plain => {
                Ok(Node::new(range, What::Name(name.clone())))
            }
            What::Text(name) => Ok(Node::new(range, What::Member(Box::new(of), name.clone()))),
            What::Number(_) if self.dialect == Dialect::Feel => {
                Err(Misfit::new(index.range, "lists of FEEL begin with 1, those of rhai with 0"))
            }
            What::Number(number) if number.as_integer().is_some_and(|number| number >= 0) => {
                Ok(Node::new(range, What::Index(Box::new(of), Box::new(index))))
            }
            _ => Err(Misfit::new(index.range, "what stands in `[…]` is a text or a whole number")),
        }
    }

    fn call(&mut self, of: &Node) -> Misfit {
        let range = of.range.start..self.here().end;
        let name = self.text[of.range.clone()].to_owned();
        let misfit = Misfit::new(range, format!("the call of `{name}` has no equal"));
        misfit.hint("set a variable before, and compare that")
    }

    /// bpmn-engine reaches variables through an object of its own; other such objects have no equal.
    fn object(&mut self, node: Node) -> Read<Node> {
        if !matches!(self.dialect, Dialect::Juel | Dialect::Script) {
            return Ok(node);
        }
        let mut path = Vec::new();
        let mut inner = &node;
        while let What::Member(of, name) = &inner.what {
            path.push(name.as_str());
            inner = of;
        }
        let What::Name(root) = &inner.what else { return Ok(node) };
        if !OBJECTS.contains(&root.as_str()) {
            return Ok(node);
        }
        let (range, root) = (inner.range.clone(), root.clone());
        path.reverse();
        if let ("environment", ["variables", name, rest @ ..]) = (root.as_str(), path.as_slice()) {
            let mut found = Node::new(node.range.clone(), What::Name((*name).to_owned()));
            for name in rest {
                found = Node::new(node.range.clone(), What::Member(Box::new(found), (*name).to_owned()));
            }
            return Ok(found);
        }
        let misfit = Misfit::new(range, format!("`{root}` is an object of another engine"));
        Err(misfit.hint("name the variable itself"))
    }

    fn primary(&mut self) -> Read<Node> {
        let range = self.here();
        let what = match self.peek().clone() {
            Lexeme::Number(number) => What::Number(number),
            Lexeme::Text(text) => What::Text(text),
            Lexeme::Word(word) => return self.word(&word),
            Lexeme::Symbol("(") => {
                self.advance();
                let mut inner = self.within(")", Self::expression)?;
                inner.range = range.start..self.behind();
                return Ok(inner);
            }
            Lexeme::Symbol("[") => {
                self.advance();
                let items = self.within("]", |parser| parser.items("]"))?;
                return Ok(Node::new(range.start..self.behind(), What::List(items)));
            }
            Lexeme::Symbol("{") if self.maps => {
                self.advance();
                let members = self.within("}", Self::members)?;
                return Ok(Node::new(range.start..self.behind(), What::Map(members)));
            }
            Lexeme::Symbol("?") if self.input.is_some() => {
                self.advance();
                return self
                    .input
                    .clone()
                    .map(|input| Node { range, ..input })
                    .ok_or_else(|| self.unexpected());
            }
            _ => return Err(self.unexpected()),
        };
        self.advance();
        if matches!(self.peek(), Lexeme::Text(_) | Lexeme::Number(_)) {
            return Err(self.unexpected());
        }
        Ok(Node::new(range, what))
    }

    fn items(&mut self, close: &str) -> Read<Vec<Node>> {
        let mut items = Vec::new();
        while !self.is(close) {
            if items.len() >= ITEMS_MAX {
                return Err(Misfit::new(self.here(), format!("the list has more than {ITEMS_MAX} items")));
            }
            items.push(self.expression()?);
            if !self.take(",") {
                break;
            }
        }
        Ok(items)
    }

    fn members(&mut self) -> Read<Vec<(String, Node)>> {
        let mut members: Vec<(String, Node)> = Vec::new();
        while !self.is("}") {
            let (range, dialect) = (self.here(), self.dialect);
            let name = match self.peek() {
                Lexeme::Text(name) => name.clone(),
                Lexeme::Word(name) if dialect != Dialect::Python => name.clone(),
                _ => return Err(self.unexpected()),
            };
            if members.len() >= ITEMS_MAX || members.iter().any(|(known, _)| *known == name) {
                let message = format!("a map has at most {ITEMS_MAX} members, each once");
                return Err(Misfit::new(range, message));
            }
            self.advance();
            self.expect(":")?;
            members.push((name, self.expression()?));
            if !self.take(",") {
                break;
            }
        }
        Ok(members)
    }

    fn word(&mut self, word: &str) -> Read<Node> {
        let range = self.here();
        let python = matches!(self.dialect, Dialect::Python | Dialect::Plain);
        let what = match word {
            "true" => What::Bool(true),
            "false" => What::Bool(false),
            "True" if python => What::Bool(true),
            "False" if python => What::Bool(false),
            "None" if python => What::Null,
            "null" => What::Null,
            "not" if self.dialect == Dialect::Feel && *self.peek_second() == Lexeme::Symbol("(") => {
                self.advance();
                self.advance();
                let inner = self.within(")", Self::expression)?;
                return self.negated(range.start, inner);
            }
            "empty" if self.dialect == Dialect::Juel => {
                let misfit = Misfit::new(
                    range,
                    "`empty` has no equal: it is true of null, of no text and of no elements",
                );
                return Err(misfit.hint("compare with what is meant, as in `name == ''`"));
            }
            "undefined" if self.dialect == Dialect::Script => {
                let misfit = Misfit::new(range, "`undefined` has no equal");
                return Err(misfit.hint("set the variable before, also where it is null"));
            }
            _ if WORDS.contains(&word) => return Err(self.unexpected()),
            // Flowable and Camunda 7 count rounds from 0, the standard and the kernel from 1.
            "loopCounter" if self.dialect == Dialect::Juel => {
                let (counter, one) = (What::Name(word.to_owned()), What::Number(1i64.into()));
                let side = |what| Box::new(Node::new(range.clone(), what));
                What::Arithmetic("-", side(counter), side(one))
            }
            _ if self.dialect == Dialect::Juel => {
                let count = COUNTS.iter().find(|(theirs, _)| *theirs == word);
                What::Name(count.map_or(word, |(_, standard)| standard).to_owned())
            }
            _ => What::Name(word.to_owned()),
        };
        self.advance();
        let follows = matches!(self.peek(), Lexeme::Text(_) | Lexeme::Number(_));
        if follows || !matches!(what, What::Name(_)) && self.is(".") {
            return Err(self.unexpected());
        }
        Ok(Node::new(range, what))
    }
}
