//! What a send tells its caller, and what a receive takes.

use std::time::Duration;

use nodedown::network::PathConfig;
use nodedown::runtime::Destination;
use nodedown::term::{Atom, Term};
use nodedown::{atom, tuple};

use crate::probes::{Lab, MS, SECOND, a, all, b, idle};

// A1 A2 A3 A4
#[test]
fn a_message_to_nobody_vanishes() {
    let lab = Lab::new(1);
    let lost = lab.idler(lab.b);
    lab.world.exit_process(lost, atom!("kill"));
    lab.run(lab.a, move |ctx| async move {
        let dead_here = ctx.spawn("dead", |_| async { Ok(()) });
        ctx.sleep(SECOND).await;
        let alias = ctx.make_ref();
        let targets: [Destination; 7] = [
            dead_here.into(),
            lost.into(),
            (atom!("nobody"), a()).into(),
            (atom!("nobody"), b()).into(),
            (atom!("nobody"), Atom::new("nowhere@nohost")).into(),
            alias.into(),
            ctx.pid().into(),
        ];
        for target in targets {
            ctx.send(target, 1);
        }
        assert_eq!(all(&ctx, SECOND).await, [Term::from(1)]);
        Ok(())
    });
}

// A2
#[test]
fn a_name_of_this_node_that_nobody_holds_is_an_error() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        for name in ["nobody", "undefined"] {
            let error = ctx.send_name(Atom::new(name), 1).unwrap_err();
            assert_eq!(error.reason(), &Term::atom("badarg"));
        }
        ctx.register(atom!("me"), ctx.pid())?;
        ctx.send_name(atom!("me"), 2)?;
        assert_eq!(ctx.receive().await, Term::from(2));
        Ok(())
    });
}

// A5
#[test]
fn a_message_waits_for_the_connection_and_is_lost_if_it_fails() {
    for (up, expected) in [(true, vec![1, 2, 3]), (false, vec![])] {
        let lab = Lab::new(1);
        let (_, inbox) = lab.sink(lab.b, "sink");
        if !up {
            lab.world.partition(&[vec![lab.a], vec![lab.b]]);
        }
        lab.run(lab.a, |ctx| async move {
            let begin = ctx.now();
            for n in 1..=3 {
                ctx.send((atom!("sink"), b()), n);
            }
            assert_eq!(ctx.now(), begin, "a send returns at once");
            assert!(ctx.nodes().is_empty());
            ctx.sleep(8 * SECOND).await;
            Ok(())
        });
        lab.world.heal_all();
        lab.pass(5 * SECOND);
        assert_eq!(inbox.take_integers(), expected);
    }
}

// A6
#[test]
fn noconnect_sends_only_where_a_connection_is_or_is_being_made() {
    let lab = Lab::new(1);
    let (_, inbox) = lab.sink(lab.b, "sink");
    lab.run(lab.a, |ctx| async move {
        let sink = (atom!("sink"), b());
        assert!(!ctx.send_noconnect(sink, 1));
        ctx.connect_async(b());
        assert!(ctx.send_noconnect(sink, 2), "an attempt is pending");
        ctx.sleep(SECOND).await;
        assert!(ctx.send_noconnect(sink, 3));
        assert!(ctx.send_noconnect(ctx.pid(), 4), "here");
        Ok(())
    });
    lab.pass(SECOND);
    assert_eq!(inbox.take_integers(), [2, 3]);
}

// A7
#[test]
fn a_send_over_a_slow_path_does_not_hold_up_the_others() {
    let lab = Lab::new(1);
    let slow = PathConfig { bandwidth: Some(8_000), ..PathConfig::constant(MS) };
    let hosts = ["one", "two"].map(|name| lab.world.host_id(Atom::new(name)).unwrap());
    let (_, inbox) = lab.sink(lab.b, "sink");
    lab.connect(lab.a, b());
    lab.world.set_path(hosts[0], hosts[1], Some(slow));
    lab.run(lab.a, |ctx| async move {
        ctx.send((atom!("sink"), b()), Term::binary(&[0; 5_000]));
        let begin = ctx.now();
        ctx.spawn("other", |_| async { Ok(()) });
        assert_eq!(ctx.now(), begin);
        Ok(())
    });
    lab.pass(4 * SECOND);
    assert_eq!(inbox.take().len(), 0, "five thousand bytes take five seconds");
    lab.pass(2 * SECOND);
    assert_eq!(inbox.take().len(), 1);
}

// A17 A18
#[test]
fn a_receive_takes_the_first_wanted_message_and_leaves_the_others() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        for n in [1, 2, 3, 4] {
            ctx.send(ctx.pid(), n);
        }
        let even = |message: &Term| message.as_integer().is_some_and(|n| n % 2 == 0);
        assert_eq!(ctx.mailbox_len(), 4);
        assert_eq!(ctx.receive_where(even).await, Term::from(2));
        assert_eq!(ctx.receive().await, Term::from(1));
        assert_eq!(ctx.receive_where(even).await, Term::from(4));
        assert_eq!(ctx.receive_where(even).within(SECOND).await, None);
        assert_eq!(ctx.receive().within(SECOND).await, Some(Term::from(3)));
        assert_eq!(ctx.receive().within(Duration::ZERO).await, None, "after 0");
        Ok(())
    });
}

// A18
#[test]
fn after_zero_takes_what_is_there_and_waits_for_nothing() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        ctx.send(ctx.pid(), 1);
        let begin = ctx.now();
        assert_eq!(ctx.receive().within(Duration::ZERO).await, Some(Term::from(1)));
        assert_eq!(ctx.receive().within(Duration::ZERO).await, None);
        assert_eq!(ctx.now(), begin);
        assert_eq!(ctx.receive().within(SECOND).await, None);
        assert_eq!(ctx.now().since(begin), SECOND);
        Ok(())
    });
}

// A18
#[test]
fn a_receive_from_a_mark_passes_over_what_was_there() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        ctx.send(ctx.pid(), 1);
        let mark = ctx.mailbox_mark();
        ctx.send(ctx.pid(), 2);
        assert_eq!(ctx.receive().from_mark(mark).await, Term::from(2));
        assert_eq!(ctx.receive().await, Term::from(1));
        Ok(())
    });
}

// A17
#[test]
fn an_exit_signal_ends_a_process_that_receives_nothing() {
    let lab = Lab::new(1);
    let busy = lab.world.spawn(lab.a, "busy", |ctx| async move {
        ctx.work(100 * SECOND).await;
        Ok(())
    });
    let idle = lab.world.spawn(lab.a, "idle", idle);
    for pid in [busy, idle] {
        lab.world.exit_process(pid, tuple![atom!("bye"), 1]);
    }
    lab.pass(MS);
    for pid in [busy, idle] {
        assert_eq!(lab.exit_reason(pid), Some(tuple![atom!("bye"), 1]));
    }
}
