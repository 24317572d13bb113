//! A model of lists that are appended to and read whole.

use std::cell::RefCell;
#[expect(clippy::disallowed_types, reason = "never iterated")]
use std::collections::HashMap;

use super::{Model, SequentialSpec, Unfit};
use crate::consistency::abridged;
use crate::consistency::history::{Action, Operation};
use crate::engine::term::Term;

/// A list to whose end values are appended, and which is read as a whole. It begins empty.
///
/// Lists that were met are kept as a tree in which each knows the list that it has one value more
/// than, so that equal lists have equal identities and take room once.
#[derive(Debug)]
pub struct AppendLog {
    lists: RefCell<Lists>,
}

/// The identity of a list in a [`AppendLog`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListId(u32);

/// A call of a [`AppendLog`].
#[derive(Clone, Debug, PartialEq)]
pub enum LogCall {
    /// Returned this list, if the answer is known.
    Read(Option<ListId>),
    /// Added this value.
    Append(Term),
}

#[expect(clippy::disallowed_types, reason = "never iterated")]
#[derive(Debug)]
struct Lists {
    all: Vec<List>,
    longer: HashMap<(ListId, Term), ListId>,
}

#[derive(Debug)]
struct List {
    shorter: ListId,
    last: Term,
    length: usize,
    /// The list that was last asked for of those that have one value more.
    longer: ListId,
}

const EMPTY: ListId = ListId(0);

impl Default for AppendLog {
    #[expect(clippy::disallowed_types, reason = "never iterated")]
    fn default() -> AppendLog {
        let last = Term::atom("undefined");
        let empty = List { shorter: EMPTY, last, length: 0, longer: EMPTY };
        AppendLog { lists: RefCell::new(Lists { all: vec![empty], longer: HashMap::new() }) }
    }
}

impl AppendLog {
    const NAME: &'static str = "log";

    fn longer(&self, list: ListId, value: &Term) -> ListId {
        let Lists { all, longer } = &mut *self.lists.borrow_mut();
        // Most lists are asked for again and again.
        let likely = all[list.0 as usize].longer;
        if likely != EMPTY && all[likely.0 as usize].last == *value {
            return likely;
        }
        let found = *longer.entry((list, value.clone())).or_insert_with(|| {
            let length = all[list.0 as usize].length + 1;
            all.push(List { shorter: list, last: value.clone(), length, longer: EMPTY });
            ListId(all.len() as u32 - 1)
        });
        all[list.0 as usize].longer = found;
        found
    }

    fn values(&self, list: ListId) -> Vec<Term> {
        let lists = self.lists.borrow();
        let mut values = Vec::new();
        let mut current = list;
        while current != EMPTY {
            let List { shorter, last, .. } = &lists.all[current.0 as usize];
            values.push(last.clone());
            current = *shorter;
        }
        values.reverse();
        values
    }
}

impl SequentialSpec for AppendLog {
    type Call = LogCall;
    type State = ListId;

    fn initial(&self) -> ListId {
        EMPTY
    }

    fn call(&self, operation: &Operation) -> Result<LogCall, Unfit> {
        match operation.action {
            Action::Append => Ok(LogCall::Append(operation.value.clone())),
            Action::Read => match operation.answer() {
                None => Ok(LogCall::Read(None)),
                Some(answer) => match answer.as_list() {
                    Some(values) => {
                        let values = values.iter();
                        let list = values.fold(EMPTY, |list, value| self.longer(list, value));
                        Ok(LogCall::Read(Some(list)))
                    }
                    None => Err(Unfit::value(AppendLog::NAME, operation, "a list", answer)),
                },
            },
            _ => Err(Unfit::operation(AppendLog::NAME, operation, &["read", "append"])),
        }
    }

    fn describe(&self, state: &ListId) -> String {
        abridged(&Term::from(self.values(*state)))
    }

    fn size(&self, _: &ListId) -> usize {
        // With the list itself, and what finds it.
        size_of::<ListId>() + size_of::<List>() + size_of::<(ListId, Term, ListId)>()
    }
}

impl Model for AppendLog {
    fn step(&self, state: &ListId, call: &LogCall) -> Option<ListId> {
        match call {
            LogCall::Read(answer) => answer.is_none_or(|answer| answer == *state).then_some(*state),
            LogCall::Append(value) => Some(self.longer(*state, value)),
        }
    }

    fn only_reads(&self, call: &LogCall) -> bool {
        matches!(call, LogCall::Read(_))
    }

    fn leads_to(&self, state: &ListId, call: &LogCall) -> bool {
        let &LogCall::Read(Some(mut list)) = call else { return true };
        let lists = self.lists.borrow();
        let length = lists.all[state.0 as usize].length;
        while lists.all[list.0 as usize].length > length {
            list = lists.all[list.0 as usize].shorter;
        }
        list == *state
    }

    fn restarts(&self, _: &LogCall) -> bool {
        false
    }
}
