//! The process that takes requests.

use std::rc::Rc;
use std::time::Duration;

use super::{ChatFailure, ChatReply, ChatRequest, Setup, request};
use crate::engine::runtime::{Context, Exit};
use crate::otp::gen_server::{Caller, Reply as Answering, StartResult};
use crate::scenario::services::front;
use crate::scenario::services::front::Handler;

struct Requests {
    setup: Rc<Setup>,
}

pub(super) async fn start_link(ctx: &Context, setup: Rc<Setup>) -> StartResult {
    let name = (setup.name, setup.transport);
    front::start_link(ctx, "http", name, Requests { setup }).await
}

impl Handler for Requests {
    type Request = ChatRequest;
    type Reply = ChatReply;

    fn work(&self) -> Duration {
        self.setup.settings.work
    }

    /// Starts a process for the request, which answers it later.
    async fn begin(
        &self,
        ctx: &Context,
        client: Caller,
        request: ChatRequest,
    ) -> Result<Answering<ChatReply>, Exit> {
        match request::start(ctx, &self.setup, &client, request).await? {
            Ok(_) => Ok(Answering::no_reply()),
            Err(reason) => {
                let failure = ChatFailure::Unavailable(reason.to_string());
                Ok(Answering::now(ChatReply::Error(failure)))
            }
        }
    }
}
