//! What services say to the people who read about the run.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Serialize;

use super::transport::Cost;
use crate::runtime::Context;
use crate::term::Atom;
use crate::time::Time;

/// Where services say what people should read after the run; clones write into the same place.
///
/// It lies outside of the world: a service writes into it and never reads it.
#[derive(Clone, Debug, Default)]
pub struct ReportSink {
    report: Rc<RefCell<Report>>,
}

/// What services have said.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// What they saw, oldest first.
    pub lines: Vec<ReportLine>,
    /// What they counted, by application and by what it is: `lines`, `posts`.
    pub tallies: BTreeMap<Atom, BTreeMap<&'static str, u64>>,
    /// What their requests to each application cost on the wire.
    pub costs: BTreeMap<Atom, Cost>,
}

/// Something that a service saw.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportLine {
    /// When.
    pub at: Time,
    /// Where.
    pub node: Atom,
    /// Which application says so.
    pub application: Atom,
    /// What.
    pub text: String,
}

impl ReportSink {
    /// Writes a line.
    pub fn line(&self, ctx: &Context, application: Atom, text: impl Into<String>) {
        let line = ReportLine { at: ctx.now(), node: ctx.node(), application, text: text.into() };
        self.report.borrow_mut().lines.push(line);
    }

    /// Counts something.
    pub fn count(&self, application: Atom, what: &'static str) {
        let mut report = self.report.borrow_mut();
        *report.tallies.entry(application).or_default().entry(what).or_default() += 1;
    }

    /// Adds to what requests to an application cost.
    pub(super) fn charge(&self, application: Atom, cost: Cost) {
        *self.report.borrow_mut().costs.entry(application).or_default() += cost;
    }

    /// What has been said so far.
    #[must_use]
    pub fn report(&self) -> Report {
        self.report.borrow().clone()
    }

    /// Takes what has been said, and begins again with nothing.
    #[must_use]
    pub fn take(&self) -> Report {
        self.report.take()
    }
}
