//! The models by the names that files give them, with their operations.

use super::{
    AnyOf, AppendLog, AppendMap, Bank, Counter, Model, Mutex, OwnedMutex, Queue, Register,
    RegisterMap, SequentialSpec, Set, Starting, Unfit, UnorderedQueue,
};
use crate::consistency::history::{Action, OperationId};
use crate::consistency::judgement::{
    Judgement, Limits, Numbered, linearizable, sequentially_consistent,
};
use crate::engine::term::Term;
use crate::list;

/// A sequential specification that files can name: one of the models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Specification {
    /// One value: read, write.
    Register,
    /// One value: read, write, compare and set.
    CasRegister,
    /// Keys with a value each.
    Map,
    /// Keys with a text each.
    AppendMap,
    /// A lock.
    Mutex,
    /// A lock that only its owner gives back.
    OwnedMutex,
    /// The same, which its owner may acquire again.
    ReentrantMutex,
    /// First in, first out.
    Queue,
    /// In, and out in any order.
    UnorderedQueue,
    /// A number.
    Counter,
    /// Values without an order.
    Set,
    /// A list.
    Log,
    /// Accounts, none of which goes below 0.
    Bank,
}

/// The order that explains a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderOf {
    /// The order of time, as far as operations do not overlap.
    RealTime,
    /// The order of each client.
    Clients,
}

/// The answer of an operation that a service gives where there is nothing, or refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// Nothing is there: `undefined`.
    Undefined,
    /// It was refused, or it is not so: `false`.
    False,
    /// The number 0.
    Zero,
    /// An empty list.
    EmptyList,
    /// An empty text.
    EmptyText,
}

/// An operation of a [`Specification`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpecifiedOperation {
    /// Its name.
    pub name: &'static str,
    /// Its effect.
    pub action: Action,
    /// The parts of its value.
    pub takes: &'static [&'static str],
    /// True if it is answered with a value.
    pub gives_value: bool,
    /// The answer where there is nothing, or where it is refused; `None` if it always does something.
    pub nothing: Option<Nothing>,
}

impl Nothing {
    /// The answer as a term.
    #[must_use]
    pub fn term(self) -> Term {
        match self {
            Nothing::Undefined => Term::atom("undefined"),
            Nothing::False => Term::from(false),
            Nothing::Zero => Term::from(0),
            Nothing::EmptyList => list![],
            Nothing::EmptyText => Term::binary(b""),
        }
    }
}

const fn reads(name: &'static str, nothing: Option<Nothing>) -> SpecifiedOperation {
    SpecifiedOperation { name, action: Action::Read, takes: &[], gives_value: true, nothing }
}

const fn writes(name: &'static str, action: Action) -> SpecifiedOperation {
    SpecifiedOperation { name, action, takes: &["Value"], gives_value: false, nothing: None }
}

const fn may_be_refused(name: &'static str, action: Action) -> SpecifiedOperation {
    let nothing = Some(Nothing::False);
    SpecifiedOperation { name, action, takes: &[], gives_value: false, nothing }
}

const DELETE: SpecifiedOperation = SpecifiedOperation {
    name: "delete",
    action: Action::Delete,
    takes: &[],
    gives_value: false,
    nothing: None,
};

const CAS: SpecifiedOperation =
    SpecifiedOperation { takes: &["Old", "New"], ..may_be_refused("cas", Action::CompareAndSet) };

const CAS_REGISTER: [SpecifiedOperation; 3] =
    [reads("read", Some(Nothing::Undefined)), writes("write", Action::Write), CAS];

const MAP: [SpecifiedOperation; 3] =
    [reads("get", Some(Nothing::Undefined)), writes("put", Action::Write), DELETE];

const APPEND_MAP: [SpecifiedOperation; 4] = [
    reads("get", Some(Nothing::EmptyText)),
    writes("put", Action::Write),
    writes("append", Action::Append),
    DELETE,
];

const MUTEX: [SpecifiedOperation; 2] =
    [may_be_refused("acquire", Action::Acquire), may_be_refused("release", Action::Release)];

const QUEUE: [SpecifiedOperation; 2] = [
    writes("enqueue", Action::Enqueue),
    SpecifiedOperation { action: Action::Dequeue, ..reads("dequeue", Some(Nothing::Undefined)) },
];

const COUNTER: [SpecifiedOperation; 2] =
    [reads("read", Some(Nothing::Zero)), writes("add", Action::Add)];

const SET: [SpecifiedOperation; 4] = [
    reads("read", Some(Nothing::EmptyList)),
    writes("add", Action::Add),
    writes("remove", Action::Remove),
    SpecifiedOperation { takes: &["Value"], ..may_be_refused("contains", Action::Contains) },
];

const LOG: [SpecifiedOperation; 2] =
    [reads("read", Some(Nothing::EmptyList)), writes("append", Action::Append)];

const BANK: [SpecifiedOperation; 2] = [
    reads("read", None),
    SpecifiedOperation { takes: &["From", "To", "Amount"], ..writes("transfer", Action::Transfer) },
];

impl Specification {
    /// All of them, with the name that each has in files.
    pub const NAMES: [(Specification, &str); 13] = [
        (Specification::Register, "register"),
        (Specification::CasRegister, "cas_register"),
        (Specification::Map, "map"),
        (Specification::AppendMap, "append_map"),
        (Specification::Mutex, "mutex"),
        (Specification::OwnedMutex, "owned_mutex"),
        (Specification::ReentrantMutex, "reentrant_mutex"),
        (Specification::Queue, "queue"),
        (Specification::UnorderedQueue, "unordered_queue"),
        (Specification::Counter, "counter"),
        (Specification::Set, "set"),
        (Specification::Log, "log"),
        (Specification::Bank, "bank"),
    ];

    /// The specification with a name in files.
    #[must_use]
    pub fn named(name: &str) -> Option<Specification> {
        Specification::NAMES.iter().find(|(_, known)| *known == name).map(|(found, _)| *found)
    }

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        let found = Specification::NAMES.iter().find(|(known, _)| *known == self);
        found.map_or("", |(_, name)| name)
    }

    /// Its operations.
    #[must_use]
    pub const fn operations(self) -> &'static [SpecifiedOperation] {
        match self {
            Specification::Register => CAS_REGISTER.split_at(2).0,
            Specification::CasRegister => &CAS_REGISTER,
            Specification::Map => &MAP,
            Specification::AppendMap => &APPEND_MAP,
            Specification::Mutex | Specification::OwnedMutex | Specification::ReentrantMutex => {
                &MUTEX
            }
            Specification::Queue | Specification::UnorderedQueue => &QUEUE,
            Specification::Counter => &COUNTER,
            Specification::Set => &SET,
            Specification::Log => &LOG,
            Specification::Bank => &BANK,
        }
    }

    /// The operation with this name.
    #[must_use]
    pub fn operation(self, name: &str) -> Option<&'static SpecifiedOperation> {
        self.operations().iter().find(|operation| operation.name == name)
    }

    /// True if a service of this kind can begin with a value.
    #[must_use]
    pub fn can_begin_with(self, value: &Term) -> bool {
        match self {
            Specification::Register => Register::new().state_of(value).is_some(),
            Specification::CasRegister => Register::compare_and_set().state_of(value).is_some(),
            Specification::Map => RegisterMap::new().state_of(value).is_some(),
            Specification::AppendMap => AppendMap.state_of(value).is_some(),
            Specification::Mutex => Mutex.state_of(value).is_some(),
            Specification::OwnedMutex => OwnedMutex::new().state_of(value).is_some(),
            Specification::ReentrantMutex => OwnedMutex::reentrant().state_of(value).is_some(),
            Specification::Queue => Queue.state_of(value).is_some(),
            Specification::UnorderedQueue => AnyOf(UnorderedQueue).state_of(value).is_some(),
            Specification::Counter => Counter.state_of(value).is_some(),
            Specification::Set => Set.state_of(value).is_some(),
            Specification::Log => AppendLog::default().state_of(value).is_some(),
            Specification::Bank => Bank.state_of(value).is_some(),
        }
    }

    /// Judges operations by it: is there an order that explains them?
    ///
    /// # Errors
    /// The first operation that the specification can make no sense of, and why.
    pub fn judge(self, question: &Question<'_>) -> Result<Judgement, (OperationId, Unfit)> {
        match self {
            Specification::Register => question.answer(&Register::new()),
            Specification::CasRegister => question.answer(&Register::compare_and_set()),
            Specification::Map => question.answer(&RegisterMap::new()),
            Specification::AppendMap => question.answer(&AppendMap),
            Specification::Mutex => question.answer(&Mutex),
            Specification::OwnedMutex => question.answer(&OwnedMutex::new()),
            Specification::ReentrantMutex => question.answer(&OwnedMutex::reentrant()),
            Specification::Queue => question.answer(&Queue),
            Specification::UnorderedQueue => question.answer(&AnyOf(UnorderedQueue)),
            Specification::Counter => question.answer(&Counter),
            Specification::Set => question.answer(&Set),
            Specification::Log => question.answer(&AppendLog::default()),
            Specification::Bank => question.answer(&Bank),
        }
    }
}

/// The question if operations can be explained, but for the model: the history and the limits.
pub struct Question<'a> {
    /// The operations.
    pub operations: &'a [Numbered<'a>],
    /// The value that the service begins with, if it is not the usual one.
    pub initial: Option<&'a Term>,
    /// The order that has to explain them.
    pub order: OrderOf,
    /// The limits of the search.
    pub limits: Limits<'a>,
}

impl Question<'_> {
    /// Its answer for a model.
    ///
    /// # Errors
    /// The first operation that the model can make no sense of, and why.
    pub fn answer<M: Model>(&self, model: &M) -> Result<Judgement, (OperationId, Unfit)> {
        match self.initial.and_then(|value| Starting::with(model, value)) {
            Some(starting) => self.judge(&starting),
            None => self.judge(model),
        }
    }

    fn judge<M: Model>(&self, model: &M) -> Result<Judgement, (OperationId, Unfit)> {
        let operations = self.operations.iter().copied();
        match self.order {
            OrderOf::RealTime => linearizable(operations, model, self.limits),
            OrderOf::Clients => sequentially_consistent(operations, model, self.limits),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::atom;
    use crate::consistency::history::{Completion, Operation, Outcome};
    use crate::engine::term::Atom;
    use crate::engine::time::Time;

    fn operation(specified: &SpecifiedOperation, value: Term, answer: Term) -> Operation {
        Operation {
            workload: atom!("users"),
            client: 0,
            name: Atom::new(specified.name),
            action: specified.action,
            key: Term::atom("k"),
            value,
            invoked: Time::ZERO,
            timeout: Duration::from_secs(1),
            completion: Some(Completion { at: Time::ZERO, outcome: Outcome::Ok(answer) }),
        }
    }

    /// Nothing is there at the beginning: every operation that can say so does, and each model takes
    /// what its own table has.
    #[test]
    fn each_model_knows_the_operations_that_its_table_has() {
        let mut seen = 0;
        for (specification, name) in Specification::NAMES {
            assert_eq!(Specification::named(name), Some(specification));
            for specified in specification.operations() {
                let Some(nothing) = specified.nothing else { continue };
                let value = match specified.takes {
                    [] => Term::atom("undefined"),
                    ["Value"] => Term::from(1),
                    _ => [Term::from(1), Term::from(2)].into_iter().collect(),
                };
                let asked = operation(specified, value, nothing.term());
                let operations = [(OperationId(0), &asked)];
                let limits = Limits::memory(1 << 20);
                let order = OrderOf::RealTime;
                let question = Question { operations: &operations, initial: None, order, limits };
                let found = specification.judge(&question);
                let held = specified.action == Action::Acquire;
                assert_eq!(
                    found.map(|it| it == Judgement::Explained),
                    Ok(!held),
                    "{name} {}",
                    specified.name
                );
                seen += 1;
            }
        }
        assert_eq!(seen, 17);
    }
}
