//! Claims about `cyclonedx`.
