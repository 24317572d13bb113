//! The process that takes requests.

use std::time::Duration;

use super::protocol::{KeyValueReply, KeyValueRequest};
use super::{Setup, round};
use crate::engine::runtime::{Context, Exit};
use crate::otp::gen_server::{self, Caller, Reply as Answering, StartResult};
use crate::scenario::services::front;
use crate::scenario::services::front::Handler;

struct Operations {
    setup: Setup,
}

/// Starts the front of this node.
pub(super) async fn start_link(ctx: &Context, setup: Setup) -> StartResult {
    let name = (setup.name, setup.transport);
    front::start_link(ctx, "kv", name, Operations { setup }).await
}

impl Handler for Operations {
    type Request = KeyValueRequest;
    type Reply = KeyValueReply;

    fn work(&self) -> Duration {
        self.setup.settings.work
    }

    /// Starts a process for the request, which answers it later.
    async fn begin(
        &self,
        ctx: &Context,
        client: Caller,
        request: KeyValueRequest,
    ) -> Result<Answering<KeyValueReply>, Exit> {
        let setup = self.setup.clone();
        ctx.spawn("kv_operation", move |ctx| async move {
            let reply = round::perform(&ctx, &setup, &request).await;
            gen_server::reply(&ctx, &client, &reply);
            Ok(())
        });
        Ok(Answering::no_reply())
    }
}
