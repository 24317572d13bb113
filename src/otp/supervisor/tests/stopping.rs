//! Starts and stops in order.

use super::*;

/// D1, D2, D7: children start in order and stop in reverse; trees depth first.
#[test]
fn children_start_in_order_and_stop_in_reverse() {
    let notes = script(&["a"], |ctx, notes| async move {
        let inner = notes.clone();
        let tree = ChildSpec::supervisor("sup", move |ctx| {
            let children = workers(["b", "c"], &inner);
            async move { start_link(&ctx, None, Flags::default(), children).await }
        });
        let children = vec![worker("a", &notes), tree, worker("d", &notes)];
        let top = start(&ctx, Flags::default(), children).await;
        let ids: Vec<Atom> =
            which_children(&ctx, top).await?.into_iter().map(|child| child.id).collect();
        notes.say(&ctx, format!("{ids:?} {:?}", count_children(&ctx, top).await?));
        gen_server::stop(&ctx, top).await?;
        Ok(())
    });
    notes.check(&[
        "a start",
        "b start",
        "c start",
        "d start",
        "[d, sup, a] ChildCounts { specs: 3, active: 3, supervisors: 1, workers: 2 }",
        "d terminate shutdown",
        "c terminate shutdown",
        "b terminate shutdown",
        "a terminate shutdown",
    ]);
}

/// D7, D8, D9: who ends a supervisor, and what becomes of its children.
#[test]
fn a_supervisor_ends_with_its_parent_only() {
    let cases: [(&str, &[&str]); 5] = [
        ("parent normal", &["w terminate shutdown", "normal"]),
        ("parent r", &["w terminate shutdown", "r"]),
        ("stranger r", &["nothing"]),
        ("stranger kill", &["w terminate killed", "killed"]),
        ("stop", &["w terminate shutdown", "normal"]),
    ];
    for (case, expected) in cases {
        let lines = after_start(move |ctx, notes| async move {
            let said = notes.clone();
            let parent = ctx.spawn("parent", move |ctx| async move {
                let name = Some(ServerName::Local(atom!("sup")));
                let children = workers(["w"], &said);
                start_link(&ctx, name, Flags::default(), children).await.unwrap();
                let reason = ctx.receive().await;
                Err(Exit::exit(reason))
            });
            settle(&ctx).await;
            let top = ctx.whereis(atom!("sup")).unwrap();
            let monitor = ctx.monitor(top);
            notes.say(&ctx, "--");
            match case.split_once(' ') {
                Some(("parent", reason)) => ctx.send(parent, Term::atom(reason)),
                Some((_, reason)) => ctx.exit_signal(top, Term::atom(reason)),
                None => gen_server::stop(&ctx, top).await?,
            }
            let down = ctx.receive_where(move |message| is_down(message, monitor));
            let down = down.within(Duration::from_secs(1)).await;
            settle(&ctx).await;
            notes.say(&ctx, down.map_or_else(|| Term::atom("nothing"), |down| reason_in(&down)));
            Ok(())
        });
        assert_eq!(lines, expected, "{case}");
    }
}

/// D4, D5.
#[test]
fn a_child_that_takes_too_long_is_killed() {
    let slow = |notes: &Notes, shutdown| {
        let notes = notes.clone();
        let spec = ChildSpec::worker("slow", move |ctx| {
            let notes = notes.clone();
            let child = ctx.spawn_link("slow", |ctx| async move {
                ctx.trap_exit(true);
                let message = ctx.receive().await;
                notes.say(&ctx, format!("slow hears {}", reason_in(&message)));
                ctx.sleep(Duration::from_secs(1)).await;
                notes.say(&ctx, "slow is done");
                Ok(())
            });
            async move { Ok(Some(child)) }
        });
        spec.shutdown(shutdown)
    };
    let cases: [(Shutdown, &[&str]); 3] = [
        (Shutdown::After(Duration::from_millis(300)), &["1 slow hears shutdown", "301 ok"]),
        (Shutdown::Infinity, &["1 slow hears shutdown", "1001 slow is done", "1001 ok"]),
        (Shutdown::BrutalKill, &["1 ok"]),
    ];
    for (shutdown, expected) in cases {
        let notes = script(&["a"], move |ctx, notes| async move {
            let top = start(&ctx, Flags::default(), vec![slow(&notes, shutdown)]).await;
            settle(&ctx).await;
            terminate_child(&ctx, top, atom!("slow")).await?.unwrap();
            notes.say(&ctx, "ok");
            Ok(())
        });
        assert_eq!(notes.timed(), expected, "{shutdown:?}");
    }
}
