//! `dod schema`: the JSON Schemas of the files that people write and of the objects that commands print.

use std::path::PathBuf;

use clap::Args;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output;

/// Print the JSON Schemas of files that people write and of objects that commands print
///
/// Editors use those of files to complete keys and to show what they mean. Without a name the schemas are listed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod schema                                what there is
  dod schema workflow > workflow.schema.json
  dod schema --write schemas                all of them, into a folder

In an editor with the YAML language server, the first line of a `dod.yaml` can then be:
  # yaml-language-server: $schema=schemas/workflow.schema.json")]
pub(crate) struct SchemaArgs {
    /// Which one, such as workflow, policy or run
    name: Option<String>,
    /// Write the schema, or all of them, into this folder
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

/// A schema.
struct Schema {
    name: String,
    /// What it describes.
    about: String,
    /// People write it; else the program prints it.
    written: bool,
    text: String,
}

/// What each file that people write is for, by the name of its schema.
const ABOUT: &[(&str, &str)] = &[
    ("policy", "what must hold: policies/NAME.yaml"),
    ("roles", "who may approve: roles.yaml"),
    ("waivers", "what is lived with, until when: waivers.yaml"),
];

/// Objects that commands print. Tests hold the types and the commands against these files.
const PRINTED: &[(&str, &str)] = &[
    ("approval", include_str!("../../../../schemas/approval.schema.json")),
    ("approvals", include_str!("../../../../schemas/approvals.schema.json")),
    ("approve", include_str!("../../../../schemas/approve.schema.json")),
    ("attest", include_str!("../../../../schemas/attest.schema.json")),
    ("attestation", include_str!("../../../../schemas/attestation.schema.json")),
    ("audit", include_str!("../../../../schemas/audit.schema.json")),
    ("backup", include_str!("../../../../schemas/backup.schema.json")),
    ("baseline", include_str!("../../../../schemas/baseline.schema.json")),
    ("cancel", include_str!("../../../../schemas/cancel.schema.json")),
    ("check", include_str!("../../../../schemas/check.schema.json")),
    ("controls", include_str!("../../../../schemas/controls.schema.json")),
    ("diff", include_str!("../../../../schemas/diff.schema.json")),
    ("doctor", include_str!("../../../../schemas/doctor.schema.json")),
    ("evidence", include_str!("../../../../schemas/evidence.schema.json")),
    ("explain", include_str!("../../../../schemas/explain.schema.json")),
    ("export", include_str!("../../../../schemas/export.schema.json")),
    ("fix", include_str!("../../../../schemas/fix.schema.json")),
    ("gc", include_str!("../../../../schemas/gc.schema.json")),
    ("graph", include_str!("../../../../schemas/graph.schema.json")),
    ("import", include_str!("../../../../schemas/import.schema.json")),
    ("init", include_str!("../../../../schemas/init.schema.json")),
    ("key", include_str!("../../../../schemas/key.schema.json")),
    ("log", include_str!("../../../../schemas/log.schema.json")),
    ("log_add", include_str!("../../../../schemas/log_add.schema.json")),
    ("log_anchor", include_str!("../../../../schemas/log_anchor.schema.json")),
    ("log_consistency", include_str!("../../../../schemas/log_consistency.schema.json")),
    ("log_publish", include_str!("../../../../schemas/log_publish.schema.json")),
    ("logs", include_str!("../../../../schemas/logs.schema.json")),
    ("plan", include_str!("../../../../schemas/plan.schema.json")),
    ("policy_test", include_str!("../../../../schemas/policy_test.schema.json")),
    ("replay", include_str!("../../../../schemas/replay.schema.json")),
    ("restore", include_str!("../../../../schemas/restore.schema.json")),
    ("run", include_str!("../../../../schemas/run.schema.json")),
    ("runs", include_str!("../../../../schemas/runs.schema.json")),
    ("secrets", include_str!("../../../../schemas/secrets.schema.json")),
    ("send", include_str!("../../../../schemas/send.schema.json")),
    ("sign", include_str!("../../../../schemas/sign.schema.json")),
    ("simulation", include_str!("../../../../schemas/simulation.schema.json")),
    ("verdict", include_str!("../../../../schemas/verdict.schema.json")),
    ("verify", include_str!("../../../../schemas/verify.schema.json")),
    ("waive", include_str!("../../../../schemas/waive.schema.json")),
    ("what_if", include_str!("../../../../schemas/what_if.schema.json")),
];

/// Commands that are called otherwise than their schema.
const COMMANDS: &[(&str, &str)] = &[
    ("approval", "approve --write"),
    ("approvals", "approve --file"),
    ("attestation", "verify --attestation"),
    ("controls", "report --format controls --as json"),
    ("log_anchor", "log anchor"),
    ("log_consistency", "log consistency"),
    ("log_publish", "log publish"),
    ("run", "validate` and `dod show"),
    ("secrets", "scan secrets"),
    ("simulation", "simulate"),
    ("verdict", "replay --verdict"),
    ("what_if", "replay --policy"),
    ("policy_test", "policy test"),
    ("log_add", "log add"),
];

fn schemas() -> Vec<Schema> {
    let mut all = vec![Schema {
        name: "workflow".to_owned(),
        about: "the gates of a change: dod.yaml and the files it names".to_owned(),
        written: true,
        text: dod_notation::schema::workflow_text(),
    }];
    all.extend(dod_notation::policy::SCHEMAS.iter().map(|(file, text)| {
        let name = file.strip_suffix(".schema.json").unwrap_or(file);
        let about = ABOUT.iter().find(|(known, _)| *known == name).map_or("", |(_, about)| *about);
        Schema { name: name.to_owned(), about: about.to_owned(), written: true, text: (*text).to_owned() }
    }));
    all.push(Schema {
        name: "mapping".to_owned(),
        about: "which checks support which requirements: mappings/NAME.yaml".to_owned(),
        written: true,
        text: include_str!("../../../../schemas/mapping.schema.json").to_owned(),
    });
    all.extend(PRINTED.iter().map(|(name, text)| printed(name, text)));
    all
}

fn printed(name: &str, text: &str) -> Schema {
    let command = COMMANDS.iter().find(|(known, _)| *known == name).map_or(name, |(_, command)| *command);
    let about = format!("the JSON of `dod {command}`");
    Schema { name: name.to_owned(), about, written: false, text: text.to_owned() }
}

pub(crate) fn run(args: SchemaArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let SchemaArgs { name, write } = args;
    let mut schemas = schemas();
    if let Some(name) = &name {
        let known: Vec<&str> = schemas.iter().map(|schema| schema.name.as_str()).collect();
        if !known.contains(&name.as_str()) {
            let error = CommandError::usage(format!("no schema is called `{name}`"));
            let near = dod_notation::diagnose::closest(name, known.iter().copied());
            let near = near.map(|near| format!("did you mean `{near}`?"));
            return Err(error.hint(near.unwrap_or_else(|| format!("there are {}", known.join(", ")))));
        }
        schemas.retain(|schema| schema.name == *name);
    }
    match (write, name) {
        (Some(folder), _) => self::write(&folder, &schemas, globals)?,
        (None, Some(_)) => output::result(&schemas[0].text),
        (None, None) => list(&schemas, globals),
    }
    Ok(Exit::Done)
}

fn list(schemas: &[Schema], globals: &Globals) {
    if globals.json() {
        let one = |schema: &Schema| serde_json::json!({ "name": schema.name, "about": schema.about, "written": schema.written });
        let all: Vec<_> = schemas.iter().map(one).collect();
        output::result(&format!("{:#}\n", serde_json::json!({ "schemas": all })));
        return;
    }
    let line = |schema: &Schema| format!("{:10} {}\n", schema.name, schema.about);
    output::result(&schemas.iter().map(line).collect::<String>());
}

fn write(folder: &std::path::Path, schemas: &[Schema], globals: &Globals) -> Result<(), CommandError> {
    let folder = globals.directory.as_deref().unwrap_or_else(|| std::path::Path::new("")).join(folder);
    std::fs::create_dir_all(&folder).map_err(|error| {
        CommandError::system(format!("the folder `{}` cannot be made: {}", folder.display(), error.kind()))
    })?;
    let mut written = Vec::new();
    for schema in schemas {
        let path = folder.join(format!("{}.schema.json", schema.name));
        dod_host::storage::write_atomic(&path, schema.text.as_bytes())?;
        written.push(path.display().to_string());
    }
    if globals.json() {
        output::result(&format!("{:#}\n", serde_json::json!({ "written": written })));
    } else {
        written.iter().for_each(|path| output::result(&format!("wrote {path}\n")));
    }
    Ok(())
}
