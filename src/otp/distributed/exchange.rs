//! The exchange by which nodes get to know each other: once, when one of them boots (F4, F5).

use super::remote_started::started_on;
use super::server::Distributor;
use super::table::{Application, read_runs};
use super::{Ready, name};
use crate::engine::runtime::{Context, Exit, NodeMonitor};
use crate::engine::term::{Atom, Term};
use crate::otp::{application, erpc, global};
use crate::{atom, list, tuple};

impl Distributor {
    /// Waits until the node may go on, takes over its applications, and meets the other nodes.
    pub(super) async fn boot(&mut self, ctx: &Context) -> Result<(), Exit> {
        let go = ctx.receive_where(|message| message.tagged("go").is_some()).await;
        for application in &self.applications {
            application::control(ctx, application.name).await?;
        }
        if let Some([Term::Pid(pid)]) = go.tagged("go") {
            ctx.send(*pid, atom!("dist_ac_took_control"));
        }
        ctx.monitor_nodes(NodeMonitor { on: true, ..NodeMonitor::default() });
        // All nodes ask for this lock with one name, so that it keeps out only starts and moves.
        let lock = (atom!("dist_ac"), atom!("sync_dacs"));
        global::trans(ctx, lock, async || self.meet_all(ctx).await).await;
        ctx.node_local::<Ready>().0.set(true);
        Ok(())
    }

    async fn meet_all(&mut self, ctx: &Context) {
        let mut met = Vec::new();
        for node in ctx.nodes() {
            if has_distributor(ctx, node).await {
                ctx.send((name(), node), self.introduction(ctx, list![]));
                met.push(node);
            }
        }
        self.known = vec![ctx.node()];
        for node in met {
            self.meet(ctx, node).await;
        }
    }

    /// Waits for the introduction of a node, or for its end.
    async fn meet(&mut self, ctx: &Context, node: Atom) {
        ctx.monitor_node(node, true);
        let message = ctx.receive_where(move |message| is_introduction_or_end(message, node)).await;
        ctx.monitor_node(node, false);
        if let Some([_, _, applications, started]) = message.tagged("dist_ac_new_node") {
            self.remote_started.learn(started);
            self.merge(node, applications);
        }
    }

    /// A node that boots introduces itself: it learns what runs here.
    pub(super) fn introduced(&mut self, ctx: &Context, node: Atom, applications: &Term) {
        let here = self.applications.iter().filter(|application| application.is_here());
        let started = started_on(ctx.node(), here.map(|application| application.name));
        ctx.send((name(), node), self.introduction(ctx, started));
        self.merge(node, applications);
    }

    fn merge(&mut self, node: Atom, applications: &Term) {
        let runs = read_runs(applications);
        for application in &mut self.applications {
            application.merge(node, &runs);
        }
        self.known.retain(|known| *known != node);
        self.known.push(node);
    }

    fn introduction(&self, ctx: &Context, started: Term) -> Term {
        let applications: Term = self.applications.iter().map(Application::to_term).collect();
        tuple![atom!("dist_ac_new_node"), 1, ctx.node(), applications, started]
    }
}

async fn has_distributor(ctx: &Context, node: Atom) -> bool {
    let ask = |there: Context| async move { Ok(Term::from(there.whereis(name()).is_some())) };
    let answer = erpc::call(ctx, node, None, ask).await;
    answer.is_ok_and(|answer| answer.as_bool() == Some(true))
}

fn is_introduction_or_end(message: &Term, node: Atom) -> bool {
    let told = (message.tagged("dist_ac_new_node"), message.tagged("nodedown"));
    let ((Some([_, from, _, _]), _) | (_, Some([from]))) = told else { return false };
    from.as_atom() == Some(node)
}
