//! Flow control between nodes: whoever sends more than a peer takes is suspended.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use nodedown::network::NodeId;
use nodedown::runtime::Context;
use nodedown::term::{Pid, Term};
use nodedown::{atom, tuple};

use crate::probes::{Lab, MS, SECOND, b};

/// A tenth of the limit, and a little more.
const PART: usize = 105_000;

/// Sends `{Number,Binary}` again and again to the sink of `b`; returns how often it has.
fn sender(lab: &Lab) -> (Pid, Rc<Cell<i64>>) {
    let sent = Rc::new(Cell::new(0));
    let count = Rc::clone(&sent);
    let pid = lab.world.spawn(lab.a, "sender", |ctx| async move {
        loop {
            let bulk = Term::from(vec![0_u8; PART].as_slice());
            ctx.send((atom!("sink"), b()), tuple![count.get(), bulk]);
            count.set(count.get() + 1);
            ctx.sleep(MS).await;
        }
    });
    (pid, sent)
}

fn is_suspended(lab: &Lab, node: NodeId, pid: Pid) -> bool {
    lab.run(node, move |ctx| async move { Ok(ctx.is_suspended(pid)) })
}

/// What a receiver has got of what [`sender`] sends.
fn numbers(messages: &[Term]) -> Vec<i64> {
    messages.iter().map(|message| message.as_tuple().unwrap()[0].as_integer().unwrap()).collect()
}

// A7
#[test]
fn a_sender_is_suspended_until_what_it_sent_has_arrived() {
    let lab = Lab::new(1);
    let (_, inbox) = lab.sink(lab.b, "sink");
    lab.connect(lab.a, b());
    lab.world.pause_node(lab.b);
    let (pid, sent) = sender(&lab);
    lab.pass(SECOND);
    assert_eq!(sent.get(), 10, "the message that fills the buffer is sent");
    assert!(is_suspended(&lab, lab.a, pid));
    lab.run(lab.a, |ctx| async move {
        assert!(!ctx.send_nosuspend((atom!("sink"), b()), 1), "not even a small one");
        assert!(ctx.send_nosuspend((atom!("nobody"), ctx.node()), 1));
        assert!(!ctx.is_suspended(ctx.pid()), "others go on");
        Ok(())
    });
    lab.world.resume_node(lab.b);
    lab.pass(10 * MS);
    assert!(sent.get() > 12, "{}", sent.get());
    assert!(lab.run(lab.a, |ctx: Context| async move {
        let free = ctx.send_nosuspend((atom!("nobody"), b()), 1);
        Ok(free)
    }));
    lab.world.exit_process(pid, atom!("kill"));
    lab.pass(SECOND);
    assert_eq!(numbers(&inbox.take()), (0..sent.get()).collect::<Vec<_>>());
}

// A7
#[test]
fn a_sender_goes_on_when_the_connection_is_lost() {
    for how in ["crash", "disconnect", "cut", "setup"] {
        let lab = Lab::with(1, |config| config.net_ticktime = 4 * SECOND);
        lab.sink(lab.b, "sink");
        if how != "setup" {
            lab.connect(lab.a, b());
        }
        lab.world.pause_node(lab.b);
        let (pid, sent) = sender(&lab);
        lab.pass(SECOND);
        assert_eq!(sent.get(), 10, "{how}");
        match how {
            "crash" => drop(lab.world.crash_node(lab.b)),
            "disconnect" => drop(lab.world.disconnect(lab.a, lab.b)),
            _ => {}
        }
        let before = if matches!(how, "crash" | "disconnect") { MS } else { 8 * SECOND };
        lab.pass(before + 10 * MS);
        assert!(sent.get() > 10, "{how}");
        assert!(lab.exit_reason(pid).is_none());
    }
}

// A7
#[test]
fn a_process_that_is_suspended_can_be_killed_and_its_place_taken() {
    let lab = Lab::new(1);
    lab.sink(lab.b, "sink");
    lab.connect(lab.a, b());
    lab.world.pause_node(lab.b);
    let (pid, _) = sender(&lab);
    lab.pass(SECOND);
    lab.world.exit_process(pid, atom!("boo"));
    lab.pass(MS);
    assert_eq!(lab.exit_reason(pid), Some(Term::atom("boo")));
    let heir = lab.idler(lab.a);
    assert!(!is_suspended(&lab, lab.a, heir));
    lab.world.resume_node(lab.b);
    lab.pass(Duration::from_secs(1));
    assert!(!is_suspended(&lab, lab.a, heir));
}
