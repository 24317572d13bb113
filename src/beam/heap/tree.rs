//! Large maps: trees of pairs in the order of their keys, balanced by weight. A change copies the
//! way from the root to the pair.

use std::cmp::Ordering;

use super::Heap;
use super::object::kind;
use crate::beam::value::Value;

/// The ratio by which a subtree may be larger than the other.
const DELTA: i64 = 3;
/// From which ratio of its own subtrees on a larger subtree is turned twice.
const RATIO: i64 = 2;

/// A node of a tree.
#[derive(Clone, Copy)]
pub(in crate::beam) struct Node {
    pub(in crate::beam) key: Value,
    pub(in crate::beam) value: Value,
    pub(in crate::beam) lesser: Value,
    pub(in crate::beam) greater: Value,
}

impl Heap {
    #[inline]
    pub(in crate::beam) fn node(&self, tree: Value) -> Node {
        let words = self.object(tree);
        Node { key: words[1], value: words[2], lesser: words[3], greater: words[4] }
    }

    pub(in crate::beam) fn tree_size(&self, tree: Value) -> i64 {
        if tree.is_nil() { 0 } else { self.object(tree)[0].small_value() }
    }

    fn make_node(&mut self, key: Value, value: Value, lesser: Value, greater: Value) -> Value {
        let size = Value::small(1 + self.tree_size(lesser) + self.tree_size(greater));
        self.make(kind::TREE_MAP, &[size, key, value, lesser, greater])
    }

    /// The tree of pairs that stand in the order of their keys.
    pub(in crate::beam) fn tree_of(&mut self, pairs: &[(Value, Value)]) -> Value {
        if pairs.is_empty() {
            return Value::NIL;
        }
        let middle = pairs.len() / 2;
        let lesser = self.tree_of(&pairs[..middle]);
        let greater = self.tree_of(&pairs[middle + 1..]);
        self.make_node(pairs[middle].0, pairs[middle].1, lesser, greater)
    }

    pub(in crate::beam) fn tree_get(&self, mut tree: Value, key: Value) -> Option<Value> {
        while !tree.is_nil() {
            let node = self.node(tree);
            match self.compare_exact(key, node.key) {
                Ordering::Less => tree = node.lesser,
                Ordering::Greater => tree = node.greater,
                Ordering::Equal => return Some(node.value),
            }
        }
        None
    }

    pub(in crate::beam) fn tree_put(&mut self, tree: Value, key: Value, value: Value) -> Value {
        if tree.is_nil() {
            return self.make_node(key, value, Value::NIL, Value::NIL);
        }
        let node = self.node(tree);
        match self.compare_exact(key, node.key) {
            Ordering::Less => {
                let lesser = self.tree_put(node.lesser, key, value);
                if lesser == node.lesser {
                    return tree;
                }
                self.balance(node.key, node.value, lesser, node.greater)
            }
            Ordering::Greater => {
                let greater = self.tree_put(node.greater, key, value);
                if greater == node.greater {
                    return tree;
                }
                self.balance(node.key, node.value, node.lesser, greater)
            }
            Ordering::Equal if node.value == value => tree,
            Ordering::Equal => self.make_node(node.key, value, node.lesser, node.greater),
        }
    }

    /// The tree without `key`, which is in it.
    pub(in crate::beam) fn tree_remove(&mut self, tree: Value, key: Value) -> Value {
        let node = self.node(tree);
        match self.compare_exact(key, node.key) {
            Ordering::Less => {
                let lesser = self.tree_remove(node.lesser, key);
                self.balance(node.key, node.value, lesser, node.greater)
            }
            Ordering::Greater => {
                let greater = self.tree_remove(node.greater, key);
                self.balance(node.key, node.value, node.lesser, greater)
            }
            Ordering::Equal if node.lesser.is_nil() => node.greater,
            Ordering::Equal if node.greater.is_nil() => node.lesser,
            Ordering::Equal => {
                let (first, greater) = self.tree_take_first(node.greater);
                self.balance(first.key, first.value, node.lesser, greater)
            }
        }
    }

    /// The first pair of a tree, and the tree without it.
    fn tree_take_first(&mut self, tree: Value) -> (Node, Value) {
        let node = self.node(tree);
        if node.lesser.is_nil() {
            return (node, node.greater);
        }
        let (first, lesser) = self.tree_take_first(node.lesser);
        (first, self.balance(node.key, node.value, lesser, node.greater))
    }

    fn balance(&mut self, key: Value, value: Value, lesser: Value, greater: Value) -> Value {
        let (left, right) = (self.tree_size(lesser), self.tree_size(greater));
        if left + right < 2 || left <= DELTA * right && right <= DELTA * left {
            return self.make_node(key, value, lesser, greater);
        }
        if right > left {
            self.turn_left(key, value, lesser, greater)
        } else {
            self.turn_right(key, value, lesser, greater)
        }
    }

    fn turn_left(&mut self, key: Value, value: Value, lesser: Value, greater: Value) -> Value {
        let node = self.node(greater);
        if self.tree_size(node.lesser) < RATIO * self.tree_size(node.greater) {
            let lesser = self.make_node(key, value, lesser, node.lesser);
            return self.make_node(node.key, node.value, lesser, node.greater);
        }
        let middle = self.node(node.lesser);
        let lesser = self.make_node(key, value, lesser, middle.lesser);
        let greater = self.make_node(node.key, node.value, middle.greater, node.greater);
        self.make_node(middle.key, middle.value, lesser, greater)
    }

    fn turn_right(&mut self, key: Value, value: Value, lesser: Value, greater: Value) -> Value {
        let node = self.node(lesser);
        if self.tree_size(node.greater) < RATIO * self.tree_size(node.lesser) {
            let greater = self.make_node(key, value, node.greater, greater);
            return self.make_node(node.key, node.value, node.lesser, greater);
        }
        let middle = self.node(node.greater);
        let greater = self.make_node(key, value, middle.greater, greater);
        let lesser = self.make_node(node.key, node.value, node.lesser, middle.lesser);
        self.make_node(middle.key, middle.value, lesser, greater)
    }

    /// Appends the pairs of a tree in the order of their keys.
    pub(in crate::beam) fn tree_pairs(&self, tree: Value, pairs: &mut Vec<(Value, Value)>) {
        if !tree.is_nil() {
            let node = self.node(tree);
            self.tree_pairs(node.lesser, pairs);
            pairs.push((node.key, node.value));
            self.tree_pairs(node.greater, pairs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_balance(heap: &Heap, tree: Value) -> i64 {
        if tree.is_nil() {
            return 0;
        }
        let node = heap.node(tree);
        let (left, right) = (check_balance(heap, node.lesser), check_balance(heap, node.greater));
        assert_eq!(heap.tree_size(tree), left + right + 1);
        assert!(left + right < 2 || left <= DELTA * right && right <= DELTA * left);
        left + right + 1
    }

    #[test]
    fn a_tree_stays_balanced_and_in_order() {
        let mut heap = Heap::new();
        let mut tree = Value::NIL;
        let key = |index: i64| Value::small(index * 7919 % 1009);
        for index in 0..1009 {
            tree = heap.tree_put(tree, key(index), Value::small(index));
            check_balance(&heap, tree);
        }
        for index in (0..1009).step_by(2) {
            assert_eq!(heap.tree_get(tree, key(index)), Some(Value::small(index)));
            tree = heap.tree_remove(tree, key(index));
            check_balance(&heap, tree);
            assert_eq!(heap.tree_get(tree, key(index)), None);
        }
        let mut pairs = Vec::new();
        heap.tree_pairs(tree, &mut pairs);
        let keys: Vec<i64> = pairs.iter().map(|(key, _)| key.small_value()).collect();
        assert_eq!(keys.len(), 504);
        assert!(keys.is_sorted());
    }
}
