//! Sockets between processes.

use nodedown::network::NodeId;
use nodedown::runtime::Context;
use nodedown::term::{Ref, Term};
use nodedown::{atom, tuple};

use crate::nodes::losses;
use crate::probes::{Inbox, Lab, MS, SECOND, a, all, b};

/// Starts a process that answers what comes on a socket, and keeps what it receives.
fn echo(lab: &Lab, node: NodeId) -> Inbox {
    let inbox = Inbox::default();
    let kept = inbox.clone();
    lab.world.spawn(node, "echo", |ctx| async move {
        ctx.listen();
        loop {
            let message = ctx.receive().await;
            if let Some([socket, data]) = message.tagged("tcp") {
                ctx.send_on_socket(socket.as_reference().unwrap(), data);
            }
            kept.push(message.as_tuple().unwrap()[0].clone());
        }
    });
    lab.pass(MS);
    inbox
}

/// Opens a socket to a node and waits for it.
async fn open(ctx: &Context, node: nodedown::term::Atom) -> Ref {
    let socket = ctx.open_socket(node);
    assert_eq!(ctx.receive().await, tuple![atom!("tcp_connected"), socket]);
    socket
}

fn tags(tags: &[&str]) -> Vec<Term> {
    tags.iter().map(|tag| Term::atom(tag)).collect()
}

#[test]
fn data_goes_both_ways_in_order_until_one_side_closes() {
    for node in [b(), a()] {
        let lab = Lab::new(1);
        let inbox = echo(&lab, lab.world.node_id(node).unwrap());
        lab.run(lab.a, move |ctx| async move {
            let socket = ctx.open_socket(node);
            ctx.send_on_socket(socket, Term::binary(b"early"));
            assert_eq!(ctx.receive().await, tuple![atom!("tcp_connected"), socket]);
            for n in 0..5u8 {
                ctx.send_on_socket(socket, Term::binary(&[n]));
            }
            let mut expected = vec![tuple![atom!("tcp"), socket, Term::binary(b"early")]];
            let data = (0..5u8).map(|n| tuple![atom!("tcp"), socket, Term::binary(&[n])]);
            expected.extend(data);
            assert_eq!(all(&ctx, SECOND).await, expected);
            ctx.close_socket(socket);
            ctx.send_on_socket(socket, Term::binary(b"late"));
            assert_eq!(all(&ctx, SECOND).await, []);
            Ok(())
        });
        let expected = ["tcp_accepted", "tcp", "tcp", "tcp", "tcp", "tcp", "tcp", "tcp_closed"];
        assert_eq!(inbox.take(), tags(&expected), "{node}");
        assert_eq!(losses(&lab), []);
    }
}

#[test]
fn a_socket_to_nobody_is_refused() {
    let lab = Lab::new(1);
    echo(&lab, lab.c);
    lab.world.crash_node(lab.c);
    let gone = lab.world.spawn(lab.b, "gone", |ctx| async move {
        ctx.listen();
        Ok(())
    });
    lab.pass(MS);
    assert!(lab.exit_reason(gone).is_some());
    lab.run(lab.a, |ctx| async move {
        for node in ["b@two", "c@three", "x@nohost", "a@one"] {
            let begin = ctx.now();
            let socket = ctx.open_socket(nodedown::term::Atom::new(node));
            assert_eq!(ctx.receive().await, tuple![atom!("tcp_closed"), socket], "{node}");
            assert!(ctx.now().since(begin) < 10 * MS);
        }
        Ok(())
    });
}

#[test]
fn the_end_of_a_process_or_of_its_node_closes_its_sockets() {
    for crash in [true, false] {
        let lab = Lab::new(1);
        let inbox = echo(&lab, lab.b);
        let client = lab.world.spawn(lab.a, "client", |ctx| async move {
            open(&ctx, b()).await;
            crate::probes::idle(ctx).await
        });
        lab.pass(SECOND);
        if crash {
            lab.world.crash_node(lab.a);
        } else {
            lab.world.exit_process(client, atom!("kill"));
        }
        lab.pass(10 * MS);
        assert_eq!(inbox.take(), tags(&["tcp_accepted", "tcp_closed"]));
    }
}

#[test]
fn a_cut_shows_on_a_socket_when_tcp_gives_up_and_only_where_data_waits() {
    let lab = Lab::new(1);
    let inbox = echo(&lab, lab.b);
    lab.world.spawn(lab.c, "healer", |ctx| async move {
        ctx.sleep(2_000 * SECOND).await;
        Ok(())
    });
    let client = lab.world.spawn(lab.a, "client", |ctx| async move {
        let socket = open(&ctx, b()).await;
        ctx.sleep(SECOND).await;
        let begin = ctx.now();
        ctx.send_on_socket(socket, Term::binary(b"into the void"));
        assert_eq!(ctx.receive().await, tuple![atom!("tcp_closed"), socket]);
        let took = ctx.now().since(begin);
        assert!((924 * SECOND..926 * SECOND).contains(&took), "{took:?}");
        Ok(())
    });
    lab.pass(SECOND / 2);
    lab.world.partition(&[vec![lab.a], vec![lab.b]]);
    lab.pass(1_500 * SECOND);
    assert_eq!(lab.exit_reason(client), Some(Term::atom("normal")));
    assert_eq!(inbox.take(), tags(&["tcp_accepted"]), "the other side hears nothing");
}

#[test]
fn a_short_cut_only_delays_what_a_socket_carries() {
    let lab = Lab::new(1);
    echo(&lab, lab.b);
    let client = lab.world.spawn(lab.a, "client", |ctx| async move {
        let socket = open(&ctx, b()).await;
        ctx.sleep(SECOND).await;
        for n in 0..3u8 {
            ctx.send_on_socket(socket, Term::binary(&[n]));
        }
        for n in 0..3u8 {
            assert_eq!(ctx.receive().await, tuple![atom!("tcp"), socket, Term::binary(&[n])]);
        }
        Ok(())
    });
    lab.pass(SECOND / 2);
    lab.world.partition(&[vec![lab.a], vec![lab.b]]);
    lab.pass(20 * SECOND);
    lab.world.heal_all();
    lab.pass(60 * SECOND);
    assert_eq!(lab.exit_reason(client), Some(Term::atom("normal")));
}

#[test]
fn a_socket_within_a_node_goes_down_with_it() {
    let lab = Lab::new(1);
    echo(&lab, lab.a);
    lab.run(lab.a, |ctx| async move {
        open(&ctx, a()).await;
        open(&ctx, a()).await;
        ctx.halt();
        Ok(())
    });
    lab.world.start_node(lab.a);
    let inbox = echo(&lab, lab.a);
    lab.pass(10 * SECOND);
    assert_eq!(inbox.take(), []);
}
