//! Claims about recorded benchmarks and loads: hyperfine, Criterion, k6.

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

#[test]
fn criterion_in_nanoseconds_and_in_shares() {
    check(
        Format::Criterion,
        recorded!("criterion/estimates.json"),
        expect![[r#"
        mean = 186.9066384078884 ns
        median = 186.61574074074076 ns
        std_dev = 0.8812583916642064 ns
        typical = 186.6106650924833 ns
    "#]],
    );
    check(
        Format::Criterion,
        recorded!("criterion/change.json"),
        expect![[r#"
        change.mean = -0.2898310583690611 %
        change.median = -0.021771482114307794 %
    "#]],
    );
}

#[test]
fn k6_that_holds_its_thresholds() {
    check(
        Format::K6,
        recorded!("k6/clean.json"),
        expect![[r#"
        looked and found nothing
        checks.fails = 0 1
        checks.passes = 20 1
        checks.rate = 100 %
        data_received.count = 0 bytes
        data_received.rate = 0 bytes/s
        data_sent.count = 0 bytes
        data_sent.rate = 0 bytes/s
        iteration_duration.avg = 0.014018000000000003 ms
        iteration_duration.max = 0.089507 ms
        iteration_duration.med = 0.0096795 ms
        iteration_duration.min = 0.008478 ms
        iteration_duration.p90 = 0.012438200000000003 ms
        iteration_duration.p95 = 0.018319700000000053 ms
        iterations.count = 20 1
        iterations.rate = 18320.55474639772 1/s
    "#]],
    );
}

#[test]
fn k6_that_misses_one() {
    check(
        Format::K6,
        recorded!("k6/missed.json"),
        expect![[r#"
        Error threshold -:-:- `checks` does not hold `rate>0.9`
        Warning check -:-:- `even` failed 2 of 4 times
        checks.fails = 2 1
        checks.passes = 2 1
        checks.rate = 50 %
        data_received.count = 0 bytes
        data_received.rate = 0 bytes/s
        data_sent.count = 0 bytes
        data_sent.rate = 0 bytes/s
        iteration_duration.avg = 10.33369475 ms
        iteration_duration.max = 10.397668 ms
        iteration_duration.med = 10.344842 ms
        iteration_duration.min = 10.247427 ms
        iteration_duration.p90 = 10.3927651 ms
        iteration_duration.p95 = 10.395216549999999 ms
        iterations.count = 4 1
        iterations.rate = 96.44155495901633 1/s
    "#]],
    );
}
