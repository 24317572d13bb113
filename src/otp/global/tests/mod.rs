//! A small cluster to try `global` on, and the trials.

mod agreement;
mod conflicts;
mod locks;
mod names;
mod partitions;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::{prepare_shutdown, start, whereis_name};
use crate::atom;
use crate::engine::network::NodeId;
use crate::engine::runtime::{CallId, Context, Exit, NodeConfig, SpawnOptions, World, WorldConfig};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::trace::{Detail, Fact, LogFact, LogReport, MessageFact};

/// Nodes `n1@h1`, `n2@h2`, .. that run nothing but `global`.
struct Cluster {
    world: World,
    nodes: Vec<NodeId>,
    /// The reasons for which trials have died.
    failures: Rc<RefCell<Vec<Term>>>,
}

impl Cluster {
    /// Nodes that are not connected yet.
    fn strangers(seed: u64, count: usize, adjust: impl Fn(&mut NodeConfig)) -> Cluster {
        let world =
            World::new(WorldConfig { seed, detail: Detail::Full, ..WorldConfig::default() });
        let nodes = (1..=count).map(|number| {
            let host = world.add_host(&format!("h{number}"));
            let mut config = NodeConfig::new(&format!("n{number}@h{number}"), host);
            config.net_ticktime = Duration::from_secs(4);
            adjust(&mut config);
            let node = world.add_node(config);
            world.set_boot(node, Rc::new(|ctx| Box::pin(boot(ctx))));
            node
        });
        let cluster = Cluster { nodes: nodes.collect(), world, failures: Rc::default() };
        for (index, node) in cluster.nodes.iter().enumerate() {
            // Nodes that start together look at their connections together.
            cluster.wait(Duration::from_millis((seed * 389 + index as u64 * 617) % 1000));
            cluster.world.start_node(*node);
        }
        cluster
    }

    /// Nodes that are all connected and have exchanged their names.
    fn connected(seed: u64, count: usize, adjust: impl Fn(&mut NodeConfig)) -> Cluster {
        let cluster = Cluster::strangers(seed, count, adjust);
        for peer in 2..=count {
            assert!(cluster.ping(1, peer));
        }
        cluster.wait(Duration::from_secs(20));
        for number in 1..=count {
            assert_eq!(cluster.peers_of(number).len(), count - 1, "n{number} of {count}");
        }
        cluster
    }

    /// Runs a process on a node, and the world until it has returned, for two minutes at the most.
    fn on<T: 'static>(&self, number: usize, body: impl AsyncFnOnce(Context) -> T + 'static) -> T {
        let result = self.begin(number, body);
        for _ in 0..120_000 {
            if let Some(value) = result.take() {
                return value;
            }
            self.wait(Duration::from_millis(1));
        }
        panic!("the process on n{number} has not returned in two minutes");
    }

    /// Starts a process on a node; the cell will hold what it returns.
    fn begin<T: 'static>(
        &self,
        number: usize,
        body: impl AsyncFnOnce(Context) -> T + 'static,
    ) -> Rc<RefCell<Option<T>>> {
        let result = Rc::new(RefCell::new(None));
        let (cell, failures) = (result.clone(), self.failures.clone());
        self.world.spawn(self.node(number), "watcher", move |ctx| async move {
            let (_, monitor) = ctx.spawn_monitor("trial", move |ctx| async move {
                let value = body(ctx).await;
                *cell.borrow_mut() = Some(value);
                Ok(())
            });
            let reason = down(&ctx, monitor).await;
            if !reason.is_atom("normal") {
                failures.borrow_mut().push(reason);
            }
            Ok(())
        });
        result
    }

    fn node(&self, number: usize) -> NodeId {
        self.nodes[number - 1]
    }

    /// Lets this time pass, whether or not there is anything to happen in it.
    fn wait(&self, duration: Duration) {
        let end = self.world.now() + duration;
        self.world.call_at(end, CallId(0));
        while self.world.now() < end {
            self.world.run_until(end);
        }
        assert!(self.failures.borrow().is_empty(), "{:?}", self.failures.borrow());
    }

    fn ping(&self, from: usize, to: usize) -> bool {
        self.on(from, async move |ctx| ctx.ping(name(to)).await)
    }

    /// The numbers of the visible nodes that a node is connected to.
    fn peers_of(&self, number: usize) -> Vec<usize> {
        let count = self.nodes.len();
        let peers = self.on(number, async |ctx| ctx.nodes());
        (1..=count).filter(|peer| peers.contains(&name(*peer))).collect()
    }

    /// [`Cluster::peers_of`] of each node.
    fn connections(&self) -> Vec<Vec<usize>> {
        (1..=self.nodes.len()).map(|number| self.peers_of(number)).collect()
    }

    /// A process that keeps its messages.
    fn subject(&self, number: usize) -> Subject {
        let messages = Rc::new(RefCell::new(Vec::new()));
        let inbox = messages.clone();
        let pid = self.world.spawn(self.node(number), "subject", move |ctx| async move {
            loop {
                let message = ctx.receive().await;
                inbox.borrow_mut().push(message);
            }
        });
        Subject { pid, number, messages }
    }

    /// The number of the node whose process has a name, as a node knows it.
    fn owner(&self, number: usize, of: &str) -> Option<usize> {
        let of = Term::atom(of);
        let owner = self.on(number, async move |ctx| whereis_name(&ctx, &of));
        let node = owner?.node();
        (1..=self.nodes.len()).find(|number| name(*number) == node)
    }

    fn cut(&self, groups: &[&[usize]]) {
        let members = |group: &&[usize]| group.iter().map(|number| self.node(*number)).collect();
        let groups: Vec<Vec<NodeId>> = groups.iter().map(members).collect();
        self.world.partition(&groups);
    }

    /// The messages of a kind that were sent from one process to another, with where they came
    /// from and whom they were for.
    fn sent(&self, tag: &str) -> Vec<(Atom, Term, Term)> {
        let trace = self.world.trace();
        let sent = trace.records().iter().filter_map(|record| match &record.fact {
            Fact::Message(MessageFact::Sent { from, to, message, .. })
                if message.tagged(tag).is_some() =>
            {
                Some((from.node(), to.clone(), message.clone()))
            }
            _ => None,
        });
        sent.collect()
    }

    /// The texts that nodes have logged.
    fn logged(&self) -> Vec<String> {
        let trace = self.world.trace();
        let texts = trace.records().iter().filter_map(|record| match &record.fact {
            Fact::Log(LogFact { text, .. }) => Some(text.clone()),
            _ => None,
        });
        texts.collect()
    }

    /// The reports that `global` has logged.
    fn reports(&self) -> Vec<LogReport> {
        let trace = self.world.trace();
        let reports = trace.records().iter().filter_map(|record| match &record.fact {
            Fact::Log(log) => log.report,
            _ => None,
        });
        reports.collect()
    }
}

/// A process of a [`Cluster`] to give names to.
struct Subject {
    pid: Pid,
    number: usize,
    messages: Rc<RefCell<Vec<Term>>>,
}

impl Subject {
    fn is_alive(&self, cluster: &Cluster) -> bool {
        let pid = self.pid;
        cluster.on(self.number, async move |ctx| ctx.is_process_alive(pid).unwrap())
    }

    /// Returns the messages that it has received, as Erlang prints them.
    fn mailbox(&self) -> String {
        Term::from(self.messages.borrow().clone()).to_string()
    }
}

fn name(number: usize) -> Atom {
    Atom::new(&format!("n{number}@h{number}"))
}

async fn boot(ctx: Context) -> Result<(), Exit> {
    start(&ctx);
    ctx.receive_where(|message| message.tagged("stop").is_some()).await;
    prepare_shutdown(&ctx).await;
    ctx.stop_node(atom!("normal"));
    Ok(())
}

/// Reads a name on another node, as `erpc:call` does: the question leaves now.
async fn whereis_on(ctx: &Context, node: Atom, of: Term) -> Option<Pid> {
    let options = SpawnOptions::new("whereis_on").monitor();
    let (_, monitor) = ctx
        .spawn_on(node, options, move |ctx| async move {
            let answer = whereis_name(&ctx, &of).map_or(Term::atom("undefined"), Term::from);
            Err(Exit::exit(answer))
        })
        .await;
    down(ctx, monitor.unwrap()).await.as_pid()
}

/// Waits for a `'DOWN'` and returns its reason.
async fn down(ctx: &Context, monitor: crate::engine::term::Ref) -> Term {
    let message = ctx
        .receive_where(move |message| {
            message.tagged("DOWN").is_some_and(|down| down[0] == Term::from(monitor))
        })
        .await;
    message.tagged("DOWN").unwrap()[3].clone()
}
