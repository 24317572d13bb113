//! The floor: the same pattern of pushes and pops as a workload's on the standard library's binary
//! heap of `(time, sequence)`, with no handlers. Nobody who keeps events in that heap is faster.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The least and the greatest delay between a pop and the push that follows from it, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delays(u64, u64);

impl Delays {
    /// 1 ms.
    pub(crate) const CONSTANT: Delays = Delays(1_000_000, 1_000_000);
    /// 0.5 to 5 ms.
    pub(crate) const GOSSIP: Delays = Delays(500_000, 5_000_000);
    /// 0.1 to 10 s.
    pub(crate) const TIMERS: Delays = Delays(100_000_000, 10_000_000_000);

    fn draw(self, rng: &mut ChaCha8Rng) -> u64 {
        let Delays(min, max) = self;
        if min == max { min } else { min + rng.next_u64() % (max - min) }
    }
}

/// `total` pops, each followed by a push, with so many events pending.
pub(crate) fn pushes_and_pops(pending: u64, total: u64, delays: Delays) -> u64 {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut heap: BinaryHeap<Reverse<(u64, u64)>> =
        (0..pending).map(|sequence| Reverse((delays.draw(&mut rng), sequence))).collect();
    for sequence in pending..pending + total {
        let Some(Reverse((at, _))) = heap.pop() else { break };
        heap.push(Reverse((at + delays.draw(&mut rng), sequence)));
    }
    std::hint::black_box(heap.len());
    total
}

/// The events of the heartbeats of so many nodes: each beat of a node leads to the next, and to a
/// message to every other node. Returns the number of messages.
pub(crate) fn heartbeats(nodes: u64, seconds: u64) -> u64 {
    const BEAT: u64 = 100_000_000;
    let (mut heap, mut sequence, mut messages) = (BinaryHeap::new(), 0, 0);
    let mut push = |heap: &mut BinaryHeap<Reverse<(u64, u64, bool)>>, at, is_beat| {
        heap.push(Reverse((at, sequence, is_beat)));
        sequence += 1;
    };
    for node in 0..nodes {
        push(&mut heap, node, true);
    }
    while let Some(Reverse((at, _, is_beat))) = heap.pop() {
        if at > seconds * 1_000_000_000 {
            break;
        }
        if is_beat {
            push(&mut heap, at + BEAT, true);
            for _ in 1..nodes {
                push(&mut heap, at + 1_000_000, false);
            }
        } else {
            messages += 1;
        }
    }
    messages
}
