//! Claims about `grype`.
