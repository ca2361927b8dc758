//! What a person sees while a run goes on: plain lines, or a picture that is drawn again and again.
//!
//! Lines are printed when their events are durable. The picture is drawn on stderr and only on a terminal.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use dod_host::drive::Observer;
use dod_host::history::{Events, HistoryError};
use dod_kernel::id::{Name, Timestamp};
use dod_kernel::record::Recorded;
use dod_kernel::run::Event;
use dod_kernel::workflow::Workflow;
use dod_views::plain::{Opening, Plain};
use dod_views::story::Phase;
use dod_views::{Look, Story};

use crate::output::{self, Stream};

/// How often the picture is drawn.
const PICTURE: Duration = Duration::from_millis(100);
/// How often lines say what still runs.
const STILL_RUNNING: Duration = Duration::from_secs(30);

/// How much is said while a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Talk {
    /// Only the end.
    Quiet,
    /// A line for each step that ends.
    Lines,
    /// Also what steps print, as they print it.
    Verbose,
    /// A picture of what runs, then as `Lines`.
    Live,
}

impl Talk {
    /// What suits the place: a picture on a terminal, plain lines elsewhere and in CI.
    pub(crate) fn suited(quiet: bool, verbose: bool) -> Self {
        let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        match (quiet, verbose) {
            (true, _) => Self::Quiet,
            (_, true) => Self::Verbose,
            _ if !ci && !dumb && std::io::stderr().is_terminal() && std::io::stdout().is_terminal() => {
                Self::Live
            }
            _ => Self::Lines,
        }
    }
}

/// How text is dressed on a stream.
pub(crate) fn look(stream: Stream) -> Look {
    let terminal = match stream {
        Stream::Stdout => std::io::stdout().is_terminal(),
        Stream::Stderr => std::io::stderr().is_terminal(),
    };
    let unicode = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .is_some_and(|value| value.to_uppercase().replace('-', "").contains("UTF8"));
    // A terminal wraps long lines itself; only the picture, which is drawn over, must fit.
    Look { color: output::colors(stream), unicode: terminal && unicode, width: None }
}

fn width() -> usize {
    let columns = rustix::termios::tcgetwinsize(std::io::stderr()).map_or(0, |size| usize::from(size.ws_col));
    if columns == 0 { 80 } else { columns.max(20) }
}

/// The observer of a run.
pub(crate) struct Screen {
    plain: Plain,
    talk: Talk,
    /// Results go to stdout unless stdout is for JSON.
    to_stderr: bool,
    estimates: BTreeMap<Name, u64>,
    drawn: usize,
    picture: Look,
    leaving: Option<Box<dyn FnMut()>>,
}

impl Screen {
    pub(crate) fn new(workflow: Arc<Workflow>, opening: Opening, talk: Talk, to_stderr: bool) -> Self {
        let stream = if to_stderr { Stream::Stderr } else { Stream::Stdout };
        let look = look(stream);
        let plain = Plain::new(workflow, opening, look);
        let picture = Look { width: Some(width()), ..look };
        Self { plain, talk, to_stderr, estimates: BTreeMap::new(), drawn: 0, picture, leaving: None }
    }

    /// How long steps took in earlier runs.
    pub(crate) fn with_estimates(mut self, estimates: BTreeMap<Name, u64>) -> Self {
        self.estimates = estimates;
        self
    }

    /// What is done at once when the run is to be left: whoever asked may not wait.
    pub(crate) fn on_leaving(mut self, task: impl FnMut() + 'static) -> Self {
        self.leaving = Some(Box::new(task));
        self
    }

    /// Remembers what was said when another process held the run.
    pub(crate) fn recalling(mut self, events: Events) -> Result<Self, HistoryError> {
        for recorded in events {
            self.plain.push(&recorded?);
        }
        Ok(self)
    }

    /// The run as it was seen.
    pub(crate) fn into_story(mut self) -> Story {
        self.wipe();
        self.plain.finish()
    }

    fn say(&self, text: &str) {
        if self.to_stderr { output::talk(text) } else { output::result(text) }
    }

    /// Where nothing is drawn, a long silence is broken, also because CI systems end jobs that say nothing.
    fn say_what_still_runs(&self, now: Timestamp) {
        for step in self.plain.story().open() {
            let Phase::Running(since) = step.phase else { continue };
            let ms = u64::try_from(now.0.saturating_sub(since.0)).unwrap_or(0);
            if u128::from(ms) + 1_000 >= STILL_RUNNING.as_millis() {
                self.say(&format!("running    {}  {}\n", step.name, dod_views::time::duration(ms)));
            }
        }
    }

    /// Takes the picture away.
    fn wipe(&mut self) {
        if self.drawn > 0 {
            output::talk(&format!("\x1b[{}A\x1b[J", self.drawn));
            self.drawn = 0;
        }
    }
}

impl Observer for Screen {
    fn event(&mut self, recorded: &Recorded<Event>) {
        let lines = self.plain.push(recorded);
        if self.talk == Talk::Quiet || lines.is_empty() {
            return;
        }
        self.wipe();
        self.say(&(lines.join("\n") + "\n"));
    }

    fn output(&mut self, _step: &str, bytes: &[u8]) {
        if self.talk == Talk::Verbose {
            self.say(&String::from_utf8_lossy(bytes));
        }
    }

    fn tick(&mut self, now: Timestamp) {
        if self.talk != Talk::Live {
            return self.say_what_still_runs(now);
        }
        let lines = dod_views::progress::lines(self.plain.story(), now, &self.estimates, self.picture);
        self.wipe();
        if !lines.is_empty() {
            self.drawn = lines.len();
            output::talk(&(lines.join("\n") + "\n"));
        }
    }

    fn tick_every(&self) -> Option<Duration> {
        match self.talk {
            Talk::Quiet => None,
            Talk::Lines | Talk::Verbose => Some(STILL_RUNNING),
            Talk::Live => Some(PICTURE),
        }
    }

    fn wants_output(&self) -> bool {
        self.talk == Talk::Verbose
    }

    fn warn(&mut self, text: &str) {
        self.wipe();
        output::warning(text);
    }

    fn leaving(&mut self) {
        if let Some(task) = &mut self.leaving {
            task();
        }
    }
}
