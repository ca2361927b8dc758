//! Claims about `file_list`.
