//! What a world takes of memory, and how time and memory grow with its size.
//!
//! `cargo bench --bench footprint`. Bytes and allocations are counted at the allocator, so they do not
//! depend on the machine or its load; it fails where something takes more than it may. `-- --test`
//! looks at small worlds only, and at no times.

#![expect(clippy::disallowed_types, reason = "what is measured here is real time")]

#[path = "workloads/mod.rs"]
mod workloads;

use std::alloc::System;
use std::process::ExitCode;
use std::time::Instant;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use workloads::gossip::{self, USUAL};
use workloads::{Prepared, connections, heartbeats, ping_pong, processes};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What is made, and the bytes that it takes.
fn bytes<T>(make: impl FnOnce() -> T) -> (T, f64) {
    let region = Region::new(ALLOCATOR);
    let kept = make();
    let change = region.change();
    (kept, change.bytes_allocated as f64 - change.bytes_deallocated as f64)
}

/// Something that is counted, and how much of it there may be.
struct Limit {
    name: &'static str,
    counted: f64,
    at_most: f64,
}

impl Limit {
    fn bytes_of_process(count: u64) -> Limit {
        let (_world, bytes) = bytes(|| processes::idle(count));
        Limit { name: "bytes, an idle process", counted: bytes / count as f64, at_most: 400.0 }
    }

    fn bytes_of_connection(nodes: usize, at_most: f64) -> Limit {
        Limit { name: "bytes, an idle connection", counted: bytes_of_connections(nodes), at_most }
    }

    fn allocations(name: &'static str, at_most: f64, prepare: impl Fn(u64) -> Prepared) -> Limit {
        // What is allocated once and for all, such as the places of a queue, is there by then.
        let allocated = |messages| {
            let run = prepare(messages);
            let region = Region::new(ALLOCATOR);
            let sent = run();
            (sent as f64, region.change().allocations as f64)
        };
        let ((few, before), (many, after)) = (allocated(20_000), allocated(120_000));
        Limit { name, counted: (after - before) / (many - few), at_most }
    }
}

/// What each connection of a mesh takes, beyond what nodes take that are not connected.
fn bytes_of_connections(nodes: usize) -> f64 {
    let (_apart, apart) = bytes(|| connections::apart(nodes));
    let (_mesh, mesh) = bytes(|| connections::idle(nodes));
    (mesh - apart) / (nodes * (nodes - 1) / 2) as f64
}

/// The exponent of a power law through these points: least squares of the logarithms.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / logs.len() as f64;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let slope = |weigh: fn(f64, f64) -> f64| -> f64 {
        logs.iter().map(|point| weigh(point.0 - x, point.1 - y)).sum()
    };
    slope(|dx, dy| dx * dy) / slope(|dx, _| dx * dx)
}

/// The time of a message, in nanoseconds.
fn time(run: Prepared) -> f64 {
    let start = Instant::now();
    let messages = run();
    start.elapsed().as_nanos() as f64 / messages as f64
}

/// A table with a row for each size, and the exponents with which its columns grow.
fn growth(name: &str, part: &str, sizes: &[usize], measure: impl Fn(usize) -> [f64; 2]) {
    println!("\n| {name:<30} | {:>12} | {part:>20} |", "ns, message");
    println!("|{:-<32}|{:->13}:|{:->21}:|", "", "", "");
    let mut columns = [const { Vec::new() }; 2];
    for size in sizes {
        let [time, memory] = measure(*size);
        println!("| {size:<30} | {time:>12.0} | {memory:>20.0} |");
        for (column, value) in columns.iter_mut().zip([time, memory]) {
            column.push((*size as f64, value));
        }
    }
    let [time, memory] = columns.map(|column| exponent(&column));
    println!("| {:<30} | {time:>12.2} | {memory:>20.2} |", "grows with the exponent");
}

fn main() -> ExitCode {
    let quick = std::env::args().any(|argument| argument == "--test");
    let limits = [
        Limit::bytes_of_process(if quick { 16_000 } else { 1_000_000 }),
        // What a world has once and for all weighs more where there are few.
        if quick {
            Limit::bytes_of_connection(60, 230.0)
        } else {
            Limit::bytes_of_connection(200, 200.0)
        },
        Limit::allocations("allocations, message on a node", 1.05, |n| ping_pong::prepare(1, n)),
        Limit::allocations("allocations, message between", 1.05, |n| ping_pong::prepare(2, n)),
        Limit::allocations("allocations, gossip of 1000", 1.05, |n| {
            gossip::prepare(if quick { 100 } else { 1_000 }, n, USUAL)
        }),
    ];
    println!("| {:<30} | {:>12} | {:>20} |", "what", "counted", "at most");
    println!("|{:-<32}|{:->13}:|{:->21}:|", "", "", "");
    for Limit { name, counted, at_most } in &limits {
        println!("| {name:<30} | {counted:>12.2} | {at_most:>20} |");
    }
    if !quick {
        growth("gossip, nodes", "bytes, node", &[100, 1_000, 10_000, 100_000], |nodes| {
            let (world, bytes) = bytes(|| gossip::connected(nodes, USUAL));
            drop(world);
            [time(gossip::prepare(nodes, 2_000_000, USUAL)), bytes / nodes as f64]
        });
        growth("mesh of heartbeats, nodes", "bytes, connection", &[5, 50, 200], |nodes| {
            [time(heartbeats::prepare_messages(nodes, 6)), bytes_of_connections(nodes)]
        });
    }
    let too_much = limits.iter().filter(|limit| limit.counted > limit.at_most);
    match too_much.map(|limit| eprintln!("too much: {}", limit.name)).count() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
