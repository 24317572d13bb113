//! Exit signals to processes.

use rand::Rng;
use serde_json::json;

use super::draw::{Draw, DrawForm, DrawLimits, DrawMoment, FaultGroup, pick};
use super::effect::{
    Effect, FaultForm, Fields, Reading, Report, Summary, Writing, down, node_id, of,
};
use super::tree_path::TreePath;
use super::{Fault, FaultCategory, FaultKind};
use crate::document::shape::{Field, NameKind, Shape};
use crate::document::syntax::Node;
use crate::engine::network::NodeId;
use crate::engine::rng::Stream;
use crate::engine::runtime::World;
use crate::engine::term::{Atom, Term};
use crate::scenario::Placement;
use crate::scenario::writing::named;
use crate::spelling::nearest;

pub(super) const KILL: FaultForm = FaultForm {
    name: "kill",
    about: "Sends an exit signal to a process.",
    fields: |name| {
        let process = Shape::Name(NameKind::Atom);
        let on = Shape::Name(NameKind::Node);
        let about = "An application, the registered name of a process, or the way to one in a \
                     supervision tree: an application, and the identifiers of children from its top \
                     supervisor down (`bank/workers/3`; a number is the place of a child).";
        vec![
            Field::required(name, process, about),
            Field::optional("on", on, "Its node; wherever it runs if left out."),
            Field::default("reason", Shape::Term, "kill", "The exit reason, an Erlang term."),
        ]
    },
    read: |reading| {
        warn_of_unknown_name(reading)?;
        Some(vec![Fault::Exit {
            name: reading.value.atom()?,
            node: reading.entry.get("on").and_then(Node::atom),
            reason: reading.entry.get("reason")?.term()?,
        }])
    },
};

/// Warns of a name that is nearly that of an application.
fn warn_of_unknown_name(reading: &mut Reading<'_, '_>) -> Option<()> {
    let applications = reading.resolver.names.applications.iter().map(String::as_str);
    let text = reading.value.text()?;
    if text.contains('/') {
        return Some(());
    }
    let near = nearest(text, applications.clone());
    if let Some(near) = near.filter(|_| !applications.clone().any(|known| known == text)) {
        let message = format!("`{text}` is no application, so it has to be a registered name");
        let warning = reading.resolver.diagnostics.warn(&reading.value.span, message);
        warning.help(format!("did you mean `{near}`?"));
    }
    Some(())
}

pub(super) struct Exit<'f> {
    pub(super) name: Atom,
    pub(super) node: Option<Atom>,
    pub(super) reason: &'f Term,
}

impl Exit<'_> {
    /// The nodes that it may concern.
    fn nodes_of(&self, world: &World) -> Vec<NodeId> {
        match self.node {
            Some(node) => vec![node_id(world, node)],
            None => world.nodes(),
        }
    }
}

impl Effect for Exit<'_> {
    fn inject(&self, world: &World) {
        for node in self.nodes_of(world) {
            if let Some(pid) = world.whereis(node, self.name) {
                world.exit_process(pid, self.reason);
            }
        }
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let name = self.name;
        let Some(node) = self.node.map(|node| node_id(world, node)) else {
            let mut nodes = world.nodes().into_iter();
            let nobody = nodes.all(|node| world.whereis(node, name).is_none());
            return nobody.then(|| format!("there is no {name} anywhere"));
        };
        let missing = world.whereis(node, name).is_none();
        let why = || missing.then(|| format!("there is no {name} on {}", world.name_of(node)));
        down(world, node).or_else(why)
    }

    fn summary(&self) -> Summary {
        Summary {
            category: Some(FaultCategory::Exit),
            nodes: self.node.into_iter().collect(),
            ..Summary::default()
        }
    }

    fn describe(&self) -> String {
        let Exit { name, node, reason } = self;
        on_node(&format!("exit signal {reason} to {name}"), *node)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        let mut fields = of(&KILL, self.name);
        fields.extend(self.node.map(|node| named("on", json!(node))));
        fields.extend([named("reason", json!(self.reason.to_string()))]);
        fields
    }
}

/// An exit signal to the process at the end of a way down a supervision tree.
pub(super) struct ExitAtPath<'f> {
    pub(super) path: TreePath,
    pub(super) exit: Exit<'f>,
}

impl ExitAtPath<'_> {
    fn kill(&self, world: &World, report: Option<&Report>) {
        let mut nodes = self.exit.nodes_of(world);
        nodes.retain(|node| world.is_up(*node));
        self.path.kill(world, &nodes, self.exit.reason, report);
    }
}

impl Effect for ExitAtPath<'_> {
    fn inject(&self, world: &World) {
        self.kill(world, None);
    }

    fn inject_by_asking(&self, world: &World, report: &Report) -> bool {
        self.kill(world, Some(report));
        true
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let nodes = self.exit.nodes_of(world);
        let all_down = !nodes.iter().any(|node| world.is_up(*node));
        all_down.then(|| match nodes[..] {
            [node] => format!("{} is down", world.name_of(node)),
            _ => "all nodes are down".to_owned(),
        })
    }

    fn summary(&self) -> Summary {
        self.exit.summary()
    }

    fn describe(&self) -> String {
        let Exit { name, node, reason } = &self.exit;
        // A way is no name that Erlang would quote.
        on_node(&format!("exit signal {reason} to {}", name.as_str()), *node)
    }

    fn write(&self, writing: &Writing<'_>) -> Fields {
        self.exit.write(writing)
    }
}

fn on_node(text: &str, node: Option<Atom>) -> String {
    match node {
        None => text.to_owned(),
        Some(node) => format!("{text} on {node}"),
    }
}

pub(super) const KILL_DRAW: DrawForm = DrawForm {
    name: "kill",
    about: "A process gets an exit signal.",
    fields: || {
        vec![
            Field::optional(
                "names",
                Shape::some(Shape::Name(NameKind::Atom)),
                "Applications, or registered names of processes; the applications if left out.",
            ),
            Field::default("reason", Shape::Term, "kill", "The exit reason, an Erlang term."),
        ]
    },
    read: |reading| {
        Some(FaultKind::Kill {
            names: match reading.node.get("names") {
                Some(names) => names.atoms()?,
                None => reading.applications.to_vec(),
            },
            reason: reading.node.get("reason")?.term()?,
        })
    },
    ..DrawForm::INSTANT
};

/// One of these processes gets an exit signal.
pub(super) struct ExitOfAny<'k> {
    pub(super) names: &'k [Atom],
    pub(super) reason: &'k Term,
}

impl Draw for ExitOfAny<'_> {
    fn form(&self) -> &'static DrawForm {
        &KILL_DRAW
    }

    /// The process of a distributed application is killed wherever it runs, any other on one of the
    /// nodes that may have it.
    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        let (name, place) = (pick(self.names, rng)?, rng.next_u64());
        let exit =
            |node| Some(moment.instant(Fault::Exit { name, node, reason: self.reason.clone() }));
        let scenario = moment.context.scenario;
        let placed = scenario.applications.iter().find(|each| each.name == name);
        if placed.is_some_and(|each| matches!(each.placement, Placement::Distributed { .. })) {
            return exit(None);
        }
        let is_struck = |node: &Atom| moment.nodes.contains(node);
        let candidates: Vec<Atom> = if scenario.nodes_of(name).next().is_some() {
            scenario.nodes_of(name).filter(is_struck).collect()
        } else {
            moment.nodes.to_vec()
        };
        let place = place.checked_rem(candidates.len() as u64)?;
        exit(Some(candidates[place as usize]))
    }

    fn idle(&self, _: &DrawLimits) -> Option<&'static str> {
        self.names.is_empty().then_some("there is nothing to kill")
    }

    fn write(&self, applications: &[Atom]) -> Fields {
        let mut fields = Fields::new();
        if self.names != applications {
            fields.extend([named("names", json!(self.names))]);
        }
        fields.extend([named("reason", json!(self.reason.to_string()))]);
        fields
    }
}
