//! Groups on small worlds.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::{
    demonitor, get_local_members, get_members, join, leave, monitor, monitor_scope, start,
    which_groups,
};
use crate::engine::network::NodeId;
use crate::engine::runtime::{CallId, Context, NodeConfig, World, WorldConfig};
use crate::engine::term::{Atom, Pid, Term};
use crate::{atom, tuple};

/// Nodes `a@a`, `b@b`, .. with the scope `sc`, all connected, and a member to be on each.
struct Cluster {
    world: World,
    nodes: Vec<NodeId>,
    members: Vec<Pid>,
    failures: Rc<RefCell<Vec<Term>>>,
}

const SOON: Duration = Duration::from_millis(20);

impl Cluster {
    fn new(count: usize) -> Cluster {
        let world = World::new(WorldConfig::default());
        let nodes: Vec<NodeId> = (0..count)
            .map(|index| {
                let name = &"abcde"[index..=index];
                let host = world.add_host(name);
                let mut config = NodeConfig::new(&format!("{name}@{name}"), host);
                config.net_ticktime = Duration::from_secs(4);
                let node = world.add_node(config);
                world.start_node(node);
                node
            })
            .collect();
        let mut cluster = Cluster { world, nodes, members: Vec::new(), failures: Rc::default() };
        cluster.members = (0..count).map(|index| cluster.idle(index)).collect();
        for index in 0..count {
            cluster.on(index, async |ctx| assert!(start(&ctx, sc()).is_ok()));
        }
        cluster.connect();
        cluster
    }

    fn connect(&self) {
        for index in 0..self.nodes.len() {
            self.on(index, async |ctx| {
                for peer in ["a@a", "b@b", "c@c"] {
                    ctx.ping(Atom::new(peer)).await;
                }
            });
        }
        self.wait(SOON);
    }

    fn idle(&self, index: usize) -> Pid {
        self.world.spawn(self.nodes[index], "member", |ctx| async move {
            loop {
                ctx.receive().await;
            }
        })
    }

    /// Runs a process on a node, and the world for half a second.
    fn on(&self, index: usize, body: impl AsyncFnOnce(Context) + 'static) {
        self.begin(index, body);
        self.wait(Duration::from_millis(500));
    }

    fn begin(&self, index: usize, body: impl AsyncFnOnce(Context) + 'static) {
        let failures = self.failures.clone();
        self.world.spawn(self.nodes[index], "watcher", move |ctx| async move {
            let trial = async move |ctx| {
                body(ctx).await;
                Ok(())
            };
            ctx.spawn_monitor("trial", trial);
            let down = ctx.receive().await;
            let reason = down.tagged("DOWN").unwrap()[3].clone();
            if !reason.is_atom("normal") {
                failures.borrow_mut().push(reason);
            }
            Ok(())
        });
    }

    fn wait(&self, duration: Duration) {
        let end = self.world.now() + duration;
        self.world.call_at(end, CallId(0));
        while self.world.now() < end {
            self.world.run_until(end);
        }
        assert!(self.failures.borrow().is_empty(), "{:?}", self.failures.borrow());
    }

    /// The nodes of the members of `g` as each node sees them: `"ab ab"`.
    fn views(&self) -> String {
        self.wait(SOON);
        let views: Rc<RefCell<Vec<String>>> = Rc::default();
        for index in 0..self.nodes.len() {
            if !self.world.is_up(self.nodes[index]) {
                continue;
            }
            let views = views.clone();
            self.on(index, async move |ctx| {
                let members = get_members(&ctx, sc(), &g());
                let view = members.iter().map(|pid| &pid.node().as_str()[..1]).collect();
                views.borrow_mut().push(view);
            });
        }
        let views = views.borrow();
        views.join(" ")
    }

    fn join(&self, index: usize) {
        let member = self.members[index];
        self.on(index, async move |ctx| join(&ctx, sc(), g(), &[member]).await.unwrap());
    }
}

fn sc() -> Atom {
    atom!("sc")
}

fn g() -> Term {
    Term::atom("g")
}

// G21, G22, G23
#[test]
fn each_join_counts_and_each_leave_takes_one_back() {
    let cluster = Cluster::new(1);
    let (p, q) = (cluster.members[0], cluster.idle(0));
    cluster.on(0, async move |ctx| {
        let members = || get_members(&ctx, sc(), &g());
        join(&ctx, sc(), g(), &[p]).await.unwrap();
        join(&ctx, sc(), g(), &[p]).await.unwrap();
        join(&ctx, sc(), g(), &[q, p]).await.unwrap();
        assert_eq!(members(), [q, p, p, p], "newest first");
        assert_eq!(get_local_members(&ctx, sc(), &g()), members());
        assert_eq!(which_groups(&ctx, sc()).unwrap(), [g()]);
        assert!(leave(&ctx, sc(), g(), &[p]).await.unwrap());
        assert_eq!(members(), [q, p, p]);
        assert!(leave(&ctx, sc(), g(), &[p, p]).await.unwrap());
        assert!(!leave(&ctx, sc(), g(), &[p]).await.unwrap(), "not_joined");
        assert!(!leave(&ctx, sc(), atom!("none"), &[p]).await.unwrap(), "not_joined");
        assert_eq!(members(), [q]);
        assert!(leave(&ctx, sc(), g(), &[q]).await.unwrap());
        assert_eq!(which_groups(&ctx, sc()).unwrap(), [], "empty groups vanish");
    });
}

// G21
#[test]
fn only_local_processes_join_and_the_dead_are_gone_at_once() {
    let cluster = Cluster::new(2);
    let (here, there) = (cluster.members[0], cluster.members[1]);
    cluster.on(0, async move |ctx| {
        let remote = join(&ctx, sc(), g(), &[there]).await.unwrap_err();
        assert_eq!(remote.to_string(), format!("exception error: {{nolocal,{there}}}"));
        let missing = join(&ctx, atom!("nope"), g(), &[here]).await.unwrap_err();
        assert!(missing.to_string().starts_with("exception exit: {noproc,{gen_server,call,[nope,"));
        assert_eq!(get_members(&ctx, atom!("nope"), &g()), []);
        let dead = ctx.spawn("dead", async |_| Ok(()));
        ctx.sleep(SOON).await;
        join(&ctx, sc(), g(), &[dead]).await.unwrap();
        ctx.sleep(SOON).await;
        assert_eq!(get_members(&ctx, sc(), &g()), []);
        assert_eq!(start(&ctx, sc()), Err(ctx.whereis(sc()).unwrap()));
    });
}

// G23, G24, G25, G26
#[test]
fn members_are_seen_everywhere_a_moment_later_and_vanish_with_their_node() {
    let cluster = Cluster::new(3);
    cluster.join(0);
    assert_eq!(cluster.views(), "a a a");
    cluster.join(1);
    assert_eq!(cluster.views(), "ba ba ba");
    let local = cluster.members[1];
    cluster.on(1, async move |ctx| assert_eq!(get_local_members(&ctx, sc(), &g()), [local]));

    cluster.world.exit_process(cluster.members[0], atom!("kill"));
    assert_eq!(cluster.views(), "b b b", "a's member is dead");
    cluster.world.crash_node(cluster.nodes[1]);
    assert_eq!(cluster.views(), " ", "b's node is down");
}

// G24
#[test]
fn a_join_is_not_seen_elsewhere_at_once() {
    let cluster = Cluster::new(2);
    let member = cluster.members[0];
    cluster.begin(0, async move |ctx| join(&ctx, sc(), g(), &[member]).await.unwrap());
    cluster.wait(Duration::from_micros(500));
    let seen = Rc::new(RefCell::new(None));
    let cell = seen.clone();
    cluster.begin(1, async move |ctx| {
        *cell.borrow_mut() = Some(get_members(&ctx, sc(), &g()).len());
    });
    cluster.wait(Duration::from_micros(100));
    assert_eq!(*seen.borrow(), Some(0));
    assert_eq!(cluster.views(), "a a");
}

// G25, G26
#[test]
fn a_scope_that_dies_loses_its_members_and_learns_the_others_again() {
    let cluster = Cluster::new(3);
    cluster.join(0);
    cluster.join(2);
    assert_eq!(cluster.views(), "ca ca ca");
    let scope = cluster.world.whereis(cluster.nodes[2], sc()).unwrap();
    cluster.world.exit_process(scope, atom!("kill"));
    assert_eq!(cluster.views(), "a a ");
    cluster.on(2, async |ctx| assert!(start(&ctx, sc()).is_ok()));
    assert_eq!(cluster.views(), "a a a");
}

// G27
#[test]
fn partitions_keep_their_own_members_and_merge_from_each_owners_truth() {
    let cluster = Cluster::new(2);
    cluster.join(0);
    cluster.join(1);
    assert_eq!(cluster.views(), "ba ba");
    let halves = [vec![cluster.nodes[0]], vec![cluster.nodes[1]]];
    cluster.world.partition(&halves);
    assert_eq!(cluster.views(), "ba ba", "until the loss is detected");
    cluster.wait(Duration::from_secs(8));
    assert_eq!(cluster.views(), "a b");
    let (left, joined) = (cluster.members[1], cluster.idle(0));
    cluster.on(0, async move |ctx| join(&ctx, sc(), g(), &[joined]).await.unwrap());
    cluster.on(1, async move |ctx| assert!(leave(&ctx, sc(), g(), &[left]).await.unwrap()));
    assert_eq!(cluster.views(), "aa ");
    cluster.world.heal_all();
    cluster.connect();
    assert_eq!(cluster.views(), "aa aa");
}

// G28
#[test]
fn who_watches_is_told_once_for_each_call_and_each_group() {
    let cluster = Cluster::new(2);
    let (p, q) = (cluster.members[0], cluster.members[1]);
    cluster.join(0);
    let told: Rc<RefCell<Vec<Term>>> = Rc::default();
    let cell = told.clone();
    cluster.begin(0, async move |ctx| {
        let (group, members) = monitor(&ctx, sc(), g()).await.unwrap();
        assert_eq!(members, [p]);
        let (scope, groups) = monitor_scope(&ctx, sc()).await.unwrap();
        assert_eq!(groups.into_iter().collect::<Vec<_>>(), [(g(), vec![p])]);
        loop {
            let message = ctx.receive().await;
            let [monitor, verb, name, pids] = message.as_tuple().unwrap() else { panic!() };
            let which = if *monitor == Term::from(group) { "group" } else { "scope" };
            assert!(which == "group" || *monitor == Term::from(scope));
            cell.borrow_mut().push(tuple![Atom::new(which), verb, name, pids]);
        }
    });
    cluster.wait(SOON);
    let expect = |what: &str, expected: &[String]| {
        let mut told: Vec<String> = told.take().iter().map(Term::to_string).collect();
        told.sort();
        assert_eq!(told, expected, "{what}");
    };
    let both = |verb: &str, group: &str, pids: &str| {
        ["group", "scope"].map(|which| format!("{{{which},{verb},{group},[{pids}]}}"))
    };

    let r = cluster.idle(0);
    cluster.on(0, async move |ctx| join(&ctx, sc(), g(), &[r, r]).await.unwrap());
    expect("two joins in one call", &both("join", "g", &format!("{r},{r}")));
    cluster.on(0, async move |ctx| drop(leave(&ctx, sc(), g(), &[r]).await));
    expect("a leave", &both("leave", "g", &r.to_string()));
    cluster.world.exit_process(r, atom!("kill"));
    cluster.wait(SOON);
    expect("a death", &both("leave", "g", &r.to_string()));

    cluster.on(1, async move |ctx| {
        join(&ctx, sc(), g(), &[q]).await.unwrap();
        join(&ctx, sc(), atom!("h"), &[q]).await.unwrap();
    });
    let remote = |verb: &str| {
        let [group, scope] = both(verb, "g", &q.to_string());
        [group, scope, format!("{{scope,{verb},h,[{q}]}}")]
    };
    expect("joins on the other node", &remote("join"));
    cluster.world.disconnect(cluster.nodes[0], cluster.nodes[1]);
    cluster.wait(SOON);
    expect("the other node is lost", &remote("leave"));
    cluster.connect();
    expect("and is back", &remote("join"));
}

// G28
#[test]
fn who_does_not_watch_any_more_is_not_told() {
    let cluster = Cluster::new(1);
    let p = cluster.members[0];
    cluster.on(0, async move |ctx| {
        let (group, _) = monitor(&ctx, sc(), g()).await.unwrap();
        join(&ctx, sc(), g(), &[p]).await.unwrap();
        assert!(demonitor(&ctx, sc(), group).await.unwrap());
        assert!(!demonitor(&ctx, sc(), group).await.unwrap());
        leave(&ctx, sc(), g(), &[p]).await.unwrap();
        ctx.sleep(SOON).await;
        assert_eq!(ctx.mailbox_len(), 0);
    });
}
