//! Claims about `mypy`.
