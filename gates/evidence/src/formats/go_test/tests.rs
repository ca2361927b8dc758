//! Claims about `go_test`.
