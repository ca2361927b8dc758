//! Go: a module.
//!
//! **Absent on purpose:** go.work, since each module in it is a project of its own anyway.

use super::Plan;
use super::folder::Folder;

pub(super) fn plan(folder: &Folder<'_>, plan: &mut Plan) {
    if folder.wants("go/mod-download") {
        plan.uses("install", "go/mod-download", &[]);
    }
    plan.uses("build", "go/build", &[]);
    if folder.wants("go/golangci-lint") {
        plan.uses("lint", "go/golangci-lint", &[]);
    } else if folder.wants("go/staticcheck") {
        plan.uses("lint", "go/staticcheck", &[]);
    } else {
        plan.uses("lint", "go/vet", &[]);
    }
    plan.uses("format", "go/fmt", &[]);
    if folder.wants("go/test") {
        plan.uses("test", "go/test", &[]);
        plan.leave_out("coverage", "it runs every test again: `{ uses: go/coverage, needs: [build] }`");
    } else {
        plan.leave_out("test", "no `*_test.go` file");
    }
    plan.leave_out("types", "the build checks them");
    plan.leave_out("dependencies", "`{ uses: scan/vulnerabilities }` needs a database on this machine");
    plan.order();
}
