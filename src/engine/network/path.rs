//! The path from one host to another: latency, bandwidth and loss as TCP shows them.

use std::time::Duration;

use rand::RngExt;

use super::Delay;
use crate::engine::rng::Stream;
use crate::engine::time::{Time, nanos};

/// The properties of a path from one host to another.
#[derive(Clone, Debug, PartialEq)]
pub struct PathConfig {
    /// The time that a packet is in flight.
    pub latency: Delay,
    /// Bits per second; none means unlimited.
    pub bandwidth: Option<u64>,
    /// The number of packets in a million that are lost and have to be sent again.
    pub loss_ppm: u32,
}

impl PathConfig {
    /// A path that takes the same time for everything and loses nothing.
    #[must_use]
    pub const fn constant(latency: Duration) -> PathConfig {
        PathConfig { latency: Delay::Constant(latency), bandwidth: None, loss_ppm: 0 }
    }

    /// Returns whether earlier packets make no difference to later ones, so that all hosts can
    /// share one such path.
    pub(super) const fn has_no_state(&self) -> bool {
        self.bandwidth.is_none()
    }
}

/// The bytes of one packet (the maximum segment size): a usual Ethernet frame less its headers.
const MSS: u64 = 1_448;

/// Linux sends a lost packet again after this time at the earliest (`TCP_RTO_MIN`), then after
/// twice as long, and so on.
const RETRY_MIN: Duration = Duration::from_millis(200);

/// The longest time between two tries (`TCP_RTO_MAX`).
const RETRY_MAX: Duration = Duration::from_mins(2);

/// The number of tries after which TCP gives up (`tcp_retries2`). By then every tick has timed out.
const RETRIES_MAX: u32 = 15;

/// The time after its first try at which TCP gives up: the gaps between 15 tries, and one more.
pub(super) const GIVE_UP: Duration = Duration::from_millis(924_600);

/// The properties of paths, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConfigId(pub u32);

impl ConfigId {
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A path in use.
#[derive(Debug)]
pub(super) struct Path {
    busy_until: Time,
    /// Its present and its usual properties.
    config: ConfigId,
    usual: ConfigId,
}

impl Path {
    pub(super) const fn new(config: ConfigId) -> Path {
        Path { busy_until: Time::ZERO, config, usual: config }
    }

    /// Its present properties.
    pub(super) const fn config(&self) -> ConfigId {
        self.config
    }

    /// Changes its properties; none resets them to the usual ones.
    pub(super) fn set(&mut self, config: Option<ConfigId>) {
        self.config = config.unwrap_or(self.usual);
    }

    /// The time at which a segment arrives that is sent now, if none is in front of it. Lost packets are
    /// sent again after these gaps.
    #[inline]
    pub(super) fn arrival(
        &mut self,
        config: &PathConfig,
        now: Time,
        bytes: usize,
        draws: impl FnOnce() -> Stream,
        gap: impl Fn(u32) -> Duration,
    ) -> Time {
        let PathConfig { latency, bandwidth, loss_ppm } = config;
        let mut at = now;
        if let Some(bandwidth) = bandwidth {
            at = at.max(self.busy_until) + transmission(bytes as u64, *bandwidth);
            self.busy_until = at;
        }
        match latency {
            Delay::Constant(latency) if *loss_ppm == 0 => at + *latency,
            _ => {
                let mut rng = draws();
                if *loss_ppm > 0 {
                    at += retransmission(bytes as u64, *loss_ppm, &mut rng, gap);
                }
                at.plus_nanos(latency.draw_nanos(&mut rng))
            }
        }
    }
}

/// The time that is lost to packets that are sent in vain.
fn retransmission(
    bytes: u64,
    loss_ppm: u32,
    rng: &mut Stream,
    gap: impl Fn(u32) -> Duration,
) -> Duration {
    let mut waited = Duration::ZERO;
    for _ in 0..bytes.div_ceil(MSS).max(1) {
        let mut tries = 0;
        while tries < RETRIES_MAX && rng.random_range(0..1_000_000) < loss_ppm {
            waited += gap(tries);
            tries += 1;
        }
    }
    waited
}

/// The time that it takes to put bytes on the wire.
fn transmission(bytes: u64, bandwidth: u64) -> Duration {
    let nanos = u128::from(bytes) * 8 * 1_000_000_000 / u128::from(bandwidth.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// The time that TCP waits for an acknowledgement after this number of tries in vain.
pub(super) fn retry_gap(tries: u32) -> Duration {
    RETRY_MIN.saturating_mul(1 << tries.min(20)).min(RETRY_MAX)
}

/// The first instant from `now` on at which TCP tries again to send a segment that has got no answer
/// since `stalled_at`.
pub(super) fn next_retry(stalled_at: Time, now: Time) -> Time {
    let mut at = stalled_at;
    for tries in 0..RETRIES_MAX {
        at += retry_gap(tries);
        if at >= now {
            return at;
        }
    }
    let late = nanos(now.since(at)).div_ceil(nanos(RETRY_MAX));
    at + RETRY_MAX.saturating_mul(u32::try_from(late).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Streams;

    /// The arrivals of packets of this size that are all sent at once, in nanoseconds.
    fn arrivals(bandwidth: Option<u64>, loss_ppm: u32, packets: u64, bytes: usize) -> Vec<u64> {
        let latency = Delay::Constant(Duration::from_millis(1));
        let config = PathConfig { latency, bandwidth, loss_ppm };
        let (mut path, draws) = (Path::new(ConfigId(0)), Streams::new(3).family("path"));
        let arrival = |number| {
            path.arrival(&config, Time::ZERO, bytes, || draws.stream(number), retry_gap).as_nanos()
        };
        (0..packets).map(arrival).collect()
    }

    #[test]
    fn bandwidth_is_shared_by_all_that_is_sent() {
        let arrivals = arrivals(Some(8_000_000), 0, 3, 1_000);
        assert_eq!(arrivals, [2_000_000, 3_000_000, 4_000_000]);
    }

    #[test]
    fn a_lost_packet_comes_a_retransmission_later() {
        let arrivals = arrivals(None, 500_000, 200, 100);
        for expected in [1, 201, 601, 1_401] {
            assert!(arrivals.contains(&(expected * 1_000_000)), "{expected} in {arrivals:?}");
        }
    }

    #[test]
    fn retries_come_ever_more_rarely() {
        let at = |millis| Time::ZERO + Duration::from_millis(millis);
        for (now, expected) in [(0, 200), (200, 200), (201, 600), (1_500, 3_000), (6_000, 6_200)] {
            assert_eq!(next_retry(Time::ZERO, at(now)), at(expected), "{now}");
        }
        assert!(next_retry(Time::ZERO, at(10_000_000)) >= at(10_000_000));
        let gaps: Duration = (0..=RETRIES_MAX).map(retry_gap).sum();
        assert_eq!(gaps, GIVE_UP);
    }
}
