//! Claims about `cargo`.
