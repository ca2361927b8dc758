//! Who did something, and how that is known.

use dod_kernel::id::Name;
use dod_kernel::policy::{Governance, Waiver};
use dod_kernel::run::{AnswerRefusal, Answered, Identity};

use crate::look::clean_line;

/// Who did something, and how that is known: `alice (proved)`, `alice (claimed)`.
pub fn actor(by: &Identity) -> String {
    format!("{} ({})", clean_line(&by.name), if by.proved { "proved" } else { "claimed" })
}

/// An answer that counts: who says what, and why.
pub(crate) fn says(answered: &Answered) -> String {
    let because = answered.because.as_ref().map(|text| format!(": {}", clean_line(text)));
    let word = if answered.accept { "yes" } else { "no" };
    format!("{} says {word}{}", actor(&answered.by), because.unwrap_or_default())
}

/// An answer that does not count, and why not.
pub(crate) fn refused_answer(by: &Identity, why: AnswerRefusal) -> String {
    format!("the answer of {} does not count: {}", actor(by), no_answer(why))
}

/// Whether a signature proves who approved a waiver; `None` where the waivers are not at hand.
pub(crate) fn is_proved(governance: Option<&Governance>, of: &Name, by: &Name) -> Option<bool> {
    let all = &governance?.waivers;
    let same = |waiver: &&Waiver| waiver.of == *of && waiver.approved_by == *by;
    let mut named = all.iter().filter(same).peekable();
    named.peek()?;
    Some(named.all(|waiver| waiver.proved))
}

/// What was waived, by whom, and how that is known.
pub(crate) fn waiver(governance: Option<&Governance>, of: &Name, by: &Name) -> String {
    let by = match is_proved(governance, of, by) {
        Some(proved) => actor(&Identity { name: by.clone(), proved }),
        None => clean_line(by),
    };
    format!("`{}` by {by}", clean_line(of))
}

/// Why an answer does not count.
pub fn no_answer(why: AnswerRefusal) -> &'static str {
    match why {
        AnswerRefusal::AlreadyAnswered => "this person has answered before, under this name or another one",
        AnswerRefusal::AuthorOfTheChange => "an author of the change may not answer",
        AnswerRefusal::NotInRole => "this person has none of the roles that may answer",
        AnswerRefusal::NotProved => "only signed answers count",
    }
}
