//! The process that takes requests.

use super::protocol::{Reply, Request};
use super::{Setup, round};
use crate::otp::gen_server::{
    self, Client, GenServer, Init, Options, Reply as Answering, StartResult,
};
use crate::runtime::{Context, Exit};
use crate::services::transport;

struct Front {
    setup: Setup,
}

/// Starts the front of this node.
pub(super) async fn start_link(ctx: &Context, setup: Setup) -> StartResult {
    let options = Options::new("kv").local(setup.name);
    gen_server::start_link(ctx, options, |ctx| async move {
        transport::serve::<Reply>(&ctx, setup.transport, setup.name);
        Ok(Init::Ok(Front { setup }))
    })
    .await
}

impl GenServer for Front {
    type Call = Request;
    type Cast = ();
    type Reply = Reply;

    /// Starts a process for the request, which answers it later.
    async fn handle_call(
        &mut self,
        ctx: &Context,
        client: Client,
        request: Request,
    ) -> Result<Answering<Reply>, Exit> {
        ctx.work(self.setup.settings.work).await;
        let setup = self.setup.clone();
        ctx.spawn("kv_operation", move |ctx| async move {
            let reply = round::perform(&ctx, &setup, &request).await;
            gen_server::reply(&ctx, &client, &reply);
            Ok(())
        });
        Ok(Answering::later())
    }
}
