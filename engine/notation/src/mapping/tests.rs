//! Claims about mapping packs.

use expect_test::{Expect, expect};

use super::{BUILTIN_PACKS, read_pack};

fn check(text: &str, expect: &Expect) {
    let (pack, sources, problems) = read_pack("mappings/a.yaml", text);
    let mut told: Vec<String> = problems
        .iter()
        .map(|one| {
            let place = sources.place(one.span);
            let hint = one.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("{}:{} {} {}{hint}\n", place.line, place.column, one.code, one.message)
        })
        .collect();
    for one in pack.iter().flat_map(|pack| &pack.requirements) {
        told.push(format!("{} {:?} {:?} {:?}\n", one.id, one.gates, one.rules, one.run));
    }
    expect.assert_eq(&told.concat());
}

#[test]
fn the_packs_of_the_program_are_sound() {
    for (name, text) in BUILTIN_PACKS {
        let (pack, _, problems) = read_pack(name, text);
        assert!(problems.is_empty(), "{name}: {problems:?}");
        let pack = pack.unwrap();
        assert_eq!(&*pack.framework, *name);
        for one in &pack.requirements {
            let supported = !one.gates.is_empty() || !one.rules.is_empty() || !one.run.is_empty();
            assert!(supported, "{name}/{} names nothing that supports it", one.id);
        }
    }
}

#[test]
fn a_pack_names_gates_rules_and_facts_of_the_run() {
    check(
        "framework: house-1\ntitle: Ours\nrequirements:\n  - { id: DEV-7, title: t, gates: [load], rules: p99, run: [approved, approved] }\n",
        &expect![[r#"
            DEV-7 ["load"] ["p99"] [Approved]
        "#]],
    );
}

#[test]
fn mistakes_are_told_with_their_place() {
    check(
        "framework: 'a/b'\nrequirements:\n  - { id: A, title: t, run: [aproved] }\n  - { id: A, title: t, gate: x }\n",
        &expect![[r#"
            1:1 Y103 a mapping pack needs `title`
            1:12 P021 `framework` is letters, digits, `.`, `_`, `-` and brackets, not `a/b`
            3:30 Y106 `run` names `approved`, `judged`, `passed`, `protected` or `unchanged`, not `aproved` (did you mean `approved`?)
            4:5 P003 two requirements are called `A`
            4:24 Y101 a requirement has no key `gate` (did you mean `gates`?)
        "#]],
    );
    check(
        "framework: a\ntitle: t\nrequirements: {}\n",
        &expect![[r#"
        3:15 Y102 `requirements` is a list, not a map
    "#]],
    );
}
