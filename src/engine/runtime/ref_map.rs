//! Maps by references.

use std::collections::BTreeMap;

use crate::engine::term::Ref;

/// Values by references, in the order of these.
///
/// Most maps have few entries, which come and go with each call: these stay in one piece of memory.
#[derive(Debug)]
pub(super) enum RefMap<V> {
    Few(Vec<(Ref, V)>),
    Many(BTreeMap<Ref, V>),
}

/// So many entries are few.
const FEW: usize = 16;

impl<V> Default for RefMap<V> {
    fn default() -> RefMap<V> {
        RefMap::Few(Vec::new())
    }
}

impl<V> RefMap<V> {
    pub(super) fn get(&self, key: &Ref) -> Option<&V> {
        match self {
            RefMap::Few(few) => few.iter().find(|(known, _)| known == key).map(|(_, value)| value),
            RefMap::Many(many) => many.get(key),
        }
    }

    pub(super) fn insert(&mut self, key: Ref, value: V) {
        if let RefMap::Few(few) = self
            && few.len() == FEW
        {
            *self = RefMap::Many(few.drain(..).collect());
        }
        match self {
            RefMap::Few(few) => {
                // A new reference is greater than those before it.
                let is_last = few.last().is_none_or(|(last, _)| *last < key);
                let place = if is_last {
                    Err(few.len())
                } else {
                    few.binary_search_by(|(known, _)| known.cmp(&key))
                };
                match place {
                    Ok(place) => few[place].1 = value,
                    Err(place) => few.insert(place, (key, value)),
                }
            }
            RefMap::Many(many) => {
                many.insert(key, value);
            }
        }
    }

    pub(super) fn remove(&mut self, key: &Ref) -> Option<V> {
        match self {
            RefMap::Few(few) => {
                let place = few.iter().position(|(known, _)| known == key)?;
                Some(few.remove(place).1)
            }
            RefMap::Many(many) => {
                let removed = many.remove(key);
                if many.is_empty() {
                    *self = RefMap::default();
                }
                removed
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Ref, &V)> {
        let (few, many) = match self {
            RefMap::Few(few) => (Some(few), None),
            RefMap::Many(many) => (None, Some(many)),
        };
        let few = few.into_iter().flatten().map(|(key, value)| (key, value));
        few.chain(many.into_iter().flatten())
    }

    pub(super) fn into_entries(self) -> Vec<(Ref, V)> {
        match self {
            RefMap::Few(few) => few,
            RefMap::Many(many) => many.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::term::{Atom, Incarnation};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_has_what_an_ordered_map_has(steps in prop::collection::vec((0..40_u64, 0..3_u8), 0..200)) {
            let node = Incarnation::new(Atom::new("a@x"), 1);
            let (mut map, mut model) = (RefMap::default(), BTreeMap::new());
            for (number, (key, kind)) in steps.into_iter().enumerate() {
                let key = Ref::of(node, key);
                if kind == 0 {
                    prop_assert_eq!(map.remove(&key), model.remove(&key));
                } else {
                    map.insert(key, number);
                    model.insert(key, number);
                }
                prop_assert_eq!(map.get(&key), model.get(&key));
                prop_assert!(map.iter().eq(model.iter()));
            }
            prop_assert_eq!(map.into_entries(), Vec::from_iter(model));
        }
    }
}
