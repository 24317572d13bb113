//! The rows of a table in their order, in chunks that are split as they grow.

use crate::beam::value::Value;

/// The most rows of a chunk.
const CHUNK: usize = 256;

/// A row, and what it is ordered by before its key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The rank of its key; 0 in tables that are ordered by key.
    pub(super) hash: u32,
    /// The tuple.
    pub(super) tuple: Value,
}

/// A place between rows: before the row that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    chunk: usize,
    index: usize,
}

/// Rows in an order that whoever inserts them keeps.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// None is empty.
    chunks: Vec<Vec<Row>>,
    len: usize,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// All rows, in their order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Row> {
        self.chunks.iter().flatten()
    }

    /// All tuples, to be moved by a collection.
    pub(super) fn tuples_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.chunks.iter_mut().flatten().map(|row| &mut row.tuple)
    }

    pub(super) fn start() -> Place {
        Place { chunk: 0, index: 0 }
    }

    pub(super) fn end(&self) -> Place {
        Place { chunk: self.chunks.len(), index: 0 }
    }

    pub(super) fn get(&self, place: Place) -> Option<Row> {
        self.chunks.get(place.chunk)?.get(place.index).copied()
    }

    /// The place of the row that has so many before it.
    pub(super) fn place(&self, mut index: usize) -> Option<Place> {
        for (chunk, rows) in self.chunks.iter().enumerate() {
            if index < rows.len() {
                return Some(Place { chunk, index });
            }
            index -= rows.len();
        }
        None
    }

    /// The place after the row at a place.
    pub(super) fn after(&self, place: Place) -> Place {
        let next = Place { index: place.index + 1, ..place };
        match self.chunks.get(place.chunk) {
            Some(chunk) if next.index < chunk.len() => next,
            Some(_) => Place { chunk: place.chunk + 1, index: 0 },
            None => place,
        }
    }

    /// The place of the row before a place.
    pub(super) fn before(&self, place: Place) -> Option<Place> {
        if place.index > 0 {
            return Some(Place { index: place.index - 1, ..place });
        }
        let chunk = place.chunk.checked_sub(1)?;
        Some(Place { chunk, index: self.chunks[chunk].len() - 1 })
    }

    /// The first place whose row is not before what is looked for.
    pub(super) fn find(&self, is_before: impl Fn(Row) -> bool) -> Place {
        let chunk =
            self.chunks.partition_point(|chunk| chunk.last().is_some_and(|row| is_before(*row)));
        let index =
            self.chunks.get(chunk).map_or(0, |rows| rows.partition_point(|row| is_before(*row)));
        Place { chunk, index }
    }

    /// Puts a row before the one at a place.
    pub(super) fn insert(&mut self, place: Place, row: Row) {
        self.len += 1;
        let Place { chunk, index } = place;
        if chunk == self.chunks.len() {
            match self.chunks.last_mut() {
                Some(last) if last.len() < CHUNK => last.push(row),
                Some(_) | None => self.chunks.push(vec![row]),
            }
            return;
        }
        self.chunks[chunk].insert(index, row);
        if self.chunks[chunk].len() > CHUNK {
            let rest = self.chunks[chunk].split_off(CHUNK / 2);
            self.chunks.insert(chunk + 1, rest);
        }
    }

    /// Puts another row in the place of one.
    pub(super) fn replace(&mut self, place: Place, tuple: Value) {
        if let Some(row) = self.chunks.get_mut(place.chunk).and_then(|it| it.get_mut(place.index)) {
            row.tuple = tuple;
        }
    }

    /// Takes a row out; what followed it is at its place then, or at the beginning of the next
    /// chunk.
    pub(super) fn remove(&mut self, place: Place) {
        self.len -= 1;
        let chunk = &mut self.chunks[place.chunk];
        chunk.remove(place.index);
        if chunk.is_empty() {
            self.chunks.remove(place.chunk);
        }
    }

    /// A place as it is meant: one behind the last row of a chunk is the beginning of the next.
    pub(super) fn settled(&self, place: Place) -> Place {
        match self.chunks.get(place.chunk) {
            Some(chunk) if place.index >= chunk.len() => Place { chunk: place.chunk + 1, index: 0 },
            Some(_) | None => place,
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Rows::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_in_order_whatever_is_inserted_and_removed() {
        let (mut rows, mut expected) = (Rows::default(), Vec::new());
        let mut state = 1_u32;
        for _ in 0..5000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let hash = state >> 20;
            let place = rows.find(|row| row.hash < hash);
            if rows.get(place).is_some_and(|row| row.hash == hash) && state & 0x100 == 0 {
                rows.remove(place);
                expected.remove(expected.binary_search(&hash).unwrap());
            } else if expected.binary_search(&hash).is_err() {
                rows.insert(place, Row { hash, tuple: Value::NIL });
                expected.insert(expected.binary_search(&hash).unwrap_err(), hash);
            }
        }
        assert!(expected.len() > 1000);
        assert_eq!(rows.iter().map(|row| row.hash).collect::<Vec<_>>(), expected);
        let (mut place, mut found) = (Rows::start(), Vec::new());
        while let Some(row) = rows.get(place) {
            found.push(row.hash);
            place = rows.after(place);
        }
        assert_eq!((found, place), (expected, rows.end()));
    }
}
