//! The portable hash `phash2`: the same for a term on every node and in every release.

use super::{Heap, ValueKind};
use crate::beam::atom::AtomIndex;
use crate::beam::value::Value;

/// The golden ratio, as a fraction of 2^32; each kind of term has a multiple of its own.
const RATIO: u32 = 0x9e37_79b9;
const NIL_AFTER_OTHERS: u32 = RATIO.wrapping_mul(2);
const ATOM_AFTER_OTHERS: u32 = RATIO.wrapping_mul(3);
const BYTES: u32 = RATIO.wrapping_mul(4);
const PID: u32 = RATIO.wrapping_mul(5);
const PORT: u32 = RATIO.wrapping_mul(6);
const REFERENCE: u32 = RATIO.wrapping_mul(7);
const TUPLE: u32 = RATIO.wrapping_mul(9);
const NEGATIVE: u32 = RATIO.wrapping_mul(10);
const POSITIVE: u32 = RATIO.wrapping_mul(11);
const FLOAT: u32 = RATIO.wrapping_mul(12);
const BINARY: u32 = RATIO.wrapping_mul(13);
const EXTERNAL_FUN: u32 = RATIO.wrapping_mul(14);
const OPEN_BITS: u32 = RATIO.wrapping_mul(15);
const MAP: u32 = RATIO.wrapping_mul(16);
const PAIRS: u32 = RATIO.wrapping_mul(19);
/// The hash of `[]` when nothing was hashed before it.
const NIL_FIRST: u32 = 3_468_870_702;
/// The number that stands for `[]`.
const NIL_WORD: u32 = 2;

/// Bob Jenkins' mix of three numbers.
fn mix(mut a: u32, mut b: u32, mut c: u32) -> (u32, u32, u32) {
    for [one, two, three] in [[13, 8, 13], [12, 16, 5], [3, 10, 15]] {
        a = a.wrapping_sub(b).wrapping_sub(c) ^ (c >> one);
        b = b.wrapping_sub(c).wrapping_sub(a) ^ (a << two);
        c = c.wrapping_sub(a).wrapping_sub(b) ^ (b >> three);
    }
    (a, b, c)
}

/// A part that is still to be hashed.
enum Step {
    Term(Value),
    /// A pair of a map ends: its hash goes into that of all pairs, whatever their order.
    PairEnd,
    /// A map ends: the hash before it, and that of the pairs around it.
    MapEnd {
        hash: u32,
        pairs: u32,
    },
}

struct Hasher<'a> {
    heap: &'a Heap,
    hash: u32,
    pairs: u32,
    open: Vec<Step>,
}

/// The hash of a term, of 32 bits.
pub(in crate::beam) fn phash2(heap: &Heap, value: Value) -> u32 {
    let mut hasher = Hasher { heap, hash: 0, pairs: 0, open: vec![Step::Term(value)] };
    while let Some(step) = hasher.open.pop() {
        match step {
            Step::Term(value) => hasher.term(value),
            Step::PairEnd => {
                hasher.pairs ^= hasher.hash;
                hasher.hash = 0;
            }
            Step::MapEnd { hash, pairs } => {
                hasher.hash = hash;
                hasher.add(hasher.pairs, 0, PAIRS);
                hasher.pairs = pairs;
            }
        }
    }
    hasher.hash
}

impl Hasher<'_> {
    fn add(&mut self, one: u32, two: u32, kind: u32) {
        self.hash = mix(kind.wrapping_add(one), kind.wrapping_add(two), self.hash).2;
    }

    fn term(&mut self, value: Value) {
        let heap = self.heap;
        match heap.kind(value) {
            ValueKind::Integer => self.integer(value),
            ValueKind::Float => {
                let float = heap.as_float(value).unwrap_or_default();
                let bits = if float == 0.0 { 0 } else { float.to_bits() };
                self.add((bits >> 32) as u32, bits as u32, FLOAT);
            }
            ValueKind::Atom => match value.as_atom().map(atom_hash).unwrap_or_default() {
                hash if self.hash == 0 => self.hash = hash,
                hash => self.add(hash, 0, ATOM_AFTER_OTHERS),
            },
            ValueKind::Nil if self.hash == 0 => self.hash = NIL_FIRST,
            ValueKind::Nil => self.add(NIL_WORD, 0, NIL_AFTER_OTHERS),
            ValueKind::List => self.list(value),
            ValueKind::Tuple => self.tuple(value),
            ValueKind::Map => self.map(value),
            ValueKind::Bits => self.bits(value),
            ValueKind::Fun => self.fun(value),
            ValueKind::Pid => {
                let number = heap.as_pid(value).map_or(0, |pid| pid.number);
                self.add(number, 0, PID);
            }
            ValueKind::Port => {
                let number = heap.as_port(value).map_or(0, |port| port.number);
                self.add(number as u32, (number >> 32) as u32, PORT);
            }
            ValueKind::Reference => {
                let id = heap.as_reference(value).map_or(0, |reference| reference.id);
                self.add(id as u32, 0, REFERENCE);
            }
        }
    }

    fn integer(&mut self, value: Value) {
        let heap = self.heap;
        if let Some(small) = value.as_small().filter(|small| (-(1 << 27)..1 << 27).contains(small))
        {
            let small = small as i32;
            if small < 0 {
                self.add(small.unsigned_abs(), 0, RATIO);
            }
            return self.add(small as u32, 0, RATIO);
        }
        let integer = heap.as_big_integer(value).unwrap_or_default();
        let (sign, digits) = integer.to_u64_digits();
        let kind = if sign == num_bigint::Sign::Minus { NEGATIVE } else { POSITIVE };
        for digit in digits {
            self.add(digit as u32, (digit >> 32) as u32, kind);
        }
    }

    /// Bytes at the beginning of a list go in four at a time.
    fn list(&mut self, value: Value) {
        let (mut rest, mut word, mut count) = (value, 0_u32, 0);
        while let Some((head, tail)) = self.heap.as_cons(rest) {
            let byte = head.as_small().and_then(|byte| u8::try_from(byte).ok());
            let Some(byte) = byte else { break };
            word = word << 8 | u32::from(byte);
            count += 1;
            if count == 4 {
                self.add(word, 0, BYTES);
                (word, count) = (0, 0);
            }
            rest = tail;
        }
        if count > 0 {
            self.add(word, 0, BYTES);
        }
        match self.heap.as_cons(rest) {
            Some((head, tail)) => self.open.extend([Step::Term(tail), Step::Term(head)]),
            None => self.open.push(Step::Term(rest)),
        }
    }

    fn tuple(&mut self, value: Value) {
        let elements = self.heap.as_tuple(value).unwrap_or_default();
        self.add(elements.len() as u32, 0, TUPLE);
        self.open.extend(elements.iter().rev().map(|element| Step::Term(*element)));
    }

    fn map(&mut self, value: Value) {
        let pairs = self.heap.map_pairs(value).unwrap_or_default();
        self.add(pairs.len() as u32, 0, MAP);
        if pairs.is_empty() {
            return;
        }
        self.open.push(Step::MapEnd { hash: self.hash, pairs: self.pairs });
        (self.hash, self.pairs) = (0, 0);
        for (key, value) in pairs {
            self.open.extend([Step::PairEnd, Step::Term(value), Step::Term(key)]);
        }
    }

    fn fun(&mut self, value: Value) {
        if let Some(fun) = self.heap.as_fun(value) {
            self.add(fun.free.len() as u32, atom_hash(fun.module), RATIO);
            self.add(fun.index, fun.uniq, RATIO);
            self.open.extend(fun.free.iter().rev().map(|value| Step::Term(*value)));
        } else if let Some(fun) = self.heap.as_external_fun(value) {
            self.add(fun.arity.into(), atom_hash(fun.module), RATIO);
            self.add(atom_hash(fun.function), 0, EXTERNAL_FUN);
        }
    }

    fn bits(&mut self, value: Value) {
        let Some(bits) = self.heap.as_bits(value) else { return };
        let (whole, open) = (bits.len() / 8, bits.len() % 8);
        let start = BINARY.wrapping_add(self.hash);
        if bits.is_empty() {
            self.hash = start;
            return;
        }
        self.hash = block_hash(&bits.part(0, whole * 8).bytes(), start);
        if open > 0 {
            self.add(open as u32, bits.read(whole * 8, open) as u32, OPEN_BITS);
        }
    }
}

/// The hash of bytes, which go in twelve at a time.
fn block_hash(bytes: &[u8], start: u32) -> u32 {
    let (mut a, mut b, mut c) = (RATIO, RATIO, start);
    let word =
        |bytes: &[u8]| bytes.iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    let blocks = bytes.chunks_exact(12);
    let rest = blocks.remainder();
    for block in blocks {
        a = a.wrapping_add(word(&block[..4]));
        b = b.wrapping_add(word(&block[4..8]));
        c = c.wrapping_add(word(&block[8..]));
        (a, b, c) = mix(a, b, c);
    }
    let part = |from: usize, to: usize| word(rest.get(from..to.min(rest.len())).unwrap_or(&[]));
    a = a.wrapping_add(part(0, 4));
    b = b.wrapping_add(part(4, 8));
    // The lowest byte is that of the length.
    c = c.wrapping_add(bytes.len() as u32).wrapping_add(part(8, 11) << 8);
    mix(a, b, c).2
}

/// The hash of an atom's name. A character of Latin-1 counts as one byte unless it is the last.
fn atom_hash(atom: AtomIndex) -> u32 {
    let bytes = atom.as_str().as_bytes();
    let (mut hash, mut at) = (0_u32, 0);
    while at < bytes.len() {
        let mut byte = bytes[at];
        at += 1;
        if let Some(next) = bytes.get(at)
            && byte & 0xfe == 0xc2
            && next & 0xc0 == 0x80
        {
            byte = byte << 6 | next & 0x3f;
            at += 1;
        }
        hash = (hash << 4).wrapping_add(byte.into());
        let high = hash & 0xf000_0000;
        hash ^= high >> 24;
        hash ^= high;
    }
    hash
}
