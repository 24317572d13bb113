//! A deterministic simulator of Erlang-style distributed systems.
//!
//! One thread, one virtual clock and one seed drive any number of simulated nodes with Erlang's
//! message-passing and failure semantics. Scenario files crash nodes, cut networks and stop clocks;
//! a run ends in a verdict: was the failover transparent to the people using the system?
//!
//! # The way of the data
//!
//! A scenario file is read into a [`Scenario`](scenario::Scenario), or into diagnostics that say
//! what to write instead. A scenario and a seed make a [`Plan`](scenario::Plan): every fault and
//! every client operation with its time. A [`Simulation`](simulation::Simulation) of the plan is a
//! [`Run`](simulation::Run): a trace of what happened, and a history of what the clients saw. From
//! these the checkers make a [`Verdict`](check::Verdict), and the reports the output.
//!
//! ```
//! use nodedown::prelude::*;
//!
//! let programs = Programs::builtin();
//! let scenario = Scenario::from_file("scenarios/chat-failover.json", &programs.catalogue())?;
//! let run = Simulation::new(scenario.plan(7), &programs).run();
//! let verdict = check(&run);
//! assert_eq!(verdict.conclusion, Conclusion::Pass);
//! # Ok::<(), nodedown::scenario::ScenarioError>(())
//! ```
//!
//! # The modules
//!
//! In reading order; each imports only modules above it, which a test holds.
//!
//! | module | what it is |
//! |---|---|
//! | [`time`] | virtual time, and durations as people write them |
//! | [`diagnostic`] | what is wrong with a file, where, and what to write instead |
//! | [`glossary`] | the words of the field, in a sentence or two each |
//! | [`rng`] | named streams of random numbers |
//! | [`term`] | Erlang's values: printing, parsing, order, serde, JSON, the external format |
//! | [`trace`] | what happened, and a digest of it |
//! | [`queue`] | the event queue: `(time, sequence)` |
//! | [`network`] | hosts, paths, connections, cookies, ticks, partitions; knows no processes |
//! | [`runtime`] | nodes, processes, signals, links, monitors, names, timers; the world and its loop |
//! | [`otp`] | `gen_server`, `supervisor`, applications, distributed applications, `global`, `pg`, `erpc`, `rpc` |
//! | [`beam`] | users' own compiled modules: the files, and whether everything that they need is there |
//! | [`fault`] | what can go wrong, and what it does to the world |
//! | [`history`] | the clients' operations and their outcomes |
//! | [`shape`] | what a JSON value may be: for checking, and for the published schema |
//! | [`services`] | the chat system's five applications, a key-value service, and their users; programs by name |
//! | [`scenario`] | JSON text, syntax with positions, diagnostics, plan |
//! | [`simulation`] | plan, world, run: where all parts meet |
//! | [`check`] | the verdict; reads runs, never the world |
//! | [`record`] | records of runs: plan, findings, story, digest; replays and differences |
//! | [`explain`] | the chain of causes from a fault to a client's operation |
//! | [`explore`] | many runs instead of one, spread over threads; the smallest plan that still fails; every point where a fault could matter |
//! | [`report`] | story, tables, JSON |
//! | [`shell`] | the console: commands against a live cluster, and transcripts of it |
//! | [`cli`] | the command line |
//! | [`prelude`] | what a program with services of its own imports |
//!
//! # Features
//!
//! `cli`, on by default, is the command line with its reports and its console; `report` and `shell`
//! are these two alone. A crate that only runs simulations in its tests goes without:
//! `nodedown = { version = "0.1", default-features = false }`.
//!
//! # What holds everywhere
//!
//! - Same scenario, same seed, same version: the same trace, byte for byte, on every platform. No
//!   wall clock, no randomness of the operating system, no hash order, no thread inside a run.
//! - Processes that are ready at one instant run in an order that the seed picks; each consumer of
//!   randomness has a stream of its own, so that taking a fault away leaves the other draws alone.
//! - A process is an async function, a behaviour is written on what every process can do, and
//!   a panic or a returned error is an exit reason.
//! - Bad input is a diagnostic, a finding about the simulated system is a verdict, a bug of ours is
//!   a panic.
//!
//! # What is deliberately absent
//!
//! Code loading, ports, ETS and the rest of Erlang that failover does not rest on; improper lists;
//! several threads in one simulation (sweeps run several simulations).

pub use rand;
pub use serde;
pub use serde_json;

pub mod beam;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod diagnostic;
pub mod explain;
pub mod explore;
pub mod fault;
pub mod glossary;
pub mod history;
pub mod network;
pub mod otp;
pub mod prelude;
pub mod queue;
pub mod record;
#[cfg(feature = "report")]
pub mod report;
pub mod rng;
pub mod runtime;
pub mod scenario;
pub mod services;
pub mod shape;
#[cfg(feature = "shell")]
pub mod shell;
pub mod simulation;
pub mod term;
pub mod time;
pub mod trace;

/// The examples of the pages for people.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/guide.md")]
    struct Guide;
}
