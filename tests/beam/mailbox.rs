//! Calls by a process with many messages that it does not want.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use nodedown::beam::Library;
use nodedown::beam::node::Boot;
use nodedown::runtime::{NodeConfig, World, WorldConfig};
use nodedown::trace::{Detail, Fact, LogFact};

use crate::installed::otp;
use crate::machine::{compile, erlang_is_missing};

/// The reductions of ten calls of each kind, with few messages in the mailbox and with 100,000.
fn costs() -> Option<Vec<(String, u64, u64)>> {
    let otp = (!erlang_is_missing()).then(otp).flatten()?;
    let folder = tempfile::tempdir().unwrap();
    compile("mailbox", &[], folder.path());
    let library = Arc::new(Library::new(&otp, &[folder.path().to_owned()]).unwrap());
    let world = World::new(WorldConfig { detail: Detail::Full, ..WorldConfig::default() });
    let node = world.add_node(NodeConfig::new("a@x", world.add_host("x")));
    let boot = Boot::new(library).with_args(["-s", "mailbox", "main"]);
    world.set_boot(node, Rc::new(boot).program());
    world.start_node(node);
    world.run_for(Duration::from_mins(1));
    let trace = world.trace();
    let lines = trace.records().iter().filter_map(|record| match &record.fact {
        Fact::Log(LogFact { text, .. }) => text.strip_prefix("| ").map(str::to_owned),
        _ => None,
    });
    let cost = |line: String| {
        let [name, few, many] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("no costs: {line}");
        };
        (name.to_owned(), few.parse().unwrap(), many.parse().unwrap())
    };
    Some(lines.map(cost).collect())
}

#[test]
fn a_call_costs_the_same_however_many_messages_wait() {
    let Some(costs) = costs() else { return };
    let (last, calls) = costs.split_last().unwrap();
    assert_eq!(calls.len(), 6, "{costs:?}");
    for (name, few, many) in calls {
        assert!(*few > 0 && few == many, "{name}: {few} reductions, then {many}");
    }
    // A receive that waits for no new reference looks at each of them.
    assert!(last.2 > 10 * 100_000, "{costs:?}");
}
