//! Whatever has happened, in the end all nodes agree.

use std::time::Duration;

use rand::RngExt;

use super::super::{Resolver, register_name_with, registered_names, table, whereis_name};
use super::{Cluster, name};
use crate::engine::rng::{Stream, Streams};
use crate::engine::term::{Pid, Term};

const NODES: usize = 5;

/// Crashes, cuts, pings and registrations at random.
fn trouble(cluster: &Cluster, rng: &mut Stream) {
    let one = rng.random_range(1..=NODES);
    let other = (one + rng.random_range(0..NODES - 1)) % NODES + 1;
    let up = cluster.world.is_up(cluster.node(one));
    match rng.random_range(0..8) {
        0 => drop(cluster.world.crash_node(cluster.node(one))),
        1 => cluster.world.stop_node(cluster.node(one)),
        2 => drop(cluster.world.start_node(cluster.node(one))),
        3 => cluster.cut(&[&[one], &[other]]),
        4 => cluster.world.heal_all(),
        5 if up => drop(cluster.begin(one, async move |ctx| ctx.disconnect_node(name(other)))),
        6 if up => drop(cluster.begin(one, async move |ctx| ctx.ping(name(other)).await)),
        _ if up => {
            let (pid, of) = (cluster.subject(one).pid, rng.random_range(0..4));
            let resolvers = [Resolver::RandomExit, Resolver::RandomNotify, Resolver::NotifyAll];
            let resolver = resolvers[rng.random_range(0..3)];
            drop(
                cluster
                    .begin(one, async move |ctx| register_name_with(&ctx, of, pid, resolver).await),
            );
        }
        _ => {}
    }
}

/// The view of a node: its peers, the names with their owners, and the locks that are held.
fn knowledge(cluster: &Cluster, number: usize) -> (usize, Vec<(Term, Option<Pid>)>, usize) {
    cluster.on(number, async |ctx| {
        let names = registered_names(&ctx).into_iter();
        let names = names.map(|name| (name.clone(), whereis_name(&ctx, &name)));
        let locks = table::of(&ctx).borrow().locks.len();
        (ctx.nodes().len(), names.collect(), locks)
    })
}

// B3, G3, G9, G20
#[test]
fn when_all_is_healed_and_everybody_has_met_all_tables_are_equal() {
    let mut owned = 0;
    for seed in 0..40 {
        let cluster = Cluster::strangers(seed, NODES, |_| {});
        let mut rng = Streams::new(seed).stream("trouble");
        for _ in 0..40 {
            trouble(&cluster, &mut rng);
            cluster.wait(Duration::from_millis(rng.random_range(0..3000)));
        }
        cluster.world.heal_all();
        for number in 1..=NODES {
            cluster.world.start_node(cluster.node(number));
        }
        // By now everybody has noticed what is lost.
        cluster.wait(Duration::from_mins(1));
        for number in 2..=NODES {
            cluster.ping(1, number);
            cluster.wait(Duration::from_mins(1));
        }
        let first = knowledge(&cluster, 1);
        assert_eq!((first.0, first.2), (NODES - 1, 0), "seed {seed}");
        assert!(first.1.iter().all(|(_, owner)| owner.is_some()), "seed {seed}: {first:?}");
        owned += first.1.len();
        for number in 2..=NODES {
            assert_eq!(knowledge(&cluster, number), first, "seed {seed}, n{number}");
        }
    }
    assert!(owned > 10, "names have survived: {owned}");
}

// A run is its seed's.
#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let cluster = Cluster::strangers(seed, NODES, |_| {});
        let mut rng = Streams::new(seed).stream("trouble");
        for _ in 0..20 {
            trouble(&cluster, &mut rng);
            cluster.wait(Duration::from_millis(rng.random_range(0..3000)));
        }
        cluster.world.trace().digest()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
