//! Sending and receiving.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use super::Context;
use crate::engine::runtime::content::Content;
use crate::engine::runtime::exit::Exit;
use crate::engine::runtime::process::Process;
use crate::engine::runtime::receive::{
    Mark, MessageArrival, Receive, ReceiveContent, Sleep, YieldNow, take_all, take_next,
};
use crate::engine::runtime::signal::Destination;
use crate::engine::term::{Atom, Term};
use crate::engine::time::nanos;

impl Context {
    /// `Destination ! Message`. It never fails, and the sender never learns whether the message arrives (A1).
    ///
    /// A process that has sent more than [`NodeConfig::dist_buf_busy_limit`] bytes to another node
    /// that have not reached it is suspended where it next awaits something, until they do or the
    /// connection goes down (A7).
    ///
    /// [`NodeConfig::dist_buf_busy_limit`]: crate::engine::runtime::NodeConfig::dist_buf_busy_limit
    #[inline(always)]
    pub fn send(&self, to: impl Into<Destination>, message: impl Into<Term>) {
        self.send_content(to, Content::Term(message.into()));
    }

    /// As [`Context::send`], of a message that need not be a term.
    #[inline(always)]
    pub fn send_content(&self, to: impl Into<Destination>, message: Content) {
        let to = to.into();
        if let Some(mut state) = self.active() {
            state.send(self.node, self.pid, to, message);
        }
    }

    /// `Name ! Message` for a name of this node.
    ///
    /// # Errors
    /// `badarg` if no process has the name (A2).
    #[track_caller]
    pub fn send_name(&self, name: Atom, message: impl Into<Term>) -> Result<(), Exit> {
        if let Some(pid) = self.whereis(name) {
            self.send(pid, message);
            Ok(())
        } else {
            self.missed_name(name);
            Err(Exit::badarg())
        }
    }

    /// `erlang:send(To, Message, [noconnect])`: sends only if the node of the receiver is connected
    /// or about to be (A6). Returns whether it did.
    pub fn send_noconnect(&self, to: impl Into<Destination>, message: impl Into<Term>) -> bool {
        let to = to.into();
        let connected = !self.would_connect(to);
        if connected {
            self.send(to, message);
        }
        connected
    }

    /// `erlang:send_nosuspend/2`: sends only if that does not suspend the process (A7). Returns
    /// whether it did.
    pub fn send_nosuspend(&self, to: impl Into<Destination>, message: impl Into<Term>) -> bool {
        let to = to.into();
        let free = !self.would_suspend(to);
        if free {
            self.send(to, message);
        }
        free
    }

    /// Returns whether sending would make the node connect to another one, for the option `noconnect`
    /// (A6).
    pub fn would_connect(&self, to: impl Into<Destination>) -> bool {
        !self.state().is_connected_to(self.node, to.into())
    }

    /// Returns whether sending would suspend the process, for the option `nosuspend` (A7).
    pub fn would_suspend(&self, to: impl Into<Destination>) -> bool {
        let mut state = self.state();
        let is_async = state.processes.get(self.pid).is_some_and(Process::is_async_dist);
        !is_async && state.would_suspend(self.node, to.into())
    }

    /// Receives the next message, be it a term or not.
    #[inline]
    pub fn receive_content(&self) -> ReceiveContent {
        ReceiveContent::new(self.clone())
    }

    /// Takes the next message out of the mailbox if one is there, be it a term or not.
    #[inline]
    pub fn take_content(&self) -> Option<Content> {
        take_next(self, 0)
    }

    /// Takes all messages out of the mailbox, be they terms or not. What is done with each may not use
    /// the context.
    #[inline]
    pub(crate) fn take_contents(&self, each: impl FnMut(Content)) {
        take_all(self, each);
    }

    /// Waits until there is a message in the mailbox.
    #[inline]
    pub fn message_arrival(&self) -> MessageArrival {
        MessageArrival::new(self.clone())
    }

    /// Receives the next message, whatever it is.
    #[inline]
    pub fn receive(&self) -> Receive<fn(&Term) -> bool> {
        Receive::new(self.clone(), None)
    }

    /// Receives the first message that is wanted.
    pub fn receive_where<F: FnMut(&Term) -> bool + Unpin>(&self, wanted: F) -> Receive<F> {
        Receive::new(self.clone(), Some(wanted))
    }

    /// The end of the mailbox, for [`Receive::from_mark`].
    pub fn mailbox_mark(&self) -> Mark {
        Mark(self.state().processes.get(self.pid).map_or(0, |process| process.mailbox.end()))
    }

    /// Are there signals that the process has not handled? Messages may wait behind them.
    pub fn has_signals(&self) -> bool {
        self.state().processes.get(self.pid).is_some_and(Process::has_signals)
    }

    /// The number of messages in the mailbox.
    pub fn mailbox_len(&self) -> usize {
        self.state().processes.get(self.pid).map_or(0, |process| process.mailbox.len())
    }

    /// Waits for a while, by the clock of the node.
    pub fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(self.clone(), duration)
    }

    /// Keeps the process busy for a while; longer on a node that is slow. Messages wait, exit
    /// signals do not.
    pub fn work(&self, duration: Duration) -> Sleep {
        let percent = self.state().nodes[self.node].work_percent;
        let scaled = u128::from(nanos(duration)) * u128::from(percent) / 100;
        self.sleep(Duration::from_nanos(u64::try_from(scaled).unwrap_or(u64::MAX)))
    }

    /// Goes on at once, or as soon as the process is no longer suspended (A7).
    pub(crate) async fn resumed(&self) {
        poll_fn(|_| if self.can_continue() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Lets the other ready processes of this instant go first.
    pub fn yield_now(&self) -> YieldNow {
        YieldNow { ctx: self.clone(), yielded: false }
    }
}
