//! Virtual time: instants in integer nanoseconds since the start of a run, and durations as people
//! write them.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An instant of a simulation, in nanoseconds since its start.
///
/// There is one clock for the whole world; the clock of a single node, which may be wrong, is
/// derived from it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(u64);

impl Time {
    /// The start of the run.
    pub const ZERO: Time = Time(0);
    /// An instant that no run reaches.
    pub const MAX: Time = Time(u64::MAX);

    /// The instant `nanos` nanoseconds after the start.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Time {
        Time(nanos)
    }

    /// Nanoseconds since the start.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start, for reports.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The time since the start of the run.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// The time from `earlier` to this instant; zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Time) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    /// Saturates at [`Time::MAX`].
    fn add(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(nanos(duration)))
    }
}

impl Time {
    /// So many nanoseconds later; saturates at [`Time::MAX`].
    #[must_use]
    pub const fn plus_nanos(self, nanos: u64) -> Time {
        Time(self.0.saturating_add(nanos))
    }
}

impl AddAssign<Duration> for Time {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for Time {
    type Output = Time;

    /// Saturates at [`Time::ZERO`].
    fn sub(self, duration: Duration) -> Time {
        Time(self.0.saturating_sub(nanos(duration)))
    }
}

impl fmt::Display for Time {
    /// Seconds with milliseconds: `20.004s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.saturating_add(500_000) / 1_000_000;
        f.pad(&format!("{}.{:03}s", millis / 1_000, millis % 1_000))
    }
}

/// The whole nanoseconds of a duration, saturating after 584 years.
#[must_use]
pub fn nanos(duration: Duration) -> u64 {
    let whole = duration.as_secs().saturating_mul(1_000_000_000);
    whole.saturating_add(duration.subsec_nanos().into())
}

/// The units that a duration may be written in, smallest first, with their nanoseconds.
pub const UNITS: [(&str, u64); 6] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The reason why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// A number stands alone, so nobody can tell seconds from milliseconds.
    #[error("a duration needs a unit: write \"{0}s\" or \"{0}ms\"")]
    NoUnit(String),
    /// The unit is not one of [`UNITS`].
    #[error("unknown unit \"{0}\": use one of ns, us, ms, s, m, h")]
    UnknownUnit(String),
    /// No number stands before the unit.
    #[error("a duration is a number and a unit, as in \"500ms\" or \"1.5s\"")]
    NoNumber,
    /// A larger unit stands behind a smaller one, or the same twice.
    #[error("the larger unit comes first, each once, as in \"1m30s\"")]
    Order,
    /// More than the clock can count.
    #[error("a duration is at most 584 years")]
    TooLong,
}

/// Reads a duration such as `500ms`, `1.5s`, `2m` or `1m30s`. Fractions of a nanosecond are cut off.
///
/// # Errors
/// [`DurationError`] when the number or its unit is missing or unknown.
///
/// ```
/// use std::time::Duration;
/// use nodedown::time::parse_duration;
///
/// assert_eq!(parse_duration("1.5s"), Ok(Duration::from_millis(1500)));
/// assert_eq!(parse_duration("1m30s"), Ok(Duration::from_secs(90)));
/// assert!(parse_duration("500").is_err());
/// ```
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let mut rest = text.trim();
    let (mut total, mut smallest) = (0_u64, u64::MAX);
    loop {
        let (nanos, scale, behind) = part_of_duration(rest)?;
        if scale >= smallest {
            return Err(DurationError::Order);
        }
        total = total.checked_add(nanos).ok_or(DurationError::TooLong)?;
        (smallest, rest) = (scale, behind);
        if rest.is_empty() {
            return Ok(Duration::from_nanos(total));
        }
    }
}

/// The first number of a text and its unit, in nanoseconds; those of the unit; and what comes behind.
fn part_of_duration(text: &str) -> Result<(u64, u64, &str), DurationError> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, behind) = (&text[..digits], text[digits..].trim_start());
    let letters = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
    let (unit, rest) = (behind[..letters].trim_end(), &behind[letters..]);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || fraction.contains('.') || (number.contains('.') && fraction.is_empty()) {
        return Err(DurationError::NoNumber);
    }
    if unit.is_empty() {
        return Err(DurationError::NoUnit(number.to_owned()));
    }
    let Some(&(_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(DurationError::UnknownUnit(unit.to_owned()));
    };
    let whole: u64 = whole.parse().map_err(|_| DurationError::TooLong)?;
    let mut total = u128::from(whole) * u128::from(scale);
    let mut place = u128::from(scale);
    for digit in fraction.bytes() {
        place /= 10;
        total += u128::from(digit - b'0') * place;
    }
    let total = u64::try_from(total).map_err(|_| DurationError::TooLong)?;
    Ok((total, scale, rest))
}

/// Writes a duration in its largest unit that loses nothing: `1500ms`, `2s`, `250us`.
/// [`parse_duration`] reads it back.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let nanos = nanos(duration);
    let whole =
        UNITS.iter().rev().find(|(_, scale)| nanos.is_multiple_of(*scale) && nanos >= *scale);
    match whole {
        Some((unit, scale)) => format!("{}{unit}", nanos / scale),
        None => "0s".to_owned(),
    }
}

/// Writes a duration to the nanosecond, in seconds with a decimal point if it is that long:
/// `5.231482917s`, `90s`, `1.5ms`. [`parse_duration`] reads it back.
#[must_use]
pub fn decimal_duration(duration: Duration) -> String {
    let nanos = nanos(duration);
    let (unit, scale) = if nanos >= 1_000_000_000 {
        ("s", 1_000_000_000)
    } else {
        let fitting = UNITS.iter().rev().find(|(_, scale)| nanos >= *scale);
        fitting.copied().unwrap_or(("s", 1))
    };
    let digits = scale.ilog10() as usize;
    let fraction = format!("{:0digits$}", nanos % scale);
    let fraction = if digits == 0 { "" } else { fraction.trim_end_matches('0') };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}{unit}", nanos / scale)
}

/// Writes a duration for people, with three significant digits at the most: `1.46 s`, `12.3 ms`.
#[must_use]
pub fn round_duration(duration: Duration) -> String {
    let nanos = nanos(duration) as f64;
    let (value, unit) = match nanos {
        n if n >= 1e9 => (n / 1e9, "s"),
        n if n >= 1e6 => (n / 1e6, "ms"),
        n if n >= 1e3 => (n / 1e3, "us"),
        n => (n, "ns"),
    };
    let places = if value >= 100.0 || unit == "ns" { 0 } else { usize::from(value < 10.0) + 1 };
    format!("{value:.places$} {unit}")
}

/// A limit on a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// This long.
    After(Duration),
    /// For ever.
    Infinity,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_with_their_unit() {
        for (text, expected) in [
            ("500ms", Ok(Duration::from_millis(500))),
            ("1.5s", Ok(Duration::from_millis(1500))),
            ("0.25 us", Ok(Duration::from_nanos(250))),
            ("2m", Ok(Duration::from_mins(2))),
            ("0s", Ok(Duration::ZERO)),
            ("5", Err(DurationError::NoUnit("5".to_owned()))),
            ("1m30s", Ok(Duration::from_secs(90))),
            ("1h 30m", Ok(Duration::from_mins(90))),
            ("2m0.5s", Ok(Duration::from_millis(120_500))),
            ("1s500ms", Ok(Duration::from_millis(1500))),
            ("1h2m3s4ms5us6ns", Ok(Duration::from_nanos(3_723_004_005_006))),
            ("1m30", Err(DurationError::NoUnit("30".to_owned()))),
            ("30s1m", Err(DurationError::Order)),
            ("1m1m", Err(DurationError::Order)),
            ("1m, 30s", Err(DurationError::UnknownUnit("m,".to_owned()))),
            ("5124095h 34m 33s 710ms", Err(DurationError::TooLong)),
            ("5 sec", Err(DurationError::UnknownUnit("sec".to_owned()))),
            ("s", Err(DurationError::NoNumber)),
            ("1.s", Err(DurationError::NoNumber)),
            ("-1s", Err(DurationError::NoNumber)),
            ("99999999999h", Err(DurationError::TooLong)),
        ] {
            assert_eq!(parse_duration(text), expected, "{text}");
        }
        for text in ["0s", "1ns", "1500ms", "2s", "2m", "250us", "1h"] {
            assert_eq!(format_duration(parse_duration(text).unwrap()), text);
        }
    }

    #[test]
    fn decimal_durations_lose_nothing() {
        for (nanos, text) in [
            (0, "0s"),
            (1, "1ns"),
            (50_000, "50us"),
            (1_500_000, "1.5ms"),
            (999_999_999, "999.999999ms"),
            (90_000_000_000, "90s"),
            (5_231_482_917, "5.231482917s"),
            (7_200_000_000_001, "7200.000000001s"),
            (u64::MAX, "18446744073.709551615s"),
        ] {
            let duration = Duration::from_nanos(nanos);
            assert_eq!(decimal_duration(duration), text);
            assert_eq!(parse_duration(text), Ok(duration));
        }
    }

    #[test]
    fn times_and_rounded_durations_read_well() {
        assert_eq!(Time::from_nanos(20_004_499_999).to_string(), "20.004s");
        assert_eq!(round_duration(Duration::from_millis(1463)), "1.46 s");
        assert_eq!(round_duration(Duration::from_micros(12_345)), "12.3 ms");
        assert_eq!(round_duration(Duration::from_nanos(7)), "7 ns");
    }
}
