//! Links: what they need, how they go, and the races between them.

use nodedown::term::{Atom, Pid, Term};
use nodedown::{atom, tuple};

use crate::probes::{Lab, MS, SECOND, all, b, down, exit, idle};

const SEEDS: u64 = 60;

// A30
#[test]
fn linking_to_a_dead_process_here_is_an_error_unless_exits_are_trapped() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        let dead = ctx.spawn("dead", |_| async { Ok(()) });
        ctx.sleep(MS).await;
        assert_eq!(ctx.link(dead).unwrap_err().reason(), &Term::atom("noproc"));
        ctx.trap_exit(true);
        ctx.link(dead)?;
        assert_eq!(all(&ctx, MS).await, [exit(dead, "noproc")]);
        Ok(())
    });
}

// A31
#[test]
fn linking_to_a_dead_process_there_gives_an_exit_signal() {
    let nowhere = Pid::new(Atom::new("x@nohost"), 1, 1, 1);
    for (dead, reason) in [(None, "noproc"), (Some(nowhere), "noconnection")] {
        for trap in [true, false] {
            let lab = Lab::new(1);
            let dead = dead.unwrap_or_else(|| {
                let pid = lab.idler(lab.b);
                lab.world.exit_process(pid, atom!("kill"));
                pid
            });
            let (sink, inbox) = lab.sink(lab.a, "sink");
            let linker = lab.world.spawn(lab.a, "linker", move |ctx| async move {
                ctx.trap_exit(trap);
                ctx.link(dead)?;
                ctx.send(sink, ctx.receive().await);
                Ok(())
            });
            lab.pass(8 * SECOND);
            let (message, end) =
                if trap { (Some(exit(dead, reason)), "normal") } else { (None, reason) };
            assert_eq!(inbox.take(), Vec::from_iter(message));
            assert_eq!(lab.exit_reason(linker), Some(Term::atom(end)));
        }
    }
}

// A32
#[test]
fn a_link_to_oneself_has_no_effect() {
    let lab = Lab::new(1);
    lab.run(lab.a, |ctx| async move {
        ctx.trap_exit(true);
        ctx.link(ctx.pid())?;
        assert_eq!(all(&ctx, MS).await, []);
        Ok(())
    });
}

// A33 A34
#[test]
fn a_pair_has_one_link_that_either_side_can_take_away() {
    // Who links, who unlinks, and whether the link is there in the end.
    let table: [(&[bool], &[bool], bool); 5] = [
        (&[true, true], &[], true),
        (&[true, true], &[true], false),
        (&[true], &[false], false),
        (&[true, false], &[false], false),
        (&[], &[true, false], false),
    ];
    for far in [false, true] {
        for (links, unlinks, linked) in table {
            let lab = Lab::new(1);
            let server = lab.world.spawn(if far { lab.b } else { lab.a }, "server", serve_links);
            lab.run(lab.a, move |ctx| async move {
                ctx.trap_exit(true);
                ctx.send(server, tuple![atom!("trap"), ctx.pid()]);
                for (mine, order) in links
                    .iter()
                    .map(|mine| (*mine, atom!("link")))
                    .chain(unlinks.iter().map(|mine| (*mine, atom!("unlink"))))
                {
                    match (mine, order == atom!("link")) {
                        (true, true) => ctx.link(server)?,
                        (true, false) => ctx.unlink(server),
                        (false, _) => ctx.send(server, tuple![order, ctx.pid()]),
                    }
                    ctx.sleep(SECOND).await;
                }
                ctx.exit_signal(server, atom!("kill"));
                let expected = linked.then(|| exit(server, "killed"));
                assert_eq!(all(&ctx, SECOND).await, Vec::from_iter(expected));
                Ok(())
            });
        }
    }
}

/// Links to whoever asks for it, and takes the link away.
async fn serve_links(ctx: nodedown::runtime::Context) -> nodedown::runtime::ExitResult {
    loop {
        let message = ctx.receive().await;
        if let Some([peer]) = message.tagged("link") {
            ctx.link(peer.as_pid().unwrap())?;
        } else if let Some([peer]) = message.tagged("unlink") {
            ctx.unlink(peer.as_pid().unwrap());
        } else if message.tagged("trap").is_some() {
            ctx.trap_exit(true);
        }
    }
}

// A34
#[test]
fn no_exit_of_a_link_comes_after_it_was_taken_away() {
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        let far = lab.idler(lab.b);
        lab.run(lab.a, move |ctx| async move {
            ctx.trap_exit(true);
            for child in [ctx.spawn("child", idle), far] {
                ctx.link(child)?;
                ctx.sleep(10 * MS).await;
                ctx.exit_signal(child, atom!("bye"));
                for _ in 0..ctx.with_rng(|rng| rand::Rng::next_u32(rng) % 20) {
                    ctx.sleep(MS / 5).await;
                }
                ctx.unlink(child);
                let queued = ctx.mailbox_len();
                assert_eq!(all(&ctx, SECOND).await.len(), queued, "what is there stays");
            }
            Ok(())
        });
    }
}

// A33 A34
#[test]
fn a_link_that_is_made_again_at_once_holds() {
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        let far = lab.idler(lab.b);
        lab.run(lab.a, move |ctx| async move {
            ctx.trap_exit(true);
            for child in [ctx.spawn("child", idle), far] {
                for _ in 0..3 {
                    ctx.link(child)?;
                    ctx.unlink(child);
                }
                ctx.link(child)?;
                ctx.exit_signal(child, atom!("bye"));
                assert_eq!(all(&ctx, SECOND).await, [exit(child, "bye")]);
            }
            Ok(())
        });
    }
}

// A34
#[test]
fn an_unlink_whose_answer_was_lost_does_not_hinder_a_later_link() {
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        let server = lab.world.spawn(lab.b, "server", serve_links);
        lab.run(lab.a, move |ctx| async move {
            ctx.trap_exit(true);
            ctx.send(server, tuple![atom!("trap"), ctx.pid()]);
            ctx.link(server)?;
            ctx.sleep(SECOND).await;
            ctx.unlink(server);
            ctx.disconnect_node(b());
            ctx.sleep(SECOND).await;
            ctx.send(server, tuple![atom!("link"), ctx.pid()]);
            ctx.sleep(SECOND).await;
            ctx.exit_signal(server, atom!("kill"));
            assert_eq!(all(&ctx, SECOND).await, [exit(server, "killed")], "seed {seed}");
            Ok(())
        });
    }
}

// A10 B18
#[test]
fn a_link_that_arrives_with_the_end_of_its_connection_ends_with_it() {
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        let (sink, inbox) = lab.sink(lab.b, "sink");
        lab.connect(lab.a, b());
        let linker = lab.run(lab.a, move |ctx| async move {
            Ok(ctx.spawn("linker", move |linker| async move {
                linker.link(sink)?;
                linker.send(sink, 1);
                linker.stop_node(atom!("normal"));
                Ok(())
            }))
        });
        lab.pass(SECOND);
        assert_eq!(inbox.take(), [Term::from(1), exit(linker, "noconnection")], "seed {seed}");
    }
}

// A8
#[test]
fn a_link_that_waits_at_a_dying_process_is_answered() {
    for seed in 0..SEEDS {
        let lab = Lab::new(seed);
        lab.run(lab.a, move |ctx| async move {
            ctx.trap_exit(true);
            let child = ctx.spawn("child", idle);
            ctx.sleep(MS).await;
            ctx.exit_signal(child, atom!("kill"));
            ctx.link(child)?;
            let monitor = ctx.monitor(child);
            let expected = [exit(child, "noproc"), down(monitor, child, "noproc")];
            assert_eq!(all(&ctx, MS).await, expected, "seed {seed}");
            Ok(())
        });
    }
}
