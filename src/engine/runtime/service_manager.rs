//! The service manager, which starts a node again when it has gone down: `heart`, systemd, Kubernetes.

use std::collections::VecDeque;
use std::time::Duration;

use crate::engine::time::{Time, nanos};
use crate::engine::trace::RecordId;
use crate::spelling::words;

/// The policy by which a node that has gone down is started again.
///
/// The reason does not matter: it was killed, it stopped in order, or it could not go on. A host that
/// loses power takes the service manager with it; when the power is back, the nodes of the host start,
/// and earlier restarts do not count.
///
/// ```
/// use std::time::Duration;
///
/// use nodedown::otp::kernel;
/// use nodedown::runtime::{NodeConfig, RestartPolicy, World, WorldConfig};
///
/// let world = World::new(WorldConfig::default());
/// let host = world.add_host("rack");
/// let restart = RestartPolicy { after: Duration::from_secs(5), ..RestartPolicy::default() };
/// let config = NodeConfig { restart: Some(restart), ..NodeConfig::new("a@rack", host) };
/// let node = world.add_node(config);
/// world.start_node(node);
/// world.crash_node(node);
/// world.run_for(Duration::from_secs(4));
/// assert!(!world.is_up(node));
/// world.run_for(Duration::from_secs(2));
/// assert!(world.is_up(node));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartPolicy {
    /// The ends after which it is started again.
    pub restarts: Restarts,
    /// The delay after the first end.
    pub after: Duration,
    /// The length of each further delay in percent of the one before: 200 doubles it, 100 keeps it.
    pub backoff_percent: u32,
    /// The longest delay.
    pub max_delay: Duration,
    /// After the node has run for this time, its next delay is the first one again.
    pub reset_after: Duration,
    /// The limit of restarts; without one there is none.
    pub limit: Option<RestartLimit>,
}

/// The ends after which a node is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restarts {
    /// After any (`Restart=always`).
    Always,
    /// After any but a stop in order (`Restart=on-failure`).
    OnFailure,
}

words!(Restarts { Always => "always", OnFailure => "on_failure" });

/// The number of times that a node is started again before it stays down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartLimit {
    /// The number of restarts.
    pub at_most: u32,
    /// The time within which they count; without it, the whole run.
    pub within: Option<Duration>,
}

impl Default for RestartPolicy {
    /// Always, after a second each time, without end.
    fn default() -> RestartPolicy {
        RestartPolicy {
            restarts: Restarts::Always,
            after: Duration::from_secs(1),
            backoff_percent: 100,
            max_delay: Duration::from_mins(5),
            reset_after: Duration::from_mins(10),
            limit: None,
        }
    }
}

impl RestartPolicy {
    /// The delay of a restart after this number of earlier ones.
    #[must_use]
    pub fn delay(&self, restarts: u32) -> Duration {
        let mut delay = nanos(self.after);
        let max = nanos(self.max_delay.max(self.after));
        for _ in 0..restarts {
            let next = u128::from(delay) * u128::from(self.backoff_percent) / 100;
            let next = u64::try_from(next).unwrap_or(u64::MAX).min(max);
            if next == delay {
                break;
            }
            delay = next;
        }
        Duration::from_nanos(delay)
    }

    /// The longest delay that there can be.
    #[must_use]
    pub fn longest_delay(&self) -> Duration {
        if self.backoff_percent > 100 { self.max_delay.max(self.after) } else { self.after }
    }
}

/// The end of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It stopped in order.
    Stop,
    /// It was killed, or it could not go on.
    Failure,
}

/// The service manager of a node.
#[derive(Debug, Default)]
pub(super) struct ServiceManager {
    /// The time of the node's last start.
    started_at: Time,
    /// The number of restarts in a row, each before the node had run for long.
    pub(super) in_row: u32,
    /// The times of the restarts that the limit counts.
    recent: VecDeque<Time>,
    /// The record of the restart that is planned.
    pub(super) pending: Option<RecordId>,
}

impl ServiceManager {
    /// The node has started, for any reason.
    pub(super) fn started(&mut self, now: Time) {
        self.started_at = now;
        self.pending = None;
    }

    /// The node was started by hand: earlier restarts do not count.
    pub(super) fn forget(&mut self) {
        self.in_row = 0;
        self.recent.clear();
    }

    /// The host loses power. Returns whether a restart was planned.
    pub(super) fn lose_power(&mut self) -> bool {
        std::mem::take(self).pending.is_some()
    }

    /// The delay of the next restart; none if the limit is reached.
    pub(super) fn restart(&mut self, policy: &RestartPolicy, now: Time) -> Option<Duration> {
        if now.since(self.started_at) >= policy.reset_after {
            self.in_row = 0;
        }
        if let Some(limit) = policy.limit {
            while let Some(first) = self.recent.front()
                && limit.within.is_some_and(|within| now.since(*first) >= within)
            {
                self.recent.pop_front();
            }
            if self.recent.len() >= limit.at_most as usize {
                return None;
            }
            self.recent.push_back(now);
        }
        self.in_row = self.in_row.saturating_add(1);
        Some(policy.delay(self.in_row - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn delays_grow_up_to_the_longest_one() {
        let policy = RestartPolicy { max_delay: 5 * SECOND, ..RestartPolicy::default() };
        for (backoff_percent, expected) in [
            (100, [1_000, 1_000, 1_000, 1_000, 1_000]),
            (200, [1_000, 2_000, 4_000, 5_000, 5_000]),
            (150, [1_000, 1_500, 2_250, 3_375, 5_000]),
        ] {
            let policy = RestartPolicy { backoff_percent, ..policy };
            let delays = [0, 1, 2, 3, 4].map(|restarts| policy.delay(restarts).as_millis());
            assert_eq!(delays, expected);
            assert!(policy.longest_delay() >= policy.delay(4));
        }
    }

    #[test]
    fn the_limit_counts_what_is_recent() {
        let at = |seconds: u32| Time::ZERO + seconds * SECOND;
        for (within, expected) in
            [(None, [true, true, false, false]), (Some(10 * SECOND), [true, true, false, true])]
        {
            let limit = Some(RestartLimit { at_most: 2, within });
            let policy = RestartPolicy { limit, ..RestartPolicy::default() };
            let mut manager = ServiceManager::default();
            let restarted = [1, 2, 3, 12].map(|time| manager.restart(&policy, at(time)).is_some());
            assert_eq!(restarted, expected);
        }
    }

    #[test]
    fn a_node_that_has_run_for_long_begins_anew() {
        let reset_after = 60 * SECOND;
        let policy =
            RestartPolicy { backoff_percent: 200, reset_after, ..RestartPolicy::default() };
        let mut manager = ServiceManager::default();
        let mut delay = |started: u32, ended: u32| {
            manager.started(Time::ZERO + started * SECOND);
            manager.restart(&policy, Time::ZERO + ended * SECOND).unwrap().as_secs()
        };
        assert_eq!([delay(0, 1), delay(2, 3), delay(5, 6), delay(10, 70)], [1, 2, 4, 1]);
    }
}
