//! A map from names, for looking things up often.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::Atom;

/// Values by names. It has no order of its own that could be seen: it is looked up in, not walked
/// through.
///
/// ```
/// use nodedown::atom;
/// use nodedown::term::AtomMap;
///
/// let mut map = AtomMap::default();
/// map.insert(atom!("b"), 2);
/// map.insert(atom!("a"), 1);
/// assert_eq!(map.get(atom!("b")), Some(&2));
/// assert_eq!(map.names(), [atom!("a"), atom!("b")]);
/// ```
#[derive(Clone, Debug)]
pub struct AtomMap<V>(HashMap<Atom, V, FxBuildHasher>);

impl<V> AtomMap<V> {
    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: Atom) -> Option<&V> {
        self.0.get(&name)
    }

    /// Gives a name a value; returns the former one.
    pub fn insert(&mut self, name: Atom, value: V) -> Option<V> {
        self.0.insert(name, value)
    }

    /// Takes a name away; returns its value.
    pub fn remove(&mut self, name: Atom) -> Option<V> {
        self.0.remove(&name)
    }

    /// Takes all names away.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// All names, in their order.
    #[must_use]
    pub fn names(&self) -> Vec<Atom> {
        let mut names: Vec<Atom> = self.0.keys().copied().collect();
        names.sort_unstable();
        names
    }
}

impl<V> Default for AtomMap<V> {
    fn default() -> AtomMap<V> {
        AtomMap(HashMap::default())
    }
}
