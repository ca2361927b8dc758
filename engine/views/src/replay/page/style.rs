//! How the page looks: light and dark, on the screen and on paper, by style alone.
//!
//! **Absent on purpose:** fonts and pictures from elsewhere.

pub(super) const STYLE: &str = "\
:root { --ground: #ffffff; --ink: #1b1f24; --soft: #59636e; --line: #d1d9e0; --good: #116329; --bad: #b3261e;
  --unknown: #8a5a00; --shade: #f6f8fa; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14181d; --ink: #e4e8ec; --soft: #98a2ad; --line: #363d46; --good: #57c26f; --bad: #ff7b72;
    --unknown: #e0ab44; --shade: #1d232a; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
.headline { font-size: 1.2rem; font-weight: 600; margin: .3rem 0; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
.facts th { width: 14rem; font-weight: 500; color: var(--soft); }
article { border-left: 3px solid var(--line); padding-left: .8rem; margin: 1rem 0; break-inside: avoid; }
article.passed { border-color: var(--good); }
article.failed { border-color: var(--bad); }
article.undecided, article.waived { border-color: var(--unknown); }
p.passed, tr.passed td:nth-child(2), article.passed .state, li.passed { color: var(--good); }
p.failed, tr.failed td:nth-child(2), article.failed .state, li.failed { color: var(--bad); }
p.undecided, p.waiting, tr.undecided td:nth-child(2), tr.waived td:nth-child(2), article.undecided .state,
article.waived .state, li.undecided { color: var(--unknown); }
.events { list-style: none; padding: 0; }
.events > li { padding: .15rem .3rem; overflow-wrap: anywhere; }
.events > li.fact { margin-top: .4rem; }
.events > li.decision { padding-left: 2.2rem; }
.events > li.folded { color: var(--soft); }
.events > li:target, .events > li:has(:target) { background: var(--shade); outline: 2px solid var(--unknown); }
.events ul { margin: 0; padding-left: 1.4rem; color: var(--ink); }
time, .seq, .to { color: var(--soft); font-variant-numeric: tabular-nums; font-size: .9em; }
.seq, .to { text-decoration: none; }
.to::before { content: \"#\"; }
code { font-family: ui-monospace, monospace; font-size: .92em; }
pre { background: var(--shade); padding: .8rem; overflow-x: auto; }
@media print {
  :root { --ground: #ffffff; --ink: #000000; --soft: #444444; --line: #aaaaaa; --good: #004d00; --bad: #8b0000;
    --unknown: #5c3d00; --shade: #ffffff; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  pre { white-space: pre-wrap; }
}
";
