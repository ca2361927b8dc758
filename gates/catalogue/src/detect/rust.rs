//! Rust: a workspace or a lone package.
//!
//! **Absent on purpose:** a TOML parser. Two things are asked of a manifest: whether it has a section, and
//! what its workspace excludes.

use super::folder::{Folder, is_inside};
use super::{Plan, texts};

/// At most this many benches are looked into for what only a nightly compiler knows.
const BENCHES_READ_MAX: usize = 50;

pub(super) fn plan(folder: &Folder<'_>, plan: &mut Plan) {
    let targets = targets(folder);
    let with: &[_] = if targets.is_empty() { &[] } else { &[("targets", texts(&targets))] };
    let build = plan.uses("build", "cargo/build", with);
    if !targets.is_empty() {
        build.comment("without benches: they need a nightly compiler");
    }
    plan.uses("lint", "cargo/clippy", with);
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

/// Which targets to build where benches use what only a nightly compiler knows and the project names none;
/// nothing where all of them build.
fn targets(folder: &Folder<'_>) -> Vec<&'static str> {
    let is_nightly =
        ["rust-toolchain.toml", "rust-toolchain"].iter().any(|file| folder.text(file).contains("nightly"));
    let is_bench = |file: &&str| file.ends_with(".rs") && file.split('/').any(|part| part == "benches");
    let mut benches = folder.files().filter(is_bench).take(BENCHES_READ_MAX);
    if is_nightly || !benches.any(|file| folder.text(file).contains("#![feature(")) {
        return Vec::new();
    }
    let is_library = |file: &str| file == "src/lib.rs" || file.ends_with("/src/lib.rs");
    let has_library = folder.files().any(is_library) || has_section(&folder.text("Cargo.toml"), "lib");
    let library = has_library.then_some("--lib");
    library.into_iter().chain(["--bins", "--tests", "--examples"]).collect()
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
