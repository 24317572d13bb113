//! The hash functions that `crypto` has here, as states that can be kept as bytes.

use md5::Md5;
use md5::digest::common::hazmat::{SerializableState, SerializedState};
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// All of them, with the names that Erlang has for them.
pub(super) const ALGORITHMS: [(&str, Algorithm); 6] = [
    ("sha", Algorithm::Sha1),
    ("sha224", Algorithm::Sha224),
    ("sha256", Algorithm::Sha256),
    ("sha384", Algorithm::Sha384),
    ("sha512", Algorithm::Sha512),
    ("md5", Algorithm::Md5),
];

impl Algorithm {
    pub(super) fn of_name(name: &str) -> Option<Algorithm> {
        ALGORITHMS.into_iter().find_map(|(known, algorithm)| (known == name).then_some(algorithm))
    }

    /// The bytes of a digest, and of a block.
    pub(super) const fn sizes(self) -> (usize, usize) {
        match self {
            Algorithm::Md5 => (16, 64),
            Algorithm::Sha1 => (20, 64),
            Algorithm::Sha224 => (28, 64),
            Algorithm::Sha256 => (32, 64),
            Algorithm::Sha384 => (48, 128),
            Algorithm::Sha512 => (64, 128),
        }
    }

    /// Its number in OpenSSL.
    pub(super) const fn number(self) -> i64 {
        match self {
            Algorithm::Md5 => 4,
            Algorithm::Sha1 => 64,
            Algorithm::Sha256 => 672,
            Algorithm::Sha384 => 673,
            Algorithm::Sha512 => 674,
            Algorithm::Sha224 => 675,
        }
    }

    /// The digest of parts that follow one another.
    pub(super) fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        let mut state = self.begin();
        for part in parts {
            state = self.add(&state, part).expect("it is a state of its own");
        }
        self.end(&state).expect("it is a state of its own")
    }

    /// The state before anything was hashed.
    pub(super) fn begin(self) -> Vec<u8> {
        match self {
            Algorithm::Md5 => Md5::new().serialize().to_vec(),
            Algorithm::Sha1 => Sha1::new().serialize().to_vec(),
            Algorithm::Sha224 => Sha224::new().serialize().to_vec(),
            Algorithm::Sha256 => Sha256::new().serialize().to_vec(),
            Algorithm::Sha384 => Sha384::new().serialize().to_vec(),
            Algorithm::Sha512 => Sha512::new().serialize().to_vec(),
        }
    }

    /// The state after more bytes; `None` when it is none.
    pub(super) fn add(self, state: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Algorithm::Md5 => added::<Md5>(state, bytes),
            Algorithm::Sha1 => added::<Sha1>(state, bytes),
            Algorithm::Sha224 => added::<Sha224>(state, bytes),
            Algorithm::Sha256 => added::<Sha256>(state, bytes),
            Algorithm::Sha384 => added::<Sha384>(state, bytes),
            Algorithm::Sha512 => added::<Sha512>(state, bytes),
        }
    }

    /// The digest of what was hashed.
    pub(super) fn end(self, state: &[u8]) -> Option<Vec<u8>> {
        match self {
            Algorithm::Md5 => ended::<Md5>(state),
            Algorithm::Sha1 => ended::<Sha1>(state),
            Algorithm::Sha224 => ended::<Sha224>(state),
            Algorithm::Sha256 => ended::<Sha256>(state),
            Algorithm::Sha384 => ended::<Sha384>(state),
            Algorithm::Sha512 => ended::<Sha512>(state),
        }
    }

    /// The digest of a key and bytes: HMAC.
    pub(super) fn hmac(self, key: &[u8], bytes: &[u8]) -> Vec<u8> {
        self.padded(&self.pads(key), bytes)
    }

    fn padded(self, [inner, outer]: &[Vec<u8>; 2], bytes: &[u8]) -> Vec<u8> {
        let digest = self.digest(&[inner, bytes]);
        self.digest(&[outer, &digest])
    }

    /// The two blocks that a key is hashed in.
    pub(super) fn pads(self, key: &[u8]) -> [Vec<u8>; 2] {
        let (_, block) = self.sizes();
        let mut key = if key.len() > block { self.digest(&[key]) } else { key.to_vec() };
        key.resize(block, 0);
        [0x36, 0x5c].map(|pad| key.iter().map(|byte| byte ^ pad).collect())
    }

    /// A key of so many bytes made of a password: PBKDF2.
    pub(super) fn derived(self, password: &[u8], salt: &[u8], rounds: u32, len: usize) -> Vec<u8> {
        let (pads, mut key) = (self.pads(password), Vec::with_capacity(len));
        let mut block = 0_u32;
        while key.len() < len {
            block += 1;
            let mut last = self.padded(&pads, &[salt, &block.to_be_bytes()].concat());
            let mut sum = last.clone();
            for _ in 1..rounds {
                last = self.padded(&pads, &last);
                sum.iter_mut().zip(&last).for_each(|(sum, byte)| *sum ^= byte);
            }
            key.extend(sum);
        }
        key.truncate(len);
        key
    }
}

fn state_of<D: SerializableState>(state: &[u8]) -> Option<D> {
    D::deserialize(&SerializedState::<D>::try_from(state).ok()?).ok()
}

fn added<D: SerializableState + Digest>(state: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut digest: D = state_of(state)?;
    digest.update(bytes);
    Some(digest.serialize().to_vec())
}

fn ended<D: SerializableState + Digest>(state: &[u8]) -> Option<Vec<u8>> {
    Some(state_of::<D>(state)?.finalize().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    fn check(parts: &[&[u8]], expected: &str) {
        let mut hex = String::new();
        for byte in Algorithm::Sha1.digest(parts) {
            write!(hex, "{byte:02x}").unwrap();
        }
        assert_eq!(hex, expected);
    }

    #[test]
    fn the_digests_of_parts_are_those_of_the_standard() {
        check(&[], "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        check(&[b"ab", b"c"], "a9993e364706816aba3e25717850c26c9cd0d89d");
        check(&[&vec![b'a'; 100_000][..]; 10], "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    }
}
