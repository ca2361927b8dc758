//! Claims about recorded benchmarks: hyperfine.

use expect_test::expect;

use super::check;
use crate::Format;

#[test]
fn hyperfine_of_one_command() {
    check(
        Format::Hyperfine,
        recorded!("hyperfine/one.json"),
        expect![[r#"
        max = 0.006265134 s
        mean = 0.0017005616000000002 s
        median = 0.0009337835 s
        min = 0.0008707820000000001 s
        p95 = 0.006265134 s
        p99 = 0.006265134 s
        runs = 10 1
        stddev = 0.0017692196228007923 s
    "#]],
    );
}

#[test]
fn hyperfine_of_two_commands() {
    check(
        Format::Hyperfine,
        recorded!("hyperfine/two.json"),
        expect![[r#"
        echo-x.max = 0.002653832 s
        echo-x.mean = 0.0015909824000000003 s
        echo-x.median = 0.001209367 s
        echo-x.min = 0.001048045 s
        echo-x.p95 = 0.002653832 s
        echo-x.p99 = 0.002653832 s
        echo-x.runs = 5 1
        echo-x.stddev = 0.0007100687185377201 s
        sleep-0.01.max = 0.015439934 s
        sleep-0.01.mean = 0.012131927200000002 s
        sleep-0.01.median = 0.011366801000000001 s
        sleep-0.01.min = 0.011212075 s
        sleep-0.01.p95 = 0.015439934 s
        sleep-0.01.p99 = 0.015439934 s
        sleep-0.01.runs = 5 1
        sleep-0.01.stddev = 0.0018509544654301195 s
    "#]],
    );
}

#[test]
fn hyperfine_of_a_command_that_fails() {
    check(
        Format::Hyperfine,
        recorded!("hyperfine/failing.json"),
        expect![[r#"
        the tool says that it failed: `false` ended with exit code 1
    "#]],
    );
}
