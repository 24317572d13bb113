//! Carrying commands out: nodes, and the network between them.

use std::rc::Rc;

use super::application::{Definition, running};
use super::asking::Asked;
use super::command::{
    ApplicationCommand, ApplicationOrder, ChildOrder, ClusterCommand, Distribution, NodeOrder,
    Settings,
};
use super::names::full;
use super::perform::{self, started};
use super::server::ServerStart;
use super::supervisor::SupervisorStart;
use super::{Answer, Session};
use crate::atom;
use crate::engine::network::NodeId;
use crate::engine::runtime::{
    Context, Direction, DistributionError, ExitResult, NodeConfig, PartitionId,
};
use crate::engine::term::{Atom, Ref, Term};
use crate::engine::trace::{Fact, ProcessFact};
use crate::otp::application;
use crate::otp::kernel::{self, BootConfig};
use crate::otp::pg;

type Result<T = Answer> = std::result::Result<T, String>;

impl Session {
    /// Carries a command out that is about nodes or what runs on them.
    pub(super) fn execute_on_cluster(&mut self, command: ClusterCommand) -> Result {
        match command {
            ClusterCommand::Nodes { names, settings } => self.add_nodes(&names, &settings),
            ClusterCommand::Node { node, what } => self.order_node(&node, what),
            ClusterCommand::Partition { groups, one_way } => self.partition(&groups, one_way),
            ClusterCommand::Heal => {
                self.world.heal_all();
                self.apart = false;
                self.cuts.clear();
                Ok(Answer::Silent)
            }
            ClusterCommand::Call { node, call } | ClusterCommand::Ask { node, call } => {
                self.usable(&node)?;
                let names = Rc::clone(&self.names);
                Ok(self
                    .ask(&node, move |ctx| async move { perform::call(&ctx, &names, call).await }))
            }
            ClusterCommand::Distribute { node, what } => self.distribute(&node, what),
            ClusterCommand::Server { start, node } => self.start_server(start, &node),
            ClusterCommand::Supervisor { start, node } => self.start_supervisor(start, &node),
            ClusterCommand::Children { supervisor, what } => self.ask_supervisor(&supervisor, what),
        }
    }

    /// Carries a command out that is about applications.
    pub(super) fn execute_on_applications(&mut self, command: ApplicationCommand) -> Result {
        match command {
            ApplicationCommand::Define(definition) => self.define(definition),
            ApplicationCommand::OnNodes { application, what, on } => {
                let definition = match (self.application(&application), &on) {
                    (Err(_), Some(_)) => Definition::new(application), // one that nobody knows
                    (found, _) => found?,
                };
                self.on_nodes(&definition, &what, on)
            }
            ApplicationCommand::Stop { what, on } => match self.application(&what) {
                Ok(application) => self.on_nodes(&application, &ApplicationOrder::Stop, on),
                Err(_) => self.stop_node(&what),
            },
            ApplicationCommand::Running(node) => self.running_on(&node),
            ApplicationCommand::Where(application) => {
                self.application(&application).map(|found| self.where_it_runs(found.atom()))
            }
        }
    }

    /// Those of the session's applications that run on a node.
    fn running_on(&self, node: &str) -> Result {
        self.usable(node)?;
        let known: Vec<Atom> = self.applications.iter().map(Definition::atom).collect();
        Ok(self.ask(node, move |ctx| async move {
            let running = application::which_applications(&ctx).await.into_iter();
            let running = running.filter(|name| known.contains(name));
            Ok(Answer::from(running.map(Term::from).collect::<Term>()))
        }))
    }

    fn application(&self, name: &str) -> Result<Definition> {
        let found = self.applications.iter().find(|found| found.name == name);
        found.cloned().ok_or_else(|| format!("there is no application {name}"))
    }

    fn define(&mut self, definition: Definition) -> Result {
        if let Some(node) =
            definition.nodes.iter().flatten().find(|node| self.nodes.contains_key(*node))
        {
            return Err(format!("{node} runs already: an application comes before its nodes"));
        }
        self.applications.push(definition);
        Ok(Answer::Silent)
    }

    /// Answers where an application runs, and how it was started there, as the nodes say that are not
    /// still.
    fn where_it_runs(&self, application: Atom) -> Answer {
        let trace = self.world.trace();
        let starts = self.starts.borrow();
        let is_asked = |node: &Atom| !self.paused.iter().any(|paused| full(paused) == *node);
        let nodes = running(application, &trace).into_iter().filter(is_asked);
        let places = nodes.map(|node| {
            let mut latest = starts.iter().rev();
            let start = latest.find(|(on, name, _)| *on == node && *name == application);
            let start_type = start.map(|(_, _, start_type)| start_type.to_term());
            crate::tuple![node, start_type.unwrap_or_else(|| Term::atom("undefined"))]
        });
        Answer::from(places.collect::<Term>())
    }

    fn add_nodes(&mut self, names: &[String], settings: &Settings) -> Result {
        if let Some(name) = names.iter().find(|name| self.nodes.contains_key(*name)) {
            return Err(format!("there is a node {name} already"));
        }
        // A node that others have asked for is part of the world, as one that is not there.
        if let Some(name) = names.iter().find(|name| self.world.node_id(full(name)).is_some()) {
            return Err(format!("a node waits for {name} already: begin with `nodes {name} down`"));
        }
        for name in names {
            self.add_node(name, settings);
        }
        if settings.down {
            return Ok(Answer::Silent);
        }
        self.boot(names)?;
        Ok(Answer::Silent)
    }

    fn add_node(&mut self, name: &str, settings: &Settings) {
        let host = self.world.add_host(name);
        self.world.set_kernel(host, settings.kernel);
        let mut config = NodeConfig::new(full(name).as_str(), host);
        config.cookie = settings.cookie.unwrap_or(config.cookie);
        config.otp = settings.otp.unwrap_or(self.release);
        config.alive = settings.alive;
        config.hidden = settings.hidden;
        config.connect_all = settings.connect_all;
        config.auto_connect = settings.auto_connect;
        config.prevent_overlapping_partitions = settings.prevent_overlapping;
        config.net_ticktime = settings.ticktime;
        config.net_setuptime = settings.setuptime;
        let mine = self.applications.iter().filter(|application| application.names(name));
        let mine: Vec<Definition> = mine.cloned().collect();
        let waits = settings.sync_optional.as_ref().is_none_or(|nodes| !nodes.is_empty());
        let partners = mine.iter().filter(|_| waits).flat_map(Definition::partners);
        let optional = settings.sync_optional.iter().flatten();
        config.sync_nodes_optional = others(name, partners.chain(optional));
        config.sync_nodes_mandatory = others(name, settings.sync_mandatory.iter());
        config.sync_nodes_timeout = settings.sync_timeout;
        let id = self.world.add_node(config);
        let boot = BootConfig {
            applications: mine
                .iter()
                .filter_map(|found| found.to_boot(name, &self.starts))
                .collect(),
            distributed: mine.iter().filter_map(|found| found.distributed(name)).collect(),
            ..BootConfig::default()
        };
        self.world.set_boot(id, kernel::boot(Rc::new(boot)));
        self.nodes.insert(name.to_owned(), settings.clone());
        self.names.borrow_mut().add_node(name);
    }

    /// Starts nodes, and waits until they have booted.
    fn boot(&self, names: &[String]) -> Result<()> {
        let since = self.world.trace().records().len();
        let nodes: Result<Vec<NodeId>> = names.iter().map(|name| self.node_id(name)).collect();
        let nodes = nodes?;
        for node in &nodes {
            self.world.start_node(*node);
        }
        self.run_until(|| {
            let mut both = nodes.iter().zip(names);
            both.all(|(node, name)| !self.world.is_up(*node) || self.has_booted(name, since))
        });
        for node in nodes.into_iter().filter(|node| self.world.is_up(*node)) {
            self.world.spawn(node, "start_pg", keep_pg);
        }
        Ok(())
    }

    /// Returns whether a node has finished its boot since that record.
    fn has_booted(&self, node: &str, since: usize) -> bool {
        let node = Some(full(node));
        self.world.trace().records()[since..].iter().any(|record| {
            let is_boot = |label: Atom| label == atom!("boot");
            record.node == node
                && matches!(&record.fact, Fact::Process(ProcessFact::Exited { label, .. }) if is_boot(*label))
        })
    }

    fn order_node(&mut self, node: &str, what: NodeOrder) -> Result {
        let id = self.node_id(node)?;
        match what {
            NodeOrder::IsUp => return Ok(Answer::from(self.world.is_up(id))),
            NodeOrder::Restart => return self.restart(node, id),
            NodeOrder::Crash | NodeOrder::Halt | NodeOrder::Pause | NodeOrder::Resume => {}
        }
        if !self.world.is_up(id) {
            return Err(format!("{node} is down"));
        }
        match what {
            NodeOrder::Crash => drop(self.world.crash_node(id)),
            NodeOrder::Pause => {
                self.usable(node)?;
                self.world.pause_node(id);
            }
            NodeOrder::Resume => self.world.resume_node(id),
            NodeOrder::Halt => {
                self.usable(node)?;
                self.world.spawn(id, "halt", |ctx| async move {
                    ctx.halt();
                    Ok(())
                });
            }
            NodeOrder::IsUp | NodeOrder::Restart => {}
        }
        if what == NodeOrder::Pause {
            self.paused.insert(node.to_owned());
        } else {
            self.paused.remove(node);
        }
        Ok(Answer::Silent)
    }

    fn restart(&mut self, node: &str, id: NodeId) -> Result {
        if self.world.is_up(id) {
            return Err(format!("{node} is up"));
        }
        self.boot(&[node.to_owned()])?;
        Ok(Answer::Silent)
    }

    fn stop_node(&mut self, node: &str) -> Result {
        let id = self.usable(node)?;
        self.world.stop_node(id);
        self.run_until(|| !self.world.is_up(id));
        Ok(Answer::Silent)
    }

    fn partition(&mut self, groups: &[Vec<String>], one_way: bool) -> Result {
        let ids: Result<Vec<Vec<NodeId>>> = groups
            .iter()
            .map(|group| group.iter().map(|node| self.node_id(node)).collect())
            .collect();
        let ids = ids?;
        self.partitions += 1;
        self.apart = true;
        for (place, group) in groups.iter().enumerate() {
            let others = groups[place + 1..].iter().flatten();
            let pairs =
                others.flat_map(|other| group.iter().map(|one| (one.clone(), other.clone())));
            self.cuts.extend(pairs);
        }
        let direction = if one_way { Direction::OneWay } else { Direction::BothWays };
        self.world.cut(&PartitionId::of_plan(self.partitions), &ids, direction);
        Ok(Answer::Silent)
    }

    /// `net_kernel:start/1` and `net_kernel:stop/0` (B10, B11).
    fn distribute(&mut self, node: &str, what: Distribution) -> Result {
        self.usable(node)?;
        let name = match what {
            Distribution::Start(name) => Some(self.names.borrow().node(&name)?),
            Distribution::Stop => None,
        };
        Ok(self.ask(node, move |ctx| async move {
            let done = match name {
                Some(name) => ctx.start_distribution(name),
                None => ctx.stop_distribution(),
            };
            match done {
                Ok(()) => Ok(Answer::from(atom!("ok"))),
                Err(why @ DistributionError::NotModelled) => Err(why.to_string().into()),
                Err(why) => {
                    let why = Atom::new(&why.to_string());
                    Ok(Answer::from(crate::tuple![atom!("error"), why]))
                }
            }
        }))
    }

    fn start_server(&mut self, start: ServerStart, node: &str) -> Result {
        self.usable(node)?;
        let (name, names) = (start.name.clone(), Rc::clone(&self.names));
        Ok(self.ask(
            node,
            move |ctx| async move { Ok(started(start.start(&ctx).await, &name, &names)) },
        ))
    }

    fn start_supervisor(&mut self, start: SupervisorStart, node: &str) -> Result {
        self.usable(node)?;
        let (name, names) = (start.name.clone(), Rc::clone(&self.names));
        Ok(self.ask(node, move |ctx| async move {
            ctx.trap_exit(true);
            let result = start.start_link(&ctx).await;
            if let Ok(Some(pid)) = &result {
                ctx.unlink(*pid);
            }
            Ok(started(result, &name, &names))
        }))
    }

    fn ask_supervisor(&mut self, supervisor: &str, what: ChildOrder) -> Result {
        let pid = self.names.borrow().process(supervisor)?;
        let node = super::session::short(pid).to_owned();
        self.usable(&node)?;
        let names = Rc::clone(&self.names);
        Ok(self.ask(&node, move |ctx| async move {
            Asked { ctx: &ctx, supervisor: pid, names: &names }.answer(what).await
        }))
    }
}

/// Keeps the usual scope of process groups going, as the kernel's supervisor does.
async fn keep_pg(ctx: Context) -> ExitResult {
    loop {
        // A scope that is there already is as good.
        let (Ok(keeper) | Err(keeper)) = pg::start(&ctx, atom!("pg"));
        let monitor = ctx.monitor(keeper);
        ctx.receive_where(move |message| is_down(message, monitor)).await;
    }
}

fn is_down(message: &Term, monitor: Ref) -> bool {
    matches!(message.tagged("DOWN"), Some([Term::Reference(found), ..]) if *found == monitor)
}

/// The full names of nodes other than this one, each once.
fn others<'a>(node: &str, names: impl Iterator<Item = &'a String>) -> Vec<Atom> {
    let mut others: Vec<Atom> = names.filter(|name| *name != node).map(|name| full(name)).collect();
    others.sort_unstable();
    others.dedup();
    others
}
