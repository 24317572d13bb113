//! Distributed applications of a session, and how they were started.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::names::full;
use super::supervisor::Child;
use crate::otp::application::{ApplicationSpec, RestartType, StartType};
use crate::otp::kernel::{BootApplication, BootMode, Distributed};
use crate::otp::supervisor::{self, Flags, StartResult};
use crate::runtime::Context;
use crate::term::{Atom, Term};
use crate::trace::{Fact, TraceRecord};

/// A distributed application: a supervisor with one server, which is registered under the name of
/// the application.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Definition {
    pub name: String,
    /// The nodes in the order of priority; those of an inner list are equals.
    pub nodes: Vec<Vec<String>>,
    pub timeout: Option<Duration>,
    /// Whether it has a start phase.
    pub phases: bool,
    pub restart: RestartType,
    /// The node where its start fails.
    pub fails_on: Option<String>,
}

/// The start type that each start was given, with its node and its application, oldest first.
pub(super) type Starts = Rc<RefCell<Vec<(Atom, Atom, StartType)>>>;

impl Definition {
    pub(super) fn new(name: String) -> Definition {
        let (timeout, restart) = (Some(Duration::ZERO), RestartType::Temporary);
        Definition { name, nodes: Vec::new(), timeout, phases: false, restart, fails_on: None }
    }

    pub(super) fn atom(&self) -> Atom {
        Atom::new(&self.name)
    }

    /// Whether it may run on this node.
    pub(super) fn names(&self, node: &str) -> bool {
        self.nodes.iter().flatten().any(|other| other == node)
    }

    /// The kernel parameter `distributed` for it.
    pub(super) fn distributed(&self) -> Distributed {
        let equals = |group: &Vec<String>| group.iter().map(|node| full(node)).collect();
        let nodes = self.nodes.iter().map(equals).collect();
        Distributed { application: self.atom(), timeout: self.timeout, nodes }
    }

    /// What its nodes load when they boot.
    pub(super) fn to_boot(&self, starts: &Starts) -> BootApplication {
        let (definition, starts) = (self.clone(), Rc::clone(starts));
        let spec = ApplicationSpec::new(&self.name, move |ctx, start_type| {
            starts.borrow_mut().push((ctx.node(), definition.atom(), start_type));
            let fails = definition.fails_on.as_deref().map(full) == Some(ctx.node());
            start(ctx, definition.atom(), fails)
        });
        let spec = if self.phases {
            let go = (Atom::new("go"), Term::from(Vec::<Term>::new()));
            spec.start_phases([go], |_, _, _, _| async { Ok(()) })
        } else {
            spec
        };
        BootApplication { spec, mode: BootMode::Load }
    }
}

async fn start(ctx: Context, name: Atom, fails: bool) -> StartResult {
    if fails {
        return Err(Term::atom("nope"));
    }
    let flags = Flags { intensity: 0, ..Flags::default() };
    supervisor::start_link(&ctx, None, flags, vec![Child::permanent(name).spec()]).await
}

/// The nodes on which an application runs, as the trace tells.
pub(super) fn running(application: Atom, records: &[TraceRecord]) -> Vec<Atom> {
    let mut nodes = Vec::new();
    for record in records {
        let Some(node) = record.node else { continue };
        if let Fact::ApplicationStarted { application: found, .. } = &record.fact
            && *found == application
        {
            nodes.push(node);
        }
        let has_stopped = match &record.fact {
            Fact::ApplicationStopped { application: found, .. } => *found == application,
            fact => matches!(fact, Fact::NodeCrashed | Fact::NodeStopped { .. }),
        };
        if has_stopped {
            nodes.retain(|other| *other != node);
        }
    }
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}
