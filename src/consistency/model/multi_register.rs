//! A model of registers that are read and written several at a time.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Model, SequentialSpec, Unfit};
use crate::consistency::history::{Action, Operation};
use crate::engine::term::Term;

/// Registers with names, of which a transaction reads and writes several at once. Each holds
/// `undefined` until it is written.
///
/// A transaction is a list of steps, `[r KEY VALUE]` and `[w KEY VALUE]`. Its answer is the same list
/// with what was read; a step that read `undefined` in a transaction without an answer is not known.
#[derive(Clone, Copy, Debug, Default)]
pub struct MultiRegister;

/// A step of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterStep {
    /// Returned this, if the answer is known.
    Read(Term, Option<Term>),
    /// Replaced what was there.
    Write(Term, Term),
}

impl MultiRegister {
    const NAME: &'static str = "multi-register";
    const STEPS: &'static str = "a list of `[r key value]` and `[w key value]`";
}

impl SequentialSpec for MultiRegister {
    type Call = Vec<RegisterStep>;
    type State = Rc<BTreeMap<Term, Term>>;

    fn initial(&self) -> Rc<BTreeMap<Term, Term>> {
        Rc::default()
    }

    fn call(&self, operation: &Operation) -> Result<Vec<RegisterStep>, Unfit> {
        let (steps, is_answered) = match (operation.action, operation.answer()) {
            (Action::Transaction, Some(answer)) => (answer, true),
            (Action::Transaction, None) => (&operation.value, false),
            _ => return Err(Unfit::operation(MultiRegister::NAME, operation, &["txn"])),
        };
        let read = steps.as_list().and_then(|steps| {
            steps.iter().map(|step| register_step(step, is_answered)).collect::<Option<Vec<_>>>()
        });
        read.ok_or_else(|| {
            Unfit::value(MultiRegister::NAME, operation, MultiRegister::STEPS, steps)
        })
    }

    fn state_of(&self, value: &Term) -> Option<Rc<BTreeMap<Term, Term>>> {
        value.as_map().map(|registers| Rc::new(registers.iter().cloned().collect()))
    }

    fn size(&self, registers: &Rc<BTreeMap<Term, Term>>) -> usize {
        size_of_val(registers) + registers.len() * 2 * size_of::<(Term, Term)>()
    }

    fn describe(&self, registers: &Rc<BTreeMap<Term, Term>>) -> String {
        let all = registers.iter().map(|(key, value)| format!("{key}: {value}"));
        let all: Vec<String> = all.collect();
        if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
    }
}

impl Model for MultiRegister {
    fn step(
        &self,
        registers: &Rc<BTreeMap<Term, Term>>,
        call: &Vec<RegisterStep>,
    ) -> Option<Rc<BTreeMap<Term, Term>>> {
        let (mut registers, nothing) = (Rc::clone(registers), Term::atom("undefined"));
        for step in call {
            match step {
                RegisterStep::Read(_, None) => {}
                RegisterStep::Read(key, Some(answer)) => {
                    if registers.get(key).unwrap_or(&nothing) != answer {
                        return None;
                    }
                }
                RegisterStep::Write(key, value) => {
                    Rc::make_mut(&mut registers).insert(key.clone(), value.clone());
                }
            }
        }
        Some(registers)
    }

    fn only_reads(&self, call: &Vec<RegisterStep>) -> bool {
        call.iter().all(|step| matches!(step, RegisterStep::Read(..)))
    }

    fn leads_to(&self, registers: &Rc<BTreeMap<Term, Term>>, read: &Vec<RegisterStep>) -> bool {
        self.step(registers, read).is_some()
    }

    fn restarts(&self, call: &Vec<RegisterStep>) -> bool {
        !self.only_reads(call)
    }

    /// A transaction that writes something else into what was read leaves what has to be changed.
    fn restarts_for(&self, call: &Vec<RegisterStep>, read: &Vec<RegisterStep>) -> bool {
        call.iter().any(|step| match step {
            RegisterStep::Read(..) => false,
            RegisterStep::Write(key, value) => read
                .iter()
                .any(|read| *read == RegisterStep::Read(key.clone(), Some(value.clone()))),
        })
    }
}

fn register_step(step: &Term, is_answered: bool) -> Option<RegisterStep> {
    let [kind, key, value] = step.as_list()? else { return None };
    let name = kind.as_atom().map(|name| name.as_str().to_owned());
    let name = name.or_else(|| kind.as_str().map(str::to_owned))?;
    match name.as_str() {
        "r" | "read" => Some(RegisterStep::Read(key.clone(), is_answered.then(|| value.clone()))),
        "w" | "write" => Some(RegisterStep::Write(key.clone(), value.clone())),
        _ => None,
    }
}
