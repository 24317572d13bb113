//! Moves of running applications that somebody asks for (F29, F31).

use super::server::{Asked, Distributor, change, tell};
use super::table::{Permission, Place};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Term};
use crate::otp::gen_server::{self, Caller, Reply};
use crate::{atom, tuple};

impl Distributor {
    /// `application:takeover` on this node (F29).
    pub(super) fn take_over(
        &mut self,
        ctx: &Context,
        client: Caller,
        name: Atom,
        restart: &Term,
    ) -> Reply<Term> {
        let refused = |why: Atom| Reply::now(tuple![atom!("error"), tuple![why, name]]);
        match self.find(name).map(|application| application.place) {
            Some(Place::At(node)) => {
                change(ctx, name, tuple![atom!("takeover"), node, restart]);
                if let Some(application) = self.find(name) {
                    application.place = Place::Moving;
                }
                self.moves.push((name, client));
                Reply::no_reply()
            }
            Some(Place::Here) => refused(atom!("already_running_locally")),
            None | Some(Place::Nowhere | Place::Moving | Place::Lost(_) | Place::Starting) => {
                refused(atom!("not_running_distributed"))
            }
        }
    }

    /// `application:permit` on this node (F31).
    pub(super) async fn permit(
        &mut self,
        ctx: &Context,
        client: Caller,
        name: Atom,
        permission: bool,
        started: bool,
    ) -> Reply<Term> {
        let ok = || Reply::now(Term::atom("ok"));
        let own = ctx.node();
        self.permissions.retain(|(found, _)| *found != name);
        self.permissions.push((name, permission));
        let Some(application) = self.find(name) else { return ok() };
        application.set_permission(own, Permission::from(permission));
        let (place, permitted) = (application.place, application.permitted());
        let nodes: Vec<Atom> = application.flat_nodes().collect();
        let here = place == Place::Here;
        tell(ctx, nodes, &tuple![atom!("dist_ac_new_permission"), own, name, permission, here]);
        match (started, permission, place) {
            (false, _, _)
            | (true, false, Place::Nowhere | Place::At(_))
            | (true, true, Place::Here) => ok(),
            (true, false, _) if permitted.is_empty() => {
                change(ctx, name, Term::atom("stop_it"));
                self.stops.push((name, client));
                Reply::no_reply()
            }
            (true, false, _) => {
                self.handovers.push((name, client, permitted));
                Reply::no_reply()
            }
            (true, true, _) => self.permit_running(ctx, client, name).await,
        }
    }

    /// An application that has been started may run here again: starts it, unless it belongs on
    /// another node. Then nothing has changed for this one.
    async fn permit_running(&mut self, ctx: &Context, client: Caller, name: Atom) -> Reply<Term> {
        let before = (self.find(name).map(|found| found.place), self.remote_started.clone());
        match self.start(ctx, name, Asked::Change).await {
            Ok(true) => {
                self.moves.push((name, client));
                Reply::no_reply()
            }
            Ok(false) => {
                let (place, remote_started) = before;
                self.remote_started = remote_started;
                if let (Some(application), Some(place)) = (self.find(name), place) {
                    application.place = place;
                }
                Reply::now(Term::atom("ok"))
            }
            Err(reason) => Reply::now(tuple![atom!("error"), reason]),
        }
    }

    pub(super) async fn permission_of_other(
        &mut self,
        ctx: &Context,
        node: Atom,
        name: Atom,
        permission: bool,
        ran_there: bool,
    ) {
        let own = ctx.node();
        let Some(application) = self.find(name) else { return };
        application.set_permission(node, Permission::from(permission));
        if !permission && ran_there && application.may_run(own) {
            let _ = self.start(ctx, name, Asked::Change).await;
        }
    }

    /// Another node has taken an application over.
    pub(super) fn end_handover(&mut self, ctx: &Context, name: Atom) {
        for (_, client, _) in self.handovers.extract_if(.., |(found, _, _)| *found == name) {
            gen_server::reply(ctx, &client, Term::atom("ok"));
        }
    }

    /// A node that might have taken applications over has gone; those that are left with none stop.
    pub(super) fn give_up_handovers(&mut self, ctx: &Context, node: Atom) {
        for (_, _, nodes) in &mut self.handovers {
            nodes.retain(|candidate| *candidate != node);
        }
        let given_up: Vec<_> =
            self.handovers.extract_if(.., |(_, _, nodes)| nodes.is_empty()).collect();
        for (name, client, _) in given_up {
            change(ctx, name, Term::atom("stop_it"));
            self.stops.push((name, client));
        }
    }
}
