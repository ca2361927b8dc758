//! Files in, policies and diagnostics out, as text.

mod builtins;
mod cases;
mod extends;
mod files;
mod judging;
mod manual;
mod phrases;
mod registers;
mod rego;
mod schemas;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dod_kernel::id::Name;
use dod_kernel::policy::{Comparison, Policy, Require, Required, Rule, Threshold};

use super::{PolicyWorld, read_policy};
use crate::diagnose::testing;
use crate::lower::{Expressions, Loaded, Module, Problem, Reference, Sources};

/// Knows a few names; everything else is wrong where it stands.
struct Few;

impl Expressions for Few {
    fn check(&self, text: &str) -> Vec<Problem> {
        let at = text.find("brunch");
        at.map(|at| Problem {
            column: u32::try_from(at + 1).unwrap(),
            hint: Some("did you mean `branch`?".to_owned()),
            line: 1,
            message: "no fact is called `brunch`".to_owned(),
        })
        .into_iter()
        .collect()
    }

    /// `RULE FACT...` lines; `wrong` is wrong.
    fn rego(&self, text: &str) -> Option<Result<Module, Vec<Problem>>> {
        let mut module = Module { facts: Vec::new(), rules: Vec::new() };
        let mut problems = Vec::new();
        for (line, words) in (1..).zip(text.lines()) {
            for (at, _) in words.match_indices("wrong") {
                let column = u32::try_from(at + 1).unwrap();
                problems.push(Problem { column, hint: None, line, message: "it is wrong".to_owned() });
            }
            let mut words = words.split(' ').map(Name::from);
            module.rules.extend(words.next().map(|rule| (rule.clone(), !rule.starts_with("warn"))));
            module.facts.extend(words);
        }
        Some(if problems.is_empty() { Ok(module) } else { Err(problems) })
    }
}

/// Files by path, whatever folder they are asked from.
#[derive(Default)]
struct Files(BTreeMap<String, String>);

impl Sources for Files {
    fn load(&self, reference: &Reference) -> Result<Loaded, String> {
        // A file of another repository lies in a folder called like its commit.
        let name = match reference {
            Reference::Local { path, .. } => path.trim_start_matches("./").to_owned(),
            Reference::Git { rev, path, .. } => format!("{rev}/{path}"),
            Reference::Builtin { .. } => return Err("it is built in".to_owned()),
        };
        let text = self.0.get(&name).cloned().ok_or_else(|| "there is no such file".to_owned())?;
        Ok(Loaded { name, text })
    }
}

/// Reads the first of several files: `--- name` begins one.
fn read(text: &str) -> (Option<Policy>, String) {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in if text.is_empty() { "\n" } else { text }.lines() {
        match line.strip_prefix("--- ") {
            Some(name) => files.push((name.to_owned(), String::new())),
            None => {
                if files.is_empty() {
                    files.push(("p.yaml".to_owned(), String::new()));
                }
                let (_, text) = files.last_mut().unwrap();
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    let (name, first) = files[0].clone();
    let projects = [Name::from("api"), Name::from("etl")];
    let files = Files(files.into_iter().collect());
    let world = PolicyWorld { expressions: &Few, projects: Some(&projects), sources: &files };
    let (policy, sources, problems) = read_policy(&name, &first, &world);
    (policy, testing::show(&sources, &problems))
}

fn shown_threshold(threshold: &Threshold) -> String {
    let is = match threshold.is {
        Comparison::AtLeast => ">=",
        Comparison::AtMost => "<=",
        Comparison::Below => "<",
        Comparison::Equal => "==",
        Comparison::Over => ">",
    };
    let unit = if *threshold.unit == *"1" { String::new() } else { format!(" {}", &*threshold.unit) };
    format!("{} {is} {}{unit}", &*threshold.fact, threshold.value)
}

fn shown_rule(rule: &Rule) -> String {
    let mut text = format!("{}: ", rule.id);
    match &rule.require {
        Require::Threshold(threshold) => text.push_str(&shown_threshold(threshold)),
        Require::Expression(expression) => write!(text, "expression {}", &*expression.text).unwrap(),
        Require::Rego(rego) => {
            write!(text, "{} of {} over {:?}", &*rego.rule, &*rego.file, rego.facts).unwrap();
        }
    }
    if !rule.gates.is_empty() {
        write!(text, " at {}", rule.gates.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")).unwrap();
    }
    if let Some(project) = &rule.project {
        write!(text, " in {project}").unwrap();
    }
    if let Some(when) = &rule.when {
        write!(text, " if {}", &*when.text).unwrap();
    }
    if rule.when_measured {
        text.push_str(" when measured");
    }
    if rule.effect != dod_kernel::policy::Effect::Block {
        write!(text, " {:?}", rule.effect).unwrap();
    }
    if rule.few_lines_ignored {
        text.push_str(" unless few lines");
    }
    if !rule.requirements.is_empty() {
        write!(text, " for {}", rule.requirements.iter().map(Name::as_str).collect::<Vec<_>>().join(", "))
            .unwrap();
    }
    if let Some(because) = &rule.because {
        write!(text, " because {because}").unwrap();
    }
    text
}

fn shown_required(required: &Required) -> String {
    let names: Vec<&str> =
        std::iter::once(&required.gate).chain(&required.any_of).map(Name::as_str).collect();
    let mut text = format!("required {}", names.join(" or "));
    if let Some(ms) = required.within_ms {
        write!(text, " within {ms} ms").unwrap();
    }
    if required.from_ancestor {
        text.push_str(" from an ancestor");
    }
    if !required.requirements.is_empty() {
        write!(
            text,
            " for {}",
            required.requirements.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
        )
        .unwrap();
    }
    text
}

fn shown(policy: &Policy) -> String {
    let version = policy.version.map(|version| format!("@{version}")).unwrap_or_default();
    let mut text = format!("policy {}{version}", policy.name);
    if !policy.extends.is_empty() {
        write!(text, " extends {}", policy.extends.iter().map(Name::as_str).collect::<Vec<_>>().join(", "))
            .unwrap();
    }
    text.push('\n');
    for required in &policy.required {
        writeln!(text, "{}", shown_required(required)).unwrap();
    }
    for rule in &policy.rules {
        writeln!(text, "{}", shown_rule(rule)).unwrap();
    }
    if let Some(days) = policy.waivers.days_max {
        writeln!(text, "waivers at most {days} days").unwrap();
    }
    if policy.waivers.proved {
        writeln!(text, "waivers proved").unwrap();
    }
    if policy.approvals.proved {
        writeln!(text, "approvals proved").unwrap();
    }
    text
}

/// Reads files and shows the policy and what is wrong with it.
#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check(text: &str, expected: expect_test::Expect) {
    let (policy, problems) = read(text);
    expected.assert_eq(&format!("{}{problems}", policy.as_ref().map(shown).unwrap_or_default()));
}
