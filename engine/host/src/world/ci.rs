//! Recognizing a CI system and what it says about the change.
//!
//! Variables as documented by GitHub Actions ("Variables reference", default environment variables) and GitLab
//! ("Predefined CI/CD variables reference"). Others set `CI=true`, and git says the rest.
//!
//! **Absent on purpose:** reading the process environment; the caller hands in a function.

/// Which CI system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CiSystem {
    /// GitHub Actions, and what is compatible with it (Gitea, Forgejo).
    GitHub,
    /// GitLab CI.
    GitLab,
    /// One that only says that it is one.
    Generic,
}

impl CiSystem {
    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Generic => "generic",
        }
    }
}

/// What a CI system says. Claims, not proofs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ci {
    /// Who says it.
    pub system: CiSystem,
    /// Why it runs: `push`, `pull_request`, `merge_queue`, `schedule`, `manual`, or the system's own word.
    pub event: Option<String>,
    /// The branch; of a pull request, the one it comes from.
    pub branch: Option<String>,
    /// The tag that was pushed.
    pub tag: Option<String>,
    /// The commit that is checked out; of a pull request perhaps one that merges it.
    pub commit: Option<String>,
    /// The branch that a pull request is to be merged into.
    pub base: Option<String>,
    /// The commit where a pull request left that branch.
    pub base_commit: Option<String>,
    /// Where people can look at this run.
    pub run_url: Option<String>,
    /// Who caused it.
    pub actor: Option<String>,
}

impl Ci {
    /// What the environment says; `None` outside CI. `variable` answers what a variable holds.
    pub fn recognize(variable: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let of = |name: &str| variable(name).filter(|value| !value.is_empty());
        let is = |name: &str| of(name).is_some_and(|value| matches!(&*value, "true" | "1" | "True"));
        if is("GITHUB_ACTIONS") {
            Some(github(&of))
        } else if is("GITLAB_CI") {
            Some(gitlab(&of))
        } else {
            is("CI").then(|| nothing(CiSystem::Generic))
        }
    }
}

fn nothing(system: CiSystem) -> Ci {
    Ci {
        system,
        event: None,
        branch: None,
        tag: None,
        commit: None,
        base: None,
        base_commit: None,
        run_url: None,
        actor: None,
    }
}

fn github(of: &dyn Fn(&str) -> Option<String>) -> Ci {
    let reference = of("GITHUB_REF").unwrap_or_default();
    let run_url = || {
        let run = format!(
            "{}/{}/actions/runs/{}",
            of("GITHUB_SERVER_URL")?,
            of("GITHUB_REPOSITORY")?,
            of("GITHUB_RUN_ID")?
        );
        let again = of("GITHUB_RUN_ATTEMPT").filter(|attempt| attempt != "1");
        Some(again.map_or_else(|| run.clone(), |attempt| format!("{run}/attempts/{attempt}")))
    };
    let event = of("GITHUB_EVENT_NAME").map(|event| match &*event {
        "workflow_dispatch" => "manual".to_owned(),
        "merge_group" => "merge_queue".to_owned(),
        _ => event,
    });
    Ci {
        event,
        branch: of("GITHUB_HEAD_REF").or_else(|| reference.strip_prefix("refs/heads/").map(str::to_owned)),
        tag: reference.strip_prefix("refs/tags/").map(str::to_owned),
        commit: of("GITHUB_SHA"),
        base: of("GITHUB_BASE_REF"),
        run_url: run_url(),
        actor: of("GITHUB_ACTOR"),
        ..nothing(CiSystem::GitHub)
    }
}

fn gitlab(of: &dyn Fn(&str) -> Option<String>) -> Ci {
    let event = of("CI_PIPELINE_SOURCE").map(|event| match &*event {
        "merge_request_event" if of("CI_MERGE_REQUEST_EVENT_TYPE").as_deref() == Some("merge_train") => {
            "merge_queue".to_owned()
        }
        "merge_request_event" => "pull_request".to_owned(),
        "web" => "manual".to_owned(),
        _ => event,
    });
    Ci {
        event,
        branch: of("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME").or_else(|| of("CI_COMMIT_BRANCH")),
        tag: of("CI_COMMIT_TAG"),
        commit: of("CI_COMMIT_SHA"),
        base: of("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        base_commit: of("CI_MERGE_REQUEST_DIFF_BASE_SHA"),
        run_url: of("CI_JOB_URL"),
        actor: of("GITLAB_USER_LOGIN"),
        ..nothing(CiSystem::GitLab)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(variables: &str, expected: &Expect) {
        let variable = |name: &str| {
            let mut pairs = variables.split_whitespace().filter_map(|pair| pair.split_once('='));
            pairs.find(|(one, _)| *one == name).map(|(_, value)| value.to_owned())
        };
        let Some(ci) = Ci::recognize(&variable) else { return expected.assert_eq("none") };
        let facts = [
            ("ci", Some(ci.system.as_str().to_owned())),
            ("event", ci.event),
            ("branch", ci.branch),
            ("tag", ci.tag),
            ("commit", ci.commit),
            ("base", ci.base),
            ("base_commit", ci.base_commit),
            ("run_url", ci.run_url),
            ("actor", ci.actor),
        ];
        let known = facts.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?)));
        expected.assert_eq(&known.collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn a_laptop_is_no_ci() {
        check("HOME=/root CI=false GITHUB_ACTIONS=", &expect!["none"]);
        check("CI=true", &expect!["ci=generic"]);
        check("CI=1", &expect!["ci=generic"]);
    }

    #[test]
    fn a_pull_request_on_github() {
        check(
            "CI=true GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request GITHUB_REF=refs/pull/7/merge \
             GITHUB_HEAD_REF=fix GITHUB_BASE_REF=main GITHUB_SHA=abc GITHUB_SERVER_URL=https://github.com \
             GITHUB_REPOSITORY=o/r GITHUB_RUN_ID=12 GITHUB_RUN_ATTEMPT=2 GITHUB_ACTOR=ann",
            &expect![
                "ci=github event=pull_request branch=fix commit=abc base=main run_url=https://github.com/o/r/actions/runs/12/attempts/2 actor=ann"
            ],
        );
    }

    #[test]
    fn a_tag_on_github() {
        check(
            "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_REF=refs/tags/v1 GITHUB_SHA=abc GITHUB_BASE_REF=",
            &expect!["ci=github event=push tag=v1 commit=abc"],
        );
    }

    #[test]
    fn a_branch_and_a_merge_request_on_gitlab() {
        check(
            "CI=true GITLAB_CI=true CI_PIPELINE_SOURCE=push CI_COMMIT_BRANCH=main CI_COMMIT_SHA=abc CI_JOB_URL=https://x/1",
            &expect!["ci=gitlab event=push branch=main commit=abc run_url=https://x/1"],
        );
        check(
            "GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=fix \
             CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_MERGE_REQUEST_DIFF_BASE_SHA=def CI_COMMIT_SHA=abc",
            &expect!["ci=gitlab event=pull_request branch=fix commit=abc base=main base_commit=def"],
        );
    }
}
