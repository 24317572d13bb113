//! What a program with services of its own imports.
//!
//! ```
//! use nodedown::prelude::*;
//! ```

pub use std::process::ExitCode;
pub use std::time::Duration;

pub use serde::{Deserialize, Serialize};

pub use crate::check::{Conclusion, Verdict, check};
pub use crate::otp::application::{ApplicationSpec, StartType};
pub use crate::otp::gen_server::{self, Client as Caller, GenServer, Init, Next, Reply};
pub use crate::otp::supervisor::{self, ChildSpec};
pub use crate::runtime::{Context, Exit, ExitResult, World, WorldConfig};
pub use crate::scenario::Scenario;
pub use crate::services::{Client, ClientSetup, Programs, Service, ServiceSetup};
pub use crate::shape::{Field, ProgramInfo, Shape};
pub use crate::simulation::{Run, Simulation};
pub use crate::term::{Atom, Pid, Ref, Term};
pub use crate::time::Time;
pub use crate::{atom, list, map, tuple};
