//! One test per mistake: what the user is told, and where.

use expect_test::expect;

use super::{check, check_with, world::Options};

macro_rules! mistakes {
    ($($name:ident: $files:expr => $expected:expr;)*) => {
        $(#[test] fn $name() { check($files, &$expected); })*
    };
}

mistakes! {
    a_needed_step_that_does_not_exist: "steps:\n  test: { run: x }\n  publish: { run: y, needs: [tests] }\n" => expect![[r#"
        dod.yaml:3:30 error W012 «tests» step `publish` needs `tests`, which does not exist | no step has this name | help: did you mean `test`?
    "#]];
    a_needed_step_that_resembles_nothing: "steps:\n  test: { run: x, needs: deploy }\n" => expect![[r#"
        dod.yaml:2:26 error W012 «deploy» step `test` needs `deploy`, which does not exist | no step has this name
    "#]];
    an_unknown_key_of_a_step: "steps:\n  test: { run: x, need: [a] }\n" => expect![[r#"
        dod.yaml:2:19 error Y101 «need» a step has no key `need` | not known here | help: did you mean `needs`?
    "#]];
    an_unknown_key_of_the_file: "step:\n  test: { run: x }\n" => expect![[r#"
        dod.yaml:1:1 error Y101 «step» a workflow file has no key `step` | not known here | help: did you mean `steps`?
    "#]];
    words_of_other_programs: "jobs: {}\nsteps:\n  a: { script: x, depends_on: [b], timeout-minutes: 5, working-directory: x, when: always }\n" => expect![[r#"
        dod.yaml:1:1 error Y101 «jobs» a workflow file has no key `jobs` | not known here | help: here it is called `steps`
        dod.yaml:3:8 error Y101 «script» a step has no key `script` | not known here | help: here it is called `run`
        dod.yaml:3:19 error Y101 «depends_on» a step has no key `depends_on` | not known here | help: here it is called `needs`
        dod.yaml:3:36 error Y101 «timeout-minutes» a step has no key `timeout-minutes` | not known here | help: here it is called `timeout`
        dod.yaml:3:56 error Y101 «working-directory» a step has no key `working-directory` | not known here | help: here it is called `cwd`
        dod.yaml:3:78 error Y101 «when» a step has no key `when` | not known here | help: here it is called `if`
    "#]];
    several_mistakes_are_said_at_once: "nmae: x\nsteps:\n  a: { run: x, timeout: soon, needs: [b] }\n  c: { uses: cargo/clipy }\n  d: {}\n" => expect![[r#"
        dod.yaml:1:1 error Y101 «nmae» a workflow file has no key `nmae` | not known here | help: did you mean `name`?
        dod.yaml:3:25 error Y107 «soon» `timeout` is a duration, and `soon` is none: a whole number is expected before each unit | help: like `5m`, `1h30m` or `500ms`
        dod.yaml:3:39 error W012 «b» step `a` needs `b`, which does not exist | no step has this name
        dod.yaml:4:14 error W019 «cargo/clipy» the catalogue has no gate `cargo/clipy` | help: did you mean `cargo/clippy`?
        dod.yaml:5:3 error W003 «d» `d` says nothing that it does | help: give it one of `uses`, `run`, `workflow`, `approve`, `judge`, `wait`, `message` and `any`
    "#]];
    a_step_without_action: "steps:\n  a:\n  b: { needs: a }\n" => expect![[r#"
        dod.yaml:2:3 error W003 «a» step `a` says nothing that it does | help: give it one of `uses`, `run`, `workflow`, `approve`, `judge`, `wait`, `message` and `any`
        dod.yaml:3:3 error W003 «b» `b` says nothing that it does | help: give it one of `uses`, `run`, `workflow`, `approve`, `judge`, `wait`, `message` and `any`
    "#]];
    a_step_with_two_actions: "steps:\n  a: { run: x, uses: cargo/test }\n" => expect![[r#"
        dod.yaml:2:8 error W004 «run» `a` has both `uses` and `run`; it can do one thing | dod.yaml:2:16 «uses» the other stands here
    "#]];
    a_step_that_is_a_text: "steps:\n  a: ./test.sh\n" => expect![[r#"
        dod.yaml:2:6 error Y102 «./test.sh» a step is a map, not text | help: like `{ run: ./test.sh }`
    "#]];
    steps_as_a_list: "steps:\n  - run: x\n" => expect![[r#"
        dod.yaml:2:3 error Y102 «- run: x» `steps` is a map, not a list | help: each step has its name as its key: `test: { run: ./test.sh }`
    "#]];
    no_steps: "name: x\n" => expect![[r#"
        dod.yaml:1:1 error W006 «» there is nothing to run | help: write at least one step under `steps:`
    "#]];
    both_steps_and_gates: "steps: { a: { run: x } }\ngates: { b: { run: x } }\n" => expect![[r#"
        dod.yaml:2:1 error W004 «gates» `gates` is another word for `steps`; a file has one of them | dod.yaml:1:1 «steps» the other stands here
    "#]];
    an_empty_file: "" => expect![[r#"
        dod.yaml:1:1 error Y004 «» the file holds nothing
    "#]];
    a_file_of_comments: "# nothing\n" => expect![[r#"
        dod.yaml:1:1 error Y004 «» the file holds nothing
    "#]];
    a_file_that_is_a_list: "- a\n" => expect![[r#"
        dod.yaml:1:1 error Y102 «- a» a workflow file is a map, not a list
    "#]];
    a_version_that_is_not_known: "version: 2\nsteps: { a: { run: x } }\n" => expect![[r#"
        dod.yaml:1:10 error W007 «2» version `2` of the notation is not known | help: write `version: 1`, or leave it out
    "#]];
    a_file_for_a_newer_program: "dod: \">=3\"\nsteps: { a: { run: x } }\n" => expect![[r#"
        dod.yaml:1:6 error W008 «">=3"» the file was written for dod >=3, and this is 0.1.0
    "#]];
    a_range_of_versions_that_is_none: "dod: newest\nsteps: { a: { run: x } }\n" => expect![[r#"
        dod.yaml:1:6 error W008 «newest» `newest` is not a range of versions: unexpected character 'n' while parsing major version number | help: like `">=0.1"`
    "#]];
    an_unquoted_range_of_versions: "dod: >=0.1\nsteps: { a: { run: x, needs: b } }\n" => expect![[r#"
        dod.yaml:1:6 error Y002 «>=0.1» `>` and `|` at the beginning of a value open a YAML text block | quotes are missing | help: put quotes around the whole value: '>=0.1'
        dod.yaml:2:30 error W012 «b» step `a` needs `b`, which does not exist | no step has this name
    "#]];
    a_name_with_a_space: "steps: { a b: { run: x } }\n" => expect![[r#"
        dod.yaml:1:10 error W001 «a b» `a b` cannot be the name of a step | help: letters, digits, `-`, `_` and `.`, not beginning with `-` or `.`
    "#]];
    a_name_with_a_slash: "steps: { a/b: { run: x } }\n" => expect![[r#"
        dod.yaml:1:10 error W001 «a/b» `a/b` cannot be the name of a step | help: letters, digits, `-`, `_` and `.`, not beginning with `-` or `.`
    "#]];
    a_duplicate_step: "steps:\n  a: { run: x }\n  a: { run: y }\n" => expect![[r#"
        dod.yaml:3:3 error Y006 «a» the key `a` is here twice | dod.yaml:2:3 «a» first written here
    "#]];
    a_duplicate_step_in_two_files: "include: [b.yaml]\nsteps: { a: { run: x } }\n--- b.yaml\nsteps: { a: { run: y } }\n" => expect![[r#"
        b.yaml:1:10 error W002 «a» two steps are called `a` | dod.yaml:2:10 «a» first written here
    "#]];
    a_circle: "steps:\n  a: { run: x, needs: b }\n  b: { run: x, needs: c }\n  c: { run: x, needs: a }\n  d: { run: x, needs: a }\n" => expect![[r#"
        dod.yaml:2:3 error W013 «a» steps wait for each other: `a` needs `b` needs `c` needs `a` | dod.yaml:3:3 «b» waits too | dod.yaml:4:3 «c» waits too
    "#]];
    a_step_that_needs_itself: "steps: { a: { run: x, needs: [a] } }\n" => expect![[r#"
        dod.yaml:1:31 error W014 «a» step `a` needs itself
    "#]];
    a_step_needed_twice: "steps: { a: { run: x }, b: { run: y, needs: [a, a] } }\n" => expect![[r#"
        dod.yaml:1:49 error W015 «a» step `b` needs this twice | dod.yaml:1:46 «a» first needed here
    "#]];
    an_unknown_outcome: "steps: { a: { run: x }, b: { run: y, needs: { a: faild } } }\n" => expect![[r#"
        dod.yaml:1:50 error Y106 «faild» what is asked of `a` is `ok`, `failed` or `any`, not `faild` | help: did you mean `failed`?
    "#]];
    a_duration_without_unit: "steps: { a: { run: x, timeout: 30 } }\n" => expect![[r#"
        dod.yaml:1:32 error Y107 «30» `timeout` is a duration, and `30` is none: `30` has no unit | help: like `5m`, `1h30m` or `500ms`
    "#]];
    a_duration_with_an_unknown_unit: "steps: { a: { run: x, timeout: 5 min } }\n" => expect![[r#"
        dod.yaml:1:32 error Y107 «5 min» `timeout` is a duration, and `5 min` is none: it is not made of whole numbers and units | help: like `5m`, `1h30m` or `500ms`
    "#]];
    a_duration_in_words: "steps: { a: { run: x, timeout: 5min } }\n" => expect![[r#"
        dod.yaml:1:32 error Y107 «5min» `timeout` is a duration, and `5min` is none: `min` is not a unit | help: like `5m`, `1h30m` or `500ms`
    "#]];
    a_duration_out_of_order: "steps: { a: { run: x, timeout: 30m1h } }\n" => expect![[r#"
        dod.yaml:1:32 error Y107 «30m1h» `timeout` is a duration, and `30m1h` is none: `h` stands out of order: units go from long to short | help: like `5m`, `1h30m` or `500ms`
    "#]];
    a_duration_of_nothing: "steps: { a: { wait: 0s } }\n" => expect![[r#"
        dod.yaml:1:21 error Y107 «0s» `wait` is a duration, and `0s` is none: it is no time at all | help: like `5m`, `1h30m` or `500ms`
    "#]];
    a_duration_beyond_all_bounds: "steps: { a: { wait: 99999999999999999999d } }\n" => expect![[r#"
        dod.yaml:1:21 error Y107 «99999999999999999999d» `wait` is a duration, and `99999999999999999999d` is none: it is longer than 366 days | help: like `5m`, `1h30m` or `500ms`
    "#]];
    yes_is_not_true: "steps: { a: { run: x, idempotent: no } }\n" => expect![[r#"
        dod.yaml:1:35 error Y102 «no» `idempotent` is `true` or `false`, not text | help: write `false`
    "#]];
    an_unknown_gate: "steps: { a: { uses: python/pytst } }\n" => expect![[r#"
        dod.yaml:1:21 error W019 «python/pytst» the catalogue has no gate `python/pytst` | help: did you mean `python/pytest`?
    "#]];
    an_unknown_parameter_of_a_gate: "steps:\n  a:\n    uses: python/pytest\n    with:\n      arg: [x]\n" => expect![[r#"
        dod.yaml:5:7 error W020 «arg: [x]» `python/pytest` has no parameter `arg`
    "#]];
    a_parameter_of_the_wrong_type: "steps: { a: { uses: python/pytest, with: { args: -q } } }\n" => expect![[r#"
        dod.yaml:1:44 error W020 «args: -q» `args` is a list
    "#]];
    with_beside_run: "steps: { a: { run: x, with: { y: z } } }\n" => expect![[r#"
        dod.yaml:1:23 error W005 «with» `with` has no meaning beside `run` | help: a command takes its values from `env` or its arguments
    "#]];
    keys_that_an_approval_ignores: "steps: { a: { approve: { from: [security] }, timeout: 1h, retry: 2, env: {} } }\n" => expect![[r#"
        dod.yaml:1:46 error W005 «timeout» `timeout` has no meaning beside `approve` | help: put it inside, where the other words are
        dod.yaml:1:59 error W005 «retry» `retry` has no meaning beside `approve`
        dod.yaml:1:69 error W005 «env» `env` has no meaning beside `approve`
    "#]];
    an_unknown_role: "steps: { a: { approve: { from: [release-manager] } } }\n" => expect![[r#"
        dod.yaml:1:33 error W022 «release-manager» role `release-manager` is not in the file of roles | help: did you mean `release-managers`?
    "#]];
    nobody_to_approve: "steps: { a: { approve: { from: [security], min: 0 } } }\n" => expect![[r#"
        dod.yaml:1:49 error Y105 «0» `min` is a whole number from 1 to 1000, not 0
    "#]];
    an_unknown_policy: "policy: standart\nsteps: { a: { judge: enterprize } }\n" => expect![[r#"
        dod.yaml:1:9 error W021 «standart» policy `standart` is not known | help: did you mean `standard`?
        dod.yaml:2:22 error W021 «enterprize» policy `enterprize` is not known | help: did you mean `enterprise`?
    "#]];
    an_unknown_format: "steps: { a: { run: x, evidence: { junitt: out.xml } } }\n" => expect![[r#"
        dod.yaml:1:35 error W023 «junitt» evidence format `junitt` is not known | help: did you mean `junit`?
    "#]];
    evidence_as_text: "steps: { a: { run: x, evidence: out.xml } }\n" => expect![[r#"
        dod.yaml:1:33 error Y102 «out.xml» `evidence` is a map of format and place, not text | help: like `evidence: { junit: target/junit.xml }`
    "#]];
    evidence_without_a_place: "steps: { a: { run: x, evidence: { format: junit } } }\n" => expect![[r#"
        dod.yaml:1:33 error Y103 «{ format: junit }» a report needs `from`
    "#]];
    a_working_directory_outside: "steps: { a: { run: x, cwd: ../other }, b: { run: x, cwd: /etc } }\n" => expect![[r#"
        dod.yaml:1:28 error W026 «../other» the working directory `../other` leaves the repository | help: a path is relative to the repository's root
        dod.yaml:1:58 error W026 «/etc» the working directory `/etc` leaves the repository | help: a path is relative to the repository's root
    "#]];
    globs_outside: "steps: { a: { run: x, inputs: [../x, /etc/*, 'src/{a'] } }\n" => expect![[r#"
        dod.yaml:1:32 error W027 «../x» the glob `../x` is not inside the repository | help: a glob is relative and has no `..`, like `src/**`
        dod.yaml:1:38 error W027 «/etc/*» the glob `/etc/*` is not inside the repository | help: a glob is relative and has no `..`, like `src/**`
        dod.yaml:1:46 error W027 «'src/{a'» `src/{a` is not a glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
    "#]];
    an_unquoted_glob: "steps:\n  a:\n    run: x\n    inputs: **/*.rs\n    timeout: x\n" => expect![[r#"
        dod.yaml:4:13 error Y002 «**/*.rs» `*` at the beginning of a value is a YAML alias | quotes are missing | help: put quotes around the whole value: '**/*.rs'
        dod.yaml:5:14 error Y107 «x» `timeout` is a duration, and `x` is none: a whole number is expected before each unit | help: like `5m`, `1h30m` or `500ms`
    "#]];
    an_unquoted_condition: "steps:\n  a:\n    run: x\n    if: !changed(\"src/**\")\n  b:\n    run: x\n    if: \"main\" == branch\n" => expect![[r#"
        dod.yaml:4:9 error Y002 «!changed("src/**")» `!` at the beginning of a value is a YAML tag | quotes are missing | help: put quotes around the whole value: '!changed("src/**")'
        dod.yaml:7:9 error Y002 «"main" == branch» text goes on behind a closing quote | quotes are missing | help: put quotes around the whole value: '"main" == branch'
    "#]];
    a_condition_with_an_unknown_name: "steps:\n  a:\n    run: x\n    if: 'branch == main || brnch == \"x\"'\n" => expect![[r#"
        dod.yaml:4:28 error W028 «brnch» nothing is called `brnch`
    "#]];
    a_condition_over_several_lines: "steps:\n  a:\n    run: x\n    if: |\n      branch == \"main\" &&\n        wrong\n" => expect![[r#"
        dod.yaml:6:9 error W028 «wrong» nothing is called `wrong`
    "#]];
    a_condition_that_never_ends: "steps:\n  a:\n    run: x\n    if: |\n      branch == \"main\" &&\n        branch == \"x\n" => expect![[r#"
        dod.yaml:6:20 error W028 «x» a text is opened and never closed
    "#]];
    a_condition_with_dollars: "steps: { a: { run: x, if: '${{ matrix.os }} == 1' } }\n" => expect![[r#"
        dod.yaml:1:28 error W029 «${{» `if` is an expression already | help: write names as they are: `matrix.os == "linux"`
    "#]];
    a_condition_on_an_unknown_step: "steps: { a: { run: x, if: 'steps.build.outputs.tag == \"1\"' }, built: { run: y } }\n" => expect![[r#"
        dod.yaml:1:28 error W012 «steps.build» step `a` reads an output of `build`, which does not exist | no step has this name | help: did you mean `built`?
    "#]];
    a_condition_on_an_unknown_input: "inputs: { level: {} }\nsteps: { a: { run: x, if: 'inputs.levl == 1' } }\n" => expect![[r#"
        dod.yaml:2:28 error W034 «inputs.levl» input `levl` is not declared | help: did you mean `level`?
    "#]];
    an_input_in_a_script: "inputs: { who: { default: you } }\nsteps: { a: { run: 'echo ${{ inputs.who }}' } }\n" => expect![[r#"
        dod.yaml:2:26 error W030 «${{ inputs.who }}» this would put a value of `inputs` into the text of a script | it could run as code | help: give it by environment: `env: { VALUE: '${{ inputs.who }}' }` and "$VALUE"
    "#]];
    an_input_in_a_script_in_a_list: "inputs: { who: { default: you } }\nsteps: { a: { run: [bash, -c, 'echo ${{ inputs.who }}'] } }\n" => expect![[r#"
        dod.yaml:2:37 error W030 «${{ inputs.who }}» this would put a value of `inputs` into the text of a script | it could run as code | help: give it by environment: `env: { VALUE: '${{ inputs.who }}' }` and "$VALUE"
    "#]];
    a_matrix_value_that_is_no_word_in_a_script: "steps: { a: { run: 'echo ${{ matrix.x }}', matrix: { x: [a, '$(rm)'] } } }\n" => expect![[r#"
        dod.yaml:1:26 error W030 «${{ matrix.x }}» this would put a value of `matrix` into the text of a script | it could run as code | help: give it by environment: `env: { VALUE: '${{ matrix.x }}' }` and "$VALUE"
    "#]];
    an_output_in_a_script: "steps: { a: { run: x }, b: { run: 'echo ${{ steps.a.outputs.y }}', needs: a } }\n" => expect![[r#"
        dod.yaml:1:41 error W029 «${{ steps.a.outputs.y }}» an output can only be a whole value of `env` | help: like `env: { TAG: '${{ steps.build.outputs.tag }}' }`
    "#]];
    a_secret_in_a_script: "steps: { a: { run: 'echo ${{ secrets.TOKEN }}' } }\n" => expect![[r#"
        dod.yaml:1:26 error W029 «${{ secrets.TOKEN }}» `secrets.TOKEN` cannot be put in here | help: declare it under `secrets:` of the step; it is then in the environment
    "#]];
    an_unclosed_substitution: "steps: { a: { run: 'echo ${{ matrix.x' } }\n" => expect![[r#"
        dod.yaml:1:26 error W029 «${{» `${{` is opened and never closed
    "#]];
    an_unquoted_substitution_in_braces: "steps:\n  a: { run: echo ${{ matrix.os }}, matrix: { os: [x] } }\n" => expect![[r#"
        dod.yaml:2:13 error Y002 «echo ${{ matrix.os }}» `{` and `}` mean something to YAML inside a map in braces | quotes are missing | help: put quotes around the whole value: 'echo ${{ matrix.os }}'
    "#]];
    an_output_read_too_early: "steps:\n  a: { run: x }\n  b: { run: y, env: { TAG: '${{ steps.a.outputs.tag }}' } }\n" => expect![[r#"
        dod.yaml:3:28 error W039 «'${{ steps.a.outputs.tag }}'» `a` need not have ended before this step begins | help: add `a` to `needs`
    "#]];
    an_output_in_the_middle_of_a_text: "steps:\n  a: { run: x }\n  b: { run: y, needs: a, env: { TAG: 'v${{ steps.a.outputs.tag }}' } }\n" => expect![[r#"
        dod.yaml:3:40 error W029 «${{ steps.a.outputs.tag }}» an output can only be a whole value of `env` | help: like `env: { TAG: '${{ steps.build.outputs.tag }}' }`
    "#]];
    an_unknown_axis: "steps: { a: { run: 'x ${{ matrix.oss }}', matrix: { os: [l] } }, b: { run: 'x ${{ matrix.os }}' } }\n" => expect![[r#"
        dod.yaml:1:23 error W031 «${{ matrix.oss }}» the matrix has no axis `oss` | help: did you mean `os`?
        dod.yaml:1:79 error W031 «${{ matrix.os }}» step `b` has no matrix
    "#]];
    an_axis_without_values: "steps: { a: { run: x, matrix: { os: [] } }, b: { run: x, needs: 'a[os=l]' } }\n" => expect![[r#"
        dod.yaml:1:37 error Y104 «[]» axis `os` has no values, so the step would never run
    "#]];
    a_matrix_without_axes: "steps: { a: { run: x, matrix: {} } }\n" => expect![[r#"
        dod.yaml:1:23 error Y104 «matrix» `matrix` names no axis, so the step would never run | help: like `os: [linux, macos]`
    "#]];
    a_matrix_with_a_value_twice: "steps: { a: { run: x, matrix: { os: [l, m, l] } } }\n" => expect![[r#"
        dod.yaml:1:44 error W002 «l» axis `os` has the value `l` twice | dod.yaml:1:38 «l» first written here
    "#]];
    an_exclude_of_an_unknown_value: "steps: { a: { run: x, matrix: { os: [linux, mac], exclude: [{ os: linus }, { o: mac }] } } }\n" => expect![[r#"
        dod.yaml:1:67 error W031 «linus» axis `os` has no value `linus` | help: did you mean `linux`?
        dod.yaml:1:78 error W031 «o» the matrix has no axis `o` | help: did you mean `os`?
    "#]];
    an_exclude_of_nothing: "steps: { a: { run: x, matrix: { os: [l, m], v: [1, 2], exclude: [{ os: l, v: 1 }, { os: l, v: 1 }] } } }\n" => expect![[r#"
        dod.yaml:1:85 warning W032 «os» this `exclude` takes no leg away
        workflow ""
          a[os=l,v=2]: sh "x"
          a[os=m,v=1]: sh "x"
          a[os=m,v=2]: sh "x"
    "#]];
    an_exclude_of_everything: "steps: { a: { run: x, matrix: { os: [l], exclude: [{ os: l }] } } }\n" => expect![[r#"
        dod.yaml:1:23 error W033 «matrix» the matrix of `a` has no legs left
    "#]];
    a_leg_that_does_not_exist: "steps: { a: { run: x, matrix: { os: [l, m] } }, b: { run: x, needs: 'a[os=w]' }, c: { run: x, needs: 'b[os=l]' } }\n" => expect![[r#"
        dod.yaml:1:69 error W031 «'a[os=w]'» `a` has no leg `[os=w]` | help: its legs are [os=l] [os=m]
        dod.yaml:1:102 error W031 «'b[os=l]'» `b` has no leg `[os=l]` | help: the step has no matrix
    "#]];
    failed_of_all_legs: "steps: { a: { run: x, matrix: { os: [l, m] } }, b: { run: x, needs: { a: failed } } }\n" => expect![[r#"
        dod.yaml:1:71 error W017 «a» `a` has 2 legs, and `failed` asks one | help: name one leg, like `test[os=linux]`
    "#]];
    too_many_are_to_pass: "steps: { a: { run: x }, b: { any: 2, of: [a] } }\n" => expect![[r#"
        dod.yaml:1:35 error W018 «2» 2 are to pass, and there are 1
    "#]];
    too_many_of_an_unknown_step_are_to_pass: "steps: { a: { run: x }, b: { any: 2, of: [a, c1] }, c: { any: 2, of: [a] } }\n" => expect![[r#"
        dod.yaml:1:46 error W012 «c1» step `b` needs `c1`, which does not exist | no step has this name | help: did you mean `c`?
        dod.yaml:1:63 error W018 «2» 2 are to pass, and there are 1
    "#]];
    any_without_of: "steps: { a: { run: x }, b: { any: 1, needs: [a] } }\n" => expect![[r#"
        dod.yaml:1:28 error Y103 «{ any: 1, needs: [a] }» a step needs `of`
        dod.yaml:1:38 error W005 «needs» `needs` has no meaning beside `any` | help: `of` names the steps that are waited for
    "#]];
    of_without_any: "steps: { a: { run: x }, b: { run: y, of: [a], rest: cancel } }\n" => expect![[r#"
        dod.yaml:1:38 error W005 «of» `of` has no meaning beside `run` | help: `of` belongs to `any`
        dod.yaml:1:47 error W005 «rest» `rest` has no meaning beside `run` | help: `rest` belongs to `any`
    "#]];
    an_unknown_service: "services: { db: { run: x, ready: { tcp: 5432 } } }\nsteps: { a: { run: x, services: [bd] } }\n" => expect![[r#"
        dod.yaml:1:13 warning W038 «db» no step needs service `db`, so it is not started
        dod.yaml:2:34 error W037 «bd» service `bd` is not declared | help: did you mean `db`?
    "#]];
    an_unused_service: "services: { db: { run: x, ready: { tcp: 5432 } } }\nsteps: { a: { run: x } }\n" => expect![[r#"
        dod.yaml:1:13 warning W038 «db» no step needs service `db`, so it is not started
        workflow ""
          a: sh "x"
    "#]];
    a_service_that_is_never_ready: "services: { db: { run: x }, web: { run: y, ready: { tcp: 99999 } }, c: { run: z, ready: { tcp: 1, line: x } } }\nsteps: { a: { run: x, services: [db, web, c] } }\n" => expect![[r#"
        dod.yaml:1:17 error Y103 «{ run: x }» a service needs `ready`
        dod.yaml:1:58 error Y105 «99999» a TCP port is a whole number from 1 to 65535, not 99999
        dod.yaml:1:89 error Y103 «{ tcp: 1, line: x }» exactly one of `tcp`, `http`, `line` or `command` belongs here
    "#]];
    a_service_on_another_machine: "services: { db: { run: x, ready: { http: 'https://example.com' } } }\nsteps: { a: { run: x, services: db } }\n" => expect![[r#"
        dod.yaml:1:42 error W043 «'https://example.com'» `https://example.com` is not an HTTP address of this machine | help: like `http://localhost:8080/health`
    "#]];
    a_secret_written_down: "steps: { a: { run: x, secrets: { TOKEN: hunter2 } } }\n" => expect![[r#"
        dod.yaml:1:41 error Y102 «hunter2» a secret says where it comes from, not text | help: a secret never stands in a file: `{ env: NAME }`, `{ file: PATH }`
    "#]];
    a_secret_and_a_value: "steps: { a: { run: x, env: { T: a }, secrets: { T: { env: T } } } }\n" => expect![[r#"
        dod.yaml:1:49 error W042 «T» variable `T` is given a value and a secret | dod.yaml:1:30 «T» the value
    "#]];
    a_secret_from_two_places: "steps: { a: { run: x, secrets: { T: { env: T, file: f } } } }\n" => expect![[r#"
        dod.yaml:1:37 error Y103 «{ env: T, file: f }» exactly one of `env`, `file` or `command` belongs here
    "#]];
    a_variable_that_is_none: "env: { 1X: a, A-B: b }\nsteps: { a: { run: x } }\n" => expect![[r#"
        dod.yaml:1:8 error W001 «1X» `1X` cannot be the name of an environment variable | help: letters, digits and `_`, not beginning with a digit
        dod.yaml:1:15 error W001 «A-B» `A-B` cannot be the name of an environment variable | help: letters, digits and `_`, not beginning with a digit
    "#]];
    a_pool_with_a_typo: "pools: { production: 2 }\nsteps: { a: { run: x, pool: prodution } }\n" => expect![[r#"
        dod.yaml:2:29 warning W024 «prodution» pool `prodution` is not declared, so it has one place | help: did you mean `production`?
        workflow "", pool production:2, pool prodution:1
          a: sh "x" pool=prodution
    "#]];
    a_pool_without_places: "pools: { production: 0 }\nsteps: { a: { run: x, pool: production } }\n" => expect![[r#"
        dod.yaml:1:22 error Y105 «0» the size of pool `production` is a whole number from 1 to 100000, not 0
    "#]];
    a_pool_of_two_sizes: "pools: { p: 2 }\ninclude: b.yaml\nsteps: { a: { run: x, pool: p } }\n--- b.yaml\npools: { p: 3 }\n" => expect![[r#"
        b.yaml:1:13 error W025 «3» pool `p` has two sizes | dod.yaml:1:10 «p» first declared here
    "#]];
    an_unknown_shell: "steps: { a: { run: x, shell: bsh } }\n" => expect![[r#"
        dod.yaml:1:30 error W041 «bsh» `bsh` is not a shell known by name | help: did you mean `bash`?
    "#]];
    a_shell_for_a_list: "steps: { a: { run: [x], shell: bash } }\n" => expect![[r#"
        dod.yaml:1:25 error W005 «shell» `shell` belongs to a script | help: write `run` as one text
    "#]];
    an_empty_command: "steps: { a: { run: [] }, b: { run: '' }, c: { run: } }\n" => expect![[r#"
        dod.yaml:1:20 error Y104 «[]» `run` names no program
        dod.yaml:1:36 error Y104 «''» `run` is empty
        dod.yaml:1:47 error Y104 «run» `run` is empty
    "#]];
    retry_of_an_unknown_end: "steps: { a: { run: x, retry: { max: 2, when: [time-out] } } }\n" => expect![[r#"
        dod.yaml:1:47 error Y106 «time-out» an element of `when` is `failed`, `timeout` or `undecided`, not `time-out` | help: did you mean `timeout`?
    "#]];
    retry_without_a_number: "steps: { a: { run: x, retry: { when: timeout } }, b: { run: x, retry: often } }\n" => expect![[r#"
        dod.yaml:1:30 error Y103 «{ when: timeout }» `retry` needs `max`
        dod.yaml:1:71 error Y102 «often» the number of further attempts is a whole number, not text
    "#]];
    a_file_that_is_not_there: "include: [./nowhere.yaml]\nprojects: { a: { path: a, workflow: builtin/cobol } }\nsteps: { a: { run: x, needs: a } }\n" => expect![[r#"
        dod.yaml:1:11 error W009 «./nowhere.yaml» `./nowhere.yaml` cannot be read: there is no such file
        dod.yaml:2:37 error W009 «builtin/cobol» the built-in workflow `cobol` cannot be read: there is no such file
        dod.yaml:3:30 error W014 «a» step `a` needs itself
    "#]];
    a_commit_that_is_a_branch: "include: [{ git: https://example.com/x.git, rev: main, path: a.yaml }]\nsteps: { a: { run: x } }\n" => expect![[r#"
        dod.yaml:1:50 error W040 «main» `main` is not a full commit id | help: a branch or tag can move: write the 40 hexadecimal digits
    "#]];
    files_that_include_each_other: "include: b.yaml\nsteps: { a: { run: x } }\n--- b.yaml\ninclude: dod.yaml\nsteps: { b: { run: x } }\n" => expect![[r#"
        b.yaml:1:10 error W010 «dod.yaml» dod.yaml → b.yaml → dod.yaml is a circle
    "#]];
    workflows_that_call_each_other: "steps: { a: { workflow: b.yaml } }\n--- b.yaml\nsteps: { c: { workflow: dod.yaml } }\n" => expect![[r#"
        b.yaml:1:25 error W010 «dod.yaml» workflows call each other in a circle: dod.yaml → b.yaml → dod.yaml
    "#]];
    a_workflow_that_calls_itself: "steps: { a: { workflow: dod.yaml } }\n" => expect![[r#"
        dod.yaml:1:25 error W010 «dod.yaml» workflows call each other in a circle: dod.yaml → dod.yaml
    "#]];
    a_mistake_in_another_file: "include: b.yaml\nsteps: { a: { run: x } }\n--- b.yaml\nsteps:\n  b: { run: x, needs: aa, timout: 5m }\n" => expect![[r#"
        b.yaml:2:23 error W012 «aa» step `b` needs `aa`, which does not exist | no step has this name | help: did you mean `a`?
        b.yaml:2:27 error Y101 «timout» a step has no key `timout` | not known here | help: did you mean `timeout`?
    "#]];
    a_step_inside_a_called_workflow: "steps: { a: { workflow: b.yaml }, c: { run: x, needs: a/b } }\n--- b.yaml\nsteps: { b: { run: x } }\n" => expect![[r#"
        dod.yaml:1:55 error W016 «a/b» `a/b` is inside the workflow that `a` calls | help: need `a` itself
    "#]];
    an_input_that_is_missing: "steps:\n  a: { workflow: b.yaml, with: { levl: 3 } }\n--- b.yaml\ninputs: { level: { type: integer, required: true } }\nsteps: { b: { run: x } }\n" => expect![[r#"
        dod.yaml:2:18 error W035 «b.yaml» input `level` needs a value | b.yaml:1:11 «level» declared here
        dod.yaml:2:34 error W034 «levl» the workflow has no input `levl` | help: did you mean `level`?
    "#]];
    an_input_of_another_type: "steps:\n  a: { workflow: b.yaml, with: { level: high, mode: fst, on: yes } }\n--- b.yaml\ninputs:\n  level: { type: integer }\n  mode: { choices: [fast, slow] }\n  on: { type: boolean }\nsteps: { b: { run: x } }\n" => expect![[r#"
        dod.yaml:2:41 error W036 «high» input `level` is a whole number, not `high` | b.yaml:2:3 «level» declared here
        dod.yaml:2:53 error W036 «fst» input `mode` is `fast` or `slow`, not `fst` | b.yaml:3:3 «mode» declared here | help: did you mean `fast`?
        dod.yaml:2:62 error W036 «yes» input `on` is `true` or `false`, not `yes` | b.yaml:4:3 «on» declared here
    "#]];
    an_input_without_a_value_where_one_is_needed: "inputs: { who: {} }\nsteps: { b: { run: [echo, '${{ inputs.who }}'] } }\n" => expect![[r#"
        dod.yaml:2:28 error W035 «${{ inputs.who }}» input `who` has no value and no default
    "#]];
    an_input_without_a_value_where_one_may_be_unknown: "inputs: { who: {} }\nsteps: { b: { run: x, if: known(inputs.who) } }\n" => expect![[r#"
        workflow ""
          b: sh "x" if(known(inputs.who))
    "#]];
    a_choice_without_choices: "inputs: { a: { type: choice }, b: { type: txt }, c: { required: true, default: 1 } }\nsteps: { b: { run: x } }\n" => expect![[r#"
        dod.yaml:1:14 error Y103 «{ type: choice }» input `a` is a choice and has no `choices`
        dod.yaml:1:43 error Y106 «txt» `type` is `text`, `integer`, `boolean` or `choice`, not `txt` | help: did you mean `text`?
        dod.yaml:1:50 error W035 «c» input `c` needs a value
        dod.yaml:1:80 error W005 «1» an input that must be given needs no `default`
    "#]];
    a_project_outside: "projects: { a: { path: ../a, workflow: b.yaml } }\n--- b.yaml\nsteps: { b: { run: x } }\n" => expect![[r#"
        dod.yaml:1:24 error W026 «../a» the path of project `a` leaves the repository
    "#]];
    a_project_without_a_path: "projects: { a: { workflow: b.yaml } }\nsteps: { b: { run: x } }\n" => expect![[r#"
        dod.yaml:1:16 error Y103 «{ workflow: b.yaml }» a project needs `path`
    "#]];
    a_project_of_its_own_workflow: "projects: { a: { path: a, workflow: dod.yaml } }\nsteps: { b: { run: x } }\n" => expect![[r#"
        dod.yaml:1:37 error W010 «dod.yaml» workflows call each other in a circle: dod.yaml → dod.yaml
    "#]];
    a_project_that_does_not_exist: "projects: { backend: { path: a, workflow: b.yaml } }\nsteps: { b: { run: x, needs: [backnd] } }\n--- b.yaml\nsteps: { test: { run: x } }\n" => expect![[r#"
        dod.yaml:2:31 error W012 «backnd» step `b` needs `backnd`, which does not exist | no step has this name | help: did you mean `backend`?
    "#]];
    steps_of_files_that_could_not_be_read: "include: nowhere.yaml\nprojects: { api: { path: a, workflow: builtin/cobol } }\nsteps: { b: { run: x, needs: [api/test, other] } }\n" => expect![[r#"
        dod.yaml:1:10 error W009 «nowhere.yaml» `nowhere.yaml` cannot be read: there is no such file
        dod.yaml:2:39 error W009 «builtin/cobol» the built-in workflow `cobol` cannot be read: there is no such file
    "#]];
    a_step_of_a_project_that_does_not_exist: "projects: { api: { path: a, workflow: b.yaml } }\nsteps: { b: { run: x, needs: [api/tset] } }\n--- b.yaml\nsteps: { test: { run: x } }\n" => expect![[r#"
        dod.yaml:2:31 error W012 «api/tset» step `b` needs `api/tset`, which does not exist | no step has this name | help: did you mean `api/test`?
    "#]];
}

#[test]
fn an_input_of_the_user_is_checked() {
    let given = |text: &str| {
        let pairs = text.split(' ').filter_map(|pair| pair.split_once('='));
        Options {
            inputs: Some(
                pairs.map(|(name, value)| (name.into(), dod_kernel::value::Value::text(value))).collect(),
            ),
            ..Options::default()
        }
    };
    let file = "inputs: { level: { type: integer, required: true }, who: {} }\nsteps: { b: { run: [echo, '${{ inputs.level }}', '${{ inputs.who }}'] } }\n";
    check_with(
        file,
        &given("level=3 who=me"),
        &expect![[r#"
        workflow "", level=Integer(3), who=Text("me")
          b: ["echo", "3", "me"]
    "#]],
    );
    check_with(
        file,
        &given("level=x whom=me"),
        &expect![[r#"
            dod.yaml:1:1 error W034 «» the workflow has no input `whom` | help: did you mean `who`?
            dod.yaml:1:11 error W036 «level» input `level` is a whole number, not `x`
        "#]],
    );
    check_with(
        file,
        &given(""),
        &expect![[r#"
            dod.yaml:1:11 error W035 «level» input `level` needs a value
        "#]],
    );
    check_with(
        file,
        &Options { inputs: None, ..Options::default() },
        &expect![[r#"
        workflow ""
          b: ["echo", "", ""]
    "#]],
    );
}
