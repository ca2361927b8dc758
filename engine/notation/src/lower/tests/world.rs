//! A small world: files by name, a few gates, a toy language of conditions.

use std::collections::BTreeMap;

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::{Action, ExitCodes, Gate, Program, Report, ReportPlace, Task};

use crate::lower::{
    Bounds, Catalogue, Checked, Expressions, Loaded, Misuse, Problem, Reference, Site, Sources, World,
    check_within,
};

pub(super) struct Options {
    pub(super) inputs: Option<BTreeMap<Name, Value>>,
    pub(super) program: &'static str,
    pub(super) steps_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { inputs: Some(BTreeMap::new()), program: "0.1.0", steps_max: 200_000 }
    }
}

pub(super) fn with(files: &str, options: &Options) -> Checked {
    let mut parts = files.split("--- ");
    let first = parts.next().unwrap_or("");
    let mut others = BTreeMap::new();
    for part in parts {
        let (name, text) = part.split_once('\n').unwrap_or((part, ""));
        others.insert(name.trim().to_owned(), text.to_owned());
    }
    others.insert("dod.yaml".to_owned(), first.to_owned());
    let names = |text: &str| text.split(' ').map(Name::from).collect::<Vec<_>>();
    let world = World {
        catalogue: &Gates,
        expressions: &Toy,
        formats: Some(&names("junit measures sarif gcc_lines")),
        inputs: options.inputs.as_ref(),
        policies: Some(&names("minimal standard strict enterprise payments")),
        program: options.program.parse().unwrap(),
        roles: Some(&names("release-managers security")),
        sources: &Files(others),
    };
    let bounds = Bounds { bytes: 20 << 20, edges: options.steps_max, opened: 5000, steps: options.steps_max };
    check_within("dod.yaml", first, &world, bounds)
}

struct Files(BTreeMap<String, String>);

impl Sources for Files {
    fn load(&self, reference: &Reference) -> Result<Loaded, String> {
        let name = match reference {
            Reference::Builtin { name } => format!("builtin/{name}"),
            Reference::Git { url, rev, path } => format!("{url}@{}:{path}", &rev[..4]),
            Reference::Local { path, .. } => path.strip_prefix("./").unwrap_or(path).to_owned(),
        };
        let text = self.0.get(&name).ok_or("there is no such file")?.clone();
        Ok(Loaded { name, text })
    }
}

struct Gates;

impl Catalogue for Gates {
    fn names(&self) -> Vec<Name> {
        let names = "cargo/clippy cargo/test python/uv-sync python/ruff python/mypy python/pytest scan/secrets \
                     scan/vulnerabilities";
        names.split_whitespace().map(Name::from).collect()
    }

    fn expand(&self, name: &str, with: &BTreeMap<Name, Value>, site: Site<'_>) -> Result<Task, Vec<Misuse>> {
        let (_, tool) = name.split_once('/').unwrap();
        let mut argv = vec![Name::from(tool)];
        for (key, value) in with {
            let misuse = |message: &str| {
                Err(vec![Misuse { key: Some(key.clone()), message: message.to_owned(), hint: None }])
            };
            match (key.as_str(), value) {
                ("args", Value::List(items)) => argv.extend(items.iter().map(|item| match item {
                    Value::Text(text) => text.clone(),
                    other => format!("{other:?}").into(),
                })),
                ("args", _) => return misuse("`args` is a list"),
                _ => return misuse(&format!("`{name}` has no parameter `{key}`")),
            }
        }
        let kind = match tool {
            "uv-sync" => "install",
            "ruff" | "clippy" => "lint",
            "mypy" => "types",
            "secrets" => "secrets",
            "vulnerabilities" => "dependencies",
            _ => "test",
        };
        Ok(Task {
            action: Action {
                cwd: site.cwd.into(),
                env: BTreeMap::new(),
                evidence: vec![Report {
                    format: Some("junit".into()),
                    from: ReportPlace::Stdout,
                    rule: None,
                }],
                exit: ExitCodes { clean: vec![0], findings: vec![1] },
                inputs: Vec::new(),
                install: None,
                outputs: Vec::new(),
                programs: Vec::new(),
                run: Program::Argv(argv),
                secrets: BTreeMap::new(),
                version: Vec::new(),
            },
            gate: Some(Gate {
                kind: kind.into(),
                must_succeed: kind == "install",
                project: site.project.cloned(),
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

/// Knows words; every other name outside texts is wrong.
struct Toy;

impl Expressions for Toy {
    fn check(&self, text: &str) -> Vec<Problem> {
        const KNOWN: &[&str] = &[
            "branch", "changed", "inputs", "steps", "true", "false", "known", "os", "ci", "outputs", "main",
        ];
        let mut found = Vec::new();
        let mut quoted = false;
        let mut word = String::new();
        let mut begin = (1, 1);
        let (mut before, mut member) = (' ', false);
        let (mut line, mut column) = (1, 1);
        for letter in text.chars().chain([' ']) {
            if letter == '"' {
                quoted = !quoted;
            }
            if !quoted && (letter.is_alphanumeric() || letter == '_') {
                if word.is_empty() {
                    (begin, member) = ((line, column), before == '.');
                }
                word.push(letter);
            } else if !word.is_empty() {
                let known =
                    member || KNOWN.contains(&&*word) || word.parse::<i64>().is_ok() || word.len() == 1;
                if !known {
                    let message = format!("nothing is called `{word}`");
                    found.push(Problem { column: begin.1, hint: None, line: begin.0, message });
                }
                word.clear();
            }
            column += 1;
            before = letter;
            if letter == '\n' {
                (line, column) = (line + 1, 1);
            }
        }
        if quoted {
            let message = "a text is opened and never closed".to_owned();
            found.push(Problem { column, hint: None, line, message });
        }
        found
    }
}
