//! What supervision and the log add to the price of a process: one program, many times, some at once.
//!
//! `cargo bench -p dod-host --bench floor -- [COUNT] [JOBS] [PROGRAM…]` prints the CPU time of this process and its
//! children, to be compared with `make -j` on the same count. Each step writes three lines of 250 bytes.

use std::path::Path;
use std::time::Instant;

use dod_host::log::{LogOptions, LogWriter};
use dod_host::mask::Masks;
use dod_host::process::{Exit, Happening, Keep, Options, Sidecar, Spawn, Supervisor};

fn main() {
    // `cargo bench` itself passes `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number =
        |at: usize, default: u64| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(default);
    let (count, jobs) = (number(0, 1000), number(1, 2));
    let argv = match words.get(2..) {
        Some(argv) if !argv.is_empty() => argv.iter().map(Into::into).collect(),
        _ => vec!["/bin/true".into()],
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let started = Instant::now();
    run(folder.path(), argv, count, jobs);
    let wall = started.elapsed();
    let ticks = cpu_ticks();
    #[expect(clippy::print_stdout, reason = "a benchmark prints its result")]
    {
        println!("{count} × {jobs}: {} ms wall, {} ms CPU", wall.as_millis(), ticks * 10);
    }
}

fn run(folder: &Path, argv: Vec<std::ffi::OsString>, count: u64, jobs: u64) {
    let sidecar = Some(Sidecar::open(&folder.join("processes")).expect("a sidecar"));
    let options = Options { spool: folder.to_owned(), sidecar, signals: None };
    let mut supervisor = Supervisor::new(options).expect("a supervisor");
    let mut log = LogWriter::create(folder, LogOptions::new("bench")).expect("a log");
    let mut spawn = Spawn {
        token: 0,
        argv,
        cwd: std::env::current_dir().expect("a folder"),
        env: std::env::vars_os().collect(),
        keep: Keep { memory_bytes: 64 << 10, output_bytes_max: 64 << 20, tail_lines: 20 },
        masks: Masks::none(),
        live: false,
    };
    let line = format!("{{\"event\":\"{}\"}}", "x".repeat(236));
    let mut next = 0;
    while next < count || supervisor.running() > 0 {
        while next < count && (supervisor.running() as u64) < jobs {
            log.append(line.as_bytes()).expect("a line");
            log.hand_over().expect("written");
            spawn.token = next;
            supervisor.spawn(&spawn).expect("a process");
            next += 1;
        }
        for happening in supervisor.wait(None, &[]).expect("a happening") {
            if let Happening::Ended(ended) = happening {
                assert_eq!(ended.exit, Exit::Code(0));
                log.append(line.as_bytes()).expect("a line");
                log.append(line.as_bytes()).expect("a line");
            }
        }
    }
    log.flush_and_wait().expect("durable");
}

/// User and system time of this process and its children, in hundredths of a second.
fn cpu_ticks() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    rest.split(' ').skip(11).take(4).filter_map(|field| field.parse::<u64>().ok()).sum()
}
