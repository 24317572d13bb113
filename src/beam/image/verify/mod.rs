//! The checks that make the machine's indexing safe: whatever a file says, code that passes them never
//! reads a register that holds nothing, a place outside of its frame or an instruction of another
//! function, and it never runs for ever between two calls.
//!
//! The kinds of values are not followed here: an instruction that takes a tuple apart looks whether it is
//! one.

mod effects;
mod loops;
mod state;

use super::Image;
use super::build::Problem;
use super::op::Op;
use loops::Edge;
use state::State;

/// A problem with a function of an image; without a function, with its tables.
pub(super) struct Fault {
    pub(super) function: Option<usize>,
    pub(super) problem: Problem,
}

/// Looks whether the machine can run all functions of an image.
pub(super) fn verify(image: &Image) -> Result<(), Fault> {
    let tables = |problem| Fault { function: None, problem };
    check_entries(image).map_err(tables)?;
    for index in 0..image.functions().len() {
        Walk::new(image, index)
            .run()
            .map_err(|problem| Fault { function: Some(index), problem })?;
    }
    Ok(())
}

/// Exports and funs must be beginnings of functions with as many arguments.
fn check_entries(image: &Image) -> Result<(), Problem> {
    for (name, place) in &image.exports {
        if arity_at(image, *place) != Some(name.parts().2.into()) {
            return Err("an exported function is not there");
        }
    }
    for fun in &image.funs {
        if arity_at(image, fun.place) != Some(u16::from(fun.arity) + u16::from(fun.free)) {
            return Err("the function of a fun is not there");
        }
    }
    if image.on_load.is_some_and(|place| arity_at(image, place) != Some(0)) {
        return Err("the function to run at the start is not there");
    }
    Ok(())
}

/// The arguments of the function whose code begins at a place.
fn arity_at(image: &Image, place: u32) -> Option<u16> {
    let function = image.function_at(place.checked_sub(1)?)?;
    let begins = function.start + 1 == place && (place as usize) < image.code.len();
    (begins && !matches!(image.code[place as usize], Op::FunctionClause { .. }))
        .then_some(function.arity.into())
}

/// A walk over the code of one function along all ways through it.
struct Walk<'a> {
    image: &'a Image,
    arity: u8,
    /// The places of the function's code.
    start: u32,
    end: u32,
    /// The states at the places that instructions name, counted from the start.
    states: Vec<Option<State>>,
    /// The places that are named but not looked at since more was known of them.
    open: Vec<u32>,
    edges: Vec<Edge>,
    /// The place from which the present instructions are reached one after the other.
    block: u32,
    /// Has a call been made since?
    counted: bool,
}

impl<'a> Walk<'a> {
    fn new(image: &'a Image, index: usize) -> Walk<'a> {
        let functions = image.functions();
        let (start, arity) = (functions[index].start, functions[index].arity);
        let end = functions.get(index + 1).map_or(image.code.len() as u32, |next| next.start);
        Walk {
            image,
            arity,
            start,
            end,
            states: vec![None; (end - start) as usize],
            open: Vec::new(),
            edges: Vec::new(),
            block: start,
            counted: false,
        }
    }

    fn run(mut self) -> Result<(), Problem> {
        if self.start + 1 == self.end {
            return Err("a function has no code");
        }
        let at_start = State::with_arguments(self.arity);
        self.reach(self.start, &at_start)?;
        self.reach(self.start + 1, &at_start)?;
        while let Some(place) = self.open.pop() {
            self.walk_from(place)?;
        }
        loops::check(self.edges)
    }

    /// One way leads to a place with this state.
    fn reach(&mut self, place: u32, state: &State) -> Result<(), Problem> {
        if !(self.start..self.end).contains(&place) {
            return Err("the code goes on outside of the function");
        }
        match &mut self.states[(place - self.start) as usize] {
            Some(known) => {
                if known.merge(state) {
                    self.open.push(place);
                }
            }
            unknown => {
                *unknown = Some(state.clone());
                self.open.push(place);
            }
        }
        Ok(())
    }

    /// Looks at instructions one after the other until others go on.
    fn walk_from(&mut self, place: u32) -> Result<(), Problem> {
        let known = &self.states[(place - self.start) as usize];
        let Some(mut state) = known.clone() else { return Ok(()) };
        (self.block, self.counted) = (place, false);
        let mut here = place;
        self.reach_handler(&state)?;
        loop {
            let op = self.image.code[here as usize];
            if !effects::step(self, op, &mut state)? {
                return Ok(());
            }
            if effects::changes_handler(op) {
                self.reach_handler(&state)?;
            }
            here += 1;
            if here == self.end {
                return Err("the code runs beyond the end of the function");
            }
            if self.states[(here - self.start) as usize].is_some() {
                return self.branch(here, &state);
            }
        }
    }

    /// An exception can lead to where it is handled.
    fn reach_handler(&mut self, state: &State) -> Result<(), Problem> {
        match state.handler() {
            Some((_, to)) => self.reach(to, &state.after_exception()),
            None => Ok(()),
        }
    }

    /// An instruction goes on at a place; 0 stands for an exception.
    fn branch(&mut self, to: u32, state: &State) -> Result<(), Problem> {
        if to == 0 {
            return Ok(());
        }
        self.note(to);
        self.reach(to, state)
    }

    /// As `branch`, for a process that has let others run.
    fn branch_later(&mut self, to: u32, state: &State) -> Result<(), Problem> {
        self.reach(to, state)
    }

    /// The code can come to this place without a call since the block began.
    fn note(&mut self, to: u32) {
        if !self.counted {
            self.edges.push(Edge { from: self.block, to });
        }
    }
}
