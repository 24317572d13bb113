//! Distributions of durations.

use std::time::Duration;

use rand::{Rng, RngExt};

use crate::engine::time::nanos;

/// A distribution of durations.
///
/// Every draw is made from integers and the pure-Rust functions of `libm`, so that it is the same
/// on every platform. Draws are never negative.
#[derive(Clone, Debug, PartialEq)]
pub enum Delay {
    /// Always the same.
    Constant(Duration),
    /// Anything from the first to the second, equally likely.
    Uniform(Duration, Duration),
    /// The normal distribution, cut off at zero.
    Normal {
        /// The mean.
        mean: Duration,
        /// The standard deviation.
        deviation: Duration,
    },
    /// The exponential distribution, moved up by a least delay.
    Exponential {
        /// The least delay.
        min: Duration,
        /// The mean of what comes on top of it.
        mean: Duration,
    },
    /// The lognormal distribution, the usual shape of network delays.
    LogNormal {
        /// Half of the draws are below it.
        median: Duration,
        /// 99 of 100 draws are below it.
        p99: Duration,
    },
    /// A measured distribution: delays with their weights.
    Table(Vec<(Duration, u32)>),
}

/// The standard normal distribution's 99th percentile.
const NORMAL_P99: f64 = 2.326_347_874_040_841;

impl Delay {
    /// One draw.
    pub fn draw(&self, rng: &mut impl Rng) -> Duration {
        Duration::from_nanos(self.draw_nanos(rng))
    }

    /// One draw, in nanoseconds.
    #[inline]
    pub(super) fn draw_nanos(&self, rng: &mut impl Rng) -> u64 {
        match self {
            Delay::Constant(delay) => nanos(*delay),
            Delay::Uniform(min, max) => rng.random_range(nanos(*min)..=nanos(*max)),
            Delay::Normal { mean, deviation } => {
                whole(nanos(*mean) as f64 + nanos(*deviation) as f64 * normal(rng))
            }
            Delay::Exponential { min, mean } => {
                let extra = -libm::log(unit(rng)) * nanos(*mean) as f64;
                nanos(*min).saturating_add(whole(extra))
            }
            Delay::LogNormal { median, p99 } => {
                let mu = libm::log(nanos(*median).max(1) as f64);
                let sigma = (libm::log(nanos(*p99).max(1) as f64) - mu).max(0.0) / NORMAL_P99;
                whole(libm::exp(mu + sigma * normal(rng)))
            }
            Delay::Table(rows) => nanos(draw_row(rows, rng)),
        }
    }

    /// The middle of the distribution, for summaries and for simplifying a plan.
    #[must_use]
    pub fn median(&self) -> Duration {
        match self {
            Delay::Constant(delay) => *delay,
            Delay::Uniform(min, max) => (*min + *max) / 2,
            Delay::Normal { mean, .. } => *mean,
            Delay::Exponential { min, mean } => {
                *min + Duration::from_nanos(whole(nanos(*mean) as f64 * core::f64::consts::LN_2))
            }
            Delay::LogNormal { median, .. } => *median,
            Delay::Table(rows) => {
                let half = rows.iter().map(|(_, weight)| u64::from(*weight)).sum::<u64>() / 2;
                row_at(rows, half)
            }
        }
    }
}

fn draw_row(rows: &[(Duration, u32)], rng: &mut impl Rng) -> Duration {
    let total: u64 = rows.iter().map(|(_, weight)| u64::from(*weight)).sum();
    if total == 0 { Duration::ZERO } else { row_at(rows, rng.random_range(0..total)) }
}

fn row_at(rows: &[(Duration, u32)], mut point: u64) -> Duration {
    for (delay, weight) in rows {
        if point < u64::from(*weight) {
            return *delay;
        }
        point -= u64::from(*weight);
    }
    rows.last().map_or(Duration::ZERO, |(delay, _)| *delay)
}

/// A number above 0 and at most 1, with 53 random bits.
fn unit(rng: &mut impl Rng) -> f64 {
    ((rng.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64
}

/// A draw of the standard normal distribution, after Box and Muller.
fn normal(rng: &mut impl Rng) -> f64 {
    let radius = libm::sqrt(-2.0 * libm::log(unit(rng)));
    radius * libm::cos(core::f64::consts::TAU * unit(rng))
}

fn whole(nanos: f64) -> u64 {
    libm::round(nanos.max(0.0)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Streams;

    const MS: Duration = Duration::from_millis(1);

    /// Draws a thousand times and compares the middle and the 99th percentile, in milliseconds.
    fn check(delay: &Delay, median: f64, p99: f64) {
        let mut rng = Streams::new(1).stream("delay");
        let mut draws: Vec<f64> =
            (0..4_000).map(|_| delay.draw(&mut rng).as_secs_f64() * 1e3).collect();
        draws.sort_by(f64::total_cmp);
        for (found, expected) in [(draws[2_000], median), (draws[3_960], p99)] {
            assert!((found - expected).abs() <= 0.12 * expected, "{delay:?}: {found} {expected}");
        }
        assert!((delay.median().as_secs_f64() * 1e3 - median).abs() < 0.12 * median, "{delay:?}");
    }

    #[test]
    fn each_distribution_has_its_median_and_its_99th_percentile() {
        check(&Delay::Constant(5 * MS), 5.0, 5.0);
        check(&Delay::Uniform(MS, 3 * MS), 2.0, 2.98);
        check(&Delay::Normal { mean: 10 * MS, deviation: MS }, 10.0, 12.33);
        check(&Delay::Exponential { min: MS, mean: 10 * MS }, 7.93, 47.05);
        check(&Delay::LogNormal { median: MS, p99: 6 * MS }, 1.0, 6.0);
        check(&Delay::Table(vec![(MS, 60), (2 * MS, 30), (9 * MS, 10)]), 1.0, 9.0);
    }

    #[test]
    fn a_normal_delay_is_never_negative() {
        let mut rng = Streams::new(1).stream("delay");
        let delay = Delay::Normal { mean: MS, deviation: 10 * MS };
        assert!((0..1_000).any(|_| delay.draw(&mut rng) == Duration::ZERO));
    }
}
