//! Flags of a process that bear on exit signals.

use nodedown::runtime::SpawnOptions;
use nodedown::term::{Atom, Term};

use crate::probes::{Lab, MS, SECOND, all, exit, idle};

// A36
#[test]
fn trap_exit_returns_its_former_value_and_leaves_queued_messages() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        assert!(!ctx.trap_exit(true));
        assert!(ctx.trap_exit(true));
        let child = ctx.spawn_link("child", |_| async { Ok(()) });
        ctx.sleep(MS).await;
        assert!(ctx.trap_exit(false));
        assert_eq!(all(&ctx, MS).await, [exit(child, "normal")]);
        Ok(())
    });
}

// A35
#[test]
fn a_linked_child_survives_a_normal_end_of_its_parent_only() {
    for (reason, survives) in [("normal", true), ("shutdown", false), ("foo", false)] {
        let lab = Lab::new(1);
        let (sink, inbox) = lab.sink(lab.a, "sink");
        lab.world.spawn(lab.a, "parent", move |ctx| async move {
            let (child, _) = ctx.spawn_with(SpawnOptions::new("child").link(), idle);
            ctx.send(sink, child);
            Err(nodedown::runtime::Exit::exit(Atom::new(reason)))
        });
        lab.pass(SECOND);
        let child = inbox.take()[0].as_pid().unwrap();
        let expected = (!survives).then(|| Term::atom(reason));
        assert_eq!(lab.exit_reason(child), expected);
    }
}

// A27 A28 A29
#[test]
fn a_reason_passes_through_links() {
    // How the middle one ends, its reason, and whether the others die of it.
    for (kill_by_signal, reason, passed_on) in
        [(true, "kill", "killed"), (false, "kill", "kill"), (false, "normal", "normal")]
    {
        for far in [false, true] {
            let lab = Lab::new(1);
            let middle = lab.world.spawn(lab.b, "middle", move |ctx| async move {
                ctx.receive().await;
                Err(nodedown::runtime::Exit::exit(Atom::new(reason)))
            });
            let (trapper, inbox) = lab.sink(if far { lab.a } else { lab.b }, "sink");
            let linked = lab.world.spawn(if far { lab.a } else { lab.b }, "linked", {
                move |ctx| async move {
                    ctx.link(middle)?;
                    idle(ctx).await
                }
            });
            let trapping_linked = lab.world.spawn(lab.b, "trapping", move |ctx| async move {
                ctx.trap_exit(true);
                ctx.link(middle)?;
                loop {
                    ctx.send(trapper, ctx.receive().await);
                }
            });
            lab.pass(SECOND);
            if kill_by_signal {
                lab.world.exit_process(middle, Atom::new(reason));
            } else {
                lab.world.send_to(middle, 1);
            }
            lab.pass(SECOND);
            assert_eq!(lab.exit_reason(middle), Some(Term::atom(passed_on)));
            let expected = (passed_on != "normal").then(|| Term::atom(passed_on));
            assert_eq!(lab.exit_reason(linked), expected);
            assert_eq!(lab.exit_reason(trapping_linked), None);
            assert_eq!(inbox.take(), [exit(middle, passed_on)]);
        }
    }
}
