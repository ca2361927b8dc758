//! Claims about `junit`.
