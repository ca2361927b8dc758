//! Which process is run, and where called processes are.
//!
//! **Absent on purpose:** opening files. Those beside a file, and those that were named along with it, are handed in.

use std::collections::BTreeSet;
use std::rc::Rc;

use dod_kernel::id::BodyId;

use super::{FILES_MAX, LOOKS_MAX, Lowering, Opening, Sheet, What};
use crate::bpmn::model::{Class, Diagram, ElementId, Kind, Role, Space, Text};
use crate::bpmn::sound::{self, called, shown};
use crate::bpmn::{codes, read};
use crate::diagnose::{Diagnostic, Span};
use crate::lower::{Loaded, Reference, duration_ms};

impl Lowering<'_> {
    /// Reads a file. `None` where it is no diagram, and that was said.
    pub(super) fn add_file(&mut self, name: &str, bytes: Vec<u8>) -> Option<usize> {
        let before = self.problems.errors();
        let diagram = read::read(name, bytes, &mut self.sources, &mut self.problems)?;
        let graph = sound::structure(&diagram, &mut self.problems);
        let sound = self.problems.errors() == before;
        let lanes = super::people::lanes(&diagram);
        self.node_of.push(vec![None; diagram.elements.len()]);
        self.sheets.push(Rc::new(Sheet { name: name.to_owned(), diagram, graph, sound, lanes }));
        Some(self.sheets.len() - 1)
    }

    /// The process that a run begins with.
    pub(super) fn root(&mut self, sheet: usize) -> Option<(usize, ElementId)> {
        let file = self.sheet(sheet);
        let diagram = &file.diagram;
        let all: Vec<ElementId> = of_kind(diagram, Kind::Process).collect();
        if all.is_empty() {
            let found = Diagnostic::error(codes::NOTHING, whole(diagram), "the file has no process");
            self.problems.push(found.hint("draw a process with a start event, a task and an end event"));
            return None;
        }
        let found = match self.wanted.process {
            Some(name) => self.named(diagram, &all, name),
            None => self.likely(diagram, &all),
        };
        Some((sheet, found?))
    }

    fn named(&mut self, diagram: &Diagram, all: &[ElementId], name: &str) -> Option<ElementId> {
        let pools = of_kind(diagram, Kind::Participant)
            .filter(|pool| diagram.id(*pool) == name || diagram.name(*pool) == name)
            .filter_map(|pool| diagram.reference(pool, Role::Process)?.to);
        let by_id = all.iter().copied().find(|process| diagram.id(*process) == name);
        let by_name = all.iter().copied().find(|process| diagram.name(*process) == name);
        let found = by_id.or(by_name).or_else(|| pools.into_iter().find(|process| all.contains(process)));
        if found.is_none() {
            let message = format!("the file has no process `{}`", shown(name, 60));
            let known = all.iter().map(|process| diagram.id(*process));
            let problem = Diagnostic::error(codes::PROCESS, whole(diagram), message);
            self.problems
                .push(problem.hint(format!("it has {}", ids(diagram, all))).did_you_mean(name, known));
        }
        found
    }

    /// The executable one that nothing calls; where that leaves none, the only one with something in it.
    fn likely(&mut self, diagram: &Diagram, all: &[ElementId]) -> Option<ElementId> {
        let called: BTreeSet<ElementId> = of_kind(diagram, Kind::CallActivity)
            .filter_map(|call| diagram.reference(call, Role::Called)?.to)
            .collect();
        let full =
            |process: &ElementId| diagram.children(Some(*process)).any(|(_, child)| child.kind.is_node());
        let mut left: Vec<ElementId> = all.iter().copied().filter(full).collect();
        if left.is_empty() {
            let message = format!("{} has nothing to run", sound::called(diagram, all[0]));
            let found = Diagnostic::error(codes::NOTHING, diagram.tag(all[0]), message);
            self.problems.push(found.hint("draw a start event, a task and an end event"));
            return None;
        }
        let narrow = |left: &mut Vec<ElementId>, fits: &dyn Fn(&ElementId) -> bool| {
            if left.len() > 1 && left.iter().any(fits) {
                left.retain(fits);
            }
        };
        narrow(&mut left, &|process| diagram[*process].flags.executable());
        narrow(&mut left, &|process| !called.contains(process));
        if left.len() > 1 {
            let first = left[0];
            let message =
                format!("the file has several processes that could be run: {}", ids(diagram, &left));
            let (found, hint) = if self.is_run() {
                (
                    Diagnostic::error(codes::PROCESS, diagram.tag(first), message),
                    "say which one with `--process`",
                )
            } else {
                let message = format!("{message}; this is about the first one");
                (
                    Diagnostic::warning(codes::PROCESS, diagram.tag(first), message),
                    "say which one with `--process`",
                )
            };
            self.problems.push(found.hint(hint));
        }
        Some(left[0])
    }

    /// What the process says about the run as a whole.
    pub(super) fn settle(&mut self, sheet: usize, process: ElementId) {
        let file = self.sheet(sheet);
        let diagram = &file.diagram;
        let title = [diagram.name(process), diagram.id(process)]
            .map(|text| shown(text, super::title::TITLE_CHARS_MAX));
        self.parts.name = title.into_iter().find(|text| !text.is_empty()).unwrap_or_default().into();
        let word = |name: &str| {
            let own = super::bind::word(diagram, process, name);
            own.or_else(|| diagram.root_attribute(Space::Dod, name))
        };
        if let Some(policy) = word("policy") {
            self.settings.policy = Some(diagram.text(policy).trim().into());
            self.policy_is_known(diagram, policy);
        }
        if let Some(timeout) = word("timeout") {
            match duration_ms(diagram.text(timeout)) {
                Ok(ms) => self.settings.timeout_ms = ms,
                Err(why) => self.wrong_duration(diagram, timeout, &why),
            }
        }
        self.settings.fail_fast =
            word("fail-fast").and_then(|text| self.truth(diagram, text, "fail-fast")).unwrap_or(false);
    }

    /// Says that a duration cannot be read.
    pub(super) fn wrong_duration(&mut self, diagram: &Diagram, text: Text, why: &str) {
        let message = format!("`{}` is no duration: {why}", shown(diagram.text(text), 40));
        let found = Diagnostic::error(codes::BINDING, diagram.span(text), message);
        self.problems.push(found.hint("like `90s` or `1h30m`"));
    }

    /// The body of what a call activity calls; `None` where there is none, and that was said.
    pub(super) fn callee(&mut self, sheet: usize, call: ElementId) -> Option<BodyId> {
        let file = self.sheet(sheet);
        let diagram = &file.diagram;
        let Some((name, span, found)) = self.called_by(diagram, call) else {
            let message = format!("{} does not say what it calls", called(diagram, call));
            let found = Diagnostic::error(codes::CALLED, diagram.tag(call), message);
            self.problems.push(found.hint("give it the id of a process as `calledElement`"));
            return None;
        };
        if name.starts_with('=') || name.contains("${") || name.contains("#{") {
            let message =
                format!("{} calls what an expression says: `{}`", called(diagram, call), shown(&name, 60));
            let found = Diagnostic::error(codes::UNSUPPORTED, span, message);
            self.problems
                .push(found.hint("what a run consists of is known before it begins: name the process"));
            return None;
        }
        let found = found.map(|found| (sheet, found)).or_else(|| self.find_elsewhere(&file.name, &name));
        let Some((sheet, element)) = found else {
            let message = format!(
                "{} calls `{}`, which is in no file at hand",
                called(diagram, call),
                shown(&name, 60)
            );
            let hint = match is_file_name(&name) {
                true => {
                    format!("put it beside this file as `{name}.bpmn`, or name its file along with this one")
                }
                false => "name its file along with this one".to_owned(),
            };
            self.problems.push(Diagnostic::error(codes::CALLED, span, message).hint(hint));
            return None;
        };
        if let Some(body) = self.called.get(&(sheet, element)) {
            return Some(*body);
        }
        let what = match self.sheets[sheet].diagram[element].kind {
            Kind::Process => What::Process(element),
            _ => What::Global(element),
        };
        let body = self.open(Opening { sheet, what });
        self.called.insert((sheet, element), body);
        Some(body)
    }

    /// The name that a call activity says, its place, and what has it in this file.
    fn called_by(&self, diagram: &Diagram, call: ElementId) -> Option<(String, Span, Option<ElementId>)> {
        if let Some(reference) = diagram.reference(call, Role::Called) {
            let name = diagram.text(reference.text).trim();
            if !name.is_empty() {
                let callable = |found: &ElementId| diagram[*found].kind.class() == Class::Callable;
                return Some((name.to_owned(), diagram.span(reference.text), reference.to.filter(callable)));
            }
        }
        let (_, extension) = diagram.extension(call, Space::Zeebe, "calledElement")?;
        let text = diagram.extension_attribute(extension, "processId")?;
        let name = diagram.text(text).trim().to_owned();
        let own = of_kind(diagram, Kind::Process).find(|process| diagram.id(*process) == name);
        (!name.is_empty()).then(|| (name, diagram.span(text), own))
    }

    /// A process in another file: one that was read, one that was named along, one beside.
    fn find_elsewhere(&mut self, from_file: &str, name: &str) -> Option<(usize, ElementId)> {
        let bare = name.rsplit_once(':').map_or(name, |(_, bare)| bare).to_owned();
        if let Some(known) = self.elsewhere.get(&bare) {
            return *known;
        }
        let along = self.wanted.along;
        along.iter().filter(|file| is_diagram(&file.name)).for_each(|file| self.read_once(file));
        let mut found = self.in_sheets(&bare);
        if found.is_none() && is_file_name(&bare) && self.may_look() {
            let path = format!("{bare}.bpmn");
            let reference = Reference::Local { from_file: from_file.to_owned(), path };
            if let Ok(file) = self.world.sources.load(&reference) {
                self.read_once(&file);
                found = self.in_sheets(&bare);
            }
        }
        if found.is_none() && self.may_look() {
            for path in self.world.sources.beside(from_file, ".bpmn").into_iter().take(FILES_MAX) {
                if !self.may_look() {
                    break;
                }
                let reference = Reference::Local { from_file: from_file.to_owned(), path };
                let Ok(file) = self.world.sources.load(&reference) else { continue };
                // Other diagrams in the folder are not this one's business: only one that has the process is read.
                if file.text.contains(bare.as_str()) {
                    self.read_once(&file);
                    found = self.in_sheets(&bare);
                }
                if found.is_some() {
                    break;
                }
            }
        }
        self.elsewhere.insert(bare, found);
        found
    }

    /// Counts files that are looked at, against [`LOOKS_MAX`].
    pub(super) fn may_look(&mut self) -> bool {
        self.looks += 1;
        self.looks <= LOOKS_MAX
    }

    fn read_once(&mut self, file: &Loaded) {
        if self.sheets.len() < FILES_MAX && self.sheets.iter().all(|sheet| sheet.name != file.name) {
            let _ = self.add_file(&file.name, file.text.clone().into_bytes());
        }
    }

    fn in_sheets(&self, id: &str) -> Option<(usize, ElementId)> {
        self.sheets.iter().enumerate().find_map(|(at, sheet)| {
            let found = sheet.diagram.find(id)?;
            (sheet.diagram[found].kind.class() == Class::Callable).then_some((at, found))
        })
    }
}

/// A process id that may be part of a file's name. Ids are data: none leads out of its folder.
pub(super) fn is_file_name(id: &str) -> bool {
    const LENGTH_MAX: usize = 100;
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    !id.is_empty() && id.len() <= LENGTH_MAX && !id.starts_with('.') && id.chars().all(plain)
}

fn is_diagram(name: &str) -> bool {
    !name.ends_with(".dmn")
}

fn of_kind(diagram: &Diagram, kind: Kind) -> impl Iterator<Item = ElementId> + '_ {
    diagram.all().filter(move |(_, element)| element.kind == kind).map(|(at, _)| at)
}

fn whole(diagram: &Diagram) -> Span {
    diagram.place(diagram.definitions.tag)
}

/// The first few ids, for a message.
fn ids(diagram: &Diagram, all: &[ElementId]) -> String {
    const SHOWN_MAX: usize = 5;
    let mut ids: Vec<String> =
        all.iter().take(SHOWN_MAX).map(|at| format!("`{}`", shown(diagram.id(*at), 60))).collect();
    if all.len() > SHOWN_MAX {
        ids.push("…".to_owned());
    }
    ids.join(", ")
}
