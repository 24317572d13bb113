//! Jump tables: the place to go on at for each value.

use super::op::Label;
use crate::beam::heap::Heap;
use crate::beam::value::Value;

/// Values, each with a place in the code.
#[derive(Debug)]
pub(in crate::beam) enum Select {
    /// Integers in a row from the first one on; 0 where there is none.
    Row { first: i64, to: Box<[Label]> },
    /// Words in order.
    Words { words: Box<[u64]>, to: Box<[Label]> },
    /// Values that are no words: constants of the image.
    Values { values: Box<[u32]>, to: Box<[Label]> },
}

/// Up to this many words are searched one after the other.
const FEW: usize = 8;
/// A row is used if at least one in this many of its places is taken.
const SPARSE: usize = 4;

impl Select {
    /// The table of these words.
    pub(super) fn of_words(mut pairs: Vec<(Value, Label)>) -> Select {
        pairs.sort_by_key(|(value, _)| value.word());
        if let Some(row) = row(&pairs) {
            return row;
        }
        Select::Words {
            words: pairs.iter().map(|(value, _)| value.word()).collect(),
            to: pairs.iter().map(|(_, label)| *label).collect(),
        }
    }

    pub(super) fn labels_mut(&mut self) -> &mut [Label] {
        match self {
            Select::Row { to, .. } | Select::Words { to, .. } | Select::Values { to, .. } => to,
        }
    }

    /// All places.
    pub(super) fn labels(&self) -> &[Label] {
        match self {
            Select::Row { to, .. } | Select::Words { to, .. } | Select::Values { to, .. } => to,
        }
    }

    /// The place for a value; 0 when there is none.
    #[inline]
    pub(in crate::beam) fn find(&self, heap: &Heap, constants: &[Value], value: Value) -> Label {
        match self {
            Select::Row { first, to } => match value.as_small() {
                Some(small) => to.get((small - first) as usize).copied().unwrap_or(0),
                None => 0,
            },
            Select::Words { words, to } if words.len() <= FEW => {
                words.iter().position(|word| *word == value.word()).map_or(0, |index| to[index])
            }
            Select::Words { words, to } => {
                words.binary_search(&value.word()).map_or(0, |index| to[index])
            }
            Select::Values { values, to } => {
                let same = |constant: &u32| heap.equals(constants[*constant as usize], value);
                values.iter().position(same).map_or(0, |index| to[index])
            }
        }
    }
}

/// The pairs as a row, if they are integers that lie close together.
fn row(pairs: &[(Value, Label)]) -> Option<Select> {
    let small = |pair: &(Value, Label)| pair.0.as_small();
    let numbers: Vec<i64> = pairs.iter().map(small).collect::<Option<_>>()?;
    let (first, last) = (*numbers.iter().min()?, *numbers.iter().max()?);
    if numbers.len() <= 3 || (last - first) as usize >= numbers.len() * SPARSE {
        return None;
    }
    let mut to = vec![0; (last - first + 1) as usize];
    for (number, (_, label)) in numbers.iter().zip(pairs) {
        to[(number - first) as usize] = *label;
    }
    Some(Select::Row { first, to: to.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_finds_its_place_and_others_none() {
        let heap = Heap::new();
        for numbers in [vec![1, 2, 3, 5, -4], (0..30).map(|n| n * 100).collect(), vec![7, 900]] {
            let pairs = (10..).zip(&numbers).map(|(label, n)| (Value::small(*n), label)).collect();
            let select = Select::of_words(pairs);
            for (label, number) in (10..).zip(&numbers) {
                assert_eq!(select.find(&heap, &[], Value::small(*number)), label);
            }
            for other in [Value::small(-5), Value::small(4), Value::small(1 << 40), Value::NIL] {
                assert_eq!(select.find(&heap, &[], other), 0);
            }
        }
    }
}
