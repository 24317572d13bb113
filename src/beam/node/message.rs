//! Messages among compiled processes: they travel as they are, and are made terms for others only.

use std::cell::Cell;
use std::rc::Rc;

use super::MachineOfNode;
use super::convert::{EXTERNAL, atom_of, is_of_world, to_term};
use crate::beam::external::{ExternalFormat, encode};
use crate::beam::heap::{Fragment, Heap, ValueKind};
use crate::beam::value::Value;
use crate::engine::runtime::OpaqueMessage;
use crate::engine::term::{Atom, Term, external_size};

/// The deepest nesting of a message that others can read as it is.
pub(super) const DEPTH_MAX: usize = 500;

/// A message of a compiled process, by itself.
pub(super) struct Message {
    fragment: Fragment,
    /// The token of sequential tracing that it carries.
    token: Option<Box<Fragment>>,
    /// Its size on the wire, once that is known.
    size: Cell<Option<usize>>,
}

impl Message {
    /// A message for a process of the same node.
    pub(super) fn local(heap: &Heap, value: Value) -> Message {
        Message { fragment: heap.fragment(value), token: None, size: Cell::new(None) }
    }

    /// A message for another node.
    pub(super) fn remote(heap: &Heap, value: Value) -> Message {
        let size = 1 + size_of(heap, value, DEPTH_MAX).unwrap_or_else(|| {
            let bytes = encode(heap, value, ExternalFormat::Utf8Atoms).len();
            2 + atom_size(Atom::new(EXTERNAL)) + 5 + bytes
        });
        Message { fragment: heap.fragment(value), token: None, size: Cell::new(Some(size)) }
    }

    /// The same with a token, unless that is `[]`.
    pub(super) fn with_token(self, heap: &Heap, token: Value) -> Message {
        let token = (!token.is_nil()).then(|| Box::new(heap.fragment(token)));
        Message { token, ..self }
    }

    /// The token that it carries, or `[]`.
    pub(super) fn token(&self, heap: &mut Heap) -> Value {
        self.token.as_ref().map_or(Value::NIL, |token| heap.add_fragment(token))
    }

    /// The message as a value.
    pub(super) fn value(&self, heap: &mut Heap) -> Value {
        heap.add_fragment(&self.fragment)
    }
}

impl OpaqueMessage for Message {
    fn to_term(&self) -> Term {
        let mut heap = Heap::new();
        let value = self.value(&mut heap);
        to_term(&heap, value)
    }

    fn external_size(&self) -> usize {
        let size = self.size.get().unwrap_or_else(|| external_size(&self.to_term()));
        self.size.set(Some(size));
        size
    }

    fn may_be_down(&self) -> bool {
        self.fragment.is_tuple_of(DOWN_LEN)
    }
}

/// A message from one process of a node to another, which stays where it is on their heap. Others may
/// look at it only while no code runs on the node, or after its messages have settled.
pub(super) struct OnHeap {
    node: Rc<MachineOfNode>,
    place: u32,
}

impl OnHeap {
    #[inline]
    pub(super) fn new(node: &Rc<MachineOfNode>, value: Value) -> OnHeap {
        OnHeap { node: Rc::clone(node), place: node.transit.put(value) }
    }

    /// The message, on the heap of its node.
    #[inline]
    pub(super) fn value(&self) -> Value {
        self.node.transit.get(self.place)
    }

    fn fragment(&self) -> Fragment {
        self.node.transit.settled(self.place).unwrap_or_else(|| {
            let machine = self.node.machine.borrow();
            let machine = machine.as_ref().expect("a message comes from code that has run");
            machine.heap().fragment(self.value())
        })
    }
}

impl Drop for OnHeap {
    fn drop(&mut self) {
        self.node.transit.remove(self.place);
    }
}

impl OpaqueMessage for OnHeap {
    fn to_term(&self) -> Term {
        let mut heap = Heap::new();
        let value = heap.add_fragment(&self.fragment());
        to_term(&heap, value)
    }

    fn external_size(&self) -> usize {
        external_size(&self.to_term())
    }

    fn may_be_down(&self) -> bool {
        false
    }
}

/// The elements of the message of a monitor.
const DOWN_LEN: usize = 5;

/// Can it be the message of a monitor, which a process that gives up the monitor looks for while it
/// runs?
#[inline]
pub(super) fn may_be_down(heap: &Heap, value: Value) -> bool {
    heap.tuple_arity(value) == Some(DOWN_LEN)
}

fn atom_size(atom: Atom) -> usize {
    external_size(&Term::from(atom)) - 1
}

fn name_size(name: crate::beam::AtomIndex) -> usize {
    atom_size(atom_of(name))
}

/// The bytes of a value in the external format, if the world has such terms: as
/// [`external_size`](crate::engine::term::external_size) counts them.
fn size_of(heap: &Heap, value: Value, depth: usize) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    Some(match heap.kind(value) {
        ValueKind::Integer => match heap.as_integer(value) {
            Some(0..=255) => 2,
            Some(integer) if i32::try_from(integer).is_ok() => 5,
            Some(integer) => 3 + 8 - integer.unsigned_abs().leading_zeros() as usize / 8,
            None => match heap.as_big_integer(value)?.bits().div_ceil(8) as usize {
                bytes @ ..256 => 3 + bytes,
                bytes => 6 + bytes,
            },
        },
        ValueKind::Float => 9,
        ValueKind::Atom => name_size(value.as_atom()?),
        ValueKind::Pid => 1 + name_size(heap.as_pid(value)?.life.node()) + 12,
        ValueKind::Reference => {
            let reference = heap.as_reference(value).filter(is_of_world)?;
            3 + name_size(reference.life.node()) + 16
        }
        ValueKind::Tuple => {
            let elements = heap.as_tuple(value)?;
            let begin = if elements.len() < 256 { 2 } else { 5 };
            begin + sum(heap, elements.iter().copied(), depth)?
        }
        ValueKind::Map => {
            let pairs = heap.map_pairs(value)?.into_iter();
            5 + sum(heap, pairs.flat_map(|(key, value)| [key, value]), depth)?
        }
        ValueKind::Nil => 1,
        ValueKind::List => list_size(heap, value, depth)?,
        ValueKind::Bits => {
            let bits = heap.as_bits(value)?.len();
            bits.is_multiple_of(8).then_some(5 + bits / 8)?
        }
        ValueKind::Fun | ValueKind::Port => return None,
    })
}

fn sum(heap: &Heap, values: impl IntoIterator<Item = Value>, depth: usize) -> Option<usize> {
    values.into_iter().map(|value| size_of(heap, value, depth)).sum()
}

/// A list of at most this many bytes is a string.
const STRING_MAX: usize = 65_535;

fn list_size(heap: &Heap, list: Value, depth: usize) -> Option<usize> {
    let (mut size, mut len, mut is_string) = (0, 0, true);
    let mut elements = heap.elements(list);
    for element in elements.by_ref() {
        size += size_of(heap, element, depth)?;
        len += 1;
        is_string &= matches!(element.as_small(), Some(0..=255));
    }
    Some(match elements.rest() {
        Value::NIL if is_string && len <= STRING_MAX => 3 + len,
        Value::NIL => 6 + size,
        tail => 5 + size + size_of(heap, tail, depth)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beam::heap::ExternalFun;
    use crate::beam::node::convert::from_term;

    fn check(heap: &Heap, value: Value) {
        let (local, remote) = (Message::local(heap, value), Message::remote(heap, value));
        let term = to_term(heap, value);
        assert_eq!(remote.to_term(), term);
        let sizes = [local.external_size(), remote.external_size()];
        assert_eq!(sizes, [external_size(&term); 2], "{term}");
    }

    #[test]
    fn a_message_has_the_size_of_its_term() {
        let mut heap = Heap::new();
        let long = format!("[{}]", vec!["7"; 65_536].join(","));
        let wide = format!("{{{}}}", vec!["a"; 300].join(","));
        for text in [
            "{a,1,-5,255,256,-1,70000,3000000000,-3000000000,1.5,\"text\",<<1,2>>,[],[1|2],[a|b]}",
            "#{2 => #{},a => [1,{}],{x} => 'å€'}",
            "123456789012345678901234567890",
            "[1,2,300]",
            "[1,2,a|<<\"b\">>]",
            &long,
            &wide,
        ] {
            let term: Term = text.parse().unwrap();
            let value = from_term(&mut heap, &term);
            check(&heap, value);
        }
    }

    #[test]
    fn so_has_one_that_travels_in_the_external_format() {
        let mut heap = Heap::new();
        let (module, function) =
            (crate::beam::AtomIndex::new("m"), crate::beam::AtomIndex::new("f"));
        let fun = heap.external_fun(ExternalFun { module, function, arity: 1 });
        let message = heap.tuple(&[fun, Value::small(1)]);
        check(&heap, message);
        let deep = (0..1000).fold(Value::NIL, |inner, _| heap.tuple(&[inner]));
        check(&heap, deep);
    }
}
