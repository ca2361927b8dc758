//! rhai's statements → the checked script.
//!
//! **Absent on purpose:** `switch`, `throw` and `try`, values of blocks, functions.

use dod_kernel::id::Name;
use rhai::{ASTFlags, Expr, FlowControl, FnCallExpr, OpAssignment, Stmt, StmtBlock};

use super::Lowering;
use crate::Problem;
use crate::script::{Over, STATEMENTS_MAX, Script, Statement, Step, Target, Way};
use crate::syntax;
use crate::tree::{Kind, Node, Operation, Place, What};

/// The checked form of a script, complete exactly if there are no problems.
pub(crate) fn lower_script(text: &str) -> (Script, Vec<Problem>) {
    let mut lowering = Lowering::new(text);
    lowering.maps = true;
    let mut statements = Vec::new();
    match syntax::parse_script(text) {
        Ok(ast) => statements = lowering.statements(ast.statements()),
        Err(problem) => lowering.problems.push(problem),
    }
    lowering.problems.sort();
    (Script { statements }, lowering.problems)
}

impl Lowering<'_> {
    fn statements(&mut self, statements: &[Stmt]) -> Vec<Statement> {
        let mut found = Vec::new();
        for statement in statements {
            let at = self.place(statement.position());
            self.statements_seen += 1;
            if self.statements_seen == STATEMENTS_MAX + 1 {
                let message = format!("a script has at most {STATEMENTS_MAX} statements");
                return self.refuse(at, message).unwrap_or(found);
            }
            if let Some(what) = self.statement(statement, at) {
                found.push(Statement { at, what });
            }
        }
        found
    }

    fn block(&mut self, block: &StmtBlock) -> Vec<Statement> {
        self.statements(block.statements())
    }

    /// `None` also where there is nothing to do.
    fn statement(&mut self, statement: &Stmt, at: Place) -> Option<Step> {
        match statement {
            Stmt::Noop(_) => None,
            Stmt::Block(block) => Some(Step::Block(self.block(block))),
            Stmt::Var(declared, ..) => {
                let value = self.expression(&declared.1, 0)?;
                Some(Step::Declare(Name::from(declared.0.name.as_str()), value))
            }
            Stmt::Assignment(assignment) => {
                let (how, sides) = &**assignment;
                let (target, value) = (self.target(&sides.lhs), self.expression(&sides.rhs, 0));
                let operation = self.operation(how, at)?;
                Some(Step::Assign(target?, operation, value?))
            }
            Stmt::If(flow, _) => {
                let condition = self.condition(flow);
                let (yes, no) = (self.block(&flow.body), self.block(&flow.branch));
                Some(Step::If(condition?, yes, no))
            }
            Stmt::While(flow, _) if matches!(flow.expr, Expr::Unit(position) if position.is_none()) => {
                Some(Step::While(None, self.block(&flow.body)))
            }
            Stmt::While(flow, _) => {
                let (condition, body) = (self.condition(flow), self.block(&flow.body));
                Some(Step::While(Some(condition?), body))
            }
            Stmt::Do(flow, flags, _) => {
                let (body, condition) = (self.block(&flow.body), self.condition(flow));
                Some(Step::Until(body, condition?, !flags.contains(ASTFlags::NEGATED)))
            }
            Stmt::For(each, _) => {
                let (name, counter, flow) = &**each;
                let (over, body) = (self.over(&flow.expr), self.block(&flow.body));
                if let Some(counter) = counter {
                    let at = self.place(counter.pos);
                    return self.refuse_with(at, "`for` has one variable", "count in a variable of its own");
                }
                Some(Step::For(Name::from(name.name.as_str()), over?, body))
            }
            Stmt::FnCall(call, _) => self.said(call, at),
            Stmt::Expr(expression) => match &**expression {
                Expr::FnCall(call, _) => self.said(call, at),
                expression => self.looked_at(expression),
            },
            Stmt::BreakLoop(None, flags, _) => {
                Some(if flags.contains(ASTFlags::BREAK) { Step::Break } else { Step::Continue })
            }
            Stmt::BreakLoop(..) => self.refuse(at, "a loop has no value"),
            Stmt::Return(_, flags, _) if flags.contains(ASTFlags::BREAK) => self.refuse_with(
                at,
                "a script throws nothing",
                "set a variable, and let a gateway ask for it",
            ),
            Stmt::Return(None, ..) => Some(Step::Return),
            Stmt::Return(Some(value), ..) => {
                let value = Statement { at, what: Step::Look(self.expression(value, 0)?) };
                Some(Step::Block(vec![value, Statement { at, what: Step::Return }]))
            }
            Stmt::Switch(..) => {
                self.refuse_with(at, "`switch` is not a form of scripts", "write `if … else if …`")
            }
            Stmt::TryCatch(..) => self.refuse(at, "a script catches nothing: what is wrong ends it"),
            _ => self.refuse(at, "this is not a form of scripts"),
        }
    }

    fn condition(&mut self, flow: &FlowControl) -> Option<Node> {
        let condition = self.expression(&flow.expr, 0)?;
        self.expect(&condition, &[Kind::Bool], "if")?;
        Some(condition)
    }

    fn operation(&mut self, how: &OpAssignment, at: Place) -> Option<Option<Operation>> {
        let Some((.., sign)) = how.get_op_assignment_info() else { return Some(None) };
        match sign {
            "+" => Some(Some(Operation::Plus)),
            "-" => Some(Some(Operation::Minus)),
            "*" => Some(Some(Operation::Times)),
            "/" => Some(Some(Operation::Divide)),
            "%" => Some(Some(Operation::Remainder)),
            other => self.refuse(at, format!("the operator `{other}=` is not a form of scripts")),
        }
    }

    fn over(&mut self, list: &Expr) -> Option<Over> {
        let at = self.place(list.position());
        if let Expr::FnCall(call, _) = list {
            let included = match call.name.as_str() {
                ".." | "range" => Some(false),
                "..=" => Some(true),
                _ => None,
            };
            if let Some(included) = included {
                let [first, last] = call.args.as_slice() else {
                    return self.refuse(at, "a range goes from one whole number to another");
                };
                let (first, last) = (self.expression(first, 1), self.expression(last, 1));
                let (first, last) = (first?, last?);
                self.expect(&first, &[Kind::Number], "..")?;
                self.expect(&last, &[Kind::Number], "..")?;
                return Some(Over::Range(first, last, included));
            }
        }
        let list = self.expression(list, 0)?;
        self.expect(&list, &[Kind::List], "for")?;
        Some(Over::Elements(list))
    }

    fn said(&mut self, call: &FnCallExpr, at: Place) -> Option<Step> {
        match (call.name.as_str(), call.args.as_slice()) {
            ("print" | "debug", [said]) => Some(Step::Look(self.expression(said, 1)?)),
            ("print" | "debug", _) => self.refuse(at, "`print` takes one value"),
            _ => {
                let what = self.call(call, at, 0)?;
                Some(Step::Look(Node { at, what }))
            }
        }
    }

    fn looked_at(&mut self, expression: &Expr) -> Option<Step> {
        self.may_push = true;
        let node = self.expression(expression, 0);
        self.may_push = false;
        match self.pushed.take() {
            Some((list, item)) => {
                node?;
                Some(Step::Push(self.target_of(list)?, item))
            }
            None => Some(Step::Look(node?)),
        }
    }

    fn target(&mut self, expression: &Expr) -> Option<Target> {
        let node = self.expression(expression, 0)?;
        self.target_of(node)
    }

    /// What a node means as something to be changed.
    fn target_of(&mut self, node: Node) -> Option<Target> {
        let at = node.at;
        let mut way = Vec::new();
        let mut node = node;
        loop {
            node = match node.what {
                What::Fact(path) => {
                    let mut path = path.into_iter();
                    let (root, at) = path.next()?;
                    way.extend(path.rev().map(|(name, at)| Way::Member(name, at)));
                    way.reverse();
                    return Some(Target { at, root, way });
                }
                What::Member(of, name) => {
                    way.push(Way::Member(name, node.at));
                    *of
                }
                What::Index(of, index) => {
                    way.push(Way::Index(*index));
                    *of
                }
                _ => return self.refuse(at, "nothing can be assigned to this"),
            };
        }
    }
}
