//! How many messages, timers and processes a second the engine gets through, beside the floor: the
//! same pattern of pushes and pops on the standard library's binary heap, with no handlers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use nodedown::network::{NodeId, PathConfig};
use nodedown::runtime::{Context, ExitResult, NodeConfig, World, WorldConfig};
use nodedown::term::{Pid, Term};
use nodedown::time::Time;
use nodedown::trace::Detail;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const MESSAGES: u64 = 100_000;

/// A world of so many nodes, one a host, 1 ms apart.
fn world(nodes: usize) -> (World, Vec<NodeId>) {
    let path = PathConfig::constant(Duration::from_millis(1));
    let world = World::new(WorldConfig {
        detail: Detail::Off,
        event_budget: u64::MAX,
        between_hosts: path,
        ..WorldConfig::default()
    });
    let nodes = (0..nodes).map(|index| {
        let host = world.add_host(&format!("h{index}"));
        let node = world.add_node(NodeConfig {
            connect_all: false,
            ..NodeConfig::new(&format!("n@h{index}"), host)
        });
        world.start_node(node);
        node
    });
    let nodes = nodes.collect();
    (world, nodes)
}

/// The floor: `total` pops, each followed by a push at a random later time, with `pending` events.
fn floor(pending: u64, total: u64) -> u64 {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut heap: BinaryHeap<Reverse<(u64, u64)>> =
        (0..pending).map(|sequence| Reverse((rng.next_u64() % 5_000_000, sequence))).collect();
    for sequence in pending..pending + total {
        let Some(Reverse((at, _))) = heap.pop() else { break };
        heap.push(Reverse((at + 500_000 + rng.next_u64() % 4_500_000, sequence)));
    }
    heap.len() as u64
}

async fn echo(ctx: Context) -> ExitResult {
    loop {
        let from = ctx.receive().await.as_pid();
        if let Some(from) = from {
            ctx.send(from, ctx.pid());
        }
    }
}

async fn ping(ctx: Context, peer: Pid, rounds: u64) -> ExitResult {
    for _ in 0..rounds {
        ctx.send(peer, ctx.pid());
        ctx.receive().await;
    }
    Ok(())
}

fn ping_pong(nodes: usize) -> u64 {
    let (world, ids) = world(nodes);
    let peer = world.spawn(ids[nodes - 1], "echo", echo);
    world.spawn(ids[0], "ping", move |ctx| ping(ctx, peer, MESSAGES / 2));
    world.run_until(Time::MAX);
    world.steps()
}

/// Passes each message on to a random process after a random delay.
async fn gossip(ctx: Context) -> ExitResult {
    let mut peers: Vec<Pid> = Vec::new();
    loop {
        match ctx.receive().await {
            Term::List(list) => peers = list.iter().filter_map(Term::as_pid).collect(),
            message => {
                let (index, delay) = ctx.with_rng(|rng| {
                    (rng.random_range(0..peers.len()), rng.random_range(500_000..5_000_000))
                });
                ctx.sleep(Duration::from_nanos(delay)).await;
                ctx.send(peers[index], message);
            }
        }
    }
}

fn gossip_on_one_node(processes: usize) -> u64 {
    let (world, nodes) = world(1);
    let pids: Vec<Pid> = (0..processes).map(|_| world.spawn(nodes[0], "gossip", gossip)).collect();
    let everybody = Term::from(pids.iter().map(|pid| Term::from(*pid)).collect::<Vec<_>>());
    for pid in &pids {
        world.send_to(*pid, everybody.clone());
        world.send_to(*pid, 1);
    }
    let rounds = MESSAGES / processes as u64;
    world.run_for(Duration::from_micros(2_750 * rounds));
    world.steps()
}

fn processes() -> u64 {
    let (world, nodes) = world(1);
    world.spawn(nodes[0], "parent", |ctx| async move {
        for _ in 0..MESSAGES {
            let child = ctx.spawn("child", |ctx| async move {
                ctx.receive().await;
                Ok(())
            });
            ctx.send(child, 1);
            ctx.yield_now().await;
        }
        Ok(())
    });
    world.run_until(Time::MAX);
    world.steps()
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("engine");
    group.throughput(Throughput::Elements(MESSAGES)).sample_size(10);
    group.bench_function("floor/2", |bencher| bencher.iter(|| black_box(floor(2, MESSAGES))));
    group
        .bench_function("floor/1000", |bencher| bencher.iter(|| black_box(floor(1_000, MESSAGES))));
    group.bench_function("ping-pong/one node", |bencher| bencher.iter(|| black_box(ping_pong(1))));
    group.bench_function("ping-pong/two nodes", |bencher| bencher.iter(|| black_box(ping_pong(2))));
    for count in [10, 1_000] {
        group.bench_function(BenchmarkId::new("gossip", count), |bencher| {
            bencher.iter(|| black_box(gossip_on_one_node(count)));
        });
    }
    group.bench_function("spawn, send, exit", |bencher| bencher.iter(|| black_box(processes())));
    group.finish();
}

criterion_group!(engine, benches);
criterion_main!(engine);
