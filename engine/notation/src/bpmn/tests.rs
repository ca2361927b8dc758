//! Diagrams in, graphs or diagnostics out.

mod corpus;
mod world;
