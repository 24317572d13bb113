//! Faults of paths between hosts.

use std::fmt::Write;

use serde_json::json;

use super::effect::{
    Effect, FaultForm, Fields, Reading, Resource, Writing, host_id, lasting, one_way,
};
use super::{Fault, FaultCategory, Reach};
use crate::document::shape::{Field, NameKind, Shape};
use crate::engine::network::{HostId, PathConfig};
use crate::engine::runtime::World;
use crate::engine::term::Atom;
use crate::scenario::network::{self, delay_text, path_fields};
use crate::scenario::writing::named;

pub(super) const SLOW: FaultForm = FaultForm {
    name: "slow_path",
    about: "Changes the path between two hosts.",
    fields: |name| {
        let mut fields = vec![ends(name)];
        fields.extend(path_fields());
        fields.push(one_way("Change the way from the first to the second only."));
        fields.push(lasting());
        fields
    },
    read: read_slow,
};

pub(super) const USUAL: FaultForm = FaultForm {
    name: "usual_path",
    about: "Puts the path between two hosts back as the scenario has it.",
    fields: |name| {
        vec![ends(name), one_way("Put the way from the first to the second right only.")]
    },
    read: |reading| {
        let ways = reading.resolver.ways(reading.entry, reading.value)?.into_iter();
        Some(ways.map(|(from, to)| Fault::SetPath { from, to, path: None }).collect())
    },
};

fn ends(name: &'static str) -> Field {
    let hosts = Shape::pair(Shape::Name(NameKind::HostOrSite));
    Field::required(name, hosts, "Its two ends; a site stands for its hosts.")
}

/// A fault each way.
fn read_slow(reading: &mut Reading<'_, '_>) -> Option<Vec<Fault>> {
    let (resolver, entry, network) = (&mut *reading.resolver, reading.entry, reading.network?);
    let changes = ["latency", "bandwidth", "loss"];
    if changes.iter().all(|change| entry.get(change).is_none()) {
        let error =
            resolver.diagnostics.error(&reading.value.span, "nothing about the path changes");
        error.help("write `latency`, `bandwidth` or `loss`");
        return None;
    }
    let (hosts, ways) = (resolver.hosts()?, resolver.ways(entry, reading.value)?);
    let fault = |(from, to)| {
        let path = resolver.path(entry, network.path(&hosts, from, to))?;
        Some(Fault::SetPath { from, to, path: Some(path) })
    };
    ways.into_iter().map(fault).collect()
}

pub(super) struct Change<'f> {
    pub(super) from: Atom,
    pub(super) to: Atom,
    pub(super) path: Option<&'f PathConfig>,
}

impl Effect for Change<'_> {
    fn inject(&self, world: &World) {
        world.set_path(host_id(world, self.from), host_id(world, self.to), self.path.cloned());
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let (from, to) = (host_id(world, self.from), host_id(world, self.to));
        let same = world.path_is(from, to, self.path);
        let why = || same.then(|| "it is like that already".to_owned());
        empty(world, from).or_else(|| empty(world, to)).or_else(why)
    }

    fn category(&self) -> Option<FaultCategory> {
        self.path.map(|_| FaultCategory::Path)
    }

    fn reach(&self) -> Reach {
        Reach::Other
    }

    fn undo(&self) -> Option<Fault> {
        self.path.map(|_| Fault::SetPath { from: self.from, to: self.to, path: None })
    }

    fn hosts(&self) -> Vec<Atom> {
        vec![self.from, self.to]
    }

    fn holds(&self) -> Option<Resource> {
        Some(Resource::Path(self.from, self.to))
    }

    fn describe(&self) -> String {
        let Change { from, to, path } = self;
        match path {
            Some(path) => format!("path {from} -> {to} now has {}", path_text(path)),
            None => format!("path {from} -> {to} is as usual again"),
        }
    }

    /// Writes what is not as usual, or at least the latency.
    fn write(&self, writing: &Writing<'_>) -> Fields {
        let Change { from, to, path } = self;
        let one_way = named("one_way", json!(from != to));
        let Some(path) = path else {
            return Fields::from_iter([named(USUAL.name, json!([from, to])), one_way]);
        };
        let mut fields = Fields::from_iter([named(SLOW.name, json!([from, to]))]);
        let changes = network::changes(path, Some(writing.scenario.path(*from, *to)));
        if changes.is_empty() {
            fields.extend([named("latency", network::latency(&path.latency))]);
        }
        fields.extend(changes);
        fields.extend([one_way]);
        fields
    }
}

fn empty(world: &World, host: HostId) -> Option<String> {
    let empty = world.nodes_on(host).is_empty();
    empty.then(|| format!("there is no node on {}", world.host_name(host)))
}

fn path_text(path: &PathConfig) -> String {
    let mut text = format!("latency {}", delay_text(&path.latency));
    if path.loss_ppm > 0 {
        let _ = write!(text, ", loss {}%", f64::from(path.loss_ppm) / 1e4);
    }
    if let Some(bandwidth) = path.bandwidth {
        let _ = write!(text, ", {} kbit/s", bandwidth / 1_000);
    }
    text
}
