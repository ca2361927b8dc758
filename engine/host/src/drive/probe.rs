//! Services: whether they are ready.
//!
//! **Absent on purpose:** other machines. A probe asks the loopback address only.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use dod_kernel::id::Name;
use dod_kernel::run::Command;
use dod_kernel::workflow::{Probe, Ready};

use super::DriveError;
use super::attempt::{Flight, Stage};
use super::session::Session;

/// The longest that one try may block the loop.
const TRY_MAX: Duration = Duration::from_millis(300);

/// A service that runs.
pub(super) struct Service {
    pub(super) ready: bool,
    /// It did not get ready in time and is being ended.
    pub(super) late: bool,
    probe: Probe,
    next: Instant,
    until: Instant,
    asking: bool,
    /// The end of the line that it is printing, as far as the text that is looked for may begin there.
    line: Vec<u8>,
    seen: bool,
}

impl Service {
    pub(super) fn new(probe: &Probe, now: Instant) -> Self {
        Self {
            ready: false,
            late: false,
            next: now + Duration::from_millis(probe.interval_ms.min(100)),
            until: now + Duration::from_millis(probe.timeout_ms),
            asking: false,
            line: Vec::new(),
            seen: false,
            probe: probe.clone(),
        }
    }

    pub(super) fn command(&self) -> Vec<Name> {
        match &self.probe.ready {
            Ready::Command(argv) => argv.clone(),
            _ => Vec::new(),
        }
    }

    /// Looks for the line that means ready.
    pub(super) fn printed(&mut self, bytes: &[u8]) {
        let Ready::Line(wanted) = &self.probe.ready else { return };
        self.line.extend_from_slice(bytes);
        let has = |text: &[u8]| text.windows(wanted.len().max(1)).any(|part| part == wanted.as_bytes());
        self.seen |= has(&self.line);
        if let Some(end) = self.line.iter().rposition(|byte| *byte == b'\n') {
            self.line.drain(..=end);
        }
        let searched = self.line.len().saturating_sub(wanted.len());
        self.line.drain(..searched);
    }
}

impl Session<'_, '_> {
    /// Tries the services whose turn it is.
    pub(super) fn probe(&mut self) -> Result<(), DriveError> {
        if self.leaving.is_some() {
            // They are being ended, and whether they would have been ready in time nobody will know.
            return Ok(());
        }
        if self.flights.values().all(|flight| flight.service.is_none() && flight.gives_up().is_none()) {
            return Ok(());
        }
        let now = self.instant();
        let tokens: Vec<u64> = self.flights.keys().copied().collect();
        for token in tokens {
            let Some(flight) = self.flights.get_mut(&token) else { continue };
            if flight.gives_up().is_some_and(|until| until <= now) {
                self.supervisor.stop(token, Duration::ZERO);
                continue;
            }
            let (step, Some(service)) = (flight.step, &mut flight.service) else { continue };
            if flight.stage != Stage::Main || service.ready || service.late || flight.stop.is_some() {
                continue;
            }
            if service.until <= now {
                service.late = true;
                self.supervisor.stop(token, self.settings.grace);
            } else if service.seen || (service.next <= now && !service.asking && self.try_once(token)?) {
                if let Some(service) = self.flights.get_mut(&token).and_then(|flight| flight.service.as_mut())
                {
                    service.ready = true;
                }
                self.say(Command::ReportReady { step })?;
            }
        }
        Ok(())
    }

    /// One try. A command is only begun here; its end says more.
    fn try_once(&mut self, token: u64) -> Result<bool, DriveError> {
        let now = self.instant();
        let Some(flight) = self.flights.get_mut(&token) else { return Ok(false) };
        let Some(service) = &mut flight.service else { return Ok(false) };
        service.next = now + Duration::from_millis(service.probe.interval_ms.max(10));
        Ok(match &service.probe.ready {
            Ready::Tcp(port) => connect(*port).is_some(),
            Ready::Http(url) => http(url),
            Ready::Line(_) => false,
            Ready::Command(_) => {
                service.asking = true;
                let until = service.until;
                let asked = Flight {
                    step: flight.step,
                    attempt: flight.attempt,
                    name: flight.name.clone(),
                    task: flight.task.clone(),
                    stage: Stage::Probe(token),
                    env: flight.env.clone(),
                    cwd: flight.cwd.clone(),
                    reports: None,
                    output: flight.output.clone(),
                    began: flight.began,
                    stop: None,
                    service: Some(Service::new(&service.probe, now)),
                    // A command that never says whether it is ready must not outlive the question.
                    give_up: Some(until),
                };
                if self.fly(asked)?.is_err() {
                    self.probed(token, false);
                }
                false
            }
        })
    }

    /// A command that was to tell whether a service is ready has ended.
    pub(super) fn probed(&mut self, service: u64, good: bool) {
        if let Some(service) = self.flights.get_mut(&service).and_then(|flight| flight.service.as_mut()) {
            service.asking = false;
            service.seen |= good;
        }
    }

    /// A service is gone: nobody asks it any more.
    pub(super) fn stop_asking(&mut self, service: u64) {
        let asking = self.flights.iter().filter(|(_, flight)| flight.stage == Stage::Probe(service));
        let asking: Vec<u64> = asking.map(|(token, _)| *token).collect();
        for token in asking {
            self.supervisor.stop(token, Duration::ZERO);
        }
    }

    /// When the next service is to be tried, or a bound of ours is over.
    pub(super) fn next_probe(&self) -> Option<Instant> {
        self.flights
            .values()
            .filter_map(|flight| match (&flight.service, flight.stage) {
                (Some(service), Stage::Main) if !service.ready && !service.late && flight.stop.is_none() => {
                    Some(service.next.min(service.until))
                }
                _ => flight.gives_up(),
            })
            .min()
    }
}

fn connect(port: u16) -> Option<TcpStream> {
    TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), TRY_MAX).ok()
}

/// `http://localhost:PORT/PATH` answers with a status below 400.
fn http(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (name, port) = host.split_once(':').unwrap_or((host, "80"));
    let Ok(port) = port.parse() else { return false };
    if !matches!(name, "localhost" | "127.0.0.1") {
        return false;
    }
    let answer = || {
        let mut stream = connect(port)?;
        stream.set_read_timeout(Some(TRY_MAX)).ok()?;
        stream.set_write_timeout(Some(TRY_MAX)).ok()?;
        write!(stream, "GET /{path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
        let mut head = [0; 12];
        stream.read_exact(&mut head).ok()?;
        std::str::from_utf8(&head[9..12]).ok()?.parse::<u16>().ok()
    };
    answer().is_some_and(|status| (100..400).contains(&status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_found_however_long_its_line_and_wherever_it_is_cut() {
        let ready = Ready::Line("is up".into());
        let mut service = Service::new(&Probe { interval_ms: 10, ready, timeout_ms: 10 }, Instant::now());
        for _ in 0..1_000 {
            service.printed(&[b'.'; 1_000]);
        }
        for part in ["is u", "\np is", " up"] {
            assert!(!service.seen);
            service.printed(part.as_bytes());
        }
        assert!(service.seen);
        assert!(service.line.len() < 10);
    }
}
