//! The view with which a page opens.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::engine::time::Time;

use super::picture::Picture;

/// The view with which a page opens, unless its link asks for another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// The thing that is looked at: `op/3`, `fault/0` or `record/14193`.
    #[serde(serialize_with = "as_text")]
    pub focus: Option<Focus>,
    /// The time from which on the page shows nothing until its reader has said what will happen.
    #[serde(serialize_with = "as_nanos")]
    pub curtain: Option<Time>,
    /// The amount that is shown one by one, from 0 to 100; 50 unless it is said.
    pub detail: Option<u8>,
}

/// The thing that a page shows when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// An operation, by its number in the history.
    Operation(u32),
    /// A fault, by its place in the plan.
    Fault(u64),
    /// A record, by its number in the trace.
    Record(u32),
}

impl fmt::Display for Focus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Focus::Operation(number) => write!(f, "op/{number}"),
            Focus::Fault(number) => write!(f, "fault/{number}"),
            Focus::Record(number) => write!(f, "record/{number}"),
        }
    }
}

impl FromStr for Focus {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Focus, &'static str> {
        let wrong = "write the number of an operation, as in `3`; or `fault/0`, `record/14193`";
        let (kind, number) = text.split_once('/').unwrap_or(("op", text));
        match kind {
            "op" => number.parse().map(Focus::Operation).map_err(|_| wrong),
            "fault" => number.parse().map(Focus::Fault).map_err(|_| wrong),
            "record" => number.parse().map(Focus::Record).map_err(|_| wrong),
            _ => Err(wrong),
        }
    }
}

/// There is nothing of this number in a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no {0} in this run")]
pub struct NothingToFocus(pub(super) Focus);

impl Picture {
    /// The same with the view that its page opens with.
    ///
    /// # Errors
    /// [`NothingToFocus`] if the run does not have what is to be looked at.
    pub fn opening(mut self, opening: Opening) -> Result<Picture, NothingToFocus> {
        if let Some(focus) = opening.focus {
            let is_there = match focus {
                Focus::Operation(number) => (number as usize) < self.head.operations.invoked.len(),
                Focus::Fault(number) => self.head.faults.iter().any(|each| each.fault == number),
                Focus::Record(number) => self.columns.place(number) > 0,
            };
            if !is_there {
                return Err(NothingToFocus(focus));
            }
        }
        self.head.opening = opening;
        Ok(self)
    }
}

#[expect(clippy::ref_option, reason = "serde passes fields by reference")]
fn as_text<S: serde::Serializer>(focus: &Option<Focus>, serializer: S) -> Result<S::Ok, S::Error> {
    focus.as_ref().map(ToString::to_string).serialize(serializer)
}

#[expect(clippy::ref_option, reason = "serde passes fields by reference")]
fn as_nanos<S: serde::Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(Time::as_nanos).serialize(serializer)
}
