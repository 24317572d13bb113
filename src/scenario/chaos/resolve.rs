//! From the `chaos` of a file to what may be drawn, and the limits.

use std::time::Duration;

use serde_json::json;

use crate::document::check::Checker;
use crate::document::shape::NameKind;
use crate::document::syntax::{Member, Node};
use crate::engine::network::Delay;
use crate::engine::term::Atom;
use crate::engine::time::format_duration;
use crate::scenario::fault::draw::{DrawForm, DrawLimits, DrawReading};
use crate::scenario::fault::{DRAWS, NodeGroups};
use crate::scenario::reading::Resolver;

use super::shape::{self, COUNT_MAX};
use super::{Bursts, Chaos, ChaosKind, Liveness, Pace};

/// The longest time that files have words for.
const NEVER: Duration = Duration::from_nanos(u64::MAX);

/// The quiet time at the end of a run whose file does not say.
const QUIET: Duration = Duration::from_secs(10);

impl Resolver<'_> {
    pub(in crate::scenario) fn chaos(
        &mut self,
        node: &Node,
        end: Duration,
        places: &[(Atom, Atom)],
    ) -> Option<Chaos> {
        let window = self.window(node, end);
        let nodes = self.struck(node, places)?;
        let applications = concerned(node, &nodes, places)?;
        let budget = self.budget(node, nodes.len())?;
        let lasting = self.delay(node.get("for")?)?;
        let (from, until) = window?;
        let mut chaos = Chaos {
            from,
            until,
            swarm: node.get("swarm")?.boolean()?,
            nodes,
            applications,
            budget,
            recovery: node.get("recovery")?.duration()?,
            kinds: Vec::new(),
            bursts: None,
            liveness: None,
        };
        chaos.kinds = self.kinds(node, &chaos, &lasting)?;
        chaos.bursts = match node.get("bursts") {
            Some(bursts) => Some(self.bursts(bursts, &lasting)?),
            None => None,
        };
        chaos.liveness = match node.member("liveness") {
            Some(member) => Some(self.liveness(member, &chaos, end)?),
            None => None,
        };
        Some(chaos)
    }

    /// The window within which faults may strike.
    fn window(&mut self, node: &Node, end: Duration) -> Option<(Duration, Duration)> {
        let from = node.get("from")?.duration()?;
        let quiet = node.get("quiet").and_then(Node::duration).unwrap_or(QUIET);
        let until = match node.get("until") {
            Some(until) => until.duration()?,
            None => end.saturating_sub(quiet),
        };
        let limit = node.get("until").or(node.get("quiet")).unwrap_or(node);
        if until > end {
            let message = format!("the run ends at {}, before `until`", format_duration(end));
            self.diagnostics.error(&limit.span, message).help("leave `until` out, or write less");
            return None;
        }
        if from >= until {
            let until = format_duration(until);
            let message = format!("the chaos is over at {until}, before it begins");
            let help = "write a longer `duration`, an earlier `from`, or less `quiet`";
            self.diagnostics.error(&limit.span, message).help(help);
            return None;
        }
        Some((from, until))
    }

    /// The nodes that may be struck, in the order of the file.
    fn struck(&mut self, node: &Node, places: &[(Atom, Atom)]) -> Option<Vec<Atom>> {
        let all = self.names.of_kind(NameKind::Node).into_iter();
        let all: Vec<Atom> = all.map(Atom::try_new).collect::<Result<_, _>>().ok()?;
        let Some(named) = node.get("nodes") else {
            let runs = |node: &Atom| places.iter().any(|(_, on)| on == node);
            return Some(all.into_iter().filter(runs).collect());
        };
        let named = self.all_named(named)?;
        Some(all.into_iter().filter(|node| named.contains(node)).collect())
    }

    fn all_named(&self, names: &Node) -> Option<Vec<Atom>> {
        let each: Vec<Vec<Atom>> =
            names.items().iter().map(|name| self.nodes_named(name)).collect::<Option<_>>()?;
        Some(each.concat())
    }

    fn budget(&mut self, node: &Node, count: usize) -> Option<usize> {
        let budget = node.get("budget")?;
        match budget.text() {
            Some("all") => return Some(count),
            Some(_) if count == 2 => return Some(1),
            Some(_) => return Some(count.saturating_sub(1) / 2),
            None => {}
        }
        let number: usize = budget.integer()?;
        if 2 * number > count {
            let message = format!("{number} of {count} nodes are a majority");
            let help = format!("write at most {}, or \"all\" to spare nobody", count / 2);
            self.diagnostics.error(&budget.span, message).help(help);
            return None;
        }
        Some(number)
    }

    /// The kinds that may strike; without a list all that can.
    fn kinds(&mut self, node: &Node, chaos: &Chaos, lasting: &Delay) -> Option<Vec<ChaosKind>> {
        let Some(named) = node.get("kinds") else {
            let usual = Node::from_json(&json!(1), &node.span);
            let all = DRAWS.iter().filter(|form| form.is_usual);
            let all: Option<Vec<ChaosKind>> =
                all.map(|form| self.kind(node, form, &usual, chaos, lasting)).collect();
            return all.map(|kinds| {
                kinds.into_iter().filter(|kind| self.idle(kind, chaos).is_none()).collect()
            });
        };
        let mut kinds = Vec::new();
        let mut fine = Some(());
        for Member { name, name_span, value } in named.members() {
            let form = DRAWS.iter().find(|form| form.name == name)?;
            match self.kind(node, form, value, chaos, lasting) {
                Some(kind) => {
                    if let Some(why) = self.idle(&kind, chaos) {
                        let message = format!("`{name}` never strikes: {why}");
                        self.diagnostics.warn(name_span, message).help("leave it out");
                    }
                    kinds.push(kind);
                }
                None => fine = None,
            }
        }
        fine.map(|()| kinds)
    }

    fn kind(
        &mut self,
        chaos_node: &Node,
        form: &DrawForm,
        written: &Node,
        chaos: &Chaos,
        lasting: &Delay,
    ) -> Option<ChaosKind> {
        let node = self.as_object(form, written)?;
        let nodes = match node.get("nodes") {
            Some(named) => self.among(named, &chaos.nodes)?,
            None => chaos.nodes.clone(),
        };
        let pace = self.pace(chaos_node, &node, chaos)?;
        let kind = (form.read)(&mut DrawReading {
            resolver: self,
            node: &node,
            nodes: &nodes,
            applications: &chaos.applications,
            budget: chaos.budget,
        })?;
        let lasting = match node.get("for") {
            Some(own) => self.delay(own)?,
            None if form.lasts => lasting.clone(),
            None => Delay::Constant(Duration::ZERO),
        };
        Some(ChaosKind { kind, pace, lasting, nodes })
    }

    /// A kind that may be written as a weight, as an object with all its fields.
    fn as_object(&mut self, form: &DrawForm, written: &Node) -> Option<Node> {
        let Some(weight) = written.number() else { return Some(written.clone()) };
        let object = Node::from_json(&json!({ "weight": weight }), &written.span);
        Checker::new(self.names, self.diagnostics).check(&object, &shape::kind(form))
    }

    /// The nodes of a kind, which have to be among those of all.
    fn among(&mut self, named: &Node, all: &[Atom]) -> Option<Vec<Atom>> {
        let mut nodes = Vec::new();
        for name in named.items() {
            for node in self.nodes_named(name)? {
                if !all.contains(&node) {
                    let message =
                        format!("`{}` is not among the nodes of the chaos", node.as_str());
                    let help = "name it in `nodes` of the chaos, too";
                    self.diagnostics.error(&name.span, message).help(help);
                    return None;
                }
                nodes.push(node);
            }
        }
        Some(all.iter().copied().filter(|node| nodes.contains(node)).collect())
    }

    /// The reason why a kind never strikes, if it does not.
    fn idle(&self, kind: &ChaosKind, chaos: &Chaos) -> Option<&'static str> {
        let (nodes, budget) = (&kind.nodes, chaos.budget);
        kind.kind.draw().idle(&DrawLimits { nodes, budget, groups: self.node_groups() })
    }

    fn pace(&mut self, chaos_node: &Node, node: &Node, chaos: &Chaos) -> Option<Pace> {
        if let Some(count) = node.get("count") {
            return count.integer().map(Pace::Count);
        }
        let weight = node.get("weight").and_then(Node::float).unwrap_or(1.0);
        if weight <= 0.0 {
            return Some(Pace::Count(0));
        }
        let interval = node.get("interval").or(chaos_node.get("interval"))?;
        let mean = Duration::try_from_secs_f64(interval.duration()?.as_secs_f64() / weight);
        let mean = mean.unwrap_or(Duration::MAX).min(NEVER).max(Duration::from_nanos(1));
        let window = chaos.until.saturating_sub(chaos.from).as_secs_f64();
        if window > mean.as_secs_f64() * f64::from(COUNT_MAX) {
            let message = format!("more than {COUNT_MAX} faults of a kind are too many");
            let help = "write a longer `interval`, or a smaller `weight`";
            self.diagnostics.error(&interval.span, message).help(help);
            return None;
        }
        Some(Pace::Every(mean))
    }

    /// The nodes of each host and of each site.
    pub(in crate::scenario) fn node_groups(&self) -> NodeGroups {
        let nodes = |host: &str| -> Vec<Atom> {
            self.names.nodes_on(host).filter_map(|node| Atom::try_new(node).ok()).collect()
        };
        let sites = self.names.of_kind(NameKind::Site);
        let at = |site: &&str| self.names.hosts_of(site).flat_map(nodes).collect();
        NodeGroups {
            hosts: self.names.hosts.iter().map(|host| nodes(host)).collect(),
            sites: sites.iter().map(at).collect(),
        }
    }

    fn bursts(&mut self, node: &Node, lasting: &Delay) -> Option<Bursts> {
        Some(Bursts {
            probability_ppm: node.get("probability")?.ppm()?,
            after: self.delay(node.get("after")?)?,
            lasting: match node.get("for") {
                Some(own) => self.delay(own)?,
                None => lasting.clone(),
            },
            targets: node.get("targets")?.choices()?,
            hits: node.get("hits")?.choices()?,
        })
    }

    fn liveness(&mut self, member: &Member, chaos: &Chaos, end: Duration) -> Option<Liveness> {
        let why = if chaos.until >= end {
            Some(("the run ends before the liveness phase begins", "write an earlier `until`"))
        } else if chaos.budget == 0 {
            Some(("no node may stay failed, as the budget is 0", "write a `budget` above 0"))
        } else {
            None
        };
        if let Some((message, help)) = why {
            self.diagnostics.error(&member.name_span, message).help(help);
            return None;
        }
        Some(Liveness { freeze: member.value.get("freeze")?.choices()? })
    }
}

/// The applications that a file names, or all on these nodes.
fn concerned(node: &Node, nodes: &[Atom], places: &[(Atom, Atom)]) -> Option<Vec<Atom>> {
    if let Some(named) = node.get("applications") {
        return named.items().iter().map(Node::atom).collect();
    }
    let mut here: Vec<Atom> = Vec::new();
    for (application, _) in places.iter().filter(|(_, on)| nodes.contains(on)) {
        if !here.contains(application) {
            here.push(*application);
        }
    }
    Some(here)
}
