//! What is wrong with a file, where, and what to do about it.
//!
//! A [`Span`] is a byte range of one file of a [`SourceMap`]; lines and columns are worked out only for what
//! is shown. [`Diagnostics`] is where every reader puts what it finds, so that all errors of a file and of the
//! files it includes are reported at once.
//!
//! **Absent on purpose:** rendering, colors, exit codes. The command line draws diagnostics.

#[macro_use]
pub mod codes;
mod like;
mod sources;

pub use codes::Code;
pub use like::closest;
pub use sources::{FileId, Place, SourceMap, Span};

/// At most this many diagnostics are kept for one check; one more says that there were more.
pub const DIAGNOSTICS_MAX: usize = 500;

/// Whether a diagnostic keeps the file from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, and probably does not say what was meant.
    Warning,
}

/// A second place that a diagnostic speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What stands there, as a lower-case fragment.
    pub text: String,
}

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which rule was broken: `W012`. Listed with an explanation in [`codes`](mod@codes).
    pub code: &'static str,
    /// Whether the file can still be used.
    pub severity: Severity,
    /// The place to underline.
    pub span: Span,
    /// The whole problem in one line, with names in backticks.
    pub message: String,
    /// A few words to stand at the underlined place; may be empty.
    pub label: String,
    /// Other places that belong to the problem.
    pub others: Vec<Label>,
    /// What to do about it; at most one.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error without label and hint.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            span,
            message: message.into(),
            label: String::new(),
            others: Vec::new(),
            hint: None,
        }
    }

    /// A warning without label and hint.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// With a few words at the underlined place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With another place.
    #[must_use]
    pub fn other(mut self, span: Span, text: impl Into<String>) -> Self {
        self.others.push(Label { span, text: text.into() });
        self
    }

    /// With a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With a hint where there is one.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// With "did you mean" where one of the known names is close to the name found.
    #[must_use]
    pub fn did_you_mean<'a>(self, found: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match closest(found, known) {
            Some(name) => self.hint(format!("did you mean `{name}`?")),
            None => self,
        }
    }
}

/// Where readers put what they find. Bounded, and free of exact repetitions (one anchor used ten times has
/// its mistake once).
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    errors: usize,
    more: bool,
}

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
        }
        if self.more || self.found.contains(&diagnostic) {
            return;
        }
        self.more = self.found.len() >= DIAGNOSTICS_MAX;
        if !self.more {
            self.found.push(diagnostic);
        }
    }

    /// Nothing more is kept. Whoever is still reading can stop: what is found from here on is not shown.
    pub fn is_full(&self) -> bool {
        self.more
    }

    /// How many errors were put in, repetitions and those that are not kept included.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Everything found: by file, then by place, errors before warnings.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by(|left, right| {
            (left.span.file, left.span.start, left.severity, left.span.end, left.code, &left.message).cmp(&(
                right.span.file,
                right.span.start,
                right.severity,
                right.span.end,
                right.code,
                &right.message,
            ))
        });
        if self.more
            && let Some(last) = self.found.last()
        {
            let message = "there are more problems than are shown";
            let mut more = Diagnostic::error(codes::TOO_MANY, last.span, message);
            if self.errors == 0 {
                more.severity = Severity::Warning;
            }
            self.found.push(more);
        }
        self.found
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
