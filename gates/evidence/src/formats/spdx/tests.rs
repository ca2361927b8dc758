//! Claims about `spdx`.
