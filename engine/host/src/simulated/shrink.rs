//! The smallest scenario that still breaks a claim: steps, lives, blows and attempts are taken away as long as something
//! is still wrong.
//!
//! **Absent on purpose:** the very same violation. Another one on the way is as good a find.

use super::Dice;
use super::scenario::{Does, Scenario, Sealed};
use super::trial::play;

/// Other choices of lost bytes that are tried for each smaller scenario.
const SEEDS_MAX: u64 = 12;
/// Smaller scenarios that are tried.
const TRIES_MAX: usize = 3_000;

/// Makes a scenario smaller that breaks a claim.
pub fn shrink(scenario: &Scenario) -> Scenario {
    let mut best = scenario.clone();
    let mut tries = 0;
    'better: loop {
        for smaller in smaller(&best) {
            tries += 1;
            if tries > TRIES_MAX {
                return best;
            }
            if let Some(found) = broken(&smaller) {
                best = found;
                continue 'better;
            }
        }
        return best;
    }
}

/// The scenario, with a seed under which it breaks a claim.
fn broken(scenario: &Scenario) -> Option<Scenario> {
    let mut dice = Dice::of(scenario.seed);
    let seeds = std::iter::once(scenario.seed).chain((0..SEEDS_MAX).map(|_| dice.number()));
    let mut all = seeds.map(|seed| Scenario { seed, ..scenario.clone() });
    all.find(|one| !play(one).violations.is_empty())
}

fn smaller(scenario: &Scenario) -> Vec<Scenario> {
    let mut all = Vec::new();
    let mut add = |change: &dyn Fn(&mut Scenario)| {
        let mut one = scenario.clone();
        change(&mut one);
        if one != *scenario {
            all.push(one);
        }
    };
    for at in (0..scenario.lives.len()).rev() {
        add(&|one| drop(one.lives.remove(at)));
    }
    for at in (0..scenario.steps.len()).rev() {
        add(&|one| without(one, at));
    }
    for (life, its) in scenario.lives.iter().enumerate() {
        for at in 0..its.blows.len() {
            add(&|one| {
                one.lives[life].blows.remove(at);
            });
        }
        add(&|one| (one.lives[life].calendar_ms, one.lives[life].pause_ms) = (0, 0));
    }
    for (step, its) in scenario.steps.iter().enumerate() {
        add(&|one| one.steps[step].needs.clear());
        if let Does::Runs(runs) = &its.does {
            for at in 0..runs.endings.len() {
                add(&|one| {
                    if let Does::Runs(runs) = &mut one.steps[step].does
                        && runs.endings.len() > 1
                    {
                        runs.endings.remove(at);
                    }
                });
            }
            add(&|one| {
                if let Does::Runs(runs) = &mut one.steps[step].does {
                    runs.retries = 0;
                }
            });
            add(&|one| {
                if let Does::Runs(runs) = &mut one.steps[step].does {
                    runs.timeout = false;
                }
            });
            add(&|one| {
                if let Does::Runs(runs) = &mut one.steps[step].does {
                    runs.once = false;
                }
            });
        }
    }
    add(&|one| one.capacity = 1);
    add(&|one| one.sealed = Sealed::Not);
    if scenario.sealed == Sealed::Signed {
        add(&|one| one.sealed = Sealed::Unsigned);
    }
    all
}

/// Takes a step away, and what others needed of it.
fn without(scenario: &mut Scenario, at: usize) {
    if scenario.steps.len() == 1 {
        return;
    }
    scenario.steps.remove(at);
    for step in &mut scenario.steps {
        step.needs.retain(|(need, _)| *need != at);
        for (need, _) in &mut step.needs {
            *need -= usize::from(*need > at);
        }
    }
}
