//! A small world: files by name, a few gates, no language of conditions.

use std::collections::BTreeMap;

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::{Action, ExitCodes, Gate, Program, Report, ReportPlace, Task};

use crate::bpmn::{Purpose, Wanted, check};
use crate::lower::{Catalogue, Checked, Expressions, Loaded, Misuse, Reference, Site, Sources, World};

pub(super) struct Options<'a> {
    pub(super) along: &'a [Loaded],
    pub(super) process: Option<&'a str>,
    pub(super) purpose: Purpose,
    pub(super) roles: Option<&'a [Name]>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { along: &[], process: None, purpose: Purpose::Run, roles: None }
    }
}

/// Checks `text` as `release.bpmn`, with other files beside it.
pub(super) fn with(text: &[u8], files: &[(&str, &str)], options: &Options<'_>) -> Checked {
    let beside = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let policies: Vec<Name> = ["standard", "enterprise"].map(Name::from).to_vec();
    let inputs = BTreeMap::new();
    let world = World {
        catalogue: &Gates,
        expressions: &Any,
        formats: None,
        inputs: Some(&inputs),
        policies: Some(&policies),
        program: "0.1.0".parse().unwrap(),
        roles: options.roles,
        sources: &Files(beside),
    };
    let Options { along, process, purpose, .. } = *options;
    check("release.bpmn", text.to_vec(), &Wanted { along, process, purpose }, &world)
}

struct Files(BTreeMap<String, String>);

impl Sources for Files {
    fn load(&self, reference: &Reference) -> Result<Loaded, String> {
        let Reference::Local { path, .. } = reference else { return Err("there is no such file".to_owned()) };
        let text = self.0.get(path).ok_or("there is no such file")?.clone();
        Ok(Loaded { name: path.clone(), text })
    }

    fn beside(&self, _: &str, ending: &str) -> Vec<String> {
        self.0.keys().filter(|name| name.ends_with(ending)).cloned().collect()
    }
}

struct Gates;

impl Catalogue for Gates {
    fn names(&self) -> Vec<Name> {
        ["scan/secrets", "cargo/clippy", "cargo/test"].map(Name::from).to_vec()
    }

    fn expand(&self, name: &str, with: &BTreeMap<Name, Value>, _: Site<'_>) -> Result<Task, Vec<Misuse>> {
        let mut argv: Vec<Name> = vec![name.into()];
        for (key, value) in with {
            match (key.as_str(), value) {
                ("args", Value::List(items)) => argv.extend(items.iter().map(|item| match item {
                    Value::Text(text) => text.clone(),
                    other => format!("{other:?}").into(),
                })),
                _ => {
                    let message = format!("`{name}` has no parameter `{key}`");
                    return Err(vec![Misuse { key: Some(key.clone()), message, hint: None }]);
                }
            }
        }
        Ok(Task {
            action: Action {
                cwd: "".into(),
                env: BTreeMap::new(),
                evidence: vec![Report { format: None, from: ReportPlace::Stdout, rule: None }],
                exit: ExitCodes::default(),
                inputs: Vec::new(),
                install: None,
                outputs: Vec::new(),
                programs: Vec::new(),
                run: Program::Argv(argv),
                secrets: BTreeMap::new(),
                version: Vec::new(),
            },
            gate: Some(Gate {
                kind: "lint".into(),
                must_succeed: false,
                project: None,
                uses: Some(name.into()),
            }),
            idempotent: true,
            pool: None,
            probe: None,
            retry: None,
            tags: Vec::new(),
            timeout_ms: None,
        })
    }
}

/// Every expression is right, but for one of two words beside each other.
struct Any;

impl Expressions for Any {
    fn check(&self, _: &str) -> Vec<crate::lower::Problem> {
        Vec::new()
    }

    fn check_over_variables(&self, text: &str) -> Vec<crate::lower::Problem> {
        let words: Vec<&str> = text.split(' ').collect();
        let is_name = |word: &str| word != "in" && word.chars().all(char::is_alphabetic) && !word.is_empty();
        let wrong = words.windows(2).find(|pair| pair.iter().all(|word| is_name(word)));
        wrong
            .map(|pair| crate::lower::Problem {
                column: 1,
                hint: None,
                line: 1,
                message: format!("unexpected `{}`", pair[1]),
            })
            .into_iter()
            .collect()
    }
}
