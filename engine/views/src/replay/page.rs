//! A run as one page: the verdict, what it rests on, who answered, every gate with its rules, and the events.
//!
//! The page is one file without scripts, pictures or addresses: it opens without a network, prints, and follows the light
//! or dark of whoever reads it by style alone. The same run gives the same bytes.
//!
//! **Absent on purpose:** facts that the log does not have.

mod style;

use dod_kernel::policy::{Policy, RuleOutcome, State};
use dod_kernel::run::Identity;

use super::{Line, LineKind, Moment, decision, fact, joined, names};
use crate::look::{Look, Paint, clean};
use crate::story::{Standing, Story};
use crate::verdict::{GateStands, VerdictDocument, WaiverStands};
use crate::{summary, time, words};

/// Anchors of one line that stands for several events.
const ANCHORS_MAX: u64 = 1_000;

/// What a page is made of.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    /// The run, as far as it was made again.
    pub story: &'a Story,
    /// What it came to, where there is a verdict.
    pub document: Option<&'a VerdictDocument>,
    /// The policy that it was judged by, where it is at hand.
    pub policy: Option<&'a Policy>,
    /// The events.
    pub lines: &'a [Line],
    /// Lines that are left out, because there are too many.
    pub lines_cut: u64,
    /// `good`, `different`, …
    pub status: &'a str,
    /// What came of the replay.
    pub result: &'a str,
    /// The run behind one event, where that was asked for.
    pub moment: Option<&'a Moment>,
}

/// The page, as text.
pub fn page(page: Page<'_>) -> String {
    let Page { story, document, lines, lines_cut, status, result, moment, policy } = page;
    let id = story.id().map(ToString::to_string).unwrap_or_default();
    let mut html = Html::default();
    html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
    html.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
    html.raw("<title>");
    html.text(&format!("run {id}"));
    html.raw("</title>\n");
    html.raw("<style>\n");
    html.raw(style::STYLE);
    html.raw("</style>\n</head>\n<body>\n<main>\n<header>\n");
    html.element("h1", &format!("run {id}"));
    let state = document.map_or(story.state(), |document| document.verdict.word());
    html.raw(&format!("<p class=\"headline {state}\">"));
    html.text(&summary::headline(story, Look::PLAIN));
    html.raw("</p>\n");
    let class = if status == "good" { "passed" } else { "undecided" };
    html.raw(&format!("<p class=\"replayed {class}\">"));
    html.text(&format!("{status}: {result}"));
    html.raw("</p>\n</header>\n");
    ground(&mut html, story, document);
    if let Some(document) = document {
        reasons(&mut html, story, document, policy);
        people(&mut html, document);
        gates(&mut html, document, policy);
    }
    if let Some(moment) = moment {
        html.raw("<section>\n<h2 id=\"moment\">The run behind that event</h2>\n<pre>");
        html.text(&moment.render(Look::PLAIN));
        html.raw("</pre>\n</section>\n");
    }
    timeline(&mut html, lines, lines_cut);
    html.raw("</main>\n</body>\n</html>\n");
    html.0
}

fn ground(html: &mut Html, story: &Story, document: Option<&VerdictDocument>) {
    html.raw("<section>\n<h2 id=\"ground\">What it rests on</h2>\n<table class=\"facts\">\n");
    if let Some((at, started)) = &story.started {
        html.row("workflow", &format!("{}{}", fact::named(story), started.workflow));
        if let Some(document) = document {
            let policy = &document.policy;
            let version = policy.version.map(|version| format!("@{version}")).unwrap_or_default();
            let extends = match policy.extends.is_empty() {
                true => String::new(),
                false => format!(", extends {}", names(&policy.extends)),
            };
            html.row("policy", &format!("{}{version} {}{extends}", policy.name, policy.digest));
            let scope = if document.left_out.is_empty() {
                "full".to_owned()
            } else {
                format!("partial: {} left out", names(&document.left_out))
            };
            html.row("scope", &scope);
        }
        html.row("policies, waivers, roles", &started.governance.to_string());
        let definitions = words::definitions(started.definitions);
        html.row(
            "definitions",
            definitions.map_or("protected: read from the base", |said| {
                said.strip_prefix("definitions: ").unwrap_or(said)
            }),
        );
        if let Some(dod_kernel::value::Value::Text(commit)) = started.facts.get("commit") {
            html.row("commit", commit);
        }
        if let Some(tree) = started.tree {
            html.row("tree", &tree.to_string());
        }
        if let Some(origin) = &started.origin {
            html.row("origin", origin);
        }
        html.row("program", &started.program);
        html.row("began", &time::rfc3339(*at));
        started.sources.iter().for_each(|source| html.row("joins", &joined(source)));
        for word in &started.settings {
            html.row("setting", word);
        }
    }
    if let Some(document) = document {
        html.row("ended", &time::rfc3339(document.finished_at));
        html.row("authors, as claimed", &names(&document.authors));
        if !document.tree_changed.is_empty() {
            html.row("changed during the run", &names(&document.tree_changed));
        }
        for kind in &document.not_measured {
            html.row("not measured", &words::not_measured(story, kind));
        }
    }
    html.raw("</table>\n</section>\n");
}

fn reasons(html: &mut Html, story: &Story, document: &VerdictDocument, policy: Option<&Policy>) {
    html.raw("<section>\n<h2 id=\"reasons\">Why</h2>\n");
    if document.reasons.is_empty() && document.rests_on.is_empty() {
        html.element("p", "Nothing speaks against it.");
    }
    html.raw("<ul>\n");
    for reason in &document.reasons {
        html.raw("<li>");
        html.sentence(&words::reason(story, reason, policy));
        if let Some(seq) = decision::tells(story, reason) {
            html.link(seq);
        }
        html.raw("</li>\n");
    }
    for one in &document.rests_on {
        html.element("li", &words::rests_on(story, &one.gate, &one.run));
    }
    html.raw("</ul>\n");
    if !document.rules.is_empty() {
        rules(html, &document.rules, policy);
    }
    html.raw("</section>\n");
}

fn people(html: &mut Html, document: &VerdictDocument) {
    if document.answers.is_empty() && document.waivers.is_empty() {
        return;
    }
    html.raw("<section>\n<h2 id=\"people\">People</h2>\n");
    if !document.answers.is_empty() {
        html.raw("<table>\n<tr><th>who</th><th>says</th><th>to</th><th>because</th><th>when</th><th>event</th></tr>\n");
        for given in &document.answers {
            let answer = &given.answer;
            html.raw("<tr>");
            html.cell(&words::actor(&answer.by));
            html.cell(if answer.accept { "yes" } else { "no" });
            html.cell(&answer.step.name);
            html.cell(answer.because.as_deref().unwrap_or_default());
            html.cell(&time::rfc3339(given.at));
            html.raw("<td>");
            html.link(given.seq);
            html.raw("</td></tr>\n");
        }
        html.raw("</table>\n");
    }
    if !document.waivers.is_empty() {
        html.raw("<h3>Waivers</h3>\n<table>\n<tr><th>of</th><th>where</th><th>state</th><th>approved by</th><th>until</th><th>because</th></tr>\n");
        for WaiverStands { refused, state, waiver } in &document.waivers {
            html.raw("<tr>");
            html.cell(&waiver.of);
            html.cell(waiver.scope.as_deref().unwrap_or("everywhere"));
            let why = refused.map(|why| format!(": {}", words::refused(why))).unwrap_or_default();
            html.cell(&format!("{}{why}", state.replace('_', " ")));
            html.cell(&words::actor(&Identity { name: waiver.approved_by.clone(), proved: waiver.proved }));
            html.cell(&time::minute(waiver.expires));
            html.cell(&waiver.reason);
            html.raw("</tr>\n");
        }
        html.raw("</table>\n");
    }
    html.raw("</section>\n");
}

fn gates(html: &mut Html, document: &VerdictDocument, policy: Option<&Policy>) {
    html.raw("<section>\n<h2 id=\"gates\">Gates</h2>\n");
    if document.gates.is_empty() {
        html.element("p", "No gate left evidence that could be judged.");
    }
    for gate in &document.gates {
        let GateStands { evidence, evidence_seq, kind, name, outcomes, seq, state } = gate;
        html.raw(&format!("<article class=\"{}\">\n<h3>", state.word()));
        html.text(name);
        html.raw(" <span class=\"state\">");
        html.text(state_word(*state));
        html.raw("</span>");
        html.link(*seq);
        html.raw("</h3>\n<p>");
        if let Some(kind) = kind {
            html.text(&format!("a gate of the kind {kind}. "));
        }
        if let Some(evidence) = evidence {
            html.text(&format!("Its evidence {evidence}"));
            if let Some(seq) = evidence_seq {
                html.text(" was read at");
                html.link(*seq);
            }
            html.text(".");
        }
        html.raw("</p>\n");
        rules(html, outcomes, policy);
        html.raw("</article>\n");
    }
    html.raw("</section>\n");
}

fn rules(html: &mut Html, outcomes: &[RuleOutcome], policy: Option<&Policy>) {
    if outcomes.is_empty() {
        return;
    }
    html.raw("<table>\n<tr><th>rule</th><th>came out</th><th>fact</th><th>demand</th></tr>\n");
    for outcome in outcomes {
        let rule = policy.and_then(|policy| policy.rules.iter().find(|rule| rule.id == outcome.rule));
        html.raw(&format!("<tr class=\"{}\">", outcome.state.word()));
        html.cell(&outcome.rule);
        html.cell(state_word(outcome.state));
        html.cell(&words::why(outcome, policy));
        html.cell(&rule.map(words::demand).unwrap_or_default());
        html.raw("</tr>\n");
    }
    html.raw("</table>\n");
}

fn state_word(state: State) -> &'static str {
    Standing::from(state).word()
}

fn timeline(html: &mut Html, lines: &[Line], lines_cut: u64) {
    html.raw("<section>\n<h2 id=\"events\">Events</h2>\n<ol class=\"events\">\n");
    for line in lines {
        let kind = match line.kind {
            LineKind::Fact => "fact",
            LineKind::Decision => "decision",
            LineKind::Folded => "folded",
        };
        let paint = match line.paint {
            Some(Paint::Good) => " passed",
            Some(Paint::Bad) => " failed",
            Some(Paint::Unknown) => " undecided",
            _ => "",
        };
        html.raw(&format!("<li id=\"e{}\" class=\"{kind}{paint}\">", line.seq));
        let last = line.last.unwrap_or(line.seq);
        for seq in (line.seq..=last).skip(1).take(usize::try_from(ANCHORS_MAX).unwrap_or(usize::MAX)) {
            html.raw(&format!("<a id=\"e{seq}\"></a>"));
        }
        let number = if last == line.seq { line.seq.to_string() } else { format!("{}-{last}", line.seq) };
        html.raw(&format!("<a class=\"seq\" href=\"#e{}\">{number}</a> ", line.seq));
        if line.kind == LineKind::Fact {
            html.raw("<time>");
            html.text(&line.at);
            html.raw("</time> ");
        }
        html.sentence(&line.text);
        for seq in &line.from {
            html.link(*seq);
        }
        if !line.details.is_empty() {
            html.raw("<ul>");
            line.details.iter().for_each(|detail| html.element("li", detail));
            html.raw("</ul>");
        }
        html.raw("</li>\n");
    }
    html.raw("</ol>\n");
    if lines_cut > 0 {
        let more = words::count(lines_cut, "more line", "more lines");
        html.element("p", &format!("and {more}, which the log has"));
    }
    html.raw("</section>\n");
}

/// The page while it is written. Text goes through [`Html::text`], which escapes it.
#[derive(Default)]
struct Html(String);

impl Html {
    /// Markup of ours.
    fn raw(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    /// Text of anybody, without what would be markup or turn the direction of writing.
    fn text(&mut self, text: &str) {
        for char in clean(text, false).chars() {
            match char {
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '"' => self.raw("&quot;"),
                '\'' => self.raw("&#39;"),
                // What XML does not allow, HTML does not show.
                '\u{fffe}' | '\u{ffff}' => {}
                _ => self.0.push(char),
            }
        }
    }

    /// A sentence: what stands in backticks is set as a name.
    fn sentence(&mut self, text: &str) {
        let parts: Vec<&str> = text.split('`').collect();
        // A backtick that nothing closes is one that somebody wrote.
        if parts.len().is_multiple_of(2) {
            return self.text(text);
        }
        for (at, part) in parts.into_iter().enumerate() {
            match at % 2 {
                0 => self.text(part),
                _ => {
                    self.raw("<code>");
                    self.text(part);
                    self.raw("</code>");
                }
            }
        }
    }

    fn element(&mut self, name: &str, text: &str) {
        self.raw(&format!("<{name}>"));
        self.sentence(text);
        self.raw(&format!("</{name}>\n"));
    }

    fn cell(&mut self, text: &str) {
        self.raw("<td>");
        self.sentence(text);
        self.raw("</td>");
    }

    fn row(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        self.raw("<tr><th>");
        self.text(name);
        self.raw("</th>");
        self.cell(value);
        self.raw("</tr>\n");
    }

    /// To an event.
    fn link(&mut self, seq: u64) {
        self.raw(&format!(" <a class=\"to\" href=\"#e{seq}\">{seq}</a>"));
    }
}
