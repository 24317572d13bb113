//! Reconnection and restart of nodes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::document::shape::{Field, NameKind, Object, Shape};
use crate::document::syntax::Node;
use crate::engine::runtime::{RestartLimit, RestartPolicy, Restarts};
use crate::engine::term::Atom;
use crate::engine::time::{Timeout, decimal_duration, format_duration};
use crate::scenario::network::NetworkConfig;
use crate::scenario::reading::Resolver;
use crate::scenario::writing::number;
use crate::spelling::Choice;

use super::NodeSpec;

/// A node that connects by itself to the nodes that it is not connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReconnectConfig {
    /// The time between two rounds of attempts.
    pub every: Duration,
    /// To which nodes; nothing means all that are not hidden and have its cookie.
    pub to: Option<Vec<Atom>>,
}

/// The field of a node that says whether it connects again by itself.
pub(in crate::scenario) fn reconnect_field() -> Field {
    let to = Field::optional(
        "to",
        Shape::some(Shape::Name(NameKind::Node)),
        "The nodes that it connects to; all that are not hidden and have its cookie if left out.",
    );
    let every = Field::required("every", Shape::Timeout, EVERY);
    let shapes = vec![Shape::Timeout, Shape::object("reconnecting", vec![every, to])];
    Field::optional(
        "reconnect",
        Shape::OneOf(shapes),
        "The interval at which it connects by itself to nodes that it is not connected to, as \
         libcluster and brokers do; never if \"infinity\"; as the network says if left out, and \
         never if that says nothing. Erlang itself connects only when something is sent.",
    )
}

/// The same for all nodes that do not say.
pub(in crate::scenario) fn network_reconnect_field() -> Field {
    let every = Field::required("every", Shape::Duration, EVERY);
    let shapes = vec![Shape::Duration, Shape::object("reconnecting of all nodes", vec![every])];
    Field::optional(
        "reconnect",
        Shape::OneOf(shapes),
        "The interval at which nodes connect by themselves to those that they are not connected \
         to, unless they say otherwise or are hidden; never if left out.",
    )
}

const EVERY: &str = "The time between two rounds of attempts.";

/// The field of a node that says whether it is started again when it has gone down.
pub(in crate::scenario) fn restart_field() -> Field {
    let fields = vec![
        Field::default(
            "policy",
            Shape::choice::<Restarts>(),
            Restarts::Always.word(),
            "After which ends: any, or any but a stop in order.",
        ),
        Field::default("after", Shape::Duration, "1s", "The time after its first end."),
        Field::default(
            "backoff",
            Shape::Number { min: 1.0 },
            1,
            "The factor by which each further delay is longer: with 2 it doubles.",
        ),
        Field::default("max_delay", Shape::Duration, "5m", "The longest delay."),
        Field::default(
            "reset_after",
            Shape::Duration,
            "10m",
            "After it has run for this long, the next delay is the first one again.",
        ),
        Field::optional(
            "at_most",
            Shape::Integer { min: 1, max: i128::from(u32::MAX) },
            "The number of times that it is started again before it stays down; no limit if left out.",
        ),
        Field::optional("within", Shape::Duration, "Only restarts within this time count."),
    ];
    let policy = Object {
        what: "a restart policy",
        fields,
        requires: vec![("within", "at_most")],
        ..Object::default()
    };
    let shapes = vec![Shape::choice::<Restarts>(), Shape::Object(policy)];
    Field::optional(
        "restart",
        Shape::OneOf(shapes),
        "The policy by which it is started again whenever it has gone down, for whatever reason, as \
         heart, systemd and Kubernetes do; not if left out.",
    )
}

impl Resolver<'_> {
    /// The rounds in which a node reconnects to the others; inside, `None` if it never does.
    #[expect(clippy::option_option, reason = "`None` is a mistake, which has been reported")]
    pub(in crate::scenario) fn reconnect(
        &mut self,
        node: &Node,
        own: &str,
    ) -> Option<Option<ReconnectConfig>> {
        let every = node.get("every").unwrap_or(node);
        if every.timeout()? == Timeout::Infinity {
            return Some(None);
        }
        let every = self.above_zero(every)?;
        let to = match node.get("to") {
            Some(to) => {
                self.not_itself(to, own)?;
                self.no_repetition(to.items())?;
                Some(to.atoms()?)
            }
            None => None,
        };
        Some(Some(ReconnectConfig { every, to }))
    }

    fn not_itself(&mut self, to: &Node, own: &str) -> Option<()> {
        let itself = to.items().iter().find(|node| node.text() == Some(own));
        let Some(itself) = itself else { return Some(()) };
        let error = self.diagnostics.error(&itself.span, "a node does not connect to itself");
        error.help("name other nodes, or leave `to` out");
        None
    }

    /// The time between two rounds, for nodes without a setting of their own.
    pub(in crate::scenario) fn network_reconnect(&mut self, reconnect: &Node) -> Option<Duration> {
        self.above_zero(reconnect.get("every").unwrap_or(reconnect))
    }

    pub(in crate::scenario) fn restart_policy(&mut self, policy: &Node) -> Option<RestartPolicy> {
        if let Some(restarts) = policy.choice() {
            return Some(RestartPolicy { restarts, ..Default::default() });
        }
        let [after, longest] = [policy.get("after")?, policy.get("max_delay")?];
        let max_delay = longest.duration()?;
        if after.duration()? > max_delay {
            let message =
                format!("`after` is above the longest delay, {}", format_duration(max_delay));
            let error = self.diagnostics.error(&after.span, message);
            error.help("write less, or a longer `max_delay`");
            return None;
        }
        let limit = match policy.get("at_most") {
            Some(at_most) => {
                let within = match policy.get("within") {
                    Some(within) => Some(self.above_zero(within)?),
                    None => None,
                };
                Some(RestartLimit { at_most: at_most.integer()?, within })
            }
            None => None,
        };
        Some(RestartPolicy {
            restarts: policy.get("policy")?.choice()?,
            after: after.duration()?,
            backoff_percent: libm::round(policy.get("backoff")?.float()? * 100.0) as u32,
            max_delay,
            reset_after: self.above_zero(policy.get("reset_after")?)?,
            limit,
        })
    }

    /// Warns of nodes that a fault starts again when they have long been.
    pub(in crate::scenario) fn late_restarts(&mut self, file: &Node, nodes: &[NodeSpec]) {
        for fault in file.get("faults").map(Node::items).unwrap_or_default() {
            let Some(given) = fault.get("restart_after") else { continue };
            let Some(after) = given.duration() else { continue };
            for ended in ["crash", "stop"].into_iter().filter_map(|kind| fault.member(kind)) {
                let stops = ended.name == "stop";
                let name = ended.value.text();
                let node = nodes.iter().find(|node| Some(node.name.as_str()) == name);
                let Some(policy) = node.and_then(|node| node.restart) else { continue };
                let restarts = !stops || policy.restarts == Restarts::Always;
                if restarts && policy.limit.is_none() && policy.longest_delay() < after {
                    let own = format_duration(policy.longest_delay());
                    let name = name.unwrap_or_default();
                    let message = format!("`{name}` starts again after {own} by its own `restart`");
                    let warning = self.diagnostics.warn(&given.span, message);
                    warning.help("leave `restart_after` out, or write less");
                }
            }
        }
    }

    /// A length of time that is one.
    fn above_zero(&mut self, node: &Node) -> Option<Duration> {
        let duration = node.duration()?;
        if !duration.is_zero() {
            return Some(duration);
        }
        let error = self.diagnostics.error(&node.span, "this time has no length");
        error.help("write a duration above 0, such as \"5s\"");
        None
    }
}

/// The `reconnect` of a node as JSON, if it differs from that of the network.
pub(in crate::scenario) fn write_reconnect(
    node: &NodeSpec,
    network: &NetworkConfig,
) -> Option<Value> {
    let usual = network.reconnect.filter(|_| !node.hidden);
    let usual = usual.map(|every| ReconnectConfig { every, to: None });
    if node.reconnect == usual {
        return None;
    }
    let Some(ReconnectConfig { every, to }) = &node.reconnect else {
        return Some(json!("infinity"));
    };
    let mut fields = json!({ "every": decimal_duration(*every) });
    if let Some(to) = to {
        fields["to"] = json!(to);
    }
    Some(fields)
}

pub(in crate::scenario) fn write_restart(policy: &RestartPolicy) -> Value {
    let name = policy.restarts.word();
    if *policy == (RestartPolicy { restarts: policy.restarts, ..RestartPolicy::default() }) {
        return json!(name);
    }
    let mut fields = json!({
        "policy": name,
        "after": decimal_duration(policy.after),
        "backoff": number(f64::from(policy.backoff_percent) / 100.0),
        "max_delay": decimal_duration(policy.max_delay),
        "reset_after": decimal_duration(policy.reset_after),
    });
    if let Some(limit) = policy.limit {
        fields["at_most"] = json!(limit.at_most);
        if let Some(within) = limit.within {
            fields["within"] = json!(decimal_duration(within));
        }
    }
    fields
}
