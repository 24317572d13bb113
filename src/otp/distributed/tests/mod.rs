//! The rules F1 to F39, on nodes `n1`, `n2`, `n3` that boot with a distributed application `app`.

mod failover;
mod partitions;
mod starting;
mod takeover;

use std::rc::Rc;
use std::time::Duration;

use super::Distributed;
use crate::atom;
use crate::engine::runtime::{Context, NodeConfig};
use crate::engine::term::{Atom, Term};
use crate::otp::application::{self, ApplicationSpec, RestartType, StartType};
use crate::otp::kernel::{self, BootApplication, BootConfig, BootMode};
use crate::otp::lab::{Lab, Notes, full};
use crate::otp::supervisor::{self, ChildSpec, Flags, StartResult};

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
    /// The time that its worker takes to end.
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
        let config = BootConfig { applications, distributed, ..BootConfig::default() };
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

    /// Returns the notes since the last call, without their times.
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
        self.lab.world.partition(&[ids(side), ids(other)]);
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
