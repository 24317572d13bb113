//! The search against trying all orders, on made-up histories.

use std::time::Duration;

use proptest::prelude::*;

use super::{Found, Ordering, Search, steps};
use crate::consistency::history::{Action, Completion, History, Operation, OperationId, Outcome};
use crate::consistency::keys::precedes;
use crate::consistency::linearizable;
use crate::consistency::model::{
    AnyOf, AppendLog, AppendMap, Bank, Counter, Model, MultiRegister, Nondeterministic, OwnedMutex,
    Product, Queue, Register, RegisterMap, SequentialSpec, Set, Starting, UnorderedQueue,
    has_failed, is_modelled,
};
use crate::consistency::{Judgement, Limits, Numbered, Refutation, sequentially_consistent};
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;

/// A step of a made-up client: its beginning, duration, client, action and value, its end and answer,
/// and its key.
type Made = (u64, u64, u32, usize, i64, u8, i64, i64);

fn made() -> impl Strategy<Value = Vec<Made>> {
    made_with_keys(1)
}

fn made_with_keys(keys: i64) -> impl Strategy<Value = Vec<Made>> {
    let one = (0..9_u64, 0..5_u64, 0..3_u32, 0..8_usize, 0..3_i64, 0..6_u8, 0..3_i64, 0..keys);
    prop::collection::vec(one, 1..8)
}

/// A value, and an answer, of the kind that an action of the model has.
type Kind = fn(Action, i64, i64) -> (Term, Term);

fn history(mut all: Vec<Made>, actions: &[Action], kind: Kind) -> History {
    all.sort_unstable();
    let mut history = History::default();
    // A client does one thing after the other.
    let mut free = [0; 3];
    for (begin, length, client, what, value, end, answer, key) in all {
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
            key: key.into(),
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

/// The same history without an instant at which two clients do something: at such an instant a search
/// key by key takes for concurrent what the two do on several keys.
fn apart(history: &History) -> History {
    let mut operations = history.operations().to_vec();
    for operation in &mut operations {
        let client = u64::from(operation.client);
        let moved = |time: Time| Time::from_nanos(time.as_nanos() * 3 + client);
        operation.invoked = moved(operation.invoked);
        if let Some(completion) = &mut operation.completion {
            completion.at = moved(completion.at);
        }
    }
    operations.sort_by_key(|operation| operation.invoked);
    let mut apart = History::default();
    for operation in operations {
        apart.invoke(operation);
    }
    apart
}

/// True if some order explains the operations; tries all.
fn some_order<M: Model>(model: &M, history: &History, ordering: Ordering) -> bool {
    let counts = |each: &Operation| !has_failed(each) && is_modelled(each);
    let left: Vec<Numbered> = history.iter().filter(|(_, each)| counts(each)).collect();
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

/// True if an order that was found explains what has to be explained.
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
        check_judgement(model, model, history, ordering)?;
    }
    Ok(())
}

/// Checks what is said of a history whose keys together behave as `whole`.
fn check_judgement<M: Model, W: Model>(
    model: &M,
    whole: &W,
    history: &History,
    ordering: Ordering,
) -> Result<(), TestCaseError> {
    let limits = Limits::memory(1 << 24);
    let judgement = match ordering {
        Ordering::RealTime => linearizable(history.iter(), model, limits).unwrap(),
        Ordering::Program => sequentially_consistent(history.iter(), model, limits).unwrap(),
    };
    prop_assert_eq!(judgement == Judgement::Explained, some_order(whole, history, ordering));
    let Judgement::Unexplained(refutation) = judgement else { return Ok(()) };
    let end = history.operations()[refutation.operation.0 as usize].completion.clone();
    match ordering {
        Ordering::RealTime => {
            prop_assert!(refutation.shortest);
            let until = cut(history, |at| at <= refutation.until);
            prop_assert!(!some_order(whole, &until, ordering));
            let earlier = cut(history, |at| at < refutation.until);
            prop_assert!(some_order(whole, &earlier, ordering), "{refutation:?}");
            prop_assert_eq!(end.unwrap().at, refutation.until);
        }
        Ordering::Program => prop_assert!(end.unwrap().at <= refutation.until),
    }
    check_contradiction(whole, history, &refutation, ordering)
}

/// Checks that the operations that contradict each other do so if nothing is known of the others,
/// and that none of them is left out.
fn check_contradiction<M: Model>(
    model: &M,
    history: &History,
    refutation: &Refutation,
    ordering: Ordering,
) -> Result<(), TestCaseError> {
    let contradicting = &refutation.contradicting;
    let known_only = |known: &[OperationId]| {
        let mut doubtful = History::default();
        for (id, operation) in history.iter() {
            let begun = operation.invoked <= refutation.until || ordering == Ordering::Program;
            let seen = begun && !has_failed(operation);
            let is_known = known.contains(&id);
            let completion = operation.completion.clone().filter(|_| is_known);
            let action = if seen { operation.action } else { Action::Other };
            doubtful.invoke(Operation { action, completion, ..operation.clone() });
        }
        doubtful
    };
    prop_assert!(!some_order(model, &known_only(contradicting), ordering), "{refutation:?}");
    for left_out in contradicting {
        let others: Vec<OperationId> =
            contradicting.iter().copied().filter(|id| id != left_out).collect();
        prop_assert!(some_order(model, &known_only(&others), ordering), "{refutation:?}");
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

fn balances(one: i64, other: i64) -> Term {
    Term::from(crate::engine::term::Map::from(vec![
        (0.into(), one.into()),
        (1.into(), other.into()),
    ]))
}

/// A transfer from one of the accounts 0 and 1 to the other.
fn transfer(from: i64, amount: i64) -> Term {
    let field = |name: &str, value: i64| (Term::atom(name), Term::from(value));
    let fields = vec![field("from", from), field("to", 1 - from), field("amount", amount)];
    Term::from(crate::engine::term::Map::from(fields))
}

/// A transaction on the registers 0 and 1.
fn transaction(kind: i64, value: i64) -> Term {
    let step =
        |name: &str, key: i64, value: Term| Term::from(vec![Term::atom(name), key.into(), value]);
    Term::from(match kind {
        0 => vec![step("w", value % 2, (1 + value % 2).into())],
        1 => vec![step("r", 0, small(value)), step("r", 1, small((value + 1) % 3))],
        _ => vec![step("r", 0, small(value)), step("w", 1, 1.into()), step("r", 1, 1.into())],
    })
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
        check(&AppendLog::default(), &history(all, &[Action::Read, Action::Append, Action::Append], kind))?;
    }

    #[test]
    fn sets_are_explained_exactly_if_some_order_explains_them(all in made()) {
        let actions = [Action::Read, Action::Add, Action::Remove, Action::Add, Action::Contains];
        let kind: Kind = |action, value, answer| match action {
            Action::Contains => (value.into(), Term::from(answer > 0)),
            _ => (value.into(), list(value, answer)),
        };
        check(&Set, &history(all, &actions, kind))?;
    }

    #[test]
    fn queues_are_explained_exactly_if_some_order_explains_them(all in made()) {
        let kind: Kind = |_, value, answer| (value.into(), small(answer));
        check(&Queue, &history(all, &[Action::Enqueue, Action::Dequeue], kind))?;
    }

    #[test]
    fn queues_whose_values_differ_are_explained_exactly_if_some_order_explains_them(
        all in made()
    ) {
        let kind: Kind = |_, value, answer| (value.into(), small(answer));
        let made = history(all, &[Action::Enqueue, Action::Dequeue], kind);
        let (mut history, mut values) = (History::default(), 1..);
        for operation in made.operations() {
            let put = Some(operation.value.clone()).filter(|_| operation.action == Action::Dequeue);
            let value = put.or_else(|| values.next().map(Term::from)).unwrap();
            history.invoke(Operation { value, ..operation.clone() });
        }
        check(&Queue, &history)?;
        check(&Starting::with(&Queue, &list(0, 2)).unwrap(), &history)?;
    }

    #[test]
    fn maps_are_explained_exactly_if_some_order_explains_them(all in made()) {
        let actions = [Action::Read, Action::Write, Action::Delete];
        let kind: Kind = |_, value, answer| (value.into(), small(answer));
        check(&RegisterMap::new(), &history(all, &actions, kind))?;
    }

    #[test]
    fn locks_with_owners_are_explained_exactly_if_some_order_explains_them(all in made()) {
        let kind: Kind = |_, _, answer| (Term::atom("undefined"), Term::from(answer > 0));
        let history = history(all, &[Action::Acquire, Action::Release, Action::Acquire], kind);
        check(&OwnedMutex::new(), &history)?;
        check(&OwnedMutex::reentrant(), &history)?;
    }

    #[test]
    fn banks_are_explained_exactly_if_some_order_explains_them(all in made()) {
        let kind: Kind = |action, value, answer| match action {
            Action::Transfer => (transfer(value % 2, 1 + answer), Term::atom("ok")),
            _ => (value.into(), balances(value, answer)),
        };
        let history = history(all, &[Action::Read, Action::Transfer, Action::Transfer], kind);
        check(&Bank, &history)?;
        check(&Starting::with(&Bank, &balances(1, 2)).unwrap(), &history)?;
    }

    #[test]
    fn several_registers_are_explained_exactly_if_some_order_explains_them(all in made()) {
        let kind: Kind = |_, value, answer| {
            let transaction = transaction(value, answer);
            (transaction.clone(), transaction)
        };
        check(&MultiRegister, &history(all, &[Action::Transaction], kind))?;
    }

    #[test]
    fn counters_are_explained_exactly_if_some_order_explains_them(all in made()) {
        let kind: Kind = |_, value, answer| ((value - 1).into(), answer.into());
        check(&Counter, &history(all, &[Action::Add, Action::Read], kind))?;
    }

    #[test]
    fn several_keys_are_explained_exactly_if_some_order_explains_them_together(
        all in made_with_keys(2)
    ) {
        let kind: Kind = |_, value, answer| (small(value), small(answer));
        let registers = apart(&history(all.clone(), &[Action::Read, Action::Write], kind));
        let kind: Kind = |_, value, answer| (value.into(), list(value, answer));
        let sets = apart(&history(all, &[Action::Read, Action::Add], kind));
        for ordering in [Ordering::RealTime, Ordering::Program] {
            let register = Register::new();
            check_judgement(&register, &Product(&register), &registers, ordering)?;
            check_judgement(&Set, &Product(&Set), &sets, ordering)?;
        }
    }

    #[test]
    fn what_may_be_one_of_several_is_explained_exactly_if_one_of_them_explains_it(all in made()) {
        let kind: Kind = |_, value, answer| (value.into(), small(answer));
        let history = history(all, &[Action::Enqueue, Action::Dequeue, Action::Dequeue], kind);
        let left: Vec<Numbered> = history.iter().filter(|(_, each)| !has_failed(each)).collect();
        let expected = some_choice(&UnorderedQueue, &left, &UnorderedQueue.initial());
        let limits = Limits::memory(1 << 24);
        let judgement = linearizable(history.iter(), &AnyOf(UnorderedQueue), limits).unwrap();
        prop_assert_eq!(judgement == Judgement::Explained, expected);
    }
}

/// True if some order and some choice of states explain the operations; tries all.
fn some_choice<N: Nondeterministic>(model: &N, left: &[Numbered], state: &N::State) -> bool {
    if !left.iter().any(|(_, operation)| operation.is_ok()) {
        return true;
    }
    (0..left.len()).any(|index| {
        let next = left[index];
        let comes_first = |each: &Numbered| each.1.is_ok() && precedes(*each, next);
        if left.iter().any(comes_first) {
            return false;
        }
        let rest = [&left[..index], &left[index + 1..]].concat();
        let after = model.steps(state, &model.call(next.1).unwrap());
        after.iter().any(|after| some_choice(model, &rest, after))
    })
}

/// Many numbers are added at the same time, and a read shows more, or less, than they can make: to try all
/// orders, or all subsets, would take for ever.
#[test]
fn a_sum_that_nothing_can_make_is_found_without_a_search() {
    let operation = |client: u32, action: Action, value: i64, answer: i64, from: u64, to: u64| {
        let completion =
            Completion { at: Time::from_nanos(to), outcome: Outcome::Ok(Term::from(answer)) };
        Operation {
            workload: Atom::new("users"),
            client,
            name: Atom::new(action.name()),
            action,
            key: "k".into(),
            value: value.into(),
            invoked: Time::from_nanos(from),
            timeout: Duration::ZERO,
            completion: Some(completion),
        }
    };
    let judged = |answer: i64, model: &dyn Fn(&History) -> Judgement| {
        let mut history = History::default();
        for number in 0..150 {
            history.invoke(operation(number, Action::Add, number.into(), 0, number.into(), 1_000));
        }
        history.invoke(operation(150, Action::Add, 1, 0, 1_001, 1_002));
        history.invoke(operation(151, Action::Read, 0, answer, 500, 1_500));
        history.invoke(operation(152, Action::Read, 0, answer, 1_600, 1_700));
        model(&history)
    };
    let counter = |history: &History| {
        linearizable(history.iter(), &Counter, Limits::memory(1 << 20)).unwrap()
    };
    let sum: i64 = (0..150).sum::<i64>() + 1;
    assert_eq!(judged(sum, &counter), Judgement::Explained);
    let contradicting = |answer: i64| match judged(answer, &counter) {
        Judgement::Unexplained(refutation) => {
            refutation.contradicting.iter().map(|id| id.0).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    // More than all together, or less than none of them: the first read says so alone.
    assert_eq!(contradicting(sum + 1), [151]);
    assert_eq!(contradicting(-1), [151]);
    let start = Term::from(7);
    let from_seven = |history: &History| {
        let model = Starting::with(&Counter, &start).unwrap();
        linearizable(history.iter(), &model, Limits::memory(1 << 20)).unwrap()
    };
    assert_eq!(judged(sum + 7, &from_seven), Judgement::Explained);
    assert!(matches!(judged(sum + 8, &from_seven), Judgement::Unexplained(_)));
}
