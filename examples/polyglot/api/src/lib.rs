//! Orders as the shop sends them on.

/// One line of an order.
pub struct Line {
    /// Price of one piece, in cents.
    pub cents: u64,
    /// How many.
    pub pieces: u32,
}

/// What the order costs, in cents; `None` where the number is beyond counting.
pub fn total(lines: &[Line]) -> Option<u64> {
    lines.iter().try_fold(0u64, |sum, line| sum.checked_add(line.cents.checked_mul(line.pieces.into())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_add_up() {
        let lines = [Line { cents: 250, pieces: 2 }, Line { cents: 99, pieces: 1 }];
        assert_eq!(total(&lines), Some(599));
    }

    #[test]
    fn an_order_beyond_counting_is_no_small_order() {
        assert_eq!(total(&[Line { cents: u64::MAX, pieces: 2 }]), None);
    }
}
