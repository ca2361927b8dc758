//! Which definitions and policies a change is judged by (design §5): a change must not write its own judge.
//!
//! With a base known, workflow, policy, waivers, roles, catalogue entries and `dod.lock` are read from it, and a
//! change of them is told. Where the base has no workflow yet, the change's own are used and the verdict says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dod_host::git::{GitError, Person};
use dod_host::tree::TreePath;
use dod_kernel::id::{Digest, Name};
use dod_kernel::policy::{Definitions, Governance, JUDGING, Policy};
use dod_kernel::value::Value;
use dod_kernel::workflow::{Kind, Workflow};
use dod_notation::bpmn::Purpose;
use dod_notation::diagnose::{Diagnostic, Severity, SourceMap};
use dod_notation::lower::{Checked, Settings, World};
use dod_notation::policy::{PolicyWorld, builtin_policy, read_policy, read_roles, read_waivers};

use crate::baseline::{BASELINE_FILE, Baseline};
use crate::blame::{CommandError, Exit};
use crate::definitions::{Dialect, Gates, LOCK_FILE, Origin, Texts};
use crate::notation::{Definition, Play, Text};
use crate::output;
use crate::project::{Project, WORKFLOW_FILE};
use crate::waivers::{self, Approval};

/// The policy of those who name none.
pub(crate) const DEFAULT_POLICY: &str = "standard";

/// Files that say, beside the workflow, what a change is judged by.
const GOVERNED: &[&str] = &[LOCK_FILE, BASELINE_FILE, "waivers.yaml", "roles.yaml"];

/// What the user asked for that changes what is judged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) workflow: Option<String>,
    /// The process of a diagram.
    pub(crate) process: Option<String>,
    pub(crate) policy: Option<String>,
    pub(crate) since: Option<String>,
    pub(crate) govern_from: Option<String>,
    pub(crate) inputs: BTreeMap<Name, Value>,
    pub(crate) install: bool,
    pub(crate) json: bool,
    /// Errors are told as they would be; warnings are kept for the caller.
    pub(crate) quiet: bool,
}

/// Everything that a run is defined and judged by.
pub(crate) struct Loaded {
    pub(crate) workflow: Arc<Workflow>,
    pub(crate) settings: Settings,
    pub(crate) governance: Arc<Governance>,
    pub(crate) definitions: Definitions,
    /// Where the workflow was read: `dod.yaml`, or `detected projects`.
    pub(crate) workflow_name: String,
    /// Where the policy was read: `builtin/standard@1`, `policies/payments.yaml`.
    pub(crate) policy_source: String,
    pub(crate) policy_digest: Digest,
    /// The commit that the change is compared with.
    pub(crate) base: Option<String>,
    /// Repository-relative paths that the change touches.
    pub(crate) changed: Option<Vec<Name>>,
    /// The same, as the repository knows them.
    pub(crate) touched: BTreeSet<TreePath>,
    /// What was known on the day the baseline was made, and the digest of its file.
    pub(crate) baseline: Option<(Baseline, Digest)>,
    /// Governed files that the change touches.
    pub(crate) governed_changes: Vec<String>,
}

/// Loads and checks everything. Problems are told here, all at once.
pub(crate) fn load(project: &Project, asked: &Asked) -> Result<Loaded, CommandError> {
    let (base, touched) = base(project, asked)?;
    let changed = base.as_ref().map(|_| in_project(project, &touched));
    let govern = match (&asked.govern_from, &project.git) {
        (Some(reference), Some(git)) => Some(git.commit(reference)?),
        (Some(_), None) => return Err(CommandError::usage("`--govern-from` needs a git repository")),
        (None, _) => base.clone(),
    };
    let governed_diff = match (&govern, &project.git) {
        (Some(commit), Some(git)) if govern != base => Some(in_project(project, &git.changed_since(commit)?)),
        _ => changed.clone(),
    };
    let file = workflow_file(project, asked, govern.is_some())?;
    let (origin, definitions) = origin(project, &file, govern)?;
    let texts = Texts::new(project, origin);
    let definition = definition(project, &texts, asked, &file)?;
    let name = definition.name.clone();
    let catalogue = catalogue(&texts)?;
    let Checked { workflow, settings, sources, problems } =
        check(&texts, &catalogue, definition, Play::run(asked.process.as_deref()), asked);
    let sound = problems.iter().all(|problem| problem.severity != Severity::Error);
    let Some(workflow) = workflow.filter(|_| sound) else { return Err(tell(&problems, &sources, asked)) };
    if !asked.quiet && !asked.json && !problems.is_empty() {
        output::talk(&output::diagnostics(&problems, &sources, output::colors(output::Stream::Stderr)));
    }
    let named = asked.policy.clone().or_else(|| settings.policy.as_ref().map(ToString::to_string));
    let named = named.unwrap_or_else(|| DEFAULT_POLICY.to_owned());
    let (governance, policy_source) = governance(project, &texts, asked, &named, &workflow, base.as_deref())?;
    let policy = governance.policies.first().expect("a run always has a policy");
    let canonical = serde_json::to_vec(policy).expect("a policy can always be written");
    let baseline = baseline(&texts)?;
    let governed_changes = governed_changes(&texts, governed_diff.as_deref());
    Ok(Loaded {
        workflow: Arc::new(workflow),
        settings,
        policy_digest: dod_host::blob::digest_of(&canonical),
        governance: Arc::new(governance),
        definitions,
        workflow_name: name,
        policy_source,
        base,
        changed,
        touched,
        baseline,
        governed_changes,
    })
}

/// The commit that the change is compared with, and what it touches.
fn base(project: &Project, asked: &Asked) -> Result<(Option<String>, BTreeSet<TreePath>), CommandError> {
    let target = || project.ci.as_ref().and_then(|ci| ci.base.clone());
    let Some(reference) = asked.since.clone().or_else(target) else {
        return Ok((None, BTreeSet::new()));
    };
    let Some(git) = &project.git else {
        return Err(CommandError::usage(format!(
            "`{reference}` cannot be compared with: there is no git repository"
        )));
    };
    let told_by_ci = asked.since.is_none();
    let base = git.base(&reference).map_err(|error| match told_by_ci {
        true => not_fetched(&reference, &error),
        false => error.into(),
    })?;
    let touched = git.changed_since(&base.commit)?;
    Ok((Some(base.commit), touched))
}

/// Nobody typed the name of the base, and fresh checkouts of CI systems often lack its history.
fn not_fetched(reference: &str, error: &GitError) -> CommandError {
    // A shallow clone says itself what to do.
    let lacks = matches!(error, GitError::UnknownReference { .. });
    let message = format!("this change is to be compared with its target `{reference}`, and {error}");
    match lacks {
        true => CommandError::usage(message)
            .hint("fetch the target with its history: `fetch-depth: 0` of actions/checkout, `GIT_DEPTH: 0` of GitLab"),
        false => CommandError::usage(message),
    }
}

/// Paths of the repository, as the project knows them.
fn in_project(project: &Project, touched: &BTreeSet<TreePath>) -> Vec<Name> {
    let paths = touched.iter().map(|path| String::from_utf8_lossy(path.as_bytes()).into_owned());
    paths.filter_map(|path| project.in_project(&path).map(Name::from)).collect()
}

/// The workflow file as the project knows it. One that lies elsewhere has no base to be read from.
fn workflow_file(project: &Project, asked: &Asked, governed: bool) -> Result<String, CommandError> {
    let Some(word) = &asked.workflow else { return Ok(WORKFLOW_FILE.to_owned()) };
    match project.inside(word) {
        Some(file) => Ok(file),
        None if governed => Err(CommandError::usage(format!(
            "`{word}` lies outside of {}, so the base of this change does not have it",
            project.root.display()
        ))),
        None => Ok(word.clone()),
    }
}

fn origin(
    project: &Project,
    file: &str,
    govern: Option<String>,
) -> Result<(Origin, Definitions), CommandError> {
    let Some(commit) = govern else { return Ok((Origin::Tree, Definitions::Unprotected)) };
    let at_base = Texts::new(project, Origin::Commit(commit.clone()));
    let unreadable = |why: String| CommandError::usage(format!("`{file}` at {commit}: {why}"));
    let has = at_base.bytes(file).map_err(unreadable)?.is_some();
    // Without a workflow here either, what `dod` writes for the projects is asked; what judges it is still the base's.
    let governs = has
        || Texts::new(project, Origin::Tree).bytes(file).is_ok_and(|bytes| bytes.is_none())
            && judges(&at_base).map_err(unreadable)?;
    Ok(match governs {
        true => (Origin::Commit(commit), Definitions::Protected),
        false => (Origin::Tree, Definitions::IntroducedHere),
    })
}

/// Whether there is anything that a change may be judged by, apart from a workflow.
fn judges(texts: &Texts<'_>) -> Result<bool, String> {
    for file in GOVERNED {
        if texts.text(file)?.is_some() {
            return Ok(true);
        }
    }
    Ok(!texts.team_entries()?.is_empty() || !texts.names_in("policies")?.is_empty())
}

/// The workflow: a file, or one written for the projects that are there.
pub(crate) fn definition(
    project: &Project,
    texts: &Texts<'_>,
    asked: &Asked,
    file: &str,
) -> Result<Definition, CommandError> {
    let unreadable = |why: String| CommandError::usage(format!("`{file}`: {why}"));
    let bytes = texts.bytes(file).map_err(unreadable)?;
    match (bytes, &asked.workflow) {
        (Some(bytes), _) => Definition::new(file, bytes).map_err(unreadable),
        (None, Some(_)) => {
            Err(CommandError::usage(format!("there is no file `{file}` in {}", project.root.display())))
        }
        (None, None) => {
            let found = dod_catalogue::detect(&texts.files, &|path| project.read(path));
            if found.is_empty() {
                return Err(CommandError::usage(format!(
                    "there is no `{WORKFLOW_FILE}` in {}, and no Rust, Python, Node or Go project was found",
                    project.root.display()
                ))
                .hint("`dod init` writes a first one"));
            }
            // What no project has a gate for and the policy asks for is done by scanners of our own, where it can be.
            let word = asked.policy.as_deref().unwrap_or(DEFAULT_POLICY);
            let required = policy(texts, asked, word)?.0.required;
            let required: Vec<Name> = required.into_iter().map(|one| one.gate).collect();
            let text = Text::Yaml(dod_catalogue::write_workflow_for(&found, &required));
            Ok(Definition { name: "detected projects".to_owned(), text })
        }
    }
}

pub(crate) fn catalogue(texts: &Texts<'_>) -> Result<dod_catalogue::Catalogue, CommandError> {
    let entries = texts.team_entries().map_err(|why| CommandError::usage(format!("`gates/`: {why}")))?;
    if entries.is_empty() {
        return Ok(dod_catalogue::Catalogue::builtin());
    }
    let formats: Vec<&str> = dod_evidence::Format::ALL.iter().map(|format| format.name()).collect();
    let (catalogue, faults) = dod_catalogue::Catalogue::with_team_entries(&entries, &formats);
    if faults.is_empty() {
        return Ok(catalogue);
    }
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Err(CommandError::usage(said.join("\n       ")))
}

/// Proofreads a workflow with everything that is known of the project.
pub(crate) fn check(
    texts: &Texts<'_>,
    catalogue: &dod_catalogue::Catalogue,
    definition: Definition,
    play: Play<'_>,
    asked: &Asked,
) -> Checked {
    let formats: Vec<Name> = dod_evidence::Format::ALL.iter().map(|format| format.name().into()).collect();
    // Lanes of a diagram mean roles by what they are called, so these have to be known.
    let roles = texts.text("roles.yaml").ok().flatten();
    let roles = roles.and_then(|text| read_roles("roles.yaml", &text).0).unwrap_or_default();
    let roles: Vec<Name> = roles.into_keys().collect();
    let drawn = matches!(definition.text, Text::Diagram(_)) && play.purpose == Purpose::Run;
    let world = World {
        catalogue: &Gates { catalogue, install: asked.install, files: &texts.files },
        expressions: &Dialect,
        formats: Some(&formats),
        inputs: Some(&asked.inputs),
        policies: None,
        program: env!("CARGO_PKG_VERSION").parse().expect("the program has a version"),
        roles: drawn.then_some(roles.as_slice()),
        sources: texts,
    };
    definition.check(play, &world)
}

/// Tells problems, and answers the error to end with.
pub(crate) fn tell(problems: &[Diagnostic], sources: &SourceMap, asked: &Asked) -> CommandError {
    if asked.json {
        let object = serde_json::json!({ "diagnostics": output::diagnostics_json(problems, sources) });
        output::result(&format!("{object}\n"));
    } else {
        output::talk(&output::diagnostics(problems, sources, output::colors(output::Stream::Stderr)));
    }
    CommandError::said(Exit::Usage)
}

/// What judges alone, without a workflow: for runs whose workflow has run.
pub(crate) struct Judging {
    pub(crate) governance: Governance,
    pub(crate) policy_source: String,
    pub(crate) definitions: Definitions,
    pub(crate) governed_changes: Vec<String>,
}

/// Loads the policy that is asked for, waivers and roles, from the base where one is known.
pub(crate) fn judging(
    project: &Project,
    asked: &Asked,
    workflow: &Workflow,
) -> Result<Judging, CommandError> {
    let (base, touched) = base(project, asked)?;
    let govern = match (&asked.govern_from, &project.git) {
        (Some(reference), Some(git)) => Some(git.commit(reference)?),
        (Some(_), None) => return Err(CommandError::usage("`--govern-from` needs a git repository")),
        (None, _) => base.clone(),
    };
    let (origin, definitions) = origin(project, WORKFLOW_FILE, govern)?;
    let texts = Texts::new(project, origin);
    let named = asked.policy.clone().unwrap_or_else(|| DEFAULT_POLICY.to_owned());
    let (governance, policy_source) = governance(project, &texts, asked, &named, workflow, base.as_deref())?;
    let changed = base.as_ref().map(|_| in_project(project, &touched));
    let governed_changes = governed_changes(&texts, changed.as_deref());
    Ok(Judging { governance, policy_source, definitions, governed_changes })
}

fn governance(
    project: &Project,
    texts: &Texts<'_>,
    asked: &Asked,
    named: &str,
    workflow: &Workflow,
    base: Option<&str>,
) -> Result<(Governance, String), CommandError> {
    let (policy, source) = policy(texts, asked, named)?;
    let mut policies = vec![policy];
    for node in workflow.nodes() {
        let Kind::Judge(word) = &node.kind else { continue };
        if policies.iter().any(|policy| policy.name == *word) {
            continue;
        }
        let (found, _) = self::policy(texts, asked, word)?;
        policies.push(Policy { name: word.clone(), ..found });
    }
    let file = |name: &str| texts.text(name).map_err(|why| CommandError::usage(format!("`{name}`: {why}")));
    let mut governance = Governance {
        authors: Vec::new(),
        judging: JUDGING,
        policies,
        roles: BTreeMap::new(),
        waivers: Vec::new(),
    };
    if let Some(text) = file("waivers.yaml")? {
        let (found, sources, problems) = read_waivers("waivers.yaml", &text);
        governance.waivers = found.ok_or_else(|| tell(&problems, &sources, asked))?;
    }
    if let Some(text) = file("roles.yaml")? {
        let (found, sources, problems) = read_roles("roles.yaml", &text);
        governance.roles = found.ok_or_else(|| tell(&problems, &sources, asked))?;
    }
    governance.authors = authors(project, base)?;
    prove(&mut governance)?;
    Ok((governance, source))
}

/// Who wrote the change, by name, by address and by what registers of people make of an address: of its commits where
/// a base is known, else of the last one.
fn authors(project: &Project, base: Option<&str>) -> Result<Vec<Name>, CommandError> {
    let mut people: BTreeSet<Person> = project.head.author.iter().cloned().collect();
    if let (Some(base), Some(git)) = (base, &project.git) {
        let of_change = git.authors_since(base)?;
        if !of_change.is_empty() {
            people = of_change;
        }
    }
    let words = people.into_iter().flat_map(|person| {
        let account = account(&person.email).to_owned();
        [person.name, person.email, account]
    });
    let mut authors: Vec<Name> = Vec::new();
    for word in words.filter(|word| !word.is_empty()).map(Name::from) {
        if !authors.contains(&word) {
            authors.push(word);
        }
    }
    Ok(authors)
}

/// `dora` of `dora@example.org` and of GitHub's `12+dora@users.noreply.github.com`: how `roles.yaml` and waivers mostly
/// name people. Whoever is called so and is somebody else is named by name or address.
fn account(email: &str) -> &str {
    let local = email.split('@').next().unwrap_or_default();
    match local.split_once('+') {
        Some((number, name)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => local,
    }
}

/// Looks at the signatures of waivers, so that the policy knows which approvers are proved.
fn prove(governance: &mut Governance) -> Result<(), CommandError> {
    for waiver in &mut governance.waivers {
        let approval = waivers::approval(waiver, &governance.roles).map_err(|error| {
            let (waiver, by) = (waivers::named(waiver), &waiver.approved_by);
            CommandError::usage(format!(
                "`waivers.yaml`: the signature of {by} on the waiver of {waiver}: {error}"
            ))
            .hint("a waiver that was changed is signed again: `dod waive --sign KEY --replace …`")
        })?;
        waiver.proved = approval == Approval::Proved;
    }
    Ok(())
}

/// A policy by the word that names it: built in, a file of the project, or `policies/WORD.yaml`.
pub(crate) fn policy(texts: &Texts<'_>, asked: &Asked, word: &str) -> Result<(Policy, String), CommandError> {
    let is_path = word.ends_with(".yaml") || word.ends_with(".yml") || word.starts_with("./");
    let path = if is_path { word.to_owned() } else { format!("policies/{word}.yaml") };
    let path = texts.project.inside(&path).ok_or_else(|| {
        CommandError::usage(format!("the policy `{word}` lies outside of {}", texts.project.root.display()))
    })?;
    let text = texts.text(&path).map_err(|why| CommandError::usage(format!("`{path}`: {why}")))?;
    if let Some(text) = text {
        let world = PolicyWorld { expressions: &Dialect, projects: None, sources: texts };
        let (policy, sources, problems) = read_policy(&path, &text, &world);
        let policy = policy.ok_or_else(|| tell(&problems, &sources, asked))?;
        // What is allowed and was probably not meant (`coverge`) is said before it leaves a rule undecided.
        if !asked.quiet && !asked.json && !problems.is_empty() {
            output::talk(&output::diagnostics(&problems, &sources, output::colors(output::Stream::Stderr)));
        }
        return Ok((policy, path));
    }
    if let Some(policy) = builtin_policy(word) {
        let source = format!("builtin/{}@{}", policy.name, policy.version.unwrap_or(1));
        return Ok((policy, source));
    }
    if is_path {
        return Err(CommandError::usage(format!("there is no policy file `{path}`{}", texts.origin.place())));
    }
    let known = ["minimal", "standard", "strict", "enterprise"];
    let near = dod_notation::diagnose::closest(word, known);
    let hint = near.map_or_else(
        || format!("built in are {}; a policy of your own is the file `{path}`", known.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    let place = texts.origin.place();
    let error = CommandError::usage(format!("no policy is called `{word}`{place}"));
    match texts.origin != Origin::Tree && texts.project.root.join(&path).exists() {
        true => {
            Err(error
                .hint(format!("`{path}` counts when it has been merged: a change is judged by its base")))
        }
        false => Err(error.hint(hint)),
    }
}

/// The baseline, where there is one.
fn baseline(texts: &Texts<'_>) -> Result<Option<(Baseline, Digest)>, CommandError> {
    let wrong = |why: String| {
        CommandError::usage(format!("`{BASELINE_FILE}`{}: {why}", texts.origin.place()))
            .hint("`dod baseline` writes one")
    };
    let Some(text) = texts.text(BASELINE_FILE).map_err(wrong)? else { return Ok(None) };
    let baseline = Baseline::read(&text).map_err(wrong)?;
    Ok(Some((baseline, dod_host::blob::digest_of(text.as_bytes()))))
}

/// Files that define or judge and that the change touches.
fn governed_changes(texts: &Texts<'_>, changed: Option<&[Name]>) -> Vec<String> {
    let read = texts.read.borrow();
    let governed = |path: &str| {
        let folder = path.split_once('/').map(|(folder, rest)| (folder, !rest.contains('/')));
        read.iter().any(|one| one == path)
            || path == WORKFLOW_FILE
            || GOVERNED.contains(&path)
            || matches!(folder, Some(("policies" | "gates", true)))
                && (path.ends_with(".yaml") || path.ends_with(".yml"))
    };
    changed.unwrap_or_default().iter().filter(|path| governed(path)).map(ToString::to_string).collect()
}
