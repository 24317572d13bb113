//! The client `calls`: operations that are calls of functions, as a scenario writes them.
//!
//! - `expression`: calls and patterns as texts; `draw`: the values of their variables
//! - `client`: the process that makes the calls, and what it makes of the answers
//! - `evaluate`: the functions that a node can call whose services are in Rust

mod client;
mod draw;
pub(crate) mod evaluate;
mod expression;

use std::rc::Rc;

use crate::consistency::history::Action;
use crate::consistency::model::{Specification, SpecifiedOperation};
use crate::engine::term::{Atom, Term};

pub(crate) use client::{CallsClient, Evaluate};
pub use draw::Draw;
pub use expression::{Bindings, Expression, RemoteCall, SyntaxError, Variable};

/// The name of the client.
pub const CALLS: &str = "calls";

/// The calls of the clients of a workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Calls {
    /// The model of the service; `None` if none describes it.
    pub model: Option<Specification>,
    /// The value of each key at the beginning, if it differs from the model's.
    pub initial: Option<Term>,
    /// The operations.
    pub operations: Vec<CallOperation>,
    /// The variables whose values the scenario says how to draw.
    pub draws: Vec<(Atom, Draw)>,
}

/// An operation that is a call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallOperation {
    /// Its name.
    pub name: Atom,
    /// Its effect on the data; [`Action::Other`] if no model has it.
    pub action: Action,
    /// The call.
    pub call: SourceText<RemoteCall>,
    /// The answers that say that it was done.
    pub ok: Vec<SourceText<Expression>>,
    /// The answers that say that nothing is there, or that it was refused.
    pub none: Vec<SourceText<Expression>>,
    /// The answers that say that it was not done.
    pub failed: Vec<SourceText<Expression>>,
}

/// Something with the text that it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceText<T> {
    /// The text.
    pub text: String,
    /// Its text.
    pub value: T,
}

impl Calls {
    /// The operation with this name.
    #[must_use]
    pub fn operation(&self, name: Atom) -> Option<&CallOperation> {
        self.operations.iter().find(|operation| operation.name == name)
    }

    /// The model's own description of an operation, if it has it.
    #[must_use]
    pub fn specified(&self, name: Atom) -> Option<&'static SpecifiedOperation> {
        self.model?.operation(name.as_str())
    }

    /// The service that the operations use: the module that they call, or the server.
    #[must_use]
    pub(crate) fn service(&self) -> Option<Atom> {
        let modelled = |operation: &&CallOperation| operation.action != Action::Other;
        let first = self.operations.iter().find(modelled).or(self.operations.first())?;
        let call = &first.call.value;
        let server = call.arguments.first().map(|argument| match argument {
            Expression::Term(term) => term.clone(),
            _ => Term::atom("undefined"),
        });
        let name = |term: &Term| match term {
            Term::Atom(name) => Some(*name),
            Term::Tuple(parts) => match &parts[..] {
                [kind, Term::Atom(name)] if kind.is_atom("global") => Some(*name),
                [Term::Atom(name), _] => Some(*name),
                _ => None,
            },
            _ => None,
        };
        match call.module.as_str() {
            "gen_server" | "gen_statem" | "erpc" | "rpc" => {
                server.as_ref().and_then(name).or(Some(call.module))
            }
            _ => Some(call.module),
        }
    }

    /// The same, shared.
    #[must_use]
    pub fn shared(self) -> Rc<Calls> {
        Rc::new(self)
    }
}

impl CallOperation {
    /// The variables of it that have to be drawn: those of the call, and those that its value is
    /// made of.
    pub(crate) fn drawn_variables(&self) -> Vec<Atom> {
        let mut all: Vec<Atom> =
            self.call.value.variables().iter().map(|variable| variable.name).collect();
        all.extend(self.value_parts().iter().map(|name| Atom::new(name)));
        all.retain(|name| !GIVEN.contains(&name.as_str()));
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The names of the parts of its value.
    fn value_parts(&self) -> &'static [&'static str] {
        match self.action {
            Action::CompareAndSet => &["Old", "New"],
            Action::Transfer => &["From", "To", "Amount"],
            Action::Write
            | Action::Append
            | Action::Add
            | Action::Remove
            | Action::Enqueue
            | Action::Contains => &["Value"],
            Action::Read
            | Action::Acquire
            | Action::Release
            | Action::Dequeue
            | Action::Delete
            | Action::Transaction
            | Action::Other => &[],
        }
    }
}

/// The variables that have their values without being drawn.
pub const GIVEN: [&str; 2] = ["Client", "Number"];
