//! Notes of services to the people who read about the run.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::transport::Cost;
use crate::engine::runtime::Context;
use crate::engine::term::Atom;
use crate::engine::time::Time;
use crate::engine::trace::Level;

/// The name under which programs count requests that took more than one try: sweeps tell in how
/// many runs there were any.
pub const TRIED_AGAIN: &str = "tried again";

/// The notes of services for the people who read about the run; clones share them.
///
/// It lies outside of the world: a service writes into it and never reads it.
#[derive(Clone, Debug, Default)]
pub struct ReportSink {
    report: Rc<RefCell<Report>>,
}

#[derive(Debug, Default)]
struct Report {
    lines: Vec<ReportLine>,
    summary: Summary,
}

/// The counts of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// The counts of services, by application and by name: `sent`, `received`.
    pub tallies: BTreeMap<Atom, BTreeMap<&'static str, u64>>,
    /// The cost on the wire of requests to each application.
    pub costs: BTreeMap<Atom, Cost>,
}

/// Something that a service saw.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportLine {
    /// When.
    pub at: Time,
    /// The node.
    pub node: Atom,
    /// The application that reports it.
    pub application: Atom,
    /// The name of the figure.
    pub text: String,
}

impl ReportSink {
    /// Writes a line, here and into the log of the run.
    pub fn line(&self, ctx: &Context, application: Atom, text: impl Into<String>) {
        let text = text.into();
        ctx.log(Level::Info, format!("{application}: {text}"));
        let line = ReportLine { at: ctx.now(), node: ctx.node(), application, text };
        self.report.borrow_mut().lines.push(line);
    }

    /// Counts something.
    pub fn count(&self, application: Atom, what: &'static str) {
        let mut report = self.report.borrow_mut();
        *report.summary.tallies.entry(application).or_default().entry(what).or_default() += 1;
    }

    /// Adds to what requests to an application cost.
    pub(super) fn charge(&self, application: Atom, cost: Cost) {
        *self.report.borrow_mut().summary.costs.entry(application).or_default() += cost;
    }

    /// The counts so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.report.borrow().summary.clone()
    }

    /// Takes the lines that have been written, oldest first.
    #[must_use]
    pub fn take(&self) -> Vec<ReportLine> {
        std::mem::take(&mut self.report.borrow_mut().lines)
    }
}
