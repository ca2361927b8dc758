//! `dod plan`: what would run and why, in order. Nothing runs.

mod steps;

use std::collections::BTreeMap;

use clap::Args;
use dod_host::workspace::Workspace;
use dod_kernel::ask::Ask;
use dod_kernel::id::{Name, Timestamp};
use dod_kernel::policy::{Definitions, Picture, Policy, Rule, Scope, verdict};
use dod_kernel::value::Value;
use dod_views::Paint;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::commands::validate::{SelectArgs, parse_inputs};
use crate::engines::Engines;
use crate::governed::{self, Asked, Loaded};
use crate::output::{self, Stream};
use crate::project::Project;
use crate::screen;
use steps::{Planned, Will};

/// Say what would run and why, without running it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod plan                          what `dod validate` would do here
  dod plan --policy enterprise      what another policy asks for, and what is missing
  dod plan --since main --only test what a change against main would run of its tests

Exit codes: 0 planned, 2 the workflow or policy is wrong")]
pub(crate) struct PlanArgs {
    /// The policy to judge by: a built-in (minimal, standard, strict, enterprise), or one of the project's own
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// The workflow, instead of `dod.yaml`
    #[arg(long, value_name = "FILE")]
    workflow: Option<String>,
    /// The process of a BPMN file with several, by id or name
    #[arg(long, value_name = "PROCESS", requires = "workflow")]
    process: Option<String>,
    /// Compare with where this change left REF; definitions are read from there
    #[arg(long, value_name = "REF")]
    since: Option<String>,
    /// Read definitions and policies from REF
    #[arg(long, value_name = "REF")]
    govern_from: Option<String>,
    #[command(flatten)]
    select: SelectArgs,
    /// Let install gates install; they only look otherwise (CI installs)
    #[arg(long)]
    install: bool,
    /// Set an input of the workflow
    #[arg(long = "input", value_name = "NAME=VALUE")]
    inputs: Vec<String>,
}

pub(crate) fn run(args: PlanArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let PlanArgs { policy, workflow, process, since, govern_from, select, install, inputs } = args;
    let project = globals.project()?;
    let asked = Asked {
        workflow,
        process,
        policy,
        since,
        govern_from,
        inputs: parse_inputs(&inputs)?,
        install: install || project.ci.is_some(),
        json: globals.json(),
        quiet: false,
    };
    let loaded = governed::load(&project, &asked)?;
    let estimates = Workspace::open(&project.root)
        .map(|workspace| dod_host::history::durations(&workspace))
        .unwrap_or_default();
    let (facts, ask) = (facts(&project, &loaded), Engines::default().alone());
    let plan = Plan {
        steps: steps::planned(&loaded, &select, &facts, &estimates, &ask, &project.root)?,
        demands: demands(&loaded, &facts, &ask),
        loaded: &loaded,
    };
    if globals.json() {
        output::result(&format!("{:#}\n", plan.object()));
    } else {
        output::result(&plan.text());
    }
    Ok(Exit::Done)
}

/// Everything that is said.
struct Plan<'l> {
    loaded: &'l Loaded,
    steps: Vec<Planned>,
    demands: Vec<Demand>,
}

/// What the policy asks for.
struct Demand {
    /// Kind or step name.
    gate: Name,
    /// Kinds or step names that do as well.
    any_of: Vec<Name>,
    /// Must be there; else it is judged when it was measured.
    required: bool,
    /// A recorded result of an earlier run does as well.
    recorded: bool,
    /// Steps that are of this kind.
    steps: Vec<Name>,
}

/// What would be said of a run in which nothing was measured is what the policy asks for.
fn demands(loaded: &Loaded, facts: &BTreeMap<Name, Value>, ask: &dyn Ask) -> Vec<Demand> {
    let governance = &*loaded.governance;
    let policy = &governance.policies[0];
    let picture = Picture {
        facts,
        changed: loaded.changed.as_deref(),
        definitions: loaded.definitions,
        gates: Vec::new(),
        now: Timestamp(0),
        own_reasons: Vec::new(),
        outputs: &BTreeMap::new(),
        recorded: &[],
        scope: Scope::Full,
        tree_changed: false,
    };
    let not_measured = |policy: &Policy| verdict(policy, governance, &picture, ask).verdict.not_measured;
    let nodes = loaded.workflow.nodes();
    let mut demands: Vec<Demand> = Vec::new();
    let mut add = |gate: &Name, any_of: &[Name], required: bool, recorded: bool| {
        if demands.iter().any(|known| known.gate == *gate || known.any_of.contains(gate)) {
            return;
        }
        let is = |name: &Name| name == gate || any_of.contains(name);
        let of = nodes.iter().filter(|node| is(&node.name) || steps::kind(node).is_some_and(is));
        let steps = of.map(|node| node.name.clone()).collect();
        demands.push(Demand { gate: gate.clone(), any_of: any_of.to_vec(), required, recorded, steps });
    };
    for required in &policy.required {
        let recorded = required.within_ms.is_some() || required.from_ancestor;
        add(&required.gate, &required.any_of, true, recorded);
    }
    // Asked as if everything were judged only where it was measured, the policy names every kind it looks at.
    let lenient = |rule: &Rule| Rule { when_measured: true, ..rule.clone() };
    let lenient = Policy { rules: policy.rules.iter().map(lenient).collect(), ..policy.clone() };
    let optional = not_measured(policy);
    for kind in not_measured(&lenient) {
        add(&kind, &[], !optional.contains(&kind), false);
    }
    demands
}

/// Facts for conditions, as a run that began now would have them; the tree's digest is left out.
fn facts(project: &Project, loaded: &Loaded) -> BTreeMap<Name, Value> {
    let mut facts = project.facts();
    if let Some(base) = &loaded.base {
        facts.insert("base".into(), Value::text(base.as_str()));
    }
    facts.insert("inputs".into(), Value::Map(loaded.settings.inputs.clone()));
    facts
}

impl Plan<'_> {
    fn policy_name(&self) -> String {
        let policy = &self.loaded.governance.policies[0];
        crate::launch::named(policy)
    }

    fn object(&self) -> serde_json::Value {
        let loaded = self.loaded;
        let demand = |demand: &Demand| {
            serde_json::json!({
                "gate": demand.gate,
                "any_of": demand.any_of,
                "required": demand.required,
                "recorded": demand.recorded,
                "steps": demand.steps,
            })
        };
        serde_json::json!({
            "workflow": loaded.workflow_name,
            "policy": {
                "name": self.policy_name(),
                "source": loaded.policy_source,
                "digest": loaded.policy_digest,
            },
            "definitions": loaded.definitions,
            "base": loaded.base,
            "governed_changes": loaded.governed_changes,
            "steps": self.steps.iter().map(Planned::object).collect::<Vec<_>>(),
            "demands": self.demands.iter().map(demand).collect::<Vec<_>>(),
            "estimate_ms": self.estimate().0,
        })
    }

    /// The longest way through the steps that would run, as far as their times are known, and how many are.
    fn estimate(&self) -> (Option<u64>, usize) {
        let mut ends: BTreeMap<&Name, u64> = BTreeMap::new();
        let mut known = 0;
        for step in self.steps.iter().filter(|step| step.would_run()) {
            let start = step.needs.iter().filter_map(|need| ends.get(&need.step)).max().copied().unwrap_or(0);
            known += usize::from(step.estimate_ms.is_some());
            ends.insert(&step.name, start.saturating_add(step.estimate_ms.unwrap_or(0)));
        }
        (ends.values().max().copied().filter(|_| known > 0), known)
    }

    fn text(&self) -> String {
        let loaded = self.loaded;
        let mut text = format!(
            "{}, judged by {} ({} {})\n",
            loaded.workflow_name,
            self.policy_name(),
            loaded.policy_source,
            &loaded.policy_digest.to_string()[..19],
        );
        if let Some(base) = &loaded.base {
            let definitions = match loaded.definitions {
                Definitions::Protected => "definitions are read from there",
                Definitions::IntroducedHere => "definitions are introduced here",
                Definitions::Unprotected => "definitions are unprotected",
            };
            text += &format!("compared with {}, {definitions}\n", &base[..base.len().min(12)]);
        }
        for file in &loaded.governed_changes {
            text += &format!("changed, and governed: {file}\n");
        }
        let (run, not): (Vec<_>, Vec<_>) = self.steps.iter().partition(|step| step.would_run());
        text += &self.heading(if run.is_empty() { "nothing would run" } else { "would run, in this order" });
        for step in run {
            text += &step.text(screen::look(Stream::Stdout));
        }
        if !not.is_empty() {
            text += &self.heading("would not run");
        }
        for step in not {
            text += &step.text(screen::look(Stream::Stdout));
        }
        text += &self.demanded();
        text += &self.time();
        text += "\nnothing was run; `dod validate` runs it\n";
        text
    }

    fn heading(&self, text: &str) -> String {
        format!("\n{}\n", screen::look(Stream::Stdout).paint(Paint::Strong, text))
    }

    fn demanded(&self) -> String {
        let look = screen::look(Stream::Stdout);
        let mut text = self.heading(&format!("asked for by {}", self.policy_name()));
        for demand in &self.demands {
            let names: Vec<&str> =
                std::iter::once(&demand.gate).chain(&demand.any_of).map(Name::as_str).collect();
            let by: Vec<&str> = demand.steps.iter().map(Name::as_str).collect();
            let left_out = || {
                let of = |name: &Name| self.steps.iter().any(|step| step.name == *name && !step.would_run());
                !demand.steps.is_empty() && demand.steps.iter().all(of)
            };
            let by = match (by.is_empty(), demand.required) {
                (true, true) if demand.recorded => {
                    "required, and no step is of this kind: only a recorded result will do".to_owned()
                }
                (true, true) => look.paint(Paint::Bad, "required, and no step is of this kind"),
                (true, false) => "no step measures it".to_owned(),
                (false, _) if left_out() => {
                    look.paint(Paint::Unknown, &format!("{}, which would not run", by.join(", ")))
                }
                (false, true) => by.join(", "),
                (false, false) => format!("{} (judged where measured)", by.join(", ")),
            };
            text += &format!("  {:14} {by}\n", names.join(" or "));
        }
        if self.demands.is_empty() { String::new() } else { text }
    }

    fn time(&self) -> String {
        let count = self.steps.iter().filter(|step| step.would_run()).count();
        match self.estimate() {
            (Some(ms), known) if known == count => {
                format!("\nabout {} with room for all at once\n", dod_views::time::duration(ms))
            }
            (Some(ms), known) => format!(
                "\nat least {}: times of {known} of {count} steps are known from earlier runs\n",
                dod_views::time::duration(ms)
            ),
            (None, _) => String::new(),
        }
    }
}

impl Planned {
    fn would_run(&self) -> bool {
        matches!(self.will, Will::Run | Will::Depends(_) | Will::Missing { .. })
    }
}
