//! Faults of connections between nodes, while the paths work.

use serde_json::json;

use super::cut::{GROUPS, groups_shape, read_groups};
use super::draw::{self, Draw, DrawForm, DrawLimits, DrawMoment, FaultGroup};
use super::effect::{
    Effect, FaultForm, Fields, Reading, Summary, Writing, down, group_ids, group_names, node_id,
};
use super::{Fault, FaultCategory, FaultKind};
use crate::document::shape::{Field, NameKind, Shape};
use crate::engine::network::Breaking;
use crate::engine::rng::Stream;
use crate::engine::runtime::World;
use crate::engine::term::Atom;
use crate::scenario::writing::named;

pub(super) const BREAK: FaultForm = FaultForm {
    name: "break_connections",
    about: "Breaks the connections that are open between groups of nodes; new ones work.",
    fields: |name| {
        vec![
            Field::required(name, groups_shape(), GROUPS),
            Field::default(
                "silently",
                Shape::Boolean,
                false,
                "True if they break in silence: what is sent over them is lost, as behind a firewall that \
                 has forgotten them. Else both ends learn of it at once.",
            ),
        ]
    },
    read: |reading| {
        let silently = reading.entry.get("silently")?.boolean()?;
        let breaking = if silently { Breaking::Silent } else { Breaking::Reset };
        Some(vec![Fault::BreakConnections { groups: read_groups(reading)?, breaking }])
    },
};

pub(super) struct Break<'f> {
    pub(super) groups: &'f [Vec<Atom>],
    pub(super) breaking: Breaking,
}

impl Effect for Break<'_> {
    fn inject(&self, world: &World) {
        world.break_connections(&group_ids(world, self.groups), self.breaking);
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let breaks_none = !world.is_any_open(&group_ids(world, self.groups));
        breaks_none.then(|| "there is no connection between them".to_owned())
    }

    fn summary(&self) -> Summary {
        Summary { category: Some(FaultCategory::BreakConnections), ..Summary::default() }
    }

    fn describe(&self) -> String {
        let groups = group_names(self.groups, " | ");
        match self.breaking {
            Breaking::Reset => format!("connections reset: {groups}"),
            Breaking::Silent => format!("connections go dead: {groups}"),
        }
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        let silently = self.breaking == Breaking::Silent;
        let fields = [named(BREAK.name, json!(self.groups)), named("silently", json!(silently))];
        Fields::from_iter(fields)
    }
}

fn pair(name: &'static str) -> Vec<Field> {
    vec![Field::required(name, Shape::pair(Shape::Name(NameKind::Node)), "The two nodes.")]
}

fn read_pair(reading: &mut Reading<'_, '_>, fault: fn(Atom, Atom) -> Fault) -> Option<Vec<Fault>> {
    reading.resolver.no_repetition(reading.value.items())?;
    let [one, other] = reading.value.items() else { return None };
    Some(vec![fault(one.atom()?, other.atom()?)])
}

pub(super) const DISCONNECT: FaultForm = FaultForm {
    name: "disconnect",
    about: "The first node closes its connection to the second.",
    fields: pair,
    read: |reading| read_pair(reading, Fault::Disconnect),
};

pub(super) struct Disconnect(pub(super) Atom, pub(super) Atom);

impl Effect for Disconnect {
    fn inject(&self, world: &World) {
        world.disconnect(node_id(world, self.0), node_id(world, self.1));
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let node = node_id(world, self.0);
        let apart = !world.is_connected(node, node_id(world, self.1));
        let why = || apart.then(|| format!("{} has no connection to {}", self.0, self.1));
        down(world, node).or_else(why)
    }

    fn summary(&self) -> Summary {
        Summary {
            category: Some(FaultCategory::Disconnect),
            nodes: vec![self.0, self.1],
            ..Summary::default()
        }
    }

    fn describe(&self) -> String {
        format!("{} disconnects from {}", self.0, self.1)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        Fields::from_iter([named(DISCONNECT.name, json!([self.0, self.1]))])
    }
}

pub(super) const CONNECT: FaultForm = FaultForm {
    name: "connect",
    about: "The first node connects to the second, unless it is connected.",
    fields: pair,
    read: |reading| read_pair(reading, Fault::Connect),
};

pub(super) struct Connect(pub(super) Atom, pub(super) Atom);

impl Effect for Connect {
    fn inject(&self, world: &World) {
        world.connect(node_id(world, self.0), node_id(world, self.1));
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let node = node_id(world, self.0);
        let joined = world.is_connected(node, node_id(world, self.1));
        let why = || joined.then(|| format!("{} is connected to {}", self.0, self.1));
        down(world, node).or_else(why)
    }

    fn summary(&self) -> Summary {
        Summary { nodes: vec![self.0, self.1], ..Summary::default() }
    }

    fn describe(&self) -> String {
        format!("{} connects to {}", self.0, self.1)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        Fields::from_iter([named(CONNECT.name, json!([self.0, self.1]))])
    }
}

pub(super) const DISCONNECT_DRAW: DrawForm = DrawForm {
    name: "disconnect",
    about: "A node closes its connection to another.",
    read: |_| Some(FaultKind::Disconnect),
    ..DrawForm::INSTANT
};

/// One node closes its connection to another.
pub(super) struct DisconnectAny;

impl Draw for DisconnectAny {
    fn form(&self) -> &'static DrawForm {
        &DISCONNECT_DRAW
    }

    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        let (node, peer) = draw::pair(moment.nodes, rng)?;
        Some(moment.instant(Fault::Disconnect(node, peer)))
    }

    fn idle(&self, limits: &DrawLimits) -> Option<&'static str> {
        limits.no_pair()
    }
}
