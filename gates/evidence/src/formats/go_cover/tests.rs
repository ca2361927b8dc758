//! Claims about `go_cover`.
