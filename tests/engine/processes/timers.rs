//! Timers: whom they reach, and how they are taken away.

use std::time::Duration;

use nodedown::term::Term;
use nodedown::{atom, tuple};

use crate::probes::{Lab, MS, SECOND, all, idle};

// A55
#[test]
fn a_timer_brings_its_message_when_it_expires() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        ctx.register(atom!("me"), ctx.pid())?;
        let begin = ctx.now();
        let timer = ctx.start_timer(3 * SECOND, ctx.pid(), 3);
        ctx.send_after(2 * SECOND, atom!("me"), 2);
        ctx.send_after(Duration::ZERO, ctx.pid(), 0);
        for (expected, at) in
            [(Term::from(0), 0), (Term::from(2), 2), (tuple![atom!("timeout"), timer, 3], 3)]
        {
            assert_eq!(ctx.receive().await, expected);
            assert_eq!(ctx.now().since(begin), at * SECOND);
        }
        Ok(())
    });
}

// A55 A58
#[test]
fn a_name_is_looked_up_when_the_timer_expires() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        ctx.send_after(SECOND, atom!("late"), 1);
        ctx.send_after(SECOND, atom!("nobody"), 2);
        let dead = ctx.spawn("dead", |_| async { Ok(()) });
        ctx.send_after(SECOND, dead, 3);
        ctx.register(atom!("late"), ctx.pid())?;
        assert_eq!(all(&ctx, 2 * SECOND).await, [Term::from(1)]);
        Ok(())
    });
}

// A55
#[test]
fn a_timer_for_a_process_of_another_node_is_an_error_of_its_process() {
    let lab = Lab::new(1);
    let (sink, inbox) = lab.sink(lab.b, "sink");
    let pid = lab.world.spawn(lab.a, "setter", move |ctx| async move {
        ctx.send_after(MS, sink, 1);
        Ok(())
    });
    lab.pass(SECOND);
    assert!(lab.exit_reason(pid).unwrap().to_string().contains("which is on another node"));
    assert_eq!(inbox.take(), []);
}

// A56
#[test]
fn cancelling_tells_the_time_that_was_left() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        let timer = ctx.send_after(5 * SECOND, ctx.pid(), 1);
        ctx.sleep(2 * SECOND).await;
        assert_eq!(ctx.read_timer(timer), Some(3 * SECOND));
        assert_eq!(ctx.cancel_timer(timer), Some(3 * SECOND));
        assert_eq!(ctx.cancel_timer(timer), None, "cancelled");
        assert_eq!(ctx.cancel_timer(ctx.make_ref()), None, "unknown");
        let fired = ctx.send_after(SECOND, ctx.pid(), 2);
        ctx.sleep(2 * SECOND).await;
        assert_eq!((ctx.read_timer(fired), ctx.cancel_timer(fired)), (None, None));
        assert_eq!(all(&ctx, 9 * SECOND).await, [Term::from(2)], "it stays in the mailbox");
        Ok(())
    });
}

// A56
#[test]
fn any_process_of_the_node_may_cancel_and_no_other() {
    let lab = Lab::new(1);
    let (far, far_inbox) = lab.sink(lab.b, "far");
    lab.run(lab.a, move |ctx| async move {
        for (on, left) in [("b@two", None), ("a@one", Some(4_000))] {
            let timer = ctx.send_after(5 * SECOND, ctx.pid(), 1);
            let me = ctx.pid();
            let options = nodedown::runtime::SpawnOptions::new("other");
            ctx.sleep(990 * MS).await;
            ctx.spawn_on(nodedown::term::Atom::new(on), options, move |other| async move {
                other.sleep(10 * MS).await;
                let left = other.cancel_timer(timer).map(|left| left.as_secs());
                other.send(me, left.map(i64::try_from).transpose()?.unwrap_or(-1));
                Ok(())
            })
            .await;
            let expected = left.map_or(-1, |_: i32| 4);
            assert_eq!(ctx.receive().await, Term::from(expected.min(4)), "{on}");
            ctx.cancel_timer(timer);
        }
        ctx.exit_signal(far, atom!("kill"));
        Ok(())
    });
    assert_eq!(far_inbox.take(), []);
}

// A58
#[test]
fn a_timer_survives_its_maker_and_ends_with_the_process_that_it_is_for() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        let me = ctx.pid();
        ctx.spawn("maker", move |maker| async move {
            maker.send_after(SECOND, me, 1);
            Ok(())
        });
        let child = ctx.spawn("child", idle);
        ctx.register(atom!("child"), child)?;
        let by_pid = ctx.send_after(SECOND, child, 2);
        let by_name = ctx.send_after(SECOND, atom!("child"), 3);
        ctx.exit_signal(child, atom!("kill"));
        ctx.sleep(MS).await;
        assert_eq!(ctx.cancel_timer(by_pid), None);
        assert_eq!(ctx.cancel_timer(by_name), Some(999 * MS));
        assert_eq!(all(&ctx, 2 * SECOND).await, [Term::from(1)]);
        Ok(())
    });
}

// A59
#[test]
fn timers_expire_in_the_order_of_their_time_and_then_of_their_making() {
    for seed in 0..60 {
        let lab = Lab::new(seed);
        lab.run(lab.a, |ctx| async move {
            for (after, n) in [(2, 3), (1, 1), (3, 5), (2, 4), (1, 2)] {
                ctx.send_after(after * SECOND, ctx.pid(), n);
            }
            let expected: Vec<Term> = (1..=5).map(Term::from).collect();
            assert_eq!(all(&ctx, 5 * SECOND).await, expected);
            Ok(())
        });
    }
}

#[test]
fn a_timer_ends_with_its_node_and_goes_by_its_clock() {
    let lab = Lab::new(1);
    lab.world.set_clock_drift(lab.a, 1_000_000);
    lab.run(lab.a, |ctx| async move {
        let begin = ctx.now();
        let timer = ctx.send_after(10 * SECOND, ctx.pid(), 1);
        ctx.sleep(SECOND).await;
        assert_eq!(ctx.now().since(begin), SECOND / 2, "a clock that runs at twice the speed");
        assert_eq!(ctx.read_timer(timer), Some(9 * SECOND));
        Ok(())
    });
    lab.world.crash_node(lab.a);
    lab.world.start_node(lab.a);
    assert_eq!(lab.world.run_for(100 * SECOND), nodedown::runtime::RunOutcome::Quiescent);
    assert_eq!(lab.world.process_count(), 0);
}
