//! Conditions, values, times and scripts of a diagram → expressions. Each text is translated and checked once.
//!
//! **Absent on purpose:** languages; see [`dialect`].

use std::sync::Arc;

use dod_kernel::ask::Expression;
use dod_kernel::id::Digest;
use dod_kernel::moment::Moment;
use dod_kernel::value::Value;
use dod_kernel::workflow::Given;
use sha2::{Digest as _, Sha256};

use super::Lowering;
use super::body::At;
use crate::bpmn::codes;
use crate::bpmn::dialect::{self, Dialect, Misfit, Said, Translated};
use crate::bpmn::model::{Diagram, Passage, Text};
use crate::bpmn::sound::shown;
use crate::diagnose::Diagnostic;
use crate::lower::Problem;

impl Lowering<'_> {
    /// The language of a text. `None` where it is not known, and that was said.
    pub(super) fn language(&mut self, diagram: &Diagram, text: Text, said: Option<Text>) -> Option<Dialect> {
        let words = diagram.text(text);
        let own = said.map(|text| diagram.text(text));
        let file = diagram.definitions.expression_language.map(|text| diagram.text(text));
        match Dialect::of(words, own, file) {
            Ok(dialect) => Some(dialect),
            Err(unknown) => {
                let message = format!("the language `{}` is not known", shown(unknown, 60));
                let hint = "expressions are rhai, FEEL, JUEL or Python: `rhai` is taken as it is";
                if own.is_some_and(|own| own.trim() == unknown) {
                    let place = said.unwrap_or(text);
                    let found = Diagnostic::error(codes::EXPRESSION, diagram.span(place), message);
                    self.problems.push(found.hint(hint));
                    return None;
                }
                // What stands at the top of a file is often written by an editor that asks nobody.
                let place = diagram.definitions.expression_language.unwrap_or(text);
                let message = format!("{message}; expressions are taken for what they look like");
                let found = Diagnostic::warning(codes::EXPRESSION, diagram.span(place), message);
                self.problems.push(found.hint(hint));
                Some(Dialect::of_shape(words))
            }
        }
    }

    /// The text of a passage. `None` where there is none, or it is in another file, and that was said.
    pub(super) fn passage(&mut self, diagram: &Diagram, passage: &Passage) -> Option<Text> {
        if let Some(resource) = passage.resource {
            let message = "a text in another file is not read";
            let found = Diagnostic::error(codes::UNSUPPORTED, diagram.span(resource), message);
            self.problems.push(found.hint("write it into the diagram"));
            return None;
        }
        passage.text
    }

    /// A condition. `None` where it is wrong, and that was said.
    pub(super) fn condition(&mut self, at: &At<'_>, passage: &Passage) -> Option<Arc<Expression>> {
        let diagram = at.diagram();
        let text = self.passage(diagram, passage)?;
        self.condition_of(diagram, text, passage.language)
    }

    /// A text that is a condition. `None` where it is wrong, and that was said.
    pub(super) fn condition_of(
        &mut self,
        diagram: &Diagram,
        text: Text,
        language: Option<Text>,
    ) -> Option<Arc<Expression>> {
        let dialect = self.language(diagram, text, language)?;
        let translated = dialect::condition(diagram.text(text), dialect);
        let translated = self.fits(diagram, text, codes::EXPRESSION, translated)?;
        self.expression(diagram, text, &translated)
    }

    /// A value. `None` where it is wrong, and that was said.
    pub(super) fn value(&mut self, at: &At<'_>, text: Text, language: Option<Text>) -> Option<Given> {
        let diagram = at.diagram();
        if let Ok(number) = diagram.text(text).trim().parse::<i64>() {
            return Some(Given::Value(Value::Integer(number)));
        }
        let dialect = self.language(diagram, text, language)?;
        let said = dialect::value(diagram.text(text), dialect);
        let said = self.fits(diagram, text, codes::EXPRESSION, said)?;
        self.given(diagram, text, said)
    }

    /// A time. `None` where it is wrong, and that was said.
    pub(super) fn time(&mut self, at: &At<'_>, text: Text, language: Option<Text>) -> Option<Given> {
        let diagram = at.diagram();
        let plain = diagram.text(text).trim();
        if Moment::parse(plain).is_ok() {
            return Some(Given::Value(Value::text(plain)));
        }
        let dialect = self.language(diagram, text, language)?;
        let said = dialect::time(diagram.text(text), dialect);
        let said = self.fits(diagram, text, codes::TIMER, said)?;
        let marked = plain.starts_with(['$', '#', '=']);
        if let Said::Expression(translated) = &said
            && !marked
            && !self.world.expressions.check_over_variables(&translated.text).is_empty()
        {
            // Words of a person rather than an expression with a fault.
            let message = format!("`{}` is neither a time nor an expression", shown(plain, 60));
            let found = Diagnostic::error(codes::TIMER, diagram.span(text), message);
            self.problems.push(found.hint("ISO 8601: `PT1H30M`, `2026-11-21T10:00:00Z`, `R3/PT10S`"));
            return None;
        }
        self.given(diagram, text, said)
    }

    /// A script. `None` where it is wrong, and that was said.
    pub(super) fn script(
        &mut self,
        diagram: &Diagram,
        text: Text,
        translated: Result<Translated, Misfit>,
    ) -> Option<Arc<Expression>> {
        let translated = self.fits(diagram, text, codes::SCRIPT, translated)?;
        if let Some(known) = self.scripts.get(&translated.text) {
            return Some(Arc::clone(known));
        }
        let problems = self.world.expressions.check_script(&translated.text);
        self.wrong(diagram, text, codes::SCRIPT, &translated, problems)?;
        let script = self.intern(&translated.text);
        self.scripts.insert(translated.text, Arc::clone(&script));
        Some(script)
    }

    fn given(&mut self, diagram: &Diagram, text: Text, said: Said) -> Option<Given> {
        match said {
            Said::Literal(value, _) => Some(Given::Value(value)),
            Said::Expression(translated) => {
                self.expression(diagram, text, &translated).map(Given::Expression)
            }
        }
    }

    fn fits<T>(
        &mut self,
        diagram: &Diagram,
        text: Text,
        code: &'static str,
        found: Result<T, Misfit>,
    ) -> Option<T> {
        match found {
            Ok(found) => Some(found),
            Err(Misfit { range, message, hint }) => {
                let found = Diagnostic::error(code, diagram.part(text, range), message);
                self.problems.push(found.maybe_hint(hint));
                None
            }
        }
    }

    fn expression(
        &mut self,
        diagram: &Diagram,
        text: Text,
        translated: &Translated,
    ) -> Option<Arc<Expression>> {
        if let Some(known) = self.expressions.get(&translated.text) {
            return Some(Arc::clone(known));
        }
        let problems = self.world.expressions.check_over_variables(&translated.text);
        self.wrong(diagram, text, codes::EXPRESSION, translated, problems)?;
        Some(self.intern(&translated.text))
    }

    /// Says where an expression is wrong; `None` where it is.
    fn wrong(
        &mut self,
        diagram: &Diagram,
        text: Text,
        code: &'static str,
        translated: &Translated,
        problems: Vec<Problem>,
    ) -> Option<()> {
        let fine = problems.is_empty();
        for Problem { column, hint, line, message } in problems {
            let range = translated.origin(line, column);
            self.problems.push(Diagnostic::error(code, diagram.part(text, range), message).maybe_hint(hint));
        }
        fine.then_some(())
    }

    /// An expression that is right, once for each text.
    pub(super) fn intern(&mut self, text: &str) -> Arc<Expression> {
        if let Some(known) = self.expressions.get(text) {
            return Arc::clone(known);
        }
        let digest = Digest(Sha256::digest(text.as_bytes()).into());
        let found = Arc::new(Expression { digest, text: text.into() });
        self.expressions.insert(text.to_owned(), Arc::clone(&found));
        found
    }
}
