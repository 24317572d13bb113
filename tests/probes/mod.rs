//! Worlds of a few nodes, scripts that run in them as processes, and what processes receive.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use nodedown::atom;
use nodedown::network::{Delay, NodeId, PathConfig};
use nodedown::runtime::{CallId, Context, Exit, NodeConfig, RunOutcome, World, WorldConfig};
use nodedown::term::{Atom, Pid, Ref, Term};
use nodedown::trace::{Detail, Fact, ProcessFact};
use nodedown::tuple;

/// A millisecond.
pub(crate) const MS: Duration = Duration::from_millis(1);

/// A second.
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// Three nodes, each on a host of its own, with delays between them that vary.
pub(crate) struct Lab {
    pub(crate) world: World,
    pub(crate) a: NodeId,
    pub(crate) b: NodeId,
    pub(crate) c: NodeId,
}

/// The names of the nodes of a [`Lab`].
pub(crate) const NAMES: [&str; 3] = ["a@one", "b@two", "c@three"];

/// The name of the first node of a [`Lab`].
pub(crate) fn a() -> Atom {
    Atom::new(NAMES[0])
}

/// The name of the second.
pub(crate) fn b() -> Atom {
    Atom::new(NAMES[1])
}

impl Lab {
    /// A world in which everything is as usual.
    pub(crate) fn new(seed: u64) -> Lab {
        Lab::with(seed, |_| {})
    }

    /// A world whose nodes have other settings.
    pub(crate) fn with(seed: u64, set: impl Fn(&mut NodeConfig)) -> Lab {
        let latency = Delay::Uniform(MS / 2, 2 * MS);
        let world = World::new(WorldConfig {
            seed,
            detail: Detail::Full,
            between_hosts: PathConfig { latency, bandwidth: None, loss_ppm: 0 },
            ..WorldConfig::default()
        });
        let [a, b, c] = NAMES.map(|name| {
            let host = world.add_host(name.split_once('@').unwrap().1);
            let mut config = NodeConfig::new(name, host);
            set(&mut config);
            let node = world.add_node(config);
            world.start_node(node);
            node
        });
        Lab { world, a, b, c }
    }

    /// Runs a script as a process of a node, and the world until it has come to its end.
    pub(crate) fn run<T, Fut>(
        &self,
        node: NodeId,
        script: impl FnOnce(Context) -> Fut + 'static,
    ) -> T
    where
        T: 'static,
        Fut: Future<Output = Result<T, Exit>> + 'static,
    {
        let result = Rc::new(RefCell::new(None));
        let kept = Rc::clone(&result);
        let pid = self.world.spawn(node, "script", |ctx| async move {
            let value = script(ctx).await?;
            kept.replace(Some(value));
            Ok(())
        });
        for _ in 0..4_000 {
            self.world.run_for(50 * MS);
            if let Some(value) = result.take() {
                return value;
            }
            if let Some(reason) = self.exit_reason(pid) {
                panic!("the script has ended with {reason}");
            }
        }
        panic!("the script has not come to its end");
    }

    /// Starts a process that keeps what it receives.
    pub(crate) fn sink(&self, node: NodeId, name: &'static str) -> (Pid, Inbox) {
        let inbox = Inbox::default();
        let kept = inbox.clone();
        let pid = self.world.spawn(node, name, move |ctx| async move {
            ctx.trap_exit(true);
            ctx.register(Atom::new(name), ctx.pid())?;
            loop {
                kept.push(ctx.receive().await);
            }
        });
        (pid, inbox)
    }

    /// Starts a process that does nothing until it is ended.
    pub(crate) fn idler(&self, node: NodeId) -> Pid {
        self.world.spawn(node, "idler", idle)
    }

    /// Connects two nodes.
    pub(crate) fn connect(&self, node: NodeId, to: Atom) {
        assert!(self.run(node, move |ctx| async move { Ok(ctx.connect_node(to).await) }));
    }

    /// Lets time pass, even if nothing happens but ticks.
    pub(crate) fn pass(&self, duration: Duration) {
        let until = self.world.now() + duration;
        self.world.call_at(until, CallId(0));
        assert_eq!(self.world.run_until(until), RunOutcome::Called(CallId(0)));
    }

    /// Why a process has ended; nothing if it has not.
    pub(crate) fn exit_reason(&self, pid: Pid) -> Option<Term> {
        self.world.trace().records().iter().find_map(|record| match &record.fact {
            Fact::Process(ProcessFact::Exited { pid: found, reason, .. }) if *found == pid => {
                Some(reason.clone())
            }
            _ => None,
        })
    }
}

/// What a process has received.
#[derive(Clone, Default)]
pub(crate) struct Inbox(Rc<RefCell<Vec<Term>>>);

impl Inbox {
    /// Adds a message.
    pub(crate) fn push(&self, message: Term) {
        self.0.borrow_mut().push(message);
    }

    /// Takes out all that has been received so far.
    pub(crate) fn take(&self) -> Vec<Term> {
        self.0.take()
    }

    /// The same as integers.
    pub(crate) fn take_integers(&self) -> Vec<i64> {
        self.take().iter().map(|message| message.as_integer().expect("an integer")).collect()
    }
}

/// A process that does nothing until it is ended.
pub(crate) async fn idle(ctx: Context) -> Result<(), Exit> {
    ctx.receive_where(|_| false).await;
    Ok(())
}

/// All that a process has received, and will for a while.
pub(crate) async fn all(ctx: &Context, within: Duration) -> Vec<Term> {
    let mut messages = Vec::new();
    while let Some(message) = ctx.receive().within(within).await {
        messages.push(message);
    }
    messages
}

/// The `'EXIT'` message.
pub(crate) fn exit(pid: Pid, reason: &str) -> Term {
    tuple![atom!("EXIT"), pid, Atom::new(reason)]
}

/// The `'DOWN'` message.
pub(crate) fn down(reference: Ref, object: impl Into<Term>, reason: &str) -> Term {
    tuple![atom!("DOWN"), reference, atom!("process"), object.into(), Atom::new(reason)]
}
