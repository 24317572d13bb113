//! What a program asks of the world at each step of a run.

use crate::runtime::World;
use crate::time::Time;

/// What came of something that was asked at each step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What people call it.
    pub name: String,
    /// When it was first broken, and why; it is not asked again after that.
    pub broken: Option<(Time, String)>,
    /// At how many steps it held.
    pub held: u64,
}

type Watcher<'a> = Box<dyn FnMut(&World) + 'a>;

type Question<'a> = Box<dyn FnMut(&World) -> Answer + 'a>;

enum Answer {
    Holds,
    NotYet,
    Broken(String),
}

/// All that is asked.
#[derive(Default)]
pub(super) struct Invariants<'a> {
    all: Vec<(Question<'a>, Checked)>,
    watchers: Vec<Watcher<'a>>,
}

impl<'a> Invariants<'a> {
    pub(super) const fn new() -> Invariants<'a> {
        Invariants { all: Vec::new(), watchers: Vec::new() }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.all.is_empty() && self.watchers.is_empty()
    }

    /// Shows the world after each step to somebody who asks nothing of it.
    pub(super) fn add_watcher(&mut self, watch: impl FnMut(&World) + 'a) {
        self.watchers.push(Box::new(watch));
    }

    pub(super) fn add(
        &mut self,
        name: &str,
        mut holds: impl FnMut(&World) -> Result<(), String> + 'a,
    ) {
        self.push(name, move |world| match holds(world) {
            Ok(()) => Answer::Holds,
            Err(why) => Answer::Broken(why),
        });
    }

    pub(super) fn add_sometimes(&mut self, name: &str, mut is_so: impl FnMut(&World) -> bool + 'a) {
        self.push(name, move |world| if is_so(world) { Answer::Holds } else { Answer::NotYet });
    }

    fn push(&mut self, name: &str, question: impl FnMut(&World) -> Answer + 'a) {
        let checked = Checked { name: name.to_owned(), broken: None, held: 0 };
        self.all.push((Box::new(question), checked));
    }

    /// Asks everything that is not broken yet.
    pub(super) fn look(&mut self, world: &World) {
        self.watchers.iter_mut().for_each(|watch| watch(world));
        for (question, checked) in self.all.iter_mut().filter(|(_, each)| each.broken.is_none()) {
            match question(world) {
                Answer::Holds => checked.held += 1,
                Answer::NotYet => {}
                Answer::Broken(why) => checked.broken = Some((world.now(), why)),
            }
        }
    }

    pub(super) fn into_checked(self) -> Vec<Checked> {
        self.all.into_iter().map(|(_, checked)| checked).collect()
    }
}
