//! The service `reporting`: what goes wrong, as somebody in the cluster can see it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::registry::{Service, ServiceSetup};
use super::{bystander, settings, transport};
use crate::document::shape::{Field, ProgramInfo, Shape, format_fraction};
use crate::engine::runtime::{Context, Exit, NodeMonitor, NodeTypes};
use crate::engine::term::{Atom, Pid, Term};
use crate::otp::application::ApplicationSpec;
use crate::otp::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};
use crate::otp::global;
use crate::{atom, map, tuple};

/// The service `reporting`.
#[derive(Clone, Copy, Debug)]
pub struct Reporting;

#[derive(Clone, Copy, Debug, Deserialize)]
struct Settings {
    #[serde(deserialize_with = "settings::fraction")]
    error_rate: u32,
    #[serde(deserialize_with = "settings::duration")]
    every: Duration,
}

/// A message to reporting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReportingNotice {
    /// A request was answered.
    Served,
    /// A request ended in an error, for this reason.
    Failed(String),
}

struct Server {
    setup: Rc<ServiceSetup>,
    settings: Settings,
    period: Period,
    alarmed: bool,
    /// The last known places of the applications that have a global name.
    places: BTreeMap<Atom, Place>,
}

/// The last known place of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    node: Atom,
    /// True if it is still there.
    present: bool,
}

/// The messages since the last look.
#[derive(Debug, Default)]
struct Period {
    requests: u64,
    failures: BTreeMap<String, u64>,
}

impl Service for Reporting {
    fn info(&self) -> ProgramInfo {
        ProgramInfo {
            name: "reporting",
            about: "Watches nodes, errors and the places of applications, and reports what it sees.",
            config: vec![
                Field::default(
                    "error_rate",
                    Shape::Fraction,
                    "5%",
                    "It reports when more of the requests fail than this.",
                ),
                Field::default("every", Shape::Duration, "1s", "The interval at which it looks."),
            ],
            operations: vec![],
        }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        bystander::application(setup, start_link)
    }
}

async fn start_link(ctx: Context, setup: Rc<ServiceSetup>) -> StartResult {
    let options = Options::new("reporting").local(setup.name);
    gen_server::start_link(&ctx, options, |ctx| async move {
        transport::serve::<Term>(&ctx, setup.transport, setup.name);
        bystander::be_found(&ctx, setup.name);
        ctx.monitor_nodes(NodeMonitor {
            node_type: Some(NodeTypes::All),
            reason: true,
            info: true,
            ..NodeMonitor::default()
        });
        let settings: Settings = settings::read(&Reporting.info(), &setup.config);
        ctx.send_after(settings.every, ctx.pid(), atom!("look"));
        let (period, places) = (Period::default(), BTreeMap::new());
        Ok(Init::Ok(Server { setup, settings, period, alarmed: false, places }))
    })
    .await
}

impl GenServer for Server {
    type Call = Term;
    type Cast = ReportingNotice;
    type Reply = Term;

    fn state(&self) -> Option<Term> {
        let places = self.places.iter().filter(|(_, place)| place.present);
        let places = places.map(|(name, place)| tuple![*name, place.node]);
        Some(map! {
            atom!("alarmed") => self.alarmed,
            atom!("places") => places.collect::<Term>(),
        })
    }

    async fn handle_call(&mut self, _: &Context, _: Caller, _: Term) -> Result<Reply<Term>, Exit> {
        Err(Exit::error(atom!("function_clause")))
    }

    async fn handle_cast(&mut self, _: &Context, notice: ReportingNotice) -> Result<Next, Exit> {
        self.setup.report.count(self.setup.name, "received");
        self.period.requests += 1;
        match notice {
            ReportingNotice::Served => {}
            ReportingNotice::Failed(reason) => {
                *self.period.failures.entry(reason).or_default() += 1;
            }
        }
        Ok(Next::Wait)
    }

    async fn handle_info(&mut self, ctx: &Context, message: Term) -> Result<Next, Exit> {
        if let Some([Term::Atom(node), ..]) = message.tagged("nodeup") {
            self.line(ctx, format!("node {node} is up"));
        } else if let Some([Term::Atom(node), info, ..]) = message.tagged("nodedown") {
            self.line(ctx, format!("node {node} is down: {}", nodedown_reason(info)));
        } else if message.is_atom("look") {
            self.look_at_errors(ctx);
            self.look_at_places(ctx);
            ctx.send_after(self.settings.every, ctx.pid(), atom!("look"));
        }
        Ok(Next::Wait)
    }
}

/// The reason in the information about a node that went down (B22).
fn nodedown_reason(info: &Term) -> String {
    let reasons = info.as_list().unwrap_or_default().iter();
    let mut reasons = reasons.filter_map(|item| item.tagged("nodedown_reason")?.first());
    reasons.next().map_or_else(|| "for no known reason".to_owned(), Term::to_string)
}

impl Server {
    fn line(&self, ctx: &Context, text: String) {
        self.setup.report.line(ctx, self.setup.name, text);
    }

    /// Reports the beginning and the end of a time in which too many requests fail. A time without
    /// requests says nothing.
    fn look_at_errors(&mut self, ctx: &Context) {
        let Period { requests, failures } = std::mem::take(&mut self.period);
        let failed: u64 = failures.values().sum();
        if requests == 0 {
            return;
        }
        let rate = (failed * 1_000_000 / requests) as u32;
        let alarming = rate > self.settings.error_rate;
        if alarming && !self.alarmed {
            let most = failures.iter().max_by_key(|(_, count)| **count);
            let most = most.map_or("", |(reason, _)| reason);
            let (rate, limit) = (format_fraction(rate), format_fraction(self.settings.error_rate));
            self.line(ctx, format!("{rate} of the requests fail, above {limit}: mostly {most}"));
        } else if self.alarmed && !alarming {
            self.line(ctx, "requests are back to normal".to_owned());
        }
        self.alarmed = alarming;
    }

    /// Reports where applications have moved to, as far as their global names show it.
    fn look_at_places(&mut self, ctx: &Context) {
        let setup = Rc::clone(&self.setup);
        for name in setup.directory.entries().iter().map(|entry| entry.name) {
            let before = self.places.get(&name).copied();
            let now = match global::whereis_name(ctx, &Term::from(name)).map(Pid::node) {
                Some(node) => Some(Place { node, present: true }),
                None => before.map(|place| Place { present: false, ..place }),
            };
            if let Some(now) = now.filter(|now| before != Some(*now)) {
                self.places.insert(name, now);
                if let Some(before) = before {
                    self.line(ctx, move_text(name, before, now));
                }
            }
        }
    }
}

fn move_text(name: Atom, before: Place, now: Place) -> String {
    let node = now.node;
    if !now.present {
        format!("{name} is gone from {node}")
    } else if before.node == node {
        format!("{name} is back on {node}")
    } else {
        format!("{name} has moved from {} to {node}", before.node)
    }
}
