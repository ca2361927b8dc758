//! Claims about processes, with real ones.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;

mod leaving;
mod starting;

struct Bench {
    folder: TempDir,
    supervisor: Supervisor,
    ended: Vec<Ended>,
}

const KEEP: Keep = Keep { memory_bytes: 64 << 10, output_bytes_max: 1 << 20, tail_lines: 3 };

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let sidecar = Some(Sidecar::open(&folder.path().join("sidecar")).unwrap());
    let supervisor =
        Supervisor::new(Options { spool: folder.path().to_owned(), sidecar, signals: None }).unwrap();
    Bench { folder, supervisor, ended: Vec::new() }
}

fn spawn(token: u64, argv: &[&str]) -> Spawn {
    Spawn {
        token,
        argv: argv.iter().map(OsString::from).collect(),
        cwd: std::env::temp_dir(),
        env: vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())],
        keep: KEEP,
        masks: Masks::none(),
        live: false,
    }
}

impl Bench {
    fn start(&mut self, token: u64, script: &str) {
        self.supervisor.spawn(&spawn(token, &["sh", "-c", script])).unwrap();
    }

    /// Waits for the end of a step; nothing may take longer than ten seconds.
    fn end(&mut self) -> Ended {
        let until = Instant::now() + Duration::from_secs(10);
        while self.ended.is_empty() {
            assert!(Instant::now() < until, "no step ended");
            for happening in self.supervisor.wait(Some(until), &[]).unwrap() {
                if let Happening::Ended(ended) = happening {
                    self.ended.push(*ended);
                }
            }
        }
        self.ended.remove(0)
    }

    fn run(&mut self, script: &str) -> Ended {
        self.start(1, script);
        self.end()
    }
}

fn text(stream: &Stream) -> String {
    match &stream.kept {
        Kept::Memory(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Kept::File { path, .. } => String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned(),
    }
}

#[test]
fn output_and_exit_code_come_back() {
    let ended = bench().run("echo out; echo err >&2; exit 7");
    assert_eq!((ended.token, ended.exit), (1, Exit::Code(7)));
    assert_eq!((text(&ended.output.stdout), text(&ended.output.stderr)), ("out\n".into(), "err\n".into()));
    assert!(ended.output.stdout.is_whole());
    assert_eq!((ended.leftovers_ended, ended.leftovers_alive), (0, 0));
}

#[test]
fn cpu_time_counts_the_children_of_a_step_too() {
    let ended = bench().run("sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; exit 0");
    assert!(ended.cpu_ms > 20, "{ended:?}");
    assert!(ended.wall_ms >= ended.cpu_ms / 2, "{ended:?}");
}

#[test]
fn a_peak_that_is_only_our_own_is_not_told() {
    let mut bench = bench();
    assert_eq!(bench.run("exit 0").peak_kib, None);
    let ours = resident_kib();
    let ended = bench.run("x=$(head -c 100000000 /dev/zero | tr '\\0' x); echo ${#x}");
    assert_eq!(text(&ended.output.stdout), "100000000\n");
    assert!(ended.peak_kib.unwrap() > ours.max(90_000), "{:?}", ended.peak_kib);
}

#[test]
fn a_signal_is_not_an_exit_code() {
    assert_eq!(bench().run("kill -9 $$").exit, Exit::Signal(9));
}

#[test]
fn bytes_that_are_no_text_survive() {
    let ended = bench().run(r"printf '\377\000\200'");
    assert!(matches!(&ended.output.stdout.kept, Kept::Memory(bytes) if bytes == b"\xff\0\x80"));
}

#[test]
fn standard_input_is_empty() {
    assert_eq!(bench().run("cat; echo end").exit, Exit::Code(0));
}

#[test]
fn the_environment_is_exactly_what_was_given() {
    let ended = bench().run("env | cut -d= -f1 | sort | grep -v '^_$'");
    assert_eq!(text(&ended.output.stdout), "DOD_STEP_TOKEN\nPATH\nPWD\n");
}

#[test]
fn a_tool_that_closes_its_output_goes_on() {
    let ended = bench().run("exec >&- 2>&-; sleep 0.3; exit 3");
    assert_eq!(ended.exit, Exit::Code(3));
    assert!(ended.wall_ms >= 300);
}

#[test]
fn long_output_is_bounded_counted_and_its_end_is_known() {
    let mut bench = bench();
    bench
        .supervisor
        .spawn(&spawn(1, &["sh", "-c", "head -c 200000000 /dev/zero; echo; echo the end"]))
        .unwrap();
    let before = resident_kib();
    let ended = bench.end();
    let stdout = &ended.output.stdout;
    assert_eq!(stdout.total_bytes, 200_000_009);
    assert_eq!(stdout.kept.bytes(), KEEP.output_bytes_max);
    assert!(stdout.tail.ends_with(b"\nthe end\n") && !stdout.is_whole());
    assert!(resident_kib() < before + 20_000, "{before} KiB before, {} KiB after", resident_kib());
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn output_is_seen_while_a_step_runs_and_never_unmasked() {
    let mut bench = bench();
    let (masks, _) = Masks::new([("TOKEN", &b"hunter22"[..])]);
    let script = "printf 'a hunt'; sleep 0.2; printf 'er22 b'; sleep 5";
    bench.supervisor.spawn(&Spawn { live: true, masks, ..spawn(1, &["sh", "-c", script]) }).unwrap();
    let mut seen = Vec::new();
    while seen.len() < 7 {
        for happening in bench.supervisor.wait(None, &[]).unwrap() {
            let Happening::Output { bytes, .. } = happening else { panic!("{happening:?}") };
            seen.extend(bytes);
        }
    }
    assert_eq!(String::from_utf8_lossy(&seen), "a *** b");
    bench.supervisor.stop(1, Duration::from_secs(1));
    assert_eq!(text(&bench.end().output.stdout), "a *** b");
}

#[test]
fn a_deadline_and_a_waker_end_the_wait() {
    let mut bench = bench();
    bench.start(1, "sleep 5");
    let until = Instant::now() + Duration::from_millis(50);
    assert!(bench.supervisor.wait(Some(until), &[]).unwrap().is_empty());
    assert!(Instant::now() >= until);

    let mut waker = Waker::new().unwrap();
    let wake = waker.handle();
    let thread = std::thread::spawn(wake);
    let seen = bench.supervisor.wait(None, &[std::os::fd::AsFd::as_fd(&waker)]).unwrap();
    assert!(matches!(*seen, [Happening::Woken(0)]), "{seen:?}");
    waker.clear();
    thread.join().unwrap();
    let until = Instant::now() + Duration::from_millis(20);
    assert!(bench.supervisor.wait(Some(until), &[std::os::fd::AsFd::as_fd(&waker)]).unwrap().is_empty());
}

#[test]
fn a_signal_to_ourselves_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let signals = Some(Signals::catch().unwrap());
    let options = Options { spool: folder.path().to_owned(), sidecar: None, signals };
    let mut supervisor = Supervisor::new(options).unwrap();
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::HUP).unwrap();
    let seen = supervisor.wait(Some(Instant::now() + Duration::from_secs(5)), &[]).unwrap();
    assert!(matches!(*seen, [Happening::Signal(SelfSignal::HangUp)]), "{seen:?}");
}

#[test]
fn many_steps_at_once_are_told_apart() {
    let mut bench = bench();
    (0..20).for_each(|token| bench.start(token, &format!("echo {token}; exit {token}")));
    for _ in 0..20 {
        let ended = bench.end();
        assert_eq!(ended.exit, Exit::Code(ended.token as i32));
        assert_eq!(text(&ended.output.stdout), format!("{}\n", ended.token));
    }
    assert_eq!(bench.supervisor.running(), 0);
}
