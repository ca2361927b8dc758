//! Claims about `libtest`.
