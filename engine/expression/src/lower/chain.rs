//! Member access, indexing and methods: `steps["x"].outputs.version.contains("rc")`.
//!
//! rhai nests such a chain to the right (`a.b[0].c` is `Dot(a, Index(b, Dot(0, c)))`); here it is unrolled
//! from the left, and its beginning becomes the path of a fact.
//!
//! **Absent on purpose:** `?.` and `?[`, which answer nothing where they should say unknown.

use dod_kernel::value::Value;
use rhai::{ASTFlags, Expr, FnCallExpr};

use super::Lowering;
use crate::tree::{Kind, Node, Place, Used, What};

pub(super) const METHODS: &[&str] = &["contains", "starts_with", "ends_with", "len", "is_empty", "to_lower"];

/// `vars["name"]` is `name`, also where rhai has no spelling for it.
const VARIABLES: &str = "vars";

/// What the right side of a chain begins with.
#[derive(Clone, Copy)]
enum Link {
    Member,
    Index,
}

impl Lowering<'_> {
    pub(super) fn chain(&mut self, expression: &Expr, depth: usize) -> Option<Node> {
        let (pair, flags, position, link) = match expression {
            Expr::Dot(pair, flags, position) => (pair, *flags, *position, Link::Member),
            Expr::Index(pair, flags, position) => (pair, *flags, *position, Link::Index),
            other => return self.expression(other, depth),
        };
        if flags.contains(ASTFlags::NEGATED) {
            return self.absent_form(flags, self.place(position));
        }
        let base = self.expression(&pair.lhs, depth + 1)?;
        match link {
            Link::Index if flags.contains(ASTFlags::BREAK) => self.index(base, &pair.rhs, depth),
            _ => self.tail(base, &pair.rhs, link, depth + 1),
        }
    }

    /// Applies the links of the right side of a chain one after the other.
    fn tail(&mut self, base: Node, rest: &Expr, link: Link, depth: usize) -> Option<Node> {
        let (pair, flags, position, next) = match rest {
            Expr::Dot(pair, flags, position) => (pair, *flags, *position, Link::Member),
            Expr::Index(pair, flags, position) => (pair, *flags, *position, Link::Index),
            last => return self.link(base, last, link, depth),
        };
        if depth > crate::EXPRESSION_DEPTH_MAX {
            let at = self.place(position);
            return self.refuse(at, "the chain of members is too long");
        }
        if flags.contains(ASTFlags::NEGATED) {
            return self.absent_form(flags, self.place(position));
        }
        let base = self.link(base, &pair.lhs, link, depth)?;
        match next {
            Link::Index if flags.contains(ASTFlags::BREAK) => self.index(base, &pair.rhs, depth),
            _ => self.tail(base, &pair.rhs, next, depth + 1),
        }
    }

    fn link(&mut self, base: Node, part: &Expr, link: Link, depth: usize) -> Option<Node> {
        let at = self.place(part.position());
        match (link, part) {
            (Link::Index, index) => self.index(base, index, depth),
            (Link::Member, Expr::Property(property, _)) => Some(self.member(base, property.2.as_str(), at)),
            (Link::Member, Expr::MethodCall(call, _)) => self.method(base, call, at, depth),
            (Link::Member, _) => self.refuse(at, "a name is missing after the point"),
        }
    }

    fn index(&mut self, base: Node, index: &Expr, depth: usize) -> Option<Node> {
        let index = self.expression(index, depth + 1)?;
        if let What::Fact(path) = &base.what
            && let [(root, at)] = path.as_slice()
            && root.as_str() == VARIABLES
        {
            let at = *at;
            return self.variable(&index, at);
        }
        if let (What::Fact(_), What::Literal(Value::Text(name))) = (&base.what, &index.what) {
            let name = name.clone();
            return Some(self.member(base, &name, index.at));
        }
        self.expect(&index, &[Kind::Number, Kind::Text], "[]")?;
        self.expect(&base, &[Kind::List, Kind::Map], "[]")?;
        Some(Node { at: index.at, what: What::Index(Box::new(base), Box::new(index)) })
    }

    /// `vars["new"]`: the name that rhai cannot spell, or keeps for itself.
    fn variable(&mut self, name: &Node, at: Place) -> Option<Node> {
        let What::Literal(Value::Text(name)) = &name.what else {
            let hint = "as in `vars[\"new\"]`";
            return self.refuse_with(
                name.at,
                "`vars[…]` takes the name of a variable in double quotes",
                hint,
            );
        };
        self.names.pop();
        let path = vec![(name.clone(), at)];
        self.names.push(Used { path: path.clone() });
        Some(Node { at, what: What::Fact(path) })
    }

    fn member(&mut self, base: Node, name: &str, at: Place) -> Node {
        match base.what {
            What::Fact(mut path) => {
                path.push((name.into(), at));
                // The longer path takes the place of the shorter one that was noted last.
                if self.names.last().is_some_and(|used| used.path[0].1 == path[0].1) {
                    self.names.pop();
                }
                self.names.push(Used { path: path.clone() });
                Node { at: base.at, what: What::Fact(path) }
            }
            what => {
                let base = Node { at: base.at, what };
                Node { at, what: What::Member(Box::new(base), name.into()) }
            }
        }
    }

    fn method(&mut self, base: Node, call: &FnCallExpr, at: Place, depth: usize) -> Option<Node> {
        let name = call.name.as_str();
        if name == "push" && std::mem::take(&mut self.may_push) {
            let [item] = call.args.as_slice() else { return self.refuse(at, "`push` takes 1 argument") };
            self.expect(&base, &[Kind::List], "push")?;
            let item = self.expression(item, depth + 1)?;
            self.pushed = Some((base, item));
            return Some(Node { at, what: What::Literal(Value::Null) });
        }
        let wanted = match name {
            "contains" | "starts_with" | "ends_with" => 1,
            "len" | "is_empty" | "to_lower" => 0,
            _ => {
                let near = crate::nearest(name, METHODS);
                let hint = near.map(|near| format!("did you mean `{near}`?"));
                self.problems.push(crate::syntax::problem(at, format!("there is no method `{name}`"), hint));
                return None;
            }
        };
        let mut arguments = self.each(call.args.iter(), depth)?;
        if arguments.len() != wanted {
            let plural = if wanted == 1 { "" } else { "s" };
            return self.refuse(at, format!("`{name}` takes {wanted} argument{plural}"));
        }
        let what = match (name, arguments.pop()) {
            ("contains", Some(item)) => self.contains(base, item)?,
            ("starts_with" | "ends_with", Some(part)) => {
                let (first, second) =
                    (self.expect(&base, &[Kind::Text], name), self.expect(&part, &[Kind::Text], name));
                first.and(second)?;
                let (base, part) = (Box::new(base), Box::new(part));
                if name == "starts_with" { What::StartsWith(base, part) } else { What::EndsWith(base, part) }
            }
            ("to_lower", _) => {
                self.expect(&base, &[Kind::Text], name)?;
                What::LowerCase(Box::new(base))
            }
            (_, _) => {
                self.expect(&base, &[Kind::Text, Kind::List], name)?;
                let base = Box::new(base);
                if name == "len" { What::Length(base) } else { What::IsEmpty(base) }
            }
        };
        Some(Node { at, what })
    }
}
