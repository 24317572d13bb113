//! The settings of a process that `process_flag/2` and `spawn_opt/4` change.

use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Heap;
use crate::beam::value::Value;

/// The settings of a process. Most concern the memory of a real machine, and are only kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    pub(super) priority: AtomIndex,
    pub(super) error_handler: AtomIndex,
    pub(super) message_queue_data: AtomIndex,
    pub(super) min_heap_size: i64,
    pub(super) min_bin_vheap_size: i64,
    pub(super) max_heap_size: HeapLimit,
    pub(super) fullsweep_after: i64,
    pub(super) save_calls: i64,
    pub(super) is_sensitive: bool,
}

/// The most words that a process may need: `max_heap_size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeapLimit {
    /// 0: as many as it likes.
    pub(super) size: i64,
    /// It is killed when it needs more.
    pub(super) kill: bool,
    /// The log is told when it needs more.
    pub(super) log: bool,
}

/// The words of the smallest heap.
const MIN_HEAP_SIZE: i64 = 233;
/// The words of the smallest virtual heap of binaries.
const MIN_BIN_VHEAP_SIZE: i64 = 46_422;

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            priority: atom::NORMAL,
            error_handler: atom::ERROR_HANDLER,
            message_queue_data: atom::ON_HEAP,
            min_heap_size: MIN_HEAP_SIZE,
            min_bin_vheap_size: MIN_BIN_VHEAP_SIZE,
            max_heap_size: HeapLimit { size: 0, kill: true, log: true },
            fullsweep_after: 65_535,
            save_calls: 0,
            is_sensitive: false,
        }
    }
}

impl Settings {
    /// The value of a setting.
    pub(super) fn get(&self, heap: &mut Heap, name: &str) -> Option<Value> {
        Some(match name {
            "priority" => self.priority.into(),
            "error_handler" => self.error_handler.into(),
            "message_queue_data" => self.message_queue_data.into(),
            "min_heap_size" => Value::small(self.min_heap_size),
            "min_bin_vheap_size" => Value::small(self.min_bin_vheap_size),
            "max_heap_size" => self.max_heap_size.shown(heap),
            "fullsweep_after" => Value::small(self.fullsweep_after),
            "save_calls" => Value::small(self.save_calls),
            "sensitive" => Value::boolean(self.is_sensitive),
            _ => return None,
        })
    }

    /// Changes a setting that an option of a spawn can give; `None` if there is no such option, or it
    /// cannot have the value.
    pub(in crate::beam) fn set_at_spawn(
        &mut self,
        heap: &Heap,
        name: &str,
        value: Value,
    ) -> Option<()> {
        match name {
            "scheduler" => value.as_small().map(drop),
            "priority" | "max_heap_size" | "min_heap_size" | "min_bin_vheap_size"
            | "fullsweep_after" | "message_queue_data" => self.set(heap, name, value),
            _ => None,
        }
    }

    /// Changes a setting; `None` if there is no such setting, or it cannot have the value.
    pub(in crate::beam) fn set(&mut self, heap: &Heap, name: &str, value: Value) -> Option<()> {
        let number = || value.as_small().filter(|number| (0..=LARGEST_HEAP).contains(number));
        let one_of = |names: &[&str]| value.as_atom().filter(|name| names.contains(&name.as_str()));
        match name {
            "priority" => self.priority = one_of(&["low", "normal", "high", "max"])?,
            "error_handler" => self.error_handler = value.as_atom()?,
            "message_queue_data" => self.message_queue_data = one_of(&["on_heap", "off_heap"])?,
            "min_heap_size" => self.min_heap_size = heap_size(number()?).max(MIN_HEAP_SIZE),
            "min_bin_vheap_size" => {
                self.min_bin_vheap_size = heap_size(number()?).max(MIN_BIN_VHEAP_SIZE);
            }
            "max_heap_size" => {
                let limit = HeapLimit::read(heap, value, self.max_heap_size)?;
                if limit.size > 0 && limit.size < self.min_heap_size {
                    return None;
                }
                self.max_heap_size = limit;
            }
            "fullsweep_after" => self.fullsweep_after = number()?,
            "save_calls" => self.save_calls = number().filter(|calls| *calls <= 10_000)?,
            "sensitive" => self.is_sensitive = value.as_boolean()?,
            _ => return None,
        }
        Some(())
    }
}

impl HeapLimit {
    /// `#{size, kill, error_logger}`.
    fn shown(self, heap: &mut Heap) -> Value {
        let pairs = [
            ("error_logger", Value::boolean(self.log)),
            ("kill", Value::boolean(self.kill)),
            ("size", Value::small(self.size)),
        ];
        let pairs = pairs.map(|(name, value)| (AtomIndex::new(name).into(), value));
        heap.map(&pairs)
    }

    /// A size, or a map in which what is not there stays as it is.
    fn read(heap: &Heap, value: Value, before: HeapLimit) -> Option<HeapLimit> {
        let size = |value: Value| value.as_small().filter(|size| *size >= 0);
        if !heap.is_map(value) {
            return Some(HeapLimit { size: size(value)?, ..before });
        }
        let field = |name| heap.map_get(value, AtomIndex::new(name).into());
        Some(HeapLimit {
            size: size(field("size")?)?,
            kill: field("kill").map_or(Some(before.kill), Value::as_boolean)?,
            log: field("error_logger").map_or(Some(before.log), Value::as_boolean)?,
        })
    }
}

/// The size of a heap that has room for so many words: sizes grow as Fibonacci's numbers do, and by
/// a fifth when they are large.
pub(super) fn heap_size(words: i64) -> i64 {
    let (mut before, mut size) = (12, 38);
    if words <= before {
        return before;
    }
    while size < words {
        let sum = before + size + 1;
        (before, size) = (size, if sum <= 1_000_000 { sum } else { size + size / 5 });
    }
    size
}

/// All sizes of heaps, as far as Erlang tells them.
pub(super) fn heap_sizes() -> Vec<i64> {
    let sizes = std::iter::successors(Some(12), |size| Some(heap_size(size + 1)));
    sizes.take_while(|size| *size <= LARGEST_HEAP).collect()
}

/// The largest size of a heap that Erlang tells.
const LARGEST_HEAP: i64 = 885_767_171_276_247;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heaps_have_the_sizes_that_erlang_gives_them() {
        let sizes = [(0, 12), (13, 38), (100, 142), (4000, 4185), (514_839, 833_026)];
        for (words, size) in sizes.into_iter().chain([(833_027, 999_631), (999_632, 1_199_557)]) {
            assert_eq!(heap_size(words), size, "{words}");
        }
        assert_eq!(heap_sizes().last(), Some(&LARGEST_HEAP));
    }
}
