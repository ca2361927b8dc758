//! Scripts of other languages.

use super::*;

fn scripts(dialect: Dialect, texts: &[&str], expected: &Expect) {
    let mut found = String::new();
    for text in texts {
        let out = match script(text, dialect) {
            Ok(translated) => translated.text,
            Err(wrong) => {
                let line = text[..wrong.range.start].matches('\n').count() + 1;
                format!("line {line}: {}", misfit(text, &wrong))
            }
        };
        found.push_str(&format!("{text}\n--\n{out}\n\n"));
    }
    expected.assert_eq(&found);
}

#[test]
fn assignments_of_python_become_rhai() {
    scripts(
        Dialect::Python,
        &[
            "x = 1",
            "x += 1; y = x * 2",
            "x, y = 1, 2\nz = x + y",
            "a, b = b, a",
            "# Just need another task in here.\nx=1\n\n",
            "timer_called = False\npass\nprint('done')",
            "t = {'a': 1, 'b': [1, 2]}\nu = [{'x': 1},\n     {'x': 2}]",
            "order['total'] = order['net'] + 1\nvar = None\nvar.x = 1",
            "x = \\\n  1",
            "if amount > 100:\n    result = 'gross'\nelse:\n    result = 'klein'\n",
            "  if not a:\n    x = 1\n\n    # so\n    if b: y = 2; z = 3\n    elif c:\n      pass\n  elif d or e:\n    x = 2\n  z = 4",
            "while x < 3:\n  x += 1\ny = x",
            "if a:\n  if b:\n    x = 1\nelse:\n  x = 2",
        ],
        &expect![[r#"
            x = 1
            --
            x = 1;

            x += 1; y = x * 2
            --
            x += 1;
            y = x * 2;

            x, y = 1, 2
            z = x + y
            --
            x = 1;
            y = 2;
            z = x + y;

            a, b = b, a
            --
            { let _value_0 = b; let _value_1 = a; a = _value_0; b = _value_1; }

            # Just need another task in here.
            x=1


            --
            x = 1;

            timer_called = False
            pass
            print('done')
            --
            timer_called = false;
            print("done");

            t = {'a': 1, 'b': [1, 2]}
            u = [{'x': 1},
                 {'x': 2}]
            --
            t = #{"a": 1, "b": [1, 2]};
            u = [#{"x": 1}, #{"x": 2}];

            order['total'] = order['net'] + 1
            var = None
            var.x = 1
            --
            order.total = order.net + 1;
            vars["var"] = ();
            vars["var"].x = 1;

            x = \
              1
            --
            x = 1;

            if amount > 100:
                result = 'gross'
            else:
                result = 'klein'

            --
            if amount > 100 {
              result = "gross";
            } else {
              result = "klein";
            }

              if not a:
                x = 1

                # so
                if b: y = 2; z = 3
                elif c:
                  pass
              elif d or e:
                x = 2
              z = 4
            --
            if !a {
              x = 1;
              if b {
                y = 2;
                z = 3;
              } else if c {

              }
            } else if d || e {
              x = 2;
            }
            z = 4;

            while x < 3:
              x += 1
            y = x
            --
            while x < 3 {
              x += 1;
            }
            y = x;

            if a:
              if b:
                x = 1
            else:
              x = 2
            --
            if a {
              if b {
                x = 1;
              }
            } else {
              x = 2;
            }

        "#]],
    );
}

#[test]
fn assignments_of_javascript_and_groovy_become_rhai() {
    scripts(
        Dialect::Script,
        &[
            "var x = 1;\ny = x + 1;",
            "def scriptVar = 'test'\nexecution.setVariable(\"myVar\", scriptVar)",
            "x++; y--;\n// done\n/* really */ println('x')",
            "environment.variables.x = {a: 1, 'b c': 2};",
            "let total = a\n  + 1",
            "if (a > 1) { b = 1; } else if (c) {\n  b = 2\n}\nelse\n  b = 3;\nd = 4",
            "while (i < 3) i++;\nif (a) { if (b) { c = 1 } }",
        ],
        &expect![[r#"
            var x = 1;
            y = x + 1;
            --
            let x = 1;
            y = x + 1;

            def scriptVar = 'test'
            execution.setVariable("myVar", scriptVar)
            --
            let scriptVar = "test";
            myVar = scriptVar;

            x++; y--;
            // done
            /* really */ println('x')
            --
            x += 1;
            y -= 1;
            print("x");

            environment.variables.x = {a: 1, 'b c': 2};
            --
            x = #{"a": 1, "b c": 2};

            let total = a
              + 1
            --
            line 2: refused at "+": `+` does not belong here

            if (a > 1) { b = 1; } else if (c) {
              b = 2
            }
            else
              b = 3;
            d = 4
            --
            if a > 1 {
              b = 1;
            } else if c {
              b = 2;
            } else {
              b = 3;
            }
            d = 4;

            while (i < 3) i++;
            if (a) { if (b) { c = 1 } }
            --
            while i < 3 {
              i += 1;
            }
            if a {
              if b {
                c = 1;
              }
            }

        "#]],
    );
}

#[test]
fn scripts_that_do_more_are_refused_where_they_do() {
    scripts(
        Dialect::Python,
        &[
            "x = 1\nimport os\nos.remove('x')",
            "def f():\n  pass",
            "for x in y:\n  z = x",
            "sample = [x['y'] for x in testvar2 if x['x'] > 1]",
            "x = y = 1",
            "x, y = 1",
            "x == 1",
            "f(x)",
            "1 = x",
            "x = 1 2",
            "x =",
            "x\n= 1",
            "if a:\nx = 1",
            "if a:\n  x = 1\n    y = 2",
            "if a:\n    x = 1\n  y = 2",
            "  x = 1\ny = 2",
            "if a\n  x = 1",
            "if 1:\n  x = 1",
            "else:\n  x = 1",
        ],
        &expect![[r#"
            x = 1
            import os
            os.remove('x')
            --
            line 2: refused at "import": `import` has no equal  (what is translated are assignments like `x = y + 1`, `if` and `while`; write others in rhai)

            def f():
              pass
            --
            line 1: refused at "def": `def` has no equal  (what is translated are assignments like `x = y + 1`, `if` and `while`; write others in rhai)

            for x in y:
              z = x
            --
            line 1: refused at "for": `for` has no equal  (what is translated are assignments like `x = y + 1`, `if` and `while`; write others in rhai)

            sample = [x['y'] for x in testvar2 if x['x'] > 1]
            --
            line 1: refused at "for": `]` is missing

            x = y = 1
            --
            line 1: refused at "=": one statement assigns once

            x, y = 1
            --
            line 1: refused at "1": 1 values for 2 names

            x == 1
            --
            line 1: refused at "x ": this is no assignment  (what is translated are assignments like `x = y + 1`)

            f(x)
            --
            line 1: refused at "f(": the call of `f` has no equal  (set a variable before, and compare that)

            1 = x
            --
            line 1: refused at "1": nothing can be assigned to this

            x = 1 2
            --
            line 1: refused at "2": `2` does not belong here

            x =
            --
            line 1: refused at "": the expression ends too early

            x
            = 1
            --
            line 1: refused at "x": this is no assignment  (what is translated are assignments like `x = y + 1`)

            if a:
            x = 1
            --
            line 2: refused at "x": the lines of a block begin further right

            if a:
              x = 1
                y = 2
            --
            line 3: refused at "y": the line begins further right than the one before

            if a:
                x = 1
              y = 2
            --
            line 3: refused at "y": the line begins further right than the one before

              x = 1
            y = 2
            --
            line 2: refused at "y": `y` does not belong here

            if a
              x = 1
            --
            line 1: refused at "\n": `:` is missing

            if 1:
              x = 1
            --
            line 1: refused at "1": this is never true or false

            else:
              x = 1
            --
            line 1: refused at "else": `else` has no equal  (what is translated are assignments like `x = y + 1`, `if` and `while`; write others in rhai)

        "#]],
    );
    scripts(
        Dialect::Script,
        &[
            "execution.getVariable('x')",
            "if (a) { b = 1",
            "if (a { b = 1 }",
            "b = 1 }",
            "next(null, 1)",
            "let a = 1, b = 2;",
        ],
        &expect![[r#"
            execution.getVariable('x')
            --
            line 1: refused at "execution": `execution` is an object of another engine  (what is translated is `execution.setVariable("name", value)`)

            if (a) { b = 1
            --
            line 1: refused at "": `}` is missing

            if (a { b = 1 }
            --
            line 1: refused at "{": `)` is missing

            b = 1 }
            --
            line 1: refused at "}": `}` does not belong here

            next(null, 1)
            --
            line 1: refused at "next(": the call of `next` has no equal  (set a variable before, and compare that)

            let a = 1, b = 2;
            --
            line 1: refused at "=": one statement assigns once

        "#]],
    );
}

#[test]
fn a_script_in_no_language_is_assignments_or_rhai() {
    scripts(
        Dialect::Plain,
        &[
            "timer_called = True",
            "let x = 1;\nif x > 0 { y = x; }",
            "testvar['new'] = 'Test'",
            "vars[\"new\"] = 1;",
            "if x > 1:\n  y = 'a'",
            "def f():\n  pass",
        ],
        &expect![[r#"
            timer_called = True
            --
            timer_called = true;

            let x = 1;
            if x > 0 { y = x; }
            --
            let x = 1;
            if x > 0 { y = x; }

            testvar['new'] = 'Test'
            --
            testvar["new"] = "Test";

            vars["new"] = 1;
            --
            vars["new"] = 1;

            if x > 1:
              y = 'a'
            --
            if x > 1 {
              y = "a";
            }

            def f():
              pass
            --
            def f():
              pass

        "#]],
    );
    scripts(
        Dialect::Rhai,
        &["x = 'a'"],
        &expect![[r#"
        x = 'a'
        --
        x = 'a'

    "#]],
    );
}

#[test]
fn a_place_in_a_script_is_shown_in_the_original() {
    let text = "x, y = 1, 2\nz = x + 'a'";
    let translated = script(text, Dialect::Python).unwrap();
    assert_eq!(translated.text, "x = 1;\ny = 2;\nz = x + \"a\";");
    assert_eq!(&text[translated.origin(3, 9)], "'a'");
    assert_eq!(&text[translated.origin(2, 5)], "2");
}
