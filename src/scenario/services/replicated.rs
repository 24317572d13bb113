//! Services with a replica on each of their nodes: the application itself, and a companion
//! `<name>_store`, which runs wherever the service may run.

use std::rc::Rc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::registry::ServiceSetup;
use super::report::ReportSink;
use super::supervised;
use super::transport::Transport;
use crate::document::shape::ProgramInfo;
use crate::engine::runtime::Context;
use crate::engine::term::Atom;
use crate::otp::application::{ApplicationSpec, StartType};
use crate::otp::supervisor::{Flags, StartResult};

/// The knowledge that all parts of one service share.
#[derive(Clone, Debug)]
pub(super) struct Setup<S> {
    /// The name of the application, and of the processes that take its requests.
    pub name: Atom,
    /// The name of the replicas.
    pub store: Atom,
    /// The nodes where the service may run, each of which has a replica.
    pub nodes: Rc<[Atom]>,
    pub settings: S,
    pub transport: Transport,
    pub report: ReportSink,
}

impl<S: DeserializeOwned> Setup<S> {
    pub(super) fn new(info: &ProgramInfo, setup: &ServiceSetup) -> Setup<S> {
        Setup {
            name: setup.name,
            store: Atom::new(&format!("{}_store", setup.name.as_str())),
            nodes: setup.nodes.as_slice().into(),
            settings: super::settings::read(info, &setup.config),
            transport: setup.transport,
            report: setup.report.clone(),
        }
    }
}

impl<S: Clone + 'static> Setup<S> {
    /// The number of replicas that is more than half of all.
    pub(super) fn majority(&self) -> usize {
        self.nodes.len() / 2 + 1
    }

    /// The application of the processes that take requests.
    pub(super) fn application<Fut>(
        self,
        start: impl Fn(Context, Setup<S>, StartType) -> Fut + Clone + 'static,
    ) -> ApplicationSpec
    where
        Fut: Future<Output = StartResult> + 'static,
    {
        supervised::application(self.name, flags(), move |ctx, start_type| {
            start(ctx, self.clone(), start_type)
        })
    }

    /// The application of the replicas.
    pub(super) fn companion<Fut>(self, start: fn(Context, Setup<S>) -> Fut) -> ApplicationSpec
    where
        Fut: Future<Output = StartResult> + 'static,
    {
        supervised::application(self.store, flags(), move |ctx, _| start(ctx, self.clone()))
    }
}

/// The number of failures of a part before it gives up: an instance that cannot get its name back tries that
/// often in vain.
fn flags() -> Flags {
    Flags { intensity: 5, period: Duration::from_secs(10), ..Flags::default() }
}
