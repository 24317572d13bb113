//! The rules D1 to D32, each on a world of its own.

mod requests;
mod restarting;
mod stopping;

use std::cell::Cell;
use std::time::Duration;

use super::*;
use crate::engine::runtime::ExitResult;
use crate::otp::lab::{Notes, order, script, start_obedient};
use crate::otp::proc_lib::{is_down, reason_in};

/// A worker that traps exits and notes its starts and ends.
fn worker(id: &'static str, notes: &Notes) -> ChildSpec {
    worker_that(id, notes, "trap")
}

/// A worker that begins with `init`, and notes its starts.
fn worker_that(id: &'static str, notes: &Notes, init: &'static str) -> ChildSpec {
    let notes = notes.clone();
    ChildSpec::worker(id, move |ctx| {
        let notes = notes.clone();
        async move {
            notes.say(&ctx, format!("{id} start"));
            start_obedient(&ctx, id, &notes, order(init)).await
        }
    })
}

fn workers<const N: usize>(ids: [&'static str; N], notes: &Notes) -> Vec<ChildSpec> {
    ids.iter().map(|id| worker(id, notes)).collect()
}

fn flags(strategy: Strategy, intensity: u32) -> Flags {
    Flags { strategy, intensity, ..Flags::default() }
}

/// Starts a supervisor in a process that stays: its pid.
async fn start(ctx: &Context, flags: Flags, children: Vec<ChildSpec>) -> Pid {
    ctx.trap_exit(true);
    start_link(ctx, None, flags, children).await.unwrap().unwrap()
}

fn kill(ctx: &Context, name: &str) {
    if let Some(pid) = ctx.whereis(Atom::new(name)) {
        ctx.exit_signal(pid, atom!("kill"));
    }
}

async fn settle(ctx: &Context) {
    ctx.sleep(Duration::from_millis(1)).await;
}

/// The lines that a script notes between its own `--` and its end.
fn after_start<F, Fut>(run: F) -> Vec<String>
where
    F: FnOnce(Context, Notes) -> Fut + 'static,
    Fut: Future<Output = ExitResult> + 'static,
{
    let lines = script(&["a"], |ctx, notes| async move {
        let result = run(ctx.clone(), notes.clone()).await;
        notes.say(&ctx, "++");
        result
    })
    .lines();
    let begin = lines.iter().position(|line| line == "--").expect("the script says --");
    let end = lines.iter().position(|line| line == "++").expect("the script ends");
    lines[begin + 1..end].to_vec()
}
