//! The runtime: nodes, processes, and the signals between them.
//!
//! It does what the Erlang runtime system does, as far as processes can see it; the rules that a
//! piece of code models are named beside it (`A12`). It knows no scenarios and no OTP.
//!
//! In reading order; the files of each part use those of the parts above it:
//!
//! - data, which knows nothing of a world: `process`, `mailbox`, `content`, `relations` with `ref_map`, `signal`,
//!   `exit`; `node`, `node_monitor`, `clock`, `disk` with `file_system`, `ticktime`, `service_manager`, `release`; `config`
//! - owners, each of one part of a world: `processes` with `slots`; `nodes`; `remote_links` with
//!   `loss_causes`; `timers`; `sockets`; `names`; `events`; `log`; `progress`
//! - `state`: the owners together, and everything that needs several of them
//! - `context`: the interface of a process to the world; `receive`: the futures that it can await
//! - `world`: the interface of a program, and the loop; `control`: building a world and injecting
//!   faults; `queries`
//!
//! # Speed
//!
#![doc = include_str!("../../../benches/figures.md")]

mod clock;
mod config;
mod content;
mod context;
mod control;
mod disk;
mod events;
mod exit;
mod file_system;
mod log;
mod loss_causes;
mod mailbox;
mod names;
mod node;
mod node_monitor;
mod nodes;
mod process;
mod processes;
mod progress;
mod queries;
mod receive;
mod ref_map;
mod relations;
mod release;
mod remote_links;
mod service_manager;
mod signal;
mod slots;
mod sockets;
mod state;
mod ticktime;
mod timers;
mod world;

use std::future::Future;
use std::pin::Pin;

pub use config::{Schedule, WorldConfig};
pub use content::{Content, OpaqueMessage};
pub(crate) use context::survive_and_record;
pub use context::{
    BootFunction, Context, OtherSignal, ProcessInfo, ProcessInfoParts, ProcessStatus, StartError,
};
pub(crate) use control::Direction;
pub use control::PartitionId;
pub use disk::{DiskError, DiskFault};
pub use events::CallId;
pub use exit::{Class, Exit, ExitResult};
pub(crate) use exit::{is_usual, panic_text};
pub use file_system::{
    Errno, FileNumber, FileStatus, FileSystem, LastLink, Named, Openable, normal, parent,
};
pub use names::UnregisteredName;
pub use node::{AutoConnect, NodeConfig};
pub use node_monitor::{NodeMonitor, NodeTypes};
pub use progress::StopsAt;
pub use receive::{
    Connect, Mark, MessageArrival, Receive, ReceiveContent, ReceiveWithin, Sleep, SpawnOn, YieldNow,
};
pub use relations::{AliasMode, MonitorOptions, MonitorTarget, SpawnReplies, SpawnTags};
pub use release::OtpRelease;
pub use service_manager::{RestartLimit, RestartPolicy, Restarts};
pub use signal::Destination;
pub use state::{DistributionError, SpawnOptions};
pub use ticktime::{NetTicktime, TicktimeChange};
pub use timers::TimerDestination;
pub use world::{RunOutcome, World};

/// The running body of a process.
pub type BoxedProcess = Pin<Box<dyn Future<Output = ExitResult>>>;
