//! Merging keeps every number and no gap.

use intervals::{Interval, merged};

fn of(pairs: &[(i64, i64)]) -> Vec<Interval> {
    pairs.iter().filter_map(|(start, end)| Interval::new(*start, *end)).collect()
}

#[test]
fn intervals_that_touch_become_one() {
    assert_eq!(merged(of(&[(5, 7), (1, 3), (3, 5)])), of(&[(1, 7)]));
}

#[test]
fn an_interval_inside_another_disappears() {
    assert_eq!(merged(of(&[(1, 9), (2, 3), (10, 12)])), of(&[(1, 9), (10, 12)]));
}

#[test]
fn nothing_stays_nothing() {
    assert_eq!(merged(Vec::new()), Vec::new());
}
