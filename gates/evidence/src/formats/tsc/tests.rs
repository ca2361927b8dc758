//! Claims about `tsc`.
