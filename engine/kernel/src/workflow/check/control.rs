//! What must hold of catches, throws, races and rounds (BPMN 2.0.2, clauses 10.5 and 10.6.6).
//!
//! **Absent on purpose:** what only makes little sense, like a timer that nobody can reach; a front end warns of that.

use crate::id::{BodyId, NodeId};
use crate::workflow::check::Defect;
use crate::workflow::{Catch, Discipline, Fork, Host, Join, Kind, Node, Over, Parts, Trigger, When};

/// What is wrong with a node that catches, races or has rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Only graphs of tokens have nodes of its kind.
    #[error("is of a kind that only graphs of tokens know")]
    Settled,
    /// It opens all rounds at once, and asks before or after each whether there is another one.
    #[error("opens rounds at once that are asked for one after the other")]
    LoopAtOnce,
    /// It takes errors or escalations and stands beside nothing that could throw one.
    #[error("catches an error or escalation and stands beside nothing")]
    NothingThrows,
    /// It takes errors and does not interrupt.
    #[error("catches an error and does not interrupt")]
    ErrorGoesOn,
    /// It stands beside a node of another graph.
    #[error("stands beside a step of another graph")]
    HostOutside,
    /// It stands beside a gateway, or beside another catch that stands beside something.
    #[error("stands beside something that does no work")]
    HostIdle,
    /// It stands beside something and edges lead to it.
    #[error("stands beside something and edges lead to it")]
    HostAndEdges,
    /// It lets catches race, and leads to something else, or under a condition.
    #[error("lets catches race and leads to something that cannot, or under a condition")]
    NoRace,
}

pub(super) fn check(parts: &Parts, body_of: &[BodyId], incoming: &[u32], defects: &mut Vec<Defect>) {
    for (at, node) in parts.nodes.iter().enumerate() {
        let id = NodeId(u32::try_from(at).expect("counted before"));
        let mut unfit = |why| defects.push(Defect::Unfit { node: id, why });
        let settled = parts.bodies[body_of[at].index()].discipline == Discipline::Settled;
        let of_tokens = matches!(
            node.kind,
            Kind::Catch(_) | Kind::Decide(_) | Kind::Repeat(_) | Kind::Script(_) | Kind::Throw(_)
        );
        if settled && of_tokens {
            unfit(Unfit::Settled);
        }
        match &node.kind {
            Kind::Repeat(repeat) if repeat.parallel && matches!(repeat.over, Over::While { .. }) => {
                unfit(Unfit::LoopAtOnce);
            }
            Kind::Catch(catch) => caught(parts, body_of, id, catch, incoming[at] > 0, &mut unfit),
            _ => {}
        }
    }
    for edge in &parts.edges {
        let (Some(from), Some(to)) = (parts.nodes.get(edge.from.index()), parts.nodes.get(edge.to.index()))
        else {
            continue;
        };
        if from.fork == Fork::Event && !(can_race(to) && edge.when == When::Any) {
            defects.push(Defect::Unfit { node: edge.from, why: Unfit::NoRace });
        }
    }
}

fn caught(
    parts: &Parts,
    body_of: &[BodyId],
    own: NodeId,
    catch: &Catch,
    reached: bool,
    unfit: &mut impl FnMut(Unfit),
) {
    match (&catch.trigger, catch.host) {
        (Trigger::Error(_) | Trigger::Escalation(_), None) => unfit(Unfit::NothingThrows),
        (Trigger::Error(_), Some(_)) if !catch.interrupts => unfit(Unfit::ErrorGoesOn),
        _ => {}
    }
    if reached && catch.host.is_some() {
        unfit(Unfit::HostAndEdges);
    }
    let Some(Host::Node(host)) = catch.host else { return };
    match parts.nodes.get(host.index()) {
        Some(node) if body_of[host.index()] == body_of[own.index()] => {
            if !does_work(node) {
                unfit(Unfit::HostIdle);
            }
        }
        _ => unfit(Unfit::HostOutside),
    }
}

/// Gateways and what stands beside something do none.
fn does_work(node: &Node) -> bool {
    match &node.kind {
        Kind::Catch(catch) => catch.host.is_none(),
        Kind::Pass => node.join == Join::Each && node.fork == Fork::All,
        _ => true,
    }
}

/// Whether it waits for something that may come before what others wait for.
fn can_race(node: &Node) -> bool {
    match &node.kind {
        Kind::Catch(catch) => catch.host.is_none(),
        Kind::Message(_) | Kind::Wait(_) => true,
        _ => false,
    }
}
