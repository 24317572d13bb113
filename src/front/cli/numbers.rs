//! Numbers that people type.

use std::num::NonZero;

use crate::explore::{Seeds, SeedsError, TestSeeds};

/// The seed of one run.
pub(super) fn parse_seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| match text.parse::<Seeds>() {
        Ok(_) => format!("one run has one seed: `nodedown sweep FILE --seeds {text}` runs several"),
        Err(_) => format!("a seed is a whole number from 0 to {}", u64::MAX),
    })
}

/// Parses a number of seeds, beginning with the scenario's own, or a list of seeds.
pub(super) fn parse_seeds(text: &str) -> Result<TestSeeds, SeedsError> {
    match text.trim().parse() {
        Ok(0) => Err(SeedsError::None),
        Ok(count) => Ok(TestSeeds::Count(count)),
        Err(_) => text.parse().map(TestSeeds::These),
    }
}

/// Parses a number from 1 on.
pub(super) fn parse_count(text: &str) -> Result<NonZero<usize>, String> {
    text.parse().map_err(|_| "write a whole number, 1 or more".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_told_what_to_write() {
        assert_eq!(parse_seed("7"), Ok(7));
        for (text, told) in [
            ("x", "a seed is a whole number from 0 to 18446744073709551615"),
            ("-1", "a seed is a whole number from 0 to 18446744073709551615"),
            ("1..9", "one run has one seed: `nodedown sweep FILE --seeds 1..9` runs several"),
        ] {
            assert_eq!(parse_seed(text), Err(told.to_owned()), "{text}");
        }
        assert_eq!(parse_count("3"), Ok(NonZero::new(3).unwrap()));
        for text in ["0", "-2", "many"] {
            assert_eq!(parse_count(text), Err("write a whole number, 1 or more".to_owned()));
        }
    }
}
