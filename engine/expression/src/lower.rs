//! rhai's AST → the checked tree. Forms that are not listed here are refused with their place.
//!
//! Mistakes in types that the text alone shows (`1 == "1"`, `!5`) are found here, before anything runs.
//!
//! **Absent on purpose:** facts and their values.

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use rhai::{ASTFlags, Expr, FnCallExpr, Position, Stmt};

use crate::globs::{self, Globs};
use crate::like::may_compare;
use crate::syntax::{self, place, problem};
use crate::tree::{Checked, Comparison, Kind, Node, Operation, Place, Used, What};
use crate::{EXPRESSION_DEPTH_MAX, Problem};

mod chain;
mod literal;
mod statement;

pub(crate) use statement::lower_script;

/// The checked form of a text, complete exactly if there are no problems. `names` are complete as far as
/// the text could be read.
pub(crate) fn lower(text: &str) -> (Checked, Vec<Problem>) {
    let mut lowering = Lowering::new(text);
    let node = match syntax::parse(text) {
        Ok(ast) => match ast.statements() {
            [Stmt::Expr(expression)] => lowering.expression(expression, 0),
            _ => lowering.refuse(Place { line: 1, column: 1 }, "this is not one expression"),
        },
        Err(problem) => {
            lowering.problems.push(problem);
            None
        }
    };
    // Never evaluated: without a node there is at least one problem.
    let nothing = Node { at: Place { line: 1, column: 1 }, what: What::Literal(Value::Null) };
    let checked = Checked {
        node: node.unwrap_or(nothing),
        names: lowering.names,
        asks_for_changes: lowering.asks_for_changes,
    };
    lowering.problems.sort();
    (checked, lowering.problems)
}

/// Invariant: a method that answers `None` has pushed a problem.
struct Lowering<'t> {
    text: &'t str,
    problems: Vec<Problem>,
    names: Vec<Used>,
    asks_for_changes: bool,
    /// Maps may be built: in scripts.
    maps: bool,
    /// `push` may stand here: at the end of a statement of a script. Then its list and item are in `pushed`.
    may_push: bool,
    pushed: Option<(Node, Node)>,
    /// Statements of a script so far.
    statements_seen: usize,
}

impl<'t> Lowering<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            problems: Vec::new(),
            names: Vec::new(),
            asks_for_changes: false,
            maps: false,
            may_push: false,
            pushed: None,
            statements_seen: 0,
        }
    }
}

impl Lowering<'_> {
    fn place(&self, position: Position) -> Place {
        place(position, self.text)
    }

    fn refuse<T>(&mut self, at: Place, message: impl Into<String>) -> Option<T> {
        self.problems.push(problem(at, message, None));
        None
    }

    fn refuse_with<T>(&mut self, at: Place, message: impl Into<String>, hint: &str) -> Option<T> {
        self.problems.push(problem(at, message, Some(hint.to_owned())));
        None
    }

    fn expression(&mut self, expression: &Expr, depth: usize) -> Option<Node> {
        let at = self.place(expression.position());
        if depth > EXPRESSION_DEPTH_MAX {
            return self
                .refuse(at, format!("the expression is nested deeper than {EXPRESSION_DEPTH_MAX} levels"));
        }
        let what = match expression {
            Expr::BoolConstant(yes, _) => What::Literal(Value::Bool(*yes)),
            Expr::IntegerConstant(whole, _) => What::Literal(Value::Integer(*whole)),
            Expr::FloatConstant(float, _) => What::Literal(self.decimal(**float, at)?),
            Expr::StringConstant(text, _) => What::Literal(Value::text(text.as_str())),
            Expr::Unit(_) => What::Literal(Value::Null),
            Expr::Array(items, _) => What::List(self.each(items.iter(), depth)?),
            Expr::And(terms, _) => What::All(self.terms(terms.iter(), depth, "&&")?),
            Expr::Or(terms, _) => What::Any(self.terms(terms.iter(), depth, "||")?),
            Expr::Variable(variable, ..) => {
                let path = vec![(Name::from(variable.1.as_str()), at)];
                self.names.push(Used { path: path.clone() });
                What::Fact(path)
            }
            Expr::Dot(..) | Expr::Index(..) => return self.chain(expression, depth),
            Expr::FnCall(call, _) => self.call(call, at, depth)?,
            Expr::CharConstant(..) => {
                return self.refuse_with(at, "single quotes do not hold a text", "write double quotes");
            }
            Expr::InterpolatedString(..) => {
                return self.refuse(at, "a text with `${…}` is not a form of expressions");
            }
            Expr::Map(members, _) if self.maps => {
                let mut found = Vec::new();
                for (name, value) in &members.0 {
                    let value = self.expression(value, depth + 1);
                    found.push(value.map(|value| (Name::from(name.name.as_str()), value)));
                }
                What::Map(found.into_iter().collect::<Option<_>>()?)
            }
            Expr::Map(..) => return self.refuse(at, "an expression does not build maps"),
            Expr::Coalesce(..) => {
                return self.refuse_with(at, "`??` is not a form of expressions", "ask `known(…)` first");
            }
            Expr::ThisPtr(_) => return self.refuse(at, "`this` is not a fact"),
            _ => return self.refuse(at, "this is not a form of expressions"),
        };
        Some(Node { at, what })
    }

    /// All of them are looked at, so that all problems are reported at once.
    fn each<'e>(&mut self, parts: impl Iterator<Item = &'e Expr>, depth: usize) -> Option<Vec<Node>> {
        let nodes: Vec<Option<Node>> = parts.map(|part| self.expression(part, depth + 1)).collect();
        nodes.into_iter().collect()
    }

    fn terms<'e>(
        &mut self,
        parts: impl Iterator<Item = &'e Expr>,
        depth: usize,
        operator: &str,
    ) -> Option<Vec<Node>> {
        let nodes = self.each(parts, depth)?;
        let mut sound = true;
        for node in &nodes {
            sound &= self.expect(node, &[Kind::Bool], operator).is_some();
        }
        sound.then_some(nodes)
    }

    /// Refuses a node whose kind is known and none of `kinds`.
    fn expect(&mut self, node: &Node, kinds: &[Kind], operator: &str) -> Option<()> {
        match node.kind() {
            Some(kind) if !kinds.contains(&kind) => {
                self.refuse(node.at, format!("`{operator}` does not take {}", kind.name()))
            }
            _ => Some(()),
        }
    }

    fn call(&mut self, call: &FnCallExpr, at: Place, depth: usize) -> Option<What> {
        match (call.name.as_str(), call.args.as_slice()) {
            ("changed", patterns) => self.changed(patterns, at),
            ("known", [fact]) => self.known(fact, depth),
            ("known", _) => self.refuse(at, "`known` takes the name of one fact"),
            ("!", [operand]) => {
                let node = self.expression(operand, depth + 1)?;
                self.expect(&node, &[Kind::Bool], "!")?;
                Some(What::Not(Box::new(node)))
            }
            ("-", [operand]) => {
                let node = self.expression(operand, depth + 1)?;
                self.expect(&node, &[Kind::Number], "-")?;
                Some(What::Negative(Box::new(node)))
            }
            // rhai makes `contains(whole, item)` of `item in whole`, so both are the same here.
            ("contains", [whole, item]) => {
                let (whole, item) = (self.expression(whole, depth + 1), self.expression(item, depth + 1));
                self.contains(whole?, item?)
            }
            (operator, [left, right]) => {
                let (left, right) = (self.expression(left, depth + 1), self.expression(right, depth + 1));
                self.binary(operator, left?, right?, at)
            }
            (name, _) => self.unknown_call(name, at),
        }
    }

    fn binary(&mut self, operator: &str, left: Node, right: Node, at: Place) -> Option<What> {
        let comparison = match operator {
            "==" => Some(Comparison::Equal),
            "!=" => Some(Comparison::Unequal),
            "<" => Some(Comparison::Less),
            "<=" => Some(Comparison::AtMost),
            ">" => Some(Comparison::Greater),
            ">=" => Some(Comparison::AtLeast),
            _ => None,
        };
        if let Some(how) = comparison {
            if asks_for_null(how, &left, &right) {
                let asked = if is_null(&left) { right } else { left };
                let asked = Box::new(Node { at: asked.at, what: What::IsNull(Box::new(asked)) });
                return Some(if how == Comparison::Equal { asked.what } else { What::Not(asked) });
            }
            let ordered = !matches!(how, Comparison::Equal | Comparison::Unequal);
            if ordered && matches!(left.what, What::Compare(..)) {
                return self.refuse_with(at, "comparisons do not chain", "join two comparisons with `&&`");
            }
            if let (Some(left), Some(right)) = (left.kind(), right.kind())
                && let Err(message) = may_compare(how, left, right)
            {
                return self.refuse(at, message);
            }
            return Some(What::Compare(how, Box::new(left), Box::new(right)));
        }
        let (operation, kinds): (Operation, &[Kind]) = match operator {
            "+" => (Operation::Plus, &[Kind::Number, Kind::Text]),
            "-" => (Operation::Minus, &[Kind::Number]),
            "*" => (Operation::Times, &[Kind::Number]),
            "/" => (Operation::Divide, &[Kind::Number]),
            "%" => (Operation::Remainder, &[Kind::Number]),
            other => return self.unknown_call(other, at),
        };
        let (first, second) = (self.expect(&left, kinds, operator), self.expect(&right, kinds, operator));
        first.and(second)?;
        if let (Some(left), Some(right)) = (left.kind(), right.kind())
            && left != right
        {
            return self.refuse(at, format!("{} and {} have no sum", left.name(), right.name()));
        }
        Some(What::Arithmetic(operation, Box::new(left), Box::new(right)))
    }

    fn contains(&mut self, whole: Node, item: Node) -> Option<What> {
        self.expect(&whole, &[Kind::Text, Kind::List, Kind::Map], "in")?;
        if matches!(whole.kind(), Some(Kind::Text | Kind::Map)) {
            self.expect(&item, &[Kind::Text], "in")?;
        }
        if let (What::List(elements), Some(kind)) = (&whole.what, item.kind()) {
            for element in elements {
                if let Some(other) = element.kind()
                    && let Err(message) = may_compare(Comparison::Equal, kind, other)
                {
                    return self.refuse(element.at, message);
                }
            }
        }
        Some(What::Contains { whole: Box::new(whole), item: Box::new(item) })
    }

    fn changed(&mut self, patterns: &[Expr], at: Place) -> Option<What> {
        self.asks_for_changes = true;
        if patterns.is_empty() {
            return self.refuse_with(
                at,
                "`changed` takes at least one pattern",
                "write `changed(\"**\")` for any file",
            );
        }
        let mut texts = Vec::new();
        for pattern in patterns {
            let at = self.place(pattern.position());
            let Expr::StringConstant(text, _) = pattern else {
                return self.refuse(at, "a pattern of `changed` is a text in double quotes");
            };
            if let Err((message, hint)) = globs::check(text) {
                self.problems.push(problem(at, message, hint));
            } else {
                texts.push(Name::from(text.as_str()));
            }
        }
        if texts.len() != patterns.len() {
            return None;
        }
        match Globs::new(&texts) {
            Ok(globs) => Some(What::Changed(globs)),
            Err(message) => self.refuse(at, format!("the patterns cannot be used: {message}")),
        }
    }

    fn known(&mut self, fact: &Expr, depth: usize) -> Option<What> {
        let node = self.expression(fact, depth + 1)?;
        match node.what {
            What::Fact(path) => Some(What::Known(path)),
            What::Literal(Value::Text(_)) => {
                self.refuse_with(node.at, "`known` takes the name of a fact", "leave out the quotes")
            }
            _ => self.refuse(node.at, "`known` takes the name of a fact"),
        }
    }

    fn unknown_call<T>(&mut self, name: &str, at: Place) -> Option<T> {
        if name.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            if chain::METHODS.contains(&name) {
                return self.refuse_with(
                    at,
                    format!("`{name}` is written behind its value"),
                    &format!("as in `branch.{name}(…)`"),
                );
            }
            let near = crate::nearest(name, &["changed", "known"]);
            let hint = near.map(|near| format!("did you mean `{near}(…)`?"));
            self.problems.push(problem(at, format!("there is no function `{name}`"), hint));
            return None;
        }
        self.refuse(at, format!("the operator `{name}` is not a form of expressions"))
    }

    fn absent_form<T>(&mut self, flags: ASTFlags, at: Place) -> Option<T> {
        let form = if flags.contains(ASTFlags::NEGATED) { "`?.` and `?[`" } else { "this" };
        self.refuse_with(at, format!("{form} is not a form of expressions"), "ask `known(…)` first")
    }
}

/// `fact == ()` and `fact != ()`, where the text does not show what kind of value the fact has.
fn asks_for_null(how: Comparison, left: &Node, right: &Node) -> bool {
    let open = |node: &Node| node.kind().is_none();
    matches!(how, Comparison::Equal | Comparison::Unequal)
        && (is_null(left) && open(right) || open(left) && is_null(right))
}

fn is_null(node: &Node) -> bool {
    matches!(node.what, What::Literal(Value::Null))
}
