//! The node of the caller, and the other nodes.

use std::time::Duration;

use super::arguments::{answer, atom, badarg, boolean, clause, error, names};
use super::functions;
use crate::engine::runtime::{
    Context, DistributionError, Exit, NetTicktime, NodeMonitor, NodeTypes, TicktimeChange,
};
use crate::engine::term::{Atom, Pid, Term};
use crate::{atom, tuple};

functions! { ERLANG, "erlang", |ctx|
    "Returns the name of the caller's node."
    now "node" () { Ok(Term::from(ctx.node())) }

    "Returns the name of the node that a pid or a reference comes from."
    now "node" (arg) {
        let node = arg.as_pid().map(Pid::node);
        let node = node.or_else(|| arg.as_reference().map(|reference| reference.incarnation().node()));
        Ok(Term::from(badarg(node)?))
    }

    "Returns the visible nodes that this one is connected to."
    now "nodes" () { Ok(names(ctx.nodes())) }

    "Returns nodes: `visible`, `hidden`, `connected`, `known` or `this`, or a list of these."
    now "nodes" (arg) {
        let one = [arg.clone()];
        let kinds = arg.as_list().unwrap_or(&one);
        let mut found = std::collections::BTreeSet::new();
        for kind in kinds {
            found.extend(badarg(nodes(ctx, kind))?);
        }
        Ok(names(found.into_iter().collect()))
    }

    "Returns whether this node is part of a cluster."
    now "is_alive" () { Ok(Term::from(ctx.is_alive())) }

    "Asks for a message `{nodedown,Node}` when a node goes down, or no longer."
    now "monitor_node" (node, flag) {
        let (node, on) = (atom(node)?, boolean(flag)?);
        ctx.may_monitor_node(node)?;
        ctx.monitor_node(node, on);
        Ok(Term::from(true))
    }

    "Breaks the connection to a node: `false` if there was none."
    now "disconnect_node" (node) {
        if !ctx.is_alive() {
            return answer("ignored");
        }
        Ok(Term::from(node.as_atom().is_some_and(|node| ctx.disconnect_node(node))))
    }

    "Returns the cookie of this node."
    now "get_cookie" () { Ok(Term::from(ctx.get_cookie(None))) }

    "Sets the cookie of this node towards all others."
    now "set_cookie" (cookie) { set_cookie(ctx, None, cookie) }

    "Sets the cookie of this node towards another one."
    now "set_cookie" (node, cookie) { set_cookie(ctx, Some(atom(node)?), cookie) }
}

functions! { NET_KERNEL, "net_kernel", |ctx|
    "Connects to a node."
    waits "connect_node" (node) {
        let node = clause(node.as_atom())?;
        if ctx.is_alive() { Ok(Term::from(ctx.connect_node(node).await)) } else { answer("ignored") }
    }

    "Asks for messages `{nodeup,Node}` and `{nodedown,Node}`, or no longer."
    now "monitor_nodes" (flag) { monitor_nodes(ctx, flag, &super::arguments::nil()) }

    "As `monitor_nodes/1`, with `nodedown_reason` and `{node_type,Type}`, as a list or a map."
    now "monitor_nodes" (flag, options) { monitor_nodes(ctx, flag, options) }

    "Returns the net tick time, in seconds."
    now "get_net_ticktime" () {
        if !ctx.is_alive() {
            return answer("ignored");
        }
        Ok(match ctx.net_ticktime() {
            NetTicktime::Is(time) => Term::from(time.as_secs()),
            NetTicktime::OngoingChangeTo(time) => ongoing_change(time),
        })
    }

    "Sets the net tick time, in seconds; the change takes a minute."
    now "set_net_ticktime" (net_ticktime) {
        set_net_ticktime(ctx, net_ticktime, &Term::from(60))
    }

    "Sets the net tick time; the change takes this many seconds."
    now "set_net_ticktime" (net_ticktime, transition_period) {
        set_net_ticktime(ctx, net_ticktime, transition_period)
    }

    "Takes this node out of the cluster, if it joined while it ran."
    now "stop" () { Ok(distribution(ctx.stop_distribution())) }
}

functions! { NET_ADM, "net_adm", |ctx|
    "Connects to a node: `pong`, or `pang` if that fails."
    waits "ping" (node) {
        let node = clause(node.as_atom())?;
        answer(if ctx.ping(node).await { "pong" } else { "pang" })
    }
}

functions! { INIT, "init", |ctx|
    "Stops the node in order."
    now "stop" () {
        ctx.stop_node(atom!("normal"));
        answer("ok")
    }
}

fn nodes(ctx: &Context, kind: &Term) -> Option<Vec<Atom>> {
    Some(match kind.as_atom()?.as_str() {
        "visible" => ctx.nodes(),
        "hidden" => ctx.nodes_hidden(),
        "connected" => ctx.nodes_connected(),
        "known" => ctx.nodes_known(),
        "this" => vec![ctx.node()],
        _ => return None,
    })
}

fn set_cookie(ctx: &Context, node: Option<Atom>, cookie: &Term) -> Result<Term, Exit> {
    let cookie = atom(cookie)?;
    if !ctx.is_alive() {
        return Err(Exit::error(atom!("distribution_not_started")));
    }
    ctx.set_cookie(node.filter(|node| *node != ctx.node()), cookie);
    Ok(Term::from(true))
}

/// `net_kernel:monitor_nodes/2` (B22).
fn monitor_nodes(ctx: &Context, flag: &Term, options: &Term) -> Result<Term, Exit> {
    let Some(on) = flag.as_bool() else { return answer("error") };
    let mut monitor = NodeMonitor { on, map: options.as_map().is_some(), ..NodeMonitor::default() };
    let unknown = if let Some(map) = options.as_map() {
        let pairs = map.iter().filter(|(key, value)| !monitor_option(&mut monitor, key, value));
        let unknown: Vec<(Term, Term)> = pairs.cloned().collect();
        (!unknown.is_empty()).then(|| Term::Map(unknown.into()))
    } else {
        let Some(options) = options.as_list() else {
            return Ok(error(tuple![atom!("invalid_options"), options]));
        };
        let is_unknown = |option: &&Term| match option.as_tuple() {
            Some([key, value]) => !monitor_option(&mut monitor, key, value),
            Some(_) => true,
            None => !monitor_option(&mut monitor, option, &Term::from(true)),
        };
        let unknown: Vec<Term> = options.iter().filter(is_unknown).cloned().collect();
        (!unknown.is_empty()).then(|| Term::from(unknown))
    };
    if let Some(unknown) = unknown {
        return Ok(error(tuple![atom!("unknown_options"), unknown]));
    }
    ctx.monitor_nodes(monitor);
    answer("ok")
}

/// Sets an option, or returns that it is none.
fn monitor_option(monitor: &mut NodeMonitor, key: &Term, value: &Term) -> bool {
    match key.as_atom().map(Atom::as_str) {
        Some("nodedown_reason") if value.as_bool().is_some() => {
            monitor.reason = value.is_atom("true");
        }
        Some("node_type") => match value.as_atom().map(Atom::as_str) {
            Some("visible") => monitor.node_type = Some(NodeTypes::Visible),
            Some("hidden") => monitor.node_type = Some(NodeTypes::Hidden),
            Some("all") => monitor.node_type = Some(NodeTypes::All),
            Some(_) | None => return false,
        },
        Some("connection_id") if monitor.map && value.is_atom("false") => {}
        Some(_) | None => return false,
    }
    true
}

fn set_net_ticktime(ctx: &Context, time: &Term, transition: &Term) -> Result<Term, Exit> {
    let seconds = |term: &Term| {
        let seconds = u64::try_from(term.as_integer()?).ok();
        seconds.map(Duration::from_secs)
    };
    let time = clause(seconds(time).filter(|time| !time.is_zero()))?;
    let transition = clause(seconds(transition))?;
    if !ctx.is_alive() {
        return answer("ignored");
    }
    Ok(match ctx.set_net_ticktime(time, transition) {
        TicktimeChange::Unchanged => Term::atom("unchanged"),
        TicktimeChange::Initiated => Term::atom("change_initiated"),
        TicktimeChange::Ongoing(time) => ongoing_change(time),
    })
}

fn ongoing_change(time: Duration) -> Term {
    tuple![atom!("ongoing_change_to"), time.as_secs()]
}

/// `ok` or `{error,Reason}`.
fn distribution(result: Result<(), DistributionError>) -> Term {
    match result {
        Ok(()) => Term::atom("ok"),
        Err(why) => error(Atom::new(&why.to_string())),
    }
}
