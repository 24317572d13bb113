//! What keeps nodes running and connected.

use std::time::Duration;

use crate::document::syntax::Node;
use crate::engine::runtime::{RestartLimit, RestartPolicy, Restarts};
use crate::engine::time::Timeout;
use crate::engine::time::format_duration;
use crate::scenario::model::{NodeConfig, Reconnect};

use super::{Resolver, unknown_choice};

impl Resolver<'_> {
    /// How often a node connects to the others again, if it does.
    #[expect(clippy::option_option, reason = "`None` is a mistake, which has been reported")]
    pub(super) fn reconnect(&mut self, node: &Node, own: &str) -> Option<Option<Reconnect>> {
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
        Some(Some(Reconnect { every, to }))
    }

    fn not_itself(&mut self, to: &Node, own: &str) -> Option<()> {
        let itself = to.items().iter().find(|node| node.text() == Some(own));
        let Some(itself) = itself else { return Some(()) };
        let error = self.diagnostics.error(&itself.span, "a node does not connect to itself");
        error.help("name other nodes, or leave `to` out");
        None
    }

    /// How often nodes reconnect that do not say.
    pub(super) fn network_reconnect(&mut self, reconnect: &Node) -> Option<Duration> {
        self.above_zero(reconnect.get("every").unwrap_or(reconnect))
    }

    pub(super) fn restart_policy(&mut self, policy: &Node) -> Option<RestartPolicy> {
        if let Some(name) = policy.text() {
            return Some(RestartPolicy { restarts: restarts(name), ..Default::default() });
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
            restarts: restarts(policy.get("policy")?.text()?),
            after: after.duration()?,
            backoff_percent: libm::round(policy.get("backoff")?.float()? * 100.0) as u32,
            max_delay,
            reset_after: self.above_zero(policy.get("reset_after")?)?,
            limit,
        })
    }

    /// Warns of nodes that a fault starts again when they have long been.
    pub(super) fn late_restarts(&mut self, file: &Node, nodes: &[NodeConfig]) {
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

fn restarts(policy: &str) -> Restarts {
    match policy {
        "always" => Restarts::Always,
        "on_failure" => Restarts::OnFailure,
        other => unknown_choice(other),
    }
}
