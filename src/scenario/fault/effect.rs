//! The interface of a kind of fault, and parts that several kinds share.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::{Fault, FaultCategory, Reach};
use crate::document::shape::{Field, NameKind, Shape};
use crate::document::syntax::Node;
use crate::engine::network::{HostId, NodeId};
use crate::engine::runtime::World;
use crate::engine::term::Atom;
use crate::engine::trace::Fact;
use crate::scenario::reading::{Alternative, Resolver};
use crate::scenario::writing::named;
use crate::scenario::{NetworkConfig, Scenario};

/// One fault: its effect on a world, its end, and the words for it.
pub(super) trait Effect {
    /// Does it to the world.
    fn inject(&self, world: &World);

    /// Does it to the world, if processes have to say first whom it strikes: what has come of it is
    /// recorded by them. Returns false, and has done nothing, if nobody has to be asked.
    fn inject_by_asking(&self, _world: &World, _report: &Report) -> bool {
        false
    }

    /// Returns the reason why it would change nothing now, or `None` if it would change something.
    fn without_effect(&self, world: &World) -> Option<String>;

    /// True if it concerns what runs on a node, and the node is down.
    fn is_in_vain(&self, _world: &World) -> bool {
        false
    }

    /// The things that are known about it without a world.
    fn summary(&self) -> Summary {
        Summary::default()
    }

    /// Its sentence in reports.
    fn describe(&self) -> String;

    /// Its fields in a scenario file, the one that names its kind first.
    fn write(&self, writing: &Writing<'_>) -> Fields;
}

/// The fact that a fault was injected, or the reason why it has changed nothing.
pub(in crate::scenario) type Report = Rc<dyn Fn(Option<String>) -> Fact>;

/// The things that are known about a fault without a world. By default it puts something right,
/// is felt by no node in particular, and is over at once.
#[derive(Default)]
pub(super) struct Summary {
    /// The category of what it takes away; `None` if it puts something right.
    pub(super) category: Option<FaultCategory>,
    /// The part of the cluster in which it is felt.
    pub(super) reach: Reach,
    /// The fault that ends it.
    pub(super) undo: Option<Fault>,
    /// The nodes that it names one by one, not in groups.
    pub(super) nodes: Vec<Atom>,
    /// The hosts that it names, those of a site included.
    pub(super) hosts: Vec<Atom>,
    /// The thing that it changes, if only one fault at a time may change it.
    pub(super) holds: Option<Resource>,
}

/// A thing that only one fault at a time may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenario) enum Resource {
    /// The operating-system process of a node.
    Process(Atom),
    /// The path from a host to another.
    Path(Atom, Atom),
    /// The speed of a node.
    Speed(Atom),
    /// The clocks of a node.
    Clock(Atom),
    /// The disk of a node.
    Disk(Atom),
}

/// The words for a kind of fault in a scenario file, and its way from there to faults.
pub(super) type FaultForm = Alternative<fn(&mut Reading<'_, '_>) -> Option<Vec<Fault>>>;

/// An entry of a file that is being read as a fault.
pub(super) struct Reading<'r, 'a> {
    pub(super) resolver: &'r mut Resolver<'a>,
    /// The network of the scenario, unless something is wrong with it.
    pub(super) network: Option<&'r NetworkConfig>,
    /// The number of the partition, if the entry is one.
    pub(super) partition: u32,
    /// The whole entry.
    pub(super) entry: &'r Node,
    /// The value of the field that names the kind.
    pub(super) value: &'r Node,
}

impl Reading<'_, '_> {
    /// The same fault of each node that the entry names, alone or by its place.
    pub(super) fn each_node(&self, fault: impl Fn(Atom) -> Fault) -> Option<Vec<Fault>> {
        let nodes = self.resolver.nodes_named(self.value)?;
        Some(nodes.into_iter().map(fault).collect())
    }
}

/// The surroundings of a fault that is being written.
pub(super) struct Writing<'a> {
    pub(super) scenario: &'a Scenario,
    /// The number of partitions before it in the file.
    pub(super) partitions: u32,
}

/// The fields of an object in a file.
pub(in crate::scenario) type Fields = Map<String, Value>;

/// The field that names a kind, with the name of what it strikes.
pub(super) fn of(form: &FaultForm, subject: Atom) -> Fields {
    Fields::from_iter([named(form.name, json!(subject))])
}

/// The fields that say how long a fault lasts, each with the words for its end.
pub(super) const ENDS: [(&str, &str); 3] = [
    ("restart_after", "the restart"),
    ("heal_after", "the heal"),
    ("for", "the end of this fault"),
];

pub(super) fn restart_after() -> Field {
    Field::optional(
        "restart_after",
        Shape::Duration,
        "The time after which it starts again; never if left out.",
    )
}

pub(super) fn lasting() -> Field {
    Field::optional("for", Shape::Duration, "Its length; to the end of the run if left out.")
}

pub(super) fn one_way(about: &'static str) -> Field {
    Field::default("one_way", Shape::Boolean, false, about)
}

/// One node, or all of a place: a fault of each.
pub(super) fn nodes(name: &'static str) -> Field {
    let about = "The node; a host or a site stands for each of its nodes.";
    Field::required(name, Shape::Name(NameKind::Place), about)
}

/// The node with this name.
///
/// # Panics
/// If the world does not have it.
pub(super) fn node_id(world: &World, name: Atom) -> NodeId {
    world.node_id(name).unwrap_or_else(|| panic!("the world has no node {name}"))
}

/// The host with this name.
///
/// # Panics
/// If the world does not have it.
pub(super) fn host_id(world: &World, name: Atom) -> HostId {
    world.host_id(name).unwrap_or_else(|| panic!("the world has no host {name}"))
}

/// The nodes of each group.
pub(super) fn group_ids(world: &World, groups: &[Vec<Atom>]) -> Vec<Vec<NodeId>> {
    let group = |names: &Vec<Atom>| names.iter().map(|name| node_id(world, *name)).collect();
    groups.iter().map(group).collect()
}

/// The reason why something that needs a running node is in vain.
pub(super) fn down(world: &World, node: NodeId) -> Option<String> {
    (!world.is_up(node)).then(|| format!("{} is down", world.name_of(node)))
}

/// The reason why a change to the present state is in vain.
pub(super) fn already() -> String {
    "that is how it is already".to_owned()
}

/// The names of each group, with a sign between the groups.
pub(super) fn group_names(groups: &[Vec<Atom>], sign: &str) -> String {
    let names =
        |group: &Vec<Atom>| group.iter().map(Atom::to_string).collect::<Vec<_>>().join(", ");
    groups.iter().map(names).collect::<Vec<_>>().join(sign)
}
