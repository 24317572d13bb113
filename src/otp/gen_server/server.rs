//! The loop of a server.

use std::time::Duration;

use rand::RngExt;

use super::start::reason_of;
use super::{Caller, GenServer, Next, Reply, ServerName};
use crate::engine::runtime::{Context, Exit, ExitResult, survive_and_record};
use crate::engine::term::{Pid, Term, from_term};
use crate::engine::trace::Level;
use crate::otp::convert::term_of;
use crate::otp::proc_lib::{ending, is_orderly};
use crate::{atom, tuple};

/// The time that a server lives after its last reply if its end is reported. A caller that
/// is linked to it and does not trap exits sees the answer then, before it ends as well (C5).
const AFTER_REPLY: Duration = Duration::from_micros(20);

/// The chance of that. An orderly end, which nobody reports, comes with the reply just as often: then
/// such a caller does not see it. Real nodes have shown 300 of 300 in both cases.
const REPLY_SEEN: f64 = 0.95;

/// A server at work.
pub(super) struct Server<S> {
    state: S,
    parent: Option<Pid>,
    name: Option<ServerName>,
    /// The last answer, given when the server has cleaned up (C5).
    farewell: Option<(Caller, Term)>,
    /// The state that the trace has shown last.
    shown: Option<Term>,
}

/// The meaning of a message to a server.
enum Received {
    Call(Caller, Term),
    Cast(Term),
    /// The parent has ended (C21).
    Parent(Term),
    /// `sys:terminate`, which `gen_server:stop` uses (C20).
    Terminate(Caller, Term),
    Info(Term),
}

/// Takes messages until the server ends. A callback that fails, by a panic or otherwise, is followed
/// by `terminate`.
pub(super) async fn receive_messages<S: GenServer>(
    ctx: &Context,
    mut server: Server<S>,
    mut next: Next,
) -> ExitResult {
    loop {
        server.show(ctx);
        let done = match next {
            Next::Stop(reason) => return server.end(ctx, reason).await,
            Next::Continue(argument) => {
                survive_and_record(ctx, server.state.handle_continue(ctx, argument)).await
            }
            Next::Wait => {
                let message = ctx.receive().await;
                survive_and_record(ctx, server.handle(ctx, message)).await
            }
            Next::WaitAtMost(timeout) => {
                let message = ctx.receive().within(timeout).await;
                let message = message.unwrap_or_else(|| Term::atom("timeout"));
                survive_and_record(ctx, server.handle(ctx, message)).await
            }
        };
        next = done.unwrap_or_else(|exit| Next::Stop(reason_of(exit)));
    }
}

impl<S: GenServer> Server<S> {
    pub(super) fn new(state: S, parent: Option<Pid>, name: Option<ServerName>) -> Server<S> {
        Server { state, parent, name, farewell: None, shown: None }
    }

    /// Shows the state in the trace, if that has states and it has changed.
    fn show(&mut self, ctx: &Context) {
        let Server { state, shown, .. } = self;
        ctx.record_state(|| {
            let now = state.state().filter(|now| shown.as_ref() != Some(now))?;
            *shown = Some(now.clone());
            Some(now)
        });
    }

    async fn handle(&mut self, ctx: &Context, message: Term) -> Result<Next, Exit> {
        match self.classify(message) {
            Received::Call(client, request) => self.handle_call(ctx, client, &request).await,
            Received::Cast(request) => {
                let request = from_term(&request).map_err(|_| Exit::function_clause())?;
                self.state.handle_cast(ctx, request).await
            }
            Received::Info(message) => self.state.handle_info(ctx, message).await,
            Received::Parent(reason) => Ok(Next::Stop(reason)),
            Received::Terminate(client, reason) => {
                client.reply(ctx, Term::atom("ok"));
                Ok(Next::Stop(reason))
            }
        }
    }

    async fn handle_call(
        &mut self,
        ctx: &Context,
        client: Caller,
        request: &Term,
    ) -> Result<Next, Exit> {
        let request = from_term(request).map_err(|_| Exit::function_clause())?; // C4
        match self.state.handle_call(ctx, client.clone(), request).await? {
            Reply::NoReply(next) => Ok(next),
            Reply::Now(reply, Next::Stop(reason)) => {
                self.farewell = Some((client, term_of(&reply)));
                Ok(Next::Stop(reason))
            }
            Reply::Now(reply, next) => {
                client.reply(ctx, term_of(&reply));
                Ok(next)
            }
        }
    }

    fn classify(&self, message: Term) -> Received {
        if let Some([client, request]) = message.tagged("$gen_call")
            && let Some(client) = Caller::from_term(client)
        {
            return Received::Call(client, request.clone());
        }
        if let Some([request]) = message.tagged("$gen_cast") {
            return Received::Cast(request.clone());
        }
        if let Some([Term::Pid(pid), reason]) = message.tagged("EXIT")
            && Some(*pid) == self.parent
        {
            return Received::Parent(reason.clone());
        }
        if let Some([client, request]) = message.tagged("system")
            && let Some(client) = Caller::from_term(client)
            && let Some([reason]) = request.tagged("terminate")
        {
            return Received::Terminate(client, reason.clone());
        }
        Received::Info(message)
    }

    /// Lets the server clean up, and ends it.
    async fn end(&mut self, ctx: &Context, reason: Term) -> ExitResult {
        let reason = match survive_and_record(ctx, self.state.terminate(ctx, &reason)).await {
            Ok(()) => reason,
            Err(exit) => reason_of(exit),
        };
        if let Some((client, reply)) = self.farewell.take() {
            client.reply(ctx, reply);
            let seen = if is_orderly(&reason) { 1.0 - REPLY_SEEN } else { REPLY_SEEN };
            if ctx.with_rng(|rng| rng.random_bool(seen)) {
                ctx.sleep(AFTER_REPLY).await;
            }
        }
        if !is_orderly(&reason) {
            let name = self.name.clone().map(super::ServerRef::from);
            let name = name.map_or_else(|| Term::from(ctx.pid()), |name| name.to_term());
            let text = format!("** Generic server {name} terminating, reason: {reason}");
            ctx.log(Level::Error, text);
        }
        ending(reason)
    }
}

/// A message that asks a server to end: `{system,From,{terminate,Reason}}`.
pub(super) fn terminate_request(reason: &Term) -> Term {
    tuple![atom!("terminate"), reason]
}
