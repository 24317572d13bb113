//! The programs that a scenario can name.

use super::{Field, Shape};

/// A program as a scenario knows it: a service, or the client of one.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgramInfo {
    /// Its name.
    pub name: &'static str,
    /// A description, in a sentence.
    pub about: &'static str,
    /// Its settings.
    pub config: Vec<Field>,
    /// The operations of a client, in its own words, at least one; empty for a service.
    pub operations: Vec<&'static str>,
}

impl ProgramInfo {
    /// The shape of its settings.
    #[must_use]
    pub fn config_shape(&self) -> Shape {
        Shape::object("settings", self.config.clone())
    }
}

/// The programs that a scenario can name.
///
/// ```
/// use nodedown::shape::{Catalogue, Field, ProgramInfo, Shape};
///
/// let counter = ProgramInfo {
///     name: "counter",
///     about: "Counts.",
///     config: vec![Field::default("step", Shape::Number { min: 1.0 }, 1, "What is added.")],
///     operations: vec![],
/// };
/// let catalogue = Catalogue { services: vec![counter], clients: vec![] };
/// assert!(catalogue.service("counter").is_some());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// The services, which applications run.
    pub services: Vec<ProgramInfo>,
    /// The clients, which workloads run.
    pub clients: Vec<ProgramInfo>,
}

impl Catalogue {
    /// The service with this name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&ProgramInfo> {
        self.services.iter().find(|service| service.name == name)
    }

    /// The client with this name.
    #[must_use]
    pub fn client(&self, name: &str) -> Option<&ProgramInfo> {
        self.clients.iter().find(|client| client.name == name)
    }
}
