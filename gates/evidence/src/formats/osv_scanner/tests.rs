//! Claims about `osv_scanner`.
