//! Processes started on other nodes.

use nodedown::atom;
use nodedown::runtime::{Exit, SpawnOptions, SpawnReplies};
use nodedown::term::{Atom, Term};

use crate::probes::{Lab, MS, SECOND, a, all, b, down, exit, idle};

// A60 A61 A62
#[test]
fn a_spawn_on_a_node_that_cannot_be_reached_gives_a_placeholder_of_this_node() {
    for (link, monitor) in [(false, false), (true, false), (false, true), (true, true)] {
        for node in ["x@nohost", "b@two"] {
            let lab = Lab::new(1);
            lab.world.crash_node(lab.b);
            lab.run(lab.a, move |ctx| async move {
                ctx.trap_exit(true);
                let options = SpawnOptions { link, monitor, ..SpawnOptions::new("child") };
                let (child, reference) = ctx.spawn_on(Atom::new(node), options, idle).await;
                assert_eq!(child.node(), a());
                assert_eq!(reference.is_some(), monitor);
                let mut expected = Vec::new();
                expected.extend(link.then(|| exit(child, "noconnection")));
                expected.extend(reference.map(|found| down(found, child, "noconnection")));
                assert_eq!(all(&ctx, SECOND).await, expected);
                Ok(())
            });
        }
    }
}

// A61
#[test]
fn a_linked_spawn_that_fails_ends_a_process_that_does_not_trap_exits() {
    let lab = Lab::new(1);
    lab.world.crash_node(lab.b);
    let parent = lab.world.spawn(lab.a, "parent", |ctx| async move {
        ctx.spawn_on(b(), SpawnOptions::new("child").link(), idle).await;
        idle(ctx).await
    });
    lab.pass(SECOND);
    assert_eq!(lab.exit_reason(parent), Some(Term::atom("noconnection")));
}

// A61
#[test]
fn a_spawn_that_the_network_swallows_fails_when_the_silence_is_noticed() {
    let lab = Lab::with(1, |config| config.net_ticktime = 8 * SECOND);
    lab.connect(lab.a, b());
    lab.world.partition(&[vec![lab.a], vec![lab.b]]);
    lab.run(lab.a, |ctx| async move {
        let (child, monitor) = ctx.spawn_on(b(), SpawnOptions::new("child").monitor(), idle).await;
        assert_eq!(all(&ctx, MS).await, [down(monitor.unwrap(), child, "noconnection")]);
        Ok(())
    });
}

// A63
#[test]
fn link_and_monitor_of_a_remote_spawn_come_with_it() {
    for seed in 0..60 {
        let lab = Lab::new(seed);
        lab.run(lab.a, |ctx| async move {
            ctx.trap_exit(true);
            let options = SpawnOptions::new("child").link().monitor();
            let (child, monitor) = ctx.spawn_on(b(), options, |_| async { Ok(()) }).await;
            assert_eq!(child.node(), b());
            let expected = [exit(child, "normal"), down(monitor.unwrap(), child, "normal")];
            assert_eq!(all(&ctx, SECOND).await, expected);
            let (child, monitor) = ctx.spawn_on(b(), options, idle).await;
            ctx.disconnect_node(b());
            let expected =
                [exit(child, "noconnection"), down(monitor.unwrap(), child, "noconnection")];
            assert_eq!(all(&ctx, SECOND).await, expected);
            Ok(())
        });
        lab.pass(SECOND);
        assert_eq!(lab.world.process_count(), 0, "the child was linked as well");
    }
}

// A63
#[test]
fn a_linked_child_ends_when_its_parent_is_gone_before_the_answer() {
    let lab = Lab::new(1);
    lab.connect(lab.a, b());
    lab.world.spawn(lab.a, "parent", |ctx| async move {
        let _asked = ctx.spawn_on(b(), SpawnOptions::new("child").link(), idle);
        Err(Exit::exit(atom!("bye")))
    });
    lab.pass(SECOND);
    assert_eq!(lab.world.process_count(), 0);
}

// A63
#[test]
fn a_child_is_told_why_its_parent_has_not_waited_for_the_answer() {
    for (abandons, reason, expected) in
        [(true, "normal", "abandoned"), (false, "bye", "bye"), (false, "normal", "normal")]
    {
        let lab = Lab::new(1);
        lab.connect(lab.a, b());
        let (sink, inbox) = lab.sink(lab.b, "sink");
        let parent = lab.world.spawn(lab.a, "parent", move |ctx| async move {
            let options = SpawnOptions::new("child").link();
            let child = move |child: nodedown::runtime::Context| async move {
                child.trap_exit(true);
                child.send(sink, child.receive().await);
                Ok(())
            };
            let request = ctx.spawn_request(b(), options, SpawnReplies::Always, child);
            if abandons {
                assert!(ctx.abandon_spawn_request(request));
                assert!(!ctx.abandon_spawn_request(request));
            }
            Err(Exit::exit(Atom::new(reason)))
        });
        lab.pass(SECOND);
        assert_eq!(inbox.take(), [exit(parent, expected)]);
    }
}

// A62
#[test]
fn a_request_may_ask_for_the_news_of_success_only() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        for (node, replies) in [(b(), 1), (Atom::new("x@nohost"), 0)] {
            let options = SpawnOptions::new("child");
            ctx.spawn_request(node, options, SpawnReplies::OnSuccess, |_| async { Ok(()) });
            assert_eq!(all(&ctx, SECOND).await.len(), replies);
        }
        Ok(())
    });
}

#[test]
fn a_spawned_process_is_in_the_group_of_its_parent() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        let me = ctx.pid();
        ctx.spawn_on(b(), SpawnOptions::new("child"), move |child| async move {
            child.send(me, child.group_leader());
            Ok(())
        })
        .await;
        assert_eq!(ctx.receive().await, Term::from(ctx.group_leader()));
        Ok(())
    });
}
