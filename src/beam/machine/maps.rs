//! Instructions on maps, and on records.

use super::thread::{Thread, callers};
use crate::beam::atom;
use crate::beam::heap::Fun;
use crate::beam::image::Image;
use crate::beam::image::op::List;
use crate::beam::native::Raise;
use crate::beam::value::Value;

impl Thread<'_> {
    /// The values of a list of operands.
    pub(super) fn values(&self, image: &Image, list: List) -> Vec<Value> {
        let items = &image.lists[list.start as usize..(list.start + list.len) as usize];
        items.iter().map(|item| self.list_get(image, *item)).collect()
    }

    fn pairs(&self, image: &Image, list: List) -> Vec<(Value, Value)> {
        let values = self.values(image, list);
        values.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
    }

    /// `Map#{Key => Value}`.
    pub(super) fn put_map(
        &mut self,
        image: &Image,
        map: Value,
        list: List,
    ) -> Result<Value, Raise> {
        let pairs = self.pairs(image, list);
        match self.heap.map_put_all(map, &pairs) {
            Some(map) => Ok(map),
            None => Err(self.error_about(atom::BADMAP, map)),
        }
    }

    /// `Map#{Key := Value}`.
    pub(super) fn update_map(
        &mut self,
        image: &Image,
        map: Value,
        list: List,
    ) -> Result<Value, Raise> {
        if !self.heap.is_map(map) {
            return Err(self.error_about(atom::BADMAP, map));
        }
        let pairs = self.pairs(image, list);
        let heap = &*self.heap;
        let missing = pairs.iter().filter(|pair| heap.map_get(map, pair.0).is_none());
        // Erlang looks for them in the order of the keys.
        if let Some((key, _)) = missing.min_by(|a, b| heap.compare_exact(a.0, b.0)) {
            return Err(self.error_about(atom::BADKEY, *key));
        }
        self.heap.map_put_all(map, &pairs).ok_or(callers(Raise::BADARG))
    }

    /// Has the map all these keys?
    pub(super) fn has_fields(&self, image: &Image, map: Value, list: u32, len: u16) -> bool {
        let items = &image.lists[list as usize..list as usize + usize::from(len)];
        let mut keys = items.iter().map(|item| self.list_get(image, *item));
        keys.all(|key| self.heap.map_get(map, key).is_some())
    }

    /// Takes the values of these keys out of the map; false when one is missing.
    pub(super) fn get_fields(&mut self, image: &Image, map: Value, list: u32, len: u16) -> bool {
        let items = &image.lists[list as usize..list as usize + usize::from(len)];
        for pair in items.chunks_exact(2) {
            let key = self.list_get(image, pair[0]);
            match self.heap.map_get(map, key) {
                Some(value) => self.list_set(pair[1], value),
                None => return false,
            }
        }
        true
    }

    /// A tuple with other elements at some places.
    pub(super) fn update_record(&mut self, image: &Image, tuple: Value, list: List) -> Value {
        let mut elements = self.heap.as_tuple(tuple).unwrap_or_default().to_vec();
        for pair in self.values(image, list).chunks_exact(2) {
            let index = pair[0].as_small().unwrap_or(0) as usize;
            if let Some(element) = elements.get_mut(index.wrapping_sub(1)) {
                *element = pair[1];
            }
        }
        self.heap.tuple(&elements)
    }

    /// An anonymous function of the image.
    pub(super) fn make_fun(&mut self, image: &Image, fun: u32, list: List) -> Value {
        let entry = image.funs[fun as usize];
        let value = self.heap.begin_fun(Fun {
            module: image.name,
            index: fun,
            uniq: entry.uniq,
            arity: entry.arity,
            image: image.number,
            free: list.len as usize,
        });
        for item in &image.lists[list.start as usize..(list.start + list.len) as usize] {
            let variable = self.list_get(image, *item);
            self.heap.push(variable);
        }
        value
    }
}
