//! Plays random scenarios on a machine that fails, and says what broke.
//!
//! `cargo run --release -p dod-host --example crashes -- --runs 1000000 --seed 1 --jobs 2`
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use dod_host::simulated::fate::Tally;
use dod_host::simulated::scenario::Scenario;
use dod_host::simulated::shrink::shrink;
use dod_host::simulated::trial::{play, play_all};

/// Broken scenarios that are made small and shown.
const SHOWN_MAX: u64 = 3;
/// Scenarios that share their steps.
const TOGETHER: u64 = 4;
/// Scenarios between two lines of progress.
const PROGRESS: u64 = 100_000;

/// What all jobs have seen.
#[derive(Default)]
struct Seen {
    tally: Tally,
    lives: u64,
    letters: u64,
    broken: u64,
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let number = |name: &str, otherwise: u64| {
        let at = words.iter().position(|word| word == name);
        at.and_then(|at| words.get(at + 1)?.parse().ok()).unwrap_or(otherwise)
    };
    let (runs, seed, jobs) = (number("--runs", 10_000), number("--seed", 1), number("--jobs", 1));
    let (next, seen, began) = (AtomicU64::new(0), Mutex::new(Seen::default()), Instant::now());
    println!("{runs} runs from seed {seed}");
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                let mut own = Seen::default();
                loop {
                    let at = next.fetch_add(TOGETHER, Ordering::Relaxed);
                    if at >= runs {
                        break;
                    }
                    some(seed.wrapping_add(at), TOGETHER.min(runs - at), &mut own);
                    if at > 0 && at % PROGRESS == 0 {
                        println!("{at} runs, {:.0} s", began.elapsed().as_secs_f64());
                    }
                }
                let mut all = seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                all.tally.add(&own.tally);
                all.lives += own.lives;
                all.letters += own.letters;
                all.broken += own.broken;
            });
        }
    });
    let mut all = seen.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    println!(
        "{runs} runs with {} lives and {} letters in {:.1} s",
        all.lives,
        all.letters,
        began.elapsed().as_secs_f64()
    );
    for (name, count) in all.tally.fields() {
        println!("{count:>12} {name}");
    }
    println!("{:>12} violations", all.broken);
    std::process::exit(i32::from(all.broken > 0));
}

/// Plays the scenarios of a seed, which share their steps.
fn some(seed: u64, count: u64, seen: &mut Seen) {
    let scenarios = Scenario::random(seed).disturbed(count);
    for (scenario, outcome) in scenarios.iter().zip(play_all(&scenarios)) {
        seen.tally.add(&outcome.tally);
        seen.lives += outcome.lives;
        seen.letters += outcome.letters;
        if outcome.violations.is_empty() {
            continue;
        }
        seen.broken += 1;
        println!("seed {seed}: {:#?}", outcome.violations);
        if seen.broken <= SHOWN_MAX {
            let small = shrink(scenario);
            println!("made small: {small:#?}\n{:#?}", play(&small).violations);
        }
    }
}
