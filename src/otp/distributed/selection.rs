//! The choice of the node that runs an application (F6 to F10, F13).

use super::name;
use super::server::{Asked, Distributor, Weight, change, reply_start};
use super::table::{Application, Place};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Term};
use crate::otp::application;
use crate::{atom, tuple};

/// The result of the selection.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Choice {
    Node(Atom),
    AlreadyAt(Atom),
    /// This node may not run it and does not know who does.
    Unknown,
    NobodyMay,
}

/// A message that reached a node while it waited for another to start an application.
enum Heard {
    Started(Atom, Result<(), Term>),
    Weight(Atom),
    Down(Atom),
}

impl Distributor {
    /// Starts an application here, or waits until another node has. Whether it is being started
    /// here, or why it is not.
    pub(super) async fn start(
        &mut self,
        ctx: &Context,
        name: Atom,
        asked: Asked,
    ) -> Result<bool, Term> {
        let Some(index) = self.position(name) else {
            return Err(tuple![atom!("unknown_application"), name]);
        };
        if self.applications[index].is_here() {
            return Ok(false);
        }
        let unable: Vec<Atom> = self.applications[index].unable();
        let connected = ctx.nodes_connected();
        if unable.iter().any(|node| connected.contains(node)) {
            let unable: Term = unable.into_iter().map(Term::from).collect();
            return Err(tuple![atom!("app_not_loaded"), name, unable]); // F11
        }
        let place = self.decide(ctx, index, asked).await;
        self.applications[index].place = place;
        self.forget_weights(name);
        self.own_weights.remove(&name);
        self.remote_started.forget_latest(name);
        if !self.started.contains(&name) {
            self.started.push(name);
        }
        Ok(place == Place::Starting)
    }

    /// Forgets what others have said of an application, but of the latest two only, as OTP does: with
    /// four equals one report is left for the next time.
    fn forget_weights(&mut self, name: Atom) {
        for _ in 0..2 {
            let latest = self.weights_of_others.iter().rposition(|told| told.application == name);
            if let Some(latest) = latest {
                self.weights_of_others.remove(latest);
            }
        }
    }

    /// Decides who runs an application; waits for another node that should (F7).
    async fn decide(&mut self, ctx: &Context, index: usize, asked: Asked) -> Place {
        let name = self.applications[index].name;
        let mut permitted = self.applications[index].permitted();
        loop {
            let heard = match self.choose(ctx, index, &permitted).await {
                Choice::Node(node) if node == ctx.node() => {
                    self.start_here(ctx, index, asked);
                    return Place::Starting;
                }
                Choice::AlreadyAt(node) => {
                    runs_at(ctx, name, node, asked);
                    return Place::At(node);
                }
                Choice::Node(node) => self.wait_for(ctx, name, Some(node)).await,
                Choice::Unknown => self.wait_for(ctx, name, None).await,
                Choice::NobodyMay => {
                    match asked {
                        Asked::Start => reply_start(ctx, name, Term::atom("not_started")),
                        Asked::Change => change(ctx, name, Term::atom("stop_it")),
                    }
                    return Place::Nowhere;
                }
            };
            match heard {
                Heard::Started(node, Ok(())) => {
                    runs_at(ctx, name, node, asked);
                    return Place::At(node);
                }
                Heard::Started(node, Err(reason)) => {
                    if asked == Asked::Start {
                        reply_start(ctx, name, tuple![atom!("error"), tuple![node, reason]]);
                    }
                    return self.applications[index].place; // F10
                }
                Heard::Down(node) => {
                    permitted.retain(|permitted| *permitted != node); // F8
                    self.weights_of_others
                        .retain(|weight| weight.application != name || weight.node != node);
                }
                Heard::Weight(_) => {}
            }
        }
    }

    /// Tells the controller that this node runs an application, and why.
    fn start_here(&self, ctx: &Context, index: usize, asked: Asked) {
        let Application { name, place, .. } = self.applications[index];
        match (asked, place, self.remote_started.node_of(name)) {
            (Asked::Start, _, Some(node)) => {
                reply_start(ctx, name, tuple![atom!("takeover"), node]); // F27
            }
            (Asked::Start, _, None) => reply_start(ctx, name, Term::atom("start_it")),
            (Asked::Change, Place::Lost(node), _) => {
                change(ctx, name, tuple![atom!("failover"), node]); // F16
            }
            (Asked::Change, Place::At(node), _) => {
                change(ctx, name, tuple![atom!("takeover"), node]);
            }
            (Asked::Change, Place::Nowhere | Place::Here | Place::Moving | Place::Starting, _) => {
                change(ctx, name, Term::atom("start_it"));
            }
        }
    }

    async fn choose(&mut self, ctx: &Context, index: usize, permitted: &[Atom]) -> Choice {
        let Application { name, place, ref nodes, .. } = self.applications[index];
        let nodes = nodes.clone();
        let may: Vec<Atom> =
            nodes.iter().flatten().copied().filter(|node| permitted.contains(node)).collect();
        let remote = self.remote_started.node_of(name);
        if !may.contains(&ctx.node()) {
            return match remote {
                Some(node) => Choice::AlreadyAt(node),
                None if may.is_empty() => Choice::NobodyMay,
                None => Choice::Unknown,
            };
        }
        for equals in &nodes {
            let able: Vec<Atom> =
                equals.iter().copied().filter(|node| may.contains(node)).collect();
            let has_it = |node: &Atom| match remote {
                Some(remote) if equals.len() > 1 => remote == *node,
                remote => place == Place::At(*node) || remote == Some(*node),
            };
            if let Some(node) = able.iter().copied().find(has_it) {
                return Choice::AlreadyAt(node); // F20, F28
            }
            let chosen = match equals.as_slice() {
                [_] => able.first().copied(),
                _ => self.lightest(ctx, name, equals, &may).await,
            };
            if let Some(node) = chosen {
                return Choice::Node(node);
            }
        }
        Choice::Unknown
    }

    /// The node of several equals that runs the fewest applications, then the one whose name comes
    /// first (F13). All nodes that may run the application tell each other their weights, also where
    /// none of the equals is up.
    async fn lightest(
        &mut self,
        ctx: &Context,
        name: Atom,
        equals: &[Atom],
        may: &[Atom],
    ) -> Option<Atom> {
        let own = self.weight(ctx, name).await;
        for node in may.iter().copied().filter(|node| *node != ctx.node()) {
            ctx.send((super::name(), node), weight_message(name, own, ctx.node()));
        }
        let mut weights = vec![(own, ctx.node())];
        for node in may.iter().copied().filter(|node| *node != ctx.node()) {
            weights.extend(self.weight_of(ctx, name, node).await.map(|weight| (weight, node)));
        }
        weights.sort_unstable();
        let mut nodes = weights.into_iter().map(|(_, node)| node);
        nodes.find(|node| equals.contains(node) && self.known.contains(node))
    }

    /// The weight of another node, or nothing if it goes down.
    async fn weight_of(&self, ctx: &Context, name: Atom, node: Atom) -> Option<i64> {
        // Of a node only what it has said last is looked at, be it of another application.
        let told = self.weights_of_others.iter().rev().find(|told| told.node == node);
        if let Some(Weight { applications, .. }) = told.filter(|told| told.application == name) {
            return Some(*applications);
        }
        ctx.monitor_node(node, true);
        let wanted = move |message: &Term| is_weight(message, name, node) || is_down(message, node);
        let message = ctx.receive_where(wanted).await;
        ctx.monitor_node(node, false);
        message.tagged("dist_ac_weight").and_then(|weight| weight.get(1)?.as_integer())
    }

    /// The number of applications that run here; it stays the same while nodes compare.
    pub(super) async fn weight(&self, ctx: &Context, name: Atom) -> i64 {
        if let Some(weight) = self.own_weights.get(&name) {
            return *weight;
        }
        let running = application::which_applications(ctx).await.len();
        i64::try_from(running).unwrap_or(i64::MAX)
    }

    /// Waits for a report of a node, or of any, about an application.
    async fn wait_for(&self, ctx: &Context, name: Atom, node: Option<Atom>) -> Heard {
        loop {
            if let Some(node) = node {
                ctx.monitor_node(node, true);
            }
            let message = ctx.receive_where(move |message| hear(message, name, node).is_some());
            let heard = hear(&message.await, name, node).expect("it was wanted");
            if let Some(node) = node {
                ctx.monitor_node(node, false);
            }
            let Heard::Weight(from) = heard else { return heard };
            let own = self.weight(ctx, name).await;
            ctx.send((super::name(), from), weight_message(name, own, ctx.node()));
        }
    }
}

/// Tells the controller that another node runs an application.
fn runs_at(ctx: &Context, name: Atom, node: Atom, asked: Asked) {
    let order = tuple![atom!("started"), node];
    match asked {
        Asked::Start => reply_start(ctx, name, order),
        Asked::Change => change(ctx, name, order),
    }
}

/// Reads a message to a node that waits for `node`, or for any, to start an application.
fn hear(message: &Term, application: Atom, node: Option<Atom>) -> Option<Heard> {
    let is_wanted = |from: &Term| node.is_none_or(|node| from.as_atom() == Some(node));
    if let Some([from, name, result]) = message.tagged("dist_ac_app_started") {
        let result = result.as_result().unwrap_or(Ok(()));
        let wanted = name.as_atom() == Some(application) && is_wanted(from);
        return wanted.then_some(Heard::Started(from.as_atom()?, result));
    }
    if let Some([name, _, from]) = message.tagged("dist_ac_weight") {
        let wanted = node.is_some() && name.as_atom() == Some(application) && is_wanted(from);
        return wanted.then_some(Heard::Weight(from.as_atom()?));
    }
    match message.tagged("nodedown") {
        Some([from]) if is_wanted(from) => Some(Heard::Down(from.as_atom()?)),
        _ => None,
    }
}

fn is_weight(message: &Term, application: Atom, node: Atom) -> bool {
    matches!(message.tagged("dist_ac_weight"), Some([Term::Atom(name), _, Term::Atom(from)])
        if *name == application && *from == node)
}

fn is_down(message: &Term, node: Atom) -> bool {
    matches!(message.tagged("nodedown"), Some([Term::Atom(from)]) if *from == node)
}

pub(super) fn weight_message(application: Atom, weight: i64, node: Atom) -> Term {
    tuple![atom!("dist_ac_weight"), application, weight, node]
}

/// The address of the process on another node.
pub(super) fn peer(node: Atom) -> (Atom, Atom) {
    (name(), node)
}
