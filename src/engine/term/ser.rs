//! From Rust's values to terms.

use std::cell::Cell;

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::names::{field_atom, variant_atom};
use super::{List, Map, Term, TermError, Tuple, passthrough};

/// The term that stands for a Rust value.
///
/// | Rust | term |
/// |---|---|
/// | unit variant `AddItem`, unit struct | atom `add_item` |
/// | newtype variant `Add(x)` | `{add,X}` |
/// | tuple variant `Move(x, y)` | `{move,X,Y}` |
/// | struct variant `Put { key, value }` | `{put,#{key => Key,value => Value}}` |
/// | struct | map with atoms for keys |
/// | newtype struct | what it holds |
/// | tuple, array, tuple struct | tuple |
/// | `Vec` and other sequences | list |
/// | maps | map |
/// | `bool` | atom `true` or `false` |
/// | integers, floats | the number |
/// | `str`, `String`, `char` | binary of UTF-8 |
/// | serde's bytes | binary |
/// | `()` | atom `ok` |
/// | `None`; `Some(x)` | atom `undefined`; `X` |
/// | `Ok(x)`; `Err(e)` | `{ok,X}`; `{error,E}` |
/// | [`Term`], [`Atom`](super::Atom), [`Pid`](super::Pid), [`Ref`](super::Ref) | itself |
///
/// The names of variants in capitals only (`#[serde(rename = "DOWN")]`) stay as they are. Two
/// shapes that give the same term are not told apart on the way back: `Some(None)` is `None`.
///
/// # Errors
/// If a float is not finite, or a `Serialize` of the value itself fails.
///
/// ```
/// # use nodedown::term::to_term;
/// #[derive(serde::Serialize)]
/// enum Request { AddItem(i64), Total }
///
/// assert_eq!(to_term(&Request::AddItem(5)).unwrap().to_string(), "{add_item,5}");
/// assert_eq!(to_term(&Request::Total).unwrap().to_string(), "total");
/// ```
pub fn to_term<T: Serialize + ?Sized>(value: &T) -> Result<Term, TermError> {
    let mut builder = SPARE.take();
    let result = value.serialize(&mut builder).map(|()| builder.pop());
    builder.terms.clear();
    builder.entries.clear();
    SPARE.set(builder);
    result
}

thread_local! {
    /// The stacks of the last call, to be used again.
    static SPARE: Cell<Builder> = const { Cell::new(Builder { terms: Vec::new(), entries: Vec::new() }) };
}

/// Builds a term from the leaves up: what is done lies on a stack, and a compound term takes its
/// parts from there into its one allocation.
#[derive(Default)]
struct Builder {
    terms: Vec<Term>,
    entries: Vec<(Term, Term)>,
}

impl Builder {
    #[expect(clippy::unnecessary_wraps, reason = "most methods of the serializer end with it")]
    fn push(&mut self, term: impl Into<Term>) -> Result<(), TermError> {
        self.terms.push(term.into());
        Ok(())
    }

    fn pop(&mut self) -> Term {
        self.terms.pop().expect("each value leaves its term on the stack")
    }

    fn build<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<Term, TermError> {
        value.serialize(&mut *self)?;
        Ok(self.pop())
    }

    fn entry<T: Serialize + ?Sized>(&mut self, key: Term, value: &T) -> Result<(), TermError> {
        let value = self.build(value)?;
        self.entries.push((key, value));
        Ok(())
    }
}

/// Elements that are being put on the stack; the tag of a tuple is the first of them.
struct Elements<'a> {
    builder: &'a mut Builder,
    start: usize,
}

impl<'a> Elements<'a> {
    fn new(builder: &'a mut Builder) -> Elements<'a> {
        Elements { start: builder.terms.len(), builder }
    }

    fn tuple(self) -> Result<(), TermError> {
        let tuple: Tuple = self.builder.terms.drain(self.start..).collect();
        self.builder.push(tuple)
    }

    fn list(self) -> Result<(), TermError> {
        let list: List = self.builder.terms.drain(self.start..).collect();
        self.builder.push(list)
    }
}

/// Keys and values that are being put on the stack.
struct Entries<'a> {
    builder: &'a mut Builder,
    start: usize,
    /// The tag of a struct variant.
    tag: Option<Term>,
    /// The key whose value comes next.
    key: Option<Term>,
}

impl<'a> Entries<'a> {
    fn new(builder: &'a mut Builder, tag: Option<Term>) -> Entries<'a> {
        Entries { start: builder.entries.len(), builder, tag, key: None }
    }

    fn map(self) -> Result<(), TermError> {
        Map::normalise(&mut self.builder.entries, self.start);
        let map = Term::Map(Map(self.builder.entries.drain(self.start..).collect()));
        match self.tag {
            Some(tag) => self.builder.push(Tuple::from([tag, map])),
            None => self.builder.push(map),
        }
    }
}

/// The atom of a variant; `Err` of a `Result` is Erlang's `error`.
fn tag(name: &str, variant: &'static str) -> Term {
    Term::Atom(match (name, variant) {
        ("Result", "Err") => crate::atom!("error"),
        _ => variant_atom(variant),
    })
}

macro_rules! leaves {
    ($($method:ident($leaf:ty))*) => {$(
        fn $method(self, value: $leaf) -> Result<(), TermError> {
            self.push(value)
        }
    )*};
}

impl<'a> Serializer for &'a mut Builder {
    type Ok = ();
    type Error = TermError;
    type SerializeSeq = Elements<'a>;
    type SerializeTuple = Elements<'a>;
    type SerializeTupleStruct = Elements<'a>;
    type SerializeTupleVariant = Elements<'a>;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Entries<'a>;
    type SerializeStructVariant = Entries<'a>;

    leaves! {
        serialize_bool(bool) serialize_str(&str) serialize_bytes(&[u8])
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64)
        serialize_i128(i128) serialize_u128(u128)
    }

    fn serialize_f32(self, value: f32) -> Result<(), TermError> {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Result<(), TermError> {
        self.push(Term::float(value).ok_or(TermError::NotFinite)?)
    }

    fn serialize_char(self, value: char) -> Result<(), TermError> {
        self.push(&*value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_unit(self) -> Result<(), TermError> {
        self.push(crate::atom!("ok"))
    }

    fn serialize_none(self) -> Result<(), TermError> {
        self.push(crate::atom!("undefined"))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), TermError> {
        value.serialize(self)
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), TermError> {
        self.push(variant_atom(name))
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), TermError> {
        self.push(tag(name, variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), TermError> {
        match passthrough::outgoing(name) {
            Some(term) => self.push(term),
            None => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), TermError> {
        let value = self.build(value)?;
        self.push(Tuple::from([tag(name, variant), value]))
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Elements<'a>, TermError> {
        Ok(Elements::new(self))
    }

    fn serialize_tuple(self, _len: usize) -> Result<Elements<'a>, TermError> {
        Ok(Elements::new(self))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _len: usize,
    ) -> Result<Elements<'a>, TermError> {
        Ok(Elements::new(self))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Elements<'a>, TermError> {
        let elements = Elements::new(self);
        elements.builder.push(tag(name, variant))?;
        Ok(elements)
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Entries<'a>, TermError> {
        Ok(Entries::new(self, None))
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Entries<'a>, TermError> {
        Ok(Entries::new(self, None))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Entries<'a>, TermError> {
        Ok(Entries::new(self, Some(tag(name, variant))))
    }
}

macro_rules! elements {
    ($($access:ident::$method:ident ends as $end:ident)*) => {$(
        impl $access for Elements<'_> {
            type Ok = ();
            type Error = TermError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), TermError> {
                value.serialize(&mut *self.builder)
            }

            fn end(self) -> Result<(), TermError> {
                self.$end()
            }
        }
    )*};
}

elements! {
    SerializeSeq::serialize_element ends as list
    SerializeTuple::serialize_element ends as tuple
    SerializeTupleStruct::serialize_field ends as tuple
    SerializeTupleVariant::serialize_field ends as tuple
}

macro_rules! fields {
    ($($access:ident)*) => {$(
        impl $access for Entries<'_> {
            type Ok = ();
            type Error = TermError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), TermError> {
                self.builder.entry(Term::Atom(field_atom(name)), value)
            }

            fn end(self) -> Result<(), TermError> {
                self.map()
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = TermError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), TermError> {
        self.key = Some(self.builder.build(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), TermError> {
        let key = self.key.take().expect("serde gives the key before its value");
        self.builder.entry(key, value)
    }

    fn end(self) -> Result<(), TermError> {
        self.map()
    }
}
