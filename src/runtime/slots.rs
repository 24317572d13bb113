//! The places of processes.

use super::process::Process;
use crate::network::NodeId;
use crate::term::{Incarnation, Pid};

/// All places for processes. A pid's number is that of its place, its serial tells the tenants of one
/// place apart.
///
/// Who lives where is kept apart from the processes themselves: signals are sent far more often to
/// processes than they are looked at. Processes stay where they are in memory.
#[derive(Default)]
pub(super) struct Slots {
    tenants: Vec<Tenant>,
    processes: Vec<Box<[Option<Process>; TOGETHER]>>,
    free: Vec<u32>,
}

/// Who lives at a place.
struct Tenant {
    /// The life of the node that it belongs to; none where nobody lives.
    incarnation: Option<Incarnation>,
    serial: u32,
    node: NodeId,
}

/// So many processes stand together.
const TOGETHER: usize = 64;

impl Slots {
    /// A place for a new process: its number, and the serial of the tenant to come.
    pub(super) fn vacancy(&mut self) -> (u32, u32) {
        let number = self.free.pop().unwrap_or_else(|| {
            if self.tenants.len().is_multiple_of(TOGETHER) {
                self.processes.push(Box::new([const { None }; TOGETHER]));
            }
            self.tenants.push(Tenant { incarnation: None, serial: 0, node: NodeId(0) });
            self.tenants.len() as u32 - 1
        });
        (number, self.tenants[number as usize].serial)
    }

    /// A process moves into the place that its pid names.
    pub(super) fn move_in(&mut self, process: Process) {
        let number = process.pid.number() as usize;
        let tenant = &mut self.tenants[number];
        tenant.incarnation = Some(process.pid.incarnation());
        tenant.node = process.node;
        self.processes[number / TOGETHER][number % TOGETHER] = Some(process);
    }

    /// Takes the tenant out; nobody will be taken for it.
    pub(super) fn move_out(&mut self, number: u32) -> Option<Process> {
        let tenant = &mut self.tenants[number as usize];
        tenant.incarnation.take()?;
        tenant.serial += 1;
        self.free.push(number);
        let number = number as usize;
        self.processes[number / TOGETHER][number % TOGETHER].take()
    }

    /// The node of the process with this identity, if it lives. Does not look at the process.
    #[inline]
    pub(super) fn node_of(&self, pid: Pid) -> Option<NodeId> {
        let tenant = self.tenants.get(pid.number() as usize)?;
        let lives = tenant.serial == pid.serial() && tenant.incarnation == Some(pid.incarnation());
        lives.then_some(tenant.node)
    }

    /// Whoever lives at a place.
    #[inline]
    pub(super) fn tenant(&self, number: u32) -> Option<&Process> {
        let number = number as usize;
        self.processes.get(number / TOGETHER)?[number % TOGETHER].as_ref()
    }

    /// Whoever lives at a place.
    #[inline]
    pub(super) fn tenant_mut(&mut self, number: u32) -> Option<&mut Process> {
        let number = number as usize;
        self.processes.get_mut(number / TOGETHER)?[number % TOGETHER].as_mut()
    }

    /// The process with this identity.
    #[inline]
    pub(super) fn find(&self, pid: Pid) -> Option<&Process> {
        self.tenant(pid.number()).filter(|process| process.pid == pid)
    }

    /// The process with this identity.
    #[inline]
    pub(super) fn find_mut(&mut self, pid: Pid) -> Option<&mut Process> {
        self.tenant_mut(pid.number()).filter(|process| process.pid == pid)
    }
}
