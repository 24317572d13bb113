//! The probe: a process that does what it is told, and leaves what it receives in its mailbox.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::Answer;
use super::names::SharedNames;
use super::operation::Operation;
use super::perform::{Problem, end, perform};
use crate::engine::runtime::{Context, ExitResult};
use crate::engine::term::Term;
use crate::tuple;

/// The orders of a probe, and its progress.
#[derive(Default)]
pub(super) struct Desk {
    order: RefCell<Option<Order>>,
    work: RefCell<Option<Work>>,
    ended: Cell<bool>,
}

/// Operations that follow one another.
struct Order {
    operations: Vec<Operation>,
    work: Work,
}

/// The answers to what is being done.
pub(super) type Work = Rc<RefCell<Progress>>;

/// The progress of something.
#[derive(Default)]
pub(super) struct Progress {
    pub answers: Vec<Answer>,
    pub done: bool,
}

impl Desk {
    /// Puts an order down for the probe: what will come of it.
    pub(super) fn put(&self, operations: Vec<Operation>) -> Work {
        let work = Work::default();
        *self.order.borrow_mut() = Some(Order { operations, work: Rc::clone(&work) });
        *self.work.borrow_mut() = Some(Rc::clone(&work));
        work
    }

    /// Returns the current or latest work of the probe.
    pub(super) fn work(&self) -> Option<Work> {
        self.work.borrow().clone()
    }

    /// Returns whether the probe has not done yet what it was told.
    pub(super) fn is_busy(&self) -> bool {
        !self.ended.get() && self.work.borrow().as_ref().is_some_and(|work| !work.borrow().done)
    }
}

/// The message that makes a probe look at its desk.
pub(super) fn summons() -> Term {
    tuple![Term::atom(SUMMONS)]
}

const SUMMONS: &str = "$order";

/// Returns whether a message is one.
pub(super) fn is_summons(message: &Term) -> bool {
    message.tagged(SUMMONS).is_some()
}

/// The life of a probe. It is in a box since probes start probes.
pub(super) fn live(
    ctx: Context,
    desk: Rc<Desk>,
    names: SharedNames,
) -> Pin<Box<dyn Future<Output = ExitResult>>> {
    Box::pin(async move {
        let presence = Presence(desk);
        loop {
            ctx.receive_where(is_summons).await;
            let order = presence.0.order.borrow_mut().take();
            if let Some(order) = order
                && let Some(end) = carry_out(&ctx, order, &names).await
            {
                return end;
            }
        }
    })
}

/// Does one thing after the other; returns how the probe ends, if it does.
async fn carry_out(ctx: &Context, order: Order, names: &SharedNames) -> Option<ExitResult> {
    for operation in order.operations {
        let answer = match operation {
            Operation::End(ending) => match end(&ending, names) {
                Ok(result) => return Some(result),
                Err(complaint) => Answer::Complaint(complaint),
            },
            operation => perform(ctx, names, operation).await.unwrap_or_else(Problem::into_answer),
        };
        if ctx.is_process_alive(ctx.pid()) != Ok(true) {
            return Some(Ok(()));
        }
        order.work.borrow_mut().answers.push(answer);
    }
    order.work.borrow_mut().done = true;
    None
}

/// Notes the end of a probe, however it comes.
struct Presence(Rc<Desk>);

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.ended.set(true);
    }
}
