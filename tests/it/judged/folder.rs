//! Paths that a command names are seen from the folder of `-C`.

use super::{ends, project};
use crate::dod::Project;

#[test]
fn a_report_is_found_in_the_folder_that_is_named() {
    let outside = Project::with(&[("sub/placeholder", "")]);
    let inside = project("");
    let folder = inside.path().display().to_string();
    let said = outside.dod(&["-C", &folder, "evidence", "cov.txt"]);
    ends(&said, 0, "coverage.line");
    ends(&outside.dod(&["evidence", "cov.txt"]), 2, "there is no file `cov.txt`");
}

#[test]
fn a_measure_without_a_unit_says_which_a_count_has() {
    let project = Project::with(&[("m.json", "{\"complexity\": {\"value\": 12}}")]);
    ends(&project.dod(&["evidence", "m.json", "--as", "measures"]), 3, "whose unit is `1` for a count");
}
