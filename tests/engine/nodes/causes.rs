//! The causes that records carry: what a process does follows from what it acts upon.

use std::time::Duration;

use nodedown::runtime::{NodeConfig, World, WorldConfig};
use nodedown::term::Term;
use nodedown::trace::{
    ConnectionFact, Detail, Fact, FaultFact, LogFact, MessageFact, ProcessFact, RecordId,
    TraceRecord,
};

fn world() -> World {
    World::new(WorldConfig { detail: Detail::Full, ..WorldConfig::default() })
}

/// What led to the log line with this text, the first cause first.
fn chain(world: &World, text: &str) -> Vec<TraceRecord> {
    let trace = world.trace();
    let says = |record: &&TraceRecord| matches!(&record.fact, Fact::Log(LogFact { text: said, .. }) if said == text);
    let mut at = trace.records().iter().find(says).map(|record| record.id).unwrap();
    let mut chain = Vec::new();
    while at != RecordId::default() {
        let record = trace.get(at).unwrap().clone();
        at = record.cause;
        chain.insert(0, record);
    }
    chain
}

fn messages(chain: &[TraceRecord]) -> Vec<String> {
    let delivered = chain.iter().filter_map(|record| match &record.fact {
        Fact::Message(MessageFact::Delivered { message, .. }) => Some(message.to_string()),
        _ => None,
    });
    delivered.collect()
}

#[test]
fn what_a_process_does_follows_from_the_message_that_it_took_not_from_the_last_that_came() {
    let world = world();
    let host = world.add_host("h");
    let node = world.add_node(NodeConfig::new("a@h", host));
    world.start_node(node);
    let server = world.spawn(node, "server", |ctx| async move {
        ctx.sleep(Duration::from_millis(5)).await;
        loop {
            let message = ctx.receive().await;
            ctx.log(nodedown::trace::Level::Info, message.to_string());
        }
    });
    for number in 1..=3 {
        world.send_to(server, number);
    }
    world.run_for(Duration::from_millis(10));
    for number in ["1", "2", "3"] {
        assert_eq!(messages(&chain(&world, number)), [number]);
    }
}

#[test]
fn a_timer_leads_back_to_what_set_it() {
    let world = world();
    let host = world.add_host("h");
    let node = world.add_node(NodeConfig::new("a@h", host));
    world.start_node(node);
    let server = world.spawn(node, "server", |ctx| async move {
        let wanted = |message: &Term| message.is_atom("wait");
        ctx.receive_where(wanted).await;
        ctx.sleep(Duration::from_millis(5)).await;
        ctx.log(nodedown::trace::Level::Info, "waited");
        Ok(())
    });
    world.send_to(server, Term::atom("wait"));
    world.run_for(Duration::from_millis(1));
    world.send_to(server, Term::atom("ignored"));
    world.run_for(Duration::from_millis(10));
    let chain = chain(&world, "waited");
    assert_eq!(messages(&chain), ["wait"]);
    let expiry = &chain[chain.len() - 2];
    assert!(
        matches!(expiry.fact, Fact::Process(ProcessFact::TimerExpired { after_ns: 5_000_000, .. })),
        "{expiry:?}"
    );
}

#[test]
fn the_loss_of_a_connection_leads_back_to_what_parted_the_nodes() {
    for silent in [false, true] {
        let world = world();
        let hosts = ["h", "i"].map(|name| world.add_host(name));
        let nodes = [("a@h", hosts[0]), ("b@i", hosts[1])]
            .map(|(name, host)| world.add_node(NodeConfig::new(name, host)));
        for node in nodes {
            world.start_node(node);
        }
        world.spawn(nodes[0], "watcher", |ctx| async move {
            ctx.monitor_node(nodedown::term::Atom::new("b@i"), true);
            ctx.receive().await;
            ctx.log(nodedown::trace::Level::Info, "lost");
            Ok(())
        });
        world.run_for(Duration::from_secs(1));
        world.record(Fact::Fault(FaultFact::Injected {
            fault: 0,
            text: "parted".to_owned(),
            scope: None,
        }));
        if silent {
            world.partition(&[vec![nodes[0]], vec![nodes[1]]]);
        } else {
            world.crash_node(nodes[1]);
        }
        world.run_for(Duration::from_secs(100));
        let chain = chain(&world, "lost");
        assert!(matches!(chain[0].fact, Fact::Fault(FaultFact::Injected { .. })), "{chain:#?}");
        assert!(
            chain
                .iter()
                .any(|record| matches!(record.fact, Fact::Connection(ConnectionFact::Down { .. })))
        );
    }
}
