//! The recorder, with which clients write a history during the run.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::shared::SharedAnswers;
use super::{Action, Completion, History, Operation, OperationId, Outcome};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Term};
use crate::engine::trace::{Fact, OperationFact};

/// A hold on the history of the run; clones write into the same one.
///
/// ```
/// use nodedown::history::Recorder;
///
/// let recorder = Recorder::default();
/// assert!(recorder.take().operations().is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    history: Rc<RefCell<History>>,
    completed: Rc<Cell<u32>>,
    answers: Rc<RefCell<SharedAnswers>>,
}

/// The invocation of an operation: an [`Operation`] without its completion.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The workload that it belongs to.
    pub workload: Atom,
    /// The client within the workload.
    pub client: u32,
    /// The user's name for it.
    pub name: Atom,
    /// Its effect on the data.
    pub action: Action,
    /// The key.
    pub key: Term,
    /// The value; `undefined` if there is none.
    pub value: Term,
    /// The client's timeout.
    pub timeout: Duration,
}

impl Recorder {
    /// Records that the client begins an operation now, in the history and in the trace.
    pub fn invoke(&self, ctx: &Context, invocation: Invocation) -> OperationId {
        let Invocation { workload, client, name, action, key, value, timeout } = invocation;
        let invoked = ctx.now();
        let completion = None;
        let operation =
            Operation { workload, client, name, action, key, value, invoked, timeout, completion };
        let id = self.history.borrow_mut().invoke(operation);
        ctx.record(Fact::Operation(OperationFact::Invoked { operation: id.0 }));
        id
    }

    /// Records that the operation ends now, in the history and in the trace.
    pub fn complete(&self, ctx: &Context, id: OperationId, outcome: Outcome) {
        let said = match outcome {
            Outcome::Ok(_) => "ok",
            Outcome::Failed(_) => "failed",
            Outcome::Unknown(_) => "unknown",
        };
        self.completed.set(self.completed.get() + u32::from(said == "ok"));
        let mut history = self.history.borrow_mut();
        history.complete(id, Completion { at: ctx.now(), outcome });
        self.answers.borrow_mut().share(&mut history.operations, id);
        drop(history);
        ctx.record(Fact::Operation(OperationFact::Completed { operation: id.0, outcome: said }));
    }

    /// Records that the client begins an operation, performs it, and records its outcome.
    pub async fn perform(
        &self,
        ctx: &Context,
        invocation: Invocation,
        operation: impl Future<Output = Outcome>,
    ) -> Outcome {
        let id = self.invoke(ctx, invocation);
        let outcome = operation.await;
        self.complete(ctx, id, outcome.clone());
        outcome
    }

    /// The number of operations answered without an error so far.
    #[must_use]
    pub fn completed(&self) -> u32 {
        self.completed.get()
    }

    /// The history so far.
    #[must_use]
    pub fn history(&self) -> History {
        self.history.borrow().clone()
    }

    /// Takes the history so far, and starts a new one.
    #[must_use]
    pub fn take(&self) -> History {
        self.completed.set(0);
        self.answers.take();
        self.history.take()
    }
}
