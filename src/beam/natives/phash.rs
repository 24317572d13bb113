//! The portable hashes: `phash2`, and the old `phash`, which `dict` and `sets` still place their keys by.

use crate::beam::atom::AtomIndex;
use crate::beam::heap::{Heap, ValueKind, phash2};
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const ERLANG: &[(&str, u8, Pure)] = &[
    ("phash", 2, phash),
    ("phash2", 1, |heap, args| Ok(Value::small(i64::from(phash2(heap, args[0]) & MASK)))),
    ("phash2", 2, phash2_in),
];

/// The bits of a hash without a range.
const MASK: u32 = (1 << 27) - 1;

fn phash2_in(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let range = heap.as_integer(args[1]).filter(|range| (1..=1 << 32).contains(range));
    let range = range.ok_or(Raise::BADARG)?;
    Ok(Value::small(i64::from(phash2(heap, args[0])) % range))
}

/// The primes of the hash, by the parts that they are for.
const WORDS: u32 = 268_439_161;
const POSITIVE: u32 = 268_435_459;
const NEGATIVE: u32 = 268_436_141;
const ATOM: u32 = 268_440_163;
const PID: (u32, u32) = (268_438_633, 268_437_017);
const PORT: (u32, u32) = (268_439_627, 268_440_479);
const FLOAT: u32 = 268_437_017;
const LIST: u32 = 268_437_511;
const TUPLE: u32 = 268_439_627;
const FUN: u32 = 268_440_479;
const EXTERNAL_FUN: u32 = 268_440_577;
const MAP: (u32, u32) = (268_440_593, 268_440_611);
const OPEN_BITS: u32 = 268_440_581;

fn phash(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let range = heap.as_integer(args[1]).filter(|range| (1..=1 << 32).contains(range));
    let range = range.ok_or(Raise::BADARG)?;
    Ok(Value::small(1 + i64::from(Hash { heap, hash: 0 }.of(args[0])) % range))
}

/// A part that is still to be hashed.
enum Step {
    Term(Value),
    /// The rest of a list after an element.
    Rest(Value),
    ListEnd,
    TupleEnd(u32),
}

struct Hash<'a> {
    heap: &'a Heap,
    hash: u32,
}

impl Hash<'_> {
    fn of(&mut self, term: Value) -> u32 {
        let mut steps = vec![Step::Term(term)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Term(term) => self.term(term, &mut steps),
                Step::Rest(list) => self.rest(list, &mut steps),
                Step::ListEnd => self.hash = self.hash.wrapping_mul(LIST),
                Step::TupleEnd(arity) => self.add(TUPLE, arity),
            }
        }
        self.hash
    }

    fn add(&mut self, prime: u32, number: u32) {
        self.hash = self.hash.wrapping_mul(prime).wrapping_add(number);
    }

    /// The bytes of a number, the lowest first.
    fn add_word(&mut self, word: u32, prime: u32) {
        for byte in word.to_le_bytes() {
            self.add(prime, byte.into());
        }
    }

    fn term(&mut self, term: Value, steps: &mut Vec<Step>) {
        match self.heap.kind(term) {
            ValueKind::Nil => self.add(POSITIVE, 1),
            ValueKind::Atom => self.atom(term.as_atom()),
            ValueKind::Integer => self.integer(term),
            ValueKind::Float => {
                let bits = self.heap.as_float(term).unwrap_or_default().to_bits();
                // The zero below all others is the zero.
                let bits = if bits == 1 << 63 { 0 } else { bits };
                self.add(FLOAT, bits as u32 ^ (bits >> 32) as u32);
            }
            ValueKind::Bits => self.bits(term),
            ValueKind::List => self.rest(term, steps),
            ValueKind::Tuple => {
                let elements = self.heap.as_tuple(term).unwrap_or_default();
                steps.push(Step::TupleEnd(elements.len() as u32));
                steps.extend(elements.iter().rev().map(|element| Step::Term(*element)));
            }
            ValueKind::Map => {
                let inner = phash2(self.heap, term);
                self.add(MAP.0, MAP.1.wrapping_add(inner));
            }
            ValueKind::Fun => self.fun(term, steps),
            ValueKind::Pid => self.identity(self.heap.as_pid(term).map(|pid| pid.number), PID),
            ValueKind::Reference => {
                let number = self.heap.as_reference(term).map(|reference| reference.id as u32);
                self.identity(number, PORT);
            }
            ValueKind::Port => {
                let number = self.heap.as_port(term).map(|port| port.number as u32);
                self.identity(number, PORT);
            }
        }
    }

    fn identity(&mut self, number: Option<u32>, (prime, last): (u32, u32)) {
        self.add_word(number.unwrap_or_default(), prime);
        self.hash = self.hash.wrapping_mul(last);
    }

    fn atom(&mut self, atom: Option<AtomIndex>) {
        let mut hash = 0_u32;
        for c in atom.map_or("", AtomIndex::as_str).chars() {
            let mut utf8 = [0; 4];
            // A character of Latin-1 is one number, others are those of their bytes.
            let bytes = c.encode_utf8(&mut utf8).bytes().map(u32::from);
            let latin1 = (u32::from(c) < 256).then(|| u32::from(c));
            for number in latin1.into_iter().chain(bytes.filter(|_| latin1.is_none())) {
                hash = (hash << 4).wrapping_add(number);
                let high = hash & 0xF000_0000;
                hash ^= high >> 24;
                hash ^= high;
            }
        }
        self.add(ATOM, hash);
    }

    fn integer(&mut self, term: Value) {
        let integer = self.heap.as_big_integer(term).unwrap_or_default();
        let words = integer.magnitude().to_u32_digits();
        for word in &words {
            self.add_word(*word, WORDS);
        }
        if words.is_empty() {
            self.add_word(0, WORDS);
        }
        let negative = integer.sign() == num_bigint::Sign::Minus;
        self.hash = self.hash.wrapping_mul(if negative { NEGATIVE } else { POSITIVE });
    }

    fn bits(&mut self, term: Value) {
        let Some(bits) = self.heap.as_bits(term) else { return };
        let len = bits.len() / 8;
        for byte in &bits.bytes()[..len] {
            self.add(ATOM, (*byte).into());
        }
        let open = bits.len() % 8;
        if open > 0 {
            self.add(ATOM, bits.read(len * 8, open) as u32);
            self.add(OPEN_BITS, open as u32);
        }
        self.add(NEGATIVE, len as u32);
    }

    /// A list from one of its elements on: bytes are numbers, others are terms.
    fn rest(&mut self, mut list: Value, steps: &mut Vec<Step>) {
        while let Some((head, tail)) = self.heap.as_cons(list) {
            let byte = head.as_small().filter(|byte| (0..=255).contains(byte));
            if let Some(byte) = byte {
                self.add(WORDS, byte as u32);
            }
            if byte.is_some() && tail.is_cons() {
                list = tail;
                continue;
            }
            if tail.is_cons() {
                steps.push(Step::Rest(tail));
            } else {
                steps.extend([Step::ListEnd, Step::Term(tail)]);
            }
            if byte.is_none() {
                steps.push(Step::Term(head));
            }
            return;
        }
    }

    fn fun(&mut self, term: Value, steps: &mut Vec<Step>) {
        if let Some(fun) = self.heap.as_fun(term) {
            self.add(FUN, fun.free.len() as u32);
            self.atom(Some(fun.module));
            self.add(WORDS, fun.index);
            self.add(WORDS, fun.uniq);
            steps.extend(fun.free.iter().rev().map(|variable| Step::Term(*variable)));
        } else if let Some(fun) = self.heap.as_external_fun(term) {
            self.add(EXTERNAL_FUN, fun.arity.into());
            self.atom(Some(fun.module));
            self.atom(Some(fun.function));
        }
    }
}
