//! Links, monitors, aliases, and exit signals.

use super::arguments::{alias_mode, badarg, elements, monitored, pid, reference};
use super::functions;

use crate::engine::runtime::{AliasMode, Context, Exit, MonitorOptions};
use crate::engine::term::{Atom, Ref, Term};

functions! { ERLANG, "erlang", |ctx|
    "Links the caller to a process: each ends with the other, unless it traps exits."
    now "link" (pid_or_port) {
        ctx.link(pid(pid_or_port)?)?;
        Ok(Term::from(true))
    }

    "Removes a link."
    now "unlink" (id) {
        ctx.unlink(pid(id)?);
        Ok(Term::from(true))
    }

    "Monitors a process: when it ends, a message `{'DOWN',Ref,process,Object,Reason}` comes."
    now "monitor" (kind, item) {
        monitor(ctx, kind, item, MonitorOptions::default())
    }

    "As `monitor/2`, with another tag than 'DOWN' (`{tag,T}`) or an alias (`{alias,Mode}`)."
    now "monitor" (kind, item, options) {
        let options = monitor_options(options)?;
        monitor(ctx, kind, item, options)
    }

    "Ends a monitor."
    now "demonitor" (monitor_ref) {
        own(ctx, monitor_ref).map(|monitor| { ctx.demonitor(monitor); Term::from(true) })
    }

    "Ends a monitor; `flush` removes its message, `info` says whether it was active."
    now "demonitor" (monitor_ref, options) {
        let (mut flush, mut info) = (false, false);
        for option in elements(options)? {
            match option.as_atom().map(Atom::as_str) {
                Some("flush") => flush = true,
                Some("info") => info = true,
                Some(_) | None => return Err(Exit::badarg()),
            }
        }
        let monitor = own(ctx, monitor_ref)?;
        let active = if flush { ctx.demonitor_flush(monitor) } else { ctx.demonitor(monitor) };
        Ok(Term::from(!info || active)) // A46
    }

    "Makes an alias of the caller: a reference that messages can be sent to."
    now "alias" () { Ok(Term::from(ctx.alias(AliasMode::ExplicitUnalias))) }

    "As `alias/0`; with `reply`, the alias ends with the first message."
    now "alias" (options) {
        let mut mode = AliasMode::ExplicitUnalias;
        for option in elements(options)? {
            match option.as_atom().map(Atom::as_str) {
                Some("reply") => mode = AliasMode::ReplyDemonitor,
                Some("explicit_unalias") => mode = AliasMode::ExplicitUnalias,
                Some(_) | None => return Err(Exit::badarg()),
            }
        }
        Ok(Term::from(ctx.alias(mode)))
    }

    "Ends an alias of the caller."
    now "unalias" (alias) { Ok(Term::from(ctx.unalias(reference(alias)?))) }

    "Raises an exit: the caller ends with this reason unless it is caught."
    now "exit" (reason) { Err(Exit::exit(reason)) }

    "Sends an exit signal."
    now "exit" (to, reason) {
        ctx.exit_signal(pid(to)?, reason);
        Ok(Term::from(true))
    }

    "Raises an error."
    now "error" (reason) { Err(Exit::error(reason)) }

    "Raises an error; the arguments are for the stack trace."
    now "error" (reason, _args) { Err(Exit::error(reason)) }

    "Throws a term."
    now "throw" (any) { Err(Exit::throw(any)) }
}

fn monitor(ctx: &Context, kind: &Term, item: &Term, options: MonitorOptions) -> Result<Term, Exit> {
    if !kind.is_atom("process") {
        return Err(Exit::badarg());
    }
    let target = monitored(ctx, item)?;
    Ok(Term::from(ctx.monitor_with(target, options)))
}

fn monitor_options(term: &Term) -> Result<MonitorOptions, Exit> {
    let mut options = MonitorOptions::default();
    for option in elements(term)? {
        match (option.tagged("tag"), option.tagged("alias")) {
            (Some([tag]), _) => options.tag = Some(tag.clone()),
            (_, Some([mode])) => options.alias = Some(badarg(alias_mode(mode))?),
            _ => return Err(Exit::badarg()),
        }
    }
    Ok(options)
}

/// A reference of this node: a monitor cannot be another node's (A45).
fn own(ctx: &Context, term: &Term) -> Result<Ref, Exit> {
    badarg(term.as_reference().filter(|monitor| monitor.incarnation() == ctx.incarnation()))
}
