//! The values of the variables of a call.

use super::expression::Bindings;
use super::{CallOperation, Calls};
use crate::consistency::history::Action;
use crate::consistency::model::Specification;
use crate::engine::term::{Atom, Term};

/// The way in which a variable gets its value.
#[derive(Clone, Debug, PartialEq)]
pub enum Draw {
    /// One of these, each as likely.
    OneOf(Vec<Term>),
    /// A whole number between these two, inclusive.
    Between(i64, i64),
    /// A whole number that no other operation has.
    Unique,
    /// The same as a binary: `<<"v7">>`.
    UniqueBinary,
    /// The value that the client knows the key to have.
    Known,
}

/// The operation that variables are drawn for.
#[derive(Clone, Copy, Debug)]
pub(super) struct OperationDraw {
    /// The place of the workload among those of the scenario.
    pub workload: u64,
    /// The client within the workload.
    pub client: u32,
    /// The operation's number within the workload.
    pub number: u64,
    /// The random number to choose by.
    pub draw: u64,
}

/// The keys, unless a scenario gives others.
const KEYS: [&str; 5] = ["k1", "k2", "k3", "k4", "k5"];

/// The most keys that are looked at when no more operations come.
const CLOSING_KEYS_MAX: i64 = 1_000;

/// The distance between the unique numbers of two workloads.
const WORKLOAD_GAP: u64 = 1_000_000_000;

impl Calls {
    /// The way in which a variable of an operation gets its value; `None` if nothing says so.
    #[must_use]
    pub fn draw_of(&self, variable: Atom) -> Option<Draw> {
        let written = self.draws.iter().find(|(name, _)| *name == variable);
        if let Some((_, draw)) = written {
            return Some(draw.clone());
        }
        Some(match variable.as_str() {
            "Key" => Draw::OneOf(KEYS.map(Term::atom).to_vec()),
            "From" | "To" => return self.draw_of(Atom::new("Key")),
            "Value" | "New" if self.model == Some(Specification::AppendMap) => Draw::UniqueBinary,
            "Value" | "New" => Draw::Unique,
            "Old" => Draw::Known,
            "Amount" => Draw::Between(1, 10),
            _ => return None,
        })
    }

    /// All keys; none if operations have no key.
    pub(super) fn keys(&self) -> Vec<Term> {
        match self.draw_of(Atom::new("Key")) {
            Some(Draw::OneOf(keys)) => keys,
            Some(Draw::Between(first, last)) => (first
                ..=last.min(first.saturating_add(CLOSING_KEYS_MAX - 1)))
                .map(Term::from)
                .collect(),
            Some(Draw::Unique | Draw::UniqueBinary | Draw::Known) | None => Vec::new(),
        }
    }

    /// The values of the variables of an operation; `known` is what the client knows of a key.
    pub(super) fn drawn(
        &self,
        operation: &CallOperation,
        drawing: OperationDraw,
        known: impl Fn(&Term) -> Term,
    ) -> Bindings {
        let mut bindings = Bindings::from([
            (Atom::new("Client"), Term::from(drawing.client_number())),
            (Atom::new("Number"), Term::from(signed(drawing.number + 1))),
        ]);
        let mut later = Vec::new();
        for name in operation.drawn_variables() {
            match self.draw_of(name) {
                // What is known is known of the key, which may come later.
                Some(Draw::Known) => later.push(name),
                Some(draw) => {
                    let value = value(&draw, name, operation, drawing, &bindings);
                    bindings.insert(name, value);
                }
                None => {}
            }
        }
        let key = bindings.get(&Atom::new("Key")).cloned();
        let key = key.unwrap_or_else(|| Term::atom("undefined"));
        bindings.extend(later.into_iter().map(|name| (name, known(&key))));
        bindings
    }
}

fn value(
    draw: &Draw,
    name: Atom,
    operation: &CallOperation,
    drawing: OperationDraw,
    bindings: &Bindings,
) -> Term {
    let random = mixed(drawing.draw, name);
    match draw {
        Draw::OneOf(terms) => {
            // Money goes to another account, if there is one.
            let from = bindings.get(&Atom::new("From"));
            let is_other = |term: &&Term| name.as_str() != "To" || Some(*term) != from;
            let others: Vec<&Term> = terms.iter().filter(is_other).collect();
            let terms = if others.is_empty() { terms.iter().collect() } else { others };
            terms[(random % terms.len() as u64) as usize].clone()
        }
        Draw::Between(first, last) => {
            let count = last.abs_diff(*first).saturating_add(1);
            Term::from(first.wrapping_add((random % count).cast_signed()))
        }
        Draw::Unique => Term::from(signed(drawing.unique(operation.action, random))),
        Draw::UniqueBinary => Term::from(format!("v{}", drawing.unique(operation.action, random))),
        Draw::Known => Term::atom("undefined"),
    }
}

impl OperationDraw {
    /// The number that no other operation writes; of what is taken out, that of an earlier one, as
    /// only what somebody may have put there can be taken.
    fn unique(self, action: Action, random: u64) -> u64 {
        let number = match action {
            Action::Remove | Action::Contains => random % (self.number + 1),
            Action::Read
            | Action::Write
            | Action::CompareAndSet
            | Action::Append
            | Action::Add
            | Action::Acquire
            | Action::Release
            | Action::Enqueue
            | Action::Dequeue
            | Action::Delete
            | Action::Transfer
            | Action::Transaction
            | Action::Other => self.number,
        };
        number + 1 + self.workload * WORKLOAD_GAP
    }

    fn client_number(self) -> i64 {
        signed(u64::from(self.client) + self.workload * WORKLOAD_GAP)
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A random number for one variable (Steele, Lea and Flood, *Fast splittable pseudorandom number
/// generators*, 2014): that of the operation, mixed with the name.
fn mixed(draw: u64, name: Atom) -> u64 {
    let name = name
        .as_str()
        .bytes()
        .fold(draw, |mixed, byte| (mixed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (name ^ (name >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
