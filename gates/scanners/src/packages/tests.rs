//! Lock files in, packages out.
