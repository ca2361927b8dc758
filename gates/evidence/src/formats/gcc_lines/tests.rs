//! Claims about `gcc_lines`.
