//! Bounds and hostile input: nothing hangs, nothing panics, everything is said.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use expect_test::expect;

use super::{check, run, text_of, world};

/// A debug build on a busy machine: what is bounded ends far below, what is not never does.
const PATIENCE: Duration = Duration::from_secs(20);

fn quick(files: &str) -> String {
    let begun = Instant::now();
    let text = text_of(&run(files));
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    text
}

#[test]
fn brackets_without_end_are_refused_at_once() {
    let text = quick(&format!("steps: {}", "[".repeat(100_000)));
    expect![[r#"
        dod.yaml:1:72 error Y010 «» values lie more than 64 levels deep inside each other
    "#]]
    .assert_eq(&text);
    let text = quick(&"a:\n ".repeat(3).replace("a:", &"- ".repeat(5000)));
    assert!(text.contains("Y010"), "{text}");
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = level - 1;
        let row = vec![format!("*a{before}"); 10].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{row}]").unwrap();
    }
    let text = quick(&bomb);
    expect![[r#"
        dod.yaml:5:40 error Y010 «*a3» aliases expand to more than 100000 values
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_merge_bomb_is_refused() {
    let mut bomb = String::from("a0: &a0 { x: y }\n");
    for level in 1..30 {
        let before = level - 1;
        writeln!(bomb, "a{level}: &a{level} {{ l: *a{before}, r: *a{before}, <<: *a{before} }}").unwrap();
    }
    assert!(quick(&bomb).contains("Y010"));
}

#[test]
fn an_alias_inside_its_own_anchor_is_refused() {
    check(
        "steps: { a: &a { run: x, env: *a } }\n",
        &expect![[r#"
        dod.yaml:1:31 error Y007 «*a» an alias stands inside the value that it names
    "#]],
    );
}

#[test]
fn a_matrix_of_too_many_legs_is_refused_before_it_is_made() {
    let axis = |name: &str| {
        format!("{name}: [{}]", (0..1000).map(|at| at.to_string()).collect::<Vec<_>>().join(", "))
    };
    let file = format!(
        "steps: {{ a: {{ run: x, matrix: {{ {}, {}, {}, {} }} }} }}",
        axis("a"),
        axis("b"),
        axis("c"),
        axis("d")
    );
    let text = quick(&file);
    assert!(text.contains("W011") && text.contains("more than 10000 legs"), "{text}");
}

#[test]
fn legs_that_need_legs_are_bounded() {
    let axis = (0..500).map(|at| at.to_string()).collect::<Vec<_>>().join(", ");
    let step = |needs: &str| format!("{{ run: x, matrix: {{ a: [{axis}] }}, needs: [{needs}] }}");
    let text = quick(&format!("steps:\n  a: {}\n  b: {}\n", step(""), step("a")));
    expect![[r#"
        dod.yaml:3:3 error W011 «b» the workflow has more than 200000 needs
    "#]]
    .assert_eq(&text);
}

#[test]
fn calls_that_multiply_are_bounded() {
    let mut files =
        String::from("steps: { a: { workflow: w0.yaml, matrix: { x: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] } } }\n");
    for level in 0..12 {
        let next = level + 1;
        write!(files, "--- w{level}.yaml\nsteps: {{ a: {{ workflow: w{next}.yaml, matrix: {{ x: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }} }} }}\n").unwrap();
    }
    files.push_str("--- w12.yaml\nsteps: { a: { run: x } }\n");
    let options = world::Options { steps_max: 2000, ..Default::default() };
    let checked = world::with(&files, &options);
    assert!(checked.workflow.is_none());
    assert!(checked.problems.iter().any(|problem| problem.code == "W011"));
}

#[test]
fn an_environment_that_multiplies_is_bounded() {
    let env = (0..1000).map(|at| format!("V{at}: x")).collect::<Vec<_>>().join(", ");
    let axis = (0..9999).map(|at| at.to_string()).collect::<Vec<_>>().join(", ");
    let text = quick(&format!("env: {{ {env} }}\nsteps: {{ a: {{ run: x, matrix: {{ a: [{axis}] }} }} }}\n"));
    expect![[r#"
        dod.yaml:2:10 error W011 «a» the workflow has more than 20971520 bytes once everything is written out
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_long_script_in_many_legs_is_bounded() {
    let axis = (0..9999).map(|at| at.to_string()).collect::<Vec<_>>().join(", ");
    let script = "x".repeat(100_000);
    let file = format!(
        "steps: {{ a: {{ run: 'echo ${{{{ matrix.a }}}} {script}', matrix: {{ a: [{axis}] }} }} }}\n"
    );
    let text = quick(&file);
    expect![[r#"
        dod.yaml:1:10 error W011 «a» the workflow has more than 20971520 bytes once everything is written out
    "#]]
    .assert_eq(&text);
}

#[test]
fn projects_that_multiply_are_bounded() {
    let mut files =
        String::from("projects: { a: { path: a, workflow: w0.yaml }, b: { path: b, workflow: w0.yaml } }\n");
    for level in 0..28 {
        let next = level + 1;
        write!(files, "--- w{level}.yaml\nprojects: {{ a: {{ path: a, workflow: w{next}.yaml }}, b: {{ path: b, workflow: w{next}.yaml }} }}\n").unwrap();
    }
    files.push_str("--- w28.yaml\nsteps: { a: { run: x } }\n");
    let text = quick(&files);
    expect![[r#"
        w24.yaml:1:73 error W011 «w25.yaml» projects and called workflows name more than 5000 files
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_flood_of_mistakes_ends() {
    let mut file = String::from("steps:\n");
    for at in 0..20_000 {
        writeln!(file, "  step-{at}: {{ run: x, needs: [setp-{at}], x: y }}").unwrap();
    }
    let text = quick(&file);
    assert_eq!(text.lines().count(), 501);
    let many = "{ a: 1, a: 2 },\n ".repeat(20_000);
    assert_eq!(quick(&format!("x: [{many}]\n")).lines().count(), 501);
}

#[test]
fn ten_thousand_steps_lower() {
    const STEPS: usize = 10_000;
    let mut file = String::from("steps:\n");
    for at in 0..STEPS {
        let before = usize::saturating_sub(at, 1);
        let needs = if at == 0 { String::new() } else { format!(", needs: [s{before}]") };
        writeln!(file, "  s{at}: {{ run: ./x{needs} }}").unwrap();
    }
    let begun = Instant::now();
    let checked = run(&file);
    assert_eq!(checked.workflow.expect("sound").nodes().len(), STEPS);
    eprintln!("{STEPS} steps: {:?}, {} MB of text", begun.elapsed(), file.len() >> 20);
}

#[test]
fn a_long_circle_is_shown_by_its_ends() {
    let mut file = String::from("steps:\n");
    for at in 0..100 {
        writeln!(file, "  s{at}: {{ run: x, needs: s{} }}", (at + 1) % 100).unwrap();
    }
    let text = quick(&file);
    let line = text.lines().next().unwrap();
    assert!(line.contains("`s0` needs `s1`") && line.contains("needs … needs"), "{line}");
}

/// A small generator with a fixed seed (xorshift64*), so that a failure can be made again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides.max(1)
    }
}

const SEEDS: &[&str] = &[
    "version: 1\nname: x\ndod: \">=0.1\"\npolicy: standard\ndefaults: { timeout: 5m, retry: 2 }\npools: { p: 1 }\n",
    "steps:\n  a: { run: x, needs: [b], if: 'branch == \"é\" && matrix.os', matrix: { os: [a, b], exclude: [{ os: a }] } }\n  b: &x { run: |\n      echo ${{ matrix.os }}\n }\n  c: { <<: *x, any: 1, of: [a] }\n",
    "inputs: { a: { type: integer, default: 3 } }\nservices: { db: { run: [x], ready: { tcp: 1 } } }\nsteps:\n  t: { uses: cargo/test, services: [db], env: { X: '${{ inputs.a }} ${{ steps.b.outputs.c }}' }, evidence: [{ junit: x }] }\n  u:\n    workflow: dod.yaml\n    with: { a: \"4\" }\n",
    "include: [dod.yaml, { git: x, rev: 3f2c000000000000000000000000000000000000, path: y }]\nprojects: { p: { path: a/../b, workflow: builtin/rust } }\nsteps: { w: { wait: 1h30m }, m: { message: { name: x } }, a: { approve: { from: [security], min: 2 } } }\n--- builtin/rust\nsteps: { lint: { uses: cargo/clippy } }\n",
];

const PIECES: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    ":",
    ": ",
    ",",
    "- ",
    "\n",
    "\n  ",
    "\t",
    "\"",
    "'",
    "|",
    ">",
    "*",
    "&a ",
    "*a",
    "!x ",
    "#",
    "%",
    "@",
    "${{",
    "}}",
    "<<: ",
    "~",
    "\u{feff}",
    "\0",
    "é",
    "\u{2028}",
    "---\n",
    "? ",
    "\r\n",
    "\\",
    "needs",
    "999999999999999999999",
];

#[test]
fn no_text_makes_it_panic() {
    let mut dice = Dice(0x5EED);
    for round in 0..3000 {
        let mut text = SEEDS[round % SEEDS.len()].to_owned();
        for _ in 0..=dice.roll(6) {
            let boundary = |dice: &mut Dice, text: &str| {
                let mut at = dice.roll(text.len() + 1);
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let (from, to) = (boundary(&mut dice, &text), boundary(&mut dice, &text));
            match dice.roll(3) {
                0 => text.insert_str(from, PIECES[dice.roll(PIECES.len())]),
                1 => {
                    let end = to.clamp(from.min(to), text.len()).min(from.min(to) + 12);
                    let end = (from.min(to)..=end).rev().find(|at| text.is_char_boundary(*at)).unwrap();
                    text.replace_range(from.min(to)..end, "");
                }
                _ => {
                    let part = text[from.min(to)..from.max(to)].to_owned();
                    let at = boundary(&mut dice, &text);
                    text.insert_str(at, &part);
                }
            }
        }
        let checked = run(&text);
        assert!(checked.workflow.is_some() || !checked.problems.is_empty(), "silence about {text:?}");
        for problem in &checked.problems {
            let place = checked.sources.place(problem.span);
            assert!(place.line > 0 && !problem.message.is_empty(), "{problem:?}");
            assert!(crate::diagnose::codes::explain(problem.code).is_some(), "{}", problem.code);
        }
    }
}
