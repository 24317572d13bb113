//! Terms into Erlang's external format.
//!
//! A term may be nested in any depth, so what is begun is kept on a stack of our own.

use num_bigint::Sign;

use crate::beam::atom::AtomIndex;
use crate::beam::heap::{Fun, Heap, ValueKind};
use crate::beam::identity::Life;
use crate::beam::value::Value;

/// The forms that terms are written in, which changed over the releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExternalFormat {
    /// Floats as text.
    TextFloats,
    /// Atoms as Latin-1 where they can be: the default of `term_to_binary` up to OTP 25.
    Latin1Atoms,
    /// Atoms as UTF-8: the default from OTP 26 on, and the form of messages between nodes.
    Utf8Atoms,
}

/// The longest list of bytes that is written as a string.
const STRING_MAX: usize = 65_535;

/// The term in the external format, with the byte 131 at its beginning.
pub fn encode(heap: &Heap, value: Value, format: ExternalFormat) -> Vec<u8> {
    let mut encoder = Encoder { heap, format, bytes: vec![131], open: vec![Step::Term(value)] };
    while let Some(step) = encoder.open.pop() {
        match step {
            Step::Term(value) => encoder.term(value),
            Step::EndOfFun { start } => {
                let size = (encoder.bytes.len() - start) as u32;
                encoder.bytes[start..start + 4].copy_from_slice(&size.to_be_bytes());
            }
        }
    }
    encoder.bytes
}

/// A part that is still to be written, the last first.
enum Step {
    Term(Value),
    /// The size of a fun is written before the rest of it.
    EndOfFun {
        start: usize,
    },
}

struct Encoder<'a> {
    heap: &'a Heap,
    format: ExternalFormat,
    bytes: Vec<u8>,
    open: Vec<Step>,
}

impl Encoder<'_> {
    fn u16(&mut self, number: usize) {
        self.bytes.extend((number as u16).to_be_bytes());
    }

    fn u32(&mut self, number: u32) {
        self.bytes.extend(number.to_be_bytes());
    }

    /// A tag, and a number of terms that follow.
    fn counted(&mut self, tag: u8, count: usize) {
        self.bytes.push(tag);
        self.u32(count as u32);
    }

    fn later(&mut self, values: &[Value]) {
        self.open.extend(values.iter().rev().map(|value| Step::Term(*value)));
    }

    fn term(&mut self, value: Value) {
        let heap = self.heap;
        match heap.kind(value) {
            ValueKind::Integer => self.integer(value),
            ValueKind::Float => self.float(heap.as_float(value).unwrap_or_default()),
            ValueKind::Atom => value.as_atom().into_iter().for_each(|atom| self.atom(atom)),
            ValueKind::Nil => self.bytes.push(106),
            ValueKind::List => self.list(value),
            ValueKind::Tuple => {
                let elements = heap.as_tuple(value).unwrap_or_default();
                match u8::try_from(elements.len()) {
                    Ok(len) => self.bytes.extend([104, len]),
                    Err(_) => self.counted(105, elements.len()),
                }
                self.later(elements);
            }
            ValueKind::Map => {
                let pairs = heap.map_pairs(value).unwrap_or_default();
                self.counted(116, pairs.len());
                let values: Vec<Value> =
                    pairs.into_iter().flat_map(|(key, value)| [key, value]).collect();
                self.later(&values);
            }
            ValueKind::Bits => self.bits(value),
            ValueKind::Fun => self.fun(value),
            ValueKind::Pid => self.pid(value),
            ValueKind::Port => self.port(value),
            ValueKind::Reference => self.reference(value),
        }
    }

    fn integer(&mut self, value: Value) {
        let integer = self.heap.as_integer(value);
        if let Some(byte) = integer.and_then(|integer| u8::try_from(integer).ok()) {
            return self.bytes.extend([97, byte]);
        }
        if let Some(word) = integer.and_then(|integer| i32::try_from(integer).ok()) {
            self.bytes.push(98);
            return self.bytes.extend(word.to_be_bytes());
        }
        let (sign, digits) = self.heap.as_big_integer(value).unwrap_or_default().to_bytes_le();
        match u8::try_from(digits.len()) {
            Ok(len) => self.bytes.extend([110, len]),
            Err(_) => self.counted(111, digits.len()),
        }
        self.bytes.push(u8::from(sign == Sign::Minus));
        self.bytes.extend(digits);
    }

    fn float(&mut self, float: f64) {
        if self.format == ExternalFormat::TextFloats {
            let text = crate::beam::print::scientific(float, 20);
            self.bytes.push(99);
            let start = self.bytes.len();
            self.bytes.extend(text.as_bytes());
            return self.bytes.resize(start + 31, 0);
        }
        self.bytes.push(70);
        self.bytes.extend(float.to_bits().to_be_bytes());
    }

    fn atom(&mut self, atom: AtomIndex) {
        let name = atom.as_str();
        let latin1: Option<Vec<u8>> =
            name.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        if let (Some(latin1), true) = (latin1, self.format < ExternalFormat::Utf8Atoms) {
            self.bytes.push(100);
            self.u16(latin1.len());
            return self.bytes.extend(latin1);
        }
        if let Ok(len) = u8::try_from(name.len()) {
            self.bytes.extend([119, len]);
        } else {
            self.bytes.push(118);
            self.u16(name.len());
        }
        self.bytes.extend(name.as_bytes());
    }

    fn list(&mut self, value: Value) {
        let mut elements = self.heap.elements(value);
        let mut values: Vec<Value> = elements.by_ref().collect();
        let rest = elements.rest();
        let byte = |value: &Value| u8::try_from(value.as_small()?).ok();
        let text: Option<Vec<u8>> = values.iter().map(byte).collect();
        match text {
            Some(text) if rest.is_nil() && text.len() <= STRING_MAX => {
                self.bytes.push(107);
                self.u16(text.len());
                self.bytes.extend(text);
            }
            Some(_) | None => {
                self.counted(108, values.len());
                values.push(rest);
                self.later(&values);
            }
        }
    }

    fn bits(&mut self, value: Value) {
        let Some(bits) = self.heap.as_bits(value) else { return };
        let (bytes, open) = (bits.bytes(), bits.len() % 8);
        self.counted(if open == 0 { 109 } else { 77 }, bytes.len());
        if open > 0 {
            self.bytes.push(open as u8);
        }
        self.bytes.extend_from_slice(&bytes);
    }

    fn fun(&mut self, value: Value) {
        if let Some(fun) = self.heap.as_external_fun(value) {
            self.bytes.push(113);
            self.atom(fun.module);
            self.atom(fun.function);
            self.bytes.extend([97, fun.arity]);
        } else if let Some(fun) = self.heap.as_fun(value) {
            self.local_fun(fun);
        }
    }

    /// The digest of its module and the process that made it are not known here, and zeros.
    fn local_fun(&mut self, fun: Fun<&[Value]>) {
        self.bytes.push(112);
        self.open.push(Step::EndOfFun { start: self.bytes.len() });
        self.u32(0);
        self.bytes.push(fun.arity);
        self.bytes.extend([0; 16]);
        self.u32(fun.index);
        self.u32(fun.free.len() as u32);
        self.atom(fun.module);
        for number in [fun.index, fun.uniq] {
            self.bytes.push(98);
            self.u32(number);
        }
        self.bytes.push(88);
        self.life(Life::new(crate::beam::atom::NONODE, 0), |encoder| {
            encoder.u32(0);
            encoder.u32(0);
        });
        self.later(fun.free);
    }

    /// The name of a node, what stands between, and its creation.
    fn life(&mut self, life: Life, numbers: impl FnOnce(&mut Self)) {
        self.atom(life.node());
        numbers(self);
        self.u32(life.creation());
    }

    fn pid(&mut self, value: Value) {
        let Some(pid) = self.heap.as_pid(value) else { return };
        self.bytes.push(88);
        self.life(pid.life, |encoder| {
            encoder.u32(pid.number);
            encoder.u32(pid.serial);
        });
    }

    fn port(&mut self, value: Value) {
        let Some(port) = self.heap.as_port(value) else { return };
        match u32::try_from(port.number) {
            Ok(number) if number < 1 << 28 => {
                self.bytes.push(89);
                self.life(port.life, |encoder| encoder.u32(number));
            }
            Ok(_) | Err(_) => {
                self.bytes.push(120);
                let number = port.number.to_be_bytes();
                self.life(port.life, |encoder| encoder.bytes.extend(number));
            }
        }
    }

    fn reference(&mut self, value: Value) {
        let Some(reference) = self.heap.as_reference(value) else { return };
        self.bytes.push(90);
        self.u16(reference.words(3).count());
        self.atom(reference.life.node());
        self.u32(reference.life.creation());
        for word in reference.words(3) {
            self.u32(word);
        }
    }
}
