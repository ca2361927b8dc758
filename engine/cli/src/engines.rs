//! Who answers expressions and modules: rhai in the strict dialect, and Rego where the program was built with it.
//!
//! Everything of this program that judges asks through here, so that all of it has the same engines.
//!
//! **Absent on purpose:** evidence, which lies elsewhere for each of them ([`Engines::with`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use dod_expression::Rhai;
use dod_host::drive::Expressions;
use dod_kernel::ask::{Answer, Ask, Expression, Facts, Wrong};
use dod_kernel::evidence::Evidence;
use dod_kernel::id::{Digest, Name};
use dod_kernel::value::Value;

/// The engines of this program.
#[derive(Default)]
pub(crate) struct Engines(Rhai);

impl Engines {
    /// With evidence from somewhere.
    pub(crate) fn with<E: Fn(&Digest) -> Option<Arc<Evidence>>>(self, evidence: E) -> With<E> {
        With { engines: self, evidence }
    }

    /// Without evidence: nothing has run, or it is at hand already.
    pub(crate) fn alone(self) -> impl Ask {
        self.with(|_| None)
    }

    /// Name and version of the engine of expressions.
    pub(crate) fn engine(&self) -> Name {
        self.0.engine()
    }

    /// Evaluates an expression.
    pub(crate) fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer {
        self.0.evaluate(expression, facts)
    }

    /// Runs a script.
    pub(crate) fn run_script(
        &self,
        script: &Expression,
        facts: &dyn Facts,
    ) -> (Name, Result<BTreeMap<Name, Value>, Wrong>) {
        self.0.run_script(script, facts)
    }

    /// What a rule of a Rego module has to say, and who says so.
    #[cfg(feature = "rego")]
    #[expect(clippy::unused_self, reason = "without Rego there is nobody to ask")]
    pub(crate) fn messages(&self, rule: &Name, module: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        (dod_expression::rego::ENGINE.into(), dod_expression::rego::messages(&module.text, rule, facts))
    }

    /// Nobody here knows Rego.
    #[cfg(not(feature = "rego"))]
    #[expect(clippy::unused_self, reason = "with Rego there is somebody to ask")]
    pub(crate) fn messages(&self, rule: &Name, module: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        dod_kernel::ask::NoOne::default().messages(rule, module, facts)
    }
}

impl Expressions for Engines {
    fn engine(&self) -> Name {
        self.engine()
    }

    fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer {
        self.evaluate(expression, facts)
    }

    fn run_script(
        &self,
        script: &Expression,
        facts: &dyn Facts,
    ) -> (Name, Result<BTreeMap<Name, Value>, Wrong>) {
        self.run_script(script, facts)
    }

    fn messages(&self, rule: &Name, module: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        self.messages(rule, module, facts)
    }
}

/// The engines, and where evidence is.
pub(crate) struct With<E> {
    engines: Engines,
    evidence: E,
}

impl<E: Fn(&Digest) -> Option<Arc<Evidence>>> Ask for With<E> {
    fn engine(&self) -> Name {
        self.engines.engine()
    }

    fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer {
        self.engines.evaluate(expression, facts)
    }

    fn run_script(
        &self,
        script: &Expression,
        facts: &dyn Facts,
    ) -> (Name, Result<BTreeMap<Name, Value>, Wrong>) {
        self.engines.run_script(script, facts)
    }

    fn messages(&self, rule: &Name, module: &Expression, facts: &dyn Facts) -> (Name, Answer) {
        self.engines.messages(rule, module, facts)
    }

    fn evidence(&self, digest: &Digest) -> Option<Arc<Evidence>> {
        (self.evidence)(digest)
    }
}
