//! How a process ends, and with which reason.

use nodedown::runtime::{Exit, SpawnOptions};
use nodedown::term::{Pid, Term};
use nodedown::{atom, tuple};

use crate::probes::{Lab, MS, SECOND, a, all, b, exit, idle};

/// The exit reason of a process that runs this.
fn fails(how: &str) -> Result<(), Exit> {
    match how {
        "returns" => Ok(()),
        "exits" => Err(Exit::exit(tuple![atom!("why"), 1])),
        "errs" => Err(Exit::error(atom!("oops"))),
        "throws" => Err(Exit::throw(atom!("ball"))),
        "fails" => Err("x".parse::<i64>().unwrap_err().into()),
        _ => panic!("at {how}"),
    }
}

// A19
#[test]
fn the_exit_reason_tells_how_a_process_ended() {
    let lab = Lab::new(1);
    for (how, expected) in [
        ("returns", "normal"),
        ("exits", "{why,1}"),
        ("errs", "{oops,[{nodedown,process,0,["),
        ("throws", "{{nocatch,ball},[{nodedown,process,0,["),
        ("fails", "{<<\"invalid digit found in string\">>,[{nodedown,process,0,["),
        ("panics", "{{panic,<<\"at panics\">>},[{nodedown,process,0,["),
    ] {
        let pid = lab.world.spawn(lab.a, how, move |_| async move { fails(how) });
        lab.pass(MS);
        let reason = lab.exit_reason(pid).unwrap().to_string();
        assert!(reason.starts_with(expected), "{how}: {reason}");
    }
}

// A19
#[test]
fn a_panic_before_the_first_await_ends_the_child_and_not_its_parent() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        for on in [a(), b()] {
            let (child, monitor) = ctx
                .spawn_on(on, SpawnOptions::new("child").monitor(), |_| {
                    assert!(atom!("sun") == atom!("moon"), "no");
                    idle_forever()
                })
                .await;
            let news = ctx.receive().await;
            let news = news.tagged("DOWN").unwrap();
            assert_eq!(news[..3], [monitor.unwrap().into(), Term::atom("process"), child.into()]);
            assert!(news[3].to_string().starts_with("{{panic,<<\"no\">>},"), "{}", news[3]);
        }
        ctx.spawn("child", |_| -> std::future::Ready<Result<(), Exit>> { panic!("no") });
        ctx.sleep(MS).await;
        Ok(())
    });
}

async fn idle_forever() -> Result<(), Exit> {
    std::future::pending().await
}

/// Calls back into the world when it is dropped, and then panics.
struct Clingy(nodedown::runtime::Context, bool);

impl Drop for Clingy {
    fn drop(&mut self) {
        self.0.send(self.0.pid(), 1);
        self.0.spawn("orphan", |_| async { Ok(()) });
        let _ = self.0.register(atom!("late"), self.0.pid());
        self.0.send_after(MS, self.0.pid(), 1);
        self.0.monitor(self.0.pid());
        let _ = self.0.disk_append("file", 1);
        self.0.node_local::<u8>();
        self.0.halt();
        assert!(!self.1, "while it is dropped");
    }
}

#[test]
fn what_a_dead_process_does_while_it_is_dropped_has_no_effect() {
    for panics in [false, true] {
        for ends_with_its_node in [false, true] {
            let lab = Lab::new(1);
            let pid = lab.world.spawn(lab.a, "clingy", move |ctx| async move {
                let _clingy = Clingy(ctx.clone(), panics);
                idle(ctx).await
            });
            lab.pass(MS);
            if ends_with_its_node {
                lab.world.crash_node(lab.a);
                lab.world.start_node(lab.a);
            } else {
                lab.world.exit_process(pid, atom!("kill"));
            }
            lab.pass(SECOND);
            assert!(lab.world.is_up(lab.a));
            assert_eq!(lab.world.process_count(), 0);
        }
    }
    let lab = Lab::new(1);
    lab.world.spawn(lab.a, "clingy", |ctx| async move {
        let _clingy = Clingy(ctx.clone(), false);
        idle(ctx).await
    });
    lab.pass(MS);
    drop(lab);
}

// A21 A22 A23
#[test]
fn exit_2_does_what_its_reason_and_the_trap_say() {
    // The reason, what a process dies of, and what a trapping one dies of.
    let table = [
        ("normal", None, None),
        ("kill", Some("killed"), Some("killed")),
        ("killed", Some("killed"), None),
        ("shutdown", Some("shutdown"), None),
        ("noconnection", Some("noconnection"), None),
        ("foo", Some("foo"), None),
    ];
    for near in [true, false] {
        for (reason, plain, trapping) in table {
            let lab = Lab::new(1);
            let victim = lab.idler(lab.b);
            let (trapper, inbox) = lab.sink(lab.b, "sink");
            lab.pass(MS);
            let sender = lab.run(if near { lab.b } else { lab.a }, move |ctx| async move {
                for pid in [victim, trapper] {
                    ctx.exit_signal(pid, nodedown::term::Atom::new(reason));
                }
                Ok(ctx.pid())
            });
            lab.pass(SECOND);
            assert_eq!(lab.exit_reason(victim), plain.map(Term::atom), "{reason}");
            assert_eq!(lab.exit_reason(trapper), trapping.map(Term::atom), "{reason}");
            let message = trapping.is_none().then(|| exit(sender, reason));
            assert_eq!(inbox.take(), Vec::from_iter(message), "{reason}");
        }
    }
}

// A21
#[test]
fn exit_2_to_a_dead_process_does_nothing() {
    let lab = Lab::new(1);
    let dead = lab.idler(lab.b);
    lab.world.exit_process(dead, atom!("kill"));
    lab.run(lab.a, move |ctx| async move {
        ctx.exit_signal(dead, atom!("foo"));
        ctx.exit_signal(Pid::new(b(), 77, 1, 1), atom!("foo"));
        ctx.exit_signal(Pid::new(nodedown::term::Atom::new("x@y"), 1, 1, 1), atom!("foo"));
        assert_eq!(all(&ctx, SECOND).await, []);
        Ok(())
    });
}

// A24
#[test]
fn exit_2_to_oneself_takes_effect_at_once() {
    for (reason, plain, trapping) in [
        ("normal", Some("normal"), None),
        ("kill", Some("killed"), Some("killed")),
        ("foo", Some("foo"), None),
    ] {
        for trap in [false, true] {
            let lab = Lab::new(1);
            let (sink, inbox) = lab.sink(lab.a, "sink");
            let pid = lab.world.spawn(lab.a, "self", move |ctx| async move {
                ctx.trap_exit(trap);
                ctx.exit_signal(ctx.pid(), nodedown::term::Atom::new(reason));
                ctx.send(sink, 1);
                ctx.send(sink, ctx.receive().await);
                Err(Exit::exit(atom!("end")))
            });
            lab.pass(SECOND);
            let expected = if trap { trapping } else { plain };
            assert_eq!(lab.exit_reason(pid), Some(Term::atom(expected.unwrap_or("end"))));
            let alive = expected.is_none();
            let messages = if alive { vec![Term::from(1), exit(pid, reason)] } else { vec![] };
            assert_eq!(inbox.take(), messages, "{reason}");
        }
    }
}

// A17
#[test]
fn a_process_that_has_ended_itself_does_nothing_more() {
    let lab = Lab::new(1);
    let (_, inbox) = lab.sink(lab.b, "sink");
    lab.world.spawn(lab.a, "self", |ctx| async move {
        ctx.exit_signal(ctx.pid(), atom!("kill"));
        ctx.send((atom!("sink"), b()), 1);
        ctx.register(atom!("ghost"), ctx.pid())?;
        let (child, _) = ctx.spawn_with(SpawnOptions::new("child").link(), idle);
        ctx.link(child)?;
        ctx.spawn_on(b(), SpawnOptions::new("child"), idle).await;
        Ok(())
    });
    lab.pass(SECOND);
    assert_eq!(inbox.take(), []);
    assert_eq!(lab.world.process_count(), 1, "the sink");
}

#[test]
fn processes_that_message_each_other_for_ever_use_up_the_budget() {
    use nodedown::runtime::{NodeConfig, RunOutcome, World, WorldConfig};
    let world = World::new(WorldConfig { event_budget: 10_000, ..WorldConfig::default() });
    let node = world.add_node(NodeConfig::new("a@one", world.add_host("one")));
    world.start_node(node);
    let echo = |ctx: nodedown::runtime::Context| async move {
        loop {
            let peer = ctx.receive().await;
            ctx.send(peer.as_pid().unwrap(), ctx.pid());
        }
    };
    let one = world.spawn(node, "ping", echo);
    let other = world.spawn(node, "pong", echo);
    world.send_to(one, other);
    let outcome = world.run_for(SECOND);
    let RunOutcome::BudgetExhausted { busy } = outcome else { panic!("{outcome:?}") };
    assert_eq!(busy.len(), 1);
    assert_eq!(world.now().as_nanos(), 0);
    assert!(matches!(world.run_for(SECOND), RunOutcome::BudgetExhausted { .. }));
}
