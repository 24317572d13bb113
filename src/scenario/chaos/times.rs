//! The times at which a kind of fault strikes, and all its draws of a run.

use std::time::Duration;

use rand::RngExt;

use crate::engine::network::Delay;
use crate::engine::rng::{Stream, Streams};
use crate::engine::time::nanos;
use crate::scenario::fault::draw::{DrawContext, DrawMoment, FaultGroup};

use super::{Chaos, ChaosKind, Pace};

/// The faults that a kind would bring about in a run, numbered.
pub(super) fn draws(
    kind: &ChaosKind,
    chaos: &Chaos,
    context: &DrawContext<'_>,
    streams: Streams,
) -> Vec<(u64, FaultGroup)> {
    let name = kind.kind.name();
    let stream = |what: &str| streams.stream(&format!("chaos/{name}{what}"));
    let mut lengths = stream("/for");
    let targets = streams.family(&format!("chaos/{name}/target"));
    let numbered = times(kind.pace, chaos, &mut stream("")).into_iter().zip(0..);
    let draw = kind.kind.draw();
    let group = |(at, number): (Duration, u64)| {
        let length = kind.lasting.draw(&mut lengths);
        // However many draws a target takes, the next one does not depend on it.
        let mut rng = targets.stream(number);
        let moment = DrawMoment { context, nodes: &kind.nodes, at, length };
        draw.draw(&moment, &mut rng).map(|group| (number, group))
    };
    numbered.filter_map(group).collect()
}

/// The times at which a kind wants to strike, in order.
fn times(pace: Pace, chaos: &Chaos, stream: &mut Stream) -> Vec<Duration> {
    let (from, until) = (chaos.from, chaos.until);
    match pace {
        Pace::Every(mean) => {
            let gap = Delay::Exponential { min: Duration::from_nanos(1), mean };
            let mut times = Vec::new();
            let mut at = from;
            loop {
                at = at.saturating_add(gap.draw(stream));
                if at >= until {
                    return times;
                }
                times.push(at);
            }
        }
        Pace::Count(count) => {
            let window = nanos(until.saturating_sub(from)).max(1);
            let time = |_| from + Duration::from_nanos(stream.random_range(0..window));
            let mut times: Vec<Duration> = (0..count).map(time).collect();
            times.sort_unstable();
            times
        }
    }
}
