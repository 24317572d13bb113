//! Two nodes meet and both have a name.

use std::time::Duration;

use super::super::{Resolver, define_resolver, register_name, register_name_with};
use super::{Cluster, down};
use crate::atom;
use crate::engine::runtime::Exit;
use crate::engine::term::Term;
use crate::engine::trace::LogReport;

/// Returns the fate of the processes of n1 and n2 that had the same name, and of the name.
#[derive(Debug, PartialEq)]
struct Aftermath {
    alive: [bool; 2],
    mailboxes: [String; 2],
    owners: [Option<usize>; 2],
}

fn meet(resolver: Resolver, seed: u64, pinger: usize) -> (Aftermath, Vec<String>) {
    let cluster = Cluster::strangers(seed, 2, |_| {});
    let subjects = [cluster.subject(1), cluster.subject(2)];
    for subject in &subjects {
        let pid = subject.pid;
        let registered = cluster.on(subject.number, async move |ctx| {
            define_resolver(&ctx, atom!("smaller"), |_, _, other, own| {
                Ok(Some(if other.node() < own.node() { other } else { own }))
            });
            define_resolver(&ctx, atom!("nobody"), |_, _, _, _| Ok(None));
            define_resolver(&ctx, atom!("crash"), |_, _, _, _| Err(Exit::exit(atom!("oops"))));
            register_name_with(&ctx, atom!("dup"), pid, resolver).await
        });
        assert!(registered);
    }
    cluster.ping(pinger, 3 - pinger);
    cluster.wait(Duration::from_secs(3));
    let pids = subjects.iter().map(|subject| subject.pid.to_string()).collect();
    let aftermath = Aftermath {
        alive: [0, 1].map(|index| subjects[index].is_alive(&cluster)),
        mailboxes: [0, 1].map(|index| subjects[index].mailbox()),
        owners: [1, 2].map(|number| cluster.owner(number, "dup")),
    };
    (aftermath, pids)
}

// G9, G10, G11, G12, G13
#[test]
fn the_resolver_decides_who_keeps_a_name() {
    let own = |name| Resolver::Own(crate::engine::term::Atom::new(name));
    let first = [Some(1), Some(1)];
    for (resolver, alive, mailboxes, owners) in [
        (Resolver::RandomExit, [true, false], ["[]", "[]"], first),
        (Resolver::RandomNotify, [true, true], ["[]", "[{global_name_conflict,dup}]"], first),
        (
            Resolver::NotifyAll,
            [true, true],
            ["[{global_name_conflict,dup,P2}]", "[{global_name_conflict,dup,P1}]"],
            [None, None],
        ),
        (own("smaller"), [true, true], ["[]", "[]"], first),
        (own("nobody"), [true, true], ["[]", "[]"], [None, None]),
        (own("crash"), [true, true], ["[]", "[]"], [Some(2), Some(2)]),
        (own("undefined_anywhere"), [true, true], ["[]", "[]"], [Some(2), Some(2)]),
    ] {
        for (seed, pinger) in [(1, 1), (2, 2), (3, 1)] {
            let (aftermath, pids) = meet(resolver, seed, pinger);
            let mailboxes =
                mailboxes.map(|mailbox| mailbox.replace("P1", &pids[0]).replace("P2", &pids[1]));
            let expected = Aftermath { alive, mailboxes, owners };
            assert_eq!(aftermath, expected, "{resolver:?}, seed {seed}");
        }
    }
}

// G14, G10
#[test]
fn a_name_taken_in_a_partition_is_settled_when_somebody_reconnects() {
    let cluster = Cluster::connected(1, 3, |_| {});
    let (old, new) = (cluster.subject(1), cluster.subject(2));
    let (old_pid, new_pid) = (old.pid, new.pid);
    assert!(cluster.on(1, async move |ctx| register_name(&ctx, atom!("svc"), old_pid).await));
    let owners = || [1, 2, 3].map(|number| cluster.owner(number, "svc"));
    assert_eq!(owners(), [Some(1); 3]);

    cluster.cut(&[&[1], &[2, 3]]);
    assert_eq!(cluster.owner(2, "svc"), Some(1), "seen until detection");
    cluster.wait(Duration::from_secs(8));
    assert_eq!(owners(), [Some(1), None, None]);
    assert!(cluster.on(2, async move |ctx| register_name(&ctx, atom!("svc"), new_pid).await));
    assert_eq!(owners(), [Some(1), Some(2), Some(2)]);

    let reason = cluster.begin(2, async move |ctx| {
        let monitor = ctx.monitor(new_pid);
        down(&ctx, monitor).await
    });
    cluster.world.heal_all();
    cluster.wait(Duration::from_secs(5));
    assert_eq!(owners(), [Some(1), Some(2), Some(2)], "nothing happens until somebody reconnects");
    assert!(cluster.ping(1, 2));
    cluster.wait(Duration::from_secs(5));
    assert_eq!(owners(), [Some(1); 3]);
    assert_eq!(cluster.reports(), [LogReport::OverlapPrevented, LogReport::NameConflict]);
    assert!(old.is_alive(&cluster) && !new.is_alive(&cluster));
    assert_eq!(reason.take(), Some(Term::atom("killed")));
    assert_eq!(cluster.connections(), [vec![2, 3], vec![1, 3], vec![1, 2]]);
}
