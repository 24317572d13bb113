//! The service `analytics`: how much is said, where and when.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::registry::{Service, ServiceSetup};
use super::{bystander, transport};
use crate::document::shape::ProgramInfo;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Term, to_term};
use crate::otp::application::ApplicationSpec;
use crate::otp::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};

/// The service `analytics`.
#[derive(Clone, Copy, Debug)]
pub struct Analytics;

/// A message to analytics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AnalyticsNotice {
    /// A post has been accepted in this room.
    Posted(String),
}

/// A request to analytics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AnalyticsRequest {
    /// All that it has counted.
    Counts,
}

/// The counts of analytics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) struct Counts {
    /// Posts by room.
    pub(super) rooms: BTreeMap<String, u64>,
    /// Posts by the minute of its node's clock.
    pub(super) minutes: BTreeMap<u64, u64>,
}

struct Server {
    setup: Rc<ServiceSetup>,
    counts: Counts,
}

impl Service for Analytics {
    fn info(&self) -> ProgramInfo {
        ProgramInfo {
            name: "analytics",
            about: "Counts posts, by room and by minute.",
            config: vec![],
            operations: vec![],
        }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        bystander::application(setup, start_link)
    }
}

async fn start_link(ctx: Context, setup: Rc<ServiceSetup>) -> StartResult {
    let options = Options::new("analytics").local(setup.name);
    gen_server::start_link(&ctx, options, |ctx| async move {
        transport::serve::<Counts>(&ctx, setup.transport, setup.name);
        bystander::be_found(&ctx, setup.name);
        Ok(Init::Ok(Server { setup, counts: Counts::default() }))
    })
    .await
}

impl GenServer for Server {
    type Call = AnalyticsRequest;
    type Cast = AnalyticsNotice;
    type Reply = Counts;

    fn state(&self) -> Option<Term> {
        to_term(&self.counts).ok()
    }

    async fn handle_call(
        &mut self,
        _: &Context,
        _: Caller,
        AnalyticsRequest::Counts: AnalyticsRequest,
    ) -> Result<Reply<Counts>, Exit> {
        Ok(Reply::now(self.counts.clone()))
    }

    async fn handle_cast(&mut self, ctx: &Context, notice: AnalyticsNotice) -> Result<Next, Exit> {
        let AnalyticsNotice::Posted(room) = notice;
        self.setup.report.count(self.setup.name, "received");
        *self.counts.rooms.entry(room).or_default() += 1;
        *self.counts.minutes.entry(ctx.system_time().as_secs() / 60).or_default() += 1;
        Ok(Next::Wait)
    }

    /// Hears that another instance has got the global name.
    async fn handle_info(&mut self, _: &Context, _: Term) -> Result<Next, Exit> {
        Ok(Next::Wait)
    }
}
