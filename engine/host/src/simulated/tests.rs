//! Claims about crashes, on a machine that fails; and that the machine itself is able to lose what is not durable.

use super::scenario::Scenario;
use super::trial::play;

#[test]
fn whatever_fails_nothing_that_was_told_is_lost() {
    for seed in 0..1_000 {
        let outcome = play(&Scenario::random(seed));
        assert!(outcome.violations.is_empty(), "seed {seed}: {:#?}", outcome.violations);
    }
}
