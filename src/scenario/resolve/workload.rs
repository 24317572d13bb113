//! Workloads: who uses the system, when, and how.

use std::time::Duration;

use crate::document::diagnostic::suggestion;
use crate::document::shape::{ProgramInfo, Rate};
use crate::document::syntax::{Member, Node, Span};
use crate::engine::term::Atom;
use crate::engine::time::format_duration;
use crate::scenario::model::{Arrivals, Consistency, Load, WorkloadConfig};
use crate::scenario::services::Affinity;

use super::{Resolver, unknown_choice};

impl Resolver<'_> {
    pub(super) fn workloads(
        &mut self,
        file: &Node,
        end: Option<Duration>,
        budget: Option<u64>,
    ) -> Option<Vec<WorkloadConfig>> {
        super::members(file, "workload", |member| self.workload(member, end, budget))
    }

    fn workload(
        &mut self,
        member: &Member,
        end: Option<Duration>,
        budget: Option<u64>,
    ) -> Option<WorkloadConfig> {
        let node = &member.value;
        let client = node.get("client").and_then(Node::text);
        let client = client.and_then(|name| self.catalogue.client(name)).cloned();
        let config = client.as_ref().and_then(|client| self.config(node, client));
        let times = self.times(node, end);
        let count = self.count(node, budget);
        let affinity = self.affinity(node);
        let load = match &client {
            Some(client) if node.get("operations").is_some() => {
                self.explicit(member, client, times)
            }
            Some(client) => self.drawn(node, client, times, budget),
            None => None,
        };
        let (from, until) = times?;
        Some(WorkloadConfig {
            name: member.atom()?,
            client: Atom::new(client?.name),
            on: node.get("on")?.atoms()?,
            count: count?,
            load: load?,
            from,
            until,
            timeout: node.get("timeout")?.duration()?,
            affinity: affinity?,
            claims: node.get("claims")?.items().iter().map(claim).collect::<Option<_>>()?,
            config: config?,
        })
    }

    /// Which instances the clients use. Those that keep to their site have to have one.
    fn affinity(&mut self, node: &Node) -> Option<Affinity> {
        let choice = node.get("affinity")?;
        let name = choice.text()?;
        let found = Affinity::NAMES.iter().find(|(_, known)| *known == name);
        let affinity = found.map_or_else(|| unknown_choice(name), |(affinity, _)| *affinity);
        match affinity {
            Affinity::None | Affinity::PreferHost | Affinity::OnlyHost => return Some(affinity),
            Affinity::PreferSite | Affinity::OnlySite => {}
        }
        let mut fine = Some(affinity);
        for on in node.get("on")?.items() {
            let found = self.names.nodes.iter().find(|(name, _)| Some(name.as_str()) == on.text());
            let host = found.and_then(|(_, host)| host.as_deref());
            let Some(host) = host.filter(|host| self.names.hosts.iter().any(|it| it == host))
            else {
                continue;
            };
            if self.names.sites.iter().all(|(known, _)| known != host) {
                let message = format!("`{}` is on host `{host}`, which has no site", on.text()?);
                let error = self.diagnostics.error(&choice.span, message);
                error.help(format!("write `\"site\": ...` of host `{host}`, or another affinity"));
                fine = None;
            }
        }
        fine
    }

    /// The number of clients, if a run can have so many: the start of each is an event.
    fn count(&mut self, node: &Node, budget: Option<u64>) -> Option<u32> {
        let node = node.get("count")?;
        let count: u32 = node.integer()?;
        if u64::from(count) <= budget? {
            return Some(count);
        }
        let message = format!("{count} clients are more than the run can have");
        let help = "write a lower number, or a higher `event_budget`";
        self.diagnostics.error(&node.span, message).help(help);
        None
    }

    /// When operations may begin.
    fn times(&mut self, node: &Node, end: Option<Duration>) -> Option<(Duration, Duration)> {
        let start = node.get("from")?;
        let (from, end) = (start.duration()?, end?);
        let until = node.get("until").and_then(Node::duration).unwrap_or(end);
        if let Some(last) = node.get("until").filter(|_| from >= until) {
            let error = self.diagnostics.error(&start.span, "`from` is not before `until`");
            let help = format!("write less than {}", format_duration(until));
            error.help(help).related(&last.span, "`until` is here");
            return None;
        }
        if from >= end {
            let message = "the clients do not begin before the run ends";
            let help = format!("write less than {}", format_duration(end));
            self.diagnostics.error(&start.span, message).help(help);
            return None;
        }
        if let Some(last) = node.get("until").filter(|_| until > end) {
            let message = format!("the run ends at {}, before `until`", format_duration(end));
            self.diagnostics
                .warn(&last.span, message)
                .help("leave `until` out to go on to the end");
        }
        Some((from, until.min(end)))
    }

    /// Operations that a seed draws.
    fn drawn(
        &mut self,
        node: &Node,
        client: &ProgramInfo,
        times: Option<(Duration, Duration)>,
        budget: Option<u64>,
    ) -> Option<Load> {
        let mix = self.mix(node, client);
        let rate = self.rate(node, times, budget)?;
        let arrivals = node.get("arrivals").map_or(Some(Arrivals::Poisson), arrivals)?;
        Some(Load::Drawn { rate, arrivals, mix: mix? })
    }

    /// The rate, if a run can have so many operations.
    fn rate(
        &mut self,
        node: &Node,
        times: Option<(Duration, Duration)>,
        budget: Option<u64>,
    ) -> Option<Rate> {
        let rate = node.get("rate")?.rate()?;
        let (from, until) = times?;
        let operations = rate.per_second() * until.saturating_sub(from).as_secs_f64();
        if operations < budget? as f64 && operations < f64::from(u32::MAX) {
            return Some(rate);
        }
        let message = format!("{operations:.0} operations are more than the run can have");
        let help = "write a lower rate, or a higher `event_budget`";
        self.diagnostics.error(&node.get("rate")?.span, message).help(help);
        None
    }

    /// The operations with their weights; all of the client's with the same if there is no `mix`.
    fn mix(&mut self, node: &Node, client: &ProgramInfo) -> Option<Vec<(Atom, f64)>> {
        let known = &client.operations;
        let Some(mix) = node.get("mix") else {
            return Some(known.iter().map(|name| (Atom::new(name), 1.0)).collect());
        };
        let mut strangers =
            mix.members().iter().filter(|member| !known.contains(&&*member.name)).peekable();
        if strangers.peek().is_some() {
            strangers.for_each(|stranger| {
                self.unknown_operation(&stranger.name, &stranger.name_span, client);
            });
            return None;
        }
        let weight = |member: &Member| Some((member.atom()?, member.value.float()?));
        let weights: Vec<(Atom, f64)> = mix.members().iter().map(weight).collect::<Option<_>>()?;
        if weights.is_empty() {
            return None;
        }
        if weights.iter().all(|(_, weight)| *weight <= 0.0) {
            let error = self.diagnostics.error(&mix.span, "no operation has a weight above 0");
            error.help(suggestion("", known, "operations"));
            return None;
        }
        Some(weights)
    }

    pub(super) fn unknown_operation(&mut self, name: &str, span: &Span, client: &ProgramInfo) {
        let message = format!("`{}` has no operation `{name}`", client.name);
        let help = suggestion(name, &client.operations, "operations");
        self.diagnostics.error(span, message).help(help);
    }
}

fn claim(node: &Node) -> Option<Consistency> {
    let name = node.text()?;
    let found = Consistency::NAMES.iter().find(|(_, known)| *known == name);
    Some(found.map_or_else(|| unknown_choice(name), |(claim, _)| *claim))
}

fn arrivals(node: &Node) -> Option<Arrivals> {
    Some(match node.text()? {
        "poisson" => Arrivals::Poisson,
        "even" => Arrivals::Even,
        other => unknown_choice(other),
    })
}
