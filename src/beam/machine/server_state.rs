//! The states of servers of compiled code, as `sys:get_state` answers, without a message to them.
//!
//! A `gen_server` keeps its state in an argument of its loop. While it waits, the argument lies in the frame of
//! the loop, and the code of the loop says in which place of the frame. Other behaviours make their states up
//! of several arguments; of them nothing is told.

use super::Machine;
use crate::beam::image::Image;
use crate::beam::image::op::{Dst, FRAME, Op, Src};
use crate::beam::value::Value;

impl Machine {
    /// The state of a `gen_server` that waits for its next message; `None` if the process is something else, or
    /// does something else.
    #[must_use]
    pub fn server_state(&self, place: usize) -> Option<Value> {
        let process = self.processes.get(place).filter(|process| process.is_waiting)?;
        let image = self.code.find_image(process.place.image)?;
        let slot = slot_of_state(image, process.place.pc)?;
        let index = process.stack.len().checked_sub(1 + slot)?;
        process.stack.get(index).copied()
    }
}

/// The place in the frame of the loop of `gen_server` to which the code before `pc` puts the state.
fn slot_of_state(image: &Image, pc: u32) -> Option<usize> {
    if image.name.as_str() != "gen_server" {
        return None;
    }
    let function = image.function_at(pc)?;
    let state = match (function.name.as_str(), function.arity) {
        // Up to OTP 27: parent, name, state, …
        ("loop", 7) => Src(2),
        // From OTP 28 on: data of the server, state, …
        ("loop", 4 | 5) => Src(1),
        _ => return None,
    };
    let before = image.code.get(function.start as usize..pc as usize)?;
    let frame = before.iter().rposition(|op| matches!(op, Op::Allocate { .. }))?;
    before[frame..].iter().find_map(|op| match op {
        Op::Move { src, dst: Dst(to) } if *src == state && to & FRAME != 0 => {
            Some(usize::from(to & !FRAME))
        }
        _ => None,
    })
}
