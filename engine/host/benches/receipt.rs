//! A receipt for one run in a log of 100,000: its size, and the processor time that making and checking it take.
//!
//! `cargo bench -p dod-host --bench receipt`, or with `-- 1000` for a smaller log.

#![expect(clippy::print_stdout, reason = "that is what a measurement is for")]

use std::error::Error;
use std::time::Duration;

use dod_host::clone_log::{Closed, LEAVES_FILE, Leaf, LeafKind, Opened, Reader, Writer};
use dod_host::keys::{Keys, Signing};
use dod_kernel::id::{Digest, RunId, Timestamp};
use dod_kernel::policy::State;
use dod_kernel::run::Identity;
use dod_proof::receipt::Receipt;
use dod_proof::tree::Hash;

const RUNS: u64 = 100_000;
const TIMES: u64 = 200;

fn id(run: u64) -> RunId {
    RunId(format!("01970000-{:04x}-7000-8000-{run:012x}", run & 0xffff).as_str().into())
}

fn leaves(run: u64) -> [Leaf; 2] {
    let by = Identity { name: "ann".into(), proved: false };
    let opened = Opened { at: Timestamp(1), by, run: id(run), started: Digest([1; 32]) };
    let closed = Closed {
        at: Timestamp(2),
        events: run + 3,
        policy: Digest([2; 32]),
        root: Hash([7; 32]),
        run: id(run),
        state: State::Passed,
        verdict: Digest([3; 32]),
    };
    [Leaf::Opened(Box::new(opened)), Leaf::Closed(Box::new(closed))]
}

/// Processor time of this process.
fn spent() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(now).unwrap_or_default()
}

fn main() -> Result<(), Box<dyn Error>> {
    let runs = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(RUNS);
    let around = tempfile::tempdir()?;
    let folder = around.path().join("log");
    let keys = Keys::at(&around.path().join("keys"));
    let key = keys.make("ann@laptop")?.verifier;
    // One leaf through the door, the others into the file: nobody waits for 200,000 syncs.
    drop(Writer::open(&folder, "github.com/org/name", &Signing::none())?);
    let text: Vec<u8> = (0..runs)
        .flat_map(|run| leaves(run).map(|leaf| leaf.to_line()))
        .flat_map(|line| line.into_iter().chain([b'\n']))
        .collect();
    std::fs::write(folder.join(LEAVES_FILE), &text)?;
    let begin = spent();
    let mut log = Writer::open(&folder, "github.com/org/name", &keys.signing(None)?)?;
    println!("derived files of {} leaves made again: {:?}", log.size(), spent() - begin);
    log.seal(&keys.signing(None)?)?;
    drop(log);
    let begin = spent();
    drop(Writer::open(&folder, "github.com/org/name", &keys.signing(None)?)?);
    println!("opened to append: {:?}", spent() - begin);

    let (mut bytes, mut made, mut longest) = (0, Duration::ZERO, Duration::ZERO);
    let mut checked = Duration::ZERO;
    for time in 0..TIMES {
        let run = time * 7919 % runs;
        let begin = spent();
        let log = Reader::open(&folder)?.ok_or("there is a log")?;
        let (index, _) = log.find(LeafKind::Closed, &id(run))?.ok_or("there is a leaf")?;
        let note = String::from_utf8(log.note().ok_or("there is a checkpoint")?.to_vec())?;
        let receipt = Receipt::make(index, &note, &log)?.to_string();
        let took = spent() - begin;
        (made, longest) = (made + took, longest.max(took));
        bytes = bytes.max(receipt.len());
        let begin = spent();
        let [_, closed] = leaves(run);
        Receipt::read(receipt.as_bytes())?.check(
            &closed.to_line(),
            log.origin(),
            std::slice::from_ref(&key),
        )?;
        checked += spent() - begin;
    }
    let times = u32::try_from(TIMES)?;
    println!("receipt of one run in {runs}: at most {bytes} bytes with one signature");
    println!("making it, from opening the log: {:?} of CPU, at most {longest:?}", made / times);
    println!("checking it: {:?} of CPU", checked / times);
    Ok(())
}
