//! Models of one value that is read and replaced.

use super::{Model, SequentialSpec, Text, Unfit, was_refused};
use crate::consistency::abridged;
use crate::consistency::history::{Action, Operation};
use crate::engine::term::Term;

/// A register that is read, written, and, if so wished, compared and set. It begins as `undefined`,
/// JSON's `null` and EDN's `nil`.
#[derive(Clone, Debug)]
pub struct Register {
    name: &'static str,
    operations: &'static [&'static str],
    compares: bool,
}

/// A map whose keys are written, read and deleted: each key is a register, and deleted means that it
/// holds what it held at first.
#[derive(Clone, Debug)]
pub struct RegisterMap(Register);

/// A call of a [`Register`].
#[derive(Clone, Debug, PartialEq)]
pub enum RegisterCall {
    /// Returned this, if the answer is known.
    Read(Option<Term>),
    /// Replaced what was there.
    Write(Term),
    /// Replaced the first by the second.
    CompareAndSet(Term, Term),
    /// Would have replaced this, and found something else.
    Differs(Term),
}

impl Register {
    /// A register that is read and written.
    #[must_use]
    pub const fn new() -> Register {
        Register { name: "register", operations: &["read", "write"], compares: false }
    }

    /// A register that can be compared and set as well.
    #[must_use]
    pub const fn compare_and_set() -> Register {
        let operations = &["read", "write", "cas"];
        Register { name: "compare-and-set register", operations, compares: true }
    }
}

impl Default for Register {
    fn default() -> Register {
        Register::new()
    }
}

impl RegisterMap {
    /// A map whose keys hold `undefined` until they are written.
    #[must_use]
    pub const fn new() -> RegisterMap {
        RegisterMap(Register {
            name: "map",
            operations: &["get", "put", "delete"],
            compares: false,
        })
    }
}

impl Default for RegisterMap {
    fn default() -> RegisterMap {
        RegisterMap::new()
    }
}

impl SequentialSpec for Register {
    type Call = RegisterCall;
    type State = Term;

    fn initial(&self) -> Term {
        Term::atom("undefined")
    }

    fn call(&self, operation: &Operation) -> Result<RegisterCall, Unfit> {
        match operation.action {
            Action::Read => Ok(RegisterCall::Read(operation.answer().cloned())),
            Action::Write => Ok(RegisterCall::Write(operation.value.clone())),
            Action::CompareAndSet if self.compares => {
                let expected = "two values, what is there and what is to be";
                let unfit = || Unfit::value(self.name, operation, expected, &operation.value);
                let [from, to] = two(&operation.value).ok_or_else(unfit)?;
                if was_refused(operation) {
                    return Ok(RegisterCall::Differs(from.clone()));
                }
                Ok(RegisterCall::CompareAndSet(from.clone(), to.clone()))
            }
            _ => Err(Unfit::operation(self.name, operation, self.operations)),
        }
    }

    fn state_of(&self, value: &Term) -> Option<Term> {
        Some(value.clone())
    }

    fn shows(&self, call: &RegisterCall) -> Vec<Term> {
        match call {
            RegisterCall::Read(Some(value)) | RegisterCall::CompareAndSet(value, _) => {
                vec![value.clone()]
            }
            RegisterCall::Read(None) | RegisterCall::Write(_) | RegisterCall::Differs(_) => {
                Vec::new()
            }
        }
    }

    fn brings(&self, call: &RegisterCall) -> Option<Term> {
        match call {
            RegisterCall::Write(value) | RegisterCall::CompareAndSet(_, value) => {
                Some(value.clone())
            }
            RegisterCall::Read(_) | RegisterCall::Differs(_) => None,
        }
    }

    fn count(&self, state: &Term, value: &Term) -> usize {
        usize::from(state == value)
    }

    fn describe(&self, state: &Term) -> String {
        abridged(state)
    }
}

impl Model for Register {
    fn step(&self, state: &Term, call: &RegisterCall) -> Option<Term> {
        match call {
            RegisterCall::Read(None) => Some(state.clone()),
            RegisterCall::Read(Some(answer)) => (answer == state).then(|| state.clone()),
            RegisterCall::Write(value) => Some(value.clone()),
            RegisterCall::CompareAndSet(from, to) => (from == state).then(|| to.clone()),
            RegisterCall::Differs(value) => (value != state).then(|| state.clone()),
        }
    }

    fn only_reads(&self, call: &RegisterCall) -> bool {
        matches!(call, RegisterCall::Read(_) | RegisterCall::Differs(_))
    }

    fn leads_to(&self, state: &Term, read: &RegisterCall) -> bool {
        match read {
            RegisterCall::Read(Some(answer)) => answer == state,
            RegisterCall::Differs(value) => value != state,
            RegisterCall::Read(None) | RegisterCall::Write(_) | RegisterCall::CompareAndSet(..) => {
                true
            }
        }
    }

    fn restarts(&self, call: &RegisterCall) -> bool {
        !self.only_reads(call)
    }

    fn restarts_for(&self, call: &RegisterCall, read: &RegisterCall) -> bool {
        let (RegisterCall::Write(new) | RegisterCall::CompareAndSet(_, new)) = call else {
            return false;
        };
        match read {
            RegisterCall::Read(Some(answer)) => answer == new,
            RegisterCall::Differs(value) => value != new,
            RegisterCall::Read(None) | RegisterCall::Write(_) | RegisterCall::CompareAndSet(..) => {
                false
            }
        }
    }
}

/// The two elements of a list or a tuple.
pub(in crate::consistency) fn two(value: &Term) -> Option<&[Term; 2]> {
    value.as_list().or_else(|| value.as_tuple())?.try_into().ok()
}

impl SequentialSpec for RegisterMap {
    type Call = RegisterCall;
    type State = Term;

    fn initial(&self) -> Term {
        self.0.initial()
    }

    fn call(&self, operation: &Operation) -> Result<RegisterCall, Unfit> {
        match operation.action {
            Action::Delete => Ok(RegisterCall::Write(self.0.initial())),
            _ => self.0.call(operation),
        }
    }

    fn describe(&self, state: &Term) -> String {
        self.0.describe(state)
    }

    fn state_of(&self, value: &Term) -> Option<Term> {
        self.0.state_of(value)
    }

    fn shows(&self, call: &RegisterCall) -> Vec<Term> {
        self.0.shows(call)
    }

    fn brings(&self, call: &RegisterCall) -> Option<Term> {
        self.0.brings(call)
    }

    fn count(&self, state: &Term, value: &Term) -> usize {
        self.0.count(state, value)
    }
}

impl Model for RegisterMap {
    fn step(&self, state: &Term, call: &RegisterCall) -> Option<Term> {
        self.0.step(state, call)
    }

    fn only_reads(&self, call: &RegisterCall) -> bool {
        self.0.only_reads(call)
    }

    fn leads_to(&self, state: &Term, read: &RegisterCall) -> bool {
        self.0.leads_to(state, read)
    }

    fn restarts(&self, call: &RegisterCall) -> bool {
        self.0.restarts(call)
    }

    fn restarts_for(&self, call: &RegisterCall, read: &RegisterCall) -> bool {
        self.0.restarts_for(call, read)
    }
}

/// A map whose keys hold texts: they are read, written, appended to, and deleted. A key that was never
/// written, or was deleted, holds the empty text.
#[derive(Clone, Copy, Debug, Default)]
pub struct AppendMap;

/// A call of an [`AppendMap`] on one key.
#[derive(Clone, Debug, PartialEq)]
pub enum AppendMapCall {
    /// Returned this, if the answer is known.
    Get(Option<Term>),
    /// Replaced the text.
    Put(Term),
    /// Added to the end of the text.
    Append(Term),
}

impl AppendMap {
    const NAME: &'static str = "append-map";
}

impl SequentialSpec for AppendMap {
    type Call = AppendMapCall;
    type State = Text;

    fn initial(&self) -> Text {
        Text::default()
    }

    fn call(&self, operation: &Operation) -> Result<AppendMapCall, Unfit> {
        let text = |value: &Term| match value {
            Term::Binary(_) => Ok(value.clone()),
            _ => Err(Unfit::value(AppendMap::NAME, operation, "a text", value)),
        };
        match operation.action {
            Action::Read => operation.answer().map(text).transpose().map(AppendMapCall::Get),
            Action::Write => text(&operation.value).map(AppendMapCall::Put),
            Action::Append => text(&operation.value).map(AppendMapCall::Append),
            Action::Delete => Ok(AppendMapCall::Put(Term::binary(b""))),
            _ => {
                let known = &["get", "put", "append", "delete"];
                Err(Unfit::operation(AppendMap::NAME, operation, known))
            }
        }
    }

    fn describe(&self, state: &Text) -> String {
        abridged(&state.binary())
    }

    fn state_of(&self, value: &Term) -> Option<Text> {
        value.as_binary().map(|_| Text::of(value))
    }

    fn size(&self, state: &Text) -> usize {
        state.size()
    }
}

impl Model for AppendMap {
    fn step(&self, state: &Text, call: &AppendMapCall) -> Option<Text> {
        match call {
            AppendMapCall::Get(None) => Some(state.clone()),
            AppendMapCall::Get(Some(answer)) => {
                let answer = bytes(answer);
                (state.len() == answer.len() && state.begins(answer)).then(|| state.clone())
            }
            AppendMapCall::Put(text) => Some(Text::of(text)),
            AppendMapCall::Append(text) => Some(state.with(text)),
        }
    }

    fn only_reads(&self, call: &AppendMapCall) -> bool {
        matches!(call, AppendMapCall::Get(_))
    }

    fn leads_to(&self, state: &Text, call: &AppendMapCall) -> bool {
        match call {
            AppendMapCall::Get(Some(answer)) => state.begins(bytes(answer)),
            AppendMapCall::Get(None) | AppendMapCall::Put(_) | AppendMapCall::Append(_) => true,
        }
    }

    fn restarts(&self, call: &AppendMapCall) -> bool {
        matches!(call, AppendMapCall::Put(_))
    }

    fn restarts_for(&self, call: &AppendMapCall, read: &AppendMapCall) -> bool {
        match (call, read) {
            (AppendMapCall::Put(text), AppendMapCall::Get(Some(answer))) => {
                bytes(answer).starts_with(bytes(text))
            }
            (AppendMapCall::Put(_), _) => true,
            (AppendMapCall::Get(_) | AppendMapCall::Append(_), _) => false,
        }
    }
}

fn bytes(text: &Term) -> &[u8] {
    text.as_binary().unwrap_or_default()
}
