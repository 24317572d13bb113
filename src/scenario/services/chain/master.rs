//! The master: says who is in the chain, and for how long they may serve.

use std::collections::BTreeMap;
use std::time::Duration;

use super::MasterSettings;
use super::protocol::{Alive, ChainLink, Configuration, MemberMessage};
use crate::atom;
use crate::engine::runtime::{Context, DiskError, Exit};
use crate::engine::term::{Pid, Term, from_term, to_term};
use crate::engine::time::nanos;
use crate::otp::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};
use crate::scenario::services::registry::ServiceSetup;

/// The file that has all configurations, the last one last.
const FILE: &str = "chain_master.log";

/// The time between two looks at who has been silent for too long.
const LOOK: Duration = Duration::from_millis(50);

struct Master {
    setup: ServiceSetup,
    settings: MasterSettings,
    configuration: Configuration,
    heard: BTreeMap<Pid, LifeSign>,
}

/// The last sign of life of a member.
#[derive(Clone, Copy, Debug, Default)]
struct LifeSign {
    /// When, by the clock of the master.
    at: Duration,
    /// The configuration since which it has the state of its place; 0 if it has none.
    complete_since: u64,
}

/// Starts the master, with the chain as its disk has it. Its members had leases that it does not know
/// of: they count from now.
pub(super) async fn start_link(
    ctx: &Context,
    setup: ServiceSetup,
    settings: MasterSettings,
) -> StartResult {
    let options = Options::new("chain_master").local(setup.name);
    gen_server::start_link(ctx, options, move |ctx| async move {
        let records = ctx.disk_read(FILE).map_err(failed)?;
        let configuration: Configuration =
            records.last().map(from_term).transpose()?.unwrap_or_default();
        let unknown = LifeSign { at: ctx.monotonic_time(), complete_since: 0 };
        let heard = configuration.members.iter().map(|link| (link.member, unknown)).collect();
        ctx.send_after(LOOK, ctx.pid(), atom!("look"));
        Ok(Init::Ok(Master { setup, settings, configuration, heard }))
    })
    .await
}

impl GenServer for Master {
    type Call = ();
    type Cast = Alive;
    type Reply = ();

    async fn handle_call(&mut self, _: &Context, _: Caller, (): ()) -> Result<Reply<()>, Exit> {
        Err(Exit::function_clause())
    }

    /// Lets a member serve for another while. A new one comes in when all the others have their state.
    async fn handle_cast(&mut self, ctx: &Context, alive: Alive) -> Result<Next, Exit> {
        let Alive { node, member, asked_ns, complete_since } = alive;
        let mut members = self.configuration.members.clone();
        let is_in = self.configuration.link(member).is_some();
        if !is_in && members.iter().all(|link| self.is_complete(link)) {
            let since = self.configuration.number + 1;
            members.push(ChainLink { node, member, since });
            self.arrange(ctx, members).await?;
        }
        if self.configuration.link(member).is_some() {
            let at = ctx.monotonic_time();
            self.heard.insert(member, LifeSign { at, complete_since });
            self.let_serve(ctx, member, asked_ns, nanos(self.settings.lease));
        }
        Ok(Next::Wait)
    }

    async fn handle_info(&mut self, ctx: &Context, _: Term) -> Result<Next, Exit> {
        ctx.send_after(LOOK, ctx.pid(), atom!("look"));
        let now = ctx.monotonic_time();
        let mut members = self.configuration.members.clone();
        members.retain(|link| {
            let heard = self.heard.get(&link.member).copied().unwrap_or_default();
            now.saturating_sub(heard.at) < self.settings.take_out_after
        });
        // Somebody who has the data must be left: otherwise it is waited for.
        let is_shorter = members.len() < self.configuration.members.len();
        if is_shorter && members.iter().any(|link| self.is_complete(link)) {
            self.arrange(ctx, members).await?;
        }
        Ok(Next::Wait)
    }
}

impl Master {
    fn is_complete(&self, link: &ChainLink) -> bool {
        self.heard.get(&link.member).is_some_and(|heard| heard.complete_since == link.since)
    }

    /// Makes these the chain: on its disk, and then for all of them.
    async fn arrange(&mut self, ctx: &Context, members: Vec<ChainLink>) -> Result<(), Exit> {
        let configuration = Configuration { number: self.configuration.number + 1, members };
        ctx.disk_append(FILE, to_term(&configuration)?).map_err(failed)?;
        ctx.disk_sync(FILE).await.map_err(failed)?;
        let names: Vec<&str> =
            configuration.members.iter().map(|link| link.node.as_str()).collect();
        let text = format!("chain {}: {}", configuration.number, names.join(" > "));
        self.setup.report.line(ctx, self.setup.name, text);
        self.heard.retain(|member, _| configuration.link(*member).is_some());
        self.configuration = configuration;
        for link in &self.configuration.members {
            self.let_serve(ctx, link.member, 0, 0);
        }
        Ok(())
    }

    /// Tells a member which the chain is, and lets it serve from the time at which it asked.
    fn let_serve(&self, ctx: &Context, member: Pid, asked_ns: u64, lease_ns: u64) {
        let configuration = self.configuration.clone();
        gen_server::cast(ctx, member, MemberMessage::Lease { configuration, asked_ns, lease_ns });
    }
}

fn failed(error: DiskError) -> Exit {
    Exit::error(error.to_string())
}
