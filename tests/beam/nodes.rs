//! Compiled code on simulated nodes: OTP's own `gen_server`, timers, links, other nodes.

use std::rc::Rc;
use std::time::Duration;

use nodedown::atom;
use nodedown::beam::heap::IterationOrder;
use nodedown::beam::natives;
use nodedown::beam::node::{Execution, Preemption, Program};
use nodedown::network::NodeId;
use nodedown::runtime::{NodeConfig, World, WorldConfig};
use nodedown::term::{Atom, Term};

use crate::machine::{compile, erlang_is_missing, image, loader};

/// Two nodes that run compiled code, and what their code sends to the process `observer`.
struct Cluster {
    world: World,
    nodes: [NodeId; 2],
    program: Program,
}

impl Cluster {
    fn new(seed: u64) -> Cluster {
        let folder = tempfile::tempdir().unwrap();
        let natives = natives::all();
        let modules = ["counter", "polls", "small_app"]
            .map(|module| (module, image(&compile(module, &[], folder.path()), &natives)));
        let others = loader(&natives);
        let find = move |module: nodedown::beam::AtomIndex| {
            let own = modules.iter().find(|(name, _)| module.as_str() == *name);
            own.map_or_else(|| others(module), |(_, image)| Some(image.clone()))
        };
        let world = World::new(WorldConfig { seed, ..WorldConfig::default() });
        let nodes = [("a@x", "x"), ("b@y", "y")].map(|(name, host)| {
            let node = world.add_node(NodeConfig::new(name, world.add_host(host)));
            world.start_node(node);
            node
        });
        Cluster { world, nodes, program: Program::new(natives, Rc::new(find)) }
    }

    /// Starts a process that calls a function: `module:function`.
    fn start(&self, node: usize, function: &'static str, args: impl FnOnce(Term) -> Vec<Term>) {
        let (module, name) = function.split_once(':').unwrap();
        let program = self.program.clone();
        let observer = self.world.whereis(self.nodes[node], atom!("observer"));
        let args = args(observer.map_or_else(|| Term::atom("nobody"), Term::from));
        self.world.spawn(self.nodes[node], function, move |ctx| async move {
            program.run(ctx, Atom::new(module), Atom::new(name), &args).await
        });
    }

    /// Starts a process on a node that keeps the texts of the messages that it is sent.
    fn observe(&self, node: usize) -> Rc<std::cell::RefCell<Vec<String>>> {
        let seen = Rc::new(std::cell::RefCell::new(Vec::new()));
        let keep = Rc::clone(&seen);
        self.world.spawn(self.nodes[node], "observer", move |ctx| async move {
            ctx.register(atom!("observer"), ctx.pid())?;
            loop {
                let message = ctx.receive().await;
                keep.borrow_mut().push(message.to_string());
            }
        });
        self.world.run_for(Duration::from_millis(1));
        seen
    }
}

/// The messages of a function of module `polls` that is run in one way.
fn run_polls(
    seed: u64,
    execution: Execution,
    function: &'static str,
    argument: Option<i64>,
) -> Vec<String> {
    let mut cluster = Cluster::new(seed);
    cluster.program = cluster.program.with_execution(execution);
    let messages = cluster.observe(0);
    cluster.start(0, function, |receiver| {
        argument.map(Term::from).into_iter().chain([receiver]).collect()
    });
    cluster.world.run_for(Duration::from_secs(1));
    messages.borrow().clone()
}

#[test]
fn a_loop_that_polls_moves_the_clock() {
    if !erlang_is_missing() {
        let seen = run_polls(1, Execution::default(), "polls:until", Some(20));
        assert_eq!(seen, ["{over,true}"]);
    }
}

#[test]
fn the_seed_interleaves_processes_that_compute() {
    if erlang_is_missing() {
        return;
    }
    let order = |preemption, seed| {
        let execution = Execution { preemption, ..Execution::default() };
        let seen = run_polls(seed, execution, "polls:count", Some(30_000));
        assert_eq!(seen.len(), 4, "{seen:?}");
        seen
    };
    let drawn: Vec<_> = (1..8).map(|seed| order(Preemption::Drawn, seed)).collect();
    assert!(drawn.iter().any(|other| *other != drawn[0]), "{drawn:?}");
    assert_eq!(order(Preemption::Drawn, 3), drawn[2]);
}

#[test]
fn maps_and_tables_come_by_their_keys_or_as_the_seed_says() {
    if erlang_is_missing() {
        return;
    }
    let order = |order| {
        let execution = Execution { order, ..Execution::default() };
        run_polls(1, execution, "polls:order", None)
    };
    let sorted = order(IterationOrder::ByTerm);
    assert_eq!(sorted, ["{[1,2,3,4,5,6,7,8,9],[1,2,3,4,5,6,7,8,9]}"]);
    let permuted = [1, 2].map(|seed| order(IterationOrder::Permuted { seed }));
    assert!(permuted[0] != sorted && permuted[1] != sorted && permuted[0] != permuted[1]);
}

/// Runs a function on one node, and compares what it says.
fn check(function: &'static str, args: fn(Term) -> Vec<Term>, expected: &[&str]) {
    if erlang_is_missing() {
        return;
    }
    let cluster = Cluster::new(1);
    let seen = cluster.observe(0);
    cluster.start(0, function, args);
    cluster.world.run_for(Duration::from_secs(5));
    assert_eq!(*seen.borrow(), expected);
}

#[test]
fn otps_gen_server_serves() {
    check("counter:main", |to| vec![to], &["{main,1,11,'EXIT',timeout,111,undefined,false}"]);
}

#[test]
fn receives_wait_by_the_clock_of_the_node() {
    check("counter:wait", |to| vec![to, 300.into()], &["{waited,150,300,nothing}"]);
}

#[test]
fn a_process_that_hibernates_goes_on_where_it_was() {
    check("counter:await", |to| vec![to], &["{awaited,woken,200,more}"]);
}

#[test]
fn an_error_that_nobody_catches_is_the_exit_reason() {
    check("counter:crash", |to| vec![to], &["{crashed,badarith,counter,'-crash/1-fun-0-',0}"]);
}

#[test]
fn functions_travel_in_messages() {
    check("counter:funs", |to| vec![to], &["{result,42}"]);
}

#[test]
fn otps_supervisor_starts_a_server_again() {
    let counts = "[{specs,1},{active,1},{supervisors,0},{workers,1}]";
    let expected = format!("{{supervised,1,0,true,{counts}}}");
    check("counter:supervise", |to| vec![to], &[&expected]);
}

#[test]
fn otps_application_controller_starts_and_stops_an_application() {
    let expected = ["{running,[{small,\"d\",\"1\"}],42}", "{stopped,[],undefined}"];
    check("small_app:boot", |to| vec![to], &expected);
}

#[test]
fn tables_are_gone_with_their_owners_or_go_to_their_heirs() {
    check("counter:tables", |to| vec![to], &["{tables,[{a,1}],undefined,true,[{a,1}]}"]);
}

#[test]
fn a_server_is_asked_from_another_node_until_its_node_crashes() {
    if erlang_is_missing() {
        return;
    }
    let run = |seed| {
        let cluster = Cluster::new(seed);
        let seen = cluster.observe(1);
        cluster.start(0, "counter:serve", |_| Vec::new());
        cluster.world.run_for(Duration::from_secs(1));
        cluster.start(1, "counter:ask", |to| vec![to, Term::atom("a@x")]);
        cluster.world.run_for(Duration::from_secs(1));
        cluster.world.crash_node(cluster.nodes[0]);
        cluster.world.run_for(Duration::from_secs(100));
        let digest = cluster.world.trace().digest();
        (seen.take(), digest)
    };
    let expected =
        ["{answers,[1,3,6],b@y}", "{down,{counter,a@x},noconnection}", "{error,{nodedown,a@x}}"];
    let first = run(1);
    assert_eq!(first.0, expected);
    assert_eq!(run(2).0, expected);
    // What was loaded before has no influence: neither atoms nor images are numbered as they were.
    assert!(run(1) == first);
}
