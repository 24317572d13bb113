//! Monitors: what they report, and how they are taken away.

use nodedown::runtime::{MonitorOptions, MonitorTarget};
use nodedown::term::{Atom, Pid, Term};
use nodedown::{atom, tuple};

use crate::probes::{Lab, MS, SECOND, a, all, b, down, idle};

const SEEDS: u64 = 60;

// A39 A42
#[test]
fn each_monitor_reports_the_end_once_in_the_order_of_creation() {
    for (reason, expected) in [("kill", "killed"), ("bye", "bye")] {
        let lab = Lab::new(1);
        let far = lab.idler(lab.b);
        lab.run(lab.a, move |ctx| async move {
            for child in [ctx.spawn("child", idle), far] {
                let one = ctx.monitor(child);
                let other = ctx.monitor(child);
                assert_ne!(one, other);
                ctx.sleep(SECOND).await;
                ctx.exit_signal(child, Atom::new(reason));
                let mut news = all(&ctx, SECOND).await;
                news.sort();
                assert_eq!(news, [down(one, child, expected), down(other, child, expected)]);
            }
            Ok(())
        });
    }
}

// A40 A41
#[test]
fn a_monitor_of_nobody_reports_at_once() {
    let lab = Lab::new(1);
    let lost = lab.idler(lab.b);
    lab.world.exit_process(lost, atom!("kill"));
    let unknown = Atom::new("x@nohost");
    lab.run(lab.a, move |ctx| async move {
        let dead_here = ctx.spawn("dead", |_| async { Ok(()) });
        ctx.sleep(MS).await;
        let name = atom!("nobody");
        let stranger = Pid::new(unknown, 1, 1, 1);
        let table: [(MonitorTarget, Term, &str); 7] = [
            (dead_here.into(), dead_here.into(), "noproc"),
            (lost.into(), lost.into(), "noproc"),
            (name.into(), tuple![name, a()], "noproc"),
            ((name, a()).into(), tuple![name, a()], "noproc"),
            ((name, b()).into(), tuple![name, b()], "noproc"),
            ((name, unknown).into(), tuple![name, unknown], "noconnection"),
            (stranger.into(), stranger.into(), "noconnection"),
        ];
        for (target, object, reason) in table {
            let monitor = ctx.monitor(target);
            assert_eq!(all(&ctx, SECOND).await, [down(monitor, object, reason)]);
        }
        Ok(())
    });
}

// A43
#[test]
fn a_monitor_by_name_stays_with_the_process_that_held_it() {
    for far in [false, true] {
        let lab = Lab::new(1);
        let (old, _) = lab.sink(lab.b, "old");
        let (new, _) = lab.sink(lab.b, "new");
        lab.pass(MS);
        lab.run(if far { lab.a } else { lab.b }, move |ctx| async move {
            let monitor = ctx.monitor((atom!("old"), b()));
            ctx.sleep(SECOND).await;
            ctx.exit_signal(new, atom!("kill"));
            assert_eq!(all(&ctx, SECOND).await, []);
            ctx.exit_signal(old, atom!("kill"));
            let expected = down(monitor, tuple![atom!("old"), b()], "killed");
            assert_eq!(all(&ctx, SECOND).await, [expected]);
            Ok(())
        });
    }
    let lab = Lab::new(1);
    let (old, _) = lab.sink(lab.b, "old");
    let (new, _) = lab.sink(lab.b, "new");
    lab.pass(MS);
    let watching = lab.world.spawn(lab.a, "watching", |ctx| async move {
        ctx.monitor((atom!("old"), b()));
        ctx.receive().await;
        Ok(())
    });
    lab.pass(SECOND);
    lab.run(lab.b, move |ctx| async move {
        ctx.unregister(atom!("new"))?;
        ctx.unregister(atom!("old"))?;
        ctx.register(atom!("old"), new)
    });
    lab.world.exit_process(new, atom!("kill"));
    lab.pass(SECOND);
    assert_eq!(lab.exit_reason(watching), None);
    lab.world.exit_process(old, atom!("kill"));
    lab.pass(SECOND);
    assert_eq!(lab.exit_reason(watching), Some(Term::atom("normal")));
}

// A44
#[test]
fn a_monitor_of_oneself_never_fires() {
    let lab = Lab::new(1);
    let (sink, inbox) = lab.sink(lab.a, "sink");
    lab.world.spawn(lab.a, "self", move |ctx| async move {
        ctx.monitor(ctx.pid());
        ctx.send(sink, ctx.receive().within(SECOND).await.is_none());
        Ok(())
    });
    lab.pass(2 * SECOND);
    assert_eq!(inbox.take(), [Term::from(true)]);
}

// A45 A46
#[test]
fn demonitor_tells_whether_the_monitor_was_active() {
    let lab = Lab::new(1);
    let far = lab.idler(lab.b);
    lab.run(lab.a, move |ctx| async move {
        assert!(!ctx.demonitor(ctx.make_ref()), "unknown");
        for child in [ctx.spawn("child", idle), far] {
            let [one, other, another] = [(); 3].map(|()| ctx.monitor(child));
            let (alien, me) = (ctx.monitor(child), ctx.pid());
            ctx.spawn("thief", move |thief| async move {
                thief.send(me, thief.demonitor(alien));
                Ok(())
            });
            assert_eq!(ctx.receive().await, Term::from(false), "made by another process");
            assert!(ctx.demonitor(one));
            assert!(!ctx.demonitor(one), "twice");
            assert!(ctx.demonitor_flush(alien));
            ctx.exit_signal(child, atom!("bye"));
            ctx.sleep(SECOND).await;
            assert!(!ctx.demonitor(other), "fired");
            assert!(!ctx.demonitor_flush(another), "fired, and its message is removed");
            assert_eq!(all(&ctx, SECOND).await, [down(other, child, "bye")]);
        }
        Ok(())
    });
}

// A45
#[test]
fn no_down_comes_after_a_demonitor() {
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        let (_, _) = lab.sink(lab.b, "server");
        lab.run(lab.a, move |ctx| async move {
            let child = ctx.spawn("child", idle);
            ctx.register(atom!("server"), child)?;
            for on in [a(), b()] {
                for wait in 0..3 {
                    let monitor = ctx.monitor((atom!("server"), on));
                    ctx.sleep(wait * MS).await;
                    let counts = ctx.demonitor(monitor);
                    assert!(counts || on == b(), "while the connection is being made it does not");
                }
                let monitor = ctx.monitor((atom!("server"), on));
                ctx.send((atom!("server"), on), 1);
                ctx.disconnect_node(b());
                for _ in 0..ctx.with_rng(|rng| rand::Rng::next_u32(rng) % 12) {
                    ctx.sleep(MS / 5).await;
                }
                ctx.demonitor(monitor);
                let queued = ctx.mailbox_len();
                assert_eq!(all(&ctx, SECOND).await.len(), queued);
            }
            Ok(())
        });
    }
}

// A45
#[test]
fn a_demonitor_right_behind_its_monitor_leaves_nothing_at_the_server() {
    let lab = Lab::new(1);
    let (server, _) = lab.sink(lab.b, "server");
    lab.connect(lab.a, b());
    lab.run(lab.a, |ctx| async move {
        for _ in 0..10 {
            let monitor = ctx.monitor((atom!("server"), b()));
            ctx.demonitor(monitor);
        }
        Ok(())
    });
    let before = lab.world.traffic().packets;
    lab.pass(SECOND);
    lab.world.exit_process(server, atom!("kill"));
    lab.pass(SECOND);
    assert_eq!(lab.world.traffic().packets, before, "no news of its end are sent");
}

// A47
#[test]
fn a_monitor_may_report_under_another_tag() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        let child = ctx.spawn("child", |_| async { Ok(()) });
        let options =
            MonitorOptions { tag: Some(atom!("gone").into()), ..MonitorOptions::default() };
        let monitor = ctx.monitor_with(child, options);
        let expected = tuple![atom!("gone"), monitor, atom!("process"), child, atom!("normal")];
        assert_eq!(all(&ctx, SECOND).await, [expected]);
        Ok(())
    });
}
