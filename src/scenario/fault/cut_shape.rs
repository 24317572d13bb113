//! The shapes of partitions that chaos draws.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use super::Partition;
use crate::engine::runtime::Direction;
use crate::engine::term::Atom;
use crate::scenario::Scenario;
use crate::spelling::words;

/// The shape of a partition: the nodes that can still reach each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutShape {
    /// One node is cut off from all others.
    Isolate,
    /// The nodes fall into two groups.
    Halves,
    /// The nodes fall into two groups, and one node still reaches both.
    Bridge,
    /// Each node reaches a majority, but no two the same one.
    MajoritiesRing,
    /// The nodes of one host are cut off from all others.
    IsolateHost,
    /// The nodes of one site are cut off from all others.
    IsolateSite,
    /// The nodes of one site and those of another do not reach each other; a third site reaches both.
    BetweenSites,
}

/// The nodes of a scenario by host and by site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::scenario) struct NodeGroups {
    /// The nodes of each host.
    pub(in crate::scenario) hosts: Vec<Vec<Atom>>,
    /// The nodes of each site.
    pub(in crate::scenario) sites: Vec<Vec<Atom>>,
}

impl NodeGroups {
    pub(super) fn of(scenario: &Scenario) -> NodeGroups {
        let hosts = scenario.hosts.iter().map(|host| scenario.nodes_on(host.name).collect());
        let mut sites: Vec<Atom> = Vec::new();
        for site in scenario.hosts.iter().filter_map(|host| host.site) {
            if !sites.contains(&site) {
                sites.push(site);
            }
        }
        let at = |site: &Atom| scenario.hosts_of(*site).flat_map(|host| scenario.nodes_on(host));
        NodeGroups {
            hosts: hosts.collect(),
            sites: sites.iter().map(|site| at(site).collect()).collect(),
        }
    }

    /// The places of one kind at which there are some of the nodes, each with those.
    fn among(places: &[Vec<Atom>], nodes: &[Atom]) -> Vec<Vec<Atom>> {
        let among = |place: &Vec<Atom>| -> Vec<Atom> {
            nodes.iter().copied().filter(|node| place.contains(node)).collect()
        };
        places.iter().map(among).filter(|place| !place.is_empty()).collect()
    }

    /// True if some of the nodes share a host.
    pub(in crate::scenario) fn share_hosts(&self, nodes: &[Atom]) -> bool {
        NodeGroups::among(&self.hosts, nodes).iter().any(|host| host.len() > 1)
    }
}

words!(CutShape {
    Isolate => "isolate",
    Halves => "halves",
    Bridge => "bridge",
    MajoritiesRing => "majorities_ring",
    IsolateHost => "isolate_host",
    IsolateSite => "isolate_site",
    BetweenSites => "between_sites",
});

impl CutShape {
    /// Those that can be cut one way.
    pub const ONE_WAY: [CutShape; 6] = [
        CutShape::Isolate,
        CutShape::Halves,
        CutShape::Bridge,
        CutShape::IsolateHost,
        CutShape::IsolateSite,
        CutShape::BetweenSites,
    ];

    /// True if these nodes can be cut like this within the budget.
    pub(in crate::scenario) fn is_possible(
        self,
        nodes: &[Atom],
        places: &NodeGroups,
        budget: usize,
    ) -> bool {
        match self {
            CutShape::Isolate | CutShape::Halves => nodes.len() >= 2,
            CutShape::Bridge => nodes.len() >= 3,
            CutShape::MajoritiesRing => nodes.len() >= 4,
            CutShape::IsolateHost | CutShape::IsolateSite | CutShape::BetweenSites => {
                !self.sides(nodes, places, budget).is_empty()
            }
        }
    }

    /// True if hosts or sites are cut off, and not single nodes.
    pub(in crate::scenario) const fn is_of_places(self) -> bool {
        match self {
            CutShape::Isolate | CutShape::Halves | CutShape::Bridge | CutShape::MajoritiesRing => {
                false
            }
            CutShape::IsolateHost | CutShape::IsolateSite | CutShape::BetweenSites => true,
        }
    }

    /// The two sides of each cut between places of which the smaller one may be away, the smaller one
    /// first; none for a shape that has nothing to do with places.
    fn sides(self, nodes: &[Atom], places: &NodeGroups, budget: usize) -> Vec<[Vec<Atom>; 2]> {
        let alone = |groups: Vec<Vec<Atom>>| -> Vec<[Vec<Atom>; 2]> {
            let rest = |group: &Vec<Atom>| {
                nodes.iter().copied().filter(|node| !group.contains(node)).collect()
            };
            groups.into_iter().map(|group| [rest(&group), group]).collect()
        };
        let all = match self {
            CutShape::Isolate | CutShape::Halves | CutShape::Bridge | CutShape::MajoritiesRing => {
                Vec::new()
            }
            CutShape::IsolateHost => alone(NodeGroups::among(&places.hosts, nodes)),
            CutShape::IsolateSite => alone(NodeGroups::among(&places.sites, nodes)),
            CutShape::BetweenSites => {
                let sites = NodeGroups::among(&places.sites, nodes);
                let pairs = (0..sites.len())
                    .flat_map(|one| (one + 1..sites.len()).map(move |other| (one, other)));
                pairs.map(|(one, other)| [sites[one].clone(), sites[other].clone()]).collect()
            }
        };
        let smaller_first = |[one, other]: [Vec<Atom>; 2]| {
            if other.len() < one.len() { [other, one] } else { [one, other] }
        };
        let all = all.into_iter().map(smaller_first);
        all.filter(|[smaller, _]| (1..=budget).contains(&smaller.len())).collect()
    }

    /// Draws a cut between nodes, with at most the budget on the smaller side; `None` if there
    /// are not enough nodes for its self.
    pub(super) fn draw(
        self,
        nodes: &[Atom],
        places: &NodeGroups,
        budget: usize,
        direction: Direction,
        rng: &mut impl Rng,
    ) -> Option<Cut> {
        let one_way = direction == Direction::OneWay;
        // The same draws whatever is possible.
        let mut order = nodes.to_vec();
        order.shuffle(rng);
        let (size, first) = (rng.random_range(0..u32::MAX), rng.random_range(0..2) == 0);
        if !self.is_possible(nodes, places, budget) || budget == 0 {
            return None;
        }
        let sides = self.sides(nodes, places, budget);
        if let Some(place) = (size as usize).checked_rem(sides.len()) {
            let [smaller, larger] = sides[place].clone();
            let away = smaller.clone();
            let groups = if first { vec![smaller, larger] } else { vec![larger, smaller] };
            return Some(Cut { partitions: vec![Partition { id: 0, groups, one_way }], away });
        }
        if self == CutShape::MajoritiesRing {
            return Some(ring(&order, budget));
        }
        if self == CutShape::Bridge {
            // In no group, so that it reaches all.
            order.pop();
        }
        let half = order.len() / 2;
        let largest = if self == CutShape::Isolate { 1 } else { half.min(budget).max(1) };
        let smaller = 1 + size as usize % largest;
        let (away, rest) = order.split_at(smaller);
        let groups = if first { [away, rest] } else { [rest, away] };
        let groups = groups.map(<[Atom]>::to_vec).to_vec();
        Some(Cut { partitions: vec![Partition { id: 0, groups, one_way }], away: away.to_vec() })
    }
}

/// A cut as partitions of the network, and the nodes that it takes away from the others.
pub(super) struct Cut {
    pub(super) partitions: Vec<Partition>,
    pub(super) away: Vec<Atom>,
}

/// In a ring each node keeps its nearest neighbours, as many as make a majority with itself.
fn ring(order: &[Atom], budget: usize) -> Cut {
    let count = order.len();
    let reach = (count / 2).div_ceil(2);
    let mut partitions = Vec::new();
    for (place, node) in order.iter().enumerate() {
        let later = order.iter().enumerate().skip(place + 1);
        let far = later.filter(|(other, _)| {
            let distance = other - place;
            distance.min(count - distance) > reach
        });
        let far: Vec<Atom> = far.map(|(_, other)| *other).collect();
        if !far.is_empty() {
            partitions.push(Partition { id: 0, groups: vec![vec![*node], far], one_way: false });
        }
    }
    // Nobody is cut off, but nobody can be spared either.
    Cut { partitions, away: order[..budget.min(count)].to_vec() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::engine::rng::Streams;
    use crate::spelling::Choice;

    fn nodes(count: usize) -> Vec<Atom> {
        (0..count).map(|number| Atom::new(&format!("n{number}@x"))).collect()
    }

    /// The first two on one host, each other on its own; the hosts in turn at three sites.
    fn places(nodes: &[Atom]) -> NodeGroups {
        let (first, rest) = nodes.split_at(2);
        let hosts: Vec<Vec<Atom>> =
            [first.to_vec()].into_iter().chain(rest.iter().map(|node| vec![*node])).collect();
        let at = |site: usize| hosts.iter().skip(site).step_by(3).flatten().copied().collect();
        let sites = (0..3.min(hosts.len())).map(at).collect();
        NodeGroups { hosts, sites }
    }

    /// The nodes that a node reaches, itself included.
    fn reached(cut: &Cut, nodes: &[Atom], from: Atom) -> BTreeSet<Atom> {
        let parted = |partition: &Partition, to: Atom| {
            let place = |node| partition.groups.iter().position(|group| group.contains(&node));
            matches!((place(from), place(to)), (Some(one), Some(other)) if one != other)
        };
        let reaches = |to: &Atom| !cut.partitions.iter().any(|partition| parted(partition, *to));
        nodes.iter().copied().filter(reaches).collect()
    }

    fn cuts(shape: CutShape, count: usize, budget: usize) -> Vec<(Cut, Vec<Atom>)> {
        let nodes = nodes(count);
        let mut rng = Streams::new(1).stream("cuts");
        let places = places(&nodes);
        let draw = |_| {
            shape
                .draw(&nodes, &places, budget, Direction::BothWays, &mut rng)
                .map(|cut| (cut, nodes.clone()))
        };
        (0..50).filter_map(draw).collect()
    }

    #[test]
    fn in_a_ring_each_reaches_a_majority_and_no_two_the_same() {
        for count in [5, 6, 7, 9] {
            for (cut, nodes) in cuts(CutShape::MajoritiesRing, count, 2) {
                let views: BTreeSet<_> =
                    nodes.iter().map(|node| reached(&cut, &nodes, *node)).collect();
                assert_eq!(views.len(), count);
                assert!(views.iter().all(|view| 2 * view.len() > count && view.len() < count));
            }
        }
    }

    #[test]
    fn a_bridge_reaches_both_sides() {
        for (cut, nodes) in cuts(CutShape::Bridge, 5, 2) {
            let all = |node: &&Atom| reached(&cut, &nodes, **node).len() == 5;
            assert_eq!(nodes.iter().filter(all).count(), 1);
        }
    }

    #[test]
    fn places_are_cut_off_whole() {
        let together = |cut: &Cut, nodes: &[Atom]| {
            let side = |node| cut.partitions[0].groups.iter().position(|it| it.contains(node));
            places(nodes)
                .sites
                .iter()
                .all(|site| site.iter().all(|node| side(node) == side(&site[0])))
        };
        let sites = cuts(CutShape::IsolateSite, 7, 3);
        assert!(!sites.is_empty() && sites.iter().all(|(cut, nodes)| together(cut, nodes)));
        let between = cuts(CutShape::BetweenSites, 7, 3);
        assert!(!between.is_empty() && between.iter().all(|(cut, nodes)| together(cut, nodes)));
        // The third site reaches both.
        let named = |cut: &Cut| cut.partitions[0].groups.concat().len();
        assert!(between.iter().all(|(cut, nodes)| named(cut) < nodes.len()));
        let hosts = cuts(CutShape::IsolateHost, 5, 2);
        let first_two = |(cut, nodes): &(Cut, Vec<Atom>)| cut.away == nodes[..2];
        assert!(hosts.iter().any(first_two));
        assert!(hosts.iter().any(|found| !first_two(found)));
        // A place with more nodes than may be away, and less than all of them.
        assert!(cuts(CutShape::IsolateSite, 5, 1).iter().all(|(cut, _)| cut.away.len() == 1));
    }

    #[test]
    fn no_more_nodes_are_cut_off_than_may_be() {
        for shape in CutShape::all() {
            for (count, budget) in [(2, 1), (3, 1), (5, 1), (5, 2), (7, 3)] {
                for (cut, nodes) in cuts(shape, count, budget) {
                    assert!((1..=budget).contains(&cut.away.len()), "{shape:?}");
                    if shape == CutShape::BetweenSites {
                        continue;
                    }
                    let rest = nodes.iter().filter(|node| !cut.away.contains(node));
                    let least = count - cut.away.len();
                    let apart = rest.filter(|node| reached(&cut, &nodes, **node).len() < least);
                    assert!(shape == CutShape::MajoritiesRing || apart.count() == 0, "{shape:?}");
                }
            }
        }
        assert!(cuts(CutShape::Bridge, 2, 1).is_empty());
        assert!(cuts(CutShape::Halves, 5, 0).is_empty());
    }
}
