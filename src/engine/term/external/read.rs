//! Reading the external term format.

use num_bigint::{BigInt, Sign};

use super::super::parse::DEPTH_MAX;
use super::super::{Atom, AtomTooLong, Incarnation, Pid, Ref, Term};
use super::{FIRST_WORD_BITS, VERSION, tag};

/// The reason why bytes are not a term.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes stop in the middle of a term.
    #[error("the term goes on beyond the end, byte {0}")]
    TooShort(
        /// The number of bytes.
        usize,
    ),
    /// Bytes are left after the term.
    #[error("the term ends before byte {0}, where more bytes follow")]
    TooLong(
        /// The place where the term ends.
        usize,
    ),
    /// The first byte is not the version of the format.
    #[error("expected version 131 of the format, found {0}")]
    Version(
        /// The first byte.
        u8,
    ),
    /// A kind of term that is not known here: a fun, a port, a bit string, compressed terms.
    #[error("tag {tag} at byte {offset} is of no known kind of term")]
    UnknownTag {
        /// The tag.
        tag: u8,
        /// Its place.
        offset: usize,
    },
    /// A part is not what the format promises there.
    #[error("expected {expected} before byte {offset}")]
    Malformed {
        /// A description of what is expected there.
        expected: &'static str,
        /// The place where the part ends.
        offset: usize,
    },
    /// The name of an atom is too long.
    #[error(transparent)]
    AtomTooLong(#[from] AtomTooLong),
}

type Decoded<T> = Result<T, DecodeError>;

/// Reads the bytes of one term, the version byte first. Reads the older tags of atoms, pids and
/// references too.
///
/// # Errors
/// If the bytes are not exactly one term, or if Erlang knows the term and this crate does not:
/// references with ids of more than 64 bits, and the kinds that [`Term`] leaves out.
pub fn decode(bytes: &[u8]) -> Result<Term, DecodeError> {
    let mut reader = Reader { bytes, offset: 0 };
    let version = reader.byte()?;
    if version != VERSION {
        return Err(DecodeError::Version(version));
    }
    let term = reader.term(0)?;
    if reader.offset < bytes.len() {
        return Err(DecodeError::TooLong(reader.offset));
    }
    Ok(term)
}

/// Bytes and how far they are read.
struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Decoded<&'a [u8]> {
        let end = self.offset.checked_add(len).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(DecodeError::TooShort(self.bytes.len()))?;
        let taken = &self.bytes[self.offset..end];
        self.offset = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Decoded<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("N bytes were taken"))
    }

    fn byte(&mut self) -> Decoded<u8> {
        Ok(self.array::<1>()?[0])
    }

    fn len_u16(&mut self) -> Decoded<usize> {
        Ok(usize::from(u16::from_be_bytes(self.array()?)))
    }

    fn word(&mut self) -> Decoded<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    fn len_u32(&mut self) -> Decoded<usize> {
        Ok(self.word()? as usize)
    }

    fn malformed<T>(&self, expected: &'static str) -> Decoded<T> {
        Err(DecodeError::Malformed { expected, offset: self.offset })
    }

    fn term(&mut self, depth: usize) -> Decoded<Term> {
        if depth == DEPTH_MAX {
            return self.malformed("at most 256 terms in one another");
        }
        let offset = self.offset;
        match self.byte()? {
            tag::SMALL_INTEGER => Ok(Term::from(self.byte()?)),
            tag::INTEGER => Ok(Term::from(i32::from_be_bytes(self.array()?))),
            tag::SMALL_BIG => {
                let len = usize::from(self.byte()?);
                self.big(len)
            }
            tag::LARGE_BIG => {
                let len = self.len_u32()?;
                self.big(len)
            }
            tag::NEW_FLOAT => match Term::float(f64::from_be_bytes(self.array()?)) {
                Some(float) => Ok(float),
                None => self.malformed("a finite float"),
            },
            tag @ (tag::ATOM | tag::SMALL_ATOM | tag::ATOM_UTF8 | tag::SMALL_ATOM_UTF8) => {
                self.atom(tag).map(Term::Atom)
            }
            tag @ (tag::PID | tag::NEW_PID) => self.pid(tag),
            tag @ (tag::NEW_REFERENCE | tag::NEWER_REFERENCE) => self.reference(tag),
            tag::SMALL_TUPLE => {
                let len = usize::from(self.byte()?);
                Ok(Term::Tuple(self.terms(len, depth)?.into()))
            }
            tag::LARGE_TUPLE => {
                let len = self.len_u32()?;
                Ok(Term::Tuple(self.terms(len, depth)?.into()))
            }
            tag::NIL => Ok(Term::from(Vec::<Term>::new())),
            tag::STRING => {
                let len = self.len_u16()?;
                Ok(self.take(len)?.iter().map(|byte| Term::from(*byte)).collect())
            }
            tag::LIST => self.list(depth),
            tag::BINARY => {
                let len = self.len_u32()?;
                Ok(Term::binary(self.take(len)?))
            }
            tag::MAP => self.map(depth),
            tag => Err(DecodeError::UnknownTag { tag, offset }),
        }
    }

    /// `len` terms. Room is made as they come, since `len` may be a lie.
    fn terms(&mut self, len: usize, depth: usize) -> Decoded<Vec<Term>> {
        (0..len).map(|_| self.term(depth + 1)).collect()
    }

    fn list(&mut self, depth: usize) -> Decoded<Term> {
        let len = self.len_u32()?;
        let elements = self.terms(len, depth)?;
        Ok(Term::list_with_tail(elements, self.term(depth + 1)?))
    }

    fn map(&mut self, depth: usize) -> Decoded<Term> {
        let len = self.len_u32()?;
        let entry = |_| Ok((self.term(depth + 1)?, self.term(depth + 1)?));
        let entries = (0..len).map(entry).collect::<Decoded<Vec<_>>>()?;
        Ok(Term::Map(entries.into()))
    }

    fn big(&mut self, len: usize) -> Decoded<Term> {
        let sign = if self.byte()? == 0 { Sign::Plus } else { Sign::Minus };
        Ok(Term::from(BigInt::from_bytes_le(sign, self.take(len)?)))
    }

    fn atom(&mut self, tag: u8) -> Decoded<Atom> {
        let len = match tag {
            tag::ATOM | tag::ATOM_UTF8 => self.len_u16()?,
            _ => usize::from(self.byte()?),
        };
        let bytes = self.take(len)?;
        let name = match tag {
            tag::ATOM | tag::SMALL_ATOM => bytes.iter().copied().map(char::from).collect(),
            _ => match std::str::from_utf8(bytes) {
                Ok(name) => name.to_owned(),
                Err(_) => return self.malformed("an atom in UTF-8"),
            },
        };
        Ok(Atom::try_new(&name)?)
    }

    fn node(&mut self) -> Decoded<Atom> {
        let tag = self.byte()?;
        match tag {
            tag::ATOM | tag::SMALL_ATOM | tag::ATOM_UTF8 | tag::SMALL_ATOM_UTF8 => self.atom(tag),
            _ => self.malformed("the name of a node"),
        }
    }

    fn pid(&mut self, tag: u8) -> Decoded<Term> {
        let node = self.node()?;
        let (number, serial) = (self.word()?, self.word()?);
        let creation = if tag == tag::PID { u32::from(self.byte()?) } else { self.word()? };
        Ok(Term::Pid(Pid::new(node, creation, number, serial)))
    }

    fn reference(&mut self, tag: u8) -> Decoded<Term> {
        let len = self.len_u16()?;
        let node = self.node()?;
        let creation =
            if tag == tag::NEW_REFERENCE { u32::from(self.byte()?) } else { self.word()? };
        if !(1..=5).contains(&len) {
            return self.malformed("one to five words of a reference");
        }
        let mut id = 0_u128;
        for index in 0..len as u32 {
            let word = u128::from(self.word()?);
            let fits =
                if index == 0 { word >> FIRST_WORD_BITS == 0 } else { index < 3 || word == 0 };
            let shift = if index == 0 { 0 } else { FIRST_WORD_BITS + 32 * (index - 1) };
            if !fits {
                return self.malformed("a reference with an id of at most 64 bits");
            }
            if word > 0 {
                id |= word << shift;
            }
        }
        match u64::try_from(id) {
            Ok(id) => Ok(Term::Reference(Ref::of(Incarnation::new(node, creation), id))),
            Err(_) => self.malformed("a reference with an id of at most 64 bits"),
        }
    }
}
