//! The same seed gives the same run, down to the last record.

use std::time::Duration;

use nodedown::atom;
use nodedown::network::{Delay, PathConfig};
use nodedown::runtime::{NodeConfig, NodeMonitor, NodeTypes, World, WorldConfig};
use nodedown::term::{Atom, Term};
use nodedown::trace::{Detail, Trace};

use crate::probes::{MS, SECOND};

/// A run with a bit of everything: gossip, links, monitors, timers, crashes, cuts and pauses.
fn run(seed: u64, detail: Detail) -> Trace {
    let latency = Delay::LogNormal { median: MS, p99: 5 * MS };
    let world = World::new(WorldConfig {
        seed,
        detail,
        between_hosts: PathConfig { latency, bandwidth: Some(10_000_000), loss_ppm: 1_000 },
        ..WorldConfig::default()
    });
    let nodes = ["a@one", "b@two", "c@three"].map(|name| {
        let host = world.add_host(name.split_once('@').unwrap().1);
        let config = NodeConfig { net_ticktime: 8 * SECOND, ..NodeConfig::new(name, host) };
        let node = world.add_node(config);
        world.set_boot(node, std::rc::Rc::new(|ctx| Box::pin(gossip(ctx))));
        world.start_node(node);
        node
    });
    for (step, node) in nodes.into_iter().cycle().take(9).enumerate() {
        world.run_for(2 * SECOND);
        match step % 4 {
            0 => drop(world.crash_node(node)),
            1 => drop(world.start_node(nodes[0])),
            2 => {
                world.partition(&[vec![node], vec![nodes[0]]]);
            }
            _ => world.heal_all(),
        }
    }
    world.run_for(5 * SECOND);
    world.take_trace()
}

async fn gossip(ctx: nodedown::runtime::Context) -> nodedown::runtime::ExitResult {
    ctx.trap_exit(true);
    ctx.register(atom!("gossip"), ctx.pid())?;
    ctx.monitor_nodes(NodeMonitor {
        on: true,
        node_type: Some(NodeTypes::All),
        reason: true,
        ..NodeMonitor::default()
    });
    let names = ["a@one", "b@two", "c@three"].map(Atom::new);
    loop {
        let pick = ctx.with_rng(rand::Rng::next_u32) as usize;
        let peer = names[pick % names.len()];
        ctx.send((atom!("gossip"), peer), i64::from(pick as u32));
        ctx.monitor((atom!("gossip"), peer));
        ctx.spawn_link("brief", |brief| async move {
            brief.sleep(MS).await;
            Ok(())
        });
        let pause = Duration::from_micros((pick % 100_000) as u64);
        ctx.receive_where(|message: &Term| message.as_integer().is_some()).within(pause).await;
        ctx.sleep(pause).await;
    }
}

/// Fails with the first record that differs.
fn check_same(one: &Trace, other: &Trace) {
    for (one, other) in one.records().iter().zip(other.records()) {
        assert!(one == other, "the first record that differs:\n{one:?}\n{other:?}");
    }
    assert_eq!(one.records().len(), other.records().len());
    assert_eq!(one.digest(), other.digest());
}

#[test]
fn the_same_seed_gives_the_same_records() {
    for seed in 0..5 {
        let one = run(seed, Detail::Full);
        assert!(one.records().len() > 1_000);
        check_same(&one, &run(seed, Detail::Full));
    }
}

#[test]
fn different_seeds_give_different_runs() {
    let digests: Vec<String> =
        (0..20).map(|seed| run(seed, Detail::Off).digest().to_string()).collect();
    for (index, digest) in digests.iter().enumerate() {
        assert!(!digests[..index].contains(digest));
    }
}

#[test]
fn the_digest_does_not_depend_on_what_is_written_down() {
    for seed in 0..5 {
        let digests =
            [Detail::Off, Detail::Story, Detail::Full].map(|detail| run(seed, detail).digest());
        assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
    }
}
