//! The scope process.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::{Group, Tables, members, pids, tables};
use crate::engine::runtime::{Context, Exit, ExitResult, NodeMonitor};
use crate::engine::term::{Atom, Map, Pid, Ref, Term};
use crate::otp::address::Caller;
use crate::{atom, tuple};

/// The life of a scope process.
pub(super) type Body =
    Box<dyn FnOnce(Context) -> Pin<Box<dyn Future<Output = ExitResult>>> + 'static>;

/// The body of the process for a scope.
pub(super) fn body(scope: Atom) -> Body {
    Box::new(move |ctx| {
        Box::pin(async move {
            let mut scope = Scope::new(ctx.clone(), scope);
            loop {
                let message = ctx.receive().await;
                if let Some(member) = scope.is_confused_by(&message) {
                    return Err(Exit::exit(member));
                }
                scope.handle(&message);
            }
        })
    })
}

struct Scope {
    ctx: Context,
    name: Atom,
    tables: Rc<Tables>,
    /// The members on this node, with the groups that each has joined, newest first.
    local: BTreeMap<Pid, Member>,
    /// The scope processes of other nodes, with what they have told.
    remote: BTreeMap<Pid, Peer>,
    /// By the monitor of the watching process.
    watchers: BTreeMap<Ref, Watcher>,
}

struct Member {
    monitor: Ref,
    groups: Vec<Term>,
}

struct Peer {
    monitor: Ref,
    groups: BTreeMap<Term, Vec<Pid>>,
}

struct Watcher {
    pid: Pid,
    /// All groups when there is none.
    group: Option<Term>,
}

/// The change of a group: members have come or gone.
#[derive(Clone, Copy)]
enum Change {
    Join,
    Leave,
}

impl Scope {
    fn new(ctx: Context, name: Atom) -> Scope {
        ctx.monitor_nodes(NodeMonitor { on: true, ..NodeMonitor::default() });
        for node in ctx.nodes() {
            ctx.send((name, node), tuple![atom!("discover"), ctx.pid()]);
        }
        Scope {
            tables: tables(&ctx),
            ctx,
            name,
            local: BTreeMap::new(),
            remote: BTreeMap::new(),
            watchers: BTreeMap::new(),
        }
    }

    fn handle(&mut self, message: &Term) {
        let Some([Term::Atom(tag), rest @ ..]) = message.as_tuple() else { return };
        match (tag.as_str(), rest) {
            ("$gen_call", [from, request]) => {
                if let Some(client) = Caller::from_term(from) {
                    let reply = self.answer(client.pid, request);
                    client.reply(&self.ctx, reply);
                }
            }
            ("nodeup", [Term::Atom(node)]) => {
                let discover = tuple![atom!("discover"), self.ctx.pid()];
                self.ctx.send_noconnect((self.name, *node), discover);
            }
            ("discover", [Term::Pid(peer)]) => self.discovered(*peer),
            ("sync", [Term::Pid(peer), groups]) => self.sync(*peer, groups),
            ("join", [Term::Pid(peer), group, pids]) => self.remote_join(*peer, group, pids),
            ("leave", [Term::Pid(peer), pids, groups]) => self.remote_leave(*peer, pids, groups),
            ("DOWN", [Term::Reference(monitor), _, Term::Pid(pid), _]) => {
                self.down(*monitor, *pid);
            }
            _ => {}
        }
    }

    /// Ends a scope of a release that takes the end of a watching process for that of the
    /// member which it became later (G28).
    fn is_confused_by(&self, message: &Term) -> Option<Term> {
        let Some([_, _, Term::Pid(pid), _]) = message.tagged("DOWN") else { return None };
        let member = self.local.get(pid)?;
        let mut watching = self.watchers.iter().filter(|(_, watcher)| watcher.pid == *pid);
        let watched_before = watching.any(|(monitor, _)| *monitor < member.monitor);
        let is_confused = watched_before && self.ctx.otp_release().confuses_monitors_of_pg();
        is_confused.then(|| {
            let groups: Term = member.groups.iter().cloned().collect();
            let clause = tuple![tuple![member.monitor, groups], crate::list![]];
            tuple![tuple![atom!("case_clause"), clause], crate::list![]]
        })
    }

    fn answer(&mut self, caller: Pid, request: &Term) -> Term {
        let Some([Term::Atom(verb), rest @ ..]) = request.as_tuple() else {
            return atom!("badarg").into();
        };
        match (verb.as_str(), rest) {
            ("join_local", [group, list]) => {
                self.join(group, list);
                atom!("ok").into()
            }
            ("leave_local", [group, list]) => self.leave(group, list).into(),
            ("monitor", group) => self.watch(caller, group.first().cloned()),
            ("demonitor", [Term::Reference(monitor)]) => {
                let known = self.watchers.remove(monitor).is_some();
                self.ctx.demonitor_flush(*monitor);
                known.then_some(atom!("ok")).map_or(Term::from(false), Term::from)
            }
            _ => atom!("badarg").into(),
        }
    }

    fn join(&mut self, group: &Term, list: &Term) {
        let joined = pids(list);
        for pid in &joined {
            let ctx = &self.ctx;
            let member = self
                .local
                .entry(*pid)
                .or_insert_with(|| Member { monitor: ctx.monitor(*pid), groups: Vec::new() });
            member.groups.insert(0, group.clone());
        }
        self.change(Change::Join, group, &joined, true);
        self.tell_peers(&tuple![atom!("join"), self.ctx.pid(), group, list]);
    }

    /// Whoever watches is told the whole list, also those in it that had not joined (G28).
    fn leave(&mut self, group: &Term, list: &Term) -> Atom {
        let asked = pids(list);
        let left = asked.iter().filter(|pid| self.leave_once(group, **pid)).count();
        if left == 0 {
            return atom!("not_joined");
        }
        self.change(Change::Leave, group, &asked, true);
        let groups = crate::list![group.clone()];
        self.tell_peers(&tuple![atom!("leave"), self.ctx.pid(), members(&asked), groups]);
        atom!("ok")
    }

    /// Takes one membership away; whether there was one.
    fn leave_once(&mut self, group: &Term, pid: Pid) -> bool {
        let Some(member) = self.local.get_mut(&pid) else { return false };
        let position = member.groups.iter().position(|other| other == group);
        let Some(position) = position else { return false };
        member.groups.remove(position);
        if member.groups.is_empty() {
            self.ctx.demonitor_flush(member.monitor);
            self.local.remove(&pid);
        }
        true
    }

    fn watch(&mut self, pid: Pid, group: Option<Term>) -> Term {
        let monitor = self.ctx.monitor(pid);
        let tables = self.tables.borrow();
        let groups = tables.get(&self.name).map(|table| &table.groups);
        let now = if let Some(group) = &group {
            let group = groups.and_then(|groups| groups.get(group));
            group.map_or_else(|| crate::list![], |group| members(&group.all))
        } else {
            let groups = groups.into_iter().flatten();
            groups.map(|(name, group)| (name.clone(), members(&group.all))).collect::<Map>().into()
        };
        drop(tables);
        self.watchers.insert(monitor, Watcher { pid, group });
        tuple![monitor, now]
    }

    /// Another scope process is there: tell it the own members, and ask for its ones (G25).
    fn discovered(&mut self, peer: Pid) {
        let groups: Map = self.local_groups().into_iter().collect();
        self.ctx.send(peer, tuple![atom!("sync"), self.ctx.pid(), groups]);
        if !self.remote.contains_key(&peer) {
            let monitor = self.ctx.monitor(peer);
            self.ctx.send_noconnect(peer, tuple![atom!("discover"), self.ctx.pid()]);
            self.remote.insert(peer, Peer { monitor, groups: BTreeMap::new() });
        }
    }

    fn local_groups(&self) -> Vec<(Term, Term)> {
        let tables = self.tables.borrow();
        let groups = tables.get(&self.name).into_iter().flat_map(|table| &table.groups);
        groups
            .filter(|(_, group)| !group.local.is_empty())
            .map(|(name, group)| (name.clone(), members(&group.local)))
            .collect()
    }

    /// All members on another node, from its own scope process (G27).
    fn sync(&mut self, peer: Pid, groups: &Term) {
        let Some(groups) = groups.as_map() else { return };
        let new: BTreeMap<Term, Vec<Pid>> =
            groups.iter().map(|(group, list)| (group.clone(), pids(list))).collect();
        let ctx = &self.ctx;
        let known = self
            .remote
            .entry(peer)
            .or_insert_with(|| Peer { monitor: ctx.monitor(peer), groups: BTreeMap::new() });
        let old = std::mem::replace(&mut known.groups, new.clone());
        for (group, members) in &new {
            match old.get(group) {
                None => self.change(Change::Join, group, members, false),
                Some(old) if old != members => self.replace(group, old, members),
                Some(_) => {}
            }
        }
        for (group, members) in old.iter().filter(|(group, _)| !new.contains_key(*group)) {
            self.change(Change::Leave, group, members, false);
        }
    }

    /// Another node has other members of a group than it was known to have. Nobody is told.
    fn replace(&self, group: &Term, old: &[Pid], new: &[Pid]) {
        let mut tables = self.tables.borrow_mut();
        let table = tables.get_mut(&self.name);
        if let Some(group) = table.and_then(|table| table.groups.get_mut(group)) {
            take(&mut group.all, old);
            group.all.splice(0..0, new.iter().copied());
        }
    }

    fn remote_join(&mut self, peer: Pid, group: &Term, list: &Term) {
        let Some(peer) = self.remote.get_mut(&peer) else { return };
        let joined = pids(list);
        let members = peer.groups.entry(group.clone()).or_default();
        members.splice(0..0, joined.iter().copied());
        self.change(Change::Join, group, &joined, false);
    }

    fn remote_leave(&mut self, peer: Pid, list: &Term, groups: &Term) {
        let Some(peer) = self.remote.get_mut(&peer) else { return };
        let left = pids(list);
        let groups = groups.as_list().unwrap_or_default();
        for group in groups {
            if let Some(members) = peer.groups.get_mut(group) {
                take(members, &left);
                if members.is_empty() {
                    peer.groups.remove(group);
                }
            }
        }
        for group in groups {
            self.change(Change::Leave, group, &left, false);
        }
    }

    fn down(&mut self, monitor: Ref, pid: Pid) {
        if self.watchers.remove(&monitor).is_some() {
            return;
        }
        let is_member = self.local.get(&pid).is_some_and(|member| member.monitor == monitor);
        let is_peer = self.remote.get(&pid).is_some_and(|peer| peer.monitor == monitor);
        if is_member {
            self.member_died(pid);
        } else if is_peer && let Some(peer) = self.remote.remove(&pid) {
            // G26: its node is down, or it has died.
            for (group, members) in &peer.groups {
                self.change(Change::Leave, group, members, false);
            }
        }
    }

    fn member_died(&mut self, pid: Pid) {
        let Some(member) = self.local.remove(&pid) else { return };
        for group in &member.groups {
            self.change(Change::Leave, group, &[pid], true);
        }
        let groups: Term = member.groups.into_iter().collect();
        let news = tuple![atom!("leave"), self.ctx.pid(), members(&[pid]), groups];
        self.tell_peers(&news);
    }

    /// Changes the node's copy of a group, and tells who watches it.
    fn change(&self, change: Change, name: &Term, whom: &[Pid], local: bool) {
        let mut tables = self.tables.borrow_mut();
        let Some(table) = tables.get_mut(&self.name) else { return };
        if matches!(change, Change::Leave) && !table.groups.contains_key(name) {
            return;
        }
        let group = table.groups.entry(name.clone()).or_insert_with(Group::default);
        let verb = match change {
            Change::Join => {
                group.all.splice(0..0, whom.iter().copied());
                if local {
                    group.local.splice(0..0, whom.iter().copied());
                }
                atom!("join")
            }
            Change::Leave => {
                take(&mut group.all, whom);
                if local {
                    take(&mut group.local, whom);
                }
                atom!("leave")
            }
        };
        if group.all.is_empty() {
            table.groups.remove(name);
        }
        drop(tables);
        self.tell_watchers(verb, name, &members(whom));
    }

    /// Those who watch the scope come first, then those who watch the group, the latest first.
    fn tell_watchers(&self, verb: Atom, name: &Term, whom: &Term) {
        let of_scope = self.watchers.iter().filter(|(_, watcher)| watcher.group.is_none());
        let of_group =
            self.watchers.iter().rev().filter(|(_, watcher)| watcher.group.as_ref() == Some(name));
        for (monitor, watcher) in of_scope.chain(of_group) {
            self.ctx.send_noconnect(watcher.pid, tuple![*monitor, verb, name, whom]);
        }
    }

    fn tell_peers(&self, news: &Term) {
        for peer in self.remote.keys() {
            self.ctx.send_noconnect(*peer, news.clone());
        }
    }
}

/// Removes one occurrence for each of `whom`.
fn take(members: &mut Vec<Pid>, whom: &[Pid]) {
    for pid in whom {
        if let Some(position) = members.iter().position(|member| member == pid) {
            members.remove(position);
        }
    }
}
