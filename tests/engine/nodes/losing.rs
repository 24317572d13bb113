//! Disconnecting, reconnecting, and what is lost on the way.

use std::collections::BTreeSet;

use nodedown::runtime::{NodeMonitor, SpawnOptions};
use nodedown::term::Term;
use nodedown::{atom, list, tuple};

use crate::nodes::{losses, reasons};
use crate::probes::{Lab, MS, SECOND, a, all, b, down, exit, idle};

// B31
#[test]
fn disconnecting_tells_whether_there_was_a_connection() {
    let lab = Lab::new(1);
    let far = lab.idler(lab.b);
    lab.run(lab.a, move |ctx| async move {
        ctx.trap_exit(true);
        assert!(!ctx.disconnect_node(b()));
        assert!(!ctx.disconnect_node(a()));
        let monitor = ctx.monitor(far);
        ctx.link(far)?;
        ctx.sleep(SECOND).await;
        assert!(ctx.disconnect_node(b()));
        assert!(!ctx.disconnect_node(b()));
        let expected = [exit(far, "noconnection"), down(monitor, far, "noconnection")];
        assert_eq!(all(&ctx, SECOND).await, expected);
        Ok(())
    });
    assert_eq!(lab.exit_reason(far), Some(Term::atom("noconnection")));
}

// B32
#[test]
fn nothing_reconnects_by_itself_and_old_monitors_do_not_come_back() {
    let lab = Lab::new(1);
    let (far, inbox) = lab.sink(lab.b, "sink");
    lab.run(lab.a, move |ctx| async move {
        ctx.trap_exit(true);
        ctx.monitor(far);
        ctx.link(far)?;
        ctx.sleep(SECOND).await;
        ctx.disconnect_node(b());
        assert_eq!(all(&ctx, 100 * SECOND).await.len(), 2);
        assert!(ctx.nodes().is_empty());
        ctx.send(far, 1);
        ctx.sleep(SECOND).await;
        assert_eq!(ctx.nodes(), [b()]);
        ctx.exit_signal(far, atom!("kill"));
        assert_eq!(all(&ctx, SECOND).await, []);
        Ok(())
    });
    assert_eq!(inbox.take().last(), Some(&Term::from(1)));
    assert_eq!(lab.exit_reason(far), Some(Term::atom("killed")));
}

// B33
#[test]
fn after_a_long_cut_the_nodes_stay_apart_until_somebody_uses_a_name() {
    let lab = Lab::with(1, |config| config.net_ticktime = 8 * SECOND);
    let (far, inbox) = lab.sink(lab.b, "sink");
    lab.connect(lab.a, b());
    lab.world.partition(&[vec![lab.a], vec![lab.b]]);
    lab.run(lab.a, move |ctx| async move {
        ctx.send(far, 1);
        Ok(())
    });
    lab.pass(30 * SECOND);
    assert_eq!(losses(&lab).len(), 2);
    lab.world.heal_all();
    lab.pass(500 * SECOND);
    assert_eq!(inbox.take(), []);
    lab.run(lab.a, move |ctx| async move {
        assert!(ctx.nodes().is_empty());
        ctx.send(far, 2);
        Ok(())
    });
    lab.pass(SECOND);
    assert_eq!(inbox.take_integers(), [2]);
}

/// What becomes of a hundred messages whose sender ends its connection in some way right behind
/// them: how many arrive. Fails unless they are the first ones.
fn arrivals(seed: u64, end: impl Fn(&Lab)) -> usize {
    let lab = Lab::new(seed);
    let (sink, inbox) = lab.sink(lab.b, "sink");
    lab.pass(MS);
    lab.world.spawn(lab.b, "watcher", |ctx| async move {
        ctx.monitor_nodes(NodeMonitor { on: true, reason: true, ..NodeMonitor::default() });
        loop {
            ctx.send_name(atom!("sink"), ctx.receive().await)?;
        }
    });
    lab.connect(lab.a, b());
    lab.pass(SECOND);
    inbox.take();
    lab.world.spawn(lab.a, "sender", move |ctx| async move {
        for n in 0..100 {
            ctx.send(sink, n);
            if n % 20 == 19 {
                ctx.sleep(MS / 4).await;
            }
        }
        ctx.send(ctx.pid(), 1);
        idle(ctx).await
    });
    lab.pass(MS * 11 / 10);
    end(&lab);
    lab.pass(SECOND);
    let mut received = inbox.take();
    let reason = list![tuple![atom!("nodedown_reason"), atom!("connection_closed")]];
    assert_eq!(received.pop(), Some(tuple![atom!("nodedown"), a(), reason]), "seed {seed}");
    let expected: Vec<Term> = (0..100).take(received.len()).map(Term::from).collect();
    assert_eq!(received, expected, "seed {seed}");
    received.len()
}

// B34
#[test]
fn of_what_a_crashed_or_disconnected_node_has_sent_some_first_part_arrives() {
    let ends: [fn(&Lab); 2] = [
        |lab| assert!(lab.world.crash_node(lab.a)),
        |lab| assert!(lab.world.disconnect(lab.a, lab.b)),
    ];
    for end in ends {
        let counts: BTreeSet<usize> = (0..200).map(|seed| arrivals(seed, end)).collect();
        assert!(counts.contains(&100), "all of them: {counts:?}");
        assert!(*counts.first().unwrap() < 25, "next to none: {counts:?}");
        assert!(counts.len() > 10, "any number: {counts:?}");
    }
}

/// Ends the first node from within.
fn end_from_within(lab: &Lab, end: fn(&nodedown::runtime::Context)) {
    lab.world.spawn(lab.a, "ender", move |ctx| async move {
        end(&ctx);
        Ok(())
    });
}

// B35
#[test]
fn a_halt_loses_what_is_under_way_and_an_orderly_stop_nothing() {
    for seed in 0..60 {
        // Paths take half a millisecond at the least, so some of them have arrived by then.
        let halted = arrivals(seed, |lab| end_from_within(lab, nodedown::runtime::Context::halt));
        let stopped =
            arrivals(seed, |lab| end_from_within(lab, |ctx| ctx.stop_node(atom!("normal"))));
        assert!(halted <= 60, "seed {seed}: {halted}");
        assert_eq!(stopped, 100, "seed {seed}");
    }
    let lab = Lab::new(1);
    let (sink, inbox) = lab.sink(lab.b, "sink");
    lab.connect(lab.a, b());
    lab.run(lab.a, move |ctx| async move {
        let halting = ctx.clone();
        ctx.spawn("halting", move |child| async move {
            for n in 0..100 {
                child.send(sink, n);
            }
            halting.halt();
            child.halt();
            Ok(())
        });
        Ok(())
    });
    lab.pass(SECOND);
    assert_eq!(inbox.take(), []);
    assert!(!lab.world.is_up(lab.a));
}

// B36
#[test]
fn sends_to_a_node_that_has_crashed_return_normally_and_are_lost() {
    let lab = Lab::new(1);
    let (sink, inbox) = lab.sink(lab.b, "sink");
    lab.connect(lab.a, b());
    lab.run(lab.a, move |ctx| async move {
        ctx.send(sink, 1);
        Ok(())
    });
    lab.world.crash_node(lab.b);
    lab.run(lab.a, move |ctx| async move {
        for n in 2..10 {
            ctx.send(sink, n);
            ctx.sleep(MS).await;
        }
        Ok(())
    });
    assert!(inbox.take_integers().iter().all(|n| *n == 1));
}

// B37
#[test]
fn the_side_that_did_not_notice_learns_by_the_reconnection_of_the_other() {
    for seed in 0..60 {
        let lab = Lab::with(seed, |config| {
            config.net_ticktime = if config.name == a() { 4 * SECOND } else { 60 * SECOND };
        });
        let (_, inbox) = lab.sink(lab.b, "sink");
        let near = lab.idler(lab.a);
        lab.pass(MS);
        lab.connect(lab.a, b());
        lab.world.spawn(lab.b, "watcher", move |ctx| async move {
            ctx.trap_exit(true);
            ctx.monitor_nodes(NodeMonitor { on: true, reason: true, ..NodeMonitor::default() });
            ctx.link(near)?;
            loop {
                ctx.send_name(atom!("sink"), ctx.receive().await)?;
            }
        });
        lab.pass(SECOND);
        lab.world.partition(&[vec![lab.a], vec![lab.b]]);
        lab.pass(6 * SECOND);
        assert_eq!(reasons(&lab), [("a@one".to_owned(), "net_tick_timeout".to_owned())]);
        lab.run(lab.b, move |ctx| async move {
            assert_eq!(ctx.nodes(), [a()], "it still believes in the old connection");
            ctx.send(near, 1);
            Ok(())
        });
        lab.world.heal_all();
        lab.connect(lab.a, b());
        lab.pass(SECOND);
        let reason = list![tuple![atom!("nodedown_reason"), atom!("connection_closed")]];
        let expected = [
            exit(near, "noconnection"),
            tuple![atom!("nodedown"), a(), reason],
            tuple![atom!("nodeup"), a(), list![]],
        ];
        assert_eq!(inbox.take(), expected, "seed {seed}");
        assert_eq!(lab.exit_reason(near), Some(Term::atom("noconnection")));
    }
}

// B34 B18
#[test]
fn a_spawn_whose_answer_is_lost_with_the_connection_gives_a_placeholder() {
    let mut outcomes = BTreeSet::new();
    for seed in 0..100 {
        let lab = Lab::new(seed);
        lab.connect(lab.a, b());
        lab.world.spawn(lab.b, "cutter", |ctx| async move {
            ctx.sleep(3 * MS).await;
            ctx.disconnect_node(a());
            Ok(())
        });
        let outcome = lab.run(lab.a, |ctx| async move {
            ctx.trap_exit(true);
            ctx.sleep(MS).await;
            let options = SpawnOptions::new("child").link().monitor();
            let (child, monitor) = ctx.spawn_on(b(), options, idle).await;
            let expected =
                [exit(child, "noconnection"), down(monitor.unwrap(), child, "noconnection")];
            assert_eq!(all(&ctx, SECOND).await, expected);
            Ok(child.node() == b())
        });
        assert_eq!(lab.world.process_count(), 0, "seed {seed}: the child ends too");
        outcomes.insert(outcome);
    }
    assert_eq!(outcomes.len(), 2, "the answer comes before or after the loss");
}
