//! Claims about `osv`.
