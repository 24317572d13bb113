//! Processes, signals, links, monitors, names and timers: rules A of the semantics.

mod aliases;
mod endings;
mod exits;
mod links;
mod monitors;
mod names;
mod ordering;
mod sending;
mod spawning;
mod suspending;
mod timers;
