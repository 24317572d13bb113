//! The programs of a simulation, by name: services that run as applications, and their clients.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::report::ReportSink;
use super::transport::Transport;
use crate::history::Recorder;
use crate::otp::application::ApplicationSpec;
use crate::runtime::{BoxedProcess, Context};
use crate::shape::{Catalogue, ProgramInfo};
use crate::term::Atom;

/// A program that runs as an application.
pub trait Service: Send + Sync + 'static {
    /// Its name, and what can be set.
    fn info(&self) -> ProgramInfo;

    /// The application that it runs as, on one node or on several.
    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec;

    /// An application that has to run on every node where the service may run, before the service
    /// does; its name is `<name>_<what it is>`.
    fn companion(&self, setup: &ServiceSetup) -> Option<ApplicationSpec> {
        let _ = setup;
        None
    }
}

/// What a service is given.
#[derive(Clone, Debug)]
pub struct ServiceSetup {
    /// The name of the application.
    pub name: Atom,
    /// Its settings; what is missing has its default.
    pub config: Value,
    /// How services talk to each other.
    pub transport: Transport,
    /// The nodes that it may run on, those that it prefers first.
    pub nodes: Vec<Atom>,
    /// All applications of the cluster.
    pub directory: Rc<Directory>,
    /// Where it says what people should read after the run.
    pub report: ReportSink,
}

/// A program that uses services.
///
/// Its process gets `{operation,Name,Number,Draw}` for each operation that it is to do, `Draw`
/// being a random integer to choose the arguments by, and once, some time after the last of them,
/// `closing`: one client of the workload then looks at what is left, so that the history shows it.
pub trait Client: Send + Sync + 'static {
    /// Its name, its operations, and what can be set.
    fn info(&self) -> ProgramInfo;

    /// What its process runs.
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

/// What a client is given.
#[derive(Clone, Debug)]
pub struct ClientSetup {
    /// The workload that it belongs to.
    pub workload: Atom,
    /// Its number in the workload, from 0.
    pub client: u32,
    /// How many clients the workload has.
    pub clients: u32,
    /// The node that it is on.
    pub node: Atom,
    /// Which instances of a service it is to use.
    pub affinity: Affinity,
    /// The settings of the workload's clients; what is missing has its default.
    pub config: Value,
    /// How long it waits for an answer.
    pub timeout: Duration,
    /// How it talks to services.
    pub transport: Transport,
    /// All applications of the cluster.
    pub directory: Rc<Directory>,
    /// Where it records what it did.
    pub history: Recorder,
    /// What its requests cost is counted here.
    pub report: ReportSink,
}

impl ClientSetup {
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
}

/// Which instances of a service clients use.
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

impl Affinity {
    /// All of them, with the name that each has in files.
    pub const NAMES: [(Affinity, &str); 5] = [
        (Affinity::None, "none"),
        (Affinity::PreferHost, "prefer_host"),
        (Affinity::PreferSite, "prefer_site"),
        (Affinity::OnlyHost, "only_host"),
        (Affinity::OnlySite, "only_site"),
    ];
}

/// The nodes of a service as a client sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instances {
    /// Those that it is to use.
    pub near: Vec<Atom>,
    /// Those that it may use if none of the others answers.
    pub others: Vec<Atom>,
}

/// All applications of a cluster: what a configuration file on every node would say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Directory {
    entries: Vec<DirectoryEntry>,
    places: Vec<DirectoryPlace>,
}

/// Where a node of a cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryPlace {
    /// The node.
    pub node: Atom,
    /// Its host.
    pub host: Atom,
    /// The site of the host, if it has one.
    pub site: Option<Atom>,
}

/// One application of a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct DirectoryEntry {
    /// The name of the application.
    pub name: Atom,
    /// The service that it runs.
    pub service: Atom,
    /// The nodes that it may run on, those that it prefers first.
    pub nodes: Vec<Atom>,
}

impl Directory {
    /// A directory of these applications.
    #[must_use]
    pub fn new(entries: Vec<DirectoryEntry>) -> Directory {
        Directory { entries, places: Vec::new() }
    }

    /// The same, which also says where nodes are.
    #[must_use]
    pub fn with_places(self, places: Vec<DirectoryPlace>) -> Directory {
        Directory { places, ..self }
    }

    /// Where a node is, if anybody has said so.
    #[must_use]
    pub fn place(&self, node: Atom) -> Option<&DirectoryPlace> {
        self.places.iter().find(|place| place.node == node)
    }

    fn share_host(&self, node: Atom, other: Atom) -> bool {
        let host = |node| self.place(node).map(|place| place.host);
        node == other || (host(node).is_some() && host(node) == host(other))
    }

    fn share_site(&self, node: Atom, other: Atom) -> bool {
        let site = |node| self.place(node).and_then(|place| place.site);
        self.share_host(node, other) || (site(node).is_some() && site(node) == site(other))
    }

    /// All applications.
    #[must_use]
    pub fn entries(&self) -> &[DirectoryEntry] {
        &self.entries
    }

    /// The application with this name.
    #[must_use]
    pub fn application(&self, name: Atom) -> Option<&DirectoryEntry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The applications that run a service.
    pub fn service<'a>(&'a self, service: &'a str) -> impl Iterator<Item = &'a DirectoryEntry> {
        self.entries.iter().filter(move |entry| entry.service.as_str() == service)
    }
}

/// Programs by their names.
///
/// ```
/// use nodedown::services::Programs;
///
/// let programs = Programs::builtin();
/// assert!(programs.service("database").is_some());
/// assert!(programs.client("chat_user").is_some());
/// assert_eq!(programs.catalogue().clients.len(), 2);
/// ```
#[derive(Clone, Default)]
pub struct Programs {
    services: BTreeMap<&'static str, Arc<dyn Service>>,
    clients: BTreeMap<&'static str, Arc<dyn Client>>,
}

impl Programs {
    /// The chat system: the services `http`, `database`, `log`, `reporting` and `analytics`, and
    /// the client `chat_user`. And the key-value service `kv` with its client `kv_user`.
    #[must_use]
    pub fn builtin() -> Programs {
        Programs::default()
            .with_service(super::http::Http)
            .with_service(super::database::Database)
            .with_service(super::log::Log)
            .with_service(super::reporting::Reporting)
            .with_service(super::analytics::Analytics)
            .with_client(super::chat_user::ChatUser)
            .with_service(super::kv::KeyValue)
            .with_client(super::kv_user::KeyValueUser)
    }

    /// These programs and one more service; it takes the place of one with the same name.
    #[must_use]
    pub fn with_service(mut self, service: impl Service) -> Programs {
        self.services.insert(service.info().name, Arc::new(service));
        self
    }

    /// These programs and one more client; it takes the place of one with the same name.
    #[must_use]
    pub fn with_client(mut self, client: impl Client) -> Programs {
        self.clients.insert(client.info().name, Arc::new(client));
        self
    }

    /// What a scenario can name.
    #[must_use]
    pub fn catalogue(&self) -> Catalogue {
        Catalogue {
            services: self.services.values().map(|service| service.info()).collect(),
            clients: self.clients.values().map(|client| client.info()).collect(),
        }
    }

    /// The service with this name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&dyn Service> {
        self.services.get(name).map(AsRef::as_ref)
    }

    /// The client with this name.
    #[must_use]
    pub fn client(&self, name: &str) -> Option<&dyn Client> {
        self.clients.get(name).map(AsRef::as_ref)
    }
}
