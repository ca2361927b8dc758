//! Claims about `lcov`.
