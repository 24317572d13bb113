//! Nodes that stop, start and stand still, also in the middle of a turn of their own processes.

use std::cell::Cell;
use std::rc::Rc;

use nodedown::atom;
use nodedown::runtime::{CallId, RunOutcome, SpawnOptions};
use nodedown::term::Term;

use crate::probes::{Lab, MS, SECOND, a, all, b, idle};

// B35
#[test]
fn a_node_that_ends_in_a_turn_of_its_process_takes_no_further_effect_of_it() {
    for in_order in [false, true] {
        let lab = Lab::new(1);
        let (sink, inbox) = lab.sink(lab.b, "sink");
        lab.connect(lab.a, b());
        lab.world.spawn(lab.a, "ender", move |ctx| async move {
            ctx.send(sink, 1);
            if in_order {
                ctx.stop_node(atom!("normal"));
            } else {
                ctx.halt();
            }
            ctx.send(sink, 2);
            ctx.spawn("orphan", idle);
            ctx.register(atom!("ghost"), ctx.pid())?;
            ctx.monitor(sink);
            ctx.listen();
            assert!(ctx.receive().within(SECOND).await.is_none());
            ctx.sleep(SECOND).await;
            Ok(())
        });
        lab.pass(SECOND);
        assert!(!lab.world.is_up(lab.a));
        let expected: &[Term] = if in_order { &[Term::from(1)] } else { &[] };
        assert_eq!(inbox.take(), expected);
        assert_eq!(lab.world.process_count(), 1);
        assert!(lab.world.start_node(lab.a));
        assert_eq!(lab.world.whereis(lab.a, atom!("ghost")), None);
    }
}

#[test]
fn a_node_starts_its_boot_program_each_time_and_stops_by_asking_it() {
    let lab = Lab::new(1);
    let boots = Rc::new(Cell::new(0));
    let counted = Rc::clone(&boots);
    lab.world.crash_node(lab.a);
    lab.world.set_boot(
        lab.a,
        Rc::new(move |ctx| {
            counted.set(counted.get() + 1);
            Box::pin(async move {
                ctx.receive_where(|message| message.tagged("stop").is_some()).await;
                ctx.stop_node(atom!("shutdown"));
                Ok(())
            })
        }),
    );
    for expected in 1..=3 {
        assert!(lab.world.start_node(lab.a));
        assert!(!lab.world.start_node(lab.a), "it is up");
        lab.pass(MS);
        assert_eq!(boots.get(), expected);
        lab.world.stop_node(lab.a);
        lab.pass(MS);
        assert!(!lab.world.is_up(lab.a));
        assert!(!lab.world.crash_node(lab.a), "it is down");
    }
}

// B5
#[test]
fn a_paused_node_does_nothing_and_loses_nothing() {
    let lab = Lab::new(1);
    let (sink, inbox) = lab.sink(lab.b, "sink");
    let ticks = lab.world.spawn(lab.b, "ticks", move |ctx| async move {
        loop {
            ctx.sleep(SECOND).await;
            ctx.send(sink, 1);
        }
    });
    lab.pass(SECOND + MS);
    lab.world.pause_node(lab.b);
    lab.world.send_to(sink, 2);
    lab.pass(10 * SECOND);
    assert_eq!(inbox.take_integers(), [1]);
    lab.world.resume_node(lab.b);
    lab.pass(SECOND / 2);
    assert_eq!(inbox.take_integers(), [2, 1], "the timer that was due has expired once");
    lab.world.pause_node(lab.b);
    lab.pass(10 * SECOND);
    lab.world.crash_node(lab.b);
    assert_eq!(lab.world.run_for(100 * SECOND), RunOutcome::Quiescent);
    assert_eq!(inbox.take(), []);
    assert_eq!(lab.exit_reason(ticks), None, "it went down with its node");
}

#[test]
fn the_world_goes_on_after_it_was_quiescent() {
    let lab = Lab::new(1);
    let (sink, inbox) = lab.sink(lab.a, "sink");
    for n in 0..3 {
        assert_eq!(lab.world.run_for(SECOND), RunOutcome::Quiescent);
        lab.world.send_to(sink, n);
    }
    lab.world.run_for(SECOND);
    assert_eq!(inbox.take_integers(), [0, 1, 2]);
    lab.world.call_at(lab.world.now() + SECOND, CallId(7));
    assert_eq!(lab.world.run_for(10 * SECOND), RunOutcome::Called(CallId(7)));
    assert_eq!(lab.world.run_for(10 * SECOND), RunOutcome::Quiescent);
}

// B34 B38
#[test]
fn crashes_at_any_moment_leave_a_world_that_goes_on() {
    for seed in 0..100 {
        let lab = Lab::new(seed);
        for (node, peer) in [(lab.a, b()), (lab.b, a())] {
            lab.world.set_boot(
                node,
                Rc::new(move |ctx| {
                    Box::pin(async move {
                        ctx.trap_exit(true);
                        ctx.register(atom!("boot"), ctx.pid())?;
                        loop {
                            let options = SpawnOptions::new("child").link().monitor();
                            ctx.spawn_on(peer, options, idle).await;
                            ctx.monitor((atom!("boot"), peer));
                            ctx.send((atom!("boot"), peer), 1);
                            all(&ctx, MS).await;
                        }
                    })
                }),
            );
        }
        for step in 0..60u64 {
            let node = if step % 3 == 0 { lab.a } else { lab.b };
            match (seed + step) % 5 {
                0 => drop(lab.world.crash_node(node)),
                1 | 2 => drop(lab.world.start_node(node)),
                3 => lab.world.pause_node(node),
                _ => lab.world.resume_node(node),
            }
            if step == 30 {
                let groups = [vec![lab.a], vec![lab.b]];
                if seed % 2 == 0 {
                    lab.world.partition_one_way(&groups);
                } else {
                    lab.world.partition(&groups);
                }
            }
            lab.pass(MS * u32::try_from((seed * 7 + step * 13) % 40).unwrap());
        }
        lab.world.heal_all();
        for node in [lab.a, lab.b] {
            lab.world.crash_node(node);
        }
        lab.pass(1_000 * SECOND);
        assert_eq!(lab.world.process_count(), 0, "seed {seed}");
    }
}
