//! How silence is noticed, and how long that takes.

use std::time::Duration;

use nodedown::runtime::NodeConfig;
use nodedown::time::Time;
use nodedown::{atom, tuple};

use crate::nodes::losses;
use crate::probes::{Lab, MS, SECOND, a, b};

/// Two nodes with a tick time of eight seconds that have started at different times.
fn ticking(seed: u64) -> Lab {
    let lab = Lab::with(seed, |config| config.net_ticktime = 8 * SECOND);
    lab.world.crash_node(lab.b);
    lab.pass(Duration::from_millis(seed * 137 % 2_000));
    lab.world.start_node(lab.b);
    lab.connect(lab.a, b());
    lab.pass(Duration::from_millis(10_000 + seed * 311 % 2_000));
    lab
}

/// How long after `begin` each node found that the other is down, by silence.
fn detections(lab: &Lab, begin: Time) -> Vec<Duration> {
    let found: Vec<_> = losses(lab).into_iter().filter(|(.., at)| *at >= begin).collect();
    assert!(found.iter().all(|(_, _, reason, _)| reason == "net_tick_timeout"), "{found:?}");
    found.into_iter().map(|(.., at)| at.since(begin)).collect()
}

// B26 B27
#[test]
fn silence_is_noticed_between_three_and_five_quarters_of_the_tick_time() {
    let mut all = Vec::new();
    let mut apart = Duration::ZERO;
    for seed in 0..120 {
        let lab = ticking(seed);
        let begin = lab.world.now();
        lab.world.partition(&[vec![lab.a], vec![lab.b]]);
        lab.pass(12 * SECOND);
        let found = detections(&lab, begin);
        assert_eq!(found.len(), 2, "both ends find out by themselves");
        apart = apart.max(found[0].abs_diff(found[1]));
        all.extend(found);
    }
    let (least, most) = (all.iter().min().unwrap(), all.iter().max().unwrap());
    assert!(*least >= 6 * SECOND && *most <= 10 * SECOND + 10 * MS, "{least:?} {most:?}");
    assert!(*least < 7 * SECOND && *most > 9 * SECOND, "{least:?} {most:?}");
    assert!(apart > SECOND && apart <= 4 * SECOND, "{apart:?}");
}

// B26 B28
#[test]
fn an_idle_connection_stays_up_by_its_ticks() {
    let lab = Lab::new(1);
    assert_eq!(NodeConfig::new("x@y", lab.world.host_id(atom!("one")).unwrap()).net_ticktime, {
        60 * SECOND
    });
    lab.connect(lab.a, b());
    lab.pass(10_000 * SECOND);
    assert_eq!(losses(&lab), []);
    assert_eq!(lab.world.run_for(SECOND), nodedown::runtime::RunOutcome::Quiescent);
}

// B26
#[test]
fn nodes_with_different_tick_times_do_not_lose_each_other_while_the_longer_one_ticks_in_time() {
    let lab = Lab::with(1, |config| {
        config.net_ticktime = if config.name == a() { 8 * SECOND } else { 12 * SECOND };
    });
    lab.connect(lab.a, b());
    lab.pass(1_000 * SECOND);
    assert_eq!(losses(&lab), []);
}

// B29
#[test]
fn a_silence_shorter_than_the_limit_only_delays() {
    for pause in [true, false] {
        for seed in 0..40 {
            let lab = ticking(seed);
            let (sink, inbox) = lab.sink(lab.b, "sink");
            lab.world.spawn(lab.a, "sender", move |ctx| async move {
                ctx.monitor(sink);
                for n in 0..30 {
                    ctx.send(sink, n);
                    ctx.sleep(SECOND / 5).await;
                }
                Ok(())
            });
            lab.pass(SECOND);
            inbox.take();
            if pause {
                lab.world.pause_node(lab.b);
                lab.pass(3 * SECOND);
                assert_eq!(inbox.take(), []);
                lab.world.resume_node(lab.b);
            } else {
                lab.world.partition(&[vec![lab.a], vec![lab.b]]);
                lab.pass(2 * SECOND);
                assert_eq!(inbox.take(), []);
                lab.world.heal_all();
            }
            lab.pass(9 * SECOND);
            assert_eq!(losses(&lab), [], "seed {seed}");
            let late = inbox.take_integers();
            assert!(late.is_sorted() && *late.last().unwrap() == 29, "seed {seed}: {late:?}");
            assert_eq!(late.len(), 25, "seed {seed}: {late:?}");
        }
    }
}

// B29
#[test]
fn a_node_that_was_paused_finds_its_peers_where_it_left_them() {
    for seed in 0..40 {
        let lab = ticking(seed);
        lab.world.pause_node(lab.a);
        lab.pass(4 * SECOND);
        lab.world.resume_node(lab.a);
        lab.pass(20 * SECOND);
        assert_eq!(losses(&lab), [], "seed {seed}");
    }
}

// B30
#[test]
fn a_cut_in_one_direction_brings_down_both_ends() {
    for seed in 0..60 {
        let lab = ticking(seed);
        let (_, at_a) = lab.sink(lab.a, "sink");
        let (_, at_b) = lab.sink(lab.b, "sink");
        lab.pass(MS);
        let begin = lab.world.now();
        lab.world.partition_one_way(&[vec![lab.a], vec![lab.b]]);
        for (node, peer) in [(lab.a, b()), (lab.b, a())] {
            lab.world.spawn(node, "sender", move |ctx| async move {
                ctx.send((atom!("sink"), peer), 1);
                ctx.sleep(3 * SECOND).await;
                ctx.send((atom!("sink"), peer), 2);
                Ok(())
            });
        }
        lab.pass(15 * SECOND);
        let found = detections(&lab, begin);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|at| (6 * SECOND..=11 * SECOND).contains(at)), "{found:?}");
        assert_eq!(
            at_a.take_integers(),
            [1],
            "what comes before TCP misses an answer gets through"
        );
        assert_eq!(at_b.take(), []);
    }
}

#[test]
fn several_cuts_of_one_pair_have_to_heal_all() {
    let lab = ticking(1);
    let (sink, inbox) = lab.sink(lab.b, "sink");
    let groups = [vec![lab.a], vec![lab.b]];
    let first = lab.world.partition(&groups);
    let second = lab.world.partition(&[vec![lab.a, lab.c], vec![lab.b]]);
    lab.run(lab.a, move |ctx| async move {
        ctx.send(sink, tuple![]);
        Ok(())
    });
    lab.world.heal(first);
    lab.pass(SECOND);
    assert_eq!(inbox.take(), []);
    lab.world.heal(second);
    lab.pass(4 * SECOND);
    assert_eq!(inbox.take().len(), 1);
}
