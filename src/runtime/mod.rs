//! The runtime: nodes, processes, and the signals between them.
//!
//! It does what the Erlang runtime system does, as far as processes can see it; the rules that a
//! piece of code models are named beside it (`A12`). It knows no scenarios and no OTP.
//!
//! - `world`: everything that is simulated, and the loop that moves it on; `events`: what comes of what
//!   waits in the queue
//! - `control`: what can be done to the world from outside
//! - `context`: what a process can do; `receive`: what it can wait for
//! - `lifecycle`: how a process lives; `process`, `mailbox`: what it has; `slots`: where it is; `exit`: why it ends
//! - `delivery`: how signals find their receivers; `signal`: what they are
//! - `links`: links, monitors and exit signals; `watch`: how the loss of a node shows;
//!   `partings`: what it was due to
//! - `node`: how a node lives; `alive`: whether it takes part in a cluster; `clock`, `disk`: what
//!   it has
//! - `release`: what releases of Erlang/OTP have not in common
//! - `service_manager`: what starts a node again when it has gone down
//! - `timers`, `sockets`, `ticktime`
//! - `unregistered`: names that were asked for and that nobody had
//!
//! # Speed
//!
#![doc = include_str!("../../benches/figures.md")]

mod alive;
mod clock;
mod context;
mod control;
mod delivery;
mod disk;
mod events;
mod exit;
mod lifecycle;
mod links;
mod looking;
mod mailbox;
mod node;
mod partings;
mod process;
mod receive;
mod release;
mod service_manager;
mod signal;
mod slots;
mod sockets;
mod ticktime;
mod timers;
mod unregistered;
mod watch;
mod world;

use std::future::Future;
use std::pin::Pin;

pub use alive::DistributionError;
pub use context::{Context, SpawnOptions, SpawnReplies};
pub(crate) use control::Direction;
pub use control::PartitionId;
pub use delivery::Destination;
pub use disk::{DiskError, DiskFault};
pub use exit::{Class, Exit, ExitResult};
pub(crate) use exit::{panic_text, survive_and_tell};
pub use links::{MonitorOptions, MonitorTarget};
pub use node::{AutoConnect, Boot, NodeConfig};
pub use process::AliasMode;
pub use receive::{Connect, Mark, Receive, ReceiveWithin, Sleep, SpawnOn, YieldNow};
pub use release::OtpRelease;
pub use service_manager::{RestartLimit, RestartPolicy, Restarts};
pub use ticktime::{NetTicktime, TicktimeChange};
pub use timers::TimerDestination;
pub use unregistered::UnregisteredName;
pub use watch::NodeMonitor;
pub use world::{Outcome, Schedule, World, WorldConfig};

/// A process that is ready to run.
pub type BoxedProcess = Pin<Box<dyn Future<Output = ExitResult>>>;
