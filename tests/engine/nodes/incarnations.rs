//! What is left of a node's earlier life.

use nodedown::term::{Pid, Term};
use nodedown::{atom, tuple};

use crate::probes::{Lab, SECOND, a, all, b, down, exit, idle};

/// A lab whose second node has been restarted, with the pid of a process of its earlier life and
/// that of one in the same place now.
fn restarted() -> (Lab, Pid, Pid) {
    let lab = Lab::new(1);
    let old = lab.idler(lab.b);
    lab.connect(lab.a, b());
    lab.world.crash_node(lab.b);
    lab.pass(SECOND);
    lab.world.start_node(lab.b);
    let new = lab.idler(lab.b);
    (lab, old, new)
}

// B38
#[test]
fn an_old_pid_never_means_a_new_process() {
    let (lab, old, new) = restarted();
    assert_ne!(old, new);
    assert_eq!((old.creation() + 1, old.number()), (new.creation(), new.number()));
    for node in [lab.a, lab.b] {
        lab.run(node, move |ctx| async move {
            ctx.send(old, 1);
            ctx.exit_signal(old, atom!("kill"));
            ctx.sleep(SECOND).await;
            Ok(())
        });
    }
    assert_eq!(lab.exit_reason(new), None);
}

// B39
#[test]
fn an_old_pid_is_dead_while_the_node_is_up_and_out_of_reach_while_it_is_down() {
    let (lab, old, _) = restarted();
    for (up, reason) in [(true, "noproc"), (false, "noconnection"), (true, "noproc")] {
        if up {
            lab.world.start_node(lab.b);
        } else {
            lab.world.crash_node(lab.b);
        }
        lab.run(lab.a, move |ctx| async move {
            ctx.trap_exit(true);
            let monitor = ctx.monitor(old);
            assert_eq!(all(&ctx, SECOND).await, [down(monitor, old, reason)]);
            ctx.link(old)?;
            assert_eq!(all(&ctx, SECOND).await, [exit(old, reason)]);
            Ok(())
        });
    }
    lab.run(lab.b, move |ctx| async move {
        ctx.trap_exit(true);
        let monitor = ctx.monitor(old);
        ctx.link(old)?;
        assert_eq!(all(&ctx, SECOND).await, [down(monitor, old, "noproc"), exit(old, "noproc")]);
        assert!(ctx.is_process_alive(old).is_err(), "it counts as one of another node");
        Ok(())
    });
}

// B40
#[test]
fn a_name_addresses_the_incarnation_that_is_connected() {
    let lab = Lab::new(1);
    for life in 1..=3 {
        let (_, inbox) = lab.sink(lab.b, "sink");
        lab.run(lab.a, move |ctx| async move {
            ctx.send((atom!("sink"), b()), life);
            ctx.sleep(SECOND).await;
            Ok(())
        });
        assert_eq!(inbox.take(), [Term::from(life)]);
        lab.world.crash_node(lab.b);
        lab.world.start_node(lab.b);
        lab.pass(SECOND);
    }
}

// B38
#[test]
fn a_restarted_node_remembers_its_synced_files_and_nothing_else() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        ctx.disk_append("file", 1).unwrap();
        ctx.disk_sync("file").await.unwrap();
        ctx.disk_append("file", 2).unwrap();
        ctx.disk_append("other", 3).unwrap();
        ctx.node_local::<std::cell::Cell<u32>>().set(7);
        assert_eq!(ctx.node_local::<std::cell::Cell<u32>>().get(), 7);
        let child = ctx.spawn("child", idle);
        ctx.register(atom!("child"), child)
    });
    lab.world.crash_node(lab.a);
    lab.world.start_node(lab.a);
    lab.run(lab.a, |ctx| async move {
        assert_eq!(ctx.disk_read("file").unwrap(), [Term::from(1)]);
        assert!(ctx.disk_read("other").unwrap().is_empty());
        assert_eq!(ctx.node_local::<std::cell::Cell<u32>>().get(), 0);
        assert!(ctx.registered().is_empty());
        assert_eq!(ctx.nodes_known(), [a()]);
        ctx.disk_append("file", tuple![]).unwrap();
        ctx.stop_node(atom!("normal"));
        Ok(())
    });
    lab.world.start_node(lab.a);
    lab.run(lab.a, |ctx| async move {
        assert_eq!(
            ctx.disk_read("file").unwrap().len(),
            2,
            "an orderly stop writes everything out"
        );
        ctx.disk_delete("file");
        assert!(ctx.disk_read("file").unwrap().is_empty());
        Ok(())
    });
}
