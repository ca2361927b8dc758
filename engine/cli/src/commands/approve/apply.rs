//! Giving answers that others signed elsewhere.
//!
//! One after the other: each is held against the run as the one before has left it.

use std::path::PathBuf;

use dod_host::world::{Os, World as _};
use dod_kernel::run::{Answered, Identity};
use serde_json::json;

use super::{Roles, counted, letter, may, object, tell};
use crate::approvals::{self, ApprovalFile};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::letters;
use crate::project::Project;
use crate::runs::Told;
use crate::{launch, output, taken};

/// What became of one file.
struct Given {
    answer: Option<Answered>,
    may: Roles,
    counted: Result<Identity, String>,
}

pub(super) fn run(
    project: &Project,
    word: Option<&str>,
    files: &[PathBuf],
    globals: &Globals,
) -> Result<Exit, CommandError> {
    let All { objects, counted, told } = give_all(project, word, files, globals.json())?;
    let next = letters::next(&told)?;
    if globals.json() {
        let object = json!({ "run": told.found.id, "answers": objects, "next": next });
        output::result(&(launch::json(&object) + "\n"));
    } else {
        output::result(&format!("{}\n", next.join("\n")));
    }
    Ok(if counted { Exit::Done } else { Exit::Failed })
}

/// What became of all files.
pub(crate) struct All {
    objects: Vec<serde_json::Value>,
    /// Each of them counts.
    pub(crate) counted: bool,
    /// The run after them.
    pub(crate) told: Told,
}

/// Gives the answers of all files, and tells of each, unless that is done by objects.
pub(crate) fn give_all(
    project: &Project,
    word: Option<&str>,
    files: &[PathBuf],
    quiet: bool,
) -> Result<All, CommandError> {
    // What is no approval is said before any answer is given.
    let read: Vec<_> = files.iter().map(|path| ApprovalFile::read(path)).collect::<Result<_, _>>()?;
    let first = read.first().map(|(_, stated)| stated.run.to_string());
    let word = word.map(str::to_owned).or(first);
    let mut told = taken::named(project, word.as_deref())?.read()?;
    letters::check_open(&told)?;
    let (mut objects, mut all) = (Vec::new(), true);
    for (path, (file, stated)) in files.iter().zip(read) {
        let (given, after) = give(project, told, file, stated)?;
        told = after;
        all &= given.counted.is_ok();
        let mut one = match &given.answer {
            Some(answer) => object(answer, &given.may, &given.counted),
            None => json!({ "counted": false, "why": given.counted.as_ref().err() }),
        };
        one["file"] = json!(path.display().to_string());
        objects.push(one);
        match (&given.answer, &given.counted) {
            _ if quiet => {}
            (Some(answer), Ok(_)) => tell(answer, &given.counted),
            (_, counted) => {
                let why = counted.as_ref().err().map_or("", String::as_str);
                output::error(&format!("`{}` does not count: {why}", path.display()), None);
            }
        }
    }
    Ok(All { objects, counted: all, told })
}

fn give(
    project: &Project,
    told: Told,
    file: ApprovalFile,
    stated: approvals::Stated,
) -> Result<(Given, Told), CommandError> {
    let refused = |why| Given { answer: None, may: Vec::new(), counted: Err(why) };
    if let Err(error) = letters::check_open(&told) {
        return Ok((refused(error.message), told));
    }
    let step = stated.step.id;
    let answer = match file.answer(stated, &approvals::state(&told)?, Os::new().now()) {
        Ok((answer, _)) => answer,
        Err(why) => return Ok((refused(why), told)),
    };
    let roles = told.story.waiting().find(|waiting| waiting.id == step).map(|waiting| may(&told, waiting));
    let may = roles.unwrap_or_default();
    let sent = letters::send(project, told, &letter(answer.clone(), true))?;
    if let Some(holder) = &sent.unheard {
        return Err(letters::unheard(holder));
    }
    let counted = counted(&answer, &may, &sent);
    Ok((Given { answer: Some(answer), may, counted }, sent.after))
}
