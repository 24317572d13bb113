//! Erlang's external term format, as `term_to_binary/1` of Erlang/OTP 25 writes it.

use num_bigint::BigInt;

use super::{Atom, Term};

/// The longest list of bytes that is written as a string.
const STRING_MAX: usize = 65_535;

/// The bytes that `term` takes on the wire, version byte included, without encoding it.
#[must_use]
pub fn external_size(term: &Term) -> usize {
    1 + size(term)
}

fn size(term: &Term) -> usize {
    match term {
        Term::Integer(0..=255) => 2,
        Term::Integer(value) if i32::try_from(*value).is_ok() => 5,
        Term::Integer(value) => 3 + significant_bytes(value.unsigned_abs()),
        Term::BigInteger(value) => big_size(value),
        Term::Float(_) => 9,
        Term::Atom(atom) => atom_size(*atom),
        // Creation and three words.
        Term::Reference(reference) => 3 + atom_size(reference.node()) + 16,
        // Number, serial and creation.
        Term::Pid(pid) => 1 + atom_size(pid.node()) + 12,
        Term::Tuple(tuple) => (if tuple.len() < 256 { 2 } else { 5 }) + sum(tuple),
        Term::Map(map) => 5 + map.iter().map(|(key, value)| size(key) + size(value)).sum::<usize>(),
        Term::List(list) if list.is_empty() => 1,
        Term::List(list) if is_string(list) => 3 + list.len(),
        Term::List(list) => 6 + sum(list),
        Term::Binary(binary) => 5 + binary.len(),
    }
}

fn sum(terms: &[Term]) -> usize {
    terms.iter().map(size).sum()
}

fn significant_bytes(magnitude: u64) -> usize {
    8 - magnitude.leading_zeros() as usize / 8
}

fn big_size(value: &BigInt) -> usize {
    let bytes = value.bits().div_ceil(8) as usize;
    if bytes < 256 { 3 + bytes } else { 6 + bytes }
}

fn atom_size(atom: Atom) -> usize {
    match (atom.latin1_len(), atom.as_str().len()) {
        (Some(characters), _) => 3 + usize::from(characters),
        (None, bytes) if bytes < 256 => 2 + bytes,
        (None, bytes) => 3 + bytes,
    }
}

/// Whether a list is written as a string: a byte for each element.
fn is_string(list: &[Term]) -> bool {
    list.len() <= STRING_MAX && list.iter().all(|term| matches!(term, Term::Integer(0..=255)))
}
