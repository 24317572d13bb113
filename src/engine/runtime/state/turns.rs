//! The turns of processes.

use super::State;
use crate::engine::runtime::config::Schedule;
use crate::engine::runtime::signal::Body;
use crate::engine::runtime::slots::SlotId;
use crate::engine::term::{Pid, Term};

impl State {
    /// Takes the process out of the run queue that runs next.
    #[inline]
    pub(crate) fn next_process(&mut self) -> Option<SlotId> {
        match self.config.schedule {
            Schedule::Random => self.processes.random_ready(&mut self.rng),
            Schedule::Fifo => self.processes.next_ready(),
        }
    }

    /// Begins a turn: the process handles its signals. Returns its body, if that can go on.
    #[inline]
    pub(crate) fn begin_turn(&mut self, slot: SlotId) -> Option<(Pid, Body)> {
        let mut process = self.processes.at_mut(slot)?;
        process.flags.queued = false;
        let (pid, node) = (process.pid, process.node);
        if self.nodes.is_paused(node) {
            self.nodes[node].held.push(slot);
            return None;
        }
        self.progress.steps += 1;
        self.log.step(u64::from(slot.number()) << 32 | u64::from(pid.serial()));
        if process.has_signals() {
            self.handle_signals(pid);
            process = self.processes.get_mut(pid)?;
        }
        self.log.cause = process.cause;
        if let Some(reason) = process.exiting.take() {
            self.terminate(pid, &reason);
            return None;
        }
        if !process.flags.runnable || process.suspensions > 0 {
            return None;
        }
        process.flags.runnable = false;
        process.flags.receiving = false;
        process.body.take().map(|body| (pid, body))
    }

    /// Ends a turn in which the body has not come to its end. A process that has ended itself in the
    /// turn is terminated.
    #[inline]
    pub(crate) fn end_turn(&mut self, pid: Pid, body: Body) {
        if let Some(body) = self.processes.end_turn(pid, body) {
            self.processes.drop_later(Some(body));
            if let Some(reason) = self.exiting(pid) {
                self.terminate(pid, &reason);
            }
        }
    }

    /// The reason with which a process has ended itself in the middle of its turn.
    pub(crate) fn exiting(&mut self, pid: Pid) -> Option<Term> {
        self.processes.get_mut(pid)?.exiting.take().map(|reason| *reason)
    }
}
