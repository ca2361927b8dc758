//! Claims about `sarif`.
