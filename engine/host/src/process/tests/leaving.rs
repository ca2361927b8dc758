//! Stops, leftovers, crashes: nobody outlives a step.

use super::family::stat;
use super::*;

/// Whether a process with this id, taken from a step's output, is still there.
fn is_alive(pid: &str) -> bool {
    stat(pid.trim().parse().expect("a process id")).is_some_and(|it| !it.zombie)
}

#[test]
fn a_setsid_grandchild_is_ended() {
    let mut bench = bench();
    let ended = bench.run("setsid sh -c 'echo $$; exec sleep 100' & sleep 0.3; exit 0");
    assert_eq!((ended.exit, ended.leftovers_ended, ended.leftovers_alive), (Exit::Code(0), 1, 0));
    assert!(!is_alive(&text(&ended.output.stdout)));
}

#[test]
fn a_daemon_that_closed_everything_is_ended() {
    let mut bench = bench();
    let script = "(setsid sh -c 'echo $$ >&3; exec 3>&-; exec sleep 100' </dev/null >/dev/null 2>&1 3>&1 &) 3>&1; sleep 0.3";
    let script = format!("exec 3>&1; {}", script.replace(" 3>&1 &) 3>&1", " &)"));
    let ended = bench.run(&script);
    assert_eq!((ended.leftovers_ended, ended.leftovers_alive), (1, 0), "{ended:?}");
    assert!(!is_alive(&text(&ended.output.stdout)));
    assert!(ended.output.stdout.is_whole());
}

#[test]
fn a_daemon_is_told_from_that_of_a_step_that_still_runs() {
    let mut bench = bench();
    bench.start(1, "setsid sleep 100 >/dev/null 2>&1 & echo $!; sleep 1");
    bench.start(2, "setsid sleep 100 >/dev/null 2>&1 & echo $!; sleep 0.2");
    let second = bench.end();
    assert_eq!((second.token, second.leftovers_ended), (2, 1));
    assert!(!is_alive(&text(&second.output.stdout)));
    let first = bench.end();
    assert_eq!((first.token, first.leftovers_ended), (1, 1));
    assert!(!is_alive(&text(&first.output.stdout)));
}

/// Runs in a process of its own, since nothing tells which of several supervisors its orphan belongs to.
#[test]
#[ignore = "a helper of the test below"]
fn helper_without_a_mark() {
    let mut bench = bench();
    let ended = bench.run("setsid env -i /bin/sleep 100 >/dev/null 2>&1 & echo $!; sleep 0.2");
    assert_eq!(ended.leftovers_ended, 1);
    assert!(!is_alive(&text(&ended.output.stdout)));
}

#[test]
fn a_daemon_without_a_mark_is_ended_with_the_last_step() {
    let helper = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "process::tests::leaving::helper_without_a_mark"])
        .output()
        .unwrap();
    assert!(helper.status.success(), "{}", String::from_utf8_lossy(&helper.stdout));
}

#[test]
fn what_resists_sigterm_is_killed() {
    let mut bench = bench();
    let ended = bench.run("setsid sh -c 'trap \"\" TERM; echo $$; while :; do sleep 0.1; done' & sleep 0.3");
    assert!(ended.leftovers_ended >= 1 && ended.leftovers_alive == 0, "{ended:?}");
    assert!(!is_alive(&text(&ended.output.stdout)));
}

#[test]
fn output_of_a_helper_that_ends_a_moment_later_is_kept() {
    let ended = bench().run("(sleep 0.1; echo late) & exit 0");
    assert_eq!((text(&ended.output.stdout), ended.leftovers_ended), ("late\n".into(), 0));
}

#[test]
fn a_stop_ends_a_step_that_prints_for_ever() {
    let mut bench = bench();
    bench.start(1, "trap '' TERM; yes");
    std::thread::sleep(Duration::from_millis(50));
    assert!(bench.supervisor.stop(1, Duration::from_millis(200)));
    let ended = bench.end();
    assert!(matches!(ended.exit, Exit::Signal(9 | 15) | Exit::Code(_)), "{ended:?}");
    assert!(ended.wall_ms < 3000 && ended.output.stdout.total_bytes > 0);
    assert!(!bench.supervisor.stop(1, Duration::ZERO));
}

#[test]
fn a_stop_is_gentle_first() {
    let mut bench = bench();
    bench.start(1, "trap 'echo cleaned; exit 5' TERM; echo ready; while :; do sleep 0.05; done");
    std::thread::sleep(Duration::from_millis(300));
    bench.supervisor.stop(1, Duration::from_secs(5));
    let ended = bench.end();
    assert_eq!((text(&ended.output.stdout), ended.exit), ("ready\ncleaned\n".into(), Exit::Code(5)));
}

#[test]
fn a_stop_reaches_setsid_grandchildren_and_stopped_processes() {
    let mut bench = bench();
    bench.start(1, "setsid sleep 100 & echo $!; kill -STOP $$");
    std::thread::sleep(Duration::from_millis(300));
    assert!(bench.supervisor.is_suspended(1) && !bench.supervisor.is_suspended(2));
    bench.supervisor.stop(1, Duration::from_secs(5));
    let ended = bench.end();
    assert_eq!(ended.exit, Exit::Signal(15));
    assert!(ended.wall_ms < 3000);
    assert!(!is_alive(text(&ended.output.stdout).lines().next().unwrap()));
}

#[test]
fn a_dropped_supervisor_leaves_nobody() {
    let mut bench = bench();
    let started = bench.supervisor.spawn(&spawn(1, &["sleep", "100"])).unwrap();
    drop(bench);
    assert_eq!(stat(started.pid), None);
}

/// Runs in a process of its own, which is then killed: see the next test.
#[test]
#[ignore = "a helper of the test below"]
fn helper_that_crashes() {
    let folder = PathBuf::from(std::env::var("DOD_TEST_FOLDER").unwrap());
    let sidecar = Some(Sidecar::open(&folder.join("sidecar")).unwrap());
    let mut supervisor = Supervisor::new(Options { spool: folder.clone(), sidecar, signals: None }).unwrap();
    let script = format!("setsid sleep 100 & echo $! >{0}/a; echo $$ >{0}/b; wait", folder.display());
    supervisor.spawn(&spawn(1, &["sh", "-c", &script])).unwrap();
    drop(supervisor.wait(None, &[]));
}

#[test]
fn survivors_of_a_crash_are_found_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mut helper = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "process::tests::leaving::helper_that_crashes"])
        .env("DOD_TEST_FOLDER", folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    while read("b").is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    helper.kill().unwrap(); // SIGKILL: it cannot clean up
    helper.wait().unwrap();
    assert!(is_alive(&read("a")) && is_alive(&read("b")));
    let ended = end_survivors(&folder.path().join("sidecar")).unwrap();
    assert_eq!((ended.ended.len(), ended.alive.len()), (2, 0));
    assert!(!is_alive(&read("a")) && !is_alive(&read("b")));
}

#[test]
fn a_process_that_only_has_the_same_id_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sidecar");
    let mut sleep = std::process::Command::new("sleep").arg("100").spawn().unwrap();
    let mut sidecar = Sidecar::open(&path).unwrap();
    sidecar.begin("1.2.3").unwrap();
    sidecar.note(1, sleep.id(), StartTime { from: 1, to: 2 }).unwrap();
    assert_eq!(end_survivors(&path).unwrap(), SurvivorsEnded::default());

    // The same start time in another boot is another process.
    let start = stat(sleep.id()).unwrap().start;
    let spawned = format!(
        r#"{{"spawned":{{"pid":{},"start":{{"from":{start},"to":{start}}},"token":1}}}}"#,
        sleep.id()
    );
    std::fs::write(&path, format!("{{\"begin\":{{\"boot\":\"other\",\"mark\":\"1.2.3\"}}}}\n{spawned}\n"))
        .unwrap();
    assert_eq!(end_survivors(&path).unwrap(), SurvivorsEnded::default());
    assert!(stat(sleep.id()).is_some());
    sleep.kill().unwrap();
    sleep.wait().unwrap();
    assert_eq!(end_survivors(&folder.path().join("none")).unwrap(), SurvivorsEnded::default());
}

#[test]
fn a_crowd_of_bad_tools_leaves_nothing_behind() {
    const SCRIPTS: [&str; 9] = [
        "setsid sleep 50 & exit 0",
        "sleep 50",
        "(sleep 0.05; echo late) & exit 0",
        "setsid sh -c 'trap \"\" TERM; sleep 50' >/dev/null 2>&1 & sleep 0.02",
        "yes | head -c 3000000",
        "trap '' TERM; while :; do sleep 0.01; done",
        "sh -c 'sleep 50 & sleep 50 & wait'",
        "(setsid setsid sleep 50 &) ; sleep 0.01",
        "exec >&- 2>&-; sleep 0.05",
    ];
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let (mut bench, mut ended) = (bench(), 0);
    let started = Instant::now();
    for token in 0..45 {
        bench.start(token, SCRIPTS[token as usize % SCRIPTS.len()]);
    }
    let many = descriptors();
    while ended < 45 {
        assert!(started.elapsed() < Duration::from_secs(20));
        if started.elapsed() > Duration::from_millis(400) {
            for token in 0..45 {
                bench.supervisor.stop(token, Duration::from_millis(100));
            }
        }
        let until = Instant::now() + Duration::from_millis(50);
        for happening in bench.supervisor.wait(Some(until), &[]).unwrap() {
            if let Happening::Ended(it) = happening {
                assert_eq!(it.leftovers_alive, 0);
                ended += 1;
            }
        }
    }
    assert!(descriptors() < many - 60, "the descriptors of ended steps are open");
    let left = end_survivors(&bench.folder.path().join("sidecar")).unwrap();
    assert_eq!(left, SurvivorsEnded::default());
}
