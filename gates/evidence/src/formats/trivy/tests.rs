//! Claims about `trivy`.
