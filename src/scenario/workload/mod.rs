//! Workloads: the users of the system and their operations.

mod claim;
mod operation;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::document::diagnostic::suggestion;
use crate::document::shape::{Catalogue, Field, NameKind, Object, ProgramInfo, Rate, Shape};
use crate::document::syntax::{Member, Node, Span};
use crate::engine::term::Atom;
use crate::engine::time::{decimal_duration, format_duration};
use crate::scenario::services::{Affinity, CALLS, Calls};

use super::calls::{self, Callable};
use super::erlang::IsErlangFile;
use super::file::defaults;
use super::plan::PlannedOperation;
use super::reading::{Resolver, members};
use super::writing::{named, number, one_or_more, words};
use super::{InstalledCode, Scenario};
use crate::spelling::{self, Choice};

pub use claim::Consistency;

/// Clients of one kind, and what they do.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadConfig {
    /// Its name in the scenario.
    pub name: Atom,
    /// The program of its clients, as the catalogue calls it.
    pub client: Atom,
    /// The nodes of the clients, dealt out in turn.
    pub on: Vec<Atom>,
    /// The number of clients.
    pub count: u32,
    /// Their operations.
    pub load: Load,
    /// The time at which the clients start, and the first operation may begin.
    pub from: Duration,
    /// The time from which on no more operations begin.
    pub until: Duration,
    /// The time that a client waits for an answer.
    pub timeout: Duration,
    /// The instances of services that the clients use.
    pub affinity: Affinity,
    /// The claims of the service about what its clients see; may be empty.
    pub claims: Vec<Consistency>,
    /// The program's settings, with its defaults filled in.
    pub config: Value,
    /// The calls that they make, if that is what the program does.
    pub calls: Option<Rc<Calls>>,
}

impl WorkloadConfig {
    /// The node of the client with this number, counted from 0.
    #[must_use]
    pub fn node_of(&self, client: u32) -> Atom {
        self.on[client as usize % self.on.len()]
    }
}

/// The operations of clients.
#[derive(Clone, Debug, PartialEq)]
pub enum Load {
    /// Operations that a seed draws.
    Drawn {
        /// The rate at which operations begin, of all clients together.
        rate: Rate,
        /// Their spread over time.
        arrivals: Arrivals,
        /// The operations with their weights, of which one is above 0.
        mix: Vec<(Atom, f64)>,
    },
    /// These operations, whatever the seed.
    Explicit(Vec<PlannedOperation>),
}

/// The spread of operations over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// As independent users do it: the gaps are exponential.
    Poisson,
    /// With the same gap each time.
    Even,
}

spelling::words!(Arrivals { Poisson => "poisson", Even => "even" });

pub(in crate::scenario) fn shape(clients: Vec<&'static str>) -> Shape {
    let clients = clients.into_iter().chain([CALLS]).collect();
    let node = || Shape::Name(NameKind::Node);
    let mut fields = vec![
        Field::required(
            "client",
            Shape::Choice(clients),
            "The program of the clients; `calls` makes the calls that `operations` says.",
        ),
        Field::required(
            "on",
            Shape::OneOf(vec![node(), Shape::some(node())]),
            "The node of the clients, or the nodes that they are dealt out to.",
        ),
        Field::default(
            "count",
            Shape::Integer { min: 1, max: i128::from(u32::MAX) },
            1,
            "The number of clients.",
        ),
        Field::optional("rate", Shape::Rate, "The rate of the operations of all clients together."),
        calls::shape::operations(operation::shape()),
        Field::optional(
            "arrivals",
            Shape::choice::<Arrivals>(),
            "The distribution of the operations over time; `poisson` if left out.",
        ),
        Field::default("from", Shape::Duration, "0s", "When the first operation may begin."),
        Field::optional(
            "until",
            Shape::Duration,
            "When no more operations begin; the end of the run if left out.",
        ),
        Field::optional(
            "mix",
            Shape::some_map(NameKind::Atom, Shape::Number { min: 0.0 }),
            "The operations with their weights; all alike if left out.",
        ),
        Field::default("timeout", Shape::Duration, "5s", "The time for which a client waits."),
        Field::default(
            "affinity",
            Shape::choice::<Affinity>(),
            Affinity::None.word(),
            "The instances of a service that the clients use: those on their own host or at their own site \
             first, or no others, or any.",
        ),
        Field::default(
            "claims",
            Shape::list(Shape::choice::<Consistency>()),
            json!([]),
            "The consistency that the service claims towards these clients; each claim is checked.",
        ),
        Field::default(
            "config",
            Shape::map(NameKind::Atom, Shape::Any),
            json!({}),
            "Its settings.",
        ),
    ];
    fields.extend(calls::shape::fields(operation::shape()));
    Shape::Object(Object {
        what: "a workload",
        fields,
        requires: vec![("arrivals", "rate"), ("mix", "rate")],
        ..Object::default()
    })
}

impl Resolver<'_> {
    pub(in crate::scenario) fn workloads(
        &mut self,
        file: &Node,
        end: Option<Duration>,
        budget: Option<u64>,
        code: Option<&Arc<InstalledCode>>,
    ) -> Option<Vec<WorkloadConfig>> {
        members(file, "workload", |member| {
            let callable = callable(file, &member.value, code);
            self.workload(member, end, budget, callable)
        })
    }

    fn workload(
        &mut self,
        member: &Member,
        end: Option<Duration>,
        budget: Option<u64>,
        callable: Callable,
    ) -> Option<WorkloadConfig> {
        let node = &member.value;
        let client = node.get("client").and_then(Node::text);
        let (calls, client) = match client {
            Some(CALLS) => {
                let calls = self.calls(node, callable)?;
                (Some(Rc::clone(&calls)), Some(program_of(&calls)))
            }
            Some(name) => {
                self.no_calls(node, name);
                (None, self.catalogue.client(name).cloned())
            }
            None => (None, None),
        };
        let config = client.as_ref().and_then(|client| self.config(node, client));
        let times = self.times(node, end);
        let count = self.count(node, budget);
        let affinity = self.affinity(node);
        let listed = if calls.is_some() { "requests" } else { "operations" };
        self.rate_or_list(node, listed);
        let load = match &client {
            Some(client) if node.get(listed).is_some() => {
                self.explicit(member, listed, client, times)
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
            claims: node.get("claims")?.choices()?,
            config: config?,
            calls,
        })
    }

    /// The operations of clients, which are either drawn or listed.
    fn rate_or_list(&mut self, node: &Node, listed: &str) {
        match (node.member("rate"), node.member(listed)) {
            (Some(rate), Some(list)) => {
                let mut both = [rate, list];
                both.sort_by_key(|member| member.name_span.start);
                let [first, second] = both;
                let message = format!("`{}` and `{}` do not go together", first.name, second.name);
                let error = self.diagnostics.error(&second.name_span, message);
                error.help("keep one of the two").related(&first.name_span, "the first is here");
            }
            // A rate that cannot be read has an error of its own.
            (None, None) if self.diagnostics.has_errors_in(&node.span) => {}
            (None, None) => {
                let span = node.span.start..node.span.start + 1;
                let message = format!("a workload needs `rate` or `{listed}`");
                let help = format!(
                    "write `rate`: the rate of the operations of all clients together; or \
                     `{listed}`: what they do, one by one, instead of what a seed draws"
                );
                self.diagnostics.error(&span, message).help(help);
            }
            (Some(_), None) | (None, Some(_)) => {}
        }
    }

    /// The instances that the clients use. Clients that keep to their site have to have one.
    fn affinity(&mut self, node: &Node) -> Option<Affinity> {
        let choice = node.get("affinity")?;
        let affinity = choice.choice()?;
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

    /// The number of clients, if a run can have that many: the start of each is an event.
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

    /// The window in which operations may begin.
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
        let arrivals = node.get("arrivals").map_or(Some(Arrivals::Poisson), Node::choice)?;
        Some(Load::Drawn { rate, arrivals, mix: mix? })
    }

    /// The rate, if a run can have that many operations.
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

    pub(in crate::scenario) fn unknown_operation(
        &mut self,
        name: &str,
        span: &Span,
        client: &ProgramInfo,
    ) {
        let message = format!("`{}` has no operation `{name}`", client.name);
        let help = suggestion(name, &client.operations, "operations");
        self.diagnostics.error(span, message).help(help);
    }
}

/// The functions that the clients of a workload can call: those in Rust where one of their nodes
/// runs services in Rust, or else those of the compiled code.
fn callable(file: &Node, workload: &Node, code: Option<&Arc<InstalledCode>>) -> Callable {
    let nodes = workload.get("on").map(Node::items).unwrap_or_default();
    let runs_rust = |node: &Node| {
        let config = file.get("nodes").and_then(|nodes| nodes.get(node.text()?));
        config.and_then(|config| config.get("runs")).and_then(Node::text) == Some("rust")
    };
    let is_rust = IsErlangFile::of(file) == IsErlangFile::No || nodes.iter().any(runs_rust);
    match code {
        _ if is_rust => Callable::Known,
        Some(code) => Callable::Compiled(Arc::clone(code)),
        None => Callable::Anything,
    }
}

/// The client `calls` with the operations of a workload.
fn program_of(calls: &Calls) -> ProgramInfo {
    let operations = calls.operations.iter().map(|operation| operation.name.as_str()).collect();
    ProgramInfo { name: CALLS, about: "Makes calls.", config: Vec::new(), operations }
}

pub(in crate::scenario) fn write(scenario: &Scenario, catalogue: &Catalogue) -> Map<String, Value> {
    let workload = |workload: &WorkloadConfig| {
        let fields = write_one(workload, scenario, catalogue);
        named(workload.name.as_str(), Value::Object(fields))
    };
    scenario.workloads.iter().map(workload).collect()
}

fn write_one(
    workload: &WorkloadConfig,
    scenario: &Scenario,
    catalogue: &Catalogue,
) -> Map<String, Value> {
    let client = catalogue.client(workload.client.as_str());
    let mut fields = Map::from_iter([
        named("client", json!(workload.client)),
        named("on", one_or_more(&workload.on)),
        named("count", json!(workload.count)),
    ]);
    if let Load::Drawn { rate, arrivals, .. } = &workload.load {
        fields.extend([named("rate", json!(rate.to_string()))]);
        if *arrivals != Arrivals::Poisson {
            fields.extend([named("arrivals", json!(arrivals.word()))]);
        }
    }
    fields.extend([named("from", json!(decimal_duration(workload.from)))]);
    if workload.until != scenario.duration {
        fields.extend([named("until", json!(decimal_duration(workload.until)))]);
    }
    if let Load::Drawn { mix, .. } = &workload.load
        && !is_usual(mix, workload, client)
    {
        fields.extend([named("mix", self::mix(mix))]);
    }
    fields.extend([
        named("timeout", json!(decimal_duration(workload.timeout))),
        named("affinity", json!(workload.affinity.word())),
        named("claims", words(&workload.claims)),
        named("config", defaults::settings(&workload.config, client)),
    ]);
    let listed = if workload.calls.is_some() { "requests" } else { "operations" };
    if let Some(calls) = &workload.calls {
        fields.extend(calls::write::fields(calls));
    }
    if let Load::Explicit(operations) = &workload.load {
        fields.extend([named(listed, operation::write(operations))]);
    }
    fields
}

/// True if a mix is the one of a file that has none.
fn is_usual(mix: &[(Atom, f64)], workload: &WorkloadConfig, client: Option<&ProgramInfo>) -> bool {
    let all_alike = |operations: Vec<&str>| {
        let usual = operations.into_iter().map(|name| (name, 1.0));
        mix.iter().map(|(name, weight)| (name.as_str(), *weight)).eq(usual)
    };
    match (&workload.calls, client) {
        (Some(calls), _) => all_alike(calls.operations.iter().map(|it| it.name.as_str()).collect()),
        (None, Some(client)) => all_alike(client.operations.clone()),
        (None, None) => false,
    }
}

fn mix(mix: &[(Atom, f64)]) -> Value {
    let weights = mix.iter().map(|(name, weight)| named(name.as_str(), number(*weight)));
    Value::Object(weights.collect())
}
