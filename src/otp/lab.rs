//! The bench of the tests of behaviours: a small world, a notebook that processes write into,
//! and a server that does as it is told.

use std::cell::RefCell;
use std::fmt::Display;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use super::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};
use crate::engine::network::NodeId;
use crate::engine::runtime::{Context, Exit, ExitResult, NodeConfig, World, WorldConfig};
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;
use crate::{atom, list};

/// Lines that processes of a test have written, with the time in milliseconds.
#[derive(Clone, Default)]
pub(crate) struct Notes(Rc<RefCell<Vec<(u64, String)>>>);

impl Notes {
    pub(crate) fn say(&self, ctx: &Context, what: impl Display) {
        let at = ctx.now().as_nanos() / 1_000_000;
        self.0.borrow_mut().push((at, what.to_string()));
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.borrow().iter().map(|(_, line)| line.clone()).collect()
    }

    pub(crate) fn timed(&self) -> Vec<String> {
        self.0.borrow().iter().map(|(at, line)| format!("{at} {line}")).collect()
    }

    /// Forgets what has been written.
    pub(crate) fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    pub(crate) fn check(&self, expected: &[&str]) {
        assert_eq!(self.lines(), expected);
    }
}

/// A world with nodes `a@a`, `b@b`, ... each on a host of its own.
pub(crate) struct Lab {
    pub world: World,
    pub notes: Notes,
}

impl Lab {
    /// A world with these nodes, which are up.
    pub(crate) fn new(names: &[&str]) -> Lab {
        let lab = Lab::asleep(names, |config| config);
        for name in names {
            lab.world.start_node(lab.node(name));
        }
        lab
    }

    /// A world with these nodes, which are not.
    pub(crate) fn asleep(names: &[&str], set: impl Fn(NodeConfig) -> NodeConfig) -> Lab {
        // Every test holds under every seed: `LAB_SEED` chooses one to try.
        let seed = std::env::var("LAB_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
        let world = World::new(WorldConfig { seed, ..WorldConfig::default() });
        for name in names {
            let host = world.add_host(name);
            let config = NodeConfig::new(&format!("{name}@{name}"), host);
            let net_ticktime = Duration::from_secs(4);
            world.add_node(set(NodeConfig { net_ticktime, ..config }));
        }
        Lab { world, notes: Notes::default() }
    }

    pub(crate) fn node(&self, name: &str) -> NodeId {
        self.world.node_id(full(name)).expect("a node of the lab")
    }

    /// Runs a process on a node.
    pub(crate) fn spawn<F, Fut>(&self, node: &str, script: F)
    where
        F: FnOnce(Context, Notes) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        let notes = self.notes.clone();
        self.world.spawn(self.node(node), "script", move |ctx| async move {
            let said = notes.clone();
            let result = script(ctx.clone(), notes).await;
            if let Err(exit) = &result {
                said.say(&ctx, format!("script ended: {exit}"));
            }
            result
        });
    }

    /// Lets time go on when nothing happens, so that a test can do something at a given time.
    pub(crate) fn keep_time(&self) {
        let host = self.world.add_host("clock");
        let clock = self.world.add_node(NodeConfig::new("clock@clock", host));
        self.world.start_node(clock);
        self.world.spawn(clock, "clock", |ctx| async move {
            loop {
                ctx.sleep(Duration::from_millis(100)).await;
            }
        });
    }

    pub(crate) fn run_to_ms(&self, at: u64) {
        self.world.run_until(Time::from_nanos(at * 1_000_000));
    }
}

/// `name@name`.
pub(crate) fn full(name: &str) -> Atom {
    Atom::new(&format!("{name}@{name}"))
}

/// Runs a script on node `a` of a world with these nodes for ten minutes: what it noted.
pub(crate) fn script<F, Fut>(nodes: &[&str], script: F) -> Notes
where
    F: FnOnce(Context, Notes) -> Fut + 'static,
    Fut: Future<Output = ExitResult> + 'static,
{
    let lab = Lab::new(nodes);
    lab.spawn("a", script);
    lab.run_to_ms(600_000);
    lab.notes
}

/// A server that does as it is told, and notes which of its callbacks run.
pub(crate) struct LabServer {
    name: String,
    notes: Notes,
    later: Option<Caller>,
}

/// Starts a server `name`, registered so, which begins with `init` and says what it does.
pub(crate) async fn start_obedient(
    ctx: &Context,
    name: &str,
    notes: &Notes,
    init: impl Into<Term>,
) -> StartResult {
    let (init, notes, name) = (init.into(), notes.clone(), name.to_owned());
    let options = Options::new(&name).local(name.as_str());
    gen_server::start_link(ctx, options, |ctx| LabServer::init(ctx, name, notes, init)).await
}

impl LabServer {
    pub(crate) async fn init(
        ctx: Context,
        name: String,
        notes: Notes,
        init: Term,
    ) -> Result<Init<LabServer>, Exit> {
        let server = LabServer { name, notes, later: None };
        for order in init.as_list().unwrap_or(std::slice::from_ref(&init)) {
            match read(order) {
                ("ok", _) => {}
                ("trap", _) => drop(ctx.trap_exit(true)),
                ("sleep", Some(time)) => ctx.sleep(millis(time)).await,
                ("say", Some(what)) => server.notes.say(&ctx, what),
                ("ignore", _) => return Ok(Init::Ignore),
                ("stop", Some(reason)) => return Ok(Init::Stop(reason.clone())),
                ("continue", Some(with)) => {
                    return Ok(Init::Then(server, Next::Continue(with.clone())));
                }
                (class, with) => return Err(raise(class, with)),
            }
        }
        Ok(Init::Ok(server))
    }

    async fn obey(&mut self, ctx: &Context, order: &Term) -> Result<Next, Exit> {
        match read(order) {
            ("ok", _) => Ok(Next::Wait),
            ("sleep", Some(time)) => {
                ctx.sleep(millis(time)).await;
                Ok(Next::Wait)
            }
            ("stop", Some(reason)) => Ok(Next::Stop(reason.clone())),
            ("continue", Some(with)) => Ok(Next::Continue(with.clone())),
            ("within", Some(time)) => Ok(Next::WaitAtMost(millis(time))),
            ("answer_now", _) => {
                if let Some(client) = self.later.take() {
                    gen_server::reply(ctx, &client, atom!("late"));
                }
                Ok(Next::Wait)
            }
            (class, with) => Err(raise(class, with)),
        }
    }

    fn note(&self, ctx: &Context, what: impl Display) {
        self.notes.say(ctx, format!("{} {what}", self.name));
    }
}

impl GenServer for LabServer {
    type Call = Term;
    type Cast = Term;
    type Reply = Term;

    async fn handle_call(
        &mut self,
        ctx: &Context,
        client: Caller,
        order: Term,
    ) -> Result<Reply<Term>, Exit> {
        match order.as_tuple() {
            Some([tag, answer]) if tag.is_atom("reply") => Ok(Reply::now(answer.clone())),
            Some([tag, reason, answer]) if tag.is_atom("stop") => {
                Ok(Reply::stop(reason, answer.clone()))
            }
            _ if order.is_atom("later") => {
                self.later = Some(client);
                Ok(Reply::no_reply())
            }
            _ if order.is_atom("self") => Ok(Reply::now(Term::from(ctx.pid()))),
            _ => {
                let next = self.obey(ctx, &order).await?;
                Ok(match next {
                    Next::Stop(reason) => Reply::stop_silently(reason),
                    next => Reply::now(Term::atom("ok")).then(next),
                })
            }
        }
    }

    async fn handle_cast(&mut self, ctx: &Context, order: Term) -> Result<Next, Exit> {
        self.obey(ctx, &order).await
    }

    async fn handle_info(&mut self, ctx: &Context, message: Term) -> Result<Next, Exit> {
        let shown = match message.tagged("EXIT") {
            Some([_, reason]) => format!("EXIT {reason}"),
            _ => message.to_string(),
        };
        self.note(ctx, format!("info {shown}"));
        Ok(Next::Wait)
    }

    async fn handle_continue(&mut self, ctx: &Context, argument: Term) -> Result<Next, Exit> {
        self.note(ctx, format!("continue {argument}"));
        Ok(Next::Wait)
    }

    async fn terminate(&mut self, ctx: &Context, reason: &Term) -> ExitResult {
        self.note(ctx, format!("terminate {}", without_stack(reason)));
        Ok(())
    }
}

fn raise(class: &str, with: Option<&Term>) -> Exit {
    let with = with.cloned().unwrap_or_else(|| Term::atom("undefined"));
    match class {
        "exit" => Exit::exit(with),
        "error" => Exit::error(with),
        "throw" => Exit::throw(with),
        "panic" => panic!("{with}"),
        _ => panic!("no such order: {class} {with}"),
    }
}

fn read(order: &Term) -> (&str, Option<&Term>) {
    match order.as_tuple() {
        Some([Term::Atom(what), with]) => (what.as_str(), Some(with)),
        _ => (order.as_atom().map_or("?", Atom::as_str), None),
    }
}

fn millis(time: &Term) -> Duration {
    Duration::from_millis(time.as_integer().unwrap_or_default() as u64)
}

/// A reason with `stack` in the place of the stack that an error carries.
pub(crate) fn without_stack(reason: &Term) -> Term {
    match reason.as_tuple() {
        Some([reason, stack]) if is_stack(stack) => {
            crate::tuple![without_stack(reason), atom!("stack")]
        }
        _ => reason.map_elements(&mut without_stack),
    }
}

fn is_stack(term: &Term) -> bool {
    matches!(term.as_list(), Some([entry]) if entry.as_tuple().is_some())
}

/// Orders for [`LabServer`], in Erlang's syntax.
pub(crate) fn order(text: &str) -> Term {
    text.parse().unwrap_or_else(|_| list![])
}
