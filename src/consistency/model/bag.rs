//! Values without an order, each as often as it is there; what two bags have in common is kept
//! once.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use crate::engine::term::Term;

/// A multiset of values. A copy takes no room, and a bag with one value more or less takes room
/// only for the few nodes that differ.
///
/// It is a treap (Seidel and Aragon, *Randomized search trees*, 1996) whose priorities are hashes of
/// the values, so that equal bags have equal trees.
#[derive(Clone, Default)]
pub struct Bag {
    root: Tree,
}

type Tree = Option<Rc<Node>>;

/// A value that is in the bag, with those below it: the smaller ones left, the larger ones right.
#[derive(Clone)]
struct Node {
    value: Term,
    times: u32,
    /// The highest is at the top.
    priority: u64,
    left: Tree,
    right: Tree,
    /// The number of different values from here on.
    count: usize,
    /// A hash of these, which is the same however they came to be there.
    hash: u64,
}

impl Bag {
    /// The bag with a value once more.
    #[must_use]
    pub(super) fn with(&self, value: &Term) -> Bag {
        Bag { root: Some(insert(self.root.as_ref(), value, hash_of(value))) }
    }

    /// The bag with a value once less; `None` if it is not there.
    pub(super) fn without(&self, value: &Term) -> Option<Bag> {
        self.contains(value).then(|| Bag { root: remove(self.root.as_ref(), value) })
    }

    pub(super) fn contains(&self, value: &Term) -> bool {
        self.times(value) > 0
    }

    /// The number of times that a value is there.
    pub(super) fn times(&self, value: &Term) -> usize {
        let mut tree = self.root.as_deref();
        while let Some(node) = tree {
            tree = match value.cmp(&node.value) {
                Ordering::Less => node.left.as_deref(),
                Ordering::Equal => return node.times as usize,
                Ordering::Greater => node.right.as_deref(),
            };
        }
        0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// The number of different values.
    fn count(&self) -> usize {
        count(self.root.as_ref())
    }

    /// True if every value of this bag is in the other one.
    pub(super) fn is_within(&self, other: &Bag) -> bool {
        if self.count() > other.count() {
            return false;
        }
        let mut others = other.nodes();
        self.nodes().all(|node| {
            let mut not_smaller = others.by_ref().skip_while(|other| other.value < node.value);
            not_smaller.next().is_some_and(|other| other.value == node.value)
        })
    }

    /// The different values, in their order.
    pub(super) fn values(&self) -> impl Iterator<Item = &Term> {
        self.nodes().map(|node| &node.value)
    }

    /// All values, in their order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Term> {
        self.nodes().flat_map(|node| std::iter::repeat_n(&node.value, node.times as usize))
    }

    fn nodes(&self) -> Nodes<'_> {
        let mut nodes = Nodes { above: Vec::new() };
        nodes.go_down(self.root.as_deref());
        nodes
    }

    /// About how many bytes a bag takes that has one value more or less than another one.
    pub(super) fn size(&self) -> usize {
        let depth = 2 * (self.count() + 1).ilog2() as usize + 1;
        size_of::<Bag>() + depth * (size_of::<Node>() + 2 * size_of::<usize>())
    }
}

/// The nodes of a bag, in the order of their values.
struct Nodes<'a> {
    /// The next one is the last.
    above: Vec<&'a Node>,
}

impl<'a> Nodes<'a> {
    fn go_down(&mut self, mut tree: Option<&'a Node>) {
        while let Some(node) = tree {
            self.above.push(node);
            tree = node.left.as_deref();
        }
    }
}

impl<'a> Iterator for Nodes<'a> {
    type Item = &'a Node;

    fn next(&mut self) -> Option<&'a Node> {
        let node = self.above.pop()?;
        self.go_down(node.right.as_deref());
        Some(node)
    }
}

fn count(tree: Option<&Rc<Node>>) -> usize {
    tree.map_or(0, |node| node.count)
}

impl Node {
    fn new(value: Term, times: u32, priority: u64, left: Tree, right: Tree) -> Rc<Node> {
        let own = (priority ^ u64::from(times)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let below = [&left, &right].map(|tree| tree.as_ref().map_or(0, |node| node.hash));
        let count = count(left.as_ref()) + count(right.as_ref()) + 1;
        let hash = own.wrapping_add(below[0]).wrapping_add(below[1]);
        Rc::new(Node { value, times, priority, left, right, count, hash })
    }

    fn with_left(&self, left: Tree) -> Rc<Node> {
        Node::new(self.value.clone(), self.times, self.priority, left, self.right.clone())
    }

    fn with_right(&self, right: Tree) -> Rc<Node> {
        Node::new(self.value.clone(), self.times, self.priority, self.left.clone(), right)
    }

    fn with_times(&self, times: u32) -> Rc<Node> {
        let (left, right) = (self.left.clone(), self.right.clone());
        Node::new(self.value.clone(), times, self.priority, left, right)
    }

    /// True if it is above a node with this value and this priority.
    fn is_above(&self, value: &Term, priority: u64) -> bool {
        (self.priority, &self.value) > (priority, value)
    }
}

fn insert(tree: Option<&Rc<Node>>, value: &Term, priority: u64) -> Rc<Node> {
    let Some(node) = tree else {
        return Node::new(value.clone(), 1, priority, None, None);
    };
    match value.cmp(&node.value) {
        Ordering::Equal => node.with_times(node.times + 1),
        Ordering::Less if node.is_above(value, priority) => {
            node.with_left(Some(insert(node.left.as_ref(), value, priority)))
        }
        Ordering::Greater if node.is_above(value, priority) => {
            node.with_right(Some(insert(node.right.as_ref(), value, priority)))
        }
        Ordering::Less | Ordering::Greater => {
            let (left, right) = split(tree, value);
            Node::new(value.clone(), 1, priority, left, right)
        }
    }
}

/// The part below a value that is not there, and the part above it.
fn split(tree: Option<&Rc<Node>>, value: &Term) -> (Tree, Tree) {
    let Some(node) = tree else { return (None, None) };
    if node.value < *value {
        let (left, right) = split(node.right.as_ref(), value);
        (Some(node.with_right(left)), right)
    } else {
        let (left, right) = split(node.left.as_ref(), value);
        (left, Some(node.with_left(right)))
    }
}

/// The tree with a value once less that is there.
fn remove(tree: Option<&Rc<Node>>, value: &Term) -> Tree {
    let node = tree?;
    match value.cmp(&node.value) {
        Ordering::Less => Some(node.with_left(remove(node.left.as_ref(), value))),
        Ordering::Greater => Some(node.with_right(remove(node.right.as_ref(), value))),
        Ordering::Equal if node.times > 1 => Some(node.with_times(node.times - 1)),
        Ordering::Equal => joined(node.left.as_ref(), node.right.as_ref()),
    }
}

/// Two trees as one; what is in the first is smaller.
fn joined(left: Option<&Rc<Node>>, right: Option<&Rc<Node>>) -> Tree {
    match (left, right) {
        (None, one) | (one, None) => one.cloned(),
        (Some(left), Some(right)) if left.is_above(&right.value, right.priority) => {
            Some(left.with_right(joined(left.right.as_ref(), Some(right))))
        }
        (Some(left), Some(right)) => Some(right.with_left(joined(Some(left), right.left.as_ref()))),
    }
}

fn are_same(one: Option<&Rc<Node>>, other: Option<&Rc<Node>>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => {
            Rc::ptr_eq(one, other)
                || ((one.count, one.hash, one.times) == (other.count, other.hash, other.times)
                    && one.value == other.value
                    && are_same(one.left.as_ref(), other.left.as_ref())
                    && are_same(one.right.as_ref(), other.right.as_ref()))
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}

impl PartialEq for Bag {
    fn eq(&self, other: &Bag) -> bool {
        are_same(self.root.as_ref(), other.root.as_ref())
    }
}

impl Eq for Bag {}

impl Hash for Bag {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.count(), self.root.as_ref().map_or(0, |node| node.hash)).hash(state);
    }
}

impl PartialOrd for Bag {
    fn partial_cmp(&self, other: &Bag) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bag {
    fn cmp(&self, other: &Bag) -> Ordering {
        if self == other { Ordering::Equal } else { self.all().cmp(other.all()) }
    }
}

impl FromIterator<Term> for Bag {
    fn from_iter<I: IntoIterator<Item = Term>>(values: I) -> Bag {
        values.into_iter().fold(Bag::default(), |bag, value| bag.with(&value))
    }
}

impl fmt::Debug for Bag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.all()).finish()
    }
}

fn hash_of(value: &Term) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// A bag as a map from each value to how often it is there.
    type Counted = BTreeMap<Term, usize>;

    proptest! {
        #[test]
        fn a_bag_does_what_a_map_of_counts_does(
            steps in prop::collection::vec((any::<bool>(), 0..9_i64), 0..100),
        ) {
            let (mut bag, mut expected) = (Bag::default(), Counted::new());
            let mut met: Vec<(Bag, Counted)> = Vec::new();
            for (is_put_in, value) in steps {
                let value = Term::from(value);
                if is_put_in {
                    bag = bag.with(&value);
                    *expected.entry(value).or_default() += 1;
                } else {
                    let less = bag.without(&value);
                    prop_assert_eq!(less.is_some(), expected.contains_key(&value));
                    bag = less.unwrap_or(bag);
                    expected.entry(value.clone()).and_modify(|times| *times -= 1);
                    expected.retain(|_, times| *times > 0);
                }
                let all = expected.iter().flat_map(|(value, times)| vec![value; *times]);
                prop_assert!(bag.all().eq(all));
                prop_assert!(bag.values().eq(expected.keys()));
                prop_assert_eq!(bag.is_empty(), expected.is_empty());
                met.push((bag.clone(), expected.clone()));
            }
            for (one, values) in &met {
                for (other, others) in &met {
                    prop_assert_eq!(one == other, values == others);
                    prop_assert!(one != other || hash(one) == hash(other));
                    prop_assert_eq!(one.cmp(other) == Ordering::Equal, values == others);
                    let is_within = values.keys().all(|value| others.contains_key(value));
                    prop_assert_eq!(one.is_within(other), is_within);
                }
            }
        }
    }

    fn hash(bag: &Bag) -> u64 {
        let mut hasher = DefaultHasher::new();
        bag.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn bags_that_grow_out_of_each_other_share_what_they_have_in_common() {
        let bags: Vec<Bag> = (0..2_000_i64)
            .scan(Bag::default(), |bag, value| {
                *bag = bag.with(&value.into());
                Some(bag.clone())
            })
            .collect();
        let mut nodes = std::collections::BTreeSet::new();
        for node in bags.iter().flat_map(Bag::nodes) {
            nodes.insert(std::ptr::from_ref(node));
        }
        // Two million if each had its own.
        assert!(nodes.len() < 60_000, "{}", nodes.len());
    }
}
