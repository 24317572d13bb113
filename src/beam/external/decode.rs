//! Terms out of Erlang's external format.
//!
//! A term may be nested as deeply as its bytes allow, so what is begun is kept on a stack of our
//! own.

use num_bigint::{BigInt, Sign};

use crate::beam::atom::AtomIndex;
use crate::beam::heap::{Bits, ExternalFun, Fun, Heap};
use crate::beam::identity::{Life, Port, ProcessId, Reference};
use crate::beam::value::Value;

/// The bytes are no term in the external format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExternalError {
    /// They end too early.
    #[error("the term ends too early, after {0} bytes")]
    Short(usize),
    /// A byte that begins no term.
    #[error("byte {place} is {tag}, which begins no term")]
    Tag {
        /// The place of the byte.
        place: usize,
        /// The byte.
        tag: u8,
    },
    /// A part that is not as it must be.
    #[error("{part} at byte {place} is damaged")]
    Damaged {
        /// The part.
        part: &'static str,
        /// Its place.
        place: usize,
    },
}

/// The image of a function that came from elsewhere.
pub(in crate::beam) const NO_IMAGE: u32 = u32::MAX;

const VERSION: u8 = 131;
const COMPRESSED: u8 = 80;

/// Reads the term that begins with the byte 131, and tells how many bytes it took. Compressed
/// terms are not read.
///
/// # Errors
/// When the bytes are no term.
pub fn decode(heap: &mut Heap, bytes: &[u8]) -> Result<(Value, usize), ExternalError> {
    read(heap, bytes, false)
}

/// As [`decode`], for bytes that nobody vouches for: no new atoms are made.
///
/// # Errors
/// When the bytes are no term, or have an atom that is not there yet.
pub fn decode_safely(heap: &mut Heap, bytes: &[u8]) -> Result<(Value, usize), ExternalError> {
    read(heap, bytes, true)
}

fn read(heap: &mut Heap, bytes: &[u8], is_safe: bool) -> Result<(Value, usize), ExternalError> {
    let mut reader = Reader { bytes, at: 0 };
    match reader.u8()? {
        VERSION => {}
        tag => return Err(ExternalError::Tag { place: 0, tag }),
    }
    let (values, steps) = (Vec::new(), vec![Step::Terms(1)]);
    let mut decoder = Decoder { heap, reader, is_safe, values, steps };
    let value = decoder.run()?;
    Ok((value, decoder.reader.at))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ExternalError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(ExternalError::Short(self.bytes.len()))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self, count: usize) -> Result<u64, ExternalError> {
        Ok(self.take(count)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn u8(&mut self) -> Result<u8, ExternalError> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<usize, ExternalError> {
        Ok(self.number(2)? as usize)
    }

    fn u32(&mut self) -> Result<u32, ExternalError> {
        Ok(self.number(4)? as u32)
    }

    /// A number of terms that follow, each of one byte at the least.
    fn count(&mut self, bytes: usize) -> Result<usize, ExternalError> {
        let count = self.number(bytes)? as usize;
        if count > self.bytes.len() - self.at {
            return Err(ExternalError::Short(self.bytes.len()));
        }
        Ok(count)
    }

    fn damaged(&self, part: &'static str) -> ExternalError {
        ExternalError::Damaged { part, place: self.at }
    }
}

/// A step that is still to be done, the last first.
enum Step {
    /// To read this many terms.
    Terms(usize),
    /// To make one term of this many at the end.
    Tuple(usize),
    /// As `Tuple`, with a tail after them.
    List(usize),
    /// As `Tuple`, twice as many.
    Map(usize),
    Fun {
        free: usize,
        arity: u8,
        index: u32,
    },
    ExternalFun,
    Pid {
        creation: usize,
    },
    Port {
        number: usize,
        creation: usize,
    },
    Reference {
        words: usize,
        creation: usize,
        /// Its number comes before the creation.
        is_oldest: bool,
    },
}

struct Decoder<'h, 'a> {
    heap: &'h mut Heap,
    reader: Reader<'a>,
    /// No new atoms are made.
    is_safe: bool,
    values: Vec<Value>,
    steps: Vec<Step>,
}

impl Decoder<'_, '_> {
    fn run(&mut self) -> Result<Value, ExternalError> {
        while let Some(step) = self.steps.pop() {
            match step {
                Step::Terms(0) => {}
                Step::Terms(count) => {
                    self.steps.push(Step::Terms(count - 1));
                    self.term()?;
                }
                Step::Tuple(len) => {
                    let elements = self.last(len);
                    let tuple = self.heap.tuple(&elements);
                    self.values.push(tuple);
                }
                Step::List(len) => {
                    let elements = self.last(len + 1);
                    let list = self.heap.list_with_tail(&elements[..len], elements[len]);
                    self.values.push(list);
                }
                Step::Map(len) => self.map(len)?,
                Step::Fun { free, arity, index } => self.fun(free, arity, index)?,
                Step::ExternalFun => self.external_fun()?,
                Step::Pid { creation } => self.pid(creation)?,
                Step::Port { number, creation } => self.port(number, creation)?,
                Step::Reference { words, creation, is_oldest } => {
                    self.reference(words, creation, is_oldest)?;
                }
            }
        }
        self.values.pop().ok_or(ExternalError::Short(self.reader.at))
    }

    fn last(&mut self, count: usize) -> Vec<Value> {
        self.values.split_off(self.values.len() - count)
    }

    fn begin(&mut self, step: Step, terms: usize) {
        self.steps.push(step);
        self.steps.push(Step::Terms(terms));
    }

    /// Reads one term, or the beginning of one that has parts.
    fn term(&mut self) -> Result<(), ExternalError> {
        let place = self.reader.at;
        let tag = self.reader.u8()?;
        match tag {
            104 | 105 => {
                let len = self.reader.count(if tag == 104 { 1 } else { 4 })?;
                self.begin(Step::Tuple(len), len);
            }
            108 => {
                let len = self.reader.count(4)?;
                self.begin(Step::List(len), len + 1);
            }
            116 => {
                let len = self.reader.count(4)?;
                self.begin(Step::Map(len), len * 2);
            }
            112 => self.begin_fun()?,
            113 => self.begin(Step::ExternalFun, 3),
            88 | 103 => self.begin(Step::Pid { creation: if tag == 88 { 4 } else { 1 } }, 1),
            89 | 102 | 120 => {
                let number = if tag == 120 { 8 } else { 4 };
                let creation = if tag == 102 { 1 } else { 4 };
                self.begin(Step::Port { number, creation }, 1);
            }
            101 => self.begin(Step::Reference { words: 1, creation: 1, is_oldest: true }, 1),
            90 | 114 => {
                let words = self.reader.u16()?;
                let creation = if tag == 90 { 4 } else { 1 };
                self.begin(Step::Reference { words, creation, is_oldest: false }, 1);
            }
            COMPRESSED => return Err(self.reader.damaged("a compressed term")),
            _ => {
                let value = self.leaf(tag, place)?;
                self.values.push(value);
            }
        }
        Ok(())
    }

    /// A term without parts.
    fn leaf(&mut self, tag: u8, place: usize) -> Result<Value, ExternalError> {
        let reader = &mut self.reader;
        Ok(match tag {
            97 => Value::small(reader.u8()?.into()),
            98 => Value::small(reader.u32()?.cast_signed().into()),
            99 => {
                let text = reader.take(31)?;
                let text = std::str::from_utf8(text).unwrap_or("").trim_end_matches('\0');
                let float = text.parse().map_err(|_| reader.damaged("a float"))?;
                self.float(float)?
            }
            70 => {
                let float = f64::from_bits(reader.number(8)?);
                self.float(float)?
            }
            100 | 115 | 118 | 119 => return self.atom(tag),
            106 => Value::NIL,
            107 => {
                let len = reader.u16()?;
                let bytes = reader.take(len)?.iter();
                let tail = Value::NIL;
                bytes
                    .rev()
                    .fold(tail, |tail, byte| self.heap.cons(Value::small((*byte).into()), tail))
            }
            109 => {
                let len = reader.u32()? as usize;
                let bytes = reader.take(len)?;
                self.heap.binary(bytes)
            }
            77 => return self.bits(),
            110 | 111 => {
                let len = if tag == 110 { reader.u8()? as usize } else { reader.u32()? as usize };
                let sign = if reader.u8()? == 0 { Sign::Plus } else { Sign::Minus };
                let integer = BigInt::from_bytes_le(sign, reader.take(len)?);
                self.heap.big_integer(&integer)
            }
            _ => return Err(ExternalError::Tag { place, tag }),
        })
    }

    fn float(&mut self, float: f64) -> Result<Value, ExternalError> {
        self.heap.try_float(float).ok_or(self.reader.damaged("a float"))
    }

    fn atom(&mut self, tag: u8) -> Result<Value, ExternalError> {
        let reader = &mut self.reader;
        let len = if matches!(tag, 100 | 118) { reader.u16()? } else { reader.u8()?.into() };
        let bytes = reader.take(len)?;
        let name = if matches!(tag, 100 | 115) {
            bytes.iter().map(|byte| char::from(*byte)).collect()
        } else {
            let text = std::str::from_utf8(bytes).map_err(|_| reader.damaged("an atom"))?;
            text.to_owned()
        };
        if self.is_safe && AtomIndex::existing(&name).is_none() {
            return Err(reader.damaged("an atom that is not there yet"));
        }
        AtomIndex::try_new(&name).map(Value::atom).map_err(|_| reader.damaged("an atom"))
    }

    fn bits(&mut self) -> Result<Value, ExternalError> {
        let len = self.reader.u32()? as usize;
        let last = usize::from(self.reader.u8()?);
        let bytes = self.reader.take(len)?;
        if !(1..=8).contains(&last) || len == 0 {
            return Err(self.reader.damaged("a bit string"));
        }
        Ok(self.heap.bits(Bits::of(bytes).part(0, len * 8 - 8 + last)))
    }

    fn map(&mut self, len: usize) -> Result<(), ExternalError> {
        let terms = self.last(len * 2);
        let pairs: Vec<_> = terms.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let map = self.heap.map(&pairs);
        if self.heap.map_size(map) != Some(len) {
            return Err(self.reader.damaged("a map with a key twice"));
        }
        self.values.push(map);
        Ok(())
    }

    fn begin_fun(&mut self) -> Result<(), ExternalError> {
        self.reader.u32()?;
        let arity = self.reader.u8()?;
        self.reader.take(16)?;
        let index = self.reader.u32()?;
        let free = self.reader.count(4)?;
        // The module, the old index, the old hash, the process that made it, the variables.
        self.begin(Step::Fun { free, arity, index }, 4 + free);
        Ok(())
    }

    fn fun(&mut self, free: usize, arity: u8, index: u32) -> Result<(), ExternalError> {
        let terms = self.last(4 + free);
        let module = terms[0].as_atom();
        let uniq = self.heap.as_integer(terms[2]).and_then(|uniq| u32::try_from(uniq).ok());
        let (Some(module), Some(uniq)) = (module, uniq) else {
            return Err(self.reader.damaged("a fun"));
        };
        let fun = Fun { module, index, uniq, arity, image: NO_IMAGE, free: &terms[4..] };
        let value = self.heap.fun(fun);
        self.values.push(value);
        Ok(())
    }

    fn external_fun(&mut self) -> Result<(), ExternalError> {
        let terms = self.last(3);
        let arity = terms[2].as_small().and_then(|arity| u8::try_from(arity).ok());
        let (Some(module), Some(function), Some(arity)) =
            (terms[0].as_atom(), terms[1].as_atom(), arity)
        else {
            return Err(self.reader.damaged("a fun"));
        };
        let value = self.heap.external_fun(ExternalFun { module, function, arity });
        self.values.push(value);
        Ok(())
    }

    /// The node whose name was read, and its creation, which is still to be read.
    fn life(&mut self, creation: usize) -> Result<Life, ExternalError> {
        let is_old = creation == 1;
        let creation = self.reader.number(creation)? as u32;
        // The formats with one byte for it are from a time when there were four.
        if is_old && creation > 3 {
            return Err(self.reader.damaged("a creation"));
        }
        let node = self.values.pop().and_then(Value::as_atom);
        node.map(|node| Life::new(node, creation)).ok_or(self.reader.damaged("the name of a node"))
    }

    fn pid(&mut self, creation: usize) -> Result<(), ExternalError> {
        let (number, serial) = (self.reader.u32()?, self.reader.u32()?);
        let life = self.life(creation)?;
        let value = self.heap.pid(ProcessId { life, number, serial });
        self.values.push(value);
        Ok(())
    }

    fn port(&mut self, number: usize, creation: usize) -> Result<(), ExternalError> {
        let number = self.reader.number(number)?;
        let life = self.life(creation)?;
        let value = self.heap.port(Port { life, number });
        self.values.push(value);
        Ok(())
    }

    fn reference(
        &mut self,
        words: usize,
        creation: usize,
        is_oldest: bool,
    ) -> Result<(), ExternalError> {
        if !(1..=5).contains(&words) {
            return Err(self.reader.damaged("a reference"));
        }
        let first = if is_oldest { Some(self.reader.u32()?) } else { None };
        let life = self.life(creation)?;
        let (mut id, mut last) = (u128::from(first.unwrap_or(0)), 0);
        for word in usize::from(first.is_some())..words {
            match word {
                0..4 => id |= u128::from(self.reader.u32()?) << (32 * word),
                _ => last = self.reader.u32()?,
            }
        }
        let value = self.heap.reference(Reference { life, last, id });
        self.values.push(value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: &str) {
        let mut heap = Heap::new();
        let (value, used) = decode(&mut heap, bytes).unwrap();
        assert_eq!((heap.print(value).to_string().as_str(), used), (expected, bytes.len()));
    }

    #[test]
    fn terms_are_read() {
        check(&[131, 97, 5], "5");
        check(&[131, 98, 255, 255, 255, 254], "-2");
        check(&[131, 110, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1], "-18446744073709551616");
        check(&[131, 70, 63, 248, 0, 0, 0, 0, 0, 0], "1.5");
        check(&[131, 104, 2, 119, 2, b'o', b'k', 106], "{ok,[]}");
        check(&[131, 108, 0, 0, 0, 1, 97, 1, 97, 2], "[1|2]");
        check(&[131, 107, 0, 2, 104, 105], "\"hi\"");
        check(&[131, 116, 0, 0, 0, 1, 97, 1, 109, 0, 0, 0, 1, 120], "#{1 => <<\"x\">>}");
        check(&[131, 77, 0, 0, 0, 2, 3, 255, 160], "<<255,5:3>>");
        check(&[131, 113, 119, 1, b'm', 119, 1, b'f', 97, 2], "fun m:f/2");
    }

    #[test]
    fn a_term_may_be_nested_deeply() {
        let mut bytes = vec![131];
        for _ in 0..200_000 {
            bytes.extend([104, 1]);
        }
        bytes.push(106);
        let mut heap = Heap::new();
        assert!(decode(&mut heap, &bytes).is_ok());
    }

    #[test]
    fn damaged_bytes_are_an_error() {
        let mut heap = Heap::new();
        let mut check = |bytes: &[u8], message: &str| {
            assert_eq!(decode(&mut heap, bytes).unwrap_err().to_string(), message);
        };
        check(&[131, 104, 2, 97, 1], "the term ends too early, after 5 bytes");
        check(&[131, 1], "byte 1 is 1, which begins no term");
        check(&[131, 108, 255, 255, 255, 255], "the term ends too early, after 6 bytes");
        check(&[131, 70, 127, 240, 0, 0, 0, 0, 0, 0], "a float at byte 10 is damaged");
    }
}
