//! Boots that wait, and where an application starts.

use super::*;

/// F6, F9: the first node of the list that is up runs it; all calls return.
#[test]
fn the_first_node_that_is_up_runs_it() {
    for (up, expected) in [(&ALL[..], "n1"), (&ALL[1..], "n2"), (&ALL[2..], "n3")] {
        let cluster = Cluster::new(&CHAIN);
        cluster.up(up);
        cluster.check(5000, &[&format!("{expected} start normal")]);
        assert_eq!(cluster.where_it_runs(), [expected]);
        for node in ALL.into_iter().filter(|name| up.contains(name)) {
            cluster.ask_start(node);
            cluster.ask(node, |ctx| async move {
                let running = application::which_applications(&ctx).await;
                Err(Term::from(running.contains(&atom!("app"))))
            });
        }
        cluster.lab.run_to_ms(6000);
        let mut news = cluster.news();
        news.sort();
        let mut wanted: Vec<String> = (up.iter())
            .flat_map(|node| {
                let runs = *node == expected;
                [
                    format!("{node} answers {runs}"),
                    format!("{node} answers {{already_started,app}}"),
                ]
            })
            .collect();
        wanted.sort();
        assert_eq!(news, wanted);
    }
}

/// F7, F8: a lower node waits until the higher one has started it, or has gone.
#[test]
fn a_lower_node_waits_for_a_higher_one() {
    for crash in [false, true] {
        let cluster = Cluster::new(&CHAIN).timeout(Some(3000));
        cluster.up_with("n1", BootMode::Load, Vec::new());
        cluster.up_with("n2", BootMode::Load, Vec::new());
        cluster.check(2000, &[]);
        cluster.ask_start("n2");
        cluster.check(4000, &[]);
        if crash {
            cluster.crash("n1");
            cluster.check(4100, &["n2 start normal", "n2 answers ok"]);
        } else {
            cluster.ask_start("n1");
            cluster.lab.run_to_ms(4100);
            let mut news = cluster.news();
            news[1..].sort();
            assert_eq!(news, ["n1 start normal", "n1 answers ok", "n2 answers ok"]);
        }
    }
}

/// F10: it runs nowhere when its start fails on the node that was chosen.
#[test]
fn a_failed_start_is_reported_to_those_that_wait() {
    let mut cluster = Cluster::new(&CHAIN);
    cluster.failing = vec![full("n1")];
    cluster.mode = BootMode::Load;
    cluster.up(&ALL);
    cluster.check(2000, &[]);
    cluster.ask_start("n2");
    cluster.check(2500, &[]);
    cluster.ask_start("n1");
    cluster.lab.run_to_ms(3000);
    let mut news = cluster.news();
    news.sort();
    let expected = [
        "n1 answers {nope,{app,start,[normal,[]]}}",
        "n1 start normal",
        "n2 answers {n1@n1,{nope,{app,start,[normal,[]]}}}",
    ];
    assert_eq!(news, expected);
    assert!(cluster.where_it_runs().is_empty());
}

/// F12: the first node to compare goes down, the other runs on.
#[test]
fn nodes_with_different_lists_do_not_stay_together() {
    let mut cluster = Cluster::new(&CHAIN);
    cluster.mode = BootMode::Load;
    cluster.up(&["n1"]);
    cluster.check(2000, &[]);
    cluster.nodes = vec![vec![full("n2")], vec![full("n1")]];
    cluster.up(&["n2"]);
    cluster.lab.run_to_ms(5000);
    let up = |name: &str| cluster.lab.world.is_up(cluster.lab.node(name));
    assert!(up("n1") != up("n2"));
    let records = format!("{:?}", cluster.lab.world.trace().records());
    assert!(records.contains("Distribution mismatch for application"));
    assert!(records.contains("{application_terminated,kernel,shutdown}"));
}

/// F13: of equals the one that runs the fewest applications, then the one whose name comes first.
#[test]
fn of_equals_the_least_loaded_runs_it() {
    for (loaded, expected) in [(None, "n2"), (Some("n2"), "n3"), (Some("n3"), "n2")] {
        let cluster = Cluster::new(&[&["n1"], &["n2", "n3"]]);
        for name in &ALL {
            let more = if loaded == Some(*name) { weight(&cluster.lab.notes) } else { Vec::new() };
            cluster.up_with(name, cluster.mode, more);
        }
        cluster.check(3000, &["n1 start normal"]);
        cluster.crash("n1");
        cluster.check(4000, &[&format!("{expected} start normal")]);
    }
}

/// F1: the boot goes on as soon as the nodes are there, or when the time is up.
#[test]
fn a_boot_waits_for_the_nodes_that_it_names() {
    let cluster = Cluster::new(&[&["n2"], &["n1"]]);
    cluster.up(&["n1"]);
    cluster.lab.run_to_ms(400);
    cluster.up(&["n2"]);
    cluster.lab.run_to_ms(500);
    cluster.up(&["n3"]);
    cluster.check(900, &["n2 start normal"]);
    let alone = Cluster::new(&[&["n1"]]);
    alone.up(&["n1"]);
    alone.check(990, &[]);
    alone.check(1100, &["n1 start normal"]);
}

/// F2, F3: a node does not start without its mandatory nodes; a silent one takes seven seconds.
#[test]
fn a_node_does_not_start_without_its_mandatory_nodes() {
    for (silent, down_by) in [(false, 1600), (true, 7600)] {
        let lab = Lab::asleep(&["a", "b"], |config| NodeConfig {
            sync_nodes_mandatory: vec![full("b")],
            sync_nodes_timeout: Duration::from_secs(1),
            ..config
        });
        lab.keep_time();
        let a = lab.node("a");
        lab.world.set_boot(a, kernel::boot(Rc::new(BootConfig::default())));
        if silent {
            lab.world.partition(&[vec![a], vec![lab.node("b")]]);
        }
        lab.world.start_node(a);
        lab.run_to_ms(down_by - 400);
        assert!(lab.world.is_up(a), "{silent}");
        lab.run_to_ms(down_by);
        assert!(!lab.world.is_up(a), "{silent}");
        let records = format!("{:?}", lab.world.trace().records());
        assert!(records.contains("{mandatory_nodes_down,[b@b]}"));
    }
}
