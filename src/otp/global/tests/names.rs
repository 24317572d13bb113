//! Names, as long as nobody is at odds.

use std::time::Duration;

use super::super::{
    Resolver, call, re_register_name, register_name, registered_names, send, set_lock, sync,
    unregister_name, whereis_name, wire,
};
use super::{Cluster, down, name, whereis_on};
use crate::engine::runtime::NodeMonitor;
use crate::engine::term::{Atom, Term};
use crate::engine::trace::{Fact, GlobalFact};
use crate::{atom, list, tuple};

// G1, G2
#[test]
fn a_name_has_one_owner_and_a_process_one_name() {
    let cluster = Cluster::connected(1, 3, |_| {});
    let [p, q, r] = [cluster.subject(1), cluster.subject(1), cluster.subject(2)];
    let (p_pid, q_pid, r_pid) = (p.pid, q.pid, r.pid);
    let answers = cluster.on(1, async move |ctx| {
        vec![
            register_name(&ctx, atom!("one"), p_pid).await,
            register_name(&ctx, atom!("one"), p_pid).await,
            register_name(&ctx, atom!("one"), q_pid).await,
            register_name(&ctx, atom!("two"), p_pid).await,
            register_name(&ctx, tuple![atom!("any"), "term"], q_pid).await,
            register_name(&ctx, atom!("remote"), r_pid).await,
        ]
    });
    assert_eq!(answers, [true, false, false, false, true, true]);
    assert!(
        cluster
            .logged()
            .iter()
            .any(|text| text.ends_with("registered under several names: [two,one]"))
    );
    for number in 1..=3 {
        let names = cluster.on(number, async |ctx| Term::from(registered_names(&ctx)));
        assert_eq!(names.to_string(), r#"[one,remote,{any,<<"term">>}]"#, "n{number}");
        assert_eq!(cluster.owner(number, "remote"), Some(2), "n{number}");
    }
}

// G1
#[test]
fn a_dead_process_gets_a_name_and_loses_it_at_once() {
    let cluster = Cluster::connected(1, 2, |_| {});
    let dead = cluster.on(1, async |ctx| ctx.pid());
    let registered = cluster.on(1, async move |ctx| register_name(&ctx, atom!("late"), dead).await);
    assert!(registered);
    cluster.wait(Duration::from_millis(50));
    assert_eq!((cluster.owner(1, "late"), cluster.owner(2, "late")), (None, None));
}

// G2
#[test]
fn names_are_moved_sent_to_and_given_up() {
    let cluster = Cluster::connected(1, 2, |_| {});
    let (p, q) = (cluster.subject(1), cluster.subject(2));
    let (p_pid, q_pid) = (p.pid, q.pid);
    cluster.on(1, async move |ctx| {
        assert!(register_name(&ctx, atom!("svc"), p_pid).await);
        assert_eq!(send(&ctx, atom!("svc"), 1).unwrap(), p_pid);
        assert!(re_register_name(&ctx, atom!("svc"), q_pid).await);
        assert_eq!(send(&ctx, atom!("svc"), 2).unwrap(), q_pid);
        unregister_name(&ctx, atom!("svc")).await;
        unregister_name(&ctx, atom!("svc")).await;
        let missing = send(&ctx, atom!("svc"), 3).unwrap_err();
        assert_eq!(missing.to_string(), "exception exit: {badarg,{svc,3}}");
        assert!(register_name(&ctx, atom!("again"), p_pid).await, "it has no name any more");
    });
    cluster.wait(Duration::from_millis(10));
    assert_eq!((p.mailbox().as_str(), q.mailbox().as_str()), ("[1]", "[2]"));
    assert_eq!(cluster.owner(2, "svc"), None);
}

// G3
#[test]
fn a_name_is_seen_on_every_node_as_soon_as_it_is_registered() {
    let cluster = Cluster::connected(1, 3, |_| {});
    cluster.on(1, async |ctx| {
        for number in 0..100 {
            let of = tuple![atom!("t"), number];
            let pid = ctx.spawn("owner", |ctx| async move {
                ctx.receive().await;
                Ok(())
            });
            assert!(register_name(&ctx, of.clone(), pid).await);
            for peer in [2, 3] {
                let there = whereis_on(&ctx, name(peer), of.clone()).await;
                assert_eq!(there, Some(pid), "{of} on n{peer}");
            }
        }
    });
}

// G3
#[test]
fn of_two_registrations_at_once_one_gets_the_name() {
    let mut winners = [0, 0];
    for seed in 0..20 {
        let cluster = Cluster::connected(seed, 3, |_| {});
        let register = |number| {
            let pid = cluster.subject(number).pid;
            cluster.begin(number, async move |ctx| register_name(&ctx, atom!("same"), pid).await)
        };
        let answers = [register(1), register(2)];
        cluster.wait(Duration::from_secs(30));
        let answers = answers.map(|answer| answer.take().expect("both have their answers"));
        assert!(answers[0] != answers[1], "seed {seed}: {answers:?}");
        let winner = usize::from(answers[1]);
        winners[winner] += 1;
        for number in 1..=3 {
            assert_eq!(cluster.owner(number, "same"), Some(winner + 1), "seed {seed}");
        }
    }
    assert!(winners[0] > 0 && winners[1] > 0, "the seed decides: {winners:?}");
}

// G5
#[test]
fn a_name_dies_with_its_owner() {
    let cluster = Cluster::connected(1, 3, |_| {});
    cluster.on(1, async |ctx| {
        for _ in 0..30 {
            let (pid, monitor) = ctx.spawn_monitor("owner", |ctx| async move {
                ctx.receive().await;
                Ok(())
            });
            assert!(register_name(&ctx, atom!("dier"), pid).await);
            ctx.exit_signal(pid, atom!("kill"));
            down(&ctx, monitor).await;
            assert_eq!(whereis_name(&ctx, &Term::atom("dier")), None, "gone at once here");
            ctx.sleep(Duration::from_millis(2)).await;
            assert_eq!(whereis_on(&ctx, name(2), Term::atom("dier")).await, None);
        }
    });
}

// G6
#[test]
fn a_name_is_gone_when_its_node_is_seen_to_be_down() {
    for seed in 0..10 {
        let cluster = Cluster::connected(seed, 3, |_| {});
        let pid = cluster.subject(2).pid;
        assert!(cluster.on(2, async move |ctx| register_name(&ctx, atom!("nb"), pid).await));
        assert_eq!(cluster.owner(1, "nb"), Some(2));
        let seen = cluster.begin(1, async |ctx| {
            ctx.monitor_nodes(NodeMonitor { on: true, ..NodeMonitor::default() });
            ctx.receive_where(|message| message.tagged("nodedown").is_some()).await;
            whereis_name(&ctx, &Term::atom("nb"))
        });
        cluster.wait(Duration::from_millis(10));
        cluster.world.crash_node(cluster.node(2));
        cluster.wait(Duration::from_secs(1));
        assert_eq!(seen.take(), Some(None), "seed {seed}");
        assert_eq!((cluster.owner(1, "nb"), cluster.owner(3, "nb")), (None, None));
    }
}

// G4, G7
#[test]
fn a_silent_node_blocks_registrations_until_it_answers() {
    let cluster = Cluster::connected(1, 3, |config| config.net_ticktime = Duration::from_mins(1));
    let pid = cluster.subject(1).pid;
    cluster.world.pause_node(cluster.node(2));
    let answer =
        cluster.begin(1, async move |ctx| register_name(&ctx, atom!("blocked"), pid).await);
    cluster.wait(Duration::from_secs(3));
    assert!(answer.borrow().is_none(), "still blocked after 3 s");
    assert_eq!(cluster.owner(1, "blocked"), None, "reading does not block");
    cluster.world.resume_node(cluster.node(2));
    cluster.wait(Duration::from_secs(1));
    assert_eq!(answer.take(), Some(true));
    assert_eq!(cluster.owner(2, "blocked"), Some(1));
}

// G7
#[test]
fn a_registration_outlasts_the_detection_and_the_attempts_to_connect() {
    // The silent node is the boss of the two: it is asked for the lock, for all locks, to
    // register, and to free the lock.
    let cluster = Cluster::connected(1, 2, |_| {});
    let pid = cluster.subject(1).pid;
    let before = cluster.world.now();
    cluster.world.pause_node(cluster.node(2));
    assert!(cluster.on(1, async move |ctx| register_name(&ctx, atom!("slow"), pid).await));
    let took = cluster.world.now().since(before).as_secs_f64();
    assert!((23.5..27.0).contains(&took), "{took} s: detection and three attempts of 7 s");
}

// G8
#[test]
fn a_newcomer_learns_the_names_a_moment_later_and_sync_waits_for_it() {
    let cluster = Cluster::strangers(1, 3, |_| {});
    cluster.ping(1, 2);
    cluster.wait(Duration::from_secs(3));
    let pid = cluster.subject(1).pid;
    assert!(cluster.on(1, async move |ctx| register_name(&ctx, atom!("early"), pid).await));
    let (at_once, after_sync, took, nodes) = cluster.on(3, async |ctx| {
        let early = Term::atom("early");
        assert!(ctx.ping(name(2)).await);
        let (at_once, before) = (whereis_name(&ctx, &early), ctx.now());
        sync(&ctx).await;
        (at_once, whereis_name(&ctx, &early), ctx.now().since(before), ctx.nodes())
    });
    assert_eq!((at_once, after_sync), (None, Some(pid)));
    assert!(took.as_millis() >= 100 && took.as_millis() <= 1500, "{took:?}");
    assert!(nodes.contains(&name(2)));
}

// G3: what was sent under a lock that is no longer held counts for nothing.
#[test]
fn a_name_is_entered_only_under_the_lock_of_all_names() {
    let cluster = Cluster::connected(1, 2, |_| {});
    let owner = cluster.subject(1).pid;
    let names = cluster.on(1, async move |ctx| {
        let names = || registered_names(&ctx).into_iter().map(|name| name.to_string()).collect();
        let mut seen: Vec<Vec<String>> = Vec::new();
        let method = Term::from(Resolver::default());
        let register = |name| tuple![atom!("register"), Atom::new(name), owner, method.clone()];
        let insert = |name, lock: &str| {
            let claim = tuple![Atom::new(name), owner, method.clone()];
            let operations = list![tuple![atom!("insert"), claim]];
            wire::cast(
                &ctx,
                ctx.node(),
                tuple![atom!("new_nodes"), operations, list![], Atom::new(lock)],
            );
        };
        let (holder, monitor) = ctx.spawn_monitor("holder", |ctx| async move {
            assert!(set_lock(&ctx, atom!("global"), atom!("theirs"), None, Some(0)).await);
            ctx.receive().await;
            Ok(())
        });
        ctx.sleep(Duration::from_millis(50)).await;
        call::call(&ctx, &register("not_a_holder")).await;
        insert("wrong_lock", "mine");
        ctx.sleep(Duration::from_millis(50)).await;
        seen.push(names());
        insert("right_lock", "theirs");
        ctx.sleep(Duration::from_millis(50)).await;
        seen.push(names());
        ctx.exit_signal(holder, atom!("kill"));
        down(&ctx, monitor).await;
        ctx.sleep(Duration::from_millis(50)).await;
        call::call(&ctx, &register("holder_is_dead")).await;
        seen.push(names());
        seen
    });
    assert_eq!(names, [vec![], vec!["right_lock"], vec!["right_lock"]]);
}

// G6: what a trace tells.
#[test]
fn each_node_says_what_its_table_has() {
    let cluster = Cluster::connected(1, 2, |_| {});
    let pid = cluster.subject(1).pid;
    cluster.on(1, async move |ctx| {
        register_name(&ctx, atom!("told"), pid).await;
        unregister_name(&ctx, atom!("told")).await;
    });
    let told = |number: usize| {
        let trace = cluster.world.trace();
        let facts = trace.records().iter().filter(|record| record.node == Some(name(number)));
        let facts = facts.filter_map(|record| match &record.fact {
            Fact::Global(GlobalFact::Registered { name, pid }) => Some(format!("{name} {pid}")),
            Fact::Global(GlobalFact::Unregistered { name }) => Some(format!("{name}")),
            _ => None,
        });
        facts.collect::<Vec<_>>()
    };
    let expected = [format!("told {pid}"), "told".to_owned()];
    assert_eq!((told(1).as_slice(), told(2).as_slice()), (&expected[..], &expected[..]));
}

// B16
#[test]
fn hidden_nodes_share_no_names() {
    let cluster = Cluster::strangers(1, 3, |config| config.hidden = config.name == name(3));
    cluster.ping(1, 2);
    cluster.ping(3, 1);
    cluster.wait(Duration::from_secs(5));
    let pid = cluster.subject(1).pid;
    assert!(cluster.on(1, async move |ctx| register_name(&ctx, atom!("visible"), pid).await));
    assert_eq!(cluster.owner(2, "visible"), Some(1));
    assert_eq!(cluster.owner(3, "visible"), None);
    let hidden = cluster.on(2, async |ctx| ctx.nodes_connected());
    assert!(!hidden.contains(&name(3)), "no transitive connection to a hidden node");
}
