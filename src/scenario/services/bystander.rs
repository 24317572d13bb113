//! Applications that are told things, and that nobody waits for: casts, delivered once or never.

use std::future::Future;
use std::rc::Rc;

use serde::Serialize;

use super::registry::{Directory, DirectoryEntry, ServiceSetup};
use super::report::ReportSink;
use super::supervised;
use super::transport::{Channel, Target};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Term};
use crate::otp::application::ApplicationSpec;
use crate::otp::gen_server::StartResult;
use crate::otp::global::{self, Resolver};
use crate::otp::supervisor::Flags;

/// A program's way to tell others what happens.
#[derive(Clone, Debug)]
pub(super) struct Bystanders {
    pub(super) directory: Rc<Directory>,
    pub(super) channel: Channel,
    pub(super) report: ReportSink,
}

impl Bystanders {
    /// Tells every application that runs a service. Each notice is counted as `sent` where it is
    /// sent and as `received` where it is received: the difference is what was lost.
    pub(super) fn tell(&self, ctx: &Context, service: &str, notice: &impl Serialize) {
        for entry in self.directory.service(service) {
            self.report.count(entry.name, "sent");
            match nearest(ctx, entry) {
                Some(target) => self.channel.cast(ctx, target, notice),
                None => self.report.count(entry.name, "sent to nobody"),
            }
        }
    }
}

/// The instance to tell: the one on this node; else the one with the global name; else the first
/// node of the directory that is connected.
fn nearest(ctx: &Context, entry: &DirectoryEntry) -> Option<Target> {
    if ctx.whereis(entry.name).is_some() {
        return Some(Target::On(entry.name, ctx.node()));
    }
    if global::whereis_name(ctx, &Term::from(entry.name)).is_some() {
        return Some(Target::Global(entry.name));
    }
    let node = entry.nodes.iter().find(|node| ctx.is_connected(**node))?;
    Some(Target::On(entry.name, *node))
}

/// Lets others find the calling server by its application's name wherever they are. Of several
/// instances the first gets the name, and none ends for the sake of it.
pub(super) fn be_found(ctx: &Context, name: Atom) {
    let server = ctx.pid();
    ctx.spawn_link("registrar", move |ctx| async move {
        global::register_name_with(&ctx, name, server, Resolver::RandomNotify).await;
        Ok(())
    });
}

/// An application of one server under a supervisor; `start` starts the server.
pub(super) fn application<Fut>(
    setup: &ServiceSetup,
    start: fn(Context, Rc<ServiceSetup>) -> Fut,
) -> ApplicationSpec
where
    Fut: Future<Output = StartResult> + 'static,
{
    let setup = Rc::new(setup.clone());
    supervised::application(setup.name, Flags::default(), move |ctx, _| {
        start(ctx, Rc::clone(&setup))
    })
}
