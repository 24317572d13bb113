//! Cuts of the network, and their end.

use std::time::Duration;

use rand::RngExt;
use rand::seq::SliceRandom;
use serde_json::json;

use super::cut_shape::CutShape;
use super::draw::{self, Draw, DrawForm, DrawLimits, DrawMoment, DrawReading, FaultGroup, Stays};
use super::effect::{
    Effect, FaultForm, Fields, Reading, Summary, Writing, group_ids, group_names, one_way,
};
use super::{Fault, FaultCategory, FaultKind, Partition};
use crate::document::diagnostic::quoted;
use crate::document::shape::{Field, NameKind, Shape};
use crate::document::syntax::{Member, Node, Span};
use crate::engine::rng::Stream;
use crate::engine::runtime::{Direction, PartitionId, World};
use crate::engine::term::Atom;
use crate::engine::time::{decimal_duration, nanos};
use crate::scenario::file::shape::U32;
use crate::scenario::reading::Resolver;
use crate::scenario::writing::{named, words};
use crate::spelling::Choice;

pub(super) const PARTITION: FaultForm = FaultForm {
    name: "partition",
    about: "Cuts all paths between groups of nodes, in silence.",
    fields: |name| {
        let about = "Cut only what goes from an earlier group to a later one.";
        cut_fields(Field::required(name, groups_shape(), GROUPS), about)
    },
    read: |reading| {
        let groups = read_groups(reading)?;
        read_cut(reading, groups)
    },
};

pub(super) const ISOLATE: FaultForm = FaultForm {
    name: "isolate",
    about: "Cuts nodes, hosts or sites off from all other nodes, in silence.",
    fields: |name| {
        let place = || Shape::Name(NameKind::Place);
        let alone = Shape::OneOf(vec![place(), Shape::some(place())]);
        let who = Field::required(name, alone, "The nodes that are cut off, together.");
        cut_fields(who, "Cut only what goes from them to the others.")
    },
    read: |reading| {
        let groups = read_isolated(reading)?;
        read_cut(reading, groups)
    },
};

/// The fields of a cut; `who` is cut off.
fn cut_fields(who: Field, about_one_way: &'static str) -> Vec<Field> {
    vec![
        who,
        one_way(about_one_way),
        Field::optional("heal_after", Shape::Duration, "Its length."),
        Field::optional(
            "number",
            U32,
            "Its number for `heal`; the number of partitions before it in the file if left out.",
        ),
    ]
}

/// Groups of nodes, at least two.
pub(super) fn groups_shape() -> Shape {
    let group = Shape::some(Shape::Name(NameKind::Place));
    Shape::List { item: Box::new(group), min: 2, max: None }
}

pub(super) const GROUPS: &str = "The groups; a host or a site stands for its nodes.";

fn read_cut(reading: &Reading<'_, '_>, groups: Vec<Vec<Atom>>) -> Option<Vec<Fault>> {
    let one_way = reading.entry.get("one_way")?.boolean()?;
    Some(vec![Fault::Partition(Partition { id: reading.partition, groups, one_way })])
}

/// The nodes of each group, each node in one of them.
pub(super) fn read_groups(reading: &mut Reading<'_, '_>) -> Option<Vec<Vec<Atom>>> {
    let mut seen: Vec<(Atom, &Node)> = Vec::new();
    let mut resolved = Vec::new();
    let mut fine = Some(());
    for group in reading.value.items() {
        let mut members = Vec::new();
        for name in group.items() {
            for atom in reading.resolver.nodes_named(name)? {
                match seen.iter().find(|(other, _)| *other == atom) {
                    Some((_, first)) => {
                        reading.resolver.in_two_groups(atom, name, first);
                        fine = None;
                    }
                    None => members.push(atom),
                }
                seen.push((atom, name));
            }
        }
        resolved.push(members);
    }
    fine.map(|()| resolved)
}

/// Some nodes, hosts or sites, and all other nodes.
fn read_isolated(reading: &mut Reading<'_, '_>) -> Option<Vec<Vec<Atom>>> {
    let names = reading.value.items().iter();
    let own: Vec<Vec<Atom>> =
        names.map(|name| reading.resolver.nodes_named(name)).collect::<Option<_>>()?;
    let mut nodes: Vec<Atom> = Vec::new();
    for node in own.concat() {
        if !nodes.contains(&node) {
            nodes.push(node);
        }
    }
    let others = reading.resolver.others(reading.value, &nodes)?;
    Some(vec![nodes, others])
}

impl Resolver<'_> {
    fn in_two_groups(&mut self, node: Atom, name: &Node, first: &Node) {
        let node = node.as_str();
        let host = name.text().filter(|text| *text != node);
        let message = match host {
            Some(place) if self.names.has(NameKind::Site, place) => {
                format!("`{node}` is in the partition twice: it is at site `{place}`")
            }
            Some(host) => format!("`{node}` is in the partition twice: it is on host `{host}`"),
            None => format!("`{node}` is in the partition twice"),
        };
        let error = self.diagnostics.error(&name.span, message);
        error.help("name each node in one group, once").related(&first.span, "the first is here");
    }

    /// The numbers of the partitions in the order of the file, after a report of repeated ones.
    pub(super) fn partition_numbers(&mut self, file: &Node) -> Vec<u32> {
        let mut numbers: Vec<(u32, Span)> = Vec::new();
        for fault in file.get("faults").map(Node::items).unwrap_or_default() {
            let Some(partition) = cut_of(fault) else { continue };
            let given = fault.get("number");
            let number = given.and_then(Node::integer).unwrap_or(numbers.len() as u32);
            let span = given.map_or(&partition.name_span, |given| &given.span);
            if let Some((_, first)) = numbers.iter().find(|(other, _)| *other == number) {
                let message = format!("partition {number} is there twice");
                let error = self.diagnostics.error(span, message);
                error.help("give each a number of its own").related(first, "the first is here");
            }
            numbers.push((number, span.clone()));
        }
        numbers.into_iter().map(|(number, _)| number).collect()
    }

    /// Reports the healing of a partition that the file does not have.
    pub(super) fn unknown_partition(&mut self, fault: &Node, numbers: &[u32]) {
        let Some(heal) = fault.get(HEAL.name) else { return };
        let Some(number) = heal.integer::<u32>() else { return };
        if !numbers.contains(&number) {
            let known: Vec<String> = numbers.iter().map(u32::to_string).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let message = format!("there is no partition {number}");
            let help = match known.as_slice() {
                [] => "there are no partitions".to_owned(),
                known => format!("the partitions are {}", quoted(known)),
            };
            self.diagnostics.error(&heal.span, message).help(help);
        }
    }
}

/// The cut that a fault is, if it is one.
pub(super) fn cut_of(fault: &Node) -> Option<&Member> {
    fault.member(PARTITION.name).or_else(|| fault.member(ISOLATE.name))
}

pub(super) struct Cut<'f>(pub(super) &'f Partition);

impl Cut<'_> {
    fn direction(&self) -> Direction {
        if self.0.one_way { Direction::OneWay } else { Direction::BothWays }
    }
}

impl Effect for Cut<'_> {
    fn inject(&self, world: &World) {
        let groups = group_ids(world, &self.0.groups);
        world.cut(&PartitionId::of_plan(self.0.id), &groups, self.direction());
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let sides = self.0.groups.iter().filter(|group| !group.is_empty()).count();
        if sides < 2 {
            return Some("there is nothing on the other side".to_owned());
        }
        let pairs = World::pairs_cut(&group_ids(world, &self.0.groups), self.direction());
        (!world.would_cut(&pairs)).then(|| "all of that is cut already".to_owned())
    }

    fn summary(&self) -> Summary {
        Summary {
            category: Some(if self.0.one_way {
                FaultCategory::OneWayPartition
            } else {
                FaultCategory::Partition
            }),
            undo: Some(Fault::Heal(self.0.id)),
            ..Summary::default()
        }
    }

    fn describe(&self) -> String {
        let sign = if self.0.one_way { " -/-> " } else { " | " };
        format!("network cut: {}", group_names(&self.0.groups, sign))
    }

    fn write(&self, writing: &Writing<'_>) -> Fields {
        let mut fields = Fields::from_iter([
            named(PARTITION.name, json!(self.0.groups)),
            named("one_way", json!(self.0.one_way)),
        ]);
        if self.0.id != writing.partitions {
            fields.extend([named("number", json!(self.0.id))]);
        }
        fields
    }
}

pub(super) const HEAL: FaultForm = FaultForm {
    name: "heal",
    about: "Ends every partition, or one.",
    fields: |name| {
        let which = Shape::OneOf(vec![Shape::Choice(vec!["all"]), U32]);
        vec![Field::required(name, which, "`all`, or the number of a partition.")]
    },
    read: |reading| Some(vec![reading.value.integer().map_or(Fault::HealAll, Fault::Heal)]),
};

pub(super) struct Heal(pub(super) u32);

impl Effect for Heal {
    fn inject(&self, world: &World) {
        world.heal(PartitionId::of_plan(self.0));
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        if world.would_heal(self.0) {
            return None;
        }
        let cut = world.is_cut_anywhere();
        let why = if cut { "another cut is still there" } else { "nothing is cut" };
        Some(why.to_owned())
    }

    fn describe(&self) -> String {
        "network healed".to_owned()
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        Fields::from_iter([named(HEAL.name, json!(self.0))])
    }
}

pub(super) struct HealAll;

impl Effect for HealAll {
    fn inject(&self, world: &World) {
        world.heal_all();
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        (!world.is_cut_anywhere()).then(|| "nothing is cut".to_owned())
    }

    fn describe(&self) -> String {
        "all cuts healed".to_owned()
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        Fields::from_iter([named(HEAL.name, json!("all"))])
    }
}

pub(super) const PARTITION_DRAW: DrawForm = DrawForm {
    name: "partition",
    about: "The network is cut.",
    fields: || shape_field(&CutShape::all()),
    read: |reading| Some(FaultKind::Partition { shapes: read_shapes(reading, &CutShape::all())? }),
    ..DrawForm::LASTING
};

pub(super) const ONE_WAY_DRAW: DrawForm = DrawForm {
    name: "one_way_partition",
    about: "The network is cut one way.",
    fields: || shape_field(&CutShape::ONE_WAY),
    read: |reading| {
        Some(FaultKind::OneWayPartition { shapes: read_shapes(reading, &CutShape::ONE_WAY)? })
    },
    ..DrawForm::LASTING
};

fn shape_field(shapes: &[CutShape]) -> Vec<Field> {
    let names = shapes.iter().map(|shape| shape.word()).collect();
    let about = "The shapes of the cut, of which one is drawn. All that there are nodes enough for if \
                 left out.";
    vec![Field::optional("shapes", Shape::some(Shape::Choice(names)), about)]
}

/// The shapes that a file names, or all for which there are nodes enough, if there are any. Hosts
/// that have one node each are not cut off as such: that is what isolating a node does.
fn read_shapes(reading: &DrawReading<'_, '_>, known: &[CutShape]) -> Option<Vec<CutShape>> {
    if let Some(named) = reading.node.get("shapes") {
        return named.choices();
    }
    let (nodes, groups) = (reading.nodes, reading.resolver.node_groups());
    let all = known.iter().copied();
    let all = all.filter(|shape| *shape != CutShape::IsolateHost || groups.share_hosts(nodes));
    let possible = |shape: &CutShape| shape.is_possible(nodes, &groups, reading.budget);
    let found: Vec<CutShape> = all.clone().filter(possible).collect();
    Some(if found.is_empty() { all.filter(|shape| !shape.is_of_places()).collect() } else { found })
}

/// The network is cut in one of these shapes for a while.
pub(super) struct CutAny<'k> {
    pub(super) shapes: &'k [CutShape],
    pub(super) direction: Direction,
}

impl Draw for CutAny<'_> {
    fn form(&self) -> &'static DrawForm {
        match self.direction {
            Direction::BothWays => &PARTITION_DRAW,
            Direction::OneWay => &ONE_WAY_DRAW,
        }
    }

    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        let shape = draw::pick(self.shapes, rng)?;
        let (nodes, context) = (moment.nodes, moment.context);
        let cut = shape.draw(nodes, &context.groups, context.budget, self.direction, rng)?;
        let end = moment.end(moment.at, moment.length, Stays::Repaired)?;
        let mut group = FaultGroup::empty(moment.at);
        let partitions = cut.partitions.into_iter();
        group.faults.extend(partitions.map(|cut| draw::partition(moment.at, end, cut)));
        for node in cut.away {
            group.take_away(node, moment.at, end);
        }
        Some(group)
    }

    fn idle(&self, limits: &DrawLimits) -> Option<&'static str> {
        let possible =
            |shape: &CutShape| shape.is_possible(limits.nodes, &limits.groups, limits.budget);
        let why = if self.shapes.iter().all(|shape| shape.is_of_places()) {
            "no host or site can be cut off that has no more nodes than the budget"
        } else {
            "there are too few nodes"
        };
        limits.none_away().or((!self.shapes.iter().any(possible)).then_some(why))
    }

    fn write(&self, _: &[Atom]) -> Fields {
        Fields::from_iter([named("shapes", words(self.shapes))])
    }
}

pub(super) const SWIZZLE_DRAW: DrawForm = DrawForm {
    name: "swizzle",
    about: "Nodes are cut off one by one, and come back in another order.",
    fields: || {
        let about = "The time in which all are cut off, and again the time in which all come back.";
        vec![Field::default("over", Shape::Duration, "3s", about)]
    },
    read: |reading| Some(FaultKind::Swizzle { over: reading.node.get("over")?.duration()? }),
    ..DrawForm::LASTING
};

/// Some nodes are cut off one by one within this time, all stay cut off for a while, and they come
/// back one by one in another order.
pub(super) struct Swizzle(pub(super) Duration);

impl Draw for Swizzle {
    fn form(&self) -> &'static DrawForm {
        &SWIZZLE_DRAW
    }

    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        let over = self.0;
        let mut chosen = moment.nodes.to_vec();
        chosen.shuffle(rng);
        let count = moment.context.budget.min(chosen.len().saturating_sub(1));
        if count == 0 {
            return None;
        }
        chosen.truncate(rng.random_range(1..=count));
        let mut moments = || -> Vec<Duration> {
            let moment = |_| Duration::from_nanos(rng.random_range(0..=nanos(over)));
            chosen.iter().map(moment).collect()
        };
        let (cuts, heals) = (moments(), moments());
        let mut group = FaultGroup::empty(moment.at);
        for ((node, cut), heal) in chosen.iter().zip(cuts).zip(heals) {
            let from = moment.at + cut;
            let length = over.saturating_sub(cut) + moment.length + heal;
            let end = moment.end(from, length, Stays::Repaired)?;
            let others =
                Partition::around(*node, moment.nodes.iter().copied(), Direction::BothWays);
            group.faults.push(draw::partition(from, end, others));
            group.take_away(*node, from, end);
        }
        Some(group)
    }

    fn idle(&self, limits: &DrawLimits) -> Option<&'static str> {
        limits.no_pair().or(limits.none_away())
    }

    fn write(&self, _: &[Atom]) -> Fields {
        Fields::from_iter([named("over", json!(decimal_duration(self.0)))])
    }
}
