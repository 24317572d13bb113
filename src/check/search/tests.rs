//! The search against trying all orders, on made-up histories.

use std::time::Duration;

use proptest::prelude::*;

use super::{Found, Ordering, Search, steps};
use crate::check::keys::precedes;
use crate::check::model::{AppendMap, Log, Model, Queue, Register, Set, has_failed};
use crate::check::{Judgement, Limits, Numbered, linearizable, sequentially_consistent};
use crate::history::{Action, Completion, History, Operation, OperationId, Outcome};
use crate::term::{Atom, Term};
use crate::time::Time;

/// What a step of a made-up client does: when it begins, how long it takes, who does it, what it
/// does and brings, how it ends, and with which answer.
type Made = (u64, u64, u32, usize, i64, u8, i64);

fn made() -> impl Strategy<Value = Vec<Made>> {
    let one = (0..9_u64, 0..5_u64, 0..3_u32, 0..8_usize, 0..3_i64, 0..6_u8, 0..3_i64);
    prop::collection::vec(one, 1..8)
}

/// A value, and an answer, of the kind that an action of the model has.
type Kind = fn(Action, i64, i64) -> (Term, Term);

fn history(mut all: Vec<Made>, actions: &[Action], kind: Kind) -> History {
    all.sort_unstable();
    let mut history = History::default();
    // A client does one thing after the other.
    let mut free = [0; 3];
    for (begin, length, client, what, value, end, answer) in all {
        let action = actions[what % actions.len()];
        let invoked = begin.max(free[client as usize]);
        free[client as usize] = invoked + length;
        let (value, answer) = kind(action, value, answer);
        let outcome = match end {
            0 => Outcome::Unknown(Term::atom("timeout")),
            1 => Outcome::Failed(Term::atom("refused")),
            _ => Outcome::Ok(answer),
        };
        history.invoke(Operation {
            workload: Atom::new("users"),
            client,
            name: Atom::new(action.name()),
            action,
            key: 0.into(),
            value,
            invoked: Time::from_nanos(invoked),
            timeout: Duration::ZERO,
            completion: Some(Completion { at: Time::from_nanos(invoked + length), outcome }),
        });
    }
    let mut operations = history.operations().to_vec();
    operations.sort_by_key(|operation| operation.invoked);
    let mut history = History::default();
    for operation in operations {
        history.invoke(operation);
    }
    history
}

/// Whether some order explains the operations, by trying all.
fn some_order<M: Model>(model: &M, history: &History, ordering: Ordering) -> bool {
    let left: Vec<Numbered> = history.iter().filter(|(_, each)| !has_failed(each)).collect();
    goes_on(model, &left, &model.initial(), ordering)
}

fn goes_on<M: Model>(model: &M, left: &[Numbered], state: &M::State, ordering: Ordering) -> bool {
    if !left.iter().any(|(_, operation)| operation.is_ok()) {
        return true;
    }
    (0..left.len()).any(|index| {
        let next = left[index];
        let comes_first = |each: &Numbered| each.1.is_ok() && before(*each, next, ordering);
        if left.iter().any(comes_first) {
            return false;
        }
        let rest = [&left[..index], &left[index + 1..]].concat();
        let after = model.step(state, &model.call(next.1).unwrap());
        after.is_some_and(|after| goes_on(model, &rest, &after, ordering))
    })
}

fn before(one: Numbered, other: Numbered, ordering: Ordering) -> bool {
    match ordering {
        Ordering::RealTime => precedes(one, other),
        Ordering::Program => one.1.client == other.1.client && one.0 < other.0,
    }
}

/// Whether an order that was found explains what has to be explained.
fn explains<M: Model>(model: &M, history: &History, order: &[u32], ordering: Ordering) -> bool {
    let order: Vec<Numbered> = order
        .iter()
        .map(|number| (OperationId(*number), &history.operations()[*number as usize]))
        .collect();
    let in_order = order.iter().enumerate().all(|(place, later)| {
        let earlier = &order[..place];
        earlier.iter().all(|earlier| !later.1.is_ok() || !before(*later, *earlier, ordering))
    });
    let mut all = history.iter().filter(|(_, operation)| operation.is_ok());
    let complete = all.all(|(id, _)| order.iter().any(|(found, _)| *found == id));
    let end = order.iter().try_fold(model.initial(), |state, (_, operation)| {
        model.step(&state, &model.call(operation).unwrap())
    });
    in_order && complete && end.is_some()
}

fn check<M: Model>(model: &M, history: &History) -> Result<(), TestCaseError> {
    for ordering in [Ordering::RealTime, Ordering::Program] {
        let expected = some_order(model, history, ordering);
        let found =
            Search::new(model, steps(model, history.iter(), ordering).unwrap()).go_on(1 << 20);
        match found.unwrap() {
            Found::Order(order) => {
                prop_assert!(expected && explains(model, history, &order, ordering), "{order:?}");
            }
            Found::Nothing { .. } => prop_assert!(!expected, "no order found, {ordering:?}"),
        }
        let limits = Limits::memory(1 << 24);
        let judgement = match ordering {
            Ordering::RealTime => linearizable(history.iter(), model, limits).unwrap(),
            Ordering::Program => sequentially_consistent(history.iter(), model, limits).unwrap(),
        };
        prop_assert_eq!(judgement == Judgement::Explained, expected);
        if let Judgement::Unexplained(refutation) = judgement {
            prop_assert!(refutation.shortest);
            let until = |last: Time| cut(history, |at| at <= last);
            prop_assert!(!some_order(model, &until(refutation.until), ordering));
            let earlier = cut(history, |at| at < refutation.until);
            prop_assert!(some_order(model, &earlier, ordering), "{refutation:?}");
            let end = history.operations()[refutation.operation.0 as usize].completion.clone();
            prop_assert_eq!(end.unwrap().at, refutation.until);
        }
    }
    Ok(())
}

/// The history without what was not seen yet, and without what failed.
fn cut(history: &History, seen: impl Fn(Time) -> bool) -> History {
    let mut beginning = History::default();
    let begun = |each: &&Operation| seen(each.invoked) && !has_failed(each);
    for operation in history.operations().iter().filter(begun) {
        let completion = operation.completion.clone().filter(|completion| seen(completion.at));
        beginning.invoke(Operation { completion, ..operation.clone() });
    }
    beginning
}

fn small(number: i64) -> Term {
    if number == 0 { Term::atom("undefined") } else { number.into() }
}

/// A list of up to three values that differ.
fn list(number: i64, answer: i64) -> Term {
    let values = [[0, 1, 2], [1, 0, 2], [2, 1, 0]][answer as usize];
    values[..=number as usize].iter().map(|value| Term::from(*value)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn registers_are_explained_exactly_if_some_order_explains_them(all in made()) {
        let actions = [Action::Read, Action::Write, Action::CompareAndSet, Action::Read];
        let kind: Kind = |action, value, answer| match action {
            Action::CompareAndSet => (Term::from(vec![small(value), small(answer)]), Term::atom("ok")),
            _ => (small(value), small(answer)),
        };
        check(&Register::compare_and_set(), &history(all, &actions, kind))?;
    }

    #[test]
    fn texts_are_explained_exactly_if_some_order_explains_them(all in made()) {
        let actions = [Action::Read, Action::Append, Action::Write, Action::Append, Action::Read];
        let kind: Kind = |_, value, answer| {
            let texts = ["a", "b", "ab"];
            let answers = ["", "a", "ab", "b", "ba", "abb", "bab", "aab", "abab"];
            (texts[value as usize].into(), answers[(3 * value + answer) as usize].into())
        };
        check(&AppendMap, &history(all, &actions, kind))?;
    }

    #[test]
    fn logs_are_explained_exactly_if_some_order_explains_them(all in made()) {
        let kind: Kind = |_, value, answer| (value.into(), list(value, answer));
        check(&Log::default(), &history(all, &[Action::Read, Action::Append, Action::Append], kind))?;
    }

    #[test]
    fn sets_are_explained_exactly_if_some_order_explains_them(all in made()) {
        let actions = [Action::Read, Action::Add, Action::Remove, Action::Add];
        let kind: Kind = |_, value, answer| (value.into(), list(value, answer));
        check(&Set, &history(all, &actions, kind))?;
    }

    #[test]
    fn queues_are_explained_exactly_if_some_order_explains_them(all in made()) {
        let kind: Kind = |_, value, answer| (value.into(), small(answer));
        check(&Queue, &history(all, &[Action::Enqueue, Action::Dequeue], kind))?;
    }
}
