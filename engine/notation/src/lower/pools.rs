//! Named pools: declared anywhere, used anywhere. One that is only used has one place.

use dod_kernel::id::{Name, PoolId};
use dod_kernel::workflow::Pool;

use super::Lowering;
use super::unit::Unit;
use crate::diagnose::{Diagnostic, closest, codes};
use crate::draft::Word;

impl Lowering<'_> {
    /// Takes over the pools that a unit declares.
    pub(super) fn declare_pools(&mut self, unit: &Unit) {
        for (name, size) in unit.sheets.iter().flat_map(|sheet| &sheet.draft.pools) {
            let places = u32::try_from(size.value).expect("read in range");
            match self.pools.get(&name.value) {
                None => self.add_pool(&name.value, places, Some(name.span)),
                Some((id, first)) if self.parts.pools[id.index()].size != places => {
                    let message = format!("pool `{}` has two sizes", &**name);
                    let found = Diagnostic::error(codes::POOL_SIZES, size.span, message);
                    let first = first.map(|first| (first, "first declared here"));
                    self.problems.push(match first {
                        Some((span, text)) => found.other(span, text),
                        None => found.hint("a pool that is used and not declared has one place"),
                    });
                }
                Some(_) => {}
            }
        }
    }

    /// The pool with this name.
    pub(super) fn pool(&mut self, word: &Word) -> PoolId {
        if let Some((id, _)) = self.pools.get(&word.value) {
            return *id;
        }
        let declared =
            self.pools.iter().filter(|(_, (_, span))| span.is_some()).map(|(name, _)| name.as_str());
        if let Some(near) = closest(word, declared) {
            let message = format!("pool `{}` is not declared, so it has one place", &**word);
            let found = Diagnostic::warning(codes::UNKNOWN_POOL, word.span, message);
            self.problems.push(found.hint(format!("did you mean `{near}`?")));
        }
        self.add_pool(&word.value, 1, None);
        self.pools[&word.value].0
    }

    fn add_pool(&mut self, name: &Name, size: u32, span: Option<crate::diagnose::Span>) {
        let id = PoolId(u32::try_from(self.parts.pools.len()).expect("bounded by the text"));
        self.parts.pools.push(Pool { name: name.clone(), size });
        self.pools.insert(name.clone(), (id, span));
    }
}
