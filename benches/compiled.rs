//! Compiled Erlang on simulated nodes, beside the real emulator with one scheduler.
//!
//! `cargo bench --bench compiled`; `-- --quick` for a tenth of the work, `-- calls boot` for these two
//! alone. It needs `erl` and `erlc` on the path, and says so where they are not.
//!
//! The memory of some nodes is the most that a program held which does nothing but run them: it is
//! measured in a program of its own, since memory that one has given back it may still hold.

#![expect(clippy::disallowed_types, reason = "what is measured here is real time")]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mimalloc::MiMalloc;
use nodedown::atom;
use nodedown::beam::Library;
use nodedown::beam::index::Otp;
use nodedown::beam::node::{Boot, apply};
use nodedown::network::NodeId;
use nodedown::runtime::{NodeConfig, World, WorldConfig};
use nodedown::scenario::Scenario;
use nodedown::services::Programs;
use nodedown::simulation::Simulation;
use nodedown::term::{Atom, Term};
use nodedown::trace::Detail;

/// That of the command.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The programs, each with its usual number and with what it does that often.
const PROGRAMS: [(&str, u64, &str); 8] = [
    ("fib", 30, "fib(30)"),
    ("nrev", 20_000, "naive reverse of 30, 20 000 times"),
    ("tak", 20, "tak(18,12,6), 20 times"),
    ("sort", 200_000, "lists:sort of 200 000"),
    ("records", 2_000_000, "record update, 2 M times"),
    ("maps", 1_000_000, "map update, 1 M times"),
    ("ping_pong", 500_000, "messages there and back, 500 000"),
    ("calls", 200_000, "gen_server:call, 200 000"),
];

/// How often each is measured; the least counts.
const ROUNDS: usize = 3;

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn succeeds(command: &mut Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

/// The installed OTP, with the programs and the distributed application compiled into a folder.
fn library(place: &Path) -> Option<Arc<Library>> {
    let sources = ["benches/workloads/programs.erl", "tests/beam/code/dapp.erl"];
    let mut erlc = Command::new("erlc");
    erlc.arg("-o").arg(place).args(sources.map(|source| folder().join(source)));
    if !succeeds(&mut erlc) {
        return None;
    }
    fs::copy(folder().join("tests/beam/code/dapp.app"), place.join("dapp.app")).ok()?;
    let otp = Otp::find(None).ok()?;
    Library::new(&otp, &[place.to_owned()]).ok().map(Arc::new)
}

fn world() -> World {
    World::new(WorldConfig {
        detail: Detail::Off,
        event_budget: u64::MAX,
        ..WorldConfig::default()
    })
}

fn add(world: &World, boot: &Boot, name: &str) -> NodeId {
    let host = world.add_host(name);
    let mut config = NodeConfig::new(&format!("{name}@{name}"), host);
    boot.configure(&mut config);
    let node = world.add_node(config);
    world.set_boot(node, Rc::new(boot.clone()).program());
    world.start_node(node);
    node
}

/// The seconds that a program takes on a simulated node.
fn simulated(library: &Arc<Library>, name: &str, number: u64) -> f64 {
    let world = world();
    let node = add(&world, &Boot::new(Arc::clone(library)), "a");
    world.run_for(Duration::from_secs(1));
    let done = Rc::new(Cell::new(false));
    let (end, function) = (Rc::clone(&done), Atom::new(name));
    let start = Instant::now();
    world.spawn(node, name, move |ctx| async move {
        apply(ctx, (atom!("programs"), function), vec![Term::from(number)]).await?;
        end.set(true);
        Ok(())
    });
    while !done.get() {
        world.run_for(Duration::from_secs(1));
    }
    start.elapsed().as_secs_f64()
}

fn least(mut measure: impl FnMut() -> f64) -> f64 {
    (0..ROUNDS).map(|_| measure()).fold(f64::INFINITY, f64::min)
}

/// The seconds that the programs take on a real node.
fn real(place: &Path, programs: &[(&str, u64)]) -> BTreeMap<String, f64> {
    let mut erl = Command::new("erl");
    erl.args(["+S", "1:1", "-noshell", "-noinput", "-pa"]).arg(place);
    erl.args(["-s", "programs", "time", "-extra"]);
    for (name, number) in programs {
        erl.args([(*name).to_owned(), number.to_string()]);
    }
    let output = erl.output().expect("erlc is there, so erl is");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let times = text.lines().filter_map(|line| {
        let (name, time) = line.split_once(' ')?;
        Some((name.to_owned(), time.parse::<f64>().ok()? / 1e6))
    });
    times.collect()
}

/// Three nodes with a distributed application whose first node crashes: 16 virtual seconds.
fn failover(library: &Arc<Library>) -> f64 {
    let args = [
        "-kernel",
        "logger_level",
        "none",
        "distributed",
        "[{dapp,2000,[a@a,b@b,c@c]}]",
        "sync_nodes_optional",
        "[a@a,b@b,c@c]",
        "sync_nodes_timeout",
        "5000",
    ];
    let boot = Boot::new(Arc::clone(library)).with_start("dapp").with_args(args);
    let start = Instant::now();
    let world = world();
    let nodes = ["a", "b", "c"].map(|name| add(&world, &boot, name));
    world.run_for(Duration::from_secs(10));
    world.crash_node(nodes[0]);
    world.run_for(Duration::from_secs(6));
    let served = world.whereis(nodes[1], atom!("dapp_sup"));
    assert!(served.is_some(), "the application has not moved");
    start.elapsed().as_secs_f64()
}

/// The seconds until a node has booted, when others have before it.
fn boot(library: &Arc<Library>) -> f64 {
    let world = world();
    let boot = Boot::new(Arc::clone(library));
    let start = Instant::now();
    let node = add(&world, &boot, "a");
    world.run_for(Duration::from_millis(1));
    assert!(world.whereis(node, atom!("kernel_safe_sup")).is_some(), "it has not booted");
    start.elapsed().as_secs_f64()
}

/// The seconds of a run of a scenario, and of its verdict.
fn run(file: &Path) -> f64 {
    let programs = Programs::builtin();
    let scenario = Scenario::from_file(file, &programs.catalogue()).expect("it makes sense");
    least(|| {
        let start = Instant::now();
        drop(Simulation::new(scenario.plan(1), &programs).detail(Detail::Off).run());
        start.elapsed().as_secs_f64()
    })
}

/// The word with which this program is started to do nothing but run some nodes.
const MEMORY: &str = "--memory-of";

/// The most megabytes that this program has held so far, where the system tells.
fn most_held() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}

/// Runs so many nodes, all connected to the first, and prints the most memory that this program held.
fn hold(count: usize) -> ExitCode {
    let Some(library) = Otp::find(None).ok().and_then(|otp| Library::new(&otp, &[]).ok()) else {
        return ExitCode::FAILURE;
    };
    let library = Arc::new(library);
    let world = world();
    let boot = Boot::new(library).with_args(["-connect_all", "false"]);
    let nodes: Vec<NodeId> = (0..count).map(|n| add(&world, &boot, &format!("n{n}"))).collect();
    world.run_for(Duration::from_secs(1));
    for node in nodes.iter().skip(1) {
        world.connect(*node, nodes[0]);
    }
    world.run_for(Duration::from_secs(1));
    println!("{}", most_held().unwrap_or(f64::NAN));
    ExitCode::SUCCESS
}

/// The most megabytes that a program holds which runs so many nodes, its own code included.
fn memory(count: usize) -> Option<f64> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new(program).args([MEMORY, &count.to_string()]).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

fn line(name: &str, own: &str, other: &str, ratio: &str) {
    println!("| {name:<36} | {own:>10} | {other:>10} | {ratio:>5} |");
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.1} ms", seconds * 1e3)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if has("--test") {
        return ExitCode::SUCCESS;
    }
    if let [MEMORY, count] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return hold(count.parse().expect("a number of nodes"));
    }
    let quick = has("--quick");
    let wanted: Vec<&String> = arguments.iter().filter(|name| !name.starts_with("--")).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name);
    let place = tempfile::tempdir().expect("there is room for files");
    let Some(library) = library(place.path()) else {
        eprintln!("skipped: there is no erlc on the path");
        return ExitCode::SUCCESS;
    };
    let number = |name: &str, usual: u64| match (quick, name) {
        (false, _) => usual,
        (true, "fib") => usual - 5,
        (true, _) => usual / 10,
    };
    let programs = PROGRAMS.map(|(name, usual, _)| (name, number(name, usual)));
    let asked: Vec<_> = programs.into_iter().filter(|(name, _)| wants(name)).collect();
    let beside = if asked.is_empty() { BTreeMap::new() } else { real(place.path(), &asked) };
    line("", "nodedown", "erl +S 1", "ratio");
    println!("|{:-<38}|{:->11}:|{:->11}:|{:->6}:|", "", "", "", "");
    for (name, number) in asked {
        let (_, _, shown) =
            PROGRAMS.into_iter().find(|(known, ..)| *known == name).expect("it is one of them");
        let own = least(|| simulated(&library, name, number));
        let other = beside.get(name).copied().unwrap_or(f64::NAN);
        let ratio = format!("{:.1}", own / other);
        line(shown, &milliseconds(own), &milliseconds(other), &ratio);
    }
    if wants("boot") {
        boot(&library);
        line("boot, after the first", &milliseconds(least(|| boot(&library))), "", "");
    }
    if wants("failover") {
        failover(&library);
        let own = least(|| failover(&library));
        line("failover on three nodes, 16 s", &milliseconds(own), "", "");
    }
    if wants("chat") {
        chat(place.path());
    }
    if wants("memory") {
        for count in if quick { vec![5] } else { vec![1, 5, 100] } {
            let held = memory(count);
            let held = held.map_or_else(String::new, |size| format!("{size:.0} MB"));
            line(&format!("memory of a program with {count} nodes"), &held, "", "");
        }
    }
    ExitCode::SUCCESS
}

/// The chat in compiled Erlang beside the one in Rust.
fn chat(place: &Path) {
    let mut build = Command::new("sh");
    build.arg(folder().join("scenarios/erlang/build")).arg(place);
    assert!(succeeds(&mut build), "the chat compiles");
    for file in ["chat-failover.json", "chat/sys.config"] {
        fs::copy(folder().join("scenarios/erlang").join(file), place.join(file))
            .expect("the chat has this file");
    }
    let own = run(&place.join("chat-failover.json"));
    let other = run(&folder().join("scenarios/chat-failover.json"));
    let shown = format!("{:.1} ms in Rust", other * 1e3);
    line("the chat, 90 s", &milliseconds(own), &shown, &format!("{:.1}", own / other));
}
