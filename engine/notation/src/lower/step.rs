//! One leg of a step → one node.

use std::sync::Arc;

use dod_kernel::id::{BodyId, Name};
use dod_kernel::value::Value;
use dod_kernel::workflow::{Approval, Fork, Join, Kind, Message, Node};

use super::Lowering;
use super::files;
use super::inputs::scalar_text;
use super::needs::Reading;
use super::text::{Context, Place};
use super::unit::{Given, Opening};
use crate::diagnose::{Diagnostic, codes};
use crate::draft::{Action, Word};
use crate::yaml;

impl Lowering<'_> {
    /// The node of one leg. A step that is wrong does nothing, and stays.
    pub(super) fn node(&mut self, context: &Context<'_>, readings: &mut Vec<Reading>) -> Node {
        let step = context.step;
        let id = context.node;
        let incoming = self.edges(context, id);
        let condition = match &step.condition {
            Some(word) if !context.slot().is_broken => self.condition(context, word, readings),
            _ => None,
        };
        let (kind, join) = if context.slot().is_broken {
            (Kind::Pass, Join::Settled)
        } else {
            self.kind(context, incoming, readings)
        };
        // A general word about failing steps does not reach judges and approvals.
        let general = context.sheet.draft.defaults.allow_failure.as_ref();
        let allow = step.allow_failure.as_ref().or(general.filter(|_| matches!(kind, Kind::Task(_))));
        Node {
            allow_failure: allow.is_some_and(|flag| flag.value),
            condition,
            element: None,
            fork: Fork::All,
            join,
            kind,
            name: context.full_name().into(),
            priority: step.priority,
        }
    }

    fn kind(
        &mut self,
        context: &Context<'_>,
        incoming: Option<usize>,
        readings: &mut Vec<Reading>,
    ) -> (Kind, Join) {
        let join = Join::Settled;
        let kind = match &context.step.action {
            None => Kind::Pass,
            Some(Action::Any { count, cancel_rest, .. }) => {
                return (Kind::Pass, self.at_least(count, incoming, *cancel_rest));
            }
            Some(Action::Argv(_) | Action::Script(_) | Action::Uses { .. }) => {
                match self.task(context, readings) {
                    Some(task) => Kind::Task(Arc::new(task)),
                    None => Kind::Pass,
                }
            }
            Some(Action::Call { workflow, with }) => Kind::Call(self.call(context, workflow, with)),
            Some(Action::Judge(policy)) => {
                self.policy_is_known(policy);
                Kind::Judge(policy.value.clone())
            }
            Some(Action::Wait(length)) => Kind::Wait(length.value),
            Some(Action::Approve { authors, from, min, prompt, proved, timeout }) => {
                from.iter().for_each(|role| self.role_is_known(role));
                Kind::Approval(Arc::new(Approval {
                    from: from.iter().map(|role| role.value.clone()).collect(),
                    // Whoever asks for certain people, or for several, asks for others than the authors.
                    independent: !authors.unwrap_or(from.is_empty() && *min == 1),
                    min: *min,
                    prompt: self.optional(context, prompt.as_ref()),
                    proved: *proved,
                    timeout_ms: timeout.as_ref().map(|found| found.value),
                }))
            }
            Some(Action::Message { name, key, timeout }) => Kind::Message(Arc::new(Message {
                key: self.optional(context, key.as_ref()),
                name: self.substitute(context, name, Place::Argument).unwrap_or_default(),
                timeout_ms: timeout.as_ref().map(|found| found.value),
            })),
        };
        (kind, join)
    }

    fn optional(&mut self, context: &Context<'_>, word: Option<&Word>) -> Option<Name> {
        word.and_then(|word| self.substitute(context, word, Place::Argument))
    }

    fn at_least(&mut self, count: &yaml::Located<i64>, incoming: Option<usize>, cancel_rest: bool) -> Join {
        let passed = u32::try_from(count.value).expect("read in range");
        // With a name unknown the sum would be wrong for that reason, which was said.
        let Some(incoming) = incoming else { return Join::Settled };
        if passed as usize > incoming {
            let message = format!("{passed} are to pass, and there are {incoming}");
            self.problems.push(Diagnostic::error(codes::UNREACHABLE, count.span, message));
            return Join::Settled;
        }
        Join::AtLeast { cancel_rest, passed }
    }

    /// Queues the body of a called workflow and returns its number.
    fn call(&mut self, context: &Context<'_>, workflow: &Word, with: &[(Word, yaml::Node)]) -> BodyId {
        let unit = context.unit;
        let given = with.iter().map(|(name, node)| {
            let (value, text) = self.given(context, node);
            Given { name: name.clone(), value, text, span: node.span }
        });
        let given = given.collect();
        let mut chain = unit.chain.clone();
        if context.sheet.name != unit.sheets[0].name {
            chain.push(context.sheet.name.clone());
        }
        self.bodies.push_back(Opening {
            sheet: None,
            reference: Some(files::reference(&context.sheet.name, workflow)),
            at: workflow.span,
            prefix: format!("{}/", context.full_name()),
            project: unit.project.clone(),
            base: unit.base.clone(),
            given: Some(given),
            chain,
        });
        self.bodies_known += 1;
        BodyId(self.bodies_known - 1)
    }

    /// A value under `with`, substitutions made. `${{ inputs.x }}` alone keeps the type of the input.
    pub(super) fn given(
        &mut self,
        context: &Context<'_>,
        node: &yaml::Node,
    ) -> (Option<Value>, Option<Name>) {
        match &node.kind {
            yaml::Kind::Scalar { text, .. } if text.contains("${{") => {
                let word = Word::new(text.clone().into(), node.span);
                let unknown = text.contains("inputs") && self.world.inputs.is_none();
                match self.substitute(context, &word, Place::Argument) {
                    Some(text) if !(unknown && text.is_empty()) => {
                        (Some(Value::Text(text.clone())), Some(text))
                    }
                    _ => (None, None),
                }
            }
            yaml::Kind::List(items) => {
                let items = items.iter().filter_map(|item| self.given(context, item).0).collect();
                (Some(Value::List(items)), None)
            }
            yaml::Kind::Map(entries) => {
                let entry = |entry: &yaml::Entry| {
                    Some((Name::from(entry.key.clone()), self.given(context, &entry.value).0?))
                };
                (Some(Value::Map(entries.iter().filter_map(entry).collect())), None)
            }
            _ => (Some(node.value()), scalar_text(node)),
        }
    }

    /// `enterprise`, `builtin/enterprise`, `enterprise@1`: the name without origin and version is asked.
    pub(super) fn policy_is_known(&mut self, word: &Word) {
        let Some(known) = self.world.policies else { return };
        let bare = word.strip_prefix("builtin/").unwrap_or(word);
        let bare = bare.split_once('@').map_or(bare, |(name, _)| name);
        if known.iter().any(|name| *name == word.value || **name == *bare) {
            return;
        }
        let message = format!("policy `{}` is not known", &**word);
        let found = Diagnostic::error(codes::UNKNOWN_POLICY, word.span, message);
        self.problems.push(found.did_you_mean(bare, known.iter().map(Name::as_str)));
    }

    fn role_is_known(&mut self, word: &Word) {
        let Some(known) = self.world.roles else { return };
        if !known.contains(&word.value) {
            let message = format!("role `{}` is not in the file of roles", &**word);
            let found = Diagnostic::error(codes::UNKNOWN_ROLE, word.span, message);
            self.problems.push(found.did_you_mean(word, known.iter().map(Name::as_str)));
        }
    }
}
