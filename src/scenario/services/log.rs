//! The service `log`: the last lines of what happened.

use std::collections::VecDeque;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::registry::{Service, ServiceSetup};
use super::{bystander, settings, transport};
use crate::document::shape::{Field, ProgramInfo, Shape};
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::Term;
use crate::otp::application::ApplicationSpec;
use crate::otp::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};
use crate::{atom, map};

/// The service `log`.
#[derive(Clone, Copy, Debug)]
pub struct Log;

#[derive(Clone, Copy, Debug, Deserialize)]
struct Settings {
    keep: usize,
}

/// A message to the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LogNotice {
    Line(String),
}

/// A request to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LogRequest {
    /// The last lines, oldest first, with the number of all there have been.
    Tail,
}

/// A reply of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) struct LogReply {
    pub(super) total: u64,
    pub(super) lines: Vec<String>,
}

struct Server {
    setup: Rc<ServiceSetup>,
    settings: Settings,
    total: u64,
    lines: VecDeque<String>,
}

impl Service for Log {
    fn info(&self) -> ProgramInfo {
        let keep = Shape::Integer { min: 1, max: 1_000_000 };
        ProgramInfo {
            name: "log",
            about: "Keeps the last lines of what happened.",
            config: vec![Field::default("keep", keep, 1_000, "The number of lines that it keeps.")],
            operations: vec![],
        }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        bystander::application(setup, start_link)
    }
}

async fn start_link(ctx: Context, setup: Rc<ServiceSetup>) -> StartResult {
    let options = Options::new("log").local(setup.name);
    gen_server::start_link(&ctx, options, |ctx| async move {
        transport::serve::<LogReply>(&ctx, setup.transport, setup.name);
        bystander::be_found(&ctx, setup.name);
        let settings = settings::read(&Log.info(), &setup.config);
        Ok(Init::Ok(Server { setup, settings, total: 0, lines: VecDeque::new() }))
    })
    .await
}

impl GenServer for Server {
    type Call = LogRequest;
    type Cast = LogNotice;
    type Reply = LogReply;

    fn state(&self) -> Option<Term> {
        Some(map! { atom!("total") => self.total, atom!("kept") => self.lines.len() as u64 })
    }

    async fn handle_call(
        &mut self,
        _: &Context,
        _: Caller,
        LogRequest::Tail: LogRequest,
    ) -> Result<Reply<LogReply>, Exit> {
        let lines = self.lines.iter().cloned().collect();
        Ok(Reply::now(LogReply { total: self.total, lines }))
    }

    async fn handle_cast(&mut self, _: &Context, notice: LogNotice) -> Result<Next, Exit> {
        let LogNotice::Line(line) = notice;
        self.setup.report.count(self.setup.name, "received");
        self.total += 1;
        self.lines.push_back(line);
        if self.lines.len() > self.settings.keep {
            self.lines.pop_front();
        }
        Ok(Next::Wait)
    }

    /// Hears that another instance has got the global name.
    async fn handle_info(&mut self, _: &Context, _: Term) -> Result<Next, Exit> {
        Ok(Next::Wait)
    }
}
