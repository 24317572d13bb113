//! The times of a scenario: those that are instants of the run, and those that people read.

use std::cmp::Reverse;
use std::time::Duration;

use super::removal::all_operations;
use super::search::{Edit, ShrinkSearch, edit};
use crate::engine::time::{Time, decimal_duration, nanos};
use crate::scenario::fault::Trigger;
use crate::scenario::{NodeSpec, Scenario};

const MS: Duration = Duration::from_millis(1);

/// The number of parts into which a run is divided to find where it can end.
const CUTS: u32 = 8;

/// The meaning of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimeKind {
    /// A beginning; later events must not come before it.
    Begin,
    /// An event.
    Point,
    /// An end; earlier events must not come after it.
    End,
    /// A delay after something else, not an instant.
    After,
}

/// Ends the run earlier. Later events are left out.
pub(super) fn cut_end(search: &mut ShrinkSearch<'_>) {
    search.now("the end");
    search.each(|scenario| {
        let whole = scenario.duration;
        let parts = (1..CUTS).map(|part| whole * part / CUTS);
        parts
            .flat_map(|end| [edit(move |it| end_at(it, end)), edit(move |it| close_at(it, end))])
            .collect()
    });
}

/// The run ends then.
fn end_at(scenario: &mut Scenario, end: Duration) {
    stop_working_at(scenario, end);
    scenario.faults.retain(|fault| match &fault.trigger {
        Trigger::At(at) => *at < end,
        Trigger::AtStep(_) => true,
        Trigger::When(sighting) => sighting.from < end,
    });
    scenario.duration = end;
}

/// Begins no operations from then on, and ends the run when the last of them have long ended.
fn close_at(scenario: &mut Scenario, end: Duration) {
    let timeout = scenario.workloads.iter().map(|workload| workload.timeout).max();
    // Clients look at what is left when all has timed out, and wait once more for that.
    let closing = timeout.map_or(Duration::ZERO, |timeout| 2 * timeout + 1000 * MS);
    if !closing.is_zero() && end + closing < scenario.duration {
        stop_working_at(scenario, end);
        end_at(scenario, end + closing);
    }
}

fn stop_working_at(scenario: &mut Scenario, end: Duration) {
    for workload in &mut scenario.workloads {
        workload.until = workload.until.min(end);
    }
    for operations in all_operations(scenario) {
        operations.retain(|operation| operation.at < Time::ZERO + end);
    }
}

/// The number of gaps that are tried, the longest first.
const GAPS_MAX: usize = 40;

/// Shortens the gaps between events, the longest first; everything later moves along.
pub(super) fn close_gaps(search: &mut ShrinkSearch<'_>) {
    search.now("the time between");
    search.each(|scenario| gaps(scenario).into_iter().take(GAPS_MAX).flat_map(narrowed).collect());
}

/// The times at which nothing happens for a while, the longest first.
fn gaps(scenario: &Scenario) -> Vec<(Duration, Duration)> {
    let mut instants = vec![Duration::ZERO];
    shifted(&mut scenario.clone(), |at| {
        instants.push(at);
        at
    });
    // When clients look at what is left.
    let closings = scenario.workloads.iter();
    instants.extend(closings.map(|workload| workload.until + workload.timeout + 1000 * MS));
    instants.sort_unstable();
    instants.retain(|at| *at <= scenario.duration);
    let length = |(from, to): &(Duration, Duration)| to.saturating_sub(*from);
    let gaps = instants.windows(2).map(|pair| (pair[0], pair[1]));
    let mut gaps: Vec<_> = gaps.filter(|gap| length(gap) > MS).collect();
    gaps.sort_by_key(|gap| Reverse(length(gap)));
    gaps
}

/// The shorter lengths that are tried for a gap, in milliseconds.
const SHORTER: [u32; 11] = [0, 1, 10, 100, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

/// A gap becomes shorter, the shortest first.
fn narrowed((from, to): (Duration, Duration)) -> Vec<Edit> {
    let gap = to.saturating_sub(from);
    let shorter = SHORTER.iter().map(|millis| *millis * MS).filter(|shorter| *shorter < gap);
    let narrow = |shorter: Duration| {
        let less = gap.saturating_sub(shorter);
        edit(move |scenario| {
            shifted(scenario, |at| if at >= to { at.saturating_sub(less) } else { at });
        })
    };
    shorter.map(narrow).collect()
}

/// Replaces every instant of a scenario.
fn shifted(scenario: &mut Scenario, mut instant: impl FnMut(Duration) -> Duration) {
    for fault in &mut scenario.faults {
        if let (Trigger::At(at), Some((after, _))) = (&fault.trigger, &mut fault.undo) {
            *after = instant(*at + *after).saturating_sub(instant(*at));
        }
    }
    replace(scenario, |at, kind| if kind == TimeKind::After { at } else { instant(at) });
}

/// Replaces every time of a scenario, and sorts operations and faults by time again.
fn replace(scenario: &mut Scenario, mut time: impl FnMut(Duration, TimeKind) -> Duration) {
    let mut change = |at: &mut Duration, kind: TimeKind| *at = time(*at, kind);
    change(&mut scenario.duration, TimeKind::End);
    for node in &mut scenario.nodes {
        change(&mut node.starts_at, TimeKind::Begin);
        change_upkeep(node, &mut change);
    }
    for workload in &mut scenario.workloads {
        change(&mut workload.from, TimeKind::Begin);
        change(&mut workload.until, TimeKind::End);
    }
    for fault in &mut scenario.faults {
        match &mut fault.trigger {
            Trigger::At(at) => change(at, TimeKind::Point),
            Trigger::AtStep(_) => {}
            Trigger::When(sighting) => {
                change(&mut sighting.after, TimeKind::After);
                change(&mut sighting.from, TimeKind::Begin);
                sighting.until.iter_mut().for_each(|until| change(until, TimeKind::End));
            }
        }
        if let Some((after, _)) = &mut fault.undo {
            change(after, TimeKind::After);
        }
    }
    for operations in all_operations(scenario) {
        for operation in operations.iter_mut() {
            let mut at = operation.at.since_start();
            change(&mut at, TimeKind::Point);
            operation.at = Time::ZERO + at;
        }
        operations.sort_by_key(|operation| (operation.at, operation.number));
    }
    scenario.faults.sort_by_key(|fault| match &fault.trigger {
        Trigger::At(at) => *at,
        Trigger::AtStep(_) | Trigger::When(_) => Duration::MAX,
    });
}

/// The times of what keeps a node running and connected. A pause of none would have no end.
fn change_upkeep(node: &mut NodeSpec, change: &mut impl FnMut(&mut Duration, TimeKind)) {
    if !node.start_delay.is_zero() {
        change(&mut node.start_delay, TimeKind::After);
    }
    if let Some(policy) = &mut node.restart {
        change(&mut policy.after, TimeKind::After);
        policy.max_delay = policy.max_delay.max(policy.after);
    }
}

/// The units to which times are rounded, the coarsest first, in microseconds.
const UNITS: [u64; 9] =
    [10_000_000, 5_000_000, 1_000_000, 500_000, 100_000, 10_000, 1_000, 100, 10];

/// With more times than these they are not rounded one by one.
const ROUNDED_MAX: usize = 100;

/// Writes times with fewer digits: all at once, or else one by one.
pub(super) fn round(search: &mut ShrinkSearch<'_>) {
    search.now("round times");
    search.each(|scenario| {
        let times = times_of(scenario);
        let places = if times.len() <= ROUNDED_MAX { times.len() } else { 0 };
        let all = UNITS.iter().map(|unit| edit(move |it| round_to(it, *unit, None)));
        let one = (0..places).flat_map(|place| {
            let (time, kind) = times[place];
            let units = UNITS.iter().filter(move |unit| rounded(time, **unit, kind) != time);
            units.map(move |unit| edit(move |it| round_to(it, *unit, Some(place))))
        });
        all.chain(one).collect()
    });
}

/// Rounds all times, or the one at this place.
fn round_to(scenario: &mut Scenario, unit: u64, only: Option<usize>) {
    let mut place = 0;
    replace(scenario, |time, kind| {
        place += 1;
        if only.is_none_or(|only| only == place - 1) { rounded(time, unit, kind) } else { time }
    });
}

/// A time rounded to this unit in microseconds, if that has fewer digits.
fn rounded(time: Duration, unit: u64, kind: TimeKind) -> Duration {
    let (exact, unit) = (nanos(time), unit * 1_000);
    let units = match kind {
        TimeKind::Begin => exact / unit,
        TimeKind::Point | TimeKind::After => (exact + unit / 2) / unit,
        TimeKind::End => exact.div_ceil(unit),
    };
    let round = Duration::from_nanos(units * unit);
    let digits = |time| decimal_duration(time).len();
    if digits(round) < digits(time) { round } else { time }
}

fn times_of(scenario: &Scenario) -> Vec<(Duration, TimeKind)> {
    let mut times = Vec::new();
    replace(&mut scenario.clone(), |time, kind| {
        times.push((time, kind));
        time
    });
    times
}

/// Moves all operations by this many microseconds, earlier if it is negative.
pub(super) fn move_operations(scenario: &mut Scenario, by_micros: i64) {
    let by = Duration::from_micros(by_micros.unsigned_abs());
    for operation in all_operations(scenario).flatten() {
        let at = operation.at.since_start();
        let moved = if by_micros < 0 { at.saturating_sub(by) } else { at + by };
        operation.at = Time::ZERO + moved;
    }
    for workload in &mut scenario.workloads {
        if by_micros < 0 {
            workload.from = workload.from.saturating_sub(by);
        } else {
            workload.until = (workload.until + by).min(scenario.duration);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::services::Programs;

    fn plan() -> Scenario {
        let text = r#"{ "duration": "60s", "hosts": { "h": {} },
            "nodes": { "a@h": { "host": "h" }, "b@h": { "host": "h", "starts_at": "1s" } },
            "applications": { "http": { "nodes": ["a@h"] } },
            "workload": { "users": { "client": "chat_user", "on": "b@h", "from": "2s", "until": "30s",
                "operations": [{ "at": "4s", "do": "post" }, { "at": "20.123s", "do": "read" }] } },
            "faults": [{ "at": "3s", "crash": "a@h", "restart_after": "7s" }] }"#;
        Scenario::parse(text, "times.json", &Programs::builtin().catalogue()).unwrap()
    }

    fn seconds(time: Duration) -> f64 {
        time.as_secs_f64()
    }

    #[test]
    fn the_longest_times_without_anything_come_first() {
        let gaps = gaps(&plan());
        let gaps: Vec<_> = gaps.iter().map(|(from, to)| (seconds(*from), seconds(*to))).collect();
        // The clients give up at 35 s, and look at what is left a second later.
        let first = [(36.0, 60.0), (10.0, 20.123), (20.123, 30.0), (4.0, 10.0), (30.0, 36.0)];
        assert_eq!(gaps[..5], first);
    }

    #[test]
    fn what_comes_after_a_gap_moves_with_it() {
        let mut scenario = plan();
        // Between the second operation and the end of the workload.
        shifted(
            &mut scenario,
            |at| if at >= 30_000 * MS { at.saturating_sub(5_000 * MS) } else { at },
        );
        let times: Vec<f64> = times_of(&scenario).iter().map(|(time, _)| seconds(*time)).collect();
        assert_eq!(times, [55.0, 0.0, 1.0, 2.0, 25.0, 3.0, 7.0, 4.0, 20.123]);
        // While the node is down.
        shifted(
            &mut scenario,
            |at| if at >= 10_000 * MS { at.saturating_sub(2_000 * MS) } else { at },
        );
        assert_eq!(scenario.faults[0].undo.as_ref().unwrap().0, 5_000 * MS);
    }

    #[test]
    fn times_are_rounded_away_from_what_they_must_not_cross() {
        let time = Duration::from_millis(12_345);
        for (kind, unit, expected) in [
            (TimeKind::Begin, 1_000_000, 12.0),
            (TimeKind::Point, 100_000, 12.3),
            (TimeKind::End, 1_000_000, 13.0),
            (TimeKind::After, 10_000_000, 10.0),
            // No fewer digits.
            (TimeKind::Point, 1_000, 12.345),
        ] {
            assert!((seconds(rounded(time, unit, kind)) - expected).abs() < 1e-9, "{kind:?}");
        }
    }

    #[test]
    fn a_run_that_ends_earlier_makes_sense() {
        let catalogue = Programs::builtin().catalogue();
        for end in [5, 10, 25, 50] {
            for cut in [end_at, close_at] {
                let mut scenario = plan();
                cut(&mut scenario, Duration::from_secs(end));
                scenario.to_json(&catalogue).unwrap();
            }
        }
    }
}
