//! The process that takes requests.

use std::rc::Rc;

use super::{Failure, Reply, Request, Setup, request};
use crate::otp::gen_server::{
    self, Client, GenServer, Init, Options, Reply as Answering, StartResult,
};
use crate::runtime::{Context, Exit};
use crate::services::transport;

struct Front {
    setup: Rc<Setup>,
}

pub(super) async fn start_link(ctx: &Context, setup: Rc<Setup>) -> StartResult {
    let options = Options::new("http").local(setup.name);
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
        match request::start(ctx, &self.setup, &client, request).await? {
            Ok(_) => Ok(Answering::later()),
            Err(reason) => {
                let failure = Failure::Unavailable(reason.to_string());
                Ok(Answering::now(Reply::Error(failure)))
            }
        }
    }
}
