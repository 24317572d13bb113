//! The process of a service that takes requests, one after the other, and has others answer them.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::transport::{self, Transport};
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::Atom;
use crate::otp::gen_server::{
    self, Caller, GenServer, Init, Options, Reply as Answering, StartResult,
};

/// The handling of requests by a front.
pub(super) trait Handler: 'static {
    type Request: DeserializeOwned;
    type Reply: Serialize + DeserializeOwned;

    /// The time for which a request keeps the front busy.
    fn work(&self) -> Duration;

    /// Begins to do what is asked; the answer comes now or later.
    async fn begin(
        &self,
        ctx: &Context,
        client: Caller,
        request: Self::Request,
    ) -> Result<Answering<Self::Reply>, Exit>;
}

struct Front<H>(H);

/// Starts the front of an application on this node, under a label.
pub(super) async fn start_link<H: Handler>(
    ctx: &Context,
    label: &str,
    (name, transport): (Atom, Transport),
    handler: H,
) -> StartResult {
    let options = Options::new(label).local(name);
    gen_server::start_link(ctx, options, move |ctx| async move {
        transport::serve::<H::Reply>(&ctx, transport, name);
        Ok(Init::Ok(Front(handler)))
    })
    .await
}

impl<H: Handler> GenServer for Front<H> {
    type Call = H::Request;
    type Cast = ();
    type Reply = H::Reply;

    async fn handle_call(
        &mut self,
        ctx: &Context,
        client: Caller,
        request: H::Request,
    ) -> Result<Answering<H::Reply>, Exit> {
        ctx.work(self.0.work()).await;
        self.0.begin(ctx, client, request).await
    }
}
