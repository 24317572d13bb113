//! What the loss of a node looks like to processes that watch it.

use nodedown::network::NodeId;
use nodedown::runtime::{NodeMonitor, NodeTypes, World};
use nodedown::term::{Atom, Term};
use nodedown::{atom, list, tuple};

use crate::probes::{Lab, MS, SECOND, a, all, b, idle};

/// A subscription with no options.
const PLAIN: NodeMonitor = NodeMonitor {
    on: true,
    node_type: None,
    reason: false,
    connection_id: false,
    info: false,
    map: false,
};

fn nodedown(node: Atom) -> Term {
    tuple![atom!("nodedown"), node]
}

// B18
#[test]
fn one_process_gets_exits_then_downs_then_nodedowns_then_the_subscription() {
    let kind = |message: &Term| match message.as_tuple().unwrap() {
        [_, _, _] => 0,
        [_, _, _, _, _] => 1,
        [_, _] => 2,
        other => panic!("{other:?}"),
    };
    for seed in 0..60 {
        let lab = Lab::new(seed);
        let far = [lab.idler(lab.b), lab.idler(lab.b)];
        lab.run(lab.a, move |ctx| async move {
            ctx.trap_exit(true);
            ctx.monitor_nodes(PLAIN);
            ctx.monitor_node(b(), true);
            for pid in far {
                ctx.monitor(pid);
                ctx.link(pid)?;
            }
            ctx.monitor_node(b(), true);
            ctx.sleep(SECOND).await;
            assert_eq!(ctx.receive().await, tuple![atom!("nodeup"), b()]);
            ctx.disconnect_node(b());
            let news = all(&ctx, SECOND).await;
            assert_eq!(news.iter().map(kind).collect::<Vec<_>>(), [0, 0, 1, 1, 2, 2, 2]);
            Ok(())
        });
        lab.pass(SECOND);
        assert_eq!(lab.world.process_count(), 0, "what was linked is told on the other side");
    }
}

// B18
#[test]
fn both_sides_of_a_link_and_of_a_monitor_are_told() {
    let lab = Lab::new(1);
    let far = lab.idler(lab.b);
    let near = lab.world.spawn(lab.a, "near", move |ctx| async move {
        ctx.link(far)?;
        idle(ctx).await
    });
    lab.pass(SECOND);
    lab.world.disconnect(lab.a, lab.b);
    lab.pass(SECOND);
    for pid in [near, far] {
        assert_eq!(lab.exit_reason(pid), Some(Term::atom("noconnection")));
    }
}

// B19
#[test]
fn monitor_node_counts_and_fires_once() {
    let lab = Lab::new(1);
    lab.connect(lab.a, b());
    lab.run(lab.a, |ctx| async move {
        for on in [true, true, true, false] {
            ctx.monitor_node(b(), on);
        }
        ctx.monitor_node(a(), true);
        for expected in [2, 0] {
            ctx.disconnect_node(b());
            assert_eq!(all(&ctx, SECOND).await, vec![nodedown(b()); expected]);
            assert!(ctx.ping(b()).await);
        }
        Ok(())
    });
}

// B20
#[test]
fn monitor_node_connects_and_reports_the_failure() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        ctx.monitor_node(b(), true);
        assert_eq!(all(&ctx, SECOND).await, []);
        assert_eq!(ctx.nodes(), [b()]);
        ctx.monitor_node(Atom::new("x@nohost"), true);
        assert_eq!(all(&ctx, SECOND).await, [nodedown(Atom::new("x@nohost"))]);
        Ok(())
    });
}

// B21
#[test]
fn each_subscription_gives_a_copy_and_unsubscribing_takes_all_of_its_kind() {
    let lab = Lab::new(1);
    lab.connect(lab.a, b());
    lab.run(lab.a, |ctx| async move {
        let with_reason = NodeMonitor { reason: true, ..PLAIN };
        for options in [PLAIN, PLAIN, with_reason] {
            ctx.monitor_nodes(options);
        }
        assert_eq!(all(&ctx, SECOND).await, [], "nothing for nodes that are connected already");
        ctx.disconnect_node(b());
        let reason = list![tuple![atom!("nodedown_reason"), atom!("disconnect")]];
        let long = tuple![atom!("nodedown"), b(), reason];
        assert_eq!(all(&ctx, SECOND).await, [nodedown(b()), nodedown(b()), long]);
        ctx.monitor_nodes(NodeMonitor { on: false, ..PLAIN });
        assert!(ctx.ping(b()).await);
        assert_eq!(all(&ctx, SECOND).await, [tuple![atom!("nodeup"), b(), list![]]]);
        Ok(())
    });
}

// B22
#[test]
fn the_options_of_a_subscription_say_what_it_reports() {
    let visible = "{node_type,visible}";
    let hidden = "{node_type,hidden}";
    let why = "{nodedown_reason,disconnect}";
    for (options, up, down, hidden_up, hidden_down) in [
        (PLAIN, "{nodeup,N}".to_owned(), "{nodedown,N}".to_owned(), None, None),
        (
            NodeMonitor { info: true, ..PLAIN },
            "{nodeup,N,[]}".to_owned(),
            "{nodedown,N,[]}".to_owned(),
            None,
            None,
        ),
        (
            NodeMonitor { reason: true, ..PLAIN },
            "{nodeup,N,[]}".to_owned(),
            format!("{{nodedown,N,[{why}]}}"),
            None,
            None,
        ),
        (
            NodeMonitor { reason: true, node_type: Some(NodeTypes::All), ..PLAIN },
            format!("{{nodeup,N,[{visible}]}}"),
            format!("{{nodedown,N,[{why},{visible}]}}"),
            Some(format!("{{nodeup,N,[{hidden}]}}")),
            Some(format!("{{nodedown,N,[{why},{hidden}]}}")),
        ),
        (
            NodeMonitor { node_type: Some(NodeTypes::Visible), ..PLAIN },
            format!("{{nodeup,N,[{visible}]}}"),
            format!("{{nodedown,N,[{visible}]}}"),
            None,
            None,
        ),
    ] {
        for is_hidden in [false, true] {
            let lab = Lab::with(1, |config| config.hidden = is_hidden && config.name == b());
            let received = lab.run(lab.a, move |ctx| async move {
                ctx.monitor_nodes(options);
                ctx.ping(b()).await;
                ctx.disconnect_node(b());
                Ok(all(&ctx, SECOND).await)
            });
            let received: Vec<String> =
                received.iter().map(|term| term.to_string().replace("b@two", "N")).collect();
            let received: Vec<String> =
                received.iter().map(|text| text.replace('\'', "")).collect();
            let expected = if is_hidden {
                [hidden_up.clone(), hidden_down.clone()].into_iter().flatten().collect()
            } else {
                vec![up.clone(), down.clone()]
            };
            assert_eq!(received, expected, "{options:?}");
        }
    }
}

/// The way in which the second node is lost to the first.
type Way = fn(&World, NodeId, NodeId);

// B23 B25
#[test]
fn the_reason_tells_how_the_node_was_lost() {
    let table: [(&str, Way, &str, u32); 6] = [
        ("crash", |world, _, b| assert!(world.crash_node(b)), "connection_closed", 1),
        ("stop", |world, _, b| world.stop_node(b), "connection_closed", 1),
        ("peer", |world, a, b| assert!(world.disconnect(b, a)), "connection_closed", 1),
        ("own", |world, a, b| assert!(world.disconnect(a, b)), "disconnect", 1),
        ("pause", |world, _, b| world.pause_node(b), "net_tick_timeout", 75),
        (
            "cut",
            |world, a, b| {
                world.partition(&[vec![a], vec![b]]);
            },
            "net_tick_timeout",
            75,
        ),
    ];
    for (how, lose, expected, within) in table {
        let lab = Lab::new(1);
        let (_, inbox) = lab.sink(lab.a, "sink");
        lab.pass(MS);
        lab.world.spawn(lab.a, "watcher", move |ctx| async move {
            ctx.monitor_nodes(NodeMonitor { reason: true, ..PLAIN });
            ctx.ping(b()).await;
            loop {
                ctx.send_name(atom!("sink"), ctx.receive().await)?;
            }
        });
        lab.pass(SECOND);
        inbox.take();
        lose(&lab.world, lab.a, lab.b);
        lab.pass(within * if within > 1 { SECOND } else { 10 * MS });
        let reason = list![tuple![atom!("nodedown_reason"), Atom::new(expected)]];
        assert_eq!(inbox.take(), [tuple![atom!("nodedown"), b(), reason]], "{how}");
    }
}

// B24
#[test]
fn nodeup_comes_before_all_signals_of_a_connection_and_nodedown_after_them() {
    for seed in 0..100 {
        let lab = Lab::new(seed);
        let (_, inbox) = lab.sink(lab.b, "sink");
        lab.pass(MS);
        lab.world.spawn(lab.b, "watcher", |ctx| async move {
            ctx.monitor_nodes(PLAIN);
            ctx.register(atom!("watcher"), ctx.pid())?;
            loop {
                let message = ctx.receive().await;
                let connected = i64::try_from(ctx.nodes().len())?;
                ctx.send_name(atom!("sink"), tuple![message, connected])?;
            }
        });
        lab.run(lab.a, |ctx| async move {
            for round in 0..3 {
                for n in 0..10 {
                    ctx.send((atom!("watcher"), b()), 10 * round + n);
                }
                ctx.sleep(MS * 20).await;
                ctx.disconnect_node(b());
            }
            Ok(())
        });
        lab.pass(SECOND);
        let mut is_up = false;
        let mut last = -1;
        for entry in inbox.take() {
            let [message, connected] = entry.as_tuple().unwrap() else { panic!("{entry}") };
            if let Some(n) = message.as_integer() {
                assert!(is_up && n > last, "seed {seed}");
                last = n;
            } else {
                let up = message.tagged("nodeup").is_some();
                assert_ne!(up, is_up, "seed {seed}");
                assert_eq!(connected.as_integer(), Some(i64::from(up)), "seed {seed}");
                is_up = up;
            }
        }
        assert!(!is_up && last >= 0, "seed {seed}");
    }
}
