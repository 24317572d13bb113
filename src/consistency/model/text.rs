//! Texts that are appended to; what two texts have in common at their beginnings is kept once.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use crate::engine::term::Term;

/// A text. A copy takes no room, and one that is longer takes room only for what it has more.
#[derive(Clone, Default)]
pub struct Text {
    last: Option<Rc<Piece>>,
}

/// Appended bytes, at least one, and the text before them.
struct Piece {
    bytes: Term,
    before: Option<Rc<Piece>>,
    /// The bytes up to the end of this one.
    length: usize,
    /// A hash of these, which is the same however they are cut into pieces.
    hash: u64,
}

/// The base of the hashes: each byte counts that much more than the one behind it.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

impl Text {
    /// The text of a binary.
    pub(super) fn of(bytes: &Term) -> Text {
        Text::default().with(bytes)
    }

    /// The text with the bytes of a binary behind it.
    #[must_use]
    pub(super) fn with(&self, bytes: &Term) -> Text {
        let added = bytes.as_binary().unwrap_or_default();
        if added.is_empty() {
            return self.clone();
        }
        let behind =
            |hash: u64, byte: &u8| hash.wrapping_mul(BASE).wrapping_add(u64::from(*byte) + 1);
        let piece = Piece {
            bytes: bytes.clone(),
            before: self.last.clone(),
            length: self.len() + added.len(),
            hash: added.iter().fold(self.hash_of_all(), behind),
        };
        Text { last: Some(Rc::new(piece)) }
    }

    pub(super) fn len(&self) -> usize {
        self.last.as_ref().map_or(0, |piece| piece.length)
    }

    fn hash_of_all(&self) -> u64 {
        self.last.as_ref().map_or(0, |piece| piece.hash)
    }

    /// True if other bytes begin with this text.
    pub(super) fn begins(&self, other: &[u8]) -> bool {
        self.len() <= other.len()
            && self.pieces().all(|piece| {
                let bytes = piece.bytes();
                other[piece.length - bytes.len()..piece.length] == *bytes
            })
    }

    /// The text as a binary.
    pub(super) fn binary(&self) -> Term {
        let mut pieces: Vec<&[u8]> = self.pieces().map(Piece::bytes).collect();
        pieces.reverse();
        Term::binary(&pieces.concat())
    }

    /// The pieces, the last one first.
    fn pieces(&self) -> impl Iterator<Item = &Piece> {
        std::iter::successors(self.last.as_deref(), |piece| piece.before.as_deref())
    }

    /// About how many bytes a text takes that has one piece more than another one.
    pub(super) fn size(&self) -> usize {
        let last = self.last.as_ref().map_or(0, |piece| piece.bytes().len());
        size_of::<Text>() + size_of::<Piece>() + 4 * size_of::<usize>() + last
    }
}

impl Piece {
    fn bytes(&self) -> &[u8] {
        self.bytes.as_binary().unwrap_or_default()
    }
}

impl Drop for Piece {
    /// One after the other, as many pieces would take too deep a stack.
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(Ok(mut piece)) = next.map(Rc::try_unwrap) {
            next = piece.before.take();
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        if (self.len(), self.hash_of_all()) != (other.len(), other.hash_of_all()) {
            return false;
        }
        let (mut one, mut two) = (self.last.as_deref(), other.last.as_deref());
        // What is still to be compared of the piece of each, from its end.
        let (mut rest, mut other_rest) = (bytes(one), bytes(two));
        while let (Some(piece), Some(other_piece)) = (one, two) {
            if std::ptr::eq(piece, other_piece) && rest.len() == other_rest.len() {
                return true;
            }
            let length = rest.len().min(other_rest.len());
            let (head, tail) = rest.split_at(rest.len() - length);
            let (other_head, other_tail) = other_rest.split_at(other_rest.len() - length);
            if tail != other_tail {
                return false;
            }
            (rest, other_rest) = (head, other_head);
            if rest.is_empty() {
                one = piece.before.as_deref();
                rest = bytes(one);
            }
            if other_rest.is_empty() {
                two = other_piece.before.as_deref();
                other_rest = bytes(two);
            }
        }
        true
    }
}

fn bytes(piece: Option<&Piece>) -> &[u8] {
    piece.map(Piece::bytes).unwrap_or_default()
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.len(), self.hash_of_all()).hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.binary(), f)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::DefaultHasher;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_does_what_a_string_does(
            steps in prop::collection::vec((0..6_usize, "[ab]{0,3}"), 0..40),
        ) {
            let mut met: Vec<(Text, String)> = vec![(Text::default(), String::new())];
            for (from, added) in steps {
                let (text, string) = &met[from.min(met.len() - 1)];
                let longer = (text.with(&added.as_str().into()), format!("{string}{added}"));
                prop_assert_eq!(longer.0.binary(), Term::from(longer.1.as_str()));
                met.insert(0, longer);
            }
            for (one, string) in &met {
                for (other, others) in &met {
                    prop_assert_eq!(one == other, string == others);
                    prop_assert!(one != other || hash(one) == hash(other));
                    prop_assert_eq!(one.begins(others.as_bytes()), others.starts_with(string));
                }
            }
        }
    }

    fn hash(text: &Text) -> u64 {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn a_text_of_many_pieces_is_dropped_without_a_deep_stack() {
        let piece = Term::from("a");
        let long = (0..1_000_000).fold(Text::default(), |text, _| text.with(&piece));
        assert_eq!(long.len(), 1_000_000);
    }
}
