//! The part of a run that is exported.

use crate::engine::time::Time;
use crate::view::link::{PageLink, Relatives};

use super::NotExported;
use super::events::Events;

/// The part of a run that is exported, and the amount of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportScope {
    /// The time from which on records are taken.
    pub from: Time,
    /// The time up to which records are taken.
    pub to: Time,
    /// The operation of which all records are taken: its number in the history. Others are not then.
    pub operation: Option<u32>,
    /// The link of a page, of which what it shows is taken: the time in view, the lanes that are not hidden,
    /// and of a chosen record what is shown with it.
    pub selection: Option<PageLink>,
    /// The most messages that a diagram shows one by one; `None` is as many as are usual for it.
    pub messages: Option<usize>,
    /// True if a picture has the same step for each instant instead of a scale of time.
    pub is_ordered: bool,
    /// True if a format takes more than its readers do well with.
    pub is_forced: bool,
    /// The subject of a graph.
    pub graph: Graph,
}

/// The subject of a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Graph {
    /// The nodes, and what they sent each other.
    #[default]
    Traffic,
    /// The nodes, their applications and their connections at a time.
    StateAt(Time),
    /// The processes of a node at a time, each below the one that started it.
    Processes(String, Time),
}

impl Default for ExportScope {
    fn default() -> ExportScope {
        ExportScope {
            from: Time::ZERO,
            to: Time::MAX,
            operation: None,
            selection: None,
            messages: None,
            is_ordered: false,
            is_forced: false,
            graph: Graph::Traffic,
        }
    }
}

impl ExportScope {
    /// The records that it takes in, in their order.
    pub(super) fn records(&self, events: &Events<'_>) -> Result<Vec<usize>, NotExported> {
        let mut records = match (self.operation, self.selection.as_ref()) {
            (Some(operation), _) => of_operation(events, operation)?,
            (None, Some(PageLink { record: Some(record), relatives, .. })) => {
                chosen(events, *record, *relatives)?
            }
            (None, Some(_) | None) => (0..events.count()).collect(),
        };
        let (from, to) = self.times();
        records.retain(|record| {
            let is_shown = events.node(*record).is_none_or(|node| events.shows(node));
            is_shown && (from..=to).contains(&events.at(*record))
        });
        Ok(records)
    }

    /// The first and the last time of which records are taken.
    pub(super) fn times(&self) -> (u64, u64) {
        let shown = self.selection.as_ref().and_then(|link| link.window);
        let (from, to) = shown.unwrap_or((Time::ZERO, Time::MAX));
        (self.from.max(from).as_nanos(), self.to.min(to).as_nanos())
    }

    /// The nodes of which nothing is taken.
    pub(super) fn hidden(&self) -> &[String] {
        self.selection.as_ref().map_or(&[], |link| &link.hidden)
    }

    /// True if each instant of a picture has the same room.
    pub(super) fn is_in_order(&self) -> bool {
        self.is_ordered || self.selection.as_ref().is_some_and(|link| link.is_ordered)
    }

    /// The time that is looked at: from the first record to the last, or as asked for.
    pub(super) fn window(&self, events: &Events<'_>, records: &[usize]) -> (u64, u64) {
        let first = records.first().map_or(0, |record| events.at(*record));
        let last = records.last().map_or(0, |record| events.at(*record));
        if self.operation.is_some() {
            return (first, last.max(first + 1));
        }
        let (from, to) = self.times();
        let to = to.min(events.head().ended_at.max(last));
        (from.min(to), to.max(from.saturating_add(1)))
    }
}

/// The records that an operation led to, and those that led to its end.
fn of_operation(events: &Events<'_>, operation: u32) -> Result<Vec<usize>, NotExported> {
    let begun = events.head().operations.invoked.len();
    let (first, last) = match events.operation(operation as usize) {
        (None, None) => return Err(NotExported::NoOperation(operation, begun)),
        (Some(first), last) => (first, last),
        (None, Some(last)) => (last, Some(last)),
    };
    let mut records = events.led_to(first);
    records.extend(last.into_iter().flat_map(|last| events.chain(last)));
    records.sort_unstable();
    records.dedup();
    Ok(records)
}

/// A chosen record, with those that are shown with it.
fn chosen(events: &Events<'_>, id: u32, relatives: Relatives) -> Result<Vec<usize>, NotExported> {
    let record = events.place(id).ok_or_else(|| NotExported::NoRecord(id, events.count()))?;
    Ok(match relatives {
        Relatives::Causes => events.chain(record),
        Relatives::Effects => {
            let mut chain = events.chain(record);
            chain.pop();
            chain.extend(events.led_to(record));
            chain
        }
        Relatives::HappenedBefore => events.happened_around(record),
    })
}
