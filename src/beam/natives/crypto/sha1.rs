//! SHA-1, as FIPS 180-4 has it.

/// The state of a hash.
#[derive(Clone, Debug)]
pub(super) struct Sha1 {
    words: [u32; 5],
    len: u64,
    /// The bytes of the block that is not whole.
    rest: Vec<u8>,
}

const BLOCK: usize = 64;

impl Default for Sha1 {
    fn default() -> Sha1 {
        let words = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
        Sha1 { words, len: 0, rest: Vec::new() }
    }
}

impl Sha1 {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.len += bytes.len() as u64;
        self.rest.extend_from_slice(bytes);
        let rest = std::mem::take(&mut self.rest);
        let (blocks, rest) = rest.as_chunks::<BLOCK>();
        for block in blocks {
            self.block(block);
        }
        self.rest = rest.to_vec();
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        let bits = self.len * 8;
        let zeros = (BLOCK + 55 - self.rest.len() % BLOCK) % BLOCK;
        let mut end = vec![0x80];
        end.resize(1 + zeros, 0);
        end.extend(bits.to_be_bytes());
        self.update(&end);
        self.words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    fn block(&mut self, block: &[u8; BLOCK]) {
        let mut schedule = [0_u32; 80];
        let (words, _) = block.as_chunks::<4>();
        for (place, word) in schedule.iter_mut().zip(words) {
            *place = u32::from_be_bytes(*word);
        }
        for place in 16..80 {
            let mixed = [3, 8, 14, 16].map(|back| schedule[place - back]);
            schedule[place] = mixed.into_iter().fold(0, |sum, word| sum ^ word).rotate_left(1);
        }
        let mut state = self.words;
        for (round, word) in schedule.iter().enumerate() {
            let [first, second, third, fourth, fifth] = state;
            let (mixed, constant) = match round {
                0..20 => (second & third | !second & fourth, 0x5a82_7999),
                20..40 => (second ^ third ^ fourth, 0x6ed9_eba1),
                40..60 => (second & third | second & fourth | third & fourth, 0x8f1b_bcdc),
                _ => (second ^ third ^ fourth, 0xca62_c1d6_u32),
            };
            let sum = first.rotate_left(5).wrapping_add(mixed).wrapping_add(fifth);
            let next = sum.wrapping_add(constant).wrapping_add(*word);
            state = [next, first, second.rotate_left(30), third, fourth];
        }
        for (word, more) in self.words.iter_mut().zip(state) {
            *word = word.wrapping_add(more);
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_be_bytes()).collect();
        bytes.extend(self.len.to_be_bytes());
        bytes.extend(&self.rest);
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Sha1> {
        let (words, rest) = bytes.split_at_checked(20)?;
        let (len, rest) = rest.split_first_chunk::<8>()?;
        let (words, _) = words.as_chunks::<4>();
        let mut state =
            Sha1 { len: u64::from_be_bytes(*len), rest: rest.to_vec(), ..Sha1::default() };
        for (word, bytes) in state.words.iter_mut().zip(words) {
            *word = u32::from_be_bytes(*bytes);
        }
        (rest.len() < BLOCK).then_some(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    fn check(parts: &[&[u8]], expected: &str) {
        let mut sha = Sha1::default();
        for part in parts {
            sha.update(part);
            sha = Sha1::from_bytes(&sha.to_bytes()).unwrap();
        }
        let mut hex = String::new();
        for byte in sha.finish() {
            write!(hex, "{byte:02x}").unwrap();
        }
        assert_eq!(hex, expected);
    }

    #[test]
    fn the_digests_are_those_of_the_standard() {
        check(&[], "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        check(&[b"ab", b"c"], "a9993e364706816aba3e25717850c26c9cd0d89d");
        check(&[&vec![b'a'; 100_000][..]; 10], "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    }
}
