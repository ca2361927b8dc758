//! Claims about recorded output of real tools, under `tests/evidence` at the top of the repository.

use expect_test::Expect;

use crate::{Context, Format};

macro_rules! recorded {
    ($path:literal) => {
        include_bytes!(concat!("../../../../../tests/evidence/", $path))
    };
}

mod coverage;
mod go;
mod lines;
mod python;
mod rust;
mod speed;
mod web;

/// What a recorded report says, a line each.
#[expect(clippy::needless_pass_by_value, reason = "so that `expect![…]` can be written in place")]
fn check(format: Format, report: &[u8], expected: Expect) {
    let context = Context { rule: Some("formatted"), ..Context::at("/tmp/ev/shop") };
    expected.assert_eq(&super::show(&crate::read(format, &mut &*report, &context)));
}
