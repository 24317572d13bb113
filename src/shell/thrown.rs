//! Values that a callback of a session's server throws: they count as returned (C5).

use std::time::Duration;

use super::server::ScriptedServer;
use crate::engine::term::Term;
use crate::otp::gen_server::{Init, Next, Reply};

impl ScriptedServer {
    /// Returns the result of `handle_call` with this value; `None` if it is none of its return values.
    pub(super) fn reply_with(&mut self, value: &Term) -> Option<Reply<Term>> {
        let (result, state) = reply(value)
            .or_else(|| next(value).map(|(next, state)| (Reply::NoReply(next), state)))?;
        self.state = state.clone();
        Some(result)
    }
}

/// Returns the result of `init` with this value.
pub(super) fn init(value: &Term, server: ScriptedServer) -> Option<Init<ScriptedServer>> {
    if value.is_atom("ignore") {
        return Some(Init::Ignore);
    }
    match value.as_tuple()? {
        [tag, reason] if tag.is_atom("stop") => Some(Init::Stop(reason.clone())),
        [tag, state] if tag.is_atom("ok") => Some(Init::Ok(server.with_state(state))),
        [tag, state, then] if tag.is_atom("ok") => {
            Some(Init::Then(server.with_state(state), next_of(then)?))
        }
        _ => None,
    }
}

/// An answer, and the new state.
fn reply(value: &Term) -> Option<(Reply<Term>, &Term)> {
    let (reply, next, state) = match value.as_tuple()? {
        [tag, reply, state] if tag.is_atom("reply") => (reply, Next::Wait, state),
        [tag, reply, state, then] if tag.is_atom("reply") => (reply, next_of(then)?, state),
        [tag, reason, reply, state] if tag.is_atom("stop") => {
            (reply, Next::Stop(reason.clone()), state)
        }
        _ => return None,
    };
    Some((Reply::Now(reply.clone(), next), state))
}

/// Reads the server's next step without a reply, and its new state.
fn next(value: &Term) -> Option<(Next, &Term)> {
    match value.as_tuple()? {
        [tag, state] if tag.is_atom("noreply") => Some((Next::Wait, state)),
        [tag, state, then] if tag.is_atom("noreply") => Some((next_of(then)?, state)),
        [tag, reason, state] if tag.is_atom("stop") => Some((Next::Stop(reason.clone()), state)),
        _ => None,
    }
}

/// A time-out in milliseconds, `infinity`, `hibernate` or `{continue,Term}`.
fn next_of(then: &Term) -> Option<Next> {
    if then.is_atom("infinity") || then.is_atom("hibernate") {
        return Some(Next::Wait);
    }
    if let Some([argument]) = then.tagged("continue") {
        return Some(Next::Continue(argument.clone()));
    }
    let milliseconds = then.as_integer().and_then(|time| u64::try_from(time).ok())?;
    Some(Next::WaitAtMost(Duration::from_millis(milliseconds)))
}
