//! Locks.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::{del_lock, set_lock, trans, trans_on};
use super::{Cluster, down, name};
use crate::atom;
use crate::engine::term::Atom;

// G17, G18
#[test]
fn a_lock_belongs_to_a_requester() {
    let cluster = Cluster::connected(1, 2, |_| {});
    cluster.on(1, async |ctx| {
        let lock = async |requester: &str, retries| {
            set_lock(&ctx, atom!("r"), Atom::new(requester), None, retries).await
        };
        let unlock = async |requester: &str| {
            del_lock(&ctx, atom!("r"), Atom::new(requester), None).await;
        };
        assert!(lock("one", None).await);
        assert!(lock("one", None).await, "the same requester again");
        assert!(!lock("two", Some(0)).await);
        unlock("two").await;
        assert!(!lock("two", Some(0)).await, "two has nothing to give up");
        unlock("one").await;
        assert!(lock("two", Some(0)).await, "locked twice, free after one delete");
        unlock("two").await;
    });
}

// G17
#[test]
fn who_waits_for_a_lock_gets_it_after_random_sleeps() {
    let mut waits = Vec::new();
    for seed in 0..6 {
        let cluster = Cluster::connected(seed, 2, |_| {});
        let waited = cluster.begin(2, async |ctx| {
            ctx.sleep(Duration::from_millis(100)).await;
            let before = ctx.now();
            assert!(set_lock(&ctx, atom!("r"), atom!("two"), None, None).await);
            ctx.now().since(before)
        });
        cluster.on(1, async |ctx| {
            assert!(set_lock(&ctx, atom!("r"), atom!("one"), None, Some(0)).await);
            ctx.sleep(Duration::from_secs(1)).await;
            del_lock(&ctx, atom!("r"), atom!("one"), None).await;
        });
        cluster.wait(Duration::from_secs(10));
        let waited = waited.take().expect("it has the lock by now").as_secs_f64();
        assert!((0.9..5.0).contains(&waited), "seed {seed}: {waited} s");
        waits.push(waited.to_bits());
    }
    waits.dedup();
    assert!(waits.len() > 1, "the sleeps are random");
}

// G17
#[test]
fn tries_end_after_the_retries() {
    let cluster = Cluster::connected(1, 2, |_| {});
    let took = cluster.on(1, async |ctx| {
        assert!(set_lock(&ctx, atom!("r"), atom!("one"), None, Some(0)).await);
        let before = ctx.now();
        assert!(!set_lock(&ctx, atom!("r"), atom!("two"), None, Some(3)).await);
        ctx.now().since(before)
    });
    assert!(took > Duration::ZERO && took <= Duration::from_millis(1800), "{took:?}");
}

// G19
#[test]
fn a_transaction_holds_the_lock_and_gives_it_back() {
    let cluster = Cluster::connected(1, 2, |_| {});
    cluster.on(1, async |ctx| {
        let free = async || set_lock(&ctx, atom!("r"), atom!("other"), None, Some(0)).await;
        let inside = trans(&ctx, (atom!("r"), ctx.pid()), async || free().await).await;
        assert_eq!(inside, Some(false), "held inside");
        let failed: Option<Result<(), &str>> =
            trans(&ctx, (atom!("r"), ctx.pid()), async || Err("inside")).await;
        assert_eq!(failed, Some(Err("inside")), "an error passes through");
        assert!(free().await, "and the lock is released");
        let aborted =
            trans_on(&ctx, (atom!("r"), ctx.pid()), None, Some(1), async || "unreached").await;
        assert_eq!(aborted, None);
    });
}

// G20
#[test]
fn locks_exclude_each_other_on_common_nodes_only() {
    let cluster = Cluster::connected(1, 2, |_| {});
    cluster.on(1, async |ctx| {
        let lock = async |requester: &str, nodes: &[usize]| {
            let nodes = Some(nodes.iter().map(|number| name(*number)).collect());
            set_lock(&ctx, atom!("r"), Atom::new(requester), nodes, Some(0)).await
        };
        assert!(lock("x", &[2]).await);
        assert!(lock("y", &[1]).await);
        assert!(!lock("z", &[1, 2]).await);
        assert!(lock("w", &[]).await, "on no node there is nobody to refuse");
    });
}

// G20
#[test]
fn a_refused_lock_leaves_nothing_behind() {
    let cluster = Cluster::connected(1, 3, |_| {});
    cluster.on(1, async |ctx| {
        let on = |number: usize| Some(vec![name(number)]);
        assert!(set_lock(&ctx, atom!("r"), atom!("x"), on(2), Some(0)).await);
        assert!(!set_lock(&ctx, atom!("r"), atom!("z"), None, Some(0)).await);
        for number in [1, 3] {
            let free = set_lock(&ctx, atom!("r"), atom!("y"), on(number), Some(0)).await;
            assert!(free, "z has given n{number} back");
        }
    });
}

// G20
#[test]
fn a_lock_is_free_when_its_holder_or_the_holders_node_is_gone() {
    let cluster = Cluster::connected(1, 3, |_| {});
    let begin_to_hold = |number| {
        let subject = cluster.begin(number, async |ctx| {
            assert!(set_lock(&ctx, atom!("r"), ctx.pid(), None, Some(0)).await);
            ctx.receive().await;
        });
        cluster.wait(Duration::from_millis(50));
        drop(subject);
    };
    let free = || {
        cluster.on(1, async |ctx| {
            let free = set_lock(&ctx, atom!("r"), atom!("me"), None, Some(0)).await;
            del_lock(&ctx, atom!("r"), atom!("me"), None).await;
            free
        })
    };
    begin_to_hold(2);
    assert!(!free());
    cluster.world.crash_node(cluster.node(2));
    cluster.wait(Duration::from_millis(400));
    assert!(free(), "after the node's death");

    let killed = cluster.on(1, async |ctx| {
        let (holder, monitor) = ctx.spawn_monitor("holder", |ctx| async move {
            set_lock(&ctx, atom!("r"), ctx.pid(), None, Some(0)).await;
            ctx.receive().await;
            Ok(())
        });
        ctx.sleep(Duration::from_millis(50)).await;
        let held = !set_lock(&ctx, atom!("r"), atom!("me"), None, Some(0)).await;
        ctx.exit_signal(holder, atom!("kill"));
        down(&ctx, monitor).await;
        held
    });
    assert!(killed, "held until the holder dies");
    cluster.wait(Duration::from_millis(50));
    assert!(free(), "after the holder's death");
}

// G8, G9: nobody may register a name anywhere while two clusters exchange theirs.
#[test]
fn two_clusters_that_meet_lock_the_names_on_every_node_of_both() {
    let cluster = Cluster::strangers(1, 6, |_| {});
    for (from, to) in [(1, 2), (2, 3), (4, 5), (5, 6)] {
        cluster.ping(from, to);
        cluster.wait(Duration::from_secs(3));
    }
    let before = cluster.sent("$gen_call").len();
    cluster.ping(3, 4);
    cluster.wait(Duration::from_secs(4));
    let calls = cluster.sent("$gen_call").split_off(before);
    let locked: BTreeSet<Atom> = calls
        .iter()
        .filter(|(_, _, call)| {
            let request = &call.as_tuple().unwrap()[2];
            request.tagged("set_lock").is_some_and(|id| id[0].tagged("global").is_some())
        })
        .filter_map(|(_, to, _)| to.as_tuple()?[1].as_atom())
        .collect();
    assert_eq!(locked, (1..=6).map(name).collect());
}
