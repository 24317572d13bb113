//! The fate of messages when the database fails or moves.

use std::time::Duration;

use serde_json::{Value, json};

use super::cluster::{Cluster, Options, Tally, tally};
use crate::consistency::history::Outcome;

const MIX: [&str; 3] = ["post", "read", "join"];

fn with_database(database: Value) -> Options {
    Options { database, ..Options::default() }
}

/// Users at work, a crash of the database in the middle of a post, more work.
fn crash_while_posting(options: &Options, micros: u64) -> Tally {
    let mut cluster = Cluster::start(options);
    cluster.operate(&MIX, 20, 600);
    cluster.tell("post");
    cluster.world.run_for(Duration::from_micros(micros));
    cluster.crash("db1@a");
    cluster.operate(&MIX, 20, 1_200);
    tally(&cluster.close(6_000))
}

#[test]
fn a_synchronous_standby_has_every_acknowledged_post() {
    for seed in 1..=30 {
        let options = Options { seed, ..Options::default() };
        let tally = crash_while_posting(&options, seed * 100);
        let expected = Tally { operations: 94, acknowledged: 31, ..Tally::default() };
        assert_eq!(tally, expected, "seed {seed}");
    }
}

#[test]
fn an_asynchronous_standby_may_lack_the_last_post() {
    let lost = (1..=30).map(|seed| {
        let options = Options { seed, ..with_database(json!({ "replication": "async" })) };
        let tally = crash_while_posting(&options, seed * 100);
        assert!(tally.lost <= 1, "seed {seed}: {tally:?}");
        tally.lost
    });
    assert!(lost.sum::<usize>() > 0);
}

#[test]
fn without_replication_a_failover_begins_with_nothing() {
    let tally = crash_while_posting(&with_database(json!({ "replication": "none" })), 0);
    assert!(tally.lost >= 10, "{tally:?}");
}

#[test]
fn a_returning_node_takes_the_database_over_without_a_loss() {
    for replication in ["sync", "async"] {
        let mut cluster = Cluster::start(&with_database(json!({ "replication": replication })));
        cluster.operate(&MIX, 20, 600);
        cluster.crash("db1@a");
        cluster.operate(&MIX, 20, 1_200);
        cluster.restart("db1@a");
        cluster.operate(&MIX, 10, 4_000);
        let tally = tally(&cluster.close(6_000));
        let lines = cluster.lines();
        let expected = Tally { operations: 493, acknowledged: 164, ..Tally::default() };
        assert_eq!(tally, expected, "{replication}: {lines:#?}");
        assert!(lines.iter().any(|line| line.contains("database: hands over")), "{lines:#?}");
        assert!(lines.iter().any(|line| line.contains("db1@a database: leads in epoch 3")));
    }
}

#[test]
fn a_takeover_that_comes_to_nothing_leaves_the_old_instance_at_work() {
    let begun = || {
        let mut cluster = Cluster::start(&Options::default());
        cluster.operate(&MIX, 20, 600);
        cluster.crash("db1@a");
        cluster.operate(&MIX, 20, 600);
        cluster.restart("db1@a");
        cluster
    };
    let cluster = begun();
    cluster.world.run_for(Duration::from_secs(5));
    let lines = cluster.report.take();
    let handed_over = lines.iter().find(|line| line.text == "hands over").unwrap().at;
    let mut led_again = 0;
    for half_millis in 0..40 {
        let mut cluster = begun();
        let crash = Duration::from_micros(500 * half_millis);
        cluster.world.run_until(handed_over + crash - Duration::from_millis(2));
        cluster.crash("db1@a");
        cluster.operate(&MIX, 20, 3_000);
        let tally = tally(&cluster.close(6_000));
        let expected = Tally { operations: 213, acknowledged: 70, ..Tally::default() };
        let lines = cluster.lines();
        assert_eq!(tally, expected, "after {crash:?}: {lines:#?}");
        let leads = lines.iter().filter(|line| line.contains("db2@b database: leads"));
        led_again += usize::from(leads.count() == 2);
    }
    assert!(led_again > 0);
}

/// One database node with a disk; a crash of it, and its return.
fn crash_with_disk(fsync: bool, posts_for_ms: u64) -> Tally {
    let database = json!({ "storage": "disk", "fsync": fsync });
    let mut cluster =
        Cluster::start(&Options { database_nodes: vec!["db1@a"], ..with_database(database) });
    cluster.operate(&["post"], 50, posts_for_ms);
    cluster.crash("db1@a");
    cluster.restart("db1@a");
    tally(&cluster.close(6_000))
}

#[test]
fn a_synced_disk_keeps_every_acknowledged_post() {
    let tally = crash_with_disk(true, 2_000);
    assert_eq!(tally, Tally { operations: 43, acknowledged: 40, ..Tally::default() });
}

#[test]
fn a_disk_that_is_not_synced_loses_what_was_not_written_back() {
    assert_eq!(crash_with_disk(false, 2_000).lost, 40);
    let later = crash_with_disk(false, 7_000);
    assert!(later.lost > 0 && later.lost < 100, "{later:?}");
}

#[test]
fn a_paused_leader_is_superseded_when_it_goes_on() {
    for seed in 1..=5 {
        let mut cluster = Cluster::start(&Options { seed, ..Options::default() });
        cluster.operate(&MIX, 20, 600);
        cluster.world.pause_node(cluster.node("db1@a"));
        cluster.operate(&MIX, 50, 9_000);
        cluster.world.resume_node(cluster.node("db1@a"));
        cluster.operate(&MIX, 20, 4_000);
        let history = cluster.close(6_000);
        let (tally, lines) = (tally(&history), cluster.lines());
        assert_eq!((tally.lost, tally.doubled), (0, 0), "seed {seed}: {lines:#?}");
        assert!(tally.acknowledged > 50, "seed {seed}: {tally:?}");
    }
}

#[test]
fn in_a_partition_both_sides_acknowledge_and_one_of_them_loses() {
    let user = json!({ "servers": ["web1@a", "web2@b"], "failover": false });
    let mut cluster = Cluster::start(&Options { user, ..Options::default() });
    cluster.operate(&MIX, 20, 600);
    let group = |names: &[&str]| names.iter().map(|name| cluster.node(name)).collect::<Vec<_>>();
    let sides = [group(&["db1@a", "web1@a"]), group(&["db2@b", "web2@b", "ops@b"])];
    cluster.world.partition(&sides);
    cluster.world.run_for(Duration::from_secs(7));
    let before = tally(&cluster.close(0)).acknowledged;
    cluster.operate(&["post"], 50, 2_000);
    cluster.world.run_for(Duration::from_secs(2));
    let acknowledged = tally(&cluster.close(0)).acknowledged - before;
    assert_eq!(acknowledged, 40, "{:#?}", cluster.lines());
    cluster.world.heal_all();
    let from = cluster.node("db1@a");
    cluster.world.spawn(from, "meet", |ctx| async move {
        ctx.ping(crate::engine::term::Atom::new("db2@b")).await;
        Ok(())
    });
    cluster.operate(&MIX, 50, 3_000);
    let (tally, lines) = (tally(&cluster.close(8_000)), cluster.lines());
    assert!(tally.lost >= 15 && tally.lost <= 30, "{tally:?} {lines:#?}");
}

/// A standby that stands still while users post: how long the longest post took.
fn longest_post_with_paused_standby(database: Value) -> Duration {
    let mut cluster = Cluster::start(&with_database(database));
    cluster.world.pause_node(cluster.node("db2@b"));
    cluster.operate(&["post"], 100, 2_000);
    let history = cluster.close(8_000);
    let posts = history.operations().iter().filter(|found| found.name.as_str() == "post");
    posts.filter_map(crate::consistency::history::Operation::latency).max().unwrap()
}

#[test]
fn a_silent_standby_holds_posts_up_until_it_is_given_up() {
    let longest = longest_post_with_paused_standby(json!({}));
    assert!(longest > Duration::from_secs(2), "{longest:?}");
    let timeout = json!({ "replication_timeout": "200ms" });
    let longest = longest_post_with_paused_standby(timeout);
    assert!(longest < Duration::from_secs(2), "{longest:?}");
}

#[test]
fn a_database_that_is_killed_starts_again_with_its_store() {
    let mut cluster = Cluster::start(&Options::default());
    cluster.operate(&MIX, 20, 600);
    let node = cluster.node("db1@a");
    for name in ["database", "database_store"] {
        let pid = cluster.world.whereis(node, crate::engine::term::Atom::new(name)).unwrap();
        cluster.world.exit_process(pid, crate::atom!("kill"));
        cluster.operate(&MIX, 20, 600);
    }
    let history = cluster.close(2_000);
    let (tally, lines) = (tally(&history), cluster.lines());
    assert_eq!((tally.lost, tally.doubled, tally.failed), (0, 0, 0), "{tally:?} {lines:#?}");
    assert!(tally.acknowledged >= 29, "{tally:?}");
}

#[test]
fn posts_are_numbered_in_their_rooms() {
    let user = json!({ "rooms": 1, "servers": ["web1@a"] });
    let mut cluster = Cluster::start(&Options { user, users: 1, ..Options::default() });
    cluster.operate(&["post"], 20, 200);
    let history = cluster.close(1_000);
    let answers = history.operations()[..10].iter().map(|found| {
        match &found.completion.as_ref().unwrap().outcome {
            Outcome::Ok(answer) => answer.as_integer().unwrap(),
            other => panic!("{other:?}"),
        }
    });
    assert!(answers.eq(1..=10));
}
