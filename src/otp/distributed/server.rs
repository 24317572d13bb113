//! The process `dist_ac`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Distributed;
use super::remote_started::RemoteStarted;
use super::selection::{peer, weight_message};
use super::table::{Application, Permission, Place, nodes_to_term};
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Term};
use crate::engine::trace::Level;
use crate::otp::application::controller_name;
use crate::otp::gen_server::{self, Caller, GenServer, Next, Reply};
use crate::otp::global;
use crate::{atom, list, tuple};

/// The server of a node that knows where the distributed applications run.
pub(super) struct Distributor {
    pub(super) applications: Vec<Application>,
    /// The nodes that this one has met (F4).
    pub(super) known: Vec<Atom>,
    /// The applications that were started on this node, whoever runs them.
    pub(super) started: Vec<Atom>,
    pub(super) remote_started: RemoteStarted,
    pub(super) weights_of_others: Vec<Weight>,
    pub(super) own_weights: BTreeMap<Atom, i64>,
    /// Nodes that have loaded an application which this one has not.
    loaded_elsewhere: Vec<LoadedElsewhere>,
    /// The callers that wait for an application to be moved here.
    pub(super) moves: Vec<(Atom, Caller)>,
    /// The callers that wait for an application to be gone from here.
    pub(super) stops: Vec<(Atom, Caller)>,
    /// The callers that wait for another node to take an application, and the nodes that might.
    pub(super) handovers: Vec<(Atom, Caller, Vec<Atom>)>,
    pub(super) permissions: Vec<(Atom, bool)>,
}

/// The number of applications on another node, reported when one is to be started.
pub(super) struct Weight {
    pub application: Atom,
    /// The number of applications there.
    pub applications: i64,
    pub node: Atom,
}

struct LoadedElsewhere {
    application: Atom,
    node: Atom,
    nodes: Term,
    permission: Permission,
}

/// The origin of a request to start an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The controller, which waits for the answer.
    Start,
    /// A change elsewhere.
    Change,
}

impl Distributor {
    pub(super) fn new(
        node: Atom,
        distributed: Vec<Distributed>,
        permissions: Vec<(Atom, bool)>,
    ) -> Distributor {
        let entry = |config: Distributed| {
            let permission = permission_of(&permissions, config.application);
            Application::new(node, config, permission) // F11
        };
        Distributor {
            applications: distributed.into_iter().map(entry).collect(),
            known: vec![node],
            started: Vec::new(),
            remote_started: RemoteStarted::default(),
            weights_of_others: Vec::new(),
            own_weights: BTreeMap::new(),
            loaded_elsewhere: Vec::new(),
            moves: Vec::new(),
            stops: Vec::new(),
            handovers: Vec::new(),
            permissions,
        }
    }

    pub(super) fn position(&self, name: Atom) -> Option<usize> {
        self.applications.iter().position(|application| application.name == name)
    }

    pub(super) fn find(&mut self, name: Atom) -> Option<&mut Application> {
        self.applications.iter_mut().find(|application| application.name == name)
    }

    fn tell_known(&self, ctx: &Context, message: &Term) {
        tell(ctx, self.known.iter().copied(), message);
    }

    /// The controller has loaded an application: the nodes compare what they know of it (F12).
    fn load(&mut self, ctx: &Context, name: Atom) -> Result<(), Exit> {
        let permission = permission_of(&self.permissions, name);
        let told: Vec<_> =
            self.loaded_elsewhere.extract_if(.., |found| found.application == name).collect();
        let Some(application) = self.find(name) else { return Ok(()) };
        application.set_permission(ctx.node(), permission);
        let nodes = nodes_to_term(&application.nodes);
        for other in &told {
            if other.nodes != nodes {
                return Err(mismatch(ctx, name, other.node));
            }
            application.set_permission(other.node, other.permission);
        }
        let others: Vec<Atom> =
            application.flat_nodes().filter(|node| *node != ctx.node()).collect();
        for node in others {
            let known = told.iter().any(|other| other.node == node);
            ctx.send(peer(node), loaded_message(ctx.node(), name, &nodes, permission, known));
        }
        Ok(())
    }

    fn loaded_by_other(&mut self, ctx: &Context, told: &[Term]) -> Result<(), Exit> {
        let [Term::Atom(node), Term::Atom(name), nodes, permission, knows_me] = told else {
            return Ok(());
        };
        let permission = Permission::from_term(permission);
        let own = ctx.node();
        let Some(application) = self.find(*name).filter(|found| found.is_able(own)) else {
            let (application, node, nodes) = (*name, *node, nodes.clone());
            let other = LoadedElsewhere { application, node, nodes, permission };
            self.loaded_elsewhere.push(other);
            return Ok(());
        };
        let own_nodes = nodes_to_term(&application.nodes);
        if own_nodes != *nodes {
            return Err(mismatch(ctx, *name, *node));
        }
        application.set_permission(*node, permission);
        if knows_me.as_bool() == Some(false) {
            let may = Permission::from(application.may_run(own));
            ctx.send(peer(*node), loaded_message(own, *name, &own_nodes, may, true));
        }
        Ok(())
    }

    fn unloaded(&mut self, ctx: &Context, name: Atom) {
        let Some(application) = self.find(name) else { return };
        application.place = Place::Nowhere;
        application.run.clear();
        let nodes: Vec<Atom> = application.flat_nodes().collect();
        tell(ctx, nodes, &tuple![atom!("dist_ac_app_unloaded"), ctx.node(), name]);
    }

    /// The controller wants to start an application. Moves that are under way come first.
    async fn start_asked(&mut self, ctx: &Context, name: Atom) {
        let lock = (atom!("dist_ac"), ctx.pid());
        let nodes = Some(vec![ctx.node()]);
        if !global::set_lock(ctx, lock.0, lock.1, nodes.clone(), Some(0)).await {
            let again = tuple![atom!("ac_start_application_req"), name];
            ctx.send_after(Duration::from_millis(100), ctx.pid(), again);
            return;
        }
        if let Err(reason) = self.start(ctx, name, Asked::Start).await {
            reply_start(ctx, name, tuple![atom!("error"), reason]);
        }
        global::del_lock(ctx, lock.0, lock.1, nodes).await;
    }

    /// A start that was decided on has ended here: all nodes that this one knows are told, also
    /// when it failed (F10, F30).
    fn started_here(&mut self, ctx: &Context, name: Atom, result: &Term) {
        let report = tuple![atom!("dist_ac_app_started"), ctx.node(), name, result];
        self.tell_known(ctx, &report);
        let ok = result.tagged("error").is_none();
        if let Some(application) = self.find(name) {
            application.place = if ok { Place::Here } else { Place::Nowhere };
        }
        answer_all(ctx, &mut self.moves, name, result);
    }

    /// An application that ran here, or was to, has ended (F23, F26).
    fn stopped_here(&mut self, ctx: &Context, name: Atom, forget: bool) {
        let stopped = tuple![atom!("error"), atom!("stopped")];
        answer_all(ctx, &mut self.moves, name, &stopped);
        answer_all(ctx, &mut self.stops, name, &Term::atom("ok"));
        let Some(application) = self.find(name) else { return };
        match std::mem::replace(&mut application.place, Place::Nowhere) {
            Place::Here => self.tell_known(ctx, &tuple![atom!("dist_ac_app_stopped"), name]),
            Place::At(node) => self.remote_started.note(node, name),
            Place::Nowhere | Place::Moving | Place::Lost(_) | Place::Starting => {}
        }
        if forget {
            self.started.retain(|started| *started != name);
        }
    }

    /// Another node has started an application, or failed to.
    fn started_by_other(&mut self, ctx: &Context, node: Atom, name: Atom, result: &Term) {
        if !self.started.contains(&name) || self.position(name).is_none() {
            self.remote_started.note(node, name); // F21
            return;
        }
        let ok = result.tagged("error").is_none();
        change(ctx, name, tuple![atom!("started"), node]);
        if let Some(application) = self.find(name) {
            application.place = if ok { Place::At(node) } else { Place::Nowhere };
        }
        self.own_weights.remove(&name);
        self.end_handover(ctx, name);
    }

    fn stopped_by_other(&mut self, name: Atom) {
        if let Some(application) = self.find(name) {
            application.place = Place::Nowhere; // F23, F24
        }
        self.remote_started.forget_latest(name);
    }

    async fn weighed(&mut self, ctx: &Context, application: Atom, weight: i64, node: Atom) {
        let place = self.find(application).map(|found| found.place);
        match place {
            Some(Place::Starting) => {
                ctx.send(peer(node), weight_message(application, 0, ctx.node()));
            }
            None | Some(Place::Nowhere | Place::Lost(_)) => {
                let applications = weight;
                self.weights_of_others.push(Weight { application, applications, node });
            }
            Some(Place::Here | Place::At(_) | Place::Moving) => {
                let own = self.weight(ctx, application).await;
                ctx.send(peer(node), weight_message(application, own, ctx.node()));
                self.own_weights.insert(application, own);
            }
        }
    }

    /// A node has gone: what it ran is waited for, and then taken over (F14).
    fn node_down(&mut self, ctx: &Context, node: Atom) {
        let own = ctx.node();
        let mut lost = Vec::new();
        let mut out_of_reach = Vec::new();
        for application in &mut self.applications {
            if application.place == Place::At(node) {
                if application.may_run(own) {
                    application.place = Place::Lost(node);
                    lost.push((application.name, application.timeout));
                } else {
                    application.place = Place::Nowhere;
                    out_of_reach.push(application.name);
                }
            }
            application.run.retain(|(name, _)| *name != node);
        }
        self.known.retain(|known| *known != node);
        self.remote_started.node_down(node);
        self.give_up_handovers(ctx, node);
        for name in out_of_reach {
            change(ctx, name, Term::atom("not_running"));
        }
        for (name, timeout) in lost.into_iter().rev() {
            if let Some(timeout) = timeout {
                let message = tuple![atom!("internal_restart_appl"), name];
                ctx.send_after(timeout, ctx.pid(), message); // F18, F19
            }
        }
    }

    /// The time is up for the node that ran an application to come back (F17).
    async fn fail_over(&mut self, ctx: &Context, name: Atom) {
        let lost = |place: Place| matches!(place, Place::Lost(_));
        if self.find(name).is_some_and(|application| lost(application.place))
            && let Err(reason) = self.start(ctx, name, Asked::Change).await
        {
            let text = format!("Error when restarting application {name}: {reason}");
            ctx.log(Level::Error, text);
        }
    }

    fn known_nodes_of(&self, name: Atom) -> Term {
        let Some(index) = self.position(name) else { return list![] };
        let nodes = self.applications[index].flat_nodes();
        nodes.filter(|node| self.known.contains(node)).map(Term::from).collect()
    }

    /// Handles a message of this node's controller.
    async fn handle_controller(
        &mut self,
        ctx: &Context,
        what: &str,
        name: Atom,
        with: Option<&Term>,
    ) -> Result<(), Exit> {
        match (what, with) {
            ("ac_load_application_req", _) => {
                self.load(ctx, name)?;
                let ok = Term::atom("ok");
                to_controller(ctx, tuple![atom!("ac_load_application_reply"), name, ok]);
            }
            ("ac_application_unloaded", _) => self.unloaded(ctx, name),
            ("ac_start_application_req", _) => self.start_asked(ctx, name).await,
            ("ac_application_run", Some(result)) => self.started_here(ctx, name, result),
            ("ac_application_not_run", _) => self.stopped_here(ctx, name, false),
            ("ac_application_stopped", _) => self.stopped_here(ctx, name, true),
            ("dist_ac_app_stopped", _) => self.stopped_by_other(name),
            ("nodedown", _) => self.node_down(ctx, name),
            ("internal_restart_appl", _) => self.fail_over(ctx, name).await,
            _ => {}
        }
        Ok(())
    }

    /// Handles a message of the process of this name on another node.
    async fn handle_other(&mut self, ctx: &Context, what: &str, told: &[Term]) -> Result<(), Exit> {
        match (what, told) {
            ("dist_ac_new_node", [_, Term::Atom(node), applications, started])
                if started.as_list().is_some_and(<[Term]>::is_empty) =>
            {
                self.introduced(ctx, *node, applications);
            }
            ("dist_ac_app_started", [Term::Atom(node), Term::Atom(name), result]) => {
                self.started_by_other(ctx, *node, *name, result);
            }
            ("dist_ac_weight", [Term::Atom(name), Term::Integer(weight), Term::Atom(node)]) => {
                self.weighed(ctx, *name, *weight, *node).await;
            }
            ("dist_ac_app_loaded", _) => self.loaded_by_other(ctx, told)?,
            ("dist_ac_app_unloaded", [Term::Atom(node), Term::Atom(name)]) => {
                self.loaded_elsewhere
                    .retain(|found| (found.application, found.node) != (*name, *node));
                if let Some(application) = self.find(*name) {
                    application.set_permission(*node, Permission::Unable);
                }
            }
            ("dist_ac_new_permission", [Term::Atom(node), Term::Atom(name), may, ran]) => {
                let (may, ran) = (may.as_bool() == Some(true), ran.as_bool() == Some(true));
                self.permission_of_other(ctx, *node, *name, may, ran).await;
            }
            _ => {}
        }
        Ok(())
    }
}

impl GenServer for Distributor {
    type Call = Term;
    type Cast = Term;
    type Reply = Term;

    async fn handle_continue(&mut self, ctx: &Context, _: Term) -> Result<Next, Exit> {
        self.boot(ctx).await?;
        Ok(Next::Wait)
    }

    async fn handle_call(
        &mut self,
        ctx: &Context,
        client: Caller,
        request: Term,
    ) -> Result<Reply<Term>, Exit> {
        let (what, name, with) = match request.as_tuple() {
            Some([Term::Atom(what), Term::Atom(name), with @ ..]) => (*what, *name, with),
            _ => return Err(Exit::error(atom!("function_clause"))),
        };
        match (what.as_str(), with) {
            ("get_nodes", []) => Ok(Reply::now(self.known_nodes_of(name))),
            ("takeover_application", [restart]) => Ok(self.take_over(ctx, client, name, restart)),
            ("permit_application", [permission, started]) => {
                let permission = permission.as_bool() == Some(true);
                let started = started.as_bool() == Some(true);
                Ok(self.permit(ctx, client, name, permission, started).await)
            }
            _ => Err(Exit::error(atom!("function_clause"))),
        }
    }

    async fn handle_info(&mut self, ctx: &Context, message: Term) -> Result<Next, Exit> {
        match message.as_tuple() {
            Some([Term::Atom(what), Term::Atom(name)]) => {
                self.handle_controller(ctx, what.as_str(), *name, None).await?;
            }
            Some([Term::Atom(what), Term::Atom(name), with])
                if what.as_str().starts_with("ac_") =>
            {
                self.handle_controller(ctx, what.as_str(), *name, Some(with)).await?;
            }
            Some([Term::Atom(what), told @ ..]) => {
                self.handle_other(ctx, what.as_str(), told).await?;
            }
            _ => {}
        }
        Ok(Next::Wait)
    }
}

/// The application whose lost node has stayed away for its timeout, if a message of `dist_ac` to
/// itself says so.
pub(crate) fn lost_application(message: &Term) -> Option<&Term> {
    message.tagged("internal_restart_appl")?.first()
}

/// Answers a start of the controller.
pub(super) fn reply_start(ctx: &Context, name: Atom, decision: Term) {
    to_controller(ctx, tuple![atom!("ac_start_application_reply"), name, decision]);
}

/// Tells the controller to change an application.
pub(super) fn change(ctx: &Context, name: Atom, change: Term) {
    to_controller(ctx, tuple![atom!("ac_change_application_req"), name, change]);
}

fn to_controller(ctx: &Context, message: Term) {
    ctx.send((controller_name(), ctx.node()), message);
}

pub(super) fn tell(ctx: &Context, nodes: impl IntoIterator<Item = Atom>, message: &Term) {
    for node in nodes.into_iter().filter(|node| *node != ctx.node()) {
        ctx.send(peer(node), message);
    }
}

/// The permissions from the configuration and from `application:permit`; nodes that have none
/// may run everything.
fn permission_of(permissions: &[(Atom, bool)], name: Atom) -> Permission {
    let told = permissions.iter().find(|(found, _)| *found == name);
    Permission::from(told.is_none_or(|(_, may)| *may))
}

fn answer_all(ctx: &Context, waiting: &mut Vec<(Atom, Caller)>, name: Atom, answer: &Term) {
    for (_, client) in waiting.extract_if(.., |(found, _)| *found == name) {
        gen_server::reply(ctx, &client, answer);
    }
}

fn loaded_message(node: Atom, name: Atom, nodes: &Term, may: Permission, knows_you: bool) -> Term {
    tuple![atom!("dist_ac_app_loaded"), node, name, nodes, may.to_term(), knows_you]
}

/// Two nodes are configured differently: the first to notice ends (F12).
fn mismatch(ctx: &Context, name: Atom, node: Atom) -> Exit {
    let text = format!(
        "Distribution mismatch for application \"{name}\" on nodes {} and {node}",
        ctx.node()
    );
    ctx.log(Level::Error, text);
    Exit::exit(tuple![atom!("distribution_mismatch"), name, node])
}
