//! The slots in which processes are kept: a slab.

use super::process::Process;
use crate::engine::network::NodeId;
use crate::engine::term::{Incarnation, Pid};

/// The number of a slot, which is also the number in the pid of the process in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SlotId(u32);

impl SlotId {
    /// The slot of the process with this pid, while it is alive.
    #[inline]
    pub(super) const fn of(pid: Pid) -> SlotId {
        SlotId(pid.number())
    }

    /// The number in pids.
    #[inline]
    pub(super) const fn number(self) -> u32 {
        self.0
    }

    const fn index(self) -> usize {
        self.0 as usize
    }
}

/// All processes. The number of a pid is that of its slot; its serial tells the processes apart that
/// have used one slot.
///
/// The headers are kept apart from the processes: signals are sent to processes far more often than
/// the processes are looked at. A process never moves in memory.
#[derive(Default)]
pub(super) struct Slots {
    headers: Vec<Header>,
    blocks: Vec<Box<[Option<Process>; BLOCK]>>,
    free: Vec<SlotId>,
}

/// The identity of the process in a slot, as far as its pid does not hold it.
struct Header {
    /// The incarnation of its node; none if the slot is free.
    incarnation: Option<Incarnation>,
    serial: u32,
    node: NodeId,
}

/// The number of processes that are allocated together.
const BLOCK: usize = 64;

impl Slots {
    /// A free slot, and the serial of the process that will use it.
    pub(super) fn free_slot(&mut self) -> (SlotId, u32) {
        let slot = self.free.pop().unwrap_or_else(|| {
            if self.headers.len().is_multiple_of(BLOCK) {
                self.blocks.push(Box::new([const { None }; BLOCK]));
            }
            self.headers.push(Header { incarnation: None, serial: 0, node: NodeId(0) });
            SlotId(self.headers.len() as u32 - 1)
        });
        (slot, self.headers[slot.index()].serial)
    }

    /// Puts a process into the slot that its pid names.
    pub(super) fn insert(&mut self, process: Process) {
        let slot = SlotId::of(process.pid).index();
        let header = &mut self.headers[slot];
        header.incarnation = Some(process.pid.incarnation());
        header.node = process.node;
        self.blocks[slot / BLOCK][slot % BLOCK] = Some(process);
    }

    /// Takes a process out of its slot. Its pid is never used again.
    pub(super) fn remove(&mut self, slot: SlotId) -> Option<Process> {
        let header = &mut self.headers[slot.index()];
        header.incarnation.take()?;
        header.serial += 1;
        self.free.push(slot);
        let slot = slot.index();
        self.blocks[slot / BLOCK][slot % BLOCK].take()
    }

    /// The node of a process, if it is alive. Reads its header only.
    #[inline]
    pub(super) fn node_of(&self, pid: Pid) -> Option<NodeId> {
        let header = self.headers.get(SlotId::of(pid).index())?;
        let is_alive =
            header.serial == pid.serial() && header.incarnation == Some(pid.incarnation());
        is_alive.then_some(header.node)
    }

    /// The slot of a process, if it is alive. Reads its header only.
    #[inline]
    pub(super) fn slot_of(&self, pid: Pid) -> Option<SlotId> {
        self.node_of(pid).map(|_| SlotId::of(pid))
    }

    /// The process in a slot.
    #[inline]
    pub(super) fn at(&self, slot: SlotId) -> Option<&Process> {
        let slot = slot.index();
        self.blocks.get(slot / BLOCK)?[slot % BLOCK].as_ref()
    }

    /// The process in a slot.
    #[inline]
    pub(super) fn at_mut(&mut self, slot: SlotId) -> Option<&mut Process> {
        let slot = slot.index();
        self.blocks.get_mut(slot / BLOCK)?[slot % BLOCK].as_mut()
    }

    /// A process that is alive.
    #[inline]
    pub(super) fn find(&self, pid: Pid) -> Option<&Process> {
        self.at(SlotId::of(pid)).filter(|process| process.pid == pid)
    }

    /// A process that is alive.
    #[inline]
    pub(super) fn find_mut(&mut self, pid: Pid) -> Option<&mut Process> {
        self.at_mut(SlotId::of(pid)).filter(|process| process.pid == pid)
    }
}
