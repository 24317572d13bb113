//! The operating-system processes that nodes are: starting them, pipes to them, and what other
//! programs of a machine do to them.

use std::rc::Rc;
use std::time::Duration;

use super::Context;
use crate::engine::network::{HostId, NodeId};
use crate::engine::runtime::BoxedProcess;
use crate::engine::runtime::events::Event;
use crate::engine::runtime::node::{self, NodeConfig};
use crate::engine::runtime::signal::{Body, Target};
use crate::engine::runtime::state::{SharedState, State};
use crate::engine::term::{Atom, Pid, Term};

/// Makes the process that a node runs when it starts.
pub type BootFunction = Rc<dyn Fn(Context) -> BoxedProcess>;

/// The program of the first process of a node.
pub(in crate::engine::runtime) fn program_of(state: SharedState, boot: BootFunction) -> node::Boot {
    Rc::new(move |pid, node| -> Body {
        let (boot, ctx) = (Rc::clone(&boot), Context::new(Rc::clone(&state), pid, node));
        Box::pin(async move { boot(ctx).await })
    })
}

/// The reason for which a node does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// A node with this name is up.
    #[error("a node with this name is up")]
    NameInUse,
    /// The host is off.
    #[error("the host has no power")]
    NoPower,
}

/// Signals of the operating system from one program to another on its machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherSignal {
    /// `kill -9`
    Kill,
    /// `kill -STOP`
    Stop,
    /// `kill -CONT`
    Continue,
}

/// Other programs.
impl Context {
    /// Starts a node as a program of the machine starts another one: adds it to the world, unless a node
    /// with this name is there and down. On the same host the two have the same files, which only
    /// the crash of the first of all of them damages.
    ///
    /// # Errors
    /// The reason for which it does not start.
    pub fn start_node(&self, config: NodeConfig, boot: BootFunction) -> Result<NodeId, StartError> {
        let program = program_of(Rc::clone(&self.state), boot);
        let mut state = self.state();
        let id = match state.nodes.named(config.name) {
            Some(id) if state.nodes[id].up => return Err(StartError::NameInUse),
            Some(id) => {
                state.configure_anew(id, config);
                id
            }
            None => state.add_node(config),
        };
        state.nodes[id].boot = Some(program);
        if state.nodes[id].config.host == state.nodes[self.node].config.host {
            let owner = state.owner_of_files(self.node);
            state.nodes[id].files_of = Some(owner).filter(|owner| *owner != id);
        }
        if state.start_node(id) { Ok(id) } else { Err(StartError::NoPower) }
    }

    /// Has `{program_ended,Name,Status}` sent to this process when the operating-system process of a
    /// node that is up ends, be this one connected to it or not. Returns whether it is up.
    pub fn watch_program(&self, node: Atom) -> bool {
        let mut state = self.state();
        let Some(id) = state.nodes.named(node).filter(|id| state.nodes[*id].up) else {
            return false;
        };
        state.nodes[id].parents.push(self.pid);
        true
    }

    /// Puts a message into the mailbox of a process by another way than the network: a pipe between
    /// two programs. Returns whether the process is alive.
    pub fn send_by_pipe(&self, to: Pid, message: impl Into<Term>) -> bool {
        let Some(mut state) = self.active() else { return false };
        let Some(node) = state.processes.node_of(to) else { return false };
        state.deliver_from_outside(node, Target::Pid(to), message.into())
    }

    /// The number of the operating-system process of this node. No two have had the same.
    pub fn program_number(&self) -> u32 {
        self.state().program_number(self.node)
    }

    /// The number of the operating-system process of a node, while it is up.
    pub fn program_of(&self, node: Atom) -> Option<u32> {
        let state = self.state();
        let id = state.nodes.named(node).filter(|id| state.nodes[*id].up)?;
        Some(state.program_number(id))
    }

    /// Returns whether the operating system has a process with this number.
    pub fn has_program(&self, number: u32) -> bool {
        self.state().node_of_program(number).is_some()
    }

    /// Sends a signal to the operating-system process with this number. Returns whether there is one.
    pub fn signal_program(&self, number: u32, signal: OtherSignal) -> bool {
        let Some(mut state) = self.active() else { return false };
        let Some(node) = state.node_of_program(number) else { return false };
        match signal {
            OtherSignal::Kill => drop(state.crash_node(node)),
            OtherSignal::Stop => state.pause_node(node),
            OtherSignal::Continue => state.resume_node(node),
        }
        true
    }

    /// Stops the operating-system process of this node for a while, as [`OtherSignal::Stop`] and
    /// [`OtherSignal::Continue`] would.
    pub fn stop_for(&self, time: Duration) {
        let Some(mut state) = self.active() else { return };
        let (at, creation) = (state.log.now + time, state.nodes[self.node].creation);
        state.pause_node(self.node);
        state.events.schedule(at, Event::Resume(self.node, creation));
    }

    /// The host with this name, or that of a node whose name ends in it.
    pub fn host_named(&self, name: &str) -> Option<HostId> {
        let state = self.state();
        let of_node = || {
            let mut ids = state.nodes.ids();
            let end = format!("@{name}");
            let found = ids.find(|id| state.nodes[*id].name().as_str().ends_with(&end));
            found.map(|id| state.network.host_of(id))
        };
        state.nodes.host(Atom::new(name)).or_else(of_node)
    }
}

/// The rules of the machines' firewalls.
impl Context {
    /// Cuts, in silence, what goes from the nodes of the first list to those of the second, until
    /// [`Self::heal_cuts`].
    pub fn cut(&self, from: &[Atom], to: &[Atom]) {
        let Some(mut state) = self.active() else { return };
        let mut pairs = Vec::new();
        for one in from {
            let one = state.node_named(*one, self.node);
            for other in to {
                pairs.push((one, state.node_named(*other, self.node)));
            }
        }
        let partition = state.next_partition();
        state.cut(partition, pairs);
    }

    /// Ends all cuts.
    pub fn heal_cuts(&self) {
        let Some(mut state) = self.active() else { return };
        for partition in state.network.partitions() {
            state.heal(partition);
        }
    }
}

impl State {
    /// Gives a node that is down other settings. It stays on its host if it has ever been up.
    fn configure_anew(&mut self, id: NodeId, config: NodeConfig) {
        let node = &mut self.nodes[id];
        let is_new = node.creation.0 == 0;
        let host = if is_new { config.host } else { node.config.host };
        node.config = Rc::new(NodeConfig { host, ..config });
        self.network.place(id, host);
    }

    fn program_number(&self, id: NodeId) -> u32 {
        (self.nodes[id].creation.0.max(1) - 1) * PROGRAMS_MAX + id.0 + 1
    }

    fn node_of_program(&self, number: u32) -> Option<NodeId> {
        let mut ids = self.nodes.ids();
        ids.find(|id| self.nodes[*id].up && self.program_number(*id) == number)
    }
}

/// The most nodes of which the operating-system processes have numbers of their own.
const PROGRAMS_MAX: u32 = 1000;
