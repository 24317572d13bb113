//! Applications that fail, and applications whose node fails.

use super::*;

/// F14, F15, F16, F19: who takes over, when, and what it is told.
#[test]
fn the_next_node_takes_over_after_the_timeout() {
    for (timeout, expected) in [(Some(0), 0..=20), (Some(1500), 1500..=1520)] {
        let cluster = Cluster::new(&CHAIN).timeout(timeout);
        cluster.up(&ALL);
        cluster.check(3000, &["n1 start normal"]);
        cluster.crash("n1");
        cluster.lab.run_to_ms(8000);
        let [line] = &cluster.lab.notes.timed()[..] else { panic!("{:?}", cluster.news()) };
        let (at, what) = line.split_once(' ').unwrap();
        assert_eq!(what, "n2 start normal");
        let after = at.parse::<u64>().unwrap() - 3000;
        assert!(expected.contains(&after), "after {after} ms");
        let records = format!("{:?}", cluster.lab.world.trace().records());
        assert!(records.contains("start_type: {failover,n1@n1}"));
    }
    let cluster = Cluster::new(&CHAIN).timeout(None);
    cluster.up(&ALL);
    cluster.check(3000, &["n1 start normal"]);
    cluster.crash("n1");
    cluster.check(60_000, &[]);
}

/// F16.
#[test]
fn an_application_with_start_phases_is_told_of_the_failover() {
    let mut cluster = Cluster::new(&CHAIN);
    cluster.phases = true;
    cluster.up(&ALL);
    cluster.check(3000, &["n1 start normal"]);
    cluster.crash("n1");
    cluster.check(4000, &["n2 start {failover,n1@n1}"]);
}

/// F17: the old node is back in time.
#[test]
fn a_node_that_is_back_within_the_timeout_runs_it_again() {
    let cluster = Cluster::new(&CHAIN).timeout(Some(4000));
    cluster.up(&ALL);
    cluster.check(3000, &["n1 start normal"]);
    cluster.crash("n1");
    cluster.lab.run_to_ms(3500);
    cluster.up(&["n1"]);
    cluster.check(20_000, &["n1 start normal"]);
}

/// F18: the timer of the first loss runs on.
#[test]
fn two_losses_in_a_row_cost_one_timeout() {
    let cluster = Cluster::new(&CHAIN).timeout(Some(1500));
    cluster.up(&ALL);
    cluster.check(3000, &["n1 start normal"]);
    cluster.crash("n1");
    cluster.lab.run_to_ms(3500);
    cluster.crash("n2");
    cluster.lab.run_to_ms(10_000);
    let timed = cluster.lab.notes.timed();
    let at: u64 = timed[0].strip_suffix(" n3 start normal").unwrap().parse().unwrap();
    assert!((4500..=4550).contains(&at) && timed.len() == 1, "{timed:?}");
}

/// F20: an orderly stop of the node is a loss like any other, a second later.
#[test]
fn the_orderly_stop_of_a_node_moves_its_applications() {
    let cluster = Cluster::new(&CHAIN);
    cluster.up(&ALL);
    cluster.check(3000, &["n1 start normal"]);
    cluster.lab.world.stop_node(cluster.lab.node("n1"));
    cluster.check(3900, &["n1 stop"]);
    cluster.check(4200, &["n2 start normal"]);
}

/// F20, F28: a node that boots while an equal or a higher one runs it becomes a standby.
#[test]
fn a_node_does_not_take_over_from_an_equal_or_a_higher_one() {
    for nodes in [&[&["n1"][..], &["n2"]][..], &[&["n1", "n2"]]] {
        let cluster = Cluster::new(nodes);
        cluster.up(&["n1"]);
        cluster.check(3000, &["n1 start normal"]);
        cluster.up(&["n2"]);
        cluster.check(6000, &[]);
        cluster.crash("n1");
        cluster.check(7000, &["n2 start normal"]);
        cluster.up(&["n1"]);
        let takes = nodes.len() == 2;
        let expected: &[&str] = if takes { &["n1 start {takeover,n2@n2}", "n2 stop"] } else { &[] };
        cluster.check(10_000, expected);
    }
}

/// F21: who has not started it, or stopped it, does not take it over.
#[test]
fn a_standby_that_has_not_started_it_does_nothing() {
    let cluster = Cluster::new(&CHAIN);
    cluster.up(&["n1"]);
    cluster.up_with("n2", BootMode::Load, Vec::new());
    cluster.check(3000, &["n1 start normal"]);
    cluster.crash("n1");
    cluster.check(20_000, &[]);
}

/// F22: nobody else tries.
#[test]
fn a_failed_failover_leaves_it_nowhere() {
    let mut cluster = Cluster::new(&CHAIN);
    cluster.failing = vec![full("n2")];
    cluster.up(&ALL);
    cluster.check(3000, &["n1 start normal"]);
    cluster.crash("n1");
    cluster.check(20_000, &["n2 start normal"]);
}

/// F23, F24, F25: an application that fails by itself is not failed over, even if its node goes
/// down with it.
#[test]
fn the_failure_of_the_application_is_not_the_failure_of_its_node() {
    for restart in [RestartType::Temporary, RestartType::Transient, RestartType::Permanent] {
        let mut cluster = Cluster::new(&CHAIN);
        cluster.mode = BootMode::Start(restart);
        cluster.up(&ALL);
        cluster.check(3000, &["n1 start normal"]);
        let n1 = cluster.lab.node("n1");
        let top = cluster.lab.world.whereis(n1, atom!("app_top")).unwrap();
        cluster.lab.world.exit_process(top, atom!("kill"));
        cluster.check(20_000, &["n1 stop"]);
        let lives = restart == RestartType::Temporary;
        assert_eq!(cluster.lab.world.is_up(n1), lives, "{restart:?}");
        if lives {
            cluster.ask_start("n2");
            cluster.check(21_000, &["n2 answers {already_started,app}"]);
            cluster.ask_start("n1");
            cluster.check(22_000, &["n1 start normal", "n1 answers ok"]);
        }
    }
}

/// F26.
#[test]
fn a_stop_is_no_reason_to_take_over() {
    let cluster = Cluster::new(&CHAIN);
    cluster.up(&ALL);
    cluster.check(3000, &["n1 start normal"]);
    cluster.ask("n1", |ctx| async move { application::stop(&ctx, atom!("app")).await });
    cluster.check(5000, &["n1 stop", "n1 answers ok"]);
    cluster.ask_start("n1");
    cluster.check(6000, &["n1 start normal", "n1 answers ok"]);
}
