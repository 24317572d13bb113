//! How connections come up, and what happens when they do not.

use std::time::Duration;

use nodedown::atom;
use nodedown::network::{Delay, PathConfig};
use nodedown::runtime::{AutoConnect, Context, NodeMonitor, NodeTypes, SpawnOptions};
use nodedown::term::{Atom, Pid, Term};
use nodedown::trace::{ConnectionFact, Fact};
use nodedown::tuple;

use crate::nodes::losses;
use crate::probes::{Lab, MS, SECOND, a, all, b, down, idle};

// B1
#[test]
fn a_ping_tells_whether_there_is_a_connection_now() {
    let lab = Lab::new(1);
    lab.world.crash_node(lab.c);
    lab.run(lab.a, |ctx| async move {
        for (node, expected) in
            [("a@one", true), ("b@two", true), ("c@three", false), ("x@nohost", false)]
        {
            let node = Atom::new(node);
            assert_eq!(ctx.ping(node).await, expected, "{node}");
            assert_eq!(ctx.connect_node(node).await, expected, "{node}");
        }
        assert_eq!(ctx.nodes(), [b()]);
        Ok(())
    });
}

/// Uses a process of another node in some way.
async fn touch(ctx: &Context, how: usize, pid: Pid) {
    match how {
        0 => ctx.send(pid, 1),
        1 => ctx.send((atom!("name"), pid.node()), 1),
        2 => ctx.link(pid).unwrap(),
        3 => drop(ctx.monitor(pid)),
        4 => drop(ctx.spawn_on(pid.node(), SpawnOptions::new("child"), idle).await),
        5 => ctx.monitor_node(pid.node(), true),
        6 => ctx.exit_signal(pid, atom!("normal")),
        7 => drop(ctx.monitor((atom!("name"), pid.node()))),
        _ => drop(ctx.ping(pid.node()).await),
    }
}

// B2
#[test]
fn any_use_of_another_node_connects_to_it() {
    for how in 0..9 {
        let lab = Lab::new(1);
        let far = lab.idler(lab.b);
        lab.run(lab.a, move |ctx| async move {
            ctx.trap_exit(true);
            touch(&ctx, how, far).await;
            ctx.sleep(SECOND).await;
            assert_eq!(ctx.nodes(), [b()], "{how}");
            Ok(())
        });
        lab.run(lab.b, |ctx| async move {
            assert_eq!(ctx.nodes(), [a()]);
            Ok(())
        });
    }
}

// B4
#[test]
fn an_attempt_fails_at_once_where_nobody_is_and_after_the_setup_time_in_silence() {
    let at_once = Duration::ZERO..20 * MS;
    let in_time = 7 * SECOND..7 * SECOND + MS;
    for (how, expected) in [
        ("the node is down", at_once.clone()),
        ("no such node", at_once),
        ("paused", in_time.clone()),
        ("cut", in_time.clone()),
        ("cut on the way there", in_time.clone()),
        ("cut on the way back", in_time.clone()),
        ("without power", in_time),
    ] {
        let lab = Lab::new(1);
        let mut node = b();
        match how {
            "the node is down" => drop(lab.world.crash_node(lab.b)),
            "no such node" => node = Atom::new("x@nohost"),
            "paused" => lab.world.pause_node(lab.b),
            "cut" => {
                lab.world.partition(&[vec![lab.a], vec![lab.b]]);
            }
            "cut on the way there" => {
                lab.world.partition_one_way(&[vec![lab.a], vec![lab.b]]);
            }
            "cut on the way back" => {
                lab.world.partition_one_way(&[vec![lab.b], vec![lab.a]]);
            }
            _ => lab.world.crash_host(lab.world.host_id(atom!("two")).unwrap()),
        }
        lab.run(lab.a, move |ctx| async move {
            let begin = ctx.now();
            assert!(!ctx.ping(node).await, "{how}");
            let took = ctx.now().since(begin);
            assert!(expected.contains(&took), "{how}: {took:?}");
            Ok(())
        });
    }
}

// B4
#[test]
fn a_second_user_joins_the_pending_attempt() {
    let lab = Lab::new(1);
    lab.world.pause_node(lab.b);
    lab.run(lab.a, |ctx| async move {
        let begin = ctx.now();
        ctx.connect_async(b());
        ctx.sleep(3 * SECOND).await;
        let monitor = ctx.monitor((atom!("name"), b()));
        assert!(!ctx.ping(b()).await);
        assert_eq!(ctx.now().since(begin), 7 * SECOND);
        let expected = down(monitor, tuple![atom!("name"), b()], "noconnection");
        assert_eq!(all(&ctx, MS).await, [expected]);
        Ok(())
    });
}

// B4
#[test]
fn whoever_waits_for_a_failed_attempt_is_not_held_up_by_the_next_one() {
    for seed in 0..40 {
        let lab = Lab::new(seed);
        lab.world.pause_node(lab.b);
        lab.run(lab.a, |ctx| async move {
            let me = ctx.pid();
            for _ in 0..3 {
                ctx.spawn("impatient", move |ctx| async move {
                    let begin = ctx.now();
                    ctx.ping(b()).await;
                    ctx.send(me, i64::try_from(ctx.now().since(begin).as_secs())?);
                    ctx.send((atom!("name"), b()), 1);
                    Ok(())
                });
            }
            assert_eq!(all(&ctx, 8 * SECOND).await, [Term::from(7), 7.into(), 7.into()]);
            Ok(())
        });
    }
}

// B5
#[test]
fn a_node_that_wakes_up_in_time_takes_what_was_sent_to_it_in_order() {
    for (asleep, expected) in [(3 * SECOND, vec![1, 2, 3]), (8 * SECOND, vec![])] {
        let lab = Lab::new(1);
        let (_, inbox) = lab.sink(lab.b, "sink");
        lab.pass(MS);
        lab.world.pause_node(lab.b);
        lab.world.spawn(lab.a, "sender", |ctx| async move {
            for n in 1..=3 {
                ctx.send((atom!("sink"), b()), n);
                ctx.sleep(SECOND / 2).await;
            }
            Ok(())
        });
        lab.pass(asleep);
        lab.world.resume_node(lab.b);
        lab.pass(SECOND);
        assert_eq!(inbox.take_integers(), expected);
        assert_eq!(losses(&lab), []);
        lab.connect(lab.a, b());
        assert_eq!(losses(&lab), []);
    }
}

// B5: with the greater name a node is still busy with the attempt that was given up.
#[test]
fn a_node_that_wakes_up_to_a_second_attempt_takes_it_unless_its_name_is_the_greater_one() {
    for (sleeper_is_greater, expected) in [(true, vec![]), (false, vec![2])] {
        let lab = Lab::new(1);
        let (sender, sleeper) = if sleeper_is_greater { (lab.a, lab.b) } else { (lab.b, lab.a) };
        let to = if sleeper_is_greater { b() } else { a() };
        let (_, inbox) = lab.sink(sleeper, "sink");
        lab.pass(MS);
        lab.world.pause_node(sleeper);
        lab.world.spawn(sender, "sender", move |ctx| async move {
            ctx.send((atom!("sink"), to), 1);
            ctx.sleep(8 * SECOND).await;
            ctx.send((atom!("sink"), to), 2);
            ctx.sleep(4 * SECOND).await;
            ctx.send((atom!("sink"), to), 3);
            Ok(())
        });
        lab.pass(9 * SECOND);
        lab.world.resume_node(sleeper);
        lab.pass(SECOND);
        assert_eq!(inbox.take_integers(), expected);
        lab.pass(3 * SECOND);
        assert_eq!(inbox.take_integers(), [3]);
    }
}

// B6
#[test]
fn a_failed_attempt_is_no_news_for_subscribers() {
    let lab = Lab::new(1);
    lab.world.crash_node(lab.b);
    lab.run(lab.a, |ctx| async move {
        ctx.monitor_nodes(NodeMonitor {
            node_type: Some(NodeTypes::All),
            ..NodeMonitor::default()
        });
        assert!(!ctx.ping(b()).await);
        assert_eq!(all(&ctx, SECOND).await, []);
        ctx.monitor_node(b(), true);
        assert_eq!(all(&ctx, SECOND).await, [tuple![atom!("nodedown"), b()]]);
        Ok(())
    });
}

// B7
#[test]
fn of_two_simultaneous_attempts_one_connection_results() {
    for seed in 0..200 {
        let lab = Lab::new(seed);
        let [one, two] = ["one", "two"].map(|name| lab.world.host_id(Atom::new(name)).unwrap());
        let latency = Delay::Uniform(MS / 10, 10 * MS);
        let path = PathConfig { latency, ..PathConfig::constant(MS) };
        lab.world.set_path(one, two, Some(path.clone()));
        lab.world.set_path(two, one, Some(path));
        let (_, at_a) = lab.sink(lab.a, "sink");
        let (_, at_b) = lab.sink(lab.b, "sink");
        lab.pass(MS);
        for (node, peer) in [(lab.a, b()), (lab.b, a())] {
            lab.world.spawn(node, "sender", move |ctx| async move {
                let jitter = ctx.with_rng(|rng| rand::Rng::next_u32(rng) % 2_000);
                ctx.sleep(Duration::from_micros(jitter.into())).await;
                for n in 0..10 {
                    ctx.send((atom!("sink"), peer), n);
                    ctx.sleep(MS).await;
                }
                Ok(())
            });
        }
        lab.pass(10 * SECOND);
        for inbox in [at_a, at_b] {
            assert_eq!(inbox.take_integers(), (0..10).collect::<Vec<i64>>(), "seed {seed}");
        }
        let trace = lab.world.trace();
        let is_up = |fact: &Fact| matches!(fact, Fact::Connection(ConnectionFact::Up { .. }));
        let ups = trace.records().iter().filter(|record| is_up(&record.fact)).count();
        assert_eq!(ups, 2, "seed {seed}");
        assert_eq!(losses(&lab), [], "seed {seed}");
    }
}

// B8
#[test]
fn without_automatic_connections_only_an_explicit_one_comes_up() {
    let lab = Lab::with(1, |config| {
        if config.name == a() {
            config.auto_connect = AutoConnect::Never;
        }
    });
    let (_, inbox) = lab.sink(lab.b, "sink");
    let refused = |ctx: Context| async move {
        let begin = ctx.now();
        assert!(!ctx.ping(b()).await);
        ctx.send((atom!("sink"), b()), 1);
        let monitor = ctx.monitor((atom!("sink"), b()));
        ctx.monitor_node(b(), true);
        let expected = [
            tuple![atom!("nodedown"), b()],
            down(monitor, tuple![atom!("sink"), b()], "noconnection"),
        ];
        let news = [ctx.receive().await, ctx.receive().await];
        assert!(expected.iter().all(|message| news.contains(message)), "{news:?}");
        let (child, _) = ctx.spawn_on(b(), SpawnOptions::new("child"), idle).await;
        assert_eq!(child.node(), a(), "a placeholder");
        assert_eq!(ctx.now(), begin);
        Ok(())
    };
    lab.run(lab.a, refused);
    lab.run(lab.a, |ctx| async move {
        assert!(ctx.connect_node(b()).await);
        ctx.send((atom!("sink"), b()), 2);
        ctx.sleep(SECOND).await;
        assert!(ctx.disconnect_node(b()));
        Ok(())
    });
    lab.run(lab.a, refused);
    lab.connect(lab.b, a());
    lab.run(lab.a, |ctx| async move {
        ctx.send((atom!("sink"), b()), 3);
        Ok(())
    });
    lab.pass(SECOND);
    assert_eq!(inbox.take_integers(), [2, 3]);
}

// B9
#[test]
fn connecting_once_ends_with_the_first_connection_that_goes_down() {
    let lab = Lab::with(1, |config| {
        if config.name == a() {
            config.auto_connect = AutoConnect::Once;
        }
    });
    let ping = |expected: bool| {
        lab.run(lab.a, move |ctx| async move {
            assert_eq!(ctx.ping(b()).await, expected);
            Ok(())
        });
    };
    lab.world.crash_node(lab.b);
    ping(false);
    lab.world.start_node(lab.b);
    ping(true);
    lab.world.disconnect(lab.a, lab.b);
    ping(false);
    lab.connect(lab.b, a());
    ping(true);
    lab.world.crash_node(lab.b);
    lab.pass(SECOND);
    lab.world.start_node(lab.b);
    ping(false);
    lab.connect(lab.a, b());
    ping(true);
    lab.world.crash_node(lab.a);
    lab.world.start_node(lab.a);
    ping(true);
}

// B16 B17
#[test]
fn a_hidden_node_is_connected_and_not_among_the_nodes() {
    let lab = Lab::with(1, |config| config.hidden = config.name == b());
    for (node, peer) in [(lab.a, b()), (lab.b, a())] {
        lab.run(node, move |ctx| async move {
            assert!(ctx.ping(peer).await);
            assert!(ctx.nodes().is_empty());
            assert_eq!(ctx.nodes_hidden(), [peer]);
            assert_eq!(ctx.nodes_connected(), [peer]);
            assert!(ctx.is_hidden(peer));
            Ok(())
        });
    }
    lab.run(lab.a, |ctx| async move {
        assert!(ctx.ping(Atom::new("c@three")).await);
        assert_eq!(ctx.nodes(), [Atom::new("c@three")]);
        assert_eq!(ctx.nodes_connected(), [b(), Atom::new("c@three")]);
        Ok(())
    });
    lab.world.crash_node(lab.b);
    lab.run(lab.a, |ctx| async move {
        assert_eq!(ctx.nodes_known(), [a(), b(), Atom::new("c@three")]);
        Ok(())
    });
}
