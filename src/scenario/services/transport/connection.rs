//! The caller's end of a socket: a process that makes one request after the other on it.
//!
//! A connection that may be kept goes into the pool of its node when it is free. One that is free
//! for too long, and one whose caller has gone, closes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use super::json_http::coding_time;
use crate::engine::runtime::{AliasMode, Context, ExitResult, MonitorOptions};
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::{atom, tuple};

/// The time for which an idle connection is kept.
const KEPT_FOR: Duration = Duration::from_secs(5);

/// The time that a connection waits for the answer to a cast.
const UNATTENDED: Duration = Duration::from_secs(5);

/// The connections of a node that are open and free, by the node at their other end.
#[derive(Default)]
struct Pool(RefCell<BTreeMap<Atom, Vec<Pid>>>);

/// A connection that is free.
pub(super) struct Connection {
    process: Pid,
    /// True if it is set up for this request.
    pub(super) is_new: bool,
}

/// The outcome of a request.
pub(super) enum ExchangeOutcome {
    /// This answer.
    Answer(String),
    /// The connection could not be made.
    NotConnected,
    /// The connection was closed.
    Closed,
    /// No answer came in time.
    TooLate,
}

/// A connection to a node: one that is free, or else a new one.
pub(super) fn to(ctx: &Context, node: Atom, keep_alive: bool) -> Connection {
    while keep_alive && let Some(process) = take(ctx, node) {
        if ctx.is_process_alive(process).unwrap_or(false) {
            return Connection { process, is_new: false };
        }
    }
    let process =
        ctx.spawn("connection", move |ctx| async move { live(&ctx, node, keep_alive).await });
    Connection { process, is_new: true }
}

fn take(ctx: &Context, node: Atom) -> Option<Pid> {
    ctx.node_local::<Pool>().0.borrow_mut().get_mut(&node)?.pop()
}

fn give_back(ctx: &Context, node: Atom) {
    ctx.node_local::<Pool>().0.borrow_mut().entry(node).or_default().push(ctx.pid());
}

/// Takes this connection out of the pool; whether it was in.
fn withdraw(ctx: &Context, node: Atom) -> bool {
    let pool = ctx.node_local::<Pool>();
    let mut pool = pool.0.borrow_mut();
    let free = pool.entry(node).or_default();
    let before = free.len();
    free.retain(|process| *process != ctx.pid());
    free.len() < before
}

impl Connection {
    /// Makes a request and waits for the answer. A connection that is too late is closed.
    pub(super) async fn exchange(
        self,
        ctx: &Context,
        text: &str,
        timeout: Duration,
    ) -> ExchangeOutcome {
        let options =
            MonitorOptions { alias: Some(AliasMode::ReplyDemonitor), ..MonitorOptions::default() };
        let mark = ctx.mailbox_mark();
        let reference = ctx.monitor_with(self.process, options);
        ctx.send(self.process, tuple![atom!("request"), tuple![ctx.pid(), reference], text]);
        let answer = ctx.receive_where(move |message| is_about(message, reference));
        if let Some(message) = answer.from_mark(mark).within(timeout).await {
            return exchanged(&message);
        }
        ctx.demonitor_flush(reference);
        ctx.exit_signal(self.process, atom!("kill"));
        ExchangeOutcome::TooLate
    }

    /// Makes a request that nobody waits for.
    pub(super) fn send(self, ctx: &Context, text: &str) {
        ctx.send(self.process, tuple![atom!("request"), atom!("undefined"), text]);
    }
}

/// True if a message is the answer to a request, or the end of its connection.
fn is_about(message: &Term, reference: Ref) -> bool {
    let rest = message.tagged("exchanged").or_else(|| message.tagged("DOWN"));
    rest.and_then(<[Term]>::first).and_then(Term::as_reference) == Some(reference)
}

fn exchanged(message: &Term) -> ExchangeOutcome {
    match message.tagged("exchanged") {
        Some([_, outcome]) => match outcome.as_str() {
            Some(text) => ExchangeOutcome::Answer(text.to_owned()),
            None if outcome.is_atom("not_connected") => ExchangeOutcome::NotConnected,
            None => ExchangeOutcome::Closed,
        },
        _ => ExchangeOutcome::Closed,
    }
}

/// The process that waits for a request, with a monitor on it; `None` for a cast.
struct Caller {
    reference: Ref,
    monitor: Ref,
}

/// A request as its connection gets it.
struct Request {
    caller: Option<Caller>,
    text: Term,
    /// True if the connection is still open.
    open: bool,
}

impl Request {
    fn of(ctx: &Context, message: &Term, open: bool) -> Option<Request> {
        let [from, text] = message.tagged("request")? else { return None };
        let caller = from.as_tuple().and_then(|from| match from {
            [Term::Pid(pid), Term::Reference(reference)] => {
                Some(Caller { reference: *reference, monitor: ctx.monitor(*pid) })
            }
            _ => None,
        });
        Some(Request { caller, text: text.clone(), open })
    }
}

/// The life of a connection.
async fn live(ctx: &Context, node: Atom, keep_alive: bool) -> ExitResult {
    let socket = ctx.open_socket(node);
    let opened = ctx.receive_where(move |message| is_opened(message, socket)).await;
    let connected = opened.tagged("tcp_connected").is_some();
    while let Some(Request { caller, text, open }) = next_request(ctx, node, socket).await {
        if !(connected && open) {
            answer(ctx, caller.as_ref(), Term::atom("not_connected"));
            return Ok(());
        }
        ctx.work(coding_time(text.as_binary().map_or(0, <[u8]>::len))).await;
        ctx.send_on_socket(socket, text);
        let Some(outcome) = response(ctx, caller.as_ref(), socket).await else { break };
        let closed = outcome.as_binary().is_none();
        answer(ctx, caller.as_ref(), outcome);
        if closed || !keep_alive {
            break;
        }
        give_back(ctx, node);
    }
    ctx.close_socket(socket);
    Ok(())
}

fn is_opened(message: &Term, socket: Ref) -> bool {
    is_of_socket(message, "tcp_connected", socket) || is_of_socket(message, "tcp_closed", socket)
}

fn is_of_socket(message: &Term, tag: &str, socket: Ref) -> bool {
    let of = message.tagged(tag).and_then(<[Term]>::first).and_then(Term::as_reference);
    of == Some(socket)
}

/// The next request; `None` if the other side closes, or nobody asks for too long. Somebody may
/// have taken the connection out of the pool just before; then the request is still to come.
async fn next_request(ctx: &Context, node: Atom, socket: Ref) -> Option<Request> {
    let wanted = move |message: &Term| {
        message.tagged("request").is_some() || is_of_socket(message, "tcp_closed", socket)
    };
    match ctx.receive_where(wanted).within(KEPT_FOR).await {
        Some(message) if message.tagged("request").is_some() => Request::of(ctx, &message, true),
        _ if withdraw(ctx, node) => None,
        unused => {
            let request = |message: &Term| message.tagged("request").is_some();
            let message = ctx.receive_where(request).within(KEPT_FOR).await?;
            Request::of(ctx, &message, unused.is_none())
        }
    }
}

/// The answer of the other side, or the atom `closed`; `None` if nobody waits for it any more.
async fn response(ctx: &Context, caller: Option<&Caller>, socket: Ref) -> Option<Term> {
    let monitor = caller.map(|caller| caller.monitor);
    let wanted = move |message: &Term| {
        let down = message.tagged("DOWN").and_then(<[Term]>::first).and_then(Term::as_reference);
        let ended = is_of_socket(message, "tcp_closed", socket);
        ended || is_of_socket(message, "tcp", socket) || (down.is_some() && down == monitor)
    };
    let message = match caller {
        Some(_) => ctx.receive_where(wanted).await,
        None => ctx.receive_where(wanted).within(UNATTENDED).await?,
    };
    match (message.tagged("tcp"), message.tagged("tcp_closed")) {
        (Some([_, data]), _) => Some(data.clone()),
        (_, Some(_)) => Some(Term::atom("closed")),
        _ => None,
    }
}

fn answer(ctx: &Context, caller: Option<&Caller>, outcome: Term) {
    if let Some(Caller { reference, monitor }) = caller {
        ctx.demonitor_flush(*monitor);
        ctx.send(*reference, tuple![atom!("exchanged"), *reference, outcome]);
    }
}
