//! `dod schema`: the JSON Schemas of the files that people write.

use std::path::PathBuf;

use clap::Args;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output;

/// Print the JSON Schemas of the files that people write
///
/// Editors use them to complete keys and to show what they mean. Without a name the schemas are listed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod schema                                what there is
  dod schema workflow > workflow.schema.json
  dod schema --write schemas                all of them, into a folder

In an editor with the YAML language server, the first line of a `dod.yaml` can then be:
  # yaml-language-server: $schema=schemas/workflow.schema.json")]
pub(crate) struct SchemaArgs {
    /// Which one: workflow, policy, waivers or roles
    name: Option<String>,
    /// Write the schema, or all of them, into this folder
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

/// A schema.
struct Schema {
    name: &'static str,
    /// The file that `--write` writes.
    file: &'static str,
    /// What it describes.
    about: &'static str,
    text: String,
}

/// What each file is for, by the name of its schema.
const ABOUT: &[(&str, &str)] = &[
    ("policy", "what must hold: policies/NAME.yaml"),
    ("roles", "who may approve: roles.yaml"),
    ("waivers", "what is lived with, until when: waivers.yaml"),
];

fn schemas() -> Vec<Schema> {
    let of_policies = dod_notation::policy::SCHEMAS.iter().map(|(file, text)| {
        let name = file.strip_suffix(".schema.json").unwrap_or(file);
        let about = ABOUT.iter().find(|(known, _)| *known == name).map_or("", |(_, about)| *about);
        Schema { name, file, about, text: (*text).to_owned() }
    });
    let workflow = Schema {
        name: "workflow",
        file: "workflow.schema.json",
        about: "the gates of a change: dod.yaml and the files it names",
        text: dod_notation::schema::workflow_text(),
    };
    std::iter::once(workflow).chain(of_policies).collect()
}

pub(crate) fn run(args: SchemaArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let SchemaArgs { name, write } = args;
    let mut schemas = schemas();
    if let Some(name) = &name {
        let known: Vec<&str> = schemas.iter().map(|schema| schema.name).collect();
        if !known.contains(&name.as_str()) {
            let error = CommandError::usage(format!("no schema is called `{name}`"));
            return Err(error.hint(format!("there are {}", known.join(", "))));
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
        let one = |schema: &Schema| serde_json::json!({ "name": schema.name, "about": schema.about });
        let all: Vec<_> = schemas.iter().map(one).collect();
        output::result(&format!("{:#}\n", serde_json::json!({ "schemas": all })));
        return;
    }
    for schema in schemas {
        output::result(&format!("{:10} {}\n", schema.name, schema.about));
    }
}

fn write(folder: &std::path::Path, schemas: &[Schema], globals: &Globals) -> Result<(), CommandError> {
    let folder = globals.directory.as_deref().unwrap_or_else(|| std::path::Path::new("")).join(folder);
    std::fs::create_dir_all(&folder).map_err(|error| {
        CommandError::system(format!("the folder `{}` cannot be made: {}", folder.display(), error.kind()))
    })?;
    let mut written = Vec::new();
    for schema in schemas {
        let path = folder.join(schema.file);
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
