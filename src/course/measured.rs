//! Values taken from runs, and answers of students compared with them.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::engine::time::{nanos, parse_duration, round_duration};

use super::lesson::{Comparator, Tolerated};

/// A value that was taken from a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Measured {
    /// A number.
    Count(f64),
    /// A time, in nanoseconds.
    Time(f64),
    /// A share, in percent.
    Share(f64),
    /// A word, or a text.
    Word(String),
    /// True or false.
    Truth(bool),
    /// There is none in this run: why.
    Nothing(String),
}

/// The units of times, with their nanoseconds.
const UNITS: [(&str, f64); 6] =
    [("ns", 1.0), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("min", 60e9), ("m", 60e9)];

fn scale(unit: &str) -> Option<f64> {
    UNITS.iter().find(|(name, _)| *name == unit).map(|(_, scale)| *scale)
}

impl Measured {
    /// The value of a document, whose unit the name of its member says.
    pub(super) fn of_json(value: &Value, member: &str) -> Measured {
        match value {
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                if member.ends_with("_ns") {
                    Measured::Time(number)
                } else if member.ends_with("_ppm") {
                    Measured::Share(number / 1e4)
                } else {
                    Measured::Count(number)
                }
            }
            Value::Bool(truth) => Measured::Truth(*truth),
            Value::String(text) => Measured::Word(text.clone()),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                Measured::Nothing(format!("`{member}` has no value"))
            }
        }
    }

    /// The number: of nanoseconds, of percent, of things.
    pub(super) const fn number(&self) -> Option<f64> {
        match self {
            Measured::Count(number) | Measured::Time(number) | Measured::Share(number) => {
                Some(*number)
            }
            Measured::Word(_) | Measured::Truth(_) | Measured::Nothing(_) => None,
        }
    }

    /// The same kind of value with another number.
    pub(super) const fn with_number(&self, number: f64) -> Measured {
        match self {
            Measured::Time(_) => Measured::Time(number),
            Measured::Share(_) => Measured::Share(number),
            Measured::Count(_) | Measured::Word(_) | Measured::Truth(_) | Measured::Nothing(_) => {
                Measured::Count(number)
            }
        }
    }

    /// The value in the unit of a question, in words.
    #[must_use]
    pub fn in_unit(&self, unit: &str) -> String {
        match (self, scale(unit)) {
            (Measured::Time(nanos), Some(scale)) => format!("{} {unit}", short(*nanos / scale)),
            (Measured::Count(number), None) if !unit.is_empty() && unit != "%" => {
                format!("{} {unit}", short(*number))
            }
            (other, _) => other.to_string(),
        }
    }

    /// The value with all digits that a comparison may turn on.
    pub(super) fn exact(&self) -> String {
        let trimmed = |text: String| text.trim_end_matches('0').trim_end_matches('.').to_owned();
        match self {
            Measured::Time(nanos) if *nanos >= 1e9 => {
                format!("{} s", trimmed(format!("{:.6}", nanos / 1e9)))
            }
            Measured::Time(nanos) if *nanos >= 1e6 => {
                format!("{} ms", trimmed(format!("{:.6}", nanos / 1e6)))
            }
            Measured::Time(nanos) => format!("{} us", trimmed(format!("{:.3}", nanos / 1e3))),
            Measured::Share(percent) => format!("{}%", trimmed(format!("{percent:.4}"))),
            other => other.to_string(),
        }
    }

    /// The result of a comparison; `None` if the two cannot be compared.
    pub(super) fn compares(&self, how: Comparator, with: &Measured) -> Option<bool> {
        if matches!(self, Measured::Nothing(_)) || matches!(with, Measured::Nothing(_)) {
            return Some(false);
        }
        if how == Comparator::Contains {
            let (Measured::Word(text), Measured::Word(part)) = (self, with) else { return None };
            return Some(text.contains(part.as_str()));
        }
        if let (Some(one), Some(other)) = (self.number(), with.number()) {
            return match how {
                Comparator::Is => Some((one - other).abs() < 1e-9),
                Comparator::AtLeast => Some(one >= other),
                Comparator::AtMost => Some(one <= other),
                Comparator::MoreThan => Some(one > other),
                Comparator::LessThan => Some(one < other),
                Comparator::Contains => None,
            };
        }
        let is_word = |one: &Measured, other: &Measured| {
            matches!((one, other), (Measured::Word(_), Measured::Word(_)))
                || matches!((one, other), (Measured::Truth(_), Measured::Truth(_)))
        };
        match (self, with) {
            // A word of a transcript that is a number or a truth is compared as what it says.
            (Measured::Word(text), Measured::Count(number)) if how == Comparator::Is => {
                Some(text.trim().parse::<f64>().is_ok_and(|own| (own - number).abs() < 1e-9))
            }
            (Measured::Word(text), Measured::Truth(truth)) if how == Comparator::Is => {
                Some(text.trim() == truth.to_string())
            }
            (one, other) if how == Comparator::Is && is_word(one, other) => Some(one == other),
            (_, _) => None,
        }
    }
}

/// A number with as many places as matter.
fn short(number: f64) -> String {
    let places = match number.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 4,
    };
    let text = format!("{number:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measured::Count(number) => f.write_str(&short(*number)),
            Measured::Time(nanos) => {
                f.write_str(&round_duration(Duration::from_nanos(nanos.max(0.0) as u64)))
            }
            Measured::Share(percent) => write!(f, "{}%", short(*percent)),
            Measured::Word(text) => f.write_str(text),
            Measured::Truth(truth) => f.write_str(if *truth { "yes" } else { "no" }),
            Measured::Nothing(why) => write!(f, "nothing ({why})"),
        }
    }
}

/// An answer of a student, compared with the value.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// True if it is near enough.
    pub is_right: bool,
    /// The difference, in words; empty if there is none.
    pub off: String,
}

/// Compares what a student says with the value of a run.
///
/// # Errors
/// If the text is no answer to such a question: what to write instead.
pub fn compare(
    said: &str,
    value: &Measured,
    unit: &str,
    tolerance: Tolerated,
) -> Result<Compared, String> {
    let said = said.trim();
    match value {
        Measured::Word(word) => {
            let is_right = same_word(said, word);
            Ok(Compared { is_right, off: String::new() })
        }
        Measured::Truth(truth) => {
            let told = match said.to_lowercase().as_str() {
                "yes" | "true" | "y" => true,
                "no" | "false" | "n" => false,
                _ => return Err(format!("`{said}` is no answer here: write yes or no")),
            };
            Ok(Compared { is_right: told == *truth, off: String::new() })
        }
        Measured::Nothing(why) => Err(why.clone()),
        Measured::Count(number) | Measured::Time(number) | Measured::Share(number) => {
            let told = read_number(said, value, unit)?;
            let off = told - number;
            let allowed = allowed(*number, value, unit, tolerance);
            let is_right = off.abs() <= allowed + 1e-9;
            let size = value.with_number(off.abs()).in_unit(unit);
            let direction = if off > 0.0 { "too much" } else { "too little" };
            let off = if off.abs() < 1e-9 { String::new() } else { format!("{size} {direction}") };
            Ok(Compared { is_right, off })
        }
    }
}

/// True if two words are the same but for case, blanks and underlines.
fn same_word(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.trim().to_lowercase().replace([' ', '-'], "_");
    plain(one) == plain(other)
}

fn allowed(number: f64, value: &Measured, unit: &str, tolerance: Tolerated) -> f64 {
    let is_count = matches!(value, Measured::Count(_));
    match tolerance {
        Tolerated::Usual if is_count => 0.0,
        Tolerated::Usual => number.abs() * 0.1,
        Tolerated::Share(share) => number.abs() * share,
        Tolerated::Units(units) if matches!(value, Measured::Time(_)) => {
            units * scale(unit).unwrap_or(1.0)
        }
        Tolerated::Units(units) => units,
        Tolerated::Time(time) => nanos(time) as f64,
    }
}

/// The number that a student writes: `7.7`, `7.7s`, `99%`, `1,226`.
fn read_number(said: &str, value: &Measured, unit: &str) -> Result<f64, String> {
    if matches!(value, Measured::Time(_))
        && let Ok(time) = parse_duration(said)
    {
        return Ok(nanos(time) as f64);
    }
    let own = said.strip_suffix(unit).unwrap_or(said).trim_end_matches('%').trim();
    let plain = own.replace([',', '_'], "");
    let number = plain.parse::<f64>().ok().filter(|number| number.is_finite());
    let number = number.ok_or_else(|| match (value, unit) {
        (Measured::Time(_), "") => format!("`{said}` is no time: write one as in `7.5s` or `20ms`"),
        (_, "") => format!("`{said}` is no number: write one as in `7.5`"),
        (_, unit) => format!("`{said}` is no number: write one as in `7.5`, in {unit}"),
    })?;
    Ok(match value {
        Measured::Time(_) => number * scale(unit).unwrap_or(1e9),
        _ => number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_right_within_its_tolerance() {
        let time = Measured::Time(7.7e9);
        for (said, unit, tolerance, right) in [
            ("7.7", "s", Tolerated::Usual, true),
            ("8.4", "s", Tolerated::Usual, true),
            ("8.5", "s", Tolerated::Usual, false),
            ("7700ms", "s", Tolerated::Share(0.0), true),
            ("7000", "ms", Tolerated::Share(0.1), true),
            ("6", "s", Tolerated::Units(2.0), true),
            ("6 s", "s", Tolerated::Time(Duration::from_secs(1)), false),
        ] {
            let compared = compare(said, &time, unit, tolerance).unwrap();
            assert_eq!(compared.is_right, right, "{said} {unit} {tolerance:?}");
        }
        let count = Measured::Count(1_226.0);
        assert!(compare("1,226", &count, "posts", Tolerated::Usual).unwrap().is_right);
        let off = compare("1200", &count, "posts", Tolerated::Usual).unwrap();
        assert_eq!((off.is_right, off.off.as_str()), (false, "26 posts too little"));
        let share = Measured::Share(99.9);
        assert!(compare("99.9%", &share, "%", Tolerated::Share(0.0)).unwrap().is_right);
        let order = Measured::Word("neither".to_owned());
        assert!(compare(" Neither", &order, "", Tolerated::Usual).unwrap().is_right);
        assert!(!compare("before", &order, "", Tolerated::Usual).unwrap().is_right);
    }

    #[test]
    fn what_is_no_answer_is_told() {
        let time = Measured::Time(1.0);
        let error = compare("soon", &time, "s", Tolerated::Usual).unwrap_err();
        assert_eq!(error, "`soon` is no number: write one as in `7.5`, in s");
        let truth = Measured::Truth(true);
        assert!(
            compare("perhaps", &truth, "", Tolerated::Usual).unwrap_err().contains("yes or no")
        );
        assert!(compare("yes", &truth, "", Tolerated::Usual).unwrap().is_right);
    }

    #[test]
    fn values_are_told_in_the_unit_of_the_question() {
        assert_eq!(Measured::Time(7.654e9).in_unit("s"), "7.65 s");
        assert_eq!(Measured::Time(588_000.0).in_unit("us"), "588 us");
        assert_eq!(Measured::Count(39.0).in_unit("posts"), "39 posts");
        assert_eq!(Measured::Share(99.5).in_unit("%"), "99.5%");
    }
}
