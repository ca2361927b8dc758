//! A machine that fails: disk, clock and processes made of memory, on which the real drive runs.
//!
//! ```text
//!   Scenario ─┬─ undisturbed ──────────────────────────────────────────▶ verdict ─┐
//!   (seed)    └─ life ─▶ crash ─▶ what is left ─▶ life ─▶ … ─▶ last life ─▶ verdict ┴─ the same, or a violation
//! ```
//!
//! | module | belongs there |
//! |---|---|
//! | [`fate`] | when something goes wrong, and the simulation's clock |
//! | [`files`] | a disk that tells what was written from what is durable |
//! | [`steps`] | processes that end as the scenario says |
//! | [`scenario`] | random workflows, random faults |
//! | [`trial`] | one scenario from its first life to its verdict, and what must hold |
//! | [`shrink`] | the smallest scenario that still breaks the same claim |
//!
//! **What must hold**: what an observer was told is in the log for ever, in its place; a step that has settled does not
//! start again; a step that must not run twice does not start twice unless a person says so; replay of the log is the
//! live run; the verdict is that of the undisturbed run; an error of the disk ends in an error, not in a verdict.
//!
//! **Absent on purpose:** anything that a run on a real machine would use. Nothing outside of tests and the example
//! `crashes` enters here.

pub mod fate;
pub mod files;
pub mod scenario;
pub mod shrink;
pub mod steps;
#[cfg(test)]
mod tests;
pub mod trial;

/// A source of small decisions: the same seed, the same decisions, on every machine.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Begins anew.
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number: SplitMix64 (Steele, Lea, Flood 2014).
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `sides`; 0 where there are no sides.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.number().checked_rem(sides).unwrap_or(0)
    }

    /// A place in something of this length, ends included.
    pub fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.roll(length as u64 + 1)).unwrap_or(length)
    }

    /// Whether it happens, once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.roll(times) == 0
    }
}
