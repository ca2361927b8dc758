//! `kill -9` at any moment, then `dod resume`: the same verdict, and no step whose end was acknowledged runs
//! again.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use crate::dod::{Project, said, wait_for};

/// Twelve steps in three layers; each notes that it ran, so that a second run of one is seen.
fn workflow() -> String {
    let mut text = "steps:\n".to_owned();
    for layer in 0..3 {
        for at in 0..4 {
            let needs: Vec<String> = if layer == 0 {
                Vec::new()
            } else {
                (0..4).map(|at| format!("s{}{at}", layer - 1)).collect()
            };
            text += &format!(
                "  s{layer}{at}:\n    run: 'sleep 0.03; echo s{layer}{at} >> \"$HOME/ran\"; test s{layer}{at} != s11'\n    needs: {{{}}}\n",
                needs.iter().map(|need| format!("{need}: any")).collect::<Vec<_>>().join(", ")
            );
        }
    }
    text
}

fn verdict(project: &Project) -> String {
    let log = project.log();
    let last = log.last().map(|line| &line["event"]["run_finished"]["verdict"]);
    last.map_or_else(|| "none".to_owned(), |verdict| format!("{} {}", verdict["state"], verdict["reasons"]))
}

#[test]
fn killed_at_many_moments_the_run_is_resumed_to_the_same_verdict() {
    let undisturbed = Project::of(&workflow());
    let home = tempfile::tempdir().unwrap();
    let output = undisturbed.command(&["validate", "-q"]).env("HOME", home.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let expected = verdict(&undisturbed);

    for moment in 0..12u64 {
        let project = Project::of(&workflow());
        let home = tempfile::tempdir().unwrap();
        let mut child =
            project.command(&["validate", "--format", "json"]).env("HOME", home.path()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20 + 23 * moment));
        child.kill().unwrap();
        child.wait().unwrap();
        if project.log().is_empty() {
            continue; // killed before it began: nothing was acknowledged
        }
        let acknowledged = project.steps("step_settled");
        let resumed = project.command(&["resume", "-q"]).env("HOME", home.path()).output().unwrap();
        assert_eq!(resumed.status.code(), Some(1), "moment {moment}: {}", said(&resumed));
        assert_eq!(verdict(&project), expected, "moment {moment}");
        let ran = std::fs::read_to_string(home.path().join("ran")).unwrap_or_default();
        for step in acknowledged {
            let times = ran.lines().filter(|line| **line == *step).count();
            assert_eq!(times, 1, "moment {moment}: {step} had ended and ran again");
        }
        let replayed = project.dod(&["replay"]);
        assert_eq!(replayed.code, 0, "moment {moment}: {replayed}");
    }
}

#[test]
fn what_was_printed_as_done_is_in_the_log_after_a_kill() {
    let project = Project::of(&workflow());
    let home = tempfile::tempdir().unwrap();
    let mut child = project
        .command(&["validate"])
        .env("HOME", home.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut printed = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(step) = line.strip_prefix("passed").or_else(|| line.strip_prefix("failed")) {
            printed.push(step.split_whitespace().next().unwrap().to_owned());
        }
        if printed.len() == 5 {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let settled = project.steps("step_settled");
    let missing: Vec<&String> = printed.iter().filter(|step| !settled.contains(step)).collect();
    assert!(missing.is_empty(), "printed and not in the log: {missing:?}");
}

#[test]
fn a_log_torn_at_any_byte_of_its_end_is_resumed() {
    let text = "steps:\n  a: { run: [\"true\"] }\n  b: { run: [\"true\"], needs: [a] }\n";
    let project = Project::of(text);
    assert_eq!(project.dod(&["validate", "-q"]).code, 0);
    let run = project.runs()[0].clone();
    let log = run.join("events.jsonl");
    let whole = std::fs::read(&log).unwrap();
    let first_end = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for cut in (first_end..whole.len()).step_by(41) {
        std::fs::write(&log, &whole[..cut]).unwrap();
        // Once it is sealed, nothing of it can be missing but by a loss.
        let refused = project.dod(&["resume", "-q"]);
        assert_eq!(refused.code, 3, "cut at {cut} behind its seal: {refused}");
        // What a crash leaves has no seal yet.
        std::fs::write(&log, &whole[..cut]).unwrap();
        for file in ["checkpoint", "proof"] {
            std::fs::remove_file(run.join(file)).unwrap();
        }
        std::fs::remove_dir_all(project.path().join(".dod/log")).unwrap();
        let resumed = project.dod(&["resume", "-q"]);
        assert_eq!(resumed.code, 0, "cut at {cut}: {resumed}");
        let replayed = project.dod(&["replay"]);
        assert_eq!(replayed.code, 0, "cut at {cut}: {replayed}");
    }
}

#[test]
fn a_step_that_must_not_run_twice_waits_for_a_person() {
    let project =
        Project::of("steps:\n  deploy: { run: 'echo x >> \"$HOME/ran\"; sleep 30', idempotent: false }\n");
    let home = tempfile::tempdir().unwrap();
    let mut child = project.command(&["validate", "-q"]).env("HOME", home.path()).spawn().unwrap();
    wait_for("the step", || home.path().join("ran").exists().then_some(()));
    child.kill().unwrap();
    child.wait().unwrap();
    let resumed = project.command(&["resume"]).env("HOME", home.path()).output().unwrap();
    assert_eq!(resumed.status.code(), Some(4), "{}", said(&resumed));
    assert_eq!(project.steps("step_held"), ["deploy"]);
    let ran = std::fs::read_to_string(home.path().join("ran")).unwrap();
    assert_eq!(ran.lines().count(), 1, "it must not run again by itself");
    let answered = project.dod(&["approve", "latest", "deploy", "--reject", "--because", "checked by hand"]);
    assert_eq!(answered.code, 0, "{answered}");
    assert_eq!(project.dod(&["resume", "-q"]).code, 1);
}

#[test]
fn processes_that_outlive_a_killed_dod_are_ended_before_it_goes_on() {
    let project = Project::of("steps:\n  long: { run: 'echo $$ > \"$HOME/pid\"; exec sleep 30' }\n");
    let home = tempfile::tempdir().unwrap();
    let mut child = project.command(&["validate", "-q"]).env("HOME", home.path()).spawn().unwrap();
    let pid_file = home.path().join("pid");
    let pid: u32 =
        wait_for("the process id", || std::fs::read_to_string(&pid_file).ok()?.trim().parse().ok());
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::remove_file(&pid_file).unwrap();
    let mut second = project.command(&["resume", "-q"]).env("HOME", home.path()).spawn().unwrap();
    wait_for("the second process", || {
        assert!(second.try_wait().unwrap().is_none(), "resume ended early");
        pid_file.exists().then_some(())
    });
    // One that is dead and that nobody has buried yet has no command line.
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    assert!(line.is_empty(), "the first process still runs");
    second.kill().unwrap();
    second.wait().unwrap();
}

/// Small numbers from a seed: SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// A step that notes its start, and whether an earlier process of it is still at work.
fn watched(name: &str, rest: &str) -> String {
    format!(
        "p=\"$HOME/pid.{name}\"; if test -e \"$p\" && test -n \"$(tr -d '\\0' < /proc/$(cat \"$p\")/cmdline 2>/dev/null)\"; then \
         echo {name} >> \"$HOME/overlap\"; fi; echo $$ > \"$p\"; echo {name} >> \"$HOME/ran\"; {rest}"
    )
}

/// Two layers, one step that fails, one that must not run twice, one that leaves children of its own.
fn workflow_to_kill() -> String {
    let mut text = "steps:\n".to_owned();
    for at in 0..3 {
        let run = watched(&format!("a{at}"), "sleep 0.03");
        text += &format!("  a{at}: {{ run: '{}' }}\n", run.replace('\'', "''"));
    }
    let deploy = watched("deploy", "sleep 0.02");
    text +=
        &format!("  deploy: {{ run: '{}', idempotent: false, needs: [a0] }}\n", deploy.replace('\'', "''"));
    let spawns = watched("spawns", "(sleep 0.2; echo late >> \"$HOME/late\") & sleep 0.02");
    text += &format!("  spawns: {{ run: '{}', needs: [a1] }}\n", spawns.replace('\'', "''"));
    let fails = watched("fails", "echo out=1 >> \"$DOD_OUTPUT\"; exit 1");
    text += &format!("  fails: {{ run: '{}', needs: [a2, deploy] }}\n", fails.replace('\'', "''"));
    let last = watched("last", "true");
    text += &format!("  last: {{ run: '{}', needs: {{ fails: failed }} }}\n", last.replace('\'', "''"));
    text
}

/// One run that is killed again and again, until it is allowed to end.
struct Victim {
    project: Project,
    home: tempfile::TempDir,
    /// How often a step had started when its end was recorded, by step.
    ended: std::collections::BTreeMap<String, usize>,
    /// How often a person said that the step that must not run twice may.
    permits: usize,
}

impl Victim {
    fn new(signed: bool) -> Self {
        let project = Project::of(&workflow_to_kill());
        if signed {
            let made = project.dod(&["key", "new", "victim"]);
            assert_eq!(made.code, 0, "{made}");
        }
        let home = tempfile::tempdir().unwrap();
        Self { project, home, ended: std::collections::BTreeMap::new(), permits: 0 }
    }

    fn start(&self, words: &[&str]) -> std::process::Child {
        let mut command = self.project.command(words);
        command.env("HOME", self.home.path());
        let said = std::fs::File::create(self.home.path().join("stderr")).unwrap();
        command.stdout(std::process::Stdio::null()).stderr(said).spawn().unwrap()
    }

    fn note(&self, file: &str) -> String {
        std::fs::read_to_string(self.home.path().join(file)).unwrap_or_default()
    }

    fn starts(&self, step: &str) -> usize {
        self.note("ran").lines().filter(|line| *line == step).count()
    }

    /// What was recorded before stays, and what had ended has not started again.
    fn look(&mut self, seen: &mut Vec<serde_json::Value>, when: &str) {
        let log = self.project.log();
        assert!(log.len() >= seen.len() && log[..seen.len()] == seen[..], "{when}: recorded events are gone");
        *seen = log;
        for step in self.project.steps("step_settled") {
            let starts = self.starts(&step);
            let before = *self.ended.entry(step.clone()).or_insert(starts);
            assert_eq!(before, starts, "{when}: {step} had ended and ran again");
        }
        assert!(
            self.starts("deploy") <= 1 + self.permits,
            "{when}: deploy ran twice, and nobody had said so"
        );
        assert_eq!(self.note("overlap"), "", "{when}: a step began beside a process that outlived its `dod`");
    }

    /// Waits until the moment to kill has come: some time, or a little after the verdict is in the log.
    fn moment(&self, child: &mut std::process::Child, dice: &mut Dice) -> bool {
        let at_end = dice.roll(3) == 0;
        let until = std::time::Instant::now() + Duration::from_micros(dice.roll(260_000));
        loop {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            let now = std::time::Instant::now();
            if at_end {
                let log = self.project.runs().pop().map(|run| run.join("events.jsonl"));
                let text = log.and_then(|log| std::fs::read(log).ok()).unwrap_or_default();
                let sealed = text.windows(14).any(|part| part == b"\"run_finished\"");
                if sealed {
                    std::thread::sleep(Duration::from_micros(dice.roll(8_000)));
                    return true;
                }
            } else if now >= until {
                return true;
            }
            std::thread::sleep(Duration::from_micros(300));
        }
    }

    /// Kills it at random moments; answers how many kills there were until it came to its end.
    fn live(&mut self, dice: &mut Dice, kills_max: u64) -> u64 {
        let (mut kills, mut seen) = (0, Vec::new());
        let mut words: &[&str] = &["validate", "-q"];
        loop {
            let mut child = self.start(words);
            if kills < kills_max && self.moment(&mut child, dice) {
                child.kill().unwrap();
                kills += 1;
            }
            let status = child.wait().unwrap();
            let when = format!("after {kills} kills, {words:?} ended with {status}");
            self.look(&mut seen, &when);
            // A run whose first line is not there was never begun.
            words = if seen.is_empty() { &["validate", "-q"] } else { &["resume", "-q"] };
            match status.code() {
                None => {}
                Some(1) => return kills,
                Some(4) => {
                    self.permits += 1;
                    let said = self.project.dod(&["approve", "latest", "deploy"]);
                    assert_eq!(said.code, 0, "{when}: {said}");
                }
                Some(_) => panic!("{when}: {}", self.note("stderr")),
            }
        }
    }
}

/// `DOD_KILLS` says how many, `DOD_SEED` from which seed; both are few and fixed in the suite.
#[test]
fn killed_at_random_instants_a_run_comes_to_the_same_end() {
    let number = |name: &str, otherwise| {
        std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok()).unwrap_or(otherwise)
    };
    let (wanted, seed) = (number("DOD_KILLS", 8), number("DOD_SEED", 1));
    let mut undisturbed = Victim::new(false);
    undisturbed.live(&mut Dice(seed), 0);
    let expected = verdict(&undisturbed.project);
    let mut dice = Dice(seed);
    let (mut kills, mut runs, mut held) = (0, 0, 0);
    while kills < wanted {
        let mut victim = Victim::new(dice.roll(2) == 0);
        let most = 1 + dice.roll(12);
        kills += victim.live(&mut dice, most);
        runs += 1;
        held += victim.permits;
        assert_eq!(verdict(&victim.project), expected, "seed {seed}, after {kills} kills");
        for words in [&["replay", "-q"][..], &["verify"], &["verify", "--log"]] {
            let said = victim.project.dod(words);
            assert_eq!(said.code, 0, "seed {seed}, after {kills} kills, {words:?}: {said}");
        }
    }
    println!("{kills} kills of {runs} runs from seed {seed}; {held} times a person was asked");
}
