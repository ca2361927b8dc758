//! Claims about `ruff`.
