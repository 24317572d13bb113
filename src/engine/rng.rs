//! Named streams of random numbers.
//!
//! Every consumer of randomness (a path's delay, a process, the scheduler, a client) draws from a
//! stream of its own, derived from the seed of the run and the consumer's name. Adding a consumer,
//! or taking one away, leaves the draws of all others as they were, which is what makes a run and
//! its fault-free twin comparable.
//!
//! `ChaCha` with eight rounds tells the streams apart: its key is the seed, its stream the name. What
//! it gives first is the state of a small generator of the PCG family (O'Neill, *PCG: a family of
//! simple fast space-efficient statistically good algorithms for random number generation*, 2014), of
//! which a run can afford one for each process and each path. Both give the same numbers on every
//! platform.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_pcg::Pcg64Mcg;

/// A stream of random numbers.
pub type Stream = Pcg64Mcg;

/// The source of all streams of one run.
///
/// ```
/// use nodedown::rng::Streams;
/// use rand::Rng;
///
/// let streams = Streams::new(7);
/// assert_eq!(streams.stream("scheduler").next_u64(), streams.stream("scheduler").next_u64());
/// assert_ne!(streams.stream("scheduler").next_u64(), streams.stream("faults").next_u64());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
}

/// Streams for consumers that are counted rather than named, and of which there are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    key: u64,
}

impl Streams {
    /// The streams of the run with this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Streams {
        Streams { seed }
    }

    /// The seed of the run.
    #[must_use]
    pub const fn seed(self) -> u64 {
        self.seed
    }

    /// The stream with this name, from its beginning.
    #[must_use]
    pub fn stream(self, name: &str) -> Stream {
        Stream::from_seed(self.key(name).random())
    }

    /// The family of streams with this name.
    #[must_use]
    pub fn family(self, name: &str) -> Family {
        Family { key: self.key(name).random() }
    }

    fn key(self, name: &str) -> ChaCha8Rng {
        let mut key = ChaCha8Rng::seed_from_u64(self.seed);
        key.set_stream(fnv1a(name.as_bytes()));
        key
    }
}

impl Family {
    /// A family within the family.
    #[must_use]
    pub const fn family(self, number: u64) -> Family {
        Family { key: self.mix(number) }
    }

    /// The stream with this number, from its beginning.
    #[must_use]
    pub fn stream(self, number: u64) -> Stream {
        let [high, low] = [2 * number, 2 * number + 1].map(|place| u128::from(self.mix(place)));
        Stream::new(high << 64 | low)
    }

    /// The so-manieth number of `SplitMix64` (Steele, Lea and Flood, *Fast splittable pseudorandom
    /// number generators*, 2014) with the family's key.
    const fn mix(self, place: u64) -> u64 {
        let mut z =
            self.key.wrapping_add(place.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// The 64-bit FNV-1a hash (Fowler, Noll, Vo), chosen because it is short and fixed for ever.
#[must_use]
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn a_stream_depends_on_its_seed_its_name_and_its_number_only() {
        let stream = |seed, name: &str| Streams::new(seed).stream(name).next_u64();
        let numbered =
            |seed, name: &str, number| Streams::new(seed).family(name).stream(number).next_u64();
        assert_eq!(stream(1, "path"), stream(1, "path"));
        assert_eq!(numbered(1, "node", 2), numbered(1, "node", 2));
        let draws = [
            stream(1, "path"),
            stream(2, "path"),
            stream(1, "node"),
            numbered(1, "node", 2),
            numbered(1, "node", 3),
            numbered(2, "node", 2),
            numbered(1, "path", 2),
        ];
        for (index, value) in draws.iter().enumerate() {
            assert!(!draws[..index].contains(value));
        }
    }

    #[test]
    fn the_streams_of_a_family_have_nothing_in_common() {
        let family = Streams::new(1).family("process");
        let mut ones = [0_u32; 64];
        for number in 0..1_000 {
            let draw = family.stream(number).next_u64();
            for (bit, count) in ones.iter_mut().enumerate() {
                *count += u32::from(draw & 1 << bit != 0);
            }
        }
        assert!(ones.iter().all(|count| (400..600).contains(count)), "{ones:?}");
    }
}
