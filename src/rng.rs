//! Named streams of random numbers.
//!
//! Every consumer of randomness (a path's delay, a process, the scheduler, a client) draws from a
//! stream of its own, derived from the seed of the run and the consumer's name. Adding a consumer,
//! or taking one away, leaves the draws of all others as they were, which is what makes a run and
//! its fault-free twin comparable.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// A stream of random numbers; `ChaCha` with eight rounds gives the same numbers on every platform.
pub type Stream = ChaCha8Rng;

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
        self.numbered(name, 0)
    }

    /// One of a family of streams, for consumers that are counted rather than named.
    #[must_use]
    pub fn numbered(self, name: &str, number: u64) -> Stream {
        let mut stream = Stream::seed_from_u64(self.seed);
        stream.set_stream(fnv1a(name.as_bytes()) ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        stream
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
        let draw = |seed, name: &str, number| Streams::new(seed).numbered(name, number).next_u64();
        assert_eq!(draw(1, "path", 2), draw(1, "path", 2));
        let draws =
            [draw(1, "path", 2), draw(2, "path", 2), draw(1, "node", 2), draw(1, "path", 3)];
        for (index, value) in draws.iter().enumerate() {
            assert!(!draws[..index].contains(value));
        }
    }
}
