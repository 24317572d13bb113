//! Those who are told: `log`, `analytics` and `reporting`.

use serde_json::json;

use super::cluster::{Cluster, Options};
use crate::atom;
use crate::otp::gen_server;
use crate::scenario::services::analytics::{AnalyticsRequest, Counts};
use crate::scenario::services::log::{LogReply, LogRequest};

const MIX: [&str; 3] = ["post", "read", "join"];

#[test]
fn what_happens_is_logged_and_counted() {
    let mut cluster = Cluster::start(&Options::default());
    cluster.operate(&MIX, 20, 600);
    cluster.world.spawn(cluster.node("ops@b"), "asker", |ctx| async move {
        let log: LogReply = gen_server::call(&ctx, "log", LogRequest::Tail).await?;
        assert_eq!((log.total, log.lines.len()), (30, 30));
        assert!(log.lines[0].ends_with(": ok after 1 tries"), "{:?}", log.lines);
        let counts: Counts = gen_server::call(&ctx, "analytics", AnalyticsRequest::Counts).await?;
        assert_eq!(counts.rooms.values().sum::<u64>(), 10);
        assert_eq!(counts.minutes.values().sum::<u64>(), 10);
        ctx.register(atom!("satisfied"), ctx.pid())?;
        ctx.receive().await;
        Ok(())
    });
    cluster.world.run_for(std::time::Duration::from_secs(1));
    let satisfied = cluster.world.whereis(cluster.node("ops@b"), atom!("satisfied"));
    assert!(satisfied.is_some(), "{:?}", cluster.world.trace().records().last());
}

#[test]
fn notices_to_the_dead_are_lost_and_counted() {
    let mut cluster = Cluster::start(&Options::default());
    cluster.operate(&MIX, 20, 600);
    cluster.crash("ops@b");
    cluster.operate(&MIX, 20, 600);
    cluster.close(1_000);
    let tallies = cluster.report.summary().tallies;
    let log = &tallies[&atom!("log")];
    assert_eq!((log["sent"], log["received"]), (63, 30));
}

#[test]
fn reporting_says_what_went_wrong() {
    let http = json!({ "retry": false });
    let mut cluster = Cluster::start(&Options { http, ..Options::default() });
    cluster.operate(&MIX, 20, 2_000);
    cluster.crash("db1@a");
    cluster.operate(&MIX, 20, 4_000);
    let lines = cluster.lines();
    for expected in [
        "ops@b reporting: node db1@a is down: connection_closed",
        "reporting: database has moved from db1@a to db2@b",
        "of the requests fail, above 5%: mostly noproc",
        "ops@b reporting: requests are back to normal",
    ] {
        assert!(lines.iter().any(|line| line.contains(expected)), "{expected}: {lines:#?}");
    }
}
