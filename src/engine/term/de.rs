//! From terms to Rust's values.

use num_bigint::BigInt;
use serde::Deserializer;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::names::variant_atom;
use super::{Term, TermError, passthrough};

/// Reads a Rust value from a term; the table at [`to_term`](super::to_term) says which.
///
/// Beyond that table it accepts what JSON can say, so that a term made from JSON is read as well:
/// binaries for the names of fields and variants, a list for a tuple, and a map of one key for a
/// variant with a value. Text is read from atoms too, and floats from integers. Unknown keys of a
/// map are ignored unless the type refuses them.
///
/// Types that serde buffers before it knows their shape (`untagged`, `flatten`, internally tagged)
/// see atoms as text, and can hold neither the enums of this table nor terms unchanged.
///
/// # Errors
/// If the term is of another shape; the error says which was expected, what was found and where.
///
/// ```
/// # use nodedown::{atom, map, term::{from_term, Term}};
/// #[derive(serde::Deserialize, Debug, PartialEq)]
/// struct Item { name: String, price: u32 }
///
/// let term = map! { atom!("name") => "tea", atom!("price") => 3 };
/// assert_eq!(from_term(&term), Ok(Item { name: "tea".to_owned(), price: 3 }));
///
/// let error = from_term::<Item>(&map! { atom!("name") => 5 }).unwrap_err();
/// assert_eq!(error.to_string(), "in name: expected text, found 5");
/// ```
pub fn from_term<'de, T: Deserialize<'de>>(term: &'de Term) -> Result<T, TermError> {
    T::deserialize(Source(term))
}

/// A term to be read.
#[derive(Clone, Copy)]
struct Source<'de>(&'de Term);

impl<'de> Source<'de> {
    /// The text of an atom or a binary.
    fn text(self) -> Option<&'de str> {
        match self.0 {
            Term::Atom(atom) => Some(atom.as_str()),
            other => other.as_str(),
        }
    }

    fn mismatch<T>(self, expected: &str) -> Result<T, TermError> {
        Err(TermError::mismatch(expected, self.0))
    }

    fn integer<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        match self.0 {
            Term::Integer(value) => visitor.visit_i64(*value),
            Term::BigInteger(value) => self.big_integer(value, visitor),
            _ => self.mismatch("an integer"),
        }
    }

    fn big_integer<V: Visitor<'de>>(
        self,
        value: &BigInt,
        visitor: V,
    ) -> Result<V::Value, TermError> {
        if let Ok(value) = u64::try_from(value) {
            visitor.visit_u64(value)
        } else if let Ok(value) = i128::try_from(value) {
            visitor.visit_i128(value)
        } else if let Ok(value) = u128::try_from(value) {
            visitor.visit_u128(value)
        } else {
            self.mismatch("an integer of at most 128 bits")
        }
    }

    fn float<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        match self.0 {
            Term::Float(value) => visitor.visit_f64(*value),
            Term::Integer(value) => visitor.visit_f64(*value as f64),
            // The nearest float, which is infinite for none but absurd integers.
            Term::BigInteger(value) => match value.to_string().parse() {
                Ok(float) if f64::is_finite(float) => visitor.visit_f64(float),
                _ => self.mismatch("a number that a float can hold"),
            },
            _ => self.mismatch("a number"),
        }
    }

    /// The elements of a tuple of `len`.
    fn tuple_of(self, len: usize) -> Result<&'de [Term], TermError> {
        match self.0.as_tuple().or(self.0.as_list()) {
            Some(terms) if terms.len() == len => Ok(terms),
            _ => self.mismatch(&format!("a tuple of {len}")),
        }
    }

    /// The name of a variant and what belongs to it.
    fn variant(self) -> Option<(&'de str, Payload<'de>)> {
        match self.0 {
            Term::Tuple(tuple) => {
                let (tag, rest) = tuple.split_first()?;
                Some((tag.as_atom()?.as_str(), Payload::Elements(self, rest)))
            }
            Term::Map(map) if map.len() == 1 => {
                let (key, value) = map.iter().next()?;
                Some((Source(key).text()?, Payload::Value(Source(value))))
            }
            _ => Some((self.text()?, Payload::Elements(self, &[]))),
        }
    }
}

macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
            self.integer(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Source<'de> {
    type Error = TermError;

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        match self.0 {
            Term::Integer(_) | Term::BigInteger(_) => self.integer(visitor),
            Term::Float(value) => visitor.visit_f64(*value),
            Term::Atom(atom) => match atom.as_str() {
                "true" => visitor.visit_bool(true),
                "false" => visitor.visit_bool(false),
                "undefined" => visitor.visit_none(),
                name => visitor.visit_borrowed_str(name),
            },
            Term::Pid(pid) => visitor.visit_string(pid.to_string()),
            Term::Reference(reference) => visitor.visit_string(reference.to_string()),
            Term::Tuple(tuple) => visitor.visit_seq(Elements(tuple)),
            Term::List(list) => visitor.visit_seq(Elements(list)),
            Term::ImproperList(list) => visitor.visit_seq(Elements(list.all())),
            Term::Map(map) => visitor.visit_map(Entries { rest: &map.0, value: None }),
            Term::Binary(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => visitor.visit_borrowed_str(text),
                Err(_) => visitor.visit_borrowed_bytes(bytes),
            },
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        match self.0.as_bool() {
            Some(value) => visitor.visit_bool(value),
            None => self.mismatch("true or false"),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        self.float(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        self.float(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        match self.text() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => self.mismatch("text"),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        match self.text() {
            Some(name) => visitor.visit_borrowed_str(name),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        match self.0.as_binary() {
            Some(bytes) => visitor.visit_borrowed_bytes(bytes),
            None => self.mismatch("a binary"),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        if self.0.is_atom("undefined") { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        if self.0.is_atom("ok") { visitor.visit_unit() } else { self.mismatch("the atom ok") }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, TermError> {
        let atom = variant_atom(name);
        match self.text() {
            Some(text) if text == name || atom == text => visitor.visit_unit(),
            _ => self.mismatch(&format!("the atom {atom}")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, TermError> {
        passthrough::offer(name, self.0);
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        match self.0.as_list() {
            Some(list) => visitor.visit_seq(Elements(list)),
            None => self.mismatch("a list"),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, TermError> {
        visitor.visit_seq(Elements(self.tuple_of(len)?))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, TermError> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        match self.0.as_map() {
            Some(map) => visitor.visit_map(Entries { rest: &map.0, value: None }),
            None => self.mismatch("a map"),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TermError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TermError> {
        let Some((tag, payload)) = self.variant() else {
            return self.mismatch("an atom, or a tuple that starts with one");
        };
        let named = |name: &'static str| name == tag || variant_atom(name) == tag;
        let variant = match (name, tag) {
            ("Result", "error") => "Err",
            // An unknown name is left to the type, which may have a variant for all others.
            _ => variants.iter().copied().find(|name| named(name)).unwrap_or(tag),
        };
        visitor.visit_enum(Variant { variant, payload })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TermError> {
        visitor.visit_unit()
    }
}

/// The elements of a tuple or list that are still to be read.
struct Elements<'de>(&'de [Term]);

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = TermError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, TermError> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(None) };
        self.0 = rest;
        seed.deserialize(Source(first)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The entries of a map that are still to be read.
struct Entries<'de> {
    rest: &'de [(Term, Term)],
    /// The entry whose key was read last.
    value: Option<&'de (Term, Term)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = TermError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, TermError> {
        let Some((first, rest)) = self.rest.split_first() else { return Ok(None) };
        self.rest = rest;
        self.value = Some(first);
        seed.deserialize(Source(&first.0)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, TermError> {
        let (key, value) = self.value.take().expect("serde asks for the key before its value");
        seed.deserialize(Source(value)).map_err(|error| error.within(key))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// A variant whose name is known.
struct Variant<'de> {
    variant: &'de str,
    payload: Payload<'de>,
}

/// The content of a variant.
enum Payload<'de> {
    /// The elements of the tuple (the first part) behind the tag.
    Elements(Source<'de>, &'de [Term]),
    /// The one value of a map.
    Value(Source<'de>),
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = TermError;
    type Variant = Payload<'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Payload<'de>), TermError> {
        let name = seed.deserialize(BorrowedStrDeserializer::<TermError>::new(self.variant))?;
        Ok((name, self.payload))
    }
}

impl<'de> VariantAccess<'de> for Payload<'de> {
    type Error = TermError;

    fn unit_variant(self) -> Result<(), TermError> {
        match self {
            Payload::Elements(_, []) => Ok(()),
            Payload::Elements(whole, _) => whole.mismatch("the atom alone"),
            Payload::Value(value) => value.mismatch("the name alone"),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, TermError> {
        match self {
            Payload::Elements(_, [value]) => seed.deserialize(Source(value)),
            Payload::Elements(whole, _) => whole.mismatch("a tag and a value"),
            Payload::Value(value) => seed.deserialize(value),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, TermError> {
        match self {
            Payload::Elements(_, values) if values.len() == len => {
                visitor.visit_seq(Elements(values))
            }
            Payload::Elements(whole, _) => whole.mismatch(&format!("a tag and {len} values")),
            Payload::Value(value) => value.deserialize_tuple(len, visitor),
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TermError> {
        match self {
            Payload::Elements(_, [value]) => Source(value).deserialize_map(visitor),
            Payload::Elements(whole, _) => whole.mismatch("a tag and a map"),
            Payload::Value(value) => value.deserialize_map(visitor),
        }
    }
}
