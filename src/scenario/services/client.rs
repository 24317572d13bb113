//! Programs that use services: what a client is given, what it is asked to do, and how it records
//! what came of it.

use std::rc::Rc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::registry::Directory;
use super::report::ReportSink;
use super::settings;
use super::transport::Transport;
use crate::consistency::history::{Action, Invocation, Recorder};
use crate::document::shape::ProgramInfo;
use crate::engine::runtime::{BoxedProcess, Context};
use crate::engine::term::{Atom, Term, from_term};
use crate::spelling::words;

/// A program that uses services.
///
/// Its process asks for one [`Task`] after the other, does it, and records it in the history:
///
/// ```
/// use nodedown::prelude::*;
///
/// /// Somebody who asks a counter for its total.
/// struct Reader;
///
/// impl Client for Reader {
///     fn info(&self) -> ProgramInfo {
///         let about = "Reads the counter.";
///         ProgramInfo { name: "reader", about, config: vec![], operations: vec!["total"] }
///     }
///
///     fn start(&self, setup: ClientSetup) -> Box<dyn FnOnce(Context) -> BoxedProcess> {
///         Box::new(|ctx| Box::pin(read(ctx, setup)))
///     }
/// }
///
/// async fn read(ctx: Context, setup: ClientSetup) -> ExitResult {
///     loop {
///         if let Task::Operation { name, .. } = setup.next_task(&ctx).await {
///             let what = setup.invocation(name, Action::Read, "counter", Term::atom("undefined"));
///             let total = async {
///                 let counter = ServerRef::Global(atom!("counter").into());
///                 Outcome::of_call(gen_server::call::<i64>(&ctx, counter, atom!("total")).await)
///             };
///             setup.history.perform(&ctx, what, total).await;
///         }
///     }
/// }
///
/// assert!(Programs::builtin().with_client(Reader).client("reader").is_some());
/// ```
pub trait Client: Send + Sync + 'static {
    /// Its name, its operations, and what can be set.
    fn info(&self) -> ProgramInfo;

    /// The code of its process.
    fn start(&self, setup: ClientSetup) -> Box<dyn FnOnce(Context) -> BoxedProcess>;

    /// The application that holds what its operations read and write: all workloads that use the
    /// same one are judged as one history. `config` are the settings of a workload, with their
    /// defaults.
    ///
    /// Unless a client says otherwise, this is the application that one of its settings names. Where
    /// that is nothing either, a workload is judged together with all others of the same client, and
    /// with those that use the same keys.
    fn service(&self, config: &Value, directory: &Directory) -> Option<Atom> {
        let settings = config.as_object()?.values().filter_map(Value::as_str);
        let mut named = settings.map(Atom::new);
        named.find(|name| directory.application(*name).is_some())
    }
}

/// The settings and surroundings of a client.
#[derive(Clone, Debug)]
pub struct ClientSetup {
    /// The workload that it belongs to.
    pub workload: Atom,
    /// Its number in the workload, from 0.
    pub client: u32,
    /// The number of clients of the workload.
    pub clients: u32,
    /// The node that it is on.
    pub node: Atom,
    /// The instances of a service that it is to use.
    pub affinity: Affinity,
    /// The settings of the workload's clients; what is missing has its default.
    pub config: Value,
    /// The time that it waits for an answer.
    pub timeout: Duration,
    /// The transport on which it calls services.
    pub transport: Transport,
    /// All applications of the cluster.
    pub directory: Rc<Directory>,
    /// The recorder of its operations.
    pub history: Recorder,
    /// The counts of what its requests cost.
    pub report: ReportSink,
}

/// An operation that a client is to carry out.
///
/// It comes as a message to the client's process: `{operation,Name,Number,Draw}` or `closing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// An operation of the workload.
    Operation {
        /// One of the operations that the client's [`info`](Client::info) names.
        name: Atom,
        /// Its number among those of the workload, from 0: values that have it in them are told
        /// apart.
        number: u64,
        /// A random number to choose the arguments by. The plan has it, so that a run without the
        /// faults asks the same.
        draw: u64,
    },
    /// Every client gets it once, some time after the last operation. One client of the workload
    /// should now read what is left, so that the history shows it.
    Closing,
}

impl Task {
    fn of(message: &Term) -> Option<Task> {
        if message.is_atom("closing") {
            return Some(Task::Closing);
        }
        let [Term::Atom(name), number, draw] = message.tagged("operation")? else { return None };
        let [number, draw] = [number, draw].map(|term| from_term(term).ok());
        Some(Task::Operation { name: *name, number: number?, draw: draw? })
    }
}

impl ClientSetup {
    /// Its settings as a Rust value: what the scenario leaves out has the default that the client's
    /// [`info`](Client::info) gives it.
    ///
    /// # Panics
    /// If the type does not fit the description in `info`: scenarios are checked against it before
    /// anything runs.
    #[must_use]
    pub fn settings<T: DeserializeOwned>(&self, info: &ProgramInfo) -> T {
        settings::read(info, &self.config)
    }

    /// The nodes of a service in the order in which the client is to use them, those near it first.
    #[must_use]
    pub fn instances(&self, nodes: &[Atom]) -> Instances {
        let is_near = |node: &Atom| match self.affinity {
            Affinity::None => true,
            Affinity::PreferHost | Affinity::OnlyHost => {
                self.directory.share_host(self.node, *node)
            }
            Affinity::PreferSite | Affinity::OnlySite => {
                self.directory.share_site(self.node, *node)
            }
        };
        let (near, mut others): (Vec<Atom>, Vec<Atom>) =
            nodes.iter().partition(|node| is_near(node));
        match self.affinity {
            Affinity::None | Affinity::PreferHost | Affinity::PreferSite => {}
            Affinity::OnlyHost | Affinity::OnlySite => others.clear(),
        }
        Instances { near, others }
    }

    /// Waits until there is something to do. Other messages stay in the mailbox.
    pub async fn next_task(&self, ctx: &Context) -> Task {
        let message = ctx.receive_where(|message| Task::of(message).is_some()).await;
        Task::of(&message).unwrap_or(Task::Closing)
    }

    /// An operation of this client, to be recorded: what it is called, what it does to the data,
    /// what it is about, and what it brings (`undefined` if nothing).
    #[must_use]
    pub fn invocation(
        &self,
        name: Atom,
        action: Action,
        key: impl Into<Term>,
        value: impl Into<Term>,
    ) -> Invocation {
        Invocation {
            workload: self.workload,
            client: self.client,
            name,
            action,
            key: key.into(),
            value: value.into(),
            timeout: self.timeout,
        }
    }
}

/// The instances of a service that clients use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Affinity {
    /// Any.
    #[default]
    None,
    /// Those on the client's own host, and others if none of them answers.
    PreferHost,
    /// Those at the client's own site, and others if none of them answers.
    PreferSite,
    /// Those on the client's own host, and no others.
    OnlyHost,
    /// Those at the client's own site, and no others.
    OnlySite,
}

words!(Affinity {
    None => "none",
    PreferHost => "prefer_host",
    PreferSite => "prefer_site",
    OnlyHost => "only_host",
    OnlySite => "only_site",
});

/// The nodes of a service as a client sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instances {
    /// Those that it is to use.
    pub near: Vec<Atom>,
    /// Those that it may use if none of the others answers.
    pub others: Vec<Atom>,
}
