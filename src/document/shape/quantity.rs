//! Quantities as people write them: rates, bandwidths, fractions and signed durations.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::engine::time::{DurationError, format_duration, nanos, parse_duration};

/// A rate of events, on average: `5/s`, `0.5/s`, `300/m`.
///
/// ```
/// use nodedown::shape::Rate;
///
/// let rate: Rate = "300/m".parse().unwrap();
/// assert_eq!(rate.per_second(), 5.0);
/// assert_eq!(rate.to_string(), "300/m");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    count: f64,
    unit: &'static str,
    seconds: f64,
}

/// The units that a rate may be written in, with their seconds.
const RATE_UNITS: [(&str, f64); 3] = [("s", 1.0), ("m", 60.0), ("h", 3_600.0)];

/// The reason why a text is not a rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// There is no number with a unit of time below it.
    #[error("a rate is a number per second, minute or hour, as in \"5/s\" or \"300/m\"")]
    Malformed,
    /// Nothing would ever happen.
    #[error("a rate is more than 0")]
    Zero,
}

impl Rate {
    /// The average number in a second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        self.count / self.seconds
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Rate, RateError> {
        let (count, unit) = text.split_once('/').ok_or(RateError::Malformed)?;
        let count = decimal(count).ok_or(RateError::Malformed)?;
        let known = RATE_UNITS.iter().find(|(name, _)| *name == unit.trim());
        let &(unit, seconds) = known.ok_or(RateError::Malformed)?;
        if count > 0.0 { Ok(Rate { count, unit, seconds }) } else { Err(RateError::Zero) }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, self.unit)
    }
}

/// The units that a bandwidth may be written in, smallest first, with their bits per second.
const BANDWIDTH_UNITS: [(&str, u64); 4] =
    [("bit/s", 1), ("kbit/s", 1_000), ("Mbit/s", 1_000_000), ("Gbit/s", 1_000_000_000)];

/// The reason why a text is not a bandwidth.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BandwidthError {
    /// There is no number.
    #[error("a bandwidth is a number and a unit, as in \"100Mbit/s\"")]
    NoNumber,
    /// The unit is missing or unknown; bytes and bits are easily taken for each other.
    #[error("unknown unit \"{0}\": use one of bit/s, kbit/s, Mbit/s, Gbit/s")]
    UnknownUnit(String),
    /// Nothing would ever get through, or more than can be counted.
    #[error("a bandwidth is at least 1 bit/s; cut a path with a partition instead")]
    OutOfRange,
}

/// Reads a bandwidth such as `100Mbit/s` in bits per second.
///
/// # Errors
/// [`BandwidthError`] when the number or its unit is missing or unknown.
pub fn parse_bandwidth(text: &str) -> Result<u64, BandwidthError> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number = decimal(&text[..digits]).ok_or(BandwidthError::NoNumber)?;
    let unit = text[digits..].trim_start();
    let known = BANDWIDTH_UNITS.iter().find(|(name, _)| *name == unit);
    let (_, scale) = known.ok_or_else(|| BandwidthError::UnknownUnit(unit.to_owned()))?;
    let bits = libm::round(number * *scale as f64);
    if (1.0..1e18).contains(&bits) { Ok(bits as u64) } else { Err(BandwidthError::OutOfRange) }
}

/// Writes bits per second in the largest unit that loses nothing; [`parse_bandwidth`] reads it.
#[must_use]
pub fn format_bandwidth(bits: u64) -> String {
    let fits = |scale: u64| bits.is_multiple_of(scale) && bits >= scale;
    let whole = BANDWIDTH_UNITS.iter().rev().find(|(_, scale)| fits(*scale));
    let (unit, scale) = whole.unwrap_or(&BANDWIDTH_UNITS[0]);
    format!("{}{unit}", bits / scale)
}

/// The reason why a text or a number is not a fraction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FractionError {
    /// It is not a number, or not between 0 and 1.
    #[error("a fraction is a number from 0 to 1, or a text as in \"2%\"")]
    OutOfRange,
    /// It is a number from 1 to 100, which has to be percent.
    #[error("did you mean \"{0}%\"? A fraction is a number from 0 to 1, or a text as in \"2%\"")]
    Percent(String),
    /// It has more places than are kept.
    #[error("a fraction has at most six decimal places (four in percent)")]
    TooFine,
}

/// Reads a fraction as a text, such as `2%` or `0.02`, in parts per million.
///
/// # Errors
/// [`FractionError`] if it is not a number from 0 to 1 (or 0% to 100%).
pub fn parse_fraction(text: &str) -> Result<u32, FractionError> {
    let text = text.trim();
    let read = |number| decimal(number).ok_or(FractionError::OutOfRange);
    match text.strip_suffix('%') {
        Some(percent) => within_one(read(percent)? / 100.0),
        None => fraction_ppm(read(text)?),
    }
}

/// A fraction from 0 to 1 in parts per million.
///
/// # Errors
/// [`FractionError`] when it is outside of 0 to 1, or does not come out even.
pub fn fraction_ppm(fraction: f64) -> Result<u32, FractionError> {
    if fraction > 1.0 && fraction <= 100.0 {
        return Err(FractionError::Percent(fraction.to_string()));
    }
    within_one(fraction)
}

fn within_one(fraction: f64) -> Result<u32, FractionError> {
    if !(0.0..=1.0).contains(&fraction) {
        return Err(FractionError::OutOfRange);
    }
    let parts = libm::round(fraction * 1e6);
    let exact = libm::fabs(parts - fraction * 1e6) < 1e-6;
    if exact { Ok(parts as u32) } else { Err(FractionError::TooFine) }
}

/// Writes parts per million in percent; [`parse_fraction`] reads it back.
#[must_use]
pub fn format_fraction(ppm: u32) -> String {
    format!("{}%", f64::from(ppm) / 1e4)
}

/// Reads a duration with a sign, such as `-5s` or `+500ms`, in nanoseconds.
///
/// # Errors
/// [`DurationError`] as for [`parse_duration`].
pub fn parse_signed_duration(text: &str) -> Result<i64, DurationError> {
    let text = text.trim();
    let (sign, size) = match text.strip_prefix('-') {
        Some(size) => (-1, size),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let nanos = i64::try_from(nanos(parse_duration(size)?)).map_err(|_| DurationError::TooLong)?;
    Ok(sign * nanos)
}

/// Writes nanoseconds as a duration with its sign; [`parse_signed_duration`] reads it back.
#[must_use]
pub fn format_signed_duration(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "+" };
    format!("{sign}{}", format_duration(Duration::from_nanos(nanos.unsigned_abs())))
}

/// The reason why a text is not a number of 64 bits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a number of 64 bits is a whole number, or a text as in \"0x9e3779b97f4a7c15\"")]
pub struct BitsError;

/// Reads a number of 64 bits in hexadecimal: `0x9e3779b97f4a7c15`.
///
/// # Errors
/// [`BitsError`] when it has no `0x`, no digits, or more than 16.
pub fn parse_bits(text: &str) -> Result<u64, BitsError> {
    let digits = text.trim().strip_prefix("0x").ok_or(BitsError)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if plain { u64::from_str_radix(digits, 16).map_err(|_| BitsError) } else { Err(BitsError) }
}

/// Writes a number of 64 bits in hexadecimal; [`parse_bits`] reads it back.
#[must_use]
pub fn format_bits(bits: u64) -> String {
    format!("{bits:#018x}")
}

/// A plain decimal number without sign or exponent.
fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let whole = text.starts_with(|c: char| c.is_ascii_digit()) && !text.ends_with('.');
    if plain && whole { text.parse().ok() } else { None }
}

/// Thousandths as a factor: `2.5`.
#[must_use]
pub fn format_permille(permille: u64) -> String {
    let (whole, rest) = (permille / 1_000, permille % 1_000);
    let text = format!("{whole}.{rest:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_written() {
        for (text, per_second) in
            [("5/s", Ok(5.0)), ("300/m", Ok(5.0)), ("0.5/s", Ok(0.5)), ("36/h", Ok(0.01))]
        {
            let rate: Result<Rate, RateError> = text.parse();
            assert_eq!(rate.clone().map(Rate::per_second), per_second, "{text}");
            assert_eq!(rate.unwrap().to_string(), text);
        }
        for text in ["5", "/s", "5/", "5/d", "-5/s", "1e3/s", "5.", "five/s", ".5/s"] {
            assert_eq!(text.parse::<Rate>(), Err(RateError::Malformed), "{text}");
        }
        assert_eq!("0/s".parse::<Rate>(), Err(RateError::Zero));
    }

    #[test]
    fn bandwidths_are_read_and_written() {
        for (text, bits) in [
            ("100Mbit/s", 100_000_000),
            ("1Gbit/s", 1_000_000_000),
            ("56kbit/s", 56_000),
            ("9600bit/s", 9_600),
        ] {
            assert_eq!(parse_bandwidth(text), Ok(bits), "{text}");
            let written = format_bandwidth(bits);
            assert_eq!(parse_bandwidth(&written), Ok(bits), "{written}");
        }
        assert_eq!(parse_bandwidth("1.5 Mbit/s"), Ok(1_500_000));
        assert_eq!(format_bandwidth(1_500_000), "1500kbit/s");
        for (text, error) in [
            ("Mbit/s", BandwidthError::NoNumber),
            ("100", BandwidthError::UnknownUnit(String::new())),
            ("100MB/s", BandwidthError::UnknownUnit("MB/s".to_owned())),
            ("0Mbit/s", BandwidthError::OutOfRange),
        ] {
            assert_eq!(parse_bandwidth(text), Err(error), "{text}");
        }
    }

    #[test]
    fn fractions_are_read_and_written() {
        for (text, ppm) in
            [("2%", 20_000), ("0.02", 20_000), ("99.9%", 999_000), ("100%", 1_000_000), ("0", 0)]
        {
            assert_eq!(parse_fraction(text), Ok(ppm), "{text}");
            assert_eq!(parse_fraction(&format_fraction(ppm)), Ok(ppm), "{text}");
        }
        for text in ["2", "99.9", "100"] {
            let percent = FractionError::Percent(text.to_owned());
            assert_eq!(parse_fraction(text), Err(percent.clone()), "{text}");
            assert_eq!(fraction_ppm(text.parse().unwrap()), Err(percent), "{text}");
        }
        for text in ["101%", "101", "-1%", "many", "%", "NaN"] {
            assert_eq!(parse_fraction(text), Err(FractionError::OutOfRange), "{text}");
        }
        assert_eq!(parse_fraction("99.99999%"), Err(FractionError::TooFine));
        assert_eq!(fraction_ppm(f64::NAN), Err(FractionError::OutOfRange));
    }

    #[test]
    fn numbers_of_64_bits_are_read_and_written() {
        for bits in [0, 1, 0x9e37_79b9_7f4a_7c15, u64::MAX] {
            assert_eq!(parse_bits(&format_bits(bits)), Ok(bits), "{bits}");
        }
        assert_eq!(parse_bits("0xF"), Ok(15));
        for text in ["", "0x", "15", "0x+1", "0x10000000000000000", "0xfg", "-0x1"] {
            assert_eq!(parse_bits(text), Err(BitsError), "{text}");
        }
    }

    #[test]
    fn signed_durations_are_read_and_written() {
        for (text, nanos) in [
            ("-5s", -5_000_000_000),
            ("+5s", 5_000_000_000),
            ("+250us", 250_000),
            ("-1m", -60_000_000_000),
        ] {
            assert_eq!(parse_signed_duration(text), Ok(nanos), "{text}");
            assert_eq!(format_signed_duration(nanos), text);
        }
        assert_eq!(parse_signed_duration("5s"), Ok(5_000_000_000));
        assert_eq!(parse_signed_duration("--5s"), Err(DurationError::NoNumber));
        assert_eq!(parse_signed_duration("-5"), Err(DurationError::NoUnit("5".to_owned())));
        assert_eq!(parse_signed_duration("500000h 1"), Err(DurationError::NoUnit("1".to_owned())));
    }
}
