//! Which order signals keep, and which they do not.

use std::collections::BTreeSet;

use nodedown::runtime::{AliasMode, Destination, SpawnOptions};
use nodedown::term::{Atom, Term};
use nodedown::{atom, tuple};

use crate::probes::{Lab, MS, SECOND, a, all, b, down, exit, idle};

const SEEDS: u64 = 60;

// A8 A9
#[test]
fn messages_of_one_sender_keep_their_order_however_they_are_addressed() {
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        for node in [lab.a, lab.b] {
            let (sink, inbox) = lab.sink(lab.b, "sink");
            lab.pass(MS);
            lab.run(node, move |ctx| async move {
                for n in 0..200 {
                    let by_name = ctx.with_rng(|rng| rand::Rng::next_u32(rng).is_multiple_of(2));
                    let name = Destination::from((atom!("sink"), b()));
                    let to = if by_name { name } else { sink.into() };
                    ctx.send(to, n);
                    if n % 7 == 0 {
                        ctx.yield_now().await;
                    }
                }
                Ok(())
            });
            lab.pass(SECOND);
            assert_eq!(inbox.take_integers(), (0..200).collect::<Vec<i64>>(), "seed {seed}");
            lab.world.exit_process(sink, atom!("kill"));
            lab.pass(MS);
        }
    }
}

// A8 A9
#[test]
fn messages_by_alias_and_by_pid_keep_their_order() {
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        let received = lab.run(lab.b, |ctx| async move {
            let (alias, me) = (ctx.alias(AliasMode::ExplicitUnalias), ctx.pid());
            ctx.spawn_on(a(), SpawnOptions::new("far"), move |far| async move {
                for n in 0..100 {
                    let to = if n % 3 == 0 { Destination::from(alias) } else { me.into() };
                    far.send(to, n);
                }
                Ok(())
            })
            .await;
            Ok(all(&ctx, SECOND).await)
        });
        assert_eq!(received, (0..100).map(Term::from).collect::<Vec<Term>>(), "seed {seed}");
    }
}

// A10
#[test]
fn the_messages_of_a_process_come_before_the_news_of_its_end() {
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        for on in [a(), b()] {
            lab.run(lab.a, move |ctx| async move {
                ctx.trap_exit(true);
                let me = ctx.pid();
                let options = SpawnOptions::new("child").link().monitor();
                let child = ctx.spawn_on(on, options, move |child| async move {
                    for n in 0..5 {
                        child.send(me, n);
                    }
                    Ok(())
                });
                let (child, monitor) = child.await;
                let mut expected: Vec<Term> = (0..5).map(Term::from).collect();
                expected.push(exit(child, "normal"));
                expected.push(down(monitor.unwrap(), child, "normal"));
                assert_eq!(all(&ctx, SECOND).await, expected);
                Ok(())
            });
        }
    }
}

// A11
#[test]
fn an_exit_signal_and_a_message_keep_their_order() {
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        let (sink, inbox) = lab.sink(lab.b, "sink");
        for node in [lab.a, lab.b] {
            let sender = lab.run(node, move |ctx| async move {
                ctx.exit_signal(sink, atom!("foo"));
                ctx.send(sink, 1);
                ctx.exit_signal(sink, atom!("bar"));
                Ok(ctx.pid())
            });
            lab.pass(SECOND);
            let expected = [exit(sender, "foo"), Term::from(1), exit(sender, "bar")];
            assert_eq!(inbox.take(), expected, "seed {seed}");
        }
    }
}

/// Runs the same thing with many seeds and counts the different results.
fn results_over_seeds(run: impl Fn(&Lab) -> Vec<Term>) -> BTreeSet<String> {
    (0..SEEDS).map(|seed| format!("{:?}", run(&Lab::new(seed)))).collect()
}

// A12
#[test]
fn two_senders_interleave_in_many_ways() {
    for far in [false, true] {
        let results = results_over_seeds(|lab| {
            let (sink, inbox) = lab.sink(lab.b, "sink");
            for (first, node) in [(0, lab.a), (10, lab.c)] {
                let node = if far { node } else { lab.b };
                lab.world.spawn(node, "sender", move |ctx| async move {
                    for n in first..first + 3 {
                        ctx.send(sink, n);
                        ctx.yield_now().await;
                    }
                    Ok(())
                });
            }
            lab.pass(SECOND);
            inbox.take()
        });
        assert!(results.len() > 3, "far {far}: {results:?}");
    }
}

// A13
#[test]
fn a_message_may_overtake_the_one_that_caused_it() {
    let results = results_over_seeds(|lab| {
        let (sink, inbox) = lab.sink(lab.b, "sink");
        let relay = lab.world.spawn(lab.c, "relay", move |ctx| async move {
            let message = ctx.receive().await;
            ctx.send(sink, message);
            Ok(())
        });
        for node in [lab.a, lab.c] {
            lab.connect(node, b());
        }
        lab.connect(lab.a, Atom::new("c@three"));
        lab.run(lab.a, move |ctx| async move {
            ctx.send(sink, 1);
            ctx.send(relay, 2);
            Ok(())
        });
        lab.pass(SECOND);
        inbox.take()
    });
    assert_eq!(results, BTreeSet::from(["[1, 2]".to_owned(), "[2, 1]".to_owned()]));
}

// A14
#[test]
fn what_is_lost_over_a_reconnect_lies_in_the_middle() {
    let mut lost = 0;
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        let (sink, inbox) = lab.sink(lab.b, "sink");
        lab.connect(lab.a, b());
        lab.run(lab.a, move |ctx| async move {
            for n in 0..200 {
                ctx.send(sink, n);
                ctx.sleep(MS / 4).await;
                if n == 100 {
                    ctx.disconnect_node(b());
                }
            }
            Ok(())
        });
        lab.pass(SECOND);
        let received = inbox.take_integers();
        assert!(received.is_sorted_by(|one, next| one < next), "seed {seed}: {received:?}");
        assert_eq!((received[0], *received.last().unwrap()), (0, 199), "seed {seed}");
        let gaps = received.windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
        assert!(gaps <= 1, "seed {seed}: {received:?}");
        lost += 200 - received.len();
    }
    assert!(lost > 0);
}

// A15
#[test]
fn a_kill_does_not_wait_for_the_mailbox() {
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        let (sink, inbox) = lab.sink(lab.a, "sink");
        lab.pass(MS);
        lab.run(lab.a, move |ctx| async move {
            ctx.send(sink, 1);
            ctx.exit_signal(sink, atom!("kill"));
            Ok(())
        });
        assert_eq!(inbox.take(), []);
        assert_eq!(lab.exit_reason(sink), Some(Term::atom("killed")));
    }
}

// A16
#[test]
fn a_name_is_looked_up_here_at_the_send_and_there_on_arrival() {
    let lab = Lab::new(1);
    let (_, old) = lab.sink(lab.b, "sink");
    lab.connect(lab.a, b());
    lab.run(lab.a, |ctx| async move {
        ctx.send((atom!("sink"), b()), 1);
        Ok(())
    });
    let (_, new) = lab.sink(lab.b, "successor");
    lab.pass(MS);
    lab.run(lab.b, |ctx| async move {
        let [old, new] = [atom!("sink"), atom!("successor")].map(|name| ctx.whereis(name));
        ctx.send_name(atom!("sink"), 2)?;
        ctx.exit_signal(old.unwrap(), atom!("kill"));
        ctx.sleep(MS).await;
        ctx.unregister(atom!("successor"))?;
        ctx.register(atom!("sink"), new.unwrap())?;
        ctx.send_name(atom!("sink"), 3)
    });
    lab.run(lab.a, |ctx| async move {
        ctx.send((atom!("sink"), b()), 4);
        Ok(())
    });
    lab.pass(SECOND);
    assert_eq!(old.take_integers(), [1], "what waited at the old holder is lost");
    assert_eq!(new.take_integers(), [3, 4]);
}

// A37
#[test]
fn observers_of_one_end_learn_of_it_in_any_order() {
    let results = results_over_seeds(|lab| {
        let (sink, inbox) = lab.sink(lab.a, "sink");
        lab.run(lab.a, move |ctx| async move {
            let hub = ctx.spawn("hub", idle);
            for n in 0..4 {
                ctx.spawn("observer", move |observer| async move {
                    observer.trap_exit(true);
                    if n % 2 == 0 {
                        observer.link(hub)?;
                    } else {
                        observer.monitor(hub);
                    }
                    observer.receive().await;
                    observer.send(sink, n);
                    Ok(())
                });
            }
            ctx.sleep(MS).await;
            ctx.exit_signal(hub, atom!("kill"));
            Ok(())
        });
        lab.pass(SECOND);
        inbox.take()
    });
    assert!(results.len() > 6, "{results:?}");
}

// A37
#[test]
fn one_receiver_gets_the_exit_before_the_down() {
    for seed in 0..SEEDS {
        for monitor_first in [false, true] {
            let lab = Lab::new(seed);
            let far = lab.idler(lab.b);
            lab.run(lab.a, move |ctx| async move {
                ctx.trap_exit(true);
                for child in [ctx.spawn("child", idle), far] {
                    let early = monitor_first.then(|| ctx.monitor(child));
                    ctx.link(child)?;
                    let monitor = early.unwrap_or_else(|| ctx.monitor(child));
                    ctx.sleep(SECOND).await;
                    ctx.exit_signal(child, atom!("bye"));
                    let expected = [exit(child, "bye"), down(monitor, child, "bye")];
                    assert_eq!(all(&ctx, SECOND).await, expected);
                }
                Ok(())
            });
        }
    }
}

// A38
#[test]
fn the_ends_of_several_processes_come_in_any_order() {
    let results = results_over_seeds(|lab| {
        lab.run(lab.a, |ctx| async move {
            ctx.trap_exit(true);
            let children: Vec<_> = (0..3).map(|_| ctx.spawn_link("child", idle)).collect();
            for child in &children {
                ctx.exit_signal(*child, atom!("kill"));
            }
            let order = all(&ctx, MS).await.into_iter().map(|message| {
                let pid = message.tagged("EXIT").and_then(|rest| rest[0].as_pid());
                let place = children.iter().position(|child| Some(*child) == pid);
                Term::from(i64::try_from(place.unwrap()).unwrap())
            });
            Ok(order.collect())
        })
    });
    assert_eq!(results.len(), 6, "{results:?}");
}

// A25 A26
#[test]
fn asking_whether_a_process_is_alive_comes_behind_what_was_sent_to_it() {
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        lab.run(lab.a, |ctx| async move {
            let child = ctx.spawn("child", idle);
            ctx.register(atom!("child"), child)?;
            ctx.exit_signal(child, atom!("kill"));
            assert_eq!(ctx.whereis(atom!("child")), Some(child), "exit/2 is asynchronous");
            assert!(!ctx.is_process_alive(child)?);
            assert_eq!(ctx.whereis(atom!("child")), None);
            Ok(())
        });
    }
}

// A48
#[test]
fn the_name_is_free_when_the_end_is_announced() {
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        lab.run(lab.a, |ctx| async move {
            ctx.trap_exit(true);
            let name = atom!("child");
            let child = ctx.spawn_link("child", move |child| async move {
                child.register(name, child.pid())?;
                child.receive().await;
                Ok(())
            });
            ctx.monitor(child);
            ctx.sleep(MS).await;
            ctx.send(child, tuple![]);
            for _ in 0..2 {
                ctx.receive().await;
                assert_eq!(ctx.whereis(name), None);
            }
            Ok(())
        });
    }
}
