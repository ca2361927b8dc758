//! `rego`: files of Rego modules beside a policy, whose `deny` and `warn` rules become rules of the policy.
//!
//! A rule's id is the name of the file and of the rule: `security.deny`.
//!
//! **Absent on purpose:** the language ([`crate::lower::Expressions`] has it), opening files.

use dod_kernel::ask::Expression;
use dod_kernel::id::{Digest, Name};
use dod_kernel::policy::{Effect, Rego, Require, Rule};
use sha2::{Digest as _, Sha256};

use super::extend::named;
use super::file::{File, Placed, Reader};
use super::{MODULES_BYTES_MAX, MODULES_MAX, NAME_BYTES_MAX, PolicyWorld, codes, rules};
use crate::diagnose::{Diagnostic, Diagnostics, FileId, SourceMap, Span};
use crate::lower::{Module, Problem, Reference};
use crate::yaml::Located;

/// How the file of a module ends.
const ENDING: &str = ".rego";

/// What reading modules needs.
pub(super) struct Reading<'a> {
    pub(super) world: &'a PolicyWorld<'a>,
    pub(super) sources: &'a mut SourceMap,
    pub(super) problems: &'a mut Diagnostics,
}

/// Reads the modules that a policy file names, and adds their rules to it.
pub(super) fn read(file: &mut File, origin: Option<&Reference>, reading: &mut Reading<'_>) {
    let modules = std::mem::take(&mut file.modules);
    if let Some(first) = modules.get(MODULES_MAX) {
        let message = format!("a policy names at most {MODULES_MAX} modules");
        reading.problems.push(Diagnostic::error(codes::LIMIT, first.span, message));
        return;
    }
    let mut bytes = 0usize;
    for written in &modules {
        let Some(stem) = stem(written, reading.problems) else { continue };
        let Some((id, name)) = load(written, origin, reading) else { continue };
        let text = reading.sources.text(id).to_owned();
        let Some(found) = module(written, id, &text, reading) else { continue };
        bytes = bytes.saturating_add(text.len().saturating_mul(found.rules.len()));
        if bytes > MODULES_BYTES_MAX {
            let message = "the modules of this policy are too large: split the policy, or the modules";
            reading.problems.push(Diagnostic::error(codes::LIMIT, written.span, message));
            return;
        }
        let digest = Digest(Sha256::digest(text.as_bytes()).into());
        let module = Expression { digest, text: text.into() };
        for (rule, blocks) in found.rules {
            let effect = if blocks { Effect::Block } else { Effect::Warn };
            let id = format!("{stem}.{rule}").into();
            let (facts, module) = (found.facts.clone(), module.clone());
            let require = Require::Rego(Rego { facts, file: name.clone(), module, rule });
            let Reading { world, sources, problems } = reading;
            let placed = Placed { rule: plain(id, effect, require), span: written.span, from_gate: false };
            rules::push(file, placed, &mut Reader { world, sources, problems });
        }
    }
}

fn plain(id: Name, effect: Effect, require: Require) -> Rule {
    Rule {
        because: None,
        effect,
        few_lines_ignored: false,
        gates: Vec::new(),
        id,
        project: None,
        require,
        requirements: Vec::new(),
        when: None,
        when_measured: false,
    }
}

/// `security` of `policies/security.rego`: what the ids of its rules begin with.
fn stem(written: &Located<Name>, problems: &mut Diagnostics) -> Option<String> {
    let name = written.rsplit('/').next().unwrap_or_default();
    let stem = name.strip_suffix(ENDING);
    let fits = |letter: char| letter.is_alphanumeric() || "._-".contains(letter);
    let sound =
        stem.filter(|stem| !stem.is_empty() && stem.len() <= NAME_BYTES_MAX / 2 && stem.chars().all(fits));
    if sound.is_none() {
        let message = format!("`{}` is no file of a Rego module that rules can be named after", &***written);
        let diagnostic = Diagnostic::error(codes::BAD_NAME, written.span, message);
        problems.push(diagnostic.hint("name it like `security.rego`: letters, digits, `.`, `_` and `-`"));
    }
    sound.map(str::to_owned)
}

fn load(
    written: &Located<Name>,
    origin: Option<&Reference>,
    reading: &mut Reading<'_>,
) -> Option<(FileId, Name)> {
    let Reading { world, sources, problems } = reading;
    let reference = named(written, written, sources, origin, problems)?;
    match world.sources.load(&reference) {
        Ok(loaded) => {
            let name = loaded.name.as_str().into();
            Some((sources.add(loaded.name, loaded.text), name))
        }
        Err(why) => {
            let message = format!("`{}` cannot be read: {why}", &***written);
            let diagnostic = Diagnostic::error(codes::NOT_LOADED, written.span, message);
            // Paths begin at the policy's own file, and that is easily forgotten.
            let own =
                sources.name(written.span.file).rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
            let beside = own.and_then(|folder| written.strip_prefix(folder.as_str()));
            let hint = beside.map(|path| format!("paths begin at the policy's file: write `{path}`"));
            problems.push(diagnostic.maybe_hint(hint));
            None
        }
    }
}

/// What a module consists of; what is wrong with it is told in its own file.
fn module(written: &Located<Name>, id: FileId, text: &str, reading: &mut Reading<'_>) -> Option<Module> {
    match reading.world.expressions.rego(text) {
        Some(Ok(module)) => Some(module),
        Some(Err(found)) => {
            for Problem { line, column, message, hint } in found {
                let span = place(id, text, line, column);
                let diagnostic = Diagnostic::error(codes::REGO, span, message).maybe_hint(hint);
                let other = format!("`{}` is named here", &***written);
                reading.problems.push(diagnostic.other(written.span, other));
            }
            None
        }
        None => {
            let message = "this `dod` was built without Rego";
            let diagnostic = Diagnostic::error(codes::REGO, written.span, message);
            let hint = "released programs have it; to build one: `cargo build -p dod --features rego`";
            reading.problems.push(diagnostic.hint(hint));
            None
        }
    }
}

/// The word at a line and column of a file.
fn place(file: FileId, text: &str, line: u32, column: u32) -> Span {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(str::len).sum();
    let rest = text.get(start..).unwrap_or("");
    let skip = rest.char_indices().nth(column.saturating_sub(1) as usize).map_or(rest.len(), |(at, _)| at);
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    let word: usize = rest[skip..].chars().take_while(|letter| is_letter(*letter)).map(char::len_utf8).sum();
    let length = word.max(rest[skip..].chars().next().map_or(0, char::len_utf8));
    let whole = Span { file, start: 0, end: u32::try_from(text.len()).unwrap_or(u32::MAX) };
    whole.part(start + skip, start + skip + length)
}
