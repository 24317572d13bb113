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
//! these the checkers make a [`Verdict`](verdict::Verdict), and the reports the output.
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
//! # The rooms
//!
//! In reading order. A room uses only those that the last column names; a test holds it. Each says in
//! its own documentation what it may never know.
//!
//! | room | contents | uses |
//! |---|---|---|
//! | [`spelling`] | the words of a choice, the nearest known name, commands to copy | nothing |
//! | [`glossary`] | the words of the field, in a sentence or two each | spelling |
//! | [`formats`] | published JSON: its types, versions and schemas | nothing |
//! | [`engine`] | time, terms, trace, network, nodes and processes: [`time`], [`rng`], [`term`], [`trace`], [`queue`], [`network`], [`runtime`] | formats, spelling |
//! | [`otp`] | `gen_server`, `supervisor`, applications, distributed applications, `global`, `pg`, `erpc`, `rpc` | engine, spelling |
//! | [`beam`] | compiled Erlang: files, values, the machine that runs it | engine, otp |
//! | [`document`] | files that people write: [`diagnostic`], [`shape`], JSON with places | engine, spelling |
//! | [`consistency`] | clients' operations ([`history`]), sequential specifications, linearizability and weaker claims | document, engine, formats, spelling |
//! | [`scenario`] | scenario files, plans, [`fault`]s, [`services`], and the [`simulation`] of a plan | beam, consistency, document, engine, otp, spelling |
//! | [`verdict`] | what was expected of a run, whether it held, and why not: [`record`], [`explain`] | consistency, document, engine, formats, otp, scenario, spelling |
//! | [`explore`] | many runs instead of one, the smallest plan that still fails, every point where a fault could matter | consistency, document, engine, otp, scenario, spelling, verdict |
//! | [`view`] | pictures of runs: one model, and the page that shows it | consistency, engine, formats, otp, scenario, spelling, verdict |
//! | [`shell`] | the console: commands against a live cluster, and transcripts of it | beam, document, engine, glossary, otp, spelling |
//! | [`course`] | lessons that ask, run and check: their files, values of runs, answers compared with them | consistency, document, engine, explore, formats, scenario, shell, spelling, verdict |
//! | [`front`] | what people see: [`report`] and [`cli`] | beam, consistency, course, document, engine, explore, formats, glossary, otp, scenario, shell, spelling, verdict, view |
//! | [`prelude`] | what a program with services of its own imports | consistency, document, engine, explore, otp, scenario, verdict |
//!
//! # Features
//!
//! `cli`, on by default, is the command line with its reports, its pictures, its console and its course;
//! `report`, `view`, `shell` and `course` are these alone. A crate that only runs simulations in its tests goes without:
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
//! For services in Rust: code loading, ports, ETS and the rest of Erlang that failover does not rest
//! on. Several threads in one simulation (sweeps run several simulations).

pub use rand;
pub use serde;
pub use serde_json;

pub mod beam;
pub mod consistency;
#[cfg(feature = "course")]
pub mod course;
pub mod document;
pub mod engine;
pub mod explore;
pub mod formats;
pub mod front;
pub mod glossary;
pub mod otp;
pub mod prelude;
pub mod scenario;
#[cfg(feature = "shell")]
pub mod shell;
pub mod spelling;
pub mod verdict;
#[cfg(feature = "view")]
pub mod view;

pub use consistency::history;
pub use document::{diagnostic, shape};
pub use engine::{network, queue, rng, runtime, term, time, trace};
#[cfg(feature = "cli")]
pub use front::cli;
#[cfg(feature = "report")]
pub use front::report;
pub use scenario::{fault, services, simulation};
pub use verdict::{explain, record};

/// The examples of the pages for people.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/guide.md")]
    struct Guide;
}
