//! Shards: parts of the work, for one machine of several.

use std::fmt;
use std::num::NonZero;
use std::str::FromStr;

/// One of several equal parts of the work: of every `of` runs in a row it has the one at place
/// `index`. Together the shards are the whole, and no run is in two of them.
///
/// ```
/// use nodedown::explore::Shard;
///
/// let second: Shard = "2/3".parse()?;
/// let runs: Vec<u64> = (0..7).filter(|run| second.has(*run)).collect();
/// assert_eq!(runs, [1, 4]);
/// # Ok::<(), nodedown::explore::ShardError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    index: NonZero<u32>,
    of: NonZero<u32>,
}

/// The reasons why a text is not a shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// The text does not have the form of a shard.
    #[error("\"{0}\" is not a shard: write the first of three as 1/3")]
    Form(String),
    /// The number of the shard is not among the numbers.
    #[error("there is no shard {index} of {of}: they are counted from 1 to {of}")]
    OutOfRange {
        /// The number of the shard.
        index: u32,
        /// The number of shards.
        of: u32,
    },
}

impl Shard {
    /// All of the work.
    pub const WHOLE: Shard = Shard { index: NonZero::<u32>::MIN, of: NonZero::<u32>::MIN };

    /// The shard with this number, counted from 1, of `of` shards.
    ///
    /// # Errors
    /// [`ShardError::OutOfRange`] if there is no such part.
    pub fn new(index: u32, of: u32) -> Result<Shard, ShardError> {
        match (NonZero::new(index), NonZero::new(of)) {
            (Some(index), Some(of)) if index <= of => Ok(Shard { index, of }),
            (_, _) => Err(ShardError::OutOfRange { index, of }),
        }
    }

    /// Its number, counted from 1.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.index.get()
    }

    /// The number of shards.
    #[must_use]
    pub const fn of(self) -> u32 {
        self.of.get()
    }

    /// True if the run at this place of the whole, counted from 0, is in this shard.
    #[must_use]
    pub fn has(self, place: u64) -> bool {
        place % u64::from(self.of()) == u64::from(self.index() - 1)
    }

    /// The number of the first `places` runs that are in this shard.
    #[must_use]
    pub fn count(self, places: u64) -> u64 {
        let before = u64::from(self.index() - 1);
        places.saturating_sub(before).div_ceil(u64::from(self.of()))
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Shard, ShardError> {
        let form = || ShardError::Form(text.to_owned());
        let (index, of) = text.split_once('/').ok_or_else(form)?;
        let number = |text: &str| text.trim().parse().map_err(|_| form());
        Shard::new(number(index)?, number(of)?)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> String {
        shard.to_string()
    }
}

impl TryFrom<String> for Shard {
    type Error = ShardError;

    fn try_from(text: String) -> Result<Shard, ShardError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_shards_together_are_the_whole_and_have_nothing_in_common() {
        for of in 1..=7 {
            for place in 0..100 {
                let having = (1..=of).filter(|index| Shard::new(*index, of).unwrap().has(place));
                assert_eq!(having.count(), 1, "{place} of {of}");
            }
            for shard in (1..=of).map(|index| Shard::new(index, of).unwrap()) {
                let counted = (0..100).filter(|place| shard.has(*place)).count() as u64;
                assert_eq!(shard.count(100), counted, "{shard}");
            }
        }
    }

    #[test]
    fn shards_are_counted_from_one() {
        assert_eq!("2/3".parse::<Shard>().unwrap().to_string(), "2/3");
        for (text, error) in [
            ("0/3", "no shard 0 of 3: they are counted from 1 to 3"),
            ("4/3", "no shard 4 of 3"),
            ("1/0", "no shard 1 of 0"),
            ("3", "write the first of three as 1/3"),
            ("a/b", "write the first of three as 1/3"),
            ("-1/3", "write the first of three as 1/3"),
        ] {
            let told = text.parse::<Shard>().unwrap_err().to_string();
            assert!(told.contains(error), "{text}: {told}");
        }
    }
}
