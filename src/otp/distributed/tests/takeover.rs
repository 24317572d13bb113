//! Applications that are moved while they run.

use super::*;

/// F27, F28: the returning node takes over when it starts the application; the old instance stops
/// only then, so that both overlap.
#[test]
fn a_returning_node_takes_over() {
    let mut cluster = Cluster::new(&CHAIN);
    cluster.slow_end = 800;
    cluster.up(&["n3"]);
    cluster.check(3000, &["n3 start normal"]);
    cluster.up_with("n2", BootMode::Load, Vec::new());
    cluster.check(5000, &[]);
    cluster.ask_start("n2");
    cluster.check(5100, &["n2 start {takeover,n3@n3}", "n2 answers ok"]);
    assert_eq!(cluster.where_it_runs(), ["n2", "n3"]);
    cluster.check(6000, &["n3 stop"]);
    cluster.up(&["n1"]);
    cluster.check(9000, &["n1 start {takeover,n2@n2}", "n2 stop"]);
    assert_eq!(cluster.where_it_runs(), ["n1"]);
}

/// F29.
#[test]
fn an_application_can_be_taken_over_by_hand() {
    let takeover = |ctx: Context| async move {
        application::takeover(&ctx, atom!("app"), RestartType::Temporary).await
    };
    let cluster = Cluster::new(&CHAIN);
    cluster.up(&["n1", "n2"]);
    cluster.up_with("n3", BootMode::Load, Vec::new());
    cluster.check(3000, &["n1 start normal"]);
    cluster.ask("n1", takeover);
    cluster.check(4000, &["n1 answers {already_running_locally,app}"]);
    cluster.ask("n3", takeover);
    cluster.check(5000, &["n3 answers {not_running_distributed,app}"]);
    cluster.ask("n2", takeover);
    cluster.lab.run_to_ms(6000);
    let mut news = cluster.news();
    news.sort();
    assert_eq!(news, ["n1 stop", "n2 answers ok", "n2 start {takeover,n1@n1}"]);
    assert_eq!(cluster.where_it_runs(), ["n2"]);
}

/// F30.
#[test]
fn a_failing_takeover_stops_the_old_instance_too() {
    let mut cluster = Cluster::new(&CHAIN);
    cluster.failing = vec![full("n1")];
    cluster.up(&["n2"]);
    cluster.check(3000, &["n2 start normal"]);
    cluster.up(&["n1"]);
    cluster.check(6000, &["n1 start {takeover,n2@n2}", "n2 stop"]);
    assert!(cluster.where_it_runs().is_empty());
}

/// F31.
#[test]
fn a_permission_moves_it() {
    let permit =
        |may| move |ctx: Context| async move { application::permit(&ctx, atom!("app"), may).await };
    let cluster = Cluster::new(&CHAIN);
    cluster.up(&ALL);
    cluster.check(3000, &["n1 start normal"]);
    cluster.ask("n1", permit(false));
    cluster.lab.run_to_ms(4000);
    let mut news = cluster.news();
    news.sort();
    assert_eq!(news, ["n1 answers ok", "n1 stop", "n2 start {takeover,n1@n1}"]);
    cluster.ask("n1", permit(true));
    cluster.lab.run_to_ms(5000);
    let mut news = cluster.news();
    news.sort();
    assert_eq!(news, ["n1 answers ok", "n1 start {takeover,n2@n2}", "n2 stop"]);
    assert_eq!(cluster.where_it_runs(), ["n1"]);
}
