//! Icons of events, tasks and gateways (BPMN 2.0.2, tables 7.1, 10.84 to 10.93), as paths around the origin.
//!
//! **Absent on purpose:** places and sizes.

use crate::draw::{Gateway, Rounds, Trigger, Work};

/// A path, and whether it is filled.
pub(super) type Icon = (&'static str, bool);

/// An open circle of this radius, as a path.
const CLOCK: &str = "M0-9.5A9.5 9.5 0 1 1-.1-9.5ZM0-6V0L4.2 2.4M0-9.5V-7.6M0 9.5V7.6M-9.5 0H-7.6M9.5 0H7.6";

/// The icon of an event, within 11 units; thrown ones are filled.
pub(super) fn trigger(trigger: Trigger, thrown: bool) -> Option<Icon> {
    let path = match trigger {
        Trigger::None => return None,
        Trigger::Cancel => "M-9-6.5-6.5-9 0-2.5 6.5-9 9-6.5 2.5 0 9 6.5 6.5 9 0 2.5-6.5 9-9 6.5-2.5 0Z",
        Trigger::Compensation => "M-.5-7V7L-9.5 0ZM8.5-7V7L-.5 0Z",
        Trigger::Condition => "M-6.5-9H6.5V9H-6.5ZM-4-5.4H4M-4-1.8H4M-4 1.8H4M-4 5.4H4",
        Trigger::Error => "M-9 8.5-4.5-8 1.8 2.6 8-9 4.5 8-1.8-2.6Z",
        Trigger::Escalation => "M0-9.5 7.5 8.5 0 1.2-7.5 8.5Z",
        Trigger::Link => "M-9.5-4H2V-8.5L10.5 0 2 8.5V4H-9.5Z",
        Trigger::Message if thrown => "M-10-7H10L0 .8ZM-10-5V7H10V-5L0 3Z",
        Trigger::Message => "M-10-7H10V7H-10ZM-10-7 0 1.2 10-7",
        Trigger::Multiple => "M0-9.5 9-2.9 5.6 7.7H-5.6L-9-2.9Z",
        Trigger::Signal => "M0-9 9.2 7H-9.2Z",
        Trigger::Terminate => return Some(("M0-10.5A10.5 10.5 0 1 1-.1-10.5Z", true)),
        Trigger::Timer => return Some((CLOCK, false)),
    };
    Some((path, thrown && trigger != Trigger::Condition))
}

/// The icon of a task, within 8 units.
pub(super) fn work(work: Work) -> Option<Icon> {
    Some(match work {
        Work::Any => return None,
        Work::Gate => (
            "M0-7.2C2-5.6 4-5 6.2-5V-.4C6.2 3.5 3.6 6 0 7.4-3.6 6-6.2 3.5-6.2-.4V-5C-4-5-2-5.6 0-7.2ZM-2.9.1-.8 2.3 3-2.2",
            false,
        ),
        Work::Judge => {
            ("M0-6.8V6.6M-3.6 6.6H3.6M-5.6-4.8H5.6M-5.6-4.8-7.8.8H-3.4ZM5.6-4.8 3.4.8H7.8Z", false)
        }
        Work::Manual => (
            "M-7.2 1.2C-6.4-1.4-3.6-5-1.6-5.6-.2-6-.2-4.4-1-3.6L-2-2.4H6C7.3-2.4 7.3-.6 6-.6H1.2M6.3-.6C7.6-.4 7.5 1.2 6.3 1.2H1.2M6 1.2C7.1 1.4 7 3 5.8 3H1.2M5 3C6 3.3 5.8 4.8 4.6 4.8H-4C-6.2 4.8-7.2 3.4-7.2 1.2Z",
            false,
        ),
        Work::Receive => ("M-7.5-5H7.5V5.5H-7.5ZM-7.5-5 0 1 7.5-5", false),
        Work::Rule => ("M-7-6H7V6H-7ZM-7-2.2H7M-7 1.9H7M-2.8-2.2V6", false),
        Work::Script => (
            "M-4-7H6.5C3.6-4.6 3.7-2.5 5 0S6.2 4.8 3.6 7H-6.6C-3.8 4.8-3.8 2.5-5 0S-6.6-4.6-4-7ZM-2.4-4H1.6M-2.8-1.3H2.2M-1.6 1.4H3.2M-1.6 4.1H2.8",
            false,
        ),
        Work::Send => ("M-7.5-5H7.5L0 .8ZM-7.5-3.2V5.5H7.5V-3.2L0 2.6Z", true),
        Work::Service => (
            "M-1.2-7.2H1.2L1.7-5 3-4.5 4.9-5.8 6.4-4.2 5.2-2.3 5.7-1.1 7.8-.7V1.6L5.7 2 5.2 3.2 6.4 5.1 4.8 6.7 2.9 5.5 1.7 6 1.2 8.1H-1.1L-1.6 6-2.8 5.5-4.7 6.7-6.3 5.1-5.1 3.2-5.6 2-7.7 1.6V-.7L-5.6-1.1-5.1-2.3-6.3-4.2-4.7-5.8-2.8-4.5-1.6-5ZM0-2A2.4 2.4 0 1 1-.1-2Z",
            false,
        ),
        Work::User => (
            "M0-7.4A3.4 3.4 0 1 1-.1-7.4ZM-2.3-1C-5-.4-6.8 1.6-6.8 4.4V7H6.8V4.4C6.8 1.6 5-.4 2.3-1M-3.6 7V4.6M3.6 7V4.6",
            false,
        ),
        Work::Wait => ("M0-7A7 7 0 1 1-.1-7ZM0-4.4V0L3 1.8", false),
    })
}

/// The marker of rounds, within 6 units.
pub(super) fn rounds(rounds: Rounds) -> Option<&'static str> {
    match rounds {
        Rounds::Once => None,
        Rounds::Loop => Some("M-2.4 5A5.4 5.4 0 1 1 2.4 5M-2.4 5H-5.6M-2.4 5V1.8"),
        Rounds::Parallel => Some("M-4-6V6M0-6V6M4-6V6"),
        Rounds::Sequential => Some("M-6-4H6M-6 0H6M-6 4H6"),
    }
}

/// The marker of a sub-process that is not shown, within 7 units.
pub(super) const PLUS: &str = "M-7-7H7V7H-7ZM-4 0H4M0-4V4";

/// The sign in a gateway of 50 units, and whether its lines are thick.
pub(super) fn gateway(gateway: Gateway) -> Option<(&'static str, bool)> {
    match gateway {
        Gateway::AtLeast(_) => None,
        Gateway::Complex => Some(("M0-12V12M-12 0H12M-8-8 8 8M8-8-8 8", true)),
        Gateway::Event => Some((
            "M0-14A14 14 0 1 1-.1-14ZM0-11.4A11.4 11.4 0 1 1-.1-11.4ZM0-7 6.7-2.2 4.1 5.7H-4.1L-6.7-2.2Z",
            false,
        )),
        Gateway::Exclusive => Some(("M-6-9 6 9M6-9-6 9", true)),
        Gateway::Inclusive => Some(("M0-11.5A11.5 11.5 0 1 1-.1-11.5Z", true)),
        Gateway::Parallel => Some(("M0-12V12M-12 0H12", true)),
    }
}
