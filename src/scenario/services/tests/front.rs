//! Requests and the users who make them.

use std::time::Duration;

use serde_json::{Value, json};

use super::cluster::{Cluster, Options, tally};
use crate::consistency::history::Outcome;

const MIX: [&str; 3] = ["post", "read", "join"];

/// A database that stands still for longer than a try lasts: how many posts appear twice.
fn doubled_posts(http: Value) -> usize {
    let mut cluster = Cluster::start(&Options { http, ..Options::default() });
    cluster.operate(&MIX, 20, 600);
    cluster.world.pause_node(cluster.node("db1@a"));
    cluster.operate(&["post"], 100, 400);
    cluster.world.resume_node(cluster.node("db1@a"));
    let tally = tally(&cluster.close(3_000));
    assert_eq!((tally.lost, tally.failed, tally.unknown), (0, 0, 0), "{tally:?}");
    tally.doubled
}

#[test]
fn a_post_that_is_tried_again_appears_once() {
    assert_eq!(doubled_posts(json!({ "try_timeout": "100ms" })), 0);
}

#[test]
fn a_post_without_a_key_that_is_tried_again_appears_twice() {
    let http = json!({ "try_timeout": "100ms", "idempotency_keys": false });
    assert!(doubled_posts(http) > 0);
}

#[test]
fn without_retries_users_see_the_failover() {
    let http = json!({ "retry": false });
    let mut cluster = Cluster::start(&Options { http, ..Options::default() });
    cluster.operate(&MIX, 20, 600);
    cluster.crash("db1@a");
    cluster.operate(&MIX, 20, 1_200);
    let history = cluster.close(1_000);
    let failed = history.operations().iter().filter(|found| !found.is_ok());
    let failed: Vec<_> = failed.map(|found| found.completion.clone().unwrap().outcome).collect();
    assert!(failed.len() > 5, "{failed:?}");
    let certain = Outcome::Failed(crate::atom!("noproc").into());
    assert!(failed.contains(&certain), "{failed:?}");
    assert_eq!(tally(&history).lost, 0);
}

/// The front of the users goes down for good: how many of their operations fail.
fn errors_without_front(user: Value) -> usize {
    let options = Options { user, users: 1, timeout: Duration::from_secs(2), ..Options::default() };
    let mut cluster = Cluster::start(&options);
    cluster.operate(&MIX, 20, 600);
    cluster.crash("web1@a");
    cluster.operate(&MIX, 50, 1_000);
    let history = cluster.close(30_000);
    assert_eq!((tally(&history).lost, tally(&history).doubled), (0, 0));
    history.operations().iter().filter(|found| !found.is_ok()).count()
}

#[test]
fn users_go_to_the_next_front_when_theirs_is_gone() {
    assert_eq!(errors_without_front(json!({})), 0);
    assert!(errors_without_front(json!({ "failover": false })) > 10);
    assert!(errors_without_front(json!({ "servers": ["web1@a"] })) > 10);
}

#[test]
fn a_request_that_is_killed_takes_nobody_with_it() {
    let mut cluster = Cluster::start(&Options::default());
    cluster.operate(&MIX, 20, 600);
    let front = cluster.world.whereis(cluster.node("web1@a"), crate::atom!("http")).unwrap();
    cluster.world.exit_process(front, crate::atom!("kill"));
    cluster.operate(&MIX, 20, 600);
    let history = cluster.close(1_000);
    assert!(
        history
            .operations()
            .iter()
            .rev()
            .take(3)
            .all(crate::consistency::history::Operation::is_ok)
    );
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let digest = || {
        let mut cluster = Cluster::start(&Options::default());
        cluster.operate(&MIX, 20, 600);
        cluster.crash("db1@a");
        cluster.operate(&MIX, 20, 1_200);
        let history = cluster.close(1_000);
        (cluster.world.trace().digest(), history)
    };
    assert_eq!(digest(), digest());
}
