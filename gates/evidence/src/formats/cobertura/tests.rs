//! Claims about `cobertura`.
