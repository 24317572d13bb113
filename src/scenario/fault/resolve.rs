//! Faults: when they strike, what they do, and what puts them right.

use std::time::Duration;

use crate::document::diagnostic::quoted;
use crate::document::shape::NameKind;
use crate::document::syntax::{Member, Node, Span};
use crate::engine::network::{Breaking, Delay};
use crate::engine::runtime::DiskFault;
use crate::engine::term::Atom;
use crate::engine::time::format_duration;
use crate::scenario::NetworkConfig;
use crate::scenario::reading::{Resolver, unknown_choice, values};
use crate::spelling::nearest;

use super::{Condition, Fault, Partition, Repeat, ScheduledFault, Sighting, Site, Trigger};

/// What a fault does, and what puts it right after a while.
type Effect = (Fault, Option<(Duration, Fault)>);

impl Resolver<'_> {
    pub(in crate::scenario) fn faults(
        &mut self,
        file: &Node,
        end: Option<Duration>,
        network: Option<&NetworkConfig>,
    ) -> Option<Vec<ScheduledFault>> {
        let numbers = self.partition_numbers(file);
        let mut own = numbers.iter().copied();
        let faults = values(file, "faults", |fault| {
            let number = cut_of(fault).and_then(|_| own.next());
            self.unknown_partition(fault, &numbers);
            self.fault(fault, end, network, number.unwrap_or_default())
        });
        faults.map(|faults| faults.concat())
    }

    /// The numbers of the partitions in the order of the file, each there once.
    fn partition_numbers(&mut self, file: &Node) -> Vec<u32> {
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
    fn unknown_partition(&mut self, fault: &Node, numbers: &[u32]) {
        let Some(heal) = fault.get("heal") else { return };
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

    /// One entry of the file; slowing a path both ways is a fault each way, and what is done to a
    /// place is a fault for each of its nodes.
    fn fault(
        &mut self,
        node: &Node,
        end: Option<Duration>,
        network: Option<&NetworkConfig>,
        partition: u32,
    ) -> Option<Vec<ScheduledFault>> {
        let trigger = self.trigger(node, end);
        if let Some(trigger) = &trigger {
            self.ends_in_time(node, trigger, end);
        }
        let effects = self.effects(node, network, partition);
        let (trigger, label) = (trigger?, node.get("name").and_then(Node::text).map(str::to_owned));
        let scheduled = |(fault, undo)| ScheduledFault {
            label: label.clone(),
            trigger: trigger.clone(),
            fault,
            undo,
        };
        Some(effects?.into_iter().map(scheduled).collect())
    }

    fn trigger(&mut self, node: &Node, end: Option<Duration>) -> Option<Trigger> {
        if let Some(when) = node.get("when") {
            return self.sighting(node, when, end).map(Trigger::When);
        }
        if let Some(step) = node.get("at_step") {
            return step.integer().map(Trigger::AtStep);
        }
        let at = node.get("at")?;
        self.in_time(at, end?, "this fault")?;
        at.duration().map(Trigger::At)
    }

    fn sighting(&mut self, node: &Node, when: &Node, end: Option<Duration>) -> Option<Sighting> {
        let duration = |name: &str| node.get(name).and_then(Node::duration);
        let (from, until) = (duration("from").unwrap_or_default(), duration("until"));
        if let Some(first) = node.get("from") {
            self.in_time(first, end?, "`from`")?;
        }
        if let Some(last) = node.get("until").filter(|_| until.is_some_and(|until| until <= from)) {
            let error = self.diagnostics.error(&last.span, "`until` is not after `from`");
            error.help(format!("write more than {}", format_duration(from)));
            return None;
        }
        let after = duration("after").unwrap_or_default();
        let repeat = self.repeat(node)?;
        Some(Sighting { condition: condition(when)?, after, from, until, repeat })
    }

    /// How often a fault strikes that waits for something.
    fn repeat(&mut self, node: &Node) -> Option<Repeat> {
        let each = node.get("each").and_then(Node::boolean).unwrap_or_default();
        match node.member("at_most") {
            Some(at_most) if !each => {
                let message = "a fault that does not strike each time strikes once";
                let error = self.diagnostics.error(&at_most.name_span, message);
                error.help("write `\"each\": true`, or leave `at_most` out");
                None
            }
            Some(at_most) => at_most.value.integer().map(|at_most| Repeat::Each(Some(at_most))),
            None => Some(if each { Repeat::Each(None) } else { Repeat::Once }),
        }
    }

    /// Reports a time at which the run is over.
    fn in_time(&mut self, node: &Node, end: Duration, what: &str) -> Option<()> {
        if node.duration()? >= end {
            let end = format_duration(end);
            let message = format!("the run is over at {end}, before {what}");
            let help = format!("write less than {end}, or a longer `duration`");
            self.diagnostics.error(&node.span, message).help(help);
        }
        Some(())
    }

    /// Warns of the end of a fault for which the run is too short.
    fn ends_in_time(&mut self, node: &Node, trigger: &Trigger, end: Option<Duration>) {
        let earliest = match trigger {
            Trigger::At(at) => *at,
            Trigger::When(sighting) => sighting.from + sighting.after,
            Trigger::AtStep(_) => Duration::ZERO,
        };
        for (field, what) in [
            ("restart_after", "the restart"),
            ("heal_after", "the heal"),
            ("for", "the end of this fault"),
        ] {
            let Some(value) = node.get(field) else { continue };
            let (Some(after), Some(end)) = (value.duration(), end) else { continue };
            let at = earliest.saturating_add(after);
            if at < end {
                continue;
            }
            let [at, end] = [at, end].map(format_duration);
            let when = if matches!(trigger, Trigger::At(_)) { "" } else { " or later" };
            let message = format!("the run is over at {end}, before {what} at {at}{when}");
            let help =
                format!("leave `{field}` out if that is meant, or write a longer `duration`");
            self.diagnostics.warn(&value.span, message).help(help);
        }
    }

    fn effects(
        &mut self,
        node: &Node,
        network: Option<&NetworkConfig>,
        partition: u32,
    ) -> Option<Vec<Effect>> {
        let Member { name, value, .. } = node.members().first()?;
        let effect = match name.as_str() {
            "partition" => self.partition(node, value, partition)?,
            "break_connections" => {
                let silently = node.get("silently")?.boolean()?;
                let breaking = if silently { Breaking::Silent } else { Breaking::Reset };
                (Fault::BreakConnections { groups: self.groups(value)?, breaking }, None)
            }
            "isolate" => self.isolate(node, value, partition)?,
            "slow_path" => return self.slow_path(node, value, network?),
            "disconnect" => {
                self.no_repetition(value.items())?;
                (Fault::Disconnect(value.items()[0].atom()?, value.items()[1].atom()?), None)
            }
            "connect" => {
                self.no_repetition(value.items())?;
                (Fault::Connect(value.items()[0].atom()?, value.items()[1].atom()?), None)
            }
            "kill" => self.kill(node, value)?,
            "heal" => (value.integer().map_or(Fault::HealAll, Fault::Heal), None),
            "usual_path" => return self.usual_path(node, value),
            "crash_host" => {
                let host = value.atom()?;
                (Fault::CrashHost(host), undo(node, "restart_after", Fault::StartHost(host)))
            }
            "start_host" => (Fault::StartHost(value.atom()?), None),
            "fsync_error" | "full_disk" | "slow_disk" | "lying_disk" | "corrupt_disk"
            | "mend_disk" => return self.disks(node, name, value),
            "crash_site" => {
                let site = self.site(value)?;
                let back = undo(node, "restart_after", Fault::StartSite(site.clone()));
                (Fault::CrashSite(site), back)
            }
            "start_site" => (Fault::StartSite(self.site(value)?), None),
            kind => {
                let nodes = self.nodes_named(value)?.into_iter();
                return nodes.map(|name| node_fault(kind, node, name)).collect();
            }
        };
        Some(vec![effect])
    }

    fn partition(&mut self, node: &Node, groups: &Node, id: u32) -> Option<Effect> {
        cut(node, id, self.groups(groups)?)
    }

    /// The nodes of each group, each node in one of them.
    fn groups(&mut self, groups: &Node) -> Option<Vec<Vec<Atom>>> {
        let mut seen: Vec<(Atom, &Node)> = Vec::new();
        let mut resolved = Vec::new();
        let mut fine = Some(());
        for group in groups.items() {
            let mut members = Vec::new();
            for name in group.items() {
                for atom in self.nodes_named(name)? {
                    match seen.iter().find(|(other, _)| *other == atom) {
                        Some((_, first)) => {
                            self.named_twice(atom, name, first);
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

    /// Some nodes, hosts or sites against all other nodes.
    fn isolate(&mut self, node: &Node, alone: &Node, id: u32) -> Option<Effect> {
        let names = alone.items();
        let own: Vec<Vec<Atom>> =
            names.iter().map(|name| self.nodes_named(name)).collect::<Option<_>>()?;
        let mut nodes: Vec<Atom> = Vec::new();
        for node in own.concat() {
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        let others = self.others(alone, &nodes)?;
        cut(node, id, vec![nodes, others])
    }

    fn site(&self, name: &Node) -> Option<Site> {
        Some(Site { name: name.atom()?, hosts: self.hosts_named(name)? })
    }

    fn named_twice(&mut self, node: Atom, name: &Node, first: &Node) {
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

    fn slow_path(
        &mut self,
        node: &Node,
        ends: &Node,
        network: &NetworkConfig,
    ) -> Option<Vec<Effect>> {
        let changes = ["latency", "bandwidth", "loss"];
        if changes.iter().all(|change| node.get(change).is_none()) {
            let error = self.diagnostics.error(&ends.span, "nothing about the path changes");
            error.help("write `latency`, `bandwidth` or `loss`");
            return None;
        }
        let (hosts, ways) = (self.hosts()?, self.ways(node, ends)?);
        let effect = |(from, to)| {
            let path = self.path(node, network.path(&hosts, from, to))?;
            let back = Fault::SetPath { from, to, path: None };
            Some((Fault::SetPath { from, to, path: Some(path) }, undo(node, "for", back)))
        };
        ways.into_iter().map(effect).collect()
    }

    fn usual_path(&self, node: &Node, ends: &Node) -> Option<Vec<Effect>> {
        let right = |(from, to)| (Fault::SetPath { from, to, path: None }, None);
        Some(self.ways(node, ends)?.into_iter().map(right).collect())
    }

    /// What is done to the disk of a node, or to those of all nodes of a host.
    fn disks(&mut self, node: &Node, kind: &str, place: &Node) -> Option<Vec<Effect>> {
        let nodes = self.nodes_named(place)?;
        if nodes.is_empty() {
            let message = format!("there is no node at `{}`", place.text()?);
            self.diagnostics
                .error(&place.span, message)
                .help("name a node, or a place that has one");
            return None;
        }
        let latency = match kind {
            "slow_disk" => Some(self.delay(node.get("latency")?)?),
            _ => None,
        };
        let effects = nodes.into_iter().map(|name| disk(node, kind, name, latency.as_ref()));
        Some(effects.collect::<Vec<_>>().concat())
    }

    fn kill(&mut self, node: &Node, name: &Node) -> Option<Effect> {
        let known = self.names.applications.iter().map(String::as_str);
        let text = name.text()?;
        let near = nearest(text, known.clone());
        if let Some(near) = near.filter(|_| !known.clone().any(|known| known == text)) {
            let message = format!("`{text}` is no application, so it has to be a registered name");
            self.diagnostics.warn(&name.span, message).help(format!("did you mean `{near}`?"));
        }
        let (name, on) = (name.atom()?, node.get("on").and_then(Node::atom));
        let reason = node.get("reason")?.term()?;
        Some((Fault::Exit { name, node: on, reason }, None))
    }
}

/// What is done to the disk of a node.
fn disk(file: &Node, kind: &str, node: Atom, latency: Option<&Delay>) -> Vec<Effect> {
    let usual = || Fault::SetDiskLatency { node, latency: None };
    let mend = |fault| Fault::MendDisk { node, fault };
    let fails = |fault| (Fault::BreakDisk { node, fault }, undo(file, "for", mend(fault)));
    match kind {
        "fsync_error" => vec![fails(DiskFault::FsyncError)],
        "full_disk" => vec![fails(DiskFault::Full)],
        "lying_disk" => vec![fails(DiskFault::Lying)],
        "corrupt_disk" => vec![(Fault::CorruptDisk(node), None)],
        "slow_disk" => {
            let slow = Fault::SetDiskLatency { node, latency: latency.cloned() };
            vec![(slow, undo(file, "for", usual()))]
        }
        _ => {
            let right = [
                ("fsync_error", mend(DiskFault::FsyncError)),
                ("full_disk", mend(DiskFault::Full)),
                ("slow_disk", usual()),
                ("lying_disk", mend(DiskFault::Lying)),
            ];
            let of = file.get("of").and_then(Node::text);
            let meant = right.into_iter().filter(|(name, _)| of.is_none_or(|of| of == *name));
            meant.map(|(_, fault)| (fault, None)).collect()
        }
    }
}

/// A cut between these groups.
fn cut(node: &Node, id: u32, groups: Vec<Vec<Atom>>) -> Option<Effect> {
    let one_way = node.get("one_way")?.boolean()?;
    let partition = Partition { id, groups, one_way };
    Some((Fault::Partition(partition), undo(node, "heal_after", Fault::Heal(id))))
}

/// A fault of a single node.
fn node_fault(kind: &str, node: &Node, name: Atom) -> Option<Effect> {
    let start = || undo(node, "restart_after", Fault::StartNode(name));
    Some(match kind {
        "crash" => (Fault::CrashNode(name), start()),
        "stop" => (Fault::StopNode(name), start()),
        "start" => (Fault::StartNode(name), None),
        "pause" => (Fault::PauseNode(name), undo(node, "for", Fault::ResumeNode(name))),
        "resume" => (Fault::ResumeNode(name), None),
        "slow_node" => {
            let percent = libm::round(node.get("factor")?.float()? * 100.0) as u32;
            let usual = Fault::SetSpeed { node: name, percent: 100 };
            (Fault::SetSpeed { node: name, percent }, undo(node, "for", usual))
        }
        "clock_step" => {
            let nanos = node.get("by")?.signed_duration()?;
            (Fault::StepClock { node: name, nanos }, None)
        }
        "clock_drift" => {
            let ppm = node.get("ppm")?.integer()?;
            let right = Fault::SetClockDrift { node: name, ppm: 0 };
            (Fault::SetClockDrift { node: name, ppm }, undo(node, "for", right))
        }
        other => unknown_choice(other),
    })
}

/// What puts a fault right, if the file says when.
fn undo(node: &Node, field: &str, fault: Fault) -> Option<(Duration, Fault)> {
    node.get(field).and_then(Node::duration).map(|after| (after, fault))
}

pub(in crate::scenario) fn condition(node: &Node) -> Option<Condition> {
    let Member { name, value, .. } = node.members().first()?;
    let on = node.get("on").and_then(Node::atom);
    let seen_by = node.get("seen_by").and_then(Node::atom);
    let subject = value.atom();
    Some(match name.as_str() {
        "application_started" => Condition::ApplicationStarted { application: subject?, on },
        "application_stopped" => Condition::ApplicationStopped { application: subject?, on },
        "nodedown" => Condition::NodeDown { node: subject?, seen_by },
        "nodeup" => Condition::NodeUp { node: subject?, seen_by },
        "process_exited" => Condition::ProcessExited { name: subject?, on },
        "operations_completed" => Condition::OperationsCompleted(value.integer()?),
        other => unknown_choice(other),
    })
}

/// The cut that a fault is, if it is one.
fn cut_of(fault: &Node) -> Option<&Member> {
    fault.member("partition").or_else(|| fault.member("isolate"))
}
