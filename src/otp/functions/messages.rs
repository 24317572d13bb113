//! Sending messages.

use super::arguments::{Recipient, answer, elements, recipient};
use super::functions;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Term};

functions! { ERLANG, "erlang", |ctx|
    "Sends a message and returns it: `Dest ! Msg`."
    now "!" (dest, msg) { send(ctx, dest, msg) }

    "Sends a message and returns it: `Dest ! Msg`."
    now "send" (dest, msg) { send(ctx, dest, msg) }

    "Sends a message unless the sender would have to connect (`noconnect`) or wait (`nosuspend`)."
    now "send" (dest, msg, options) { send_with(ctx, dest, msg, options) }

    "Sends a message, or returns `false` if the sender would have to wait for a busy connection."
    now "send_nosuspend" (dest, msg) { send_nosuspend(ctx, dest, msg).map(Term::from) }

    "As `send_nosuspend/2`, with the options of `send/3`."
    now "send_nosuspend" (dest, msg, options) {
        let sent = Options::read(options)?.with_nosuspend().send(ctx, dest, msg)?;
        Ok(Term::from(sent == "ok"))
    }
}

fn send(ctx: &Context, to: &Term, message: &Term) -> Result<Term, Exit> {
    match recipient(to)? {
        Recipient::To(to) => ctx.send(to, message),
        Recipient::Named(name) => ctx.send_name(name, message)?,
    }
    Ok(message.clone())
}

fn send_with(ctx: &Context, to: &Term, message: &Term, options: &Term) -> Result<Term, Exit> {
    answer(Options::read(options)?.send(ctx, to, message)?)
}

fn send_nosuspend(ctx: &Context, to: &Term, message: &Term) -> Result<bool, Exit> {
    Ok(Options::default().with_nosuspend().send(ctx, to, message)? == "ok")
}

/// The options of `send/3`.
#[derive(Clone, Copy, Default)]
struct Options {
    noconnect: bool,
    nosuspend: bool,
}

impl Options {
    fn read(term: &Term) -> Result<Options, Exit> {
        let mut options = Options::default();
        for option in elements(term)? {
            match option.as_atom().map(Atom::as_str) {
                Some("noconnect") => options.noconnect = true,
                Some("nosuspend") => options.nosuspend = true,
                Some(_) | None => return Err(Exit::badarg()),
            }
        }
        Ok(options)
    }

    fn with_nosuspend(self) -> Options {
        Options { nosuspend: true, ..self }
    }

    /// Sends a message: `ok`, or the option that kept it from being sent.
    fn send(self, ctx: &Context, to: &Term, message: &Term) -> Result<&'static str, Exit> {
        let to = match recipient(to)? {
            Recipient::To(to) => to,
            Recipient::Named(name) => return ctx.send_name(name, message).map(|()| "ok"),
        };
        Ok(match (self.noconnect, self.nosuspend) {
            (true, _) => {
                if ctx.send_noconnect(to, message) {
                    "ok"
                } else {
                    "noconnect"
                }
            }
            (false, true) => {
                if ctx.send_nosuspend(to, message) {
                    "ok"
                } else {
                    "nosuspend"
                }
            }
            (false, false) => {
                ctx.send(to, message);
                "ok"
            }
        })
    }
}
