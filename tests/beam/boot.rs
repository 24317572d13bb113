//! Nodes that boot OTP's own kernel, beside real ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use nodedown::atom;
use nodedown::beam::Library;
use nodedown::beam::kernel::Start;
use nodedown::beam::node::Boot;
use nodedown::network::NodeId;
use nodedown::otp::application::RestartType;
use nodedown::runtime::{NodeConfig, World, WorldConfig};
use nodedown::term::Atom;
use nodedown::trace::{ApplicationFact, Digest, Fact, Level, LogFact, NodeFact};

use crate::installed::otp;
use crate::machine::{compile, erlang_is_missing};

/// The modules `cluster` and `dapp`, compiled once, with `dapp.app` beside them.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap().keep();
        compile("cluster", &[], &folder);
        compile("dapp", &[], &folder);
        compile("peers", &[], &folder);
        let code = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/beam/code/dapp.app");
        fs::copy(code, folder.join("dapp.app")).unwrap();
        folder
    })
}

/// The library of the installed OTP; a test has nothing to look at without one.
fn library() -> Option<Arc<Library>> {
    static LIBRARY: OnceLock<Option<Arc<Library>>> = OnceLock::new();
    let make = || {
        let otp = (!erlang_is_missing()).then(otp).flatten()?;
        let library = Library::new(&otp, &[folder().to_owned()]).unwrap();
        let library = library.with_file("/data/terms.config", "{a,1}.\n[b].\n");
        let config = "[{kernel,[{net_ticktime,8}]},{dapp,[{from_file,yes},{from_both,file}]}].";
        Some(Arc::new(library.with_file("/config/sys.config", config)))
    };
    LIBRARY.get_or_init(make).clone()
}

/// A world of nodes that boot OTP.
struct Cluster {
    world: World,
    nodes: Vec<NodeId>,
}

const NAMES: [(&str, &str); 3] = [("a@x", "x"), ("b@y", "y"), ("c@z", "z")];

impl Cluster {
    /// Three nodes, each with what it boots.
    fn new(seed: u64, boots: [Boot; 3]) -> Cluster {
        let world = World::new(WorldConfig { seed, ..WorldConfig::default() });
        let nodes = NAMES.into_iter().zip(boots).map(|((name, host), boot)| {
            let mut config = NodeConfig::new(name, world.add_host(host));
            assert_eq!(boot.configure(&mut config), [""; 0]);
            let node = world.add_node(config);
            world.set_boot(node, Rc::new(boot).program());
            world.start_node(node);
            node
        });
        Cluster { nodes: nodes.collect(), world }
    }

    /// Runs for some seconds.
    fn run(&self, seconds: u64) {
        self.world.run_for(Duration::from_secs(seconds));
    }

    /// The lines of the log of a node, with their levels.
    fn log(&self, node: usize) -> Vec<(Level, String)> {
        let name = Some(Atom::new(NAMES[node].0));
        let trace = self.world.trace();
        let records = trace.records().iter().filter(|record| record.node == name);
        let lines = records.filter_map(|record| match &record.fact {
            Fact::Log(LogFact { level, text, .. }) => Some((*level, text.clone())),
            _ => None,
        });
        lines.collect()
    }

    /// The texts of these.
    fn lines(&self, node: usize) -> Vec<String> {
        self.log(node).into_iter().map(|(_, text)| text).collect()
    }

    /// The application `dapp` as it started on nodes: the seconds and the nodes.
    fn starts(&self) -> Vec<(u64, Atom)> {
        let trace = self.world.trace();
        let records = trace.records().iter().filter_map(|record| match &record.fact {
            Fact::Application(ApplicationFact::Started { application, .. })
                if *application == atom!("dapp") =>
            {
                Some((record.at.as_nanos() / 1_000_000_000, record.node?))
            }
            _ => None,
        });
        records.collect()
    }

    fn digest(&self) -> Digest {
        self.world.trace().digest()
    }
}

/// A node that calls `cluster:function()` when it has booted.
fn calling(library: &Arc<Library>, function: &str) -> Boot {
    Boot::new(Arc::clone(library)).with_args(["-s", "cluster", function])
}

/// Three nodes of which the first calls a function.
fn first_calls(library: &Arc<Library>, function: &str) -> Cluster {
    let plain = Boot::new(Arc::clone(library));
    let cluster = Cluster::new(1, [calling(library, function), plain.clone(), plain]);
    cluster.run(20);
    cluster
}

/// A real node, ended when it is dropped.
struct Real(Child);

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A real node on this machine, as `x`, `y` and `z` are.
fn real(name: &str, hosts: &Path) -> Command {
    let mut erl = Command::new("erl");
    let hosts = format!("\"{}\"", hosts.display());
    erl.args(["-noshell", "-noinput", "-setcookie", "nodedown_test", "-sname", name]);
    erl.args(["-kernel", "inetrc", &hosts, "-pa"]).arg(folder());
    erl
}

/// Held while real nodes run: only one of a name can be known to the machine.
static REAL_NODES: Mutex<()> = Mutex::new(());

/// What `cluster:function()` prints on the first of three real nodes.
fn on_real_nodes(function: &str) -> Vec<String> {
    let _alone = REAL_NODES.lock().unwrap_or_else(PoisonError::into_inner);
    let hosts = folder().join("inetrc");
    fs::write(&hosts, "{host,{127,0,0,1},[\"x\",\"y\",\"z\"]}.\n{lookup,[file]}.\n").unwrap();
    let others = ["b@y", "c@z"].map(|name| {
        let mut erl = real(name, &hosts);
        Real(erl.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    });
    let mut erl = real("a@x", &hosts);
    let code = format!("cluster:wait([b@y,c@z]),cluster:{function}(),halt().");
    let output = erl.args(["-eval", &code]).output().unwrap();
    drop(others);
    // Erlang writes Latin-1 where it is not told otherwise.
    let text: String = output.stdout.into_iter().map(char::from).collect();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_node_boots_with_the_applications_and_the_names_of_a_real_one() {
    let Some(library) = library() else { return };
    let found = first_calls(&library, "applications").lines(0);
    assert_eq!(found, on_real_nodes("applications"));
    assert_eq!(found.len(), 3);
}

#[test]
fn what_code_does_on_three_nodes_is_what_it_does_on_real_ones() {
    let Some(library) = library() else { return };
    let found = first_calls(&library, "compared").lines(0);
    assert_eq!(found, on_real_nodes("compared"));
    assert!(found.len() > 20, "{found:?}");
}

#[test]
fn nodes_that_code_starts_are_what_they_are_on_a_real_machine() {
    let Some(library) = library() else { return };
    let mut found = first_calls(&library, "peers").lines(0);
    // A real one tells it on its standard error.
    found.retain(|line| !line.starts_with("the node p5@x does not start"));
    assert_eq!(found, on_real_nodes("peers"));
    assert!(found.len() > 30, "{found:?}");
}

#[test]
fn nodes_that_code_starts_run_on_the_hosts_that_it_names_and_end_with_theirs() {
    let Some(library) = library() else { return };
    let cluster = first_calls(&library, "crowd");
    assert_eq!(cluster.lines(0), ["[p1@x,p2@y,p3@z]", "[3,3,3]"]);
    let is_up = |name| cluster.world.is_up(cluster.world.node_id(Atom::new(name)).unwrap());
    assert_eq!(["p1@x", "p2@y", "p3@z"].map(is_up), [true; 3]);
    cluster.world.crash_host(cluster.world.host_id(atom!("y")).unwrap());
    assert_eq!(["p1@x", "p2@y", "p3@z"].map(is_up), [true, false, true]);
    cluster.world.crash_node(cluster.nodes[0]);
    cluster.run(1);
    assert_eq!(["p1@x", "p3@z"].map(is_up), [false; 2]);
}

#[test]
fn what_is_logged_and_printed_is_told_with_its_level() {
    let Some(library) = library() else { return };
    let expected = [
        (Level::Error, "an error of me"),
        (Level::Warning, "what: report, who: [me]"),
        (Level::Info, "noticed"),
        (Level::Error, "by error_logger 1"),
        (Level::Info, "to standard error"),
        (Level::Info, "half a line"),
        (Level::Info, "and more"),
        (Level::Info, "ä€"),
    ];
    let expected = expected.map(|(level, text)| (level, text.to_owned()));
    assert_eq!(first_calls(&library, "logs").log(0), expected);
}

#[test]
fn a_handler_with_a_file_writes_into_it_and_the_default_one_is_told() {
    let Some(library) = library() else { return };
    let expected = ["one", "two: 2", r#"<<"error one\nnotice two: 2\n">>"#];
    assert_eq!(first_calls(&library, "logged_into_file").lines(0), expected);
}

#[test]
fn a_crash_and_its_supervisor_are_reported() {
    let Some(library) = library() else { return };
    let log = first_calls(&library, "crashing").log(0);
    let crash = "crasher: initial call: cluster:'-work/0-fun-0-'/0";
    let error = "exception error: {my,fault}, in function  cluster:'-work/0-fun-0-'/0";
    let of_supervisor = "supervisor: {local,cluster}, errorContext: child_terminated";
    assert!(log.iter().all(|(level, _)| *level == Level::Error), "{log:?}");
    assert!(log[0].1.starts_with(crash) && log[0].1.contains(error), "{log:?}");
    let line = "cluster:'-work/0-fun-0-'/0 of cluster crashed: error {my,fault} in cluster:'-work/0-fun-0-'/0 (";
    assert!(log[1].1.starts_with(line), "{log:?}");
    assert!(log[2].1.starts_with(of_supervisor) && log[2].1.contains("{my,fault}"), "{log:?}");
    assert!(log.last().unwrap().1.contains("reached_max_restart_intensity"), "{log:?}");
}

#[test]
fn files_that_were_given_are_read_and_no_others() {
    let Some(library) = library() else { return };
    let expected = [
        "{ok,[{a,1},[b]]}",
        "{ok,<<\"{a,1}.\\n[b].\\n\">>}",
        "{error,enoent}",
        "{ok,[\"terms.config\"]}",
        "ok",
        "true",
        "{ok,<<\"{a,1}.\\n\">>}",
        "{ok,0}",
        "{ok,<<\"{a,1\">>}",
    ];
    assert_eq!(first_calls(&library, "files").lines(0), expected);
}

#[test]
fn code_reaches_nothing_of_the_machine_that_runs_the_simulation() {
    let Some(library) = library() else { return };
    let found = first_calls(&library, "ways_out").lines(0);
    let refused = |line: &String| {
        let outcome = line.split_once(' ').map_or("", |(_, outcome)| outcome);
        outcome.starts_with("{error,") || outcome.starts_with("{exit,")
    };
    let (refused, answered): (Vec<String>, Vec<String>) = found.into_iter().partition(refused);
    // What a node answers is its own.
    let own = [
        "link ok",
        "folder {ok,\"/\"}",
        "write ok",
        "write_otp ok",
        "delete ok",
        "make ok",
        "environment [false,false,false]",
        "all_environment []",
        "time {2026,1,1}",
        "process \"1\"",
        "host {ok,\"x\"}",
        "wildcard {found,[]}",
        "home {ok,[[\"/\"]]}",
        "zone true",
        "processors 1",
        "line eof",
        "done",
    ];
    assert_eq!(answered, own);
    assert_eq!(refused.len(), 36, "{refused:#?}");
    // What it has written is on its own disk.
    assert!(!Path::new("/tmp/nodedown_way_out").exists());
    assert!(!library.root().join("way_out").exists());
}

/// The parts of the standard library that reach the machine, and what takes from it what is random.
const OF_THE_MACHINE: [&str; 9] = [
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "std::io::std",
    "SystemTime",
    "Instant",
    "getrandom",
];

/// The files that read what a scenario names: the library and the indexes of modules.
const READERS: [&str; 4] = ["library.rs", "index.rs", "index/glob.rs", "index/otp.rs"];

#[test]
fn no_native_has_the_means_to_reach_the_machine() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/beam");
    let (mut open, mut looked_at, mut reaching) = (vec![root.clone()], 0, Vec::new());
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        looked_at += 1;
        let text = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        if OF_THE_MACHINE.iter().any(|part| text.contains(part)) {
            reaching.push(name);
        }
    }
    reaching.sort();
    let mut readers = READERS.map(str::to_owned).to_vec();
    readers.sort();
    assert_eq!(reaching, readers);
    assert!(looked_at > 150, "{looked_at}");
}

#[test]
fn configuration_comes_from_files_and_arguments() {
    let Some(library) = library() else { return };
    let args = ["-dapp", "from_args", "[1,2]", "from_both", "args", "-word", "one", "two"];
    let boot = calling(&library, "environment").with_args(args).with_config("/config/sys.config");
    let plain = Boot::new(Arc::clone(&library));
    let cluster = Cluster::new(1, [boot.clone(), plain.clone(), plain]);
    cluster.run(1);
    let expected =
        ["[{ok,yes},{ok,[1,2]},{ok,args},{ok,app}]", "{ok,[[\"one\",\"two\"]]} []", "false", "8"];
    assert_eq!(cluster.lines(0), expected);
    let mut config = NodeConfig::new("a@x", cluster.world.host_id(atom!("x")).unwrap());
    assert_eq!(boot.clone().with_config("/none").configure(&mut config).len(), 1);
    assert_eq!(config.net_ticktime, Duration::from_secs(8));
}

#[test]
fn a_node_stops_in_order_by_init_stop_and_at_once_by_halt() {
    let Some(library) = library() else { return };
    let ends = |function| {
        let cluster = first_calls(&library, function);
        let trace = cluster.world.trace();
        let ends = trace.records().iter().filter_map(|record| match &record.fact {
            Fact::Node(NodeFact::Stopped { .. }) => {
                Some(("stopped", record.at.as_nanos() / 1_000_000))
            }
            Fact::Node(NodeFact::Crashed) => Some(("crashed", record.at.as_nanos() / 1_000_000)),
            _ => None,
        });
        ends.collect::<Vec<_>>()
    };
    // OTP's own user_sup takes a second to end.
    assert_eq!(ends("stop_node"), [("stopped", 2000)]);
    assert_eq!(ends("halt_node"), [("crashed", 1000)]);
}

#[test]
fn a_node_that_is_stopped_from_outside_ends_by_its_own_init() {
    let Some(library) = library() else { return };
    let cluster = first_calls(&library, "applications");
    cluster.world.stop_node(cluster.nodes[0]);
    cluster.run(3);
    assert!(!cluster.world.is_up(cluster.nodes[0]));
    cluster.world.start_node(cluster.nodes[0]);
    cluster.run(3);
    // It boots anew.
    assert_eq!(cluster.lines(0).len(), 6);
}

/// Three nodes with the distributed application `dapp`.
fn distributed(library: &Arc<Library>, seed: u64, start: Vec<Start>) -> Cluster {
    let args = [
        "-kernel",
        "distributed",
        "[{dapp,2000,[a@x,b@y,c@z]}]",
        "sync_nodes_optional",
        "[a@x,b@y,c@z]",
        "sync_nodes_timeout",
        "5000",
    ];
    let boot = Boot { start, ..Boot::new(Arc::clone(library)) }.with_args(args);
    Cluster::new(seed, [0, 1, 2].map(|_| boot.clone().with_args(["-s", "dapp", "client"])))
}

#[test]
fn a_distributed_application_fails_over_and_is_taken_over() {
    let Some(library) = library() else { return };
    let start = vec![Start { application: "dapp".to_owned(), restart: RestartType::Permanent }];
    let run = |seed| {
        let cluster = distributed(&library, seed, start.clone());
        cluster.run(10);
        cluster.world.crash_node(cluster.nodes[0]);
        cluster.run(10);
        cluster.world.start_node(cluster.nodes[0]);
        cluster.run(20);
        cluster
    };
    let cluster = run(1);
    let [a, b] = [atom!("a@x"), atom!("b@y")];
    let starts = cluster.starts();
    assert_eq!(starts.iter().map(|(_, node)| *node).collect::<Vec<_>>(), [a, b, a]);
    assert_eq!(starts[..2].iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 12]);
    assert!((20..27).contains(&starts[2].0), "{starts:?}");
    let answers = cluster.lines(2);
    let answered = |node: &str| {
        let answers = answers.iter().filter(|line| line.contains(&format!("answer {node}")));
        answers.count()
    };
    assert!(answered("a@x") > 15 && answered("b@y") > 7, "{answers:?}");
    assert!(answers.last().unwrap().contains("answer a@x"), "{answers:?}");
    assert_eq!(run(1).digest(), cluster.digest());
    assert_ne!(run(2).digest(), cluster.digest());
}

#[test]
fn an_application_that_cannot_start_ends_its_node_with_otps_reason() {
    let Some(library) = library() else { return };
    let plain = Boot::new(Arc::clone(&library));
    let boot = plain.clone().with_start("no_such_application");
    let cluster = Cluster::new(1, [boot, plain.clone(), plain]);
    cluster.run(2);
    let lines = cluster.lines(0);
    let expected = "could not start application no_such_application: \
                    {no_such_application,{\"no such file or directory\",\"no_such_application.app\"}}";
    assert_eq!(lines[0], expected);
    assert!(lines.last().unwrap().starts_with("init terminating in do_boot"), "{lines:?}");
    assert!(!cluster.world.is_up(cluster.nodes[0]));
}

#[test]
fn nodes_that_are_cut_off_and_come_back_are_told_of_as_otp_tells_it() {
    let Some(library) = library() else { return };
    let calls = |function| calling(&library, function).with_args(["-kernel", "net_ticktime", "4"]);
    let cluster = Cluster::new(1, [calls("watch"), calls("meet"), calls("applications")]);
    cluster.run(1);
    let groups = [vec![cluster.nodes[0]], cluster.nodes[1..].to_vec()];
    let partition = cluster.world.partition(&groups);
    cluster.run(10);
    cluster.world.heal(partition);
    cluster.run(10);
    let expected = [
        "{nodeup,b@y,[{node_type,visible}]}",
        "{nodeup,b@y}",
        "{nodedown,b@y,[{nodedown_reason,net_tick_timeout},{node_type,visible}]}",
        "{nodedown,b@y}",
        "{nodeup,b@y,[{node_type,visible}]}",
        "{nodeup,b@y}",
    ];
    assert_eq!(cluster.lines(0), expected);
}

#[test]
fn a_name_conflict_after_a_partition_is_resolved_by_global() {
    let Some(library) = library() else { return };
    let calls = |function| calling(&library, function).with_args(["-kernel", "net_ticktime", "4"]);
    let cluster = Cluster::new(1, [calls("register_global"), calls("meet"), calls("applications")]);
    let groups = [vec![cluster.nodes[0]], cluster.nodes[1..].to_vec()];
    let partition = cluster.world.partition(&groups);
    cluster.run(20);
    let expected = |names: &[&str]| {
        let known = names.iter().map(|node| format!("the_name {node}"));
        known.collect::<Vec<String>>()
    };
    let of = |node: usize| {
        let mut lines = cluster.lines(node);
        lines.retain(|line| line.starts_with("the_name"));
        lines.dedup();
        lines
    };
    assert_eq!(of(0), expected(&["a@x"]));
    assert_eq!(of(1), expected(&["b@y"]));
    cluster.world.heal(partition);
    cluster.run(20);
    assert_eq!(of(0), expected(&["a@x"]));
    assert_eq!(of(1), expected(&["b@y", "a@x"]));
    assert!(cluster.lines(1).contains(&"lost against a@x".to_owned()), "{:?}", cluster.lines(1));
}
