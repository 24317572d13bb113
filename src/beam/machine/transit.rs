//! Messages on their way between processes of one node.
//!
//! All processes of a node share its heap, and values never change: a message is not copied. While it is
//! in no mailbox of the machine it lies here, where the collector finds it.

use std::cell::RefCell;

use crate::beam::heap::{Fragment, Heap};
use crate::beam::value::Value;

/// The messages of a node that are on their way from one of its processes to another, by their places.
#[derive(Default)]
pub(in crate::beam) struct Transit {
    places: RefCell<Places>,
}

#[derive(Default)]
struct Places {
    messages: Vec<Message>,
    free: Vec<u32>,
    /// The places that were filled since the last collection, each once: the others refer to nothing new.
    new: Vec<u32>,
    /// The messages by themselves, while the heap cannot be looked at.
    settled: Vec<Option<Fragment>>,
}

#[derive(Clone, Copy)]
struct Message {
    value: Value,
    /// Its place is among the new ones.
    is_new: bool,
}

impl Transit {
    /// Keeps a message, at the place that is returned.
    #[inline]
    pub(in crate::beam) fn put(&self, value: Value) -> u32 {
        let mut places = self.places.borrow_mut();
        let Places { messages, free, new, settled } = &mut *places;
        let place = free.pop().unwrap_or_else(|| {
            messages.push(Message { value: Value::NIL, is_new: false });
            u32::try_from(messages.len() - 1).expect("fewer than 2^32 messages at a time")
        });
        let message = &mut messages[place as usize];
        message.value = value;
        if value.is_movable() && !message.is_new {
            message.is_new = true;
            new.push(place);
        }
        if let Some(former) = settled.get_mut(place as usize) {
            *former = None;
        }
        place
    }

    /// The message at a place.
    #[inline]
    pub(in crate::beam) fn get(&self, place: u32) -> Value {
        self.places.borrow().messages[place as usize].value
    }

    /// The message at a place by itself, if the messages have been settled.
    pub(in crate::beam) fn settled(&self, place: u32) -> Option<Fragment> {
        self.places.borrow().settled.get(place as usize)?.clone()
    }

    /// Forgets the message at a place.
    #[inline]
    pub(in crate::beam) fn remove(&self, place: u32) {
        let mut places = self.places.borrow_mut();
        places.messages[place as usize].value = Value::NIL;
        places.free.push(place);
    }

    /// Has the messages be there without the heap as well: before what may show them to others while
    /// code runs, such as the end of the node.
    pub(in crate::beam) fn settle(&self, heap: &Heap) {
        let mut places = self.places.borrow_mut();
        let messages = places.messages.iter();
        places.settled = messages.map(|message| Some(heap.fragment(message.value))).collect();
    }

    /// The messages that a collection must keep, of the whole heap or of what is new.
    pub(super) fn visit(&self, is_whole: bool, visit: &mut dyn FnMut(&mut Value)) {
        let mut places = self.places.borrow_mut();
        let Places { messages, new, .. } = &mut *places;
        if is_whole {
            for message in messages.iter_mut() {
                visit(&mut message.value);
            }
        }
        for place in new.drain(..) {
            let message = &mut messages[place as usize];
            message.is_new = false;
            if !is_whole {
                visit(&mut message.value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_on_its_way_survives_collections_until_it_is_taken() {
        let (mut heap, transit) = (Heap::new(), Transit::default());
        let message = heap.tuple(&[Value::small(1), Value::NIL]);
        let place = transit.put(message);
        for is_whole in [false, false, true, false] {
            heap.tuple(&[Value::NIL; 100]);
            let visit = |visit: &mut dyn FnMut(&mut Value)| transit.visit(is_whole, visit);
            if is_whole {
                heap.collect(visit);
            } else {
                heap.collect_due(visit);
            }
            assert_eq!(heap.print(transit.get(place)).to_string(), "{1,[]}");
            assert_eq!(heap.len(), 3);
        }
        transit.remove(place);
        heap.collect(|visit| transit.visit(true, visit));
        assert!(heap.is_empty());
        assert_eq!(transit.put(Value::NIL), place);
    }

    #[test]
    fn a_place_that_is_used_again_is_visited_once() {
        let (mut heap, transit) = (Heap::new(), Transit::default());
        heap.collect_due(|_| {});
        for number in 0..10 {
            let message = heap.tuple(&[Value::small(number)]);
            let place = transit.put(message);
            if number < 9 {
                transit.remove(place);
            }
        }
        heap.collect_due(|visit| transit.visit(false, visit));
        assert_eq!(heap.print(transit.get(0)).to_string(), "{9}");
        assert_eq!(heap.len(), 2);
    }

    #[test]
    fn messages_that_have_settled_need_no_heap() {
        let (mut heap, transit) = (Heap::new(), Transit::default());
        let message = heap.tuple(&[Value::small(1)]);
        let place = transit.put(message);
        assert!(transit.settled(place).is_none());
        transit.settle(&heap);
        drop(heap);
        let mut heap = Heap::new();
        let message = heap.add_fragment(&transit.settled(place).unwrap());
        assert_eq!(heap.print(message).to_string(), "{1}");
    }
}
