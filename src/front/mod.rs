//! The front: the command line and its reports.
//!
//! **Invariant**: decides nothing about a run. All that it prints is in the verdict, the results or
//! the explanation already.

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "report")]
pub mod report;
