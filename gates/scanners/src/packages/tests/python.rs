//! `uv.lock`, `poetry.lock`, `pdm.lock`, `Pipfile.lock`, `requirements.txt`.

use expect_test::expect;

use super::check;

const MANIFEST: &str = r#"
[project]
name = "shop"
dependencies = ["python-dateutil==2.8.2", "Zope_Event==5.0; python_version > '3.6'"]
[dependency-groups]
dev = ["iniconfig==2.0.0"]
"#;

#[test]
fn uv_knows_groups_and_what_is_the_product() {
    check(
        &[("uv.lock", include_str!("data/uv.txt"))],
        &expect![[r#"
        uv.lock:6 pkg:pypi/iniconfig@2.0.0 direct dev Sha256:2d91e1 Sha256:b6a858
        uv.lock:15 pkg:pypi/python-dateutil@2.8.2 direct Sha256:0123ca Sha256:961d03 -> six
        uv.lock:27 pkg:pypi/setuptools@84.2.1 Sha256:3ff8b3 Sha256:ca140b
        uv.lock:59 pkg:pypi/six@1.17.0 Sha256:4721f3 Sha256:ff7033
        uv.lock:68 pkg:pypi/zope-event@5.0 direct Sha256:2832e9 Sha256:bac440 -> setuptools
    "#]],
    );
}

#[test]
fn one_name_may_have_two_versions() {
    let text = "version = 1\n[[package]]\nname = \"shop\"\nsource = { editable = \".\" }\n\
                dependencies = [{ name = \"n\", version = \"1.0\", source = { registry = \"https://pypi.org/simple\" }, marker = \"x\" }]\n\
                [[package]]\nname = \"n\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n\
                [[package]]\nname = \"n\"\nversion = \"2.0\"\nsource = { registry = \"https://own.example/simple\" }\n\
                [[package]]\nname = \"g\"\nversion = \"3.0\"\nsource = { git = \"https://git.example/g?rev=main#abc\" }\n";
    check(
        &[("uv.lock", text)],
        &expect![[r#"
        uv.lock:7 pkg:pypi/n@1.0 direct
        uv.lock:11 pkg:pypi/n@2.0 OtherRegistry("https://own.example/simple")
        uv.lock:15 pkg:pypi/g@3.0 Git("https://git.example/g?rev=main#abc")
    "#]],
    );
}

#[test]
fn poetry_states_groups_or_categories() {
    let two = "[[package]]\nname = \"six\"\nversion = \"1.17.0\"\ngroups = [\"main\", \"dev\"]\nfiles = [\n\
               \x20   {file = \"six.whl\", hash = \"sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\"},\n]\n\
               [[package]]\nname = \"python-dateutil\"\nversion = \"2.8.2\"\ngroups = [\"main\"]\nfiles = []\n\
               [package.dependencies]\nSix = \">=1.5\"\n\
               [[package]]\nname = \"iniconfig\"\nversion = \"2.0.0\"\ngroups = [\"dev\"]\nfiles = []\n\
               [[package]]\nname = \"own\"\nversion = \"0.1\"\n[package.source]\ntype = \"directory\"\nurl = \"../own\"\n\
               [[package]]\nname = \"g\"\nversion = \"1.0\"\n[package.source]\ntype = \"git\"\nurl = \"https://git.example/g\"\n\
               reference = \"main\"\nresolved_reference = \"abc\"\n\
               [metadata]\nlock-version = \"2.1\"\n";
    let one = "[[package]]\nname = \"six\"\nversion = \"1.17.0\"\ncategory = \"dev\"\n\
               [metadata]\nlock-version = \"1.1\"\n[metadata.files]\nsix = [\n\
               \x20   {file = \"six.whl\", hash = \"sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\"},\n]\n";
    check(
        &[("2/poetry.lock", two), ("2/pyproject.toml", MANIFEST), ("1/poetry.lock", one)],
        &expect![[r#"
            1/poetry.lock:2 pkg:pypi/six@1.17.0 dev Sha256:4721f3
            2/poetry.lock:2 pkg:pypi/six@1.17.0 Sha256:4721f3
            2/poetry.lock:9 pkg:pypi/python-dateutil@2.8.2 direct -> six
            2/poetry.lock:16 pkg:pypi/iniconfig@2.0.0 direct dev
            2/poetry.lock:27 pkg:pypi/g@1.0 Git("https://git.example/g#abc")
        "#]],
    );
}

#[test]
fn pdm_lists_a_package_with_extras_once() {
    let text = "[metadata]\ngroups = [\"default\", \"dev\"]\nlock_version = \"4.5.0\"\n\
                [[package]]\nname = \"coverage\"\nversion = \"7.4.0\"\ngroups = [\"dev\"]\ndependencies = [\"six>=1; x == 'y'\"]\n\
                files = [{file = \"c.whl\", hash = \"sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\"}]\n\
                [[package]]\nname = \"coverage\"\nversion = \"7.4.0\"\nextras = [\"toml\"]\ngroups = [\"dev\"]\n\
                [[package]]\nname = \"six\"\nversion = \"1.17.0\"\ngroups = [\"default\"]\n\
                [[package]]\nname = \"own\"\nversion = \"0.1\"\neditable = true\npath = \"./own\"\n";
    check(
        &[("pdm.lock", text)],
        &expect![[r#"
        pdm.lock:5 pkg:pypi/coverage@7.4.0 dev Sha256:4721f3 -> six
        pdm.lock:16 pkg:pypi/six@1.17.0
    "#]],
    );
}

#[test]
fn pipfile_has_sections() {
    check(
        &[("Pipfile.lock", include_str!("data/pipfile.json"))],
        &expect![[r#"
        Pipfile.lock:17 pkg:pypi/python-dateutil@2.8.2 Sha256:0123ca Sha256:961d03
        Pipfile.lock:26 pkg:pypi/six@1.17.0 Sha256:4721f3 Sha256:ff7033
        Pipfile.lock:36 pkg:pypi/iniconfig@2.0.0 dev Sha256:2d91e1 Sha256:b6a858
    "#]],
    );
}

#[test]
fn a_resolver_says_who_needs_what_in_comments() {
    check(
        &[("requirements.txt", include_str!("data/uv-compile.txt"))],
        &expect![[r#"
        requirements.txt:3 pkg:pypi/python-dateutil@2.8.2 direct -> six
        requirements.txt:5 pkg:pypi/setuptools@84.2.1
        requirements.txt:7 pkg:pypi/six@1.17.0
        requirements.txt:9 pkg:pypi/zope-event@5.0 direct -> setuptools
    "#]],
    );
    check(
        &[("requirements.txt", include_str!("data/uv-export.txt"))],
        &expect![[r#"
        requirements.txt:3 pkg:pypi/iniconfig@2.0.0 Sha256:2d91e1 Sha256:b6a858
        requirements.txt:6 pkg:pypi/python-dateutil@2.8.2 Sha256:0123ca Sha256:961d03
        requirements.txt:10 pkg:pypi/setuptools@84.2.1 Sha256:3ff8b3 Sha256:ca140b
        requirements.txt:14 pkg:pypi/six@1.17.0 Sha256:4721f3 Sha256:ff7033
        requirements.txt:18 pkg:pypi/zope-event@5.0 Sha256:2832e9 Sha256:bac440
    "#]],
    );
}

#[test]
fn a_requirement_without_one_version_says_so() {
    let text = "# comment\nDjango==4.2.1 # why\nflask>=2,<3\nname[extra,other] == 1.0 ; python_version < '3.8'\n\
                star==1.*\nthree===1.0\nbare\n\ncut == 1.0 \\\n    --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\n\
                direct @ https://a.example/direct-1.0.tar.gz\ngit+https://git.example/g.git@v1#egg=g\n./own\n-e .\n\
                wheels/w-1.0-py3-none-any.whl\n--index-url https://pypi.org/simple\n";
    check(
        &[("requirements-dev.txt", text)],
        &expect![[r#"
            requirements-dev.txt:2 pkg:pypi/django@4.2.1
            requirements-dev.txt:3 pkg:pypi/flask (no version)
            requirements-dev.txt:4 pkg:pypi/name@1.0
            requirements-dev.txt:5 pkg:pypi/star (no version)
            requirements-dev.txt:6 pkg:pypi/three@1.0
            requirements-dev.txt:7 pkg:pypi/bare (no version)
            requirements-dev.txt:9 pkg:pypi/cut@1.0 Sha256:4721f3
            requirements-dev.txt:11 pkg:pypi/direct (no version) Url("https://a.example/direct-1.0.tar.gz")
            requirements-dev.txt:12 pkg:pypi/g (no version) Git("https://git.example/g.git@v1#egg=g")
            requirements-dev.txt:15 pkg:pypi/w@1.0 Path("wheels/w-1.0-py3-none-any.whl")
            requirements-dev.txt: Unknown
        "#]],
    );
}

#[test]
fn included_files_are_read_where_they_lie_and_once() {
    check(
        &[
            (
                "requirements.txt",
                "-r requirements/base.in\n-c pins.txt\n--requirement=requirements/base.in\nfree\n",
            ),
            ("requirements/base.in", "-r ../requirements.txt\nsix==1.17.0\n"),
            ("pins.txt", "free==3.0\n"),
        ],
        &expect![[r#"
            requirements.txt:4 pkg:pypi/free@3.0
            requirements/base.in:2 pkg:pypi/six@1.17.0
            requirements.txt: Unknown
            requirements/base.in: Unknown
        "#]],
    );
}

#[test]
fn includes_that_cannot_be_followed_are_said() {
    check(
        &[(
            "requirements.txt",
            "-r ../outside.txt\n-r gone.txt\n-c gone.txt\n--unknown-option x\nname with words\nsix==1.0\n",
        )],
        &expect![[r#"
            requirements.txt:6 pkg:pypi/six@1.0
            requirements.txt: Unknown
            unread gone.txt: it cannot be read: entity not found
            unread requirements.txt:1: `../outside.txt`, which it includes, lies outside the tree
            unread requirements.txt:3: the constraints `gone.txt` are not known: it cannot be read: entity not found
            unread requirements.txt:4: the option `--unknown-option` is not known
            unread requirements.txt:5: the line is no requirement
        "#]],
    );
}
