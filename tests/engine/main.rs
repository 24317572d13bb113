//! Nodes, processes and signals.

#[path = "../probes/mod.rs"]
mod probes;

mod nodes;
mod processes;
