//! The order of the records that say what is in a mailbox is the order in the mailbox, also where
//! one event makes several messages.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use nodedown::network::NodeId;
use nodedown::runtime::{Context, NodeMonitor};
use nodedown::term::{Atom, Pid, Term};
use nodedown::trace::{Fact, MessageFact, Trace};
use nodedown::tuple;
use rand::RngExt;

use crate::probes::{Lab, MS, NAMES, SECOND};

/// What processes have received, in order.
type Received = Rc<RefCell<BTreeMap<Pid, Vec<Term>>>>;

/// All processes that take part.
type Others = Rc<RefCell<Vec<Pid>>>;

/// A process that watches the others and talks to them, and takes what comes in its order.
async fn live(ctx: Context, others: Others, received: Received) {
    ctx.trap_exit(true);
    for on in [NodeMonitor { on: true, ..NodeMonitor::default() }; 2] {
        ctx.monitor_nodes(on);
    }
    loop {
        act(&ctx, &others.borrow());
        let patience = ctx.with_rng(|rng| rng.random_range(0..20)) * MS;
        while let Some(message) = ctx.receive().within(patience).await {
            received.borrow_mut().entry(ctx.pid()).or_default().push(message);
            if ctx.with_rng(|rng| rng.random_ratio(1, 3)) {
                break;
            }
        }
    }
}

/// Does something at random.
fn act(ctx: &Context, others: &[Pid]) {
    let (what, whom) =
        ctx.with_rng(|rng| (rng.random_range(0..9), rng.random_range(0..others.len())));
    let other = others[whom];
    match what {
        0 | 1 => ctx.send(other, tuple![Term::atom("hello"), ctx.pid()]),
        2 | 3 => drop(ctx.monitor(other)),
        4 => drop(ctx.link(other)),
        5 => ctx.unlink(other),
        6 => ctx.exit_signal(other, Term::atom("shaken")),
        7 => ctx.monitor_node(other.node(), true),
        _ => drop(ctx.send_after(3 * MS, other, Term::atom("later"))),
    }
}

/// What the trace says is in the mailboxes of these processes.
fn delivered(trace: &Trace) -> BTreeMap<Pid, Vec<Term>> {
    let mut mailboxes: BTreeMap<Pid, Vec<Term>> = BTreeMap::new();
    for record in trace.records() {
        if let Fact::Message(MessageFact::Delivered { to, message, .. }) = &record.fact {
            mailboxes.entry(*to).or_default().push(message.clone());
        }
    }
    mailboxes
}

/// How many messages there were of which kinds.
fn kinds<'a>(messages: impl Iterator<Item = &'a Term>) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for message in messages {
        let first = message.as_tuple().and_then(|parts| parts.first());
        *kinds.entry(first.unwrap_or(message).to_string()).or_default() += 1;
    }
    kinds
}

#[test]
fn records_of_delivery_stand_in_the_order_of_the_mailbox() {
    let (mut compared, mut all) = (0, Vec::new());
    for seed in 1..=200 {
        let lab = Lab::new(seed);
        let (others, received) = (Others::default(), Received::default());
        for node in [lab.a, lab.b, lab.c] {
            for _ in 0..3 {
                let (known, into) = (Rc::clone(&others), Rc::clone(&received));
                let pid = lab.world.spawn(node, "witness", move |ctx| async move {
                    live(ctx, known, into).await;
                    Ok(())
                });
                others.borrow_mut().push(pid);
            }
        }
        shake(&lab, seed);
        let written = delivered(&lab.world.trace());
        for (pid, received) in received.borrow().iter() {
            // What is left in the mailbox is behind the rest.
            assert_eq!(&written[pid][..received.len()], received, "seed {seed}, {pid}");
            compared += received.len();
            all.extend(received.iter().cloned());
        }
    }
    let kinds = kinds(all.iter());
    assert!(compared > 10_000, "{compared} messages");
    for kind in ["hello", "later", "nodedown", "nodeup", "'EXIT'", "'DOWN'"] {
        assert!(kinds.get(kind).is_some_and(|count| *count > 100), "{kind}: {kinds:?}");
    }
}

/// Lets some time pass, in which connections are lost and nodes crash.
fn shake(lab: &Lab, seed: u64) {
    let nodes: [NodeId; 3] = [lab.a, lab.b, lab.c];
    for round in 0..12 {
        lab.world.run_for(SECOND / 4);
        let (one, other) =
            (nodes[(seed + round) as usize % 3], nodes[(seed + 2 * round + 1) as usize % 3]);
        if one != other {
            lab.world.disconnect(one, other);
        }
    }
    lab.world.crash_node(lab.c);
    lab.world.run_for(SECOND);
    lab.world.run_for(SECOND);
}

/// One event that makes three messages: real nodes put 'EXIT' and 'DOWN' before nodedown.
#[test]
fn the_loss_of_a_node_is_written_down_as_exit_then_down_then_nodedown() {
    let lab = Lab::new(1);
    let far = lab.idler(lab.b);
    let watcher = lab.world.spawn(lab.a, "watcher", move |ctx| async move {
        ctx.trap_exit(true);
        ctx.monitor_node(Atom::new(NAMES[1]), true);
        ctx.monitor(far);
        ctx.link(far)?;
        std::future::pending().await
    });
    lab.world.run_for(SECOND);
    lab.world.crash_node(lab.b);
    lab.world.run_for(SECOND);
    let written = delivered(&lab.world.trace()).remove(&watcher).unwrap();
    let tags = written.iter().map(|message| message.as_tuple().unwrap()[0].to_string());
    assert_eq!(tags.collect::<Vec<_>>(), ["'EXIT'", "'DOWN'", "nodedown"]);
}
