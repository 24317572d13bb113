//! Pictures of runs: one model of what happened, and the page that shows it.
//!
//! **Invariant**: shows, and decides nothing. A [`Picture`] holds what a trace says and what the
//! checkers found; nothing in it depends on a clock or on the machine, so that the same run gives the
//! same bytes.
//!
//! - `line`: a line of a trace, as `nodedown run --trace` writes it
//! - `columns`: the records of a trace, a column for each of their parts
//! - `processes`: the processes of a trace, and the application that each belongs to
//! - `spans`: what lasts: lives of nodes, connections, applications
//! - `faults`: the faults of a trace, and the nodes that each concerns
//! - `messages`: messages between nodes that never arrive
//! - `lanes`: the order of the nodes in which the fewest messages cross a foreign lane
//! - `operations`: what the clients did, beside the same without faults
//! - `findings`: the verdict and the explanation, with the records and operations that they name
//! - `opening`: the view with which a page opens
//! - `picture`: all of it
//! - `beside`: two runs side by side
//! - `thin`: the records that are left out where there are too many
//! - `guess`: the processes of records in few bytes
//! - `pack`: the model in bytes
//! - `html`: texts in HTML and SVG
//! - `palette`: the colours
//! - `ticks`: round numbers for an axis
//! - `strip`: scripts and style sheets without comments and needless blanks
//! - `page`: the page
//! - `link`: the part of a run that a link of its page shows
//! - `export`: the model in the formats of other programs
//! - `charts`: many runs

mod beside;
mod charts;
mod columns;
mod export;
mod faults;
mod findings;
mod guess;
mod html;
mod lanes;
mod line;
mod link;
mod messages;
mod opening;
mod operations;
mod pack;
mod page;
mod palette;
mod picture;
mod processes;
mod spans;
mod strip;
#[cfg(test)]
mod tests;
mod thin;
mod ticks;

pub use charts::{UnreadableResults, charts};
pub use export::{ExportFormat, ExportScope, Graph, NotExported, export, witness_chart};
#[cfg(feature = "cli")]
pub(crate) use html::{base64, escaped};
pub use line::UnreadableTrace;
pub use link::{PageLink, Relatives, UnreadableLink};
pub use opening::{Focus, NothingToFocus, Opening};
pub use page::{Page, PageLimits, PageTooLarge, page, page_of_two};
pub use picture::{Picture, StoryEntry, Subject};
