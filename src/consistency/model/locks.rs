//! Models of locks that know who holds them.

use super::{Model, SequentialSpec, Unfit, was_refused};
use crate::consistency::abridged;
use crate::consistency::history::{Action, Operation};
use crate::engine::term::Term;

/// A lock that only whoever holds it gives back. It begins free.
///
/// The value of the operation is the one that acquires or releases it; without a value, the client is.
#[derive(Clone, Copy, Debug)]
pub struct OwnedMutex {
    name: &'static str,
    is_reentrant: bool,
}

/// A call of an [`OwnedMutex`], and its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnedMutexCall {
    /// Took the lock.
    Acquire(Term),
    /// Gave it back.
    Release(Term),
    /// Was told that it could not have it.
    Refused(Term),
    /// Was told that it did not hold it.
    NotHeld(Term),
}

impl OwnedMutex {
    /// A lock that nobody acquires who holds it already.
    #[must_use]
    pub const fn new() -> OwnedMutex {
        OwnedMutex { name: "owned mutex", is_reentrant: false }
    }

    /// A lock that whoever holds it may acquire again, and gives back as often.
    #[must_use]
    pub const fn reentrant() -> OwnedMutex {
        OwnedMutex { name: "reentrant mutex", is_reentrant: true }
    }
}

impl Default for OwnedMutex {
    fn default() -> OwnedMutex {
        OwnedMutex::new()
    }
}

impl SequentialSpec for OwnedMutex {
    type Call = OwnedMutexCall;
    /// The holder, and the number of times that it acquired the lock.
    type State = Option<(Term, u32)>;

    fn initial(&self) -> Option<(Term, u32)> {
        None
    }

    fn call(&self, operation: &Operation) -> Result<OwnedMutexCall, Unfit> {
        let by = owner(operation);
        match operation.action {
            Action::Acquire if was_refused(operation) => Ok(OwnedMutexCall::Refused(by)),
            Action::Release if was_refused(operation) => Ok(OwnedMutexCall::NotHeld(by)),
            Action::Acquire => Ok(OwnedMutexCall::Acquire(by)),
            Action::Release => Ok(OwnedMutexCall::Release(by)),
            _ => Err(Unfit::operation(self.name, operation, &["acquire", "release"])),
        }
    }

    /// Only a free lock can be had from a value: nobody holds it who has no name.
    fn state_of(&self, value: &Term) -> Option<Option<(Term, u32)>> {
        (value.is_atom("free") || value.is_atom("false")).then_some(None)
    }

    fn describe(&self, held: &Option<(Term, u32)>) -> String {
        match held {
            None => "free".to_owned(),
            Some((owner, 1)) => format!("held by {}", abridged(owner)),
            Some((owner, times)) => format!("held {times} times by {}", abridged(owner)),
        }
    }
}

impl Model for OwnedMutex {
    fn step(
        &self,
        held: &Option<(Term, u32)>,
        call: &OwnedMutexCall,
    ) -> Option<Option<(Term, u32)>> {
        let owner = held.as_ref().map(|(owner, _)| owner);
        match (call, held) {
            (OwnedMutexCall::Acquire(by), None) => Some(Some((by.clone(), 1))),
            (OwnedMutexCall::Acquire(by), Some((owner, times))) => {
                let again = self.is_reentrant && by == owner;
                again.then(|| Some((owner.clone(), times + 1)))
            }
            (OwnedMutexCall::Release(by), Some((owner, times))) if by == owner => {
                Some((*times > 1).then(|| (owner.clone(), times - 1)))
            }
            (OwnedMutexCall::Release(_), _) => None,
            (OwnedMutexCall::Refused(by), _) => {
                let refuses = owner.is_some_and(|owner| !self.is_reentrant || owner != by);
                refuses.then(|| held.clone())
            }
            (OwnedMutexCall::NotHeld(by), _) => (owner != Some(by)).then(|| held.clone()),
        }
    }

    fn only_reads(&self, call: &OwnedMutexCall) -> bool {
        matches!(call, OwnedMutexCall::Refused(_) | OwnedMutexCall::NotHeld(_))
    }
}

fn owner(operation: &Operation) -> Term {
    if operation.value.is_atom("undefined") {
        Term::from(format!("{} {}", operation.workload, operation.client))
    } else {
        operation.value.clone()
    }
}
