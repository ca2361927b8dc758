//! Half-open intervals of whole numbers.

/// The numbers from `start` up to and without `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    /// The first number.
    pub start: i64,
    /// The first number that is not in it any more.
    pub end: i64,
}

impl Interval {
    /// An interval; `None` where it would hold nothing.
    ///
    /// ```
    /// use intervals::Interval;
    /// assert!(Interval::new(3, 3).is_none());
    /// ```
    pub fn new(start: i64, end: i64) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// Whether two intervals share a number or touch.
    pub fn meets(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }
}

/// The same numbers in as few intervals as possible, sorted.
pub fn merged(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort();
    let mut merged: Vec<Interval> = Vec::with_capacity(intervals.len());
    for next in intervals {
        match merged.last_mut() {
            Some(last) if last.meets(next) => last.end = last.end.max(next.end),
            _ => merged.push(next),
        }
    }
    merged
}
