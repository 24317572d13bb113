//! The process `global_name_server`: it keeps the node's tables, and meets and parts with other
//! nodes. It never blocks; what takes time is done by the processes that work for it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::call::reply;
use super::locker::Locker;
use super::meeting::Meeting;
use super::names::{Authority, Claim, Watched};
use super::partition::Losses;
use super::table::{self, Tables};
use super::{registrar, sync, wire};
use crate::engine::runtime::{Context, Exit, ExitResult, NodeMonitor};
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::{atom, tuple};

/// Starts the node's name server: spawns it and registers it as `global_name_server`. It is not
/// linked to the caller. Meant for a node's boot, before it connects to anybody.
///
/// # Panics
/// When the node has a name server already.
pub fn start(ctx: &Context) -> Pid {
    let server = ctx.spawn("global_name_server", run);
    ctx.register(wire::server_name(), server)
        .unwrap_or_else(|_| panic!("the node has a global_name_server already"));
    server
}

async fn run(ctx: Context) -> ExitResult {
    let mut server = Server::new(ctx.clone());
    for node in ctx.nodes() {
        server.node_up(node);
    }
    loop {
        let message = ctx.receive().await;
        server.handle(&message)?;
    }
}

/// The state of a name server.
pub(super) struct Server {
    pub ctx: Context,
    pub tables: Rc<RefCell<Tables>>,
    /// The properties of processes by the monitors on their owners.
    pub watches: BTreeMap<Ref, Watched>,
    /// The last event for the lock of all names was that its holder died.
    pub global_lock_down: bool,
    pub locker: Pid,
    pub registrar: Pid,
    /// Nodes that this one shares its names with.
    pub known: BTreeSet<Atom>,
    /// Nodes that this one is about to exchange names with.
    pub pending: BTreeSet<Atom>,
    /// Nodes whose connection is being given up, so that its loss is no news.
    pub removing: BTreeSet<Atom>,
    pub meetings: BTreeMap<Atom, Meeting>,
    pub last_tag: i64,
    /// Nodes that have exchanged names with this one, which [`sync`](super::sync) waits for.
    pub synced: BTreeSet<Atom>,
    pub syncers: BTreeSet<Pid>,
    pub connect_all: bool,
    pub losses: Losses,
}

impl Server {
    fn new(ctx: Context) -> Server {
        ctx.trap_exit(true);
        ctx.monitor_nodes(NodeMonitor { on: true, ..NodeMonitor::default() });
        let config = ctx.node_config();
        Server {
            tables: table::of(&ctx),
            watches: BTreeMap::new(),
            global_lock_down: false,
            locker: ctx.spawn_link("the_locker", |ctx| Locker::new(ctx).run()),
            registrar: ctx.spawn_link("the_registrar", registrar::run),
            known: BTreeSet::new(),
            pending: BTreeSet::new(),
            removing: BTreeSet::new(),
            meetings: BTreeMap::new(),
            last_tag: 0,
            synced: BTreeSet::new(),
            syncers: BTreeSet::new(),
            connect_all: config.connect_all,
            losses: Losses::new(config.connect_all && config.prevent_overlapping_partitions),
            ctx,
        }
    }

    fn handle(&mut self, message: &Term) -> ExitResult {
        let Some([Term::Atom(tag), rest @ ..]) = message.as_tuple() else { return Ok(()) };
        match (tag.as_str(), rest) {
            ("$gen_call", [from, request]) => self.handle_call(from, request),
            ("$gen_cast", [request]) => self.handle_cast(request),
            ("nodeup", [Term::Atom(node)]) => self.node_up(*node),
            ("nodedown", [Term::Atom(node)]) => self.node_down(*node),
            ("extra_nodedown", [Term::Atom(node)]) => self.never_connected(*node),
            ("DOWN", [Term::Reference(monitor), ..]) => self.owner_down(*monitor),
            ("EXIT", [Term::Pid(pid), _]) => return self.helper_died(*pid, message),
            ("lost_connection", loss) => self.lost_connection(loss, message),
            ("remove_connection", [Term::Atom(node)]) => self.remove_connection(*node),
            ("cancel_connect", [Term::Atom(node), Term::Integer(tag)]) => {
                self.meeting_cancelled(*node, *tag);
            }
            ("init_connect_ack", [Term::Atom(node), my_tag, his_tag]) => {
                self.meeting_acknowledged(*node, my_tag, his_tag);
            }
            _ => {}
        }
        Ok(())
    }

    fn helper_died(&mut self, pid: Pid, exit: &Term) -> ExitResult {
        self.syncers.remove(&pid);
        if pid == self.locker {
            return Err(Exit::exit(tuple![atom!("locker_died"), exit]));
        }
        if pid == self.registrar {
            return Err(Exit::exit(tuple![atom!("registrar_died"), exit]));
        }
        Ok(())
    }

    fn handle_call(&mut self, from: &Term, request: &Term) {
        let Some([Term::Pid(caller), _]) = from.as_tuple() else { return };
        let Some([Term::Atom(verb), rest @ ..]) = request.as_tuple() else { return };
        match (verb.as_str(), rest) {
            ("registrar", [action]) => {
                let errand = tuple![atom!("trans_all_known"), action, from];
                self.ctx.send(self.registrar, errand);
            }
            ("register", [name, Term::Pid(pid), method]) => {
                let claim = Claim { name: name.clone(), pid: *pid, method: method.clone() };
                self.insert_name(claim, &Authority::Holder(*caller));
                reply(&self.ctx, from, atom!("yes"));
            }
            ("unregister", [name]) => {
                self.delete_name(name);
                reply(&self.ctx, from, atom!("ok"));
            }
            ("set_lock", [id]) => {
                let locked = self.set_lock(id, *caller);
                reply(&self.ctx, from, locked);
            }
            ("del_lock", [id]) => {
                self.del_lock(id, *caller);
                reply(&self.ctx, from, true);
            }
            ("get_known", []) => reply(&self.ctx, from, wire::nodes(self.known.iter().copied())),
            ("sync", [nodes]) => {
                let missing = wire::atoms(nodes).filter(|node| !self.synced.contains(node));
                self.syncers.insert(sync::start(&self.ctx, missing.collect(), from.clone()));
            }
            ("disconnect", []) => {
                let nodes = self.disconnect();
                reply(&self.ctx, from, wire::nodes(nodes));
            }
            ("prepare_shutdown", []) => {
                self.connect_all = false;
                self.losses.ignore();
                reply(&self.ctx, from, atom!("ok"));
            }
            _ => {}
        }
    }

    fn handle_cast(&mut self, request: &Term) {
        let Some([Term::Atom(verb), rest @ ..]) = request.as_tuple() else { return };
        match (verb.as_str(), rest) {
            ("init_connect", [Term::Integer(his_tag), Term::Atom(node), Term::Pid(locker)]) => {
                self.met(*node, *his_tag, *locker);
            }
            ("lock_is_set", [Term::Atom(node), tag, lock]) => {
                self.locked_for(*node, tag, lock);
            }
            ("exchange", [Term::Atom(node), names, tag]) => self.names_came(*node, names, tag),
            ("exchange_ops", [Term::Atom(node), tag, operations, resolved]) => {
                self.names_compared(*node, tag, operations, resolved);
            }
            ("resolved", [Term::Atom(node), resolved, known, tag]) => {
                self.his_names_compared(*node, resolved, known, tag);
            }
            ("new_nodes", [operations, nodes, lock]) => self.new_nodes(operations, nodes, lock),
            ("in_sync", [Term::Atom(node)]) => self.in_sync(*node),
            ("lock_set", [Term::Pid(locker), _, _, tag]) if self.is_current(locker.node(), tag) => {
                self.ctx.send(self.locker, request);
            }
            _ => {}
        }
    }
}
