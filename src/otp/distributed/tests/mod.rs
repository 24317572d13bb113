//! The rules F1 to F39, on nodes `n1`, `n2`, `n3` that boot with a distributed application `app`.

use std::rc::Rc;
use std::time::Duration;

use super::Distributed;
use crate::atom;
use crate::otp::application::{self, ApplicationSpec, RestartType, StartType};
use crate::otp::kernel::{self, BootApplication, BootConfig, BootMode};
use crate::otp::lab::{Lab, Notes, full};
use crate::otp::supervisor::{self, ChildSpec, Flags, StartResult};
use crate::runtime::{Context, NodeConfig};
use crate::term::{Atom, Term};

/// The cluster of a test: three nodes that wait a second for each other when they boot.
struct Cluster {
    lab: Lab,
    /// `app` on the nodes that these say, with that timeout.
    nodes: Vec<Vec<Atom>>,
    timeout: Option<u64>,
    mode: BootMode,
    /// The nodes on which its start fails.
    failing: Vec<Atom>,
    phases: bool,
    /// How long its worker takes to end.
    slow_end: u64,
}

const ALL: [&str; 3] = ["n1", "n2", "n3"];

impl Cluster {
    fn new(nodes: &[&[&str]]) -> Cluster {
        let lab = Lab::asleep(&ALL, |config| NodeConfig {
            sync_nodes_optional: ALL.map(full).to_vec(),
            sync_nodes_timeout: Duration::from_secs(1),
            prevent_overlapping_partitions: false,
            ..config
        });
        lab.keep_time();
        Cluster {
            lab,
            nodes: nodes
                .iter()
                .map(|equals| equals.iter().map(|name| full(name)).collect())
                .collect(),
            timeout: Some(0),
            mode: BootMode::Start(RestartType::Temporary),
            failing: Vec::new(),
            phases: false,
            slow_end: 0,
        }
    }

    fn timeout(self, timeout: Option<u64>) -> Cluster {
        Cluster { timeout, ..self }
    }

    /// Starts these nodes.
    fn up(&self, names: &[&str]) {
        for name in names {
            self.up_with(name, self.mode, Vec::new());
        }
    }

    /// Starts a node that does this with the application, and starts others beside it.
    fn up_with(&self, name: &str, mode: BootMode, beside: Vec<BootApplication>) {
        let distributed = Distributed {
            application: atom!("app"),
            timeout: self.timeout.map(Duration::from_millis),
            nodes: self.nodes.clone(),
        };
        let mut applications = vec![BootApplication { spec: self.spec(), mode }];
        applications.splice(0..0, beside);
        let distributed = vec![distributed];
        let config = BootConfig { applications, distributed, permissions: Vec::new() };
        self.lab.world.set_boot(self.lab.node(name), kernel::boot(Rc::new(config)));
        assert!(self.lab.world.start_node(self.lab.node(name)));
    }

    fn spec(&self) -> ApplicationSpec {
        let (started, stopped) = (self.lab.notes.clone(), self.lab.notes.clone());
        let (failing, slow_end) = (self.failing.clone(), self.slow_end);
        let spec = ApplicationSpec::new("app", move |ctx: Context, start_type: StartType| {
            let (notes, failing) = (started.clone(), failing.contains(&ctx.node()));
            async move {
                notes.say(&ctx, format!("{} start {}", short(&ctx), start_type.to_term()));
                if failing {
                    return StartResult::Err(Term::atom("nope"));
                }
                start_top(&ctx, slow_end).await
            }
        });
        let spec = spec.stop(move |ctx, _| {
            stopped.say(&ctx, format!("{} stop", short(&ctx)));
            async {}
        });
        if !self.phases {
            return spec;
        }
        spec.start_phases([(atom!("go"), Term::from(1))], |_, _, _, _| async { Ok(()) })
    }

    /// What has been noted since the last time, without times.
    fn news(&self) -> Vec<String> {
        let lines = self.lab.notes.lines();
        self.lab.notes.clear();
        lines
    }

    fn check(&self, at: u64, expected: &[&str]) {
        self.lab.run_to_ms(at);
        assert_eq!(self.news(), expected, "at {at} ms");
    }

    /// Runs an application function on a node; what it answers is noted.
    fn ask<Fut>(&self, node: &'static str, ask: impl FnOnce(Context) -> Fut + 'static)
    where
        Fut: Future<Output = Result<(), Term>> + 'static,
    {
        self.lab.spawn(node, move |ctx, notes| async move {
            let answer = ask(ctx.clone()).await;
            notes.say(&ctx, format!("{node} answers {}", shown(&answer)));
            Ok(())
        });
    }

    fn ask_start(&self, node: &'static str) {
        self.ask(node, |ctx| async move {
            application::start(&ctx, atom!("app"), RestartType::Temporary).await
        });
    }

    /// The nodes on which the application's processes are.
    fn where_it_runs(&self) -> Vec<&'static str> {
        let runs = |name: &&str| {
            let node = self.lab.node(name);
            self.lab.world.is_up(node) && self.lab.world.whereis(node, atom!("app_top")).is_some()
        };
        ALL.into_iter().filter(runs).collect()
    }

    fn crash(&self, name: &str) {
        assert!(self.lab.world.crash_node(self.lab.node(name)));
    }

    fn cut(&self, side: &[&str], other: &[&str]) {
        let ids = |names: &[&str]| names.iter().map(|name| self.lab.node(name)).collect();
        self.lab.world.partition(1, &[ids(side), ids(other)], false);
    }

    /// Lets a node use another's name, which connects them.
    fn connect(&self, name: &str, peer: &str) {
        let peer = full(peer);
        self.lab.spawn(name, move |ctx, _| async move {
            ctx.ping(peer).await;
            Ok(())
        });
    }
}

async fn start_top(ctx: &Context, slow_end: u64) -> StartResult {
    let worker = ChildSpec::worker("worker", move |ctx| async move {
        Ok(Some(ctx.spawn_link("worker", move |ctx| async move {
            ctx.trap_exit(true);
            ctx.receive().await;
            ctx.sleep(Duration::from_millis(slow_end)).await;
            Ok(())
        })))
    });
    let name = Some(crate::otp::gen_server::ServerName::Local(atom!("app_top")));
    let flags = Flags { intensity: 0, ..Flags::default() };
    supervisor::start_link(ctx, name, flags, vec![worker]).await
}

fn short(ctx: &Context) -> &'static str {
    ctx.node().as_str().split('@').next().unwrap_or_default()
}

fn shown(answer: &Result<(), Term>) -> String {
    match answer {
        Ok(()) => "ok".to_owned(),
        Err(reason) => reason.to_string(),
    }
}

/// An application that does nothing, to add to a node's weight.
fn weight(notes: &Notes) -> Vec<BootApplication> {
    let _ = notes;
    let spec = ApplicationSpec::new("weight", |ctx: Context, _| async move {
        supervisor::start_link(&ctx, None, Flags::default(), Vec::new()).await
    });
    vec![BootApplication { spec, mode: BootMode::Start(RestartType::Temporary) }]
}

const CHAIN: [&[&str]; 3] = [&["n1"], &["n2"], &["n3"]];

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

/// F32, F33, F34, F35: both sides of a partition run it, the heal changes nothing, a restart does.
#[test]
fn a_partition_splits_the_brain_until_a_node_restarts() {
    let cluster = Cluster::new(&CHAIN).timeout(Some(500));
    cluster.up(&ALL);
    cluster.check(3000, &["n1 start normal"]);
    cluster.cut(&["n1"], &["n2", "n3"]);
    cluster.check(12_000, &["n2 start normal"]);
    assert_eq!(cluster.where_it_runs(), ["n1", "n2"]);
    cluster.lab.world.heal(1);
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
    cluster.lab.world.heal(1);
    cluster.check(20_000, &[]);
    assert_eq!(cluster.where_it_runs(), ["n1"]);
}

/// F4, F5, F37: nodes that booted apart stay strangers.
#[test]
fn nodes_that_meet_after_their_boot_do_not_know_each_other() {
    let cluster = Cluster::new(&CHAIN);
    cluster.cut(&["n1"], &["n2", "n3"]);
    cluster.up_with("n1", BootMode::Known, Vec::new());
    cluster.up_with("n2", BootMode::Known, Vec::new());
    cluster.lab.run_to_ms(16_000);
    cluster.lab.world.heal(1);
    cluster.connect("n1", "n2");
    cluster.lab.run_to_ms(18_000);
    cluster.ask_start("n2");
    cluster.check(20_000, &["n2 start normal", "n2 answers ok"]);
    cluster.ask_start("n1");
    cluster.check(22_000, &["n1 start normal", "n1 answers ok"]);
    assert_eq!(cluster.where_it_runs(), ["n1", "n2"]);
}

/// F37: a node that has heard of the other's load waits for a report that never comes.
#[test]
fn a_start_hangs_on_a_stranger_that_has_loaded_the_application() {
    let cluster = Cluster::new(&CHAIN);
    cluster.cut(&["n1"], &["n2", "n3"]);
    cluster.up_with("n1", BootMode::Known, Vec::new());
    cluster.up_with("n2", BootMode::Known, Vec::new());
    cluster.lab.run_to_ms(16_000);
    cluster.lab.world.heal(1);
    cluster.connect("n1", "n2");
    cluster.lab.run_to_ms(18_000);
    cluster.ask("n1", |ctx| async move { application::load(&ctx, atom!("app")).await });
    cluster.check(19_000, &["n1 answers ok"]);
    cluster.ask_start("n2");
    cluster.check(30_000, &[]);
    cluster.crash("n1");
    cluster.check(31_000, &["n2 start normal", "n2 answers ok"]);
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
            lab.world.partition(1, &[vec![a], vec![lab.node("b")]], false);
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
