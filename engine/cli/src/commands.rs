//! The commands, one file each, named as typed. The doc comments of arguments are the help.
//!
//! The list of `dod --help` is grouped: [`GROUPS`] says which command belongs where, a test that each belongs
//! somewhere.

mod approve;
mod attest;
mod audit;
mod backup;
mod baseline;
mod cancel;
mod check;
mod completions;
mod diff;
mod doctor;
mod evidence;
mod explain;
mod export;
mod fix;
mod gc;
mod graph;
mod import;
mod init;
mod join;
mod key;
mod log;
mod logs;
mod plan;
mod policy;
mod replay;
mod report;
mod rerun;
mod restore;
mod resume;
mod runs;
mod scan;
mod schema;
mod send;
mod show;
mod sign;
mod simulate;
mod validate;
mod verify;
mod waive;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::blame::{CommandError, Exit};
use crate::project::Project;

/// Is this change done? `dod` answers with proof.
#[derive(Debug, Parser)]
#[command(name = "dod", version, about, help_template = overview())]
pub(crate) struct Dod {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Globals {
    /// Work in this folder instead of the current one
    #[arg(
        short = 'C',
        long = "directory",
        value_name = "DIR",
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) directory: Option<PathBuf>,
    /// How results are printed
    #[arg(long, value_enum, default_value_t = Format::Text, global = true, help_heading = "Global options")]
    pub(crate) format: Format,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[value(alias = "table")]
    Text,
    /// One documented JSON object
    Json,
    /// A line for each commit, for spreadsheets: of `dod audit` alone
    #[value(hide = true)]
    Csv,
    /// The control matrix: of `dod report` alone
    #[value(hide = true)]
    Controls,
    /// A picture in the language of Graphviz: of `dod graph` alone
    #[value(hide = true)]
    Dot,
    /// One page for a browser: of `dod replay` alone
    #[value(hide = true)]
    Html,
    /// A picture for Markdown: of `dod graph` alone
    #[value(hide = true)]
    Mermaid,
    /// A picture: of `dod graph` alone
    #[value(hide = true)]
    Svg,
}

impl Globals {
    /// Whether results are JSON.
    pub(crate) fn json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether the control matrix is asked for.
    pub(crate) fn controls(&self) -> bool {
        self.format == Format::Controls
    }

    /// Whether lines for a spreadsheet are asked for.
    pub(crate) fn csv(&self) -> bool {
        self.format == Format::Csv
    }

    /// Whether a page is asked for.
    pub(crate) fn html(&self) -> bool {
        self.format == Format::Html
    }

    /// The language of a picture, where one is asked for.
    pub(crate) fn picture(&self) -> Option<graph::Language> {
        match self.format {
            Format::Dot => Some(graph::Language::Dot),
            Format::Mermaid => Some(graph::Language::Mermaid),
            Format::Svg => Some(graph::Language::Svg),
            Format::Text | Format::Json | Format::Controls | Format::Csv | Format::Html => None,
        }
    }

    /// The project that the command is about.
    pub(crate) fn project(&self) -> Result<Project, CommandError> {
        Project::find(self.directory.as_deref())
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    Validate(validate::ValidateArgs),
    Plan(plan::PlanArgs),
    Fix(fix::FixArgs),
    Rerun(rerun::RerunArgs),
    Resume(resume::ResumeArgs),
    Cancel(cancel::CancelArgs),
    Approve(approve::ApproveArgs),
    Send(send::SendArgs),
    Init(init::InitArgs),
    Check(check::CheckArgs),
    Simulate(simulate::SimulateArgs),
    Graph(graph::GraphArgs),
    Schema(schema::SchemaArgs),
    Runs(runs::RunsArgs),
    Show(show::ShowArgs),
    Logs(logs::LogsArgs),
    Explain(explain::ExplainArgs),
    Report(report::ReportArgs),
    Diff(diff::DiffArgs),
    Evidence(evidence::EvidenceArgs),
    Scan(scan::ScanArgs),
    Replay(replay::ReplayArgs),
    Audit(audit::AuditArgs),
    Verify(verify::VerifyArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
    Join(join::JoinArgs),
    Attest(attest::AttestArgs),
    Sign(sign::SignArgs),
    Log(log::LogArgs),
    Gc(gc::GcArgs),
    Backup(backup::BackupArgs),
    Restore(restore::RestoreArgs),
    Policy(policy::PolicyArgs),
    Waive(waive::WaiveArgs),
    Baseline(baseline::BaselineArgs),
    Key(key::KeyArgs),
    Doctor(doctor::DoctorArgs),
    Completions(completions::CompletionsArgs),
}

/// The commands of the overview by what they are for (design §7).
const GROUPS: &[(&str, &[&str])] = &[
    ("Run", &["validate", "plan", "fix", "rerun", "resume", "cancel", "approve", "send"]),
    ("Write definitions", &["init", "check", "simulate", "graph", "schema"]),
    ("Look at runs", &["runs", "show", "logs", "explain", "report", "diff", "evidence"]),
    ("Scan", &["scan"]),
    ("Prove", &["verify", "replay", "audit", "export", "import", "join", "sign", "log", "attest"]),
    ("Admin", &["gc", "backup", "restore", "policy", "waive", "baseline", "key", "doctor", "completions"]),
];

/// The template of `dod --help`: the commands in their groups, each with the first line of its own help.
fn overview() -> String {
    let commands = Command::augment_subcommands(clap::Command::new("dod"));
    let header = clap::builder::Styles::default().get_header().to_owned();
    let literal = clap::builder::Styles::default().get_literal().to_owned();
    let width = commands.get_subcommands().map(|command| command.get_name().len()).max().unwrap_or_default();
    let mut text = "{about-with-newline}\n{usage-heading} {usage}\n".to_owned();
    for (group, names) in GROUPS {
        text += &format!("\n{header}{group}:{header:#}\n");
        for name in *names {
            let command = commands.find_subcommand(name);
            let about = command.and_then(clap::Command::get_about).map(ToString::to_string);
            let pad = " ".repeat(width - name.len());
            text += &format!("  {literal}{name}{literal:#}{pad}  {}\n", about.unwrap_or_default());
        }
    }
    text += &format!("\n{header}Options:{header:#}\n{{options}}\n\n");
    text += "`dod help COMMAND` tells more of a command, with examples.\n";
    text
}

/// Runs what was asked for.
pub(crate) fn run(arguments: Dod) -> Result<Exit, CommandError> {
    let Dod { globals, command } = arguments;
    if globals.controls() && !matches!(command, Command::Report(_)) {
        return Err(CommandError::usage("`--format controls` is for `dod report`".to_owned()));
    }
    if globals.csv() && !matches!(command, Command::Audit(_)) {
        return Err(CommandError::usage("`--format csv` is for `dod audit`".to_owned()));
    }
    if globals.html() && !matches!(command, Command::Replay(_)) {
        return Err(CommandError::usage("`--format html` is for `dod replay`".to_owned()));
    }
    if let (Some(language), false) = (globals.picture(), matches!(command, Command::Graph(_))) {
        let word = language.word();
        return Err(CommandError::usage(format!("`--format {word}` is for `dod graph`")));
    }
    match command {
        Command::Validate(args) => validate::run(args, &globals),
        Command::Plan(args) => plan::run(args, &globals),
        Command::Fix(args) => fix::run(args, &globals),
        Command::Rerun(args) => rerun::run(args, &globals),
        Command::Resume(args) => resume::run(args, &globals),
        Command::Cancel(args) => cancel::run(args, &globals),
        Command::Approve(args) => approve::run(&args, &globals),
        Command::Send(args) => send::run(args, &globals),
        Command::Init(args) => init::run(args, &globals),
        Command::Check(args) => check::run(args, &globals),
        Command::Simulate(args) => simulate::run(args, &globals),
        Command::Graph(args) => graph::run(args, &globals),
        Command::Schema(args) => schema::run(args, &globals),
        Command::Runs(args) => runs::run(args, &globals),
        Command::Show(args) => show::run(args, &globals),
        Command::Logs(args) => logs::run(args, &globals),
        Command::Explain(args) => explain::run(args, &globals),
        Command::Report(args) => report::run(args, &globals),
        Command::Diff(args) => diff::run(args, &globals),
        Command::Evidence(args) => evidence::run(args, &globals),
        Command::Scan(args) => scan::run(args, &globals),
        Command::Replay(args) => replay::run(args, &globals),
        Command::Audit(args) => audit::run(args, &globals),
        Command::Verify(args) => verify::run(&args, &globals),
        Command::Export(args) => export::run(args, &globals),
        Command::Import(args) => import::run(&args, &globals),
        Command::Join(args) => join::run(args, &globals),
        Command::Attest(args) => attest::run(&args, &globals),
        Command::Log(args) => log::run(args, &globals),
        Command::Sign(args) => sign::run(args, &globals),
        Command::Gc(args) => gc::run(&args, &globals),
        Command::Backup(args) => backup::run(&args, &globals),
        Command::Restore(args) => restore::run(&args, &globals),
        Command::Policy(args) => policy::run(args, &globals),
        Command::Waive(args) => waive::run(&args, &globals),
        Command::Baseline(args) => baseline::run(args, &globals),
        Command::Key(args) => key::run(args, &globals),
        Command::Doctor(args) => doctor::run(args, &globals),
        Command::Completions(args) => completions::run(args, &globals),
    }
}
