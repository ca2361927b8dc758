//! The style sheet: colors by day and by night.
//!
//! Colors are those that people with any kind of color vision tell apart (after Okabe and Ito), and no color stands
//! alone: each state has a symbol as well. The sheet uses classes and a media query, not custom properties, so that
//! programs which know only SVG 1.1 (librsvg, Inkscape, resvg) show the day's colors.
//!
//! **Absent on purpose:** anything that is loaded from elsewhere.

use crate::story::Standing;

/// How a state looks; several states share a color and differ in their symbol.
pub(super) fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Passed => "good",
        Standing::Failed => "bad",
        Standing::Undecided | Standing::Waived | Standing::Held => "unsure",
        Standing::Ready | Standing::Running | Standing::Retrying => "live",
        Standing::Waiting => "wait",
        Standing::Skipped | Standing::NotApplicable => "off",
    }
}

/// The symbol of a state around the origin: a path within 4 units.
pub(super) fn symbol(standing: Standing) -> &'static str {
    match standing {
        Standing::Passed => "M-3.6.2-1.1 2.8 3.7-2.7",
        Standing::Failed => "M-2.8-2.8 2.8 2.8M2.8-2.8-2.8 2.8",
        Standing::Undecided => "M-2.3-1.5C-2.3-4.4 2.5-4.4 2.5-1.6 2.5.2 0-.2 0 1.7M0 3.7V3.8",
        Standing::Waived => "M-3.6 1.2C-2.4-2-1-1.4 0 0S2.4 2 3.6-1.2",
        Standing::Held => "M-1.6-2.9V2.9M1.6-2.9V2.9",
        Standing::Ready => "M-3.2 0H-3.1M0 0H.1M3.2 0H3.3",
        Standing::Running => "M-1.8-3 3 0-1.8 3Z",
        Standing::Retrying => "M2.7-2A3.4 3.4 0 1 0 3.3.8M3.2-4V-1.6H.8",
        Standing::Waiting => "M-2.5-3.3H2.5L-2.5 3.3H2.5Z",
        Standing::Skipped => "M-3.2-2.6-.6 0-3.2 2.6M.6-2.6 3.2 0 .6 2.6",
        Standing::NotApplicable => "M-3.2 0H3.2",
    }
}

/// The symbol of what could not go on.
pub(super) const HALTED: &str = "M0-3.7V.8M0 3.5V3.6";

/// The style sheet.
pub(super) const STYLE: &str = "\
svg{font-family:\"Helvetica Neue\",Helvetica,Arial,\"Liberation Sans\",\"DejaVu Sans\",system-ui,sans-serif}
.bg{fill:#fff}
.box{fill:#fff;stroke:#3b434c;stroke-width:1.5}
.frame{fill:#f6f8fa;fill-opacity:.55}
.pool{fill:#fff;stroke:#57606a;stroke-width:1.5}
.lane{fill:none;stroke:#8c959f;stroke-width:1}
.group{fill:none;stroke:#8c959f;stroke-width:1.3;stroke-dasharray:9 4 2 4}
.thick{stroke-width:3.4}
.end{stroke-width:3.6}
.dash{stroke-dasharray:5 3.5}
.dots{stroke-dasharray:1.5 3.5;stroke-linecap:round}
.ring{fill:none;stroke:#3b434c;stroke-width:1.4}
.i{fill:none;stroke:#3b434c;stroke-width:1.3;stroke-linejoin:round;stroke-linecap:round}
.j{fill:#3b434c;stroke:#3b434c;stroke-width:1;stroke-linejoin:round}
.k{fill:none;stroke:#fff;stroke-width:1.1;stroke-linejoin:round;stroke-linecap:round}
.g{stroke-width:3}
.f{fill:none;stroke:#57606a;stroke-width:1.4;stroke-linejoin:round}
.a{fill:#57606a;stroke:#57606a;stroke-width:1;stroke-linejoin:round}
.o{fill:#fff;stroke:#57606a;stroke-width:1.3;stroke-linejoin:round}
.on .f{stroke:#1f2328;stroke-width:2.6}
.on .a{fill:#1f2328;stroke:#1f2328}
.t{fill:#1f2328;font-size:12px}
.s{fill:#4b545e;font-size:11px}
.l{fill:#1f2328;font-size:11px;paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}
.h{fill:#1f2328;font-size:14px;font-weight:600}
.m{text-anchor:middle}
.good .box,.good.b{fill:#dff3ea;stroke:#00704d}
.bad .box,.bad.b{fill:#fde6dc;stroke:#b83f00}
.unsure .box,.unsure.b{fill:#fff3cf;stroke:#8a6100}
.live .box,.live.b{fill:#ddedfa;stroke:#005a96}
.wait .box,.wait.b{fill:#f6e4ef;stroke:#94346d}
.off .box,.off.b{fill:#f1f2f4;stroke:#7d868f}
.off .box{stroke-dasharray:6 3}
.off .t{fill:#4b545e}
.good .frame,.bad .frame,.unsure .frame,.live .frame,.wait .frame,.off .frame{fill-opacity:.3}
.b{stroke-width:1.4}
.y{fill:none;stroke-width:1.7;stroke-linejoin:round;stroke-linecap:round}
.good .y{stroke:#00593d}.bad .y{stroke:#9c3500}.unsure .y{stroke:#6e4d00}
.live .y{stroke:#004a7c}.wait .y{stroke:#7b2659}.off .y{stroke:#565e66}
.token{fill:#1f2328;stroke:#fff;stroke-width:1.5}
.n{fill:#fff;font-size:9px;font-weight:700;text-anchor:middle}
@media (prefers-color-scheme:dark){
.bg{fill:#0d1117}
.box{fill:#161b22;stroke:#b1bac4}
.frame{fill:#1c2129}
.pool{fill:#0d1117;stroke:#8b949e}
.lane,.group{stroke:#6e7681}
.ring,.i{stroke:#b1bac4}
.j{fill:#b1bac4;stroke:#b1bac4}
.k{stroke:#161b22}
.f{stroke:#9aa4ae}
.a{fill:#9aa4ae;stroke:#9aa4ae}
.o{fill:#0d1117;stroke:#9aa4ae}
.on .f{stroke:#e6edf3}
.on .a{fill:#e6edf3;stroke:#e6edf3}
.t,.h{fill:#e6edf3}
.s{fill:#a5afb9}
.l{fill:#e6edf3;stroke:#0d1117}
.good .box,.good.b{fill:#0b3a2b;stroke:#3fc595}
.bad .box,.bad.b{fill:#4a1d08;stroke:#ff8a52}
.unsure .box,.unsure.b{fill:#3d2f06;stroke:#e3b341}
.live .box,.live.b{fill:#0c3250;stroke:#62b5f0}
.wait .box,.wait.b{fill:#40172f;stroke:#e58fc0}
.off .box,.off.b{fill:#1b2027;stroke:#8b949e}
.off .t{fill:#a5afb9}
.good .y{stroke:#7ee2bb}.bad .y{stroke:#ffb48f}.unsure .y{stroke:#f2cc60}
.live .y{stroke:#a5d6ff}.wait .y{stroke:#f3bfdd}.off .y{stroke:#b1bac4}
.token{fill:#e6edf3;stroke:#0d1117}
.n{fill:#0d1117}
}
";
