//! The part of a run that is exported.

use crate::engine::time::Time;

use super::NotExported;
use super::events::Events;

/// The part of a run that is exported, and the amount of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportScope {
    /// The time from which on records are taken.
    pub from: Time,
    /// The time up to which records are taken.
    pub to: Time,
    /// The operation of which all records are taken: its number in the history. Others are not then.
    pub operation: Option<u32>,
    /// The most messages that a diagram shows one by one; `None` is as many as are usual for it.
    pub messages: Option<usize>,
    /// True if a picture has the same step for each instant instead of a scale of time.
    pub is_ordered: bool,
    /// True if a format takes more than its readers do well with.
    pub is_forced: bool,
}

impl Default for ExportScope {
    fn default() -> ExportScope {
        ExportScope {
            from: Time::ZERO,
            to: Time::MAX,
            operation: None,
            messages: None,
            is_ordered: false,
            is_forced: false,
        }
    }
}

impl ExportScope {
    /// The records that it takes in, in their order.
    pub(super) fn records(&self, events: &Events<'_>) -> Result<Vec<usize>, NotExported> {
        let (from, to) = (self.from.as_nanos(), self.to.as_nanos());
        let is_in = |record: &usize| (from..=to).contains(&events.at(*record));
        let Some(operation) = self.operation else {
            return Ok((0..events.count()).filter(is_in).collect());
        };
        let begun = events.head().operations.invoked.len();
        let ends = events.operation(operation as usize);
        let (first, last) = match ends {
            (None, None) => return Err(NotExported::NoOperation(operation, begun)),
            (Some(first), last) => (first, last),
            (None, Some(last)) => (last, Some(last)),
        };
        let mut records = events.led_to(first);
        records.extend(last.into_iter().flat_map(|last| events.chain(last)));
        records.sort_unstable();
        records.dedup();
        records.retain(is_in);
        Ok(records)
    }

    /// The time that is looked at: from the first record to the last, or as asked for.
    pub(super) fn window(&self, events: &Events<'_>, records: &[usize]) -> (u64, u64) {
        let first = records.first().map_or(0, |record| events.at(*record));
        let last = records.last().map_or(0, |record| events.at(*record));
        if self.operation.is_some() {
            return (first, last.max(first + 1));
        }
        let to = self.to.as_nanos().min(events.head().ended_at.max(last));
        (self.from.as_nanos().min(to), to.max(self.from.as_nanos() + 1))
    }
}
