//! Claims about crashes, on a machine that fails; and that the machine itself is able to lose what is not durable.

use super::scenario::Scenario;
use super::trial::play_all;

#[test]
fn whatever_fails_nothing_that_was_told_is_lost() {
    for seed in 0..300 {
        for outcome in play_all(&Scenario::random(seed).disturbed(4)) {
            assert!(outcome.violations.is_empty(), "seed {seed}: {:#?}", outcome.violations);
        }
    }
}
