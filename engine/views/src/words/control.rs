//! Words for what token bodies catch and throw.
//!
//! **Absent on purpose:** notation of diagrams.

use dod_kernel::workflow::{Given, Throw, Trigger};

use crate::look::clean_line;

/// What a catch waits for: `the message paid`, `PT10M`.
pub fn trigger(trigger: &Trigger) -> String {
    let coded = |what: &str, code: &Option<dod_kernel::id::Name>| match code {
        Some(code) => format!("the {what} {}", clean_line(code)),
        None => format!("any {what}"),
    };
    match trigger {
        Trigger::Error(code) => coded("error", code),
        Trigger::Escalation(code) => coded("escalation", code),
        Trigger::Message { name, .. } => format!("the message {}", clean_line(name)),
        Trigger::Signal(name) => format!("the signal {}", clean_line(name)),
        Trigger::Timer(given) => format!("the time {}", self::given(given)),
    }
}

/// What is thrown: `the error broken`.
pub fn throw(throw: &Throw) -> String {
    match throw {
        Throw::Error(code) => format!("the error {}", clean_line(code)),
        Throw::Escalation(code) => format!("the escalation {}", clean_line(code)),
        Throw::Message { name, .. } => format!("the message {}", clean_line(name)),
        Throw::Signal(name) => format!("the signal {}", clean_line(name)),
        Throw::Terminate => "the end of its scope".to_owned(),
    }
}

fn given(given: &Given) -> String {
    match given {
        Given::Expression(expression) => clean_line(&expression.text),
        Given::Value(value) => super::value(value),
    }
}
