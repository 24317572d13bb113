//! The same over each transport.

use super::cluster::{Cluster, Options, Tally, tally};
use crate::atom;
use crate::scenario::services::Transport;
use crate::scenario::services::transport::Cost;

const MIX: [&str; 3] = ["post", "read", "join"];

const TRANSPORTS: [Transport; 3] = [
    Transport::Distribution,
    Transport::JsonHttp { keep_alive: true, retries: 0 },
    Transport::JsonHttp { keep_alive: false, retries: 2 },
];

#[test]
fn users_post_read_and_join() {
    for transport in TRANSPORTS {
        let mut cluster = Cluster::start(&Options { transport, ..Options::default() });
        cluster.operate(&MIX, 20, 1_200);
        let history = cluster.close(1_000);
        let failed = history.operations().iter().find(|found| !found.is_ok());
        assert_eq!(failed, None, "{transport:?} {:#?}", cluster.lines());
        let expected = Tally { operations: 63, acknowledged: 20, ..Tally::default() };
        assert_eq!(tally(&history), expected, "{transport:?}");
    }
}

#[test]
fn a_crash_of_the_database_and_its_return_are_masked() {
    for transport in TRANSPORTS {
        for seed in 1..=5 {
            let mut cluster = Cluster::start(&Options { seed, transport, ..Options::default() });
            cluster.operate(&MIX, 20, 1_200);
            cluster.crash("db1@a");
            cluster.operate(&MIX, 20, 1_200);
            cluster.restart("db1@a");
            cluster.operate(&MIX, 20, 3_000);
            let history = cluster.close(1_000);
            let failed = history.operations().iter().find(|found| !found.is_ok());
            assert_eq!(failed, None, "{transport:?} seed {seed} {:#?}", cluster.lines());
            let expected = Tally { operations: 273, acknowledged: 90, ..Tally::default() };
            assert_eq!(tally(&history), expected, "{transport:?} seed {seed}");
        }
    }
}

#[test]
fn each_transport_has_its_price() {
    let cost = |transport| {
        let mut cluster = Cluster::start(&Options { transport, ..Options::default() });
        cluster.operate(&MIX, 20, 1_200);
        cluster.close(1_000);
        cluster.report.summary().costs[&atom!("http")]
    };
    let [direct, kept, fresh] = TRANSPORTS.map(cost);
    assert_eq!((direct.requests, kept.requests, fresh.requests), (63, 63, 63));
    assert_eq!((direct.connections, fresh.connections), (0, 63));
    assert!(kept.connections >= 1 && kept.connections <= 4, "{kept:?}");
    assert!(kept.bytes > 2 * direct.bytes, "{kept:?} {direct:?}");
    assert_ne!(direct, Cost::default());
}
