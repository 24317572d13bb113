//! Large binaries, which are not moved with the heap.

use std::rc::Rc;

/// Large binaries, each with a slot that objects on the heap name.
///
/// The bytes of a slot only ever grow: whoever names a part of them sees that part for ever.
#[derive(Default)]
pub(in crate::beam) struct Slab {
    slots: Vec<Option<Rc<Vec<u8>>>>,
    free: Vec<usize>,
    used: Vec<bool>,
    /// The slots that were filled since the last collection: what is old names none of them.
    new: Vec<usize>,
    /// The collection looks at all slots, not only at the new ones.
    is_whole: bool,
    /// The bytes that were stored since the last collection of all slots, without those that were freed.
    stored: usize,
}

impl Slab {
    pub(in crate::beam) fn is_empty(&self) -> bool {
        self.slots.iter().all(Option::is_none)
    }

    pub(in crate::beam) fn store(&mut self, bytes: Rc<Vec<u8>>) -> usize {
        self.stored += bytes.len();
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot] = Some(bytes);
            slot
        } else {
            self.slots.push(Some(bytes));
            self.slots.len() - 1
        };
        self.new.push(slot);
        slot
    }

    pub(in crate::beam) fn get(&self, slot: usize) -> &Rc<Vec<u8>> {
        self.slots[slot].as_ref().expect("an object names a slot that is filled")
    }

    /// Appends to the bytes of a slot if they end after `len` and are nobody else's.
    pub(in crate::beam) fn append(&mut self, slot: usize, len: usize, bytes: &[u8]) -> bool {
        let Some(stored) = self.slots[slot].as_mut().and_then(Rc::get_mut) else { return false };
        let ends = stored.len() == len;
        if ends {
            self.stored += bytes.len();
            stored.extend_from_slice(bytes);
        }
        ends
    }

    /// The bytes of all that is there.
    pub(in crate::beam) fn bytes(&self) -> usize {
        self.slots.iter().flatten().map(|bytes| bytes.len()).sum()
    }

    /// The bytes that were stored since the last collection of all slots, without those that were freed.
    pub(in crate::beam) fn stored(&self) -> usize {
        self.stored
    }

    /// Begins a collection, of all slots or of the new ones.
    pub(in crate::beam) fn begin_collection(&mut self, is_whole: bool) {
        self.is_whole = is_whole;
        self.used.resize(self.slots.len(), false);
        if is_whole {
            self.used.fill(false);
        } else {
            for slot in &self.new {
                self.used[*slot] = false;
            }
        }
    }

    pub(in crate::beam) fn mark(&mut self, slot: usize) {
        self.used[slot] = true;
    }

    /// Frees the slots that were not marked.
    pub(in crate::beam) fn end_collection(&mut self) {
        let Slab { slots, free, used, new, stored, is_whole } = self;
        let end = |slot: usize| {
            if !used[slot]
                && let Some(bytes) = slots[slot].take()
            {
                *stored = stored.saturating_sub(bytes.len());
                free.push(slot);
            }
        };
        if *is_whole {
            (0..used.len()).for_each(end);
            new.clear();
            *stored = 0;
        } else {
            new.drain(..).for_each(end);
        }
    }
}
