//! Nodes that do not know of each other.

use super::*;

/// F32, F33, F34, F35: both sides of a partition run it, the heal changes nothing, a restart does.
#[test]
fn a_partition_splits_the_brain_until_a_node_restarts() {
    let cluster = Cluster::new(&CHAIN).timeout(Some(500));
    cluster.up(&ALL);
    cluster.check(3000, &["n1 start normal"]);
    cluster.cut(&["n1"], &["n2", "n3"]);
    cluster.check(12_000, &["n2 start normal"]);
    assert_eq!(cluster.where_it_runs(), ["n1", "n2"]);
    cluster.lab.world.heal_all();
    cluster.connect("n1", "n2");
    cluster.connect("n1", "n3");
    cluster.check(20_000, &[]);
    assert_eq!(cluster.where_it_runs(), ["n1", "n2"]);
    cluster.ask("n2", |ctx| async move { application::stop(&ctx, atom!("app")).await });
    cluster.check(21_000, &["n2 stop", "n2 answers ok"]);
    cluster.ask_start("n2");
    cluster.check(22_000, &["n2 start normal", "n2 answers ok"]);
    cluster.crash("n1");
    cluster.lab.run_to_ms(23_000);
    cluster.up(&["n1"]);
    cluster.check(26_000, &["n1 start {takeover,n2@n2}", "n2 stop"]);
    assert_eq!(cluster.where_it_runs(), ["n1"]);
}

/// F36.
#[test]
fn a_paused_node_still_runs_it_when_it_goes_on() {
    let cluster = Cluster::new(&CHAIN);
    cluster.up(&ALL);
    cluster.check(3000, &["n1 start normal"]);
    cluster.lab.world.pause_node(cluster.lab.node("n1"));
    cluster.check(12_000, &["n2 start normal"]);
    cluster.lab.world.resume_node(cluster.lab.node("n1"));
    cluster.check(20_000, &[]);
    assert_eq!(cluster.where_it_runs(), ["n1", "n2"]);
}

/// F38.
#[test]
fn a_short_cut_has_no_effect() {
    let cluster = Cluster::new(&CHAIN);
    cluster.up(&ALL);
    cluster.check(3000, &["n1 start normal"]);
    cluster.cut(&["n1"], &["n2", "n3"]);
    cluster.lab.run_to_ms(5000);
    cluster.lab.world.heal_all();
    cluster.check(20_000, &[]);
    assert_eq!(cluster.where_it_runs(), ["n1"]);
}

/// Nodes that booted apart and are connected since.
fn strangers() -> Cluster {
    let cluster = Cluster::new(&CHAIN);
    cluster.cut(&["n1"], &["n2", "n3"]);
    cluster.up_with("n1", BootMode::Known, Vec::new());
    cluster.up_with("n2", BootMode::Known, Vec::new());
    cluster.lab.run_to_ms(16_000);
    cluster.lab.world.heal_all();
    cluster.connect("n1", "n2");
    cluster.lab.run_to_ms(18_000);
    cluster
}

/// F4, F5, F37: nodes that booted apart stay strangers.
#[test]
fn nodes_that_meet_after_their_boot_do_not_know_each_other() {
    let cluster = strangers();
    cluster.ask_start("n2");
    cluster.check(20_000, &["n2 start normal", "n2 answers ok"]);
    cluster.ask_start("n1");
    cluster.check(22_000, &["n1 start normal", "n1 answers ok"]);
    assert_eq!(cluster.where_it_runs(), ["n1", "n2"]);
}

/// F37: a node that has heard of the other's load waits for a report that never comes.
#[test]
fn a_start_hangs_on_a_stranger_that_has_loaded_the_application() {
    let cluster = strangers();
    cluster.ask("n1", |ctx| async move { application::load(&ctx, atom!("app")).await });
    cluster.check(19_000, &["n1 answers ok"]);
    cluster.ask_start("n2");
    cluster.check(30_000, &[]);
    cluster.crash("n1");
    cluster.check(31_000, &["n2 start normal", "n2 answers ok"]);
}
