//! The clocks of a node, which may be wrong.

use std::time::Duration;

use crate::time::{Time, nanos};

/// What the world's clock shows at the start of a run, for those who ask for the time of day:
/// the 1st of January 2026, 0:00 UTC, in nanoseconds since 1970.
const EPOCH: i128 = 1_767_225_600_000_000_000;

/// A monotonic clock that may run fast or slow, and a system clock that may also be set.
#[derive(Debug)]
pub(super) struct Clock {
    drift_ppm: i32,
    /// When the drift was last changed, by the world's clock and by this one.
    since: Time,
    local: u64,
    offset: i64,
}

const MILLION: i128 = 1_000_000;

impl Clock {
    pub(super) const fn new() -> Clock {
        Clock { drift_ppm: 0, since: Time::ZERO, local: 0, offset: 0 }
    }

    /// The time since the start of the run, as the node sees it.
    pub(super) fn monotonic(&self, now: Time) -> Duration {
        Duration::from_nanos(self.local) + self.to_node(now.since(self.since))
    }

    /// The time of day, as the node sees it, since 1970.
    pub(super) fn system(&self, now: Time) -> Duration {
        let shown = EPOCH + i128::from(self.offset) + i128::from(nanos(self.monotonic(now)));
        Duration::from_nanos(u64::try_from(shown).unwrap_or(0))
    }

    /// How long the world takes for a time that the node measures.
    pub(super) fn to_world(&self, duration: Duration) -> Duration {
        scale(duration, MILLION, MILLION + i128::from(self.drift_ppm))
    }

    /// What the node measures while the world takes so long.
    pub(super) fn to_node(&self, duration: Duration) -> Duration {
        scale(duration, MILLION + i128::from(self.drift_ppm), MILLION)
    }

    pub(super) fn step(&mut self, nanos: i64) {
        self.offset = self.offset.saturating_add(nanos);
    }

    pub(super) const fn drift_ppm(&self) -> i32 {
        self.drift_ppm
    }

    pub(super) fn set_drift(&mut self, now: Time, ppm: i32) {
        self.local = nanos(self.monotonic(now));
        self.since = now;
        self.drift_ppm = ppm;
    }
}

fn scale(duration: Duration, by: i128, of: i128) -> Duration {
    if by == of {
        return duration;
    }
    let scaled = i128::from(nanos(duration)) * by / of.max(1);
    Duration::from_nanos(u64::try_from(scaled).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drifting_clock_goes_on_from_where_it_was() {
        let at = |seconds| Time::ZERO + Duration::from_secs(seconds);
        let mut clock = Clock::new();
        clock.set_drift(at(10), 100_000);
        assert_eq!(clock.monotonic(at(20)), Duration::from_secs(21));
        clock.set_drift(at(20), 0);
        assert_eq!(clock.monotonic(at(30)), Duration::from_secs(31));
        assert_eq!(clock.to_world(Duration::from_secs(1)), Duration::from_secs(1));
    }

    #[test]
    fn setting_the_system_clock_leaves_the_monotonic_clock_alone() {
        let mut clock = Clock::new();
        let before = clock.system(Time::ZERO);
        clock.step(-5_000_000_000);
        assert_eq!(before, clock.system(Time::ZERO) + Duration::from_secs(5));
        assert_eq!(clock.monotonic(Time::ZERO), Duration::ZERO);
    }
}
