//! The clocks of a node, which may be wrong.

use std::time::Duration;

use crate::engine::time::{Time, nanos};

/// The time of day at the start of a run: the 1st of January 2026, 0:00 UTC, in nanoseconds since
/// 1970.
const EPOCH: i128 = 1_767_225_600_000_000_000;

/// A clock that follows its operating system's slowly goes faster or slower by one part of this many.
const SLEW: i64 = 100;

/// A monotonic clock that may run fast or slow, and the time of day, which may also be set.
#[derive(Debug)]
pub(super) struct Clock {
    drift_ppm: i32,
    /// The time of the last change of drift or time of day, by the world's clock and by this one.
    since: Time,
    local: u64,
    offset: i64,
    /// The time that the time of day was behind then, which the monotonic clock makes up for.
    behind: i64,
    follows: Follows,
}

/// The way in which the time of day follows that of the operating system when that is set (A64).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// It jumps (`multi_time_warp`).
    AtOnce,
    /// The monotonic clock goes faster or slower until both agree (`no_time_warp`).
    Slowly,
}

const MILLION: i128 = 1_000_000;

impl Clock {
    pub(super) const fn new(follows: Follows) -> Clock {
        Clock { drift_ppm: 0, since: Time::ZERO, local: 0, offset: 0, behind: 0, follows }
    }

    /// The time since the start of the run, as the node sees it.
    pub(super) fn monotonic(&self, now: Time) -> Duration {
        Duration::from_nanos(self.local) + slewed(self.drifted(now.since(self.since)), self.behind)
    }

    /// The time of day, as the node sees it, since 1970.
    pub(super) fn system(&self, now: Time) -> Duration {
        let shown = EPOCH + i128::from(self.offset) + i128::from(nanos(self.monotonic(now)));
        Duration::from_nanos(u64::try_from(shown).unwrap_or(0))
    }

    /// The time that passes in the world, from now on, while the node measures this duration.
    pub(super) fn to_world(&self, now: Time, duration: Duration) -> Duration {
        let unslewed = match self.behind_at(now) {
            0 => duration,
            behind => unslewed(duration, behind),
        };
        scale(unslewed, MILLION, MILLION + i128::from(self.drift_ppm))
    }

    /// The time that the node measures, from now on, while this duration passes in the world.
    pub(super) fn to_node(&self, now: Time, duration: Duration) -> Duration {
        slewed(self.drifted(duration), self.behind_at(now))
    }

    fn drifted(&self, duration: Duration) -> Duration {
        scale(duration, MILLION + i128::from(self.drift_ppm), MILLION)
    }

    /// The time that the time of day is still behind.
    fn behind_at(&self, now: Time) -> i64 {
        if self.behind == 0 {
            return 0;
        }
        self.behind - correction(self.drifted(now.since(self.since)), self.behind)
    }

    /// Sets the clock of the operating system.
    pub(super) fn step(&mut self, now: Time, nanos: i64) {
        match self.follows {
            Follows::AtOnce => self.offset = self.offset.saturating_add(nanos),
            Follows::Slowly => {
                self.settle(now);
                self.behind = self.behind.saturating_add(nanos);
            }
        }
    }

    /// The node starts: what it shows is what the clock of the operating system shows then.
    pub(super) fn start(&mut self, now: Time) {
        if self.behind != 0 {
            self.settle(now);
            self.offset = self.offset.saturating_add(std::mem::take(&mut self.behind));
        }
    }

    pub(super) const fn drift_ppm(&self) -> i32 {
        self.drift_ppm
    }

    pub(super) fn set_drift(&mut self, now: Time, ppm: i32) {
        self.settle(now);
        self.drift_ppm = ppm;
    }

    fn settle(&mut self, now: Time) {
        (self.local, self.behind) = (nanos(self.monotonic(now)), self.behind_at(now));
        self.since = now;
    }
}

/// The part of the time behind that is made up for in this time.
fn correction(elapsed: Duration, behind: i64) -> i64 {
    let most = i64::try_from(nanos(elapsed)).unwrap_or(i64::MAX) / SLEW;
    behind.clamp(-most, most)
}

/// The time that a clock measures which is this much behind.
fn slewed(elapsed: Duration, behind: i64) -> Duration {
    if behind == 0 {
        return elapsed;
    }
    let shown = nanos(elapsed).saturating_add_signed(correction(elapsed, behind));
    Duration::from_nanos(shown)
}

/// The time in which a clock that is this much behind measures the given time.
fn unslewed(measured: Duration, behind: i64) -> Duration {
    let (measured, behind) = (i128::from(nanos(measured)), i128::from(behind));
    let slew = i128::from(SLEW);
    let at_once = measured * slew / (slew + behind.signum());
    let elapsed =
        at_once.min(behind.abs() * slew) + (measured - behind - behind.abs() * slew).max(0);
    Duration::from_nanos(u64::try_from(elapsed).unwrap_or(u64::MAX))
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
        let mut clock = Clock::new(Follows::Slowly);
        clock.set_drift(at(10), 100_000);
        assert_eq!(clock.monotonic(at(20)), Duration::from_secs(21));
        clock.set_drift(at(20), 0);
        assert_eq!(clock.monotonic(at(30)), Duration::from_secs(31));
        assert_eq!(clock.to_world(at(30), Duration::from_secs(1)), Duration::from_secs(1));
    }

    // A64
    #[test]
    fn a_clock_that_warps_shows_at_once_what_it_was_set_to() {
        let mut clock = Clock::new(Follows::AtOnce);
        let before = clock.system(Time::ZERO);
        clock.step(Time::ZERO, -5_000_000_000);
        assert_eq!(before, clock.system(Time::ZERO) + Duration::from_secs(5));
        assert_eq!(clock.monotonic(Time::ZERO), Duration::ZERO);
    }

    // A64
    #[test]
    fn a_clock_that_does_not_warp_comes_nearer_by_a_hundredth() {
        let at = |seconds| Time::ZERO + Duration::from_secs(seconds);
        let millis = Duration::from_millis;
        for set in [4_i64, -4] {
            let mut clock = Clock::new(Follows::Slowly);
            let midnight = clock.system(Time::ZERO);
            clock.step(at(10), set * 1_000_000_000);
            for (seconds, made_up) in
                [(10, 0), (110, 1_000), (409, 3_990), (410, 4_000), (700, 4_000)]
            {
                let made_up = millis(made_up);
                let shown = Duration::from_secs(seconds);
                let shown = if set > 0 { shown + made_up } else { shown.saturating_sub(made_up) };
                assert_eq!(clock.monotonic(at(seconds)), shown, "{set} at {seconds}");
                assert_eq!(clock.system(at(seconds)), midnight + shown);
            }
        }
    }

    #[test]
    fn a_node_that_starts_shows_what_the_clock_was_set_to_before() {
        let at = |seconds| Time::ZERO + Duration::from_secs(seconds);
        let mut clock = Clock::new(Follows::Slowly);
        let midnight = clock.system(Time::ZERO);
        clock.step(at(10), 5_000_000_000);
        clock.start(at(110));
        assert_eq!(clock.system(at(110)), midnight + Duration::from_secs(115));
        assert_eq!(
            clock.monotonic(at(210)),
            Duration::from_secs(211),
            "one second was made up for"
        );
        assert_eq!(clock.system(at(210)), midnight + Duration::from_secs(215));
    }

    #[test]
    fn a_timer_runs_by_the_clock_that_is_made_up_for() {
        let at = |seconds| Time::ZERO + Duration::from_secs(seconds);
        for set in [3_000_000_000, -3_000_000_000, 7, -7, 0] {
            let mut clock = Clock::new(Follows::Slowly);
            clock.step(at(1), set);
            for seconds in [1, 100, 299, 302, 500] {
                let wait = Duration::from_secs(seconds);
                let world = clock.to_world(at(2), wait);
                let measured = clock.monotonic(at(2) + world).abs_diff(clock.monotonic(at(2)));
                assert!(measured.abs_diff(wait) <= Duration::from_nanos(2), "{set} {seconds}");
                assert!(clock.to_node(at(2), world).abs_diff(wait) <= Duration::from_nanos(2));
            }
        }
    }
}
