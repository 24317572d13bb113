//! Invariants in Rust, checked against the world at each step of a run.

use crate::engine::runtime::World;
use crate::engine::time::Time;

/// The result of an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvariantResult {
    /// Its name, for people.
    pub name: String,
    /// The time at which it was first violated, and the reason; it is not checked again after that.
    pub broken: Option<(Time, String)>,
    /// The number of steps at which it held.
    pub held: u64,
}

type StepCallback<'a> = Box<dyn FnMut(&World) + 'a>;

type InvariantCheck<'a> = Box<dyn FnMut(&World) -> InvariantState + 'a>;

enum InvariantState {
    Holds,
    NotYet,
    Broken(String),
}

/// All invariants and callbacks of a run.
#[derive(Default)]
pub(super) struct Invariants<'a> {
    all: Vec<(InvariantCheck<'a>, InvariantResult)>,
    watchers: Vec<StepCallback<'a>>,
}

impl<'a> Invariants<'a> {
    pub(super) const fn new() -> Invariants<'a> {
        Invariants { all: Vec::new(), watchers: Vec::new() }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.all.is_empty() && self.watchers.is_empty()
    }

    /// Calls a function with the world after each step.
    pub(super) fn add_watcher(&mut self, watch: impl FnMut(&World) + 'a) {
        self.watchers.push(Box::new(watch));
    }

    pub(super) fn add(
        &mut self,
        name: &str,
        mut holds: impl FnMut(&World) -> Result<(), String> + 'a,
    ) {
        self.push(name, move |world| match holds(world) {
            Ok(()) => InvariantState::Holds,
            Err(why) => InvariantState::Broken(why),
        });
    }

    pub(super) fn add_sometimes(&mut self, name: &str, mut is_so: impl FnMut(&World) -> bool + 'a) {
        self.push(
            name,
            move |world| if is_so(world) { InvariantState::Holds } else { InvariantState::NotYet },
        );
    }

    fn push(&mut self, name: &str, question: impl FnMut(&World) -> InvariantState + 'a) {
        let checked = InvariantResult { name: name.to_owned(), broken: None, held: 0 };
        self.all.push((Box::new(question), checked));
    }

    /// Checks every invariant that is not violated yet.
    pub(super) fn look(&mut self, world: &World) {
        self.watchers.iter_mut().for_each(|watch| watch(world));
        for (question, checked) in self.all.iter_mut().filter(|(_, each)| each.broken.is_none()) {
            match question(world) {
                InvariantState::Holds => checked.held += 1,
                InvariantState::NotYet => {}
                InvariantState::Broken(why) => checked.broken = Some((world.now(), why)),
            }
        }
    }

    pub(super) fn into_checked(self) -> Vec<InvariantResult> {
        self.all.into_iter().map(|(_, checked)| checked).collect()
    }
}
