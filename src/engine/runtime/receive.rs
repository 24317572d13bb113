//! The futures that a process can await.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{self, Poll};
use std::time::Duration;

use super::Context;
use super::content::Content;
use super::remote_links::Attempt;
use super::state::State;
use super::timers::{Action, TimerId};
use crate::engine::network::{NodeId, PeerState};
use crate::engine::term::{Pid, Ref, Term};

/// A position in a mailbox: see [`Receive::from_mark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(pub(super) u32);

/// A receive: resolves to the first message that is wanted (A18). Others stay where they are.
#[must_use = "nothing is received until it is awaited"]
pub struct Receive<F> {
    ctx: Context,
    /// Tells the messages that are wanted; without it, all are.
    wanted: Option<F>,
    /// Messages before this position have been looked at.
    from: u32,
}

impl<F: FnMut(&Term) -> bool + Unpin> Receive<F> {
    pub(super) const fn new(ctx: Context, wanted: Option<F>) -> Receive<F> {
        Receive { ctx, wanted, from: 0 }
    }

    /// Passes over the messages that were there when the mark was set. A reply to a request that
    /// was sent later can only come behind it, however full the mailbox is.
    pub fn from_mark(mut self, mark: Mark) -> Receive<F> {
        self.from = self.from.max(mark.0);
        self
    }

    /// Gives up after a while: resolves to `None`. With a duration of zero it takes what is there
    /// already, as `after 0` does.
    pub fn within(self, timeout: Duration) -> ReceiveWithin<F> {
        ReceiveWithin { receive: self, timeout, timer: None }
    }

    /// Looks at what has arrived since the last look. Nothing wanted: the process waits for more.
    #[inline]
    fn look(&mut self) -> Option<Term> {
        if self.wanted.is_some() {
            return self.search();
        }
        take_next(&self.ctx, self.from).map(Content::into_term)
    }

    /// The same where not every message is wanted.
    fn search(&mut self) -> Option<Term> {
        let Receive { ctx, wanted: Some(wanted), from } = self else { return None };
        let pid = ctx.pid();
        let mut state = ctx.state();
        if state.processes.get_mut(pid)?.has_signals() {
            state.handle_signals(pid); // A24
        }
        let process = state.processes.get_mut(pid)?;
        if !process.can_continue() {
            return None;
        }
        if process.mailbox.end() == *from || process.mailbox.is_empty() {
            *from = process.mailbox.end();
            process.flags.receiving = true;
            return None;
        }
        // What is wanted is for the user's code to say, which may use the context itself.
        let mut mailbox = std::mem::take(&mut process.mailbox);
        drop(state);
        let found = mailbox.take(*from, wanted);
        *from = mailbox.end();
        let mut state = ctx.state();
        let state = &mut *state;
        let process = state.processes.get_mut(pid)?;
        let arrived_meanwhile = std::mem::replace(&mut process.mailbox, mailbox);
        process.mailbox.append(arrived_meanwhile);
        let Some((message, cause)) = found else {
            process.flags.receiving = true;
            process.flags.runnable |= process.mailbox.end() > *from;
            return None;
        };
        process.cause = cause;
        state.log.cause = cause;
        Some(message.into_term())
    }
}

/// Takes the next message at or behind a position. None is there: the process waits for more.
#[inline(always)]
pub(super) fn take_next(ctx: &Context, from: u32) -> Option<Content> {
    next_of(&mut ctx.state(), ctx.pid(), from)
}

/// Takes all messages, in their order. The process waits for more.
#[inline]
pub(super) fn take_all(ctx: &Context, mut each: impl FnMut(Content)) {
    let pid = ctx.pid();
    let mut state = ctx.state();
    while let Some(message) = next_of(&mut state, pid, 0) {
        each(message);
    }
}

#[inline(always)]
fn next_of(state: &mut State, pid: Pid, from: u32) -> Option<Content> {
    let mut process = state.processes.get_mut(pid)?;
    if process.has_signals() {
        state.handle_signals(pid); // A24
        process = state.processes.get_mut(pid)?;
    }
    if !process.can_continue() {
        return None;
    }
    let mailbox = &mut process.mailbox;
    let found = if from == 0 { mailbox.take_first() } else { mailbox.take(from, |_| true) };
    let Some((message, cause)) = found else {
        process.flags.receiving = true;
        return None;
    };
    // What the process does from now on follows from this message.
    process.cause = cause;
    state.log.cause = cause;
    Some(message)
}

/// A wait until there is a message that the process has not taken.
#[must_use = "nothing waits until it is awaited"]
pub struct MessageArrival {
    ctx: Context,
}

impl MessageArrival {
    pub(super) const fn new(ctx: Context) -> MessageArrival {
        MessageArrival { ctx }
    }

    fn has_come(&self) -> Option<bool> {
        let pid = self.ctx.pid();
        let mut state = self.ctx.state();
        let mut process = state.processes.get_mut(pid)?;
        if !process.can_continue() {
            return None;
        }
        if process.has_signals() {
            state.handle_signals(pid); // A24
            process = state.processes.get_mut(pid)?;
            if !process.can_continue() {
                return None;
            }
        }
        let has_message = !process.mailbox.is_empty();
        process.flags.receiving |= !has_message;
        Some(has_message)
    }
}

impl Future for MessageArrival {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<()> {
        if self.has_come() == Some(true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// A receive of the next message, be it a term or not.
#[must_use = "nothing is received until it is awaited"]
pub struct ReceiveContent {
    ctx: Context,
    timeout: Option<Duration>,
    timer: Option<Alarm>,
}

impl ReceiveContent {
    pub(super) const fn new(ctx: Context) -> ReceiveContent {
        ReceiveContent { ctx, timeout: None, timer: None }
    }

    /// Gives up after a while: resolves to `None`.
    pub const fn within(mut self, timeout: Duration) -> ReceiveContent {
        self.timeout = Some(timeout);
        self
    }

    #[inline]
    pub(super) fn look(&self) -> Option<Content> {
        take_next(&self.ctx, 0)
    }
}

impl Future for ReceiveContent {
    type Output = Option<Content>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<Option<Content>> {
        // The time limit of a process that is suspended does not run.
        if !self.ctx.can_continue() {
            return Poll::Pending;
        }
        if let Some(message) = self.look() {
            self.timer = None;
            return Poll::Ready(Some(message));
        }
        let Some(timeout) = self.timeout else { return Poll::Pending };
        if timeout.is_zero() {
            return Poll::Ready(None);
        }
        let ctx = self.ctx.clone();
        let alarm = self.timer.get_or_insert_with(|| Alarm::set(ctx, timeout));
        if alarm.has_rung() { Poll::Ready(None) } else { Poll::Pending }
    }
}

impl<F: FnMut(&Term) -> bool + Unpin> Future for Receive<F> {
    type Output = Term;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<Term> {
        self.look().map_or(Poll::Pending, Poll::Ready)
    }
}

/// A receive with a time-out.
#[must_use = "nothing is received until it is awaited"]
pub struct ReceiveWithin<F> {
    receive: Receive<F>,
    timeout: Duration,
    timer: Option<Alarm>,
}

impl<F: FnMut(&Term) -> bool + Unpin> Future for ReceiveWithin<F> {
    type Output = Option<Term>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<Option<Term>> {
        // The time limit of a process that is suspended does not run.
        if !self.receive.ctx.can_continue() {
            return Poll::Pending;
        }
        if let Some(message) = self.receive.look() {
            self.timer = None;
            return Poll::Ready(Some(message));
        }
        let timeout = self.timeout;
        if timeout.is_zero() {
            return Poll::Ready(None);
        }
        let ctx = self.receive.ctx.clone();
        let alarm = self.timer.get_or_insert_with(|| Alarm::set(ctx, timeout));
        if alarm.has_rung() { Poll::Ready(None) } else { Poll::Pending }
    }
}

/// A timer that makes its process go on; taken away when it is dropped.
struct Alarm {
    ctx: Context,
    id: TimerId,
}

impl Alarm {
    fn set(ctx: Context, after: Duration) -> Alarm {
        let (node, pid) = (ctx.node_id(), ctx.pid().into());
        let nothing = Term::Integer(0);
        let id = ctx.state().start_timer(node, after, Action::Wake, pid, nothing);
        Alarm { ctx, id }
    }

    fn has_rung(&self) -> bool {
        !self.ctx.state().timers.is_live(self.id)
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.ctx.state().drop_timer(self.id);
    }
}

/// Lets time pass.
#[must_use = "no time passes until it is awaited"]
pub struct Sleep {
    ctx: Context,
    duration: Duration,
    alarm: Option<Alarm>,
}

impl Sleep {
    pub(super) const fn new(ctx: Context, duration: Duration) -> Sleep {
        Sleep { ctx, duration, alarm: None }
    }
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<()> {
        if !self.ctx.can_continue() {
            return Poll::Pending;
        }
        let (ctx, duration) = (self.ctx.clone(), self.duration);
        let alarm = self.alarm.get_or_insert_with(|| Alarm::set(ctx, duration));
        if alarm.has_rung() { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Lets others go first.
#[must_use = "nobody goes first until it is awaited"]
pub struct YieldNow {
    pub(super) ctx: Context,
    pub(super) yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<()> {
        if self.yielded && self.ctx.can_continue() {
            return Poll::Ready(());
        }
        self.yielded = true;
        let pid = self.ctx.pid();
        if let Some(process) = self.ctx.state().processes.get_mut(pid) {
            process.flags.runnable = true;
        }
        Poll::Pending
    }
}

/// Waits for a connection; resolves to whether there is one.
#[must_use = "nobody waits for the connection until it is awaited"]
pub struct Connect {
    pub(super) ctx: Context,
    pub(super) peer: NodeId,
    pub(super) attempt: Option<Attempt>,
    pub(super) how: Connecting,
}

/// The way in which a process asks for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connecting {
    /// By `connect_node/1`.
    Explicit,
    /// By an operation that needs a connection. The settings of the node may forbid it
    /// (`dist_auto_connect`).
    Implicit,
}

impl Future for Connect {
    type Output = bool;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<bool> {
        if !self.ctx.can_continue() {
            return Poll::Pending;
        }
        let (node, peer, pid) = (self.ctx.node_id(), self.peer, self.ctx.pid());
        if !self.ctx.is_alive() {
            return Poll::Ready(false); // B1
        }
        if node == peer {
            return Poll::Ready(true);
        }
        if let Some(attempt) = &self.attempt {
            return attempt.get().map_or(Poll::Pending, Poll::Ready);
        }
        let mut state = self.ctx.state();
        match self.how {
            Connecting::Explicit => state.connect(node, peer),
            Connecting::Implicit => drop(state.auto_connect(node, peer)),
        }
        match state.network.peer_state(node, peer) {
            PeerState::Up => Poll::Ready(true),
            PeerState::Absent => Poll::Ready(false),
            PeerState::Pending => {
                let attempt = Attempt::default();
                state.links.remote(node, peer).waiters.push((pid, Rc::clone(&attempt)));
                drop(state);
                self.attempt = Some(attempt);
                Poll::Pending
            }
        }
    }
}

/// Waits for another node to start a process; resolves to its pid and its monitor.
#[must_use = "the process may be started, but nobody learns its pid"]
pub struct SpawnOn {
    pub(super) ctx: Context,
    pub(super) request: Ref,
}

impl Future for SpawnOn {
    type Output = (Pid, Option<Ref>);

    #[inline]
    fn poll(self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<(Pid, Option<Ref>)> {
        if !self.ctx.can_continue() {
            return Poll::Pending;
        }
        let mut state = self.ctx.state();
        let Some(process) = state.processes.get_mut(self.ctx.pid()) else { return Poll::Pending };
        let spawning = &mut process.relations().spawning;
        match spawning.get(&self.request).map(|spawning| (spawning.child, spawning.monitor)) {
            Some((Some(child), monitor)) => {
                spawning.remove(&self.request);
                Poll::Ready((child, monitor))
            }
            Some((None, _)) | None => Poll::Pending,
        }
    }
}
