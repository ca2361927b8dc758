//! What a Rego module asks for, read from its syntax tree.
//!
//! **Absent on purpose:** evaluating anything.

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::ask::Wrong;
use serde_json::Value as Json;

use super::{Rule, Verb};
use crate::Problem;

/// Levels of a syntax tree that are looked at; regorus bounds them further.
const DEPTH_MAX: usize = 2_000;
/// Functions whose answer is another one the next time, or comes from outside.
const OUTSIDE: &[&str] = &["http.", "net.", "opa.", "rand.", "rego.", "time.", "uuid."];

/// A place in the module. Lines and columns count from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl At {
    pub(super) fn wrong(self, message: String) -> Wrong {
        Wrong { column: self.column, line: self.line, message: message.into() }
    }
}

/// The type of a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Number,
    Text,
    Bool,
}

/// A fact that is compared with a literal.
pub(super) struct Compared {
    pub(super) path: Vec<String>,
    pub(super) literal: Literal,
    pub(super) at: At,
}

/// What a module asks for.
#[derive(Default)]
pub(super) struct Asked {
    /// By rule of the module: what it asks for.
    by_rule: BTreeMap<String, OfRule>,
    pub(super) comparisons: Vec<Compared>,
    pub(super) rules: Vec<Rule>,
    pub(super) problems: Vec<Problem>,
}

/// What one rule of a module asks for.
#[derive(Default)]
struct OfRule {
    /// Facts by path, each with the first place that names it.
    paths: BTreeMap<Vec<String>, At>,
    /// Other rules that it rests on.
    rests_on: BTreeSet<String>,
}

impl Asked {
    /// Every fact that the module names, with a place that names it.
    pub(super) fn all(&self) -> BTreeMap<Vec<String>, At> {
        self.by_rule.values().flat_map(|rule| rule.paths.clone()).collect()
    }

    /// The facts that a rule rests on, by itself and through other rules.
    pub(super) fn behind(&self, rule: &str) -> BTreeSet<Vec<String>> {
        let mut seen: BTreeSet<&str> = BTreeSet::from([rule]);
        let mut work = vec![rule];
        let mut paths = BTreeSet::new();
        while let Some(of) = work.pop().and_then(|name| self.by_rule.get(name)) {
            paths.extend(of.paths.keys().cloned());
            work.extend(of.rests_on.iter().map(String::as_str).filter(|name| seen.insert(name)));
        }
        paths
    }
}

/// Reads the tree that regorus prints.
pub(super) fn read(modules: &Json, package: &str) -> Asked {
    let mut reader = Reader {
        aliases: BTreeMap::new(),
        asked: Asked::default(),
        known: BTreeSet::new(),
        package,
        rule: String::new(),
    };
    for module in modules.as_array().into_iter().flatten() {
        let ast = &module["ast"];
        for import in ast["imports"].as_array().into_iter().flatten() {
            reader.import(import, module["source"]["contents"].as_str().unwrap_or_default());
        }
        let all = || ast["rules"].as_array().into_iter().flatten();
        reader.known = all().filter_map(name_of).collect();
        for rule in all() {
            reader.rule = name_of(rule).unwrap_or_default();
            reader.walk(rule, 0);
        }
        let rules =
            reader.known.iter().filter_map(|name| Some(Rule { name: name.clone(), verb: verb(name)? }));
        reader.asked.rules.extend(rules);
    }
    if reader.asked.rules.is_empty() {
        reader.problem(At { line: 1, column: 1 }, "it has no rule called `deny` or `warn`".to_owned());
    }
    let mut asked = reader.asked;
    asked.problems.sort();
    asked.problems.dedup();
    asked
}

/// The name of a rule, whatever the form of its head.
fn name_of(rule: &Json) -> Option<String> {
    let mut refr = match (rule.get("Spec"), rule.get("Default")) {
        (Some(spec), _) => &["Set", "Compr", "Func"].iter().find_map(|form| spec["head"].get(form))?["refr"],
        (None, Some(default)) => &default["refr"],
        (None, None) => return None,
    };
    loop {
        if let Some(name) = refr["Var"]["value"].as_str() {
            return Some(name.to_owned());
        }
        refr = refr.get("RefDot").or(refr.get("RefBrack")).map(|inner| &inner["refr"])?;
    }
}

fn verb(name: &str) -> Option<Verb> {
    let is = |word: &str| name == word || name.strip_prefix(word).is_some_and(|rest| rest.starts_with('_'));
    match () {
        () if is("deny") || is("violation") => Some(Verb::Deny),
        () if is("warn") => Some(Verb::Warn),
        () => None,
    }
}

struct Reader<'p> {
    asked: Asked,
    /// Names that imports give to facts.
    aliases: BTreeMap<String, Vec<String>>,
    /// Names of the module's rules.
    known: BTreeSet<String>,
    package: &'p str,
    /// The rule that is read.
    rule: String,
}

/// A chain of names: `input.findings.error`.
struct Chain {
    root: String,
    path: Vec<String>,
    /// Something behind the path is worked out: `input.steps[name]`.
    computed: bool,
    at: At,
}

impl Reader<'_> {
    fn problem(&mut self, at: At, message: String) {
        self.asked.problems.push(Problem { line: at.line, column: at.column, message, hint: None });
    }

    fn import(&mut self, import: &Json, text: &str) {
        let Some(chain) = chain(&import["refr"]) else { return };
        match chain.root.as_str() {
            "rego" | "future" => {}
            "input" if chain.path.is_empty() => {
                self.problem(
                    chain.at,
                    "`input` cannot be imported as a whole: import one of its facts".to_owned(),
                );
            }
            "input" => {
                let alias = &import["as"];
                let word = || {
                    let span = |key: &str| usize::try_from(alias[key].as_u64()?).ok();
                    text.get(span("start")?..span("end")?).map(str::to_owned)
                };
                let name = word().or(chain.path.last().cloned()).unwrap_or_default();
                self.aliases.insert(name, chain.path);
            }
            _ => {
                self.problem(chain.at, format!("`{}` cannot be imported: a module stands alone", chain.root));
            }
        }
    }

    fn walk(&mut self, node: &Json, depth: usize) {
        if depth > DEPTH_MAX {
            self.problem(At::default(), "it nests too deeply".to_owned());
            return;
        }
        if let Some(chain) = chain(node) {
            self.name(&chain);
            self.walk_indexes(node, depth);
            return;
        }
        match node {
            Json::Array(items) => items.iter().for_each(|item| self.walk(item, depth + 1)),
            Json::Object(members) => {
                if let Some(call) = members.get("Call") {
                    self.call(call);
                }
                if let Some(compared) = members.get("BoolExpr") {
                    self.comparison(compared);
                }
                if members.get("with_mods").and_then(Json::as_array).is_some_and(|all| !all.is_empty()) {
                    self.problem(
                        place(&members["span"]),
                        "`with` is not supported: facts are what they are".to_owned(),
                    );
                }
                for (key, member) in members {
                    if key != "fcn" {
                        self.walk(member, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    /// What stands in the brackets of a chain.
    fn walk_indexes(&mut self, node: &Json, depth: usize) {
        let mut node = node;
        while let Some(inner) = node.get("RefDot").or(node.get("RefBrack")) {
            if let Some(index) = inner.get("index") {
                self.walk(index, depth + 1);
            }
            node = &inner["refr"];
        }
    }

    fn name(&mut self, chain: &Chain) {
        let path = match (chain.root.as_str(), self.aliases.get(&chain.root)) {
            ("input", _) => chain.path.clone(),
            ("data", _) => return self.data(chain),
            (_, Some(alias)) => alias.iter().chain(&chain.path).cloned().collect(),
            (root, None) => {
                if self.known.contains(root) {
                    self.of_rule().rests_on.insert(root.to_owned());
                }
                return;
            }
        };
        match (path.as_slice(), chain.computed) {
            ([], true) => {
                self.problem(chain.at, "a fact is named by its words, not by a computed one".to_owned());
            }
            ([], false) => self.problem(
                chain.at,
                "`input` cannot be asked for as a whole: name one of its facts".to_owned(),
            ),
            _ => drop(self.of_rule().paths.entry(path).or_insert(chain.at)),
        }
    }

    fn of_rule(&mut self) -> &mut OfRule {
        self.asked.by_rule.entry(self.rule.clone()).or_default()
    }

    /// `data.main.helper` of this very module.
    fn data(&mut self, chain: &Chain) {
        let path = format!("data.{}", chain.path.join("."));
        let rule = path.strip_prefix(self.package).and_then(|rest| rest.strip_prefix('.'));
        match rule.and_then(|rest| rest.split('.').next()).map(str::to_owned) {
            Some(rule) if self.known.contains(&rule) => drop(self.of_rule().rests_on.insert(rule)),
            _ => self.problem(chain.at, format!("`{path}` is not of this module, which stands alone")),
        }
    }

    fn call(&mut self, call: &Json) {
        let Some(function) = chain(&call["fcn"]) else { return };
        if self.known.contains(&function.root) || function.root == "data" {
            self.name(&function);
        }
        let name = [std::slice::from_ref(&function.root), &function.path].concat().join(".");
        if OUTSIDE.iter().any(|prefix| name.starts_with(prefix)) {
            self.problem(function.at, format!("`{name}` asks something outside of the facts"));
        }
    }

    fn comparison(&mut self, compared: &Json) {
        let (left, right) = (&compared["lhs"], &compared["rhs"]);
        for (fact, other) in [(left, right), (right, left)] {
            let (Some(chain), Some(literal)) = (chain(fact), literal(other)) else { continue };
            let path: Option<Vec<String>> = match (chain.root.as_str(), self.aliases.get(&chain.root)) {
                ("input", _) => Some(chain.path),
                (_, Some(alias)) => Some(alias.iter().chain(&chain.path).cloned().collect()),
                _ => None,
            };
            if let Some(path) = path.filter(|_| !chain.computed) {
                self.asked.comparisons.push(Compared { path, literal, at: place(&compared["span"]) });
            }
        }
    }
}

fn literal(node: &Json) -> Option<Literal> {
    ["Number", "String", "RawString", "Bool"]
        .iter()
        .zip([Literal::Number, Literal::Text, Literal::Text, Literal::Bool])
        .find_map(|(form, literal)| node.get(form).map(|_| literal))
}

/// The chain that a node is; `None` where it is another thing. Behind a computed part nothing counts.
fn chain(node: &Json) -> Option<Chain> {
    let mut node = node;
    let mut behind: Vec<Option<String>> = Vec::new();
    loop {
        if let Some(inner) = node.get("RefDot") {
            behind.push(inner["field"][1].as_str().map(str::to_owned));
            node = &inner["refr"];
        } else if let Some(inner) = node.get("RefBrack") {
            behind.push(inner["index"]["String"]["value"].as_str().map(str::to_owned));
            node = &inner["refr"];
        } else {
            break;
        }
    }
    let root = node.get("Var")?;
    let known: Vec<String> = behind.iter().rev().map_while(Clone::clone).collect();
    Some(Chain {
        root: root["value"].as_str()?.to_owned(),
        computed: known.len() < behind.len(),
        path: known,
        at: place(&root["span"]),
    })
}

fn place(span: &Json) -> At {
    let number = |key: &str| span[key].as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or(1);
    At { line: number("line"), column: number("col") }
}
