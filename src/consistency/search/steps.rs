//! The steps of a search: operations without their times, in the order that any observer would
//! agree on.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::consistency::history::{Operation, OperationId};
use crate::consistency::model::{Model, Unfit, has_failed, is_modelled};
use crate::engine::term::Atom;
use crate::engine::time::Time;

/// An operation of a search.
#[derive(Clone, Debug)]
pub(in crate::consistency) struct Step<C> {
    /// Its place in the history.
    pub operation: u32,
    pub call: C,
    /// Its place among all beginnings and ends.
    pub begins: u32,
    /// As `begins`; `None` if it may be taken as late as one wishes.
    pub ends: Option<u32>,
    /// The step that has to be taken before it, whatever their ends say.
    pub after: Option<u32>,
    /// True if it was certainly done, so that an order without it explains nothing.
    pub required: bool,
    /// The step before it that is the same and of unknown outcome as well.
    pub twin: Option<u32>,
}

/// The order that operations have to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::consistency) enum Ordering {
    /// One that ended before another was begun, whoever did them: linearizability.
    RealTime,
    /// Those of one client only: sequential consistency.
    Program,
}

type Numbered<'a> = (OperationId, &'a Operation);

/// The steps of operations, which are in the order of their invocation. What failed, and what no
/// model looks into, is left out.
///
/// # Errors
/// The first operation that the model can make no sense of, and why.
pub(in crate::consistency) fn steps<'a, M: Model>(
    model: &M,
    operations: impl IntoIterator<Item = Numbered<'a>>,
    ordering: Ordering,
) -> Result<Vec<Step<M::Call>>, (OperationId, Unfit)> {
    let operations = operations.into_iter();
    let operations = operations.filter(|(_, each)| is_modelled(each) && !has_failed(each));
    let all: Result<Vec<Called<M::Call>>, _> = operations
        .map(|(id, operation)| {
            let call = model.call(operation).map_err(|unfit| (id, unfit))?;
            Ok(Called { id, operation, call, required: operation.is_ok() })
        })
        .collect();
    Ok(in_order(all?, ordering))
}

/// An operation with what it means to a model.
#[derive(Clone)]
pub(in crate::consistency) struct Called<'a, C> {
    pub id: OperationId,
    pub operation: &'a Operation,
    pub call: C,
    /// True if it was certainly done.
    pub required: bool,
}

/// The steps of operations, which are in the order of their invocation.
pub(in crate::consistency) fn in_order<C: Debug + PartialEq>(
    all: Vec<Called<C>>,
    ordering: Ordering,
) -> Vec<Step<C>> {
    let (begins, ends) = ranks(&all);
    let mut last: BTreeMap<(Atom, u32), u32> = BTreeMap::new();
    let mut steps: Vec<Step<C>> = Vec::with_capacity(all.len());
    // The last of those of unknown outcome, by what they do as it is written.
    let mut unknown: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (index, Called { id, operation, call, required }) in all.into_iter().enumerate() {
        let client = (operation.workload, operation.client);
        let after = last.get(&client).copied().filter(|before| match ordering {
            // Only at one instant is the order of the ends not enough.
            Ordering::RealTime => ends[*before as usize].is_none_or(|end| end > begins[index]),
            Ordering::Program => true,
        });
        let ends = ends[index].filter(|_| ordering == Ordering::RealTime);
        if required {
            last.insert(client, index as u32);
        }
        let twin = if required {
            None
        } else {
            let alike = unknown.entry(format!("{call:?}")).or_default();
            let same = alike.iter_mut().find(|step| steps[**step as usize].call == call);
            let twin = same.map(|step| std::mem::replace(step, index as u32));
            if twin.is_none() {
                alike.push(index as u32);
            }
            twin
        };
        let begins = begins[index];
        steps.push(Step { operation: id.0, call, begins, ends, after, required, twin });
    }
    steps
}

/// The places of the beginnings and of the certain ends. At one instant beginnings come first:
/// nobody can tell that an operation which ended then did not overlap with one that was begun then.
fn ranks<C>(all: &[Called<C>]) -> (Vec<u32>, Vec<Option<u32>>) {
    let mut events: Vec<(Time, bool, usize)> = Vec::with_capacity(2 * all.len());
    for (index, Called { operation, required, .. }) in all.iter().enumerate() {
        events.push((operation.invoked, false, index));
        if let Some(completion) = operation.completion.as_ref().filter(|_| *required) {
            events.push((completion.at, true, index));
        }
    }
    events.sort_unstable();
    let (mut begins, mut ends) = (vec![0; all.len()], vec![None; all.len()]);
    for (rank, (_, is_end, index)) in (0..).zip(events) {
        if is_end {
            ends[index] = Some(rank);
        } else {
            begins[index] = rank;
        }
    }
    (begins, ends)
}

/// A history that stops right after something ended at this time: what was going on then is of
/// unknown outcome. What failed later did nothing, whenever that was told.
pub(in crate::consistency) fn until<'a>(
    operations: impl Iterator<Item = Numbered<'a>>,
    last: Time,
) -> Vec<(OperationId, Operation)> {
    let begun = operations.filter(|(_, each)| each.invoked <= last && !has_failed(each));
    let cut = begun.map(|(id, operation)| {
        let completion = operation.completion.clone().filter(|completion| completion.at <= last);
        (id, Operation { completion, ..operation.clone() })
    });
    cut.collect()
}
