//! Nodes connect to all others, and part so that partitions do not overlap.

use std::time::Duration;

use super::{Cluster, name, prepare_shutdown};
use crate::engine::runtime::NodeConfig;
use crate::engine::trace::LogReport;

const DETECTION: Duration = Duration::from_secs(8);

// B3
#[test]
fn connections_are_transitive() {
    for connect_all in [true, false] {
        let cluster = Cluster::strangers(1, 3, |config| config.connect_all = connect_all);
        cluster.ping(1, 2);
        cluster.wait(Duration::from_secs(3));
        cluster.ping(3, 2);
        assert_eq!(cluster.peers_of(3), [2], "not at once");
        cluster.wait(Duration::from_secs(3));
        let expected = if connect_all {
            [vec![2, 3], vec![1, 3], vec![1, 2]]
        } else {
            [vec![2], vec![1, 3], vec![2]]
        };
        assert_eq!(cluster.connections(), expected, "connect_all {connect_all}");
    }
}

// B3, B49
#[test]
fn one_ping_merges_two_clusters_and_leaves_a_third_alone() {
    for seed in 0..5 {
        let cluster = Cluster::strangers(seed, 5, |_| {});
        cluster.ping(1, 2);
        cluster.ping(3, 4);
        cluster.wait(Duration::from_secs(3));
        cluster.ping(1, 3);
        cluster.wait(Duration::from_secs(4));
        let expected = [vec![2, 3, 4], vec![1, 3, 4], vec![1, 2, 4], vec![1, 2, 3], vec![]];
        assert_eq!(cluster.connections(), expected, "seed {seed}");
    }
}

// B3: however many meet at once.
#[test]
fn nodes_that_all_meet_at_once_are_all_connected_in_the_end() {
    for seed in 0..3 {
        let cluster = Cluster::strangers(seed, 8, |_| {});
        for number in 2..=8 {
            drop(cluster.begin(number, async move |ctx| ctx.ping(name(number - 1)).await));
        }
        cluster.wait(Duration::from_mins(1));
        for number in 1..=8 {
            assert_eq!(cluster.peers_of(number).len(), 7, "seed {seed}, n{number}");
        }
    }
}

// B41, B42, B44: n1 and n2 are cut from each other in silence; the one that is found missing first
// ends up alone.
#[test]
fn a_cut_between_two_of_three_isolates_the_slower_end() {
    let mut alone = [0, 0];
    for seed in 0..12 {
        let cluster = Cluster::connected(seed, 3, |_| {});
        cluster.cut(&[&[1], &[2]]);
        cluster.wait(DETECTION);
        let connections = cluster.connections();
        let (lost, kept) = if connections[0].is_empty() { (1, 2) } else { (2, 1) };
        alone[lost - 1] += 1;
        assert_eq!(connections[lost - 1], [0; 0], "seed {seed}");
        assert_eq!(connections[kept - 1], [3], "seed {seed}");
        assert_eq!(connections[2], [kept], "seed {seed}");
        let (asked, obeyed) = (
            format!(
                "'global' at node n3@h3 requested disconnect from node n{lost}@h{lost} in order to prevent overlapping partitions"
            ),
            format!(
                "'global' at node n{lost}@h{lost} disconnected node n3@h3 in order to prevent overlapping partitions"
            ),
        );
        let logged = cluster.logged();
        assert!(logged.contains(&asked) && logged.contains(&obeyed), "seed {seed}: {logged:?}");
        let prevented = logged.iter().filter(|text| text.contains("overlapping partitions"));
        let prevented = vec![LogReport::OverlapPrevented; prevented.count()];
        assert_eq!(cluster.reports(), prevented, "seed {seed}: {logged:?}");
    }
    assert!(alone[0] > 0 && alone[1] > 0, "either end can lose: {alone:?}");
}

// B42: a report is forwarded once by everybody who hears it, and what is given up on account of it
// is not reported.
#[test]
fn a_loss_is_reported_once_along_each_connection() {
    for seed in 0..6 {
        let cluster = Cluster::connected(seed, 4, |_| {});
        cluster.cut(&[&[1], &[2]]);
        cluster.wait(DETECTION);
        let reports = cluster.sent("lost_connection");
        for (index, (from, to, report)) in reports.iter().enumerate() {
            let author = report.tagged("lost_connection").unwrap()[0].as_atom().unwrap();
            assert!([name(1), name(2)].contains(&author), "seed {seed}: {report}");
            let again =
                reports[..index].iter().any(|sent| *sent == (*from, to.clone(), report.clone()));
            assert!(!again, "seed {seed}: {from} sends {report} to {to} again");
        }
        let forwarded = reports.iter().any(|(from, _, _)| [name(3), name(4)].contains(from));
        assert!(forwarded, "seed {seed}");
    }
}

// B45
#[test]
fn a_disconnect_isolates_both_ends() {
    for (count, expected) in
        [(3, vec![vec![], vec![], vec![]]), (4, vec![vec![], vec![], vec![4], vec![3]])]
    {
        for seed in 0..5 {
            let cluster = Cluster::connected(seed, count, |_| {});
            assert!(cluster.on(1, async |ctx| ctx.disconnect_node(name(2))));
            cluster.wait(Duration::from_secs(1));
            assert_eq!(cluster.connections(), expected, "{count} nodes, seed {seed}");
        }
    }
}

// B46
#[test]
fn clean_halves_stay_whole() {
    for (groups, expected) in [
        ([&[1, 2][..], &[3, 4][..]], [vec![2], vec![1], vec![4], vec![3]]),
        ([&[1][..], &[2, 3, 4][..]], [vec![], vec![3, 4], vec![2, 4], vec![2, 3]]),
    ] {
        for seed in 0..5 {
            let cluster = Cluster::connected(seed, 4, |_| {});
            cluster.cut(&groups);
            cluster.wait(DETECTION);
            assert_eq!(cluster.connections(), expected, "{groups:?}, seed {seed}");
        }
    }
}

// B47
#[test]
fn a_cut_between_two_of_four_isolates_one() {
    for seed in 0..6 {
        let cluster = Cluster::connected(seed, 4, |_| {});
        cluster.cut(&[&[1], &[2]]);
        cluster.wait(DETECTION);
        let connections = cluster.connections();
        let expected = if connections[0].is_empty() {
            [vec![], vec![3, 4], vec![2, 4], vec![2, 3]]
        } else {
            [vec![3, 4], vec![], vec![1, 4], vec![1, 3]]
        };
        assert_eq!(connections, expected, "seed {seed}");
    }
}

// B43, B48
#[test]
fn without_prevention_only_the_cut_connection_goes() {
    let settings: [fn(&mut NodeConfig); 2] = [
        |config| config.prevent_overlapping_partitions = false,
        |config| config.connect_all = false,
    ];
    for (index, adjust) in settings.into_iter().enumerate() {
        let cluster = Cluster::strangers(1, 3, adjust);
        for (from, to) in [(1, 2), (1, 3), (2, 3)] {
            cluster.ping(from, to);
        }
        cluster.wait(Duration::from_secs(5));
        cluster.cut(&[&[1], &[2]]);
        cluster.wait(DETECTION);
        assert_eq!(cluster.connections(), [vec![3], vec![3], vec![1, 2]], "setting {index}");
        assert!(cluster.logged().iter().all(|text| !text.contains("overlapping")));
    }
}

// B33, B49
#[test]
fn after_the_heal_nothing_reconnects_until_somebody_is_used() {
    let cluster = Cluster::connected(3, 3, |_| {});
    cluster.cut(&[&[1], &[2, 3]]);
    cluster.wait(DETECTION);
    cluster.world.heal_all();
    cluster.wait(Duration::from_secs(30));
    assert_eq!(cluster.connections(), [vec![], vec![3], vec![2]]);
    assert!(cluster.ping(1, 2));
    cluster.wait(Duration::from_secs(2));
    assert_eq!(cluster.connections(), [vec![2, 3], vec![1, 3], vec![1, 2]]);
}

// B41, B50
#[test]
fn the_loss_of_one_node_leaves_the_others_connected() {
    for stop in [true, false] {
        for seed in 0..5 {
            let cluster = Cluster::connected(seed, 4, |_| {});
            if stop {
                cluster.world.stop_node(cluster.node(2));
            } else {
                cluster.world.crash_node(cluster.node(2));
            }
            cluster.wait(DETECTION);
            for (number, expected) in [(1, [3, 4]), (3, [1, 4]), (4, [1, 3])] {
                assert_eq!(cluster.peers_of(number), expected, "stop {stop}, seed {seed}");
            }
        }
    }
}

// B41: n1 keeps the loss of n2 to itself, so n3 gives up n1 only, at the word of n2.
#[test]
fn a_node_that_shuts_down_reports_no_loss() {
    let cluster = Cluster::connected(1, 3, |_| {});
    cluster.on(1, async |ctx| prepare_shutdown(&ctx).await);
    assert!(cluster.on(1, async |ctx| ctx.disconnect_node(name(2))));
    cluster.wait(Duration::from_secs(1));
    assert_eq!(cluster.connections(), [vec![], vec![3], vec![2]]);
}

// B3, G8: a node that comes back is a newcomer.
#[test]
fn a_restarted_node_is_let_in_again() {
    let cluster = Cluster::connected(1, 3, |_| {});
    cluster.world.crash_node(cluster.node(2));
    cluster.wait(Duration::from_secs(2));
    cluster.world.start_node(cluster.node(2));
    assert!(cluster.ping(2, 3));
    cluster.wait(Duration::from_secs(3));
    assert_eq!(cluster.connections(), [vec![2, 3], vec![1, 3], vec![1, 2]]);
}
