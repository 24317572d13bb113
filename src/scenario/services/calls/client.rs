//! The process that makes the calls, one after the other, and records what came of each.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use super::draw::OperationDraw;
use super::evaluate::Application;
use super::expression::{Bindings, Expression};
use super::{CallOperation, Calls, SourceText};
use crate::consistency::history::{Action, Invocation, Outcome};
use crate::consistency::model::Nothing;
use crate::engine::runtime::{Class, Context, Exit, ExitResult};
use crate::engine::term::{Atom, Term};
use crate::otp::gen_server::call_exit;
use crate::scenario::services::client::{ClientSetup, Task};
use crate::{atom, list, map, tuple};

/// The outcome of a call: the value that it returned, or the exception that it raised.
pub(crate) type Evaluation = Pin<Box<dyn Future<Output = Result<Term, Exit>>>>;

/// The evaluation of a call on a node, which nobody waits for longer than this.
pub(crate) type Evaluate = Rc<dyn Fn(Context, Application, Duration) -> Evaluation>;

/// A client of a workload that makes calls.
pub(crate) struct CallsClient {
    pub calls: Rc<Calls>,
    /// The place of the workload among those of the scenario.
    pub workload: u64,
    pub evaluate: Evaluate,
    pub setup: ClientSetup,
}

/// The number of the first operation after those of the plan.
const CLOSING_NUMBER: u64 = 1 << 32;

impl CallsClient {
    /// Does what it is asked to do.
    pub(crate) async fn run(self, ctx: Context) -> ExitResult {
        let mut known = BTreeMap::new();
        loop {
            match self.setup.next_task(&ctx).await {
                Task::Operation { name, number, draw } => {
                    if let Some(operation) = self.calls.operation(name) {
                        let bindings = self.bindings(operation, number, draw, &known);
                        self.perform(&ctx, operation, bindings, &mut known).await;
                    }
                }
                Task::Closing if self.setup.client == 0 => self.close(&ctx, &mut known).await,
                Task::Closing => {}
            }
        }
    }

    /// Reads what is left.
    async fn close(&self, ctx: &Context, known: &mut BTreeMap<Term, Term>) {
        let mut operations = self.calls.operations.iter();
        let Some(read) = operations.find(|each| each.action == Action::Read) else { return };
        let key = atom!("Key");
        let keys = if read.drawn_variables().contains(&key) {
            self.calls.keys().into_iter().map(Some).collect()
        } else {
            vec![None]
        };
        for (value, number) in keys.into_iter().zip(CLOSING_NUMBER..) {
            let mut bindings = self.bindings(read, number, number, known);
            bindings.extend(value.map(|value| (key, value)));
            self.perform(ctx, read, bindings, known).await;
        }
    }

    fn bindings(
        &self,
        operation: &CallOperation,
        number: u64,
        draw: u64,
        known: &BTreeMap<Term, Term>,
    ) -> Bindings {
        let (workload, client) = (self.workload, self.setup.client);
        let drawing = OperationDraw { workload, client, number, draw };
        self.calls.drawn(operation, drawing, |key| {
            let initial = || self.calls.initial.clone();
            let known = known.get(key).cloned().or_else(initial);
            known.unwrap_or_else(|| Term::atom("undefined"))
        })
    }

    /// Makes a call, and records it.
    async fn perform(
        &self,
        ctx: &Context,
        operation: &CallOperation,
        bindings: Bindings,
        known: &mut BTreeMap<Term, Term>,
    ) {
        let call = &operation.call.value;
        let arguments = call.arguments.iter().map(|argument| argument.term(&bindings));
        let Some(arguments) = arguments.collect::<Option<Vec<Term>>>() else { return };
        let invocation = self.invocation(operation, &bindings, &arguments);
        let key = invocation.key.clone();
        let (module, function) = (call.module, call.function);
        let application = Application { module, function, arguments };
        let deadline = ctx.now() + self.setup.timeout;
        let patience = self.setup.timeout;
        let answer = async {
            let answer = (self.evaluate)(ctx.clone(), application, patience).await;
            let is_late = ctx.now() > deadline;
            if is_late {
                Outcome::Unknown(Term::atom("timeout"))
            } else {
                self.outcome(operation, &bindings, answer)
            }
        };
        let outcome = self.setup.history.perform(ctx, invocation, answer).await;
        if let Outcome::Ok(answer) = &outcome {
            note(known, key, operation, &bindings, answer);
        }
    }

    fn invocation(
        &self,
        operation: &CallOperation,
        bindings: &Bindings,
        arguments: &[Term],
    ) -> Invocation {
        let bound = |name: &str| bindings.get(&Atom::new(name)).cloned();
        let nothing = || Term::atom("undefined");
        let value = |name: &str| bound(name).unwrap_or_else(nothing);
        let value = match operation.action {
            Action::CompareAndSet => [value("Old"), value("New")].into_iter().collect(),
            Action::Transfer => map! {
                atom!("from") => value("From"),
                atom!("to") => value("To"),
                atom!("amount") => value("Amount"),
            },
            Action::Other if arguments.is_empty() => nothing(),
            Action::Other => Term::from(arguments.to_vec()),
            Action::Write
            | Action::Append
            | Action::Add
            | Action::Remove
            | Action::Enqueue
            | Action::Contains => value("Value"),
            Action::Read
            | Action::Acquire
            | Action::Release
            | Action::Dequeue
            | Action::Delete
            | Action::Transaction => nothing(),
        };
        let modelled = operation.action != Action::Other;
        let key = bound("Key").filter(|_| modelled).unwrap_or_else(nothing);
        self.setup.invocation(operation.name, operation.action, key, value)
    }

    /// The outcome that an answer means.
    fn outcome(
        &self,
        operation: &CallOperation,
        bindings: &Bindings,
        answer: Result<Term, Exit>,
    ) -> Outcome {
        let specified = self.calls.specified(operation.name);
        let (term, raised) = match answer {
            Ok(term) => (term, None),
            Err(exit) => {
                let why = call_exit(&exit).why.clone();
                let why = match exit.stack() {
                    Some(stack) if exit.class() == Class::Error => tuple![why, stack],
                    Some(_) | None => why,
                };
                (caught(&exit), Some(why))
            }
        };
        let fits = |patterns: &[SourceText<Expression>]| {
            let mut patterns = patterns.iter();
            patterns.find_map(|pattern| fitting(&pattern.value, &term, raised.is_some(), bindings))
        };
        if fits(&operation.failed).is_some() {
            return Outcome::Failed(raised.unwrap_or(term));
        }
        if fits(&operation.none).is_some() {
            let nothing = specified.and_then(|specified| specified.nothing);
            return Outcome::Ok(nothing.map_or(term, Nothing::term));
        }
        match fits(&operation.ok) {
            Some(found) => {
                let value = found
                    .get(&atom!("Value"))
                    .filter(|_| specified.is_some_and(|specified| specified.gives_value));
                let refusable = specified.is_some_and(|it| it.nothing == Some(Nothing::False));
                let answer = value.cloned().unwrap_or(term);
                Outcome::Ok(if refusable { Term::from(true) } else { answer })
            }
            None => Outcome::Unknown(raised.unwrap_or(term)),
        }
    }
}

/// The values of the variables, if a pattern fits. What was raised fits only a pattern of `'EXIT'`.
fn fitting(
    pattern: &Expression,
    answer: &Term,
    raised: bool,
    bindings: &Bindings,
) -> Option<Bindings> {
    let takes_exits = match pattern {
        Expression::Tuple(parts) => parts.first() == Some(&Expression::Term(Term::atom("EXIT"))),
        Expression::Term(term) => term.tagged("EXIT").is_some(),
        Expression::Variable(_)
        | Expression::Anything
        | Expression::List(..)
        | Expression::Map(_) => false,
    };
    if raised && !takes_exits {
        return None;
    }
    let mut found = bindings.clone();
    pattern.matches(answer, &mut found).then_some(found)
}

/// The exception that was raised, as `catch` returns it.
fn caught(exit: &Exit) -> Term {
    match exit.class() {
        Class::Exit | Class::Throw => tuple![atom!("EXIT"), exit.reason()],
        Class::Error => tuple![atom!("EXIT"), tuple![exit.reason(), list![]]],
    }
}

/// Keeps in mind what an answer says of a key.
fn note(
    known: &mut BTreeMap<Term, Term>,
    key: Term,
    operation: &CallOperation,
    bindings: &Bindings,
    answer: &Term,
) {
    let written = |name: &str| bindings.get(&Atom::new(name)).cloned();
    let now = match operation.action {
        Action::Read => Some(answer.clone()),
        Action::Write => written("Value"),
        Action::CompareAndSet if !answer.is_atom("false") => written("New"),
        Action::Delete => Some(Term::atom("undefined")),
        Action::CompareAndSet
        | Action::Append
        | Action::Add
        | Action::Remove
        | Action::Acquire
        | Action::Release
        | Action::Enqueue
        | Action::Dequeue
        | Action::Contains
        | Action::Transfer
        | Action::Transaction
        | Action::Other => None,
    };
    known.extend(now.map(|now| (key, now)));
}
