//! The programs of a simulation, by name: services that run as applications, and their clients.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::Client;
use super::report::ReportSink;
use super::settings;
use super::transport::Transport;
use crate::document::shape::{Catalogue, ProgramInfo};
use crate::engine::term::Atom;
use crate::otp::application::ApplicationSpec;

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

/// The settings and surroundings of a service.
#[derive(Clone, Debug)]
pub struct ServiceSetup {
    /// The name of the application.
    pub name: Atom,
    /// Its settings; what is missing has its default.
    pub config: Value,
    /// The transport between services.
    pub transport: Transport,
    /// The nodes that it may run on, those that it prefers first.
    pub nodes: Vec<Atom>,
    /// All applications of the cluster.
    pub directory: Rc<Directory>,
    /// The report for the people who read about the run.
    pub report: ReportSink,
}

impl ServiceSetup {
    /// Its settings as a Rust value: what the scenario leaves out has the default that the
    /// service's [`info`](Service::info) gives it.
    ///
    /// # Panics
    /// If the type does not fit the description in `info`: scenarios are checked against it before
    /// anything runs.
    #[must_use]
    pub fn settings<T: DeserializeOwned>(&self, info: &ProgramInfo) -> T {
        settings::read(info, &self.config)
    }
}

/// All applications of a cluster: what a configuration file on every node would say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Directory {
    entries: Vec<DirectoryEntry>,
    places: Vec<DirectoryPlace>,
}

/// The host and the site of a node.
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

    /// The place of a node, if it is known.
    #[must_use]
    pub fn place(&self, node: Atom) -> Option<&DirectoryPlace> {
        self.places.iter().find(|place| place.node == node)
    }

    pub(super) fn share_host(&self, node: Atom, other: Atom) -> bool {
        let host = |node| self.place(node).map(|place| place.host);
        node == other || (host(node).is_some() && host(node) == host(other))
    }

    pub(super) fn share_site(&self, node: Atom, other: Atom) -> bool {
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
    /// the client `chat_user`. And the key-value services `kv`, `raft` and `chain` with their client `kv_user`; and `crdt`, `gossip` and `two_phase`, for the client `calls`.
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
            .with_service(super::raft::Raft)
            .with_service(super::chain::Chain)
            .with_service(super::chain::ChainMaster)
            .with_service(super::crdt::Crdt)
            .with_service(super::gossip::Gossip)
            .with_service(super::two_phase::TwoPhase)
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

    /// The programs that a scenario can name.
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

    /// The same, to be kept by the process that it runs in.
    pub(crate) fn shared_client(&self, name: &str) -> Option<Arc<dyn Client>> {
        self.clients.get(name).map(Arc::clone)
    }
}
