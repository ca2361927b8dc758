//! Rust: a workspace or a lone package.
//!
//! **Absent on purpose:** a TOML parser. Two things are asked of a manifest: whether it has a section, and
//! what its workspace excludes.

use super::folder::{Folder, is_inside};
use super::{Plan, texts};

pub(super) fn plan(folder: &Folder<'_>, plan: &mut Plan) {
    plan.uses("build", "cargo/build", &[]);
    plan.uses("lint", "cargo/clippy", &[]);
    plan.uses("format", "cargo/fmt", &[]);
    if folder.wants("cargo/nextest") {
        plan.uses("test", "cargo/nextest", &[]);
    } else {
        plan.uses("test", "cargo/test", &[]);
    }
    if folder.wants("cargo/deny") {
        let checks = ["advisories", "bans", "sources"];
        plan.uses("dependencies", "cargo/deny", &[("checks", texts(&checks))]);
        plan.uses("licenses", "cargo/deny-licenses", &[]);
    } else {
        plan.leave_out("dependencies", "no deny.toml; `{ uses: cargo/audit }` asks RustSec over the network");
    }
    plan.leave_out(
        "types",
        "the build checks them; `{ uses: cargo/check }` for a policy that asks for the kind",
    );
    plan.leave_out("coverage", "it runs every test again: `{ uses: cargo/llvm-cov, needs: [build] }`");
    plan.order();
}

/// Whether `folder` belongs to the workspace of `root`. A folder that the workspace excludes, or that is a
/// workspace itself, is a project of its own.
pub(super) fn is_member(root: &Folder<'_>, folder: &Folder<'_>) -> bool {
    let manifest = root.text("Cargo.toml");
    if !has_section(&manifest, "workspace") || has_section(&folder.text("Cargo.toml"), "workspace") {
        return false;
    }
    let Some(inside) = crate::expand::relative(root.path, folder.path) else { return false };
    !excluded(&manifest).iter().any(|out| inside == out || is_inside(inside, out))
}

fn has_section(manifest: &str, name: &str) -> bool {
    let exact = format!("[{name}]");
    let below = format!("[{name}.");
    manifest.lines().map(str::trim).any(|line| line.starts_with(&exact) || line.starts_with(&below))
}

/// The folders in `exclude = […]` of `[workspace]`.
fn excluded(manifest: &str) -> Vec<String> {
    let Some(section) = manifest.split("[workspace]").nth(1) else { return Vec::new() };
    let section = section.split("\n[").next().unwrap_or_default();
    let key = section.match_indices("exclude").find(|(at, _)| section[..*at].ends_with(['\n', ' ']));
    let Some((at, _)) = key else { return Vec::new() };
    let Some(list) = section[at..].split_once('[').and_then(|(_, rest)| rest.split_once(']')) else {
        return Vec::new();
    };
    list.0.split('"').skip(1).step_by(2).map(|path| path.trim_end_matches('/').to_owned()).collect()
}
