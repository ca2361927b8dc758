//! Telling a run while it is made again: lines as they are ready, or kept for an object or a page.
//!
//! **Absent on purpose:** what a line says.

use std::time::{Duration, Instant};

use dod_kernel::record::Recorded;
use dod_kernel::run::Event;
use dod_views::replay::{Line, Lines, Telling};
use dod_views::{Look, Story};

use super::Form;
use crate::output::{self, Stream};
use crate::screen;

/// Lines of an object or a page.
const LINES_MAX: usize = 50_000;
/// Bytes of lines that are printed together.
const TOGETHER: usize = 16 << 10;
/// Where nothing was said for so long, it is said that it goes on.
const SILENCE: Duration = Duration::from_secs(2);
/// Events between two looks at the clock.
const LOOK_EVERY: u64 = 1_000;

/// Takes the events of a run.
pub(super) struct Teller {
    form: Form,
    /// Nothing is told but the result.
    silent: bool,
    telling: Telling,
    lines: Lines,
    look: Look,
    /// Text that is not printed yet.
    text: String,
    kept: Vec<Line>,
    cut: u64,
    events: u64,
    said: Instant,
}

/// What is left at the end.
pub(super) struct End {
    pub(super) lines: Vec<Line>,
    pub(super) cut: u64,
    pub(super) story: Story,
}

impl Teller {
    pub(super) fn new(form: Form, quiet: bool, telling: Telling) -> Self {
        // A page without lines is none.
        let silent = matches!(form, Form::Quiet | Form::Document) || quiet && form == Form::Json;
        Self {
            form,
            silent,
            telling,
            lines: Lines::default(),
            look: screen::look(Stream::Stdout),
            text: String::new(),
            kept: Vec::new(),
            cut: 0,
            events: 0,
            said: Instant::now(),
        }
    }

    /// The run so far, where it is told.
    pub(super) fn story(&self) -> Option<&Story> {
        (!self.silent).then(|| self.telling.story())
    }

    pub(super) fn push(&mut self, recorded: &Recorded<Event>) {
        if !self.silent {
            let lines = self.telling.push(recorded);
            self.take(lines);
        }
        self.events += 1;
        if self.form != Form::Quiet
            && self.events.is_multiple_of(LOOK_EVERY)
            && self.said.elapsed() >= SILENCE
        {
            self.print();
            self.said = Instant::now();
            output::talk(&format!("{} events made again\n", self.events));
        }
    }

    pub(super) fn finish(mut self) -> End {
        let lines = self.telling.last_lines();
        self.take(lines);
        self.print();
        End { lines: self.kept, cut: self.cut, story: self.telling.into_story() }
    }

    fn take(&mut self, lines: Vec<Line>) {
        for line in lines {
            match self.form {
                Form::Quiet | Form::Document => {}
                Form::Text => self.text += &self.lines.render(&line, self.look),
                Form::Json | Form::Html if self.kept.len() < LINES_MAX => self.kept.push(line),
                Form::Json | Form::Html => self.cut += 1,
            }
        }
        if self.text.len() >= TOGETHER {
            self.print();
        }
    }

    fn print(&mut self) {
        if !self.text.is_empty() {
            output::result(&std::mem::take(&mut self.text));
            self.said = Instant::now();
        }
    }
}
