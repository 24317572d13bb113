//! Aliases, here and from another node.

use nodedown::runtime::{AliasMode, Context, ExitResult, MonitorOptions, SpawnOptions};
use nodedown::term::{Ref, Term};
use nodedown::{atom, tuple};

use crate::probes::{Lab, MS, SECOND, a, all, b, down};

/// Sends two messages to an alias from a node, and waits until they have arrived.
async fn use_twice(ctx: &Context, from: nodedown::term::Atom, alias: Ref) -> ExitResult {
    ctx.spawn_on(from, SpawnOptions::new("far"), move |far| async move {
        far.send(alias, 1);
        far.send(alias, 2);
        Ok(())
    })
    .await;
    ctx.sleep(SECOND).await;
    Ok(())
}

// A49 A50
#[test]
fn an_alias_takes_messages_while_it_is_active() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        for from in [a(), b()] {
            let explicit = ctx.alias(AliasMode::ExplicitUnalias);
            use_twice(&ctx, from, explicit).await?;
            assert_eq!(all(&ctx, MS).await, [Term::from(1), Term::from(2)]);
            assert!(ctx.unalias(explicit));
            assert!(!ctx.unalias(explicit));
            use_twice(&ctx, from, explicit).await?;
            assert_eq!(all(&ctx, MS).await, []);
            let reply = ctx.alias(AliasMode::ReplyDemonitor);
            use_twice(&ctx, from, reply).await?;
            assert_eq!(all(&ctx, MS).await, [Term::from(1)], "alias([reply])");
            assert!(!ctx.unalias(reply));
        }
        Ok(())
    });
}

// A49
#[test]
fn only_its_owner_ends_an_alias() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        let (alias, me) = (ctx.alias(AliasMode::ExplicitUnalias), ctx.pid());
        ctx.spawn("thief", move |thief| async move {
            thief.send(me, thief.unalias(alias));
            thief.send(alias, 1);
            Ok(())
        });
        assert_eq!(all(&ctx, MS).await, [Term::from(false), Term::from(1)]);
        Ok(())
    });
}

// A49 B38
#[test]
fn an_alias_of_an_earlier_life_of_the_node_reaches_nobody() {
    let lab = Lab::new(1);
    let alias = lab.run(lab.a, |ctx| async move { Ok(ctx.alias(AliasMode::ExplicitUnalias)) });
    lab.world.crash_node(lab.a);
    lab.world.start_node(lab.a);
    for node in [lab.a, lab.b] {
        lab.run(node, move |ctx| async move {
            ctx.send(alias, 1);
            ctx.sleep(SECOND).await;
            assert!(!ctx.nodes_known().is_empty());
            Ok(())
        });
    }
}

// A51
#[test]
fn the_mode_of_a_monitors_alias_says_what_ends_it() {
    // The mode; what the alias takes of two messages; whether 'DOWN' comes after them; what it
    // takes of two more.
    let table: [(AliasMode, &[i64], bool, &[i64]); 3] = [
        (AliasMode::ReplyDemonitor, &[1], false, &[]),
        (AliasMode::Demonitor, &[1, 2], true, &[]),
        (AliasMode::ExplicitUnalias, &[1, 2], true, &[1, 2]),
    ];
    for from in [a(), b()] {
        for (mode, first, reported, later) in table {
            let lab = Lab::new(1);
            let server = lab.idler(lab.b);
            lab.run(lab.a, move |ctx| async move {
                let options = MonitorOptions { alias: Some(mode), ..MonitorOptions::default() };
                let alias = ctx.monitor_with(server, options);
                use_twice(&ctx, from, alias).await?;
                ctx.exit_signal(server, atom!("bye"));
                ctx.sleep(SECOND).await;
                let mut expected: Vec<Term> = first.iter().map(|n| (*n).into()).collect();
                expected.extend(reported.then(|| down(alias, server, "bye")));
                assert_eq!(all(&ctx, MS).await, expected, "{mode:?}");
                use_twice(&ctx, from, alias).await?;
                let expected: Vec<Term> = later.iter().map(|n| (*n).into()).collect();
                assert_eq!(all(&ctx, MS).await, expected, "{mode:?}");
                Ok(())
            });
        }
    }
}

// A51
#[test]
fn a_demonitor_ends_the_alias_unless_it_is_explicit() {
    for (mode, survives) in [
        (AliasMode::ReplyDemonitor, false),
        (AliasMode::Demonitor, false),
        (AliasMode::ExplicitUnalias, true),
    ] {
        let lab = Lab::new(1);
        let server = lab.idler(lab.b);
        lab.run(lab.a, move |ctx| async move {
            let options = MonitorOptions { alias: Some(mode), ..MonitorOptions::default() };
            let alias = ctx.monitor_with(server, options);
            assert!(ctx.demonitor(alias));
            ctx.send(alias, tuple![]);
            assert_eq!(all(&ctx, MS).await.len(), usize::from(survives), "{mode:?}");
            Ok(())
        });
    }
}

// A51
#[test]
fn a_reply_through_an_alias_comes_before_what_is_sent_after_it() {
    for seed in 0..60 {
        let lab = Lab::new(seed);
        lab.run(lab.a, |ctx| async move {
            let server = ctx.spawn_on(b(), SpawnOptions::new("server"), |server| async move {
                let client = server.receive().await;
                let [alias, pid] = client.tagged("from").unwrap() else { unreachable!() };
                server.send(alias.as_reference().unwrap(), 1);
                server.send(pid.as_pid().unwrap(), 2);
                Ok(())
            });
            let (server, _) = server.await;
            let options = MonitorOptions {
                alias: Some(AliasMode::ReplyDemonitor),
                ..MonitorOptions::default()
            };
            let alias = ctx.monitor_with(server, options);
            ctx.send(server, tuple![atom!("from"), alias, ctx.pid()]);
            assert_eq!(all(&ctx, SECOND).await, [Term::from(1), Term::from(2)]);
            Ok(())
        });
    }
}

// A8 A51
#[test]
fn a_reply_through_an_alias_keeps_its_place_when_a_cut_has_held_it_up() {
    let lab = Lab::new(1);
    let server = lab.world.spawn(lab.b, "server", |ctx| async move {
        let client = ctx.receive().await;
        let [alias, pid] = client.tagged("from").unwrap() else { unreachable!() };
        ctx.sleep(SECOND).await;
        ctx.send(alias.as_reference().unwrap(), 1);
        ctx.send(pid.as_pid().unwrap(), 2);
        Ok(())
    });
    let (sink, inbox) = lab.sink(lab.a, "sink");
    lab.world.spawn(lab.a, "client", move |ctx| async move {
        let alias = Some(AliasMode::ReplyDemonitor);
        let alias = ctx.monitor_with(server, MonitorOptions { alias, ..MonitorOptions::default() });
        ctx.send(server, tuple![atom!("from"), alias, ctx.pid()]);
        loop {
            ctx.send(sink, ctx.receive().await);
        }
    });
    lab.pass(SECOND / 2);
    lab.world.partition(&[vec![lab.a], vec![lab.b]]);
    lab.pass(SECOND);
    lab.world.heal_all();
    lab.pass(SECOND);
    assert_eq!(inbox.take(), [Term::from(1), Term::from(2)]);
}
