//! Values of compiled code as terms of the simulated world, and back.
//!
//! The world has no functions, no ports and no bit strings of odd lengths. A message with one of
//! them travels in the external format, inside a tuple that only compiled code makes and reads; so
//! does one that is nested more deeply than others can read.

use std::cell::RefCell;
use std::hash::Hash;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::message::DEPTH_MAX;
use crate::beam::external::{ExternalFormat, decode, encode};
use crate::beam::heap::{Heap, ValueKind};
use crate::beam::value::Value;
use crate::beam::{self, Life};
use crate::engine::term::{Atom, Incarnation, Map, Pid, Ref, Term, TermView, Tuple};
use crate::{list, tuple};

/// The tag of a message in the external format.
pub(super) const EXTERNAL: &str = "$external_term";

/// The names of the world and of compiled code for one another, as far as this thread has asked:
/// by the numbers of those of compiled code, and by those of the world.
struct Known<W, C> {
    of_world: HashMap<W, C, FxBuildHasher>,
    of_code: Vec<Option<W>>,
}

impl<W: Copy + Eq + Hash, C: Copy> Known<W, C> {
    const fn new() -> Known<W, C> {
        Known { of_world: HashMap::with_hasher(FxBuildHasher), of_code: Vec::new() }
    }

    #[inline]
    fn world(&mut self, index: u32, make: impl FnOnce() -> W) -> W {
        let index = index as usize;
        if self.of_code.len() <= index {
            self.of_code.resize(index + 1, None);
        }
        *self.of_code[index].get_or_insert_with(make)
    }

    #[inline]
    fn code(&mut self, of: W, make: impl FnOnce() -> C) -> C {
        *self.of_world.entry(of).or_insert_with(make)
    }
}

thread_local! {
    static NAMES: RefCell<Known<Atom, beam::AtomIndex>> = const { RefCell::new(Known::new()) };
    static LIVES: RefCell<Known<Incarnation, Life>> = const { RefCell::new(Known::new()) };
}

/// The life of a node.
pub(super) fn life(of: Incarnation) -> Life {
    let make = || Life::new(name_of(of.node()), of.creation());
    LIVES.with_borrow_mut(|known| known.code(of, make))
}

fn incarnation(of: Life) -> Incarnation {
    let make = || Incarnation::new(atom_of(of.node()), of.creation());
    LIVES.with_borrow_mut(|known| known.world(of.index(), make))
}

/// The name as the world has it.
pub(super) fn atom_of(name: beam::AtomIndex) -> Atom {
    NAMES.with_borrow_mut(|known| known.world(name.index(), || Atom::new(name.as_str())))
}

/// The name as compiled code has it.
pub(super) fn name_of(atom: Atom) -> beam::AtomIndex {
    NAMES.with_borrow_mut(|known| known.code(atom, || beam::AtomIndex::new(atom.as_str())))
}

/// The pid as the world has it.
pub(super) fn pid_of(pid: beam::ProcessId) -> Pid {
    Pid::of(incarnation(pid.life), pid.number, pid.serial)
}

/// The pid as compiled code has it.
pub(super) fn pid_from(pid: Pid) -> beam::ProcessId {
    beam::ProcessId { life: life(pid.incarnation()), number: pid.number(), serial: pid.serial() }
}

/// The reference as the world has it: those of compiled code come from there.
pub(super) fn ref_of(reference: beam::Reference) -> Ref {
    Ref::of(incarnation(reference.life), reference.id as u64)
}

/// Can the world have the reference? Those of its nodes have no more than 64 bits.
pub(super) fn is_of_world(reference: &beam::Reference) -> bool {
    reference.last == 0 && reference.id >> 64 == 0
}

/// The reference as compiled code has it.
pub(super) fn ref_from(reference: Ref) -> beam::Reference {
    beam::Reference::new(life(reference.incarnation()), reference.id().into())
}

/// The value as a term.
pub(super) fn to_term(heap: &Heap, value: Value) -> Term {
    plain(heap, value, DEPTH_MAX).unwrap_or_else(|| {
        let bytes = encode(heap, value, ExternalFormat::Utf8Atoms);
        tuple![Term::atom(EXTERNAL), bytes]
    })
}

/// The value as a term, if the world has such terms.
fn plain(heap: &Heap, value: Value, depth: usize) -> Option<Term> {
    let plain = |value| plain(heap, value, depth.checked_sub(1)?);
    Some(match heap.kind(value) {
        ValueKind::Integer => match heap.as_integer(value) {
            Some(integer) => Term::from(integer),
            None => Term::from(heap.as_big_integer(value)?),
        },
        ValueKind::Float => Term::float(heap.as_float(value)?)?,
        ValueKind::Atom => Term::from(atom_of(value.as_atom()?)),
        ValueKind::Pid => Term::from(pid_of(heap.as_pid(value)?)),
        ValueKind::Reference => {
            Term::from(heap.as_reference(value).filter(is_of_world).map(ref_of)?)
        }
        ValueKind::Tuple => {
            let elements = heap.as_tuple(value)?.iter().map(|element| plain(*element));
            Term::Tuple(Tuple::from(elements.collect::<Option<Vec<Term>>>()?))
        }
        ValueKind::Map => {
            let pairs = heap.map_pairs(value)?.into_iter();
            let pairs = pairs.map(|(key, value)| Some((plain(key)?, plain(value)?)));
            Term::Map(Map::from(pairs.collect::<Option<Vec<_>>>()?))
        }
        ValueKind::Nil => list![],
        ValueKind::List => {
            let mut elements = heap.elements(value);
            let terms = elements.by_ref().map(&plain);
            let terms: Vec<Term> = terms.collect::<Option<_>>()?;
            match elements.rest() {
                Value::NIL => Term::from(terms),
                tail => Term::list_with_tail(terms, plain(tail)?),
            }
        }
        ValueKind::Bits => Term::binary(&heap.as_bytes(value)?),
        ValueKind::Fun | ValueKind::Port => return None,
    })
}

/// The term as a value.
pub(super) fn from_term(heap: &mut Heap, term: &Term) -> Value {
    let external = term.tagged(EXTERNAL).and_then(|parts| parts.first()?.as_binary());
    if let Some(Ok((value, _))) = external.map(|bytes| decode(heap, bytes)) {
        return value;
    }
    match term.view() {
        TermView::Integer(integer) => heap.integer(integer),
        TermView::BigInteger(integer) => heap.big_integer(integer),
        TermView::Float(float) => heap.float(float),
        TermView::Atom(atom) => name_of(atom).into(),
        TermView::Reference(reference) => heap.reference(ref_from(reference)),
        TermView::Pid(pid) => heap.pid(pid_from(pid)),
        TermView::Tuple(elements) => {
            let elements: Vec<Value> =
                elements.iter().map(|element| from_term(heap, element)).collect();
            heap.tuple(&elements)
        }
        TermView::Map(map) => {
            let pairs = map.iter();
            let pairs: Vec<_> =
                pairs.map(|(key, value)| (from_term(heap, key), from_term(heap, value))).collect();
            heap.map(&pairs)
        }
        TermView::List { elements, tail } => {
            let elements: Vec<Value> =
                elements.iter().map(|element| from_term(heap, element)).collect();
            match tail {
                Some(tail) => {
                    let tail = from_term(heap, tail);
                    heap.list_with_tail(&elements, tail)
                }
                None => heap.list(&elements),
            }
        }
        TermView::Binary(bytes) => heap.binary(bytes),
    }
}

/// The exit reason of a process that does not catch an exception.
pub(super) fn exit_reason(
    heap: &mut Heap,
    class: beam::native::Class,
    reason: Value,
    trace: Value,
) -> Term {
    let reason = match class {
        beam::native::Class::Exit => return to_term(heap, reason),
        beam::native::Class::Error => reason,
        beam::native::Class::Throw => heap.tuple(&[beam::atom::NOCATCH.into(), reason]),
    };
    let reason = heap.tuple(&[reason, trace]);
    to_term(heap, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beam::heap::ExternalFun;

    #[test]
    fn terms_go_into_the_code_and_come_back() {
        let mut heap = Heap::new();
        for text in [
            "{a,1,-5,1.5,\"text\",<<1,2>>,[],[1|2]}",
            "#{2 => #{},a => [1,{}]}",
            "123456789012345678901234567890",
        ] {
            let term: Term = text.parse().unwrap();
            let value = from_term(&mut heap, &term);
            assert_eq!(heap.print(value).to_string(), text);
            assert_eq!(to_term(&heap, value), term);
        }
        let node = Incarnation::new(Atom::new("a@x"), 2);
        for term in [Term::from(Pid::of(node, 85, 1)), Term::from(Ref::of(node, 1 << 40))] {
            let value = from_term(&mut heap, &term);
            assert_eq!(to_term(&heap, value), term);
        }
    }

    #[test]
    fn a_value_that_is_nested_deeply_travels_in_the_external_format() {
        let mut heap = Heap::new();
        let deep = (0..100_000).fold(Value::NIL, |inner, _| heap.tuple(&[inner]));
        let term = to_term(&heap, deep);
        assert_eq!(term.tagged(EXTERNAL).map(<[Term]>::len), Some(1));
        let back = from_term(&mut heap, &term);
        assert!(heap.equals(back, deep));
    }

    #[test]
    fn a_function_travels_in_the_external_format() {
        let mut heap = Heap::new();
        let fun = ExternalFun {
            module: beam::AtomIndex::new("lists"),
            function: beam::AtomIndex::new("map"),
            arity: 2,
        };
        let fun = heap.external_fun(fun);
        let message = heap.tuple(&[Value::small(1), fun]);
        let term = to_term(&heap, message);
        assert_eq!(term.tagged(EXTERNAL).map(<[Term]>::len), Some(1));
        let back = from_term(&mut heap, &term);
        assert!(heap.equals(back, message));
    }
}
