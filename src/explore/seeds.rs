//! Lists of seeds to run.

use std::fmt;
use std::num::ParseIntError;
use std::ops::{Range, RangeFrom, RangeInclusive};
use std::str::FromStr;

/// Seeds in the order in which they are run, each once.
///
/// Their syntax is
///
/// - `100`: the seeds 1 to 100;
/// - `1..100` or `1..=100`: both ends are included, as in the shell's `{1..100}`;
/// - `1..`: from 1 on, endlessly;
/// - `7,9,20..30`: these, in this order. A number in a list is that seed.
///
/// Rust ranges keep their meaning: `0..200` ends before 200.
///
/// ```
/// use nodedown::explore::Seeds;
///
/// let seeds: Seeds = "7,9,20..22".parse()?;
/// assert!(seeds.iter().eq([7, 9, 20, 21, 22]));
/// assert_eq!("3".parse::<Seeds>()?, Seeds::from(1..4));
/// assert_eq!("5..4".parse::<Seeds>().unwrap_err().to_string(), "5..4 runs backwards: write 4..5");
/// # Ok::<(), nodedown::explore::SeedsError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seeds(Vec<RangeInclusive<u64>>);

/// The reasons why a text is not a list of seeds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedsError {
    /// There is nothing, or nothing between two commas.
    #[error("a seed is missing: write a number of seeds, or a range as in 1..100")]
    Missing,
    /// Something is not a number from 0 to 2^64 - 1.
    #[error(
        "\"{text}\" is not a seed ({source}): write a number of seeds, or a range as in 1..100"
    )]
    NoNumber {
        /// The text.
        text: String,
        /// The error in it.
        source: ParseIntError,
    },
    /// A range has no seeds.
    #[error("{0}..{1} runs backwards: write {1}..{0}")]
    Backwards(u64, u64),
    /// The number of seeds is 0.
    #[error("0 seeds are none: write how many, or a range as in 0..99")]
    None,
    /// A seed is there more than once.
    #[error("seed {0} is there twice")]
    Twice(u64),
}

impl Seeds {
    /// These seeds in this order; repetitions are left out.
    #[must_use]
    pub fn listed(seeds: impl IntoIterator<Item = u64>) -> Seeds {
        let mut listed = Seeds::default();
        for seed in seeds {
            if !listed.contains(seed) {
                listed.push(seed);
            }
        }
        listed
    }

    /// These seeds after the given ones; none comes twice.
    #[must_use]
    pub fn after(&self, first: impl IntoIterator<Item = u64>) -> Seeds {
        let first = Seeds::listed(first);
        let mut all = first.0.clone();
        for range in &self.0 {
            let mut from = Some(*range.start());
            let mut cut: Vec<u64> = first.iter().filter(|seed| range.contains(seed)).collect();
            cut.sort_unstable();
            for seed in cut {
                all.extend(from.filter(|from| *from < seed).map(|from| from..=seed - 1));
                from = seed.checked_add(1);
            }
            all.extend(from.filter(|from| from <= range.end()).map(|from| from..=*range.end()));
        }
        Seeds(all)
    }

    fn push(&mut self, seed: u64) {
        match self.0.last_mut() {
            Some(last) if last.end().checked_add(1) == Some(seed) => *last = *last.start()..=seed,
            Some(_) | None => self.0.push(seed..=seed),
        }
    }

    /// The seeds, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = u64> + Send + use<> {
        self.0.clone().into_iter().flatten()
    }

    /// The number of seeds, at most 2^64 - 1.
    #[must_use]
    pub fn count(&self) -> u64 {
        let counts = self.0.iter().map(|range| (range.end() - range.start()).saturating_add(1));
        counts.fold(0, u64::saturating_add)
    }

    /// True if the seed is one of them.
    #[must_use]
    pub fn contains(&self, seed: u64) -> bool {
        self.0.iter().any(|range| range.contains(&seed))
    }

    /// True if the list has no practical end.
    #[must_use]
    pub fn is_endless(&self) -> bool {
        self.0.last().is_some_and(|last| *last.end() == u64::MAX)
    }

    /// The first seed that is there twice.
    fn twice(&self) -> Option<u64> {
        let mut sorted = self.0.clone();
        sorted.sort_by_key(|range| *range.start());
        let both = sorted.windows(2).find(|pair| pair[1].start() <= pair[0].end());
        both.map(|pair| *pair[1].start())
    }
}

impl FromStr for Seeds {
    type Err = SeedsError;

    fn from_str(text: &str) -> Result<Seeds, SeedsError> {
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        if let [alone] = parts.as_slice()
            && !alone.contains("..")
        {
            return match number(alone)? {
                0 => Err(SeedsError::None),
                count => Ok(Seeds(vec![1..=count])),
            };
        }
        let ranges: Result<_, SeedsError> = parts.into_iter().map(range).collect();
        let seeds = Seeds(ranges?);
        seeds.twice().map_or(Ok(seeds), |seed| Err(SeedsError::Twice(seed)))
    }
}

/// One seed or a range.
fn range(text: &str) -> Result<RangeInclusive<u64>, SeedsError> {
    let Some((start, end)) = text.split_once("..") else {
        let seed = number(text)?;
        return Ok(seed..=seed);
    };
    let start = number(start)?;
    let end = match end.strip_prefix('=').unwrap_or(end).trim() {
        "" => u64::MAX,
        end => number(end)?,
    };
    if end < start { Err(SeedsError::Backwards(start, end)) } else { Ok(start..=end) }
}

fn number(text: &str) -> Result<u64, SeedsError> {
    match text.trim() {
        "" => Err(SeedsError::Missing),
        text => {
            text.parse().map_err(|source| SeedsError::NoNumber { text: text.to_owned(), source })
        }
    }
}

impl fmt::Display for Seeds {
    /// In the syntax of [`FromStr`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alone = self.0.len() == 1;
        for (place, range) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            match (*range.start(), *range.end()) {
                (start, u64::MAX) => write!(f, "{start}..")?,
                (start, end) if start == end && !alone => write!(f, "{start}")?,
                (start, end) => write!(f, "{start}..{end}")?,
            }
        }
        Ok(())
    }
}

impl From<Seeds> for String {
    fn from(seeds: Seeds) -> String {
        seeds.to_string()
    }
}

impl TryFrom<String> for Seeds {
    type Error = SeedsError;

    fn try_from(text: String) -> Result<Seeds, SeedsError> {
        if text.is_empty() { Ok(Seeds::default()) } else { text.parse() }
    }
}

impl From<RangeInclusive<u64>> for Seeds {
    fn from(range: RangeInclusive<u64>) -> Seeds {
        if range.is_empty() { Seeds::default() } else { Seeds(vec![range]) }
    }
}

impl From<Range<u64>> for Seeds {
    fn from(range: Range<u64>) -> Seeds {
        if range.is_empty() { Seeds::default() } else { Seeds(vec![range.start..=range.end - 1]) }
    }
}

impl From<RangeFrom<u64>> for Seeds {
    fn from(range: RangeFrom<u64>) -> Seeds {
        Seeds(vec![range.start..=u64::MAX])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_read_and_written() {
        for (text, seeds, written) in [
            ("3", &[1, 2, 3][..], "1..3"),
            ("1..3", &[1, 2, 3], "1..3"),
            ("1..=3", &[1, 2, 3], "1..3"),
            (" 7 , 9,20.. 22 ", &[7, 9, 20, 21, 22], "7,9,20..22"),
            ("7..7", &[7], "7..7"),
            ("9,7", &[9, 7], "9,7"),
            ("0..0", &[0], "0..0"),
        ] {
            let read: Seeds = text.parse().unwrap();
            assert!(read.iter().eq(seeds.iter().copied()), "{text}");
            assert_eq!(read.count(), seeds.len() as u64, "{text}");
            assert_eq!(read.to_string(), written);
            assert_eq!(written.parse(), Ok(read));
        }
    }

    #[test]
    fn what_is_no_list_of_seeds_says_why() {
        for (text, error) in [
            ("", "a seed is missing"),
            ("1,,2", "a seed is missing"),
            ("..5", "a seed is missing"),
            ("0", "0 seeds are none"),
            ("ten", "\"ten\" is not a seed (invalid digit"),
            ("-1", "\"-1\" is not a seed"),
            ("1..x", "\"x\" is not a seed"),
            ("1-5", "\"1-5\" is not a seed"),
            ("99999999999999999999", "number too large"),
            ("9..3", "9..3 runs backwards: write 3..9"),
            ("1..5,3", "seed 3 is there twice"),
            ("3,1..5", "seed 3 is there twice"),
            ("1..,7", "seed 7 is there twice"),
        ] {
            let told = text.parse::<Seeds>().unwrap_err().to_string();
            assert!(told.contains(error), "{text}: {told}");
        }
    }

    #[test]
    fn ranges_of_rust_end_where_they_do_in_rust() {
        assert_eq!(Seeds::from(0..3), "0..2".parse().unwrap());
        assert_eq!(Seeds::from(0..=3), "0..3".parse().unwrap());
        assert_eq!(Seeds::from(5..), "5..".parse().unwrap());
        assert_eq!(Seeds::from(3..3).count(), 0);
    }

    #[test]
    fn endless_seeds_can_be_begun() {
        let seeds: Seeds = "5..".parse().unwrap();
        assert!(seeds.is_endless());
        assert!(seeds.iter().take(3).eq([5, 6, 7]));
        assert_eq!(Seeds::from(0..=u64::MAX).count(), u64::MAX);
    }

    #[test]
    fn listed_seeds_keep_their_order_and_come_once() {
        let seeds = Seeds::listed([41, 7, 8, 9, 41, 8]);
        assert_eq!(seeds.to_string(), "41,7..9");
        assert!(seeds.contains(8) && !seeds.contains(10));
    }

    #[test]
    fn some_seeds_come_before_others_and_none_comes_twice() {
        for (first, rest, all) in [
            (&[41, 8, 3][..], "7..10", "41,8,3,7,9..10"),
            (&[7, 10], "7..10", "7,10,8..9"),
            (&[], "7..10", "7..10"),
            (&[5], "1..", "5,1..4,6.."),
            (&[1, 2], "1..2", "1..2"),
        ] {
            let seeds = rest.parse::<Seeds>().unwrap().after(first.iter().copied());
            assert_eq!(seeds.to_string(), all);
            assert_eq!(seeds.twice(), None);
        }
    }
}
