//! Scenario files: text, to syntax with positions, to diagnostics or a [`Scenario`], to a [`Plan`].
//!
//! **Invariant**: judges nothing. A scenario says what shall hold; whether it held is the verdict's.
//!
//! A file is JSON, with comments and trailing commas. [`document`](crate::document) reads it into
//! values that know their place in the text and checks them against the shapes of a scenario; then
//! they are resolved. Everything that is wrong is collected, and nothing runs if there is an error.
//!
//! Each topic is one module: its types, the shape of its part of a file (`shape`), the way from the
//! file to the types (`impl Resolver`) and the way back (`write`).
//!
//! - `host`, `node`, `network`, `transport`, `application`: the cluster
//! - `workload`: its users
//! - [`fault`], `chaos`: what goes wrong, as written and as drawn from the seed
//! - `expectation`, `invariant`: what must hold all the same
//! - `file`: the whole of these
//! - `names`, `reading`, `writing`: what the topics share
//! - `plan`, `placement`: what is run
//! - [`services`]: what runs on the nodes; [`simulation`]: the run
//!
//! ```
//! use nodedown::scenario::Scenario;
//! use nodedown::shape::Catalogue;
//!
//! let text = r#"{
//!     "duration": "60s",
//!     "hosts": { "rack": {} },
//!     "nodes": { "a@rack": { "host": "rack" } },
//!     "faults": [{ "at": "70s", "crash": "b@rack" }],
//! }"#;
//! let error = Scenario::parse(text, "example.json", &Catalogue::default()).unwrap_err();
//! assert!(error.to_string().contains("unknown node `b@rack`"));
//! assert!(error.to_string().contains("did you mean `a@rack`?"));
//! ```

mod application;
mod calls;
mod chaos;
mod erlang;
mod expectation;
pub mod fault;
mod file;
mod host;
mod invariant;
mod names;
mod network;
mod node;
mod placement;
mod plan;
mod reading;
pub mod services;
pub mod simulation;
#[cfg(test)]
mod tests;
mod transport;
mod workload;
mod writing;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::document::diagnostic::{self, Diagnostics};
use crate::document::shape::{Catalogue, ProgramInfo, factored};
use crate::document::{Checker, Document, Node};
use crate::engine::network::PathConfig;
use crate::engine::term::Atom;

use reading::Resolver;

pub use application::{ApplicationConfig, Placement};
pub use chaos::{BurstTarget, Bursts, Chaos, ChaosKind, Freeze, Liveness, Pace, SecondFault};
pub(crate) use erlang::paths::folder_of;
pub(crate) use erlang::sha256_of;
pub use erlang::{
    CodeDigests, CodeExecution, ErlangConfig, ErlangStart, InstalledCode, MapOrder, NodeCode,
    SliceLength,
};
pub use expectation::Expectation;
pub use fault::{CutShape, FaultKind, PathScope, ScheduledFault};
pub use file::{ExpectedVerdict, Scenario, Unwritable};
pub use host::HostConfig;
pub use invariant::{Invariant, Observation, State};
pub use network::{HostPath, NetworkConfig};
pub use node::{NodeSpec, ReconnectConfig};
pub use placement::{Layout, Unplaceable};
pub use plan::{Plan, PlannedOperation};
pub use workload::{Arrivals, Consistency, Load, WorkloadConfig};

/// The reason why there is no scenario.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The file makes no sense.
    #[error("{0}")]
    Invalid(Diagnostics),
    /// It needs Erlang or modules that are not on this machine: why.
    #[error("{0}")]
    NoErlang(String),
}

impl Scenario {
    /// Reads a scenario from a file.
    ///
    /// # Errors
    /// [`ScenarioError`] when the file cannot be read, or with all that is wrong in it.
    pub fn from_file(
        path: impl AsRef<Path>,
        catalogue: &Catalogue,
    ) -> Result<Scenario, ScenarioError> {
        let path = path.as_ref();
        Scenario::parse(&read_text(path)?, &path.display().to_string(), catalogue)
    }

    /// Reads a scenario from a text; the name of the file is for messages.
    ///
    /// # Errors
    /// [`ScenarioError::Invalid`] with all that is wrong in it.
    pub fn parse(
        text: &str,
        file_name: &str,
        catalogue: &Catalogue,
    ) -> Result<Scenario, ScenarioError> {
        Scenario::of_document(Document::parse(text, file_name), catalogue)
    }

    /// The scenario in a file that was read as JSON.
    pub(crate) fn of_document(
        document: Document,
        catalogue: &Catalogue,
    ) -> Result<Scenario, ScenarioError> {
        let Document { file_name, root, mut diagnostics } = document;
        let scenario = root.and_then(|root| within(&root, &file_name, catalogue, &mut diagnostics));
        diagnostics.sort();
        if diagnostics.has_errors() {
            return Err(ScenarioError::Invalid(diagnostics));
        }
        let scenario = scenario.expect("a file without errors is a scenario");
        if let Some(why) = scenario.erlang.as_ref().and_then(|it| it.installed.as_ref().err()) {
            return Err(ScenarioError::NoErlang(why.clone()));
        }
        Ok(if diagnostics.is_empty() {
            scenario
        } else {
            Scenario { warnings: diagnostics, ..scenario }
        })
    }

    /// The applications with each node on which they may run: those of services in Rust by their
    /// placement, those of compiled code by the nodes that start them.
    pub(crate) fn application_places(&self) -> impl Iterator<Item = (Atom, Atom)> {
        application_places(&self.applications, self.nodes.iter())
    }

    /// The nodes on which an application may run.
    pub(crate) fn nodes_of(&self, application: Atom) -> impl Iterator<Item = Atom> {
        let own = self.application_places().filter(move |(name, _)| *name == application);
        own.map(|(_, node)| node)
    }

    /// The nodes on a host, in the order of the scenario.
    pub fn nodes_on(&self, host: Atom) -> impl Iterator<Item = Atom> {
        let nodes = self.nodes.iter().filter(move |node| node.host == host);
        nodes.map(|node| node.name)
    }

    /// The hosts of a site, in the order of the scenario.
    pub fn hosts_of(&self, site: Atom) -> impl Iterator<Item = Atom> {
        let hosts = self.hosts.iter().filter(move |host| host.site == Some(site));
        hosts.map(|host| host.name)
    }

    /// The site of a node, if its host has one.
    #[must_use]
    pub fn site_of(&self, node: Atom) -> Option<Atom> {
        let node = self.nodes.iter().find(|found| found.name == node)?;
        self.hosts.iter().find(|host| host.name == node.host)?.site
    }

    /// The path from one host to another or to itself, without faults.
    #[must_use]
    pub fn path(&self, from: Atom, to: Atom) -> &PathConfig {
        self.network.path(&self.hosts, from, to)
    }

    /// The same without the settings that this path has for itself.
    pub(crate) fn usual_path(&self, from: Atom, to: Atom) -> &PathConfig {
        self.network.between(&self.hosts, from, to)
    }

    /// True if a node is started again after it has gone down.
    #[must_use]
    pub fn starts_again(&self, name: Atom) -> bool {
        self.nodes.iter().any(|node| node.name == name && node.restart.is_some())
    }

    /// The JSON Schema of scenario files that may name these programs.
    #[must_use]
    pub fn schema(catalogue: &Catalogue) -> Value {
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "urn:nodedown:scenario:1",
            "title": "nodedown scenario, version 1",
            "description": "A cluster, what happens to it, and what is expected of it.",
        });
        let fields = schema.as_object_mut().expect("an object was just made");
        if let Value::Object(shape) = file::shape::scenario(catalogue).schema() {
            fields.extend(shape);
        }
        settings(&mut schema, "applications", "service", &catalogue.services);
        settings(&mut schema, "workload", "client", &catalogue.clients);
        calls::shape::conditions(&mut schema["properties"]["workload"]["additionalProperties"]);
        factored(schema)
    }
}

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, ScenarioError> {
    let read = diagnostic::text::read_text(path);
    read.map_err(|source| ScenarioError::Read { path: path.to_owned(), source })
}

/// The scenario that is a value of a file; `None` if it makes no sense, which has been reported.
pub(crate) fn within(
    value: &Node,
    file_name: &str,
    catalogue: &Catalogue,
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
    let names = names::names_in(value);
    let value =
        Checker::new(&names, diagnostics).check(value, &file::shape::scenario(catalogue))?;
    let name = value.get("name").and_then(Node::text).map(str::to_owned);
    let name = name.unwrap_or_else(|| file_stem(file_name));
    let folder = erlang::paths::folder_of(file_name);
    Resolver { catalogue, names: &names, diagnostics, folder }.scenario(&value, name)
}

fn file_stem(file_name: &str) -> String {
    let stem = Path::new(file_name).file_stem();
    stem.map_or_else(|| file_name.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Adds to the schema what settings each program has.
fn settings(schema: &mut Value, field: &str, selector: &str, programs: &[ProgramInfo]) {
    let condition = |program: &ProgramInfo| {
        let chosen = json!({ "properties": { selector: { "const": program.name } },
                             "required": [selector] });
        json!({ "if": chosen,
                "then": { "properties": { "config": program.config_shape().schema() } } })
    };
    let things = &mut schema["properties"][field]["additionalProperties"];
    let mut all: Vec<Value> = things["allOf"].as_array().cloned().unwrap_or_default();
    all.extend(programs.iter().map(condition));
    if !all.is_empty() {
        things["allOf"] = Value::Array(all);
    }
}

/// The applications with each node on which they may run.
fn application_places<'a>(
    applications: &'a [ApplicationConfig],
    nodes: impl Iterator<Item = &'a NodeSpec>,
) -> impl Iterator<Item = (Atom, Atom)> {
    let placed = applications.iter().flat_map(|each| each.nodes().map(|node| (each.name, node)));
    let started =
        nodes.flat_map(|node| node.code.starts().iter().map(|each| (each.application, node.name)));
    placed.chain(started)
}
