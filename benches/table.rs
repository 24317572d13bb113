//! A table of all workloads beside their floors, measured in turns within one run.
//!
//! `cargo bench --bench table`; `-- --only gossip` for some of them, `-- --quick` for a tenth of the
//! work, `-- --once` without repetition, `-- --check` to fail where one falls far behind its floor (to a
//! third of what is usual).

#![expect(clippy::disallowed_types, reason = "what is measured here is real time")]

#[path = "workloads/mod.rs"]
mod workloads;

use std::process::ExitCode;
use std::time::Instant;

use mimalloc::MiMalloc;
use workloads::floor::{self, Delays};
use workloads::gossip::{Overlay, USUAL};
use workloads::{Prepared, chat, gossip, heartbeats, mailboxes, ping_pong, processes, timers};

/// That of the command.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Something to measure.
struct Row {
    name: String,
    unit: &'static str,
    run: Box<dyn Fn() -> Prepared>,
    floor: Option<Box<dyn Fn() -> Prepared>>,
    /// With `--check`, the least part of the floor that it has to reach.
    at_least: f64,
}

fn row(name: impl Into<String>, unit: &'static str, run: impl Fn() -> Prepared + 'static) -> Row {
    Row { name: name.into(), unit, run: Box::new(run), floor: None, at_least: 0.0 }
}

impl Row {
    fn floor(self, at_least: f64, floor: impl Fn() -> u64 + Copy + 'static) -> Row {
        Row { floor: Some(Box::new(move || Box::new(floor))), at_least, ..self }
    }

    fn heap(self, at_least: f64, pending: u64, total: u64, delays: Delays) -> Row {
        self.floor(at_least, move || floor::pushes_and_pops(pending, total, delays))
    }
}

fn rows(scale: u64) -> Vec<Row> {
    let many = 5_000_000 / scale;
    let mut rows = vec![
        row("W1 ping-pong, one node", "messages", move || ping_pong::prepare(1, many)).heap(
            0.015,
            1,
            many,
            Delays::CONSTANT,
        ),
        row("W1 ping-pong, two nodes", "messages", move || ping_pong::prepare(2, many)).heap(
            0.007,
            1,
            many,
            Delays::CONSTANT,
        ),
    ];
    for (nodes, at_least) in [(10, 0.06), (100, 0.07), (1_000, 0.06), (10_000, 0.03)] {
        let gossip = move || gossip::prepare(nodes, many, USUAL);
        rows.push(row(format!("W2 gossip, {nodes} nodes"), "messages", gossip).heap(
            at_least,
            nodes as u64,
            many,
            Delays::GOSSIP,
        ));
    }
    let ring = move || gossip::prepare(1_000, many, Overlay::Ring);
    rows.push(row("W2b ring of 1000 nodes", "messages", ring).heap(
        0.08,
        1_000,
        many,
        Delays::GOSSIP,
    ));
    for pending in [100_000, 1_000_000] {
        let messages = move || timers::prepare_messages(pending, many);
        let sleepers = move || timers::prepare_sleepers(pending, many);
        rows.push(row(format!("W3 timers, {pending} pending"), "timers", messages).heap(
            0.1,
            pending,
            many,
            Delays::TIMERS,
        ));
        rows.push(row(format!("W3b sleepers, {pending}"), "timers", sleepers).heap(
            0.06,
            pending,
            many,
            Delays::TIMERS,
        ));
    }
    let population = 1_000_000 / scale;
    rows.extend([
        row("W4 processes, at once", "processes", move || processes::prepare_at_once(population)),
        row("W4 processes, in turn", "processes", move || processes::prepare_in_turn(population)),
        row("W5 heartbeats, 5 nodes, 60 s", "runs", || heartbeats::prepare_runs(500, 5, 60))
            .floor(0.04, || (0..500).filter(|_| floor::heartbeats(5, 60) > 0).count() as u64),
        row("W6 chat-failover", "runs", || chat::prepare(1, false)),
        row("W6 chat-failover, with verdict", "runs", || chat::prepare(1, true)),
        row("W7 calls, 100 messages waiting", "calls", || mailboxes::prepare(100, 100_000)),
        row("W7 calls, 100000 messages waiting", "calls", || mailboxes::prepare(100_000, 100_000)),
    ]);
    rows
}

/// Units a second.
fn measure(prepare: &dyn Fn() -> Prepared) -> f64 {
    let run = prepare();
    let start = Instant::now();
    let units = run();
    units as f64 / start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// How often each is measured, in turn with its floor.
const ROUNDS: usize = 5;

/// A number of units a second, in millions from a hundred thousand on.
fn rate(value: f64) -> String {
    if value >= 100_000.0 { format!("{:.2} M", value / 1e6) } else { format!("{value:.0}") }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if has("--test") {
        return ExitCode::SUCCESS;
    }
    let only = arguments.iter().skip_while(|each| *each != "--only").nth(1);
    let rounds = if has("--once") { 1 } else { ROUNDS };
    let mut behind = false;
    println!("| {:<34} | {:>10} | {:>10} | {:>5} |", "a second", "nodedown", "floor", "ratio");
    println!("|{:-<36}|{:->11}:|{:->11}:|{:->6}:|", "", "", "", "");
    for row in rows(if has("--quick") { 10 } else { 1 }) {
        if only.is_some_and(|only| !row.name.contains(only.as_str())) {
            continue;
        }
        let (mut speeds, mut floors, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let speed = measure(&row.run);
            speeds.push(speed);
            if let Some(floor) = &row.floor {
                let floor = measure(floor);
                floors.push(floor);
                ratios.push(speed / floor);
            }
        }
        let name = format!("{} ({})", row.name, row.unit);
        let speed = rate(median(speeds));
        if ratios.is_empty() {
            println!("| {name:<34} | {speed:>10} | {:>10} | {:>5} |", "", "");
        } else {
            let (floor, ratio) = (rate(median(floors)), median(ratios));
            println!("| {name:<34} | {speed:>10} | {floor:>10} | {ratio:>5.2} |");
            if ratio < row.at_least {
                behind = true;
                eprintln!("{name}: less than {} of its floor", row.at_least);
            }
        }
    }
    if behind && has("--check") { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
