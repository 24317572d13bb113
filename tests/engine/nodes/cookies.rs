//! Cookies: who may connect to whom.

use nodedown::runtime::SpawnOptions;
use nodedown::term::Atom;
use nodedown::trace::{ConnectionFact, Fact};
use nodedown::{atom, tuple};

use crate::nodes::losses;
use crate::probes::{Lab, MS, SECOND, a, all, b, down, exit, idle};

/// A lab in which the second node has another cookie.
fn strangers() -> Lab {
    Lab::with(1, |config| {
        if config.name == b() {
            config.cookie = atom!("other");
        }
    })
}

/// How often a node has turned down another.
fn rejections(lab: &Lab) -> usize {
    let trace = lab.world.trace();
    let rejected = |fact: &Fact| matches!(fact, Fact::Connection(ConnectionFact::CookieRejected { peer }) if *peer == a());
    trace.records().iter().filter(|record| rejected(&record.fact)).count()
}

// B12 B13
#[test]
fn a_node_with_another_cookie_is_as_one_that_does_not_exist() {
    let lab = strangers();
    let (sink, inbox) = lab.sink(lab.b, "sink");
    lab.run(lab.a, move |ctx| async move {
        ctx.trap_exit(true);
        assert!(!ctx.ping(b()).await);
        assert!(!ctx.connect_node(b()).await);
        ctx.send((atom!("sink"), b()), 1);
        ctx.sleep(SECOND).await;
        let monitor = ctx.monitor((atom!("sink"), b()));
        let expected = down(monitor, tuple![atom!("sink"), b()], "noconnection");
        assert_eq!(all(&ctx, SECOND).await, [expected]);
        ctx.link(sink)?;
        assert_eq!(all(&ctx, SECOND).await, [exit(sink, "noconnection")]);
        ctx.monitor_node(b(), true);
        assert_eq!(all(&ctx, SECOND).await, [tuple![atom!("nodedown"), b()]]);
        let (child, _) = ctx.spawn_on(b(), SpawnOptions::new("child").link(), idle).await;
        assert_eq!(all(&ctx, SECOND).await, [exit(child, "noconnection")]);
        assert!(ctx.nodes().is_empty());
        Ok(())
    });
    assert_eq!(inbox.take(), []);
    assert_eq!(rejections(&lab), 7, "each use is a new attempt");
    assert_eq!(losses(&lab), []);
}

// B12
#[test]
fn what_waits_for_a_rejected_attempt_of_the_other_side_is_told() {
    for seed in 0..100 {
        let lab = Lab::with(seed, |config| {
            if config.name == b() {
                config.cookie = atom!("other");
            }
        });
        lab.world.spawn(lab.a, "caller", |ctx| async move {
            ctx.ping(b()).await;
            Ok(())
        });
        lab.run(lab.b, |ctx| async move {
            let jitter = ctx.with_rng(|rng| rand::Rng::next_u32(rng) % 10);
            ctx.sleep(jitter * MS).await;
            let monitor = ctx.monitor((atom!("sink"), a()));
            let expected = down(monitor, tuple![atom!("sink"), a()], "noconnection");
            assert_eq!(all(&ctx, 8 * SECOND).await, [expected]);
            Ok(())
        });
    }
}

// B14
#[test]
fn a_cookie_for_one_node_is_used_towards_it_only() {
    let lab = strangers();
    lab.run(lab.a, |ctx| async move {
        ctx.set_cookie(Some(b()), atom!("other"));
        assert_eq!(ctx.get_cookie(Some(b())), atom!("other"));
        assert_eq!(ctx.get_cookie(None), atom!("nodedown"));
        assert!(ctx.ping(b()).await);
        assert!(ctx.ping(Atom::new("c@three")).await);
        Ok(())
    });
    lab.world.crash_node(lab.a);
    lab.world.start_node(lab.a);
    lab.run(lab.a, |ctx| async move {
        assert_eq!(ctx.get_cookie(Some(b())), atom!("nodedown"), "it went with the node");
        assert!(!ctx.ping(b()).await);
        Ok(())
    });
}

// B15
#[test]
fn a_new_cookie_matters_at_the_next_connection() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        assert!(ctx.ping(b()).await);
        ctx.set_cookie(None, atom!("new"));
        ctx.sleep(100 * SECOND).await;
        assert_eq!(ctx.nodes(), [b()]);
        ctx.disconnect_node(b());
        assert!(!ctx.ping(b()).await);
        Ok(())
    });
}
