//! How many messages, timers, processes and runs a second the engine gets through, beside the floor.

#[path = "workloads/mod.rs"]
mod workloads;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

use mimalloc::MiMalloc;
use workloads::floor::{Delays, heartbeats as heartbeats_floor, pushes_and_pops};
use workloads::{Prepared, chat, gossip, heartbeats, mailboxes, ping_pong, processes, timers};

/// That of the command.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// So many units in each iteration.
const UNITS: u64 = 100_000;

fn benches(criterion: &mut Criterion) {
    let mut bench = |name: &str, units: u64, prepare: &dyn Fn() -> Prepared| {
        let mut group = criterion.benchmark_group("engine");
        group.throughput(Throughput::Elements(units)).sample_size(10);
        group.bench_function(name, |bencher| {
            bencher.iter_batched(prepare, |run| run(), BatchSize::PerIteration);
        });
        group.finish();
    };
    let floor =
        |pending, delays| -> Prepared { Box::new(move || pushes_and_pops(pending, UNITS, delays)) };
    bench("floor/1 pending", UNITS, &|| floor(1, Delays::CONSTANT));
    bench("floor/1000 pending", UNITS, &|| floor(1_000, Delays::GOSSIP));
    bench("floor/heartbeats", 1, &|| Box::new(|| heartbeats_floor(5, 60)));
    bench("ping-pong/one node", UNITS, &|| ping_pong::prepare(1, UNITS));
    bench("ping-pong/two nodes", UNITS, &|| ping_pong::prepare(2, UNITS));
    for nodes in [10, 1_000] {
        let name = format!("gossip/{nodes} nodes");
        bench(&name, UNITS, &|| gossip::prepare(nodes, UNITS, gossip::USUAL));
    }
    bench("gossip/ring of 1000", UNITS, &|| gossip::prepare(1_000, UNITS, gossip::Overlay::Ring));
    bench("timers/100000 pending", UNITS, &|| timers::prepare_messages(100_000, UNITS));
    bench("timers/100000 sleepers", UNITS, &|| timers::prepare_sleepers(100_000, UNITS));
    bench("processes/at once", UNITS, &|| processes::prepare_at_once(UNITS));
    bench("processes/in turn", UNITS, &|| processes::prepare_in_turn(UNITS));
    bench("heartbeats/5 nodes, 60 s", 1, &|| heartbeats::prepare_runs(1, 5, 60));
    bench("chat-failover/run", 1, &|| chat::prepare(1, false));
    bench("chat-failover/run and verdict", 1, &|| chat::prepare(1, true));
    bench("calls/100000 messages waiting", 1_000, &|| mailboxes::prepare(100_000, 1_000));
}

criterion_group!(engine, benches);
criterion_main!(engine);
