//! Claims about `measures`.
