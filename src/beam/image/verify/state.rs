//! The knowledge about registers and the frame at one place of the code.

use super::super::build::Problem;
use super::super::op::{ALL_REGISTERS, Dst, FRAME, LIST_CONSTANT, LIST_FRAME};

/// The words of a set of registers: those that code may name, and a few for constants.
const WORDS: usize = 17;

const _: () = assert!(WORDS * 64 <= ALL_REGISTERS);

/// The registers that hold a value.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Registers([u64; WORDS]);

impl Registers {
    /// The first `count` registers.
    pub(super) fn first(count: usize) -> Registers {
        let mut registers = Registers::default();
        (0..count).for_each(|register| registers.insert(register));
        registers
    }

    fn insert(&mut self, register: usize) {
        self.0[register / 64] |= 1 << (register % 64);
    }

    fn has(&self, register: usize) -> bool {
        self.0.get(register / 64).is_some_and(|word| word >> (register % 64) & 1 == 1)
    }

    fn has_first(&self, count: usize) -> bool {
        (0..count).all(|register| self.has(register))
    }

    fn keep_common(&mut self, other: &Registers) {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word &= other);
    }
}

/// The content of a place in the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Value,
    /// An exception goes on at this place in the code.
    Catch(u32),
    /// One of both, which depends on the way that led here.
    Either,
}

/// The places in the frame of a function.
#[derive(Clone, PartialEq)]
pub(super) enum Frame {
    /// The function has no frame.
    None,
    Some(Vec<Slot>),
    /// Its size depends on the way that led here; all have these places. Only an exception can follow.
    Unknown(Vec<Slot>),
}

impl Frame {
    fn slots(&self) -> &[Slot] {
        match self {
            Frame::None => &[],
            Frame::Some(slots) | Frame::Unknown(slots) => slots,
        }
    }

    /// The frame where two ways meet.
    fn common(&self, other: &Frame) -> Frame {
        if self == other {
            return self.clone();
        }
        let pairs = self.slots().iter().zip(other.slots());
        let common = pairs.map(|(a, b)| if a == b { *a } else { Slot::Either });
        Frame::Unknown(common.collect())
    }
}

/// The ways to a place that handles exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handling {
    /// No exception leads here.
    No,
    /// Only exceptions lead here.
    Only,
    /// Both lead here.
    Maybe,
}

/// The knowledge at one place, for all ways that lead to it.
#[derive(Clone, PartialEq)]
pub(super) struct State {
    pub(super) registers: Registers,
    frame: Frame,
    pub(super) handling: Handling,
    /// A bit string is being made by several instructions.
    pub(super) making: bool,
    /// Register 0 holds a tuple that nobody else has.
    pub(super) fresh: bool,
}

/// Two ways that have different frames lead to where one is needed.
const UNKNOWN: Problem = "two ways to one place have different frames";

impl State {
    /// At the beginning of a function.
    pub(super) fn with_arguments(arity: u8) -> State {
        State {
            registers: Registers::first(arity.into()),
            frame: Frame::None,
            handling: Handling::No,
            making: false,
            fresh: false,
        }
    }

    /// The state at the handler of an exception: that of the instruction that raised it.
    pub(super) fn after_exception(&self) -> State {
        State {
            registers: Registers::first(1),
            frame: self.frame.clone(),
            handling: Handling::Only,
            making: false,
            fresh: false,
        }
    }

    /// Keeps what holds here and in `other`. Returns whether less is known now.
    pub(super) fn merge(&mut self, other: &State) -> bool {
        let frame = self.frame.common(&other.frame);
        let loses_frame = frame != self.frame;
        self.frame = frame;
        let before = (self.registers, self.handling, self.making, self.fresh);
        self.registers.keep_common(&other.registers);
        self.making &= other.making;
        self.fresh &= other.fresh;
        if self.handling != other.handling {
            self.handling = Handling::Maybe;
        }
        let after = (self.registers, self.handling, self.making, self.fresh);
        loses_frame || before != after
    }

    /// An operand is read: as a source, or as a destination that holds a value before.
    pub(super) fn read(&self, place: u16) -> Result<(), Problem> {
        if place & super::super::op::CONSTANT != 0 {
            return Ok(());
        }
        if place & FRAME != 0 { self.read_slot(place & !FRAME) } else { self.read_register(place) }
    }

    /// An operand of a list is read.
    pub(super) fn read_item(&self, item: u32) -> Result<(), Problem> {
        if item & LIST_CONSTANT != 0 {
            return Ok(());
        }
        let place = (item & !LIST_FRAME) as u16;
        if item & LIST_FRAME != 0 { self.read_slot(place) } else { self.read_register(place) }
    }

    fn read_register(&self, register: u16) -> Result<(), Problem> {
        let holds = self.registers.has(register.into());
        if holds { Ok(()) } else { Err("a register is read that holds no value") }
    }

    fn read_slot(&self, place: u16) -> Result<(), Problem> {
        match self.slot(place)? {
            Slot::Value => Ok(()),
            Slot::Catch(_) | Slot::Either => Err("the mark of a handler is read as a value"),
        }
    }

    /// The first registers are read.
    pub(super) fn read_first(&self, count: usize) -> Result<(), Problem> {
        let holds = self.registers.has_first(count);
        if holds { Ok(()) } else { Err("an argument of a call holds no value") }
    }

    fn slot(&self, place: u16) -> Result<Slot, Problem> {
        if self.frame == Frame::None {
            return Err("a place in a frame is named, but there is none");
        }
        let slot = self.frame.slots().get(usize::from(place));
        slot.copied().ok_or("the frame has no such place")
    }

    /// A result is written.
    pub(super) fn write(&mut self, dst: Dst) -> Result<(), Problem> {
        let Dst(place) = dst;
        if place & FRAME != 0 {
            return match self.slot(place & !FRAME)? {
                Slot::Value => Ok(()),
                Slot::Catch(_) | Slot::Either => Err("the mark of a handler is overwritten"),
            };
        }
        self.registers.insert(place.into());
        self.fresh &= place != 0;
        Ok(())
    }

    /// A result is written to an operand of a list.
    pub(super) fn write_item(&mut self, item: u32) -> Result<(), Problem> {
        if item & LIST_CONSTANT != 0 {
            return Err("a result goes to a constant");
        }
        let frame = if item & LIST_FRAME != 0 { FRAME } else { 0 };
        self.write(Dst(frame | (item & !LIST_FRAME) as u16))
    }

    /// A place in the frame gets other content.
    pub(super) fn set_slot(&mut self, dst: Dst, content: Slot) -> Result<(), Problem> {
        if dst.0 & FRAME == 0 {
            return Err("a handler is not in the frame");
        }
        self.slot(dst.0 & !FRAME)?;
        let Frame::Some(slots) = &mut self.frame else { return Err(UNKNOWN) };
        slots[usize::from(dst.0 & !FRAME)] = content;
        Ok(())
    }

    /// The handler of the exceptions that are raised here, and its place in the frame.
    pub(super) fn handler(&self) -> Option<(usize, u32)> {
        let Frame::Some(slots) = &self.frame else { return None };
        slots.iter().enumerate().find_map(|(place, slot)| match slot {
            Slot::Catch(to) => Some((place, *to)),
            Slot::Value | Slot::Either => None,
        })
    }

    /// The innermost handler is done with; its mark is at `dst`.
    pub(super) fn end_handler(&mut self, dst: Dst) -> Result<(), Problem> {
        let named = usize::from(dst.0 & !FRAME);
        match self.handler() {
            Some((place, _)) if dst.0 & FRAME != 0 && place == named => {
                self.set_slot(dst, Slot::Value)
            }
            Some(_) | None => Err("the innermost handler is another one"),
        }
    }

    /// Gives the function a frame.
    pub(super) fn allocate(&mut self, words: u16) -> Result<(), Problem> {
        if self.frame != Frame::None {
            return Err("the function has a frame already");
        }
        self.frame = Frame::Some(vec![Slot::Value; words.into()]);
        self.making = false;
        Ok(())
    }

    /// Takes the frame of this many words away.
    pub(super) fn deallocate(&mut self, words: u16) -> Result<(), Problem> {
        match &self.frame {
            Frame::Some(slots) if slots.len() == usize::from(words) => self.frame = Frame::None,
            Frame::Some(_) => return Err("the frame has another size"),
            Frame::None => return Err("the function has no frame"),
            Frame::Unknown(_) => return Err(UNKNOWN),
        }
        self.making = false;
        Ok(())
    }

    /// Takes the first words of the frame away.
    pub(super) fn trim(&mut self, words: u16) -> Result<(), Problem> {
        let Frame::Some(slots) = &mut self.frame else {
            return Err("the function has no frame");
        };
        if slots.len() < usize::from(words) {
            return Err("the frame has fewer words");
        }
        slots.drain(..usize::from(words));
        self.making = false;
        Ok(())
    }

    /// Has the function a frame?
    pub(super) fn has_frame(&self) -> bool {
        matches!(self.frame, Frame::Some(_))
    }

    /// The function must have no frame when it is left.
    pub(super) fn expect_no_frame(&self) -> Result<(), Problem> {
        if self.frame == Frame::None { Ok(()) } else { Err("the function is left with its frame") }
    }

    /// A call keeps the frame only: its result is in register 0.
    pub(super) fn after_call(&mut self) {
        self.only_registers(1);
    }

    /// The first `count` registers hold values, no others do.
    pub(super) fn only_registers(&mut self, count: usize) {
        self.registers = Registers::first(count);
        self.making = false;
        self.fresh = false;
    }
}
