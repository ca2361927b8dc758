//! Claims about `eslint`.
