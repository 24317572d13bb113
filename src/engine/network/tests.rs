//! Random traffic over random faults: what a connection carries arrives in order and without gaps.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::engine::queue::EventQueue;

/// Something that happens to two nodes and the connection between them.
#[derive(Clone, Debug)]
enum Step {
    /// A node sends something, connecting first if need be.
    Send(bool),
    /// The way there, the way back, or both are cut.
    Cut(u32, bool, bool),
    Heal(u32),
    /// A node closes the connection.
    Close(bool, Closing),
    Ticks(bool),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let closing = prop_oneof![Just(Closing::Orderly), Just(Closing::Abrupt), Just(Closing::Halted)];
    prop_oneof![
        12 => any::<bool>().prop_map(Step::Send),
        1 => (0..2u32, any::<bool>(), any::<bool>()).prop_map(|(n, one, two)| Step::Cut(n, one, two)),
        2 => (0..2u32).prop_map(Step::Heal),
        1 => (any::<bool>(), closing).prop_map(|(second, how)| Step::Close(second, how)),
        2 => any::<bool>().prop_map(Step::Ticks),
        6 => (1..5_000u64).prop_map(Step::Pass),
    ]
}

/// A payload: which connection of its sender it was sent on, and its place among those.
type Mark = (u32, u32);

impl FromSender for Mark {
    fn sender(&self) -> u64 {
        u64::from(self.0)
    }
}

/// Two nodes with all that they have sent and received.
struct Pair {
    network: Network<Mark>,
    queue: EventQueue<NetworkEvent>,
    now: Time,
    nodes: [NodeId; 2],
    /// The connections that each node has used, and what it has sent on the last of them.
    sent: [Mark; 2],
    received: [Vec<Mark>; 2],
    up: [bool; 2],
}

impl Pair {
    fn new(seed: u64) -> Pair {
        let ms = Duration::from_millis(1);
        let latency = Delay::Exponential { min: ms, mean: ms };
        Pair::on(PathConfig { latency, bandwidth: None, loss_ppm: 10_000 }, usize::MAX, seed)
    }

    fn on(path: PathConfig, busy_limit: usize, seed: u64) -> Pair {
        let ms = Duration::from_millis(1);
        let mut network = Network::new(Streams::new(seed), path.clone(), path);
        let nodes = ["a", "b"].map(|name| {
            let name = Atom::new(name);
            let host = network.add_host(name);
            let setup_time = 7_000 * ms;
            let config = EndpointConfig { name, host, cookie: name, setup_time, busy_limit };
            let node = network.add_node(&config);
            network.node_started(node, Atom::new("cookie"));
            node
        });
        let (received, sent) = ([Vec::new(), Vec::new()], [(0, 0); 2]);
        Pair {
            network,
            queue: EventQueue::new(),
            now: Time::ZERO,
            nodes,
            sent,
            received,
            up: [false; 2],
        }
    }

    fn take(&mut self, step: &Step) {
        let [first, second] = self.nodes;
        match *step {
            Step::Send(by_second) => self.send(usize::from(by_second)),
            Step::Cut(number, there, back) => {
                let ways = [there.then_some((first, second)), back.then_some((second, first))];
                self.network.cut(self.now, number, ways.into_iter().flatten().collect());
            }
            Step::Heal(number) => self.network.heal(self.now, number),
            Step::Close(by_second, closing) => {
                let [node, peer] = if by_second { [second, first] } else { [first, second] };
                if self.network.peer_state(node, peer) == PeerState::Up {
                    let reason = DownReason::Disconnect;
                    self.network.disconnect(self.now, node, peer, closing, reason);
                }
            }
            Step::Ticks(of_second) => {
                self.network.check_ticks(self.now, self.nodes[usize::from(of_second)]);
            }
            Step::Pass(millis) => self.pass(Duration::from_millis(millis)),
        }
        self.drain();
    }

    fn send(&mut self, by: usize) {
        let (node, peer) = (self.nodes[by], self.nodes[1 - by]);
        self.network.connect(self.now, node, peer);
        self.drain();
        self.sent[by].1 += 1;
        let lane = self.network.lane(node, peer).expect("it connects");
        let sent = self.network.send(self.now, lane, 100, &mut Some(self.sent[by]));
        if let Some((at, event)) = sent.arrival {
            self.queue.push(at, event);
        }
    }

    fn pass(&mut self, duration: Duration) {
        let until = self.now + duration;
        while self.queue.next_time().is_some_and(|at| at <= until) {
            let (at, event) = self.queue.pop().unwrap();
            self.now = at;
            if let Some((arrival, segment)) = self.network.handle(at, event) {
                let payload = self.network.take_payload(segment);
                self.receive(arrival, payload);
            }
            self.drain();
        }
        self.now = until;
    }

    fn receive(&mut self, Arrival { to, .. }: Arrival, payload: Mark) {
        let receiver = usize::from(to == self.nodes[1]);
        assert!(self.up[receiver], "what arrives comes over a connection");
        self.received[receiver].push(payload);
    }

    fn drain(&mut self) {
        for (at, event) in self.network.take_scheduled() {
            assert!(at >= self.now, "nothing happens in the past");
            self.queue.push(at, event);
        }
        while let Some(output) = self.network.next_output() {
            match output {
                Output::Payload(arrival, payload) => self.receive(arrival, payload),
                // What is sent from now on goes over another connection.
                Output::Down { node, .. }
                | Output::Failed { node, .. }
                | Output::Abandoned { node, .. } => {
                    let loser = usize::from(node == self.nodes[1]);
                    self.up[loser] = false;
                    self.sent[loser] = (self.sent[loser].0 + 1, 0);
                }
                Output::Up { node, .. } => self.up[usize::from(node == self.nodes[1])] = true,
                Output::Drained { .. } => {}
                Output::Rejected { .. } => unreachable!("there is one cookie"),
                Output::SocketOpened { .. }
                | Output::SocketUp { .. }
                | Output::SocketDown { .. } => unreachable!("there are no sockets"),
            }
        }
    }

    /// Checks that the payloads of each connection have arrived in order, from the first one on.
    fn check(&self) {
        for received in &self.received {
            let mut last = (0, 0);
            for mark in received {
                let follows = *mark == (last.0, last.1 + 1);
                assert!(follows || (mark.0 > last.0 && mark.1 == 1), "{last:?} {mark:?}");
                last = *mark;
            }
        }
    }
}

// A7 A8
#[test]
fn a_large_payload_does_not_hold_up_what_others_send() {
    let path = PathConfig {
        bandwidth: Some(8 << 20), // a mebibyte in a second
        ..PathConfig::constant(Duration::from_millis(1))
    };
    let mut pair = Pair::on(path, 1 << 20, 1);
    let [node, peer] = pair.nodes;
    pair.network.connect(pair.now, node, peer);
    pair.drain();
    pair.pass(Duration::from_secs(1));
    let lane = pair.network.lane(node, peer).expect("it is connected");
    let [first, small, second, after] = [(1, 1), (2, 1), (3, 1), (1, 2)];
    for (mark, bytes, has_fragments) in
        [(first, 8 << 20, true), (small, 100, false), (second, 2 << 20, true), (after, 100, true)]
    {
        let sent = pair.network.send(pair.now, lane, bytes, &mut Some(mark));
        assert!(sent.busy);
        assert_eq!(pair.network.has_fragments(lane, mark.sender()), has_fragments, "{mark:?}");
        if let Some((at, event)) = sent.arrival {
            pair.queue.push(at, event);
        }
        pair.drain();
    }
    for (seconds, expected) in [
        (1, &[small][..]), // behind what the buffer takes
        (3, &[small]),
        (3, &[small, second]), // by turns with the first
        (2, &[small, second]),
        (2, &[small, second, first, after]),
    ] {
        pair.pass(Duration::from_millis(1000 * seconds + 10));
        assert_eq!(pair.received[1], expected, "{:?}", pair.now);
    }
    assert!(!pair.network.is_busy(lane));
    assert_eq!(pair.network.traffic().bytes, (10 << 20) + 200);
}

proptest! {
    // A8 A14
    #[test]
    fn what_arrives_is_a_prefix_of_what_was_sent_on_each_connection(
        seed in any::<u64>(),
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut pair = Pair::new(seed);
        for step in &steps {
            pair.take(step);
        }
        for number in 0..2 {
            pair.take(&Step::Heal(number));
        }
        pair.take(&Step::Pass(1_000_000));
        pair.check();
    }

    // A8 B29
    #[test]
    fn without_a_loss_of_the_connection_everything_arrives(
        seed in any::<u64>(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut pair = Pair::new(seed);
        pair.take(&Step::Send(false));
        pair.take(&Step::Pass(60_000));
        for step in steps {
            // Cuts are shorter than anybody's patience here.
            if !matches!(step, Step::Close(..) | Step::Ticks(_)) {
                pair.take(&step);
            }
        }
        for number in 0..2 {
            pair.take(&Step::Heal(number));
        }
        pair.take(&Step::Pass(600_000));
        pair.check();
        for (sender, receiver) in [(0, 1), (1, 0)] {
            let sent = pair.sent[sender].1;
            let complete = pair.sent[sender].0 > 0 || pair.received[receiver].len() == sent as usize;
            prop_assert!(complete, "{sent} sent, {:?}", pair.received[receiver]);
        }
    }
}
