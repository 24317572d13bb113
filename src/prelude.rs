//! The imports of a program with services of its own.
//!
//! A service is an application with a supervisor at its top; with [`Programs`] it gets the whole
//! command line:
//!
//! ```
//! use nodedown::prelude::*;
//!
//! // With `serde` among the crate's own dependencies, the second line is not needed.
//! #[derive(Serialize, Deserialize)]
//! #[serde(crate = "nodedown::serde")]
//! enum Request {
//!     Add(i64),
//!     Total,
//! }
//!
//! struct Counter {
//!     total: i64,
//! }
//!
//! impl GenServer for Counter {
//!     type Call = Request;
//!     type Cast = Term;
//!     type Reply = i64;
//!
//!     async fn handle_call(
//!         &mut self,
//!         _: &Context,
//!         _: Caller,
//!         request: Request,
//!     ) -> Result<Reply<i64>, Exit> {
//!         if let Request::Add(number) = request {
//!             self.total += number;
//!         }
//!         Ok(Reply::now(self.total))
//!     }
//! }
//!
//! /// The service `counter`, which a scenario can name.
//! struct CounterService;
//!
//! impl Service for CounterService {
//!     fn info(&self) -> ProgramInfo {
//!         ProgramInfo { name: "counter", about: "Counts.", config: vec![], operations: vec![] }
//!     }
//!
//!     fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
//!         let name = setup.name;
//!         ApplicationSpec::new(name.as_str(), move |ctx, _| async move {
//!             let server = ChildSpec::worker("counter", move |ctx| async move {
//!                 let options = gen_server::Options::new("counter").global(name);
//!                 let start = |_| async { Ok(Init::Ok(Counter { total: 0 })) };
//!                 gen_server::start_link(&ctx, options, start).await
//!             });
//!             supervisor::start_link(&ctx, None, supervisor::Flags::default(), vec![server]).await
//!         })
//!     }
//! }
//!
//! let programs = Programs::builtin().with_service(CounterService);
//! let text = r#"{
//!     "name": "the counter moves",
//!     "duration": "30s",
//!     "hosts": { "x": {}, "y": {} },
//!     "nodes": { "a@x": { "host": "x" }, "b@y": { "host": "y" } },
//!     "sync_nodes": { "optional": ["a@x", "b@y"], "timeout": "1s" },
//!     "applications": { "counter": { "distributed": { "nodes": ["a@x", "b@y"] } } },
//!     "faults": [{ "at": "10s", "crash": "a@x" }],
//!     "expect": [{ "single_instance": "counter" }],
//! }"#;
//! let scenario = Scenario::parse(text, "counter.json", &programs.catalogue())?;
//! let run = Simulation::new(scenario.plan(1), &programs).run();
//! assert_eq!(check(&run).conclusion, Conclusion::Pass);
//! # Ok::<(), nodedown::scenario::ScenarioError>(())
//! ```
//!
//! The program's `main` is `nodedown::cli::main(&programs)`. A program that uses the service is a
//! [`Client`]; `nodedown new NAME` writes a crate with both, a scenario and its tests.
//!
//! Nothing but `nodedown` has to be among the dependencies of such a crate: what its code needs of
//! `serde`, `serde_json` and `rand` is here, and whole under [`serde`],
//! [`serde_json`] and [`rand`]. Random numbers come from
//! [`Context::with_rng`], so that the seed decides them.

pub use std::process::ExitCode;
pub use std::time::Duration;

pub use rand::seq::{IndexedRandom, SliceRandom};
pub use rand::{Rng, RngExt};
pub use serde::{Deserialize, Serialize};

pub use crate::consistency::history::{Action, Invocation, Outcome};
pub use crate::document::shape::{Field, ProgramInfo, Shape};
pub use crate::engine::network::NodeId;
pub use crate::engine::runtime::{
    BoxedProcess, Context, Exit, ExitResult, NodeConfig, NodeMonitor, PartitionId, World,
    WorldConfig,
};
pub use crate::engine::term::{Atom, Pid, Ref, Term, from_term, to_term};
pub use crate::engine::time::Time;
pub use crate::engine::trace::Level;
pub use crate::explore::{RunSeeds, WorldTest};
pub use crate::otp::application::{ApplicationSpec, StartType};
pub use crate::otp::gen_server::{
    self, Caller, GenServer, Init, Next, Reply, ServerName, ServerRef,
};
pub use crate::otp::supervisor::{self, ChildSpec};
pub use crate::otp::{StartResult, global, kernel, pg};
pub use crate::scenario::Scenario;
pub use crate::scenario::services::{Client, ClientSetup, Programs, Service, ServiceSetup, Task};
pub use crate::scenario::simulation::{Run, Simulation};
pub use crate::verdict::{Conclusion, Verdict, check};
pub use crate::{atom, list, map, tuple};
